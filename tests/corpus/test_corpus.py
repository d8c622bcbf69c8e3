"""A corpus as an object: how many items it has, going over them, and what it looks like where it is printed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import NoSuchItem, Span
from emos_io.corpus import (
    Clip,
    Corpus,
    Examination,
    Finding,
    LabelTimeline,
    Link,
    Monologue,
    Split,
    Taxonomy,
    attach,
    doctor,
    load,
    read_chsims,
    read_folder,
    read_meld,
    read_release,
    save,
    split,
)
from emos_io.errors import InvalidArgument
from emos_io.spans import Seconds
from oracle import synthetic_release as made


def clip(number: int) -> Clip:
    return Clip(key=f"own/{number}", source="own", language="en", text=f"text {number}", group={"video": f"v{number}"})


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus.from_release(made.make(tmp_path / "release"))


def test_length_and_order_are_those_of_clips_then_monologues(corpus: Corpus) -> None:
    assert len(corpus) == len(corpus.clips) + len(corpus.monologues) == 9
    assert list(corpus) == corpus.items == [*corpus.clips, *corpus.monologues]
    assert [type(item) for item in corpus] == [Clip] * 7 + [Monologue] * 2
    assert len(Corpus()) == 0


def test_reprs_hold_counts_and_no_lists(corpus: Corpus) -> None:
    assert repr(corpus) == f"Corpus(7 clips, 2 monologues, {len(corpus.findings)} findings)"
    assert repr(corpus.clips) == "Items(7 items, 'chsims/video_0001/0001' first)"
    assert repr(Corpus().clips) == "Items(0 items)"
    assert repr(corpus.clips["meld/dia0_utt1"]) == (
        "Clip('meld/dia0_utt1', language='en', 3 votes, decisions=['basic7', 'goemotions'], path=None)"
    )
    assert repr(corpus.monologues["Black Ice"]) == (
        "Monologue('streaming/Black Ice', language='zh', 12.5 s, 3 sentences, 3 utterances, path=None)"
    )
    assert (
        repr(corpus.monologues["Black Ice"].labels("basic7"))
        == "LabelTimeline('basic7', 3 segments in [0, 12), step=1)"
    )
    assert repr(LabelTimeline("basic7", (), ())) == "LabelTimeline('basic7', 0 segments, step=1/1000)"
    found = corpus.doctor()
    assert repr(found) == f"Examination(7 clips, 2 monologues, {len(corpus.findings)} findings)"
    assert repr(Link(paths={"a": "b"}, missing=["c", "d"])) == "Link(1 matched, 2 missing, 0 unused, 0 findings)"


def test_the_repr_of_a_split_names_its_checksum() -> None:
    split = Corpus([clip(number) for number in range(8)]).split(seed=7, test=0.25, stratify=["language"])
    assert repr(split) == (
        "Split(6 train, 2 test, seed=7, test_share=0.25, by=('film', 'dialogue', 'video'), stratify=('language',), "
        f"1 strata, sha256='{split.sha256[:16]}'...)"
    )


def test_verbs_give_what_they_say(corpus: Corpus) -> None:
    found: Examination = corpus.doctor()
    sides: Split = corpus.split(seed=7, test=0.25)
    assert (type(found), type(sides)) == (Examination, Split)
    assert type(attach(corpus, {})) is type(corpus.with_paths({})) is Corpus


@pytest.mark.parametrize(
    ("method", "verb"),
    [
        (Corpus.from_release, read_release),
        (Corpus.from_folder, read_folder),
        (Corpus.from_meld, read_meld),
        (Corpus.from_chsims, read_chsims),
        (Corpus.load, load),
        (Corpus.save, save),
        (Corpus.split, split),
        (Corpus.doctor, doctor),
    ],
)
def test_a_method_takes_and_gives_what_its_function_does(
    method: Callable[..., object], verb: Callable[..., object]
) -> None:
    own, other = inspect.signature(method), inspect.signature(verb)
    assert own.return_annotation == other.return_annotation != inspect.Signature.empty
    # The corpus itself is "self" in a method.
    own_parameters = [each for each in own.parameters.values() if each.name not in ("self", "corpus")]
    assert own_parameters == [each for each in other.parameters.values() if each.name != "corpus"]
    assert all(
        each.annotation is not inspect.Parameter.empty and "Any" not in each.annotation for each in own_parameters
    )


def test_an_item_that_is_not_there() -> None:
    with pytest.raises(NoSuchItem) as caught:
        Corpus([clip(0), clip(1)]).clips["own/7"]
    assert str(caught.value) == "there is no item 'own/7'; keys() lists all 2, such as 'own/0', 'own/1'"
    with pytest.raises(NoSuchItem) as caught:
        Corpus().clips["own/7"]
    assert str(caught.value) == "there is no item 'own/7'; keys() lists all 0"


def test_a_last_part_that_fits_several_items_is_refused() -> None:
    corpus = Corpus([replace(clip(0), key=key) for key in ("own/1", "other/1", "third/2", "2", "x/a/b")])
    items = corpus.clips
    with pytest.raises(InvalidArgument) as caught:
        items["1"]
    assert str(caught.value) == ("key must be a full key, got '1', which fits 'own/1' and 'other/1'; give one of them")
    assert caught.value.key == "1"
    assert "1" in corpus
    assert [items[key].key for key in ("own/1", "other/1")] == ["own/1", "other/1"]
    # A full key is itself, also where it is the last part of another.
    assert items["2"].key == "2"
    assert items["a/b"].key == "x/a/b"


def test_of_many_items_that_a_last_part_fits_two_are_named() -> None:
    items = Corpus([replace(clip(0), key=f"part{number}/1") for number in range(40)]).clips
    with pytest.raises(
        InvalidArgument, match=r"got '1', which fits 40, 'part0/1' and 'part1/1' first; give one of them"
    ):
        items["1"]


def test_timelines_that_are_none() -> None:
    joy = {"Joy": 1.0}
    with pytest.raises(InvalidArgument) as caught:
        LabelTimeline("basic7", (Span(0, 5), Span(4, 8)), (joy, joy))
    assert str(caught.value) == (
        f"spans must be in order and without overlap, got {Span(0, 5)} before {Span(4, 8)}; shorten or reorder them"
    )
    with pytest.raises(
        InvalidArgument, match="weights must be one for each of 1 spans, got 2; give labels for each span"
    ):
        LabelTimeline("basic7", (Span(0, 5),), (joy, joy))


def test_the_segment_at_a_time() -> None:
    line = LabelTimeline("basic7", (Span(0, 5), Span(6, 8)), ({"Joy": 1.0}, {"Fear": 1.0}), step=Fraction(1))
    assert [line.index_at(time) for time in (-1, 0, "4.99", 5, 6, 8)] == [None, 0, 0, None, 1, None]


def test_weights_are_exact() -> None:
    labels = [f"label {number}" for number in range(1009)]
    line = LabelTimeline("own", (Span(0, 1), Span(1, 4)), (dict.fromkeys(labels, Fraction(1, 1009)), {"label 0": 1}))
    seconds = line.seconds(Span(0, 4))
    assert seconds == dict.fromkeys(labels, Fraction(1, 1009)) | {"label 0": 3 + Fraction(1, 1009)}
    assert sum(seconds.values()) == 4
    assert line.weights_at([0])[0]["label 7"] == Fraction(1, 1009)


@pytest.mark.parametrize(
    ("weight", "exact"), [(1 / 3, Fraction(1, 3)), (0.1, Fraction(1, 10)), ("2/7", Fraction(2, 7))]
)
def test_a_weight_is_read_as_a_time_is(weight: Seconds, exact: Fraction) -> None:
    assert LabelTimeline("own", [Span(0, 1)], [{"Joy": weight}]).weights == ({"Joy": exact},)


def test_a_weight_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="weight must be a finite number, got nan; give an int"):
        LabelTimeline("own", [Span(0, 1)], [{"Joy": float("nan")}])


def test_two_corpora_are_put_together_with_all_that_they_have() -> None:
    moods = Taxonomy("moods", "1", "Moods", ("calm", "tense"))
    noted = Finding("no_label", "own/0", "its label is empty", "fill it in", "fault")
    first = Corpus([clip(0)], findings=[noted], origin="a", taxonomies=[moods])
    talk = Monologue(key="m", name="m", title="m", language="en", duration=Fraction(4))
    second = Corpus([clip(1)], [talk], origin="b", taxonomies=[moods])
    both = first + second
    assert [item.key for item in both] == ["own/0", "own/1", "m"]
    assert (list(both.findings), both.origin, both.taxonomies) == ([noted], "a + b", (moods,))
    assert isinstance(both, Corpus) and len(first) == 1
    with pytest.raises(
        InvalidArgument, match="items of two corpora must have different keys, got 'own/0'; leave these out"
    ):
        _ = first + Corpus([clip(0)])
    with pytest.raises(TypeError):
        _ = first + 1  # type: ignore[operator]
