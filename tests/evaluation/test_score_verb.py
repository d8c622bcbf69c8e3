"""The verb `score`, from predictions to scores: of corpora made by hand, and of the release."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import pytest

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Split, Taxonomy, Utterance, split
from emos_io.errors import CorpusError, InvalidArgument
from emos_io.evaluation import Prediction, Predictions, Scores, score
from emos_io.evaluation import score as score_verb
from emos_io.evaluation.matched import Matched
from emos_io.evaluation.sums import MeasuredRows

SAME = 1e-12
"""Both sides divide sums of some thousand integers, in another order."""
FEW = 50
"""Draws, where intervals are not what is looked at."""
LABELS = ("Anger", "Disgust", "Fear", "Joy", "Neutral", "Sadness", "Surprise")


def clip(
    key: str, label: str, *, layer: str = "basic7", source: str = "own", language: str = "en", tier: str | None = None
) -> Clip:
    decision = Decision(item=key, layer=layer, labels=(label,), scores={label: 1.0}, confidence_tier=tier)  # type: ignore[arg-type]
    return Clip(key=key, source=source, language=language, decisions={layer: decision})


def film(name: str, labels: Iterable[tuple[int, int, str]], *, layer: str = "basic7", duration: int = 100) -> Monologue:
    spoken = tuple(
        Utterance(index=k, span=Span(a, b), labels={layer: (word,)}) for k, (a, b, word) in enumerate(labels)
    )
    return Monologue(
        key=f"own/{name}", name=name, title=name, language="en", duration=Fraction(duration), utterances=spoken
    )


def run(rows: Iterable[Prediction], name: str = "run") -> Predictions:
    return Predictions(tuple(rows), name=name)


def perfect_clips(corpus: Corpus) -> Predictions:
    return run(
        Prediction(key=each.key, layer="basic7", label=each.decisions["basic7"].label, confidence=1.0)
        for each in corpus.clips
    )


def perfect_segments(corpus: Corpus) -> Predictions:
    return run(
        Prediction(key=each.key, layer="basic7", span=span, label=next(iter(weights)))
        for each in corpus.monologues
        for span, weights in zip(each.labels("basic7").spans, each.labels("basic7").weights, strict=True)
    )


@pytest.fixture(scope="module")
def random_clips() -> tuple[Corpus, Predictions]:
    """Clips of two languages with labels and answers at random, some invalid, some outside of the layer."""
    random = np.random.default_rng(3)
    clips = [
        clip(f"own/{k:03}", LABELS[random.integers(6)], language=("en", "zh")[k % 2], tier=("high", "low")[k % 3 > 0])
        for k in range(300)
    ]
    words = [*LABELS, "joy"]
    rows = [
        Prediction(key=each.key, layer="basic7", label=words[random.integers(8)], confidence=float(random.random()))
        for each in clips
    ]
    return Corpus(clips), run(rows)


def test_scores_of_clips_are_those_of_scikit_learn(random_clips: tuple[Corpus, Predictions]) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")
    corpus, predictions = random_clips
    scores = score(predictions, corpus, draws=FEW)
    for of, chosen in (({}, ("en", "zh")), ({"language": "zh"}, ("zh",))):
        kept = [each.language in chosen for each in corpus.clips]
        truth = [each.decisions["basic7"].label for each, keep in zip(corpus.clips, kept, strict=True) if keep]
        given = [row.label for row, keep in zip(predictions.rows, kept, strict=True) if keep]
        there = sorted({str(label) for label in truth})
        expected = {
            "accuracy": metrics.accuracy_score(truth, given),
            "macro_f1": metrics.f1_score(truth, given, labels=there, average="macro"),
            "macro_f1_all": metrics.f1_score(truth, given, labels=list(LABELS), average="macro", zero_division=0),
            "weighted_f1": metrics.f1_score(truth, given, labels=list(LABELS), average="weighted", zero_division=0),
            "uar": metrics.recall_score(truth, given, labels=there, average="macro"),
        }
        for name, value in expected.items():
            found = scores.get(name, **of)
            assert found.value is not None
            assert math.isclose(found.value, float(value), rel_tol=SAME, abs_tol=SAME), name
            assert found.n == len(truth)
            assert found.low is not None and found.high is not None and found.low <= found.value <= found.high
    assert "Surprise" not in {label for each in corpus.clips for label in each.decisions["basic7"].labels}
    assert scores.get("recall", **{"class": "Surprise"}).value is None
    assert scores.counts["basic7.outside_layer"] == sum(row.label == "joy" for row in predictions)
    assert Scores.from_json(scores.to_json()) == scores


def test_each_score_is_of_one_thing_alone(random_clips: tuple[Corpus, Predictions]) -> None:
    corpus, predictions = random_clips
    scores = score(predictions, corpus, draws=FEW)
    counts = Counter((each.name, tuple(sorted(each.of.items()))) for each in scores)
    assert [key for key, count in counts.items() if count > 1] == []
    assert all(each.of["layer"] == "basic7" and each.of["kind"] == "clips" for each in scores)
    by_tier = scores.get("mean_confidence", source="own", confidence_tier="high")
    rows = [row for row, each in zip(predictions.rows, corpus.clips, strict=True) if each.confidence_tier == "high"]
    assert by_tier.n == len(rows)
    assert by_tier.value == pytest.approx(math.fsum(row.confidence or 0 for row in rows) / len(rows), rel=SAME)


def test_items_without_a_prediction_are_wrong_and_counted() -> None:
    corpus = Corpus([clip("own/1", "Joy"), clip("own/2", "Joy"), clip("own/3", "Fear")])
    rows = [Prediction(key="own/1", layer="basic7", label="Joy", confidence=0.5)]
    rows.append(Prediction(key="own/2", layer="basic7", error="it answered in prose", confidence=None))
    scores = score(run(rows), corpus)
    assert scores.get("accuracy").value == pytest.approx(1 / 3, rel=SAME)
    assert scores.get("recall", **{"class": "Joy"}).value == 0.5
    assert scores.get("mean_confidence").n == 1
    assert scores.counts["basic7.missing"] == 1
    assert scores.counts["basic7.invalid"] == 1
    assert scores.findings.counts()["missing_prediction"] == 1


def test_a_measure_with_nothing_to_score_is_null() -> None:
    corpus = Corpus([clip("own/1", "Joy"), clip("own/2", "Joy")])
    scores = score(run([Prediction(key="own/1", layer="basic7", label="Joy")]), corpus)
    for name in ("confidence_auroc", "confidence_brier", "mean_confidence", "log_loss", "jensen_shannon"):
        found = scores.get(name)
        assert found.value is None and found.why, name
    assert scores.select(name="ece")[0].value is None
    precision = scores.get("precision", **{"class": "Fear"})
    assert precision.value is None and precision.why


def test_a_split_says_what_is_scored() -> None:
    corpus = Corpus([clip(f"own/{k:02}", "Joy" if k % 2 else "Fear") for k in range(20)])
    division = split(corpus, seed=1, test=0.5)
    rows = [Prediction(key=key, layer="basic7", label="Joy") for key in division.train]
    scores = score(run(rows), corpus, split=division)
    assert scores.get("accuracy").n == len(division.test)
    assert scores.get("accuracy").value == 0
    assert scores.counts["basic7.missing"] == len(division.test)
    assert scores.provenance["split_sha256"] == division.sha256
    assert scores.provenance["side"] == "test"
    trained = score(run(rows), corpus, split=division, side="train")
    assert trained.get("accuracy").n == len(division.train)
    assert trained.provenance["side"] == "train"


def test_own_taxonomies_are_scored_by_their_own_words() -> None:
    moods = Taxonomy("moods", "1", "Calm or tense", ("calm", "tense"), aliases={"quiet": "calm"})
    clips = [clip("own/1", "calm", layer="moods"), clip("own/2", "tense", layer="moods")]
    stream = film("talk", [(0, 10, "calm"), (10, 20, "tense")], layer="moods")
    corpus = Corpus(clips, [stream], taxonomies=[moods])
    rows = [
        Prediction(key="own/1", layer="moods", label="quiet"),
        Prediction(key="own/2", layer="moods", label="tense"),
        Prediction(key="own/talk", layer="moods", span=Span(0, 10), label="calm"),
        Prediction(key="own/talk", layer="moods", span=Span(10, 20), label="tense"),
    ]
    scores = score(run(rows), corpus)
    assert scores.get("accuracy", kind="clips").value == 0.5
    assert scores.get("accuracy", kind="streams", clock="content").value == 1
    assert scores.get("turning_point_f1", clock="content", definition="boundary", tolerance="2").value == 1
    found = [each for each in scores.findings if each.code == "prediction_label"]
    assert len(found) == 1 and "'quiet'" in found[0].what and "calm" in found[0].fix


def test_a_layer_of_sets_has_measures_of_sets() -> None:
    decision = Decision(item="own/1", layer="goemotions", labels=("joy", "love"), scores={"joy": 1.0, "love": 1 / 3})
    corpus = Corpus([Clip(key="own/1", source="own", language="en", decisions={"goemotions": decision})])
    scores = score(run([Prediction(key="own/1", layer="goemotions", labels=("joy",))]), corpus)
    assert scores.get("jaccard", truth="any").value == 0.5
    assert scores.get("jaccard", truth="two_of_three").value == 1
    assert scores.get("exact_match", truth="two_of_three").value == 1


def test_monologues_in_a_layer_of_sets_say_that_they_are_not_scored() -> None:
    corpus = Corpus([], [film("talk", [(0, 10, "joy")], layer="goemotions")])
    scores = score(run([Prediction(key="own/talk", layer="goemotions", span=Span(0, 10), labels=("joy",))]), corpus)
    assert [each.value for each in scores.select(name="accuracy", film="", language="")] == [None]
    assert "one label at once" in scores.get("accuracy").why


def test_numbers_are_scored_by_their_distance() -> None:
    clips = [clip("own/1", "2", layer="intensity"), clip("own/2", "5", layer="intensity")]
    corpus = Corpus(clips, [film("talk", [(0, 10, "1"), (10, 20, "3")], layer="intensity")])
    rows = [
        Prediction(key="own/1", layer="intensity", value=3.0),
        Prediction(key="own/2", layer="intensity", value=5.0),
        Prediction(key="own/talk", layer="intensity", span=Span(0, 20), value=2.0),
    ]
    scores = score(run(rows), corpus)
    assert scores.get("mae", kind="clips").value == 0.5
    assert scores.get("mae", kind="streams").value == 1
    assert scores.get("coverage", kind="streams").value == 1


def test_a_layer_of_other_numbers_than_levels_says_so() -> None:
    corpus = Corpus([clip("own/1", "0.5", layer="valence")])
    scores = score(run([Prediction(key="own/1", layer="valence", value=0.5)]), corpus)
    assert scores.get("mae").value == 0
    assert scores.get("quadratic_kappa").value is None
    assert "whole numbers" in scores.get("quadratic_kappa").why


def test_the_decision_clock_is_null_where_no_row_says_when_it_was_available() -> None:
    corpus = Corpus([], [film("talk", [(0, 10, "Joy"), (10, 20, "Fear")])])
    rows = [Prediction(key="own/talk", layer="basic7", span=Span(0, 20), label="Joy")]
    scores = score(run(rows), corpus)
    decision, content = scores.select(clock="decision"), scores.select(clock="content")
    assert {(each.name, tuple(each.of)) for each in decision} == {(each.name, tuple(each.of)) for each in content}
    assert all(each.value is None and "available_at" in each.why for each in decision)
    late = [Prediction(key="own/talk", layer="basic7", span=Span(0, 20), label="Joy", available_at=Fraction(5))]
    assert score(run(late), corpus).get("accuracy", clock="decision").value == 0.25


def test_a_stream_that_decides_nothing_in_time_is_wrong_on_that_clock() -> None:
    corpus = Corpus([], [film("a", [(0, 10, "Joy")]), film("b", [(0, 30, "Joy")])])
    rows = [
        Prediction(key="own/a", layer="basic7", span=Span(0, 10), label="Joy", available_at=Fraction(0)),
        Prediction(key="own/b", layer="basic7", span=Span(0, 30), label="Joy"),
    ]
    scores = score(run(rows), corpus)
    assert scores.get("accuracy", clock="content").value == 1
    assert scores.get("accuracy", clock="decision").value == 0.25


def test_each_layer_is_matched_once(random_clips: tuple[Corpus, Predictions], monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    module = sys.modules[score_verb.__module__]
    calls: list[str] = []
    original = module.match

    def counted(*given: object, layer: str, **options: object) -> Matched:
        calls.append(layer)
        found: Matched = original(*given, layer=layer, **options)
        return found

    monkeypatch.setattr(module, "match", counted)
    corpus, predictions = random_clips
    steps: list[tuple[int, int]] = []
    score(predictions, corpus, draws=1, progress=lambda done, total: steps.append((done, total)))
    assert calls == ["basic7"]
    assert steps[0][0] == 0 and steps[-1][0] == steps[-1][1] > 0


def test_strict_stops_at_the_first_fault_before_anything_is_scored() -> None:
    corpus = Corpus([clip("own/1", "Joy"), clip("own/2", "Joy")])
    with pytest.raises(CorpusError, match=r"^missing_prediction: 1 of 2 clips"):
        score(run([Prediction(key="own/1", layer="basic7", label="Joy")]), corpus, strict=True)


def test_a_file_without_rows_has_no_scores() -> None:
    assert score(run([]), Corpus([clip("own/1", "Joy")])).scores == ()


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("layer", "goemotions", "layer must be one that the predictions have, got 'goemotions'; run has basic7"),
        ("layer", 3, "layer must be one that the predictions have, got 3; run has basic7"),
        ("split", "static", "split must be a Split or Folds, got 'static'; read its file with load_division"),
        ("side", "tests", 'side must be "train", "validation" or "test", got \'tests\'; choose one of them'),
        ("by", ["tier"], "by must be "),
        ("draws", 0, "draws must be an integer from 1 to "),
        ("seed", -1, "seed must be an integer from 0 to "),
    ],
)
def test_wrong_arguments_are_refused(option: str, value: object, text: str) -> None:
    corpus, rows = Corpus([clip("own/1", "Joy")]), run([Prediction(key="own/1", layer="basic7", label="Joy")])
    with pytest.raises(InvalidArgument) as why:
        score(rows, corpus, **{option: value})  # type: ignore[arg-type]
    assert str(why.value).startswith(text)


def test_what_are_no_predictions_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"^predictions must be Predictions, got 'a\.jsonl'; read a file of them"):
        score("a.jsonl", Corpus([]))  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r"^corpus must be a Corpus"):
        score(run([]), "emos-release")  # type: ignore[arg-type]


def test_perfect_clips_of_the_release_score_as_perfect(release: Corpus) -> None:
    scores = score(perfect_clips(release), release, draws=FEW)
    for name in ("accuracy", "macro_f1", "macro_f1_all", "weighted_f1", "uar", "f1", "precision", "recall"):
        found = scores.select(name=name)
        assert found and {each.value for each in found} <= {1.0, None}, name
    assert scores.get("accuracy").value == 1
    assert scores.get("accuracy").n == 9_403
    assert {each.value for each in scores.select(name="ece")} == {0.0}
    assert scores.get("confidence_brier").value == 0
    assert scores.get("confidence_auroc").value is None
    assert scores.findings.at_least("fault").counts() == {}


def test_one_label_for_all_clips_of_the_release(release: Corpus) -> None:
    counts = Counter(each.decisions["basic7"].label for each in release.clips)
    label, most = counts.most_common(1)[0]
    assert label is not None
    scores = score(
        run(Prediction(key=each.key, layer="basic7", label=label) for each in release.clips), release, draws=FEW
    )
    share = most / 9_403
    assert scores.get("accuracy").value == share
    assert scores.get("uar").value == pytest.approx(1 / 7, rel=SAME)
    assert scores.get("macro_f1").value == pytest.approx(2 * share / (1 + share) / 7, rel=SAME)


@pytest.fixture(scope="module")
def segment_scores_of_release(release: Corpus) -> Scores:
    return score(perfect_segments(release), release, draws=FEW)


def test_released_segments_score_perfectly_or_null_in_everything(segment_scores_of_release: Scores) -> None:
    """All 46 streams one by one, by language, and pooled."""
    perfect = {
        1.0: [
            *("accuracy", "macro_f1", "weighted_f1", "uar", "precision", "recall", "f1", "time_to_correct_reached"),
            *("turning_point_precision", "turning_point_recall", "turning_point_f1"),
        ],
        100.0: ["edit_score", "segment_f1"],
        0.0: ["turning_point_delay_mean", "turning_point_delay_median", "time_to_correct_median", "excess_flicker"],
    }
    scores = segment_scores_of_release
    for value, names in perfect.items():
        for name in names:
            found = scores.select(name=name, clock="content")
            assert found, name
            assert {each.value for each in found} <= {value, None}, name
            pooled = [each for each in found if not {"film", "language"} & set(each.of)]
            assert all(each.value == value for each in pooled), name
    films = scores.select(name="accuracy", clock="content", language="")
    assert sum("film" in each.of for each in films) == 46
    changes = scores.select(name="turning_point_f1", clock="content", definition="label_change", tolerance="2")
    assert sum("film" in each.of and each.value is None for each in changes) == 3
    assert scores.get("turning_point_f1", clock="content", definition="label_change", tolerance="2").n == 233
    assert scores.get("turning_point_f1", clock="content", definition="boundary", tolerance="2").n == 401


def test_the_best_periodic_switchers_of_the_release_stand_beside(segment_scores_of_release: Scores) -> None:
    of = {"clock": "content", "definition": "label_change", "periods": "listed"}
    found = [segment_scores_of_release.get("periodic_switcher_f1", tolerance=each, **of).value for each in "123"]
    assert [round(each or 0, 3) for each in found] == [0.224, 0.336, 0.421]


def test_fewer_than_ten_clusters_have_no_interval(segment_scores_of_release: Scores) -> None:
    chinese = segment_scores_of_release.get("accuracy", clock="content", language="zh")
    assert (chinese.num_clusters, chinese.low, chinese.high) == (7, None, None)
    assert "10" in chinese.why
    pooled = segment_scores_of_release.get("accuracy", clock="content")
    assert (pooled.num_clusters, pooled.low, pooled.high) == (46, 1.0, 1.0)


def test_columns_of_slices_are_those_of_all(random_clips: tuple[Corpus, Predictions]) -> None:
    from emos_io.evaluation.clip_parts import clip_parts
    from emos_io.evaluation.matching import match
    from emos_io.evaluation.slices import SLICES_BY

    corpus, predictions = random_clips
    parts = list(clip_parts(match(predictions, corpus, layer="basic7"), corpus, SLICES_BY))
    everything, slices = parts[0], parts[1:]
    assert everything.rows.all() and len(slices) == 2 + 2 + 1 + 4 + 2
    for part in slices:
        first, own = everything.measured[0], part.measured[0]
        assert isinstance(first, MeasuredRows) and isinstance(own, MeasuredRows)
        np.testing.assert_array_equal(first.columns[part.rows], own.columns)


def test_validation_is_a_side_only_where_there_is_one() -> None:
    corpus = Corpus([clip(f"own/{k}", "Joy") for k in range(4)])
    division: Split = split(corpus, seed=1, test=0.5)
    with pytest.raises(InvalidArgument, match=r"^side must be one of train, test, got 'validation'"):
        score(run([Prediction(key="own/1", layer="basic7", label="Joy")]), corpus, split=division, side="validation")
