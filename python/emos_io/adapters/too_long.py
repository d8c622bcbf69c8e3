"""How many tokens the windows of a plan have, which have too many, and what would make them fit: before anything is decoded."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from .._checks import integer
from .._progress import LateBar
from ..errors import InvalidArgument, OutOfSync, short_repr
from ..pipes import SampleSpec, WindowSample, undecoded_sample
from ..plan import WindowPlan
from ..spans import Span, exact_seconds
from .family import Family

_EIGHTHS = 8
"""Sides of frames are tried in steps of an eighth."""
_HINT = "give the tokens that a sequence may have, such as 32_768"


@dataclass(frozen=True, slots=True)
class OverLong:
    """A window that cannot be taken as it is: it has too many tokens, or the family refuses its length.

    Attributes:
        key: The window's key.
        number: Its number in the plan.
        tokens: Its tokens, those of its conversation with it.
        seconds: Seconds of its span.
        reason: What is wrong, one line: too many tokens, or what the family says of its length.
    """

    key: str
    number: int
    tokens: int
    seconds: Fraction
    reason: str


@dataclass(frozen=True, slots=True)
class FitOption:
    """A way to make all windows of a plan fit.

    Attributes:
        change: What is changed: frames a second, the size of frames, or the seconds of a window.
        fps: Frames a second.
        size: (height, width) of frames in pixels.
        max_seconds: The seconds that a window may have, which the family takes; None where no window has to be cut. `too_long`
            says whether it takes shorter windows too.
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
            what = f"smaller frames, size={self.size[0]},{self.size[1]}"
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
        num_refused: Windows that the family refuses, whatever tokens they have, such as those of an odd number of frames.
        refusal: What it says of the first of them; None where there is none.
        options: What would make all of them fit, of each kind the least change: fewer frames a second, smaller frames,
            shorter windows. The family takes windows so changed. Empty where all fit, and where nothing of these is enough.
    """

    limit: int
    num_windows: int
    num_too_long: int
    most_tokens: int
    num_refused: int
    refusal: str | None
    options: tuple[FitOption, ...]

    def __str__(self) -> str:
        if not self.num_too_long and not self.num_refused:
            return f"all {self.num_windows:,} windows fit into {self.limit:,} tokens, at most {self.most_tokens:,}"
        too_long = f"{self.num_too_long:,} of {self.num_windows:,} windows have more than {self.limit:,} tokens"
        first = f"{too_long}, at most {self.most_tokens:,}"
        if self.num_refused:
            first += f", and {self.num_refused:,} are refused, the first with: {self.refusal}"
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
        InvalidArgument: The family refuses the length of a window, as it would when the window is read, or its conversation;
            `key` is that of the window. `too_long` lists all such windows. With ``missing_audio="omit"`` nobody knows whether
            a file has audio, and what is about audio is not refused here.
        OutOfSync: A window has no order of tokens that is in step; `key` is that of the window.

    Cost: nothing is decoded, no file is opened. A window of plan arithmetic is looked up for each, about 0.1 ms; its text is
    tokenized once for all windows with the same messages, frames and samples.

    Example:
        >>> lengths(plan, family).max()                                                                # doctest: +SKIP
        1294
    """
    _check_arguments(plan, family)
    return np.fromiter((_accepted(window, family).tokens for window in _counted(plan, family)), np.int64, len(plan))


def too_long(plan: WindowPlan, family: Family, max_tokens: int) -> list[OverLong]:
    """Return the windows of a plan with more tokens than a sequence may have, or of a length that the family refuses.

    A family refuses more audio than its feature extractor takes, less than a token, and an odd number of frames, unless it was
    made with ``odd_frames="repeat_last"``. Windows count with audio, since nobody has opened their files.

    Nothing is cut off, here or later: choose what `fit_tokens` proposes, or leave them out of the plan.

    Args:
        plan: The plan.
        family: The family of the processor, with its conversation.
        max_tokens: The tokens that a window may have.

    Returns:
        The windows by their numbers; empty where all fit.

    Raises:
        InvalidArgument: `max_tokens` is no count, or a conversation is not allowed.
        OutOfSync: As `lengths`.

    Cost: as `lengths`.
    """
    _check_arguments(plan, family)
    limit = integer(max_tokens, "max_tokens", _HINT)
    found = []
    for window in _counted(plan, family):
        reason = None if window.refusal is None else str(window.refusal.args[0])
        if window.tokens > limit:
            reason = f"window must have at most {limit:,} tokens, got {window.tokens:,}; fit_tokens says what would make it fit"
        if reason is not None:
            found.append(OverLong(window.key, window.number, window.tokens, window.span.duration, reason))
    return found


def fit_tokens(plan: WindowPlan, family: Family, max_tokens: int) -> TokenFit:
    """Return how many windows are too long, and what would make them fit; print it to choose.

    Args:
        plan: The plan.
        family: The family of the processor, with its conversation.
        max_tokens: The tokens that a window may have.

    Raises:
        InvalidArgument: As `too_long`.
        OutOfSync: As `lengths`.

    Cost: as `lengths`; then arithmetic for each different length of a window.
    """
    _check_arguments(plan, family)
    limit = integer(max_tokens, "max_tokens", _HINT)
    most: dict[Fraction, _Longest] = {}
    num_too_long, most_tokens, num_refused = 0, 0, 0
    refusal: str | None = None
    for window in _counted(plan, family):
        text, duration = window.tokens - _window_tokens(family, window.span), window.span.duration
        if duration not in most or text > most[duration].text_tokens:
            most[duration] = _Longest(text, window.sample)
        num_too_long += window.tokens > limit
        most_tokens = max(most_tokens, window.tokens)
        if window.refusal is not None:
            num_refused += 1
            refusal = refusal or str(window.refusal)
    options = []
    if num_too_long or num_refused:
        options = [
            *_first_that_fits("fps", _slower(family), most, limit),
            *_first_that_fits("size", _smaller(family), most, limit),
            *_shorter(family, most, limit),
        ]
    return TokenFit(limit, len(plan), num_too_long, most_tokens, num_refused, refusal, tuple(options))


class _Longest(NamedTuple):
    """Of all windows of a duration the most tokens of text, and one of these windows."""

    text_tokens: int
    sample: WindowSample


class _Counted(NamedTuple):
    key: str
    number: int
    tokens: int
    span: Span
    sample: WindowSample
    refusal: InvalidArgument | None


def _check_arguments(plan: WindowPlan, family: Family) -> None:
    if not isinstance(plan, WindowPlan):
        raise InvalidArgument(f"plan must be a WindowPlan, got {short_repr(type(plan).__name__)}; pass (plan, family)")
    if not isinstance(family, Family):
        raise InvalidArgument(
            f"family must be a family made of a processor, got {short_repr(type(family).__name__)}; pass one such as "
            "Qwen2_5Omni(processor, ask(question), fps=2, size=(224, 224)): tokens depend on all of these"
        )


def _counted(plan: WindowPlan, family: Family) -> Iterator[_Counted]:
    """Yield the tokens of each window; what differs in neither messages, frames nor samples is counted once."""
    spec = SampleSpec(family.video, family.audio)
    known: dict[object, int] = {}
    with LateBar("tokens") as bar:
        for planned in plan.windows():
            sample = undecoded_sample(planned, spec)
            bar.show(planned.number + 1, len(plan))
            refusal = _refusal(family, sample)
            yield _Counted(
                planned.key, planned.number, _num_tokens(family, sample, known), planned.span, sample, refusal
            )


def _refusal(family: Family, sample: WindowSample, *, seconds: Fraction | None = None) -> InvalidArgument | None:
    """Return what the family will say of the length of a window, or of as many seconds of it; None where it takes it."""
    span = sample.span if seconds is None else Span(0, seconds)
    assert span is not None
    try:
        _check_frames(family, sample, span)
        if family.audio is not None:
            family._check_length(sample, family.audio.num_samples(span))
    except InvalidArgument as error:
        return error
    return None


def _check_frames(family: Family, sample: WindowSample, span: Span) -> None:
    """Let the family look at frames of this number; they take no memory."""
    if family.odd_frames == "raise":
        shape = (family.video.num_frames(span), *family.video.frame_shape())
        family._frames(replace(sample, span=span, frames=np.broadcast_to(np.uint8(0), shape)))


def _accepted(window: _Counted, family: Family) -> _Counted:
    """Return a window that the family takes, or raise what it says."""
    if window.refusal is None:
        return window
    if family.missing_audio == "omit":
        # Whether there is audio is not known; that there are frames is.
        _check_frames(family, window.sample, window.span)
        return window
    raise window.refusal


def _num_tokens(family: Family, sample: WindowSample, known: dict[object, int]) -> int:
    """Return the tokens of a sample, from those that are known where its messages, frames and samples are."""
    messages = family.conversation(sample)
    try:
        shape = (tuple(messages), len(sample.frame_valid), len(sample.waveform_valid))
        if shape in known:
            return known[shape]
    except TypeError:
        # No messages: the family says what is wrong with them.
        shape = None
    try:
        num_tokens = family.num_tokens(sample)
    except OutOfSync as error:
        error.key = sample.key
        raise
    if shape is not None:
        known[shape] = num_tokens
    return num_tokens


def _window_tokens(family: Family, span: Span) -> int:
    """Return the tokens of video and audio of a window."""
    num_samples = None if family.audio is None else family.audio.num_samples(span)
    return sum(group.size for group in family.layout(family.video.num_frames(span), num_samples))


def _first_that_fits(
    change: Literal["fps", "size"], families: Iterator[Family], longest: Mapping[Fraction, _Longest], limit: int
) -> Sequence[FitOption]:
    """Return the first of families with which all windows fit and are taken, or none."""
    for family in families:
        try:
            counts = [each.text_tokens + _window_tokens(family, Span(0, each_s)) for each_s, each in longest.items()]
        except OutOfSync:
            # Too few frames a second for this family; fewer are no better.
            return ()
        if max(counts) <= limit and not any(_refusal(family, each.sample) for each in longest.values()):
            return (FitOption(change, exact_seconds(family.video.fps), family.video.size, None, max(counts)),)
    return ()


def _slower(family: Family) -> Iterator[Family]:
    """Yield the family with fewer frames a second: whole numbers, then halves."""
    fps = exact_seconds(family.video.fps)
    wholes = [Fraction(each) for each in range(-(-fps.numerator // fps.denominator) - 1, 0, -1)]
    for each in [*wholes, *(Fraction(1, 2**power) for power in range(1, 4))]:
        if each < fps:
            other = _with(family, fps=each)
            try:
                other._check_fps()
            except InvalidArgument:
                # Too few frames a second for this family; fewer are no better.
                return
            yield other


def _smaller(family: Family) -> Iterator[Family]:
    """Yield the family with smaller frames, as far as the processor makes them smaller."""
    height, width = family.video.size
    last = height * width
    for eighths in range(_EIGHTHS - 1, 0, -1):
        size = family.frame_size(height * eighths // _EIGHTHS, width * eighths // _EIGHTHS)
        if size[0] * size[1] < last:
            last = size[0] * size[1]
            yield _with(family, size=size)


def _shorter(family: Family, longest: Mapping[Fraction, _Longest], limit: int) -> Sequence[FitOption]:
    """Return the most whole seconds of a window that fit and are taken."""
    most_seconds, text_tokens = max(longest), max(each.text_tokens for each in longest.values())
    sample = longest[most_seconds].sample
    fits, above = 0, -(-most_seconds.numerator // most_seconds.denominator)
    while above - fits > 1:
        middle = (fits + above) // 2
        if text_tokens + _window_tokens(family, Span(0, middle)) <= limit:
            fits = middle
        else:
            above = middle
    # Windows that are no longer than that stay as they are.
    refused = [seconds for seconds, each in longest.items() if _refusal(family, each.sample)]
    while fits and (_refusal(family, sample, seconds=Fraction(fits)) or min(refused, default=fits + 1) <= fits):
        fits -= 1
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
