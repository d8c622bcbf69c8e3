"""Items to adjudicate: the queue, its written forms, and the answers, read back as events."""

from .answers import read_answers
from .forms import (
    QUEUE_SUFFIXES,
    REVIEW_COLUMNS,
    write_review_csv,
    write_review_label_studio,
    write_review_queue,
    write_review_workbook,
)
from .queue import REVIEW_REASONS, ReviewReason, ReviewTask, review_queue

__all__ = [
    "QUEUE_SUFFIXES",
    "REVIEW_COLUMNS",
    "REVIEW_REASONS",
    "ReviewReason",
    "ReviewTask",
    "read_answers",
    "review_queue",
    "write_review_csv",
    "write_review_label_studio",
    "write_review_queue",
    "write_review_workbook",
]
