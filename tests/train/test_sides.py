"""Sides: nothing of test is learned from, what is missing is counted, and there is something to stop by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from runs_help import TEST, TRAIN, VALIDATION, split_file

from emos_io.corpus import Corpus, Split, folds, load_split
from emos_io.errors import InvalidArgument
from emos_io.testing import make_clip, make_monologue
from emos_io.train import sides_of

KEYS = (*TRAIN, *VALIDATION, *TEST)


def corpus_with(tmp_path: Path, *, lacking: Sequence[str] = (), speakers: str = "aabcd") -> Corpus:
    """Five monologues with files that are there (and empty: nobody opens them), save those that lack theirs."""
    items = []
    for key, speaker in zip(KEYS, speakers, strict=True):
        path = tmp_path / f"{key.rpartition('/')[2]}.mov"
        path.touch()
        made = make_monologue(key, 4, [(0, 4, "Joy")], path=None if key in lacking else path)
        items.append(replace(made, group={"speaker": speaker}))
    return Corpus((), items)


def division(tmp_path: Path, **sides: Sequence[str]) -> Split:
    return load_split(split_file(tmp_path / "split.json", **sides))


def test_sides_are_those_of_the_split(tmp_path: Path) -> None:
    sides = sides_of(corpus_with(tmp_path), division(tmp_path))
    assert sides.keys() == {"train": TRAIN, "validation": VALIDATION, "test": TEST}
    assert (sides.missing, sides.without_media, sides.other_kind, sides.shared, sides.left_out()) == (
        {},
        {},
        {},
        (),
        (),
    )


def test_no_validation_side_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    two_sides = load_split(split_file(tmp_path / "s.json", validation=None))
    with pytest.raises(
        InvalidArgument, match=r"^split must have a validation side, got none; make one with emos splits"
    ):
        sides_of(corpus_with(tmp_path), two_sides)


def test_folds_are_no_split(tmp_path: Path) -> None:
    corpus = corpus_with(tmp_path)
    with pytest.raises(InvalidArgument, match=r"^split must be one split, got 3 folds; take one with folds\.split"):
        sides_of(corpus, folds(corpus, k=3, seed=1, by=[], stratify=[]))  # type: ignore[arg-type]


@pytest.mark.parametrize(("speakers", "side"), [("aabad", "train 'own/a0'"), ("aabbd", "validation 'own/b0'")])
def test_a_speaker_of_test_in_train_or_validation_is_refused(tmp_path: Path, speakers: str, side: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        sides_of(corpus_with(tmp_path, speakers=speakers), division(tmp_path))
    text = str(caught.value)
    assert text.startswith("split must keep test apart from train and validation, got 1 group of speaker on both")
    assert f"such as {speakers[3]!r} ({side}, test 'own/c0')" in text
    assert caught.value.key == "own/c0"


def test_every_group_on_both_sides_is_counted(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="got 2 groups of speaker on both"):
        sides_of(corpus_with(tmp_path, speakers="ababa"), division(tmp_path))


def test_one_file_on_two_sides_is_refused(tmp_path: Path) -> None:
    corpus = corpus_with(tmp_path)
    same = corpus.with_paths({TEST[0]: str(corpus.monologues["a0"].path)})
    with pytest.raises(InvalidArgument, match="got 1 media file on both"):
        sides_of(same, division(tmp_path))


def test_what_train_and_validation_share_is_known_and_allowed(tmp_path: Path) -> None:
    sides = sides_of(corpus_with(tmp_path, speakers="aaacd"), division(tmp_path))
    assert sides.shared == ("train and validation share 1 group of speaker",)


def test_texts_and_speakers_of_dialogues_may_be_shared_and_are_counted(tmp_path: Path) -> None:
    clips = []
    for number, key in enumerate(KEYS):
        path = tmp_path / f"{number}.mov"
        path.touch()
        text = "Nobody told me that you would be here." if key in (TRAIN[0], TEST[0]) else ""
        made = make_clip(key, 2, "Joy", text=text, speaker="rachel", group={"dialogue": key}, path=path)
        clips.append(replace(made, source="own"))
    sides = sides_of(Corpus(clips), division(tmp_path), kinds=("clips",))
    assert sides.allowed == (
        "test shares 1 group of speaker with another side",
        "test shares 1 text with another side",
    )


def test_keys_that_the_corpus_lacks_are_refused_or_counted(tmp_path: Path) -> None:
    corpus, split = corpus_with(tmp_path), division(tmp_path, train=(*TRAIN, "own/z8", "own/z9"))
    with pytest.raises(InvalidArgument, match="got 2 of train that it lacks, such as 'own/z8'"):
        sides_of(corpus, split)
    sides = sides_of(corpus, split, on_missing="skip")
    assert (sides.train, dict(sides.missing)) == (TRAIN, {"train": ("own/z8", "own/z9")})
    assert sides.left_out() == ("2 items of train are left out, which the corpus lacks: own/z8, own/z9",)


def test_items_without_media_are_refused_or_counted(tmp_path: Path) -> None:
    corpus, split = corpus_with(tmp_path, lacking=["own/a1"]), division(tmp_path)
    with pytest.raises(InvalidArgument, match="got none for 1 of 2 items, such as 'own/a1'; link them with --media"):
        sides_of(corpus, split)
    sides = sides_of(corpus, split, on_missing="skip")
    assert (sides.train, dict(sides.without_media)) == (("own/a0",), {"train": ("own/a1",)})
    assert sides.left_out() == ("1 item of train is left out, without media at hand: own/a1",)


def test_a_file_that_is_gone_is_no_media(tmp_path: Path) -> None:
    corpus = corpus_with(tmp_path)
    Path(str(corpus.monologues["b0"].path)).unlink()
    with pytest.raises(InvalidArgument, match="corpus must have media of validation, got none for 1 of 1 item"):
        sides_of(corpus, division(tmp_path))
    with pytest.raises(InvalidArgument, match="corpus must have media of validation, got none for 1 item; link"):
        sides_of(corpus, division(tmp_path), on_missing="skip")


def test_media_of_test_are_not_looked_at(tmp_path: Path) -> None:
    sides = sides_of(corpus_with(tmp_path, lacking=TEST), division(tmp_path))
    assert (sides.test, sides.left_out()) == (TEST, ())


def test_items_of_another_kind_are_counted(tmp_path: Path) -> None:
    corpus = corpus_with(tmp_path)
    clip = replace(make_clip("own/clip", 2, "Joy", path=tmp_path / "a0.mov"), group={"speaker": "a"})
    both = Corpus([clip], list(corpus.monologues))
    split = division(tmp_path, train=(*TRAIN, "own/clip"))
    sides = sides_of(both, split, kinds=("monologues",))
    assert (sides.train, dict(sides.other_kind)) == (TRAIN, {"train": 1})
    assert sides.left_out() == ("1 item of train is left out, of a kind that the recipe does not use",)
    with pytest.raises(InvalidArgument, match="split must have clips of the corpus in validation"):
        sides_of(both, split, kinds=("clips",))
