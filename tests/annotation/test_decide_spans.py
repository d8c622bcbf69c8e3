"""`decide` on monologues: spans are cut where a rater changes, decided by seconds, joined, and become utterances."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from decide_help import LABELS, RATERS, clips_of, codes, monologue, timed, vote
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io.annotation import dawid_skene, decide
from emos_io.annotation.deciding import Method
from emos_io.corpus import Corpus, Decision, Monologue, Taxonomy, Utterance, Vote
from emos_io.plan import WindowPlan
from emos_io.spans import Span

PROPERTY = settings(deadline=None, max_examples=25)
"""Property tests run on a busy machine, so none has a deadline."""
THREE = {
    "ann": [(0, 10, "Joy"), (10, 15, "Fear")],
    "bob": [(0, 6, "Joy"), (8, 15, "Fear")],
    "eve": [(0, 9, "Joy"), (9, 15, "Fear")],
}


def decided_one(item: Monologue, method: Method = "majority", **options: Fraction | int | None) -> Monologue:
    return decide(Corpus([], [item]), method=method, min_length=options.get("min_length")).monologues[0]


class TestDecisions:
    def test_parts_are_decided_by_themselves_and_equal_neighbours_are_joined(self) -> None:
        item = decided_one(monologue("m", THREE))
        assert timed(item) == [(0, 9, ("Joy",)), (9, 15, ("Fear",))]
        # Joy: 6 s of all three, 2 s of two who agree, 1 s of two of three.
        assert item.decisions[0].confidence == pytest.approx((6 + 2 + 2 / 3) / 9, abs=1e-15)
        assert item.decisions[0].scores == pytest.approx({"Joy": 26 / 27, "Fear": 1 / 27}, abs=1e-15)
        assert item.decisions[0].confidence_tier == "high"

    def test_the_tier_is_that_of_most_seconds_and_the_lower_of_equal_ones(self) -> None:
        half = {"ann": [(0, 4, "Joy")], "bob": [(0, 2, "Joy")]}
        assert decided_one(monologue("m", half)).decisions[0].confidence_tier == "low"
        most = {"ann": [(0, 5, "Joy")], "bob": [(0, 3, "Joy")]}
        assert decided_one(monologue("m", most)).decisions[0].confidence_tier == "high"

    def test_a_gap_is_not_joined_over(self) -> None:
        spans = {"ann": [(0, 4, "Joy"), (5, 8, "Joy")], "bob": [(0, 4, "Joy"), (5, 8, "Joy")]}
        assert timed(decided_one(monologue("m", spans))) == [(0, 4, ("Joy",)), (5, 8, ("Joy",))]

    def test_batches_are_not_joined(self) -> None:
        spans = {"ann": [(0, 4, "Joy")], "bob": [(0, 4, "Joy")], "joe": [(4, 8, "Joy")], "kim": [(4, 8, "Joy")]}
        decided = decide(Corpus([], [monologue("m", spans)])).monologues[0]
        assert timed(decided) == [(0, 4, ("Joy",)), (4, 8, ("Joy",))]
        assert [each.recipe["batch"] for each in decided.decisions] == ["panel 1", "panel 2"]

    def test_em_weighs_parts_by_their_seconds(self) -> None:
        """The same votes on clips of one second each are the independent authority."""
        spans = {
            "ann": [(0, 4, "Joy"), (4, 9, "Fear"), (9, 14, "Sadness")],
            "bob": [(0, 5, "Joy"), (5, 9, "Fear"), (9, 14, "Joy")],
            "eve": [(0, 4, "Joy"), (4, 10, "Fear"), (10, 14, "Sadness")],
        }
        item = monologue("m", spans)
        seconds = [
            [LABELS.index(next(name for a, b, name in own if a <= at < b)) for own in spans.values()]
            for at in range(14)
        ]
        fit = dawid_skene(seconds, 7, max_iterations=5, smoothing=0.25)
        decided = decide(Corpus([], [item]), max_iter=5, smoothing=0.25).monologues[0]
        expected = [LABELS[label] for label in fit.labels]
        found = decided.labels("basic7").at([Fraction(2 * at + 1, 2) for at in range(14)])
        assert found == expected
        at_zero = decided.decisions[0]
        rows = [row for row in range(14) if at_zero.span and row in at_zero.span]
        mean = sum(fit.probabilities[row][LABELS.index(at_zero.labels[0])] for row in rows) / len(rows)
        assert at_zero.confidence == pytest.approx(mean, abs=1e-12)

    def test_clips_and_monologues_are_batches_of_their_own(self) -> None:
        both = Corpus(clips_of([[3, 3, 3], [2, 2, 3]], ("ann", "bob", "eve")), [monologue("m", THREE)])
        decided = decide(both)
        alone = decide(Corpus(both.clips)), decide(Corpus([], both.monologues))
        assert list(decided.clips) == list(alone[0].clips)
        assert decided.monologues[0].decisions[0].scores == alone[1].monologues[0].decisions[0].scores
        assert [each.recipe["batch"] for each in decided.monologues[0].decisions] == ["panel 2"] * 2
        assert {each.recipe["rows_of"] for each in decided.monologues[0].decisions} == {"spans"}

    def test_votes_on_all_of_a_monologue_have_its_span(self) -> None:
        votes = tuple(vote("m", rater, "Joy") for rater in ("ann", "bob"))
        assert timed(decided_one(replace(monologue("m", {}), votes=votes))) == [(0, 100, ("Joy",))]

    def test_short_decisions_are_left_out_and_counted(self) -> None:
        spans = {
            "ann": [(0, 4, "Joy"), (4, 5, "Fear"), (5, 9, "Joy")],
            "bob": [(0, 4, "Joy"), (4, 5, "Fear"), (5, 9, "Joy")],
        }
        decided = decide(Corpus([], [monologue("m", spans)]), method="majority", min_length=2)
        assert timed(decided.monologues[0]) == [(0, 4, ("Joy",)), (5, 9, ("Joy",))]
        assert codes(decided) == {"short_spans": 1} and "1 decided in basic7 in less than 2 s, 1 s in all" in str(
            decided.findings[0]
        )
        assert timed(decided_one(monologue("m", spans), min_length=1)) == timed(decided_one(monologue("m", spans)))
        assert decided.monologues[0].decisions[0].recipe["min_length"] == "2"

    def test_sets_are_joined_where_they_are_equal(self) -> None:
        spans = {"ann": [(0, 4, "joy"), (2, 8, "love")], "bob": [(0, 8, "love")], "eve": [(0, 8, "love")]}
        decided = decide(Corpus([], [monologue("m", spans, layer="goemotions")]), "goemotions", method="majority")
        assert timed(decided.monologues[0], "goemotions") == [(0, 8, ("love",))]
        soft = decide(Corpus([], [monologue("m", spans, layer="goemotions")]), "goemotions", method="soft")
        assert timed(soft.monologues[0], "goemotions") == [(0, 4, ("joy", "love")), (4, 8, ("love",))]


class TestBefore:
    def test_new_decisions_replace_the_old_ones_of_the_layer(self) -> None:
        def old(layer: str, start: int) -> Decision:
            return Decision(item="m", layer=layer, labels=("x",), scores={}, span=Span(start, start + 5))

        before = (old("basic7", 0), old("basic7", 5), old("zeal", 0))
        item = decided_one(replace(monologue("m", THREE), decisions=before))
        assert item.replaced == before[:2] and [each.layer for each in item.decisions] == ["basic7", "basic7", "zeal"]
        assert decided_one(item) == item, "deciding twice changes nothing"

    def test_labels_that_no_decision_made_are_kept_as_replaced(self) -> None:
        before = Utterance(
            index=0, span=Span(0, 9), labels={"basic7": ("Anger",), "goemotions": ("joy",)}, confidence=0.7
        )
        item = decided_one(replace(monologue("m", THREE), utterances=(before,)))
        assert [(each.label, each.span, each.confidence, dict(each.recipe)) for each in item.replaced] == [
            ("Anger", Span(0, 9), 0.7, {"method": "utterance"})
        ]
        assert decided_one(item) == item

    def test_new_decisions_are_cut_around_an_adjudicated_one(self) -> None:
        adjudicated = Decision(
            item="m",
            layer="basic7",
            labels=("Anger",),
            scores={"Anger": 1.0},
            recipe={"method": "adjudication"},
            span=Span(4, 11),
        )
        decided = decide(Corpus([], [replace(monologue("m", THREE), decisions=(adjudicated,))]), method="majority")
        item = decided.monologues[0]
        assert timed(item) == [(0, 4, ("Joy",)), (4, 11, ("Anger",)), (11, 15, ("Fear",))]
        assert [(each.span, each.label) for each in item.replaced] == [(Span(4, 9), "Joy"), (Span(9, 11), "Fear")]
        assert codes(decided) == {"adjudication_kept": 1}
        assert item.labels("basic7").at([1, 4, 10, 11]) == ["Joy", "Anger", "Anger", "Fear"]
        assert decide(decided, method="majority").monologues[0] == item

    def test_monologues_without_votes_stay(self) -> None:
        other = Utterance(index=0, span=Span(0, 9), labels={"basic7": ("Joy",)})
        plain = replace(monologue("n", {}), utterances=(other,))
        assert decide(Corpus([], [monologue("m", THREE), plain]), method="majority").monologues["n"] == plain


class TestUtterances:
    def utterances(self, *before: Utterance) -> tuple[Utterance, ...]:
        return decided_one(replace(monologue("m", THREE), utterances=before)).utterances

    def test_they_are_made_of_decisions(self) -> None:
        made = self.utterances()
        assert [(each.index, each.span, each.basic7) for each in made] == [
            (0, Span(0, 9), "Joy"),
            (1, Span(9, 15), "Fear"),
        ]
        assert made[0].confidence == pytest.approx(26 / 27)

    def test_one_with_the_span_of_a_decision_keeps_everything_else(self) -> None:
        before = Utterance(
            index=0,
            span=Span(0, 9),
            labels={"basic7": ("Anger",), "goemotions": ("joy",)},
            text={"en": "Hi."},
            speaker="x",
            confidence=0.5,
        )
        first = self.utterances(before)[0]
        assert first == replace(before, labels={"basic7": ("Joy",), "goemotions": ("joy",)}, confidence=0.5)

    def test_other_layers_texts_and_notes_are_kept(self) -> None:
        before = (
            Utterance(index=0, span=Span(0, 7), labels={"goemotions": ("joy",), "basic7": ("Joy",)}),
            Utterance(index=1, span=Span(1, 8), labels={"basic7": ("Joy",)}, text={"en": "Hi."}),
            Utterance(index=2, span=Span(2, 8), labels={"basic7": ("Joy",)}, intensity=3),
            Utterance(index=3, span=Span(3, 8), labels={"basic7": ("Joy",)}, note="loud"),
            Utterance(index=4, span=Span(4, 8), labels={"basic7": ("Joy",)}, open_labels=("glee",)),
            Utterance(index=5, span=Span(5, 8), labels={"basic7": ("Joy",)}, confidence=0.7),
        )
        made = self.utterances(*before)
        kept = [each for each in made if each.span not in (Span(0, 9), Span(9, 15))]
        assert [each.span for each in kept] == [each.span for each in before[:5]]
        assert [dict(each.labels) for each in kept] == [{"goemotions": ("joy",)}, {}, {}, {}, {}]
        assert [each.index for each in made] == list(range(len(made)))
        assert [each.span for each in made] == sorted(each.span for each in made)

    def test_speakers_are_kept(self) -> None:
        before = (
            Utterance(index=0, span=Span(0, 8), labels={"basic7": ("Joy",)}, speaker="x"),
            Utterance(index=1, span=Span(8, 12), labels={"basic7": ("Joy",)}, speaker="y"),
            Utterance(index=2, span=Span(12, 15), labels={"basic7": ("Fear",)}, speaker="y"),
            Utterance(index=3, span=Span(20, 30), labels={"basic7": ("Fear",)}, speaker="z"),
        )
        made = self.utterances(*before)
        assert [(each.span, each.speaker, each.basic7) for each in made] == [
            (Span(0, 8), "x", None),
            (Span(0, 9), None, "Joy"),
            (Span(8, 12), "y", None),
            (Span(9, 15), "y", "Fear"),
            (Span(20, 30), "z", None),
        ]

    def test_an_empty_set_makes_none(self) -> None:
        spans = {"ann": [(0, 4, "joy")], "bob": [(0, 4, "love")]}
        item = decide(
            Corpus([], [monologue("m", spans, layer="goemotions")]), "goemotions", method="majority"
        ).monologues[0]
        assert [each.labels for each in item.decisions] == [()] and item.utterances == ()

    def test_a_layer_of_the_corpus_that_takes_one_label_is_known_to_the_timeline(self) -> None:
        moods = Taxonomy("moods", "1", "Moods", ("up", "down"))
        spans = {rater: [(0, 4, "up"), (4, 9, "down")] for rater in ("ann", "bob")}
        item = decide(Corpus([], [monologue("m", spans, layer="moods")], taxonomies=[moods]), "moods").monologues[0]
        assert item.single_layers == ("moods",) and item.labels("moods").at([1, 5]) == ["up", "down"]

    def test_windows_and_plans_have_their_labels(self) -> None:
        item = replace(decided_one(monologue("m", THREE)), path="m.mp4")
        plan = WindowPlan(item, 3, labels="basic7")
        found = [plan.classes[int(each.labels.soft.argmax())] for each in list(plan.windows())[:5] if each.labels]
        assert found == ["Joy", "Joy", "Joy", "Fear", "Fear"]


@st.composite
def labelled_spans(draw: st.DrawFn) -> list[Vote]:
    """Votes of three raters on spans of 20 s, without overlaps of one rater."""
    votes: list[Vote] = []
    for rater in RATERS[:3]:
        edges = sorted(draw(st.sets(st.integers(0, 20), min_size=2, max_size=6)))
        for start, end in pairwise(edges):
            label = draw(st.sampled_from([*LABELS[:3], None]))
            if label is not None:
                votes.append(vote("m", rater, label, span=Span(start, end)))
    return votes


def cut(votes: list[Vote], draw: st.DataObject) -> list[Vote]:
    """The same votes on finer spans."""
    finer: list[Vote] = []
    for each in votes:
        assert each.span is not None
        steps = each.span.duration * 4
        inner = draw.draw(st.sets(st.integers(1, int(steps) - 1), max_size=3)) if steps > 1 else set()
        edges = [each.span.start, *sorted(each.span.start + Fraction(step, 4) for step in inner), each.span.end]
        finer += [replace(each, span=Span(a, b)) for a, b in pairwise(edges)]
    return finer


class TestProperties:
    @PROPERTY
    @given(labelled_spans(), st.data(), st.sampled_from(["majority", "soft", "dawid_skene", "one_coin"]))
    def test_finer_spans_change_nothing(self, votes: list[Vote], data: st.DataObject, method: Method) -> None:
        if len({each.rater for each in votes}) < 2:
            return
        item = monologue("m", {})
        finer = data.draw(st.permutations(cut(votes, data)))
        coarse, fine = (
            decide(Corpus([], [replace(item, votes=tuple(each))]), method=method, min_length=1)
            for each in (votes, finer)
        )
        assert fine.monologues[0].decisions == coarse.monologues[0].decisions
        assert fine.monologues[0].utterances == coarse.monologues[0].utterances
        assert fine.findings.counts() == coarse.findings.counts()

    @PROPERTY
    @given(labelled_spans())
    def test_majority_decides_every_moment_by_the_votes_there(self, votes: list[Vote]) -> None:
        if len({each.rater for each in votes}) < 2:
            return
        item = decided_one(replace(monologue("m", {}), votes=tuple(votes)))
        for half in range(1, 40, 2):
            at = Fraction(half, 2)
            given_there = [each.labels[0] for each in votes if each.span is not None and at in each.span]
            counts = [given_there.count(label) for label in LABELS]
            expected = LABELS[counts.index(max(counts))] if given_there else None
            assert item.labels("basic7").at([at]) == [expected]
            assert sum(at in each.span for each in item.decisions if each.span) == bool(given_there)
