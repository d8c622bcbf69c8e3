"""Time loading: batches of overlapping windows from `WindowLoader` and from torch's DataLoader over torchcodec.

Windows of 4 s every 0.5 s over several files, 4 frames a second at 224 x 224, sound at 16 kHz mono, in three orders:
contiguous, shuffle and iid. Every loader gives the same windows in the same order and batches. Answers are checked first; then
loaders take turns within each round, and the figure is the median over rounds of the ratio to emos-io in the same round.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import loaders
import peers
import run
from loaders import FPS, HOP, LENGTH, PER_LANE, RATE, SIZE

HERE = Path(__file__).parent
ROUNDS, SECONDS, KEY_DISTANCE = 3, 32, 250
HOPS = {"contiguous": HOP, "shuffle": HOP, "iid": Fraction(2)}
"""Seconds between the windows that are timed. In iid windows share nothing, so fewer of them cost as much each."""
CHECKED, TRIED = 6, 4
"""Batches whose answers are compared, which also warm up, and batches read to choose workers and to see memory."""

NATIVE_TOLERANCE = 1.0
"""Mean difference of 8-bit values at native size: another FFmpeg, or other flags of its scaler, may round colours otherwise."""
PTS_TOLERANCE = 1e-6
"""Seconds: torchcodec tells times as floats."""
AUDIO_TOLERANCE = 1e-5
"""Root mean square at full scale 1 against torchcodec's read of the whole file: FFmpeg builds differ in last bits."""
MOST_LATE = 40
"""Samples by which a peer's sound is looked for before and after its place."""


def main() -> None:
    """Run all orders and write benches/results/loading.json and the table of the README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shared = Path(os.environ.get("EMOS_SHARED_MEDIA", HERE.parent.parent / "shared" / "media"))
    parser.add_argument(
        "--clips", type=Path, default=shared / "talking", help="a folder with the clips to make media of"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each file that windows are planned over")
    parser.add_argument("--key-distance", type=int, default=KEY_DISTANCE, help="frames between keyframes, at most")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "loading.json")
    parser.add_argument("--read-only", nargs=2, metavar=("LOADER", "WORKERS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    most = loaders.FILE_SECONDS - LENGTH
    if not 2 * LENGTH <= arguments.seconds <= most:
        parser.error(f"--seconds {arguments.seconds} was given; it is from {2 * LENGTH} to {most}")
    try:
        paths = loaders.make_files(arguments.clips, HERE.parent / "build" / "bench", arguments.key_distance)
    except FileNotFoundError as error:
        parser.error(str(error))
    libraries = loaders.at_hand()
    if arguments.read_only:
        plan = loaders.plan_over(paths, "shuffle", arguments.seconds)
        chosen = next(library for library in libraries if library.name == arguments.read_only[0])
        chosen.workers = int(arguments.read_only[1])
        consume(chosen, plan, TRIED)
        return
    begun = run.machine(libraries)
    begun["versions"] = {name: metadata.version(name) for name in ("emos-io", "torch", "torchcodec")}
    report: dict[str, Any] = {
        "machine": begun,
        "rounds": arguments.rounds,
        "media": {"files": len(paths), "seconds_planned": arguments.seconds, "key_distance": arguments.key_distance},
        "native": check_native(paths, arguments.seconds),
        "workers": choose_workers(libraries[1:], loaders.plan_over(paths, "shuffle", arguments.seconds)),
        "peak_mebibytes": {library.name: peak_mebibytes(library) for library in libraries},
        "workloads": {},
        "frames": {},
    }
    truth = {str(path): whole_waveform(str(path)) for path in paths}
    one_pass = decoded_in_one_pass(paths, arguments.seconds)
    for order, hop in HOPS.items():
        whole = loaders.plan_over(paths, order, arguments.seconds)
        consume(libraries[0], whole, whole.num_steps(0))
        report["frames"][order] = counted(libraries[0].counters, one_pass, whole)
        plan = loaders.plan_over(paths, order, arguments.seconds, hop)
        report["workloads"][order] = measure(plan, libraries, arguments.rounds, truth)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    table = readme_table(report)
    print(table)
    if arguments.out == parser.get_default("out"):
        run.write_readme(table, "bench:loading")


def consume(library: Any, plan: Any, steps: int) -> None:
    """Take batches and let each go, as a training loop does; fail unless all windows came."""
    count = sum(len(frames) for frames, _ in library.batches(plan, steps))
    assert count == steps * plan.batch_size, f"{library.name}: {count} windows of {steps * plan.batch_size}"


def measure(plan: Any, libraries: list[Any], rounds: int, truth: dict[str, Any]) -> dict[str, Any]:
    """Check the answers, then time rounds in which every loader has its turn."""
    checks = compare(plan, libraries, truth)
    steps = plan.num_steps(0)
    times: dict[str, list[float]] = {library.name: [] for library in libraries}
    for number in range(rounds):
        turn = number % len(libraries)
        for library in libraries[turn:] + libraries[:turn]:
            begun = time.perf_counter()
            consume(library, plan, steps)
            times[library.name].append(time.perf_counter() - begun)
        print(f"{plan.order}: round {number + 1} of {rounds}", file=sys.stderr)
    for library in libraries:
        library.close()
    return {name: {"windows": len(plan), **told, "answer": checks[name]} for name, told in run.summary(times).items()}


def compare(plan: Any, libraries: list[Any], truth: dict[str, Any]) -> dict[str, Any]:
    """Fail unless the first batches hold the same frames and as many samples; count where a peer's sound is late."""
    # Files of one length leave empty slots in the last batch only.
    steps = min(CHECKED, plan.num_steps(0) - 1)
    windows = [plan.stretch(number) for step in range(steps) for number in plan.batch(0, step).numbers.ravel().tolist()]
    ours = [rows for batch in libraries[0].batches(plan, steps) for rows in zip(*map(np.asarray, batch), strict=True)]
    right = [slice_at(truth[window.path], 0, window) for window in windows]
    gain = peers.mono_gain([(([], [waveform for _, waveform in ours]), ([], right))])
    off = max(peers.distance(waveform, whole, gain) for (_, waveform), whole in zip(ours, right, strict=True))
    assert off <= AUDIO_TOLERANCE, f"sound is {off:.1e} RMS from torchcodec's read of the whole file"
    answers: dict[str, Any] = {
        "emos-io": {"windows_compared": len(windows), "waveform_off_whole_read": off, "gain": gain}
    }
    for library in libraries[1:]:
        theirs = (rows for batch in library.batches(plan, steps) for rows in zip(*map(np.asarray, batch), strict=True))
        worst, late, waveforms_off = 0.0, [], []
        for (frames, waveform), (their_frames, their_waveform), window in zip(ours, theirs, windows, strict=True):
            assert frames.shape == their_frames.shape, f"frames {frames.shape} against {their_frames.shape}"
            assert waveform.shape == their_waveform.shape, f"samples {waveform.shape} against {their_waveform.shape}"
            worst = max(worst, difference(frames, their_frames))
            late.append(samples_late(their_waveform, truth[window.path], window))
            waveforms_off.append(peers.distance(waveform, their_waveform, gain))
        assert worst <= peers.FRAME_TOLERANCE, f"{library.name}: frames differ by {worst:.2f} on average"
        answers[library.name] = {
            "windows_compared": len(windows),
            "frame_difference": worst,
            "waveform_off_median": statistics.median(waveforms_off),
            "waveform_off_most": max(waveforms_off),
            "windows_with_audio_late": sum(shift > 0 for shift in late),
            "windows_with_audio_early": sum(shift < 0 for shift in late),
            "samples_late": sorted(set(late)),
        }
    return answers


def check_native(paths: list[Path], seconds: int) -> dict[str, Any]:
    """Fail unless frames at native size are the same ones, by their times and by what they show."""
    from torchcodec.decoders import VideoDecoder

    from emos_io import Media, Span

    count, worst = 0, 0.0
    for path in paths:
        starts = [0, seconds / 2, seconds - LENGTH]
        times = [[start + k / FPS for k in range(LENGTH * FPS)] for start in starts]
        with Media(path, audio=False) as media:
            for start, asked in zip(starts, times, strict=True):
                own = media.window(Span(start, start + LENGTH), fps=FPS).video
                other = VideoDecoder(path, dimension_order="NHWC").get_frames_played_at(asked)
                their_pts = other.pts_seconds.numpy()
                assert len(own) == len(asked) and own.valid.all(), f"{path.name} at {start}: frames are missing"
                assert np.abs(own.pts_seconds - their_pts).max() <= PTS_TOLERANCE, f"{path.name} at {start}: others"
                count += len(own)
                worst = max(worst, difference(own.data, other.data.numpy()))
    assert worst <= NATIVE_TOLERANCE, f"frames at native size differ by {worst:.2f} on average"
    return {"frames_with_the_same_pts": count, "frame_difference": worst}


def difference(own: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    """Return the mean difference of the frame of a window that differs most, in 8-bit values."""
    return float(np.abs(own.astype(np.int16) - other.astype(np.int16)).mean(axis=(1, 2, 3)).max())


def whole_waveform(path: str) -> npt.NDArray[np.float32]:
    """Return torchcodec's read of a whole file: the sound that its range reads are slices of, by its documents."""
    from torchcodec.decoders import AudioDecoder

    waveform: npt.NDArray[np.float32] = (
        AudioDecoder(path, sample_rate=RATE, num_channels=1).get_all_samples().data[0].numpy()
    )
    return waveform


def slice_at(whole: npt.NDArray[np.float32], shift: int, window: Any) -> npt.NDArray[np.float32]:
    """Return what a window would hold if it began `shift` samples later."""
    first = round(window.span.start * RATE) + shift
    return whole[max(first, 0) : first + LENGTH * RATE]


def samples_late(waveform: npt.NDArray[np.float32], whole: npt.NDArray[np.float32], window: Any) -> int:
    """Return by how many samples a window's sound comes later than it should, to the nearest sample."""

    def off(late: int) -> float:
        part = slice_at(whole, -late, window)
        # At the file's start there is nothing before.
        common = min(len(part), len(waveform))
        return float(np.mean((part[-common:] - waveform[-common:]) ** 2))

    return min(range(-MOST_LATE, MOST_LATE + 1), key=lambda late: (off(late), abs(late)))


def choose_workers(libraries: list[Any], plan: Any) -> dict[str, Any]:
    """Let each peer read with and without workers, and go on with what took less time."""
    told = {}
    for library in libraries:
        taken = {}
        for workers in (0, loaders.WORKERS):
            library.workers = workers
            begun = time.perf_counter()
            consume(library, plan, TRIED)
            taken[workers] = time.perf_counter() - begun
        library.close()
        library.workers = min(taken, key=lambda workers: taken[workers])
        told[library.name] = {"seconds": {str(key): value for key, value in taken.items()}, "taken": library.workers}
    return told


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


def counted(counters: dict[str, int], one_pass: int, plan: Any) -> dict[str, Any]:
    """Return what an epoch decoded and what one pass decodes."""
    decoded = counters["frames_decoded"]
    asked = len(plan) * LENGTH * FPS
    return {"windows": len(plan), "asked": asked, "decoded": decoded, "one_pass": one_pass, "ratio": decoded / one_pass}


def peak_mebibytes(library: Any) -> float | None:
    """Return the most memory that a process which reads a few batches held with its workers, shared pages once; or None."""
    words = [sys.executable, __file__, *sys.argv[1:], "--read-only", library.name, str(library.workers)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(held, family(process.pid))))
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


def held(process: int) -> int:
    """Return kibibytes of memory of a process, its part of shared pages; 0 where nothing says so."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def readme_table(report: dict[str, Any]) -> str:
    """Return the Markdown table of a report."""
    machine, media, orders = report["machine"], report["media"], report["workloads"]
    lines = ["| loader | " + " | ".join(orders) + " | peak memory |", "|---|" + "---|" * (len(orders) + 1)]
    forms = {name: f"{told['taken']} workers" for name, told in report["workers"].items()}
    for name in next(iter(orders.values())):
        cells = []
        for order in orders.values():
            low, high = order[name]["ratio_range"]
            cells.append("1" if name == "emos-io" else f"{order[name]['ratio_median']:.2f} ({low:.2f} to {high:.2f})")
        peak = report["peak_mebibytes"][name]
        memory = "not known" if peak is None else f"{peak:,.0f} MiB"
        form = forms.get(name, f"{loaders.THREADS} threads")
        lines.append(f"| {name} ({form}) | " + " | ".join(cells) + f" | {memory} |")
    counts = ", ".join(f"{told['ratio']:.2f} in {order}" for order, told in report["frames"].items())
    answers = {name: [order[name]["answer"] for order in orders.values()] for name in forms}
    compared = sum(order["emos-io"]["answer"]["windows_compared"] for order in orders.values())
    late = " and ".join(
        f"{sum(each['windows_with_audio_late'] for each in told)} of {compared} ({name})"
        for name, told in answers.items()
    )
    most_late = max(max(each["samples_late"]) for told in answers.values() for each in told)
    versions = machine["versions"]
    lines += [
        "",
        f"Time over emos-io's in the same round: median (range) of {report['rounds']} rounds on {machine['cores']} cores "
        f"({machine['cpu']}, Python {machine['python']}, load {machine['load_before']:.1f} at the start; emos-io "
        f"{versions['emos-io']}, torch {versions['torch']}, torchcodec {versions['torchcodec']}); above 1 means that "
        f"emos-io took less time. Windows of {LENGTH} s every {float(HOP)} s (iid: {float(HOPS['iid'])} s) over the first "
        f"{media['seconds_planned']} s of {media['files']} files (640 x 360, H.264, keyframes {media['key_distance']} "
        f"frames apart or less, AAC), {FPS} frames a second at {SIZE} x {SIZE}, sound at 16 kHz mono, in batches of "
        f"{loaders.LANES * PER_LANE}; the same windows in the same order for all. With windows every {float(HOP)} s, emos-io "
        f"decoded so many times the frames that one pass over the files decodes: {counts}.",
        "",
        "The same frames came from all. Against its own read of the whole file, torchcodec's sound of a range came late, by "
        f"up to {most_late} samples, in these windows of those compared: {late}. It is timed as it is.",
        "",
        "Limitations: machines with two cores and other work on them; ratios, not times. The peers begin at the keyframe "
        "before each window, emos-io at that before each run of windows, so files with more keyframes suit the peers "
        "better (`--key-distance`); their workers and kept decoders live from round to round, while emos-io opens its files "
        "anew in each. torch's pinning and transfer to a device are not in it. Memory is that of a process and its workers.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
