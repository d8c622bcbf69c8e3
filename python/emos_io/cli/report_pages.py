"""The pages of the worst items, beside a report that links to them, and the command that writes such a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote_from_bytes

import click

from .._progress import LateBar
from ..corpus import Clip, is_taxonomy_file
from ..errors import EmosError, printable
from ..plan import LabelRule, Windowing, WindowKey
from ..report import RenderOptions, WindowPage, open_media, page_path, read_page, resolve_item, spans_around
from ..report.comparison import ReportContent
from ..report.comparison.items import WorstWindow, worst_windows
from ..spans import Span
from .neighbour_pages import Pages
from .own_data import OwnDataOptions
from .show import command

FOLDER_SUFFIX = "_pages"
"""The folder of the pages is named after the report: ``report.html`` has ``report_pages``, with a folder for each layer."""
_KEY = "KEY-OF-A-WINDOW@0-1"


def with_pages(content: ReportContent, number: int, options: OwnDataOptions) -> ReportContent:
    """Write pages of the worst items, and return the report with links to them, and with the command of all others.

    A page has the window of a clip, or that of the longest wrong part of a monologue; pages of monologues have those of the
    windows before and after beside them. A page that cannot be made is said on stderr, and has no link.

    Args:
        content: The report.
        number: How many items have a page; 0 writes none.
        options: How the corpus was read.

    Raises:
        OSError: The folder of the pages cannot be made.
    """
    given = _Given(content, options)
    content = replace(content, show=given.show_command())
    pages: dict[tuple[str, str], str] = {}
    windows = worst_windows(content, number) if number else []
    with LateBar("writing pages") as bar:
        for index, window in enumerate(windows):
            bar.show(index, len(windows))
            try:
                path = given.write(window)
            except (EmosError, OSError) as error:
                click.echo(f"the page of {printable(window.key)} is left out: {error}", err=True)
                continue
            pages[window.layer, window.key] = quote_from_bytes(bytes(path.relative_to(content.options.out.parent)))
    return replace(content, pages=pages)


def page_folder(out: Path) -> Path:
    """Return the folder of the pages of a report, beside it.

    Example:
        >>> page_folder(Path("report.html")).name
        'report_pages'
    """
    return out.with_name(f"{out.stem}{FOLDER_SUFFIX}")


class _Given:
    """What all pages of a report are made from."""

    def __init__(self, content: ReportContent, options: OwnDataOptions) -> None:
        self.content = content
        layer = options["layer"]
        # The name of a layer is said with --labels; here the option is the file of a taxonomy.
        own = {**options, "layer": layer if layer and is_taxonomy_file(layer) else None}
        self.options: Mapping[str, object] = {"media": content.options.media, **own}
        self.folder = page_folder(content.options.out)

    def command(self, layer: str) -> Callable[[str, str | None], str]:
        """Return what gives the command that writes the page of a key at a path."""
        sources = (self.content.options.corpus,)
        return lambda key, path: command(key, sources, {**self.options, "labels": layer, "out": path})

    def show_command(self) -> tuple[str, str]:
        """Return the command of a page before and after its key; options come first where a key looks like one."""
        dash = "-" if any(item.key.startswith("-") for item in self.content.corpus) else ""
        before, _, after = command(f"{dash}{_KEY}", (self.content.options.corpus,), self.options).partition(
            f"{dash}{_KEY}"
        )
        return before, after

    def write(self, window: WorstWindow) -> Path:
        """Write the page of a window and those beside it; return its path.

        Raises:
            EmosError: The media cannot be read, or another file has the name.
            OSError: The page cannot be written.
        """
        corpora = [self.content.corpus]
        resolved = resolve_item(window.item.key, corpora, [])
        media = open_media(resolved)
        windowing, rule, options = Windowing(window.span.duration), LabelRule(window.layer), RenderOptions()
        span = window.span
        if not window.length_known and media is not None and media.metadata.duration > 0:
            span = Span(0, media.metadata.duration)

        def read(label_span: Span) -> WindowPage:
            return read_page(resolved, label_span, windowing, rule, options, corpora=corpora, media=media)

        page = read(span)
        around = 0 if isinstance(window.item, Clip) else 1
        before, after = spans_around(page, resolved, windowing, rule, around + 1)
        folder = self.folder / page_path(window.layer, Path()).stem
        folder.mkdir(parents=True, exist_ok=True)
        pages = Pages(
            read=read,
            command=self.command(window.layer),
            item=page.planned.item,
            spans=[*reversed(before), span, *after],
            asked=len(before),
            out=page_path(str(WindowKey(window.item.key, span)), folder),
        )
        return pages.write(page, around)
