"""Draw docs/images/report.png and report-timeline.png: a report of two made-up runs of a made-up corpus, in Chromium.

The corpus is drawn faces and voices, as `emos synthesize --kind expressive` makes them. One run has the labels of the corpus
2 s late and right more often; the other has one label too often. Nothing of it is a result of a model.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Page, sync_playwright

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.evaluation import Prediction, write_predictions

IMAGES = Path(__file__).parent.parent / "docs" / "images"
WIDTH, TOP = 1200, 720
"""Pixels of the window, and of what is drawn of the top of the page."""
MOST_BYTES = 300_000
COLOURS = 128
EDGE = 12
"""Pixels that are left around a timeline."""
MADE_UP = (
    *("--kind", "expressive", "--codec", "h264", "--size", "120,160"),
    *("--speakers", "10", "--seconds", "24", "--clips-per-speaker", "4"),
)
"""Ten speakers: with fewer, scores have no interval."""
HOP = Fraction(1, 2)
RUNS = {"late": (2, 0.75), "guess": (0, 0.35)}
"""By the name of a run: how many seconds its labels are late, and how often they are right."""
CLASSES = ("Anger", "Disgust", "Fear", "Joy", "Neutral", "Sadness", "Surprise")


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=IMAGES, help="The folder; docs/images if left out.")
    out = parser.parse_args().out
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.exit("no Chromium on the path; `scripts/system-packages.sh browser` installs it on Debian")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = make_report(folder)
        with sync_playwright() as playwright:
            root = ["--no-sandbox"] if os.geteuid() == 0 else []
            opened = playwright.chromium.launch(executable_path=browser, args=root)
            tab = opened.new_page(viewport={"width": WIDTH, "height": TOP}, color_scheme="light")
            tab.goto(page.as_uri())
            tab.wait_for_function("() => document.documentElement.dataset.ready === '1'")
            top = image(tab.screenshot())
            timeline = image(timeline_of(tab))
            opened.close()
    both = Image.new("RGB", (WIDTH, top.height + timeline.height), "white")
    both.paste(top, (0, 0))
    both.paste(timeline, ((WIDTH - timeline.width) // 2, top.height))
    save(both, out / "report.png")
    save(timeline, out / "report-timeline.png")


def make_report(folder: Path) -> Path:
    """Make the corpus and its runs in a folder, and return the page of its report."""
    emos = [sys.executable, "-m", "emos_io"]
    subprocess.run([*emos, "synthesize", "corpus", *MADE_UP], cwd=folder, check=True, stdout=sys.stderr)
    corpus = Corpus.load(folder / "corpus")
    for name, (late, share) in RUNS.items():
        generator = random.Random(name)
        rows = [*of_clips(corpus, share, generator), *of_monologues(corpus, late, share, generator)]
        header = {"model": f"made up: {name}", "form": "decisions"}
        write_predictions(folder / f"{name}.jsonl", rows, header=header)
    files = [f"{name}.jsonl" for name in RUNS]
    words = ["--corpus", "corpus", "--title", "Two runs of a made-up corpus"]
    done = subprocess.run([*emos, "report", *files, *words], cwd=folder, stdout=sys.stderr, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"emos report ended with {done.returncode}")
    return folder / "report.html"


def of_clips(corpus: Corpus, share: float, generator: random.Random) -> Iterator[Prediction]:
    """Yield an answer for each clip that is right so often, and surer where it is."""
    for clip in corpus.clips:
        truth = clip.decisions["basic7"].label
        label = truth if truth is not None and generator.random() < share else generator.choice(CLASSES)
        confidence = round(generator.uniform(0.5, 1) if label == truth else generator.uniform(0.3, 0.9), 3)
        yield Prediction(key=clip.key, layer="basic7", label=label, confidence=confidence)


def of_monologues(corpus: Corpus, late: int, share: float, generator: random.Random) -> Iterator[Prediction]:
    """Yield a label each half second: that of so many seconds before, or one that stays wrong for 4 s."""
    for monologue in corpus.monologues:
        starts = [HOP * index for index in range(int(monologue.duration / HOP))]
        truth = monologue.labels("basic7").at([max(start - late, Fraction(0)) for start in starts])
        label, wrong = "Neutral", ""
        for number, (start, found) in enumerate(zip(starts, truth, strict=True)):
            label = found or label
            if number % 8 == 0:
                wrong = "" if generator.random() < share else generator.choice(CLASSES)
            span = Span(start, start + HOP)
            confidence = round(generator.uniform(0.4, 0.95), 3)
            yield Prediction(
                key=monologue.key, layer="basic7", span=span, label=wrong or label, confidence=confidence,
                available_at=span.end,
            )  # fmt: skip


def timeline_of(tab: Page) -> bytes:
    """Return the first timeline, with the video at its first turning point."""
    details = tab.locator("details.timeline").first
    details.scroll_into_view_if_needed()
    details.get_by_role("button", name="To the next turning point").click()
    tab.wait_for_function(
        """() => { const video = document.querySelector("details.timeline video");
        return !video || (!video.seeking && video.readyState >= 2 && video.currentTime > 0); }"""
    )
    box = details.bounding_box()
    scrolled = float(tab.evaluate("scrollY"))
    assert box is not None
    clip = FloatRect(
        x=max(box["x"] - EDGE, 0.0),
        y=box["y"] + scrolled,
        width=min(box["width"] + 2 * EDGE, WIDTH),
        height=box["height"],
    )
    return tab.screenshot(full_page=True, clip=clip)


def image(data: bytes) -> Image.Image:
    """Return the image of a PNG file."""
    with Image.open(io.BytesIO(data)) as opened:
        return opened.convert("RGB")


def save(drawn: Image.Image, path: Path) -> None:
    """Write an image with few colours, which makes it small."""
    drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"{path} has {size:,} bytes, more than {MOST_BYTES:,}")
    print(f"{path}: {drawn.width} x {drawn.height} pixels, {size:,} bytes")


if __name__ == "__main__":
    main()
