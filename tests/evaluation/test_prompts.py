"""Prompts: their texts are pinned by digest, they hold what they ask about, and their answers are read back."""

from __future__ import annotations

import string
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io.corpus import Taxonomy, taxonomy
from emos_io.errors import InvalidArgument
from emos_io.evaluation import PROMPTS, LabelledSegment, Language, TimedText, parse_clip, parse_stream, prompt
from emos_io.spans import Span

LAYERS = (taxonomy("basic7"), taxonomy("goemotions"))
PACKAGED = [taxonomy(name) for name in ("basic7", "goemotions", "mer6", "sentiment2", "sentiment3", "sentiment5")]
DIGESTS = {
    "clip-words-1": "aac366fcc1caa85dacb892028fe75efd39f5f823f3260f9d107597fa2b2974c4",
    "clip-letters-1": "9bf0c2758b3c2425204b248aacbb7591d4a3d8e24ae829cdd3694085d9eb4035",
    "clip-json-1": "cc1ecee75d3f2ee9a9e394832a56a17c5beb6fdd9f862151f41ed8e78d6e528e",
    "stream-words-1": "81821508b7480a38e6a95d181d17edde47d9896b66139703ac901da6b4400209",
    "stream-letters-1": "b906d6da04fcf6e49f1dc834e3be523095c7df5d922cad0a43f860b7be837ced",
    "stream-json-1": "f51dca875245bf821da90175d572af018cf1c910718a8dd89a489a8a865a8066",
}
"""Whoever changes a text of a prompt gives it another version: results name the prompt that they were made with."""


def test_texts_of_a_version_do_not_change() -> None:
    assert {name: each.sha256 for name, each in PROMPTS.items()} == DIGESTS


@pytest.mark.parametrize("name", PROMPTS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_question_names_every_label_and_what_is_spoken(name: str, language: Language) -> None:
    asked, spoken = prompt(name), "to be or not"
    if asked.task == "clip":
        text = asked.question(LAYERS, language=language, transcript=f"  {spoken}\n")
        without = asked.question(LAYERS, language=language)
    else:
        sentences = [TimedText(Span(11, 12), spoken), TimedText(Span(100, 101), "later")]
        text = asked.question(LAYERS, language=language, sentences=sentences, span=Span(10, 70))
        without = asked.question(LAYERS, language=language, span=Span(10, 70))
        assert f"[00:01-00:02] {spoken}" in text and "01:00" in text and "later" not in text
    assert spoken in text and spoken not in without
    for layer in LAYERS:
        assert layer.name in text
        assert all(label in text for label in layer.labels)
    assert ("Joy（喜悦）" in text) == (language == "zh")
    assert "intensity" not in text


def test_intensity_is_asked_for_where_it_is_wanted() -> None:
    for each in PROMPTS.values():
        assert "intensity" in each.question(LAYERS, intensity=True)


def test_what_a_prompt_cannot_take_is_refused() -> None:
    clip, stream = prompt("clip-json-1"), prompt("stream-json-1")
    own = Taxonomy("time", "1", "One", ("a", "b"))
    for call in (
        lambda: prompt("clip-json-9"),
        lambda: clip.question([]),
        lambda: clip.question([LAYERS[0], LAYERS[0]]),
        lambda: clip.question([own]),
        lambda: clip.question(LAYERS, span=Span(0, 1)),
        lambda: stream.question(LAYERS, transcript="a"),
        lambda: clip.question(LAYERS, language="fr"),  # type: ignore[arg-type]
        lambda: clip.answer({"basic7": ["Joy", "Fear"]}, LAYERS[:1]),
        lambda: clip.answer({"basic7": ["Happy"]}, LAYERS[:1]),
        lambda: clip.answer({}, LAYERS[:1]),
        lambda: clip.answer({"basic7": ["Joy"]}, LAYERS[:1], confidence=2),
        lambda: clip.answer({"basic7": ["Joy"]}, LAYERS[:1], intensity=6),
        lambda: clip.stream_answer([], LAYERS),
        lambda: stream.answer({"basic7": ["Joy"]}, LAYERS[:1]),
        lambda: stream.stream_answer([], LAYERS),
        lambda: stream.stream_answer(
            [LabelledSegment(span=Span(0, 1), labels={"basic7": ["Joy"]})], LAYERS[:1], span=Span(1, 2)
        ),
    ):
        with pytest.raises(InvalidArgument) as caught:
            call()
        assert "\n" not in str(caught.value)


WORDS = st.text(string.ascii_letters + string.digits + " -/()'\"*_.:!?=&+éñ喜怒哀乐", min_size=1, max_size=12)


@st.composite
def own_taxonomies(draw: st.DrawFn, name: str, *, multiple: bool) -> Taxonomy:
    """Draw a taxonomy of labels of any kind: with signs, Chinese, letters that stand for others."""
    words = draw(st.lists(WORDS, min_size=2, max_size=8))
    labels: dict[str, str] = {}
    for word in words:
        plain = " ".join(word.split())
        if any(each.isalnum() for each in plain):
            labels.setdefault(plain.casefold(), plain)
    for spare in ("one", "two"):
        if len(labels) < 2:
            labels.setdefault(spare, spare)
    return Taxonomy(name, "1", "Own", tuple(labels.values()), multiple=multiple)


@st.composite
def layers_and_labels(draw: st.DrawFn) -> tuple[list[Taxonomy], dict[str, tuple[str, ...]]]:
    packaged = st.sampled_from(PACKAGED)
    own = st.one_of(own_taxonomies("own", multiple=False), own_taxonomies("own-set", multiple=True))
    layers = draw(st.lists(st.one_of(packaged, own), min_size=1, max_size=3, unique_by=lambda each: each.name))
    labels = {
        each.name: tuple(
            draw(st.lists(st.sampled_from(each.labels), max_size=4, unique=True))
            if each.multiple
            else [draw(st.sampled_from(each.labels))]
        )
        for each in layers
    }
    return layers, labels


CONFIDENCES = st.one_of(st.none(), st.integers(0, 100).map(lambda number: number / 100))
INTENSITIES = st.one_of(st.none(), st.integers(1, 5))


@pytest.mark.parametrize("form", ["words", "letters", "json"])
@settings(max_examples=150, deadline=None)
@given(asked=layers_and_labels(), confidence=CONFIDENCES, intensity=INTENSITIES)
def test_an_answer_about_a_clip_is_read_back(
    form: str,
    asked: tuple[list[Taxonomy], dict[str, tuple[str, ...]]],
    confidence: float | None,
    intensity: int | None,
) -> None:
    layers, labels = asked
    one = prompt(f"clip-{form}-1")
    text = one.answer(labels, layers, confidence=confidence, intensity=intensity)
    read = parse_clip(text, one, layers)
    assert (dict(read.labels), dict(read.reasons), dict(read.outside)) == (labels, {}, {}), text
    assert (read.confidence, read.intensity, read.raw) == (confidence, intensity, text)


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Draw spans that follow each other, on a clock of milliseconds."""
    edges = sorted(draw(st.sets(st.integers(0, 4_000_000), min_size=2, max_size=7)))
    return [Span(Fraction(start, 1000), Fraction(end, 1000)) for start, end in pairwise(edges)]


@pytest.mark.parametrize("form", ["words", "letters", "json"])
@settings(max_examples=100, deadline=None)
@given(asked=layers_and_labels(), times=spans(), intensity=INTENSITIES, start=st.integers(0, 100))
def test_an_answer_about_a_monologue_is_read_back(
    form: str,
    asked: tuple[list[Taxonomy], dict[str, tuple[str, ...]]],
    times: list[Span],
    intensity: int | None,
    start: int,
) -> None:
    layers, labels = asked
    one = prompt(f"stream-{form}-1")
    part = Span(start, start + 4000)
    segments = [LabelledSegment(span=each.shift(start), labels=labels, intensity=intensity) for each in times]
    text = one.stream_answer(segments, layers, span=part)
    read = parse_stream(text, one, layers, span=part)
    assert (read.reason, read.left_out) == ("", ())
    assert [(each.span, dict(each.labels), each.intensity) for each in read.segments] == [
        (each.span, labels, intensity) for each in segments
    ], text
