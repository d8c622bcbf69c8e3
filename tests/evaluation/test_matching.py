"""Predictions beside a corpus: nothing is left out of the counts, and arrays say what is there."""

from __future__ import annotations

import hashlib
import json
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_help import LABELS, MOODS, ROUNDING, clip, corpus, folds_of, found, matched, row, split_of

from emos_io import Span
from emos_io.corpus import (
    Corpus,
    Folds,
    Split,
    folds,
    keys_sha256,
)
from emos_io.errors import InvalidArgument
from emos_io.evaluation import Prediction, Predictions, ShippedSplit, match, shipped_split

# Clips as arrays.


def test_labels_become_class_indices_in_the_order_of_the_corpus() -> None:
    scores = {"Fear": 0.25, "Joy": 0.75}
    result = matched(
        [row("own/3", label="Anger", confidence=0.5), row("own/1", scores=scores), row("own/2", error="prose")]
    )
    clips = result.clips
    assert clips.keys == ("own/1", "own/2", "own/3")
    assert clips.truth.tolist() == [LABELS.index(label) for label in ("Joy", "Fear", "Anger")]
    assert clips.predicted.tolist() == [LABELS.index("Joy"), -1, LABELS.index("Anger")]
    assert clips.answered.tolist() == [True, True, True] and clips.valid.tolist() == [True, False, True]
    np.testing.assert_array_equal(clips.confidence, [0.75, np.nan, 0.5])
    np.testing.assert_array_equal(clips.scores[0], [scores.get(label, 0.0) for label in LABELS])
    assert np.isnan(clips.scores[1:]).all()
    assert [None if each is None else each.line for each in clips.rows] == [2, 3, 1]
    assert clips.truth.dtype == clips.predicted.dtype == np.int64 and clips.confidence.dtype == np.float64
    assert clips.truth_scores.tolist() == np.eye(7)[clips.truth].tolist()
    assert result.counts["invalid"] == 1 and result.counts["without_confidence"] == 0
    assert result.without_truth == ("own/4",) and found(result) == [("item_without_truth", "")]


def test_a_missing_prediction_is_counted_and_listed_by_source() -> None:
    result = matched([row("own/2")])
    assert result.missing == ("own/1", "own/3") and result.counts["missing"] == 2
    assert result.clips.answered.tolist() == [False, True, False]
    assert result.clips.predicted[[0, 2]].tolist() == [-1, -1] and np.isnan(result.clips.confidence).all()
    assert [str(each) for each in result.findings if each.code == "missing_prediction"] == [
        "missing_prediction: 1 of 2 clips of own has no prediction: 'own/1'; it counts as wrong; predict it: p.jsonl",
        "missing_prediction: 1 of 1 clips of other has no prediction: 'own/3'; it counts as wrong; predict it: p.jsonl",
    ]


def test_many_missing_predictions_are_one_finding_with_their_number() -> None:
    clips = [clip(f"own/{n}", basic7=["Joy"]) for n in range(2000)]
    result = match(Predictions((row("own/3"),), name="p"), Corpus(clips), layer="basic7")
    (finding,) = result.findings
    assert finding.what.startswith("1,999 of 2,000 clips of own have no prediction: 'own/0', 'own/1', 'own/2'")
    assert finding.what.endswith("and 1,994 more") and len(result.missing) == 1999


@pytest.mark.parametrize(
    ("label", "advice"),
    [
        ("joy", "the nearest is 'Joy'"),
        ("Joyy", "the nearest is 'Joy'"),
        ("happiness", "the nearest is 'Joy'"),
        ("\u6124\u6012", "the nearest is 'Anger'"),
        (" Joy", "the nearest is 'Joy'"),
        ("Unsure", "it stands for no label; give an error instead"),
        ("amusement", "labels are Anger, Disgust"),
        ("", "labels are Anger, Disgust"),
        ("x" * 10_000, "labels are Anger, Disgust"),
    ],
)
def test_another_word_is_a_miss_and_names_the_nearest_label(label: str, advice: str) -> None:
    result = matched([row("own/1", label=label, confidence=0.5), row("own/2"), row("own/3")])
    finding = next(each for each in result.findings if each.code == "prediction_label")
    assert finding.where == "p.jsonl, line 1" and advice in finding.fix and len(str(finding)) < 400
    clips = result.clips
    assert (clips.answered[0], clips.valid[0], clips.predicted[0], clips.num_outside[0]) == (True, False, -1, 1)
    assert clips.confidence[0] == 0.5 and result.counts["outside_layer"] == 1 and result.counts["invalid"] == 0


@pytest.mark.parametrize(
    "values", [{"labels": ("Joy", "Fear")}, {"labels": ()}, {"value": 3.0}], ids=["two", "none", "a number"]
)
def test_what_is_not_one_label_is_wrong_in_a_layer_with_one(values: dict[str, object]) -> None:
    result = matched([row("own/1", **values), row("own/2"), row("own/3")])
    assert result.clips.predicted[0] == -1 and not result.clips.valid[0]
    assert ("prediction_label", "line 1") in found(result)


def test_a_set_of_one_label_is_that_label() -> None:
    result = matched([row("own/1", labels=("Joy",)), row("own/2"), row("own/3")])
    assert result.clips.predicted[0] == LABELS.index("Joy") and result.counts["outside_layer"] == 0


def test_scores_of_words_outside_of_the_layer_are_left_out() -> None:
    result = matched([row("own/1", scores={"Joy": 0.5, "Calm": 0.5}), row("own/2"), row("own/3")])
    assert np.isnan(result.clips.scores[0]).all() and np.isnan(result.clips.confidence[0])
    assert result.clips.predicted[0] == LABELS.index("Joy") and result.counts["outside_layer"] == 0
    assert ("prediction_label", "line 1") in found(result)


def test_sets_of_labels_are_matrices() -> None:
    rows = [
        row("own/1", "goemotions", labels=("joy", "Bliss", "joy")),
        row("own/2", "goemotions", labels=()),
        row("own/3", "goemotions", label="anger", scores={"anger": 0.9, "love": 0.8}),
    ]
    result = matched(rows, "goemotions")
    clips, labels = result.clips, result.labels
    sets = [{labels[k] for k in np.flatnonzero(each)} for each in clips.predicted_sets]
    assert sets == [{"joy"}, set(), {"anger"}]
    truth = [{labels[k] for k in np.flatnonzero(each)} for each in clips.truth_sets]
    assert truth == [{"joy", "love"}, set(), {"anger"}]
    assert clips.valid.tolist() == [True, True, True] and clips.num_outside.tolist() == [1, 0, 0]
    assert clips.scores[2].sum() == pytest.approx(1.7, abs=ROUNDING) and np.isnan(clips.scores[:2]).all()
    assert (clips.truth == -1).all() and (clips.predicted == -1).all() and np.isnan(clips.confidence).all()
    assert result.takes_sets and [code for code, _ in found(result)].count("prediction_label") == 1


@pytest.mark.parametrize("values", [{"labels": ("Bliss",)}, {"error": "prose"}, {"value": 1.0}, {"label": "Bliss"}])
def test_no_set_is_not_the_empty_set(values: dict[str, object]) -> None:
    result = matched([row("own/2", "goemotions", **values)], "goemotions")
    assert not result.clips.valid[1] and not result.clips.predicted_sets[1].any()


@pytest.mark.parametrize(
    ("values", "labels", "num_outside", "abstained"),
    [
        ({"labels": ("unsure",)}, set(), 0, 1),
        ({"label": "unsure"}, set(), 0, 1),
        ({"labels": ("unsure", "unsure")}, set(), 0, 1),
        ({"labels": ("joy", "unsure")}, {"joy"}, 0, 0),
        ({"labels": ("unsure", "Bliss", "joy")}, {"joy"}, 1, 0),
        ({"labels": ("joy",), "scores": {"joy": 0.5, "unsure": 0.5}}, {"joy"}, 0, 0),
        ({"labels": ()}, set(), 0, 0),
    ],
)
def test_the_abstain_word_of_sets_is_no_label(
    values: dict[str, object], labels: set[str], num_outside: int, abstained: int
) -> None:
    result = matched([row("own/1", "goemotions", **values)], "goemotions")
    assert {result.labels[k] for k in np.flatnonzero(result.clips.predicted_sets[0])} == labels
    assert result.clips.valid[0] and result.clips.num_outside[0] == num_outside
    assert result.counts["abstained"] == abstained and result.counts["outside_layer"] == (num_outside > 0)
    assert np.isnan(result.clips.scores[0]).all() == ("scores" not in values)


@pytest.mark.parametrize("values", [{"labels": ("Bliss",)}, {"labels": ("unsure", "Bliss")}])
def test_other_words_beside_the_abstain_word_are_outside(values: dict[str, object]) -> None:
    result = matched([row("own/1", "goemotions", **values)], "goemotions")
    assert not result.clips.valid[0] and result.counts["abstained"] == 0 and result.counts["outside_layer"] == 1


@pytest.mark.parametrize("values", [{"error": "unsure"}, {"label": "Unsure"}])
def test_an_error_or_another_spelling_is_no_abstention(values: dict[str, object]) -> None:
    result = matched([row("own/1", "goemotions", **values)], "goemotions")
    assert not result.clips.valid[0] and result.counts["abstained"] == 0


def test_numbers_are_values() -> None:
    rows = [
        row("own/1", "intensity", value=2.5),
        row("own/2", "intensity", label="4"),
        row("own/3", "intensity", value=1.0),
    ]
    result = matched(rows, "intensity")
    assert result.clips.keys == ("own/1", "own/2") and result.without_truth == ("own/3", "own/4")
    assert result.clips.truth_values.tolist() == [2.0, 5.0] and result.clips.predicted_values.tolist() == [2.5, 4.0]
    assert result.taxonomy is None and result.clips.scores.shape == (2, 0)
    wrong = matched([row("own/1", "intensity", label="strong"), row("own/2", "intensity", value=3.0)], "intensity")
    assert not wrong.clips.valid[0] and np.isnan(wrong.clips.predicted_values[0])
    assert ("prediction_label", "line 1") in found(wrong)


def test_scores_of_numbers_give_a_confidence() -> None:
    rows = [row("own/1", "intensity", label="4", scores={"4": 0.75, "5": 0.25}), row("own/2", "intensity", value=1.0)]
    result = matched(rows, "intensity")
    np.testing.assert_array_equal(result.clips.confidence, [0.75, np.nan])
    assert found(result) == [("item_without_truth", "")]


def test_taxonomies_of_your_own_are_asked() -> None:
    own = Corpus([clip("a", moods=["calm"]), clip("b", moods=["tense"])], taxonomies=[MOODS])
    rows = (row("a", "moods", label="calm", line=1), row("b", "moods", label="Relaxed", line=2))
    result = match(Predictions(rows, name="p"), own, layer="moods")
    assert result.clips.truth.tolist() == [0, 1] and result.clips.predicted.tolist() == [0, -1]
    (finding,) = result.findings
    assert finding.code == "prediction_label" and "the nearest is 'calm'" in finding.fix


# Which items and rows.


def test_unknown_items_are_listed_once_with_their_lines() -> None:
    result = matched([row("nobody"), row("1"), row("nobody", label="Fear"), row("film", span=Span(0, 1))])
    assert result.unknown == ("nobody", "1", "film") and result.counts["unknown"] == 3
    assert [str(each) for each in result.findings] == [
        "unknown_prediction_item: 'nobody' is no item of the corpus, in 2 lines; "
        "correct the key, or give the corpus that it is of: p.jsonl, line 1",
        "unknown_prediction_item: '1' is no item of the corpus; give 'own/1' if it is meant: p.jsonl, line 2",
        "unknown_prediction_item: 'film' is no item of the corpus; give 'streaming/film' if it is meant: p.jsonl, line 4",
    ]
    assert len(result.clips) == len(result.streams) == 0


def test_kinds_without_a_row_are_not_expected() -> None:
    assert len(matched([row()]).streams) == 0 and len(matched([row()]).clips) == 3
    result = matched([row("streaming/film", span=Span(0, 1))])
    assert len(result.clips) == 0 and len(result.streams) == 2 and result.missing == ("streaming/second",)


def test_rows_of_other_layers_are_left_alone() -> None:
    result = matched([row(), row("own/2", "goemotions", labels=()), row("own/2"), row("own/3")])
    assert result.counts["rows"] == 3 and result.missing == ()


def test_of_predictions_that_come_again_the_first_counts() -> None:
    span = Span(0, 1)
    rows = [row(), row(label="Fear"), row("own/2"), row("own/3")]
    rows += [
        row("streaming/film", span=span),
        row("streaming/film", label="Fear", span=span),
        row("streaming/second", span=span),
    ]
    result = matched(rows)
    assert result.clips.predicted[0] == LABELS.index("Joy")
    assert [each.label for each in result.streams.rows[0]] == ["Joy"]
    assert [each for each in found(result) if each[0] == "repeated_prediction"] == [
        ("repeated_prediction", "line 2"),
        ("repeated_prediction", "line 6"),
    ]
    assert result.counts["repeated"] == 2


def test_a_layer_without_truth_is_one_finding() -> None:
    result = matched([row("own/1", "mer6"), row("own/2", "mer6")], "mer6")
    assert found(result) == [("unknown_prediction_layer", "line 1")]
    assert "layers with truth are basic7, goemotions, intensity" in result.findings[0].fix
    assert len(result.clips) == 0 and len(result.without_truth) == 4
    result = matched([row("own/1", "basic-7")], "basic-7")
    assert found(result) == [("unknown_prediction_layer", "line 1")] and result.labels == ()
    assert found(matched([], "basic-7")) == []


# Splits, folds and the header.


def header_findings(header: dict[str, str], split: Split | Folds | None) -> list[tuple[str, str]]:
    rows = (row("own/1", line=2), row("own/2", line=3), row("own/3", line=4))
    result = match(Predictions(rows, header, name="p"), corpus(), layer="basic7", split=split)
    return [(each.code, each.severity) for each in result.findings if each.code in ("other_corpus", "other_split")]


def test_the_header_is_compared_with_corpus_and_split() -> None:
    split = split_of(["own/4"], ["own/1", "own/2", "own/3"])
    own = keys_sha256(item.key for item in corpus())
    assert header_findings({"corpus": own, "split_sha256": split.sha256}, split) == []
    assert header_findings({"corpus": own.upper(), "split_sha256": split.sha256.upper()}, split) == []
    assert header_findings({"corpus": "EmoS"}, None) == []
    assert header_findings({"corpus": "0" * 64}, None) == [("other_corpus", "fault")]
    assert header_findings({}, split) == [("other_split", "note")]
    assert header_findings({"split_sha256": "0" * 64}, split) == [("other_split", "fault")]
    assert header_findings({"split_sha256": "none"}, split) == [("other_split", "fault")]
    assert header_findings({"split_sha256": "0" * 64}, None) == [("other_split", "note")]
    assert header_findings({"split_sha256": "6" * 64}, folds_of(["own/1", "own/2", "own/3"])) == []


@pytest.mark.parametrize("name", ["static", "streams"])
def test_a_checksum_of_the_bytes_of_a_shipped_file_is_named_as_one(name: ShippedSplit) -> None:
    file = resources.files("emos_io.evaluation").joinpath("splits", f"{name}.json").read_bytes()
    digest, wanted = hashlib.sha256(file).hexdigest(), json.loads(file)["sha256"]
    own = split_of(["own/4"], ["own/1", "own/2", "own/3"])
    for text in (digest, digest.upper()):
        for split, end in ((own, ", and give that split"), (shipped_split(name), "")):
            result = match(
                Predictions((row("own/1"),), {"split_sha256": text}, name="p"), corpus(), layer="basic7", split=split
            )
            fixes = [each.fix for each in result.findings if each.code == "other_split" and "header" in str(each.where)]
            fix = f"that is the sha256 of the bytes of {name}.json; write the value of sha256 in it into the header, "
            assert fixes == [fix + wanted + end]
    result = match(
        Predictions((row("own/1"),), {"split_sha256": "0" * 64}, name="p"), corpus(), layer="basic7", split=own
    )
    (other,) = [each for each in result.findings if each.code == "other_split"]
    assert other.fix == "give the split that the predictions were made for"


def test_a_split_says_which_items_are_expected() -> None:
    split = split_of(["own/1"], ["own/2", "own/4", "streaming/film"])
    result = matched([row("own/1"), row("own/2")], split=split)
    assert result.clips.keys == ("own/2",) and result.missing == ("streaming/film",)
    assert result.without_truth == ("own/4",) and result.off_side == ("own/1",)
    assert {"outside_split", "missing_prediction", "item_without_truth"} <= {code for code, _ in found(result)}
    result = matched([row("own/1"), row("own/2")], split=split, side="train")
    assert result.clips.keys == ("own/1",) and result.off_side == ("own/2",)


def test_a_split_of_another_corpus_is_found() -> None:
    result = matched([row()], split=split_of([], ["own/1", "their/1", "their/2"]))
    faults = [str(each) for each in result.findings if each.severity == "fault"]
    assert faults == [
        "other_split: 2 of 3 items of the side that is scored are not in the corpus: 'their/1', 'their/2'; "
        "give the split of this corpus: p.jsonl"
    ]


def test_each_row_is_of_the_fold_of_its_item() -> None:
    division = folds_of(["own/1", "own/2"], ["own/3"])
    rows = [
        row("own/1", fold="0"),
        row("own/2", fold="1"),
        row("own/3"),
        row("streaming/film", span=Span(0, 1), fold="1"),
    ]
    result = matched(rows, split=division)
    assert ("other_fold", "line 2") in found(result) and result.counts["other_fold"] == 1
    assert result.clips.answered.all() and result.off_side == ("streaming/film",)
    assert dict(result.folds) == {"own/1": "0", "own/2": "0", "own/3": "1"}


def test_folds_that_a_corpus_gives_are_taken() -> None:
    division = folds(corpus(), k=2, seed=1)
    assert matched([row()], split=division).counts["items"] == 6


# Whatever is given.

KEYS = ["own/1", "own/2", "own/4", "streaming/film", "nobody"]
SPANS = st.none() | st.builds(lambda start, length: Span(start, start + length), st.integers(-3, 30), st.integers(1, 9))
ANSWERS = st.sampled_from(
    [
        {"label": "Joy"},
        {"label": "joy"},
        {"labels": ("Joy", "Fear")},
        {"labels": ()},
        {"value": 2.0},
        {"error": "prose"},
    ]
)
ROWS = st.builds(
    lambda key, span, answer, layer, fold: row(key, layer, span=span, fold=fold, **answer),
    st.sampled_from(KEYS),
    SPANS,
    ANSWERS,
    st.sampled_from(["basic7", "goemotions", "intensity", "mer6"]),
    st.sampled_from([None, "0", "1"]),
)
DIVISIONS = st.sampled_from([None, split_of(["own/1"], ["own/2", "streaming/film"]), folds_of(["own/1"], KEYS[1:4])])


@given(st.lists(ROWS, max_size=12), DIVISIONS, st.sampled_from(["basic7", "goemotions", "intensity"]))
def test_every_row_and_item_is_counted_somewhere(
    rows: list[Prediction], split: Split | Folds | None, layer: str
) -> None:
    result = matched(rows, layer, split=split)
    clips, streams = result.clips, result.streams
    assert result.counts["items"] == len(clips) + len(streams) + len(result.without_truth)
    unanswered = [key for key, answered in zip(clips.keys, clips.answered, strict=True) if not answered]
    unanswered += [each.key for each, own in zip(streams.items, streams.rows, strict=True) if not own]
    assert set(unanswered) == set(result.missing) and result.counts["missing"] == len(unanswered)
    own = [each for each in rows if each.layer == layer]
    scored = {*clips.keys, *(each.key for each in streams.items)}
    about_scored = [each for each in own if each.key in scored]
    used = int(clips.answered.sum()) + sum(map(len, streams.rows))
    elsewhere = [each for each in own if each.key in {*result.unknown, *result.off_side, *result.without_truth}]
    assert len(about_scored) + len(elsewhere) == len(own) == result.counts["rows"]
    assert used <= len(about_scored) <= used + result.counts["repeated"] + result.counts["without_times"]
    assert not (clips.valid & ~clips.answered).any()
    assert ((clips.predicted >= 0) <= clips.valid).all()


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            {"predictions": []},
            r"predictions must be Predictions, got \[\]; read a file with emos_io\.evaluation\.read_predictions",
        ),
        ({"corpus": []}, "corpus must be a Corpus"),
        ({"layer": 7}, "layer must be the name of a layer, got 7"),
        ({"split": "s.json"}, "split must be a Split or Folds, got 's.json'; read it with load_division"),
        ({"split": split_of([], []), "side": "dev"}, 'side must be "train", "validation" or "test", got'),
        ({"split": split_of([], []), "side": "validation"}, "side must be one of train, test, got 'validation'"),
        ({"split": folds_of(["own/1"]), "side": "train"}, "side must be 'test' for folds, got 'train'"),
    ],
)
def test_wrong_arguments_are_refused(values: dict[str, object], text: str) -> None:
    arguments = {"predictions": Predictions((row(),)), "corpus": corpus(), "layer": "basic7"} | values
    predictions, own = arguments.pop("predictions"), arguments.pop("corpus")
    with pytest.raises(InvalidArgument, match=text):
        match(predictions, own, **arguments)  # type: ignore[arg-type]
