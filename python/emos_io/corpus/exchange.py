"""Labels, sentences and predictions, written for ELAN, Praat, tables and Label Studio."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from .._checks import checked_path
from ..errors import CorpusError, InvalidArgument, SourceNotFound, quoted, short_repr
from ..formats import Reporter, Segment, write_eaf, write_label_studio, write_table, write_textgrid
from ..spans import Span
from .records import Monologue

EXPORT_SUFFIXES = (".eaf", ".TextGrid", ".csv", ".tsv", ".json")
"""What `export` writes: ELAN, Praat, tables, Label Studio."""


def segments_of(
    monologue: Monologue, layers: Sequence[str] = ("basic7", "goemotions"), *, sentences: bool = True
) -> list[Segment]:
    """Return labels and sentences of a monologue as segments: a tier for each layer, and the tier ``sentences``.

    Several labels of one segment are written as one text, with semicolons between them.

    Raises:
        InvalidArgument: There is no such layer.

    Example:
        >>> from emos_io.corpus import Utterance
        >>> said = Utterance(index=0, span=Span(0, 2), labels={"basic7": ("Joy",)}, text={"en": "Hi."})
        >>> film = Monologue(key="own/film", name="film", title="Film", language="en", duration=2, utterances=(said,))
        >>> [(each.span, each.text, each.tier) for each in segments_of(film)]
        [(Span(0, 2), 'Joy', 'basic7')]
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
    """Return predictions on spans, by key of the item; the tier is the layer, the rater is ``model:`` and the file's name.

    Predictions are JSON Lines with key, layer, label or labels, and for streaming items start and end (decimals or ``"a/b"``);
    the first line may be a header. Predictions for static clips have no span and are left out; so are numbers, and answers
    with an error. `emos_io.evaluation.read_predictions` reads everything, and says of each line what is wrong with it.

    Raises:
        SourceNotFound: There is no such file.
        CorpusError: A line is not a prediction.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "tiny.jsonl"
        >>> _ = path.write_text('{"key": "own/film", "layer": "basic7", "label": "Joy", "start": 0, "end": "3/2"}')
        >>> [(each.span, each.text, each.rater) for each in read_predictions(path)["own/film"]]
        [(Span(0, '3/2'), 'Joy', 'model:tiny')]
    """
    file = checked_path(path)
    if not file.is_file():
        raise SourceNotFound(
            f"there is no such file of predictions; give a file of JSON Lines: {quoted(file)}", path=str(file)
        )
    found: dict[str, list[Segment]] = {}
    for number, line in _lines(file):
        if "header" in line:
            continue
        missing = [name for name in ("key", "layer") if name not in line]
        missing += [] if {"label", "labels", "value", "error"} & set(line) else ["label"]
        if missing:
            raise CorpusError(
                f"line {number} has no {', '.join(missing)}; give each prediction key, layer and label: {quoted(file)}",
                path=str(file),
                index=number - 1,
            )
        label = line.get("label") if line.get("labels") is None else line["labels"]
        if line.get("start") is None or label is None:
            continue
        try:
            span = Span(str(line["start"]), str(line["end"]))
        except (KeyError, InvalidArgument) as error:
            raise CorpusError(
                f"line {number} has no span ({error}); give start and a later end: {quoted(file)}",
                path=str(file),
                index=number - 1,
            ) from error
        text = ";".join(map(str, label)) if isinstance(label, list) else str(label)
        key, confidence = str(line["key"]), line.get("confidence")
        if confidence is not None and (isinstance(confidence, bool) or not isinstance(confidence, int | float)):
            raise CorpusError(
                f"line {number} has confidence {short_repr(confidence)}; give a number or leave it out: {quoted(file)}",
                path=str(file),
                index=number - 1,
            )
        segment = Segment(span, text, str(line["layer"]), f"model:{file.stem}", key, confidence)
        found.setdefault(key, []).append(segment)
    return found


def export(
    path: str | os.PathLike[str],
    segments: Iterable[Segment],
    *,
    media: Sequence[str] = (),
    reporter: Reporter | None = None,
) -> None:
    """Write segments in the format that the suffix names: .eaf, .TextGrid, .csv, .tsv, .json (Label Studio).

    Args:
        path: The file to write; it is replaced if it exists.
        segments: Segments of one media file (ELAN, Praat) or of several (tables, Label Studio).
        media: Paths of the media, for ELAN.
        reporter: Called with code, where, what and fix of whatever the format cannot hold; without it that raises.

    Raises:
        InvalidArgument: There is no such format, or it cannot hold something.
        OSError: The file cannot be written.

    Example:
        >>> import tempfile
        >>> from emos_io.formats import Segment, read_annotation
        >>> path = Path(tempfile.mkdtemp()) / "labels.TextGrid"
        >>> export(path, [Segment(Span(0, "1.5"), "Joy", "basic7"), Segment(Span("1.5", 4), "Fear", "basic7")])
        >>> [(each.span, each.text) for each in read_annotation(path).segments]
        [(Span(0, '3/2'), 'Joy'), (Span('3/2', 4), 'Fear')]
    """
    path = checked_path(path)
    suffix = path.suffix
    listed = list(segments)
    if suffix == ".eaf":
        write_eaf(path, listed, media=media, reporter=reporter)
    elif suffix == ".TextGrid":
        write_textgrid(path, listed, reporter=reporter)
    elif suffix in (".csv", ".tsv"):
        write_table(path, listed)
    elif suffix == ".json":
        write_label_studio(path, listed)
    else:
        raise InvalidArgument(
            f"suffix must be one of {', '.join(EXPORT_SUFFIXES)}, got {suffix!r}; it chooses the format: {quoted(path)}",
            path=str(path),
        )


def _lines(file: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, text in enumerate(file.read_text("utf-8-sig").split("\n"), 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError as error:
            raise CorpusError(
                f"line {number} is no JSON ({error}); write one JSON object a line: {quoted(file)}",
                path=str(file),
                index=number - 1,
            ) from error
        if not isinstance(line, dict):
            raise CorpusError(
                f"line {number} is no JSON object; write one a line: {quoted(file)}", path=str(file), index=number - 1
            )
        yield number, line
