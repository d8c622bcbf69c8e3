"""Values of labels that have one span and one rater: confidences and intensities that agree are kept, others are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from emos_io.corpus import Corpus

COLUMNS = {"item": "file", "start": "s", "end": "e", "label": "emo", "confidence": "c", "intensity": "i"}


@pytest.mark.parametrize(
    ("layer", "labels"), [("goemotions", ("joy", "love")), ("basic7", ("joy", "joy"))], ids=["set", "the same label"]
)
@pytest.mark.parametrize(
    ("cells", "kept", "codes"),
    [
        (("0.5,3", "0.5,3"), (0.5, 3), set()),
        (("0.5,", ",3"), (0.5, 3), set()),
        (("0.5,3", "0.7,4"), (None, None), {"conflicting_confidence", "conflicting_intensity"}),
        (("0.7,", "0.5,"), (None, None), {"conflicting_confidence"}),
    ],
    ids=["equal", "one each", "both differ", "confidences differ"],
)
def test_values_of_one_span(
    tmp_path: Path,
    layer: str,
    labels: tuple[str, str],
    cells: tuple[str, str],
    kept: tuple[float | None, int | None],
    codes: set[str],
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    rows = "".join(f"a,0,1,{label},{cell}\n" for label, cell in zip(labels, cells, strict=True))
    (tmp_path / "l.csv").write_text(f"file,s,e,emo,c,i\n{rows}")
    corpus = Corpus.from_folder(tmp_path, annotations="l.csv", columns=COLUMNS, layer=layer)
    (utterance,) = corpus.monologues["a"].utterances
    assert (utterance.confidence, utterance.intensity) == kept
    assert set(corpus.findings.counts()) - {"repeated_label"} == codes


def test_a_cell_of_two_labels_keeps_its_values(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    (tmp_path / "l.csv").write_text("file,s,e,emo,c,i\na,0,1,joy;fear,0.5,3\na,1,2,joy,0.5,3\na,1,2,fear,0.7,3\n")
    corpus = Corpus.from_folder(tmp_path, annotations="l.csv", columns=COLUMNS)
    first, second = corpus.monologues["a"].utterances
    assert (first.basic7, first.confidence, first.intensity) == ("Joy", 0.5, 3)
    # Where neither label counts, neither does what belongs to it.
    assert (second.basic7, second.confidence, second.intensity) == (None, None, None)
    assert [vote.labels for vote in corpus.monologues["a"].votes] == [("Joy", "Fear"), ("Joy", "Fear")]
    assert corpus.findings.counts() == {"too_many_labels": 2}
