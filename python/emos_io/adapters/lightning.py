"""Lightning: a data module whose epochs differ, and which goes on where a checkpoint was written, on any number of ranks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack, cast, overload

from ..errors import InvalidArgument, short_repr
from ..media import OnError
from ..pipes import AudioSpec, Collate, MissingAudio, Progress, Transform, VideoSpec, WindowLoader, WindowSample
from ..plan import WindowPlan
from .evaluation import EvaluationLoader
from .versions import tested

tested("lightning")

from lightning.pytorch import LightningDataModule  # noqa: E402 - after its version
from lightning.pytorch.strategies import DeepSpeedStrategy, FSDPStrategy, ModelParallelStrategy  # noqa: E402

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh

Item = TypeVar("Item")


class _Reads(TypedDict, total=False):
    """Options of `WindowLoader` that do not decide the type of its batches, nor the rank."""

    video: VideoSpec | None
    audio: AudioSpec | None
    prefetch: int
    on_error: OnError
    missing_audio: MissingAudio
    timeout: float | None
    progress: bool | Callable[[Progress], None]
    check_media: bool


class _Options(_Reads, total=False):
    """Options of the module that do not decide the type of its batches."""

    train: WindowPlan | None
    validation: WindowPlan | None
    test: WindowPlan | None
    predict: WindowPlan | None
    num_threads: int | None
    batch_size: int | None
    filler: bool


class _Ranks(TypedDict, total=False):
    rank: int
    world_size: int
    mesh: DeviceMesh


class WindowDataModule(LightningDataModule):  # type: ignore[misc]
    """Plans as the data of a Lightning trainer: ``trainer.fit(model, WindowDataModule(train=plan, ...))``.

    Training reads a `WindowLoader`, made when the trainer asks for it, with the ranks that the trainer has then. Lightning sets
    its epoch, so that each epoch has another order, and saves its state in every checkpoint, in the middle of an epoch too:
    ``trainer.fit(model, data, ckpt_path="last")`` goes on with the very next batch. Its own threads read ahead: there are no
    workers, and Lightning puts no sampler of its own into it.

    Validation, test and prediction read an `EvaluationLoader`: every window once over all ranks, in `EvaluationBatch`es, whose
    `inputs` are what `collate` gave and whose `keys` say whose row is whose.

    Args:
        train: The plan of the training steps; the number of ranks must divide its lanes.
        validation, test, predict: Plans of evaluations, best with ``order="sequential"``; None where there is none.
        collate: Gets the samples of a batch (what `transform` made of them) and gives the batch: a `Family`, ``Collate()``,
            ``Collate(as_dict=...)`` or a function of your own; None for ``Collate()``.
        predict_collate: The same for `predict`, such as ``family.for_generation()``; None for `collate`.
        transform: Gets (sample, generator) and gives what `collate` takes; None for the samples.
        num_threads: Threads of each loader; None for their defaults.
        batch_size: Rows of a batch of one rank in evaluations; None for the plan's `batch_size`.
        filler: Evaluations give each rank as many batches; see `EvaluationLoader`.
        video, audio, prefetch, on_error, missing_audio, timeout, progress, check_media: As in `WindowLoader`; a family
            gives the first ones as ``**family.reads``.

    Raises:
        InvalidArgument: An argument is not allowed. When the trainer asks for data: its strategy is DeepSpeed,
            ``overfit_batches`` is set, or ranks have other numbers of evaluation batches where they wait for each other.
        ImportError: lightning is not installed, or its version was not tested; it is imported with this module.
    """

    @overload
    def __init__(
        self,
        *,
        collate: Callable[[Sequence[WindowSample]], object] | None = None,
        predict_collate: Callable[[Sequence[WindowSample]], object] | None = None,
        transform: None = None,
        **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        collate: Callable[[Sequence[Item]], object],
        predict_collate: Callable[[Sequence[Item]], object] | None = None,
        transform: Transform[Item],
        **options: Unpack[_Options],
    ) -> None: ...
    def __init__(
        self,
        *,
        train: WindowPlan | None = None,
        validation: WindowPlan | None = None,
        test: WindowPlan | None = None,
        predict: WindowPlan | None = None,
        collate: Callable[[Sequence[Item]], object] | None = None,
        predict_collate: Callable[[Sequence[Item]], object] | None = None,
        transform: Transform[Item] | None = None,
        num_threads: int | None = None,
        batch_size: int | None = None,
        filler: bool = False,
        **options: Unpack[_Reads],
    ) -> None:
        super().__init__()
        self._plans = {"train": train, "validation": validation, "test": test, "predict": predict}
        if not any(isinstance(plan, WindowPlan) for plan in self._plans.values()):
            raise InvalidArgument(
                f"train must be a WindowPlan, got {short_repr(train)} and no other plan; pass train=, validation=, test= or "
                "predict="
            )
        self._collate = cast("Callable[[Sequence[object]], object]", Collate() if collate is None else collate)
        self._predict_collate = (
            self._collate if predict_collate is None else cast("Callable[[Sequence[object]], object]", predict_collate)
        )
        self._transform = cast("Transform[object]", transform)  # or None
        self._num_threads, self._batch_size, self._filler, self._reads = num_threads, batch_size, filler, options
        self._loaders: list[WindowLoader[object] | EvaluationLoader[object]] = []
        if validation is None:
            # Lightning validates where a data module has this method, and warns of models that cannot.
            self.val_dataloader = super().val_dataloader  # type: ignore[method-assign]
        # What is not allowed is said now, where the line that is wrong is near, and not when the trainer asks.
        alone: _Ranks = {"rank": 0, "world_size": 1}
        for name, plan in self._plans.items():
            if plan is not None:
                self._make(name, plan, alone)

    def _make(self, name: str, plan: WindowPlan, ranks: _Ranks) -> WindowLoader[object] | EvaluationLoader[object]:
        if name == "train":
            return WindowLoader(
                plan,
                collate=self._collate,
                transform=self._transform,
                num_threads=self._num_threads,
                **self._reads,
                **ranks,
            )
        return EvaluationLoader(
            plan,
            self._predict_collate if name == "predict" else self._collate,
            transform=self._transform,
            batch_size=self._batch_size,
            filler=self._filler,
            num_threads=self._num_threads,
            **self._reads,
            **ranks,
        )

    def _loader(self, name: str) -> WindowLoader[object] | EvaluationLoader[object]:
        """Return a loader of the trainer's ranks, as they are now."""
        plan = self._plans[name]
        if plan is None:
            raise InvalidArgument(f"{name} must be a WindowPlan for this, got None; pass WindowDataModule({name}=plan)")
        loader = self._make(name, plan, self._ranks())
        if isinstance(loader, EvaluationLoader):
            self._check_even(name, loader)
        self._loaders.append(loader)
        return loader

    def _ranks(self) -> _Ranks:
        """Return which ranks of the trainer read other data."""
        if self.trainer is None:
            return {}
        strategy = self.trainer.strategy
        if isinstance(strategy, DeepSpeedStrategy):
            raise InvalidArgument(
                "strategy must not be DeepSpeedStrategy, got it; its resume was not tested: take DDPStrategy or "
                "ModelParallelStrategy (FSDP2)"
            )
        if self.trainer.overfit_batches > 0:
            raise InvalidArgument(
                f"overfit_batches must be 0, got {self.trainer.overfit_batches}, for which Lightning makes another DataLoader; "
                'take limit_train_batches, and a plan with order="sequential"'
            )
        numbers = self.trainer.distributed_sampler_kwargs
        if numbers is None:
            # One device: what torch.distributed knows, if anything, is what the loader takes by itself.
            return {}
        ranks: _Ranks = {"rank": numbers["rank"], "world_size": numbers["num_replicas"]}
        if isinstance(strategy, ModelParallelStrategy):
            ranks["mesh"] = strategy.device_mesh["data_parallel"]
        return ranks

    def _check_even(self, name: str, loader: EvaluationLoader[object]) -> None:
        """Refuse numbers of batches with which ranks would wait for each other for ever."""
        if self.trainer is None or loader.is_even:
            return
        strategy = type(self.trainer.strategy).__name__
        waits = isinstance(self.trainer.strategy, FSDPStrategy | ModelParallelStrategy)
        if waits or loader.num_steps == 1:
            raise InvalidArgument(
                f"filler must be True under {strategy} where some rank has fewer batches, got {len(loader.plan)} windows of "
                f"{name}= with {loader.world_size} ranks and batches of {loader.batch_size}, where ranks would wait for others "
                "for ever; pass filler=True, or a batch_size of 2 or more where there are windows for all ranks"
            )

    def train_dataloader(self) -> WindowLoader[object]:
        """Return a new loader of the trainer's ranks."""
        return cast("WindowLoader[object]", self._loader("train"))

    def val_dataloader(self) -> EvaluationLoader[object]:
        """Return a new loader of the trainer's ranks."""
        return cast("EvaluationLoader[object]", self._loader("validation"))

    def test_dataloader(self) -> EvaluationLoader[object]:
        """Return a new loader of the trainer's ranks."""
        return cast("EvaluationLoader[object]", self._loader("test"))

    def predict_dataloader(self) -> EvaluationLoader[object]:
        """Return a new loader of the trainer's ranks."""
        return cast("EvaluationLoader[object]", self._loader("predict"))

    def teardown(self, stage: str) -> None:
        """End the threads and close the files of all loaders."""
        for loader in self._loaders:
            loader.close()
        self._loaders.clear()
