"""``emos votes``: read workbooks and annotation files into a log of votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from ..annotation import Event, EventLog, read_span_votes, read_votes
from ..corpus import FindingCollector, Taxonomy
from ..corpus.annotation_paths import ENCODED, TABLES
from ..corpus.folder.raters import names_of_files
from ..errors import quoted
from .options import FILE, LAYER, name_or_taxonomy
from .output import print_findings, print_json
from .own_data import typed_delimiter

SPAN_SUFFIXES = {".eaf", ".textgrid", ".json"}
"""The suffixes of files whose labels have spans."""


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--log", type=FILE, required=True, help="JSON Lines file of events; votes are appended to it.")
@click.option(
    "--layer",
    type=LAYER,
    callback=name_or_taxonomy,
    required=True,
    help="basic7, goemotions or another taxonomy; of your own, its file (.json, .yaml).",
)
@click.option(
    "--item", help="Column of the key, or a pattern with columns in braces; for one file with spans the key itself."
)
@click.option("--label", multiple=True, help="Column of the labels, or RATER=COLUMN for each rater.")
@click.option("--tier", help="The tier of an .eaf, .TextGrid or .json that has the labels.")
@click.option("--frame-rate", help="Frames per second of a Label Studio .json, such as 25 or 30000/1001.")
@click.option("--first-frame", type=int, help="The number of the first frame of a Label Studio .json, 0 or 1.")
@click.option("--rater", help="The rater; without it the name of the file, or what the file says.")
@click.option("--rater-column", help="The column with the rater of each row.")
@click.option("--encoding", help="Encoding of csv, tsv and .TextGrid files, such as gb18030; detected if left out.")
@click.option("--delimiter", help="The character between cells of csv and tsv files, or tab; detected if left out.")
@click.option("--json", is_flag=True, help="One JSON object a file, then one finding a line.")
def votes(
    files: tuple[str, ...],
    log: str,
    layer: str | Taxonomy,
    item: str | None,
    label: tuple[str, ...],
    tier: str | None,
    frame_rate: str | None,
    first_frame: int | None,
    rater: str | None,
    rater_column: str | None,
    encoding: str | None,
    delimiter: str | None,
    json: bool,
) -> int:
    """Read xlsx, csv, tsv, .eaf, .TextGrid and Label Studio .json files into a log. Votes that it has are not added again."""
    _check_files(files, log)
    events = EventLog(log)
    findings = FindingCollector()
    by_rater = dict(each.split("=", 1) for each in label if "=" in each)
    if by_rater and len(by_rater) < len(label):
        raise click.UsageError("--label must be COLUMN or RATER=COLUMN, got both; use one of the two forms")
    if not by_rater and len(label) > 1:
        raise click.UsageError("--label must be RATER=COLUMN where there are several, got COLUMN; name the raters")
    between = typed_delimiter(delimiter)
    suffixes = {Path(file).suffix.lower() for file in files}
    if delimiter is not None and not suffixes & TABLES:
        raise click.UsageError("--delimiter must come with a csv or tsv file, got none; leave it out")
    if encoding is not None and not suffixes & ENCODED:
        raise click.UsageError("--encoding must come with a csv, tsv or .TextGrid file, got none; leave it out")
    tables = [path for path in dict.fromkeys(map(Path, files)) if path.suffix.lower() not in SPAN_SUFFIXES]
    with_spans = {Path(file).resolve(): file for file in files if Path(file).suffix.lower() in SPAN_SUFFIXES}
    if item is not None and with_spans:
        _check_one_item(list(with_spans.values()), tables)
    if tables and (item is None or not label):
        raise click.UsageError("tables need --item and --label; give both")

    def read_table(path: Path, who: str | None, noted: FindingCollector) -> list[Event]:
        is_table = path.suffix.lower() in TABLES
        return read_votes(
            path,
            noted,
            layer=layer,
            item=item or "",
            label=by_rater or label[0],
            rater=who,
            rater_column=rater_column,
            encoding=encoding if is_table else None,
            delimiter=between if is_table else None,
        )

    names: dict[Path, str] = {}
    if not (by_rater or rater_column or rater):
        names = _named_apart(tables, lambda path: read_table(path, path.stem, FindingCollector()), findings)
    for file in files:
        path = Path(file)
        if path.suffix.lower() in SPAN_SUFFIXES:
            read = read_span_votes(
                path,
                findings,
                layer=layer,
                item=item,
                rater=rater,
                tier=tier,
                frame_rate=frame_rate,
                first_frame=first_frame,
                encoding=encoding,
            )
        else:
            who = None if by_rater or rater_column else rater or names.get(path, path.stem)
            read = read_table(path, who, findings)
        added = events.add(read)
        if json:
            print_json({"file": file, "votes": len(read), "added": added, "log": log})
        else:
            click.echo(f"{file}: {len(read)} votes, {added} new in {log}")
    events.current(findings)
    return print_findings(findings.collected, as_json=json)


def _check_files(files: Sequence[str], log: str) -> None:
    folder = next((file for file in files if Path(file).is_dir()), None)
    if folder is not None:
        raise click.UsageError(
            "FILES must be xlsx, csv, tsv, .eaf, .TextGrid or Label Studio .json files, got a folder; give the files in it: "
            f"{quoted(folder)}"
        )
    if Path(log).is_dir():
        raise click.UsageError(f"--log must be a file, got a folder; name a file that ends in .jsonl: {quoted(log)}")


def _check_one_item(with_spans: Sequence[str], tables: Sequence[Path]) -> None:
    """Refuse ``--item`` beside files with spans that would all be about that one item."""
    if len(with_spans) > 1:
        raise click.UsageError(
            f"--item must be left out with several files with spans, got it with {len(with_spans)}; leave it out, each file "
            f"names its media or is named as it, or give one file: {quoted(with_spans[1])}"
        )
    if tables:
        raise click.UsageError(
            "--item must be a column of tables or the key of a file with spans, got both kinds of files; give each kind by "
            f"itself: {quoted(with_spans[0])}"
        )


def _named_apart(
    tables: Sequence[Path], read: Callable[[Path], list[Event]], findings: FindingCollector
) -> dict[Path, str]:
    """Return names of the raters of files that have one name and label the same items: they are two people.

    Args:
        tables: The files, each once.
        read: Reads the votes of a file.
        findings: Takes ``same_rater_name``.
    """
    alike: dict[str, list[Path]] = {}
    for path in tables:
        alike.setdefault(path.stem, []).append(path)
    named: dict[Path, str] = {}
    for name, paths in alike.items():
        counts = Counter(key for path in paths for key in {each.vote.item for each in read(path)}) if paths[1:] else {}
        shared = sum(count > 1 for count in counts.values())
        if not shared:
            continue
        given = names_of_files(paths)
        named |= given
        what = f"{len(paths)} files of raters named {name!r} label {shared} items of each other's"
        fix = f"their raters are {', '.join(map(repr, given.values()))}; if they are one person, give --rater"
        findings.add("same_rater_name", str(paths[0]), what, fix)
    return named
