"""Hypothesis strategies: exact times, spans, items of made-up labels, windowings. Times of items lie on a grid of 1/4 s."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from .._install import install
from ..corpus import Clip, Monologue
from ..plan import BYS, ORDERS, OrderName, Windowing
from ..spans import Seconds, Span, exact_seconds
from .items import LabelledTime, SpokenTime, make_clip, make_monologue

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError(f"hypothesis is not installed; {install('testing')}") from error

STEP = Fraction(1, 4)
"""The grid of items, in seconds: coarse, so that boundaries often fall together."""
CLOCKS = tuple(
    Fraction(*clock) for clock in [(1, 4), (1, 25), (1001, 30_000), (1, 1000), (1, 44_100), (1, 48_000), (1, 90_000)]
)
"""Seconds of a tick of media: what times of files are multiples of."""

_LABELS = ("Joy", "Fear", "Anger")
_GOEMOTIONS = ("joy", "fear", "love")
_MOST_SEGMENTS = 6
_STEPS_AFTER = 8


def exact_times(least: Seconds = 0, most: Seconds = 3600) -> st.SearchStrategy[Fraction]:
    """Return a strategy of times in ``[least, most]`` that are ticks of some clock of media.

    Example:
        >>> from hypothesis import find
        >>> find(exact_times(1, 2), lambda time: time > 1)
        Fraction(5, 4)
    """
    first, last = exact_seconds(least, name="least"), exact_seconds(most, name="most")

    def ticks(clock: Fraction) -> st.SearchStrategy[Fraction]:
        return st.integers(math.ceil(first / clock), math.floor(last / clock)).map(lambda number: number * clock)

    clocks = [clock for clock in CLOCKS if math.ceil(first / clock) <= math.floor(last / clock)]
    return st.sampled_from(clocks).flatmap(ticks)


def spans(least: Seconds = 0, most: Seconds = 3600) -> st.SearchStrategy[Span]:
    """Return a strategy of spans within ``[least, most]``; both ends are ticks, not always of one clock."""
    times = exact_times(least, most)
    return st.lists(times, min_size=2, max_size=2, unique=True).map(lambda pair: Span(min(pair), max(pair)))


def grid_seconds(most: Seconds = 6) -> st.SearchStrategy[Fraction]:
    """Return a strategy of multiples of 1/4 s above 0, up to `most`."""
    return st.integers(1, math.floor(exact_seconds(most, name="most") / STEP)).map(lambda number: number * STEP)


@st.composite
def monologues(draw: st.DrawFn, key: str = "made/a", *, shortest: Seconds = STEP, longest: Seconds = 20) -> Monologue:
    """Return a strategy of monologues with up to eleven utterances and as many sentences.

    Utterances do not overlap; some touch each other, some have no label, some lie after the end. Those with a label of
    Basic-7 (Joy, Fear or Anger) have one to three of GoEmotions (joy, fear, love). They have no media.

    Args:
        draw: Hypothesis gives it.
        key: The key of the monologue.
        shortest, longest: Bounds of the duration, multiples of 1/4 s.

    Example:
        >>> from hypothesis import find
        >>> find(monologues(), lambda film: len(film.utterances) == 1)
        Monologue('made/a', language='en', 0.25 s, 0 sentences, 1 utterances, path=None)
    """
    low, high = (exact_seconds(each) / STEP for each in (shortest, longest))
    end = draw(st.integers(math.ceil(low), math.floor(high)))
    labels: list[LabelledTime] = []
    for start, stop in draw(_segments(end)):
        label = draw(st.sampled_from([None, *_LABELS]))
        labels.append((start, stop, label, tuple(draw(_goemotions)) if label else ()))
    sentences: tuple[SpokenTime, ...] = draw(_segments(end))
    return make_monologue(key, end * STEP, labels, sentences)


def monologue_lists(
    most: int = 6, *, shortest: Seconds = 1, longest: Seconds = 20
) -> st.SearchStrategy[list[Monologue]]:
    """Return a strategy of one to `most` monologues with keys ``made/0``, ``made/1`` and so on."""
    return st.integers(1, most).flatmap(
        lambda number: st.tuples(
            *[monologues(f"made/{index}", shortest=shortest, longest=longest) for index in range(number)]
        ).map(list)
    )


@st.composite
def clips(draw: st.DrawFn, key: str = "made/clip", *, longest: Seconds = 20) -> Clip:
    """Return a strategy of clips of 1/4 s or more, with or without a decision in Basic-7; they have no media."""
    seconds = draw(grid_seconds(longest))
    label = draw(st.sampled_from([None, *_LABELS]))
    confidence = draw(st.sampled_from([1.0, 0.75, 0.5]))
    return make_clip(key, seconds, label, confidence=confidence, text=draw(st.sampled_from(["", "Hello."])))


@st.composite
def windowings(draw: st.DrawFn, *, longest: Seconds = 6) -> Windowing:
    """Return a strategy of windowings by a hop, by clip, utterance, sentence and change, with and without context.

    Example:
        >>> from hypothesis import find
        >>> find(windowings(), lambda windowing: windowing.by is None and windowing.context > 1)
        Windowing('1/4', context='5/4')
    """
    times = grid_seconds(longest)
    by = draw(st.none() | st.sampled_from(BYS))
    around = {name: draw(st.just(Fraction(0)) | times) for name in ("context", "lookahead")}
    context, lookahead = around["context"], around["lookahead"]
    if by is None:
        hop, causal = draw(st.none() | times), draw(st.sampled_from([None, True, False]))
        return Windowing(draw(times), hop, context=context, lookahead=lookahead, causal=causal)
    if by == "change":
        return Windowing(draw(times), by=by, context=context, lookahead=lookahead)
    return Windowing(by=by, context=context, lookahead=lookahead, max_length=draw(st.none() | times))


def orders() -> st.SearchStrategy[OrderName]:
    """Return a strategy of the orders of a plan."""
    return st.sampled_from(ORDERS)


_goemotions = st.lists(st.sampled_from(_GOEMOTIONS), min_size=1, max_size=len(_GOEMOTIONS), unique=True)


@st.composite
def _segments(draw: st.DrawFn, end: int) -> tuple[tuple[Fraction, Fraction], ...]:
    """Segments on the grid that do not overlap; some touch each other, some lie after `end`."""
    cuts = draw(st.lists(st.integers(0, end + _STEPS_AFTER), max_size=2 * _MOST_SEGMENTS, unique=True).map(sorted))
    pairs = [(first * STEP, last * STEP) for first, last in itertools.pairwise(cuts)]
    return tuple(pair for pair in pairs if draw(st.booleans()))
