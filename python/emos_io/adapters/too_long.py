"""How many tokens the windows of a plan have, which have too many, and what would make them fit: before anything is decoded."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from .._checks import integer
from .._progress import LateBar
from ..errors import OutOfSync
from ..pipes import SampleSpec, WindowSample, undecoded_sample
from ..plan import WindowPlan
from ..spans import Span, exact_seconds
from .family import Family

_EIGHTHS = 8
"""Sides of frames are tried in steps of an eighth."""
_HINT = "give the tokens that a sequence may have, such as 32_768"


@dataclass(frozen=True, slots=True)
class OverLong:
    """A window with too many tokens.

    Attributes:
        key: The window's key.
        number: Its number in the plan.
        tokens: Its tokens, those of its conversation with it.
        seconds: Seconds of its span.
    """

    key: str
    number: int
    tokens: int
    seconds: Fraction


@dataclass(frozen=True, slots=True)
class FitOption:
    """A way to make all windows of a plan fit.

    Attributes:
        change: What is changed: frames a second, the size of frames, or the seconds of a window.
        fps: Frames a second.
        size: (height, width) of frames in pixels.
        max_seconds: The seconds that a window may have; None where no window has to be cut.
        max_tokens: The most tokens that a window has then.
    """

    change: Literal["fps", "size", "length"]
    fps: Fraction
    size: tuple[int, int]
    max_seconds: Fraction | None
    max_tokens: int

    def __str__(self) -> str:
        if self.change == "fps":
            what = f"fewer frames a second, fps={_number_text(self.fps)}"
        elif self.change == "size":
            what = f"smaller frames, size={self.size}"
        else:
            what = f"windows of at most {_number_text(self.max_seconds or Fraction())} s"
        return f"{what}: at most {self.max_tokens:,} tokens"


@dataclass(frozen=True, slots=True)
class TokenFit:
    """How the windows of a plan fit into a number of tokens. Printed it says which rules there are; nothing is cut off.

    Attributes:
        limit: The tokens that a window may have.
        num_windows: Windows of the plan.
        num_too_long: Windows that have more.
        most_tokens: The most tokens of a window.
        options: What would make all of them fit, of each kind the least change: fewer frames a second, smaller frames,
            shorter windows. Empty where all fit, and where nothing of these is enough.
    """

    limit: int
    num_windows: int
    num_too_long: int
    most_tokens: int
    options: tuple[FitOption, ...]

    def __str__(self) -> str:
        first = (
            f"{self.num_too_long:,} of {self.num_windows:,} windows have more than {self.limit:,} tokens, at most "
            f"{self.most_tokens:,}"
        )
        if not self.num_too_long:
            return f"all {self.num_windows:,} windows fit into {self.limit:,} tokens, at most {self.most_tokens:,}"
        if not self.options:
            return f"{first}; neither fewer frames nor smaller ones nor shorter windows are enough"
        return "\n".join([f"{first}; nothing is cut off, choose one:", *(f"  {option}" for option in self.options)])


def lengths(plan: WindowPlan, family: Family) -> npt.NDArray[np.int64]:
    """Return the tokens of each window of a plan: the ``length`` column that `group_by_length` sorts by.

    Args:
        plan: The plan.
        family: The family of the processor, with its conversation.

    Returns:
        int64 ``[len(plan)]``, by the number of the window.

    Raises:
        OutOfSync: A window has no order of tokens that is in step; `key` is that of the window.

    Cost: nothing is decoded, no file is opened. A window of plan arithmetic is looked up for each, about 0.1 ms; its text is
    tokenized once for all windows with the same messages, frames and samples.

    Example:
        >>> lengths(plan, family).max()                                                                # doctest: +SKIP
        1294
    """
    return np.fromiter((window.tokens for window in _counted(plan, family)), np.int64, len(plan))


def too_long(plan: WindowPlan, family: Family, max_tokens: int) -> list[OverLong]:
    """Return the windows of a plan with more tokens than a sequence may have.

    Nothing is cut off, here or later: choose what `fit_tokens` proposes, or leave them out of the plan.

    Args:
        plan: The plan.
        family: The family of the processor, with its conversation.
        max_tokens: The tokens that a window may have.

    Returns:
        The windows by their numbers; empty where all fit.

    Raises:
        InvalidArgument: `max_tokens` is no count.
        OutOfSync: As `lengths`.

    Cost: as `lengths`.
    """
    limit = integer(max_tokens, "max_tokens", _HINT)
    return [
        OverLong(window.key, window.number, window.tokens, window.span.duration)
        for window in _counted(plan, family)
        if window.tokens > limit
    ]


def fit_tokens(plan: WindowPlan, family: Family, max_tokens: int) -> TokenFit:
    """Return how many windows are too long, and what would make them fit; print it to choose.

    Args:
        plan: The plan.
        family: The family of the processor, with its conversation.
        max_tokens: The tokens that a window may have.

    Raises:
        InvalidArgument: `max_tokens` is no count.
        OutOfSync: As `lengths`.

    Cost: as `lengths`; then arithmetic for each different length of a window.
    """
    limit = integer(max_tokens, "max_tokens", _HINT)
    most: dict[Fraction, int] = {}
    num_too_long, most_tokens, longest_text = 0, 0, 0
    for window in _counted(plan, family):
        text = window.tokens - _window_tokens(family, window.span)
        most[window.span.duration] = max(most.get(window.span.duration, 0), text)
        num_too_long += window.tokens > limit
        most_tokens, longest_text = max(most_tokens, window.tokens), max(longest_text, text)
    options = []
    if num_too_long:
        options = [
            *_first_that_fits("fps", _slower(family), most, limit),
            *_first_that_fits("size", _smaller(family), most, limit),
            *_shorter(family, longest_text, max(most), limit),
        ]
    return TokenFit(limit, len(plan), num_too_long, most_tokens, tuple(options))


class _Counted(NamedTuple):
    key: str
    number: int
    tokens: int
    span: Span


def _counted(plan: WindowPlan, family: Family) -> Iterator[_Counted]:
    """Yield the tokens of each window; what differs in neither messages, frames nor samples is counted once."""
    spec = SampleSpec(family.video, family.audio)
    known: dict[object, int] = {}
    with LateBar("tokens") as bar:
        for planned in plan.windows():
            sample = undecoded_sample(planned, spec)
            shape = (tuple(family.conversation(sample)), len(sample.frame_valid), len(sample.waveform_valid))
            if shape not in known:
                known[shape] = _num_tokens(family, sample)
            bar.show(planned.number + 1, len(plan))
            yield _Counted(planned.key, planned.number, known[shape], planned.span)


def _num_tokens(family: Family, sample: WindowSample) -> int:
    try:
        return family.num_tokens(sample)
    except OutOfSync as error:
        error.key = sample.key
        raise


def _window_tokens(family: Family, span: Span) -> int:
    """Return the tokens of video and audio of a window."""
    num_samples = None if family.audio is None else family.audio.num_samples(span)
    return sum(group.size for group in family.layout(family.video.num_frames(span), num_samples))


def _first_that_fits(
    change: Literal["fps", "size"], families: Iterator[Family], text_tokens: dict[Fraction, int], limit: int
) -> Sequence[FitOption]:
    """Return the first of families with which all windows fit, or none."""
    for family in families:
        try:
            counts = [text + _window_tokens(family, Span(0, seconds)) for seconds, text in text_tokens.items()]
        except OutOfSync:
            # Too few frames a second for this family; fewer are no better.
            return ()
        if max(counts) <= limit:
            return (FitOption(change, exact_seconds(family.video.fps), family.video.size, None, max(counts)),)
    return ()


def _slower(family: Family) -> Iterator[Family]:
    """Yield the family with fewer frames a second: whole numbers, then halves."""
    fps = exact_seconds(family.video.fps)
    wholes = [Fraction(each) for each in range(-(-fps.numerator // fps.denominator) - 1, 0, -1)]
    for each in [*wholes, *(Fraction(1, 2**power) for power in range(1, 4))]:
        if each < fps:
            yield _with(family, fps=each)


def _smaller(family: Family) -> Iterator[Family]:
    """Yield the family with smaller frames, as far as the processor makes them smaller."""
    height, width = family.video.size
    last = height * width
    for eighths in range(_EIGHTHS - 1, 0, -1):
        size = family.frame_size(height * eighths // _EIGHTHS, width * eighths // _EIGHTHS)
        if size[0] * size[1] < last:
            last = size[0] * size[1]
            yield _with(family, size=size)


def _shorter(family: Family, text_tokens: int, longest: Fraction, limit: int) -> Sequence[FitOption]:
    """Return the whole seconds of a window with which all fit."""
    fits, above = 0, -(-longest.numerator // longest.denominator)
    while above - fits > 1:
        middle = (fits + above) // 2
        if text_tokens + _window_tokens(family, Span(0, middle)) <= limit:
            fits = middle
        else:
            above = middle
    if not fits:
        return ()
    tokens = text_tokens + _window_tokens(family, Span(0, fits))
    return (FitOption("length", exact_seconds(family.video.fps), family.video.size, Fraction(fits), tokens),)


def _with(family: Family, *, fps: Fraction | None = None, size: tuple[int, int] | None = None) -> Family:
    """Return the family with other frames."""
    other = copy.copy(family)
    video = family.video
    other.video = replace(video, fps=video.fps if fps is None else fps, size=video.size if size is None else size)
    return other


def _number_text(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f'"{number}"'
