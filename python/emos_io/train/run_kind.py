"""What a kind of model decides in a run; the rest, `train` does alike for all kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from .._checks import choice
from .._install import install
from ..errors import InvalidArgument
from .any_recipe import AnyRecipe
from .results import SeedResult
from .run_folder import Run
from .sides import Sides

Device = Literal["auto", "cpu", "cuda"]
DEVICES: tuple[Device, ...] = ("auto", "cpu", "cuda")
"""What a model is trained on; ``"auto"`` is a GPU where torch finds one."""
Progress = Callable[[str, int, int], None]
"""Called with what is done, how many of it and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is known of a training before its first step.

    Attributes:
        plans: Fingerprints of the plans of seed 0, by side.
        classes: Names of classes, in the order of logits; of models that answer in words, those of the layer.
        remarks: What is to be known, one line each.
        facts: What ``run.json`` says else of the run, by name.
    """

    plans: Mapping[str, str]
    classes: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a caller decides beside the recipe.

    Attributes:
        device: ``"cpu"``, ``"cuda"``, or what the kind's `RunKind.device` returns else.
        memory_gib: GiB of memory of the GPU, in place of what it says of itself; None to ask it.
        announce: Called with a line that is to be known before the first step.
    """

    device: str
    memory_gib: float | None = None
    announce: Callable[[str], None] | None = None

    def tell(self, line: str) -> None:
        """Announce a line, where somebody listens."""
        if self.announce is not None:
            self.announce(line)


class RunKind(ABC):
    """A kind of model, to be trained.

    Attributes:
        libraries: Names of installed distributions whose versions a run names, beside emos_io and python.
        kept: Those of them, and emos_io, that a run which goes on must have kept.
        kept_facts: Names of facts that a run which goes on must have kept, with what another value means.
        estimates_memory: Whether it takes `Settings.memory_gib`.
        trains_together: Whether several processes, each with a GPU, train one model.
    """

    libraries: ClassVar[tuple[str, ...]]
    kept: ClassVar[tuple[str, ...]]
    kept_facts: ClassVar[Mapping[str, str]] = {}
    estimates_memory: ClassVar[bool] = False
    trains_together: ClassVar[bool] = False

    def device(self, wanted: object) -> str:
        """Return the device that ``"auto"``, ``"cpu"`` or ``"cuda"`` means on this machine.

        Raises:
            ImportError: torch is not installed.
            InvalidArgument: It is none of them, or there is no GPU.
        """
        chosen = choice(wanted, DEVICES, "device")
        try:
            import torch
        except ImportError as error:
            raise ImportError(f"torch is not installed; {install('train')}") from error
        if chosen == "cpu":
            return "cpu"
        has_gpu = torch.cuda.is_available()
        if chosen == "cuda" and not has_gpu:
            raise InvalidArgument('device must be "cpu" where torch finds no GPU, got "cuda"; leave it out')
        return "cuda" if has_gpu else "cpu"

    def check_seeds(self, seeds: Sequence[int]) -> None:  # noqa: B027 - most kinds take any
        """Refuse seeds that the kind cannot take, before anything is written.

        Raises:
            InvalidArgument: It cannot take them.
        """

    def seed_facts(self, folder: Path) -> Mapping[str, object]:
        """Return what ``run.json`` says else of a seed that is done, by name; nothing for most kinds."""
        return {}

    @abstractmethod
    def prepare(self, recipe: AnyRecipe, sides: Sides, settings: Settings, progress: Progress | None) -> Prepared:
        """Check that everything fits together, before anything is written.

        Raises:
            InvalidArgument, SourceUnreadable: Something does not.
        """

    @abstractmethod
    def weights(self, folder: Path) -> Path:
        """Return the path of the weights that a done seed has in its folder: without it, the seed is not done."""

    @abstractmethod
    def has_begun(self, folder: Path) -> bool:
        """Return whether the folder of a seed has something from which it goes on."""

    def train_together(  # noqa: B027 - most kinds are trained by one process
        self, recipe: AnyRecipe, sides: Sides, run: Run, settings: Settings, progress: Progress | None
    ) -> None:
        """Train the seeds of a run that are not trained, as one of several processes; the first one scores them afterwards."""

    @abstractmethod
    def train_seed(
        self,
        recipe: AnyRecipe,
        sides: Sides,
        folder: Path,
        *,
        seed: int,
        settings: Settings,
        progress: Progress | None,
    ) -> SeedResult:
        """Train a seed, or go on with it where its folder says; a folder that is done gives its result at once."""

    @abstractmethod
    def summary(self, run: Run, sides: Sides) -> str:
        """Return the card of a run, as Markdown."""
