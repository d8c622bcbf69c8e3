"""Majority and prior: what train says, out of fold, whatever the order of items; and what every baseline refuses."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import (
    Clip,
    Corpus,
    Decision,
    Folds,
    Split,
    Taxonomy,
    Utterance,
    folds,
    keys_sha256,
    leave_one_out,
    split,
)
from emos_io.errors import InvalidArgument
from emos_io.evaluation import BASELINES, Baseline, Predictions, match, predict_baseline
from emos_io.evaluation.baselines.frequencies import most_frequent
from emos_io.evaluation.baselines.training import rounded
from oracle import baseline_corpora as made

ROUNDED_TO_SIX_DECIMALS = 0.5e-6
"""Half of the last decimal of a score."""
FREQUENCIES: tuple[Baseline, ...] = ("majority", "prior")


def clip_folds(corpus: Corpus, k: int = 4) -> Folds:
    return folds(corpus.with_items(monologues=()), k=k, seed=3)


def film_folds(corpus: Corpus) -> Folds:
    return leave_one_out(corpus.with_items(clips=()), "film")


def division(corpus: Corpus, name: Baseline) -> Folds:
    return film_folds(corpus) if name == "text-stream" else clip_folds(corpus)


def answers(found: Predictions) -> dict[str, list[object]]:
    """Everything that is predicted, by key."""
    rows: dict[str, list[object]] = {}
    for row in found:
        rows.setdefault(row.key, []).append(
            (row.span, row.label, row.confidence, dict(row.scores), row.available_at, row.error, row.fold)
        )
    return rows


@pytest.mark.parametrize("name", BASELINES)
def test_every_item_of_folds_is_predicted_in_its_fold(name: Baseline) -> None:
    corpus = made.corpus()
    of = division(corpus, name)
    found = predict_baseline(name, corpus, of)
    fold_of = {key: fold for fold, keys in zip(of.names, of.folds, strict=True) for key in keys}
    assert {row.key: row.fold for row in found} == fold_of
    assert all(row.layer == "basic7" for row in found)
    assert match(found, corpus, layer="basic7", split=of).findings.counts() == {}


@pytest.mark.parametrize("name", BASELINES)
def test_an_item_is_predicted_without_its_own_labels(name: Baseline) -> None:
    corpus = made.corpus()
    of = division(corpus, name)
    before = answers(predict_baseline(name, corpus, of, train="streams" if name == "text-stream" else None))
    for keys in of.folds:
        changed = made.relabelled(corpus, keys)
        after = answers(predict_baseline(name, changed, of, train="streams" if name == "text-stream" else None))
        assert {key: after[key] for key in keys} == {key: before[key] for key in keys}
        assert after != before


@pytest.mark.parametrize("name", BASELINES)
def test_the_order_of_items_changes_nothing(name: Baseline) -> None:
    corpus = made.corpus()
    of = division(corpus, name)
    backwards = corpus.with_items(list(corpus.clips)[::-1], list(corpus.monologues)[::-1])
    assert answers(predict_baseline(name, backwards, of)) == answers(predict_baseline(name, corpus, of))


def test_a_split_is_predicted_on_its_test_side_without_validation() -> None:
    corpus = made.corpus().with_items(monologues=())
    of = split(corpus, seed=5, test=0.25, validation=0.25)
    for name in ("majority", "prior", "text"):
        found = predict_baseline(name, corpus, of)
        assert [row.key for row in found] == list(of.test)
        assert {row.fold for row in found} == {None}
        changed = made.relabelled(corpus, of.validation)
        assert answers(predict_baseline(name, changed, of)) == answers(found)


def test_majority_is_the_most_frequent_label_of_train() -> None:
    corpus = made.corpus()
    of = clip_folds(corpus)
    rows = {row.key: row for row in predict_baseline("majority", corpus, of)}
    for each in of.splits():
        counts = Counter(corpus.clips[key].decisions["basic7"].label for key in each.train)
        for key in each.test:
            assert counts[rows[key].label] == max(counts.values())
            assert rows[key].confidence == round(max(counts.values()) / len(each.train), 6)
            assert dict(rows[key].scores) == {label: round(counts[label] / len(each.train), 6) for label in made.LABELS}


def test_majority_of_equal_labels_is_the_first_of_the_taxonomy() -> None:
    corpus = Corpus([made.clip(number, label) for number, label in enumerate(("Sadness", "Joy", "Surprise", "Fear"))])
    of = Split(tuple(corpus.clips.keys()[:3]), ("own/003",), None, 0.25, (), (), "", {})
    (row,) = predict_baseline("majority", corpus, of)
    assert (row.label, row.confidence) == ("Joy", 0.333333)


def test_by_language_each_language_has_its_own_majority() -> None:
    corpus = made.corpus()
    found = predict_baseline("majority", corpus, clip_folds(corpus), languages="each")
    assert {(corpus.clips[row.key].language, row.label) for row in found} == {("en", "Joy"), ("zh", "Fear")}
    together = predict_baseline("majority", corpus, clip_folds(corpus))
    assert len({row.label for row in together if row.fold == "0"}) == 1


def test_majority_of_monologues_is_by_seconds_of_their_labels() -> None:
    corpus = made.corpus()
    rows = {row.key: row for row in predict_baseline("majority", corpus, film_folds(corpus))}
    # Of b and c: Joy has 8 and 4 seconds, Fear 2, 1 and 2, Anger 5.
    row = rows["own/a"]
    assert (row.label, row.confidence, row.span, row.available_at) == ("Joy", 0.545455, Span(0, 20), Fraction(0))
    assert row.scores["Fear"] == round(5 / 22, 6)
    assert rows["own/b"].span == Span(0, 15)


def test_clips_and_monologues_are_predicted_by_their_own_kind() -> None:
    corpus = made.corpus()
    clip_keys = tuple(sorted(corpus.clips.keys()))
    of = Split((*clip_keys[:30], "own/a", "own/b"), (*clip_keys[30:], "own/c"), 1, 0.3, (), (), "", {})
    found = answers(predict_baseline("majority", corpus, of))
    assert set(found) == set(of.test)
    for only in (corpus.with_items(monologues=()), corpus.with_items(clips=())):
        train, test = (tuple(key for key in keys if key in only) for keys in (of.train, of.test))
        own = answers(predict_baseline("majority", only, replace(of, train=train, test=test)))
        assert own == {key: found[key] for key in test}
    assert found["own/c"] != found[clip_keys[30]]


def drawn(seed: int, key: str, shares: list[tuple[str, Fraction]]) -> str:
    """The draw as docs/baselines.md defines it."""
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    number = Fraction(int.from_bytes(digest[:8], "big"), 2**64)
    total = Fraction(0)
    for label, share in shares:
        total += share
        if number < total:
            return label
    raise AssertionError


@pytest.mark.parametrize("seed", [0, 7, -3])
def test_prior_draws_by_seed_and_key(seed: int) -> None:
    corpus = made.corpus()
    of = clip_folds(corpus)
    found = predict_baseline("prior", corpus, of, seed=seed)
    assert found.header["seed"] == seed
    rows = {row.key: row for row in found}
    for each in of.splits():
        counts = Counter(corpus.clips[key].decisions["basic7"].label for key in each.train)
        shares = [(label, Fraction(counts[label], len(each.train))) for label in made.LABELS]
        for key in each.test:
            assert rows[key].label == drawn(seed, key, shares)
            assert rows[key].confidence == float(round(dict(shares)[rows[key].label or ""], 6))


def test_prior_draws_as_often_as_train_has_labels() -> None:
    names = ["Joy"] * 70 + ["Fear"] * 25 + ["Anger"] * 5
    train = [made.clip(number, name) for number, name in enumerate(names)]
    test = [made.clip(number, "Neutral") for number in range(100, 2100)]
    of = Split(tuple(each.key for each in train), tuple(sorted(each.key for each in test)), None, 0.9, (), (), "", {})
    counts = Counter(row.label for row in predict_baseline("prior", Corpus([*train, *test]), of, seed=1))
    assert set(counts) == {"Joy", "Fear", "Anger"}
    for label, share in (("Joy", 0.7), ("Fear", 0.25), ("Anger", 0.05)):
        # Five standard deviations of a binomial count; the draw is fixed, so this cannot fail by chance.
        assert abs(counts[label] - 2000 * share) < 5 * (2000 * share * (1 - share)) ** 0.5


def test_labels_that_are_apart_by_less_than_a_decimal_are_chosen_by_exact_shares() -> None:
    shares = {"Anger": Fraction(4_999_999, 10**7), "Joy": Fraction(5_000_001, 10**7)}
    assert most_frequent("own/1", shares) == "Joy"
    assert rounded(shares["Anger"]) == rounded(shares["Joy"]) == 0.5


@given(st.lists(st.sampled_from(made.LABELS), min_size=2, max_size=12), st.integers(-5, 5))
def test_scores_are_shares_of_train_and_sum_to_one(labels: list[str], seed: int) -> None:
    corpus = Corpus([made.clip(number, label) for number, label in enumerate(labels)])
    of = folds(corpus, k=2, seed=seed)
    for name in FREQUENCIES:
        for row in predict_baseline(name, corpus, of, seed=seed):
            assert tuple(row.scores) == made.LABELS
            assert abs(sum(row.scores.values()) - 1) <= len(made.LABELS) * ROUNDED_TO_SIX_DECIMALS
            assert all(len(repr(score)) <= len("0.333333") or score < 1e-4 for score in row.scores.values())
            assert row.label is not None
            assert row.confidence == row.scores[row.label] > 0
            assert row.scores[row.label] == max(row.scores.values()) or name == "prior"


def test_items_without_truth_are_predicted_and_teach_nothing() -> None:
    corpus = Corpus([made.clip(0, "Joy"), made.clip(1, None), made.clip(2, "Fear"), made.clip(3, None)])
    of = Split(("own/000", "own/001"), ("own/002", "own/003"), None, 0.5, (), (), "", {})
    rows = list(predict_baseline("majority", corpus, of))
    assert [(row.key, row.label, row.confidence) for row in rows] == [("own/002", "Joy", 1), ("own/003", "Joy", 1)]


def test_the_word_for_none_of_these_is_no_class() -> None:
    corpus = Corpus([made.clip(0, "Joy"), made.clip(1, "Unsure"), made.clip(2, "Unsure"), made.clip(3, "Joy")])
    of = Split(("own/000", "own/001", "own/002"), ("own/003",), None, 0.25, (), (), "", {})
    (row,) = predict_baseline("majority", corpus, of)
    assert (row.label, row.confidence) == ("Joy", 1)


def test_what_cannot_be_answered_is_a_row_that_says_why() -> None:
    corpus = Corpus([made.clip(0, "Joy"), made.clip(1, "Fear"), made.clip(2, "Joy", language="zh")])
    of = Split(("own/000", "own/001"), ("own/002",), None, 0.3, (), (), "", {})
    (row,) = predict_baseline("majority", corpus, of, languages="each")
    assert (row.label, row.confidence, row.error) == (None, None, "no clip of train in 'zh' has a label")
    (row,) = predict_baseline("text", corpus, of)
    assert (row.label, row.error) == (None, "no text of train in 'zh' has a label")
    (row,) = predict_baseline("text", corpus, of, languages="all")
    assert row.label is not None


def test_layers_of_ones_own_are_predicted() -> None:
    moods = Taxonomy("moods", "1", "Calm or tense", ("calm", "tense"))
    items = [made.clip(number, ("tense", "calm", "tense")[number % 3], layer="moods") for number in range(9)]
    corpus = Corpus(items, taxonomies=[moods])
    found = predict_baseline("majority", corpus, folds(corpus, k=3, seed=1), layer="moods")
    assert {(row.layer, row.label, tuple(row.scores)) for row in found} == {("moods", "tense", ("calm", "tense"))}
    spoken = made.monologue("m", [], [("0", "1", "hello there")])
    labelled = [
        replace(
            spoken,
            key=f"own/m{number}",
            title=f"m{number}",
            utterances=(Utterance(index=0, span=Span(0, 9), labels={"moods": (("calm", "tense")[number % 2],)}),),
        )
        for number in range(4)
    ]
    corpus = Corpus([], labelled, taxonomies=[moods])
    found = predict_baseline("majority", corpus, leave_one_out(corpus, "film"), layer="moods")
    assert [row.label for row in found] == ["tense", "calm", "tense", "calm"]


@pytest.mark.parametrize("name", BASELINES)
def test_the_header_says_how_it_was_made(name: Baseline) -> None:
    corpus = made.corpus()
    of = division(corpus, name)
    header = predict_baseline(name, corpus, of, seed=11, command="emos baseline").header
    assert header["corpus"] == keys_sha256([item.key for item in corpus])
    assert header["split_sha256"] == of.sha256
    assert (header["model"], header["seed"], header["command"]) == (name, 11, "emos baseline")
    assert header["run"] == {"text": "text-each", "text-stream": "text-stream-clips-each"}.get(name, f"{name}-all")
    assert header["numpy"] == np.__version__
    assert ("scikit_learn" in header) == name.startswith("text")
    assert header.get("form") == ("decisions" if name == "text-stream" else None)


def test_a_monologue_of_majority_is_one_segment() -> None:
    corpus = made.corpus()
    assert predict_baseline("majority", corpus, film_folds(corpus)).header["form"] == "segments"


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "name": ({"name": "random"}, 'name must be "majority", "prior", "text" or "text-stream", got \'random\'; '),
    "sets": ({"layer": "goemotions"}, "layer must take one label at once, got 'goemotions', which takes several; "),
    "numbers": ({"layer": "intensity"}, "layer must be one of labels, got 'intensity', which is of numbers; "),
    "unknown layer": ({"layer": "moods"}, "taxonomy must be one of basic7, goemotions, .*, got 'moods'; "),
    "no truth": (
        {"layer": "mer6"},
        "layer must be one in which items of train have labels, got 'mer6', in which none of 40 ",
    ),
    "no truth of texts": (
        {"name": "text", "layer": "mer6"},
        "layer must be one in which clips of train have a label and a text, got 'mer6', in which none has both; ",
    ),
    "seed": ({"seed": 0.5}, "seed must be an integer, got 0.5; "),
    "languages": ({"languages": "both"}, 'languages must be "each" or "all", got \'both\'; '),
    "train": ({"train": "clips"}, "train must be left out with 'majority', got 'clips'; only text-stream has it"),
    "split": ({"split": "static"}, "split must be a Split or Folds, got 'static'; read its file with read_split"),
    "corpus": ({"corpus": 5}, "corpus must be a Corpus, got 5; "),
    "kind": (
        {"name": "text-stream"},
        "split must have monologues to test with 'text-stream', got clips alone; use 'text', or another split",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_use_is_one_clear_line(case: str) -> None:
    changed, text = REFUSED[case]
    corpus = made.corpus()
    values = {"name": "majority", "corpus": corpus, "split": clip_folds(corpus)} | changed
    with pytest.raises(InvalidArgument, match=f"^{text}") as caught:
        predict_baseline(**values)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_texts_are_asked_of_clips_alone() -> None:
    corpus = made.corpus()
    with pytest.raises(
        InvalidArgument, match=r"^split must have clips to test with 'text', got monologues alone; use 'text-stream'"
    ):
        predict_baseline("text", corpus, film_folds(corpus))


def test_a_corpus_without_texts_is_refused() -> None:
    corpus = Corpus([made.clip(number, "Joy", text=" ") for number in range(4)])
    with pytest.raises(
        InvalidArgument, match=r"in which none has both; give another layer, or read a corpus with texts$"
    ):
        predict_baseline("text", corpus, folds(corpus, k=2, seed=1))


def test_splits_of_other_items_are_refused() -> None:
    corpus = made.corpus()
    of = clip_folds(corpus)
    fewer = corpus.with_items(list(corpus.clips)[:-2])
    with pytest.raises(
        InvalidArgument, match=r"^split must be of items of the corpus, got 2 of 40 keys that it lacks, such as"
    ):
        predict_baseline("majority", fewer, of)


@pytest.mark.parametrize(("train", "test"), [(("own/000",), ()), ((), ("own/000",))])
def test_sides_without_items_are_refused(train: tuple[str, ...], test: tuple[str, ...]) -> None:
    side = "test" if train else "train"
    of = Split(train, test, None, 0.5, (), (), "", {})
    with pytest.raises(
        InvalidArgument, match=f"^split must have items in train and in test, got none in {side}; divide again$"
    ):
        predict_baseline("majority", made.corpus(), of)


def test_one_fold_alone_is_refused() -> None:
    corpus = made.corpus()
    of = Folds((tuple(sorted(corpus.clips.keys())),), ("0",), "folds", 1, (), (), "")
    with pytest.raises(InvalidArgument, match=r"^split must have two folds or more, got 1; make more folds$"):
        predict_baseline("majority", corpus, of)


def test_decisions_on_spans_of_clips_and_several_labels_are_no_label() -> None:
    several = Decision(item="own/000", layer="basic7", labels=("Joy", "Fear"), scores={})
    items: list[Clip] = [
        replace(made.clip(0, "Joy"), decisions={"basic7": several}),
        made.clip(1, "Anger"),
        made.clip(2, "Fear"),
    ]
    of = Split(("own/000", "own/001"), ("own/002",), None, 0.3, (), (), "", {})
    (row,) = predict_baseline("majority", Corpus(items), of)
    assert (row.label, row.confidence) == ("Anger", 1)
