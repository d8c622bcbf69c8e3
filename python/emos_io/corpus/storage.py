"""A corpus on disk: JSON Lines for people and tools, Parquet for tables; either alone gives the same corpus back."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pyarrow
import pyarrow.parquet

from .._files import write_bytes
from ..errors import CorpusError, InvalidArgument, SourceNotFound, quoted, short_repr
from . import columns
from .codec import (
    KINDS,
    VERSION,
    JsonValue,
    WrongValueError,
    decode,
    decode_json,
    decode_line,
    encode,
    encode_line,
    json_schema,
)
from .data import CorpusData, checked_corpus
from .finding_codes import code_severity
from .findings import Finding, Findings
from .own_taxonomies import checked_taxonomies
from .records import Clip, Monologue
from .taxonomies import Taxonomy

T = TypeVar("T")

ITEMS, FINDINGS, SCHEMA, TAXONOMIES = "items.jsonl", "findings.jsonl", "schema.json", "taxonomies.json"
PARQUET = {"clip": "clips.parquet", "monologue": "monologues.parquet"}


def save(corpus: CorpusData, folder: Path) -> None:
    """Write a corpus: items.jsonl, clips.parquet, monologues.parquet, findings.jsonl and schema.json.

    Taxonomies of its own are in taxonomies.json, and in the metadata of the Parquet files.

    Each file appears complete or not at all, and all are made before the first is written.

    The Parquet files have a typed column for each field of the records, so that other programs see fields: nested records are
    structs, tuples are lists, a mapping is a list of structs with key and value, and a span is integer ticks with their number
    in a second (see `emos_io.corpus.columns`). Values of `attributes` and of recipes are of several types: each is a struct
    in which one of text, integer, number and boolean is set.

    Raises:
        TooLarge: An integer, or a time in ticks, does not fit in 64 bits; nothing was written.
        InvalidArgument: A number is not finite, a value is not of the type of its field, or a finding is no text; nothing was
            written.
        OSError: The folder cannot be written.
    """
    lines = (encode_line(item) for item in checked_corpus(corpus).items)
    files = {
        PARQUET["clip"]: _parquet("clip", corpus.clips, corpus),
        PARQUET["monologue"]: _parquet("monologue", corpus.monologues, corpus),
    }
    if corpus.taxonomies or (folder / TAXONOMIES).is_file():
        # Those of another corpus that was saved here before must not stay.
        files[TAXONOMIES] = _json([encode(each) for each in corpus.taxonomies], indent=2)
    files[ITEMS] = b"".join(line + b"\n" for line in lines)
    files[FINDINGS] = b"".join(_finding_line(finding) for finding in corpus.findings)
    files[SCHEMA] = _json(json_schema(), indent=2)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        write_bytes(folder / name, data)


def load(folder: Path) -> CorpusData:
    """Read a corpus that `save` wrote, from its JSON Lines or, where they are not there, from its Parquet files.

    Raises:
        SourceNotFound: The folder holds neither.
        CorpusError: A line or a row is not an item of this version.

    Cost: less than reading the release. Parquet takes twice as long as JSON Lines, since its rows become values of JSON first.
    """
    items: list[Clip | Monologue] = []
    if (folder / ITEMS).is_file():
        items += _lines(folder / ITEMS, decode_line)
    elif any((folder / name).is_file() for name in PARQUET.values()):
        for kind, name in PARQUET.items():
            if (folder / name).is_file():
                items += _from_parquet(folder / name, KINDS[kind])
    else:
        raise SourceNotFound(
            f"the folder holds no {ITEMS} and no Parquet files of a corpus; save one there: {quoted(folder)}",
            path=str(folder),
        )
    noted = list(_lines(folder / FINDINGS, _finding)) if (folder / FINDINGS).is_file() else []
    clips = [item for item in items if isinstance(item, Clip)]
    monologues = [item for item in items if isinstance(item, Monologue)]
    return CorpusData(clips, monologues, Findings(noted), str(folder), _taxonomies(folder))


def _taxonomies(folder: Path) -> tuple[Taxonomy, ...]:
    """Return the taxonomies of a saved corpus, from their file, else from a Parquet file; older ones have none."""
    for path in (folder / name for name in (TAXONOMIES, *PARQUET.values())):
        if path.is_file():
            try:
                values = (
                    decode_json(path.read_bytes()) if path.name == TAXONOMIES else _head(path).get("taxonomies", [])
                )
                if not isinstance(values, list):
                    raise WrongValueError("it holds no list")
                return checked_taxonomies([decode(Taxonomy, value) for value in values])
            except (WrongValueError, InvalidArgument) as error:
                raise CorpusError(
                    f"the taxonomies of a saved corpus cannot be read ({error}); correct them, or save the corpus again: "
                    f"{quoted(path)}",
                    path=str(path),
                ) from error
    return ()


def _head(path: Path) -> Mapping[object, object]:
    """Return what a Parquet file of a corpus says of itself; nothing where it is damaged: reading its rows fails then."""
    try:
        return _stated(pyarrow.parquet.read_schema(path).metadata or {})
    except (pyarrow.ArrowException, OSError):
        return {}


def _parquet(kind: str, items: Sequence[Clip | Monologue], corpus: CorpusData) -> bytes:
    head: dict[str, JsonValue] = {"version": VERSION, "kind": kind, "origin": str(corpus.origin)}
    if corpus.taxonomies:
        head["taxonomies"] = [encode(each) for each in corpus.taxonomies]
    metadata = {"emos_io": json.dumps(head)}
    rows = columns.table(KINDS[kind], items).replace_schema_metadata(metadata)
    file = io.BytesIO()
    pyarrow.parquet.write_table(rows, file, compression="zstd")
    return file.getvalue()


def _from_parquet(path: Path, kind: type[Clip | Monologue]) -> Iterator[Clip | Monologue]:
    try:
        rows = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise CorpusError(
            f"a Parquet file of a corpus cannot be read ({error}); save the corpus again: {quoted(path)}",
            path=str(path),
        ) from error
    version = _version(rows.schema.metadata or {})
    if version != VERSION:
        raise CorpusError(
            f"the corpus has version {version!r}, and this emos-io reads {VERSION}; read it from its sources and "
            f"save it again: {quoted(path)}",
            path=str(path),
        )
    try:
        values = columns.values(kind, rows)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise CorpusError(
            f"a Parquet file is none of a corpus ({error}); save the corpus again: {quoted(path)}", path=str(path)
        ) from error
    for index, value in enumerate(values):
        try:
            yield decode(kind, value)
        except WrongValueError as error:
            raise CorpusError(
                f"row {index + 1} is no {kind.__name__} ({error}); save the corpus again: {quoted(path)}",
                path=str(path),
                index=index,
            ) from error


def _version(metadata: Mapping[bytes, bytes]) -> object:
    """Return the version that a Parquet file states, or None where it states none."""
    return _stated(metadata).get("version")


def _stated(metadata: Mapping[bytes, bytes]) -> Mapping[object, object]:
    try:
        stated = decode_json(metadata.get(b"emos_io", b"{}"))
    except WrongValueError:
        return {}
    return stated if isinstance(stated, dict) else {}


def _lines(path: Path, read: Callable[[bytes], T]) -> Iterator[T]:
    with path.open("rb") as lines:
        for index, line in enumerate(lines):
            try:
                yield read(line)
            except WrongValueError as error:
                raise CorpusError(
                    f"line {index + 1} is none of a saved corpus ({error}); correct it, or read the corpus from its sources "
                    f"and save it again: {quoted(path)}",
                    path=str(path),
                    index=index,
                ) from error


def _finding(line: bytes) -> Finding:
    value = decode_json(line)
    if isinstance(value, dict) and isinstance(value.get("code"), str):
        # Earlier versions saved no severity.
        value = {"severity": code_severity(str(value["code"])), **value}
    return decode(Finding, value)


def _finding_line(finding: Finding) -> bytes:
    values = finding.as_dict()
    try:
        if all(isinstance(value, str) for value in values.values()):
            return _json(values)
    except UnicodeEncodeError:
        # Such are names of files whose bytes are no UTF-8.
        pass
    raise InvalidArgument(
        f"findings must be text of whole characters, got {short_repr(finding)}; rename what it names, and read it again"
    )


def _json(value: Mapping[str, JsonValue] | Sequence[JsonValue], indent: int | None = None) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=indent) + "\n").encode()
