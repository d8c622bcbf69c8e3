"""Reading: windows of one item in order, so that windows that overlap share decoding."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np

from .._checks import choice
from ..errors import (
    EmosError,
    InvalidArgument,
    NoSuchTrack,
    ReadTimeout,
    SourceNotFound,
    TimeOutOfRange,
    quoted,
    short_repr,
)
from ..media import Media, OnError, Window, WindowMemory
from ..media.arguments import check_on_error
from ..plan import PlannedWindow
from ..spans import Span
from .arguments import optional_device, optional_timeout
from .issues import ReadIssue, ReadIssues, with_key
from .open_media import AnyData, OpenMedia
from .samples import WindowSample, masked_sample, read_sample
from .specs import MissingAudio, SampleSpec
from .step_memory import RowMemory

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How windows are read, and what happens on an error.

    Attributes:
        spec: What a sample holds.
        on_error: ``"raise"``, or ``"mask"``: a window that cannot be read keeps its shapes and is listed.
        missing_audio: For a file without audio: ``"silence"`` (zeros, not valid), ``"omit"`` (`waveform` is None) or
            ``"raise"`` (`NoSuchTrack`, to which `on_error` applies).
        timeout: Seconds that opening a file or reading a window may take; None waits without a limit.
        device: Where frames are decoded, as in `Media`; None for the CPU.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    spec: SampleSpec
    on_error: OnError = "raise"
    missing_audio: MissingAudio = "silence"
    timeout: float | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        check_on_error(self.on_error, '"mask" keeps the shapes of what cannot be read, "skip" goes to WindowPlan')
        choice(
            self.missing_audio,
            ("silence", "omit", "raise"),
            "missing_audio",
            '"silence" gives zeros for a file without audio',
        )
        object.__setattr__(self, "timeout", optional_timeout(self.timeout))
        if self.device is not None and self.spec.video is None:
            raise InvalidArgument(
                f"device must be None with video=None, got {short_repr(self.device)}; frames alone are decoded on a device"
            )
        object.__setattr__(self, "device", optional_device(self.device))


class Run:
    """Windows of one file whose starts never decrease, read one after another from one stream.

    Frames and samples that windows share are decoded once. One thread at a time may read.

    Args:
        files: Where files are opened.
        options: How windows are read.
        path: The file, or None where the item has no media at hand.
        spans: The spans of the windows, in order.
    """

    def __init__(self, files: OpenMedia, options: ReadOptions, path: str | None, spans: Sequence[Span]) -> None:
        self._files, self._options, self._path, self._spans = files, options, path, list(spans)
        self._media: Media[AnyData] | None = None
        self._stream: Iterator[Window[AnyData]] | None = None
        # What the stream fills next. The stream holds this list and not the run.
        self._memory: list[WindowMemory | None] = [None]
        self._error: EmosError | None = None

    def read(
        self, planned: PlannedWindow, *, is_start: bool, issues: ReadIssues, row: RowMemory | None = None
    ) -> WindowSample:
        """Return the next window, which is `planned`; with a `device` in the options its frames are there.

        Args:
            planned: The window.
            is_start: It begins a sequence in its lane.
            issues: Where it is listed, if it cannot be read.
            row: The row of a batch into which it is decoded; None for memory of its own. Either all windows of a run have
                one, or none has.

        Raises:
            EmosError: The window cannot be read and `on_error` is ``"raise"``. It has the class that `Media` raises, and
                the window's key. The next window can still be read.
            TimeOutOfRange: `on_error` is ``"raise"``, and the media have nothing in the whole span.
            ReadTimeout: `on_error` is ``"raise"``, and reading took longer than `timeout` seconds.
        """
        try:
            window = self._next(planned, row)
            sample = read_sample(
                planned,
                window,
                self._options.spec,
                self._options.missing_audio,
                is_start,
                self._options.device,
            )
        except EmosError as error:
            keyed = with_key(error, planned)
            if self._options.on_error == "raise":
                raise keyed from error
            issues.add(ReadIssue(planned.key, planned.item, type(keyed).__name__, str(error), masked=True))
            return cast("WindowSample", masked_sample(planned, self._options.spec, is_start, self._options.device))
        if sample.damaged.any():
            message = f"{int(np.count_nonzero(sample.damaged))} of {len(sample.damaged)} frames are damaged"
            issues.add(ReadIssue(planned.key, planned.item, "damaged", message, masked=False))
        # Only who gave a device has frames there, and the overloads of loaders say so.
        return cast("WindowSample", sample)

    def _next(self, planned: PlannedWindow, row: RowMemory | None) -> Window[AnyData]:
        span = self._spans.pop(0)
        if self._error is not None:
            # Raised again for each window of the run: trying a file that hangs would cost a timeout each time.
            raise copy.copy(self._error)
        if row is not None:
            self._memory[0] = row.window(self._options.spec.size_of(planned.span, planned.label_span))
        try:
            window = call_with_timeout(self._options.timeout, lambda: self._decode(span))
        except ReadTimeout as error:
            if row is not None:
                row.abandon()
            self._error = ReadTimeout(f"{error}{self._named}", path=self._path)
            if self._path is not None:
                self._files.abandon(self._path)
            self._media = self._stream = None
            raise copy.copy(self._error) from None
        finally:
            # The stream may rest for long; the batch is its caller's by then.
            self._memory[0] = None
        if window.audio is None and self._options.spec.audio is not None and self._options.missing_audio == "raise":
            raise NoSuchTrack(
                f'there is no audio track; take missing_audio="silence" or "omit" to read on{self._named}',
                path=self._path,
                span=span,
            )
        if is_empty(window):
            raise TimeOutOfRange(
                f"nothing of [{span.start}, {span.end}) is in the media; link the right media, or plan with their durations "
                f"(media_durations){self._named}",
                path=self._path,
                span=span,
            )
        return window

    @property
    def _named(self) -> str:
        return "" if self._path is None else f": {quoted(self._path)}"

    def _decode(self, span: Span) -> Window[AnyData]:
        if self._path is None:
            raise SourceNotFound("the item has no media at hand; link the corpus to its media first")
        if self._stream is not None:
            return next(self._stream)
        # The first window of a file waits for its index.
        with self._files.opening(self._path):
            try:
                self._media = self._files.acquire(self._path)
                out = None if self._memory[0] is None else _memory_of(self._memory)
                self._stream = stream(self._media, [span, *self._spans], self._options.spec, out)
            except EmosError as error:
                self._error = error
                raise
            return next(self._stream)

    def close(self) -> None:
        """End the stream. Closing twice is fine."""
        self._stream = None
        if self._media is not None and self._path is not None:
            self._files.release(self._path, self._media)
            self._media = None

    @property
    def num_left(self) -> int:
        """Windows that are still to come."""
        return len(self._spans)


def is_empty(window: Window[AnyData]) -> bool:
    """Whether the media have no frame and no sample of a window, and not because of damage."""
    tracks = [track for track in (window.video, window.audio) if track is not None]
    return bool(tracks) and not window.damaged.any() and not any(track.valid.any() for track in tracks)


def _memory_of(holder: list[WindowMemory | None]) -> Callable[[int], WindowMemory | None]:
    return lambda _: holder[0]


def stream(
    media: Media[AnyData], spans: list[Span], spec: SampleSpec, out: Callable[[int], WindowMemory | None] | None = None
) -> Iterator[Window[AnyData]]:
    """Return the windows of spans whose starts never decrease, each frame and sample decoded once, to `out` if given."""
    video, audio = spec.video, spec.audio
    return media.windows_at(
        spans,
        fps=video.fps if video else None,
        size=video.size if video else None,
        fit=video.fit if video else "stretch",
        roi=video.roi if video else None,
        dimension_order=video.dimension_order if video else "THWC",
        sample_rate=audio.sample_rate if audio else None,
        num_channels=audio.num_channels if audio else None,
        out=out,
    )


def call_with_timeout(seconds: float | None, call: Callable[[], Answer]) -> Answer:
    """Return what a call returns, or give up on it after some seconds.

    Raises:
        ReadTimeout: The call took longer than `seconds`. It goes on in a daemon thread, since nothing can end it.

    Cost: a thread where `seconds` is not None.
    """
    if seconds is None:
        return call()
    answers: list[Answer] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(call())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work, name="emos-read", daemon=True)
    thread.start()
    thread.join(min(seconds, threading.TIMEOUT_MAX))
    if thread.is_alive():
        raise ReadTimeout(f"a read took longer than {seconds:g} s; give a longer timeout, or look at the file")
    if errors:
        raise errors[0]
    return answers[0]
