"""The plan: every window of every epoch, in its order, with its label, from arithmetic alone."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from .._arrays import Int64Array
from .._checks import as_integer, choice, integer
from ..corpus import CONFIDENCE_TIERS, Layer
from ..errors import InvalidArgument, short_repr
from ..spans import Seconds, positive
from . import arguments
from .content import Content
from .label_rule import LabelRule, read_labels
from .lengths import Durations, PlanOnError, SkippedItem, skipped_text
from .order import ORDERS, Order, OrderName, read_lanes
from .parts import Part, Parts
from .records import PlanBatch, PlannedWindow, WindowLocation
from .sharing import default_run_length
from .sources import PlanSource, SplitKeys, read_source
from .spec import ClassWeights, read_class_weights, specification
from .state import PlanState, make_state, read_state
from .summary import PlanSummary, make_summary
from .tokens import Processor
from .windowing import By, Windowing, read_windowing
from .windows import make_windows

PLAN_VERSION = 1
"""Counts up when the same arguments begin to mean other windows, labels or orders."""


class WindowPlan:
    """The ordered windows of every epoch.

    A plan does not depend on rank, world size, threads or what was read before. Lanes are parallel sequences of windows. A
    global batch is the next `windows_per_lane` windows of every lane, and rank r of W owns lanes
    ``[r * L / W, (r + 1) * L / W)`` of each. Every window comes once an epoch. Where a lane has no window left, its slots are
    masked; the summary counts them.

    Args:
        source: A `Corpus`, a `Media`, an item, or a sequence of them. A hop takes monologues and media, ``by="clip"`` static
            clips and media, the rest of `by` monologues. The summary counts the items left out.
        windowing: How items are cut: a `Windowing`, or as a short form the seconds of a window.
        hop: Short form: seconds from one start to the next; None for the length.
        length, by: Short forms: as in `Windowing`, in which context, lookahead, max_length and causal are set.
        labels: The label layer (its name, the file of its taxonomy, or the taxonomy), a `LabelRule`, or None for none.
        split: Keys to keep, such as ``split.train``, or ``("train", split)``; None for all.
        order: ``"shuffle"`` permutes runs of neighbours, ``"iid"`` all windows. ``"contiguous"`` gives each item to one lane,
            and lanes go through their items forward. ``"sequential"`` keeps the order of items and time.
        num_lanes: The number of lanes, L. None for 8; for 1 if sequential; for at most one lane an item if contiguous.
        batch_size: Windows in a global batch, ``num_lanes * windows_per_lane``. Alone it means so many lanes of one window;
            beside one of the two it sets the other.
        windows_per_lane: Windows of each lane in a batch; None for 1.
        seed: 0 to 2**64 - 1.
        run_length: The least number of neighbours that ``"shuffle"`` keeps together. None for the least that decodes less than
            1.25 times the unique seconds.
        num_buckets: Windows are sorted into this many ranges of duration, and each batch of ``"shuffle"`` and ``"iid"`` takes
            windows of one range, which reduces padding; the summary says how much is left. 1 mixes all durations.
        class_weights: A weight for each class, 1 where left out. ``"balanced"`` for one over the class's share of the plan's
            labels. Soft labels weigh the mean of theirs.
        confidence_tier_weights: A weight for ``"high"``, ``"medium"`` and ``"low"`` static clips.
        durations: Seconds by key, or a function from a path to seconds; they replace published ones. What nobody gives is
            measured from the files at hand, and kept in memory and in ``.emos-media`` beside them.
        on_error: What files do that cannot be read. ``"skip"`` opens every file before the plan is made, and leaves those out;
            ``"raise"`` opens every file, and raises. None opens only files whose length nobody gives, leaves out those that
            cannot be read and items without a file, and warns. What is left out is in `skipped` and in the fingerprint. A file
            that can be opened may be damaged further on: that is for the loader's `on_error`.
        progress: Called after each file that is measured, with how many are known and how many there are; None draws a bar
            after 2 s where stderr is a terminal.

    Attributes:
        fingerprint: 16 hex digits of the sha256 of everything that decides windows, order and labels.
        windowing, label_rule: The records given, or those that the short forms stand for; of a mix those of its first plan.
        num_lanes, windows_per_lane, batch_size: ``batch_size == num_lanes * windows_per_lane``.
        order, seed, num_buckets: The arguments of these names.
        causal: Nothing in any window depends on what comes after its span's end.
        classes: Class names of the layer.
        skipped: Items that are left out because their files cannot be read, or nobody knows how long they are: key, path,
            reason.

    Raises:
        InvalidArgument: An argument is not allowed, the layer, a key or all lengths are missing, or the hop is longer than an
            item.
        SourceUnreadable: A file cannot be read and `on_error` is ``"raise"``, or no other item is left.

    Cost: arithmetic, once lengths are known; files are opened as `on_error` says, several at a time. Windows by hop are
    counted, not listed; listed ones (`by`) are one object each. An epoch's order is one sort of runs, and 8 bytes a window
    while it is in use.

    Example:
        >>> from fractions import Fraction
        >>> from emos_io.corpus import Monologue
        >>> item = Monologue(key="streaming/a", name="a", title="A", language="en", duration=Fraction(10))
        >>> plan = WindowPlan([item], 4, 2, order="sequential")
        >>> [window.key for window in plan.windows()]
        ['streaming/a@0-4', 'streaming/a@2-6', 'streaming/a@4-8', 'streaming/a@6-10']

        The records say more, and one record serves several plans:

        >>> windowing, labels = Windowing(4, 2, context=1), LabelRule("basic7", collar=0.5)
        >>> plan = WindowPlan([item], windowing, labels=labels, batch_size=2)
        >>> plan.num_lanes, plan.window(1).span, plan.window(1).label_span
        (2, Span(1, 6), Span(2, 6))
    """

    fingerprint: str
    windowing: Windowing
    label_rule: LabelRule
    num_lanes: int
    windows_per_lane: int
    batch_size: int
    order: OrderName
    seed: int
    num_buckets: int
    causal: bool
    classes: tuple[str, ...]
    skipped: tuple[SkippedItem, ...]

    def __init__(
        self,
        source: PlanSource,
        windowing: Windowing | Seconds | None = None,
        hop: Seconds | None = None,
        labels: Layer | LabelRule | None = "basic7",
        *,
        length: Seconds | None = None,
        by: By | None = None,
        split: SplitKeys | None = None,
        order: OrderName = "shuffle",
        num_lanes: int | None = None,
        batch_size: int | None = None,
        windows_per_lane: int | None = None,
        seed: int = 0,
        run_length: int | None = None,
        num_buckets: int = 1,
        class_weights: ClassWeights | None = None,
        confidence_tier_weights: Mapping[str, float] | None = None,
        durations: Durations | None = None,
        on_error: PlanOnError | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        cut, rule = read_windowing(windowing, hop, length, by), read_labels(labels)
        if cut.by == "change" and rule.layer is None:
            raise InvalidArgument(
                'labels must name a layer with by="change", got None; give the layer whose changes count'
            )
        found = read_source(source, cut.by, rule.layer, split, durations, on_error, progress, own=rule.taxonomy)
        if found.skipped and on_error is None:
            warnings.warn(
                f"the plan leaves out {skipped_text(found.skipped)}; plan.skipped lists all, and on_error says what "
                "files do that cannot be read",
                stacklevel=2,
            )
        windows = make_windows(found.items, cut)
        content = Content(found.items, windows, classes=found.classes, windowing=cut, rule=rule)
        content.tier_weights = arguments.read_weights(
            confidence_tier_weights, CONFIDENCE_TIERS, "confidence_tier_weights"
        )
        content.class_weights = read_class_weights(class_weights, content)
        if run_length is None:
            run = default_run_length(content)
        else:
            run = integer(run_length, "run_length", hint="leave it out for the least that shares decoding")
        spec = specification(content, class_weights, found.skipped, found.own)
        hidden = ("content", "class_weights", "confidence_tier_weights", "skipped", "taxonomy")
        about = {key: value for key, value in spec.items() if key not in hidden}
        about["max_length"] = None if cut.max_length is None else str(cut.max_length)
        parts = Parts([Part(content, spec, 1.0, run, found.left_out, found.skipped, about)])
        self._assemble(parts, order, num_lanes, batch_size, windows_per_lane, seed, num_buckets)

    def _assemble(
        self,
        parts: Parts,
        order: OrderName,
        num_lanes: int | None,
        batch_size: int | None,
        windows_per_lane: int | None,
        seed: int,
        num_buckets: int,
    ) -> None:
        self._parts, self.skipped = parts, parts.skipped()
        first = parts.parts[0].content
        self.windowing, self.label_rule, self.classes = first.windowing, first.rule, first.classes
        self.order = choice(order, ORDERS, "order")
        counts = parts.counts()
        self.num_lanes, self.windows_per_lane = read_lanes(num_lanes, batch_size, windows_per_lane, self.order, counts)
        self.batch_size = self.num_lanes * self.windows_per_lane
        self.seed = integer(seed, "seed", least=0, most=2**64 - 1, hint="leave it out for 0")
        self.num_buckets = integer(num_buckets, "num_buckets", hint="1 mixes all lengths")
        if self.num_buckets > 1 and order not in ("shuffle", "iid"):
            raise InvalidArgument(
                f'num_buckets must be 1 with order "{order}", got {num_buckets}; take "shuffle" or "iid" for buckets'
            )
        self.causal = all(part.content.windowing.causal for part in parts)
        self._order = Order(
            self.order,
            counts,
            parts.run_lengths(),
            num_lanes=self.num_lanes,
            windows_per_lane=self.windows_per_lane,
            seed=self.seed,
            num_buckets=self.num_buckets,
            seconds=parts.seconds() if self.num_buckets > 1 else None,
        )
        payload: dict[str, object] = {
            "version": PLAN_VERSION,
            "parts": [{**part.spec, "factor": part.factor} for part in parts],
            "order": order,
            "num_lanes": self.num_lanes,
            "windows_per_lane": self.windows_per_lane,
        }
        # What an order does not use does not decide it.
        if order != "sequential":
            payload["seed"] = self.seed
        if self.num_buckets > 1:
            payload["num_buckets"] = self.num_buckets
        if order == "shuffle":
            payload["run_lengths"] = [part.run_length for part in parts]
        text = json.dumps(payload, sort_keys=True, ensure_ascii=False)
        self.fingerprint = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]

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

        Cost: a slice; the first batch of an epoch makes its order.
        """
        return self._order.batch(
            self._epoch(epoch), integer(step, "step", least=0, hint="num_steps gives their number")
        )

    def table(self, epoch: int) -> Int64Array:
        """Return all lanes of an epoch: int64 ``[num_lanes, num_steps * windows_per_lane]``, -1 where a lane has no window."""
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
        return integer(
            number, "window", least=0, most=len(self) - 1, hint="the plan has no other windows", is_index=True
        )

    def windows(self) -> Iterator[PlannedWindow]:
        """Yield all windows in order of their numbers: item by item, and by time within an item."""
        for number in range(len(self)):
            yield self._parts.window(number)

    def window_by_key(self, key: str) -> PlannedWindow:
        """Return the window of a key.

        Raises:
            NoSuchItem: The plan has no such window.
            InvalidArgument: The key is no text.
        """
        return self._parts.window(self._parts.find(key))

    def summary(
        self,
        *,
        fps: Seconds | None = None,
        video_fps: Seconds = 4,
        size: tuple[int, int] = (224, 224),
        sample_rate: int = 16_000,
        processor: Processor | None = None,
    ) -> PlanSummary:
        """Return what an epoch costs and holds.

        Args:
            fps: Frames a second of the media, to count decoded frames; None counts seconds.
            video_fps: Frames a second in a batch.
            size: (height, width) of frames in a batch, in pixels.
            sample_rate: Samples a second in a batch, mono, float32.
            processor: A processor of transformers that counts tokens from sizes, or a function from (frames, height, width,
                samples) to tokens.

        Raises:
            InvalidArgument: An argument is not allowed, or the processor cannot count.

        Cost: all labels and the order of epoch 0 are made, in arrays.
        """
        return make_summary(
            self._parts,
            self._order,
            fingerprint=self.fingerprint,
            fps=None if fps is None else positive(fps, "fps", arguments.NUMBER_HINT),
            video_fps=positive(video_fps, "video_fps", arguments.NUMBER_HINT),
            size=arguments.frame_size(size),
            sample_rate=integer(sample_rate, "sample_rate", hint="give samples a second, such as 16000"),
            processor=processor,
        )

    def state(self, epoch: int, step: int, media: str | None = None) -> PlanState:
        """Return the state of a loop whose next step is `step`: ``{"version", "epoch", "step", "plan", "media"}``.

        Args:
            epoch: The epoch's number.
            step: The next step; ``num_steps(epoch)`` is the end, which is step 0 of the next epoch.
            media: The digest of the media, as the ``state_dict`` of a loader has it. None leaves the media unchecked where
                the state is loaded.

        Raises:
            InvalidArgument: There is no such epoch or step, or `media` is no text.
        """
        return make_state(self.fingerprint, self._order.num_steps, epoch, step, media)

    def check_state(self, state: Mapping[str, object]) -> tuple[int, int]:
        """Return (epoch, step) of a state of this plan; its media are not looked at.

        Raises:
            InvalidArgument: The state has another version or plan, or its step is out of range; the message says which.
        """
        return read_state(state, self.fingerprint, self._order.num_steps)

    def media_paths(self) -> tuple[tuple[str, str | None], ...]:
        """Return (key, path) of each item that has windows, in the order of the plan; None where no media are at hand."""
        return self._parts.media_paths()

    def rank_lanes(self, rank: int, world_size: int) -> range:
        """Return the lanes that a rank owns in every global batch.

        Raises:
            InvalidArgument: One is no integer, the world size does not divide the lanes, or the rank is not below it.
        """
        size = as_integer(world_size)
        if size is None or size < 1 or self.num_lanes % size:
            divisors = [str(each) for each in range(1, self.num_lanes + 1) if self.num_lanes % each == 0]
            choices = " or ".join([", ".join(divisors[:-1]), divisors[-1]] if len(divisors) > 1 else divisors)
            if size is None:
                raise InvalidArgument(
                    f"world_size must be an integer from 1, got {short_repr(world_size)}; choose {choices}"
                )
            raise InvalidArgument(
                f"world_size must divide the plan's {self.num_lanes} lanes, got {size}; choose {choices}"
            )
        rank = integer(rank, "rank", least=0, most=size - 1, hint=f"world_size is {size}, and ranks count from 0")
        share = self.num_lanes // size
        return range(rank * share, (rank + 1) * share)

    @classmethod
    def mix(
        cls,
        plans: Iterable[WindowPlan],
        weights: Sequence[float] | None = None,
        *,
        num_lanes: int | None = None,
        batch_size: int | None = None,
        windows_per_lane: int | None = None,
        seed: int = 0,
        order: OrderName | None = None,
        num_buckets: int = 1,
    ) -> WindowPlan:
        """Return one plan of several: each window of each plan comes once an epoch.

        Keys of windows of the second plan end in ``#1``, those of the third in ``#2``, and so on.

        Args:
            plans: Plans with the same label layer. Their run lengths are kept; their lanes, seeds and orders are not.
            weights: Factors for the weights of each plan's windows; None for 1. They say how much a window counts, and never
                repeat a window or leave one out.
            num_lanes, batch_size, windows_per_lane, seed, num_buckets: The arguments of `WindowPlan` with these names.
            order: The order; None for the one that all of the plans have, else ``"shuffle"``.

        Raises:
            InvalidArgument: The layers or classes differ, or an argument is not allowed.
        """
        if not isinstance(plans, Iterable):
            raise InvalidArgument(
                f"plans must be a sequence of WindowPlans, got {short_repr(plans)}; give a list of plans"
            )
        given = list(plans)
        if not given or not all(isinstance(plan, WindowPlan) for plan in given):
            raise InvalidArgument(
                f"plans must be one WindowPlan or more, got {len(given)} objects; give a list of plans"
            )
        factors = [1.0] * len(given)
        if weights is not None:
            if not isinstance(weights, Iterable) or isinstance(weights, str | bytes | Mapping):
                raise InvalidArgument(
                    f"weights must be a sequence of numbers, got {short_repr(weights)}; give one for each plan, or leave it out"
                )
            factors = [arguments.weight(each, f"weights[{index}]") for index, each in enumerate(weights)]
        if len(factors) != len(given):
            raise InvalidArgument(
                f"weights must be one for each of {len(given)} plans, got {len(factors)}; 1 changes nothing"
            )
        parts = [
            replace(part, factor=part.factor * factor)
            for plan, factor in zip(given, factors, strict=True)
            for part in plan._parts
        ]
        layers = {(part.content.rule.layer, part.content.classes) for part in parts}
        if len(layers) > 1:
            names = ", ".join(sorted(f"{layer!r} of {len(classes)} classes" for layer, classes in layers))
            raise InvalidArgument(f"plans must have one label layer, got {names}; give each plan the same labels")
        if len({part.spec["taxonomy"] for part in parts if "taxonomy" in part.spec}) > 1:
            layer = parts[0].content.rule.layer
            raise InvalidArgument(f"plans must have one taxonomy of {layer!r}, got several; read all with one file")
        orders = {plan.order for plan in given}
        chosen = order or (orders.pop() if len(orders) == 1 else "shuffle")
        mixed = cls.__new__(cls)
        mixed._assemble(Parts(parts), chosen, num_lanes, batch_size, windows_per_lane, seed, num_buckets)
        return mixed

    def _epoch(self, epoch: int) -> int:
        return integer(epoch, "epoch", least=0, most=2**63, hint="the first epoch is 0")
