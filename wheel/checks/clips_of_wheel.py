"""The clips on which both builds must agree: the shared ones, and those that the tests make of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oracle import made
from recipe import ROOT

SHARED_MEDIA = "EMOS_SHARED_MEDIA"
RELEASE = "EMOS_RELEASE"
_USUAL = {SHARED_MEDIA: "media", RELEASE: "emos-release"}

NO_MEDIA = frozenset({".csv", ".done", ".json", ".md", ".py", ".sh", ".tsv", ".txt", ""})
"""Suffixes of what lies beside the clips."""


def require(variable: str) -> Path:
    """Return the folder that the variable names, else the usual one; skip where there is none."""
    folder = Path(os.environ.get(variable, ROOT.parent / "shared" / _USUAL[variable]))
    if not folder.is_dir():
        pytest.skip(f"no folder {str(folder)!r}; {variable} names it")
    return folder


def all_clips() -> list[Path]:
    """Return every media file there is, sorted; none where there are none."""
    folders = []
    if made.why_no_shared() is None:
        folders.append(made.shared_folder())
    if made.why_none() is None and made.is_made():
        folders.append(made.made_folder())
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if path.suffix.lower() not in NO_MEDIA)
