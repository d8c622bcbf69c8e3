"""Time windows and clips that are decoded on a GPU: this library on the device and on the CPU, torchcodec, DALI's own reader.

It needs the wheel, DALI and torch; where torchcodec or PyNvVideoCodec is not installed, its row stays empty. Answers are
checked first: each frame spells its number, and frames must be near those of the CPU. Then every way runs once in each round,
and the figure is the median over rounds of the ratio to this library on the device in the same round. At last batches of a
WindowLoader are read, and memory is looked at between them. Without a GPU nothing is timed; `--device dali-cpu` runs all of it
on DALI's CPU backend, where VP9 alone is decoded by DALI: whether it runs, which says nothing of speed.

On a machine that has neither network nor ffmpeg, in the root of a checkout:

1. Where ffmpeg is: `python benches/gpu.py --make-clips build/gpu-clips` (40 MB), `make wheel`, and the wheels of DALI:
   `pip download --no-deps -d build/gpu-wheels nvidia-dali-cuda130` and those of its small requirements that the machine
   lacks (PyPI lists them; video needs none of nvimgcodec, nvtiff, nvjpeg2k and libnvcomp).
2. Carry `dist`, `build/gpu-clips` and `build/gpu-wheels`. Where one transfer may have 64 MiB, DALI's 199 MB go in four:
   `split -b 58M build/gpu-wheels/nvidia_dali*.whl build/gpu-wheels/part-`, and `cat` them there under the name of the wheel.
3. There: `pip install --no-index --no-deps --target /tmp/site dist/*.whl build/gpu-wheels/*.whl`, then
   `PYTHONPATH=/tmp/site python benches/gpu.py --clips build/gpu-clips`, and bring benches/results/gpu.json back.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

import gpu_clips
import gpu_memory
import gpu_ways
from gpu_clips import BenchClip
from gpu_ways import FPS, FRAMES, HOP, LENGTH, OnCpu, OnDevice, Way

HERE = Path(__file__).parent
ROUNDS, BATCHES = 7, 5000
FRAME_TOLERANCE = 12.0
"""Mean difference of 8-bit values from the CPU's: decoders interpolate chroma, and libraries scale, in their own way."""


class Work(NamedTuple):
    """What is timed."""

    device: str
    rounds: int
    batches: int


def main() -> None:
    """Time it and write benches/results/gpu.json, where there is a GPU."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda:0", help='"cuda:N", or "dali-cpu": whether it runs, not how fast')
    parser.add_argument("--clips", type=Path, default=HERE.parent / "build" / "gpu-clips", help="a folder of clips")
    parser.add_argument("--make-clips", type=Path, metavar="FOLDER", help="make the clips with ffmpeg, and end")
    parser.add_argument("--rounds", type=at_least_one, default=ROUNDS)
    parser.add_argument(
        "--batches", type=at_least_one, default=BATCHES, help="of the loader, between which memory is looked at"
    )
    parser.add_argument("--out", type=Path, default=HERE / "results" / "gpu.json")
    arguments = parser.parse_args()
    try:
        if arguments.make_clips:
            gpu_clips.make_clips(arguments.make_clips, (720, 1080), tuple(gpu_clips.ENCODERS))
            return
        if arguments.device != "dali-cpu" and not torch.cuda.is_available():
            print("no GPU is here: nothing is timed and the row stays empty; --device dali-cpu runs it on the CPU")
            return
        clips = gpu_clips.found_clips(arguments.clips)
    except FileNotFoundError as error:
        parser.error(str(error))
    report = timed(clips, Work(arguments.device, arguments.rounds, arguments.batches))
    text = json.dumps(report, indent=2)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text + "\n")
    print(text)


def at_least_one(text: str) -> int:
    """Return an integer of the command line that is 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, got {number}")
    return number


def timed(clips: Sequence[BenchClip], work: Work) -> dict[str, object]:
    """Return the report."""
    load = os.getloadavg()[0]
    ways, absent = gpu_ways.installed_ways(work.device)
    on_device = next(way for way in ways if isinstance(way, OnDevice))
    rows: dict[str, object] = {}
    for clip in clips:
        checks, failed = checked(clip, ways)
        running = [way for way in ways if way.name not in failed]
        count = windows_within(clip)
        rows[clip.name] = {
            "windows": count,
            "stats": on_device.stats,
            "frames_differ_by": checks,
            "failed": failed,
            "of_windows": measured(
                f"{clip.name}, windows",
                running,
                partial(read_windows, clip.path, count),
                work,
            ),
            "of_clips": measured(
                f"{clip.name}, clips",
                [way for way in running if checks[way.name]["clip"] is not None],
                partial(read_clip, clip.path),
                work,
            ),
        }
    return {
        "machine": {
            "device": "DALI's CPU backend" if work.device == "dali-cpu" else torch.cuda.get_device_name(work.device),
            "driver": gpu_memory.driver_version(),
            "cuda_of_torch": torch.version.cuda,
            "cpu": cpu_model(),
            "cores": os.cpu_count(),
            "load_before": load,
            "python": platform.python_version(),
            "versions": gpu_ways.versions(ways),
        },
        "absent": absent,
        "rounds": work.rounds,
        "work": {"length": LENGTH, "hop": HOP, "fps": FPS, "size": gpu_ways.SIZE, "clip_frames": gpu_ways.CLIP_FRAMES},
        "frame_tolerance": FRAME_TOLERANCE,
        "clips": rows,
        "memory": gpu_memory.over_batches([clip.path for clip in clips], work.device, work.batches),
    }


def windows_within(clip: BenchClip) -> int:
    """Return how many windows have all of their frames."""
    from emos_io import Media

    with Media(clip.path, audio=False) as media:
        video = media.metadata.video
        assert video is not None, clip.path
        return (video.num_frames - LENGTH * gpu_clips.FPS) // (HOP * gpu_clips.FPS) + 1


def checked(clip: BenchClip, ways: Sequence[Way]) -> tuple[dict[str, dict[str, float | None]], dict[str, str]]:
    """Compare the answers of each way with those of the CPU; return by how much frames differ, and which ways failed.

    Numbers must be equal. A way of this library that fails stops the run; another one is left out, and the report says why.
    """
    cpu = next(way for way in ways if isinstance(way, OnCpu))
    count = windows_within(clip)
    own_windows, own_clip = answers(cpu, clip, count)
    differences, failed = {}, {}
    for way in ways:
        try:
            windows, frames = answers(way, clip, count)
            expected = [
                [(number * HOP * gpu_clips.FPS) + k * gpu_ways.STRIDE for k in range(FRAMES)] for number in range(count)
            ]
            spelled = [gpu_clips.numbers_of(window) for window in windows]
            assert spelled == expected, f"frames are other ones: {first_difference(spelled, expected)}"
            if frames is not None and own_clip is not None:
                assert gpu_clips.numbers_of(frames) == gpu_clips.numbers_of(own_clip), "frames of a clip are other ones"
            mean = max(mean_difference(one, other) for one, other in zip(windows, own_windows, strict=True))
            alone = None if frames is None or own_clip is None else mean_difference(frames, own_clip)
            assert max(mean, alone or 0) <= FRAME_TOLERANCE, f"frames differ by {max(mean, alone or 0):.1f} levels"
        except (AssertionError, RuntimeError, ValueError, OSError, AttributeError, TypeError) as error:
            if isinstance(way, OnCpu | OnDevice):
                raise
            failed[way.name] = f"{type(error).__name__}: {(str(error) or 'no text').splitlines()[0]}"
        else:
            differences[way.name] = {"windows": round(mean, 3), "clip": None if alone is None else round(alone, 3)}
    return differences, failed


Frames = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def answers(way: Way, clip: BenchClip, count: int) -> tuple[list[Frames], Frames | None]:
    """Return the windows and the frames of a clip that a way reads, on the CPU."""
    windows = [window.cpu().numpy() for window in way.windows(clip.path, count)]
    assert len(windows) == count, f"{way.name} gave {len(windows)} windows of {count}"
    frames = way.clip(clip.path)
    return windows, None if frames is None else frames.cpu().numpy()


def first_difference(found: list[list[int]], expected: list[list[int]]) -> str:
    """Return the first place where lists of numbers differ, as text."""
    for index, (one, other) in enumerate(zip(found, expected, strict=True)):
        if one != other:
            return f"window {index} has {one}, not {other}"
    return "nowhere"


def mean_difference(one: Frames, other: Frames) -> float:
    """Return the mean difference of 8-bit values."""
    return float(np.abs(one.astype(np.int16) - other).mean())


def read_windows(path: Path, count: int, way: Way) -> int:
    """Read the windows of a file, and a value of each, so that no way can put its work off; return how many."""
    return sum(frames[-1, -1, -1, -1].item() >= 0 for frames in way.windows(path, count))


def read_clip(path: Path, way: Way) -> int:
    """Open a file and read a few frames of it."""
    frames = way.clip(path)
    assert frames is not None, way.name
    return int(frames[-1, -1, -1, -1].item() >= 0)


def measured(name: str, ways: Sequence[Way], task: Callable[[Way], int], work: Work) -> dict[str, dict[str, object]]:
    """Run every way once in each round, and return seconds, and ratios to this library on the device in the same round."""
    taken: dict[str, list[float]] = {way.name: [] for way in ways}
    used: dict[str, list[float]] = {way.name: [] for way in ways}
    counts: dict[str, int] = {}
    for number in range(work.rounds):
        for way in [*ways[number % len(ways) :], *ways[: number % len(ways)]]:
            gc.collect()
            with gpu_memory.DecoderUse(work.device) as use:
                begun = time.perf_counter()
                counts[way.name] = task(way)
                if work.device != "dali-cpu":
                    torch.cuda.synchronize(work.device)
                taken[way.name].append(time.perf_counter() - begun)
            used[way.name] += use.percent
        print(f"{name}: round {number + 1} of {work.rounds}", file=sys.stderr)
    frames = FRAMES if name.endswith("windows") else gpu_ways.CLIP_FRAMES
    result = {}
    for way in ways:
        seconds = statistics.median(taken[way.name])
        ratios = [one / own for one, own in zip(taken[way.name], taken[OnDevice.name], strict=True)]
        result[way.name] = {
            "a_second": round(counts[way.name] / seconds, 3),
            "frames_a_second": round(counts[way.name] * frames / seconds, 1),
            "ratio_median": round(statistics.median(ratios), 3),
            "ratio_range": [round(min(ratios), 3), round(max(ratios), 3)],
            "decoder_percent": round(statistics.mean(used[way.name]), 1) if used[way.name] else None,
        }
    return result


def cpu_model() -> str:
    """Return the name of the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if "model name" in line), "unknown")


if __name__ == "__main__":
    main()
