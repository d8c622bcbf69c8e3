"""Votes as a table: a row for each clip, and for each part of a monologue in which no rater changes."""

from __future__ import annotations

from fractions import Fraction

from emos_io.annotation.vote_table import panels, vote_table
from emos_io.corpus import Clip, Monologue, Vote, taxonomy
from emos_io.spans import Span

BASIC7 = taxonomy("basic7")


def vote(rater: str, label: str, span: Span | None = None, item: str = "a") -> Vote:
    return Vote(item=item, layer="basic7", rater=rater, labels=(label,), span=span)


def monologue(*votes: Vote) -> Monologue:
    return Monologue(key="a", name="a", title="a", language="en", duration=Fraction(20), votes=votes)


def test_spans_are_cut_where_a_rater_changes() -> None:
    votes = (vote("ann", "Joy", Span(0, 10)), vote("ann", "Fear", Span(10, 15)), vote("bob", "Joy", Span(0, 6)),
             vote("bob", "Fear", Span(8, 15)))  # fmt: skip
    table = vote_table([monologue(*votes)], BASIC7)
    assert [row.span for row in table.rows] == [Span(0, 6), Span(6, 8), Span(8, 10), Span(10, 15)]
    assert table.indices().tolist() == [[3, 3], [3, -1], [3, 2], [2, 2]]
    assert table.weights() == tuple(map(Fraction, (6, 2, 2, 5)))


def test_finer_spans_give_the_same_table() -> None:
    coarse = vote_table([monologue(vote("ann", "Joy", Span(0, 10)), vote("bob", "Joy", Span(2, 10)))], BASIC7)
    fine = vote_table(
        [monologue(*(vote("ann", "Joy", Span(k, k + 1)) for k in range(10)), vote("bob", "Joy", Span(2, 5)),
                   vote("bob", "Joy", Span(5, 10)))], BASIC7)  # fmt: skip
    assert fine.rows == coarse.rows
    assert (fine.members == coarse.members).all()


def test_raters_that_share_no_row_are_other_panels() -> None:
    pairs = [("a", "b"), ("c", "d"), ("b", "e")]
    clips = [
        Clip(key=str(n), source="own", language="en", votes=tuple(vote(who, "Joy", item=str(n)) for who in pair))
        for n, pair in enumerate(pairs)
    ]
    table = vote_table(clips, BASIC7)
    assert panels(table) == [[0, 2], [1]]
    assert table.select([0, 2]).raters == ("a", "b", "e")


def test_several_labels_of_one_rater_are_no_vote_where_one_is_taken() -> None:
    both = monologue(vote("ann", "Joy", Span(0, 4)), vote("ann", "Fear", Span(2, 6)))
    table = vote_table([both], BASIC7)
    assert table.unusable[:, 0].tolist() == [False, True, False]
    assert table.indices()[:, 0].tolist() == [3, -1, 2]


def test_reviews_and_adjudications_are_no_votes() -> None:
    answer = Vote(item="a", layer="basic7", rater="boss", labels=("Fear",), role="adjudicate")
    clip = Clip(key="a", source="own", language="en", votes=(vote("ann", "Joy"), answer))
    assert vote_table([clip], BASIC7).raters == ("ann",)
    assert clip.votes_in("basic7", "adjudicate") == (answer,)
