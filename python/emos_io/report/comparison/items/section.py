"""The list of items of a report: all of its values in compact JSON, which the script of the page filters and draws."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ....corpus import Clip, Monologue
from ...colours import colours_of
from ...render import json_script
from ..content import ReportContent
from ..figures.figure import run_marks
from .errors import ERRORS, NOT_SCORED, ItemTable, RunErrors
from .tables import item_tables
from .worst import table_window

MOST_TEXT = 160
"""The most characters of the text of an item; its page has all of it."""
_NONE = "none"
_VERB, _DEFAULT_LAYER = "emos show", "basic7"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsSection:
    """The list of items.

    Attributes:
        num_rows: How many answers it has.
        unlisted: Layers in which monologues are predicted and are not listed.
        has_clips, has_streams: Whether clips, and whether monologues are listed.
        takes_sets, takes_numbers: Whether a layer of sets, and whether one of numbers is listed.
        data: All values, as JSON for an element ``<script type="application/json">``: ``errors``, names of errors by index;
            ``marks``, the mark of each of several runs, as in figures; ``items``, lists of their keys, texts and languages;
            ``tables``, see `ItemTable`, where confidences, seconds and numbers are thousandths, and ``show`` is the command of
            a page before and after its key.
    """

    num_rows: int
    unlisted: tuple[str, ...]
    has_clips: bool
    has_streams: bool
    takes_sets: bool
    takes_numbers: bool
    data: str


def items_section(content: ReportContent) -> ItemsSection | None:
    """Return the list of the items that runs are scored on, the worst first; None where there is none.

    Cost: as `item_tables`, and a sort of all answers; about 100 bytes for each.
    """
    found = item_tables(content)
    if not found.tables and not found.unlisted:
        return None
    items = _Items()
    tables = [_table(table, items, content) for table in found.tables]
    names = [run.name for run in content.runs]
    marks = dict(zip(names, run_marks(len(names)), strict=True)) if len(names) > 1 else {}
    data = {"errors": list(ERRORS), "marks": marks, "items": items.as_dict(), "tables": tables}
    return ItemsSection(
        num_rows=sum(error != NOT_SCORED for each in found.tables for run in each.runs for error in run.errors),
        unlisted=found.unlisted,
        has_clips=any(each.kind == "clips" for each in found.tables),
        has_streams=any(each.kind == "streams" for each in found.tables),
        takes_sets=any(each.takes == "set" for each in found.tables),
        takes_numbers=any(each.takes == "number" for each in found.tables),
        data=json_script(data),
    )


class _Items:
    """Keys, texts and languages of items, each once for all tables."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self.texts: list[str] = []
        self.languages: dict[str, int] = {}
        self.language: list[int] = []

    def index(self, item: Clip | Monologue) -> int:
        """Return the number of an item."""
        if item.key not in self._index:
            self._index[item.key] = len(self._index)
            text = item.title if isinstance(item, Monologue) else item.text
            self.texts.append(text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…")
            self.language.append(self.languages.setdefault(item.language, len(self.languages)))
        return self._index[item.key]

    def as_dict(self) -> dict[str, object]:
        """Return lists of equal length, and the names of languages."""
        return {
            "keys": list(self._index),
            "texts": self.texts,
            "languages": list(self.languages),
            "language": self.language,
        }


def _table(table: ItemTable, items: _Items, content: ReportContent) -> dict[str, object]:
    """Return a table as plain values; ``order`` has ``run * number of items + item``, the worst first."""
    tiers: dict[str, int] = {}
    size = len(table.items)
    found: dict[str, object] = {
        "layer": table.layer,
        "kind": table.kind,
        "takes": table.takes,
        "labels": list(table.labels),
        "colours": list(colours_of(table.labels).values()),
        "items": [items.index(item) for item in table.items],
        "tier": [tiers.setdefault(_tier(item, table.layer), len(tiers)) for item in table.items],
        "tiers": list(tiers),
        "truth": _indices(table.truth),
        "values": [_thousandths(each) for each in table.truth_values],
        "seconds": [_thousandths(each) for each in table.seconds],
        "runs": [_run(table, run, content.pages) for run in range(len(table.runs))],
        "show": _show(content.show, table.layer),
        "order": [run * size + item for run, item in table.worst_first()],
    }
    if table.kind == "clips":
        found["ends"] = [str(table_window(table, 0, item).span.end) for item in range(size)]
    return found


def _run(table: ItemTable, number: int, pages: Mapping[tuple[str, str], str]) -> dict[str, object]:
    run = table.runs[number]
    windows = {
        item: table_window(table, number, item)
        for item, error in enumerate(run.errors)
        if error != NOT_SCORED and (pages or table.kind == "streams")
    }
    hrefs = {str(item): pages.get((table.layer, window.key)) for item, window in windows.items()}
    found: dict[str, object] = {
        "run": run.run,
        "errors": list(run.errors),
        "answers": _indices(run.answers),
        "pages": {item: href for item, href in hrefs.items() if href is not None},
    }
    if table.kind == "streams":
        return found | {
            "wrong": [_thousandths(each) for each in run.wrong],
            "late": None if run.wrong_late is None else [_thousandths(each) for each in run.wrong_late],
            "longest": _longest(run),
            "windows": {str(item): [str(window.span.start), str(window.span.end)] for item, window in windows.items()},
        }
    return found | {
        "confidence": [_thousandths(each) for each in run.confidence],
        "values": [_thousandths(each) for each in run.values],
        "reasons": {str(item): reason for item, reason in run.reasons.items()},
    }


def _longest(run: RunErrors) -> list[list[int | None] | None]:
    """Return start, end, truth and answer of the longest wrong part of each monologue."""
    return [
        None if part is None else [_thousandths(part.span.start), _thousandths(part.span.end), part.true, part.given]
        for part in run.longest
    ]


def _indices(classes: Sequence[tuple[int, ...]]) -> list[int | list[int]]:
    """Return class indices, one alone as a number."""
    return [each[0] if len(each) == 1 else list(each) for each in classes]


def _thousandths(number: float | Fraction | None) -> int | None:
    """Return a number as the page prints it, to three places, times 1,000: an integer is short, and exact in the script."""
    return None if number is None else int(f"{float(number):z.3f}".replace(".", ""))


def _show(show: tuple[str, str], layer: str) -> list[str]:
    """Return the command of a page in a layer, before and after the key; options come before all else."""
    before, after = show
    if before and layer != _DEFAULT_LAYER:
        before = before.replace(_VERB, f"{_VERB} --labels {shlex.quote(layer)}", 1)
    return [before, after]


def _tier(item: Clip | Monologue, layer: str) -> str:
    decision = None if isinstance(item, Monologue) else item.decisions.get(layer)
    return _NONE if decision is None or decision.confidence_tier is None else decision.confidence_tier
