"""The plan summary: what an epoch of a plan costs and what its windows are like, before anything is decoded."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from fractions import Fraction

import numpy as np

from .._arrays import Float64Array, Int64Array
from .lengths import SkippedItem, skipped_text
from .order import Order
from .parts import Part, Parts
from .sharing import DecodeCost, with_decode_costs
from .tokens import Processor, Shapes, count_shapes, count_tokens

_SAMPLED_STEPS = 256


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What an epoch costs and holds; ``str`` of it is a table.

    Attributes:
        fingerprint, order, num_lanes, windows_per_lane, seed, causal: The plan's attributes.
        plans: How each part is cut and labelled.
        windows, items, steps: How many an epoch has.
        left_out: How many items of the source the plan leaves out: those of other kinds, and those of `skipped`.
        hours: Hours of media that windows cover, each second counted once.
        window_hours: Hours of all windows, each counted by itself, cut to the media.
        masked_slots: Slots of batches without a window.
        run_length: The least number of windows that stay together in ``"shuffle"``, for each part; None in other orders.
        unit: What `asked`, `decoded` and `unique` count: ``"frames"`` at `fps`, or ``"seconds"`` without a frame rate.
        fps: Frames a second of the media, or None.
        asked: What all windows hold, each counted by itself.
        decoded: What lanes decode in epoch 0, where they read forward and share what neighbours have in common. Frames between
            a keyframe and the start of a run come on top; they depend on the files.
        unique: What all windows cover together.
        decoded_over_unique, asked_over_unique: The ratios of these.
        follow: Share of windows that follow the one before in their lane, in epoch 0.
        items_per_batch: Mean number of different items in a batch, over at most 256 steps of epoch 0.
        batch_bytes: Bytes of a batch of mean windows: uint8 RGB frames and float32 mono samples.
        batch_bytes_at_most: The same for batches of the longest window.
        batch_holds: The frames and samples that were assumed for these bytes.
        bucket_ends: Seconds of the longest window of each bucket; None without buckets.
        padding: Share of a batch's seconds that are padding, over epoch 0. Every slot is as long as the longest window of its
            step, and slots without a window are padding.
        tokens, tokens_at_most: Tokens of a window's frames and audio, the mean and the most; None without a processor. Text
            is not counted.
        layer: The label layer, or None.
        mixed: Windows in which two labels or more lie.
        unlabelled: Windows without any labelled time.
        masked: Windows without a valid label, the unlabelled among them.
        in_doubt: Windows with a label that a boundary within the collar could change.
        cut: Windows that were cut to the longest length.
        overhanging: Windows whose label span ends after the item.
        inside_sentence: Windows that end inside a sentence.
        classes: Number of windows by class; a soft label counts in parts.
        skipped: Items that are left out because their files cannot be read, or nobody knows how long they are, each with key,
            path and reason.
    """

    fingerprint: str
    order: str
    num_lanes: int
    windows_per_lane: int
    seed: int
    causal: bool
    plans: list[dict[str, object]]
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
    skipped: tuple[SkippedItem, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the summary as JSON values."""
        return asdict(self)

    def __repr__(self) -> str:
        return f"PlanSummary({self.fingerprint}, {self.windows} windows, {self.items} items, {self.steps} steps)"

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
            ("windows", f"{self.windows:,} of {self.items:,} items, {self.left_out:,} left out"),
            *([("skipped", skipped_text(self.skipped))] if self.skipped else []),
            ("hours", f"{self.hours:.2f} of media, {self.window_hours:.2f} of windows"),
            ("steps", batches),
            ("order", f"{self.order}, seed {self.seed}{runs}"),
            (self.unit, f"{shared} ({self.asked_over_unique:.2f} if each window were read by itself)"),
            ("mixing", mixing),
            ("bytes a batch", f"{self.batch_bytes:,}, at most {self.batch_bytes_at_most:,} ({self.batch_holds})"),
            (
                "padding",
                f"{self.padding:.1%} of batches" + ("" if self.bucket_ends is None else f", {self._bucket_text()}"),
            ),
            ("causal", "yes" if self.causal else "no"),
        ]
        if self.tokens is not None:
            rows.append(("tokens a window", f"{self.tokens:,.1f}, at most {self.tokens_at_most:,}, without text"))
        for number, plan in enumerate(self.plans):
            text = ", ".join(f"{key} {value}" for key, value in plan.items() if value is not None and key != "classes")
            rows.append((f"part {number}" if len(self.plans) > 1 else "cut by", text))
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

    def _bucket_text(self) -> str:
        ends = self.bucket_ends or []
        return f"{len(ends)} bucket{'' if len(ends) == 1 else 's'} up to {', '.join(f'{end:g}' for end in ends)} s"


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
    *,
    fingerprint: str,
    fps: Fraction | None,
    video_fps: Fraction,
    size: tuple[int, int],
    sample_rate: int,
    processor: Processor | None,
) -> PlanSummary:
    """Return the summary of parts in an order."""
    sums, counts, mass = _Sums(), Counter[str](), np.zeros(len(parts.parts[0].content.classes))
    costs: list[DecodeCost] = []
    for part in parts:
        mass += _count_part(part, fps, sums, counts, costs)
        if processor is not None:
            for chunk in part.content.chunks():
                count_shapes(chunk, video_fps, sample_rate, sums.shapes)
    tokens, most_tokens = (None, None) if processor is None else count_tokens(processor, sums.shapes, size)
    table = order.table(0)
    starts = order.starts(table)
    alone, after = (np.concatenate([getattr(each, name) for each in costs]) for name in ("alone", "after_previous"))
    used = table >= 0
    numbers = table[used]
    decoded = float(np.where(starts[used], alone[numbers], after[numbers]).sum())
    batch = order.num_lanes * order.windows_per_lane
    mean = sums.span_seconds / max(len(parts), 1)
    classes = parts.parts[0].content.classes
    return PlanSummary(
        fingerprint=fingerprint,
        order=order.name,
        num_lanes=order.num_lanes,
        windows_per_lane=order.windows_per_lane,
        seed=order.seed,
        causal=all(part.content.windowing.causal for part in parts),
        plans=[dict(part.about) for part in parts],
        windows=len(parts),
        items=int((parts.counts() > 0).sum()),
        steps=order.num_steps,
        left_out=sum(part.left_out + len(part.skipped) for part in parts),
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
        layer=parts.parts[0].content.rule.layer,
        mixed=counts["mixed"],
        unlabelled=counts["unlabelled"],
        masked=counts["masked"],
        in_doubt=counts["in_doubt"],
        cut=sum(part.content.windows.cut for part in parts),
        overhanging=counts["overhanging"],
        inside_sentence=counts["inside_sentence"],
        classes={name: round(float(value), 3) for name, value in zip(classes, mass, strict=True)},
        skipped=parts.skipped(),
    )


def _count_part(
    part: Part, fps: Fraction | None, sums: _Sums, counts: Counter[str], costs: list[DecodeCost]
) -> Float64Array:
    content, mass = part.content, np.zeros(len(part.content.classes))
    for chunk, cost in with_decode_costs(content.chunks(), fps):
        labels = chunk.labels
        counts["mixed"] += int(labels.mixed.sum())
        counts["unlabelled"] += int((~labels.labelled).sum())
        counts["masked"] += int((~labels.valid).sum())
        counts["overhanging"] += int((chunk.label_ends > chunk.duration).sum())
        counts["inside_sentence"] += int(content.inside_sentence(chunk).sum())
        counts["in_doubt"] += int(labels.in_doubt.sum())
        mass += labels.soft.sum(axis=0, dtype=np.float64)
        spans = chunk.span_ends - chunk.span_starts
        sums.span_seconds += float(spans.sum()) / chunk.unit
        sums.longest = max(sums.longest, Fraction(int(spans.max()), chunk.unit))
        sums.asked += float(cost.alone.sum())
        sums.unique += float(cost.after_previous.sum())
        sums.seconds += cost.seconds
        sums.unique_seconds += cost.unique_seconds
        costs.append(cost)
    return mass


def _items_per_batch(table: Int64Array, order: Order, parts: Parts) -> float:
    first = np.concatenate([[0], np.cumsum(parts.counts())])
    steps = np.unique(np.linspace(0, order.num_steps - 1, min(order.num_steps, _SAMPLED_STEPS)).astype(np.int64))
    found = []
    for step in steps.tolist():
        numbers = table[:, step * order.windows_per_lane : (step + 1) * order.windows_per_lane]
        items = np.searchsorted(first, numbers[numbers >= 0], side="right")
        found.append(len(np.unique(items)))
    return float(np.mean(found))


def _padding(table: Int64Array, order: Order, parts: Parts) -> float:
    # Slots without a window are -1: they take the last entry, 0 seconds.
    seconds = np.append(parts.seconds(), 0.0)[table].reshape(order.num_lanes, order.num_steps, order.windows_per_lane)
    longest = seconds.max(axis=(0, 2))
    return 1 - _ratio(float(seconds.sum()), float(longest.sum()) * order.num_lanes * order.windows_per_lane)


def _window_bytes(seconds: float, video_fps: Fraction, size: tuple[int, ...], sample_rate: int) -> float:
    return seconds * (float(video_fps) * size[0] * size[1] * 3 + sample_rate * 4)


def _ratio(one: float, other: float) -> float:
    return one / other if other else 0.0
