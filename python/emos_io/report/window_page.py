"""Everything that the page of one window displays: its label and text, and the frames and audio read for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..corpus import Corpus, Sentence, is_synthetic, is_synthetic_media
from ..errors import InvalidArgument, TooLarge
from ..media import Media, Size, Window
from ..media.metadata import Metadata, time_text
from ..plan import LabelRule, PlanItem, PlannedWindow, Windowing
from ..spans import Seconds, Span, exact_seconds
from .label_window import item_length, label_window
from .model_view import ModelView
from .resolve import ResolvedItem

MAX_SECONDS = 600
"""The longest span of one page, context and lookahead included."""
MAX_FRAMES = 1_200
"""The most frames of one page: about 30 MB at the default size."""
MAX_AUDIO_BYTES = 64 * 2**20
"""The most audio of one page, before base64: 5.8 minutes of stereo at 48 kHz."""
SMALL_SIDE = 120
"""The default short side of a frame, in pixels."""

_SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How the frames and audio of a page are read.

    Attributes:
        fps: Frames a second of the span, above 0.
        size: (height, width) of the frames in pixels; None for a short side of at most `SMALL_SIDE` pixels.
        sample_rate: Samples a second; None for the track's rate.
        num_channels: At most the track's, 1 for mono; None for the track's.
    """

    fps: Seconds = 4
    size: Size | None = None
    sample_rate: int | None = None
    num_channels: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class WindowPage:
    """Everything that the page of one window displays.

    Attributes:
        planned: The window as a plan would give it.
        item: The window's item, with all of its labels and sentences.
        causal: Whether a sentence is released only after it has ended.
        in_doubt: Whether the label is not valid only because a boundary lies within the collar.
        length_known: Whether the item's length is published or was read; if not, the item ends with the label span.
        label_rule: How the window was labelled.
        options: How its frames and audio were read.
        language: The language of the text, or None.
        window: Frames and audio of the span, or None without media.
        metadata: The metadata of the media, or None without media.
        absent: Why there are no media; empty if there are.
        grid: The time at which each frame was requested, in seconds of media time.
        synthetic: Whether the item is made up, or its media are.
        model: What a model is given of the window; None where no processor was named.
    """

    planned: PlannedWindow
    item: PlanItem
    causal: bool
    in_doubt: bool
    length_known: bool
    label_rule: LabelRule
    options: RenderOptions
    language: str | None
    window: Window | None
    metadata: Metadata | None
    absent: str
    grid: tuple[Fraction, ...]
    synthetic: bool = False
    model: ModelView | None = None

    def __repr__(self) -> str:
        """Return the key, the span and what was read, without data."""
        return f"WindowPage({self.key!r}, {self.span!r}, frames={len(self.grid)}, media={self.window is not None})"

    @property
    def key(self) -> str:
        """The window's key."""
        return self.planned.key

    @property
    def span(self) -> Span:
        """The span that is decoded: the label span with context and lookahead."""
        return self.planned.span

    @property
    def decided_at(self) -> Fraction | None:
        """The time just before which the label was taken; None if the label is about an interval or a static clip."""
        label_span = self.planned.label_span
        moment = min(label_span.end, self.item.duration)
        timed = self.item.timeline is not None and self.label_rule.label_at == "end" and moment > label_span.start
        return moment if timed else None

    @property
    def pending(self) -> tuple[Sentence, ...]:
        """Sentences spoken in the span that are not yet released at the window."""
        released = set(self.planned.text)
        spoken = [each for each in self.item.sentences if each.span.intersect(self.span) is not None]
        return tuple(each for each in spoken if each not in released)

    def as_dict(self) -> dict[str, object]:
        """Return what ``emos show --json`` prints, without the path of the page; ``model`` is there with a model alone,
        ``synthetic`` where the item is.
        """
        planned = self.planned
        video = None if self.window is None else self.window.video
        audio = None if self.window is None else self.window.audio
        return {
            "key": planned.key,
            "item": planned.item,
            "path": planned.path,
            "span": _pair(planned.span),
            "label_span": _pair(planned.label_span),
            "frames": None if video is None else len(video),
            "frame_pts": None if video is None else [time_text(pts) for pts in video.times],
            "samples": None if audio is None else len(audio),
            "sample_rate": None if audio is None else audio.sample_rate,
            "channels": None if audio is None else audio.num_channels,
            "video_valid": None if video is None else video.valid.tolist(),
            "audio_valid": None if audio is None else [list(pair) for pair in audio.valid_ranges],
            "damaged": None if video is None else video.damaged.tolist(),
            "labels": self._labels(),
            "weight": planned.weight,
            "text": [_sentence(each) for each in planned.text],
            "pending": [_sentence(each) for each in self.pending],
            **({"synthetic": True} if self.synthetic else {}),
            **({} if self.model is None else {"model": self.model.as_dict()}),
        }

    def _labels(self) -> dict[str, object] | None:
        labels = self.planned.labels
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


def read_page(
    resolved: ResolvedItem,
    label_span: Span,
    windowing: Windowing,
    label_rule: LabelRule,
    options: RenderOptions,
    *,
    corpora: Sequence[Corpus],
    media: Media | None = None,
) -> WindowPage:
    """Return the window of an item at a label span, with its frames and audio.

    Args:
        resolved: The item and its media.
        label_span: The label span in seconds of media time.
        windowing: How the plan of the window cuts items.
        label_rule: How the window is labelled.
        options: How its frames and audio are read.
        corpora: The corpora of the item.
        media: The media of the item, if they are open, without a device: `open_media` opens them.

    Raises:
        TimeOutOfRange: The label span lies outside of the item.
        TooLarge: The window has more seconds, frames or samples than a page may have.
        InvalidArgument: An argument is not allowed.
        SourceNotFound: There is no such media file.
        SourceUnreadable: The media cannot be read.

    Cost: the span is decoded once; damaged frames are marked, not raised.
    """
    media = open_media(resolved) if media is None else media
    if media is not None and (device := media.stats()["device"]) is not None:
        raise InvalidArgument(
            f"media must be read on the CPU for a page, got media on {device!r}; open them without device=",
            path=resolved.path,
        )
    length = item_length(resolved, media)
    single = label_window(resolved, label_span, windowing, label_rule, length=length, corpora=corpora, media=media)
    span = single.planned.span
    if span.duration > MAX_SECONDS:
        raise TooLarge(f"a page must have at most {MAX_SECONDS} seconds, got {span.duration}; give a shorter window")
    window: Window | None = None
    grid: tuple[Fraction, ...] = ()
    if media is not None:
        rate = exact_seconds(options.fps, name="fps")
        _check_size(media.metadata, span, rate, options)
        window = media.window(
            span,
            fps=rate,
            size=_size(media.metadata) if options.size is None else options.size,
            sample_rate=options.sample_rate,
            num_channels=options.num_channels,
        )
        grid = tuple(span.start + index / rate for index in range(len(window.video_valid)))
    return WindowPage(
        planned=single.planned,
        item=single.item,
        causal=single.causal,
        in_doubt=single.in_doubt,
        length_known=length is not None,
        label_rule=label_rule,
        options=options,
        language=None if resolved.item is None else resolved.item.language,
        window=window,
        metadata=None if media is None else media.metadata,
        absent=resolved.absent,
        grid=grid,
        synthetic=_is_synthetic(resolved),
    )


def _is_synthetic(resolved: ResolvedItem) -> bool:
    """Return whether the item is made up, or its media are; a media file may have no item."""
    if resolved.item is not None and is_synthetic(resolved.item):
        return True
    return resolved.path is not None and is_synthetic_media(resolved.path)


def open_media(resolved: ResolvedItem) -> Media | None:
    """Return the media of an item, for several pages; None if there are none.

    Raises:
        SourceNotFound: There is no such media file.
        SourceUnreadable: The media cannot be read.
    """
    return None if resolved.path is None else Media(resolved.path, on_error="mask")


def _check_size(metadata: Metadata, span: Span, rate: Fraction, options: RenderOptions) -> None:
    if metadata.video is not None and span.duration * rate > MAX_FRAMES:
        raise TooLarge(
            f"a page must have at most {MAX_FRAMES} frames, got {span.duration} seconds at {rate} frames a second; "
            "give a lower fps or a shorter window"
        )
    if metadata.audio is not None:
        num_channels = options.num_channels or metadata.audio.num_channels
        samples_per_second = (options.sample_rate or metadata.audio.sample_rate) * num_channels
        if samples_per_second * span.duration * _SAMPLE_BYTES > MAX_AUDIO_BYTES:
            raise TooLarge(
                f"a page must have at most {MAX_AUDIO_BYTES // _SAMPLE_BYTES} samples, got {span.duration} seconds at "
                f"{samples_per_second} samples a second; give a sample rate of 16000 and 1 channel"
            )


def _size(metadata: Metadata) -> int | None:
    if metadata.video is None:
        return None
    return min(SMALL_SIDE, metadata.video.width, metadata.video.height)


def _pair(span: Span) -> list[str | None]:
    return [time_text(span.start), time_text(span.end)]


def _sentence(sentence: Sentence) -> dict[str, object]:
    start, end = _pair(sentence.span)
    return {"index": sentence.index, "start": start, "end": end, "text": sentence.text}
