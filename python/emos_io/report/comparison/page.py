"""The HTML of a report: one file that loads nothing else."""

from __future__ import annotations

import base64
import hashlib

from ...errors import TooLarge
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


def render_report(content: ReportContent, command: str) -> str:
    """Return a report as HTML.

    Args:
        content: What the report is made of.
        command: The command that writes the page again.

    Raises:
        TooLarge: The page has more than `MAX_BYTES` bytes.
    """
    script = _joined("js")
    html = render(
        "comparison/report.html",
        marker=REPORT_MARKER,
        title=content.title,
        style=_joined("css"),
        script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        scores=score_section(content),
        figures=figures_section(content),
        timelines=timelines_section(content),
        items=items_section(content),
        annotation=annotation_section(content),
        data=data_section(content),
        command=command,
    )
    size = len(html.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise TooLarge(
            f"the report must be at most {MAX_BYTES:,} bytes, got {size:,}; add --no-frames, or name fewer files or one layer"
        )
    return html


def _joined(suffix: str) -> str:
    """Return the style sheets or the scripts of all sections as one text."""
    names = [f"comparison/{part}.{suffix}" for part in _PARTS]
    return "".join(asset(name) for name in names if has_asset(name))
