"""Files of predictions: JSON Lines, one prediction a line, after a header that may be there.

```text
 {"header": {"corpus": ..., "split_sha256": ..., "model": ..., "run": ...}}
 {"key": "meld/dia0_utt0", "layer": "basic7", "label": "Joy", "confidence": 0.8, "scores": {"Joy": 0.8, "Fear": 0.2}}
 {"key": "streaming/Malena", "layer": "basic7", "start": "1/2", "end": 1, "label": "Fear", "available_at": 1}
 {"key": "meld/dia0_utt1", "layer": "basic7", "label": null, "error": "the model answered in prose"}
```
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path

from .._checks import checked_path
from .._files import write_text
from ..corpus import Finding, FindingCollector, Scalar
from ..errors import CorpusError, InvalidArgument, SourceNotFound, SourceUnreadable, TooLarge, quoted, short_repr
from .prediction_lines import LineError, PredictionLines
from .predictions import Prediction, Predictions

MAX_BYTES = 2**30
"""The largest file that is read."""

_MARK = b"\xef\xbb\xbf"
_OTHER_FORMATS = {
    b"\x1f\x8b": ("is compressed", "unpack it first"),
    b"PK\x03\x04": ("is an archive", "unpack it first"),
    b"\x28\xb5\x2f\xfd": ("is compressed", "unpack it first"),
    b"BZh": ("is compressed", "unpack it first"),
    b"\xfd7zXZ\x00": ("is compressed", "unpack it first"),
    b"PAR1": ("is a Parquet file", "write it as JSON Lines"),
    b"\xff\xfe": ("is UTF-16 or UTF-32", "save it as UTF-8"),
    b"\xfe\xff": ("is UTF-16", "save it as UTF-8"),
}


def read_predictions(path: str | os.PathLike[str], *, strict: bool = False) -> Predictions:
    r"""Read a file of predictions, and say of each line that is wrong what is wrong with it.

    A line is a JSON object with the keys of `predictions_schema`; null is the same as a key that is left out. Mandatory are
    key, layer and one of label, labels, value, error; a label that is null needs an error. start, end and available_at are
    seconds of media time, decimals or ``"a/b"``; they are read exactly as they are written. The first line may be
    ``{"header": {...}}``. Blank lines are left out.

    A line that cannot be used is a finding and no row. A line whose confidence, scores, available_at, raw, run or fold is wrong
    is a finding and a row without that value. Of two lines about one (key, layer, start, end) the first is a row. Labels are
    not checked here: `match` knows the layer.

    Args:
        path: The file.
        strict: Raise the first finding that is a fault; a key that nobody knows is a note.

    Returns:
        The rows in the order of the file, the findings, the header, and the sha256 of the bytes of the file.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: It is a folder or no regular file, is compressed or UTF-16, or reading fails.
        TooLarge: It has more than `MAX_BYTES` bytes.
        CorpusError: `strict` is set, and a finding is a fault.

    Cost: about 70 microseconds a line.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "tiny.jsonl"
        >>> _ = path.write_text(
        ...     '{"key": "own/1", "layer": "basic7", "label": "Joy", "confidence": 0.9}\n'
        ...     '{"key": "own/2", "layer": "basic7", "label": "Joy", "confidence": 90}\n'
        ...     '{"key": "own/3", "layer": "basic7", "la'
        ... )
        >>> predictions = read_predictions(path)
        >>> [(row.key, row.label, row.confidence) for row in predictions]
        [('own/1', 'Joy', 0.9), ('own/2', 'Joy', None)]
        >>> [(finding.code, finding.where) for finding in predictions.findings]
        [('bad_confidence', 'tiny.jsonl, line 2'), ('unfinished_line', 'tiny.jsonl, line 3')]
    """
    file = checked_path(path)
    data = _bytes(file)
    content = data.removeprefix(_MARK)
    findings = FindingCollector()

    def take(code: str, where: str, what: str, fix: str) -> None:
        finding = Finding(code, where, what, fix)
        if strict and finding.severity == "fault":
            raise CorpusError(str(finding))
        findings.add(code, where, what, fix)

    lines = PredictionLines(file.name, take)
    try:
        _read_lines(content, lines)
        if not lines.rows:
            what = "the file is empty" if not content.strip() else "no line is a prediction that can be used"
            lines.take("no_predictions", file.name, what, "write one prediction a line")
    except CorpusError as error:
        error.path = str(file)
        raise
    digest = hashlib.sha256(data).hexdigest()
    return Predictions(tuple(lines.rows), lines.header, findings.collected, file.stem, digest)


def write_predictions(
    path: str | os.PathLike[str], rows: Iterable[Prediction], *, header: Mapping[str, Scalar] | None = None
) -> None:
    """Write predictions as a file that `read_predictions` reads back: all of it or nothing.

    Times are written as ``"a/b"``, what is not there is left out. Numbers come back as they were.

    Args:
        path: The file; it is replaced if it exists.
        rows: The predictions; the `line` of each is not written.
        header: What the first line says of the file: corpus, split_sha256, prompt, model, command, run, form, and further
            keys. None: the header of `rows` where they are `Predictions`, else none is written.

    Raises:
        InvalidArgument: A prediction, or the header, is none that could be read back, or two are about one thing.
        OSError: The file cannot be written.

    Example:
        >>> import tempfile
        >>> from emos_io import Span
        >>> path = Path(tempfile.mkdtemp()) / "tiny.jsonl"
        >>> rows = [Prediction(key="own/film", layer="basic7", span=Span("0.5", 1), label="Joy", confidence=0.75)]
        >>> write_predictions(path, rows, header={"model": "by hand"})
        >>> print(path.read_text(), end="")
        {"header": {"model": "by hand"}}
        {"key": "own/film", "layer": "basic7", "start": "1/2", "end": "1", "label": "Joy", "confidence": 0.75}
    """
    file = checked_path(path)
    if header is None and isinstance(rows, Predictions):
        header = rows.header
    checked = LineWriter(file)
    text = [checked.header(header)] if header else []
    text += [checked.row(row) for row in rows]
    write_text(file, "".join(text))


class LineWriter:
    """Makes lines of predictions that can be read back.

    Args:
        path: The file, named in errors.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = PredictionLines(path.name, _refuse)
        self._num_lines = 0

    @property
    def read_header(self) -> dict[str, Scalar]:
        """The header as it is read back."""
        return self._lines.header

    def header(self, header: Mapping[str, Scalar]) -> str:
        """Return the line of a header, with its end; errors are those of `row`."""
        if not isinstance(header, Mapping):
            raise InvalidArgument(f"header must be a mapping, got {short_repr(header)}; give names with their values")
        return self._line({"header": dict(header)}, "header")

    def row(self, row: Prediction) -> str:
        """Return the line of a prediction, with its end.

        Raises:
            InvalidArgument: It could not be read back.
        """
        if not isinstance(row, Prediction):
            raise InvalidArgument(f"rows must be of type Prediction, got {short_repr(row)}; give Prediction(key=...)")
        return self._line(_values(row), "rows")

    def _line(self, values: Mapping[str, object], name: str) -> str:
        self._num_lines += 1
        try:
            text = json.dumps(values, ensure_ascii=False)
            try:
                text.encode()
            except UnicodeEncodeError:
                # A key may be the name of a file whose bytes are no text.
                text = json.dumps(values)
            self._lines.add(text, self._num_lines, is_first=self._num_lines == 1)
        except _RefusedError as error:
            self._num_lines -= 1
            raise self._error(name, error.what, error.fix.rpartition("; ")[2]) from error
        except (TypeError, ValueError, RecursionError) as error:
            self._num_lines -= 1
            raise self._error(name, str(error), "correct it") from error
        return text + "\n"

    def _error(self, name: str, reason: str, advice: str) -> InvalidArgument:
        return InvalidArgument(
            f"{name} must be as files of predictions have them, got one of which it is wrong that {reason}; {advice}: "
            f"{quoted(self._path)}",
            path=str(self._path),
        )


class _RefusedError(Exception):
    """A finding of what is to be written."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def _refuse(code: str, where: str, what: str, fix: str) -> None:
    raise _RefusedError(what, fix)


def predictions_schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of one line of a file of predictions: a header, or a prediction.

    What the schema refuses `read_predictions` reports; what a schema cannot say, such as sums and orders, it reports too.

    Example:
        >>> schema = predictions_schema()
        >>> schema["$schema"], len(schema["oneOf"])
        ('https://json-schema.org/draft/2020-12/schema', 2)
    """
    text = resources.files(__package__).joinpath("predictions.schema.json").read_text("utf-8")
    schema: dict[str, object] = json.loads(text)
    return schema


def _bytes(file: Path) -> bytes:
    try:
        if not file.exists():
            raise SourceNotFound(
                f"there is no such file of predictions; give a file of JSON Lines: {quoted(file)}", path=str(file)
            )
        if not file.is_file():
            raise SourceUnreadable(
                f"a folder or a device is no file of predictions; give a file of JSON Lines: {quoted(file)}",
                path=str(file),
            )
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise TooLarge(
                f"a file of predictions must have at most {MAX_BYTES:,} bytes, got {size:,}; leave out raw answers: "
                f"{quoted(file)}",
                path=str(file),
            )
        data = file.read_bytes()
    except (SourceNotFound, SourceUnreadable):
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceUnreadable(
            f"the file of predictions cannot be read ({reason}); check the file: {quoted(file)}", path=str(file)
        ) from error
    for start, (fact, fix) in _OTHER_FORMATS.items():
        if data.startswith(start):
            raise SourceUnreadable(f"the file of predictions {fact}; {fix}: {quoted(file)}", path=str(file))
    return data


def _read_lines(data: bytes, lines: PredictionLines) -> None:
    # Python's splitlines would break a line at other separators within a text.
    parts = data.split(b"\n")
    is_first = True
    for number, part in enumerate(parts, 1):
        if not part.strip():
            continue
        # The last part is a line without its end.
        is_open = number == len(parts)
        try:
            lines.add(part.decode("utf-8"), number, is_first=is_first)
        except UnicodeDecodeError as error:
            is_cut = is_open and error.end == len(part)
            _report(lines, number, f"its byte {error.start + 1} is not UTF-8", is_cut=is_cut)
        except LineError as error:
            _report(lines, number, str(error), is_cut=is_open and error.can_be_cut)
        is_first = False


def _report(lines: PredictionLines, number: int, reason: str, *, is_cut: bool) -> None:
    if is_cut:
        what = "it ends in the middle, as of a program that was stopped while it wrote"
        lines.report("unfinished_line", number, what, "it is left out; predict its item again")
    else:
        lines.report("unreadable_prediction", number, reason, "the line is left out; write one JSON object a line")


def _values(row: Prediction) -> dict[str, object]:
    """Return a prediction as a JSON object without what is not there."""
    span = {} if row.span is None else {"start": str(row.span.start), "end": str(row.span.end)}
    answer: dict[str, object] = {"label": row.label}
    if row.label is None and (row.labels is not None or row.value is not None):
        answer = {}
    later: dict[str, object] = {
        "confidence": None if row.confidence is None else float(row.confidence),
        "scores": {label: float(score) for label, score in row.scores.items()} or None,
        "available_at": None if row.available_at is None else str(row.available_at),
        "labels": None if row.labels is None else list(row.labels),
        "value": None if row.value is None else float(row.value),
        "error": row.error or None,
        "raw": row.raw,
        "run": row.run,
        "fold": row.fold,
    }
    known = {name: value for name, value in later.items() if value is not None}
    return {"key": row.key, "layer": row.layer, **span, **answer, **known}
