"""The HTML of a report: one file that loads nothing else."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from ...errors import TooLarge, printable
from ..page_table import Cell, words
from ..render import asset, has_asset, render
from .annotation_view import annotation_section
from .content import ReportContent
from .data_view import data_section
from .figures import figures_section
from .items import items_section
from .score_section import score_section
from .timelines import timelines_section

MAX_BYTES = 20_000_000
"""The most bytes of a page, so that it can be mailed and opened everywhere."""

REPORT_MARKER = "emos-report"
"""The name of the meta element by which a file is known as a report."""

_PARTS = ("report", "figures", "timelines", "items")
"""Names of style sheets and scripts, in the order in which they are joined."""
_READY = 'document.documentElement.dataset.ready = "1";\n'
"""The end of the script: all before it has run."""
_NO_RUN = "No file of predictions was named."


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A report as HTML.

    Attributes:
        html: The page.
        num_streams: How many monologues have a timeline.
        num_items: How many rows the list of items has: one for each item, layer and run.
    """

    html: str
    num_streams: int
    num_items: int


def render_report(content: ReportContent, command: str, version: str) -> ReportPage:
    """Return a report as HTML.

    Args:
        content: What the report is made of.
        command: The command that writes the page again.
        version: Version of the package, which the page says.

    Raises:
        TooLarge: The page has more than `MAX_BYTES` bytes.
    """
    script = _joined("js") + _READY
    no_item = _NO_RUN if not content.runs else "No item is scored."
    no_stream = _NO_RUN if not content.runs else "No monologue is scored."
    timelines, items = timelines_section(content), items_section(content)
    sections = (
        ("scores", "Scores", score_section(content), _NO_RUN),
        (
            "figures",
            "Figures",
            figures_section(content),
            "There is no score to draw, and no run of training was named.",
        ),
        ("timelines", "Timelines", timelines, no_stream),
        ("items", "Items", items, no_item),
        (
            "annotation",
            "Annotation",
            annotation_section(content),
            "No item has votes of several raters in these layers.",
        ),
        ("data", "Data", data_section(content), "The corpus has no item."),
    )
    html = render(
        "comparison/report.html",
        marker=REPORT_MARKER,
        title=(words(content.title),),
        facts=_facts(content),
        style=asset("page.css") + _joined("css"),
        script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        sections=sections,
        command=printable(command),
        version=version,
    )
    size = len(html.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise TooLarge(
            f"the report must be at most {MAX_BYTES:,} bytes, got {size:,}; {_smaller(content)}",
        )
    return ReportPage(
        html=html,
        num_streams=0 if timelines is None else len(timelines.blocks),
        num_items=0 if items is None else items.num_rows,
    )


def _facts(content: ReportContent) -> Cell:
    """Return what is scored, in words."""
    if not content.runs:
        return ()
    scored = "all items of the files" if content.split is None else f"the {content.side} side of the split "
    split = () if content.split is None else (words(content.split),)
    return ("Scored: ", scored, *split, "; ", words(", ".join(content.layers) or "no layer"), ".")


def _smaller(content: ReportContent) -> str:
    """Return what makes a page smaller."""
    ways = [
        *(["add --no-frames"] if content.options.frames and content.media else []),
        *(["name fewer files"] if len(content.runs) > 1 else []),
        *(["name one --layer"] if len(content.layers) > 1 else []),
    ]
    return " or ".join(ways) or "name a --split whose side has fewer items"


def _joined(suffix: str) -> str:
    """Return the style sheets or the scripts of all sections as one text."""
    names = [f"comparison/{part}.{suffix}" for part in _PARTS]
    return "".join(asset(name) for name in names if has_asset(name))
