"""The loader: batches of a plan, decoded early by threads, resumed at any step on any number of ranks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, Never, Self, TypedDict, Unpack, cast, overload

from .._checks import integer
from ..errors import InvalidArgument, short_repr
from ..media import DeviceStats, OnError
from ..plan import WindowPlan
from .arguments import optional_callable, window_plan
from .batch import WindowBatch
from .collate import Collate, optional_collate, takes_device
from .dataset import FILES_HINT, TRANSFORM_HINT, StepDataset, WindowDataset
from .device_counts import DeviceCounts
from .device_frames import FrameArray
from .epoch import Batch, Epoch, EpochOptions
from .issues import ReadIssues
from .lane_batches import LaneBatches
from .position import EpochHook, LoaderState, Position
from .progress import Progress
from .ranks import RankLanes
from .reading import ReadOptions
from .samples import DeviceSample, DeviceTransform, Item, StepSamples, Transform, WindowSample
from .specs import AudioSpec, MissingAudio, SampleSpec, VideoSpec

if TYPE_CHECKING:
    import torch
    from torch.distributed import ProcessGroup
    from torch.distributed.device_mesh import DeviceMesh


class _Options(TypedDict, total=False):
    """Options of a loader that do not decide the type of its batches."""

    video: VideoSpec | None
    audio: AudioSpec | None
    rank: int | None
    world_size: int | None
    mesh: DeviceMesh | None
    process_group: ProcessGroup | None
    num_threads: int | None
    prefetch: int
    on_error: OnError
    missing_audio: MissingAudio
    timeout: float | None
    max_open_files: int | None
    progress: bool | Callable[[Progress], None]
    check_media: bool


class WindowLoader(Generic[Batch]):
    """This rank's share of each step of a plan, as batches.

    It is not a torch DataLoader, and needs no torch with ``collate=Collate(tensors="numpy")``. Rank r of W owns lanes
    ``[r * L / W, (r + 1) * L / W)`` of each global batch; the batches of all ranks, one after another, are the same for
    every W, number of threads and step at which it was resumed. Decoding runs in threads of this process, without the
    GIL. Each stream also has one decoding thread of the core, so that it is a few GOPs early.

    An epoch ends with the last of its ``len(loader)`` batches, also for whoever does not ask for one more: the next iteration
    is the next epoch. One that was left in the middle begins again. `set_epoch` sets the next one, as torch's
    DistributedSampler does; called with the epoch that `load_state_dict` gave, it keeps the step. Only the last iterator
    counts: one that a newer one, `set_epoch`, `load_state_dict` or `close` ended raises an `InvalidArgument`.

    A state knows the media of its plan, by a digest of each file (its size, the pts, size and flags of its packets, its first
    and last 64 KiB), never by path or time: a file that was moved or copied is the same.

    Args:
        plan: Which windows, in which order.
        video: How frames are read; None for no frames.
        audio: How audio is read; None for no audio.
        rank: This process among all that read other windows, from 0; None for that of torch.distributed, or 0 without it.
        world_size: How many processes there are; None for that of torch.distributed, or 1 without it.
        mesh: The data-parallel dimensions of a torch ``DeviceMesh``, such as ``mesh["dp"]``; they say which rank this is.
        process_group: A torch ``ProcessGroup`` that says so; see `data_parallel_rank`.
        num_threads: Threads that decode and collate, at least 1; None for one per lane, at most one per core.
        prefetch: How many steps are prepared early, at least 1. More need more memory.
        collate: Gets the `StepSamples` of a step (after `transform`) and gives the batch; None for `Collate()`. It and
            `transform` run in several threads at once.
        transform: Gets (sample, generator) and gives a sample; slots without a valid window too. See `WindowDataset`.
        on_error: ``"raise"``, or ``"mask"``: what cannot be read is black, silent, without label, keeps its shape, and is
            listed in `issues`.
        missing_audio: For a file without audio: ``"silence"``, ``"omit"`` or ``"raise"``.
        timeout: Seconds that opening a file or reading a window may take, above 0; then the window is an error or
            masked. What hangs is left in a daemon thread, since nothing can end it. None for no limit.
        max_open_files: Files that stay open; None for one per lane, at least 8. With fewer files than lanes, some frames
            are decoded more than once.
        progress: True for a bar on stderr where that is a terminal, or a function that gets `Progress`.
        check_media: Whether `load_state_dict` compares the media with those of the state. False is for media that were
            re-muxed; new states know the new files.
        device: Where frames are decoded: None for the CPU, ``"cuda"`` or ``"cuda:1"`` for a GPU, ``"dali-cpu"`` to test the
            same path on the CPU. Each rank takes its own, ``device=f"cuda:{local_rank}"``. Windows, order, labels, audio and
            states are those of the CPU; pixels differ where `size` scales them, or the decoders do (docs/gpu.md). What the
            device cannot decode is decoded on the CPU and counted by `stats`. `transform` gets frames on the device.

    Attributes:
        plan: The plan.
        batch_size: Rows of each batch of this rank.
        num_workers: 0: threads read, and no processes. Trainers look for it, and for `prefetch_factor`.
        prefetch_factor: None, as that of a DataLoader without workers.

    Raises:
        InvalidArgument: `world_size` does not divide the plan's lanes (the error names those that do), the numbers are others
            than those of torch.distributed, it was built before the process group, or another argument is not allowed.
        ImportError: `collate` is None and torch is not installed, or what `device` needs is not.

    Cost: memory of `prefetch` batches, and for each open file up to 64 MiB of audio and 64 frames (32 MiB at most). With a
    `Collate` (or None) and no `transform`, windows are decoded straight into the rows of their batch. With a transform, or
    another `collate`, each sample has memory of its own, which is copied into the batch. So it is with a `device`.

    Example:
        >>> from fractions import Fraction
        >>> from emos_io import Collate, VideoSpec, WindowPlan
        >>> from emos_io.corpus import Monologue
        >>> item = Monologue(key="streaming/a", name="a", title="A", language="en", duration=Fraction(10))
        >>> plan = WindowPlan([item], 4, 2, order="sequential", windows_per_lane=4)
        >>> collate = Collate(tensors="numpy")
        >>> with WindowLoader(plan, video=VideoSpec(fps=2, size=(8, 8)), collate=collate, on_error="mask") as loader:
        ...     for batch in loader:  # the item has no media: nothing is valid, shapes are kept
        ...         print(batch.frames.shape, batch.waveform.shape, batch.valid)
        (4, 8, 8, 8, 3) (4, 1, 64000) [False False False False]
        >>> loader.issues.num_masked
        4
    """

    num_workers: Literal[0] = 0
    prefetch_factor: None = None

    @overload
    def __init__(
        self: WindowLoader[WindowBatch[torch.Tensor]],
        plan: WindowPlan,
        *,
        collate: None = None,
        transform: Transform[WindowSample] | None = None,
        device: None = None,
        **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self,
        plan: WindowPlan,
        *,
        collate: Callable[[StepSamples[WindowSample]], Batch],
        transform: Transform[WindowSample] | None = None,
        device: None = None,
        **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self,
        plan: WindowPlan,
        *,
        collate: Callable[[StepSamples[Item]], Batch],
        transform: Transform[Item],
        device: None = None,
        **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: WindowLoader[WindowBatch[torch.Tensor]],
        plan: WindowPlan,
        *,
        collate: None = None,
        transform: DeviceTransform[WindowSample[FrameArray]] | None = None,
        device: str,
        **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self,
        plan: WindowPlan,
        *,
        collate: Callable[[StepSamples[DeviceSample]], Batch],
        transform: DeviceTransform[DeviceSample] | None = None,
        device: str,
        **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self,
        plan: WindowPlan,
        *,
        collate: Callable[[StepSamples[Item]], Batch],
        transform: DeviceTransform[Item],
        device: str,
        **options: Unpack[_Options],
    ) -> None: ...
    def __init__(
        self,
        plan: WindowPlan,
        *,
        video: VideoSpec | None = VideoSpec(),  # noqa: B008 - frozen
        audio: AudioSpec | None = AudioSpec(),  # noqa: B008 - frozen
        rank: int | None = None,
        world_size: int | None = None,
        mesh: DeviceMesh | None = None,
        process_group: ProcessGroup | None = None,
        num_threads: int | None = None,
        prefetch: int = 2,
        collate: Callable[[StepSamples[Item]], Batch] | None = None,
        transform: Transform[Item] | DeviceTransform[Item] | None = None,
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int | None = None,
        progress: bool | Callable[[Progress], None] = False,
        check_media: bool = True,
        device: str | None = None,
    ) -> None:
        window_plan(plan)
        self._ranks = RankLanes(plan, rank, world_size, mesh, process_group)
        lanes = self._ranks.lanes
        threads = min(len(lanes), len(os.sched_getaffinity(0))) if num_threads is None else num_threads
        files = max(8, len(lanes)) if max_open_files is None else max_open_files
        optional_callable(transform, "transform", "(sample, generator)", TRANSFORM_HINT)
        optional_collate(collate)
        if not (isinstance(progress, bool) or callable(progress)):
            raise InvalidArgument(
                f"progress must be True, False or a function of Progress, got {short_repr(progress)}; "
                "True shows a bar on stderr"
            )
        read = ReadOptions(SampleSpec(video, audio), on_error, missing_audio, timeout, device)
        takes_device(collate, read.device)
        self.plan = plan
        self.batch_size = len(lanes) * plan.windows_per_lane
        # Any stands for what `transform` gives and `collate` takes; the overloads see to it that it is one type.
        self._options: EpochOptions[Any, Batch] = EpochOptions(
            plan,
            lanes,
            read,
            cast("Transform[Any] | None", transform),
            cast("Callable[[StepSamples[Any]], Batch]", Collate()) if collate is None else collate,
            num_threads=integer(threads, "num_threads", "leave it out for one thread per lane"),
            prefetch=integer(prefetch, "prefetch", "2 prepares the next step while this one is used"),
            max_open_files=integer(files, "max_open_files", FILES_HINT),
            progress=progress,
        )
        self._dataset: WindowDataset[object] | None = None
        self._position = Position(plan, check_media=check_media)
        self._iterator: Epoch[Any, Batch] | None = None

    def __repr__(self) -> str:
        lanes = self._options.lanes
        return (
            f"WindowLoader(epoch {self._position.epoch}, step {self._position.step} of {len(self)}, "
            f"batch_size={self.batch_size}, lanes [{lanes.start}, {lanes.stop}) of {self.plan.num_lanes}, {self.plan!r})"
        )

    def __reduce__(self) -> Never:
        raise TypeError(
            "a WindowLoader cannot be pickled; pickle its plan and its state_dict(), and make the loader in the other process"
        )

    def __len__(self) -> int:
        """The number of steps of the epoch, also after a resume."""
        return self.plan.num_steps(self._position.epoch)

    @property
    def dataset(self) -> WindowDataset[object]:
        """The same windows by number, with the same options; its items are what `transform` makes."""
        if self._dataset is None:
            read = self._options.read
            self._dataset = StepDataset(
                self.plan,
                video=read.spec.video,
                audio=read.spec.audio,
                transform=cast("DeviceTransform[object]", self._options.transform),
                on_error=read.on_error,
                missing_audio=read.missing_audio,
                timeout=read.timeout,
                device=cast("str", read.device),
            )
        return self._dataset

    @property
    def counters(self) -> dict[str, int]:
        """The sum of `Media.counters` over the files of the last iteration."""
        return {} if self._iterator is None else self._iterator.counters

    def stats(self) -> DeviceStats:
        """Return how many GOPs of the last iteration were decoded on the device and how many on the CPU, and why.

        ``{"device": "cuda:0", "gops": {"device": 120, "cpu": 8}, "fallback": {reason: number of files}}``: the sum of
        `Media.stats` over the files, closed ones too. Without a device all is 0.
        """
        if self._iterator is None:
            return DeviceCounts(self._options.read.device).stats()
        return self._iterator.stats()

    @property
    def issues(self) -> ReadIssues:
        """What went wrong in the last iteration."""
        return ReadIssues() if self._iterator is None else self._iterator.issues

    @property
    def collate_fn(self) -> Callable[[StepSamples[Any]], Batch]:
        """What makes a batch of the samples of a step: `collate`."""
        return self._options.collate

    @property
    def batch_sampler(self) -> LaneBatches:
        """The indices of this rank's share of each step, where the loader stands; iterating over them moves the loader.

        With `dataset` and `collate_fn` they are what accelerate's ``skip_first_batches(loader, n)`` makes a DataLoader of. It
        gives the same batches from the nth on, and reads nothing of those before. It shares no decoding across batches, and
        lists issues in ``dataset.issues``; ``load_state_dict(plan.state(epoch, n))`` keeps all that the loader does. After a
        state was loaded it raises, since the state goes on by itself.
        """
        return LaneBatches.at(self.plan, self._ranks, self._position)

    @property
    def sampler(self) -> EpochHook:
        """What trainers such as Lightning look for: its ``set_epoch`` sets the epoch.

        They may call it after they made the iterator, which then follows where it gave nothing yet.
        """
        return EpochHook(self._position)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration; a step that was loaded is kept if it is of this epoch.

        Raises:
            InvalidArgument: `epoch` is not an integer from 0 to 2147483647.
        """
        self._position.set_epoch(epoch)
        self._stop()

    def __iter__(self) -> Iterator[Batch]:
        """Begin the epoch, at the step that was loaded, if any.

        Raises:
            InvalidArgument: A process group of several ranks came after the loader was made without rank.
        """
        self._ranks.check()
        self._stop()
        self._iterator = Epoch(self._options, self._position)
        return self._iterator

    def state_dict(self) -> LoaderState:
        """Return ``{"version", "epoch", "step", "plan", "media"}``; see `LoaderState`.

        Cost: the first one opens each file of the plan once, several in parallel, for its digest. Digests are kept in a
        sidecar, ``.emos-media`` in the folder that holds all the media, or in ``~/.cache/emos-io`` where that cannot be
        written.
        """
        return self._position.state()

    def load_state_dict(self, state: Mapping[str, object], *, check_media: bool | None = None) -> None:
        """Let the next iteration begin right after the last batch of this state.

        Args:
            state: What `state_dict` returned.
            check_media: Whether to compare the media with those of the state; None for the loader's `check_media`.

        Raises:
            InvalidArgument: The state is of another plan or version, or is not a state.
            SourceChanged: The media are others than those of the state; `path` and `key` name the first where the sidecar
                knows it.

        Cost: that of the first `state_dict`; files that the sidecar knows are only looked at.
        """
        self._position.load(state, check_media)
        self._stop()

    def _stop(self) -> None:
        if self._iterator is not None:
            self._iterator.close()

    def close(self) -> None:
        """End the threads and close the files of the iteration. It can be iterated again."""
        self._position.end("close")
        self._stop()
        if self._dataset is not None:
            self._dataset.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
