"""Measure the pre-roll of every codec; write the table of docs/preroll.md.

python scripts/preroll.py              # minutes; needs ffmpeg, the built package and cargo
python scripts/preroll.py Opus "AC-3"  # these lines alone

Spacing and pre-roll are what the core does: how many packets it decodes for one sample of a chunk. What a decoder needs is
measured by `rust/emos-media/examples/preroll.rs`, with the decoders of the core.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict

from emos_io import Media, Span
from preroll_clips import ROWS, Clip, Row

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "preroll.md"
BEGIN, END = "<!-- table: scripts/preroll.py -->", "<!-- end of table -->"


class Step(TypedDict):
    """What the example says of one pre-roll."""

    preroll: int
    starts: int
    unequal: int
    unlike: int
    error: float | None


class Anchors(NamedTuple):
    """How many packets a chunk has, and how many are decoded before it."""

    spacing: int
    preroll: int


class Measured(NamedTuple):
    """One clip, measured."""

    clip: Clip
    anchors: Anchors
    steps: Sequence[Step]


def make(clip: Clip, folder: Path) -> Path:
    """Encode a clip."""
    out = folder / f"clip{clip.suffix}"
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *clip.arguments(), str(out)], check=True)
    return out


def anchors(path: Path, packets: int) -> Anchors:
    """What the core does with a file of at least two chunks: it decodes chunk 0 for the first sample, and for the last one
    the last chunk with its pre-roll.
    """
    spacing, last = _packets_decoded(path, last=False), _packets_decoded(path, last=True)
    chunks = -(-packets // spacing)
    assert chunks > 1, f"{path.name} is one chunk; give the clip more seconds"
    return Anchors(spacing, last - (packets - (chunks - 1) * spacing))


def _packets_decoded(path: Path, *, last: bool) -> int:
    """How many packets the core decodes for the first or the last sample of the track."""
    media = Media(path, video=False)
    track = media.metadata.audio
    assert track is not None and track.start is not None and track.end is not None
    sample = Fraction(1, track.sample_rate)
    start = track.end - sample if last else track.start
    media.samples_in(Span(start, start + sample))
    return media.counters["audio_packets_decoded"]


def measure(clip: Clip, folder: Path) -> Measured:
    """Make a clip and measure it."""
    path = make(clip, folder)
    probe = ["ffprobe", "-v", "error", "-select_streams", "a:0", "-count_packets", "-of", "csv=p=0"]
    probe += ["-show_entries", "stream=nb_read_packets", str(path)]
    counted = subprocess.run(probe, capture_output=True, text=True, check=True).stdout
    found = anchors(path, int(counted.split()[0].strip(",")))
    example = ["cargo", "run", "--release", "--quiet", "--package", "emos-media", "--example", "preroll", "--"]
    run = subprocess.run(
        [*example, str(path), str(found.preroll)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    steps: list[Step] = json.loads(run.stdout)["steps"]
    return Measured(clip, found, steps)


def after(steps: Sequence[Step], what: Literal["unequal", "unlike"]) -> int | None:
    """The least pre-roll of the ladder from which on nothing differs, or `None`."""
    least = None
    for step in reversed(steps):
        if step[what]:
            break
        least = step["preroll"]
    return least


def bound(error: float) -> str:
    """Twice an error that was measured at a few packets, as the next power of two: another packet may have a larger one."""
    return "0" if error == 0 else f"2^{min(1, math.ceil(math.log2(2 * error)))}"


def largest_error(measured: Measured) -> float:
    """The largest difference of a sample after the pre-roll of the core."""
    (step,) = [step for step in measured.steps if step["preroll"] == measured.anchors.preroll]
    assert step["error"] is not None, f"{measured.clip.name}: other counts of samples after the pre-roll"
    return step["error"]


def line(row: Row, clips: Sequence[Measured]) -> str:
    """One line of the table."""
    used = [f"{measured.anchors.preroll} / {measured.anchors.spacing}" for measured in clips]
    equal = [after(measured.steps, "unequal") for measured in clips]
    alike = [after(measured.steps, "unlike") for measured in clips]
    cells = (
        row.name,
        used[0] if len(set(used)) == 1 else ", ".join(used),
        ", ".join("never" if least is None else str(least) for least in equal),
        ", ".join("never" if least is None else str(least) for least in alike),
        bound(max(map(largest_error, clips))),
        "; ".join(measured.clip.name for measured in clips),
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure all codecs, or those that are named, and put the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    table, tail = rest.split(END)
    before = {text.split(" | ")[0].strip("| "): text for text in table.splitlines() if text.startswith("|")}
    lines = [
        "| codec | pre-roll / spacing | bit-equal after | alike after | at most | measured on |",
        "|---|---|---|---|---|---|",
    ]
    for row in ROWS:
        if sys.argv[1:] and row.name not in sys.argv[1:]:
            lines.append(before[row.name])
            continue
        with tempfile.TemporaryDirectory() as folder:
            lines.append(line(row, [measure(clip, Path(folder)) for clip in row.clips]))
        print(lines[-1], flush=True)
    PAGE.write_text(f"{head}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
