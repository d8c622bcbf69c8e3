"""What the queue counts as a vote: labels that can be used, on clips and on spans alike."""

from __future__ import annotations

from fractions import Fraction

import pytest

from emos_io import Span
from emos_io.annotation import review_queue
from emos_io.corpus import Clip, Corpus, CorpusData, Monologue, Taxonomy, Vote

# One letter a rater: J and F vote, . abstains, ? writes a word that is no label, 2 gives two labels where one is taken.
GIVEN: dict[str, tuple[tuple[str, ...], bool, tuple[str, ...]]] = {
    "J": (("Joy",), False, ()),
    "F": (("Fear",), False, ()),
    ".": ((), True, ()),
    "?": ((), False, ("meh",)),
    "2": (("Joy", "Fear"), False, ()),
}
MOODS = Taxonomy("moods", "1", "Moods", ("Joy", "Fear"), multiple=True)


def votes(letters: str, layer: str, span: Span | None) -> tuple[Vote, ...]:
    return tuple(
        Vote(
            item="own/1", layer=layer, rater=f"r{number}", labels=labels, abstain=abstain, open_labels=words, span=span
        )
        for number, (labels, abstain, words) in enumerate(GIVEN[letter] for letter in letters)
    )


def is_asked(letters: str, layer: str = "basic7") -> bool:
    clip = Clip(key="own/1", source="own", language="en", votes=votes(letters, layer, None))
    talk = Monologue(
        key="own/1", name="1", title="1", language="en", duration=Fraction(9), votes=votes(letters, layer, Span(1, 3)),
    )  # fmt: skip
    of_clip = bool(review_queue(CorpusData([clip], taxonomies=[MOODS]), layer))
    assert bool(review_queue(CorpusData((), [talk], taxonomies=[MOODS]), layer)) is of_clip
    return of_clip


@pytest.mark.parametrize("letters", ["JJ..", "JJ??", "JJ22", "JJ.?2", "J", "J.", "J?", "JJF.", "JJF??22"])
def test_more_than_half_of_the_labels_that_count_is_a_majority(letters: str) -> None:
    assert not is_asked(letters)


@pytest.mark.parametrize("letters", ["JF", "JF.", "JJFF", "JF??", "JF2", "..", "??", "22", ".?2"])
def test_half_of_them_is_none_and_so_is_nothing(letters: str) -> None:
    assert is_asked(letters)


def test_several_labels_count_where_the_layer_takes_them() -> None:
    assert [is_asked(letters, "moods") for letters in ("22", "2J", "2J.", "JF", "2F?")] == [
        False,
        False,
        False,
        True,
        False,
    ]


def test_an_item_without_votes_is_not_asked() -> None:
    assert review_queue(Corpus([Clip(key="own/1", source="own", language="en")])) == []
