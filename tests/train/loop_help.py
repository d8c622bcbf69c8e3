"""A corpus of four speakers and 8 s each, and a model so small that it trains in a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emos_io.corpus import Corpus
from emos_io.synthesize import expressive_corpus, synthesize_expressive
from emos_io.train.recipe import Recipe
from emos_io.train.recipe_sections import AVSmallSection, DataSection, TrainingSection

SEED = 5
"""Of the corpus: the four speakers have six of seven labels."""


@dataclass(frozen=True)
class TwoSides:
    """What a training takes of a split."""

    corpus: Corpus
    train: Sequence[str]
    validation: Sequence[str]


def make_media(folder: Path) -> None:
    """Make the corpus with its media, uncompressed: 4 monologues and 4 clips."""
    corpus = expressive_corpus(4, seed=SEED, seconds=8, clips_per_speaker=1)
    synthesize_expressive(corpus, folder, codec="raw", size=(32, 32))


def two_sides(corpus: Corpus) -> TwoSides:
    """Three speakers to learn from, and one by whom it stops."""
    speakers = sorted({item.group["speaker"] for item in corpus.items})
    by_speaker = {name: [item.key for item in corpus.items if item.group["speaker"] == name] for name in speakers}
    return TwoSides(corpus, [key for name in speakers[:3] for key in by_speaker[name]], by_speaker[speakers[3]])


def tiny_model(**options: object) -> AVSmallSection:
    """The section of a tiny model."""
    given = {"size": (16, 16), "bands": 8, "filters": (4, 4, 4), "embedding": 8, "hidden": 8, "fusion": 8, **options}
    return AVSmallSection(**given)  # type: ignore[arg-type]


def tiny_recipe(**training: object) -> Recipe:
    """Both kinds of items in two lanes; 8 steps an epoch."""
    return Recipe(
        model=tiny_model(),
        data=DataSection(kinds=("monologues", "clips"), seconds=2, lanes=2),  # type: ignore[arg-type]
        training=TrainingSection(**{"epochs": 2, "checkpoint_every": 3, **training}),  # type: ignore[arg-type]
    )
