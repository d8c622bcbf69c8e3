"""Media of the small corpus, made once and decoded once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from synthesize_help import Decoded, decoded, small_corpus

from emos_io.corpus import Corpus
from emos_io.synthesize import SynthesizedFile, synthesize


@pytest.fixture(scope="session", autouse=True)
def needs_ffmpeg() -> None:
    """Skip without an encoder."""
    if shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None:
        pytest.skip("no ffmpeg and ffprobe on the path")


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return small_corpus()


@pytest.fixture(scope="session")
def made(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, SynthesizedFile]:
    """Media with tones, by name; nobody writes into their folder."""
    out = tmp_path_factory.mktemp("synthesized")
    listed = synthesize(corpus, out, speech="tones")
    return {who.name: each for who, each in zip(corpus.monologues, listed, strict=True)}


@pytest.fixture(scope="session")
def media(made: dict[str, SynthesizedFile]) -> dict[str, Decoded]:
    """The media by name, decoded with PyAV."""
    return {name: decoded(Path(each.path)) for name, each in made.items()}
