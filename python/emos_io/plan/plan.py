"""The plan: every window of every epoch, in its order, with its label, from arithmetic alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from ..errors import InvalidArgument
from ..spans import Seconds
from . import arguments
from .arguments import read_cutting, read_rule, read_weights
from .content import Content
from .labels import CollarMode, LabelAt
from .order import DEFAULT_LANES, Numbers, Order, OrderName
from .parts import Part, Parts
from .records import PlanBatch, PlannedWindow, WindowLocation
from .sharing import default_run_length
from .sources import Durations, read_source
from .spec import balanced_or_given, specification
from .state import make_state, read_state
from .summary import PlanSummary, make_summary
from .windows import By, HopWindows, listed

PLAN_VERSION = 1
"""Counts up when the same arguments come to mean other windows, labels or orders."""


class WindowPlan:
    """The ordered windows of every epoch.

    Nothing in it depends on rank, world size, threads or what was read before: lanes are parallel sequences of windows, a
    global batch is the next `windows_per_lane` windows of every lane, and rank r of W owns lanes
    ``[r * L / W, (r + 1) * L / W)`` of each. Every window comes once an epoch; where a lane has none left, its slots are
    masked, and the summary says how many.

    Args:
        source: A `Corpus`, a `Media`, an item, or a sequence of them. A hop takes monologues and media,
            ``by="clip"`` static clips and media, the rest monologues; the summary says how many items are left out.
        length: Seconds of a window. With ``by="change"`` the seconds around each change, with the others of `by` the
            same as `max_length`.
        hop: Seconds from one start to the next; None for `length`. Windows start at ``k * hop``, and the last is the first
            whose end reaches the item's duration: it may end after it.
        by: ``"clip"``: one window a static clip. ``"utterance"``, ``"sentence"``: one for each. ``"change"``: one around
            each moment at which the label changes from one utterance to the next.
        context: Seconds decoded before the label span.
        lookahead: Seconds decoded after the label span.
        labels: The label layer, or None for a plan without labels.
        label_at: ``"end"``: the label that holds just before the label span ends, or just before the item does where that
            comes first. ``"majority"``: the one with most seconds in the label span, the first in class order of equals.
            ``"overlap"``: soft labels by seconds. Time without a label counts for none, and a window without any is masked.
            Static clips have the label of their decision, with its confidence.
        collar: Seconds by which boundaries may be wrong; 0 trusts them, and 0.5 fits labels on whole seconds. Windows
            whose label could change if one boundary lay up to that elsewhere are masked or softened: with ``"end"``, those
            that end at most that long after a boundary; see `labels.LabelRule` for the others. In causal plans and
            plans of utterances only boundaries before the deciding moment count.
        collar_mode: ``"mask"``, or ``"soften"``: confidence falls to 0 at the boundary.
        split: Keys to keep, such as ``split.train``, or ``("train", split)``; None for all.
        order: ``"shuffle"`` permutes runs of neighbours, ``"iid"`` all windows, ``"contiguous"`` deals whole items to
            lanes that walk them forward, ``"sequential"`` keeps the order of items and time.
        num_lanes: L; None for 8, 1 if sequential, and at most one an item if contiguous.
        windows_per_lane: Windows of each lane in a batch.
        seed: 0 to 2**64 - 1.
        causal: Nothing of a window depends on what comes after its span's end: a sentence is released once it has ended.
            None for True with a hop; plans by annotators' boundaries cannot be.
        run_length: Windows that ``"shuffle"`` keeps together at least; None to read less than 1.25 times what is unique.
        max_length: Longer clips, utterances and sentences are cut to their first `max_length` seconds; the summary says how
            many are.
        class_weights: A weight a class, 1 where left out; ``"balanced"`` for one over the class's share of the plan's
            labels. Soft labels weigh the mean of theirs.
        tier_weights: A weight for ``"high"``, ``"medium"`` and ``"low"`` static clips.
        num_buckets: Each batch of ``"shuffle"`` and ``"iid"`` holds windows of one of so many ranges of length, chosen for the
            least padding; the summary says how much is left. 1 mixes all lengths.
        fps: Frames a second of the media, for the summary's counts; None counts seconds.
        durations: Seconds by key, or a function from a path to seconds, for clips without published times; they go
            before published ones.

    Attributes:
        fingerprint: 16 hex digits of the sha256 of everything that decides windows, order and labels.
        num_lanes, windows_per_lane, batch_size: ``batch_size == num_lanes * windows_per_lane``.
        order, seed, num_buckets: As given.
        causal: As above.
        classes: Names of the classes of the layer.

    Raises:
        InvalidArgument: An argument is not allowed, the layer, a key or a length is not there, or the hop is longer than
            an item.

    Cost: arithmetic only. Windows by hop are counted, not listed; listed ones (`by`) are one object each. An epoch's order is
    one sort of runs, and 8 bytes a window while it is in use.

    Example:
        >>> from fractions import Fraction
        >>> from emos_io.corpus import Monologue
        >>> item = Monologue("streaming/a", "a", "A", "en", Fraction(10), None, (), (), None)
        >>> plan = WindowPlan([item], 4, 2, order="sequential")
        >>> [window.key for window in plan.windows()]
        ['streaming/a@0-4', 'streaming/a@2-6', 'streaming/a@4-8', 'streaming/a@6-10']
    """

    fingerprint: str
    num_lanes: int
    windows_per_lane: int
    batch_size: int
    order: OrderName
    seed: int
    num_buckets: int
    causal: bool
    classes: tuple[str, ...]

    def __init__(
        self,
        source: Any,
        length: Seconds | None = None,
        hop: Seconds | None = None,
        *,
        by: By | None = None,
        context: Seconds = 0,
        lookahead: Seconds = 0,
        labels: str | None = "basic7",
        label_at: LabelAt = "end",
        collar: Seconds = 0,
        collar_mode: CollarMode = "mask",
        split: Any = None,
        order: OrderName = "shuffle",
        num_lanes: int | None = None,
        windows_per_lane: int = 1,
        seed: int = 0,
        causal: bool | None = None,
        run_length: int | None = None,
        max_length: Seconds | None = None,
        class_weights: Mapping[str, float] | Literal["balanced"] | None = None,
        tier_weights: Mapping[str, float] | None = None,
        num_buckets: int = 1,
        fps: Seconds | None = None,
        durations: Durations | None = None,
    ) -> None:
        cutting = read_cutting(length, hop, by, context, lookahead, causal, max_length)
        if cutting.by == "change" and labels is None:
            raise InvalidArgument('by="change" was given with labels=None; name the layer whose changes are meant')
        found = read_source(source, cutting.by, labels, split, durations)
        if cutting.by is None and cutting.length is not None and cutting.hop is not None:
            windows: Any = HopWindows(found.items, cutting.length, cutting.hop)
        else:
            windows = listed(found.items, cutting.by or "clip", cutting.length, cutting.longest)
        content = Content(
            found.items,
            windows,
            layer=labels,
            classes=found.classes,
            rule=read_rule(label_at, collar, collar_mode, cutting),
            context=cutting.context,
            lookahead=cutting.lookahead,
            causal=cutting.causal,
        )
        content.tier_weights = read_weights(tier_weights, arguments.TIERS, "tier_weights")
        content.class_weights = balanced_or_given(class_weights, content)
        run = default_run_length(content) if run_length is None else arguments.whole(run_length, "run_length")
        spec = specification(content, cutting, class_weights)
        hidden = ("content", "class_weights", "tier_weights")
        about = {key: value for key, value in spec.items() if key not in hidden}
        about["max_length"] = None if cutting.longest is None else str(cutting.longest)
        self._fps = None if fps is None else arguments.positive(fps, "fps")
        parts = Parts([Part(content, spec, 1.0, run, found.left_out, about)])
        self._assemble(parts, order, num_lanes, windows_per_lane, seed, num_buckets)

    def _assemble(
        self, parts: Parts, order: OrderName, num_lanes: int | None, windows_per_lane: int, seed: int, num_buckets: int
    ) -> None:
        self._parts = parts
        self.order = arguments.choice(order, OrderName, "order")
        counts = parts.counts()
        self.num_lanes = _default_lanes(order, counts) if num_lanes is None else arguments.whole(num_lanes, "num_lanes")
        self.windows_per_lane = arguments.whole(windows_per_lane, "windows_per_lane")
        self.batch_size = self.num_lanes * self.windows_per_lane
        self.seed = arguments.whole(seed, "seed", least=0, most=2**64 - 1)
        self.num_buckets = arguments.whole(num_buckets, "num_buckets")
        if self.num_buckets > 1 and order not in ("shuffle", "iid"):
            raise InvalidArgument(
                f'num_buckets {num_buckets} was given with order "{order}"; take "shuffle" or "iid", or 1 bucket'
            )
        self.causal = all(part.content.causal for part in parts)
        self.classes = parts.parts[0].content.classes
        self._order = Order(
            order,
            counts,
            parts.run_lengths(),
            num_lanes=self.num_lanes,
            windows_per_lane=self.windows_per_lane,
            seed=self.seed,
            num_buckets=self.num_buckets,
            seconds=parts.seconds() if self.num_buckets > 1 else None,
        )
        told: dict[str, Any] = {
            "version": PLAN_VERSION,
            "parts": [{**part.spec, "factor": part.factor} for part in parts],
            "order": order,
            "num_lanes": self.num_lanes,
            "windows_per_lane": self.windows_per_lane,
        }
        # What an order does not use does not decide it.
        if order != "sequential":
            told["seed"] = self.seed
        if self.num_buckets > 1:
            told["num_buckets"] = self.num_buckets
        if order == "shuffle":
            told["run_lengths"] = [part.run_length for part in parts]
        text = json.dumps(told, sort_keys=True, ensure_ascii=False)
        self.fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"WindowPlan({len(self)} windows, {self.order}, {self.num_lanes} x {self.windows_per_lane}, {self.fingerprint})"

    def __len__(self) -> int:
        """Return the number of windows; each comes once an epoch."""
        return len(self._parts)

    def num_steps(self, epoch: int = 0) -> int:
        """Return the number of global batches of an epoch, the same in all of them."""
        self._epoch(epoch)
        return self._order.num_steps

    def batch(self, epoch: int, step: int) -> PlanBatch:
        """Return one global batch.

        Raises:
            InvalidArgument: There is no such epoch or step.

        Cost: a slice, after the first batch of an epoch, which makes its order.
        """
        return self._order.batch(self._epoch(epoch), arguments.whole(step, "step", least=0))

    def table(self, epoch: int) -> Numbers:
        """Return all lanes of an epoch: int64 ``[num_lanes, num_steps * windows_per_lane]``, -1 where there is none."""
        return self._order.table(self._epoch(epoch))

    def window(self, number: int) -> PlannedWindow:
        """Return one window by its number, from 0.

        Raises:
            InvalidArgument: There is no such window.

        Cost: its label and text are looked up; `locate` is several times cheaper.
        """
        return self._parts.window(self._number(number))

    def locate(self, number: int) -> WindowLocation:
        """Return where a window lies, by its number.

        Raises:
            InvalidArgument: There is no such window.
        """
        return self._parts.locate(self._number(number))

    def _number(self, number: int) -> int:
        if isinstance(number, bool) or not hasattr(number, "__index__") or not 0 <= int(number) < len(self):
            raise InvalidArgument(f"window {number!r} was asked for; the plan has windows 0 to {len(self) - 1}")
        return int(number)

    def windows(self) -> Iterator[PlannedWindow]:
        """Yield all windows in order of their numbers: by item, then by time."""
        for number in range(len(self)):
            yield self._parts.window(number)

    def window_by_key(self, key: str) -> PlannedWindow:
        """Return the window of a key again.

        Raises:
            NoSuchItem: The plan has no such window.
        """
        return self._parts.window(self._parts.find(key))

    def summary(
        self,
        *,
        video_fps: Seconds = 4,
        size: tuple[int, int] = (224, 224),
        sample_rate: int = 16_000,
        processor: Any = None,
    ) -> PlanSummary:
        """Return what an epoch costs and holds.

        Args:
            video_fps: Frames a second that a batch holds.
            size: Their (height, width).
            sample_rate: Samples a second that a batch holds, mono, float32.
            processor: A processor of transformers that counts tokens without data, or a function from (frames, height,
                width, samples) to tokens.

        Raises:
            InvalidArgument: An argument is not allowed, or the processor cannot count.

        Cost: all labels and the order of epoch 0 are made, in arrays.
        """
        shape = (*(arguments.whole(side, "size") for side in size),)
        rate = arguments.whole(sample_rate, "sample_rate")
        order = {
            "order": self.order,
            "num_lanes": self.num_lanes,
            "windows_per_lane": self.windows_per_lane,
            "seed": self.seed,
        }
        about = {"fingerprint": self.fingerprint, **order, "causal": self.causal}
        grid = arguments.positive(video_fps, "video_fps")
        return make_summary(self._parts, self._order, about, self._fps, grid, shape, rate, processor)

    def state(self, epoch: int, step: int) -> dict[str, Any]:
        """Return the state of a loop that comes to `step` next: ``{"version", "epoch", "step", "plan"}``.

        Raises:
            InvalidArgument: There is no such epoch or step; ``num_steps(epoch)`` is the end of one.
        """
        return make_state(self.fingerprint, self._order.num_steps, epoch, step)

    def check_state(self, state: Mapping[str, Any]) -> tuple[int, int]:
        """Return (epoch, step) of a state of this plan.

        Raises:
            InvalidArgument: It is of another version or plan, or its step is out of range; the message says which.
        """
        return read_state(state, self.fingerprint, self._order.num_steps)

    def rank_lanes(self, rank: int, world_size: int) -> range:
        """Return the lanes that a rank owns in every global batch.

        Raises:
            InvalidArgument: The world size does not divide the lanes, or the rank is not below it.
        """
        if (
            isinstance(world_size, bool)
            or not isinstance(world_size, int)
            or world_size < 1
            or self.num_lanes % world_size
        ):
            legal = ", ".join(str(each) for each in range(1, self.num_lanes + 1) if self.num_lanes % each == 0)
            raise InvalidArgument(
                f"world_size {world_size!r} was given; the plan has {self.num_lanes} lanes, so it is one of {legal}"
            )
        if isinstance(rank, bool) or not isinstance(rank, int) or not 0 <= rank < world_size:
            raise InvalidArgument(f"rank {rank!r} was given; of {world_size} ranks it is 0 to {world_size - 1}")
        share = self.num_lanes // world_size
        return range(rank * share, (rank + 1) * share)

    @classmethod
    def mix(
        cls,
        plans: Iterable[WindowPlan],
        weights: Sequence[float] | None = None,
        *,
        num_lanes: int,
        windows_per_lane: int = 1,
        seed: int = 0,
        order: OrderName | None = None,
        num_buckets: int = 1,
    ) -> WindowPlan:
        """Return one plan of several: each window of each plan once an epoch.

        Windows of the second plan and later ones have ``#1`` and so on at the end of their keys.

        Args:
            plans: Plans with the same label layer; their own lanes, seeds and orders do not count, their run lengths do.
            weights: By which the weights of each plan's windows are multiplied; None for 1. They say how much a window
                counts, and never repeat or leave out any.
            num_lanes, windows_per_lane, seed, num_buckets: As in `WindowPlan`.
            order: As there; None for the order that all of them have, else ``"shuffle"``.

        Raises:
            InvalidArgument: The layers or classes differ, or an argument is not allowed.
        """
        given = list(plans)
        if not given or not all(isinstance(plan, WindowPlan) for plan in given):
            raise InvalidArgument(f"{len(given)} plans were given to mix; give one WindowPlan or more")
        factors = [1.0] * len(given) if weights is None else [arguments.weight(each, "mix weight") for each in weights]
        if len(factors) != len(given):
            raise InvalidArgument(f"{len(factors)} weights were given for {len(given)} plans; give one for each")
        parts = [
            Part(part.content, part.spec, part.factor * factor, part.run_length, part.left_out, part.about)
            for plan, factor in zip(given, factors, strict=True)
            for part in plan._parts
        ]
        layers = {(part.content.layer, part.content.classes): None for part in parts}
        if len(layers) > 1:
            names = ", ".join(sorted({f"{layer!r} of {len(classes)} classes" for layer, classes in layers}))
            raise InvalidArgument(f"plans with labels {names} were given to mix; give plans of one layer")
        orders = {plan.order for plan in given}
        mixed = cls.__new__(cls)
        rates = {plan._fps for plan in given}
        mixed._fps = rates.pop() if len(rates) == 1 else None
        chosen = order or (orders.pop() if len(orders) == 1 else "shuffle")
        mixed._assemble(Parts(parts), chosen, num_lanes, windows_per_lane, seed, num_buckets)
        return mixed

    def _epoch(self, epoch: int) -> int:
        return arguments.whole(epoch, "epoch", least=0, most=2**63)


def _default_lanes(order: OrderName, counts: Numbers) -> int:
    if order == "sequential":
        return 1
    if order == "contiguous":
        items = int((counts > 0).sum())
        return min(DEFAULT_LANES, 1 << (items.bit_length() - 1))
    return DEFAULT_LANES
