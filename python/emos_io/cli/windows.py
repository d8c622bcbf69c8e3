"""``emos windows``: every window of a media file, with hashes of its frames and samples."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import TypedDict

import click
import numpy as np
import numpy.typing as npt
from rich.table import Table

from .._files import atomic_file, unwritable
from ..media import Media, OnError, Window, WindowStream
from ..media.metadata import time_text
from ..spans import Span, exact_seconds
from .options import FILE, height_width
from .output import output, print_json, progress, seconds


class _Arrays(TypedDict, total=False):
    """The arrays of a stored window, by name: savez takes every other keyword for an array too, with numpy 1.26."""

    frames: npt.NDArray[np.uint8]
    frame_pts: npt.NDArray[np.str_]
    audio: npt.NDArray[np.float32]


@click.command()
@click.argument("media", type=FILE)
@click.option("--length", help="Seconds of a window, such as 4 or 1001/250; the full file if left out.")
@click.option("--hop", help="Seconds from start to start; the length if left out.")
@click.option("--fps", help="Frames a second; every frame if left out.")
@click.option("--max-frames", type=int, help="With --fps, the most frames of a window; fps is lowered for more.")
@click.option("--hold-last", is_flag=True, help="Keep the last frame on screen to the end of a window.")
@click.option("--size", callback=height_width, help="Height,width; the displayed size if left out.")
@click.option("--sample-rate", type=int, help="Samples a second; the track's if left out.")
@click.option("--channels", type=int, help="At most the track's, 1 for mono; the track's if left out.")
@click.option("--on-error", type=click.Choice(["raise", "mask"]), default="raise", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="A folder to write window_%06d.npz files to.")
@click.option("--json", is_flag=True, help="JSON Lines on stdout.")
def windows(
    media: str,
    length: str | None,
    hop: str | None,
    fps: str | None,
    max_frames: int | None,
    hold_last: bool,
    size: tuple[int, int] | None,
    sample_rate: int | None,
    channels: int | None,
    on_error: OnError,
    out: Path | None,
    json: bool,
) -> int:
    """Print the windows of a file: spans, times, validity and sha256 of frames and samples."""
    if hop is not None and length is None:
        raise click.UsageError("--length must be given with --hop, got --hop alone; add the seconds of a window")
    opened = Media(media, on_error=on_error)
    duration = max(opened.metadata.duration, Fraction(1, 1000))
    exact_length = duration if length is None else exact_seconds(length, name="--length")
    stream: WindowStream = opened.windows(
        exact_length,
        None if hop is None else exact_seconds(hop, name="--hop"),
        fps=None if fps is None else exact_seconds(fps, name="--fps"),
        max_frames=max_frames,
        hold_last=hold_last,
        size=size,
        sample_rate=sample_rate,
        num_channels=channels,
    )
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(unwritable("the folder", out, "name a folder", error)) from error
    table = None if json else Table("window", "start", "end", "frames", "valid", "samples", "valid", "damaged")
    damaged = False
    with progress("windows", len(stream)) as step:
        for index, window in enumerate(stream):
            damaged = damaged or _is_damaged(window, opened)
            if out is not None:
                _save(window, out / f"window_{index:06d}.npz")
            if table is None:
                print_json(describe(index, window))
            else:
                _row(table, index, window)
            step()
    if table is not None:
        output().print(table)
    return 1 if damaged else 0


def describe(index: int, window: Window) -> dict[str, object]:
    """Return the JSON object of a window."""
    video, audio = window.video, window.audio
    return {
        "index": index,
        "start": time_text(window.span.start),
        "end": time_text(window.span.end),
        "frames": None if video is None else len(video),
        "frame_pts": None if video is None else [time_text(pts) for pts in video.times],
        "samples": None if audio is None else len(audio),
        "channels": None if audio is None else audio.num_channels,
        "video_valid": None if video is None else video.valid.tolist(),
        "audio_valid": None if audio is None else [list(pair) for pair in audio.valid_ranges],
        "audio_damaged": None if audio is None else [list(pair) for pair in audio.damaged_ranges],
        "damaged": None if video is None else video.damaged.tolist(),
        "frame_sha256": None if video is None else hashlib.sha256(video.data.data).hexdigest(),
        "audio_sha256": None
        if audio is None
        else hashlib.sha256(audio.data.astype("<f4", copy=False).data).hexdigest(),
    }


def _is_damaged(window: Window, media: Media) -> bool:
    return bool(window.damaged.any()) or (window.audio is not None and window.audio.damaged)


def _save(window: Window, path: Path) -> None:
    """Write the arrays of a window, completely or not at all."""
    arrays: _Arrays = {}
    if window.video is not None:
        arrays["frames"] = window.video.data
        arrays["frame_pts"] = np.array([time_text(pts) or "" for pts in window.video.times], dtype=np.str_)
    if window.audio is not None:
        arrays["audio"] = window.audio.data
    try:
        with atomic_file(path) as file:
            np.savez(file, **arrays)
    except OSError as error:
        raise OSError(unwritable("a window", path, "free some space or name another folder", error)) from error


def _row(table: Table, index: int, window: Window) -> None:
    span: Span = window.span
    video, audio = window.video, window.audio
    table.add_row(
        str(index),
        seconds(span.start),
        seconds(span.end),
        "-" if video is None else str(len(video)),
        "-" if video is None else str(int(video.valid.sum())),
        "-" if audio is None else str(len(audio)),
        "-" if audio is None else str(int(audio.valid.sum())),
        str(int(window.damaged.sum())),
    )
