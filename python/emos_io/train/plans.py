"""The windows of a side: lanes that go through their items forward, so that a state is carried from window to window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..corpus import Clip, Corpus, Monologue
from ..errors import InvalidArgument
from ..plan import LabelRule, PlanOnError, WindowPlan
from .recipe import Recipe


class HasSides(Protocol):
    """What a training takes of a split of a corpus; `Sides` has it."""

    @property
    def corpus(self) -> Corpus:
        """The corpus."""

    @property
    def train(self) -> Sequence[str]:
        """Keys of the items that are learned from."""

    @property
    def validation(self) -> Sequence[str]:
        """Keys of the items by which it stops."""


@dataclass(frozen=True, slots=True)
class SidePlans:
    """The plans of a training.

    Attributes:
        train: Windows that are learned from; another order in every epoch.
        validation: Windows by which it stops, always in the order of epoch 0.
    """

    train: WindowPlan
    validation: WindowPlan

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the K classes."""
        return self.train.classes

    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprint of each plan by its side."""
        return {"train": self.train.fingerprint, "validation": self.validation.fingerprint}


def side_plans(recipe: Recipe, sides: HasSides, *, seed: int = 0) -> SidePlans:
    """Return the plans of both sides.

    Args:
        recipe: What kinds of items, how long windows are, how many lanes, which layer.
        sides: The corpus, and the keys of each side.
        seed: Decides in which order and lane items come, with the epoch.

    Raises:
        InvalidArgument: A side has no item of the recipe's kinds, or the corpus has not the layer.
        SourceUnreadable: A file cannot be read, and the recipe's `data.on_error` is ``"raise"``.

    Cost: every file is opened once.

    Example:
        >>> from types import SimpleNamespace
        >>> from emos_io.corpus import Corpus
        >>> from emos_io.testing import make_monologue
        >>> from emos_io.train.recipe import Recipe
        >>> items = [make_monologue(f"own/{name}", 20, [(0, 20, "Joy")]) for name in "ab"]
        >>> sides = SimpleNamespace(corpus=Corpus((), items), train=["own/a"], validation=["own/b"])
        >>> plan_side(Recipe(), sides.corpus, sides.train, "train").num_steps()
        3
    """
    return SidePlans(
        plan_side(recipe, sides.corpus, sides.train, "train", seed=seed, opens_files=True),
        plan_side(recipe, sides.corpus, sides.validation, "validation", opens_files=True),
    )


def plan_fingerprints(recipe: Recipe, sides: HasSides, *, seed: int = 0) -> Mapping[str, str]:
    """Return the fingerprint of the plan of each side; errors and cost are those of `side_plans`."""
    return side_plans(recipe, sides, seed=seed).fingerprints()


def plan_side(
    recipe: Recipe, corpus: Corpus, keys: Sequence[str], side: str, *, seed: int = 0, opens_files: bool = False
) -> WindowPlan:
    """Return the plan of one side: monologues cut without overlap, clips as one window each, in contiguous lanes.

    Args:
        recipe: What kinds of items, how long windows are, how many lanes, which layer.
        corpus: The corpus.
        keys: Keys of the items of the side.
        side: The name of the side, for errors.
        seed: Decides in which order and lane items come, with the epoch.
        opens_files: Whether every file is opened, so that those that cannot be read are known before the first step: they stop
            it, or with ``data.on_error = "mask"`` are left out and listed in `WindowPlan.skipped`.

    Raises:
        InvalidArgument: The side has no item of the recipe's kinds, a monologue is shorter than a window, or the corpus has
            not the layer.
        SourceUnreadable: A file cannot be read, and the recipe's `data.on_error` is ``"raise"``.
    """
    chosen = set(keys)
    monologues = [item for item in corpus.monologues if item.key in chosen] if "monologues" in recipe.data.kinds else []
    clips = [item for item in corpus.clips if item.key in chosen] if "clips" in recipe.data.kinds else []
    count = len(monologues) + len(clips)
    if not count:
        kinds = " or ".join(recipe.data.kinds)
        raise InvalidArgument(
            f"the side {side} must have {kinds}, got {len(chosen)} items and none of these; give another split, or set "
            "data.kinds in the recipe"
        )
    shortest = min(monologues, key=lambda item: item.duration, default=None)
    if shortest is not None and shortest.duration < recipe.data.seconds:
        raise InvalidArgument(
            f"data.seconds must be at most {float(shortest.duration):g}, the length of {shortest.key!r}, got "
            f"{float(recipe.data.seconds):g}; give shorter windows in the recipe, or a split without it",
            key=shortest.key,
        )
    rule = LabelRule(
        next((each for each in corpus.taxonomies if each.name == recipe.layer), recipe.layer),
        collar=recipe.labels.collar,
        collar_mode=recipe.labels.collar_mode,
    )
    lanes = min(recipe.data.lanes, count)
    on_error: PlanOnError = "raise" if recipe.data.on_error == "raise" else "skip"

    def plan_of(items: Sequence[Clip] | Sequence[Monologue], *, by_clip: bool) -> WindowPlan:
        return WindowPlan(
            items,
            None if by_clip else recipe.data.seconds,
            labels=rule,
            by="clip" if by_clip else None,
            order="contiguous",
            num_lanes=lanes,
            seed=seed,
            on_error=on_error if opens_files else None,
        )

    plans = [plan_of(items, by_clip=items is clips) for items in (monologues, clips) if items]
    return plans[0] if len(plans) == 1 else WindowPlan.mix(plans, num_lanes=lanes, seed=seed)
