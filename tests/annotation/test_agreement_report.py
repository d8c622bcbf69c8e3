"""Agreement of a corpus: the release's numbers, panels, seconds, groups, and what is refused."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any, Literal

import numpy as np
import pytest
import release as published
from agreement_help import Labels, clip, monologue, vote
from hypothesis import given, settings
from hypothesis import strategies as st
from label_set_help import ROUNDED

from emos_io import Span
from emos_io.annotation import (
    agreement,
    bootstrap_interval,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    pairwise_jaccard,
)
from emos_io.corpus import Corpus, Taxonomy
from emos_io.errors import InvalidArgument

LABELS = ("Joy", "Fear", "Anger", "Neutral")
PROPERTY = settings(deadline=None, max_examples=15)


def some_corpus(seed: int, clips: int = 40, videos: int = 12) -> Corpus:
    """Clips of three raters who agree more or less, some of whom give no vote, in videos."""
    random = Random(seed)
    found = []
    for number in range(clips):
        truth = random.choice(LABELS)
        votes = {r: truth if random.random() < 0.6 else random.choice((*LABELS, None)) for r in "abc"}
        found.append(clip(f"own/{number:02}", {**votes, "a": truth}, video=f"v{number % videos}"))
    return Corpus(found)


class TestRelease:
    def test_golden_numbers(self, release: Corpus) -> None:
        first, last = agreement(release, "basic7", draws=10).panels
        assert [each.rater for each in first.raters] == ["a1", "a2", "a3"]
        assert (first.num_items, last.num_items, first.kind) == (2_499, 1_904, "clips")
        assert first.fleiss.value == 0.48905345364550845
        for panel, half in ((first, "first"), (last, "last")):
            summary = published.summary(half, "basic7")
            assert panel.fleiss.value == summary["fleiss_kappa"]
            pairs = {"_vs_".join(pair.raters): pair.cohen.value for pair in panel.pairs}
            assert pairs == summary["pairwise_cohen"] and len(pairs) == 3
        assert first.stray == (("ljx", "chsims/aqgy3_0003/00019"),) and last.stray == ()
        assert first.group_kinds == ("video",) and first.fleiss.interval is not None
        assert 10 < first.fleiss.interval.num_groups == first.num_groups < 100

    def test_sets_of_labels(self, release: Corpus) -> None:
        found = agreement(release, "goemotions", abstain="label", draws=10)
        assert [panel.num_items for panel in found.panels] == [2_499, 1_904, 5_000]
        # Table 4 of the paper prints labels an item of each rater to two digits.
        assert [f"{each.cardinality:.2f}" for each in found.panels[0].raters] == ["1.84", "1.42", "1.41"]
        assert found.panels[2].group_kinds == ("dialogue",)
        assert all(panel.level == "masi" and panel.fleiss.value is None for panel in found.panels)


class TestPanels:
    def test_nothing_is_pooled(self) -> None:
        one = [clip(f"1{n}", {"a": "Joy", "b": label}) for n, label in enumerate(("Joy", "Fear"))]
        other = [clip(f"2{n}", {"c": "Joy", "d": "Joy"}) for n in range(2)]
        spans = monologue("m", ("a", "Joy", 0, 4), ("c", "Joy", 0, 3), ("c", "Fear", 3, 4))
        found = agreement(Corpus([*other, *one], [spans]), "basic7")
        raters = [(panel.kind, "".join(each.rater for each in panel.raters)) for panel in found.panels]
        assert raters == [("clips", "cd"), ("clips", "ab"), ("monologues", "ac")]
        assert [panel.unanimous.value for panel in found.panels] == [1, 0.5, 0.75]
        assert found.panels[0].fleiss.value is None
        assert found.panels[0].fleiss.why == "all votes are the same, so that the agreement of chance is full"
        assert [found.panels[2].total, found.panels[2].pairs[0].shared] == [4, 4]

    def test_measures_are_those_of_arrays(self) -> None:
        corpus = some_corpus(1)
        votes = np.array(
            [
                [LABELS.index(own[r].labels[0]) if r in own and own[r].labels else -1 for r in "abc"]
                for own in ({vote.rater: vote for vote in each.votes} for each in corpus.clips)
            ]
        )
        panel = agreement(corpus, "basic7").panels[0]
        # The taxonomy has seven classes, and AC1 depends on their number.
        measures = ((panel.fleiss, fleiss_kappa), (panel.gwet, gwet_ac1))
        for found, measure in measures:
            assert found.value is not None and abs(found.value - measure(votes, 7)) < ROUNDED
        assert panel.krippendorff.value is not None
        assert abs(panel.krippendorff.value - krippendorff_alpha(votes)) < ROUNDED
        for pair, (i, j) in zip(panel.pairs, itertools.combinations(range(3), 2), strict=True):
            assert pair.cohen.value == cohen_kappa(votes[:, i], votes[:, j])
            both = (votes[:, i] >= 0) & (votes[:, j] >= 0)
            same = (votes[both, i] == votes[both, j]).mean()
            assert pair.shared == both.sum() and pair.exact_match.value == pair.jaccard.value == same

    def test_numbers_of_votes(self) -> None:
        votes: list[dict[str, Labels]] = [{"a": "Joy", "b": ()}, {"a": "Joy", "b": ("Joy", "Fear")}, {"a": "Fear"}]
        clips = [clip(str(n), each) for n, each in enumerate(votes)] + [clip("3", {"a": "Joy", "b": "Joy"})]
        a, b = agreement(Corpus(clips), "basic7").panels[0].raters
        assert [a.votes, a.abstained, a.unusable, a.missing] == [4, 0, 0, 0]
        assert [b.votes, b.abstained, b.unusable, b.missing] == [1, 1, 1, 1]

    def test_several_labels(self) -> None:
        sets: list[dict[str, Labels]] = [
            {"a": ("joy", "pride"), "b": "joy"}, {"a": "fear", "b": "fear"}, {"a": (), "b": "neutral"},
        ]  # fmt: skip
        corpus = Corpus([clip(str(n), each, "goemotions") for n, each in enumerate(sets)])
        panel = agreement(corpus, "goemotions").panels[0]
        rows = [[{"joy", "pride"}, {"joy"}], [{"fear"}, {"fear"}]]
        assert panel.krippendorff.value == krippendorff_alpha(rows, "masi")
        assert panel.pairs[0].jaccard.value == pairwise_jaccard(rows)[0, 1] == 0.75
        assert "not defined for sets of labels" in panel.fleiss.why and panel.pairs[0].cohen.value is None
        assert [each.neutral_rate for each in panel.raters] == [0, 1 / 3]
        counted = agreement(corpus, "goemotions", abstain="label").panels[0]
        assert counted.pairs[0].shared == 3 and counted.pairs[0].jaccard.value == 0.5

    @pytest.mark.parametrize("abstain", ["leave_out", "label"])
    def test_what_a_rater_gave_is_counted_once(self, abstain: Literal["leave_out", "label"]) -> None:
        given: list[tuple[Labels, Labels]] = [
            ("joy", "joy"),
            ("fear", ()),
            ("pride", "neutral"),
            ("joy", ()),
            ((), None),
        ]
        clips = [clip(str(n), {"a": a, "b": b}, "goemotions") for n, (a, b) in enumerate(given)]
        votes = tuple(
            vote("m", rater, labels, "goemotions", Span(n, n + Fraction(1, 3)))
            for n, row in enumerate(given)
            for rater, labels in zip("ab", row, strict=True)
            if labels is not None
        )
        spoken = replace(monologue("m"), votes=votes)
        for panel in agreement(Corpus(clips, [spoken]), "goemotions", abstain=abstain).panels:
            unit = Fraction(1, 1 if panel.kind == "clips" else 3)
            numbers = [(each.votes, each.abstained, each.unusable, each.missing) for each in panel.raters]
            assert numbers == [(4 * unit, unit, 0 * unit, 0 * unit), (2 * unit, 2 * unit, 0 * unit, unit)]
            assert [sum(each) for each in numbers] == [panel.total] * 2
            # Where the abstain word is a label, shares are of abstentions too.
            assert panel.raters[1].neutral_rate == {"leave_out": 1 / 2, "label": 1 / 4}[abstain]

    def test_layers_of_your_own(self) -> None:
        moods = Taxonomy("moods", "1", "Two moods", ("calm", "tense"), neutral="calm")
        clips = [clip(str(n), {"a": "calm", "b": each}, "moods") for n, each in enumerate(("calm", "tense"))]
        panel = agreement(Corpus(clips, taxonomies=[moods]), "moods").panels[0]
        assert panel.unanimous.value == 0.5 and [each.neutral_rate for each in panel.raters] == [1, 0.5]

    def test_a_report_is_json(self) -> None:
        found = agreement(some_corpus(2), "basic7").as_dict()
        assert json.loads(json.dumps(found, allow_nan=False)) == found
        spans = agreement(Corpus([], [monologue("m", ("a", "Joy", 0, 4), ("b", "Joy", 0, Fraction(7, 2)))]), "basic7")
        panel: Any = json.loads(json.dumps(spans.as_dict(), allow_nan=False))["panels"][0]
        assert (panel["unit"], panel["total"], panel["raters"][1]["missing"]) == ("seconds", "4/1", "1/2")


cuts = st.lists(st.fractions(0, 100, max_denominator=60), max_size=5, unique=True)


class TestSeconds:
    @PROPERTY
    @given(cuts, st.lists(cuts, min_size=6, max_size=6))
    def test_finer_spans_change_nothing(self, edges: list[Fraction], finer: list[list[Fraction]]) -> None:
        times = sorted({Fraction(0), Fraction(100), *edges})
        spans = [
            (rater, LABELS[(k * (n + 1)) % 3], start, end)
            for n, rater in enumerate("abc")
            for k, (start, end) in enumerate(itertools.pairwise(times[n:]))
        ]
        parts = [
            (rater, label, *piece)
            for number, (rater, label, start, end) in enumerate(spans)
            for piece in itertools.pairwise(
                sorted({start, end, *(each for each in finer[number % 6] if start < each < end)})
            )
        ]
        if len({rater for rater, *_ in spans}) < 2:
            return
        coarse, fine = (agreement(Corpus([], [monologue("m", *each)]), "basic7") for each in (spans, parts))
        assert fine == coarse

    def test_by_hand(self) -> None:
        # Both: 4 s (Joy, Joy), 4 s (Fear, Fear), 2 s (Joy, Fear). Then a alone for 90 s, which is no pair.
        spans = [("a", "Joy", 0, 4), ("a", "Fear", 4, 8), ("a", "Joy", 8, 100)]
        others = [("b", "Joy", 0, 4), ("b", "Fear", 4, 10)]
        panel = agreement(Corpus([], [monologue("m", *spans, *others)]), "basic7").panels[0]
        pair = panel.pairs[0]
        assert pair.shared == 10 and pair.exact_match.value == pair.jaccard.value == panel.unanimous.value == 0.8
        # Joy of a 6 of 10, of b 4 of 10: chance .24 + .24.
        assert pair.cohen.value is not None and abs(pair.cohen.value - (0.8 - 0.48) / (1 - 0.48)) < ROUNDED
        assert panel.krippendorff.value is not None and abs(panel.krippendorff.value - (1 - 0.2 / 0.5)) < ROUNDED
        assert [each.votes for each in panel.raters] == [100, 10] and panel.raters[1].missing == 90


class TestIntervals:
    @pytest.mark.parametrize("seed", range(3))
    def test_the_order_of_items_changes_nothing(self, seed: int) -> None:
        corpus = some_corpus(seed)
        clips = list(corpus.clips)
        Random(seed).shuffle(clips)
        assert agreement(Corpus(clips), "basic7") == agreement(corpus, "basic7")

    def test_groups_are_drawn(self) -> None:
        # The share of equal votes, by hand from the sums of each video.
        clips = [
            clip(f"own/{v:02}{n}", {"a": "Joy", "b": "Joy" if n < v % 4 else "Fear"}, video=f"v{v:02}")
            for v in range(12)
            for n in range(3)
        ]
        pair = agreement(Corpus(clips), "basic7", seed=5).panels[0].pairs[0]
        sums = [[min(v % 4, 3), 3] for v in range(12)]
        assert pair.exact_match.interval == bootstrap_interval(sums, lambda of: of[:, 0] / of[:, 1], seed=5)
        assert pair.exact_match.interval is not None and pair.exact_match.interval.num_groups == 12

    def test_items_are_drawn_where_there_are_no_groups(self) -> None:
        clips = [clip(f"own/{n}", {"a": "Joy", "b": "Joy" if n % 3 else "Fear"}) for n in range(20)]
        panel = agreement(Corpus(clips), "basic7").panels[0]
        assert (panel.num_groups, panel.group_kinds) == (20, ())

    def test_a_monologue_is_a_group(self) -> None:
        spans = [("a", "Joy", 0, 50), ("b", "Joy", 0, 30), ("b", "Fear", 30, 50)]
        panel = agreement(Corpus([], [monologue(f"m{n}", *spans) for n in range(11)]), "basic7").panels[0]
        assert (panel.num_groups, panel.num_rows) == (11, 22)
        assert panel.unanimous.interval is not None and panel.unanimous.interval.num_groups == 11
        few = agreement(Corpus([], [monologue(f"m{n}", *spans) for n in range(9)]), "basic7").panels[0]
        assert few.unanimous.interval is not None and few.unanimous.interval.low is None
        assert few.unanimous.interval.why == "an interval needs 10 groups, and there are 9"

    @pytest.mark.parametrize("layer", ["basic7", "goemotions"])
    def test_sums_give_the_value_that_arrays_give(self, layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """With each group drawn once, every interval is the value."""
        monkeypatch.setattr(
            "emos_io.annotation.measures.bootstrap.drawn_counts",
            lambda strata, draws, seed: [np.ones((draws, sum(strata)))],
        )
        random = Random(3)
        names = ("joy", "pride", "fear") if layer == "goemotions" else LABELS
        kinds: list[Labels] = [*names, *names, None, ()]
        clips = [clip(f"own/{n}", {r: random.choice(kinds) for r in "abc"}, layer) for n in range(60)]
        spans = [
            monologue(
                f"m{n}", *((r, random.choice(LABELS), k * 10 + n % 5, k * 10 + 9) for r in "abc" for k in range(5))
            )
            for n in range(12)
        ]
        for panel in agreement(Corpus(clips, spans if layer == "basic7" else []), layer, draws=2).panels:
            each = [panel.fleiss, panel.krippendorff, panel.gwet, panel.unanimous]
            each += [value for pair in panel.pairs for value in (pair.cohen, pair.jaccard, pair.exact_match)]
            values = [estimate for estimate in each if estimate.value is not None]
            assert len(values) >= 8
            for estimate in values:
                assert estimate.value is not None and estimate.interval is not None
                assert estimate.interval.low is not None and estimate.interval.high is not None
                assert abs(estimate.interval.low - estimate.value) < ROUNDED
                assert abs(estimate.interval.high - estimate.value) < ROUNDED


class TestRefusals:
    def test_one_line_each(self) -> None:
        alone = Corpus([clip("1", {"a": "Joy"}), clip("2", {"a": "Fear"})])
        apart = Corpus([clip("1", {"a": "Joy"}), clip("2", {"b": "Fear"})])
        both = some_corpus(1)
        wrong: Any = [1]
        calls: list[tuple[Callable[[], object], str]] = [
            (lambda: agreement(alone), "layer must have items that two raters labelled, got one rater in 'basic7'"),
            (
                lambda: agreement(apart),
                "got 2 raters who share none in 'basic7'; add votes of others on the same items",
            ),
            (
                lambda: agreement(Corpus()),
                "layer must be one that raters voted in, got 'basic7'; the corpus has no votes",
            ),
            (lambda: agreement(both, "mer6"), "got 'mer6'; there are votes in basic7"),
            (lambda: agreement(both, "nothing"), "taxonomy must be one of .*, got 'nothing'"),
            (lambda: agreement(wrong), "corpus must be a Corpus"),
            (lambda: agreement(both, abstain="label"), 'abstain must be "leave_out" where the layer takes one label'),
            (lambda: agreement(both, draws=0), "draws must be an integer from 1"),
        ]
        for call, text in calls:
            with pytest.raises(InvalidArgument, match=text) as error:
                call()
            assert "\n" not in str(error.value)

    def test_a_panel_of_one_rater_beside_others_is_in_the_report(self) -> None:
        clips = [*some_corpus(1).clips, clip("own/x", {"z": "Joy"})]
        panel = agreement(Corpus(clips), "basic7").panels[1]
        assert (panel.raters[0].rater, panel.fleiss.value, panel.fleiss.why) == ("z", None, "the panel has one rater")
