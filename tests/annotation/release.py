"""Reads the published EmoS workbooks for tests; tests that need them skip with a reason where they are absent."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oracle.remember import ROOT

BASIC7 = ["Anger", "Disgust", "Fear", "Joy", "Neutral", "Sadness", "Surprise"]
HALVES = {
    "first": ("ch-simsv2s/First-2500/analysis_outputs", ["a1", "a2", "a3"]),
    "last": ("ch-simsv2s/Last-2500/analysis_outputs_after2500", ["cp", "ljx", "wqf"]),
}
MELD = "newdataset-MELD"
MELD_RATERS = ["a10", "a11", "a12"]
MELD_LAST = slice(3000, 5000)


def datasets() -> Path:
    """The folder of raw annotators and analysis."""
    root = Path(os.environ.get("EMOS_RELEASE", ROOT.parent / "shared" / "emos-release"))
    folder = root / "data-final" / "datasets"
    if not folder.is_dir():
        pytest.skip(f"the EmoS release is not in {str(root)!r}; set EMOS_RELEASE to its folder")
    return folder


@functools.cache
def rows(name: str) -> list[dict[str, Any]]:
    """The rows of the first sheet of a workbook."""
    path = datasets() / name
    openpyxl = pytest.importorskip("openpyxl", reason="the published workbooks are read with openpyxl")
    with path.open("rb") as file:
        book = openpyxl.load_workbook(file, read_only=True)
        cells = list(book.worksheets[0].iter_rows(values_only=True))
        book.close()
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


def classes(values: list[str]) -> np.ndarray:
    """Indices into BASIC7."""
    return np.array([BASIC7.index(value.capitalize()) for value in values])


@functools.cache
def chsims(half: str) -> dict[str, np.ndarray]:
    """Votes [N, 3] of one half of CH-SIMS v2, and what was published for them."""
    folder, raters = HALVES[half]
    table = rows(f"{folder}/basic7/annotated_with_ds.xlsx")
    return {
        "votes": np.stack([classes([row[rater] for row in table]) for rater in raters], axis=1),
        "labels": classes([row["ds_label"] for row in table]),
        "confidence": np.array([row["ds_confidence"] for row in table], dtype=float),
        "unique": np.array([row["unique_labels"] for row in table]),
    }


def summary(half: str, layer: str) -> dict[str, Any]:
    """The published summary of one half."""
    name = {"basic7": "analysis_summary.json", "goemotion": "goemotion_summary.json"}[layer]
    loaded: dict[str, Any] = json.loads((datasets() / HALVES[half][0] / layer / name).read_text(encoding="utf-8"))
    return loaded


def label_sets(half: str) -> list[list[frozenset[str]]]:
    """GoEmotions sets of the three raters; cells are reprs of frozensets."""
    folder, raters = HALVES[half]
    table = rows(f"{folder}/goemotion/goemotion_combined.xlsx")
    return [[frozenset(str(row[rater]).split("'")[1::2]) for rater in raters] for row in table]


def meld_first() -> list[dict[str, Any]]:
    """The 3,000 rows of MELD's first part."""
    return rows(f"{MELD}/Annotations-3000/analysis_outputs/goemotion/goemotion_soft_labels_first3000.xlsx")


def meld_last() -> list[dict[str, Any]]:
    """The 2,000 rows of MELD's last part."""
    return rows(f"{MELD}/Annotations-last-2000/analysis_outputs/basic7/annotated_with_ds_last2000.xlsx")


def meld_last_cells() -> list[list[str]]:
    """What the three raters wrote for the last part: labels joined by `;`."""
    tables = [rows(f"{MELD}/Annotations-last-2000/{rater}.xlsx")[MELD_LAST] for rater in MELD_RATERS]
    return [[str(row["go-emotion"]) for row in item] for item in zip(*tables, strict=True)]
