"""Time the same work for emos-io and its peers, in one run, after their answers were checked.

Two workloads on the same media:

- windows: overlapping windows of 4 s every 1 s, 4 frames a second at 224 x 224, audio at 16 kHz mono.
- clips: open a short clip, 8 frames spread over it at 224 x 224, all of its audio at 16 kHz mono.

Every library runs once in each round; the figure is the median over rounds of the ratio to emos-io in the same round.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import peers

HERE = Path(__file__).parent
ROUNDS = 7

Task = Callable[[peers.Library], list[peers.Answer]]


class Named(Protocol):
    """A library as a report names it."""

    @property
    def name(self) -> str: ...
    @property
    def package(self) -> str: ...


def main() -> None:
    """Run all workloads and write benches/results/latest.json and the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, help="a long clip; made if left out")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "latest.json")
    arguments = parser.parse_args()
    long_clip = arguments.media or talking_clip() or make_clip(180)
    short_clips = [make_clip(6, seed) for seed in range(4)]
    count = windows_within(long_clip)
    libraries = peers.installed_libraries()
    report: dict[str, Any] = {
        "machine": machine(libraries),
        "rounds": arguments.rounds,
        "media": long_clip.name,
        "workloads": {},
    }
    work: dict[str, Task] = {
        "windows": lambda library: [library.windows(long_clip, count)],
        "clips": lambda library: [library.clip(clip) for clip in short_clips],
    }
    for name, task in work.items():
        report["workloads"][name] = measure(name, task, libraries, arguments.rounds)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    table = markdown_table(report)
    print(table)
    if arguments.out == parser.get_default("out"):
        write_table(table)


def measure(name: str, task: Task, libraries: list[peers.Library], rounds: int) -> dict[str, Any]:
    """Check the answers, then time rounds in which every library runs once."""
    answers = {library.name: task(library) for library in libraries}
    reference = answers["emos-io"]
    checks = {library: peers.compare(reference, answer) for library, answer in answers.items() if library != "emos-io"}
    del answers
    times: dict[str, list[float]] = {library.name: [] for library in libraries}
    for number in range(rounds):
        order = libraries[number % len(libraries) :] + libraries[: number % len(libraries)]
        for library in order:
            begun = time.perf_counter()
            task(library)
            times[library.name].append(time.perf_counter() - begun)
        print(f"{name}: round {number + 1} of {rounds}", file=sys.stderr)
    return {
        library: {**figures, "answer": checks.get(library, "reference")} for library, figures in summary(times).items()
    }


def summary(times: dict[str, list[float]]) -> dict[str, dict[str, Any]]:
    """Return seconds of each library, and their ratios to emos-io's in the same round."""
    result = {}
    for library, taken in times.items():
        ratios = [theirs / own for theirs, own in zip(taken, times["emos-io"], strict=True)]
        result[library] = {
            "seconds_median": statistics.median(taken),
            "seconds_min": min(taken),
            "seconds_mean": statistics.mean(taken),
            "seconds_stdev": statistics.stdev(taken) if len(taken) > 1 else 0.0,
            "ratio_median": statistics.median(ratios),
            "ratio_range": [min(ratios), max(ratios)],
        }
    return result


def talking_clip() -> Path | None:
    """Return the three minutes of real speech that the tests make, where they have been run."""
    return next(iter(sorted((HERE.parent / "build" / "tests").glob("made-*/long_en_grid_180s.mp4"))), None)


def windows_within(clip: Path) -> int:
    """Return how many windows lie within a clip as its header says: the same ones for every library."""
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(clip)]
    seconds = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return max(1, int((seconds - peers.LENGTH) // peers.HOP) + 1)


def make_clip(seconds: int, seed: int = 0) -> Path:
    """Make a clip: H.264 with B-frames, AAC, 640 x 360, a keyframe every two seconds."""
    folder = HERE.parent / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"clip-{seconds}s-{seed}.mp4"
    if not path.exists():
        frame = f"testsrc2=size=640x360:rate=25:duration={seconds}"
        waveform = f"aevalsrc='0.3*sin(2*PI*({200 + 40 * seed}+20*sin(t))*t)|0.3*sin(2*PI*300*t)':s=44100:d={seconds}"
        command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", frame, "-f", "lavfi", "-i", waveform]
        command += ["-c:v", "libx264", "-preset", "fast", "-g", "50", "-bf", "2", "-pix_fmt", "yuv420p"]
        command += ["-c:a", "aac", "-aac_pns", "0", str(path)]
        subprocess.run(command, check=True)
    return path


def machine(libraries: Sequence[Named]) -> dict[str, Any]:
    """Say on what this was measured."""
    model = "unknown"
    info = Path("/proc/cpuinfo")
    if info.exists():
        model = next(
            (line.split(":")[1].strip() for line in info.read_text().splitlines() if "model name" in line), model
        )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "versions": {library.name: metadata.version(library.package) for library in libraries},
    }


def markdown_table(report: dict[str, Any]) -> str:
    """Return the Markdown table of a report."""
    names = list(next(iter(report["workloads"].values())))
    versions = report["machine"]["versions"]
    lines = ["| library | " + " | ".join(report["workloads"]) + " |", "|---|" + "---|" * len(report["workloads"])]
    for name in names:
        cells = []
        for workload in report["workloads"].values():
            low, high = workload[name]["ratio_range"]
            ratio = workload[name]["ratio_median"]
            cells.append("1" if name == "emos-io" else f"{ratio:.2f} ({low:.2f} to {high:.2f})")
        lines.append(f"| {name} {versions[name]} | " + " | ".join(cells) + " |")
    load = report["machine"]["load_before"]
    cores = report["machine"]["cores"]
    lines += [
        "",
        f"Time over emos-io's in the same round: median (range) of {report['rounds']} rounds on {cores} cores "
        f"({report['machine']['cpu']}, Python {report['machine']['python']}, load {load:.1f} at the start); above 1 means "
        f"that emos-io took less time. `windows`: 4 s every 1 s over `{report['media']}` (180 s, H.264 and AAC), 4 frames a "
        "second at 224 x 224, audio at 16 kHz mono. `clips`: open 6 s clips, 8 frames and all audio.",
        "",
        "Limitations: machines with two cores and other work on them; ratios, not times. Peers scale frames and resample "
        "in their own way, so their answers are checked to be close (`benches/peers.py` says how close), not equal.",
    ]
    return "\n".join(lines)


def write_table(table: str, mark: str = "bench") -> None:
    """Put a table between its marks in docs/benchmarks.md."""
    page = HERE.parent / "docs" / "benchmarks.md"
    text = page.read_text()
    start, end = f"<!-- {mark}:start -->", f"<!-- {mark}:end -->"
    assert text.count(start) == text.count(end) == 1, f"{page.name} must have {start} and {end} once"
    head, rest = text.split(start)
    page.write_text(f"{head}{start}\n{table}\n{end}{rest.split(end)[1]}")


if __name__ == "__main__":
    main()
