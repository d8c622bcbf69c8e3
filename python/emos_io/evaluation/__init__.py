"""Evaluation: predictions in, scores out. Every measure is defined in ``docs/metrics.md``."""

from .baselines import BASELINES, TRAIN_ON, Baseline, Languages, TrainOn, predict_baseline
from .ceiling import Ceiling, annotator_ceiling
from .compare import COMPARED, Comparison, RunDifference, compare
from .differences import Difference
from .matched import Matched, MatchedClips, MatchedStreams
from .matching import match
from .online_offline import gap
from .paper_tables import paper_tables
from .parsing import Parsed, ParsedSegment, ParsedStream, parse_clip, parse_stream
from .prediction_files import predictions_schema, read_predictions, write_predictions
from .prediction_requests import NO_ANSWER
from .prediction_writer import PredictionWriter
from .predictions import Form, Prediction, Predictions
from .prompts import PROMPTS, LabelledSegment, Language, Prompt, PromptForm, Task, TimedText, prompt
from .provenance import provenance_text, truth_provenance
from .score import score
from .score_rows import (
    DifferenceTable,
    MeasureLine,
    MeasureTable,
    Notes,
    ScorePart,
    ScoreRow,
    difference_tables,
    measure_tables,
    of_text,
    part_of,
    reasons,
    rest_of,
    row_of,
    score_parts,
    tables_behind,
    truth_lines,
)
from .scores import LEAST_UNMARKED, Score, Scores, ScoreTable
from .shipped_splits import SHIPPED_SPLITS, ShippedSplit, read_split, shipped_split
from .side_by_side import SideBySide, names_of, read_runs, score_runs
from .slices import SLICES_BY, SliceBy, checked_by
from .streams.point_matching import TurningPointMatch, turning_point_match
from .trackers.mlflow import log_to_mlflow
from .trackers.scalars import LoggedScores, scalar_name
from .trackers.tensorboard import TensorBoardWriter, log_to_tensorboard

__all__ = [
    "BASELINES",
    "COMPARED",
    "LEAST_UNMARKED",
    "NO_ANSWER",
    "PROMPTS",
    "SHIPPED_SPLITS",
    "SLICES_BY",
    "TRAIN_ON",
    "Baseline",
    "Ceiling",
    "Comparison",
    "Difference",
    "DifferenceTable",
    "Form",
    "LabelledSegment",
    "Language",
    "Languages",
    "LoggedScores",
    "Matched",
    "MatchedClips",
    "MatchedStreams",
    "MeasureLine",
    "MeasureTable",
    "Notes",
    "Parsed",
    "ParsedSegment",
    "ParsedStream",
    "Prediction",
    "PredictionWriter",
    "Predictions",
    "Prompt",
    "PromptForm",
    "RunDifference",
    "Score",
    "ScorePart",
    "ScoreRow",
    "ScoreTable",
    "Scores",
    "ShippedSplit",
    "SideBySide",
    "SliceBy",
    "Task",
    "TensorBoardWriter",
    "TimedText",
    "TrainOn",
    "TurningPointMatch",
    "annotator_ceiling",
    "checked_by",
    "compare",
    "difference_tables",
    "gap",
    "log_to_mlflow",
    "log_to_tensorboard",
    "match",
    "measure_tables",
    "names_of",
    "of_text",
    "paper_tables",
    "parse_clip",
    "parse_stream",
    "part_of",
    "predict_baseline",
    "predictions_schema",
    "prompt",
    "provenance_text",
    "read_predictions",
    "read_runs",
    "read_split",
    "reasons",
    "rest_of",
    "row_of",
    "scalar_name",
    "score",
    "score_parts",
    "score_runs",
    "shipped_split",
    "tables_behind",
    "truth_lines",
    "truth_provenance",
    "turning_point_match",
    "write_predictions",
]
