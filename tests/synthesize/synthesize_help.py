"""Monologues for which tests make media, and the files as ffprobe and PyAV read them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.corpus.records import Monologue, Sentence, Utterance

MS = Fraction(1, 1000)
RATE = 48_000


def monologue(name: str, seconds: str, *, language: str = "en", labels: str = "", sentences: str = "") -> Monologue:
    """Return a monologue.

    Labels as "0 2 Joy, 2 4 -, 5 6 Fear" (start, end, label or none), sentences as "0.1 2.35 One, 2.5 3 Two".
    """
    utterances = []
    for index, words in enumerate(part.split() for part in labels.split(",") if part.strip()):
        span, label = Span(words[0], words[1]), None if words[2] == "-" else words[2]
        utterances.append(
            Utterance(index=index, span=span, labels={"basic7": (label,)} if label else {}, raw_primary=label or "")
        )
    spoken = []
    for index, part in enumerate(part for part in sentences.split(",") if part.strip()):
        start, end, text = part.split(maxsplit=2)
        spoken.append(Sentence(index=index + 1, span=Span(start, end), text=text))
    media = f"streaming-finalsplit/{name}/{name}.mp4"
    return Monologue(
        key=f"streaming/{name}",
        name=name,
        title=name,
        language=language,
        duration=Fraction(seconds),
        sentences=tuple(spoken),
        utterances=tuple(utterances),
        published_path=media,
    )


def small_corpus() -> Corpus:
    """Five monologues, the fifth of which has a variable rate: gaps, no label, sentences that touch, start and end with it."""
    return Corpus(
        monologues=[
            monologue(
                "Gaps", "6.47", labels="1 2 Joy, 2 4 -, 5 6 Fear", sentences="0 0.7 One, 0.7 2.35 Two, 6.01 6.47 Three"
            ),
            monologue("Silent", "3.001", labels="0 2 Anger, 2 4 Disgust"),
            monologue(
                "冰", "4.0405", language="zh", labels="0 4 Neutral", sentences="0.33 1.2 你好世界, 2 4.04 今天天气很好"
            ),
            monologue("Round", "2.048", labels="0 1 Sadness, 1 2 Surprise", sentences="0.5 1.5 Four"),
            monologue("Variable", "5.27", labels="0 3 Surprise, 3 5 Joy", sentences="1 2 Five, 3.333 4.444 Six"),
        ]
    )


LENGTHS = {"Gaps": "6.47", "Silent": "3.001", "冰": "4.041", "Round": "2.048", "Variable": "5.27"}
"""Seconds of the media: half a millisecond more is rounded up."""


def starts(name: str) -> list[Fraction]:
    """When the frames begin, counted in milliseconds."""
    end, time, times = Fraction(LENGTHS[name]), Fraction(0), []
    while time < end:
        times.append(time)
        gap = [40, 20, 60, 40][(len(times) - 1) % 4] if name == "Variable" else 40
        time += gap * MS
    return times


def on_screen(who: Monologue, time: Fraction) -> tuple[int | None, str | None]:
    """The utterance on screen at a time, and its label."""
    current = [each for each in who.utterances if each.span.start <= time < each.span.end]
    if not current:
        return None, None
    (utterance,) = current
    return utterance.index, utterance.basic7


def ffprobe(path: Path, *options: str) -> dict[str, Any]:
    """What ffprobe prints as JSON."""
    command = ["ffprobe", "-v", "error", *options, "-of", "json", str(path)]
    return dict(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))


@dataclass(frozen=True)
class Decoded:
    """A file as PyAV decodes it."""

    times: list[Fraction]
    keys: list[bool]
    rgb: npt.NDArray[np.uint8]
    waveform: npt.NDArray[np.float32]
    audio_start: Fraction


def decoded(path: Path) -> Decoded:
    """Decode all frames and samples with PyAV."""
    times, keys, rgb = [], [], []
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            assert frame.pts is not None and frame.time_base is not None
            times.append(frame.pts * frame.time_base)
            keys.append(bool(frame.key_frame))
            rgb.append(frame.to_ndarray(format="rgb24"))
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
    assert frames[0].pts is not None and frames[0].time_base is not None
    for before, after in pairwise(frames):
        assert before.pts is not None
        assert (after.pts, before.sample_rate) == (before.pts + before.samples, RATE)
    waveform = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    return Decoded(times, keys, np.stack(rgb), waveform, frames[0].pts * frames[0].time_base)


def bytes_below(folder: Path) -> dict[str, bytes]:
    """The bytes of every file, by relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def one_line(error: BaseException) -> str:
    """The text of an error, which is one line."""
    text = str(error)
    assert text and "\n" not in text and not text.endswith(".")
    return text


def only_path(folder: Path, monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    """Set PATH to a new folder that has these programs alone."""
    folder.mkdir()
    for program in programs:
        found = shutil.which(program)
        assert found is not None
        (folder / program).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))


def fake_program(path: Path, *, speaks_seconds: float | None = None, body: str = "") -> None:
    """Write a program: one that speaks for `speaks_seconds` as espeak does, or the given lines of Python."""
    if speaks_seconds is not None:
        body = f"""
import math, struct, sys
count = int(22050 * {speaks_seconds})
head = b"RIFF" + struct.pack("<I", 0x7FFFF024) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 22050, 44100, 2, 16)
samples = b"".join(struct.pack("<h", round(9000 * math.sin(n / 8))) for n in range(count))
sys.stdout.buffer.write(head + b"data" + struct.pack("<I", 0x7FFFF000) + samples)
"""
    path.write_text(f"#!{sys.executable}\n{body}", "utf-8")
    path.chmod(0o755)
