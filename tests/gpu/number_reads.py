"""What the frames of numbered clips spell through each way of reading them; the same on the CPU and on a device."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypedDict

from frame_reads import as_array
from numbered_clips import spelled

from emos_io import Media, Span

GRIDS: Mapping[str, tuple[str, str, int | None]] = {
    "side by side": ("1", "1", None),
    "half over each other": ("1", "0.5", None),
    "a grid between frames": ("0.7", "0.3", 10),
    "one frame on": ("1.2", "0.2", 5),
    "with gaps": ("0.6", "1.1", 7),
    "longer than a GOP": ("2.5", "0.7", 3),
    "finer than the frames": ("0.4", "0.4", 60),
}
"""Length, hop and frames a second of windows; None for each frame."""
FEW = ("one frame on", "longer than a GOP")
"""Grids of files that differ from another one in their container alone."""
NUM_RANDOM = 40


class Reads(TypedDict):
    """What was read of one file: numbers by way of reading; -1 where a frame spells none."""

    numbers: dict[str, list[int]]
    valid: dict[str, list[bool]]
    gops: dict[str, int]
    fallback: dict[str, int]


def reads_of(path: str, device: str | None, grids: Sequence[str]) -> Reads:
    """Read a file in all ways, its windows by some grids."""
    with Media(path, device=device) as media:
        video = media.metadata.video
        assert video is not None, path
        count = video.num_frames
        drawn = random.Random(count)
        chosen = [drawn.randrange(count) for _ in range(NUM_RANDOM)]
        time = [drawn.uniform(0, float(media.metadata.duration)) for _ in range(NUM_RANDOM)]
        middle = media.metadata.duration / 2
        answers = {
            "every frame": [media.frames_by_index(range(count))],
            "random frames": [media.frames_by_index(chosen)],
            "backwards": [media.frames_by_index(range(count - 1, -1, -7))],
            "the last frame": [media.frames_by_index([count - 1])],
            "a span": [media.frames_in(Span(middle / 2, middle))],
            "evenly": [media.frames_uniform(13)],
        }
        start, end = video.start, video.end
        assert start is not None and end is not None, path
        inside = [moment for moment in time if float(start) <= moment < float(end)]
        answers["random times"] = [media.frames_played_at(inside)]
        for name in grids:
            length, hop, fps = GRIDS[name]
            windows = [window.video for window in media.windows(length, hop, fps=fps)]
            answers[name] = [frames for frames in windows if frames is not None]
        stats = media.stats()
        return {
            "numbers": {
                name: [number for each in several for number in spelled(as_array(each.data))]
                for name, several in answers.items()
            },
            "valid": {
                name: [bool(valid) for each in several for valid in each.valid] for name, several in answers.items()
            },
            "gops": {"device": stats["gops"]["device"], "cpu": stats["gops"]["cpu"]},
            "fallback": dict(stats["fallback"]),
        }


def reads_of_all(files: Sequence[tuple[str, Sequence[str]]], device: str | None) -> list[Reads]:
    """Read files one after another, each with its grids."""
    return [reads_of(path, device, grids) for path, grids in files]
