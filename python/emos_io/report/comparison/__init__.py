"""One page of one or more files of predictions: scores, figures, timelines, items; and of a corpus without any."""

from .content import ReportContent, ReportOptions, ReportRun, TrainingRun
from .page import MAX_BYTES, render_report

__all__ = ["MAX_BYTES", "ReportContent", "ReportOptions", "ReportRun", "TrainingRun", "render_report"]
