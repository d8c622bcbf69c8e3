"""The answers of reviewers, read back as events."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..._checks import checked_path
from ...corpus import (
    CorpusData,
    Finding,
    FindingCollector,
    Monologue,
    Normalised,
    Normaliser,
    Provenance,
    Role,
    Taxonomy,
    Vote,
)
from ...corpus.workbooks import read_sheet
from ...errors import CorpusError, InvalidArgument, SourceNotFound, quoted
from ...formats.rows import read_rows
from ...formats.times import decimal_or_ratio
from ...spans import Span
from ..log import Event, EventItems, why_outside

TABLES = (".csv", ".tsv")
NEEDED = ("item", "layer", "label")
"""Columns that a queue must have to be read."""

COLUMNS = (*NEEDED, "reviewer", "note", "start", "end")
"""Columns that are read."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a reviewer wrote about one task, as written; "" is what was left out."""

    item: str
    layer: str
    label: str
    reviewer: str
    note: str
    start: str
    end: str
    where: Provenance


def read_answers(
    path: str | os.PathLike[str],
    findings: FindingCollector,
    *,
    reviewer: str | None = None,
    corpus: CorpusData | None = None,
    taxonomies: Iterable[Taxonomy] = (),
) -> list[Event]:
    """Read the answers of reviewers: a workbook or table of a review queue, or an export of Label Studio.

    An answer has a label, or is a remark alone. What the reviewer left empty is no answer.

    Args:
        path: An xlsx, csv, tsv or json file.
        findings: Takes the answers that are left out: ``missing_id``, ``no_reviewer``, ``unknown_layer``, ``unknown_label``,
            ``too_many_labels``, ``bad_span``, and ``unknown_item`` where a corpus is given.
        reviewer: The reviewer, where the file does not say.
        corpus: The corpus that was asked about: answers on other items are left out, and its own taxonomies are known.
        taxonomies: More taxonomies of your own.

    Returns:
        One event for each answer, in the order of the file. The vote of a label has the role "adjudicate"; that of a remark
        alone the role "review", and no label. Those on a part of a monologue have its span.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: a table is no text, or is empty.
        CorpusError: the file is no export of the tasks.
    """
    path = checked_path(path)
    if not path.is_file():
        raise SourceNotFound(
            f"there is no such file; give the queue that reviewers filled in: {quoted(path)}", path=str(path)
        )
    reader = _AnswerReader(findings, corpus, taxonomies)
    is_export = path.suffix.lower() == ".json"
    answers = _label_studio_answers(path) if is_export else _sheet_answers(path, findings)
    events = (reader.event(each, each.reviewer or reviewer or "") for each in answers)
    return [event for event in events if event is not None]


class _LeftOutError(Exception):
    """An answer is left out; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


class _AnswerReader:
    """Reads answers as events; those that cannot be used are findings."""

    def __init__(self, findings: FindingCollector, corpus: CorpusData | None, taxonomies: Iterable[Taxonomy]) -> None:
        self._findings = findings
        self._items = None if corpus is None else EventItems(corpus)
        self._corpus = CorpusData(taxonomies=(*taxonomies, *(() if corpus is None else corpus.taxonomies)))
        self._normalisers: dict[str, Normaliser] = {}

    def event(self, answer: _Answer, reviewer: str) -> Event | None:
        """Return the event of an answer, or None where it is left out."""
        try:
            return Event(self._vote(answer, reviewer), note=answer.note)
        except _LeftOutError as error:
            found = error.finding
            self._findings.add(found.code, found.where, found.what, f"it is left out; {found.fix}")
            return None

    def _vote(self, answer: _Answer, reviewer: str) -> Vote:
        item, where = self._item(answer), str(answer.where)
        if not reviewer:
            fix = "fill in the column, or give reviewer (--reviewer)"
            raise _LeftOutError(Finding("no_reviewer", where, f"the answer on {answer.item} has no reviewer", fix))
        role: Role = "adjudicate" if answer.label else "review"
        read = _labels(answer.label, self._normaliser(answer), where) if answer.label else None
        return Vote(
            item=item,
            layer=answer.layer,
            rater=reviewer,
            labels=() if read is None else read.labels,
            abstain=read is not None and read.abstain,
            raw=answer.label or answer.note,
            role=role,
            provenance=answer.where,
            span=self._span(answer, item),
        )

    def _item(self, answer: _Answer) -> str:
        name, where = answer.item, str(answer.where)
        if not name:
            raise _LeftOutError(Finding("missing_id", where, "the item of an answer is empty", "fill it in"))
        if self._items is None:
            return name
        key = self._items.key(name)
        if key is None:
            what = f"the answer is on {name}, {self._items.why_unknown(name)}"
            raise _LeftOutError(Finding("unknown_item", where, what, "correct the key"))
        return key

    def _span(self, answer: _Answer, key: str) -> Span | None:
        """Return the span of an answer, some of which its item must have where that is known."""
        span = _span(answer)
        item = None if self._items is None else self._items.item(key)
        why = None if item is None else why_outside(item, span)
        if span is None or item is None or why is None:
            return span
        if isinstance(item, Monologue) and span.start < item.duration:
            what, fix = f"the answer on {key} {why}", "it counts up to there; correct start and end"
            self._findings.add("bad_span", str(answer.where), what, fix)
            return span
        raise _LeftOutError(
            Finding("bad_span", str(answer.where), f"the answer on {key} {why}", "correct start and end")
        )

    def _normaliser(self, answer: _Answer) -> Normaliser:
        layer = answer.layer
        if layer not in self._normalisers:
            try:
                self._normalisers[layer] = Normaliser(self._corpus.taxonomy(layer))
            except InvalidArgument as error:
                what = f"the answer is in the layer {layer!r}, which has no taxonomy"
                fix = "correct the layer, or give its taxonomy"
                raise _LeftOutError(Finding("unknown_layer", str(answer.where), what, fix)) from error
        return self._normalisers[layer]


def _labels(raw: str, normalise: Normaliser, where: str) -> Normalised:
    """Return the labels of an answer, which must be of the taxonomy."""
    read, names = normalise(raw), normalise.taxonomy
    if read.unknown or (not read.labels and not read.abstain):
        what = f"{raw!r} is no label of {names.name}"
        raise _LeftOutError(Finding("unknown_label", where, what, "correct the answer"))
    if len(read.labels) > 1 and not names.multiple:
        what = f"{raw!r} are several labels, and {names.name} takes one"
        raise _LeftOutError(Finding("too_many_labels", where, what, "choose one label"))
    return read


def _span(answer: _Answer) -> Span | None:
    """Return the span of an answer, or None where it has none."""
    start, end = answer.start, answer.end
    if not start and not end:
        return None
    first, last = decimal_or_ratio(start), decimal_or_ratio(end)
    if first is None or last is None or last <= first:
        what = f"the answer is on {start!r} to {end!r}, which is no span"
        raise _LeftOutError(Finding("bad_span", str(answer.where), what, "correct start and end"))
    return Span(first, last)


def _sheet_answers(path: Path, findings: FindingCollector) -> Iterator[_Answer]:
    for provenance, text in (
        _table_rows(path, findings) if path.suffix.lower() in TABLES else _sheet_rows(path, findings)
    ):
        item, layer, label, who, note, start, end = map(text, COLUMNS)
        if label or note:
            yield _Answer(item, layer, label, who, note, start, end, provenance)


def _sheet_rows(path: Path, findings: FindingCollector) -> Iterator[tuple[Provenance, Callable[[str], str]]]:
    """Yield where each row is, and its cells as a function of the column."""
    for row in read_sheet(path.parent, path.name, findings, needs=NEEDED) or ():
        yield row.provenance, row.text


def _table_rows(path: Path, findings: FindingCollector) -> Iterator[tuple[Provenance, Callable[[str], str]]]:
    """Yield the rows of a table, whatever a spreadsheet program put between its cells."""
    report = findings.reporter(path.name)
    table = read_rows(path, columns=None, needs=NEEDED, encoding=None, delimiter=None, reporter=report)
    missing = ", ".join(repr(name) for name in NEEDED if name not in table.header)
    if missing:
        what = f"column {missing} is missing among {', '.join(map(repr, filter(None, table.header)))}"
        findings.add("missing_column", path.name, what, "correct the name of the column; its answers are left out")
        return
    for row in table:
        yield Provenance(path.name, None, row.number), functools.partial(_cell, row.cells)


def _cell(cells: Mapping[str, str], name: str) -> str:
    return cells.get(name, "").strip()


def _label_studio_answers(path: Path) -> list[_Answer]:
    try:
        tasks = json.loads(path.read_text("utf-8-sig"))
        found: list[_Answer] = []
        for task in tasks:
            for annotation in task.get("annotations", ()):
                if annotation.get("was_cancelled"):
                    continue
                values = [(each.get("type"), each.get("from_name"), each["value"]) for each in annotation["result"]]
                choices = [text for kind, name, value in values if (kind, name) == ("choices", "label")
                           for text in value["choices"]]  # fmt: skip
                notes = [text for kind, name, value in values if (kind, name) == ("textarea", "note")
                         for text in _texts(value["text"])]  # fmt: skip
                if not choices and not notes:
                    continue
                data = task["data"]
                item, layer, start, end = (str(data.get(name, "")) for name in ("item", "layer", "start", "end"))
                who, where = _rater(annotation.get("completed_by")), Provenance(path.name, None, int(task["id"]))
                found.append(_Answer(item, layer, ";".join(choices), who, " ".join(notes), start, end, where))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorpusError(
            f"the file is no export of the review tasks ({error!r}); export JSON from Label Studio: {quoted(path)}",
            path=str(path),
        ) from error
    return found


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _rater(by: object) -> str:
    """Return the name of who completed an annotation, or "" where it does not say."""
    if isinstance(by, dict):
        return str(by.get("email") or by.get("username") or by.get("id") or "")
    return "" if by is None else str(by)
