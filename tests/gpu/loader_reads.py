"""Epochs that tests read in a process where DALI may hang, and what is compared of them: small values that pickle."""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from emos_io import Span
from emos_io.corpus import Clip, Decision, Monologue, Utterance
from emos_io.media import DeviceStats
from emos_io.pipes import AudioSpec, Collate, VideoSpec, WindowBatch, WindowLoader
from emos_io.pipes.batch import ARRAYS
from emos_io.plan import WindowPlan
from oracle import clips

DEVICE = "dali-cpu"
VIDEO = VideoSpec(fps=4, size=(16, 64))
"""The size of the clips: nothing is scaled."""
AUDIO = AudioSpec(sample_rate=8_000)
NUMPY: Collate[Any] = Collate(tensors="numpy", label_rate=2)
LENGTHS = (10, 7, 9, 5)
FORK_SECONDS = 60
"""A forked child that waits for DALI's threads would wait for ever."""


def full_chroma(seconds: int) -> Path:
    """A counting clip in VP9, 4:4:4 and without loss, which DALI and FFmpeg decode alike; a keyframe each second."""
    source = clips.counting_clip(seconds=seconds, rate=8_000)
    words = [
        "-c:v",
        "libvpx-vp9",
        "-lossless",
        "1",
        "-cpu-used",
        "8",
        "-g",
        "25",
        "-threads",
        "1",
        "-pix_fmt",
        "yuv444p",
    ]
    return clips.make(["-i", str(source), *words, "-c:a", "copy"], ".mkv")


def run_length(seconds: int) -> Path:
    """The same frames in a codec that DALI does not decode."""
    return clips.counting_clip(seconds=seconds, rate=8_000)


def cut_off(folder: Path, seconds: int = 7) -> Path:
    """A clip without its last bytes: the file ends within a packet."""
    data = full_chroma(seconds).read_bytes()
    path = folder / "cut off.mkv"
    path.write_bytes(data[: len(data) * 3 // 5])
    return path


def noise(folder: Path) -> Path:
    """No media at all."""
    path = folder / "noise.mkv"
    path.write_bytes(np.random.default_rng(5).bytes(4096))
    return path


def film(name: str, path: Path | None, seconds: int) -> Monologue:
    labels = [("Joy", 0, 3), ("Sadness", 3, seconds - 1)]
    return Monologue(
        key=f"s/{name}",
        name=name,
        title=name,
        language="en",
        duration=Fraction(seconds),
        utterances=tuple(
            Utterance(index=n, span=Span(a, b), labels={"basic7": (label,)}, raw_primary=label)
            for n, (label, a, b) in enumerate(labels)
        ),
        path=None if path is None else str(path),
    )


def clip(name: str, path: Path, seconds: int) -> Clip:
    decision = Decision(
        item=f"c/{name}",
        layer="basic7",
        labels=("Fear",),
        scores={"Fear": 0.75},
        confidence=0.75,
        confidence_tier="medium",
    )
    return Clip(key=f"c/{name}", source="meld", language="en", text="", decisions={"basic7": decision},
                published_span=Span(0, seconds), path=str(path))  # fmt: skip


def films() -> list[Monologue]:
    """Three that DALI decodes, and one that it does not."""
    several = [film(str(n), full_chroma(seconds), seconds) for n, seconds in enumerate(LENGTHS[:3])]
    return [*several, film("other codec", run_length(LENGTHS[3]), LENGTHS[3])]


def mixed_plan(items: list[Monologue] | None = None) -> WindowPlan:
    """Windows of monologues and clips of several lengths; lanes run out at different steps."""
    monologues = WindowPlan(films() if items is None else items, 2, 1, num_lanes=4, seed=3, run_length=4)
    static = [clip(str(seconds), full_chroma(seconds), seconds) for seconds in (5, 7)]
    return WindowPlan.mix([monologues, WindowPlan(static, by="clip")], num_lanes=4, seed=4)


def digest(batches: Iterable[WindowBatch[Any]]) -> str:
    """Return the digest of the rows of batches, one after another: those of all ranks are one global batch."""
    several = list(batches)
    total = hashlib.sha256(repr([key for batch in several for key in batch.keys]).encode())
    total.update(repr([span for batch in several for span in batch.spans]).encode())
    total.update(repr([span for batch in several for span in batch.label_spans]).encode())
    for name in ARRAYS:
        arrays = [getattr(batch, name) for batch in several]
        if arrays[0] is not None:
            joined = np.concatenate([np.asarray(array) for array in arrays])
            total.update(f"{name} {joined.shape} {joined.dtype}".encode() + joined.tobytes())
    return total.hexdigest()


@dataclass(frozen=True)
class Epoch:
    """What an epoch gave.

    Attributes:
        keys: The keys of each batch.
        digests: The digest of each batch.
        states: The state of the loader before each batch and after the last, pickled.
        types: The types of the frames of batches.
        shapes: The shape of the frames of each batch.
        stats: What was decoded where, when all was read.
        issues: Keys and errors of what went wrong.
    """

    keys: list[tuple[str | None, ...]]
    digests: list[str]
    states: list[bytes]
    types: set[str]
    shapes: list[tuple[int, ...]]
    stats: DeviceStats
    issues: list[tuple[str, str]]


def loader_of(plan: WindowPlan, **options: Any) -> WindowLoader[WindowBatch[Any]]:
    loader: WindowLoader[WindowBatch[Any]] = WindowLoader(
        plan, **{"video": VIDEO, "audio": AUDIO, "collate": NUMPY, **options}
    )
    return loader


def epoch_of(plan: WindowPlan, **options: Any) -> Epoch:
    """Read an epoch."""
    with loader_of(plan, **options) as loader:
        states, batches = [pickle.dumps(loader.state_dict())], []
        for batch in loader:
            batches.append(batch)
            states.append(pickle.dumps(loader.state_dict()))
    return Epoch(
        [batch.keys for batch in batches],
        [digest([batch]) for batch in batches],
        states,
        {type(batch.frames).__name__ for batch in batches},
        [np.asarray(batch.frames).shape for batch in batches],
        loader.stats(),
        sorted((issue.key, issue.error) for issue in loader.issues.lines),
    )


def in_fork(calls: list[Callable[[], object]]) -> list[str]:
    """What the calls return or raise in a forked child of this process, a line each."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        signal.alarm(FORK_SECONDS)
        lines = []
        for call in calls:
            try:
                lines.append(f"returned {call()!r}")
            except Exception as error:
                lines.append(f"{type(error).__name__}: {error}")
        os.write(writer, "\n".join(lines).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read().decode()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "the forked child did not end by itself"
    return text.splitlines()
