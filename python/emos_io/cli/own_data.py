"""Options of a person's own data: a folder of media, and the annotations that are about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, TypedDict, TypeVar, get_args

import click

from ..corpus import Corpus, FindingCollector, Taxonomy, is_taxonomy_file, read_taxonomies
from ..corpus.annotation_paths import ANNOTATIONS, ENCODED, SENTENCES, annotation_files, existing, is_table
from ..corpus.media_names import MediaNames
from ..errors import InvalidArgument, SourceNotFound, quoted
from ..formats import TimeUnit
from ..pipes import media_duration
from .options import FILE, LAYER, LAYER_HELP
from .table_columns import FIELDS_HELP, has_frames, parsed_columns, table_columns

Command = TypeVar("Command", bound=Callable[..., object])

_UNITS = get_args(TimeUnit)
_APART = "read the table by itself"
"""What a text about tables of whole clips beside annotations with times says is to be done."""


class ReviewDataOptions(TypedDict):
    """What `review_data_options` gives to a command; None and () are options that were left out."""

    annotations: tuple[str, ...]
    columns: tuple[str, ...]
    unit: TimeUnit | None
    encoding: str | None
    delimiter: str | None
    taxonomies: tuple[str, ...]
    label_names: str | None
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
    """How a folder of media is read.

    The fields are those of `emos_io.corpus.read_folder`, None where they were left out. `layer` is the name of the layer, also
    where its file was given: `taxonomies` has what stands in files. `label_names` are the labels of a layer without a file.
    """

    annotations: tuple[Path, ...] = ()
    columns: Mapping[str, str] | None = None
    unit: TimeUnit | None = None
    encoding: str | None = None
    delimiter: str | None = None
    layer: str | None = None
    taxonomies: tuple[Taxonomy, ...] = ()
    label_names: tuple[str, ...] | Literal["infer"] | None = None
    elan_tier: str | None = None
    rater: str | None = None
    sentences: Path | None = None
    language: str | None = None
    frame_rate: str | None = None
    first_frame: int | None = None


def own_data_options(command: Command) -> Command:
    """Add ``--annotations`` and the options that say how they are read: `OwnDataOptions`."""
    layer = click.option("--layer", type=LAYER, help=f"Taxonomy of the labels; basic7 if left out. {LAYER_HELP}")
    return review_data_options(layer(command))


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
            help=f"Columns of a table, as start=from,end=to; fields are {FIELDS_HELP}. A field that is left "
            "out is the column of its own name.",
        ),
        click.option("--unit", type=click.Choice(_UNITS), help="Unit of times in tables; s if left out."),
        click.option(
            "--encoding",
            help="Encoding of tables, SRT, VTT and TextGrid files, such as gb18030; UTF-8 if left out, else GB18030 where "
            "the text looks Chinese, which is a finding.",
        ),
        click.option("--delimiter", help="The character between cells of a table, or tab; detected if left out."),
        click.option(
            "--taxonomies",
            multiple=True,
            type=FILE,
            help="A file of another taxonomy of your own, which rows of a column layer name; may be repeated.",
        ),
        click.option(
            "--label-names",
            metavar="A,B,...|infer",
            help="The labels of a layer of your own without a file, or infer: the words of the column.",
        ),
        click.option("--elan-tier", help="The tier or control of the labels, where a file has several."),
        click.option("--rater", help="The rater whose labels count, where a file has several."),
        click.option("--sentences", metavar="PATH", help="An SRT, VTT or WhisperX file, or a folder of them."),
        click.option("--language", help="Language of all items, such as en."),
        click.option("--frame-rate", help="Frames a second, of frame numbers in Label Studio and tables."),
        click.option("--first-frame", type=int, help="Number of the first frame, 0 or 1."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def own_data(options: OwnDataOptions, *, layer_alone: bool = False) -> OwnData:
    """Return the options of a command line; files of taxonomies are read, that of ``--labels`` too.

    Args:
        options: What `own_data_options` gave.
        layer_alone: The verb uses ``--layer`` and ``--taxonomies`` without ``--annotations`` too, of any corpus.

    Raises:
        UsageError: Options stand without ``--annotations``, or ``--columns`` is not written as fields and names.
        SourceNotFound: A file of a taxonomy is not there.
        SourceUnreadable: It is none.
        InvalidArgument: Its content is not that of a taxonomy.
    """
    alone = ("layer", "taxonomies") if layer_alone else ()
    given = [each.name for each in fields(OwnData) if dict(options)[each.name] not in (None, ())]
    names = [name for name in given if name not in alone]
    if names and not options["annotations"]:
        name = _flag(names[0])
        raise click.UsageError(f"{name} must come with --annotations, got {name} alone; name the file of the labels")
    columns = parsed_columns(options["columns"]) if options["columns"] else None
    sentences, layer, label_names = options["sentences"], options["layer"], options["label_names"]
    files = [layer, *options["taxonomies"], dict(options).get("labels")]
    read = [read_taxonomies(each) for each in files if isinstance(each, str) and is_taxonomy_file(each)]
    strange = next((each for each in options["taxonomies"] if not is_taxonomy_file(each)), None)
    if strange is not None:
        raise click.UsageError(f"--taxonomies must be .json, .yaml or .yml files, got {strange!r}; give the file")
    return OwnData(
        annotations=tuple(map(Path, options["annotations"])),
        columns=columns,
        unit=options["unit"],
        encoding=options["encoding"],
        delimiter=typed_delimiter(options["delimiter"]),
        layer=read[0][0].name if layer is not None and is_taxonomy_file(layer) else layer,
        taxonomies=tuple(each for taxonomies in read for each in taxonomies),
        label_names=_label_names(label_names),
        elan_tier=options["elan_tier"],
        rater=options["rater"],
        sentences=None if sentences is None else Path(sentences),
        language=options["language"],
        frame_rate=options["frame_rate"],
        first_frame=options["first_frame"],
    )


def _label_names(text: str | None) -> tuple[str, ...] | Literal["infer"] | None:
    if text == "infer":
        return "infer"
    return None if text is None else tuple(each.strip() for each in text.split(","))


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
        _check_needed(files, own)
        tables = [file for file in files if is_table(file)]
        columns = table_columns(folder, tables, own.columns or {}, encoding=own.encoding, delimiter=own.delimiter)
        _check_frames(files, columns, own)
        return Corpus.from_folder(
            folder,
            annotations=own.annotations,
            columns=columns,
            unit=own.unit or "s",
            encoding=own.encoding,
            delimiter=own.delimiter,
            layer=own.layer or "basic7",
            taxonomies=own.taxonomies,
            labels=own.label_names,
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


def _check_needed(files: Sequence[Path], own: OwnData) -> None:
    """Refuse files that are no annotations, and options that no annotation file uses."""
    for file in files:
        if file.suffix.lower() not in ANNOTATIONS | SENTENCES:
            allowed = ", ".join(sorted(ANNOTATIONS | SENTENCES))
            raise click.UsageError(
                f"--annotations must be files of {allowed}, got {file.suffix or 'no suffix'}; save the labels as one of these: "
                f"{quoted(file)}"
            )
    tables = any(map(is_table, files))
    texts = any(file.suffix.lower() in ENCODED for file in files)
    texts = texts or (own.sentences is not None and own.sentences.suffix.lower() != ".json")
    uses = dict.fromkeys(("columns", "unit", "delimiter"), (tables, "a table"))
    uses["encoding"] = (texts, "a table, SRT, VTT or TextGrid file")
    for name, (used, what) in uses.items():
        if getattr(own, name) is not None and not used:
            raise click.UsageError(f"{_flag(name)} must come with {what}, got none among the annotations; leave it out")


def _check_frames(files: Sequence[Path], columns: Mapping[str, str] | None, own: OwnData) -> None:
    """Refuse options of frame numbers that no file has."""
    if has_frames(columns) or any(file.suffix.lower() == ".json" for file in files):
        return
    for name in ("frame_rate", "first_frame"):
        if getattr(own, name) is not None:
            what = "a Label Studio file or a column of frames"
            raise click.UsageError(f"{_flag(name)} must come with {what}, got neither; leave it out")


def typed_delimiter(text: str | None) -> str | None:
    """Return the delimiter that somebody typed: a shell has no easy way to write a tab."""
    return "\t" if text in ("tab", "\\t") else text


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _with_flag(text: str) -> str:
    """Return an error text with the option for the argument that it begins with."""
    text = text.replace(
        _APART, "run the verb for the tables and for the others by themselves; emos votes takes all into one log"
    )
    arguments = {each.name: each.name for each in fields(OwnData)}
    arguments |= {"taxonomy": "layer", "name of a taxonomy": "layer", "frame rate": "frame_rate"}
    arguments |= {"labels of a taxonomy": "label_names", "labels": "label_names"}
    for name, argument in arguments.items():
        if re.match(rf"{name}\b", text):
            return _flag(argument) + text.removeprefix(name)
    return text
