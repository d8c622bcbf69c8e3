"""Baselines of texts: the model is scikit-learn's as it is written out here, and monologues are heard causally."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import Corpus, Monologue, Sentence, Split, folds, leave_one_out
from emos_io.evaluation import Prediction, TrainOn, predict_baseline, shipped_split
from emos_io.evaluation.baselines.text import labelled_sentences, questions_of
from emos_io.evaluation.baselines.text_model import TextModel
from oracle import baseline_corpora as made

ROUNDING = 1e-12
"""Of sums of a few floats near 1."""

HALF_OF_LAST_DECIMAL = 0.5e-6
"""Scores are rounded to six decimals."""
MOVED_BY_ORDER = 1e-5
"""How far docs/baselines.md allows a score to move with the order of texts, or beside another method that finds the optimum."""
TRAIN: tuple[TrainOn, ...] = ("clips", "streams")


def probabilities(
    texts: Sequence[str], labels: Sequence[str], asked: Sequence[str], solver: str = "newton-cg"
) -> tuple[list[str], np.ndarray]:
    """The model as docs/baselines.md states it, in one pipeline of scikit-learn."""
    text = pytest.importorskip("sklearn.feature_extraction.text", reason="scikit-learn is an oracle")
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline, make_union  # type: ignore[import-untyped]
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    model = make_pipeline(
        make_union(
            text.TfidfVectorizer(token_pattern=r"\w+|[^\w\s]", ngram_range=(1, 2), min_df=2, sublinear_tf=True),
            text.TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), min_df=2, sublinear_tf=True),
        ),
        LogisticRegression(C=10, solver=solver, tol=1e-8, max_iter=10_000),
    )
    with threadpool_limits(limits=1):
        model.fit(texts, labels)
    return list(model.classes_), model.predict_proba(asked)


def check_rows(rows: Sequence[Prediction], classes: Sequence[str], expected: np.ndarray) -> None:
    assert len(rows) == len(expected)
    for row, own in zip(rows, expected, strict=True):
        known = dict(zip(classes, own, strict=True))
        assert tuple(row.scores) == made.LABELS
        for label, score in row.scores.items():
            assert abs(score - known.get(label, 0)) <= HALF_OF_LAST_DECIMAL + 1e-12
        assert row.label == classes[int(np.argmax(own))]
        assert row.confidence == row.scores[row.label or ""]


def test_text_is_the_pipeline_on_chinese_clips_of_the_release(release: Corpus) -> None:
    clips = [clip for clip in release.clips if clip.language == "zh"]
    corpus = release.with_items(clips, ())
    keys = set(shipped_split("static").folds[0])
    train = [clip for clip in clips if clip.key not in keys]
    test = [clip for clip in clips if clip.key in keys]
    of = Split(tuple(sorted(clip.key for clip in train)), tuple(clip.key for clip in test), None, 0.2, (), (), "", {})
    found = predict_baseline("text", corpus, of)
    by_key = sorted(train, key=lambda clip: clip.key)
    labels = [clip.decisions["basic7"].label or "" for clip in by_key]
    classes, expected = probabilities([clip.text for clip in by_key], labels, [clip.text for clip in test])
    check_rows(found.rows, classes, expected)
    assert len(test) > 500


def test_neither_the_order_of_texts_nor_the_method_moves_a_score(release: Corpus) -> None:
    """On Chinese clips that the model learns from in two orders, and beside L-BFGS, a method of its own."""
    clips = [clip for clip in release.clips if clip.language == "zh" and clip.text.strip()][:400]
    texts, labels = [clip.text for clip in clips[:300]], [clip.decisions["basic7"].label or "" for clip in clips[:300]]
    asked = [clip.text for clip in clips[300:]]
    found = TextModel(texts, labels, made.LABELS).probabilities(asked)
    backwards = TextModel(texts[::-1], labels[::-1], made.LABELS).probabilities(asked)
    assert np.abs(found - backwards).max() < MOVED_BY_ORDER
    classes, expected = probabilities(texts, labels, asked, solver="lbfgs")
    assert np.abs(found[:, [made.LABELS.index(label) for label in classes]] - expected).max() < MOVED_BY_ORDER


@pytest.mark.parametrize("languages", ["each", "all"])
def test_text_is_the_pipeline_per_language_and_of_all(languages: str) -> None:
    corpus = Corpus(made.clips(60))
    of = folds(corpus, k=3, seed=2)
    rows = {row.key: row for row in predict_baseline("text", corpus, of, languages=languages)}  # type: ignore[arg-type]
    for each in of.splits():
        for language in ("en", "zh"):
            train = [
                corpus.clips[key] for key in each.train if languages == "all" or corpus.clips[key].language == language
            ]
            test = [corpus.clips[key] for key in each.test if corpus.clips[key].language == language]
            labels = [clip.decisions["basic7"].label or "" for clip in train]
            found = probabilities([clip.text for clip in train], labels, [clip.text for clip in test])
            check_rows([rows[clip.key] for clip in test], *found)


def test_clips_without_a_text_have_no_answer_and_teach_nothing() -> None:
    clips = [*made.clips(16), made.clip(16, "Surprise", text="  "), made.clip(17, "Joy", text="")]
    corpus = Corpus(clips)
    keys = tuple(clip.key for clip in clips)
    of = Split((*keys[:12], keys[16]), (*keys[12:16], keys[17]), None, 0.3, (), (), "", {})
    rows = list(predict_baseline("text", corpus, of, languages="all"))
    assert [row.error for row in rows] == ["", "", "", "", "there is no text"]
    assert {row.scores["Surprise"] for row in rows[:4]} == {0}


def test_a_single_label_of_train_is_predicted_with_certainty() -> None:
    model = TextModel(["a b", "c"], ["Joy", "Joy"], made.LABELS)
    assert model.probabilities(["d", "e"]).tolist() == [[0, 0, 0, 1, 0, 0, 0]] * 2
    assert model.probabilities([]).shape == (0, 7)


@pytest.mark.parametrize("texts", [["a", "b"], ["!", "?"], ["...", "—"], ["好", "不"], ["yes", "yes"]])
def test_texts_that_share_no_term_are_learned_too(texts: list[str]) -> None:
    found = TextModel(texts, ["Joy", "Fear"], made.LABELS).probabilities(texts)
    assert np.allclose(found.sum(axis=1), 1, atol=ROUNDING)
    if texts[0] != texts[1]:
        assert found.argmax(axis=1).tolist() == [3, 2]


def test_without_scikit_learn_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if name.split(".")[0] == "sklearn":
            raise ImportError(name)
        return real(name, globals, locals, fromlist or (), level)

    monkeypatch.setattr(builtins, "__import__", refuse)
    for name in [each for each in sys.modules if each.split(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    corpus = Corpus(made.clips())
    of = folds(corpus, k=2, seed=1)
    with pytest.raises(ImportError, match=r"^scikit-learn is not installed; pip install 'emos-io\[evaluation\]'$"):
        predict_baseline("text", corpus, of)
    assert len(predict_baseline("majority", corpus, of)) == len(predict_baseline("prior", corpus, of)) == 40


def test_decisions_of_the_release_cover_every_monologue_at_ends_of_sentences(release: Corpus) -> None:
    total = 0
    for monologue in release.monologues:
        asked = list(questions_of(monologue))
        spans = [each.span for each in asked]
        assert [each.available_at for each in asked] == [each.span.end for each in monologue.sentences]
        assert [each.text for each in asked] == [each.text for each in monologue.sentences]
        assert all(
            before is not None and after is not None and before.end == after.start for before, after in pairwise(spans)
        )
        assert (spans[0] or Span(1, 2)).start == 0
        assert (spans[-1] or Span(1, 2)).end == monologue.duration
        total += len(asked)
    assert total == 1694
    assert not any("TurboScribe" in each.text for monologue in release.monologues for each in questions_of(monologue))


def test_sentences_of_the_release_without_an_utterance_teach_nothing(release: Corpus) -> None:
    taxonomy = release.taxonomy("basic7")
    known = [each for monologue in release.monologues for each in labelled_sentences(monologue, taxonomy)]
    assert len(known) == 1694 - 126
    utterances = [
        sum(each.span.intersect(sentence.span) is not None for each in monologue.utterances)
        for monologue in release.monologues
        for sentence in monologue.sentences
    ]
    assert sum(number > 1 for number in utterances) == 69


def heard(labels: Sequence[tuple[int, int, str]], start: str, end: str) -> list[str]:
    found = labelled_sentences(made.monologue("m", labels, [(start, end, "hello")]), Corpus().taxonomy("basic7"))
    return [each.label for each in found]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("0", "3", ["Joy"]),
        ("3", "6", ["Joy"]),  # 2 s of Joy, 1 s of Fear
        ("4", "7", ["Fear"]),
        ("4", "6", ["Joy"]),  # as long: the earlier
        ("7", "9.5", []),  # most of it is in no utterance
        ("6", "8.5", ["Fear"]),  # its middle is in one
        ("9", "10", []),
        ("11", "14", ["Fear"]),  # Fear twice is 2 s, Anger 1 s
    ],
)
def test_a_sentence_in_two_utterances_goes_by_overlap(start: str, end: str, expected: list[str]) -> None:
    labels = [(0, 5, "Joy"), (5, 8, "Fear"), (11, 12, "Fear"), (12, 13, "Anger"), (13, 14, "Fear")]
    assert heard(labels, start, end) == expected


def test_where_overlapping_utterances_differ_there_is_no_label() -> None:
    labels = [(0, 6, "Joy"), (4, 10, "Fear")]
    assert heard(labels, "4", "6") == []
    assert heard(labels, "4", "7") == ["Fear"]
    assert heard([(0, 6, "Joy"), (4, 10, "Joy")], "4", "6") == ["Joy"]


def asked(
    sentences: Sequence[tuple[str, str, str]], duration: str = "10"
) -> list[tuple[Span | None, str, Fraction | None]]:
    monologue = made.monologue("m", [(0, 5, "Joy")], sentences, duration=duration)
    return [(each.span, each.text, each.available_at) for each in questions_of(monologue)]


def test_a_decision_is_about_the_time_since_the_one_before() -> None:
    assert asked([("1", "2", "one"), ("4", "5.5", "two"), ("6", "9", "three")]) == [
        (Span(0, 2), "one", Fraction(2)),
        (Span(2, "5.5"), "two", Fraction("5.5")),
        (Span("5.5", 10), "three", Fraction(9)),
    ]


def test_sentences_out_of_order_or_at_one_end_or_past_the_end_are_put_in_order() -> None:
    assert asked([("4", "5", "b"), ("1", "2", "a"), ("3", "5", "and"), ("8", "12", "last"), ("9", "11", "words")]) == [
        (Span(0, 2), "a", Fraction(2)),
        (Span(2, 5), "and b", Fraction(5)),
        (Span(5, 10), "words last", Fraction(10)),
    ]
    assert asked([("1", "2", "a"), ("3", "4", " "), ("10", "11", "after the end")]) == [(Span(0, 10), "a", Fraction(2))]


def test_a_monologue_without_sentences_has_no_answer() -> None:
    assert asked([]) == [(Span(0, 10), "", Fraction(10))]
    silent = made.monologue("d", [(0, 5, "Joy")], [])
    corpus = Corpus(made.clips(), [*made.monologues(), silent])
    found = predict_baseline("text-stream", corpus, leave_one_out(corpus.with_items(clips=()), "film"))
    (row,) = [row for row in found if row.key == "own/d"]
    assert (row.label, row.error, row.span, row.available_at) == (None, "there is no text", Span(0, 20), Fraction(20))


def streams(corpus: Corpus, train: TrainOn) -> dict[str, list[Prediction]]:
    rows: dict[str, list[Prediction]] = {}
    of = leave_one_out(corpus.with_items(clips=()), "film")
    for row in predict_baseline("text-stream", corpus, of, train=train):
        rows.setdefault(row.key, []).append(row)
    return rows


@pytest.mark.parametrize("train", TRAIN)
def test_what_comes_later_changes_no_decision(train: TrainOn) -> None:
    corpus = made.corpus()
    before = streams(corpus, train)["own/a"]
    first, *others = corpus.monologues
    later = tuple(replace(each, text="it is on the table") if each.index > 1 else each for each in first.sentences)
    after = streams(corpus.with_items(monologues=[replace(first, sentences=later), *others]), train)["own/a"]
    assert after[0] == before[0]
    assert [row.scores for row in after[1:]] != [row.scores for row in before[1:]]


@pytest.mark.parametrize("train", TRAIN)
def test_utterances_of_a_monologue_are_never_read_for_it(train: TrainOn) -> None:
    corpus = made.corpus()
    before = streams(corpus, train)["own/b"]
    monologues = list(corpus.monologues)
    monologues[1] = replace(monologues[1], utterances=(), trend=None)
    assert streams(corpus.with_items(monologues=monologues), train)["own/b"] == before


def test_streams_learn_from_clips_of_the_train_side_or_of_all() -> None:
    corpus = made.corpus()
    clips = list(corpus.clips)
    alone = streams(corpus, "clips")["own/a"]
    english = [clip for clip in clips if clip.language == "en"]
    labels = [clip.decisions["basic7"].label or "" for clip in english]
    texts = [each.text for each in corpus.monologues[0].sentences]
    check_rows(alone, *probabilities([clip.text for clip in english], labels, texts))
    half = tuple(sorted(clip.key for clip in clips[:20]))
    rest = tuple(sorted(clip.key for clip in clips[20:]))
    of = Split((*half, "own/b"), (*rest, "own/a"), None, 0.5, (), (), "", {})
    rows = list(predict_baseline("text-stream", corpus, of))
    assert {row.key for row in rows} == {"own/a"}
    english = [clip for clip in clips[:20] if clip.language == "en"]
    labels = [clip.decisions["basic7"].label or "" for clip in english]
    check_rows(rows, *probabilities([clip.text for clip in english], labels, texts))


def test_models_of_the_same_clips_are_fitted_once() -> None:
    calls: list[tuple[int, int]] = []
    corpus = made.corpus()
    of = leave_one_out(corpus.with_items(clips=()), "film")
    predict_baseline("text-stream", corpus, of, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(0, 1), (1, 1)]
    predict_baseline("text-stream", corpus, of, train="streams", progress=lambda *each: calls.append(each))
    assert calls[2:] == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_answers_do_not_depend_on_the_order_in_which_a_split_or_a_corpus_lists_items() -> None:
    corpus = made.corpus()
    backwards = corpus.with_items(list(corpus.clips)[::-1], list(corpus.monologues)[::-1])
    films = leave_one_out(corpus.with_items(clips=()), "film")
    keys = tuple(sorted(corpus.clips.keys()))
    of = Split(keys[:30], keys[30:], None, 0.25, (), (), "", {})
    for name, split in (("text", of), ("text-stream", films)):
        reversed_split = replace(of, train=of.train[::-1]) if name == "text" else films
        for train in TRAIN if name == "text-stream" else (None,):
            found = predict_baseline(name, corpus, split, train=train)  # type: ignore[arg-type]
            again = predict_baseline(name, backwards, reversed_split, train=train)  # type: ignore[arg-type]
            assert again.rows == found.rows


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=12),
    st.integers(1, 60),
)
def test_decisions_cover_any_monologue_without_overlap(sentences: list[tuple[int, int]], quarters: int) -> None:
    duration = Fraction(quarters, 4)
    monologue = Monologue(
        key="own/m",
        name="m",
        title="m",
        language="en",
        duration=duration,
        sentences=tuple(
            Sentence(index=index, span=Span(Fraction(start, 4), Fraction(start + length, 4)), text=f"word {index}")
            for index, (start, length) in enumerate(sentences)
        ),
    )
    rows = list(questions_of(monologue))
    edges = [time for row in rows if row.span is not None for time in (row.span.start, row.span.end)]
    assert edges[0] == 0
    assert edges[-1] == duration
    assert edges[1:-1:2] == edges[2::2]
    known_at = [row.available_at for row in rows if row.available_at is not None]
    assert len(known_at) == len(rows)
    assert all(before < after for before, after in pairwise(known_at))
    for row in rows:
        known_by_then = [each.text for each in monologue.sentences if each.span.end <= (row.available_at or 0)]
        cut = [each.text for each in monologue.sentences if each.span.end > duration]
        assert set(" ".join(known_by_then + cut).split()) >= set(row.text.split())
