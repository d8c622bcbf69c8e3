"""A small corpus of acted emotions, divided by speaker into those to learn from, to stop by, and held out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ...corpus import SYNTHETIC_REMARK, Corpus, Split
from ...synthesize import expressive_corpus, synthesize_expressive
from ..output import counted_progress
from .folder import writing
from .media import usable_codec

NUM_SPEAKERS = 32
"""Half of them are held out."""
SECONDS = 40
"""The length of a monologue; each speaker has one."""
TEST_SHARE, VALIDATION_SHARE = 0.5, 0.1
FPS = 8
"""Frames a second of media that are acted."""
FOLDER, SPLIT = "expressive", "split.json"


@dataclass(frozen=True, slots=True)
class Made:
    """What was built, and where.

    Attributes:
        corpus: Monologues with paths of their media.
        folder: The saved corpus.
        split: Train, validation and test, by speaker.
        split_file: Its file.
    """

    corpus: Corpus
    folder: Path
    split: Split
    split_file: Path


def build_corpus(out: Path, num_speakers: int, seconds: int, seed: int, console: Console) -> Made:
    """Make a corpus of acted monologues below `out`, or find that of an earlier run, and divide it by speaker."""
    # Text is learnt from sentences of monologues, so nothing needs clips.
    made_up = expressive_corpus(num_speakers, seed=seed, seconds=seconds, clips_per_speaker=0)
    folder, split_file = out / FOLDER, out / SPLIT
    with counted_progress("acting, seconds") as show:
        made = synthesize_expressive(made_up, folder, seed=seed, codec=usable_codec(), progress=show)
    split = made.corpus.split(
        seed=seed, test=TEST_SHARE, validation=VALIDATION_SHARE, by=["speaker"], stratify=["language"]
    )
    with writing(out):
        split.save(split_file)
    num_new = sum(not each.kept for each in made.files)
    console.print(
        f"corpus: acted by drawn faces and made-up voices, {num_speakers} speakers of {seconds} s: {len(split.train)} to learn "
        f"from, {len(split.validation)} to stop by, {len(split.test)} held out; {num_new} made now, "
        f"{len(made.files) - num_new} kept; {SYNTHETIC_REMARK}",
        soft_wrap=True,
    )
    return Made(made.corpus, folder, split, split_file)
