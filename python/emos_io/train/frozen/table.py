"""The features of windows as a file that grows line by line: what it has is not read again.

```text
 {"format": ..., "features": [names], "settings": {networks, frame size ...}}
 {"window": "own/a", "values": [0.0, 1.5, null, ...]}      null: the window has no such feature
```
A file that begins with other names or settings is begun anew.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from ..._arrays import Float64Array
from ..._files import unwritable
from ...adapters import EvaluationLoader
from ...errors import SourceUnreadable, quoted
from ...media import OnError
from ...pipes import AudioSpec, MissingAudio, Transform, VideoSpec, WindowSample
from ...plan import WindowPlan
from .features import FeatureReader
from .speech import SAMPLE_RATE

FORMAT = "emos frozen features"


class FeatureFile:
    """Features by the key of their window, kept in a file.

    Args:
        path: The file; its folder is there.
        names: Names of the F features.
        settings: What the features depend on beside the media.

    Raises:
        SourceUnreadable: The file cannot be read.
        OSError: It cannot be written.
    """

    def __init__(self, path: Path, names: Sequence[str], settings: Mapping[str, object]) -> None:
        self.path, self._num_features = path, len(names)
        self._found: dict[str, Float64Array] = {}
        head = {"format": FORMAT, "features": list(names), "settings": dict(settings)}
        first = json.dumps(head, ensure_ascii=False) + "\n"
        size = self._read(first)
        try:
            self._file: BinaryIO = path.open("r+b" if size else "wb", buffering=0)
            self._file.truncate(size)
            self._file.seek(size)
            if not size:
                self._file.write(first.encode())
        except OSError as error:
            raise type(error)(unwritable("the file of features", path, "free some space", error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.fsync(self._file.fileno())
        self._file.close()

    def __len__(self) -> int:
        """Return how many windows it has."""
        return len(self._found)

    def __contains__(self, key: object) -> bool:
        """Return whether it has a window."""
        return key in self._found

    def __getitem__(self, key: str) -> Float64Array:
        """Return the features of a window, float64 ``[F]``."""
        return self._found[key]

    def write(self, key: str, values: Float64Array) -> None:
        """Append the features of a window; NaN is null.

        Raises:
            OSError: The disk is full, or fails.
        """
        plain = [None if math.isnan(each) else each for each in values.tolist()]
        line = json.dumps({"window": key, "values": plain}, ensure_ascii=False) + "\n"
        rest = memoryview(line.encode())
        while rest:
            rest = rest[self._file.write(rest) :]
        self._found[key] = values

    def _read(self, first: str) -> int:
        """Take what the file has; return the bytes of its complete lines, 0 for a file that is none of these settings."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise SourceUnreadable(
                f"the file of features cannot be read ({error.strerror or error}); remove it: {quoted(self.path)}",
                path=str(self.path),
            ) from error
        lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
        if not lines or lines[0] != first.encode():
            return 0
        size = len(lines[0])
        for line in lines[1:]:
            found = self._parsed(line)
            if found is None:
                break
            self._found[found[0]] = found[1]
            size += len(line)
        return size

    def _parsed(self, line: bytes) -> tuple[str, Float64Array] | None:
        try:
            values = json.loads(line)
            numbers = np.array([np.nan if each is None else float(each) for each in values["values"]], dtype=np.float64)
            return (str(values["window"]), numbers) if len(numbers) == self._num_features else None
        except (ValueError, TypeError, KeyError):
            return None


def read_features(
    plan: WindowPlan,
    reader: FeatureReader,
    *,
    fps: object,
    frame_size: int,
    answered: Sequence[str] = (),
    transform: Transform[WindowSample] | None = None,
    on_error: OnError = "raise",
    missing_audio: MissingAudio = "raise",
) -> Iterator[tuple[str, Float64Array | None]]:
    """Yield the key and the features of each window of a plan, in its order; None for one that could not be read.

    Args:
        plan: The windows.
        reader: What makes features; it decides which channels are decoded.
        fps: Frames a second.
        frame_size: Pixels of the sides of frames.
        answered: Keys of windows that are left out.
        transform: What is done to each sample before.
        on_error: ``"raise"``, or ``"mask"`` for None.
        missing_audio: ``"raise"``, or ``"omit"`` for a mark.

    Raises:
        EmosError: A window cannot be read, and `on_error` is ``"raise"``.
    """
    video = VideoSpec(fps=fps, size=(frame_size, frame_size), fit="pad") if "video" in reader.channels else None  # type: ignore[arg-type]
    audio = AudioSpec(SAMPLE_RATE) if "audio" in reader.channels else None
    with EvaluationLoader(
        plan,
        list[WindowSample],
        transform=_same if transform is None else transform,
        video=video,
        audio=audio,
        batch_size=1,
        rank=0,
        world_size=1,
        answered=answered,
        on_error=on_error,
        missing_audio=missing_audio,
    ) as loader:
        for batch in loader:
            for key, valid, sample in zip(batch.keys, batch.valid, batch.inputs, strict=True):
                yield key, _features_of(sample, reader) if valid else None


def _same(sample: WindowSample, rng: np.random.Generator) -> WindowSample:
    return sample


def _features_of(sample: WindowSample, reader: FeatureReader) -> Float64Array:
    waveform = None if sample.waveform is None else sample.waveform[0]
    return reader.features(sample.frames, sample.frame_valid & ~sample.damaged, waveform, sample.waveform_valid)
