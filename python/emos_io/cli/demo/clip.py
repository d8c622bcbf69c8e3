"""A clip through overlapping windows: a table, and a contact sheet."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from ..._files import atomic_file
from ...errors import escaped
from ...media import Media, Window
from ...report.waveform import outline
from ..output import progress, seconds
from .folder import writing

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

LENGTH, HOP, FPS, SIZE, SAMPLE_RATE = 4, 1, 4, 224, 16_000


def stream_clip(path: Path, out: Path, console: Console) -> None:
    """Stream a clip through windows; print a table and write a contact sheet."""
    opened = Media(path, on_error="mask")
    console.print(escaped(path), markup=False, highlight=False)
    stream = opened.windows(
        LENGTH,
        HOP,
        fps=FPS,
        size=SIZE,
        sample_rate=SAMPLE_RATE,
        num_channels=1 if opened.metadata.audio else None,
    )
    table = Table("window", "span", "frames", "samples", "not valid", "damaged")
    sheet_windows: list[Window] = []
    total = len(stream)
    begun = time.perf_counter()
    frames = 0
    with progress("windows", total) as step:
        for index, window in enumerate(stream):
            frames += 0 if window.video is None else len(window.video)
            if index % LENGTH == 0:
                sheet_windows.append(window)
            if index < 12 or index >= total - 3:
                _row(table, index, window)
            elif index == 12:
                table.add_row("...", "...", "...", "...", "...", "...")
            step()
    elapsed = max(time.perf_counter() - begun, 1e-9)
    console.print(table)
    covered = opened.metadata.duration
    console.print(
        f"{total} windows of {LENGTH} s every {HOP} s: {frames} frames handed out, "
        f"{opened.counters['frames_delivered']} converted, {opened.counters['frames_decoded']} decoded",
        highlight=False,
    )
    console.print(
        f"{frames / elapsed:.0f} frames/s, {float(covered) / elapsed:.1f} times real time ({elapsed:.2f} s)",
        highlight=False,
    )
    with writing(out):
        sheet = _sheet(opened, sheet_windows, out / "contact-sheet.png")
    console.print(f"contact sheet: {sheet}", markup=False, highlight=False, soft_wrap=True)


def _row(table: Table, index: int, window: Window) -> None:
    video, audio = window.video, window.audio
    missing_frames = 0 if video is None else int((~video.valid).sum())
    missing_samples = 0 if audio is None else int((~audio.valid).sum())
    table.add_row(
        str(index),
        f"[{seconds(window.span.start)}, {seconds(window.span.end)})",
        "-" if video is None else str(len(video)),
        "-" if audio is None else str(len(audio)),
        f"{missing_frames} frames, {missing_samples} samples",
        str(int(window.damaged.sum())),
    )


def _sheet(media: Media, windows: list[Window], path: Path) -> Path:
    """Draw four frames of each window with the waveform under them, on one time axis."""
    from PIL import Image, ImageDraw

    columns, margin, thumb_width, waveform_height, caption = FPS, 12, 200, 64, 18
    video = media.metadata.video
    thumb_height = 60 if video is None else max(24, round(thumb_width * video.height / max(video.width, 1)))
    row_height = caption + thumb_height + 4 + waveform_height + margin
    rows = windows[:8]
    width = 2 * margin + columns * thumb_width + (columns - 1) * 4
    sheet = Image.new("RGB", (width, margin + max(1, len(rows)) * row_height), (250, 250, 248))
    draw = ImageDraw.Draw(sheet)
    inner = width - 2 * margin
    for number, window in enumerate(rows):
        top = margin + number * row_height
        draw.text((margin, top), f"[{seconds(window.span.start)}, {seconds(window.span.end)}) s", fill=(60, 60, 60))
        top += caption
        if window.video is not None:
            for column in range(columns):
                at = column * len(window.video) // columns
                left = margin + column * (thumb_width + 4)
                if window.video.valid[at]:
                    frame = Image.fromarray(window.video.data[at]).resize((thumb_width, thumb_height))
                    sheet.paste(frame, (left, top))
                else:
                    draw.rectangle((left, top, left + thumb_width - 1, top + thumb_height - 1), fill=(225, 225, 222))
                label = seconds(window.video.times[at]) if window.video.valid[at] else "no frame"
                draw.rectangle((left, top, left + 8 + 6 * len(label), top + 14), fill=(0, 0, 0))
                draw.text((left + 4, top + 1), label, fill=(255, 255, 255))
        top += thumb_height + 4
        _waveform(draw, window, (margin, top, inner, waveform_height))
    with atomic_file(path) as file:
        sheet.save(file, "PNG")
    return path


def _waveform(draw: ImageDraw, window: Window, area: tuple[int, int, int, int]) -> None:
    left, top, width, height = area
    middle = top + height // 2
    draw.rectangle((left, top, left + width - 1, top + height - 1), fill=(255, 255, 255), outline=(210, 210, 205))
    audio = window.audio
    if audio is None or len(audio) == 0:
        draw.text((left + 6, middle - 6), "no audio", fill=(150, 150, 150))
        return
    starts, low, high = outline(audio.data, width)
    valid = np.logical_or.reduceat(audio.valid, starts)
    scale = height / 2 - 2
    for x in range(width):
        column = x * len(starts) // width
        if valid[column]:
            span = (left + x, middle - float(high[column]) * scale, left + x, middle - float(low[column]) * scale + 1)
            draw.line(span, fill=(40, 90, 150))
        else:
            draw.line((left + x, top + 1, left + x, top + height - 2), fill=(235, 235, 232))
