"""`decide` on clips: methods, recipes, batches, what stays of decisions before, and findings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from decide_help import LABELS, clip, clips_of, codes, corpus_of, corpus_of_sets, decisions, labels, monologue, vote

from emos_io.annotation import Event, EventLog, dawid_skene, decide, one_coin, with_events
from emos_io.annotation.deciding import Batches, Method
from emos_io.corpus import Clip, Corpus, Decision, Taxonomy, Vote

ROWS: list[list[int]] = [[3, 3, 3], [3, 2, 3], [2, 2, 2], [2, 2, 5], [5, 5, 5], [5, 3, 5], [3, 3, 2], [5, 5, 2]]
OVERRULED: list[list[int]] = [[2, 1, 2], [1, 1, 1], [1, 1, 2], [2, 1, 1], [1, 2, 1]]
"""After 50 steps of Dawid-Skene the unanimous second row is of class 2, at .914."""
PUBLISHED = 1e-12
"""The published numbers are doubles; 50 EM steps in another order of additions move them by about 1e-14."""


class TestMethods:
    def test_majority_takes_the_most_frequent_label_and_ties_go_by_the_taxonomy(self) -> None:
        decided = decide(corpus_of([[3, 3, 2], [5, 2, None], [6, 6, 6]]), method="majority")
        assert labels(decided) == {"own/000": "Joy", "own/001": "Fear", "own/002": "Surprise"}
        assert [each.confidence for each in decisions(decided).values()] == [2 / 3, 1 / 2, 1.0]
        assert [each.confidence_tier for each in decisions(decided).values()] == ["low", "low", "high"]

    def test_ties_may_be_left_open_or_refused(self) -> None:
        corpus = corpus_of([[5, 2, None], [6, 6, 6]])
        decided = decide(corpus, method="majority", ties="none")
        assert labels(decided) == {"own/001": "Surprise"} and codes(decided) == {"tied_votes": 1}

    def test_soft_scores_are_the_shares(self) -> None:
        assert decisions(decide(corpus_of([[3, 3, 2], [1, 1, 1]]), method="soft"))["own/000"].scores == {
            "Fear": 1 / 3,
            "Joy": 2 / 3,
        }

    @pytest.mark.parametrize("method", ["dawid_skene", "one_coin"])
    def test_em_is_the_function_on_the_matrix_of_votes(self, method: Method) -> None:
        decided = decisions(
            decide(corpus_of(ROWS), method=method, max_iter=7, tol=1e-9, init="majority", smoothing=0.5)
        )
        function = dawid_skene if method == "dawid_skene" else one_coin
        expected = function(ROWS, 7, max_iterations=7, tolerance=1e-9, init="majority", smoothing=0.5)
        for row, each in enumerate(decided.values()):
            assert [each.scores.get(label, 0.0) for label in LABELS] == expected.probabilities[row].tolist()
            assert each.label == LABELS[expected.labels[row]] and each.confidence == expected.confidence[row]
            assert (each.recipe["iterations"], each.recipe["converged"]) == (expected.iterations, expected.converged)

    def test_weights_of_raters_count(self) -> None:
        corpus = corpus_of([[3, 3, 2], [1, 1, 1]])
        assert labels(decide(corpus, method="majority", rater_weights={"eve": 3}))["own/000"] == "Fear"
        without = decide(corpus, method="majority", rater_weights={"ann": 0})
        assert decisions(without)["own/000"].scores == {"Fear": 0.5, "Joy": 0.5}
        assert decisions(without)["own/000"].recipe["raters"] == '["bob","eve"]'

    def test_the_corpus_that_was_given_stays_as_it_is(self) -> None:
        corpus = corpus_of(ROWS)
        decided = decide(corpus)
        assert type(decided) is Corpus and decisions(corpus) == {} and not corpus.findings
        assert [each.votes for each in decided.clips] == [each.votes for each in corpus.clips]

    def test_a_taxonomy_of_the_corpus_is_a_layer(self) -> None:
        moods = Taxonomy("moods", "3", "My own moods", ("up", "down"))
        own = [clip(str(n), [vote(str(n), rater, "down", layer="moods") for rater in ("ann", "bob")]) for n in range(2)]
        decided = decide(Corpus(own, taxonomies=[moods]), "moods")
        assert labels(decided, "moods") == {"0": "down", "1": "down"}
        recipe = decisions(decided, "moods")["0"].recipe
        assert (recipe["taxonomy"], recipe["taxonomy_version"]) == ("moods", "3")
        assert recipe["taxonomy_sha256"] == moods.sha256


class TestRecipe:
    def test_it_has_every_option_as_a_scalar(self) -> None:
        recipe = decisions(decide(corpus_of(ROWS), tol=0.001, prior=[1 / 7] * 7, min_votes=2))["own/000"].recipe
        assert dict(recipe) == {
            "method": "dawid_skene",
            "taxonomy": "basic7",
            "taxonomy_version": recipe["taxonomy_version"],
            "batch": "panel 1",
            "raters": '["ann","bob","eve"]',
            "rows": 8,
            "rows_of": "clips",
            "init": "vote_fraction",
            "max_iterations": 50,
            "tolerance": 0.001,
            "smoothing": 0.0,
            "prior": json.dumps([1 / 7] * 7, separators=(",", ":")),
            "high": 0.9,
            "medium": 0.8,
            "min_votes": 2,
            "iterations": recipe["iterations"],
            "converged": True,
        }
        assert all(isinstance(value, str | int | float | bool | None) for value in recipe.values())

    def test_it_has_the_digest_of_the_keys_that_were_fitted(self) -> None:
        keys = ["own/004", "own/001", "own/000", "own/002"]
        recipe = decisions(decide(corpus_of(ROWS), fit_on=keys, smoothing=0.1))["own/007"].recipe
        assert recipe["fit_on_sha256"] == hashlib.sha256(b'["own/000","own/001","own/002","own/004"]').hexdigest()
        assert recipe["rows"] == 4

    def test_it_says_how_sets_are_decided(self) -> None:
        decided = decide(corpus_of_sets([[["joy"], ["joy", "love"]]]), "goemotions", method="majority", threshold=0.4)
        recipe = decisions(decided, "goemotions")["own/000"].recipe
        assert (recipe["method"], recipe["threshold"], recipe["abstain"]) == ("majority", 0.4, "leave_out")
        assert "high" not in recipe and "ties" not in recipe


class TestBatches:
    TWO = (*clips_of(ROWS, ("ann", "bob", "eve")), *clips_of(ROWS[::-1], ("joe", "kim", "zoe"), first=8))

    def test_panels_are_fitted_apart(self) -> None:
        together, first, second = (decide(Corpus(each)) for each in (self.TWO, self.TWO[:8], self.TWO[8:]))
        assert {key: dict(each.scores) for key, each in decisions(together).items()} == {
            key: dict(each.scores) for part in (first, second) for key, each in decisions(part).items()
        }
        batches = {(each.recipe["batch"], each.recipe["raters"]) for each in decisions(together).values()}
        assert batches == {("panel 1", '["ann","bob","eve"]'), ("panel 2", '["joe","kim","zoe"]')}

    def test_disjoint_panels_that_are_fitted_together_are_a_finding(self) -> None:
        decided = decide(Corpus(self.TWO), batch="all")
        assert codes(decided) == {"disjoint_panels": 1}
        assert "2 panels are fitted together that share no clip: ann, bob, eve and joe, kim, zoe" in str(
            decided.findings[0]
        )
        assert {each.recipe["batch"] for each in decisions(decided).values()} == {"all"}
        assert codes(decide(Corpus(self.TWO), batch="all", method="majority")) == {}

    def test_batches_may_be_named(self) -> None:
        names = {each.key: "early" if number < 4 else "late" for number, each in enumerate(self.TWO[:8])}
        decided = decisions(decide(Corpus(self.TWO[:8]), batch=names))
        early = decisions(decide(Corpus(self.TWO[:4])))
        assert all(decided[key].scores == each.scores for key, each in early.items())
        assert {each.recipe["batch"] for each in decided.values()} == {"early", "late"}

    def test_an_abstention_links_no_panels(self) -> None:
        linked = replace(self.TWO[0], votes=(*self.TWO[0].votes, vote(self.TWO[0].key, "joe")))
        assert decisions(decide(Corpus([linked, *self.TWO[1:]]))) == decisions(decide(Corpus(self.TWO)))

    def test_a_stray_vote_links_no_panels(self) -> None:
        rows = [ROWS[number % 8] for number in range(101)]
        panels = [*clips_of(rows, ("ann", "bob", "eve")), *clips_of(rows[::-1], ("joe", "kim", "zoe"), first=101)]
        stray = replace(panels[0], votes=(*panels[0].votes, vote(panels[0].key, "joe", "Anger")))
        decided = decide(Corpus([stray, *panels[1:]]))
        assert decisions(decided) == decisions(decide(Corpus(panels))) and codes(decided) == {"stray_votes": 1}
        together = decide(Corpus([stray, *panels[1:]]), batch="all")
        assert decisions(together) != decisions(decide(Corpus(panels), batch="all"))
        assert codes(together) == {"disjoint_panels": 1} and "that share hardly any clip:" in together.findings[0].what


class TestFindings:
    def test_a_unanimous_item_that_em_overrules(self) -> None:
        decided = decide(corpus_of(OVERRULED), method="dawid_skene", max_iter=50, tol=0, batch="panel")
        second = decisions(decided)["own/001"]
        assert second.label == LABELS[2] and round(second.confidence or 0, 3) == 0.914
        assert codes(decided) == {"unanimous_overruled": 1} and decided.findings[0].where == "own/001"
        assert codes(decide(corpus_of(OVERRULED), method="majority")) == {}

    def test_a_label_that_nobody_gave_is_judged_by_its_confidence(self) -> None:
        decided = decide(corpus_of(OVERRULED), high=0.95, medium=0.9)
        assert decisions(decided)["own/001"].confidence_tier == "medium"

    def test_a_decision_on_one_vote_is_of_tier_low(self) -> None:
        decided = decide(corpus_of([[3, None, None], [3, 3, 3], [2, 2, 2]]), method="majority")
        assert decisions(decided)["own/000"].confidence_tier == "low"
        assert codes(decided) == {"single_votes": 1} and decided.findings[0].where == "own/000"

    def test_too_few_votes_are_no_decision(self) -> None:
        decided = decide(corpus_of([[3, None, None], [3, 3, 3], [2, 2, None]]), min_votes=2)
        assert set(labels(decided)) == {"own/001", "own/002"} and codes(decided) == {"too_few_votes": 1}

    def test_votes_that_nobody_can_use_are_not_counted(self) -> None:
        bad = [
            vote("own/000", "ann", "Joy", "Fear"),
            replace(vote("own/000", "bob"), abstain=False, open_labels=("glee",)),
            vote("own/000", "", "Anger"),
            vote("own/000", "eve", "Joy"),
        ]
        decided = decide(Corpus([clip("own/000", bad), *clips_of(ROWS)[1:]]), method="majority")
        assert decisions(decided)["own/000"].scores == {"Joy": 1.0}
        assert codes(decided) == {"nameless_votes": 1, "single_votes": 1, "unusable_votes": 1}
        assert next(each.what for each in decided.findings if each.code == "unusable_votes").startswith("2 votes")

    def test_an_item_without_any_vote_that_counts_is_a_finding(self) -> None:
        decided = decide(Corpus([clip("x", [vote("x", "ann")]), clip("y", [vote("y", "", "Joy")]), *clips_of(ROWS)]))
        assert set(labels(decided)) == {each.key for each in clips_of(ROWS)}
        assert codes(decided) == {"nameless_votes": 1, "too_few_votes": 2}


class TestBefore:
    OLD = Decision(item="own/000", layer="basic7", labels=("Fear",), scores={"Fear": 0.6}, recipe={"method": "mine"})

    def with_decision(self, decision: Decision) -> Corpus:
        first, *rest = clips_of(ROWS)
        other = Decision(item=first.key, layer="other", labels=("x",), scores={})
        return Corpus([replace(first, decisions={"basic7": decision, "other": other}), *rest])

    def test_a_new_decision_replaces_the_old_one(self) -> None:
        first = decide(self.with_decision(self.OLD)).clips[0]
        assert first.replaced == (self.OLD,) and first.decision is not None and first.decision.label == "Joy"
        assert list(first.decisions) == ["basic7", "other"]

    def test_deciding_twice_changes_nothing(self) -> None:
        once = decide(self.with_decision(self.OLD))
        twice = decide(once)
        assert list(twice.clips) == list(once.clips)
        again = decide(twice, method="majority").clips[0]
        assert again.replaced == (self.OLD, once.clips[0].decision)

    def test_where_nothing_is_decided_the_old_one_is_replaced_too(self) -> None:
        first = decide(self.with_decision(self.OLD), method="majority", min_votes=4).clips[0]
        assert first.decision is None and first.replaced == (self.OLD,)

    def test_an_item_without_votes_keeps_what_it_has(self) -> None:
        kept = Clip(key="z", source="own", language="en", decisions={"basic7": replace(self.OLD, item="z")})
        assert decide(Corpus([*clips_of(ROWS), kept])).clips["z"] == kept

    def test_an_adjudication_stays(self) -> None:
        adjudicated = replace(self.OLD, recipe={"method": "adjudication", "by": "boss"})
        decided = decide(self.with_decision(adjudicated))
        first = decided.clips[0]
        plain = decide(corpus_of(ROWS)).clips[0].decision
        assert first.decision == adjudicated and first.replaced == (plain,)
        assert codes(decided) == {"adjudication_kept": 1}
        assert decide(decided).clips[0] == first, "what was replaced last is not replaced again"

    def test_votes_decision_answer_and_decision_again_are_a_chain(self, tmp_path: Path) -> None:
        log = EventLog(tmp_path / "log.jsonl")
        log.add([Event(Vote(item="own/000", layer="basic7", rater="boss", labels=("Anger",), role="adjudicate"))])
        once = decide(corpus_of(ROWS), method="majority")
        answered = with_events(once, log)
        again = decide(answered, method="dawid_skene").clips[0]
        assert again.decision is not None and again.decision.label == "Anger"
        assert [each.recipe["method"] for each in again.replaced] == ["majority", "dawid_skene"]

    def test_answers_of_reviewers_are_no_votes(self) -> None:
        answer = replace(vote("own/000", "boss", "Anger"), role="adjudicate")
        first, *rest = clips_of(ROWS)
        with_answer = Corpus([replace(first, votes=(*first.votes, answer)), *rest])
        assert decisions(decide(with_answer)) == decisions(decide(Corpus([first, *rest])))


def test_names_with_commas_and_quotes_are_read_back_from_the_recipe() -> None:
    names = ("Li, Ann", 'b"o,b', "王, 芳")
    recipe = decisions(decide(corpus_of(ROWS, names)))["own/000"].recipe
    assert json.loads(str(recipe["raters"])) == sorted(names)


class TestFitOn:
    KEYS = tuple(f"own/{number:03}" for number in range(6))

    def test_the_others_are_decided_by_what_was_fitted(self) -> None:
        decided = decisions(decide(corpus_of(ROWS), fit_on=self.KEYS, smoothing=0.5))
        fit = dawid_skene(ROWS[:6], 7, smoothing=0.5)
        assert fit.confusion is not None and fit.prior is not None
        for row, votes in enumerate(ROWS):
            joint = fit.prior * np.prod([fit.confusion[rater, :, given] for rater, given in enumerate(votes)], axis=0)
            scores = [decided[f"own/{row:03}"].scores.get(label, 0.0) for label in LABELS]
            np.testing.assert_allclose(scores, joint / joint.sum(), rtol=0, atol=PUBLISHED)

    @pytest.mark.parametrize("batch", ["panel", "all"])
    @pytest.mark.parametrize("least", [1, 2, 3])
    def test_votes_of_raters_that_were_not_fitted_do_not_make_up_min_votes(self, batch: Batches, least: int) -> None:
        # Of three votes each, three, two, one and none are of raters that are fitted.
        more = [[1, 1, 1, None, None], [1, 1, None, 1, None], [1, None, None, 1, 1], [None, None, None, 1, 1]]
        decided = decide(corpus_of([*ROWS, *more]), fit_on=self.KEYS, smoothing=0.1, min_votes=least, batch=batch)
        others = {key for key in labels(decided) if key >= f"own/{len(ROWS):03}"}
        assert others == {f"own/{len(ROWS) + index:03}" for index, used in enumerate((3, 2, 1, 0)) if used >= least}
        few = [each.what for each in decided.findings if each.code == "too_few_votes"]
        assert bool(few) == (least > 1 or batch == "all")

    def test_raters_that_were_not_fitted_are_not_counted(self) -> None:
        more = [[None, None, None, 1, 1], [2, 2, None, 1, None]]
        decided = decide(corpus_of([*ROWS, *more]), fit_on=self.KEYS, smoothing=0.1)
        assert "own/008" not in labels(decided) and labels(decided)["own/009"] == "Fear"
        assert codes(decided) == {"unfitted_raters": 2}
        assert decisions(decided)["own/009"].recipe["raters"] == '["ann","bob","eve"]'

    def test_votes_that_nobody_gave_together_are_impossible(self) -> None:
        decided = decide(corpus_of([[3, 3, 3], [2, 2, 2], [3, 2, 3], [3, 5, 3]]), fit_on=["own/000", "own/001"])
        assert set(labels(decided)) == {"own/000", "own/001"} and codes(decided) == {"impossible_votes": 1}
        assert "on 2 clips" in str(decided.findings[0])
        smooth = decide(
            corpus_of([[3, 3, 3], [2, 2, 2], [3, 2, 3], [3, 5, 3]]), fit_on=["own/000", "own/001"], smoothing=1
        )
        assert len(labels(smooth)) == 4 and codes(smooth) == {}

    def test_sets_are_fitted_on_those_items_alone_too(self) -> None:
        sets = [[["joy"], ["joy"]], [["fear"], ["fear"]], [["joy", "fear"], ["joy"]], [["fear"], ["joy", "fear"]]]
        decided = decide(corpus_of_sets(sets), "goemotions", fit_on=[f"own/{n:03}" for n in range(3)], smoothing=0.1)
        changed = [*sets[:3], [["joy"], ["fear"]]]
        other = decide(corpus_of_sets(changed), "goemotions", fit_on=[f"own/{n:03}" for n in range(3)], smoothing=0.1)
        first, second = decisions(decided, "goemotions"), decisions(other, "goemotions")
        assert [first[key] == second[key] for key in first] == [True, True, True, False]


class TestSets:
    SETS = ([["joy", "love"], ["joy"], ["joy"]], [["fear"], ["fear", "joy"], []], [["love"], ["love"], ["love"]])

    def test_majority_needs_more_than_half(self) -> None:
        decided = decisions(decide(corpus_of_sets(self.SETS), "goemotions", method="majority"), "goemotions")
        assert [each.labels for each in decided.values()] == [("joy",), ("fear",), ("love",)]
        assert decided["own/000"].scores == {"joy": 1.0, "love": 1 / 3}
        assert (decided["own/000"].confidence, decided["own/000"].confidence_tier) == (None, None)

    def test_soft_takes_what_anybody_gave(self) -> None:
        decided = decisions(decide(corpus_of_sets(self.SETS), "goemotions", method="soft"), "goemotions")
        assert [each.labels for each in decided.values()] == [("joy", "love"), ("fear", "joy"), ("love",)]

    def test_an_abstention_is_no_vote_or_one_for_the_abstain_word(self) -> None:
        plain = decisions(decide(corpus_of_sets(self.SETS), "goemotions", method="soft"), "goemotions")["own/001"]
        assert plain.scores == {"fear": 1.0, "joy": 0.5}
        as_label = decide(corpus_of_sets(self.SETS), "goemotions", method="soft", abstain="label")
        second = decisions(as_label, "goemotions")["own/001"]
        assert second.scores == {"fear": 2 / 3, "joy": 1 / 3, "unsure": 1 / 3} and second.labels == ("fear", "joy")

    def test_nothing_above_the_threshold_is_an_empty_set(self) -> None:
        decided = decide(corpus_of_sets([[["joy"], ["fear"]], [["joy"], ["joy"]]]), "goemotions", method="majority")
        assert decisions(decided, "goemotions")["own/000"].labels == ()


def test_the_published_recipes_give_the_published_decisions(release: Corpus) -> None:
    decided = decide(release, recipe="emos")
    before, after = decisions(release), decisions(decided)
    assert len(after) == len(before) == 2_499 + 1_904 + 3_000 + 2_000
    assert all(after[key].label == each.label for key, each in before.items())
    assert all(after[key].confidence_tier == each.confidence_tier for key, each in before.items())
    assert all(each.replaced == (before[each.key],) for each in decided.clips)
    assert list(decided.monologues) == list(release.monologues)


def test_a_decided_corpus_is_saved_and_loaded(tmp_path: Path) -> None:
    spans = {rater: [(0, 4, "Joy"), (4, 9, "Fear")] for rater in ("ann", "bob")}
    corpus = Corpus(clips_of(ROWS), [monologue("m", spans)])
    decided = decide(decide(corpus, min_length="0.5"), method="majority")
    decided.save(tmp_path / "saved")
    loaded = Corpus.load(tmp_path / "saved")
    assert list(loaded) == list(decided) and list(loaded.findings) == list(decided.findings)


def test_panels_of_the_release_give_the_published_decisions(release: Corpus) -> None:
    chsims = release.with_items([each for each in release.clips if each.source == "chsims"], [])
    before = decisions(chsims)
    decided = decide(chsims, "basic7", method="dawid_skene", max_iter=50, tol=0, batch="panel")
    after = decisions(decided)
    assert len(after) == len(before) == 2_499 + 1_904
    assert all(after[key].label == each.label for key, each in before.items())
    assert all(after[key].confidence_tier == each.confidence_tier for key, each in before.items())
    apart = [abs((after[key].confidence or 0) - (each.confidence or 0)) for key, each in before.items()]
    assert max(apart) < PUBLISHED
    assert {(each.recipe["raters"], each.recipe["rows"]) for each in after.values()} == {
        ('["a1","a2","a3"]', 2_499),
        ('["cp","ljx","wqf"]', 1_904),
    }
    new = list(decided.findings)[len(chsims.findings) :]
    assert [each.code for each in new] == ["stray_votes"]
