"""Reading: windows of one item in order, so that windows that overlap share decoding."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..errors import EmosError, InvalidArgument, NoSuchTrack, ReadTimeout, SourceNotFound, TimeOutOfRange
from ..media import Media, Window
from ..plan import PlannedWindow
from ..spans import Span
from .issues import ReadIssue, ReadIssues, with_key
from .open_media import OpenMedia
from .samples import Form, MissingAudio, OnError, WindowSample, masked_sample, read_sample

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Reading:
    """How windows are read, and what trouble does.

    Attributes:
        form: What a sample holds.
        on_error: ``"raise"``, or ``"mask"``: a window that cannot be read keeps its shapes and is listed.
        missing_audio: For a file without sound: ``"silence"`` (zeros, not valid), ``"omit"`` (`waveform` is None) or
            ``"raise"`` (`NoSuchTrack`, to which `on_error` applies).
        timeout: Seconds that opening a file or reading a window may take; None waits for ever.
    """

    form: Form
    on_error: OnError = "raise"
    missing_audio: MissingAudio = "silence"
    timeout: float | None = None

    def __post_init__(self) -> None:
        if self.on_error not in ("raise", "mask"):
            raise InvalidArgument(f'on_error {self.on_error!r} was given; it is "raise" or "mask"')
        if self.missing_audio not in ("silence", "omit", "raise"):
            raise InvalidArgument(f'missing_audio {self.missing_audio!r} was given; it is "silence", "omit" or "raise"')
        if self.timeout is not None and not self.timeout > 0:
            raise InvalidArgument(f"timeout {self.timeout!r} was given; it is seconds above zero, or None")


class Run:
    """Windows of one file whose starts never decrease, read one after another from one stream.

    Frames and samples that windows share are decoded once. One thread at a time may read.

    Args:
        files: Where files are opened.
        reading: How.
        path: The file, or None where the item has no media at hand.
        spans: Of the windows, in order.
    """

    def __init__(self, files: OpenMedia, reading: Reading, path: str | None, spans: Sequence[Span]) -> None:
        self._files, self._reading, self._path, self._spans = files, reading, path, list(spans)
        self._media: Media | None = None
        self._stream: Iterator[Window] | None = None
        self._lost: EmosError | None = None

    def read(self, planned: PlannedWindow, *, is_start: bool, issues: ReadIssues) -> WindowSample:
        """Return the next window, which is `planned`.

        Raises:
            EmosError: The window cannot be read and `on_error` is ``"raise"``; of the class that `Media` raises, with
                the window's key. The next window can still be read.
            TimeOutOfRange: As above: all of the window lies where the media have nothing.
            ReadTimeout: As above, after `timeout` seconds.
        """
        try:
            sample = read_sample(planned, self._next(), self._reading.form, self._reading.missing_audio, is_start)
        except EmosError as error:
            told = with_key(error, planned)
            if self._reading.on_error == "raise":
                raise told from error
            issues.add(ReadIssue(planned.key, planned.item, type(told).__name__, str(error), masked=True))
            return masked_sample(planned, self._reading.form, is_start)
        if sample.damaged.any():
            what = f"{int(np.count_nonzero(sample.damaged))} of {len(sample.damaged)} frames are damaged"
            issues.add(ReadIssue(planned.key, planned.item, "damaged", what, masked=False))
        return sample

    def _next(self) -> Window:
        span = self._spans.pop(0)
        if self._lost is not None:
            # Tried again with the next run, not with each window: a file that hangs would cost a timeout each.
            raise type(self._lost)(str(self._lost))
        try:
            window = within(self._reading.timeout, lambda: self._decode(span))
        except ReadTimeout as error:
            self._lost = ReadTimeout(f"{error}: {self._path!r}")
            if self._path is not None:
                self._files.leave(self._path)
            self._media = self._stream = None
            raise ReadTimeout(str(self._lost)) from None
        if window.audio is None and self._reading.form.audio is not None and self._reading.missing_audio == "raise":
            raise NoSuchTrack(f'there is no audio track, and missing_audio is "raise": {self._path!r}')
        if is_empty(window):
            raise TimeOutOfRange(
                f"nothing of [{span.start}, {span.end}) is in the media; link the right media, or plan with their lengths "
                f"(media_lengths): {self._path!r}"
            )
        return window

    def _decode(self, span: Span) -> Window:
        if self._path is None:
            raise SourceNotFound("the item has no media at hand; link the corpus to its media first")
        if self._stream is not None:
            return next(self._stream)
        # The first window of a file waits for its index.
        with self._files.beginning(self._path):
            try:
                self._media = self._files.take(self._path)
                self._stream = stream(self._media, [span, *self._spans], self._reading.form)
            except EmosError as error:
                self._lost = error
                raise
            return next(self._stream)

    def close(self) -> None:
        """End the stream. Closing twice is fine."""
        self._stream = None
        if self._media is not None and self._path is not None:
            self._files.give_back(self._path, self._media)
            self._media = None

    @property
    def num_left(self) -> int:
        """Windows that are still to come."""
        return len(self._spans)


def is_empty(window: Window) -> bool:
    """Whether the media have no frame and no sample of a window, and damage is not why."""
    tracks = [track for track in (window.video, window.audio) if track is not None]
    return bool(tracks) and not window.damaged.any() and not any(track.valid.any() for track in tracks)


def stream(media: Media, spans: list[Span], form: Form) -> Iterator[Window]:
    """Return the windows of spans whose starts never decrease, each frame and sample decoded once."""
    video, audio = form.video, form.audio
    return media.windows_at(
        spans,
        fps=video.fps if video else None,
        size=video.size if video else None,
        dimension_order=video.dimension_order if video else "THWC",
        sample_rate=audio.sample_rate if audio else None,
        num_channels=1 if audio else None,
    )


def within(seconds: float | None, call: Callable[[], Answer]) -> Answer:
    """Return what a call returns, or give up on it.

    Raises:
        ReadTimeout: It took longer than `seconds`. The call goes on in a daemon thread, since nothing can end it.

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
    thread.join(seconds)
    if thread.is_alive():
        raise ReadTimeout(f"a read took longer than {seconds:g} s")
    if errors:
        raise errors[0]
    return answers[0]
