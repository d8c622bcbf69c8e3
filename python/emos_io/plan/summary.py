"""The plan summary: what an epoch of a plan costs and what its windows are like, before anything is decoded."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from .order import Order
from .parts import Part, Parts
from .sharing import Reading, read_chunks
from .tokens import Shapes, count_shapes, count_tokens

_SAMPLED_STEPS = 256


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What an epoch costs and holds.

    Attributes:
        fingerprint, order, num_lanes, windows_per_lane, seed, causal: Of the plan.
        plans: How each part is cut and labelled.
        windows, items, steps: Of an epoch.
        left_out: Items of another kind in the source.
        hours: Of media that windows lie in, each second once.
        window_hours: Of all windows, each by itself, cut to the media.
        masked_slots: Places in batches for which a lane has no window.
        run_length: Windows that stay together in ``"shuffle"``, at least, for each part; None in other orders.
        unit: What the next three count: ``"frames"`` at `fps`, or ``"seconds"`` where no rate was given.
        fps: Frames a second of the media, or None.
        asked: By all windows, each by itself.
        decoded: By lanes that read forward and share what neighbours have in common, in epoch 0. What lies between a key
            frame and the start of a run comes on top, and depends on the files.
        unique: By all windows together.
        decoded_over_unique, asked_over_unique: Ratios of these.
        follow: Share of windows that follow the one before in their lane, in epoch 0.
        items_per_batch: Mean number of different items in a batch, over at most 256 steps of epoch 0.
        batch_bytes: Of uint8 RGB-frames and float32 mono samples of a batch of mean windows.
        batch_bytes_at_most: The same for batches of the longest window.
        batch_holds: What was assumed for these.
        bucket_ends: Seconds of the longest window of each bucket of lengths; None without buckets.
        padding: Share of a batch's seconds that are padding: every slot is as long as the longest window of its step, and
            masked slots are padding. Over epoch 0.
        tokens, tokens_at_most: Of frames and sound of a window, the mean and the most; None where no processor was given.
            Text is not counted.
        layer: Of the labels.
        mixed: Windows in which two labels or more hold.
        unlabelled: Windows in which none holds at any time.
        masked: Windows that get no label by the rule; the unlabelled are among them.
        in_doubt: Windows with a label that masking or softening near boundaries touched.
        cut: Windows cut to the longest length.
        overhanging: Windows whose label span ends after the item does.
        inside_sentence: Windows that end inside a sentence.
        classes: Windows by class; soft labels count in parts.
    """

    fingerprint: str
    order: str
    num_lanes: int
    windows_per_lane: int
    seed: int
    causal: bool
    plans: list[dict[str, Any]]
    windows: int
    items: int
    steps: int
    left_out: int
    hours: float
    window_hours: float
    masked_slots: int
    run_length: list[int] | None
    unit: str
    fps: str | None
    asked: float
    decoded: float
    unique: float
    decoded_over_unique: float
    asked_over_unique: float
    follow: float
    items_per_batch: float
    batch_bytes: int
    batch_bytes_at_most: int
    batch_holds: str
    bucket_ends: list[float] | None
    padding: float
    tokens: float | None
    tokens_at_most: int | None
    layer: str | None
    mixed: int
    unlabelled: int
    masked: int
    in_doubt: int
    cut: int
    overhanging: int
    inside_sentence: int
    classes: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self.rows())
        return "\n".join(f"{name:<{width}}  {value}" for name, value in self.rows())

    def rows(self) -> list[tuple[str, str]]:
        """Return the summary as names and values to read."""

        def part(count: int) -> str:
            return f"{count:,} ({count / max(self.windows, 1):.1%})"

        batches = (
            f"{self.steps:,} of {self.num_lanes} lanes x {self.windows_per_lane}, {self.masked_slots:,} slots masked"
        )
        shared = f"{self.decoded:,.0f} decoded / {self.unique:,.0f} unique = {self.decoded_over_unique:.2f}"
        runs = "" if self.run_length is None else f", runs of {' and '.join(map(str, self.run_length))} windows or more"
        mixing = f"{self.items_per_batch:.1f} items a batch, {self.follow:.1%} follow their neighbour"
        rows = [
            ("plan", self.fingerprint),
            ("windows", f"{self.windows:,} of {self.items:,} items, {self.left_out:,} items left out"),
            ("hours", f"{self.hours:.2f} of media, {self.window_hours:.2f} of windows"),
            ("steps", batches),
            ("order", f"{self.order}, seed {self.seed}{runs}"),
            (self.unit, f"{shared} ({self.asked_over_unique:.2f} if each window were read by itself)"),
            ("mixing", mixing),
            ("bytes a batch", f"{self.batch_bytes:,}, at most {self.batch_bytes_at_most:,} ({self.batch_holds})"),
            (
                "padding",
                f"{self.padding:.1%} of batches" + ("" if self.bucket_ends is None else f", {self._told_buckets()}"),
            ),
            ("causal", "yes" if self.causal else "no"),
        ]
        if self.tokens is not None:
            rows.append(("tokens a window", f"{self.tokens:,.1f}, at most {self.tokens_at_most:,}, without text"))
        for number, plan in enumerate(self.plans):
            told = ", ".join(f"{key} {value}" for key, value in plan.items() if value is not None and key != "classes")
            rows.append((f"part {number}" if len(self.plans) > 1 else "cut by", told))
        if self.layer is not None:
            rows += [
                ("mixed", part(self.mixed)),
                ("unlabelled", part(self.unlabelled)),
                ("masked", f"{part(self.masked)}, no label by the rule"),
                ("in doubt", f"{part(self.in_doubt)}, near a boundary"),
                ("classes", ", ".join(f"{name} {count:,.0f}" for name, count in self.classes.items() if count)),
            ]
        rows += [
            ("cut", part(self.cut)),
            ("overhanging", part(self.overhanging)),
            ("inside a sentence", part(self.inside_sentence)),
        ]
        return rows

    def _told_buckets(self) -> str:
        ends = self.bucket_ends or []
        return f"{len(ends)} buckets up to {', '.join(f'{end:g}' for end in ends)} s"


@dataclass(slots=True)
class _Sums:
    asked: float = 0.0
    unique: float = 0.0
    seconds: float = 0.0
    unique_seconds: float = 0.0
    span_seconds: float = 0.0
    longest: Fraction = Fraction(0)
    shapes: Shapes = field(default_factory=Counter)


def make_summary(
    parts: Parts,
    order: Order,
    about: dict[str, Any],
    fps: Fraction | None,
    video_fps: Fraction,
    size: tuple[int, ...],
    sample_rate: int,
    processor: Any,
) -> PlanSummary:
    """Count everything that a summary says."""
    sums, counts, mass = _Sums(), Counter[str](), np.zeros(len(parts.parts[0].content.classes))
    readings: list[Reading] = []
    for part in parts:
        mass += _count_part(part, fps, sums, counts, readings)
        if processor is not None:
            for chunk in part.content.chunks():
                count_shapes(chunk, video_fps, sample_rate, sums.shapes)
    tokens, most_tokens = (None, None) if processor is None else count_tokens(processor, sums.shapes, size)
    table = order.table(0)
    starts = order.starts(table)
    alone, after = (np.concatenate([getattr(each, name) for each in readings]) for name in ("alone", "after"))
    used = table >= 0
    numbers = table[used]
    decoded = float(np.where(starts[used], alone[numbers], after[numbers]).sum())
    batch = order.num_lanes * order.windows_per_lane
    mean = sums.span_seconds / max(len(parts), 1)
    classes = parts.parts[0].content.classes
    return PlanSummary(
        **about,
        plans=[dict(part.about) for part in parts],
        windows=len(parts),
        items=int((parts.counts() > 0).sum()),
        steps=order.num_steps,
        left_out=sum(part.left_out for part in parts),
        hours=round(sums.unique_seconds / 3600, 6),
        window_hours=round(sums.seconds / 3600, 6),
        masked_slots=int(table.size - used.sum()),
        run_length=[part.run_length for part in parts] if order.name == "shuffle" else None,
        unit="seconds" if fps is None else "frames",
        fps=None if fps is None else str(fps),
        asked=round(sums.asked, 6),
        decoded=round(decoded, 6),
        unique=round(sums.unique, 6),
        decoded_over_unique=round(_ratio(decoded, sums.unique), 6),
        asked_over_unique=round(_ratio(sums.asked, sums.unique), 6),
        follow=round(1 - int(starts.sum()) / max(len(parts), 1), 6),
        items_per_batch=round(_items_per_batch(table, order, parts), 6),
        batch_bytes=round(batch * _window_bytes(mean, video_fps, size, sample_rate)),
        batch_bytes_at_most=round(batch * _window_bytes(float(sums.longest), video_fps, size, sample_rate)),
        batch_holds=f"{video_fps} frames a second of {size[0]} x {size[1]}, {sample_rate} samples a second",
        bucket_ends=None if order.bucket_ends is None else [round(float(end), 6) for end in order.bucket_ends],
        padding=round(_padding(table, order, parts), 6),
        tokens=None if tokens is None else round(tokens, 3),
        tokens_at_most=most_tokens,
        layer=parts.parts[0].content.layer,
        mixed=counts["mixed"],
        unlabelled=counts["unlabelled"],
        masked=counts["masked"],
        in_doubt=counts["in_doubt"],
        cut=sum(part.content.windows.cut for part in parts),
        overhanging=counts["overhanging"],
        inside_sentence=counts["inside_sentence"],
        classes={name: round(float(value), 3) for name, value in zip(classes, mass, strict=True)},
    )


def _count_part(
    part: Part, fps: Fraction | None, sums: _Sums, counts: Counter[str], readings: list[Reading]
) -> npt.NDArray[np.float64]:
    content, mass = part.content, np.zeros(len(part.content.classes))
    for chunk, reading in read_chunks(content.chunks(), fps):
        decided = chunk.decided
        counts["mixed"] += int(decided.mixed.sum())
        counts["unlabelled"] += int((~decided.labelled).sum())
        counts["masked"] += int((~decided.mask).sum())
        counts["overhanging"] += int((chunk.target_ends > chunk.duration).sum())
        counts["inside_sentence"] += int(content.inside_sentence(chunk).sum())
        counts["in_doubt"] += int(decided.doubted.sum())
        mass += decided.soft.sum(axis=0, dtype=np.float64)
        spans = chunk.span_ends - chunk.span_starts
        sums.span_seconds += float(spans.sum()) / chunk.unit
        sums.longest = max(sums.longest, Fraction(int(spans.max()), chunk.unit))
        sums.asked += float(reading.alone.sum())
        sums.unique += float(reading.after.sum())
        sums.seconds += reading.seconds
        sums.unique_seconds += reading.unique_seconds
        readings.append(reading)
    return mass


def _items_per_batch(table: npt.NDArray[np.int64], order: Order, parts: Parts) -> float:
    first = np.concatenate([[0], np.cumsum(parts.counts())])
    steps = np.unique(np.linspace(0, order.num_steps - 1, min(order.num_steps, _SAMPLED_STEPS)).astype(np.int64))
    found = []
    for step in steps.tolist():
        numbers = table[:, step * order.windows_per_lane : (step + 1) * order.windows_per_lane]
        items = np.searchsorted(first, numbers[numbers >= 0], side="right")
        found.append(len(np.unique(items)))
    return float(np.mean(found))


def _padding(table: npt.NDArray[np.int64], order: Order, parts: Parts) -> float:
    # The last place is that of slots without a window, -1.
    held = np.append(parts.seconds(), 0.0)[table].reshape(order.num_lanes, order.num_steps, order.windows_per_lane)
    longest = held.max(axis=(0, 2))
    return 1 - _ratio(float(held.sum()), float(longest.sum()) * order.num_lanes * order.windows_per_lane)


def _window_bytes(seconds: float, video_fps: Fraction, size: tuple[int, ...], sample_rate: int) -> float:
    return seconds * (float(video_fps) * size[0] * size[1] * 3 + sample_rate * 4)


def _ratio(one: float, other: float) -> float:
    return one / other if other else 0.0
