"""``emos link``: which media belong to which items, and where missing media are obtained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from rich.table import Table

from ..corpus import MEDIA_SOURCES, Clip, FindingCollector, Monologue, match
from ..corpus.release import Release, manifest_counts, open_release
from ..errors import CorpusError
from ..pipes import media_duration
from .corpora import read_corpus
from .options import FOLDER
from .output import output, print_json, progress


@click.command()
@click.argument("release", type=FOLDER)
@click.option("--media", type=FOLDER, required=True, help="A folder; everything under it is searched.")
@click.option(
    "--probe/--no-probe", default=True, show_default=True, help="Open each file and compare its length with the labels."
)
@click.option("--json", is_flag=True, help="One JSON object a part, then one item or finding a line.")
def link(release: str, media: str, probe: bool, json: bool) -> int:
    """Match media with items by name, alias, Unicode form and size; list what is missing and where it is obtained."""
    corpus = read_corpus(release)
    try:
        published = open_release(Path(release), FindingCollector())
    except CorpusError:
        # A saved corpus has no manifest, so sizes are not known.
        published = Release(Path(release))
    console = output()
    table = Table("part", "items", "matched", "missing", "obtained from")
    code = 0
    for part, source in MEDIA_SOURCES.items():
        items: list[Clip | Monologue] = [each for each in corpus.items if each.key.startswith(f"{part}/")]
        with progress(part, max(1, len(items))) as step:

            def advance(done: int, total: int, step: Callable[[], None] = step) -> None:
                step()

            found = match(
                items,
                media,
                sizes=published.manifest,
                probe=media_duration if probe else None,
                progress=advance,
            )
        code = code or int(bool(found.missing or len(found.findings)))
        if json:
            counts = manifest_counts(published) if part == "streaming" else {}
            summary = {"part": part, "items": len(items), "matched": len(found.paths), "missing": len(found.missing)}
            print_json(summary | {"obtained_from": source, "manifest": counts, "unused": len(found.unused)})
            for key, path in found.paths.items():
                print_json({"key": key, "path": path, "how": found.how[key]})
            for key in found.missing:
                print_json({"key": key, "path": None, "how": "missing"})
            for finding in found.findings:
                print_json(finding.as_dict())
        else:
            table.add_row(part, str(len(items)), str(len(found.paths)), str(len(found.missing)), source)
            for finding in found.findings:
                console.print(str(finding))
    if not json:
        console.print(table)
        counts = manifest_counts(published)
        console.print(
            f"the manifest lists {counts['total']} streaming files: {counts['main']} clips, {counts['original']} originals, "
            f"which never stand for a clip, {counts['segments']} segments"
        )
    return code
