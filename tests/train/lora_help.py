"""A corpus of clips with tiny media, a tiny saved model, and recipes of seconds, for tests of fine-tuning."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from runs_help import split_file

from emos_io.corpus import Clip, Corpus
from emos_io.testing import counting_clip, make_clip, make_monologue
from emos_io.train.lora.recipe import LoraRecipe
from emos_io.train.recipe import recipe_of

LABELS = ("Joy", "Anger", "Sadness", "Fear")
TRAIN = tuple(f"own/t{number}" for number in range(6))
VALIDATION, TEST = ("own/v0", "own/v1"), ("own/x0",)
FPS, RATE = 4, 8000


def clips_corpus(folder: Path, *, seconds: int = 1) -> Corpus:
    """Save a corpus of nine clips in four classes, each its own speaker, and return it."""
    (folder / "media").mkdir(parents=True, exist_ok=True)
    made = counting_clip(folder / "made.mov", fps=FPS, sample_rate=RATE, seconds=seconds, codec="png")
    clips: list[Clip] = []
    for number, key in enumerate((*TRAIN, *VALIDATION, *TEST)):
        path = folder / "media" / f"{key.rpartition('/')[2]}.mov"
        shutil.copyfile(made, path)
        clip = make_clip(key, seconds, LABELS[number % len(LABELS)], text=f"line {number}", speaker=key, path=path)
        clips.append(clip)
    corpus = Corpus(clips, ())
    corpus.save(folder / "corpus")
    return corpus


def monologues_corpus(folder: Path) -> Corpus:
    """Return a corpus of monologues of 4 s with two labels each."""
    (folder / "media").mkdir(parents=True, exist_ok=True)
    made = counting_clip(folder / "made.mov", fps=FPS, sample_rate=RATE, seconds=4, codec="png")
    items = []
    for key in (*TRAIN[:2], *VALIDATION, *TEST):
        path = folder / "media" / f"{key.rpartition('/')[2]}.mov"
        shutil.copyfile(made, path)
        item = make_monologue(key, 4, [(0, 2, "Joy"), (2, 4, "Anger")], path=path)
        items.append(replace(item, group={"speaker": key}))
    return Corpus((), items)


def clips_split(folder: Path) -> Path:
    return split_file(folder / "split.json", train=TRAIN, validation=VALIDATION, test=TEST)


def tiny_recipe(base: Path | str, **changes: object) -> LoraRecipe:
    """Return a recipe of a few steps on the CPU; changes are named as ``training__epochs``."""
    tables: dict[str, dict[str, object]] = {
        "model": {"kind": "lora", "base": str(base), "dtype": "float32"},
        "data": {"fps": FPS, "size": [56, 56], "pixels": [1024, 3136], "accumulation": 2},
        "prompt": {"name": "clip-words-1", "layers": ["basic7"], "language": "en", "max_new_tokens": 4},
        "training": {"epochs": 2, "learning_rate": 0.005, "checkpoint_steps": 2, "scored_items": 2},
    }
    for name, value in changes.items():
        section, _, key = name.partition("__")
        tables[section][key] = value
    recipe = recipe_of(tables)
    assert isinstance(recipe, LoraRecipe)
    return recipe
