"""Monologues of several speakers: who speaks in one speaks on one side alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import Corpus, Monologue, Utterance, predefined_split
from emos_io.errors import InvalidArgument

TABLE = "file,s,e,emo,spk\na,0,1,joy,s1\na,1,2,joy,s2\nb,0,1,joy,s1\nc,0,1,joy,s3\nd,0,1,joy,s4\n"
COLUMNS = {"item": "file", "start": "s", "end": "e", "label": "emo", "speaker": "spk"}


def monologue(number: int, speakers: Iterable[str | None], source: str = "folder", **group: str) -> Monologue:
    utterances = tuple(
        Utterance(index=index, span=Span(index, index + 1), labels={"basic7": ("Joy",)}, speaker=speaker)
        for index, speaker in enumerate(speakers)
    )
    key = f"{source}/{number:03d}"
    return Monologue(
        key=key,
        name=str(number),
        title=str(number),
        language="",
        duration=Fraction(9),
        utterances=utterances,
        group=group,
    )


def sides_of(items: Iterable[Monologue], sides: Iterable[Sequence[str]]) -> dict[str, set[int]]:
    """On which sides each speaker is, counted plainly."""
    side = {key: number for number, keys in enumerate(sides) for key in keys}
    found: dict[str, set[int]] = defaultdict(set)
    for item in items:
        for each in (*(utterance.speaker for utterance in item.utterances), item.group.get("speaker")):
            if each and each.strip():
                found[each].add(side[item.key])
    return found


def components(items: Sequence[Monologue]) -> int:
    """How many groups there are, by flooding."""
    speakers = [{each.speaker for each in item.utterances if each.speaker} for item in items]
    left, count = set(range(len(items))), 0
    while left:
        count += 1
        reached = {left.pop()}
        while more := {n for n in left if any(speakers[n] & speakers[m] for m in reached)}:
            reached |= more
            left -= more
    return count


several = st.lists(st.lists(st.sampled_from([*"abcdefgh", None]), max_size=3), min_size=2, max_size=12)


@given(several, st.integers(0, 99), st.booleans())
def test_no_speaker_of_any_item_is_on_two_sides(speakers: list[list[str | None]], seed: int, is_named: bool) -> None:
    items = [monologue(number, own) for number, own in enumerate(speakers)]
    by = ["speaker"] if is_named and all(any(own) for own in speakers) else None
    corpus = Corpus(monologues=items)
    if components(items) < 2:
        with pytest.raises(InvalidArgument, match="corpus must have two or more groups of items, got 1"):
            corpus.split(seed=seed, test=0.4, by=by)
        return
    found, folds = corpus.split(seed=seed, test=0.4, by=by), corpus.folds(k=2, seed=seed, by=by)
    for division, sides in ((found, (found.train, found.test)), (folds, folds.folds)):
        on_sides = sides_of(items, sides)
        assert all(len(numbers) == 1 for numbers in on_sides.values())
        assert division.disjoint == (("speaker",) if on_sides else ())
        assert division.divided == ()
        assert division.ungrouped == sum(not any(own) for own in speakers)


def folder(root: Path, annotations: str) -> Corpus:
    media = root / "media"
    media.mkdir()
    for name in "abcd":
        (media / f"{name}.mp4").touch()
    (root / "labels.csv").write_text(annotations)
    return Corpus.from_folder(media, annotations=root / "labels.csv", columns=COLUMNS)


def test_a_table_of_spans_keeps_all_speakers_of_a_file_together(tmp_path: Path) -> None:
    corpus = folder(tmp_path, TABLE)
    for seed in range(6):
        found = corpus.split(seed=seed, test=0.5)
        assert found.disjoint == ("speaker",)
        assert found == corpus.split(seed=seed, test=0.5)
        assert {"folder/a", "folder/b"} <= set(found.train) or {"folder/a", "folder/b"} <= set(found.test)
        assert corpus.split(seed=seed, test=0.5, by=["speaker"]).disjoint == ("speaker",)


def test_the_group_of_a_monologue_counts_beside_its_utterances() -> None:
    items = [monologue(0, ["x"], speaker="a"), monologue(1, ["a"]), monologue(2, ["y"], fold="1"), monologue(3, ["y"])]
    found = Corpus(monologues=items).split(seed=1, test=0.5)
    assert {len(found.train), len(found.test)} == {2}
    assert (found.disjoint, found.divided) == (("fold", "speaker"), ())


def test_speakers_of_a_division_that_others_made_are_all_counted() -> None:
    items = [monologue(0, ["a", "b"], split="train"), monologue(1, ["b"], split="test")]
    found = predefined_split(Corpus(monologues=items))
    assert "speaker" in found.divided


def test_guessed_speakers_of_published_monologues_are_no_groups() -> None:
    items = [monologue(number, ["a", "b"], "streaming") for number in range(4)]
    found = Corpus(monologues=items).split(seed=1, test=0.5)
    assert "speaker" not in (*found.disjoint, *found.divided)


SEVERAL = Corpus(monologues=[monologue(0, ["a", "b"]), monologue(1, ["c"])])
REFUSED: dict[str, Callable[[], object]] = {
    "one out": lambda: SEVERAL.leave_one_out("speaker"),
    "predefined": lambda: predefined_split(SEVERAL, "speaker"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_needs_one_name_an_item_refuses_several(name: str) -> None:
    with pytest.raises(
        InvalidArgument,
        match=r"^by must be a kind of which each item has one name, got 'speaker', of which 'folder/000' has 2, such as 'a' "
        r"and 'b'; take folds of groups that share them, with k= and by=\['speaker'\]$",
    ) as caught:
        REFUSED[name]()
    assert caught.value.key == "folder/000"
