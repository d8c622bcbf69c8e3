"""The pages of a window and of its neighbours, with links that lead to pages that are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes

import click

from ..errors import EmosError
from ..plan import WindowKey
from ..report import Neighbour, Neighbours, WindowPage, is_page_of, page_path, render_page, save_page
from ..spans import Span

MAX_AROUND = 100
"""The most pages on a side."""


@dataclass(slots=True, kw_only=True)
class Pages:
    """Pages of neighbouring windows of one item.

    Attributes:
        read: Returns the page of a label span.
        command: Returns the command of a key and of the path that was asked for.
        item: Key of the item.
        spans: Label spans of the windows, in order of time.
        asked: Index of the window that was asked for.
        out: Path of its page; None for a name made of its key, in the current folder. The others lie beside it, with names
            made of their keys.
        failed: Indices of windows whose pages cannot be written.
        others: Paths of the pages of neighbours that were written.
    """

    read: Callable[[Span], WindowPage]
    command: Callable[[str, str | None], str]
    item: str
    spans: Sequence[Span]
    asked: int
    out: Path | None
    failed: set[int] = field(default_factory=set)
    others: list[Path] = field(default_factory=list)

    def write(self, page: WindowPage, around: int) -> Path:
        """Write the page that was asked for and those around it; return its path.

        A neighbour that cannot be read, or whose name is that of another file, is said on stderr and has no link.

        Args:
            page: The page that was asked for.
            around: How many on a side.

        Raises:
            InvalidArgument: The page cannot have its path, see `emos_io.report.save_page`; nothing was written.
            OSError: The page cannot be written; no other was.
        """
        first, last = max(self.asked - around, 0), min(self.asked + around, len(self.spans) - 1)
        wanted = [index for index in range(first, last + 1) if index != self.asked and self._has_room(index)]
        path = self._save(self.asked, page, wanted)
        while not self._written(wanted):
            # Pages that are there have a link to the one that failed.
            wanted = [index for index in wanted if index not in self.failed]
            self._save(self.asked, page, wanted)
        self.others = [self._path(index) for index in wanted]
        return path

    def _written(self, wanted: Sequence[int]) -> bool:
        for index in wanted:
            try:
                self._save(index, self.read(self.spans[index]), wanted)
            except (EmosError, OSError) as error:
                self.failed.add(index)
                click.echo(f"the page of {self._key(index)} is left out: {error}", err=True)
                return False
        return True

    def _save(self, index: int, page: WindowPage, wanted: Sequence[int]) -> Path:
        given = self.out if index == self.asked or self.out is None else self._path(index)
        text = self.command(page.key, None if given is None else str(given))
        written = {*wanted, self.asked}
        html = render_page(page, text, Neighbours(self._link(index - 1, written), self._link(index + 1, written)))
        return save_page(html, page.key, given)

    def _link(self, index: int, written: set[int]) -> Neighbour | None:
        if not 0 <= index < len(self.spans):
            return None
        key, path = self._key(index), self._path(index)
        there = index in written or (path.name != self._path(self.asked).name and is_page_of(path, key))
        text = self.command(key, None if self.out is None else str(path))
        return Neighbour(self.spans[index], quote_from_bytes(bytes(Path(path.name))) if there else None, text)

    def _key(self, index: int) -> str:
        return str(WindowKey(self.item, self.spans[index]))

    def _path(self, index: int) -> Path:
        if index == self.asked and self.out is not None:
            return self.out
        return page_path(self._key(index), Path() if self.out is None else self.out.parent)

    def _has_room(self, index: int) -> bool:
        """Return whether a neighbour's path is free, or has its page."""
        path = self._path(index)
        if path.name == self._path(self.asked).name or (path.exists() and not is_page_of(path, self._key(index))):
            click.echo(f"the page of {self._key(index)} is left out, since another file has its name: {path}", err=True)
            return False
        return True
