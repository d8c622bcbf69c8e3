"""What a window holds: its label and text, and the frames and sound that were read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..corpus import Corpus, Sentence
from ..errors import TooLarge
from ..media import Media, Window
from ..media.arguments import Size
from ..media.metadata import Metadata, time_text
from ..plan import LabelRule, Windowing
from ..spans import Seconds, Span, exact_seconds
from .label_window import Cut, cut
from .resolve import Chosen

MAX_SECONDS = 600
"""Of one page, context and lookahead counted."""
MAX_FRAMES = 1_200
"""Of one page: some 30 MB at the size that a page takes by itself."""
MAX_SOUND_BYTES = 64 * 2**20
"""Of one page, before base64: 5.8 minutes of stereo at 48 kHz."""
SMALL_SIDE = 120
"""Pixels of the short side of a frame where no size is asked for."""

_SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class Look:
    """How frames and sound are read.

    Attributes:
        fps: Frames a second of the span.
        size: Their (height, width); None for a short side of at most `SMALL_SIDE` pixels.
        sample_rate: Samples a second; None for the track's.
        channels: 1 mixes to mono; None for the track's.
    """

    fps: Seconds = 4
    size: Size | None = None
    sample_rate: int | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """All that a page shows.

    Attributes:
        cut: The window, its item and how it was cut.
        label_rule, look: How it is labelled and read.
        language: Of the text, or None.
        window: Frames and sound of the span, or None without media.
        metadata: Of the media, or None.
        absent: Why there are no media.
        grid: When each frame is asked for, in seconds of media time.
    """

    cut: Cut
    label_rule: LabelRule
    look: Look
    language: str | None
    window: Window | None
    metadata: Metadata | None
    absent: str
    grid: tuple[Fraction, ...]

    @property
    def key(self) -> str:
        """Key of the window."""
        return self.cut.planned.key

    @property
    def span(self) -> Span:
        """What is decoded."""
        return self.cut.planned.span

    @property
    def unreleased(self) -> tuple[Sentence, ...]:
        """Sentences spoken in the span that may not be known at the window."""
        released = set(self.cut.planned.text)
        heard = [each for each in self.cut.item.sentences if each.span.intersect(self.span) is not None]
        return tuple(each for each in heard if each not in released)

    def as_dict(self) -> dict[str, Any]:
        """Return what ``emos show --json`` prints, less the file that was written."""
        planned = self.cut.planned
        video = None if self.window is None else self.window.video
        audio = None if self.window is None else self.window.audio
        return {
            "key": planned.key,
            "item": planned.item,
            "path": planned.path,
            "span": _pair(planned.span),
            "label_span": _pair(planned.label_span),
            "frames": None if video is None else len(video),
            "frame_pts": None if video is None else [time_text(pts) for pts in video.pts],
            "samples": None if audio is None else len(audio),
            "sample_rate": None if audio is None else audio.sample_rate,
            "channels": None if audio is None else audio.num_channels,
            "video_valid": None if video is None else video.valid.tolist(),
            "audio_valid": None if audio is None else [list(pair) for pair in audio.valid_ranges],
            "damaged": None if video is None else video.damaged.tolist(),
            "labels": self._labels(),
            "weight": planned.weight,
            "text": [_sentence(each) for each in planned.text],
            "not_released": [_sentence(each) for each in self.unreleased],
        }

    def _labels(self) -> dict[str, Any] | None:
        labels = self.cut.planned.labels
        if not labels.layer:
            return None
        timeline = [
            {"start": time_text(span.start), "end": time_text(span.end), "labels": dict(weights)}
            for span, weights in labels.timeline
        ]
        return {
            "layer": labels.layer,
            "classes": list(labels.classes),
            "soft": [float(weight) for weight in labels.soft],
            "valid": labels.valid,
            "confidence": labels.confidence,
            "timeline": timeline,
        }


def read_held(
    chosen: Chosen,
    label_span: Span,
    windowing: Windowing,
    label_rule: LabelRule,
    look: Look,
    *,
    corpora: Sequence[Corpus],
) -> Held:
    """Return what the window of an item at a label span holds.

    Args:
        chosen: The item and its media.
        label_span: In seconds of media time.
        windowing, label_rule, look: How it is cut, labelled and read.
        corpora: Where the item is from.

    Raises:
        TimeOutOfRange: The label span lies outside of the item.
        TooLarge: A page does not hold so much.
        InvalidArgument: An argument is not allowed.
        SourceNotFound, SourceUnreadable: As `Media`.

    Cost: the window is decoded once; damage is marked.
    """
    media = None if chosen.path is None else Media(chosen.path, on_error="mask")
    found = cut(chosen, label_span, windowing, label_rule, corpora=corpora, media=media)
    span = found.planned.span
    if span.duration > MAX_SECONDS:
        raise TooLarge(f"{span.duration} seconds were asked for; a page holds {MAX_SECONDS}, give a shorter window")
    window: Window | None = None
    grid: tuple[Fraction, ...] = ()
    if media is not None:
        rate = exact_seconds(look.fps, name="fps")
        _check_size(media.metadata, span, rate, look)
        window = media.window(
            span,
            fps=rate,
            size=_size(media.metadata) if look.size is None else look.size,
            sample_rate=look.sample_rate,
            num_channels=look.channels,
        )
        grid = tuple(span.start + place / rate for place in range(len(window.video_valid)))
    return Held(
        cut=found,
        label_rule=label_rule,
        look=look,
        language=None if chosen.item is None else chosen.item.language,
        window=window,
        metadata=None if media is None else media.metadata,
        absent=chosen.absent,
        grid=grid,
    )


def _check_size(metadata: Metadata, span: Span, rate: Fraction, look: Look) -> None:
    if metadata.video is not None and span.duration * rate > MAX_FRAMES:
        raise TooLarge(
            f"{span.duration} seconds at {rate} frames a second were asked for; a page holds {MAX_FRAMES} frames, "
            "give a lower fps or a shorter window"
        )
    if metadata.audio is not None:
        a_second = (look.sample_rate or metadata.audio.sample_rate) * (look.channels or metadata.audio.num_channels)
        if a_second * span.duration * _SAMPLE_BYTES > MAX_SOUND_BYTES:
            raise TooLarge(
                f"{a_second} samples a second over {span.duration} seconds were asked for; a page holds "
                f"{MAX_SOUND_BYTES // _SAMPLE_BYTES} samples, give a sample rate of 16000 and 1 channel"
            )


def _size(metadata: Metadata) -> int | None:
    if metadata.video is None:
        return None
    return min(SMALL_SIDE, metadata.video.width, metadata.video.height)


def _pair(span: Span) -> list[str | None]:
    return [time_text(span.start), time_text(span.end)]


def _sentence(sentence: Sentence) -> dict[str, Any]:
    start, end = _pair(sentence.span)
    return {"index": sentence.index, "start": start, "end": end, "text": sentence.text}
