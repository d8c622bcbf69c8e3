"""Scores in TensorBoard: scalars, and texts with what is no number."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Protocol, runtime_checkable

from ..._files import unwritable
from ..._install import install
from ...corpus import SYNTHETIC_REMARK
from ...errors import InvalidArgument, SourceUnreadable, printable, short_repr
from ..scores import Score, Scores
from .scalars import (
    LoggedScores,
    checked_prefix,
    checked_step,
    name_part,
    named_scores,
    reason,
    scalar_name,
    scalars_of,
    without_value,
)


@runtime_checkable
class TensorBoardWriter(Protocol):
    """What is used of a writer: that of torch, of tensorboardX, of Lightning's logger (``logger.experiment``)."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int, /) -> object:
        """Add a number at a step."""

    def add_text(self, tag: str, text_string: str, global_step: int, /) -> object:
        """Add a text in Markdown at a step."""


def log_to_tensorboard(
    scores: Scores, writer: TensorBoardWriter | str | os.PathLike[str], *, step: int = 0, prefix: str = ""
) -> LoggedScores:
    """Write scores for TensorBoard.

    Each score is a scalar named after its layer, kind, what else it is of and its measure, such as
    ``basic7.clips/language-en/accuracy``; ``.low``, ``.high``, ``.n`` and ``.num_clusters`` after the name are its interval and
    what it was computed of. What is no number is in texts: ``emos/reasons`` (why a score has no value or no interval),
    ``emos/counts``, ``emos/provenance``, ``emos/findings`` and ``emos/tables``. TensorBoard keeps scalars as 32-bit floats;
    `Scores.to_json` is exact.

    Args:
        scores: What `score` returned.
        writer: A folder for a run of TensorBoard, which is made if it is not there, or a writer that is open; it is neither
            flushed nor closed here.
        step: At which step they are drawn, from 0.
        prefix: What stands before each name, such as ``"validation"``; nothing if "".

    Returns:
        How many scalars were written, and which scores have no value, with the reason.

    Raises:
        InvalidArgument: The scores, the writer, the step or the prefix are none, or two scores are of the same.
        SourceUnreadable: The folder cannot be written.
        ImportError: `writer` is a folder, and tensorboard is not installed.

    Cost:
        Five scalars for each score: of a run with all slices, some thousands. ``score(..., by=())`` has no slices.

    Example:
        >>> from emos_io.evaluation import Score, Scores, log_to_tensorboard
        >>> class Printer:
        ...     def add_scalar(self, tag, value, step): print(step, tag, value)
        ...     def add_text(self, tag, text, step): pass
        >>> one = Score(name="accuracy", value=0.75, n=4, of={"layer": "basic7", "kind": "clips"})
        >>> log_to_tensorboard(Scores(name="a", scores=(one,)), Printer(), step=3).num_scalars
        3 basic7.clips/accuracy 0.75
        3 basic7.clips/accuracy.n 4.0
        2
    """
    number, before = checked_step(step), checked_prefix(prefix)
    named = named_scores(scores, before)
    num_scalars = 0
    with _opened(writer) as opened:
        for name, score in named.items():
            for tag, value in scalars_of(name, score):
                opened.add_scalar(tag, value, number)
                num_scalars += 1
        for tag, text in _texts(scores, named, before):
            opened.add_text(tag, text, number)
    return LoggedScores(num_scalars=num_scalars, without_value=without_value(named))


def _opened(writer: object) -> AbstractContextManager[TensorBoardWriter]:
    if isinstance(writer, str | os.PathLike):
        return _FolderWriter(Path(os.fsdecode(writer)))
    if isinstance(writer, type) or not isinstance(writer, TensorBoardWriter):
        raise InvalidArgument(
            f"writer must be a folder or have add_scalar and add_text, got {short_repr(writer)}; give the folder of the run"
        )
    return nullcontext(writer)


class _FolderWriter:
    """Writes the events of a run of TensorBoard; needs tensorboard, not torch."""

    def __init__(self, folder: Path) -> None:
        try:
            from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
            from tensorboard.plugins.text.metadata import create_summary_metadata
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError as error:
            raise ImportError(f"tensorboard is not installed; {install('tensorboard')}") from error
        self._folder = folder
        self._events, self._summaries = event_pb2, summary_pb2
        self._tensors, self._shapes = tensor_pb2, tensor_shape_pb2
        self._text_metadata = create_summary_metadata
        self._time = time.time()
        try:
            self._writer = EventFileWriter(str(folder))
        except OSError as error:
            raise self._error(error) from error

    def add_scalar(self, tag: str, value: float, step: int, /) -> None:
        self._add(self._summaries.Summary.Value(tag=tag, simple_value=value), step)

    def add_text(self, tag: str, text: str, step: int, /) -> None:
        shape = self._shapes.TensorShapeProto(dim=[self._shapes.TensorShapeProto.Dim(size=1)])
        tensor = self._tensors.TensorProto(dtype="DT_STRING", string_val=[text.encode()], tensor_shape=shape)
        metadata = self._text_metadata(display_name="", description="")
        # The tag that writers of torch give texts.
        self._add(self._summaries.Summary.Value(tag=f"{tag}/text_summary", tensor=tensor, metadata=metadata), step)

    def _add(self, value: object, step: int) -> None:
        summary = self._summaries.Summary(value=[value])
        self._writer.add_event(self._events.Event(wall_time=self._time, step=step, summary=summary))

    def _error(self, error: OSError) -> SourceUnreadable:
        text = unwritable("the folder", self._folder, "free some space or choose another one", error)
        return SourceUnreadable(text, path=str(self._folder))

    def __enter__(self) -> _FolderWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._writer.close()
        except OSError as failure:
            if error is None:
                raise self._error(failure) from failure


def _texts(scores: Scores, named: dict[str, Score], prefix: str) -> Iterable[tuple[str, str]]:
    """Yield the name and the Markdown of each text."""
    folder = f"{name_part(prefix)}/emos" if prefix else "emos"
    remark = f"{SYNTHETIC_REMARK}\n\n" if scores.synthetic else ""
    reasons = [(each, score.text(), str(score.n), reason(score)) for each, score in named.items() if reason(score)]
    missing = sum(score.value is None for score in named.values())
    head = f"{remark}{len(named)} scores of {_cell(scores.name)}, {missing} of them without a value.\n\n"
    yield f"{folder}/reasons", head + _table(("score", "value", "n", "why"), reasons)
    yield f"{folder}/counts", _table(("count", "number"), [(each, str(num)) for each, num in scores.counts.items()])
    provenance = [(each, "-" if value is None else str(value)) for each, value in scores.provenance.items()]
    yield f"{folder}/provenance", remark + _table(("provenance", "value"), provenance)
    codes = Counter((each.severity, each.code) for each in scores.findings)
    first = {(each.severity, each.code): str(each) for each in reversed(list(scores.findings))}
    rows = [(*code, str(count), first[code]) for code, count in codes.items()]
    yield f"{folder}/findings", _table(("severity", "code", "how many", "the first"), rows)
    for table in scores.tables:
        tag = scalar_name(Score(name=table.name, value=None, n=0, of=table.of))
        cells = [tuple("-" if cell is None else str(cell) for cell in row) for row in table.rows]
        yield f"{folder}/tables/{tag}", _table(table.columns, cells)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) if len(lines) > 2 else "none"


def _cell(text: str) -> str:
    """Return a text of one line that is no Markdown and no HTML."""
    line = printable(text)
    for character in "\\`*_[]|":
        line = line.replace(character, f"\\{character}")
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
