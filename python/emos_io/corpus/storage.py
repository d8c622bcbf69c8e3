"""A corpus on disk: JSON Lines for people and tools, Parquet for tables; either alone gives the same corpus back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CorpusError, SourceNotFound, quoted
from .codec import KINDS, VERSION, JsonValue, T, decode, encode, json_schema, saved_fields
from .corpus import Corpus
from .findings import Finding, Findings
from .records import Clip, Monologue

if TYPE_CHECKING:
    import pyarrow

ITEMS, FINDINGS, SCHEMA = "items.jsonl", "findings.jsonl", "schema.json"
PARQUET = {"clip": "clips.parquet", "monologue": "monologues.parquet"}


def save(corpus: Corpus, folder: Path) -> None:
    """Write a corpus: items.jsonl, clips.parquet, monologues.parquet, findings.jsonl and schema.json.

    Each file appears complete or not at all. The Parquet files have a column for each field of the records; nested
    records and mappings are JSON in a text column, since their keys differ from item to item.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / ITEMS, (_line(item) for item in corpus.items))
    _write(folder / FINDINGS, (finding.as_dict() for finding in corpus.findings))
    _replace(folder / SCHEMA, json.dumps(json_schema(), indent=2) + "\n")
    import pyarrow.parquet

    for kind, items in (("clip", corpus.clips), ("monologue", corpus.monologues)):
        path = folder / PARQUET[kind]
        partial = path.with_suffix(f".{os.getpid()}.partial")
        pyarrow.parquet.write_table(table(kind, items, origin=corpus.origin), partial, compression="zstd")
        partial.replace(path)


def load(folder: Path) -> Corpus:
    """Read a corpus that `save` wrote, from its JSON Lines or, where they are not there, from its Parquet files.

    Raises:
        SourceNotFound: The folder holds neither.
        CorpusError: A line is not an item of this version.
    """
    if (folder / ITEMS).is_file():
        items = [_item(line, folder / ITEMS, number) for number, line in _lines(folder / ITEMS)]
        origin = str(folder)
    elif any((folder / name).is_file() for name in PARQUET.values()):
        items, origin = [], str(folder)
        for kind, name in PARQUET.items():
            if (folder / name).is_file():
                items += _from_parquet(folder / name, kind)
    else:
        raise SourceNotFound(
            f"the folder holds no {ITEMS} and no Parquet files of a corpus; save one there: {quoted(folder)}",
            path=str(folder),
        )
    noted: list[Finding] = []
    if (folder / FINDINGS).is_file():
        noted = [_decode(Finding, line, folder / FINDINGS, number) for number, line in _lines(folder / FINDINGS)]
    clips = [item for item in items if isinstance(item, Clip)]
    return Corpus(clips, [item for item in items if isinstance(item, Monologue)], Findings(noted), origin)


def table(kind: str, items: Iterable[Clip | Monologue], *, origin: str = "") -> pyarrow.Table:
    """Return items as an Arrow table: plain fields as columns, nested records as JSON text.

    Args:
        kind: ``"clip"`` or ``"monologue"``.
        items: Items of that kind.
        origin: Where the corpus was read, kept in the metadata of the table.
    """
    import pyarrow

    rows = [encode(item) for item in items]
    names = list(saved_fields(KINDS[kind]))
    columns = {name: pyarrow.array([_flat(row[name]) for row in rows], type=pyarrow.string()) for name in names}
    metadata = {"emos_io": json.dumps({"version": VERSION, "kind": kind, "origin": origin})}
    return pyarrow.table(columns).replace_schema_metadata(metadata)


def _from_parquet(path: Path, kind: str) -> list[Clip | Monologue]:
    import pyarrow
    import pyarrow.parquet

    try:
        read = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise CorpusError(
            f"a Parquet file of a corpus cannot be read ({error}); save the corpus again: {quoted(path)}",
            path=str(path),
        ) from error
    stated = json.loads((read.schema.metadata or {}).get(b"emos_io", b"{}"))
    if stated.get("version") != VERSION:
        raise CorpusError(
            f"the corpus has version {stated.get('version')}, and this emos-io reads {VERSION}; save it again: {quoted(path)}",
            path=str(path),
        )
    texts = {"key", "source", "language", "text", "name", "title", "media", "path", "speaker", "duration"}

    def value(name: str, cell: str | None) -> object:
        return cell if cell is None or name in texts else json.loads(cell)

    rows = [{name: value(name, cell) for name, cell in row.items()} for row in read.to_pylist()]
    return [_decode(KINDS[kind], row, path, number, "row") for number, row in enumerate(rows, 1)]


def _flat(value: JsonValue) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _line(item: Clip | Monologue) -> dict[str, JsonValue]:
    kind = next(name for name, each in KINDS.items() if isinstance(item, each))
    return {"kind": kind, "version": VERSION, **encode(item)}


def _item(line: dict[str, JsonValue], path: Path, number: int) -> Clip | Monologue:
    kind, version = line.pop("kind", None), line.pop("version", None)
    if not isinstance(kind, str) or kind not in KINDS or version != VERSION:
        raise CorpusError(
            f"line {number} has kind {kind!r} and version {version!r}, and this emos-io reads {' and '.join(KINDS)} of version "
            f"{VERSION}; save the corpus again: {quoted(path)}",
            path=str(path),
            index=number - 1,
        )
    return _decode(KINDS[kind], line, path, number)


def _decode(kind: type[T], values: object, path: Path, number: int, unit: str = "line") -> T:
    try:
        return decode(kind, values)
    except CorpusError as error:
        raise CorpusError(
            f"{unit} {number} is no {kind.__name__} ({error}); correct it or save the corpus again: {quoted(path)}",
            path=str(path),
            index=number - 1,
        ) from error


def _lines(path: Path) -> Iterable[tuple[int, dict[str, JsonValue]]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                value = json.loads(line)
            except ValueError as error:
                raise CorpusError(
                    f"line {number} is no JSON ({error}); correct it or save the corpus again: {quoted(path)}",
                    path=str(path),
                    index=number - 1,
                ) from error
            if not isinstance(value, dict):
                raise CorpusError(
                    f"line {number} is no JSON object; correct it or save the corpus again: {quoted(path)}",
                    path=str(path),
                    index=number - 1,
                )
            yield number, value


def _write(path: Path, lines: Iterable[Mapping[str, JsonValue]]) -> None:
    _replace(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def _replace(path: Path, text: str) -> None:
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)
