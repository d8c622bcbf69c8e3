"""Time the page of a comparison: all of the EmoS release, with media of its 46 monologues, in headless Chromium.

The media are made by `emos synthesize` at their real lengths (5,728 s), once. Two runs answer all 9,403 clips and each half
second of the monologues: the released labels 2 s late, and labels that never change. The page has thumbnails and waveforms. It
must have at most 20 MB, and its script must have drawn within 5 s of the start of loading; one that does not fails.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from importlib import metadata
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.evaluation import Prediction, write_predictions

HERE = Path(__file__).parent
ROUNDS = 5
HOP = Fraction(1, 2)
LATE = 2
"""Seconds by which the labels of the first run are late."""
MOST_BYTES = 20_000_000
MOST_SECONDS = 5.0
WIDTHS = (390, 1600)
NOTE_READY = """new MutationObserver((_, observer) => {
  if (document.documentElement?.dataset.ready !== "1") return;
  window.readyAfter = performance.now() / 1000;
  observer.disconnect();
}).observe(document, { attributes: true, childList: true, subtree: true, attributeFilter: ["data-ready"] });"""
"""Notes when the script of a page has drawn, in seconds since the browser was told to load it."""


def main() -> None:
    """Write the page, open it, and write benches/results/report.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    release = Path(os.environ.get("EMOS_RELEASE", HERE.parent.parent / "shared" / "emos-release"))
    parser.add_argument("release", type=Path, nargs="?", default=release)
    parser.add_argument("--media", type=Path, default=HERE.parent / "build" / "benches" / "media")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "report.json")
    arguments = parser.parse_args()
    emos = [sys.executable, "-m", "emos_io"]
    subprocess.run([*emos, "synthesize", arguments.release, arguments.media], check=True, stdout=sys.stderr)
    corpus = Corpus.from_release(arguments.release)
    with tempfile.TemporaryDirectory() as folder:
        runs = [Path(folder) / f"{name}.jsonl" for name in ("late", "constant")]
        for path, late in zip(runs, (LATE, None), strict=True):
            rows = [*of_clips(corpus, late), *of_monologues(corpus, late)]
            write_predictions(path, rows, header={"model": path.stem, "form": "decisions"})
        page = Path(folder) / "report.html"
        words = ["--corpus", arguments.release, "--media", arguments.media, "--draws", arguments.draws, "--out", page]
        begun = time.perf_counter()
        done = subprocess.run([*emos, "report", *runs, *map(str, words)], stdout=sys.stderr, check=False)
        written_seconds = time.perf_counter() - begun
        assert done.returncode in (0, 1), f"emos report ended with {done.returncode}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=sandbox())
            version = browser.version
            results = {str(width): opened(browser, page, width, arguments.rounds) for width in WIDTHS}
            browser.close()
        num_bytes = page.stat().st_size
    report = {
        "machine": {
            "cores": os.cpu_count(),
            "load_after": os.getloadavg()[0],
            "python": platform.python_version(),
            "chromium": version,
            "versions": {name: metadata.version(name) for name in ("emos-io", "numpy", "playwright")},
        },
        "rounds": arguments.rounds,
        "clips": len(corpus.clips),
        "monologues": len(corpus.monologues),
        "seconds_of_media": float(sum(each.duration for each in corpus.monologues)),
        "runs": len(runs),
        "page_bytes": num_bytes,
        "page_written_seconds": written_seconds,
        "ready_seconds": results,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    assert num_bytes <= MOST_BYTES, f"the page has {num_bytes:,} bytes"
    slowest = max(each["median"] for each in results.values())
    assert slowest <= MOST_SECONDS, f"the page is ready after {slowest:.1f} s"


def chromium() -> str:
    """Return the path of the browser; the distribution's."""
    for folder in os.get_exec_path():
        for name in ("chromium", "chromium-browser", "google-chrome"):
            if (Path(folder) / name).is_file():
                return str(Path(folder) / name)
    raise SystemExit("no Chromium on the path; `scripts/system-packages.sh browser` installs it on Debian")


def sandbox() -> list[str]:
    """Return what the browser needs where the user is root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def opened(browser: Browser, page: Path, width: int, rounds: int) -> dict[str, float]:
    """Return the seconds until the page is ready in a window of a width, each time in a new one."""
    seconds = []
    for number in range(rounds):
        with browser.new_context(viewport={"width": width, "height": 900}) as context:
            tab = context.new_page()
            tab.add_init_script(NOTE_READY)
            tab.goto(page.as_uri(), wait_until="load", timeout=60_000)
            tab.wait_for_function("() => window.readyAfter", timeout=60_000)
            seconds.append(float(tab.evaluate("window.readyAfter")))
            timelines = tab.locator("details.timeline").count()
            assert timelines == 46, f"the page has {timelines} timelines"
        print(f"{width} px, round {number + 1} of {rounds}: {seconds[-1]:.2f} s", file=sys.stderr)
    return {"median": statistics.median(seconds), "least": min(seconds), "most": max(seconds)}


def of_clips(corpus: Corpus, late: int | None) -> Iterator[Prediction]:
    """Yield an answer for each clip: its decision, but every third is that of the clip before; or one class for all."""
    label = "Neutral"
    for number, clip in enumerate(corpus.clips):
        decision = clip.decisions["basic7"]
        if number % 3 and late is not None and decision.label is not None:
            label = decision.label
        yield Prediction(key=clip.key, layer="basic7", label=label, confidence=0.4 + number % 60 / 100)


def of_monologues(corpus: Corpus, late: int | None) -> Iterator[Prediction]:
    """Yield the label of each half second so many seconds late; or one class for all."""
    for monologue in corpus.monologues:
        starts = [HOP * index for index in range(int(monologue.duration / HOP))]
        truth = monologue.labels("basic7").at([max(start - (late or 0), Fraction(0)) for start in starts])
        label = "Neutral"
        for start, found in zip(starts, truth, strict=True):
            if late is not None:
                label = found or label
            span = Span(start, start + HOP)
            yield Prediction(
                key=monologue.key, layer="basic7", span=span, label=label, confidence=0.75, available_at=span.end
            )


if __name__ == "__main__":
    main()
