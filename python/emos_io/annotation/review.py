"""Items to adjudicate: written for reviewers as a workbook or Label Studio tasks, and read back as events."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .._checks import checked_path
from .._files import unwritable, write_bytes
from ..corpus import Clip, Corpus, FindingCollector, Normaliser, Provenance, Vote, taxonomy
from ..corpus.workbooks import read_sheet
from ..errors import CorpusError, SourceNotFound, quoted
from .events import Event

ReviewReason = Literal["low tier", "no majority"]
REVIEW_COLUMNS = (
    "item",
    "layer",
    "language",
    "text",
    "media",
    "votes",
    "decision",
    "confidence",
    "reason",
    "label",
    "reviewer",
    "note",
)
"""The columns of the workbook; reviewers fill in the last three."""


@dataclass(frozen=True, slots=True)
class ReviewTask:
    """One item to adjudicate in one layer.

    Attributes:
        item: The key of the item.
        layer: The name of the layer.
        language: ISO 639-1.
        text: The words of the item, as published.
        media: The path of its media, or "".
        votes: (rater, labels joined by ";") of each vote.
        decision: The labels of the decision so far, joined by ";", or "".
        confidence: The confidence of that decision, from 0 to 1, or None.
        reason: Why it is in the queue.
    """

    item: str
    layer: str
    language: str
    text: str
    media: str
    votes: tuple[tuple[str, str], ...]
    decision: str
    confidence: float | None
    reason: ReviewReason


def review_queue(corpus: Corpus, layer: str = "basic7") -> list[ReviewTask]:
    """Return the clips of a layer to adjudicate: those of the confidence tier "low", and those without a majority.

    The least confident come first, then they are in the order of their keys. Cost: one pass over the clips.

    Example:
        >>> from emos_io.corpus import Clip, Corpus, Vote
        >>> said = {"a": "Joy", "b": "Fear"}
        >>> votes = [Vote(item="own/1", layer="basic7", rater=who, labels=(label,)) for who, label in said.items()]
        >>> corpus = Corpus([Clip(key="own/1", source="own", language="en", votes=tuple(votes))])
        >>> [(task.item, task.reason, task.votes) for task in review_queue(corpus)]
        [('own/1', 'no majority', (('a', 'Joy'), ('b', 'Fear')))]
    """
    tasks = [task for clip in corpus.clips if (task := _task(clip, layer)) is not None]
    return sorted(tasks, key=lambda task: (task.confidence if task.confidence is not None else -1.0, task.item))


def _task(clip: Clip, layer: str) -> ReviewTask | None:
    votes = clip.votes_in(layer)
    decision = clip.decisions.get(layer)
    if not votes and decision is None:
        return None
    counts = Counter(label for vote in votes for label in vote.labels)
    most = max(counts.values(), default=0)
    single = not taxonomy(layer).multiple
    no_majority = bool(votes) and (2 * most <= len(votes) if single else most <= len(votes) / 2)
    if decision is not None and decision.confidence_tier == "low":
        reason: ReviewReason = "low tier"
    elif no_majority:
        reason = "no majority"
    else:
        return None
    return ReviewTask(
        item=clip.key,
        layer=layer,
        language=clip.language,
        text=clip.text,
        media=clip.path or clip.published_path or "",
        votes=tuple((vote.rater, ";".join(vote.labels) or vote.raw) for vote in votes),
        decision=";".join(decision.labels) if decision else "",
        confidence=decision.confidence if decision else None,
        reason=reason,
    )


def write_review_workbook(tasks: Sequence[ReviewTask], path: str | os.PathLike[str]) -> None:
    """Write tasks as an xlsx workbook, one row a task; the label column offers the labels of a single-label layer.

    Args:
        tasks: The tasks, in the order of the rows.
        path: The file to write; an existing file is replaced.

    Raises:
        OSError: the file cannot be written.
    """
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "review"
    sheet.append(list(REVIEW_COLUMNS))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for task in tasks:
        votes = ", ".join(f"{rater}: {labels}" for rater, labels in task.votes)
        row = [
            task.item,
            task.layer,
            task.language,
            task.text,
            task.media,
            votes,
            task.decision,
            task.confidence,
            task.reason,
        ]
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell for cell in row])
    for position, layer in enumerate(sorted({task.layer for task in tasks})):
        names = taxonomy(layer)
        if position == 0 and not names.multiple:
            words = [*names.labels, *([names.abstain] if names.abstain else [])]
            offered = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
            sheet.add_data_validation(offered)
            offered.add(f"J2:J{max(2, len(tasks) + 1)}")
    for column, width in zip("ABCDEFGHIJKL", (26, 8, 8, 60, 40, 40, 12, 11, 12, 14, 14, 30), strict=True):
        sheet.column_dimensions[column].width = width
    content = io.BytesIO()
    book.save(content)
    _write(path, content.getvalue())


def write_review_label_studio(tasks: Sequence[ReviewTask], path: str | os.PathLike[str]) -> None:
    """Write tasks as Label Studio JSON, with the decision so far as a prediction. Reviewers answer in the control ``label``.

    Args:
        tasks: The tasks, in the order of the file.
        path: The file to write; an existing file is replaced.

    Raises:
        OSError: the file cannot be written.
    """
    listed: list[dict[str, object]] = []
    for number, task in enumerate(tasks, 1):
        data = {"item": task.item, "layer": task.layer, "text": task.text, "media": task.media, "reason": task.reason}
        data |= {f"vote_{rater}": labels for rater, labels in task.votes}
        entry: dict[str, object] = {"id": number, "data": data, "annotations": [], "predictions": []}
        if task.decision:
            choice = {
                "from_name": "label",
                "to_name": "text",
                "type": "choices",
                "value": {"choices": task.decision.split(";")},
            }
            entry["predictions"] = [{"model_version": "decision", "score": task.confidence, "result": [choice]}]
        listed.append(entry)
    _write(path, (json.dumps(listed, ensure_ascii=False, indent=1) + "\n").encode())


def _write(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a queue whole or not at all; a device is written as it is."""
    queue = checked_path(path)
    try:
        if queue.exists() and not queue.is_file():
            queue.write_bytes(content)
        else:
            write_bytes(queue, content)
    except OSError as error:
        raise OSError(unwritable("the queue", queue, "name a file in a folder that can be written", error)) from error


def read_answers(
    path: str | os.PathLike[str], findings: FindingCollector, *, reviewer: str | None = None
) -> list[Event]:
    """Read the answers of reviewers: a workbook of `write_review_workbook`, or an export of Label Studio.

    Args:
        path: An xlsx, csv or json file.
        findings: Takes the answers that are left out: those that are no labels, or have no reviewer.
        reviewer: The reviewer, where the file does not say.

    Returns:
        One event for each answer, its vote in the role "adjudicate".

    Raises:
        SourceNotFound: there is no such file.
        CorpusError: the file is no export of the tasks.
    """
    path = checked_path(path)
    if not path.is_file():
        raise SourceNotFound(
            f"there is no such file; give the queue that reviewers filled in: {quoted(path)}", path=str(path)
        )
    answers = (
        _label_studio_answers(path, reviewer) if path.suffix == ".json" else _workbook_answers(path, findings, reviewer)
    )
    events = []
    for item, layer, raw, who, note, where in answers:
        if not who:
            findings.add(
                "no_reviewer",
                str(where),
                f"the answer on {item} has no reviewer",
                "it is left out; fill in the column, or give reviewer (--reviewer)",
            )
            continue
        read = Normaliser(taxonomy(layer))(raw)
        if read.unknown or (not read.labels and not read.abstain):
            findings.add(
                "unknown_label", str(where), f"{raw!r} is no label of {layer}", "it is left out; correct the answer"
            )
            continue
        if len(read.labels) > 1 and not taxonomy(layer).multiple:
            findings.add(
                "too_many_labels",
                str(where),
                f"{raw!r} are several labels, and {layer} takes one",
                "it is left out; choose one label",
            )
            continue
        vote = Vote(
            item=item,
            layer=layer,
            rater=who,
            labels=read.labels,
            abstain=read.abstain,
            raw=raw,
            role="adjudicate",
            provenance=where,
        )
        events.append(Event(vote, note=note))
    return events


_Answer = tuple[str, str, str, str, str, Provenance]


def _workbook_answers(path: Path, findings: FindingCollector, reviewer: str | None) -> Iterable[_Answer]:
    sheet = read_sheet(path.parent, path.name, findings, needs=("item", "layer", "label"))
    for row in sheet or ():
        if row.text("label"):
            who = row.text("reviewer") or reviewer or ""
            yield row.text("item"), row.text("layer"), row.text("label"), who, row.text("note"), row.provenance


def _label_studio_answers(path: Path, reviewer: str | None) -> Iterable[_Answer]:
    try:
        tasks = json.loads(path.read_text("utf-8-sig"))
        found: list[_Answer] = []
        for task in tasks:
            for annotation in task.get("annotations", ()):
                if annotation.get("was_cancelled"):
                    continue
                by = annotation.get("completed_by")
                who = (
                    str(by.get("email") or by.get("id"))
                    if isinstance(by, dict)
                    else (str(by) if by is not None else reviewer or "")
                )
                choices = [
                    choice
                    for result in annotation["result"]
                    if result.get("type") == "choices" and result.get("from_name") == "label"
                    for choice in result["value"]["choices"]
                ]
                if choices:
                    where = Provenance(path.name, None, int(task["id"]))
                    found.append((task["data"]["item"], task["data"]["layer"], ";".join(choices), who, "", where))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorpusError(
            f"the file is no export of the review tasks ({error!r}); export JSON from Label Studio: {quoted(path)}",
            path=str(path),
        ) from error
    return found
