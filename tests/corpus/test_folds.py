"""Divisions in two, three and k: no group on two sides, nothing lost, the same for everyone."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from emos_io import WindowPlan
from emos_io.corpus import (
    Clip,
    Corpus,
    Folds,
    Monologue,
    Split,
    folds,
    leave_one_out,
    load_folds,
    load_split,
    predefined_split,
)
from emos_io.errors import CorpusError, InvalidArgument, SourceNotFound
from emos_io.testing import make_clip
from oracle.refusals import refusal_of


def oracle() -> Any:
    return pytest.importorskip("sklearn.model_selection", reason="scikit-learn is an oracle")


def clip(number: int, text: str = "", **group: str) -> Clip:
    return make_clip(f"own/{number:03d}", 2, "Joy", text=text, group=group)


def spoken(speakers: Sequence[int]) -> Corpus:
    """A clip for each number of a speaker."""
    return Corpus([clip(number, speaker=f"s{speaker:02d}") for number, speaker in enumerate(speakers)])


def own_clip(name: str, **group: str) -> Clip:
    """A clip as `Corpus.from_folder` makes it: its video is its file."""
    return Clip(key=f"folder/{name}", source="folder", language="", group={"video": name, **group})


def sha256(lists: object) -> str:
    text = json.dumps(lists, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def sides_of(corpus: Corpus, kind: str, sides: Iterable[Iterable[str]]) -> dict[str, set[int]]:
    """On which sides the groups of a kind are; every key is on one side."""
    items = {item.key: item for item in corpus.items}
    found: dict[str, set[int]] = {}
    listed = [(key, side) for side, keys in enumerate(sides) for key in keys]
    assert sorted(key for key, _ in listed) == sorted(items)
    for key, side in listed:
        found.setdefault(items[key].group[kind], set()).add(side)
    return found


many = st.lists(st.integers(0, 12), min_size=3, max_size=60)
"""The speaker of each clip."""


@settings(max_examples=60, deadline=None)
@given(many, st.integers(-9, 2**40), st.sampled_from([0.1, 0.25, 0.5, 0.8]), st.sampled_from([None, 0.05, 0.15]))
@example([0, 1, 2], 1, 0.8, 0.05)
@example([0] * 40 + [1, 2], 1, 0.1, 0.05)
def test_no_speaker_is_on_two_sides_and_no_side_is_empty(
    speakers: list[int], seed: int, test: float, validation: float | None
) -> None:
    corpus = spoken(speakers)
    assume(len(set(speakers)) >= (2 if validation is None else 3))
    found = corpus.split(seed=seed, test=test, validation=validation)
    sides = found.sides()
    assert list(sides) == (["train", "test"] if validation is None else ["train", "validation", "test"])
    assert all(sides.values())
    assert all(len(each) == 1 for each in sides_of(corpus, "speaker", sides.values()).values())
    assert found.sha256 == sha256({side: list(keys) for side, keys in sides.items()})
    assert (found.disjoint, found.divided, found.ungrouped) == (("speaker",), (), 0)
    assert found.strata == {"all": tuple(map(len, sides.values()))}
    shuffled = list(corpus.clips)
    random.Random(seed).shuffle(shuffled)
    assert Corpus(shuffled).split(seed=seed, test=test, validation=validation) == found
    largest = max(Counter(speakers).values())
    if len(sides) == 2:
        assert abs(len(found.test) - test * len(speakers)) <= largest
        return
    two = corpus.split(seed=seed, test=test)
    if len({corpus.clips[key].group["speaker"] for key in two.train}) > 1:
        # What is cut off for validation is none of test.
        assert found.test == two.test


@settings(max_examples=60, deadline=None)
@given(many, st.integers(0, 99), st.integers(2, 7))
def test_folds_are_those_of_scikit_learn_in_size_and_keep_speakers_together(
    speakers: list[int], seed: int, k: int
) -> None:
    corpus = spoken(speakers)
    assume(len(set(speakers)) >= k)
    found = corpus.folds(k=k, seed=seed)
    assert all(len(each) == 1 for each in sides_of(corpus, "speaker", found.folds).values())
    theirs = [len(test) for _, test in oracle().GroupKFold(k).split(np.zeros(len(speakers)), groups=speakers)]
    assert sorted(map(len, found.folds)) == sorted(theirs)
    assert found.sha256 == sha256({"folds": found.folds})
    shuffled = list(corpus.clips)
    random.Random(seed).shuffle(shuffled)
    assert Corpus(shuffled).folds(k=k, seed=seed) == found
    tested = [key for each in found.splits() for key in each.test]
    assert sorted(tested) == sorted(item.key for item in corpus.items)


@settings(max_examples=60, deadline=None)
@given(many)
def test_leaving_one_speaker_out_is_scikit_learn_s(speakers: list[int]) -> None:
    corpus = spoken(speakers)
    assume(len(set(speakers)) >= 2)
    found = corpus.leave_one_out("speaker")
    keys = [item.key for item in corpus.items]
    ours = [
        ([keys.index(key) for key in each.train], [keys.index(key) for key in each.test]) for each in found.splits()
    ]
    theirs = (
        oracle().LeaveOneGroupOut().split(np.zeros(len(speakers)), groups=[f"s{speaker:02d}" for speaker in speakers])
    )
    assert ours == [(train.tolist(), test.tolist()) for train, test in theirs]
    assert found.names == tuple(sorted({f"s{speaker:02d}" for speaker in speakers}))
    assert found.split(found.names[1]) == found.split(1)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["en", "zh"])), min_size=8, max_size=60), st.integers(0, 9)
)
def test_folds_keep_strata_even(items: list[tuple[int, str]], seed: int) -> None:
    clips = [
        make_clip(f"own/{number:03d}", 2, "Joy", language=language, group={"speaker": f"{language}{speaker}"})
        for number, (speaker, language) in enumerate(items)
    ]
    assume(len({each.group["speaker"] for each in clips}) >= 3)
    found = folds(Corpus(clips), k=3, seed=seed, stratify=["language"])
    for name, counts in found.strata.items():
        largest = max(Counter(each.group["speaker"] for each in clips if f"language={each.language}" == name).values())
        assert max(counts) - min(counts) <= largest
        assert sum(counts) == sum(f"language={each.language}" == name for each in clips)
    one = found.split(0, validation=1)
    assert all(one.strata[name] == (counts[2], counts[1], counts[0]) for name, counts in found.strata.items())


def test_columns_of_folds_and_sides_are_taken_as_they_are() -> None:
    corpus = Corpus([clip(number, fold=str(number % 3), speaker=f"s{number // 2}") for number in range(6)])
    found = leave_one_out(corpus, "fold")
    theirs = [test.tolist() for _, test in oracle().PredefinedSplit([number % 3 for number in range(6)]).split()]
    assert [[int(key[-1]) for key in fold] for fold in found.folds] == theirs
    # Speakers lie across these folds, which is told.
    assert (found.disjoint, found.divided) == (("fold",), ("speaker",))
    assert found.split("2").divided == ("speaker",)
    sides = Corpus([clip(number, split=side) for number, side in enumerate(["Train", "dev", "test ", "train"])])
    one = predefined_split(sides)
    assert (one.train, one.validation, one.test) == (("own/000", "own/003"), ("own/001",), ("own/002",))
    assert (one.kind, one.seed, one.by, one.disjoint) == ("predefined", None, ("split",), ("split",))
    two = predefined_split(Corpus([clip(0, part="test"), clip(1, part="training")]), "part")
    assert two.sha256 == sha256({"test": ["own/000"], "train": ["own/001"]})


def test_kinds_that_nobody_asked_for_are_kept_together() -> None:
    """Case 14, and its siblings: monologues, folds, kinds of any name, speakers that only the clip names."""
    for kind in ("speaker", "fold", "session", "说话人"):
        own = Corpus([own_clip(name, **{kind: group}) for name, group in zip("abcd", "xxyy", strict=True)])
        assert sorted(map(len, own.split(seed=1, test=0.5).sides().values())) == [2, 2]
        assert own.split(seed=1, test=0.5) == own.split(seed=1, test=0.5, by=["film", "dialogue", "video", kind])
    films = [
        Monologue(
            key=f"folder/{name}", name=name, title=name, language="", duration=Fraction(5), group={"speaker": group}
        )
        for name, group in zip("abcd", "xxyy", strict=True)
    ]
    assert Corpus(monologues=films).split(seed=1, test=0.5).disjoint == ("speaker",)
    # One speaker of a clip and of a monologue is one.
    both = Corpus([own_clip("e", speaker="x"), own_clip("f", speaker="y")], films)
    assert sides_of(both, "speaker", both.split(seed=3, test=0.5).sides().values()).keys() == {"x", "y"}
    assert all(
        len(each) == 1 for each in sides_of(both, "speaker", both.split(seed=3, test=0.5).sides().values()).values()
    )
    named = [make_clip(f"own/{number}", 2, speaker=f"s{number // 2}") for number in range(6)]
    found = Corpus(named).split(seed=1, test=0.3)
    assert (len(found.test), found.disjoint) == (2, ("speaker",))


def test_a_dialogue_s_speakers_are_groups_where_they_are_asked_for() -> None:
    clips = [make_clip(f"own/{n}", 2, speaker=f"s{n % 3}", group={"dialogue": f"d{n // 3}"}) for n in range(9)]
    corpus = Corpus(clips)
    assert corpus.split(seed=1, test=0.3).divided == ("speaker",)
    assert corpus.split(seed=1, test=0.3, by=["speaker"]).disjoint == ("speaker",)
    assert corpus.leave_one_out("speaker").names == ("s0", "s1", "s2")
    assert "got 1; name fewer kinds of groups with by=" in refusal_of(
        lambda: corpus.split(seed=1, test=0.3, by=["speaker", "dialogue"])
    )


def test_a_split_whose_only_group_is_the_file_says_so() -> None:
    files = Corpus([own_clip(name) for name in "abcd"])
    found = files.split(seed=1, test=0.5)
    assert (found.disjoint, found.divided, found.ungrouped) == ((), (), 4)
    assert "no group but the file" in repr(found)
    assert "no group but the file" in repr(files.folds(k=2, seed=1))
    films = [Monologue(key=f"folder/{n}", name=n, title=n, language="", duration=Fraction(5)) for n in "ef"]
    assert Corpus(monologues=films).split(seed=1, test=0.5).ungrouped == 2
    some = Corpus([*files.clips, own_clip("x", speaker="s"), own_clip("y", speaker="s")]).split(seed=1, test=0.5)
    assert (some.disjoint, some.ungrouped) == (("speaker",), 4)
    assert "4 items without a group" in repr(some)
    divided = Corpus([own_clip(name, speaker="s") for name in "ab"]).split(seed=1, test=0.5, by=["video"])
    assert (divided.disjoint, divided.divided, divided.ungrouped) == ((), ("speaker",), 0)
    published = Corpus([make_clip(f"chsims/v{n // 2}/{n}", 2, group={"video": f"v{n // 2}"}) for n in range(6)])
    assert published.split(seed=1, test=0.5).ungrouped == 0


def test_one_sentence_of_many_actors_is_many_recordings() -> None:
    text = "I would like a new alarm clock"
    acted = Corpus([clip(number, text, speaker=f"s{number // 2}") for number in range(6)])
    assert len(acted.folds(k=3, seed=1).folds) == 3
    unnamed = Corpus([clip(number, text, video=f"v{number}") for number in range(6)])
    assert "must have two or more groups of items, got 1" in refusal_of(lambda: unnamed.split(seed=1, test=0.5))


LACKING = Corpus([clip(0, speaker="a"), clip(1, speaker="b"), clip(2, video="v"), clip(3, speaker=" ")])
THREE = spoken([0, 1, 2])
WRONG = {
    "unknown": (
        lambda: LACKING.split(seed=1, test=0.5, by=["room"]),
        "by must be of film, dialogue, video, speaker, got 'room'; correct or remove it, the items have video (1), speaker (2)",
    ),
    "unknown of folds": (lambda: LACKING.folds(k=2, seed=1, by=["room"]), "by must be of film, dialogue, video, speaker, got"),
    "unknown of one": (
        lambda: LACKING.leave_one_out("room"),
        "by must be of video, speaker, got 'room'; correct or remove it, the items have video (1), speaker (2)",
    ),
    "lacking": (
        lambda: LACKING.split(seed=1, test=0.5, by=["speaker"]),
        "by must be kinds of groups that all items have, got 'speaker', which 2 of 4 lack, such as 'own/002'; give these a",
    ),
    "lacking of one": (
        lambda: LACKING.leave_one_out("video"),
        "by must be a kind of group that all items have, got 'video', which 3 of 4 lack, such as 'own/000'; leave these out",
    ),
    "one group": (
        lambda: spoken([0, 0]).leave_one_out("speaker"),
        "corpus must have two or more groups of kind 'speaker', got 1; name another kind with by=",
    ),
    "nothing to divide": (lambda: Corpus().folds(k=2, seed=1), "corpus must have 2 or more groups of items for 2 folds, got 0"),
    "two groups for three": (
        lambda: spoken([0, 1]).split(seed=1, test=0.3, validation=0.3),
        "corpus must have three or more groups of items, got 2; name fewer kinds of groups with by=",
    ),
    "more folds than groups": (
        lambda: THREE.folds(k=4, seed=1),
        "corpus must have 4 or more groups of items for 4 folds, got 3; make fewer folds, or name fewer kinds of groups with",
    ),
    "one fold": (lambda: THREE.folds(k=1, seed=1), "k must be an integer from 2 to 2147483647, got 1; give the number of"),
    "half a fold": (lambda: THREE.folds(k=2.5, seed=1), "k must be an integer from 2 to 2147483647, got 2.5"),  # type: ignore[arg-type]
    "validation": (lambda: THREE.split(seed=1, test=0.5, validation=0), "validation must be above 0 and below 1, got 0"),
    "validation of text": (
        lambda: THREE.split(seed=1, test=0.5, validation="x"),  # type: ignore[arg-type]
        "validation must be above 0 and below 1, got 'x'; give the share of items for validation",
    ),
    "too much": (
        lambda: THREE.split(seed=1, test=0.5, validation=0.5),
        "validation must be below 0.5 beside test 0.5, got 0.5; leave a share for training",
    ),
    "no such fold": (
        lambda: THREE.leave_one_out("speaker").split("s9"),
        "test must be a fold from 0 to 2, or its name, got 's9'; names are 's00', 's01', 's02'",
    ),
    "fold of True": (lambda: THREE.folds(k=2, seed=1).split(True), "test must be a fold from 0 to 1, or its name, got True"),
    "same fold": (
        lambda: THREE.folds(k=3, seed=1).split(0, validation=0),
        "validation must be another fold than test, got 0 for both; change one",
    ),
    "no train": (
        lambda: THREE.folds(k=2, seed=1).split(0, validation=1),
        "validation must leave a fold to train on, got 2 of 2 folds; leave it out, or make more folds",
    ),
    "no side": (
        lambda: predefined_split(Corpus([clip(0, split="train"), clip(1, split="held")])),
        "split of 'own/001' must be train, validation or test, got 'held'; correct it, or take folds of it with leave_one_out",
    ),
    "no test": (
        lambda: predefined_split(Corpus([clip(0, split="train")])),
        "split must have items in train and in test, got none in test; correct the column, or divide by a seed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_one_clear_line(name: str) -> None:
    wrong, text = WRONG[name]
    assert text in refusal_of(wrong)


def test_plans_take_every_side() -> None:
    corpus = spoken([0, 1, 2, 3])
    found = corpus.split(seed=1, test=0.25, validation=0.25)
    for side, keys in found.sides().items():
        plan = WindowPlan(corpus, by="clip", split=(side, found), order="sequential")
        assert tuple(window.item for window in plan.windows()) == keys
    fold = corpus.folds(k=4, seed=1).split(2)
    assert len(WindowPlan(corpus, by="clip", split=("train", fold))) == 3
    message = refusal_of(lambda: WindowPlan(corpus, by="clip", split=("validation", fold)))
    assert message == 'split must have the side "train" or "test", got \'validation\'; give ("train", split)'
    message = refusal_of(lambda: WindowPlan(corpus, by="clip", split=("dev", found)))
    assert message.startswith('split must have the side "train", "validation" or "test", got \'dev\'; give')


def divisions() -> dict[str, Split | Folds]:
    corpus = spoken([0, 1, 2, 3, 3])
    odd = Corpus(
        [make_clip("own/电影", 2, group={"speaker": "甲"}), make_clip("own/\udc80", 2, group={"speaker": "乙"})]
    )
    return {
        "two": corpus.split(seed=1, test=0.3, stratify=["label"]),
        "three": corpus.split(seed=2**70, test=0.3, validation=0.3),
        "of a fold": corpus.folds(k=4, seed=1).split(0, validation=1),
        "predefined": predefined_split(Corpus([clip(0, split="train"), clip(1, split="test")])),
        "folds": corpus.folds(k=3, seed=1, stratify=["language"]),
        "one out": corpus.leave_one_out("speaker"),
        "names": odd.leave_one_out("speaker"),
        "keys": odd.split(seed=1, test=0.5),
    }


@pytest.mark.parametrize("name", divisions())
def test_a_file_gives_back_what_was_saved(name: str, tmp_path: Path) -> None:
    division, path = divisions()[name], tmp_path / "division.json"
    division.save(path)
    assert (load_split(path) if isinstance(division, Split) else load_folds(path)) == division
    value = json.loads(path.read_text("utf-8"))
    lists = {key: value[key] for key in ("train", "validation", "test", "folds") if key in value}
    assert {"kind", "seed", "by", "sha256", *lists} <= set(value)
    assert name in ("names", "keys") or sha256(lists) == value["sha256"]
    with pytest.raises(
        CorpusError, match="read it with load_folds" if isinstance(division, Folds) else "read it with load_split"
    ):
        (load_folds if isinstance(division, Split) else load_split)(path)


def test_a_file_of_another_program_needs_the_published_keys_alone(tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    lists = {"train": ["a"], "validation": ["b"], "test": ["c"]}
    path.write_text(json.dumps({"kind": "split", "seed": 1, "by": ["film"], **lists, "sha256": sha256(lists)}))
    found = load_split(path)
    assert (found.validation, found.by, found.sha256) == (("b",), ("film",), sha256(lists))
    two = {"train": ["a"], "test": ["c"]}
    for digest in (sha256(two), sha256({**two, "validation": []})):
        path.write_text(json.dumps({"kind": "split", "seed": 1, "by": [], **two, "validation": [], "sha256": digest}))
        assert load_split(path).sha256 == digest
    path.write_text(json.dumps({"kind": "folds", "folds": [["a"], ["b"]], "sha256": sha256({"folds": [["a"], ["b"]]})}))
    assert load_folds(path).names == ("0", "1")


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"test": ["c", "d"]}, "has other lists than its sha256 says"),
        ({"sha256": ""}, "has other lists than its sha256 says"),
        ({"test": ["a"]}, "has 1 keys twice, such as 'a'"),
        ({"test": "c"}, "has a list that is not one of keys"),
        ({"train": [1]}, "has a list that is not one of keys"),
        ({"test": None}, "has a list that is not one of keys"),
    ],
)
def test_a_changed_file_is_refused(change: dict[str, object], fact: str, tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    lists = {"train": ["a"], "test": ["c"]}
    path.write_text(json.dumps({**lists, "sha256": sha256(lists), **change}))
    with pytest.raises(CorpusError) as caught:
        load_split(path)
    assert str(caught.value) == f'the file of a split {fact}; save it again with the seed that was published: "{path}"'
    assert caught.value.path == str(path)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="there is no such file; save a split there first"):
        load_split(tmp_path / "no.json")
    for text in ("", "[]", "{", "{}", "\x00"):
        path = tmp_path / "bad.json"
        path.write_text(text)
        for load in (load_split, load_folds):
            with pytest.raises(CorpusError, match=r"the file of (a split|folds) (cannot be read as JSON|has no )"):
                load(path)
    with pytest.raises(CorpusError, match="cannot be read as JSON"):
        load_split(tmp_path)


def test_divisions_do_not_change() -> None:
    """Golden: published checksums stay true."""
    corpus = spoken([number % 7 for number in range(30)])
    sums = {
        "split": corpus.split(seed=7, test=0.2).sha256[:16],
        "three": corpus.split(seed=7, test=0.2, validation=0.2).sha256[:16],
        "folds": corpus.folds(k=3, seed=7).sha256[:16],
        "one out": corpus.leave_one_out("speaker").sha256[:16],
    }
    assert sums == {
        "split": "c53953d5f4323a2f",
        "three": "f6ccede02db8d6ca",
        "folds": "ea21af7880407ea1",
        "one out": "ce7ebd0b72533f62",
    }


def test_more_than_one_error_class_is_none() -> None:
    with pytest.raises(InvalidArgument, match="corpus must be a Corpus, got 5"):
        folds(5, k=2, seed=1)  # type: ignore[arg-type]
