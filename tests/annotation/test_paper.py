"""The paper's tables: which are equal, and that the figures that are not are counted right."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from emos_io.annotation.paper import Comparison, recompute
from emos_io.annotation.paper.compare import Cells, TableRow, compare, figures
from emos_io.corpus import Corpus
from emos_io.errors import CorpusError
from oracle import synthetic_release
from oracle.remember import ROOT

ROUNDED = 1e-12
"""Percentages and means of a few thousand terms, in doubles."""


def cell(row: TableRow | Cells, *path: str | int) -> TableRow:
    """The cell of a row at a path of names and positions."""
    for step in path:
        if isinstance(step, int):
            assert isinstance(row, Sequence)
            row = row[step]
        else:
            assert isinstance(row, Mapping)
            row = row[step]
    assert isinstance(row, int | float | str | Sequence | Mapping)
    return row


def number(row: TableRow | Cells, *path: str | int) -> float:
    found = cell(row, *path)
    assert isinstance(found, int | float)
    return found


@pytest.fixture(scope="module")
def tables(release: Corpus) -> dict[str, Comparison]:
    return recompute(release)


def test_a_part_of_the_release_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    part = Corpus.from_release(synthetic_release.make(tmp_path))
    with pytest.raises(
        CorpusError, match=r"must have clips of every round .*, got none of meld latter 2000; give the folder"
    ):
        recompute(part)
    with pytest.raises(CorpusError, match="monologues in en, monologues in zh; give"):
        recompute(part.with_items(part.clips, ()))


def test_the_printed_figures_are_those_of_the_paper() -> None:
    path = ROOT.parent / "shared" / "paper" / "tables.json"
    if not path.is_file():
        pytest.skip(f"the paper's figures are not in {str(path)!r}")
    paper = json.loads(path.read_text("utf-8"))
    own = figures()
    assert len(own) == 12
    for name, table in own.items():
        assert table == paper[name]


def test_which_tables_the_release_gives(tables: dict[str, Comparison]) -> None:
    assert {name: table.all_equal for name, table in tables.items()} == {
        "table1": True, "table2": False, "table3": False, "table4": False, "table5": True, "table6": False, "table7": False,
        "table8": False, "table9": True, "table10": True, "table11": True, "table13": False,
    }  # fmt: skip


def test_a_row_that_is_not_equal_has_a_reason(tables: dict[str, Comparison]) -> None:
    for table in tables.values():
        unequal = {row for row, cells in table.equal.items() if cells is None or "false" in json.dumps(cells)}
        assert set(table.why) == unequal
        assert all(table.why.values())


def test_table_1_and_what_50_steps_hide(tables: dict[str, Comparison]) -> None:
    ours = tables["table1"].ours
    assert (ours["high"], ours["medium"], ours["low"]) == ([1702, 1670, 3372], [496, 122, 618], [301, 112, 413])
    hidden = tables["table1"].also["what_50_steps_hide"]
    assert number(hidden, "chsims_first_2499", "converged_after") > 50
    assert number(hidden, "chsims_latter_1904", "labels_that_change") > 0


def test_table_6_counts_boundaries(tables: dict[str, Comparison]) -> None:
    table = tables["table6"]
    assert table.ours["turning_points"] == 401 == 447 - 46
    assert table.also["label_changes"] == 233
    assert (table.ours["max_turning_points"], table.ours["max_in"]) == (25, "Any Given Sunday")
    assert set(table.why) == {"segments", "avg_turning_points"}


def test_table_2_is_that_of_the_releases_own_summaries(tables: dict[str, Comparison], release_path: Path) -> None:
    summary = json.loads(
        (
            release_path
            / "data-final/datasets/ch-simsv2s/Last-2500/analysis_outputs_after2500/goemotion/goemotion_summary.json"
        ).read_text()
    )
    # Its means are over 2,500 rows; those of labelled rows alone are ours. One of ljx's rows is of the first round.
    rows = 2500
    means = summary["avg_labels_per_sample"]
    wanted = [means["cp"] * rows / 1904, (means["ljx"] * rows - 2) / 1904, means["wqf"] * rows / 1904]
    table = tables["table2"]
    assert cell(table.ours, "annotator_label_counts", 1) == pytest.approx(wanted, abs=ROUNDED)
    exact = number(table.also, "chsims_latter_1904", "exact_pct_with_unlabelled_rows")
    assert exact / 100 == summary["identical_sets_ratio"]


def test_table_10_with_and_without_repairs(tables: dict[str, Comparison], release_path: Path) -> None:
    words: Counter[str] = Counter()
    for path in (release_path / "streaming-finalsplit").glob("*/*.emotion.json"):
        text = path.read_text("utf-8")
        for each in json.loads(text[text.index("{") : text.rindex("}") + 1])["utterances"]:
            words.update(set(each["emotion_secondary"]))
    table = tables["table10"]
    assert table.ours["realization"] == 100 * words["realization"] / 447
    emoji = sum(count for word, count in words.items() if re.fullmatch(r"realization\W+", word))
    assert emoji == 4
    repaired = number(table.also, "with_repaired_labels", "realization")
    assert repaired == pytest.approx(100 * (words["realization"] + emoji) / 447, abs=ROUNDED)
    assert number(table.also, "open_labels", "determination") == 18


def test_tables_of_models_have_no_figures_of_the_release(tables: dict[str, Comparison]) -> None:
    for name, rows in (("table7", 24), ("table8", 4), ("table13", 5)):
        table = tables[name]
        empty = [row for row, cells in table.ours.items() if cells is None]
        assert len(empty) == rows
        assert all("has no predictions of models" in table.why[row] for row in empty)
        assert list(table.paper) == list(table.ours) == list(table.equal)
        assert set(table.equal.values()) == {None}
        assert not table.is_comparable and not table.all_equal
        assert repr(table).endswith(f" 0 not equal, {len(table.paper)} not comparable)")
    # Shares of all 8,133 items stand beside those of the paper's 800: they are other items.
    assert tables["table7"].ours["class_distribution_pct"] is not None
    assert (
        "8,133 items of high confidence, which are other items: not comparable"
        in tables["table7"].why["class_distribution_pct"]
    )
    for name in set(tables) - {"table7", "table8", "table13"}:
        assert tables[name].is_comparable and "null" not in json.dumps(tables[name].equal)


def test_class_shares_of_all_items_of_high_confidence(tables: dict[str, Comparison], release: Corpus) -> None:
    high = [clip for clip in release.clips if clip.decision and clip.decision.confidence_tier == "high"]
    table = tables["table7"]
    for name, own in {"all": high, "en": [each for each in high if each.language == "en"]}.items():
        counts = Counter(clip.decision.label for clip in own if clip.decision)
        assert number(table.also, "high_confidence", name, "items") == len(own)
        for label in ("Anger", "Fear", "Surprise"):
            share = number(table.also, "high_confidence", name, "class_distribution_pct", label)
            assert share == 100 * counts[label] / len(own)
    assert cell(table.ours, "class_distribution_pct") == cell(
        table.also, "high_confidence", "all", "class_distribution_pct"
    )
    assert (len(high), cell(tables["table13"].also, "high_confidence", "zh", "items")) == (8_133, 3_372)
    assert cell(tables["table8"].also, "items_by_tier") == {
        "chsims": {"high": 3_372, "medium": 618, "low": 413},
        "meld": {"high": 4_761, "low": 239},
    }


def test_cells_are_compared_at_the_printed_digits() -> None:
    rows = dict(figures()["table11"]["rows"])
    assert compare("table11", rows, digits=1).all_equal
    table = compare("table11", rows | {"fear": number(rows, "fear") + 0.06}, digits=1)
    assert (table.all_equal, table.equal["fear"], set(table.why)) == (False, False, {"fear"})
    assert repr(table) == "Comparison(table11, 7 rows, 1 not equal)"
    assert compare("table11", rows | {"fear": number(rows, "fear") + 0.049}, digits=1).all_equal


def test_rows_of_none_and_of_other_items_are_not_compared() -> None:
    rows = dict(figures()["table11"]["rows"])
    for table in (compare("table11", rows | {"fear": None}, digits=1),
                  compare("table11", rows, digits=1, of_other_items=["fear"])):  # fmt: skip
        assert [row for row, cells in table.equal.items() if cells is None] == ["fear"]
        assert (table.is_comparable, table.all_equal, set(table.why)) == (True, False, {"fear"})
        assert repr(table) == "Comparison(table11, 7 rows, 0 not equal, 1 not comparable)"
