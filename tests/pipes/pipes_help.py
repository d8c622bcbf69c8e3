"""Films of counting clips, plans over them, and what a plain reader makes of a window."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from emos_io import Media, Span
from emos_io.corpus import Clip, Decision, Monologue, Sentence, Utterance
from emos_io.pipes import AudioSpec, Collate, VideoSpec, WindowBatch, WindowLoader, WindowSample
from emos_io.pipes.batch import NumpyArray
from emos_io.plan import PlannedWindow, WindowPlan
from oracle import clips

NumpyBatch = WindowBatch[NumpyArray]

VIDEO = VideoSpec(fps=4, size=(16, 64))
AUDIO = AudioSpec(sample_rate=8_000)
NUMPY = Collate(tensors="numpy", label_rate=2)
LENGTHS = (10, 7, 9, 5)


def noise(sample: WindowSample, rng: np.random.Generator) -> WindowSample:
    """An augmentation that writes into pixels, masked ones too. It is here, where workers import little to have it."""
    assert sample.frames is not None
    sample.frames[...] = sample.frames ^ rng.integers(0, 256, sample.frames.shape, dtype=np.uint8)
    return sample


def film(name: str, path: Path | str | None, seconds: int) -> Monologue:
    labels = [("Joy", 0, 3), ("Sadness", 3, seconds - 1)]
    utterances = [
        Utterance(index=n, span=Span(a, b), labels={"basic7": (label,)}, raw_primary=label)
        for n, (label, a, b) in enumerate(labels)
    ]
    sentences = tuple(Sentence(index=n + 1, span=Span(n, n + 1), text=f"{name} {n}") for n in range(seconds))
    where = None if path is None else str(path)
    return Monologue(
        key=f"s/{name}",
        name=name,
        title=name,
        language="en",
        duration=Fraction(seconds),
        sentences=sentences,
        utterances=tuple(utterances),
        path=where,
    )


def clip(name: str, path: Path | str, seconds: int) -> Clip:
    key = f"c/{name}"
    decision = Decision(
        item=key, layer="basic7", labels=("Fear",), scores={"Fear": 0.75}, confidence=0.75, confidence_tier="medium"
    )
    return Clip(
        key=key,
        source="meld",
        language="en",
        text="Hello.",
        decisions={"basic7": decision},
        published_span=Span(60, 60 + seconds),
        path=str(path),
    )


def films(number: int = 6) -> list[Monologue]:
    return [
        film(str(n), clips.counting_clip(seconds=LENGTHS[n % 4], rate=8_000), LENGTHS[n % 4]) for n in range(number)
    ]


def plan_of(items: Any = None, **options: Any) -> WindowPlan:
    arguments: dict[str, Any] = {"num_lanes": 8, "seed": 3, "run_length": 4, **options}
    if arguments.get("order", "shuffle") != "shuffle":
        del arguments["run_length"]
    return WindowPlan(films() if items is None else items, 2, 1, **arguments)


def mixed_plan(**options: Any) -> WindowPlan:
    """Clips of three lengths and monologues."""
    static = [clip(str(n), clips.counting_clip(seconds=n, rate=8_000), n) for n in (2, 3, 5)]
    parts = [plan_of(), WindowPlan(static, by="clip")]
    return WindowPlan.mix(parts, num_lanes=8, seed=4, **options)


def loader_of(plan: WindowPlan, **options: Any) -> WindowLoader[NumpyBatch]:
    loader: WindowLoader[NumpyBatch] = WindowLoader(
        plan, **{"video": VIDEO, "audio": AUDIO, "collate": NUMPY, **options}
    )
    return loader


def is_as_read_plainly(
    sample: WindowSample, planned: PlannedWindow, *, video: VideoSpec = VIDEO, audio: AudioSpec = AUDIO
) -> None:
    assert planned.path is not None
    assert sample.key == planned.key
    with Media(planned.path) as media:
        window = media.window(
            planned.span,
            fps=video.fps,
            size=video.size,
            fit=video.fit,
            roi=video.roi,
            dimension_order=video.dimension_order,
            sample_rate=audio.sample_rate,
            num_channels=audio.num_channels,
        )
    assert window.video is not None
    assert window.audio is not None
    np.testing.assert_array_equal(sample.frames, window.video.data, strict=True)
    np.testing.assert_array_equal(sample.frame_valid, window.video.valid, strict=True)
    np.testing.assert_array_equal(sample.damaged, window.video.damaged, strict=True)
    np.testing.assert_array_equal(sample.waveform, window.audio.data, strict=True)
    np.testing.assert_array_equal(sample.waveform_valid, window.audio.valid, strict=True)
    np.testing.assert_array_equal(sample.labels, planned.labels.soft, strict=True)
    assert (sample.label_valid, sample.text, sample.span) == (planned.labels.valid, planned.text, planned.span)


ARRAYS = (
    "frames",
    "frame_valid",
    "damaged",
    "num_frames",
    "waveform",
    "waveform_valid",
    "num_samples",
    "labels",
    "label_valid",
    "confidence",
    "weights",
    "timeline",
    "timeline_valid",
    "is_start",
    "valid",
    "numbers",
)


def digest(*batches: NumpyBatch) -> str:
    """Return the digest of the rows of batches, one after another: those of all ranks are one global batch."""
    total = hashlib.sha256(repr([key for batch in batches for key in batch.keys]).encode())
    for name in ARRAYS:
        joined = np.concatenate([np.asarray(getattr(batch, name)) for batch in batches])
        total.update(f"{name} {joined.shape} {joined.dtype}".encode())
        total.update(joined.tobytes())
    return total.hexdigest()


def keys_of(batches: Iterable[NumpyBatch]) -> list[str]:
    return [key for batch in batches for key in batch.keys if key is not None]


def all_keys(plan: WindowPlan) -> list[str]:
    return sorted(window.key for window in plan.windows())


def frames_of(batch: NumpyBatch) -> NumpyArray:
    assert batch.frames is not None
    return batch.frames


def waveform_of(batch: NumpyBatch) -> NumpyArray:
    assert batch.waveform is not None
    return batch.waveform
