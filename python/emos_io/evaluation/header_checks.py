"""What a file of predictions was made for, beside the corpus and the split that it is scored on."""

from __future__ import annotations

import re

from ..corpus import FindingCollector, Folds, Split, keys_sha256
from ..corpus.data import CorpusData
from ..errors import short_repr
from .predictions import Predictions
from .shipped_splits import read_split, split_of_file

_SHA256 = re.compile("[0-9a-fA-F]{64}")
_NUM_DIGITS = 16
"""Digits of a checksum that findings show."""


def check_header(
    predictions: Predictions, corpus: CorpusData, split: Split | Folds | None, findings: FindingCollector
) -> None:
    """Add findings where predictions were made for another corpus, for another split, or for a split that nobody gave.

    Cost: one sha256 of the keys of the corpus where the header has one.
    """
    header, where = predictions.header, f"{predictions.name}, header"
    made_for = header.get("corpus")
    if isinstance(made_for, str) and _SHA256.fullmatch(made_for):
        own = keys_sha256(item.key for item in corpus)
        if made_for.lower() != own:
            what = f"it is of a corpus whose keys have the sha256 {_short(made_for)}, and those of this one have {_short(own)}"
            findings.add("other_corpus", where, what, "give the corpus that the predictions were made for")
    digest = header.get("split_sha256")
    if split is None:
        if digest is not None:
            what = f"it is of the split {_short(digest)}, and no split was given"
            fix = "items of all sides are expected; give the split, and one side is scored"
            findings.add("other_split", where, what, fix, severity="note")
    elif digest is None:
        what = "it names no split, so nobody can see which items a model was trained on"
        findings.add("other_split", where, what, "write the split_sha256 of the split into the header", severity="note")
    elif not isinstance(digest, str) or digest.lower() != split.sha256.lower():
        what = f"it is of the split {_short(digest)}, and {_short(split.sha256)} was given"
        findings.add("other_split", where, what, _fix(digest, split))


def _fix(digest: object, split: Split | Folds) -> str:
    """Return what to do where the header names another split; people take the checksum of a file for that of its lists."""
    name = split_of_file(digest) if isinstance(digest, str) else None
    if name is None:
        return "give the split that the predictions were made for"
    known = read_split(name).sha256
    fix = f"that is the sha256 of the bytes of {name}.json; write the value of sha256 in it into the header, {known}"
    return fix if known == split.sha256 else f"{fix}, and give that split"


def _short(digest: object) -> str:
    if isinstance(digest, str) and _SHA256.fullmatch(digest):
        return f"{digest[:_NUM_DIGITS].lower()}..."
    return short_repr(digest)
