"""Options of a person's own data: a folder of media, and the annotations that are about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypedDict, TypeVar, get_args

import click

from ..corpus import Corpus, FindingCollector
from ..corpus.annotation_paths import ANNOTATIONS, SENTENCES, annotation_files, existing, is_table
from ..corpus.media_names import MediaNames
from ..errors import InvalidArgument, SourceNotFound, SourceUnreadable, quoted
from ..formats import TABLE_FIELDS, TimeUnit, column_names
from ..pipes import media_duration

Command = TypeVar("Command", bound=Callable[..., object])

_UNITS = get_args(TimeUnit)
_NEXT_FIELD = re.compile(rf",\s*(?=(?:{'|'.join(TABLE_FIELDS)})\s*=)")


class ReviewDataOptions(TypedDict):
    """What `review_data_options` gives to a command; None and () are options that were left out."""

    annotations: tuple[str, ...]
    columns: tuple[str, ...]
    unit: TimeUnit | None
    elan_tier: str | None
    rater: str | None
    sentences: str | None
    language: str | None
    frame_rate: str | None
    first_frame: int | None


class OwnDataOptions(ReviewDataOptions):
    """What `own_data_options` gives to a command."""

    layer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnData:
    """How a folder of media is read; the fields are those of `emos_io.corpus.read_folder`, None where they were left out."""

    annotations: tuple[Path, ...] = ()
    columns: Mapping[str, str] | None = None
    unit: TimeUnit | None = None
    layer: str | None = None
    elan_tier: str | None = None
    rater: str | None = None
    sentences: Path | None = None
    language: str | None = None
    frame_rate: str | None = None
    first_frame: int | None = None


def own_data_options(command: Command) -> Command:
    """Add ``--annotations`` and the options that say how they are read: `OwnDataOptions`."""
    return review_data_options(click.option("--layer", help="Taxonomy of the labels; basic7 if left out.")(command))


def review_data_options(command: Command) -> Command:
    """Add the same options, save ``--layer``, to a command that has one."""
    options = [
        click.option(
            "--annotations",
            multiple=True,
            metavar="PATH",
            help="Labels of a folder of media: a table (.csv, .tsv), an ELAN, TextGrid, SRT, VTT or Label Studio file, or a "
            "folder of them; may be repeated. The path may be one within the folder of media.",
        ),
        click.option(
            "--columns",
            multiple=True,
            metavar="FIELD=NAME,...",
            help=f"Columns of a table, as start=from,end=to; fields are {', '.join(TABLE_FIELDS)}. A field that is left "
            "out is the column of its own name.",
        ),
        click.option("--unit", type=click.Choice(_UNITS), help="Unit of times in tables; s if left out."),
        click.option("--elan-tier", help="The tier or control of the labels, where a file has several."),
        click.option("--rater", help="The rater whose labels count, where a file has several."),
        click.option("--sentences", metavar="PATH", help="An SRT, VTT or WhisperX file, or a folder of them."),
        click.option("--language", help="Language of all items, such as en."),
        click.option("--frame-rate", help="Frames a second of Label Studio's frame numbers."),
        click.option("--first-frame", type=int, help="Number of the first frame in Label Studio."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def own_data(options: OwnDataOptions) -> OwnData:
    """Return the options of a command line.

    Raises:
        UsageError: Options stand without ``--annotations``, or ``--columns`` is not written as fields and names.
    """
    names = [each.name for each in fields(OwnData) if dict(options)[each.name] not in (None, ())]
    if names and not options["annotations"]:
        name = _flag(names[0])
        raise click.UsageError(f"{name} must come with --annotations, got {name} alone; name the file of the labels")
    columns = _columns(options["columns"]) if options["columns"] else None
    sentences = options["sentences"]
    return OwnData(
        annotations=tuple(map(Path, options["annotations"])),
        columns=columns,
        unit=options["unit"],
        layer=options["layer"],
        elan_tier=options["elan_tier"],
        rater=options["rater"],
        sentences=None if sentences is None else Path(sentences),
        language=options["language"],
        frame_rate=options["frame_rate"],
        first_frame=options["first_frame"],
    )


def read_own_data(folder: Path, own: OwnData, *, strict: bool) -> Corpus:
    """Read a folder of media with its annotations, as `emos_io.corpus.read_folder` does; media say how long items are.

    Raises:
        UsageError: The folder is a file, or an option does not fit the annotations; the text names the option.
        SourceNotFound: The folder, a file or all media are not there.
        SourceUnreadable: A table is empty, or a file is not of its format.
        CorpusError: `strict` is set and something is wrong.
    """
    check_folder(folder)
    if not has_media(folder):
        raise SourceNotFound(
            "the folder holds no media (.avi, .mkv, .mov, .mp4, .wav and others); give the one with the files that were "
            f"labelled: {quoted(folder)}",
            path=str(folder),
        )
    try:
        files = annotation_files([existing(each, folder) for each in own.annotations])
        columns = _table_columns(folder, files, own)
        return Corpus.from_folder(
            folder,
            annotations=own.annotations,
            columns=columns,
            unit=own.unit or "s",
            layer=own.layer or "basic7",
            elan_tier=own.elan_tier,
            rater=own.rater,
            sentences=own.sentences,
            language=own.language or "",
            frame_rate=own.frame_rate,
            first_frame=own.first_frame,
            probe=media_duration,
            strict=strict,
        )
    except InvalidArgument as error:
        raise click.UsageError(_with_flag(str(error))) from error


def check_folder(folder: Path) -> None:
    """Refuse a folder of media that is none.

    Raises:
        UsageError: It is a file.
        SourceNotFound: It is not there.
    """
    if folder.is_dir():
        return
    if folder.exists():
        raise click.UsageError(
            f"--annotations must come with a folder of media, got a file; give the folder that it is in: {quoted(folder)}"
        )
    raise SourceNotFound(f"there is no folder of media; give one that exists: {quoted(folder)}", path=str(folder))


def has_media(folder: Path) -> bool:
    """Return whether a folder holds media, at any depth."""
    return bool(MediaNames(folder, FindingCollector()).all())


def _columns(texts: Sequence[str]) -> dict[str, str]:
    """Return the columns by field; a comma or an equals sign may be part of a name."""
    columns: dict[str, str] = {}
    for text in texts:
        for pair in _NEXT_FIELD.split(text):
            field, equals, name = (part.strip() for part in pair.partition("="))
            if field not in TABLE_FIELDS or not equals or not name:
                allowed = f"a field and the name of its column, fields are {', '.join(TABLE_FIELDS)}"
                raise click.UsageError(f"--columns must be {allowed}, got {pair!r}; write it as start=from,end=to")
            if field in columns:
                raise click.UsageError(f"--columns must name each field once, got {field} twice; leave one out")
            columns[field] = name
    return columns


def _table_columns(folder: Path, files: Sequence[Path], own: OwnData) -> Mapping[str, str] | None:
    """Return the columns of the tables: those that are named, and for other fields the columns of the same names."""
    _check_needed(files, own)
    tables = [file for file in files if is_table(file)]
    if not tables:
        return None
    headers = {table: column_names(table) for table in tables}
    named = dict(own.columns or {})
    for table, header in headers.items():
        if not header:
            raise SourceUnreadable(
                f"the table is empty; its first row must name its columns: {quoted(table)}", path=str(table)
            )
        for field, name in named.items():
            if name not in header:
                raise click.UsageError(
                    f"--columns must name columns of the table, got {field}={name}; it has {_listed(header)}: {quoted(table)}"
                )
    columns = named | _same_names(headers, named)
    if "start" not in columns and {"end", "duration"} & set(columns):
        _refuse(("start",), headers)
    if "start" not in columns:
        _refuse([field for field in ("item", "label") if field not in columns], headers)
    else:
        _refuse([] if {"end", "duration"} & set(columns) else ["end"], headers)
        _refuse([] if {"label", "text"} & set(columns) else ["label"], headers)
        media = MediaNames(folder, FindingCollector())
        nameless = [table for table in tables if media.match(table.stem).file is None]
        if nameless and "item" not in columns:
            _refuse(("item",), {table: headers[table] for table in nameless})
    return columns


def _same_names(headers: Mapping[Path, Sequence[str]], named: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of all tables that have the name of a field which nobody named."""
    taken = set(named.values())
    found: dict[str, str] = {}
    for field in TABLE_FIELDS:
        own = {name for header in headers.values() for name in header if name.casefold() == field} - taken
        shared = [name for name in sorted(own, reverse=True) if all(name in header for header in headers.values())]
        if field in named or not own:
            continue
        if not shared:
            table = next(table for table, header in headers.items() if not own & set(header))
            if field in ("item", "start", "end", "duration", "label"):
                raise click.UsageError(
                    f"tables must have columns of the same names, got one without the column {field} of another, and with "
                    f"{_listed(headers[table])}; rename its columns, or read it by itself: {quoted(table)}"
                )
            click.echo(f"the column {field} is left out, since one of the tables lacks it: {quoted(table)}", err=True)
            continue
        found[field] = field if field in shared else shared[0]
    if "duration" in named:
        found.pop("end", None)
    elif "end" in named or "end" in found:
        found.pop("duration", None)
    return found


def _refuse(missing: Sequence[str], headers: Mapping[Path, Sequence[str]]) -> None:
    if not missing:
        return
    table, header = next(iter(headers.items()))
    example = ",".join(f"{field}=NAME" for field in missing)
    raise click.UsageError(
        f"--columns must name the column of {' and '.join(missing)}, got a table with {_listed(header)}; "
        f"add --columns {example}: {quoted(table)}"
    )


def _check_needed(files: Sequence[Path], own: OwnData) -> None:
    """Refuse files that are no annotations, and options that no annotation file uses."""
    for file in files:
        if file.suffix.lower() not in ANNOTATIONS | SENTENCES:
            allowed = ", ".join(sorted(ANNOTATIONS | SENTENCES))
            raise click.UsageError(
                f"--annotations must be files of {allowed}, got {file.suffix or 'no suffix'}; save the labels as one of these: "
                f"{quoted(file)}"
            )
    studio = any(file.suffix.lower() == ".json" for file in files)
    tables = any(map(is_table, files))
    uses = {"columns": (tables, "a table"), "unit": (tables, "a table")}
    uses |= {"frame_rate": (studio, "a Label Studio file"), "first_frame": (studio, "a Label Studio file")}
    for name, (used, what) in uses.items():
        if getattr(own, name) is not None and not used:
            raise click.UsageError(f"{_flag(name)} must come with {what}, got none among the annotations; leave it out")


def _listed(header: Sequence[str]) -> str:
    return f"the columns {', '.join(map(repr, header))}"


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _with_flag(text: str) -> str:
    """Return an error text with the option for the argument that it begins with."""
    arguments = {each.name: each.name for each in fields(OwnData)} | {"taxonomy": "layer", "frame rate": "frame_rate"}
    for name, argument in arguments.items():
        if re.match(rf"{name}\b", text):
            return _flag(argument) + text.removeprefix(name)
    return text
