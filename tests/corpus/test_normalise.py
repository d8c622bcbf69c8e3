"""Words that raters wrote, and what they become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io.corpus import Normaliser, taxonomy
from emos_io.corpus.normalise import distance

BASIC, FINE = Normaliser(taxonomy("basic7")), Normaliser(taxonomy("goemotions"))

SLIPS = {
    "annoaynce": "annoyance", "admiaration": "admiration", "disaaproval": "disapproval", "disaspproval": "disapproval",
    "resorse": "remorse", "remorrse": "remorse", "jou": "joy", "nervousnee": "nervousness", "surprsie": "surprise",
    "durprise": "surprise",
    "disdust": "disgust", "disggust": "disgust", "digust": "disgust", "grtitude": "gratitude", "curiosty": "curiosity",
    "curioisity": "curiosity", "amusemet": "amusement", "disire": "desire", "deisire": "desire", "relilef": "relief",
    "disappointement": "disappointment", "ssadness": "sadness", "sadenss": "sadness", "ambarrassment": "embarrassment",
    "ebarrassment": "embarrassment", "excitemrnt": "excitement", "exitement": "excitement", "lve": "love", "lone": "love",
    "anoyance": "annoyance", "nuetral": "neutral", "realizatoin": "realization", "opyimism": "optimism",
}  # fmt: skip
"""Every slip that stands in the published workbooks."""
OPEN = [
    "determination",
    "contempt",
    "despair",
    "hope",
    "rage",
    "pain",
    "trust",
    "empathy",
    "resignation",
    "confidence",
    "inspiration",
]


@pytest.mark.parametrize("word", SLIPS)
def test_slips_of_the_published_workbooks(word: str) -> None:
    read = FINE(word)
    assert read.labels == (SLIPS[word],)
    assert read.changes == ((word, SLIPS[word], "slip"),)


@pytest.mark.parametrize("word", OPEN)
def test_other_emotions_are_not_guessed_at(word: str) -> None:
    read = FINE(word)
    assert (read.labels, read.unknown) == ((), (word,))


@pytest.mark.parametrize(
    ("normalise", "text", "labels", "how"),
    [
        (BASIC, "Anger/愤怒", ("Anger",), "bilingual"),
        (BASIC, "伤心", ("Sadness",), "alias"),
        (BASIC, "JOY ", ("Joy",), "letter case"),
        (BASIC, "happy", ("Joy",), "alias"),
        (FINE, "grief 😢", ("grief",), "symbols"),
        (FINE, "lovedesire", ("love", "desire"), "two labels in one word"),
    ],
)
def test_other_ways_of_writing(normalise: Normaliser, text: str, labels: tuple[str, ...], how: str) -> None:
    read = normalise(text)
    assert read.labels == labels
    assert {change[2] for change in read.changes} == {how}


def test_cells_of_several_words() -> None:
    assert FINE("joy;pride").labels == ("joy", "pride")
    assert FINE("joy；pride, joy").labels == ("joy", "pride")
    assert FINE("").labels == () and not FINE("").abstain
    assert FINE("unsure").abstain and FINE("unsure").labels == ()
    read = FINE("realization" + " " * 40 + "re")
    assert (read.labels, read.unknown) == (("realization",), ("re",))


@given(st.sampled_from(taxonomy("goemotions").labels))
def test_a_label_is_itself(label: str) -> None:
    assert FINE(label) == type(FINE(label))((label,), False, (), ())


@given(st.text(max_size=30))
def test_nothing_is_lost_and_nothing_fails(text: str) -> None:
    read = FINE(text)
    assert set(read.labels) <= set(taxonomy("goemotions").labels)
    words = [word for word in text.replace(" ", "") if word.isalnum()]
    assert not words or read.labels or read.unknown or read.abstain


@given(st.text(alphabet="abcd", max_size=8), st.text(alphabet="abcd", max_size=8))
def test_the_distance_is_a_distance(a: str, b: str) -> None:
    assert distance(a, b) == distance(b, a)
    assert (distance(a, b) == 0) == (a == b)
    assert abs(len(a) - len(b)) <= distance(a, b) <= max(len(a), len(b))


def test_a_slip_of_two_labels_is_a_slip_of_neither() -> None:
    assert distance("isapproval", "approval") == 2 and distance("isapproval", "disapproval") == 1
    assert FINE("isapproval").unknown == ("isapproval",)


@pytest.mark.parametrize(
    ("layer", "value", "label"),
    [("sentiment2", 0.0, "negative"), ("sentiment2", 0.2, "positive"), ("sentiment3", -0.1, "negative"),
     ("sentiment3", 0.1, "neutral"),
     ("sentiment3", 0.2, "positive"), ("sentiment5", -0.7, "negative"), ("sentiment5", -0.6, "weakly negative"),
     ("sentiment5", 0.0, "neutral"), ("sentiment5", 0.7, "weakly positive"), ("sentiment5", 1.0, "positive")],
)  # fmt: skip
def test_bins_hold_their_right_edge(layer: str, value: float, label: str) -> None:
    assert taxonomy(layer).bin(value) == label
