"""Items to adjudicate: written for people as a workbook or Label Studio tasks, read back as events."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..corpus import Clip, Corpus, Findings, Normaliser, Provenance, Vote, taxonomy
from ..corpus.workbooks import read_sheet
from ..errors import CorpusError, SourceNotFound
from .events import Event

Reason = Literal["low tier", "no majority"]
COLUMNS = (
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
"""Of the workbook; the last three are for the reviewer to fill in."""


@dataclass(frozen=True, slots=True)
class Task:
    """One item to adjudicate in one layer."""

    item: str
    layer: str
    language: str
    text: str
    media: str
    votes: tuple[tuple[str, str], ...]
    decision: str
    confidence: float | None
    reason: Reason


def queue(corpus: Corpus, layer: str = "basic7") -> list[Task]:
    """Return the items of a layer that want a third look: those of the low tier, and those without a majority.

    Least confident first.
    """
    tasks = [task for clip in corpus.clips if (task := _task(clip, layer)) is not None]
    return sorted(tasks, key=lambda task: (task.confidence if task.confidence is not None else -1.0, task.item))


def _task(clip: Clip, layer: str) -> Task | None:
    votes = clip.votes_in(layer)
    decision = clip.decisions.get(layer)
    if not votes and decision is None:
        return None
    counts = Counter(label for vote in votes for label in vote.labels)
    most = max(counts.values(), default=0)
    single = not taxonomy(layer).multiple
    no_majority = bool(votes) and (2 * most <= len(votes) if single else most <= len(votes) / 2)
    if decision is not None and decision.tier == "low":
        reason: Reason = "low tier"
    elif no_majority:
        reason = "no majority"
    else:
        return None
    return Task(
        clip.key,
        layer,
        clip.language,
        clip.text,
        clip.path or clip.media or "",
        tuple((vote.rater, ";".join(vote.labels) or vote.raw) for vote in votes),
        ";".join(decision.labels) if decision else "",
        decision.confidence if decision else None,
        reason,
    )


def write_workbook(tasks: Sequence[Task], path: Path) -> None:
    """Write tasks as an xlsx workbook whose label column offers the labels of the layer.

    Raises:
        OSError: The file cannot be written.
    """
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "review"
    sheet.append(list(COLUMNS))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for task in tasks:
        votes = ", ".join(f"{rater}: {said}" for rater, said in task.votes)
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
    for place, layer in enumerate(sorted({task.layer for task in tasks})):
        names = taxonomy(layer)
        if place == 0 and not names.multiple:
            words = [*names.labels, *([names.abstain] if names.abstain else [])]
            offered = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
            sheet.add_data_validation(offered)
            offered.add(f"J2:J{max(2, len(tasks) + 1)}")
    for column, width in zip("ABCDEFGHIJKL", (26, 8, 8, 60, 40, 40, 12, 11, 12, 14, 14, 30), strict=True):
        sheet.column_dimensions[column].width = width
    book.save(path)


def write_label_studio(tasks: Sequence[Task], path: Path) -> None:
    """Write tasks as Label Studio JSON, the decision so far as a prediction; the control to answer with is ``label``.

    Raises:
        OSError: The file cannot be written.
    """
    listed: list[dict[str, Any]] = []
    for number, task in enumerate(tasks, 1):
        data = {"item": task.item, "layer": task.layer, "text": task.text, "media": task.media, "reason": task.reason}
        data |= {f"vote_{rater}": said for rater, said in task.votes}
        entry: dict[str, Any] = {"id": number, "data": data, "annotations": [], "predictions": []}
        if task.decision:
            choice = {
                "from_name": "label",
                "to_name": "text",
                "type": "choices",
                "value": {"choices": task.decision.split(";")},
            }
            entry["predictions"] = [{"model_version": "decision", "score": task.confidence, "result": [choice]}]
        listed.append(entry)
    path.write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_answers(path: Path, findings: Findings, *, reviewer: str | None = None) -> list[Event]:
    """Read what reviewers filled in: a workbook of `write_workbook`, or an export of Label Studio.

    Args:
        path: xlsx, csv or json.
        findings: Takes answers that are no labels; such answers are left out, and nothing else.
        reviewer: Who answered, where the file does not say.

    Raises:
        SourceNotFound: There is no such file.
        CorpusError: It is neither.
    """
    if not path.is_file():
        raise SourceNotFound(f"there is no such file of answers; give the filled-in queue: {str(path)!r}")
    answers = _of_label_studio(path, reviewer) if path.suffix == ".json" else _of_workbook(path, findings, reviewer)
    events = []
    for item, layer, raw, who, note, where in answers:
        if not who:
            findings.add(
                "no_reviewer",
                str(where),
                f"the answer on {item} has no reviewer",
                "fill in the column, or give --reviewer; it is left out",
            )
            continue
        read = Normaliser(taxonomy(layer))(raw)
        if read.unknown or (not read.labels and not read.abstain):
            findings.add(
                "unknown_label", str(where), f"{raw!r} is no label of {layer}", "correct the answer; it is left out"
            )
            continue
        if len(read.labels) > 1 and not taxonomy(layer).multiple:
            findings.add(
                "too_many_labels",
                str(where),
                f"{raw!r} are several labels, {layer} takes one",
                "choose one; it is left out",
            )
            continue
        vote = Vote(item, layer, who, read.labels, read.abstain, (), raw, "adjudicate", where)
        events.append(Event(vote, note=note))
    return events


_Answer = tuple[str, str, str, str, str, Provenance]


def _of_workbook(path: Path, findings: Findings, reviewer: str | None) -> Iterable[_Answer]:
    sheet = read_sheet(path.parent, path.name, findings, needs=("item", "layer", "label"))
    for row in sheet or ():
        if row.text("label"):
            who = row.text("reviewer") or reviewer or ""
            yield row.text("item"), row.text("layer"), row.text("label"), who, row.text("note"), row.provenance


def _of_label_studio(path: Path, reviewer: str | None) -> Iterable[_Answer]:
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
            f"the file is no export of the review tasks ({error!r}); export JSON from Label Studio: {str(path)!r}"
        ) from error
    return found
