"""Items of made-up films. Times lie on a grid of a quarter second, unless said otherwise."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

from emos_io import Span
from emos_io.corpus import Clip, ConfidenceTier, Monologue, Sentence
from emos_io.plan import LabelRule, PlanBatch, Windowing, WindowPlan
from emos_io.spans import Seconds
from emos_io.testing import make_clip, make_monologue, strategies

STEP = strategies.STEP
BASIC7 = ("Anger", "Disgust", "Fear", "Joy", "Neutral", "Sadness", "Surprise")


def sentence(index: int, start: Seconds, end: Seconds) -> Sentence:
    return Sentence(index=index, span=Span(start, end), text=f"sentence {index}")


def monologue(
    name: str, duration: Seconds, labels: tuple[Any, ...] = (), sentences: tuple[Any, ...] = (), path: str | None = None
) -> Monologue:
    return make_monologue(f"s/{name}", duration, labels, sentences, path=path)


def clip(name: str, seconds: int, label: str, confidence: float = 1.0, tier: ConfidenceTier | None = "high") -> Clip:
    """It lasts half a second longer than it says."""
    length = seconds + Fraction(1, 2)
    return make_clip(f"c/{name}", length, label, confidence=confidence, confidence_tier=tier, text="Hello.")


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


def films(name: str = "a", shortest: int = 1, longest: int = 80) -> SearchStrategy[Monologue]:
    """Monologues of some steps of the grid."""
    return strategies.monologues(f"s/{name}", shortest=shortest * STEP, longest=longest * STEP)


many_films = strategies.monologue_lists
orders = strategies.orders()
quarters = strategies.grid_seconds()
