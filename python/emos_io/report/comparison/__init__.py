"""One page of one or more files of predictions: scores, figures, timelines, items; and of a corpus without any."""

from .content import ReportContent, ReportOptions, ReportRun, TrainingRun
from .figures import TableFiles, read_logs, write_tables
from .page import MAX_BYTES, ReportPage, render_report

__all__ = [
    "MAX_BYTES",
    "ReportContent",
    "ReportOptions",
    "ReportPage",
    "ReportRun",
    "TableFiles",
    "TrainingRun",
    "read_logs",
    "render_report",
    "write_tables",
]
