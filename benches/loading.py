"""Time loading: batches of overlapping windows from `WindowLoader` and from torch's DataLoader over torchcodec.

Windows of 4 s every 0.5 s over several files, 4 frames a second at 224 x 224, audio at 16 kHz mono, in three orders:
contiguous, shuffle and iid. Every loader gives the same windows in the same order and batches. Answers are checked first; then
every loader runs once in each round, and the figure is the median over rounds of the ratio to emos-io in the same round.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import loaders
import peers
import run
from decoders import torchcodec_audio, torchcodec_video
from emos_io.plan import WindowLocation, WindowPlan
from loaders import (
    FPS,
    HOP,
    LENGTH,
    NUM_LANES,
    RATE,
    SIZE,
    WINDOWS_PER_LANE,
    Batch,
    EmosIo,
    Library,
    TorchCodec,
    path_of,
)
from peers import Frames, Waveform

if TYPE_CHECKING:
    from emos_io.plan.order import OrderName

HERE = Path(__file__).parent
ROUNDS, SECONDS, KEYFRAME_DISTANCE = 3, 32, 250
HOPS: dict[OrderName, Fraction] = {"contiguous": HOP, "shuffle": HOP, "iid": Fraction(2)}
"""Seconds between the windows that are timed. In iid windows share nothing, so fewer of them cost as much each."""
CHECKED_STEPS, TRIED_STEPS = 6, 4
"""Batches whose answers are compared, which also warm up, and batches read to choose workers and to see memory."""

NATIVE_TOLERANCE = 1.0
"""Mean difference of 8-bit values at native size: another FFmpeg, or other flags of its scaler, may round colours otherwise."""
PTS_TOLERANCE = 1e-6
"""Seconds: torchcodec gives times as floats."""
AUDIO_TOLERANCE = 1e-5
"""Root mean square at full scale 1 against torchcodec's read of the whole file: FFmpeg builds differ in last bits."""
MAX_LATE_SAMPLES = 40
"""Samples by which a peer's audio is looked for before and after its exact position."""


def main() -> None:
    """Run all orders and write benches/results/loading.json and the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shared = Path(os.environ.get("EMOS_SHARED_MEDIA", HERE.parent.parent / "shared" / "media"))
    parser.add_argument(
        "--clips", type=Path, default=shared / "talking", help="a folder with the clips to make media of"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each file that windows are planned over")
    parser.add_argument(
        "--keyframe-distance", type=int, default=KEYFRAME_DISTANCE, help="frames between keyframes, at most"
    )
    parser.add_argument("--out", type=Path, default=HERE / "results" / "loading.json")
    parser.add_argument("--read-only", nargs=2, metavar=("LOADER", "WORKERS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    most = loaders.FILE_SECONDS - LENGTH
    if not 2 * LENGTH <= arguments.seconds <= most:
        parser.error(f"--seconds must be from {2 * LENGTH} to {most}, got {arguments.seconds}")
    try:
        paths = loaders.make_files(arguments.clips, HERE.parent / "build" / "bench", arguments.keyframe_distance)
    except FileNotFoundError as error:
        parser.error(str(error))
    own, others = EmosIo(), loaders.peers()
    libraries: list[Library] = [own, *others]
    if arguments.read_only:
        plan = loaders.plan_over(paths, "shuffle", arguments.seconds)
        chosen = next(library for library in libraries if library.name == arguments.read_only[0])
        chosen.workers = int(arguments.read_only[1])
        consume(chosen, plan, TRIED_STEPS)
        return
    begun = run.machine(libraries)
    begun["versions"] = {name: metadata.version(name) for name in ("emos-io", "torch", "torchcodec")}
    report: dict[str, Any] = {
        "machine": begun,
        "rounds": arguments.rounds,
        "media": {
            "files": len(paths),
            "seconds_planned": arguments.seconds,
            "keyframe_distance": arguments.keyframe_distance,
        },
        "native": check_native(paths, arguments.seconds),
        "workers": choose_workers(others, loaders.plan_over(paths, "shuffle", arguments.seconds)),
        "peak_mebibytes": {library.name: peak_mebibytes(library) for library in libraries},
        "workloads": {},
        "frames": {},
    }
    full_waveforms = {str(path): full_waveform(str(path)) for path in paths}
    one_pass = decoded_in_one_pass(paths, arguments.seconds)
    for order, hop in HOPS.items():
        full_plan = loaders.plan_over(paths, order, arguments.seconds)
        consume(own, full_plan, full_plan.num_steps(0))
        report["frames"][order] = counted(own.counters, one_pass, full_plan)
        plan = loaders.plan_over(paths, order, arguments.seconds, hop)
        report["workloads"][order] = measure(plan, own, others, arguments.rounds, full_waveforms)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    table = markdown_table(report)
    print(table)
    if arguments.out == parser.get_default("out"):
        run.write_table(table, "bench:loading")


def consume(library: Library, plan: WindowPlan, steps: int) -> None:
    """Take batches and let each go, as a training loop does; fail unless all windows came."""
    count = sum(len(frames) for frames, _ in library.batches(plan, steps))
    assert count == steps * plan.batch_size, f"{library.name}: {count} windows of {steps * plan.batch_size}"


def measure(
    plan: WindowPlan, own: EmosIo, others: list[TorchCodec], rounds: int, full_waveforms: dict[str, Waveform]
) -> dict[str, Any]:
    """Check the answers, then time rounds in which every loader runs once."""
    checks = compare(plan, own, others, full_waveforms)
    libraries: list[Library] = [own, *others]
    steps = plan.num_steps(0)
    times: dict[str, list[float]] = {library.name: [] for library in libraries}
    for number in range(rounds):
        first = number % len(libraries)
        for library in libraries[first:] + libraries[:first]:
            begun = time.perf_counter()
            consume(library, plan, steps)
            times[library.name].append(time.perf_counter() - begun)
        print(f"{plan.order}: round {number + 1} of {rounds}", file=sys.stderr)
    for library in libraries:
        library.close()
    return {
        name: {"windows": len(plan), **figures, "answer": checks[name]} for name, figures in run.summary(times).items()
    }


def compare(
    plan: WindowPlan, own: EmosIo, others: list[TorchCodec], full_waveforms: dict[str, Waveform]
) -> dict[str, Any]:
    """Fail unless the first batches hold the same frames and as many samples; count where a peer's audio is late."""
    # Files of one length leave empty slots in the last batch only.
    steps = min(CHECKED_STEPS, plan.num_steps(0) - 1)
    windows = [plan.locate(number) for step in range(steps) for number in plan.batch(0, step).numbers.ravel().tolist()]
    ours = list(answers_of(own.batches(plan, steps)))
    right = [slice_at(full_waveforms[path_of(window)], 0, window) for window in windows]
    gain = peers.mono_gain([(([], [waveform for _, waveform in ours]), ([], right))])
    rms = max(peers.distance(waveform, expected, gain) for (_, waveform), expected in zip(ours, right, strict=True))
    assert rms <= AUDIO_TOLERANCE, f"audio is {rms:.1e} RMS from torchcodec's read of the whole file"
    answers: dict[str, Any] = {
        "emos-io": {"windows_compared": len(windows), "waveform_rms_to_full_read": rms, "gain": gain}
    }
    for library in others:
        theirs = answers_of(library.batches(plan, steps))
        worst, late, distances = 0.0, [], []
        for (frames, waveform), (their_frames, their_waveform), window in zip(ours, theirs, windows, strict=True):
            assert frames.shape == their_frames.shape, f"frames {frames.shape} against {their_frames.shape}"
            assert waveform.shape == their_waveform.shape, f"samples {waveform.shape} against {their_waveform.shape}"
            worst = max(worst, difference(frames, their_frames))
            late.append(samples_late(their_waveform, full_waveforms[path_of(window)], window))
            distances.append(peers.distance(waveform, their_waveform, gain))
        assert worst <= peers.FRAME_TOLERANCE, f"{library.name}: frames differ by {worst:.2f} on average"
        answers[library.name] = {
            "windows_compared": len(windows),
            "frame_difference": worst,
            "waveform_rms_median": statistics.median(distances),
            "waveform_rms_max": max(distances),
            "windows_with_audio_late": sum(shift > 0 for shift in late),
            "windows_with_audio_early": sum(shift < 0 for shift in late),
            "samples_late": sorted(set(late)),
        }
    return answers


def answers_of(batches: Iterable[Batch]) -> Iterator[tuple[Frames, Waveform]]:
    """Yield frames and waveform of each window of batches."""
    for frames, waveforms in batches:
        yield from zip(frames.numpy(), waveforms.numpy(), strict=True)


def check_native(paths: list[Path], seconds: int) -> dict[str, Any]:
    """Fail unless frames at native size are the same ones, by their times and by their pixels."""
    from emos_io import Media, Span

    count, worst = 0, 0.0
    for path in paths:
        starts = [0, seconds / 2, seconds - LENGTH]
        times = [[start + k / FPS for k in range(LENGTH * FPS)] for start in starts]
        with Media(path, audio=False) as media:
            for start, wanted in zip(starts, times, strict=True):
                own = media.window(Span(start, start + LENGTH), fps=FPS).video
                other = torchcodec_video(path).get_frames_played_at(wanted)
                their_pts = other.pts_seconds.numpy()
                assert own is not None, f"{path.name} has no video"
                assert len(own) == len(wanted) and own.valid.all(), f"{path.name} at {start}: frames are missing"
                assert np.abs(own.pts_seconds - their_pts).max() <= PTS_TOLERANCE, f"{path.name} at {start}: others"
                count += len(own)
                worst = max(worst, difference(own.data, other.data.numpy()))
    assert worst <= NATIVE_TOLERANCE, f"frames at native size differ by {worst:.2f} on average"
    return {"frames_with_the_same_pts": count, "frame_difference": worst}


def difference(own: Frames, other: Frames) -> float:
    """Return the mean difference of the frame of a window that differs most, in 8-bit values."""
    return float(np.abs(own.astype(np.int16) - other.astype(np.int16)).mean(axis=(1, 2, 3)).max())


def full_waveform(path: str) -> Waveform:
    """Return torchcodec's read of a full file: its range reads are slices of it, by its documents."""
    waveform: Waveform = torchcodec_audio(path, RATE).get_all_samples().data[0].numpy()
    return waveform


def slice_at(full: Waveform, shift: int, window: WindowLocation) -> Waveform:
    """Return what a window would hold if it began `shift` samples later."""
    first = round(window.span.start * RATE) + shift
    return full[max(first, 0) : first + LENGTH * RATE]


def samples_late(waveform: Waveform, full: Waveform, window: WindowLocation) -> int:
    """Return by how many samples a window's audio comes later than it should, to the nearest sample."""

    def mean_square(late: int) -> float:
        part = slice_at(full, -late, window)
        # At the file's start there is nothing before.
        common = min(len(part), len(waveform))
        return float(np.mean((part[-common:] - waveform[-common:]) ** 2))

    return min(range(-MAX_LATE_SAMPLES, MAX_LATE_SAMPLES + 1), key=lambda late: (mean_square(late), abs(late)))


def choose_workers(libraries: Sequence[TorchCodec], plan: WindowPlan) -> dict[str, Any]:
    """Let each peer read with and without workers, and go on with what took less time."""
    figures = {}
    for library in libraries:
        taken = {}
        for workers in (0, loaders.NUM_WORKERS):
            library.workers = workers
            begun = time.perf_counter()
            consume(library, plan, TRIED_STEPS)
            taken[workers] = time.perf_counter() - begun
        library.close()
        library.workers = min(taken, key=lambda workers: taken[workers])
        figures[library.name] = {"seconds": {str(key): value for key, value in taken.items()}, "taken": library.workers}
    return figures


def decoded_in_one_pass(paths: list[Path], seconds: int) -> int:
    """Return how many frames one pass over the planned seconds decodes: none twice, and none that nothing needs."""
    from emos_io import Media, Span

    total = 0
    for path in paths:
        spans = [Span(k * HOP, k * HOP + LENGTH) for k in range(int((seconds - LENGTH) / HOP) + 1)]
        with Media(path, audio=False) as media:
            for _ in media.windows_at(spans, fps=FPS, size=(SIZE, SIZE)):
                pass
            total += media.counters["frames_decoded"]
    return total


def counted(counters: dict[str, int], one_pass: int, plan: WindowPlan) -> dict[str, Any]:
    """Return what an epoch decoded and what one pass decodes."""
    decoded = counters["frames_decoded"]
    return {
        "windows": len(plan),
        "frames_in_windows": len(plan) * LENGTH * FPS,
        "frames_decoded": decoded,
        "frames_decoded_in_one_pass": one_pass,
        "ratio": decoded / one_pass,
    }


def peak_mebibytes(library: Library) -> float | None:
    """Return the most memory that a process which reads a few batches used with its workers, shared pages once; or None."""
    words = [sys.executable, __file__, *sys.argv[1:], "--read-only", library.name, str(library.workers)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(proportional_kibibytes, family(process.pid))))
        time.sleep(0.05)
    assert process.returncode == 0, f"{library.name}: reading in a process of its own ended with {process.returncode}"
    return peak / 1024 or None


def family(process: int) -> list[int]:
    """Return a process and those that it started."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return [process]
    return [process, *(each for child in children for each in family(int(child)))]


def proportional_kibibytes(process: int) -> int:
    """Return kibibytes of memory of a process, its part of shared pages; 0 where nothing says so."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def markdown_table(report: dict[str, Any]) -> str:
    """Return the Markdown table of a report."""
    machine, media, orders = report["machine"], report["media"], report["workloads"]
    lines = ["| loader | " + " | ".join(orders) + " | peak memory |", "|---|" + "---|" * (len(orders) + 1)]
    workers = {name: f"{choice['taken']} workers" for name, choice in report["workers"].items()}
    for name in next(iter(orders.values())):
        cells = []
        for order in orders.values():
            low, high = order[name]["ratio_range"]
            cells.append("1" if name == "emos-io" else f"{order[name]['ratio_median']:.2f} ({low:.2f} to {high:.2f})")
        peak = report["peak_mebibytes"][name]
        memory = "not known" if peak is None else f"{peak:,.0f} MiB"
        concurrency = workers.get(name, f"{loaders.NUM_THREADS} threads")
        lines.append(f"| {name} ({concurrency}) | " + " | ".join(cells) + f" | {memory} |")
    counts = ", ".join(f"{figures['ratio']:.2f} in {order}" for order, figures in report["frames"].items())
    answers = {name: [order[name]["answer"] for order in orders.values()] for name in workers}
    compared = sum(order["emos-io"]["answer"]["windows_compared"] for order in orders.values())
    late = " and ".join(
        f"{sum(each['windows_with_audio_late'] for each in checks)} of {compared} ({name})"
        for name, checks in answers.items()
    )
    most_late = max(max(each["samples_late"]) for checks in answers.values() for each in checks)
    audio = (
        f"torchcodec's audio of a range came late, by up to {most_late} samples, in these windows of those compared: {late}. "
        "It is timed as it is."
        if most_late > 0
        else f"torchcodec's audio of a range came late in none of the {compared} windows compared."
    )
    versions = machine["versions"]
    lines += [
        "",
        f"Time over emos-io's in the same round: median (range) of {report['rounds']} rounds on {machine['cores']} cores "
        f"({machine['cpu']}, Python {machine['python']}, load {machine['load_before']:.1f} at the start; emos-io "
        f"{versions['emos-io']}, torch {versions['torch']}, torchcodec {versions['torchcodec']}); above 1 means that "
        f"emos-io took less time. Windows of {LENGTH} s every {float(HOP)} s (iid: {float(HOPS['iid'])} s) over the first "
        f"{media['seconds_planned']} s of {media['files']} files (640 x 360, H.264, keyframes {media['keyframe_distance']} "
        f"frames apart or less, AAC), {FPS} frames a second at {SIZE} x {SIZE}, audio at 16 kHz mono, in batches of "
        f"{NUM_LANES * WINDOWS_PER_LANE}; the same windows in the same order for all. With windows every {float(HOP)} s, "
        f"emos-io decoded so many times the frames that one pass over the files decodes: {counts}.",
        "",
        f"The same frames came from all. Against its own read of the whole file, {audio}",
        "",
        "Limitations: machines with two cores and other work on them; ratios, not times. The peers begin at the keyframe "
        "before each window, emos-io at that before each run of windows, so files with more keyframes suit the peers "
        "better (`--keyframe-distance`); their workers and kept decoders live from round to round, while emos-io opens its "
        "files anew in each. torch's pinning and transfer to a device are not in it. Memory is that of a process and its "
        "workers.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
