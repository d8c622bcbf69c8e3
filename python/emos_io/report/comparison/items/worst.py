"""The worst items, and the window of each that its page has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, zip_longest

from ....corpus import Clip, Monologue
from ....plan import WindowKey
from ....spans import Span
from ..content import ReportContent
from .errors import RIGHT, ItemTable
from .stream_errors import window_of
from .tables import ItemTables, item_tables

UNKNOWN_LENGTH = Fraction(10)
"""Seconds of the window of a clip whose length nobody knows before its media are opened; most clips are shorter."""


@dataclass(frozen=True, slots=True)
class WorstWindow:
    """A window of an item on which a run is wrong.

    Attributes:
        layer: The layer.
        run: Name of the run.
        item: The item.
        span: The window: the known length of a clip, or `UNKNOWN_LENGTH`; of a monologue its longest wrong part.
        length_known: Whether the span of a clip is that of the clip.
    """

    layer: str
    run: str
    item: Clip | Monologue
    span: Span
    length_known: bool

    @property
    def key(self) -> str:
        """The key of the window, as ``emos show`` takes it."""
        return str(WindowKey(self.item.key, self.span))


def worst_windows(content: ReportContent, number: int, tables: ItemTables | None = None) -> list[WorstWindow]:
    """Return windows of the worst items, at most so many, each once.

    Tables take turns, so that each layer and kind has its worst items among them.

    Args:
        content: The report.
        number: How many.
        tables: Its tables, where they are there already.

    Cost: as `item_tables`.
    """
    tables = item_tables(content) if tables is None else tables
    columns = [_worst_of(table) for table in tables.tables]
    found: dict[tuple[str, str], WorstWindow] = {}
    for window in chain.from_iterable(zip_longest(*columns)):
        if len(found) == number:
            break
        if window is not None:
            found.setdefault((window.layer, window.key), window)
    return list(found.values())


def table_window(table: ItemTable, run: int, item: int) -> WorstWindow:
    """Return the window of an item that a page of it has."""
    found, errors = table.items[item], table.runs[run]
    if isinstance(found, Monologue):
        return WorstWindow(table.layer, errors.run, found, window_of(found, errors.longest[item]), True)
    length = found.duration
    return WorstWindow(table.layer, errors.run, found, Span(0, length or UNKNOWN_LENGTH), length is not None)


def _worst_of(table: ItemTable) -> Iterator[WorstWindow]:
    for run, item in table.worst_first():
        if table.runs[run].errors[item] != RIGHT:
            yield table_window(table, run, item)
