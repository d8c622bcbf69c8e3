"""The loader: batches of a plan, decoded ahead by threads, resumed at any step on any number of ranks."""

from __future__ import annotations

import operator
import os
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import InvalidArgument
from ..plan import WindowPlan
from .collate import Collate
from .dataset import WindowDataset, at_least_one
from .issues import ReadIssues
from .lanes import LaneReader
from .prefetch import Prefetcher
from .progress import Bar, Phase, Progress
from .reading import Reading
from .samples import AudioSpec, Form, MissingAudio, OnError, StepSamples, Transform, VideoSpec


class WindowLoader:
    """This rank's share of each step of a plan, as batches.

    It is no torch DataLoader, and needs no torch with ``collate=Collate(tensors="numpy")``. Rank r of W owns lanes
    ``[r * L / W, (r + 1) * L / W)`` of each global batch; the batches of all ranks, one after another, are the same for
    every W, number of threads and place of resume. Decoding runs in threads of this process, without the GIL. Each
    stream also has one decoding thread of the core, so that it is a few groups of frames ahead.

    Epochs: each iteration that was finished is followed by the next epoch; one that was left in the middle is begun anew.
    `set_epoch` says which is next, as torch's DistributedSampler; called with the epoch that `load_state_dict` gave,
    it keeps the step. Only the last iterator counts; a new one ends the one before.

    Args:
        plan: Which windows, in which order.
        video, audio: How to read them; None leaves that out.
        rank, world_size: This process among all.
        num_threads: Threads that decode and collate; None for one a lane, at most one a core.
        prefetch: Steps in work or ready; bounds memory.
        collate: Gets the `StepSamples` of a step (after `transform`) and gives the batch; None for `Collate()`. It and
            `transform` run in several threads at once.
        transform: Gets (sample, generator) and gives a sample; masked slots too. See `WindowDataset`.
        on_error: ``"raise"``, or ``"mask"``: what cannot be read is black, silent, without label, of its shape, and
            listed in `issues`.
        missing_audio: For a file without sound: ``"silence"``, ``"omit"`` or ``"raise"``.
        timeout: Seconds that opening a file or reading a window may take; then the window is raised or masked.
            What hangs is left in a daemon thread, since nothing can end it.
        max_open_files: Files that stay open; None for one a lane, at least 8. Fewer than lanes decode more than once.
        progress: True for a bar on stderr where that is a terminal, or a function that gets `Progress`.

    Raises:
        InvalidArgument: `world_size` does not divide the plan's lanes (the error names those that do), or another option is
            not allowed.
        ImportError: `collate` is None and torch is not installed.

    Cost: memory of `prefetch` batches, and for each open file up to 64 MiB of sound and 64 frames (32 MiB at most).
    """

    def __init__(
        self,
        plan: WindowPlan,
        *,
        video: VideoSpec | None = VideoSpec(),  # noqa: B008 - frozen
        audio: AudioSpec | None = AudioSpec(),  # noqa: B008 - frozen
        rank: int = 0,
        world_size: int = 1,
        num_threads: int | None = None,
        prefetch: int = 2,
        collate: Callable[[Sequence[Any]], Any] | None = None,
        transform: Transform | None = None,
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int | None = None,
        progress: bool | Callable[[Progress], None] = False,
    ) -> None:
        self._lanes = plan.rank_lanes(rank, world_size)
        self.plan = plan
        self.batch_size = len(self._lanes) * plan.windows_per_lane
        cores = len(os.sched_getaffinity(0))
        self._threads = (
            min(len(self._lanes), cores) if num_threads is None else at_least_one(num_threads, "num_threads")
        )
        self._prefetch = at_least_one(prefetch, "prefetch")
        self._max_open_files = (
            max(8, len(self._lanes)) if max_open_files is None else at_least_one(max_open_files, "max_open_files")
        )
        self._reading = Reading(Form(video, audio), on_error, missing_audio, timeout)
        self._transform = transform
        self._collate = Collate() if collate is None else collate
        self._progress = progress
        self._options: dict[str, Any] = {
            "video": video,
            "audio": audio,
            "transform": transform,
            "on_error": on_error,
            "missing_audio": missing_audio,
            "timeout": timeout,
        }
        self._dataset: WindowDataset | None = None
        self._epoch, self._step = 0, 0
        self._resumed = False
        self._iterator: _Epoch | None = None
        self.issues = ReadIssues()

    def __len__(self) -> int:
        """The number of steps of the epoch, wherever it was resumed."""
        return self.plan.num_steps(self._epoch)

    @property
    def dataset(self) -> WindowDataset:
        """The same windows by number, with the same options."""
        if self._dataset is None:
            self._dataset = WindowDataset(self.plan, **self._options)
        return self._dataset

    @property
    def counters(self) -> dict[str, int]:
        """The sum of `Media.counters` over the files of the last iteration."""
        return {} if self._iterator is None else self._iterator.counters

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch the next iteration gives; a step that was loaded is kept if it is of this epoch.

        Raises:
            InvalidArgument: `epoch` is below zero.
        """
        number = operator.index(epoch)
        if number < 0:
            raise InvalidArgument(f"epoch {epoch} was given; it is at least 0")
        if not (self._resumed and number == self._epoch):
            self._epoch, self._step, self._resumed = number, 0, False
        if self._iterator is not None:
            self._iterator.close()
            self._iterator = None

    def __iter__(self) -> Iterator[Any]:
        """Begin the epoch, at the step that was loaded, if any."""
        if self._iterator is not None:
            self._iterator.close()
        if not self._resumed:
            self._step = 0
        self._resumed = False
        self._iterator = _Epoch(self, self._epoch, self._step)
        return self._iterator

    def state_dict(self) -> dict[str, Any]:
        """Return ``{"version", "epoch", "step", "plan"}``: of constant size, the same on every rank.

        `step` is the number of batches that were handed out, which are taken as used.
        """
        return self.plan.state(self._epoch, self._step)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Let the next iteration begin right after the last batch of this state.

        Raises:
            InvalidArgument: The state is of another plan or version, or is none.
        """
        epoch, step = self.plan.check_state(state)
        self.close()
        self._epoch, self._step, self._resumed = epoch, step, True

    def close(self) -> None:
        """End the threads and close the files of the iteration. It can be iterated again."""
        if self._iterator is not None:
            self._iterator.close()
        if self._dataset is not None:
            self._dataset.close()

    def __enter__(self) -> WindowLoader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Epoch(Iterator[Any]):
    """One iteration of a loader."""

    def __init__(self, loader: WindowLoader, epoch: int, step: int) -> None:
        self._loader, self._epoch, self._first = loader, epoch, step
        self._num_steps = loader.plan.num_steps(epoch)
        self._begun = time.monotonic()
        self._reader = LaneReader(loader.plan, loader._reading, loader._transform, loader._max_open_files)
        loader.issues = self._reader.issues
        self._bar = Bar() if loader._progress is True else loader._progress or None
        self._counters: dict[str, int] | None = None
        self._prefetcher: Prefetcher[Any] | None = None
        if self._bar is not None:
            self._tell("planning", step)
            if step < self._num_steps:
                loader.plan.batch(epoch, step)
        reader, collate = self._reader, loader._collate

        # Nothing here refers to the iterator: where it is forgotten, its threads end.
        def finish(step: int, rows: list[Any]) -> Any:
            return collate(StepSamples(rows, epoch=epoch, step=step, widths=reader.steps.widths(epoch, step)))

        self._prefetcher = Prefetcher(
            loader._lanes,
            range(step, self._num_steps),
            read=lambda step, lane: reader.read(epoch, step, lane),
            finish=finish,
            num_threads=loader._threads,
            prefetch=loader._prefetch,
            tick=None if self._bar is None else _ticking(self),
        )

    def _tell(self, phase: Phase, step: int) -> None:
        if self._bar is None:
            return
        ready = 0 if self._prefetcher is None else self._prefetcher.num_ready
        waited, opening = time.monotonic() - self._begun, self._reader.files.in_beginning
        self._bar(Progress(phase, self._epoch, step, self._num_steps, ready, waited, opening, self.counters))

    def tick(self) -> None:
        """Say that the next batch is still waited for."""
        if self._loader._iterator is self:
            step = self._loader._step
            self._tell("warm-up" if step == self._first else "epoch", step)

    def __next__(self) -> Any:
        loader = self._loader
        self._begun = time.monotonic()
        assert self._prefetcher is not None, "an iteration has its threads"
        current = loader._iterator is self
        try:
            batch = next(self._prefetcher)
        except StopIteration:
            if current and self._counters is None:
                loader._epoch, loader._step = self._epoch + 1, 0
            self.close()
            raise
        except KeyboardInterrupt:
            # The batch is still to come: whoever goes on gets it.
            raise
        except BaseException:
            self.close()
            raise
        if current:
            loader._step += 1
            self._tell("epoch", loader._step)
        return batch

    @property
    def counters(self) -> dict[str, int]:
        return self._reader.files.counters if self._counters is None else self._counters

    def close(self) -> None:
        if self._counters is not None:
            return
        if self._prefetcher is not None:
            self._prefetcher.close()
        self._counters = self._reader.files.counters
        self._reader.close()
        if isinstance(self._bar, Bar):
            self._bar.close()


def _ticking(epoch: _Epoch) -> Callable[[], None]:
    """Return what tells of a wait; it holds the iterator weakly, whose threads end where it is forgotten."""
    held = weakref.ref(epoch)

    def tick() -> None:
        now = held()
        if now is not None:
            now.tick()

    return tick
