"""Intervals of scores: draws with rows repeated one by one, clusters as splits have them, what has no interval and says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_streams import stream

from emos_io._arrays import BoolArray, Float64Array
from emos_io.annotation.measures import bootstrap, drawn_counts
from emos_io.corpus import Clip, Corpus, Monologue, folds, leave_one_out, predefined_split, split
from emos_io.errors import InvalidArgument
from emos_io.evaluation.clips.calibration import calibration
from emos_io.evaluation.clips.labels import label_measures
from emos_io.evaluation.clips.sets import set_measures
from emos_io.evaluation.differences import differences
from emos_io.evaluation.intervals import Clusters, ScoreKey, clusters_of, drawn, score_key, scored
from emos_io.evaluation.scores import Score
from emos_io.evaluation.streams.gap import gaps
from emos_io.evaluation.streams.segments import segment_scores
from emos_io.evaluation.streams.time_to_correct import time_to_correct_scores
from emos_io.evaluation.streams.turning_points import turning_points
from emos_io.evaluation.sums import Measure, Measured, MeasuredPairs, MeasuredRows, PlainValue
from emos_io.evaluation.won_pairs import won_pairs

ROUNDED = 1e-12
"""Two formulas of the same number, in doubles, over at most a few hundred terms."""
OF = {"layer": "basic7", "kind": "clips"}


def clip(key: str, *, source: str = "own", **group: str) -> Clip:
    return Clip(key=key, source=source, language="en", group=group)


def clips_of(groups: Sequence[int], source: str = "own") -> list[Clip]:
    return [clip(f"{source}/{number:03}", source=source, dialogue=f"d{group}") for number, group in enumerate(groups)]


def mean(sums: Float64Array) -> Float64Array:
    return np.asarray(sums[:, 0] / sums[:, 1])


def mean_of(values: Float64Array | BoolArray, counted: BoolArray | None = None, name: str = "mean") -> MeasuredRows:
    rows = np.ones(len(values), np.bool_) if counted is None else counted
    return MeasuredRows(
        np.column_stack([values, np.ones(len(values))]).astype(np.float64), rows, (Measure(name, mean),)
    )


def alone(number: int, source: str = "own") -> Clusters:
    """Rows that are a cluster each."""
    clips = [clip(f"{source}/{index:03}", source=source) for index in range(number)]
    return clusters_of(clips, [each.key for each in clips])


def two_sources() -> tuple[list[Clip], Clusters]:
    random = np.random.default_rng(5)
    clips = clips_of(random.integers(0, 14, 60).tolist(), "meld") + clips_of(
        random.integers(0, 9, 30).tolist(), "chsims"
    )
    return clips, clusters_of(clips, [each.key for each in clips])


def repeated_rows(clusters: Clusters, draw: Float64Array) -> list[int]:
    """The rows of a draw, each as often as its cluster was drawn."""
    return [row for row, cluster in enumerate(clusters.index.tolist()) for _ in range(int(draw[cluster]))]


def draws_of(
    measured: Sequence[Measured], clusters: Clusters, *, of: Mapping[str, str], draws: int = 2_000, seed: int = 0
) -> dict[ScoreKey, Float64Array]:
    """The values of the draws of each measure that has an interval."""
    found = drawn(measured, clusters, of=of, draws=draws, seed=seed)
    return {each.key: each.draws for each in found if len(each.draws)}


def test_draws_are_rows_repeated_one_by_one() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    clips, clusters = two_sources()
    random = np.random.default_rng(2)
    values = random.normal(size=len(clips))
    confidence, right = random.integers(0, 8, len(clips)) / 8, random.random(len(clips)) < 0.6
    pairs = MeasuredPairs("auroc", confidence, right, np.ones(len(clips), np.bool_))
    found = draws_of([mean_of(values), pairs], clusters, of={}, draws=40, seed=3)
    sizes = list(Counter(clusters.sources).values())
    counts = np.concatenate(list(drawn_counts(sizes, 40, 3)))
    for index, draw in enumerate(counts):
        rows = repeated_rows(clusters, draw)
        assert abs(found[score_key("mean", {})][index] - values[rows].mean()) < ROUNDED
        assert (
            abs(found[score_key("auroc", {})][index] - metrics.roc_auc_score(right[rows], confidence[rows])) < ROUNDED
        )


def test_intervals_are_percentiles_of_the_draws() -> None:
    clips, clusters = two_sources()
    values = np.random.default_rng(2).normal(size=len(clips))
    (score,) = scored([mean_of(values)], clusters, of=OF)
    (draws,) = draws_of([mean_of(values)], clusters, of=OF).values()
    assert len(draws) == 2_000
    assert [score.low, score.high] == np.percentile(draws, [2.5, 97.5]).tolist()
    assert score.value is not None and abs(score.value - values.mean()) < ROUNDED
    assert (score.n, score.num_clusters, score.share_undefined, score.of) == (90, len(clusters), 0, OF)


def test_as_many_clusters_of_each_source_are_drawn_as_it_has() -> None:
    sizes = (7, 1, 12)
    counts = np.concatenate(list(drawn_counts(sizes, 200, 4)))
    parts = np.split(counts, np.cumsum(sizes)[:-1], axis=1)
    assert [set(part.sum(axis=1).tolist()) for part in parts] == [{7.0}, {1.0}, {12.0}]
    # Each cluster is as likely as any other of its source: 200 draws of 1 a time, give or take 6 deviations.
    assert all(abs(part.mean(axis=0) - 1).max() < 6 / np.sqrt(200) for part in parts)
    assert abs(np.corrcoef(counts[:, 0], counts[:, 8])[0, 1]) < 0.35, "sources are drawn apart"
    meld, chsims = clips_of(range(20), "meld"), clips_of(range(15), "chsims")
    clusters = clusters_of(meld + chsims, [each.key for each in meld + chsims])
    (share,) = scored([mean_of(np.arange(35) < 20)], clusters, of={})
    assert share.value == share.low == share.high == 20 / 35


def test_draws_of_strata_in_chunks_are_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    together = np.concatenate(list(drawn_counts((11, 6), 300, 9)))
    monkeypatch.setattr(bootstrap, "_CHUNK", 500)
    chunks = list(drawn_counts((11, 6), 300, 9))
    assert len(chunks) > 9 and np.array_equal(np.concatenate(chunks), together)


def test_one_stratum_is_drawn_as_intervals_of_agreement_are() -> None:
    drawn_groups = np.random.default_rng(7).integers(25, size=(300, 25))
    expected = [np.bincount(draw, minlength=25).tolist() for draw in drawn_groups]
    assert np.concatenate(list(drawn_counts((25,), 300, 7))).tolist() == expected


@given(st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_items(random: object) -> None:
    clips, clusters = two_sources()
    values = np.random.default_rng(1).normal(size=len(clips))
    order = list(range(len(clips)))
    random.shuffle(order)  # type: ignore[attr-defined]
    keys = [clips[index].key for index in order]
    shuffled = clusters_of([clips[index] for index in reversed(order)], keys)
    confidence = np.random.default_rng(2).integers(0, 5, len(clips)) / 5
    counted = values > -1
    pairs = [
        MeasuredPairs("auroc", confidence[each], values[each] > 0, counted[each])
        for each in (np.arange(90), np.array(order))
    ]
    before = scored([mean_of(values, counted), pairs[0]], clusters, of={}, draws=30)
    assert scored([mean_of(values[order], counted[order]), pairs[1]], shuffled, of={}, draws=30) == before
    assert (shuffled.names, shuffled.sources) == (clusters.names, clusters.sources)


def test_auroc_is_that_of_the_matrix_of_won_pairs() -> None:
    random = np.random.default_rng(6)
    clusters, rows = 12, 80
    cluster, score, positive = (
        random.integers(0, clusters, rows),
        random.integers(0, 6, rows) / 6,
        random.random(rows) < 0.5,
    )
    won = np.zeros((clusters, clusters))
    for high in np.flatnonzero(positive):
        for low in np.flatnonzero(~positive):
            won[cluster[high], cluster[low]] += (score[high] > score[low]) + (score[high] == score[low]) / 2
    counts = random.multinomial(clusters, np.ones(clusters) / clusters, 50).astype(np.float64)
    positives, negatives = (np.bincount(cluster[each], minlength=clusters) for each in (positive, ~positive))
    expected = [(draw @ won @ draw) / ((draw @ positives) * (draw @ negatives)) for draw in counts]
    assert won_pairs(counts, cluster, score, positive).tolist() == expected, "integers and halves are exact"


def test_auroc_in_chunks_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _, clusters = two_sources()
    random = np.random.default_rng(6)
    pairs = MeasuredPairs("auroc", random.random(90), random.random(90) < 0.5, np.ones(90, np.bool_))
    before = scored([pairs], clusters, of={})
    monkeypatch.setattr("emos_io.evaluation.won_pairs._CHUNK", 1_000)
    assert scored([pairs], clusters, of={}) == before


@pytest.mark.parametrize("positive", [True, False])
def test_auroc_of_one_kind_of_rows_is_none(positive: bool) -> None:
    pairs = MeasuredPairs("auroc", np.linspace(0, 1, 40), np.full(40, positive), np.ones(40, np.bool_))
    (score,) = scored([pairs], alone(40), of={})
    assert (score.value, score.low, score.high, score.why) == (None, None, None, "there is nothing to score")


def test_draws_without_a_value_are_left_out() -> None:
    columns = np.column_stack([np.arange(40) == 39, np.ones(40)]).astype(np.float64)
    measure = Measure("odd", lambda sums: np.asarray(sums[:, 0] / sums[:, 0]))
    (score,) = scored([MeasuredRows(columns, np.ones(40, np.bool_), (measure,))], alone(40), of={})
    # The one row that it needs is in a draw with the chance 1 - (39/40)^40, .637; the measure does not say that it needs it.
    assert score.value == score.low == score.high == 1 and 0.33 < score.share_undefined < 0.4


def test_few_clusters_have_no_interval_or_a_mark() -> None:
    def score_of(number: int) -> tuple[float | None, str]:
        (score,) = scored([mean_of(np.arange(number) % 2 > 0)], alone(number), of={})
        assert score.num_clusters == number and (score.low is None) == (score.high is None)
        return score.low, score.why

    assert score_of(1) == (None, "an interval needs 10 clusters, and there is 1")
    assert score_of(9) == (None, "an interval needs 10 clusters, and there are 9")
    assert score_of(10)[0] is not None and score_of(10)[1] == "drawn from 10 clusters, fewer than 30"
    assert score_of(29)[1] == "drawn from 29 clusters, fewer than 30" and score_of(30)[1] == ""
    assert draws_of([mean_of(np.ones(9))], alone(9), of={}) == {}


def test_a_source_of_one_cluster_is_marked() -> None:
    clips = [*clips_of(range(30), "meld"), *clips_of([0, 0], "chsims")]
    (score,) = scored([mean_of(np.ones(32))], clusters_of(clips, [each.key for each in clips]), of={})
    assert score.why == "chsims has one cluster, which each draw holds once"


def test_nothing_to_score_is_null() -> None:
    clusters = alone(40)
    none = mean_of(np.ones(40), np.zeros(40, np.bool_))
    (score,) = scored([none], clusters, of={})
    assert (score.value, score.n, score.num_clusters, score.why) == (None, 0, 0, "there is nothing to score")
    (empty,) = scored([mean_of(np.ones(0))], clusters_of([], []), of={})
    assert (empty.value, empty.n, empty.low) == (None, 0, None)
    undefined = MeasuredRows(np.zeros((40, 2)), np.ones(40, np.bool_), (Measure("mean", mean),))
    (of_none,) = scored([undefined], clusters, of={})
    assert (of_none.value, of_none.n, of_none.low, of_none.why) == (None, 40, None, "there is nothing to score")


def test_a_draw_that_leaves_out_a_class_is_counted() -> None:
    rows = np.column_stack([np.arange(40) == 0, np.ones(40)]).astype(np.float64)
    measures = (
        Measure(
            "share",
            lambda sums: np.asarray(sums[:, 1] / 40),
            leaves_out=lambda sums: np.asarray(sums[:, 0] == 0, np.float64),
        ),
        Measure("inverse", lambda sums: np.asarray(1 / sums[:, 0])),
    )
    share, inverse = scored([MeasuredRows(rows, np.ones(40, np.bool_), measures)], alone(40), of={})
    # The one row of the class is missing in (39/40)^40, .363, of the draws.
    assert share.value == share.low == share.high == 1 and share.share_undefined == 0
    assert 0.33 < share.share_partial < 0.4 and inverse.share_partial == 0
    assert inverse.share_undefined == share.share_partial, "division by 0 is no value"


def test_a_plain_value_has_no_interval_and_says_why() -> None:
    plain = PlainValue("ece", 0.25, 12, "a draw holds answers more than once", {"bins": "15"})
    (score,) = scored([plain], alone(12), of=OF)
    assert (score.value, score.n, score.low, score.high, score.num_clusters) == (0.25, 12, None, None, None)
    assert score.why == "a draw holds answers more than once" and dict(score.of) == {**OF, "bins": "15"}


def test_marks_of_measures_are_kept() -> None:
    measure = Measure("mean", mean, why="a stream of labels cannot score it")
    rows = MeasuredRows(np.ones((12, 2)), np.ones(12, np.bool_), (measure,))
    (score,) = scored([rows], alone(12), of={})
    assert score.why == "a stream of labels cannot score it; drawn from 12 clusters, fewer than 30"


def test_numbers_of_things_are_those_of_the_measure() -> None:
    measures = (Measure("mean", mean, num=lambda sums: np.asarray(3 * sums[:, 1])), Measure("other", mean))
    rows = MeasuredRows(np.ones((12, 2)), np.arange(12) < 11, measures)
    assert [score.n for score in scored([rows], alone(12), of={})] == [33, 11]


def test_slices_draw_among_clusters_that_have_a_row() -> None:
    clips, clusters = two_sources()
    values = np.random.default_rng(2).normal(size=len(clips))
    rows = np.array([each.source == "chsims" for each in clips])
    selected = clusters.selected(rows)
    assert set(selected.sources) == {"chsims"} and len(selected) == clusters.sources.count("chsims")
    own = clips[60:]
    direct = clusters_of(own, [each.key for each in own])
    expected = scored([mean_of(values[rows])], direct, of={})
    assert scored([mean_of(values[rows])], selected, of={}) == expected
    assert scored([mean_of(values)], clusters, of={}, rows=rows) == expected
    assert scored([mean_of(values, rows)], clusters, of={}) == expected


def test_rows_that_do_not_count_add_nothing() -> None:
    values = np.where(np.arange(40) < 30, 1.0, np.nan)
    (score,) = scored([mean_of(values, np.arange(40) < 30)], alone(40), of={})
    assert (score.value, score.low, score.high, score.num_clusters) == (1, 1, 1, 30)


def test_measures_of_the_same_clusters_share_their_draws() -> None:
    clips, clusters = two_sources()
    values = np.random.default_rng(8).normal(size=len(clips))
    first = draws_of([mean_of(values), mean_of(-values, name="less")], clusters, of={})
    assert np.array_equal(first[score_key("mean", {})], -first[score_key("less", {})])
    other = draws_of([mean_of(values)], clusters_of(list(reversed(clips)), [each.key for each in clips]), of={})
    assert np.array_equal(other[score_key("mean", {})], first[score_key("mean", {})])
    seeded = draws_of([mean_of(values)], clusters, of={}, seed=1)
    assert not np.array_equal(seeded[score_key("mean", {})], first[score_key("mean", {})])


def test_wrong_arguments_are_refused() -> None:
    rows, clusters = mean_of(np.ones(12)), alone(12)
    with pytest.raises(
        InvalidArgument, match=r"^draws must be an integer from 1 to 2147483647, got 0; give such an integer$"
    ):
        scored([rows], clusters, of={}, draws=0)
    with pytest.raises(InvalidArgument, match="seed must be an integer from 0"):
        scored([rows], clusters, of={}, seed=-1)
    with pytest.raises(InvalidArgument, match="measured must have a row for each of 11 rows of the clusters, got 12"):
        scored([rows], alone(11), of={})
    with pytest.raises(InvalidArgument, match="columns must be finite in rows that count"):
        scored([mean_of(np.full(12, np.inf))], clusters, of={})
    pairs = MeasuredPairs("auroc", np.full(12, np.nan), np.ones(12, np.bool_), np.ones(12, np.bool_))
    with pytest.raises(InvalidArgument, match="score must be finite in rows that count"):
        drawn([pairs], clusters, of={})
    clips = clips_of([0, 1])
    with pytest.raises(InvalidArgument, match="keys must be of items of the corpus, got 'own/9'; correct or remove it"):
        clusters_of(clips, ["own/9"])
    with pytest.raises(InvalidArgument, match="keys must be of one row each, got 'own/000'"):
        clusters_of(clips, ["own/000", "own/001", "own/000"])
    with pytest.raises(InvalidArgument, match="by must be of"):
        clusters_of(clips, ["own/000"], ["house"])


def test_two_items_belong_together_by_a_third() -> None:
    long_text = "a sentence that is long enough to be one recording"
    ends = [clip("own/0", dialogue="a"), clip("own/2", dialogue="b")]
    middle = [
        Clip(key=f"own/{key}", source="own", language="en", text=long_text, group={"dialogue": name})
        for key, name in (("1", "a"), ("3", "b"))
    ]
    found = clusters_of([*ends, *middle], ["own/0", "own/2"])
    assert found.names == ("own/0",) and found.index.tolist() == [0, 0]


def test_clusters_are_the_groups_of_the_split() -> None:
    clips = [clip(f"own/{n:02}", dialogue=f"d{n // 2}", speaker=f"s{n // 10}") for n in range(40)]
    corpus, keys = Corpus(clips), [each.key for each in clips]
    assert len(clusters_of(clips, keys, split(corpus, seed=1, test=0.3, by=["dialogue"]))) == 20
    by_speaker = split(corpus, seed=1, test=0.3, by=["speaker"])
    assert len(clusters_of(clips, keys, by_speaker)) == 4
    assert len(clusters_of(clips, keys, folds(corpus, k=2, seed=1, by=["dialogue"]))) == 20
    assert len(clusters_of(clips, keys, leave_one_out(corpus, "dialogue"))) == 20
    assert len(clusters_of(clips, keys, ["dialogue"])) == 20 and len(clusters_of(clips, keys, [])) == 40
    in_test = set(by_speaker.test)
    clusters = clusters_of(clips, keys, by_speaker)
    sides = [
        {key in in_test for key, index in zip(keys, clusters.index, strict=True) if index == each} for each in range(4)
    ]
    assert all(len(each) == 1 for each in sides)


def test_columns_of_sides_are_no_groups() -> None:
    names = ["train", "dev", "test"]
    clips = [
        clip(f"own/{n:02}", dialogue=f"d{n // 2}", split=names[n // 2 % 3], fold=str(n // 2 % 5)) for n in range(40)
    ]
    corpus, keys = Corpus(clips), [each.key for each in clips]
    assert len(clusters_of(clips, keys)) == 20
    assert len(clusters_of(clips, keys, predefined_split(corpus))) == 20
    assert len(clusters_of(clips, keys, leave_one_out(corpus, "fold"))) == 20
    only_folds = [clip(each.key, dialogue=each.group["dialogue"], fold=each.group["fold"]) for each in clips]
    divided = split(Corpus(only_folds), seed=1, test=0.4)
    assert divided.by == ("film", "dialogue", "video", "fold") and len(clusters_of(only_folds, keys, divided)) == 20


def test_a_cluster_of_two_sources_is_of_that_of_most_rows() -> None:
    text = "a sentence that is long enough to be one recording"
    clips = [
        Clip(key=f"{source}/{n}", source=source, language="en", text=text)
        for source, n in (("b", 0), ("b", 1), ("a", 0))
    ]
    assert clusters_of(clips, ["a/0", "b/0", "b/1"]).sources == ("b",)
    assert clusters_of(clips, ["a/0", "b/0"]).sources == ("a",), "of as many, the first name"


def test_clusters_of_the_release(release: Corpus) -> None:
    clips = [item for item in release if isinstance(item, Clip)]
    streams = [item for item in release if isinstance(item, Monologue)]
    found = clusters_of(release, [item.key for item in clips])
    # 977 dialogues, of which some share seconds, and 145 videos.
    assert Counter(found.sources) == {"meld": 972, "chsims": 145}
    films = clusters_of(release, [item.key for item in streams])
    assert Counter(films.sources) == {"streaming": 46}
    chinese = np.array([item.language == "zh" for item in streams])
    (score,) = scored([mean_of(np.ones(46))], films, of={}, rows=chinese)
    assert (score.num_clusters, score.low, score.why) == (7, None, "an interval needs 10 clusters, and there are 7")
    divided = split(Corpus(clips), seed=0, test=0.2, by=["dialogue", "video"])
    keys = list(divided.test)
    assert set(clusters_of(release, keys, divided).names) <= set(found.names)


def class_scores(truth: Sequence[int], predicted: Sequence[int], clusters: Clusters) -> dict[str, Score]:
    """Scores of the class 0, which some clusters have."""
    measured = label_measures(truth, predicted, ["Fear", "Joy"])
    found = scored([measured], clusters, of={}, draws=200)
    return {each.name: each for each in found if each.of.get("class") in (None, "Fear")}


@pytest.mark.parametrize("number", [0, 1, 9, 10, 29, 30])
def test_clusters_that_count_are_those_with_something_of_the_class(number: int) -> None:
    truth = [0 if row < number else 1 for row in range(60)]
    found = class_scores(truth, truth, alone(60))
    for name in ("recall", "precision", "f1"):
        score = found[name]
        assert score.num_clusters == number and (score.low is None) == (number < 10)
        marks = [f"there {'is' if number == 1 else 'are'} {number}"] if number < 10 else []
        marks = [f"drawn from {number} clusters, fewer than 30"] if 10 <= number < 30 else marks
        assert score.why.endswith(marks[0] if number and marks else "" if number else "nothing to score")
        assert bool(score.why) == (number < 30)
    assert (found["accuracy"].num_clusters, found["accuracy"].low, found["accuracy"].why) == (60, 1, "")


def test_recall_counts_truth_precision_answers_and_f1_either() -> None:
    truth, predicted = np.ones(60, np.int64), np.ones(60, np.int64)
    truth[:12], predicted[8:40] = 0, 0
    found = class_scores(truth.tolist(), predicted.tolist(), alone(60))
    assert [found[name].num_clusters for name in ("recall", "precision", "f1")] == [12, 32, 40]
    # Two rows of one cluster are one cluster, and rows that are not scored count in none.
    clips = clips_of([row // 2 for row in range(60)])
    clusters = clusters_of(clips, [each.key for each in clips])
    found = class_scores(truth.tolist(), predicted.tolist(), clusters)
    assert [found[name].num_clusters for name in ("recall", "precision", "f1")] == [6, 16, 20]
    measured = label_measures(truth, predicted, ["Fear", "Joy"])
    some = scored([measured], clusters, of={}, draws=20, rows=np.arange(60) >= 6)
    assert [each.num_clusters for each in some if each.of.get("class") == "Fear"] == [16, 3, 17]


def test_draws_of_a_class_are_those_of_all_clusters() -> None:
    truth = np.array([row % 4 > 0 for row in range(60)], np.int64)
    predicted = np.array([row % 3 > 0 for row in range(60)], np.int64)
    recall = class_scores(truth.tolist(), predicted.tolist(), alone(60))["recall"]
    counts = np.concatenate(list(drawn_counts((60,), 200, 0)))
    drawn_again = counts @ ((truth == 0) & (predicted == 0)) / (counts @ (truth == 0))
    assert [recall.low, recall.high] == np.percentile(drawn_again, [2.5, 97.5]).tolist()


@pytest.mark.parametrize(("wrong", "least"), [(1, 1), (9, 9), (12, 12), (51, 9), (59, 1)])
def test_auroc_counts_clusters_of_the_rarer_answer(wrong: int, least: int) -> None:
    right = np.arange(60) >= wrong
    pairs = MeasuredPairs("auroc", np.linspace(0, 1, 60), right, np.ones(60, np.bool_))
    (score,) = scored([pairs], alone(60), of={}, draws=200)
    assert (score.value, score.num_clusters, score.low is None) == (1, least, least < 10)


def test_a_gap_of_two_tiers_counts_clusters_of_the_rarer_one() -> None:
    tiers = ["low"] * 4 + ["high"] * 40
    found = calibration(np.linspace(0, 1, 44), np.ones(44, np.bool_), tier=tiers, source=["own"] * 44)
    scores = {each.name: each for each in scored(found.measured, alone(44), of={}, draws=20) if "source" in each.of}
    assert (scores["confidence_gap"].num_clusters, scores["confidence_gap"].low) == (4, None)
    assert scores["confidence_gap"].value is not None


def test_labels_of_sets_count_in_clusters_that_have_them() -> None:
    shares, answers = np.zeros((60, 2)), np.zeros((60, 2), np.bool_)
    shares[:12, 0], answers[8:40, 0] = 1, True
    scores = scored([set_measures(shares, answers, ["joy", "love"])], alone(60), of={}, draws=20)
    found = {(each.name, each.of.get("class")): each.num_clusters for each in scores if each.of["truth"] == "any"}
    assert [found[f"micro_{name}", None] for name in ("recall", "precision", "f1")] == [12, 32, 40]
    assert [found[name, "joy"] for name in ("recall", "precision", "f1")] == [12, 32, 40]
    assert [found[name, "love"] for name in ("recall", "precision", "f1")] == [0, 0, 0]
    assert found["jaccard", None] == found["exact_match", None] == 60


def test_streams_without_a_change_do_not_count_for_changes() -> None:
    flat, change = [(0, 20, "Joy")], [(0, 10, "Joy"), (10, 20, "Fear")]
    truth = [change] * 12 + [flat] * 28
    predicted = [flat] * 4 + [change] * 14 + [flat] * 22
    streams = [stream(own, answer, f"m{n}") for n, (own, answer) in enumerate(zip(truth, predicted, strict=True))]
    measured = [*turning_points(streams, "segments"), *time_to_correct_scores(streams), segment_scores(streams)]
    scores = scored(measured, alone(40), of={}, draws=20)
    found = {each.name: each.num_clusters for each in scores if each.of.get("definition") in (None, "label_change")}
    assert found == {
        "turning_point_precision": 14,
        "turning_point_recall": 12,
        "turning_point_f1": 18,
        "turning_point_delay_mean": 8,
        "turning_point_delay_median": None,
        "time_to_correct_reached": 12,
        "time_to_correct_median": None,
        "edit_score": 40,
        "segment_f1": 40,
    }
    assert all((each.low is None) == ((each.num_clusters or 0) < 10) for each in scores)


def test_gaps_and_differences_count_what_both_runs_need() -> None:
    truth = [0] * 12 + [1] * 48
    few, many = [0] * 11 + [1] * 49, [0] * 40 + [1] * 20
    runs = [label_measures(truth, predicted, ["Fear", "Joy"]) for predicted in (few, many)]
    (gap,) = gaps([runs[0]], [runs[1]])
    found = {
        each.of["measure"]: each for each in scored([gap], alone(60), of={}, draws=20) if each.of.get("class") == "Fear"
    }
    assert [found[name].num_clusters for name in ("recall", "precision", "f1")] == [12, 11, 12]
    pairs = differences(*(drawn([run], alone(60), of={}, draws=200) for run in runs))
    precision = next(each for each in pairs if each.name == "precision" and each.of["class"] == "Fear")
    assert (precision.num_clusters, precision.low is None, precision.p is None) == (11, False, False)
    none = label_measures(truth, [0] * 9 + [1] * 51, ["Fear", "Joy"])
    pairs = differences(*(drawn([run], alone(60), of={}, draws=200) for run in (none, runs[1])))
    precision = next(each for each in pairs if each.name == "precision" and each.of["class"] == "Fear")
    assert (precision.num_clusters, precision.low, precision.p) == (9, None, None)
    assert precision.difference is not None and "there are 9" in precision.why
