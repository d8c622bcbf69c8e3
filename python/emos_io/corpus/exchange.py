"""Labels, sentences and predictions on their way out: to ELAN, Praat, tables and Label Studio."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import CorpusError, InvalidArgument, SourceNotFound
from ..spans import Span
from .formats import Segment, write_eaf, write_label_studio, write_table, write_textgrid
from .records import Monologue

SUFFIXES = (".eaf", ".TextGrid", ".csv", ".tsv", ".json")
"""What `export` writes: ELAN, Praat, tables, Label Studio."""


def segments_of(
    monologue: Monologue, layers: Sequence[str] = ("basic7", "goemotions"), *, sentences: bool = True
) -> list[Segment]:
    """Return the labels of layers, one tier a layer, and the sentences of a monologue, tier ``sentences``.

    Several labels of one stretch stand in one segment, with semicolons.

    Raises:
        InvalidArgument: There is no such layer.
    """
    found: list[Segment] = []
    for layer in layers:
        line = monologue.labels(layer)
        found += [
            Segment(span, ";".join(weights), layer, None, monologue.key)
            for span, weights in zip(line.spans, line.weights, strict=True)
        ]
    if sentences:
        found += [
            Segment(each.span, each.text, "sentences", None, monologue.key) for each in monologue.sentences if each.text
        ]
    return found


def read_predictions(path: str | os.PathLike[str]) -> dict[str, list[Segment]]:
    """Return predictions on spans, by key of the item: one tier a layer, the rater ``model:`` and the name of the file.

    Predictions are JSON Lines with key, layer, label, and for streaming items start and end (decimals or ``"a/b"``). Those of
    static clips, which have no span, are left to who scores them.

    Raises:
        SourceNotFound: There is no such file.
        CorpusError: A line is no prediction.
    """
    file = Path(path)
    if not file.is_file():
        raise SourceNotFound(f"there is no such file of predictions; give JSON Lines: {str(file)!r}")
    found: dict[str, list[Segment]] = {}
    for number, line in _lines(file):
        where = f"{file}, line {number}"
        missing = [name for name in ("key", "layer", "label") if name not in line]
        if missing:
            raise CorpusError(f"a prediction has no {', '.join(missing)}; each has key, layer and label: {where}")
        if line.get("start") is None:
            continue
        try:
            span = Span(str(line["start"]), str(line["end"]))
        except (KeyError, InvalidArgument) as error:
            raise CorpusError(f"a prediction has no span ({error}); give start and a later end: {where}") from error
        label = line["label"]
        text = ";".join(label) if isinstance(label, list) else str(label)
        made = Segment(span, text, str(line["layer"]), f"model:{file.stem}", str(line["key"]), line.get("confidence"))
        found.setdefault(made.item or "", []).append(made)
    return found


def export(
    path: str | os.PathLike[str],
    segments: Iterable[Segment],
    *,
    media: Sequence[str] = (),
    report: Callable[[str, str, str, str], None] | None = None,
) -> None:
    """Write segments in the format that the suffix names: .eaf, .TextGrid, .csv, .tsv, .json (Label Studio).

    Args:
        path: Replaced if it exists.
        segments: Of one medium (ELAN, Praat) or of several (tables, Label Studio).
        media: Paths of the media, for ELAN.
        report: Told of what the format has no place for; without it that raises.

    Raises:
        InvalidArgument: There is no such format, or it has no place for something.
        OSError: The file cannot be written.
    """
    suffix = Path(path).suffix
    listed = list(segments)
    if suffix == ".eaf":
        write_eaf(path, listed, media=media, reporter=report)
    elif suffix == ".TextGrid":
        write_textgrid(path, listed, reporter=report)
    elif suffix in (".csv", ".tsv"):
        write_table(path, listed)
    elif suffix == ".json":
        write_label_studio(path, listed)
    else:
        raise InvalidArgument(f"suffix {suffix!r} was given; {', '.join(SUFFIXES)} can be written: {str(path)!r}")


def _lines(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, text in enumerate(file.read_text("utf-8").splitlines(), 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError as error:
            raise CorpusError(f"a line is no JSON ({error}): {file}, line {number}") from error
        if not isinstance(line, dict):
            raise CorpusError(f"a line is no JSON object; a prediction is one: {file}, line {number}")
        yield number, line
