"""A run folder whose models have random weights, and a small acted corpus: predictions need no training to be tested."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import torch

from emos_io.corpus import Corpus, Split, keys_sha256, load_split, split
from emos_io.synthesize import expressive_corpus, synthesize_expressive
from emos_io.train.av_small.model import AVSmall
from emos_io.train.av_small.options import CHANNELS, AVSmallOptions, Channel
from emos_io.train.recipe import Recipe
from emos_io.train.results import SeedResult
from emos_io.train.run_folder import BEST, SPLIT, Run

SEED = 3


class Acted(NamedTuple):
    """A saved corpus with media, four speakers with a monologue of 9 s and a clip each, and its split."""

    folder: Path
    corpus: Corpus
    split: Split


def acted(folder: Path) -> Acted:
    """Make the corpus in a folder, or take the one that an earlier test made there."""
    if (folder / "half.json").is_file():
        return Acted(folder, Corpus.load(folder), load_split(folder / "half.json"))
    made = synthesize_expressive(
        expressive_corpus(4, seed=5, seconds=9, clips_per_speaker=1), folder, size=(64, 64), codec="raw"
    )
    half = split(made.corpus, seed=0, test=0.75, by=["speaker"])
    half.save(folder / "half.json")
    return Acted(folder, made.corpus, half)


def random_run(
    folder: Path,
    corpus: Corpus,
    half: Split,
    *,
    channels: tuple[Channel, ...] = CHANNELS,
    seeds: tuple[int, ...] = (SEED,),
) -> Run:
    """Write a run folder of one model a seed, each with random weights."""
    classes, recipe = corpus.taxonomy("basic7").labels, Recipe()
    for seed in seeds:
        torch.manual_seed(seed)
        model = AVSmall(AVSmallOptions(classes=classes, channels=channels))
        (folder / f"seed-{seed}").mkdir(parents=True)
        torch.save({"options": asdict(model.options), "weights": model.state_dict()}, folder / f"seed-{seed}" / BEST)
    half.save(folder / SPLIT)
    run = Run(
        folder=folder,
        command="emos train av-small.toml made",
        versions={},
        device="cpu",
        recipe=recipe.as_dict(),
        recipe_sha256=recipe.sha256,
        corpus_sha256=keys_sha256(item.key for item in corpus),
        truth_sha256="0" * 64,
        split_sha256=half.sha256,
        layer="basic7",
        classes=classes,
        plans={},
        synthetic=True,
        seeds=seeds,
        results=tuple(
            SeedResult(
                seed=seed,
                best_epoch=0,
                num_epochs=1,
                num_steps=1,
                macro_f1=0.1,
                accuracy=0.1,
                loss=2.0,
                cpu_seconds=1.0,
                stopped="epochs",
            )
            for seed in seeds
        ),
    )
    run.save()
    return run
