"""Votes of one layer as a table: a row for each clip, or for each part of a monologue in which no rater changes.

Methods, measures of agreement and reports of raters take this table, so clips and spans are one case: a row has a weight, 1 for
a clip and its seconds for a part. Neighbouring parts with the same votes are one row, so the table does not depend on how
finely raters cut their spans.

```text
 ann   [----- Joy -----)[-- Fear --)
 bob   [-- Joy --)   [--- Fear ----)
 rows  [---------)[--)[-)[---------)      votes (Joy, Joy), (Joy, none), (Joy, Fear), (Fear, Fear)
```
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np

from .._arrays import BoolArray, Int64Array
from ..corpus import Clip, Monologue, Taxonomy, Vote
from ..spans import Span
from .checks import NO_VOTE

Item = Clip | Monologue
Abstain = Literal["leave_out", "label"]
"""What an abstention is: no vote, or a vote for the abstain word."""


@dataclass(frozen=True, slots=True)
class VoteRow:
    """What a row of votes is about.

    Attributes:
        item: Key of the item.
        span: The part of a monologue; None for a clip.
        weight: 1 for a clip, the seconds of a part of a monologue; exact.
    """

    item: str
    span: Span | None
    weight: Fraction


@dataclass(frozen=True, slots=True, eq=False)
class VoteTable:
    """The votes of R raters on N rows over the K labels of a taxonomy. Its arrays are read-only.

    Attributes:
        taxonomy: The taxonomy of the layer.
        raters: Names of the raters, sorted.
        rows: What each row is about; clips in their order, parts of a monologue in order of time.
        members: bool ``[N, R, K]``: the labels that each rater gave.
        abstained: bool ``[N, R]``: the rater gave the abstain word and no label.
        unusable: bool ``[N, R]``: the rater gave neither a label nor the abstain word, or several labels where the layer takes
            one.
    """

    taxonomy: Taxonomy
    raters: tuple[str, ...]
    rows: tuple[VoteRow, ...]
    members: BoolArray
    abstained: BoolArray
    unusable: BoolArray

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    @property
    def voted(self) -> BoolArray:
        """Whether each rater gave labels that count, bool ``[N, R]``."""
        return self.members.any(axis=2) & ~self.unusable

    def active(self) -> BoolArray:
        """Return whether each rater gave anything at all, bool ``[N, R]``."""
        found: BoolArray = self.members.any(axis=2) | self.abstained | self.unusable
        return found

    def indices(self) -> Int64Array:
        """Return the votes of a layer that takes one label, int64 ``[N, R]``: class indices, -1 for no vote that counts."""
        return np.where(self.voted, self.members.argmax(axis=2), NO_VOTE)

    def weights(self) -> tuple[Fraction, ...]:
        """Return the weights of the rows."""
        return tuple(row.weight for row in self.rows)

    def select(self, rows: Sequence[int]) -> VoteTable:
        """Return the table of some rows, by index, and of the raters that gave anything in them."""
        chosen = np.asarray(rows, np.int64)
        active = np.asarray(self.active()[chosen].any(axis=0))
        return VoteTable(
            self.taxonomy,
            tuple(self.raters[index] for index in np.flatnonzero(active)),
            tuple(self.rows[index] for index in chosen),
            self.members[chosen][:, active],
            self.abstained[chosen][:, active],
            self.unusable[chosen][:, active],
        )


def vote_table(items: Iterable[Item], names: Taxonomy) -> VoteTable:
    """Return the votes of items in one layer.

    A vote with a span on a clip, and a vote without one on a monologue, is about all of it. Where spans of one rater overlap,
    the rater gives the labels of all of them. Rows end where the monologue does: of a vote past its duration the seconds before
    are left, and one that is wholly behind it is in no row.

    Args:
        items: Clips or monologues.
        names: The taxonomy of the layer.

    Cost: one pass over the votes; N * R * K bytes.
    """
    rows: list[VoteRow] = []
    given_by: list[Mapping[str, tuple[Vote, ...]]] = []
    for item in items:
        votes = item.votes_in(names.name)
        if isinstance(item, Clip):
            if votes:
                rows.append(VoteRow(item.key, None, Fraction(1)))
                given_by.append(_by_rater(votes))
        else:
            for span, votes_of in _parts(item, votes):
                rows.append(VoteRow(item.key, span, span.duration))
                given_by.append(votes_of)
    raters = tuple(sorted({name for votes_of in given_by for name in votes_of}))
    column = {name: number for number, name in enumerate(raters)}
    members = np.zeros((len(rows), len(raters), len(names.labels)), bool)
    abstained, unusable = np.zeros((2, len(rows), len(raters)), bool)
    for number, votes_of in enumerate(given_by):
        for name, votes in votes_of.items():
            given = {label for vote in votes for label in vote.labels}
            for label in given:
                members[number, column[name], names.index(label)] = True
            abstained[number, column[name]] = not given and any(vote.abstain for vote in votes)
            unusable[number, column[name]] = (len(given) > 1 and not names.multiple) or not (
                given or any(vote.abstain for vote in votes)
            )
    return VoteTable(names, raters, tuple(rows), members, abstained, unusable)


def panels(table: VoteTable) -> list[list[int]]:
    """Return the rows of each panel, by index, in the order of their first rows.

    A panel is the raters that are linked by rows that they share: two raters of one row are in one panel. Raters of different
    panels never labelled the same row, directly or through others.
    """
    active = table.active()
    panel = np.arange(len(table.raters))
    for row in np.unique(active, axis=0) if len(table) else ():
        linked = np.unique(panel[row])
        panel[np.isin(panel, linked)] = linked[:1]
    found: dict[int, list[int]] = {}
    for number, first in enumerate(active.argmax(axis=1) if len(table) else ()):
        found.setdefault(int(panel[first]), []).append(number)
    return list(found.values())


def _by_rater(votes: Iterable[Vote]) -> dict[str, tuple[Vote, ...]]:
    found: dict[str, tuple[Vote, ...]] = {}
    for vote in votes:
        found[vote.rater] = (*found.get(vote.rater, ()), vote)
    return found


def _parts(item: Monologue, votes: Sequence[Vote]) -> list[tuple[Span, Mapping[str, tuple[Vote, ...]]]]:
    """Return the parts of a monologue in which the same votes lie, in order of time, and who gave them."""
    everywhere = Span(0, item.duration) if item.duration > 0 else None
    placed = [(span, vote) for vote in votes if (span := _within(vote.span, everywhere)) is not None]
    waiting = sorted(placed, key=lambda each: each[0].start, reverse=True)
    active: list[tuple[Span, Vote]] = []
    parts: list[tuple[Span, Mapping[str, tuple[Vote, ...]]]] = []
    before: object = None
    for start, end in pairwise(sorted({edge for span, _ in placed for edge in (span.start, span.end)})):
        active = [each for each in active if each[0].end > start]
        while waiting and waiting[-1][0].start <= start:
            active.append(waiting.pop())
        there = _by_rater(vote for _, vote in active)
        content = {name: _content(each) for name, each in there.items()}
        if there and content == before:
            parts[-1] = (Span(parts[-1][0].start, end), parts[-1][1])
        elif there:
            parts.append((Span(start, end), there))
        before = content if there else None
    return parts


def _within(span: Span | None, everywhere: Span | None) -> Span | None:
    """Return the part of a span that lies in its item; all of it where the length of that is not known."""
    if span is None or everywhere is None:
        return span or everywhere
    return span.intersect(everywhere)


def _content(votes: Sequence[Vote]) -> tuple[frozenset[str], bool]:
    return frozenset(label for vote in votes for label in vote.labels), any(vote.abstain for vote in votes)
