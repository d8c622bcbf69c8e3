"""An epoch that kills itself half-way and is resumed on two ranks, compared with one that ran without a break."""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ..._files import write_bytes
from ...corpus import Corpus
from ...pipes import media_durations
from ...plan import LabelRule, Windowing, WindowPlan
from ...report import RenderOptions, read_page, render_page, resolve_item, save_page
from ...spans import Span
from ..output import seconds
from ..show import window_command
from .corpus import demo_corpus
from .folder import writing
from .media import with_media
from .worker import VIDEO, BatchLine, batch_lines, make_loader

WINDOW_SECONDS = 4
WINDOWING, LABELS = Windowing(WINDOW_SECONDS, "1/2"), LabelRule(collar="1/2")
NUM_LANES, WINDOWS_PER_LANE, WORLD_SIZE = 4, 2, 2
MAX_ROWS = 6
_WORKER = "from emos_io.cli.demo.worker import main; main()"


def stream_monologues(release: Path | None, out: Path, max_seconds: int, console: Console) -> int:
    """Stream monologues of the release, or four that are made up, as `stream_corpus`; their media are synthesized."""
    console.print("corpus: " + ("made up, four monologues" if release is None else str(release)), highlight=False)
    corpus, fps = with_media(demo_corpus(release), out, max_seconds, console)
    return stream_corpus(corpus, fps, WINDOWING, out, console)


def stream_corpus(corpus: Corpus, fps: int, windowing: Windowing, out: Path, console: Console) -> int:
    """Stream monologues through the loader, kill it, resume it, and compare; 0 if every window came once."""
    durations, _ = media_durations(corpus.monologues)
    plan = WindowPlan(
        corpus.monologues,
        windowing,
        labels=LABELS,
        num_lanes=NUM_LANES,
        windows_per_lane=WINDOWS_PER_LANE,
        seed=7,
        durations=durations,
    )
    console.print(str(plan.summary(fps=fps, size=(112, 112))), markup=False, highlight=False, soft_wrap=True)
    expected, counters = _stream_once(plan)
    _print_windows(plan, expected, console)
    _write_page(plan, windowing, corpus, expected, out / "window.html", console)
    with writing(out):
        for name in ("killed", *(f"resumed-{rank}" for rank in range(WORLD_SIZE))):
            (out / f"{name}.jsonl").unlink(missing_ok=True)
        by_process = _stream_killed(plan, out, plan.num_steps() // 2)
    return _compare(plan, expected, by_process, counters, console)


def _stream_once(plan: WindowPlan) -> tuple[list[BatchLine], dict[str, int]]:
    with make_loader(plan, progress=True) as loader:
        lines = list(batch_lines(loader))
        return lines, loader.counters


def _print_windows(plan: WindowPlan, lines: list[BatchLine], console: Console) -> None:
    table = Table("window", "span", "label", "last sentence")
    keys = [key for line in lines for key in line["keys"] if key is not None]
    for key in keys[:: max(1, len(keys) // MAX_ROWS)][:MAX_ROWS]:
        window = plan.window_by_key(key)
        labels = window.labels
        label = labels.classes[int(labels.soft.argmax())] if labels.valid else "masked"
        text = window.text[-1].text if window.text else "-"
        table.add_row(window.item, f"[{seconds(window.span.start)}, {seconds(window.span.end)})", label, text)
    console.print(table, markup=False)


def _write_page(
    plan: WindowPlan, windowing: Windowing, corpus: Corpus, lines: list[BatchLine], path: Path, console: Console
) -> None:
    """Write the page of the first window that has a label and text."""
    windows = (plan.window_by_key(key) for line in lines for key in line["keys"] if key is not None)
    planned = next((window for window in windows if window.labels.valid and window.text), None)
    if planned is None:
        return
    resolved = resolve_item(planned.item, [corpus], [])
    page = read_page(resolved, planned.label_span, windowing, LABELS, RenderOptions(), corpora=[corpus])
    save_page(render_page(page, window_command(planned)), planned.key, path)
    console.print(f"one window as a page: {path}", markup=False, highlight=False, soft_wrap=True)


def _stream_killed(plan: WindowPlan, out: Path, middle: int) -> dict[str, list[BatchLine]]:
    """Return what each process wrote: one alone until it is killed at step `middle`, then two ranks."""
    plan_file, state = out / "plan.pickle", out / "state.json"
    write_bytes(plan_file, pickle.dumps(plan))
    state.unlink(missing_ok=True)

    def start(name: str, rank: int, world_size: int, *more: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = out / f"{name}.jsonl"
        words = [str(plan_file), str(log), str(rank), str(world_size), str(state), *more]
        # In a group of its own: Ctrl-C is for this process alone, which then kills the others.
        process = subprocess.Popen([sys.executable, "-c", _WORKER, *words], process_group=0)
        processes.callback(process.kill)
        return process, log

    with ExitStack() as processes:
        process, killed = start("killed", 0, 1, str(middle))
        if process.wait() != -signal.SIGKILL:
            raise click.ClickException(f"the process was to be killed, but it ended with {process.returncode}")
        started = [start(f"resumed-{rank}", rank, WORLD_SIZE) for rank in range(WORLD_SIZE)]
        codes = [process.wait() for process, _ in started]
    if any(codes):
        raise click.ClickException(f"the resumed processes ended with {codes}")
    logs = {"killed": killed, **{f"resumed, rank {rank} of {WORLD_SIZE}": log for rank, (_, log) in enumerate(started)}}
    return {name: [json.loads(line) for line in log.read_text("utf-8").splitlines()] for name, log in logs.items()}


def _compare(
    plan: WindowPlan,
    expected: list[BatchLine],
    by_process: dict[str, list[BatchLine]],
    counters: dict[str, int],
    console: Console,
) -> int:
    table = Table("process", "steps", "windows")
    rows: dict[int, list[str]] = {}
    seen: Counter[str] = Counter()
    for name, lines in by_process.items():
        keys = [key for line in lines for key in line["keys"] if key is not None]
        seen.update(keys)
        for line in lines:
            rows.setdefault(line["step"], []).extend(line["digests"])
        steps = f"{lines[0]['step']} to {lines[-1]['step']}" if lines else "-"
        table.add_row(name, steps, str(len(keys)))
    console.print(table, markup=False)
    wanted = {window.key for window in plan.windows()}
    lost, repeated = wanted - set(seen), [key for key, count in seen.items() if count > 1]
    equal = sum(rows.get(line["step"]) == line["digests"] for line in expected)
    console.print(
        f"{len(wanted)} windows: {len(lost)} lost, {len(repeated)} repeated; {equal} of {len(expected)} global batches equal "
        f"bit for bit to those of an epoch without a break",
        highlight=False,
        soft_wrap=True,
    )
    handed_out = len(wanted) * VIDEO.num_frames(Span(0, WINDOW_SECONDS))
    console.print(
        f"{handed_out} frames handed out in windows that overlap, {counters['frames_decoded']} decoded for them",
        highlight=False,
    )
    fine = not lost and not repeated and set(seen) == wanted and equal == len(expected)
    return 0 if fine else 1
