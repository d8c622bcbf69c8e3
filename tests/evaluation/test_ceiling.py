"""An annotator's ceiling: counted a second way on the release, and on votes that are written out."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Monologue, Vote, taxonomy
from emos_io.errors import InvalidArgument
from emos_io.evaluation.ceiling import Ceiling, annotator_ceiling
from emos_io.evaluation.streams.pieces import Piece, Stream
from emos_io.evaluation.sums import MeasuredRows, PlainValue

LABELS = taxonomy("basic7").labels


def clip(key: str, votes: dict[str, str], **of: str) -> Clip:
    given_votes = tuple(Vote(item=key, layer="basic7", rater=name, labels=(label,)) for name, label in votes.items())
    return Clip(key=key, source=of.get("source", "own"), language="en", votes=given_votes)


def rows_of(ceiling: Ceiling) -> MeasuredRows:
    (rows,) = ceiling.measured
    assert isinstance(rows, MeasuredRows)
    return rows


def test_the_ceiling_of_the_release(release: Corpus) -> None:
    """The figures that are known of CH-SIMS, and the same counts from the votes themselves."""
    clips = [each for each in release.clips if each.votes_in("basic7")]
    pairs, agreed, right, half = 0, 0, 0, Fraction(0)
    for each in clips:
        votes = {vote.rater: vote.labels[0] for vote in each.votes_in("basic7") if len(vote.labels) == 1}
        for rater, own in votes.items():
            others = Counter(label for name, label in votes.items() if name != rater)
            top = [label for label in others if others[label] == max(others.values())]
            pairs += 1
            agreed += len(top) == 1
            right += top == [own]
            half += Fraction(own in top, len(top))
    ceiling = annotator_ceiling(release)
    rows = rows_of(ceiling)
    assert (ceiling.raters, ceiling.why) == (("a1", "a2", "a3", "cp", "ljx", "wqf"), "")
    assert rows.value("others_agree") == agreed / pairs
    assert rows.value("annotator_ceiling", ties="left_out") == right / agreed
    assert rows.value("annotator_ceiling", ties="half") == float(half / pairs)
    assert (round(agreed / pairs, 3), round(right / agreed, 3), round(float(half / pairs), 3)) == (0.609, 0.747, 0.609)
    assert (pairs, len(clips), len(ceiling.keys)) == (13_210, 4_403, 9_403)
    pooled = rows_of(annotator_ceiling(release, by_rater=False))
    assert pooled.columns.tolist() == rows.columns[:, :6].tolist()
    assert [each.of for each in pooled.measures] == [each.of for each in rows.measures if "rater" not in each.of]


def test_a_model_is_measured_on_the_pairs_of_the_raters() -> None:
    corpus = Corpus([
        clip("a", {"ann": "Joy", "bob": "Joy", "cem": "Fear"}),
        clip("b", {"ann": "Joy", "bob": "Anger", "cem": "Fear"}),
        clip("c", {"ann": "Joy", "bob": "Joy"}),
    ])  # fmt: skip
    joy = np.array([LABELS.index("Joy"), -1, LABELS.index("Joy")])
    rows = rows_of(annotator_ceiling(corpus, keys=["a", "b", "c"], predicted=joy))
    # One of nine pairs, of the six of two others, is agreed: cem beside Joy and Joy.
    assert rows.counted.tolist() == [True, True, False]
    assert rows.value("others_agree") == 1 / 6
    assert rows.value("annotator_ceiling", ties="left_out") == 0
    assert rows.value("accuracy_beside_ceiling", ties="left_out") == 1
    # a: ann and bob each give one of Joy and Fear; b: nobody gives a label of the two others.
    assert rows.value("annotator_ceiling", ties="half") == 2 * 0.5 / 6
    assert rows.value("accuracy_beside_ceiling", ties="half") == (0.5 + 0.5 + 1) / 6
    assert rows.value("annotator_ceiling", ties="half", rater="ann") == 0.5 / 2
    assert np.isnan(rows.value("annotator_ceiling", ties="left_out", rater="ann"))


def test_of_many_others_most_votes_count() -> None:
    votes = {"r0": "Joy", "r1": "Joy", "r2": "Joy", "r3": "Fear", "r4": "Anger"}
    rows = rows_of(annotator_ceiling(Corpus([clip("a", votes)])))
    # All others of each rater have Joy most often.
    assert rows.value("others_agree") == 1
    assert rows.value("annotator_ceiling", ties="left_out") == 3 / 5


@pytest.mark.parametrize(
    ("votes", "layer", "why"),
    [
        ({}, "basic7", "three or more raters in the layer 'basic7': the most is 0"),
        ({"ann": "Joy"}, "basic7", "the most is 1"),
        ({"ann": "Joy", "bob": "Joy"}, "basic7", "the most is 2"),
        ({"ann": "Joy", "bob": "Joy", "cem": "Joy"}, "goemotions", "takes several labels"),
        ({"ann": "Joy", "bob": "Joy", "cem": "Joy"}, "intensity", "has numbers"),
    ],
)
def test_with_fewer_raters_there_is_none(votes: dict[str, str], layer: str, why: str) -> None:
    ceiling = annotator_ceiling(Corpus([clip("a", votes)]), layer)
    assert why in ceiling.why
    assert np.isnan(ceiling.value("annotator_ceiling", ties="half"))
    assert {(each.value, each.of["ties"]) for each in ceiling.measured if isinstance(each, PlainValue)} == {
        (None, "left_out"),
        (None, "half"),
    }
    assert annotator_ceiling(Corpus()).why and annotator_ceiling(Corpus(), kind="streams").why


def test_abstentions_and_reviewers_are_no_votes() -> None:
    abstained = Vote(item="a", layer="basic7", rater="cem", labels=(), abstain=True)
    reviewed = Vote(item="a", layer="basic7", rater="dan", labels=("Joy",), role="adjudicate")
    two = clip("a", {"ann": "Joy", "bob": "Joy"})
    assert "the most is 2" in annotator_ceiling(
        Corpus([Clip(key="a", source="own", language="en", votes=(*two.votes, abstained, reviewed))])
    ).why  # fmt: skip


def test_seconds_of_streams_count() -> None:
    def vote_on(rater: str, start: int, end: int, label: str) -> Vote:
        return Vote(item="m", layer="basic7", rater=rater, labels=(label,), span=Span(start, end))

    votes = (
        vote_on("ann", 0, 10, "Joy"), vote_on("bob", 0, 10, "Joy"), vote_on("cem", 0, 4, "Joy"), vote_on("cem", 4, 10, "Fear"),
    )  # fmt: skip
    talk = Monologue(key="m", name="m", title="", language="en", duration=Fraction(10), votes=votes)
    pieces = (Piece(Span(0, 5), "Joy"), Piece(Span(5, 7), "Fear"), Piece(Span(7, "7.3"), None))
    stream = Stream("m", Fraction(10), (), pieces)
    rows = rows_of(annotator_ceiling(Corpus((), [talk]), kind="streams", streams=[stream]))
    # Agreed: 12 rater-seconds until 4, then the 6 of cem beside Joy and Joy.
    assert rows.value("others_agree") == 18 / 30
    assert rows.value("annotator_ceiling", ties="left_out") == 12 / 18
    assert rows.value("accuracy_beside_ceiling", ties="left_out") == (3 * 4 + 1) / 18
    assert rows.value("accuracy_beside_ceiling", ties="half") == (3 * 4 + 1 + 2 * 0.5 * (1 + 2)) / 30
    measure = rows.measures[1]
    assert measure.num is not None and measure.num(rows.sums()).tolist() == [18]
    # Of a stream without answers every second is wrong.
    rows = rows_of(annotator_ceiling(Corpus((), [talk]), kind="streams", streams=[]))
    assert rows.value("accuracy_beside_ceiling", ties="half") == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"keys": ["a", "z"]}, "keys must be keys of the corpus, got 'z'"),
        ({"keys": ["a", "a"]}, "got 'a' twice"),
        ({"keys": "a"}, "keys must be a list of keys"),
        ({"predicted": np.array([1, 2])}, r"predicted must be int64 of shape \(1,\)"),
        ({"predicted": np.array([0.5])}, "got float64"),
        ({"predicted": np.array([7])}, "from -1 to 6, got 7"),
        ({"predicted": np.array([-2])}, "from -1 to 6, got -2"),
        ({"kind": "both"}, 'kind must be "clips" or "streams"'),
        ({"streams": []}, "streams must be left out for clips"),
        ({"kind": "streams", "predicted": np.array([1])}, "predicted must be left out for streams"),
        ({"layer": "nothing"}, "nothing"),
    ],
)
def test_wrong_arguments_are_refused(options: dict[str, object], text: str) -> None:
    with pytest.raises(InvalidArgument, match=text):
        annotator_ceiling(Corpus([clip("a", {"ann": "Joy"})]), **options)  # type: ignore[arg-type]


@pytest.mark.property
@given(
    st.lists(st.lists(st.sampled_from((None, "Joy", "Fear", "Anger")), min_size=1, max_size=5), min_size=1, max_size=8),
)
def test_order_of_raters_and_items_changes_nothing(votes: list[list[str | None]]) -> None:
    items = [
        clip(f"i{number}", {f"r{rater}": label for rater, label in enumerate(row) if label})
        for number, row in enumerate(votes)
    ]
    reordered = [Clip(key=each.key, source="own", language="en", votes=each.votes[::-1]) for each in reversed(items)]
    first, second = annotator_ceiling(Corpus(items)), annotator_ceiling(Corpus(reordered))
    assert first.why == second.why
    for ties in ("left_out", "half"):
        ours = first.value("annotator_ceiling", ties=ties)
        assert ours == second.value("annotator_ceiling", ties=ties) or np.isnan(ours)
        assert np.isnan(ours) or 0 <= ours <= 1
