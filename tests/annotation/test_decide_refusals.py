"""What `decide` refuses, in one line each."""

from __future__ import annotations

from fractions import Fraction

import pytest
from decide_help import clip, clips_of, corpus_of, corpus_of_sets, monologue, vote

from emos_io.annotation import decide
from emos_io.corpus import Corpus, LabelMap, label_map, taxonomy
from emos_io.errors import InvalidArgument

ROWS = [[3, 3, 3], [3, 2, 3], [2, 2, 2]]
CORPUS = corpus_of(ROWS)
SETS = corpus_of_sets([[["joy"], ["love"]], [["joy"], ["joy"]]])
FIRST = {"from_layer": "goemotions", "map": "emos-meld-first"}


def refusal(corpus: object, layer: object = "basic7", **options: object) -> str:
    with pytest.raises(InvalidArgument) as caught:
        decide(corpus, layer, **options)  # type: ignore[type-var, arg-type]
    text = str(caught.value)
    assert "\n" not in text and " must " in text and "; " in text
    return text


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"method": "mace"}, 'method must be "majority", "soft", "dawid_skene", "one_coin" or "meld_correction", got'),
        ({"method": None}, "method must be"),
        ({"method": "majority", "max_iter": 5}, "max_iter must be left out for majority, got 5; dawid_skene and one_coin"),
        ({"method": "soft", "tol": 0.1}, "tol must be left out for soft, got 0.1"),
        ({"method": "soft", "ties": "none"}, "ties must be left out for soft, got 'none'; majority uses it"),
        ({"method": "majority", "prior": [1 / 7] * 7}, "prior must be left out for majority"),
        ({"method": "majority", "init": "majority"}, "init must be left out for majority"),
        ({"method": "majority", "smoothing": 1}, "smoothing must be left out for majority"),
        ({"method": "majority", "fit_on": ["own/000"]}, "fit_on must be left out for majority"),
        ({"rater_weights": {"ann": 2}}, "rater_weights must be left out for dawid_skene"),
        ({"threshold": 0.5}, "threshold must be left out for basic7, which takes one label, got 0.5"),
        ({"abstain": "label"}, "abstain must be 'leave_out' for basic7"),
        ({"abstain": "no"}, "abstain must be"),
        ({"max_iter": 0}, "max_iter must be an integer from 1"),
        ({"tol": -1}, "tol must be a finite number of at least 0"),
        ({"smoothing": float("nan")}, "smoothing must be a finite number"),
        ({"prior": [0.5, 0.5]}, "prior must be 'estimated', 'uniform' or 7 numbers"),
        ({"prior": 3}, "prior must be a sequence, got 3"),
        ({"init": "random"}, 'init must be "vote_fraction" or "majority"'),
        ({"min_votes": 0}, "min_votes must be an integer from 1"),
        ({"high": 0.7}, "medium must be at most high, 0.7, got 0.8"),
        ({"high": 2}, "high must be a finite number from 0 to 1, got 2"),
        ({"batch": "rater"}, 'batch must be "panel" or "all", got'),
        ({"batch": {"own/000": "a"}}, "batch must name the batch of every item with votes, got 1 name and 2 items without"),
        ({"batch": {"x": "a"}}, "batch must have keys of items of the corpus, got 1 other key such as 'x'"),
        ({"batch": {"own/000": 3}}, "batch must map keys of items to names of batches, got 'own/000': 3"),
        ({"fit_on": "own/000"}, "fit_on must be a sequence, got 'own/000'; give split.train"),
        ({"fit_on": []}, "fit_on must be keys of items, got none"),
        ({"fit_on": [1]}, "fit_on must be keys of items, got 1 among them"),
        ({"fit_on": ["nope"]}, "fit_on must have keys of items of the corpus, got 1 other key such as 'nope'"),
        ({"min_length": 0}, "min_length must be above 0, got 0"),
        ({"min_length": 1}, "min_length must be left out for clips, got 1; no monologue has votes in basic7"),
        ({"recipe": "own"}, 'recipe must be "emos"'),
        ({"recipe": "emos", "tol": 1e-6}, "tol must be left out beside a recipe, got 1e-06"),
        ({"recipe": "emos", "batch": {"own/000": "a"}}, "batch must be left out beside a recipe"),
        ({"recipe": "emos"}, "recipe must be"),
        ({"from_layer": "goemotions"}, "map must be one from goemotions to basic7, got None; give 'emos-meld-first' or"),
        ({"map": "emos-meld-first"}, "from_layer must be given beside map, got None"),
        ({"original": "emotion"}, "from_layer must be given beside original, got None"),
        ({"method": "meld_correction"}, "from_layer must be given for meld_correction, got None"),
        ({"method": "meld_correction", **FIRST}, "original must be given for meld_correction, got None"),
        ({"original": 3, **FIRST}, "original must be the name of an attribute, got 3"),
        ({"from_layer": "basic7", "map": "emos-meld-first"}, "from_layer must be another layer than 'basic7'"),
        ({"from_layer": "mer6", "map": "emos-meld-first"}, "map must be one from mer6 to basic7, got 'emos-meld-first'"),
        ({"from_layer": "nope", "map": "emos-meld-first"}, "taxonomy must be one of"),
        ({"from_layer": "goemotions", "map": "nope"}, "map must be one from goemotions to basic7, got 'nope'"),
        ({"from_layer": "goemotions", "map": 3}, "map must be the name of a label map, a LabelMap or a mapping, got 3"),
        ({"from_layer": "goemotions", "map": {}}, "map must have every label of goemotions, got none for 'admiration'"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)  # fmt: skip
def test_options_that_are_not_allowed(options: dict[str, object], text: str) -> None:
    assert text in refusal(CORPUS, **options)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"method": "one_coin"}, 'method must be "majority", "soft" or "dawid_skene" for goemotions, which takes several'),
        ({"method": "meld_correction", **FIRST}, 'method must be "majority", "soft" or "dawid_skene" for goemotions'),
        ({"threshold": 1}, "threshold must be a number from 0 to below 1, got 1"),
        ({"threshold": "half"}, "threshold must be a number from 0 to below 1, got 'half'"),
        ({"method": "majority", "ties": "none"}, "ties must be left out for goemotions, which takes several labels"),
        ({"high": 0.95}, "high must be left out for goemotions, which takes several labels, got 0.95"),
        ({"from_layer": "basic7", "map": {}}, "from_layer must be left out for goemotions, which takes several labels"),
        ({"prior": [0.5]}, "prior must be"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)  # fmt: skip
def test_options_that_a_layer_of_sets_does_not_take(options: dict[str, object], text: str) -> None:
    assert text in refusal(SETS, "goemotions", **options)


class TestVotes:
    def test_a_corpus_of_something_else(self) -> None:
        assert "corpus must be a Corpus, got [1]" in refusal([1])

    def test_a_layer_that_nobody_knows(self) -> None:
        assert "taxonomy must be one of" in refusal(CORPUS, "moods")
        assert "layer must be a name, the file of a taxonomy or a Taxonomy, got 3" in refusal(CORPUS, 3)

    def test_a_layer_without_votes(self) -> None:
        assert refusal(CORPUS, "mer6") == "layer must have votes, got none in 'mer6'; there are votes in basic7"
        assert "got none in 'basic7'; add the votes of raters first" in refusal(Corpus([]))

    def test_one_rater(self) -> None:
        text = refusal(Corpus(clips_of([[3], [2]])))
        assert text.startswith("votes in basic7 must be of two raters or more, got those of 'ann' alone; add the votes")

    def test_one_rater_beside_nobody_and_one_who_abstains(self) -> None:
        votes = [vote("a", "ann", "Joy"), vote("a", "", "Joy"), vote("a", "bob")]
        assert "got those of 'ann' alone" in refusal(Corpus([clip("a", votes)]))

    def test_no_vote_that_counts(self) -> None:
        assert "got none that counts" in refusal(Corpus([clip("a", [vote("a", "ann"), vote("a", "bob")])]))
        assert "got none that counts" in refusal(Corpus([clip("a", [vote("a", "", "Joy")])]))

    def test_weights(self) -> None:
        for weights, text in (
            (
                {"zoe": 1},
                "rater_weights must name raters of basic7, which are ann, bob, eve, got 'zoe'; correct the name",
            ),
            ({"ann": -1}, "rater_weights must be finite numbers of 0 or more, got -1 for 'ann'"),
            ({"ann": "2"}, "rater_weights must be finite numbers of 0 or more, got '2' for 'ann'"),
            ([1, 2], "rater_weights must be a mapping from raters to numbers, got [1, 2]"),
        ):
            assert text in refusal(CORPUS, method="majority", rater_weights=weights)
        assert "got none that counts" in refusal(
            CORPUS, method="majority", rater_weights=dict.fromkeys(("ann", "bob", "eve"), 0)
        )

    def test_ties(self) -> None:
        text = refusal(corpus_of([[3, 2], [1, 1]]), method="majority", ties="error")
        assert "votes must have no tie where ties is 'error', got 1 tied row in basic7, such as 'own/000'" in text

    def test_fit_on_items_without_votes(self) -> None:
        empty = clip("z", [])
        assert "fit_on must have an item with votes in basic7, got 1 key without" in refusal(
            Corpus([*CORPUS.clips, empty]), fit_on=["z"]
        )

    def test_another_layer_where_all_have_votes_of_their_own(self) -> None:
        votes = [vote("a", "ann", "Joy"), vote("a", "bob", "Joy"), vote("a", "ann", "joy", layer="goemotions")]
        text = refusal(Corpus([clip("a", votes)]), from_layer="goemotions", map="emos-meld-last")
        assert "from_layer must be left out where all items have votes in basic7 of their own" in text

    def test_an_attribute_that_nothing_has(self) -> None:
        votes = [vote("a", rater, "joy", layer="goemotions") for rater in ("ann", "bob")]
        corpus = Corpus([clip("a", votes, original="joy")])
        text = refusal(corpus, original="mood", **FIRST)
        assert (
            "original must be an attribute with labels of basic7, got 'mood', which is None of 'a'; 'a' has emotion"
            in text
        )

    def test_maps_with_other_labels(self) -> None:
        good = dict(label_map("emos-meld-first").mapping)
        assert "map must have labels of goemotions, got 'glee'" in refusal(
            CORPUS, from_layer="goemotions", map={**good, "glee": "Joy"}
        )
        assert "or None, got 'Glee' for 'joy'; correct the label" in refusal(
            CORPUS, from_layer="goemotions", map={**good, "joy": "Glee"}
        )
        broken = LabelMap("broken", "1", "Broken", "goemotions", "basic7", {"joy": "Joy"})
        assert "map must have every label of goemotions" in refusal(CORPUS, from_layer="goemotions", map=broken)

    def test_min_length_is_for_monologues(self) -> None:
        item = monologue("m", {"ann": [(0, 4, "Joy")], "bob": [(0, 4, "Joy")]})
        assert decide(Corpus([], [item]), min_length=Fraction(1, 3)).monologues[0].decisions
        assert "min_length must be a finite number, got 'long'" in refusal(Corpus([], [item]), min_length="long")

    def test_labels_that_the_layer_does_not_have(self) -> None:
        votes = [vote("a", rater, "Glee") for rater in ("ann", "bob")]
        assert "label must be one of Anger" in refusal(Corpus([clip("a", votes)]))
        assert taxonomy("basic7").labels[0] == "Anger"
