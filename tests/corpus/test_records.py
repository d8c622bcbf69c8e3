"""Records: layers as one mapping, exact weights, and that nothing in them can be changed."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction

import pytest

from emos_io import Span
from emos_io.corpus import Clip, Decision, LabelTimeline, Monologue, Sentence, Trend, Utterance, Vote
from emos_io.corpus.records import HasDuration
from emos_io.errors import InvalidArgument

UTTERANCE = Utterance(
    index=0,
    span=Span(0, 5),
    labels={"basic7": ("Joy",), "goemotions": ("joy", "pride", "love"), "own": ()},
    intensity=4,
    text={"en": "Yes!"},
)
FILM = Monologue(
    key="s/a",
    name="a",
    title="A",
    language="en",
    duration=Fraction(10),
    utterances=(UTTERANCE, Utterance(index=1, span=Span(5, 7))),
    attributes={"source": "a.mp4"},
)
DECISION = Decision(item="c/a", layer="basic7", labels=("Joy",), scores={"Joy": 0.75}, recipe={"method": "soft"})
CLIP = Clip(
    key="c/a",
    source="own",
    language="en",
    group={"video": "v"},
    votes=(Vote(item="c/a", layer="basic7", rater="r", labels=("Joy",)),),
    decisions={"basic7": DECISION},
    attributes={"number": 3},
)
LINE = LabelTimeline("basic7", [Span(0, 1)], [{"Joy": 1}])
MAPPINGS = {
    "group": CLIP.group, "decisions": CLIP.decisions, "attributes of a clip": CLIP.attributes,
    "scores": DECISION.scores, "recipe": DECISION.recipe, "attributes of a monologue": FILM.attributes,
    "labels": UTTERANCE.labels, "text": UTTERANCE.text, "weights": LINE.weights[0],
}  # fmt: skip


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS)
def test_mappings_of_records_cannot_be_changed(mapping: object) -> None:
    assert isinstance(mapping, dict)
    before = dict(mapping)
    with pytest.raises(TypeError, match="cannot be changed"):
        mapping["another"] = next(iter(mapping.values()))
    with pytest.raises(TypeError, match="cannot be changed"):
        mapping.clear()
    assert mapping == before


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, replace, lambda each: pickle.loads(pickle.dumps(each))],
    ids=["copy", "deepcopy", "replace", "pickle"],
)
@pytest.mark.parametrize("record", [CLIP, FILM, LINE], ids=["clip", "monologue", "timeline"])
def test_a_copy_is_equal(record: object, again: Callable[[object], object]) -> None:
    assert again(record) == record


def _equal(clip: Clip, film: Monologue, line: LabelTimeline) -> tuple[bool, Clip, Monologue, LabelTimeline]:
    return (clip, film, line) == (CLIP, FILM, LINE), clip, film, line


def test_a_spawned_worker_has_equal_records() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_equal, (CLIP, FILM, LINE)) == (True, CLIP, FILM, LINE)


def test_records_with_values_that_can_be_hashed_can_be_hashed() -> None:
    assert hash(CLIP) == hash(replace(CLIP)) and len({CLIP, replace(CLIP), replace(CLIP, text="other")}) == 2


def test_layers_are_those_of_the_mapping_and_the_intensity() -> None:
    assert UTTERANCE.layers == ("basic7", "goemotions", "own", "intensity")
    assert [UTTERANCE.labels_in(layer) for layer in (*UTTERANCE.layers, "none")] == [
        ("Joy",), ("joy", "pride", "love"), (), ("4",), (),
    ]  # fmt: skip
    assert (UTTERANCE.basic7, UTTERANCE.goemotions) == ("Joy", ("joy", "pride", "love"))
    empty = Utterance(index=0, span=Span(0, 1))
    assert (empty.layers, empty.basic7, empty.goemotions) == ((), None, ())


def test_a_layer_named_intensity_is_a_layer_like_others() -> None:
    own = Utterance(index=0, span=Span(0, 1), labels={"intensity": ("strong",)})
    assert (own.layers, own.labels_in("intensity")) == (("intensity",), ("strong",))


@pytest.mark.parametrize("layer", ["basic7", "goemotions", "intensity", "own"])
def test_the_layer_of_a_monologue_is_that_of_its_utterances(layer: str) -> None:
    line = FILM.labels(layer)
    names = UTTERANCE.labels_in(layer)
    expected = [(Span(0, 5), {name: Fraction(1, len(names)) for name in names})] if names else []
    assert list(zip(line.spans, line.weights, strict=True)) == expected


def test_weights_sum_to_one_also_where_a_label_is_given_twice() -> None:
    twice = Utterance(index=0, span=Span(0, 1), labels={"goemotions": ("joy", "love", "joy")})
    assert twice.weights("goemotions") == {"joy": Fraction(2, 3), "love": Fraction(1, 3)}


def test_a_text_is_no_tuple_of_labels() -> None:
    with pytest.raises(InvalidArgument, match=r"labels of layer 'basic7' must be a tuple of names, got 'Joy'; give "):
        Utterance(index=0, span=Span(0, 1), labels={"basic7": "Joy"})  # type: ignore[dict-item]


@pytest.mark.parametrize("kind", [Clip, Monologue, Utterance, Vote, Decision, Sentence, Trend])
def test_wide_records_take_keywords_alone(kind: type) -> None:
    assert all(each.kw_only for each in fields(kind))


def test_items_say_how_long_they_are() -> None:
    items: list[HasDuration] = [CLIP, replace(CLIP, published_span=Span("976.059", "981.731")), FILM]
    assert [item.duration for item in items] == [None, Fraction("5.672"), 10]
