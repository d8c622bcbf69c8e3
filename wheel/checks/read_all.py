"""Read every file named on stdin, and print what it gives: `reading.py FOLDER < paths`; a line of JSON for each.

Runs in the Python of each build. Samples go to FOLDER as float32 files, since only their last bits may differ.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from emos_io import EmosError, Media, Span

LARGE = 720
"""Wider frames are read at 320 x 180, for the time that tests take."""

BLOCK = 100
"""Frames that are read at the head, in the middle and at the end of a file that has more than three times as many.
`--all` reads every frame of it."""

STEP = 32
"""Frames that are read at once."""


def read(path: str, samples_file: Path) -> dict[str, object]:
    """Return the facts of one file, and write its samples."""
    facts: dict[str, object] = {"path": path}
    try:
        with Media(path, on_error="mask") as media:
            meta = media.metadata
            facts |= {"duration": str(meta.duration), "start": str(meta.start_offset), "warnings": list(meta.warnings)}
            if meta.video is not None:
                facts |= _frames(media, meta.video.num_frames, large=meta.video.width > LARGE)
            if meta.audio is not None:
                end = max(meta.duration, meta.audio.end or meta.duration)
                samples = media.samples_in(Span(0, end))
                facts |= {"shape": list(samples.data.shape), "valid": [list(each) for each in samples.valid_ranges]}
                facts["damaged_audio"] = [list(each) for each in samples.damaged_ranges]
                samples_file.write_bytes(np.ascontiguousarray(samples.data, dtype="<f4").tobytes())
            facts["warnings_after"] = list(media.metadata.warnings)
    except EmosError as error:
        facts["error"] = type(error).__name__  # the text holds words of FFmpeg, which each version chooses
    return facts


def _frames(media: Media, count: int, *, large: bool) -> dict[str, object]:
    digest = hashlib.sha256()
    valid: list[bool] = []
    damaged: list[bool] = []
    chosen = _chosen(count)
    for first in range(0, len(chosen), STEP):
        frames = media.frames_by_index(chosen[first : first + STEP], size=(180, 320) if large else None)
        digest.update(frames.data.tobytes())
        valid += frames.valid.tolist()
        damaged += frames.damaged.tolist()
    return {
        "frames": count,
        "sha256": digest.hexdigest(),
        "pts": hashlib.sha256(media.timeline.pts.tobytes()).hexdigest(),
        "missing": [index for index, each in zip(chosen, valid, strict=True) if not each],
        "damaged": [index for index, each in zip(chosen, damaged, strict=True) if each],
    }


def _chosen(count: int) -> list[int]:
    if count <= 3 * BLOCK or "--all" in sys.argv:
        return list(range(count))
    middle = count // 2
    return [*range(BLOCK), *range(middle, middle + BLOCK), *range(count - BLOCK, count)]


def main() -> None:
    """Read all files."""
    folder = Path(sys.argv[1])
    for number, line in enumerate(sys.stdin):
        print(json.dumps(read(line.rstrip("\n"), folder / f"{number}.f32")), flush=True)


if __name__ == "__main__":
    main()
