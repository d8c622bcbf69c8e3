"""A corpus of speakers with tiny media, its split, and a recipe of seconds, for tests of runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from emos_io.corpus import Corpus, Monologue, Split, keys_sha256, load_split
from emos_io.corpus.division.values import sides_sha256
from emos_io.testing import counting_clip, make_monologue

SECONDS = 4
NAMES = ("a0", "a1", "b0", "c0", "d0")
"""Items of the speakers a, b, c and d."""
TRAIN, VALIDATION, TEST = ("own/a0", "own/a1"), ("own/b0",), ("own/c0", "own/d0")

RECIPE = """
[model]
kind = "av-small"
size = [16, 16]
bands = 8
filters = [4, 4, 4]
embedding = 8
hidden = 8
fusion = 8

[data]
seconds = 2
lanes = 2

[training]
epochs = 2
checkpoint_every = 1
"""
"""One of a few thousand weights: two epochs of two steps."""


def corpus_of(folder: Path, *, names: Sequence[str] = NAMES, media: bool = True) -> Corpus:
    """Save a corpus of monologues with two labels each, and return it; ``folder/media`` has one clip for all, copied."""
    items: list[Monologue] = []
    made = counting_clip(folder / "made.mov", fps=8, sample_rate=8000, seconds=SECONDS, codec="png") if media else None
    (folder / "media").mkdir(parents=True, exist_ok=True)
    for name in names:
        path = folder / "media" / f"{name}.mov"
        if made is not None:
            shutil.copyfile(made, path)
        item = make_monologue(f"own/{name}", SECONDS, [(0, 2, "Joy"), (2, 4, "Anger")], path=path if media else None)
        items.append(replace(item, group={"speaker": name[0]}))
    corpus = Corpus((), items)
    corpus.save(folder / "corpus")
    return corpus


def split_file(
    path: Path,
    *,
    train: Sequence[str] = TRAIN,
    validation: Sequence[str] | None = VALIDATION,
    test: Sequence[str] = TEST,
) -> Path:
    """Write a split, as anyone may who divides by hand; return its path."""
    sides: dict[str, object] = {"train": sorted(train), "test": sorted(test)}
    if validation is not None:
        sides["validation"] = sorted(validation)
    digest = sides_sha256(sorted(train), None if validation is None else sorted(validation), sorted(test))
    path.write_text(json.dumps({"kind": "predefined", "seed": None, "by": [], **sides, "sha256": digest}))
    return path


def split_of(path: Path) -> Split:
    return load_split(path)


def keys_digest(corpus: Corpus) -> str:
    return keys_sha256(item.key for item in corpus)
