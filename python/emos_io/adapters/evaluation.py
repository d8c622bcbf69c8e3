"""The evaluation loader: every window of a plan once over all ranks, each row with its key, none padded in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Never, Self, TypedDict, TypeVar, Unpack, cast, overload

import numpy as np

from .._arrays import BoolArray, Int64Array
from .._checks import as_integer, integer, is_sequence
from ..errors import InvalidArgument, short_repr
from ..media import OnError
from ..pipes import (
    AudioSpec,
    Collate,
    MissingAudio,
    Progress,
    ReadIssues,
    StepSamples,
    Transform,
    VideoSpec,
    WindowLoader,
    WindowSample,
    data_parallel_rank,
)
from ..plan import WindowPlan
from ..plan.dealing import dealt_plan, plan_order, share_sizes
from .evaluation_batch import CollateRows, EvaluationBatch, Inputs, MarkRow, Row
from .family import Family

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup
    from torch.distributed.device_mesh import DeviceMesh

Item = TypeVar("Item")

STATE_VERSION = 1
_KEYS = {"version", "plan", "media", "read"}


class EvaluationState(TypedDict):
    """Where an evaluation stands; the same on every rank that has handed out as many batches.

    Attributes:
        version: The version of this format.
        plan: The plan's fingerprint.
        media: The digest of the plan's media.
        read: Ranges ``[first, end)`` of the plan's order that all ranks together have handed out.
    """

    version: int
    plan: str
    media: str | None
    read: list[list[int]]


class _Options(TypedDict, total=False):
    """Options that do not decide the type of the inputs."""

    video: VideoSpec | None
    audio: AudioSpec | None
    batch_size: int | None
    rank: int | None
    world_size: int | None
    mesh: DeviceMesh | None
    process_group: ProcessGroup | None
    filler: bool
    answered: Iterable[str]
    num_threads: int | None
    prefetch: int
    on_error: OnError
    missing_audio: MissingAudio
    timeout: float | None
    max_open_files: int
    progress: bool | Callable[[Progress], None]
    check_media: bool


@dataclass(slots=True, eq=False)
class _Pass(Generic[Inputs]):
    """One way through what is left, and how far it is.

    Attributes:
        read: bool ``[N]``: positions in the plan's order that were handed out before.
        left: int64: the positions that it reads, the first rank's first.
        sizes: Sizes of the batches of each rank.
        loader: Reads them.
        num_given: Batches that this rank has handed out, and so has each other rank that had as many.
        is_begun: It handed out a batch, or had none.
    """

    read: BoolArray
    left: Int64Array
    sizes: list[list[int]]
    loader: WindowLoader[EvaluationBatch[Inputs] | None]
    num_given: int = 0
    is_begun: bool = False

    @property
    def num_steps(self) -> int:
        return max(map(len, self.sizes))

    def read_now(self) -> BoolArray:
        """Return what all ranks have handed out."""
        read, first = self.read.copy(), 0
        for own in self.sizes:
            read[self.left[first : first + sum(own[: self.num_given])]] = True
            first += sum(own)
        return read


class EvaluationLoader(Generic[Inputs]):
    """Every window of a plan exactly once over all ranks, in batches that know their keys.

    Nothing is dropped, repeated or padded in: the last batches are shorter. Rank r of W reads its W-th part of the plan's
    order, one after another, so that windows that overlap share decoding; take a plan with ``order="sequential"``. The batches
    of rank 0, then those of rank 1, and so on, are the plan's order, for any number of ranks. Each iteration is the same:
    there are no epochs, and transforms get the same generator each time.

    Ranks have the same number of batches (`num_steps`), of other sizes, as long as there are enough windows. With one row a
    batch, or fewer windows than ranks, some ranks have one batch less. Where each batch is a collective call (FSDP, or DDP
    with buffers), those would wait forever: take ``filler=True``, which gives a batch without keys there.

    Args:
        plan: Which windows.
        collate: Gets the samples of a batch (what `transform` made of them), without empty slots, and gives the inputs of
            the model: a `Family`, its ``for_generation()``, ``Collate()``, or a function of your own.
        transform: Gets (sample, generator) and gives what `collate` takes, as in `WindowLoader`; None for the samples.
        video: How frames are read; None for no frames.
        audio: How audio is read; None for no audio.
        batch_size: Rows of a batch of one rank, at most; None for the plan's `batch_size`.
        rank, world_size: This process, from 0, among all that read other windows; None for those of torch.distributed. Any
            number of ranks is allowed.
        mesh, process_group: What says so where there is more than one group of ranks, as in `WindowLoader`.
        filler: Give every rank `num_steps` batches. A rank that has no window left gives batches with `is_filler`, without
            keys.
        answered: Keys of windows that are left out of every iteration, such as those that a file of predictions has already.
        num_threads: Threads that decode and collate: one reads, the others collate. None for 2.
        prefetch: How many batches are prepared early, at least 1.
        on_error: ``"raise"``, or ``"mask"``: a window that cannot be read is blank, not `valid`, and listed in `issues`. It
            keeps its row.
        missing_audio, timeout, max_open_files, progress, check_media: As in `WindowLoader`.

    Attributes:
        plan: The plan.
        batch_size: Rows of a batch, at most.
        rank, world_size: This process among all that read other windows.

    Raises:
        InvalidArgument: An argument is not allowed.
        NoSuchItem: The plan has no window of a key in `answered`.

    Cost: memory of `prefetch` batches; each window is decoded once, and what overlaps within a rank's part is decoded once.

    Example:
        >>> from fractions import Fraction
        >>> from emos_io import Collate, VideoSpec, WindowPlan
        >>> from emos_io.corpus import Monologue
        >>> item = Monologue(key="streaming/a", name="a", title="A", language="en", duration=Fraction(10))
        >>> plan = WindowPlan([item], 4, 2, order="sequential")
        >>> options = {"video": VideoSpec(size=(8, 8)), "batch_size": 3, "on_error": "mask"}
        >>> with EvaluationLoader(plan, Collate(tensors="numpy"), **options) as loader:
        ...     for batch in loader:  # the item has no media: nothing is valid, nothing is left out
        ...         print(batch.keys, batch.valid, batch.inputs.frames.shape)
        ('streaming/a@0-4', 'streaming/a@2-6', 'streaming/a@4-8') (False, False, False) (3, 16, 8, 8, 3)
        ('streaming/a@6-10',) (False,) (1, 16, 8, 8, 3)
    """

    @overload
    def __init__(
        self,
        plan: WindowPlan,
        collate: Callable[[Sequence[WindowSample]], Inputs],
        *,
        transform: None = None,
        **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self,
        plan: WindowPlan,
        collate: Callable[[Sequence[Item]], Inputs],
        *,
        transform: Transform[Item],
        **options: Unpack[_Options],
    ) -> None: ...
    def __init__(
        self,
        plan: WindowPlan,
        collate: Callable[[Sequence[Item]], Inputs],
        *,
        transform: Transform[Item] | None = None,
        video: VideoSpec | None = VideoSpec(),  # noqa: B008 - frozen
        audio: AudioSpec | None = AudioSpec(),  # noqa: B008 - frozen
        batch_size: int | None = None,
        rank: int | None = None,
        world_size: int | None = None,
        mesh: DeviceMesh | None = None,
        process_group: ProcessGroup | None = None,
        filler: bool = False,
        answered: Iterable[str] = (),
        num_threads: int | None = None,
        prefetch: int = 2,
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int = 8,
        progress: bool | Callable[[Progress], None] = False,
        check_media: bool = True,
    ) -> None:
        if not isinstance(plan, WindowPlan):
            raise InvalidArgument(
                f"plan must be a WindowPlan, got {short_repr(plan)}; make one with WindowPlan(corpus, length, hop)"
            )
        if not callable(collate) or (isinstance(collate, type) and issubclass(collate, Collate | Family)):
            raise InvalidArgument(
                f"collate must be a function of a list of samples, got {short_repr(collate)}; pass Collate(), or a family of "
                "processors such as Qwen2_5Omni(processor, conversation).for_generation()"
            )
        if not (transform is None or callable(transform)):
            raise InvalidArgument(
                f"transform must be a function of (sample, generator) or None, got {short_repr(transform)}; it returns what "
                "collate takes"
            )
        if not isinstance(filler, bool):
            raise InvalidArgument(
                f"filler must be True or False, got {short_repr(filler)}; True gives every rank the same number of batches"
            )
        self.plan = plan
        self.batch_size = integer(
            plan.batch_size if batch_size is None else batch_size, "batch_size", "leave it out for that of the plan"
        )
        self.rank, self.world_size = data_parallel_rank(rank, world_size, mesh=mesh, process_group=process_group)
        integer(self.world_size, "world_size", "it is how many processes there are")
        integer(
            self.rank,
            "rank",
            f"world_size is {self.world_size}, and ranks count from 0",
            least=0,
            most=self.world_size - 1,
        )
        self._filler = filler
        self._collate = CollateRows(cast("Callable[[Sequence[object]], Inputs]", collate))
        self._transform = MarkRow(cast("Transform[object] | None", transform))
        self._order = plan_order(plan)
        self._answered = self._positions(answered)

        def make(dealt: WindowPlan) -> WindowLoader[EvaluationBatch[Inputs] | None]:
            return WindowLoader(
                dealt,
                video=video,
                audio=audio,
                rank=rank,
                world_size=world_size,
                mesh=mesh,
                process_group=process_group,
                num_threads=2 if num_threads is None else num_threads,
                prefetch=prefetch,
                collate=cast("Callable[[StepSamples[Row]], EvaluationBatch[Inputs] | None]", self._collate),
                transform=self._transform,
                on_error=on_error,
                missing_audio=missing_audio,
                timeout=timeout,
                max_open_files=max_open_files,
                progress=progress,
                check_media=check_media,
            )

        self._make = make
        self._media_loader = self._make(self._dealt(np.arange(len(plan)))[1])
        self._pass = self._begin(self._answered)

    def _positions(self, keys: Iterable[str]) -> BoolArray:
        """Return where windows of these keys stand in the plan's order: bool ``[N]``."""
        if not is_sequence(keys):
            raise InvalidArgument(
                f"answered must be keys of windows, got {short_repr(keys)}; give a list or a set of keys"
            )
        numbers = np.zeros(len(self.plan), np.bool_)
        for key in keys:
            numbers[self.plan.window_by_key(key).number] = True
        return numbers[self._order]

    def _dealt(self, left: Int64Array) -> tuple[list[list[int]], WindowPlan]:
        sizes = share_sizes(len(left), world_size=self.world_size, batch_size=self.batch_size)
        return sizes, dealt_plan(self.plan, self._order[left], sizes, self.batch_size)

    def _begin(self, read: BoolArray) -> _Pass[Inputs]:
        """Return a way through what is not read yet."""
        left = np.flatnonzero(~read)
        sizes, plan = self._dealt(left)
        return _Pass(read, left, sizes, self._make(plan))

    def __repr__(self) -> str:
        return (
            f"EvaluationLoader({int(self._pass.read_now().sum())} of {len(self.plan)} windows read, rank {self.rank} of "
            f"{self.world_size}, batch_size={self.batch_size}, {self.plan!r})"
        )

    def __reduce__(self) -> Never:
        raise TypeError(
            "an EvaluationLoader cannot be pickled; pickle its plan and its state_dict(), and make the loader in the other "
            "process"
        )

    @property
    def num_steps(self) -> int:
        """The most batches that any rank gives in the iteration: the same number on every rank."""
        return self._pass.num_steps

    @property
    def is_even(self) -> bool:
        """Every rank gives as many batches in the iteration."""
        return self._filler or len({len(own) for own in self._pass.sizes}) == 1

    def __len__(self) -> int:
        """The batches that this rank gives in the iteration; `num_steps` with ``filler=True``."""
        return self.num_steps if self._filler else len(self._pass.sizes[self.rank])

    @property
    def issues(self) -> ReadIssues:
        """What went wrong in the last iteration."""
        return self._pass.loader.issues

    @property
    def counters(self) -> dict[str, int]:
        """The sum of `Media.counters` over the files of the last iteration."""
        return self._pass.loader.counters

    def __iter__(self) -> Iterator[EvaluationBatch[Inputs]]:
        """Begin: with all windows, or with those that a state left that was loaded since. Only the last iterator counts."""
        self._pass.loader.close()
        if self._pass.is_begun:
            self._pass = self._begin(self._answered)
        return self._batches(self._pass)

    def _batches(self, current: _Pass[Inputs]) -> Iterator[EvaluationBatch[Inputs]]:
        for batch in current.loader:
            if batch is None:
                break
            self._count(current)
            yield batch
        current.loader.close()
        while self._filler and current.num_given < current.num_steps:
            batch = self._filler_batch(current)
            self._count(current)
            yield batch
        # Who has no batch left asked for one more, as the others did that have one.
        current.num_given, current.is_begun = current.num_steps, True

    def _count(self, current: _Pass[Inputs]) -> None:
        if current is not self._pass:
            raise InvalidArgument(
                "iterator must be the last one of its loader, got one that a newer one or load_state_dict ended; iterate over "
                "the loader again"
            )
        current.num_given += 1
        current.is_begun = True

    def _filler_batch(self, current: _Pass[Inputs]) -> EvaluationBatch[Inputs]:
        """Return a batch without rows of its own, of the last window that this rank reads, or of any."""
        end = sum(sum(own) for own in current.sizes[: self.rank + 1])
        number = int(self._order[current.left[max(0, end - 1)]])
        row = cast("Row", current.loader.dataset[number])
        return EvaluationBatch((), (), (), self._collate.collate([row.item]), is_filler=True)

    def state_dict(self) -> EvaluationState:
        """Return ``{"version", "plan", "media", "read"}``; see `EvaluationState`.

        It says that every rank has handed out as many batches as this one. Where ranks do not wait for each other, save it
        after a barrier, or go on with ``answered=`` and the keys of the answers that were written.

        Cost: that of `WindowLoader.state_dict`.
        """
        read = np.concatenate([[False], self._pass.read_now(), [False]])
        ranges = np.flatnonzero(read[1:] != read[:-1]).reshape(-1, 2).tolist()
        return EvaluationState(
            version=STATE_VERSION,
            plan=self.plan.fingerprint,
            media=self._media_loader.state_dict()["media"],
            read=ranges,
        )

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Let the next iteration read what a state has not, on any number of ranks and with any `batch_size`.

        After the last batch a state leaves nothing: the next iteration is empty, and the one after it has all windows.

        Args:
            state: What `state_dict` returned.

        Raises:
            InvalidArgument: The state is of another plan or version, or is not a state.
            SourceChanged: The media are others than those of the state.
        """
        if not isinstance(state, Mapping) or set(state) != _KEYS:
            raise InvalidArgument(
                f"state must have the keys {', '.join(sorted(_KEYS))}, got {short_repr(state)}; take it from state_dict"
            )
        if as_integer(state["version"]) != STATE_VERSION:
            raise InvalidArgument(
                f"the state's version must be {STATE_VERSION}, got {short_repr(state['version'])}; evaluate anew"
            )
        if state["plan"] != self.plan.fingerprint:
            raise InvalidArgument(
                f"the state's plan must be this one, {self.plan.fingerprint!r}, got {short_repr(state['plan'])}; items, their "
                "lengths or labels, or an argument of the plan differ: plan as before, or evaluate anew"
            )
        read = self._answered.copy()
        for first, end in _ranges(state["read"], len(self.plan)):
            read[first:end] = True
        media = state["media"]
        self._media_loader.load_state_dict(
            self._media_loader.plan.state(0, 0, cast("str | None", media)),
        )
        self._pass.loader.close()
        self._pass = self._begin(read)

    def close(self) -> None:
        """End the threads and close the files. It can be iterated again."""
        self._pass.loader.close()
        self._media_loader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _ranges(value: object, length: int) -> list[tuple[int, int]]:
    """Return ranges ``[first, end)`` within a length.

    Raises:
        InvalidArgument: They are none.
    """
    found = []
    for pair in value if isinstance(value, list | tuple) else [value]:
        match [as_integer(each) for each in pair] if isinstance(pair, list | tuple) else []:
            case [int(first), int(end)] if 0 <= first < end <= length:
                found.append((first, end))
            case _:
                raise InvalidArgument(
                    f"the state's read must be ranges within [0, {length}), got {short_repr(value)}; take it from state_dict"
                )
    return found
