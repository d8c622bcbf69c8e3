"""``emos probe``: the metadata of a media file."""

from __future__ import annotations

import click
from rich.table import Table

from .. import media as core
from ..errors import escaped
from ..media import AudioTrack, Media, Metadata, Track, VideoTrack
from .options import FILE
from .output import output, print_json, seconds


@click.command()
@click.argument("media", type=FILE)
@click.option("--json", is_flag=True, help="One JSON object on stdout.")
def probe(media: str, json: bool) -> None:
    """Print the tracks of a media file, exact counts and times, and warnings."""
    metadata = Media(media).metadata
    if json:
        libraries = {"libraries": core.libraries(), "cpu_flags": core.cpu_flags()}
        print_json(metadata.as_dict() | libraries)
    else:
        _table(metadata)


def _table(metadata: Metadata) -> None:
    console = output()
    console.print(
        f"{escaped(metadata.path)}: {metadata.container}, {seconds(metadata.duration)} s, media zero at "
        f"{seconds(metadata.start_offset)} s of the container, index from {metadata.index_source}"
    )
    table = Table("track", "kind", "codec", "language", "start", "end", "what")
    for track in metadata.tracks:
        chosen = track in (metadata.video, metadata.audio)
        table.add_row(
            f"{track.index}{' *' if chosen else ''}",
            track.kind,
            track.codec,
            track.language or "-",
            seconds(track.start),
            seconds(track.end),
            _what(track),
        )
    console.print(table)
    for warning in metadata.warnings:
        console.print(f"warning: {warning}")


def _what(track: Track) -> str:
    match track:
        case VideoTrack():
            rate = "-" if track.average_rate is None else f"{float(track.average_rate):.3f}"
            rotation = f", turned {track.rotation}" if track.rotation else ""
            return (
                f"{track.width} x {track.height}, {track.num_frames} frames, {rate} fps, {track.pixel_format}{rotation}"
            )
        case AudioTrack():
            return f"{track.sample_rate} Hz, {track.num_channels} channels ({track.channel_layout})"
        case _:
            return ""
