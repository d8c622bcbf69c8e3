"""The verb `compare`: several runs on the same items and draws."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Utterance
from emos_io.errors import InvalidArgument
from emos_io.evaluation import Comparison, Prediction, Predictions, compare, score
from emos_io.evaluation.differences import holm

NUM = 60
SAME = 1e-12
"""Differences of shares of 60, in another order."""


def corpus_of(labels: Sequence[str]) -> Corpus:
    return Corpus(
        [
            Clip(
                key=f"own/{k:02}",
                source="own",
                language="en",
                decisions={
                    "basic7": Decision(item=f"own/{k:02}", layer="basic7", labels=(label,), scores={label: 1.0})
                },
            )
            for k, label in enumerate(labels)
        ]
    )


CORPUS = corpus_of([("Joy", "Fear", "Anger")[k % 3] for k in range(NUM)])


def run(
    name: str, right: int, *, confidence: Sequence[float | None] = (), keys: Sequence[int] | None = None
) -> Predictions:
    """A run that has the first so many clips right, and gives Sadness to the others."""
    rows = []
    for k in range(NUM) if keys is None else keys:
        label = CORPUS.clips[k].decisions["basic7"].label if k < right else "Sadness"
        certain = confidence[k] if confidence else None
        rows.append(Prediction(key=f"own/{k:02}", layer="basic7", label=label, confidence=certain))
    return Predictions(tuple(rows), name=name)


def test_differences_are_those_of_the_scores() -> None:
    runs = [run("a", 50), run("b", 40), run("c", 30)]
    found = compare(*runs, corpus=CORPUS)
    assert found.names == ("a", "b", "c") and found.items == {"basic7.clips": NUM}
    for first, second in (("a", "b"), ("a", "c"), ("b", "c")):
        for name in ("accuracy", "macro_f1", "weighted_f1", "uar"):
            own = [score(each, CORPUS, draws=1).get(name).value or 0 for each in runs if each.name in (first, second)]
            one = found.get(name, first, second)
            assert one.difference == pytest.approx(own[0] - own[1], abs=SAME)
            assert one.low is not None and one.high is not None and one.low <= (one.difference or 0) <= one.high


def test_p_is_adjusted_over_all_pairs_of_one_measure() -> None:
    found = compare(run("a", 36), run("b", 33), run("c", 30), corpus=CORPUS, names=["accuracy", "uar"])
    for name in ("accuracy", "uar"):
        family = [each.difference for each in found.differences if each.difference.name == name]
        assert len(family) == 3
        assert [each.p_adjusted for each in family] == holm([each.p or 0 for each in family])
        assert [each.p for each in family] != [each.p_adjusted for each in family]


def test_a_run_beside_itself_differs_in_nothing() -> None:
    found = compare(run("a", 40), run("a", 40), corpus=CORPUS)
    assert found.names == ("a", "a (2)")
    for each in found.differences:
        one = each.difference
        assert one.difference in (0.0, None) and one.p in (1.0, None), one.name


def test_the_order_of_runs_changes_signs() -> None:
    one = compare(run("a", 50), run("b", 40), corpus=CORPUS, names=["accuracy"]).get("accuracy", "a", "b")
    other = compare(run("b", 40), run("a", 50), corpus=CORPUS, names=["accuracy"]).get("accuracy", "b", "a")
    assert (one.difference or 0) == -(other.difference or 0) > 0
    assert (one.low, one.p) == (-(other.high or 0), other.p)


def test_calibration_is_compared_where_both_have_a_confidence() -> None:
    some = [0.9 if k % 2 else None for k in range(NUM)]
    others = [0.5 if k % 3 else None for k in range(NUM)]
    both = sum(a is not None and b is not None for a, b in zip(some, others, strict=True))
    found = compare(run("a", 40, confidence=some), run("b", 30, confidence=others), corpus=CORPUS)
    for name in ("ece", "confidence_brier"):
        for each in found.differences:
            if each.difference.name == name:
                assert (each.difference.num_first, each.difference.num_second) == (both, both)
    chosen = [k for k in range(NUM) if some[k] is not None and others[k] is not None]
    right = np.array([k < 40 for k in chosen])
    ece = found.get("ece", "a", "b", binning="equal_width")
    assert ece.first == pytest.approx(abs(0.9 - right.mean()), abs=SAME)
    assert ece.low is None and ece.why


def test_without_a_split_the_items_are_those_of_all_runs_kinds() -> None:
    found = compare(run("a", 40, keys=range(30)), run("b", 40, keys=range(20, 60)), corpus=CORPUS, names=["accuracy"])
    assert found.items == {"basic7.clips": NUM}
    assert found.get("accuracy", "a", "b").first == 0.5


def test_runs_of_other_kinds_have_nothing_to_compare() -> None:
    stream = Predictions((Prediction(key="own/film", layer="basic7", span=Span(0, 1), label="Joy"),), name="streams")
    found = compare(run("a", 40), stream, corpus=CORPUS)
    assert found.differences == () and found.items == {}


def test_json_gives_back_an_equal_comparison() -> None:
    found = compare(run("a", 50), run("b", 40), run("c", 0), corpus=CORPUS, draws=20, seed=3)
    again = Comparison.from_json(found.to_json())
    assert again == found and again.to_json() == found.to_json()
    for text in ("", "{}", "[]", '{"names": ["a"]}', '{"names": NaN}'):
        with pytest.raises(InvalidArgument, match=r"^text must be a comparison in JSON, got "):
            Comparison.from_json(text)


def test_wrong_arguments_are_refused() -> None:
    a, b = run("a", 50), run("b", 40)
    with pytest.raises(
        InvalidArgument, match=r"^names must be measures that these runs have, got acuracy; they have .*accuracy"
    ):
        compare(a, b, corpus=CORPUS, names=["acuracy"])
    with pytest.raises(InvalidArgument, match=r"^names must be a sequence of measures, got 'accuracy'"):
        compare(a, b, corpus=CORPUS, names="accuracy")
    with pytest.raises(
        InvalidArgument, match=r"^layer must be one that the predictions have, got 'goemotions'; a has basic7"
    ):
        compare(a, b, corpus=CORPUS, layer="goemotions")
    other = Predictions((Prediction(key="own/01", layer="goemotions", labels=("joy",)),), name="other")
    with pytest.raises(
        InvalidArgument, match=r"^predictions must have a layer in common, got a: basic7; other: goemotions"
    ):
        compare(a, other, corpus=CORPUS)
    with pytest.raises(
        InvalidArgument, match=r"^name must be one measure of two runs that were compared, got 0 of 'uar'"
    ):
        compare(a, b, corpus=CORPUS, names=["accuracy"]).get("uar", "a", "b")


SETS = ("joy", "love", "anger")


def layer_run(layer: str, name: str, shift: int) -> Predictions:
    rows = []
    for k in range(NUM):
        if layer == "goemotions":
            rows.append(Prediction(key=f"own/{k:02}", layer=layer, labels=(SETS[(k + shift) % 3],)))
        elif layer == "intensity":
            rows.append(Prediction(key=f"own/{k:02}", layer=layer, value=1 + (k + shift) % 5))
        else:
            rows.append(Prediction(key=f"own/{k:02}", layer=layer, label=("Joy", "Fear", "Anger")[(k + shift) % 3]))
    return Predictions(tuple(rows), name=name)


def with_layers() -> Corpus:
    clips = []
    for k in range(NUM):
        words = {
            "basic7": ("Joy", "Fear", "Anger")[k % 3],
            "goemotions": SETS[k % 3],
            "intensity": str(1 + k % 5),
        }
        decisions = {
            layer: Decision(item=f"own/{k:02}", layer=layer, labels=(word,), scores={word: 1.0})
            for layer, word in words.items()
        }
        clips.append(Clip(key=f"own/{k:02}", source="own", language="en", decisions=decisions))
    return Corpus(clips)


OF_LAYERS = {
    "basic7": {"accuracy", "macro_f1", "weighted_f1", "uar"},
    "goemotions": {"jaccard", "samples_f1", "micro_f1", "macro_f1", "weighted_f1"},
    "intensity": {"mae", "rmse", "quadratic_kappa"},
}


@pytest.mark.parametrize("layer", OF_LAYERS)
def test_each_kind_of_layer_is_compared_where_nobody_names_measures(layer: str) -> None:
    corpus, runs = with_layers(), [layer_run(layer, "a", 0), layer_run(layer, "b", 1)]
    found = compare(*runs, corpus=corpus, draws=20)
    names = {each.difference.name for each in found.differences if each.difference.difference is not None}
    assert names >= OF_LAYERS[layer]
    for name in OF_LAYERS[layer]:
        alone = compare(*runs, corpus=corpus, draws=20, names=[name])
        assert {each.difference.name for each in alone.differences} == {name}
    for wrong in ("acuracy", "f1" if layer != "intensity" else "accuracy", "turning_point_f1"):
        good = next(iter(sorted(OF_LAYERS[layer])))
        with pytest.raises(
            InvalidArgument, match=rf"^names must be measures that these runs have, got {wrong}; they have"
        ):
            compare(*runs, corpus=corpus, draws=20, names=[good, wrong])
    with pytest.raises(InvalidArgument, match=r"^names must be one measure or more, got none"):
        compare(*runs, corpus=corpus, names=[])


def test_curves_of_monologues_are_compared() -> None:
    spoken = tuple(Utterance(index=k, span=Span(5 * k, 5 * k + 5), intensity=1 + k % 4) for k in range(6))
    talk = Monologue(key="own/talk", name="talk", title="T", language="en", duration=Fraction(30), utterances=spoken)
    runs = [
        Predictions(
            tuple(
                Prediction(key="own/talk", layer="intensity", span=Span(5 * k, 5 * k + 5), value=1 + (k + shift) % 4)
                for k in range(6)
            ),
            name=name,
        )
        for name, shift in (("a", 0), ("b", 1))
    ]
    found = compare(*runs, corpus=Corpus([], [talk]), draws=20)
    assert {"mae", "rmse", "ccc"} <= {each.difference.name for each in found.differences}
