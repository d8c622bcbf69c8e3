"""A map-style dataset of the windows of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, Self, cast, overload

from .._checks import as_integer, integer
from ..errors import InvalidArgument, short_repr
from ..media import DeviceStats, OnError
from ..plan import WindowPlan
from .arguments import check_process, epoch_number, optional_callable, window_plan
from .collate import refuse_default_collate
from .describe import device_option
from .issues import ReadIssues
from .lanes import Steps, in_order, transformed
from .open_media import OpenMedia
from .ranks import is_worker
from .reading import ReadOptions, Run
from .samples import DeviceSample, DeviceTransform, Item, StepSamples, Transform, WindowSample, empty_sample
from .specs import AudioSpec, MissingAudio, SampleSpec, VideoSpec

TRANSFORM_HINT = "it returns the sample, changed or not"
FILES_HINT = "each open file may hold 64 MiB of decoded audio"


class SampleIndex(NamedTuple):
    """What a batch sampler asks a dataset for.

    Attributes:
        epoch: The epoch, for the generator of `transform`.
        number: The window's number in the plan, or -1: a slot of a lane that has run out.
        is_start: The window begins a sequence in its lane, as in `WindowSample`.
        step: The step of the epoch: an empty slot is as long as the longest window of its step.
    """

    epoch: int
    number: int
    is_start: bool
    step: int


class WindowDataset(Generic[Item]):
    """The windows of a plan by number, for any torch DataLoader, with fork or spawn.

    It pickles as the plan and its options; open files stay behind, and a forked child opens its own. `__getitems__`,
    which a DataLoader calls with a whole batch, decodes once what windows of a batch share; one window at a time decodes
    all of each. `WindowLoader` shares decoding across batches.

    Args:
        plan: Which windows.
        video: How frames are read; None for no frames.
        audio: How audio is read; None for no audio.
        transform: Gets (sample, generator) and gives what is returned. The generator is seeded from the plan's seed, the
            epoch and the window's key, so that it does not matter when, where or after which resume a window is read.
        on_error: ``"raise"``, or ``"mask"``: a window that cannot be read is black, silent, without label, and keeps its
            shape.
        missing_audio: For a file without audio, as in `WindowLoader`: ``"silence"``, ``"omit"`` or ``"raise"``.
        timeout: Seconds that a read may take, above 0; None for no limit.
        max_open_files: Files that stay open, in each process.
        device: Where frames are decoded, as in `WindowLoader`; None for the CPU. A worker of a DataLoader refuses to read then:
            what is on a device does not travel to another process. Take ``num_workers=0``, or a `WindowLoader`, whose threads
            decode.

    Attributes:
        plan: The plan.
        issues: What went wrong in this process. Those of a DataLoader's workers stay with them; `WindowSample.valid` says
            it of each window.

    Raises:
        InvalidArgument: An argument is not allowed.

    Example:
        >>> from fractions import Fraction
        >>> from emos_io import WindowPlan
        >>> from emos_io.corpus import Monologue
        >>> item = Monologue(key="streaming/a", name="a", title="A", language="en", duration=Fraction(10))
        >>> dataset = WindowDataset(WindowPlan([item], 4, 2, order="sequential"), on_error="mask")
        >>> len(dataset), dataset[0].valid  # the item has no media
        (4, False)
    """

    @overload
    def __init__(
        self: WindowDataset[WindowSample],
        plan: WindowPlan,
        *,
        video: VideoSpec | None = ...,
        audio: AudioSpec | None = ...,
        transform: None = None,
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int = 8,
        device: None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        plan: WindowPlan,
        *,
        video: VideoSpec | None = ...,
        audio: AudioSpec | None = ...,
        transform: Transform[Item],
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int = 8,
        device: None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: WindowDataset[DeviceSample],
        plan: WindowPlan,
        *,
        video: VideoSpec | None = ...,
        audio: AudioSpec | None = ...,
        transform: None = None,
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int = 8,
        device: str,
    ) -> None: ...
    @overload
    def __init__(
        self,
        plan: WindowPlan,
        *,
        video: VideoSpec | None = ...,
        audio: AudioSpec | None = ...,
        transform: DeviceTransform[Item],
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int = 8,
        device: str,
    ) -> None: ...
    def __init__(
        self,
        plan: WindowPlan,
        *,
        video: VideoSpec | None = VideoSpec(),  # noqa: B008 - frozen
        audio: AudioSpec | None = AudioSpec(),  # noqa: B008 - frozen
        transform: Transform[Item] | DeviceTransform[Item] | None = None,
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int = 8,
        device: str | None = None,
    ) -> None:
        window_plan(plan)
        optional_callable(transform, "transform", "(sample, generator)", TRANSFORM_HINT)
        self.plan = plan
        self._transform = cast("Transform[Item] | None", transform)
        self._max_open_files = integer(max_open_files, "max_open_files", FILES_HINT)
        self._options = ReadOptions(SampleSpec(video, audio), on_error, missing_audio, timeout, device)
        self._epoch = 0
        self._reset()

    def _reset(self) -> None:
        self.files = OpenMedia(self._options.spec, self._options.on_error, self._max_open_files, self._options.device)
        self.issues = ReadIssues()
        self._steps = Steps(self.plan, self._options.spec)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name not in ("files", "issues", "_steps")}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._reset()

    def __repr__(self) -> str:
        return (
            f"WindowDataset({len(self)} windows, video={self._options.spec.video}, audio={self._options.spec.audio}, "
            f"on_error={self._options.on_error!r}{device_option(self._options.device)})"
        )

    def __len__(self) -> int:
        """The number of windows of the plan."""
        return len(self.plan)

    @property
    def has_transform(self) -> bool:
        """Whether a transform was given, of which random numbers depend on the epoch."""
        return self._transform is not None

    def stats(self) -> DeviceStats:
        """Return the sum of `Media.stats` over all files of this process, as `WindowLoader.stats` does."""
        return self.files.stats()

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch to which numbers belong; a `SampleIndex` names its own. Workers that already run keep theirs.

        Raises:
            InvalidArgument: `epoch` is not an integer from 0 to 2147483647.
        """
        self._epoch = epoch_number(epoch)

    def __getitem__(self, index: int | SampleIndex) -> Item:
        """Return a `WindowSample`, or what `transform` makes of it.

        Raises:
            IndexError: There is no window of that number, which ends a plain loop.
            InvalidArgument: `index` is neither an integer nor a `SampleIndex`.
            EmosError: The window cannot be read and `on_error` is ``"raise"``.
        """
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int | SampleIndex]) -> list[Item]:
        """Return several, in the order of `indices`; windows of one item share decoding."""
        refuse_default_collate()
        if self._options.device is not None:
            if is_worker():
                raise InvalidArgument(
                    f"num_workers must be 0 for a dataset with device={self._options.device!r}, got a worker of a DataLoader; "
                    "take 0, or a WindowLoader, whose threads decode"
                )
            check_process(self._options.device)
        wanted = [self._sample_index(index) for index in indices]
        samples: dict[int, Item] = {}
        real = [position for position, index in enumerate(wanted) if index.number >= 0]
        for group in in_order(self.plan, [wanted[position].number for position in real]):
            windows = [(real[n], self.plan.window(wanted[real[n]].number)) for n in group]
            run = Run(self.files, self._options, windows[0][1].path, [window.span for _, window in windows])
            try:
                for position, window in windows:
                    index = wanted[position]
                    sample = run.read(window, is_start=index.is_start, issues=self.issues)
                    samples[position] = transformed(self._transform, self.plan, index.epoch, sample)
            finally:
                run.close()
        for position, index in enumerate(wanted):
            if index.number < 0:
                size = self._steps.padded_size(index.epoch, index.step)
                empty = empty_sample(self._options.spec, size, self.plan.classes, self._options.device)
                samples[position] = transformed(self._transform, self.plan, index.epoch, empty)
        return [samples[position] for position in range(len(wanted))]

    def _sample_index(self, index: int | SampleIndex) -> SampleIndex:
        if isinstance(index, SampleIndex):
            return index
        number = as_integer(index)
        if number is None:
            raise InvalidArgument(
                f"index must be an integer or a SampleIndex, got {short_repr(index)}; pass one window's number"
            )
        if not -len(self) <= number < len(self):
            raise IndexError(
                f"index must be from {-len(self)} to {len(self) - 1}, got {number}; the plan has {len(self)} windows"
            )
        return SampleIndex(self._epoch, number % len(self), is_start=True, step=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files; the next read opens what it needs."""
        self.files.close()


class StepDataset(WindowDataset[Item]):
    """The dataset of a loader: a batch of one step knows its step and its padded size, as the loader's own batches do."""

    def __getitems__(self, indices: Sequence[int | SampleIndex]) -> list[Item]:
        """Return several, as `StepSamples` where all are of one step."""
        items = super().__getitems__(indices)
        steps = {(index.epoch, index.step) if isinstance(index, SampleIndex) else None for index in indices}
        of = steps.pop() if len(steps) == 1 else None
        if of is None:
            return items
        return StepSamples(items, epoch=of[0], step=of[1], padded_size=self._steps.padded_size(*of))
