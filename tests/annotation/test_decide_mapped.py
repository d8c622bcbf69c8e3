"""`decide` by the votes of another layer: how labels map, what the label before decides, and the rules of EmoS for MELD."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import release
from decide_help import clip, clips_of, codes, decisions, labels, vote

from emos_io.annotation import EMOS_TOLERANCE, decide, map_probabilities, meld_correction
from emos_io.corpus import Clip, Corpus, LabelMap, Taxonomy, Vote, label_map, taxonomy

PUBLISHED = 1e-12
"""The published numbers are doubles; 48 EM steps in another order of additions move them by about 1e-14."""
GOEMOTIONS = taxonomy("goemotions")
JOY_AND_FEAR: dict[str, str | None] = {
    **dict.fromkeys(GOEMOTIONS.labels),
    "joy": "Joy",
    "love": "Joy",
    "fear": "Fear",
    "anger": "Anger",
}


def clip_of_sets(key: str, *sets: tuple[str, ...] | None, original: str | None = None) -> Clip:
    """A clip with sets of GoEmotions; ``unsure`` is the abstain word."""
    votes: list[Vote] = []
    for rater, words in zip(("ann", "bob", "eve"), sets, strict=False):
        if words is not None:
            kept = [word for word in words if word != "unsure"]
            votes.append(replace(vote(key, rater, *kept, layer="goemotions"), abstain="unsure" in words))
    return clip(key, votes, original=original)


class TestVotes:
    def scores(self, *sets: tuple[str, ...] | None, original: str | None = None) -> dict[str, float]:
        attribute = None if original is None else "emotion"
        corpus = Corpus(
            [clip_of_sets("a", *sets, original=original), clip_of_sets("b", ("joy",), ("joy",), original="joy")]
        )
        decided = decide(corpus, method="soft", from_layer="goemotions", map=JOY_AND_FEAR, original=attribute)
        return dict(decisions(decided)["a"].scores)

    def test_a_rater_votes_for_the_class_of_most_of_its_labels(self) -> None:
        assert self.scores(("joy", "love", "fear"), ("joy",)) == {"Joy": 1.0}

    def test_ties_go_to_the_original_or_by_the_taxonomy(self) -> None:
        assert self.scores(("joy", "fear"), ("joy",)) == {"Fear": 0.5, "Joy": 0.5}
        assert self.scores(("joy", "fear"), ("joy",), original="joy") == {"Joy": 1.0}
        assert self.scores(("joy", "fear"), ("joy",), original="anger") == {"Fear": 0.5, "Joy": 0.5}

    def test_labels_without_a_class_are_a_vote_for_the_original_alone(self) -> None:
        assert self.scores(("grief",), ("joy",)) == {"Joy": 1.0}
        assert self.scores(("grief",), ("joy",), original="Anger") == {"Anger": 0.5, "Joy": 0.5}
        assert self.scores(None, ("joy",), original="Anger") == {"Joy": 1.0}

    def test_the_abstain_word_is_mapped_where_the_map_has_it(self) -> None:
        corpus = Corpus(
            [clip_of_sets("a", ("unsure",), ("joy",)), clip_of_sets("b", ("unsure", "joy", "fear"), ("joy",))]
        )
        decided = decide(corpus, method="soft", from_layer="goemotions", map="emos-meld-last")
        assert decisions(decided)["a"].scores == {"Joy": 0.5, "Neutral": 0.5}
        assert decisions(decided)["b"].scores == {"Fear": 0.5, "Joy": 0.5}
        own = decide(corpus, method="soft", from_layer="goemotions", map=JOY_AND_FEAR)
        assert decisions(own)["a"].scores == {"Joy": 1.0}

    def test_a_map_of_ones_own(self) -> None:
        own = LabelMap("mine", "2", "Mine", "mer6", "basic7", dict.fromkeys(taxonomy("mer6").labels, "Joy"))
        votes = [vote("a", rater, taxonomy("mer6").labels[0], layer="mer6") for rater in ("ann", "bob")]
        recipe = decisions(decide(Corpus([clip("a", votes)]), from_layer="mer6", map=own))["a"].recipe
        assert (recipe["map"], recipe["map_version"], recipe["from_layer"]) == ("mine", "2", "mer6")

    def test_a_map_that_a_taxonomy_has(self) -> None:
        """Its taxonomy has an abstain word that the map does not have."""
        to_basic7 = LabelMap("moods-basic7", "1", "Moods", "moods", "basic7", {"calm": "Neutral", "tense": "Fear"})
        moods = Taxonomy("moods", "1", "Moods", ("calm", "tense"), "none", maps={"basic7": to_basic7})
        votes = [vote("a", "ann", "tense", layer="moods"), vote("a", "bob", "tense", layer="moods")]
        corpus = Corpus([clip("a", [*votes, vote("a", "eve", layer="moods")])], taxonomies=[moods])
        decided = decide(corpus, method="majority", from_layer="moods", map="moods-basic7")
        assert decisions(decided)["a"].scores == {"Fear": 1.0}

    def test_items_with_votes_of_their_own_stay(self) -> None:
        own = clips_of([[3, 3, 3]])[0]
        both = replace(
            own, votes=(*own.votes, *(replace(each, item=own.key) for each in clip_of_sets("x", ("fear",)).votes))
        )
        corpus = Corpus([both, clip_of_sets("a", ("joy",), ("joy",))])
        decided = decide(corpus, from_layer="goemotions", map="emos-meld-last")
        assert labels(decided) == {"a": "Joy"} and codes(decided) == {"own_votes": 1}
        assert decided.clips[0] == both

    def test_clips_without_the_original_label_are_a_finding(self) -> None:
        corpus = Corpus(
            [
                clip_of_sets("a", ("joy",), ("joy",), original="joy"),
                clip_of_sets("b", ("joy", "fear"), ("joy", "fear"), original="glum"),
                clip_of_sets("c", ("joy", "fear"), ("joy", "fear")),
            ]
        )
        decided = decide(corpus, method="majority", from_layer="goemotions", map=JOY_AND_FEAR, original="emotion")
        assert labels(decided) == {"a": "Joy", "b": "Fear", "c": "Fear"}
        assert codes(decided) == {"no_original_label": 1} and "2 items" in str(decided.findings[0])
        corrected = decide(
            corpus, method="meld_correction", from_layer="goemotions", map=JOY_AND_FEAR, original="emotion"
        )
        assert labels(corrected) == {"a": "Joy"}


class TestCorrection:
    def test_it_is_the_function_on_the_shares_of_labels(self) -> None:
        sets = [
            (("joy",), ("love", "fear"), ("fear",)),
            (("grief", "joy"), ("anger",), ("anger", "fear")),
            (("unsure",), ("unsure", "joy"), ("surprise",)),
        ]
        originals = ["Fear", "Joy", "Anger"]
        corpus = Corpus([clip_of_sets(str(n), *each, original=originals[n]) for n, each in enumerate(sets)])
        decided = decide(
            corpus, method="meld_correction", from_layer="goemotions", map="emos-meld-first", original="emotion"
        )
        words = (*GOEMOTIONS.labels, "unsure")
        counts = [[sum(word in own for own in each) for word in words] for each in sets]
        classes = taxonomy("basic7").labels
        mapped = map_probabilities(counts, words, label_map("emos-meld-first").mapping, classes)
        expected = meld_correction([classes.index(each) for each in originals], mapped, classes=classes)
        for row, each in enumerate(decisions(decided).values()):
            assert each.label == classes[expected.labels[row]] and each.confidence == expected.confidence[row]
            assert [each.scores.get(label, 0.0) for label in classes] == mapped[row].tolist()
            assert (each.recipe["correction_high"], each.recipe["correction_margin"]) == (0.5, 0.1)


class TestMeld:
    def test_the_last_2000_come_out_as_published(self) -> None:
        """Cells hold a few slips ("nuetral", "None"); what is no label was left out, as EmoS left it out."""
        rows = release.meld_last()
        known = {*GOEMOTIONS.labels, "unsure"}
        clips = [
            clip_of_sets(
                f"meld/{number}",
                *(tuple(word for word in cell.split(";") if word in known) for cell in item),
                original=str(row["basic_orig"]),
            )
            for number, (item, row) in enumerate(zip(release.meld_last_cells(), rows, strict=True))
        ]
        decided = decide(
            Corpus(clips),
            from_layer="goemotions",
            map="emos-meld-last",
            original="emotion",
            tol=EMOS_TOLERANCE,
            high=0.5,
            medium=0.5,
        )
        found = list(decisions(decided).values())
        assert [each.label for each in found] == [row["basic_corrected"] for row in rows] and len(found) == 2000
        confidence = np.array([row["basic_corrected_conf"] for row in rows], dtype=float)
        assert np.abs(np.array([each.confidence for each in found], float) - confidence).max() < PUBLISHED
        assert found[0].recipe["iterations"] == 48 and found[0].recipe["converged"] is True
