"""What systems without eyes and ears score for turning points: one that switches every n seconds, ones that switch at random.

An F1 of turning points says little alone, since with a tolerance of 3 s a clock finds many. So these stand beside it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from ..._arrays import Float64Array, Int64Array
from ..._checks import integer
from ...errors import InvalidArgument
from ...spans import positive
from ..predictions import Form
from ..sums import PlainValue
from .pieces import Stream
from .turning_points import (
    DEFINITIONS,
    TOLERANCES,
    Definition,
    TurningPoint,
    label_changes,
    predicted_points,
    true_points,
)

LISTED_PERIODS = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20)
"""Seconds; the periods of the figures .224, .336 and .421 of the EmoS release. Period 7 is not among them."""
EVERY_PERIOD = tuple(range(1, 31))
"""Seconds; all whole ones, since labels of the release lie on whole seconds."""
NUM_DRAWS = 200
NO_TRUE_POINTS = "there are no true turning points"
NO_POINTS = "there are no turning points"
SWITCHED: tuple[Definition, ...] = ("boundary", "label_change")
"""What a clock can find; it has no labels, so it cannot say the right one."""


@dataclass(frozen=True, slots=True)
class PeriodicSwitcher:
    """A system that switches at ``period, 2 * period, ...`` of every monologue.

    Attributes:
        period: Seconds.
        f1: Its F1 over all streams.
    """

    period: Fraction
    f1: float


def best_periodic(
    streams: Sequence[Stream],
    definition: Definition,
    tolerance: Fraction,
    *,
    periods: Sequence[int | Fraction] = EVERY_PERIOD,
) -> PeriodicSwitcher | None:
    """Return the periodic switcher with the highest F1, the shortest period of equal ones, or None without true points.

    It is scored as predictions are: it is cut at the end of the stream, and in unlabelled time only its last switch counts.
    Each of its switches is to a label that was not there before.

    Raises:
        InvalidArgument: A period is not above 0, or there is none.

    Cost: one step for each switch of each period and each true point.
    """
    return _best_of_tolerances(streams, definition, [tolerance], periods)[0]


def _best_of_tolerances(
    streams: Sequence[Stream],
    definition: Definition,
    tolerances: Sequence[Fraction],
    periods: Sequence[int | Fraction],
) -> list[PeriodicSwitcher | None]:
    """Return the best periodic switcher of each tolerance; their switches are made once for all tolerances."""
    true = [_times(stream, definition) for stream in streams]
    found: list[list[tuple[int, int, Fraction]]] = [[] for _ in tolerances]
    for period in _checked(periods):
        predicted = [_switch_times(stream, definition, period) for stream in streams]
        for own, tolerance in zip(found, tolerances, strict=True):
            pairs = sum(most_pairs(*times, tolerance) for times in zip(true, predicted, strict=True))
            own.append((pairs, sum(map(len, predicted)), period))
    return [_best(own, sum(map(len, true))) for own in found]


def best_listed(
    streams: Sequence[Stream],
    definition: Definition,
    tolerance: Fraction,
    durations: Sequence[Fraction],
    *,
    periods: Sequence[int | Fraction] = LISTED_PERIODS,
) -> PeriodicSwitcher | None:
    """Return the best periodic switcher as `best_periodic` does, by the rule of the published figures.

    It switches until the media end, also after the last label, and all of its switches count, also in unlabelled time.

    Args:
        durations: How long the media of each stream are, in seconds.

    Cost: one step for each true point and period.
    """
    true = [_times(stream, definition) for stream in streams]
    found: list[tuple[int, int, Fraction]] = []
    for period in _checked(periods):
        pairs = 0
        for times, duration in zip(true, durations, strict=True):
            last = 0
            for time in times:
                number = max(last + 1, ceil((time - tolerance) / period))
                if number * period <= time + tolerance and number * period < duration:
                    pairs, last = pairs + 1, number
        points = sum(max(ceil(duration / period) - 1, 0) for duration in durations)
        found.append((pairs, points, period))
    return _best(found, sum(map(len, true)))


def random_f1(
    streams: Sequence[Stream],
    definition: Definition,
    form: Form,
    tolerance: Fraction,
    *,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> float | None:
    """Return the mean F1 of random switchers, or None where there is no point at all.

    In each draw each stream has as many switches as the prediction has turning points there, uniform in ``[0, end)``. F1 is
    that over all streams. Streams are drawn in order of their keys, so the order given is no matter. For
    ``label_change_right`` each switch has a label too, drawn from those of all turning points of the prediction.

    Raises:
        InvalidArgument: `num_draws` is below 1, or `seed` below 0.
    """
    count = integer(num_draws, "num_draws", "give how many switchers to draw, such as 200")
    random = np.random.default_rng(integer(seed, "seed", "give a number such as 0", least=0))
    pairs = np.zeros(count, np.int64)
    points = 0
    ordered = sorted(streams, key=lambda each: each.key)
    predicted = [predicted_points(stream, definition, form) for stream in ordered]
    words = np.array([str(point.label) for own in predicted for point in own])
    for stream, own in zip(ordered, predicted, strict=True):
        true, num = true_points(stream, definition), len(own)
        points += num + len(true)
        drawn = np.sort(random.random((count, num)), axis=1) * float(stream.end)
        if definition != "label_change_right":
            pairs += _pairs_of_draws(drawn, _seconds(true), float(tolerance))
        elif num:
            labels = random.choice(words, (count, num))
            for label in {str(point.label) for point in true}:
                # Pairs of one label leave those of the others as they are; what has another label is never near.
                same = np.sort(np.where(labels == label, drawn, np.inf), axis=1)
                times = _seconds([point for point in true if str(point.label) == label])
                pairs += _pairs_of_draws(same, times, float(tolerance))
    return float(np.mean(2 * pairs / points)) if points else None


def periodic_switchers(
    streams: Sequence[Stream], durations: Sequence[Fraction], *, tolerances: Sequence[Fraction] = TOLERANCES
) -> list[PlainValue]:
    """Return ``periodic_switcher_f1``: the best periodic switcher for ``boundary`` and ``label_change`` and each tolerance.

    `of` has ``periods`` beside them: ``every`` for whole seconds from 1 to 30, scored as predictions are (`best_periodic`), and
    ``listed`` for ten periods by the rule of the published figures (`best_listed`). `why` names the period. Values are in
    [0, 1], or None without true points. `num` is the number of true points. The values do not depend on predictions.

    Args:
        streams: As of `turning_points`. Streams without truth do not count.
        durations: How long the media of each stream are, in seconds.
        tolerances: Seconds.

    Raises:
        InvalidArgument: `durations` are not as many as `streams`.
    """
    if len(durations) != len(streams):
        raise InvalidArgument(
            f"durations must be one for each of {len(streams)} streams, got {len(durations)}; give the media's seconds"
        )
    kept = [(stream, duration) for stream, duration in zip(streams, durations, strict=True) if stream.truth]
    scored, lengths = [stream for stream, _ in kept], [duration for _, duration in kept]
    values: list[PlainValue] = []
    for definition in SWITCHED:
        num = sum(len(true_points(stream, definition)) for stream in scored)
        every = _best_of_tolerances(scored, definition, tolerances, EVERY_PERIOD)
        for tolerance, best in zip(tolerances, every, strict=True):
            of = {"definition": definition, "tolerance": str(tolerance)}
            listed = best_listed(scored, definition, tolerance, lengths)
            for name, found in (("every", best), ("listed", listed)):
                value = None if found is None else found.f1
                why = (
                    NO_TRUE_POINTS
                    if found is None
                    else f"no interval: the best period, {found.period} s, is chosen by its F1"
                )
                values.append(PlainValue("periodic_switcher_f1", value, num, why, {**of, "periods": name}))
    return values


def random_switchers(
    streams: Sequence[Stream],
    form: Form,
    *,
    tolerances: Sequence[Fraction] = TOLERANCES,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> list[PlainValue]:
    """Return ``random_switcher_f1``: the mean of `random_f1` for each definition and tolerance.

    Values are in [0, 1], or None without any point. `num` is the number of true points.

    Args:
        streams: As of `turning_points`. Streams without truth do not count.
        form: What the rows of the predictions are.
        tolerances: Seconds.
        num_draws: How many random switchers are drawn.
        seed: Of their draws.

    Raises:
        InvalidArgument: As of `random_f1`.
    """
    scored = [stream for stream in streams if stream.truth]
    values: list[PlainValue] = []
    for definition in DEFINITIONS:
        num = sum(len(true_points(stream, definition)) for stream in scored)
        for tolerance in tolerances:
            mean = random_f1(scored, definition, form, tolerance, num_draws=num_draws, seed=seed)
            why = NO_POINTS if mean is None else f"no interval: the mean of {num_draws} draws"
            of = {"definition": definition, "tolerance": str(tolerance)}
            values.append(PlainValue("random_switcher_f1", mean, num, why, of))
    return values


def most_pairs(true: Sequence[Fraction], predicted: Sequence[Fraction], tolerance: Fraction) -> int:
    """Return how many pairs `turning_point_match` makes of sorted points.

    Each true point takes the first free predicted one that is near enough: another one would leave less for those that follow.
    """
    free = pairs = 0
    for time in true:
        first = bisect_left(predicted, time - tolerance, free)
        near = first < len(predicted) and predicted[first] <= time + tolerance
        pairs += near
        free = first + near
    return pairs


def _pairs_of_draws(drawn: Float64Array, true: Float64Array, tolerance: float) -> Int64Array:
    """Return the most pairs of each draw, int64 ``[D]``: each true point takes the first free switch that is near enough."""
    count, num = drawn.shape
    pairs, free = np.zeros(count, np.int64), np.zeros(count, np.int64)
    if not num:
        return pairs
    for time in true:
        first = np.maximum(free, (drawn < time - tolerance).sum(axis=1))
        near = drawn[np.arange(count), np.minimum(first, num - 1)] <= time + tolerance
        hit = (first < num) & near
        pairs += hit
        free = np.where(hit, first + 1, first)
    return pairs


def _seconds(points: Sequence[TurningPoint]) -> Float64Array:
    return np.array([float(point.time) for point in points])


def _times(stream: Stream, definition: Definition) -> list[Fraction]:
    return [point.time for point in true_points(stream, definition)]


def _switch_times(stream: Stream, definition: Definition, period: Fraction) -> list[Fraction]:
    """Return when a switcher of a period changes the label to a new one, as far as that counts."""
    times = [number * period for number in range(ceil(stream.end / period))]
    if definition == "boundary":
        return times[1:]
    changes = label_changes([(time, str(number)) for number, time in enumerate(times)], stream)
    return [point.time for point in changes]


def _checked(periods: Sequence[int | Fraction]) -> list[Fraction]:
    if not len(periods):
        raise InvalidArgument("periods must be one or more, got none; give seconds such as range(1, 31)")
    return [positive(period, "period", "give seconds, such as 5") for period in periods]


def _best(found: Sequence[tuple[int, int, Fraction]], num_true: int) -> PeriodicSwitcher | None:
    """Return the best of pairs, points and period of some switchers."""
    if not num_true:
        return None
    shares = [(Fraction(2 * pairs, points + num_true), -period) for pairs, points, period in found]
    share, period = max(shares)
    return PeriodicSwitcher(-period, float(share))
