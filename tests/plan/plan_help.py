"""Items of made-up films, and strategies for them. Times lie on a grid of a quarter second, unless said otherwise."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import Clip, Decision, Monologue, Sentence, Utterance
from emos_io.corpus.records import ConfidenceTier
from emos_io.plan import LabelRule, PlanBatch, Windowing, WindowPlan
from emos_io.spans import Seconds

STEP = Fraction(1, 4)
BASIC7 = ("Anger", "Disgust", "Fear", "Joy", "Neutral", "Sadness", "Surprise")


def utterance(
    index: int, start: Seconds, end: Seconds, label: str | None, goemotions: tuple[str, ...] = ()
) -> Utterance:
    labels = {
        layer: names for layer, names in (("basic7", (label,) if label else ()), ("goemotions", goemotions)) if names
    }
    return Utterance(index=index, span=Span(start, end), labels=labels, raw_primary=label or "")


def sentence(index: int, start: Seconds, end: Seconds) -> Sentence:
    return Sentence(index=index, span=Span(start, end), text=f"sentence {index}")


def monologue(
    name: str, duration: Seconds, labels: tuple[Any, ...] = (), sentences: tuple[Any, ...] = (), path: str | None = None
) -> Monologue:
    spoken = tuple(sentence(number, *times) for number, times in enumerate(sentences, 1))
    felt = tuple(utterance(number, *each) for number, each in enumerate(labels))
    return Monologue(
        key=f"s/{name}",
        name=name,
        title=name,
        language="en",
        duration=Fraction(duration),
        sentences=spoken,
        utterances=felt,
        path=path,
    )


def clip(name: str, seconds: int, label: str, confidence: float = 1.0, tier: ConfidenceTier | None = "high") -> Clip:
    key = f"c/{name}"
    decision = Decision(
        item=key,
        layer="basic7",
        labels=(label,),
        scores={label: confidence},
        confidence=confidence,
        confidence_tier=tier,
    )
    span = Span(60, 60 + seconds + Fraction(1, 2))
    return Clip(
        key=key, source="meld", language="en", text="Hello.", decisions={"basic7": decision}, published_span=span
    )


def plan_of(source: Any, length: Any = None, hop: Any = None, **options: Any) -> WindowPlan:
    """The plan of arguments that are dealt to the record, or to the plan, that has them."""
    cut = {
        name: options.pop(name) for name in ("by", "context", "lookahead", "max_length", "causal") if name in options
    }
    rule = {name: options.pop(name) for name in ("label_at", "collar", "collar_mode") if name in options}
    labels = LabelRule(options.pop("labels", "basic7"), **rule)
    return WindowPlan(source, Windowing(length, hop, **cut), labels=labels, **options)


def top_class(plan: WindowPlan, number: int) -> str:
    """The class of most weight of a window."""
    return plan.classes[int(np.argmax(plan.window(number).labels.soft))]


def steps_of(plan: WindowPlan, epoch: int) -> list[PlanBatch]:
    return [plan.batch(epoch, step) for step in range(plan.num_steps(epoch))]


@st.composite
def segments(draw: st.DrawFn, end: int, most: int = 6) -> tuple[tuple[Fraction, Fraction], ...]:
    """Segments on the grid that do not overlap; some touch each other, some lie after `end`."""
    cuts = draw(st.lists(st.integers(0, end + 8), max_size=2 * most, unique=True).map(sorted))
    pairs = [(first * STEP, last * STEP) for first, last in itertools.pairwise(cuts)]
    return tuple(pair for pair in pairs if draw(st.booleans()))


@st.composite
def films(draw: st.DrawFn, name: str = "a", shortest: int = 1, longest: int = 80) -> Monologue:
    end = draw(st.integers(shortest, longest))
    labels = []
    for start, stop in draw(segments(end)):
        label = draw(st.sampled_from([None, "Joy", "Fear", "Anger"]))
        labels.append((start, stop, label, tuple(draw(_goemotions)) if label else ()))
    return monologue(name, end * STEP, tuple(labels), draw(segments(end)))


_goemotions = st.lists(st.sampled_from(["joy", "fear", "love"]), min_size=1, max_size=3, unique=True)


@st.composite
def many_films(draw: st.DrawFn) -> list[Monologue]:
    return [draw(films(str(number), 4)) for number in range(draw(st.integers(1, 6)))]


orders = st.sampled_from(["sequential", "contiguous", "shuffle", "iid"])
quarters = st.integers(1, 24).map(lambda number: number * STEP)
