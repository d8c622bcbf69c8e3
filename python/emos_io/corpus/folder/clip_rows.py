"""What the rows of one clip say in all tables: the votes of each rater, joined where they are one set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..findings import FindingCollector
from ..records import Provenance, Vote
from ..taxonomies import Taxonomy

INTENSITY = "intensity"


@dataclass(frozen=True, slots=True)
class GivenVote:
    """One vote on a clip.

    Attributes:
        vote: The vote; its rater is "" where no cell names one.
        file: The table that it was read from, as findings name it.
        confidences: How sure the rater is, from 0 to 1, of each row that says so.
        is_named: Whether a cell names the rater; else the rater may get the name of the file.
    """

    vote: Vote
    file: str
    confidences: tuple[float, ...]
    is_named: bool

    def is_by(self, other: GivenVote) -> bool:
        """Return whether one person gave both in one layer; those without a name are told apart by their files."""
        same = (self.vote.layer, self.vote.rater) == (other.vote.layer, other.vote.rater)
        return same and (bool(self.vote.rater) or self.file == other.file)


@dataclass(slots=True)
class ClipRows:
    """What the rows of one clip say, in all tables."""

    key: str
    provenance: Provenance
    text: str = ""
    groups: list[tuple[str, str]] = field(default_factory=list)
    without: dict[str, list[Provenance]] = field(default_factory=dict)
    votes: list[GivenVote] = field(default_factory=list)

    @property
    def has_several_nameless(self) -> bool:
        """Whether somebody without a name votes in a layer that another file votes in too."""
        files: dict[str, set[str]] = {}
        for each in self.votes:
            files.setdefault(each.vote.layer, set()).add(each.file)
        return any(not each.vote.rater and len(files[each.vote.layer]) > 1 for each in self.votes)

    def layers(self) -> list[str]:
        """Return the layers that have votes, in the order of the rows."""
        return list(dict.fromkeys(each.vote.layer for each in self.votes))

    def votes_in(self, layer: str) -> list[GivenVote]:
        """Return the votes of a layer."""
        return [each for each in self.votes if each.vote.layer == layer]

    def add(self, given: GivenVote, names: Taxonomy, where: str, findings: FindingCollector) -> bool:
        """Add a vote, and return whether it counts: in a layer of sets, rows of one rater are one vote.

        Args:
            given: The vote of one row.
            names: The taxonomy of its layer.
            where: The row, for findings.
            findings: Takes ``repeated_label`` and ``second_vote``.
        """
        at = next((number for number, each in enumerate(self.votes) if each.is_by(given)), None)
        if at is None:
            self.votes.append(given)
            return True
        first = self.votes[at]
        words, before = _words(given.vote, names), _words(first.vote, names)
        if not names.multiple and words != before:
            what = f"{given.vote.rater or 'the rater'} votes a second time on {self.key}"
            findings.add("second_vote", where, what, "the first vote counts; delete one of them")
            return False
        if repeated := words & before:
            what = f"{', '.join(sorted(repeated))} was given to {self.key} in a row before"
            findings.add("repeated_label", where, what, "it counts once")
        confidences = (*first.confidences, *given.confidences)
        self.votes[at] = replace(first, vote=_joined(first.vote, given.vote), confidences=confidences)
        return True

    def add_intensity(self, given: GivenVote, where: str, findings: FindingCollector) -> None:
        """Add a vote in the layer of intensities; rows of one rater in several layers may repeat it."""
        same = next((each.vote for each in self.votes if each.is_by(given)), None)
        if same is None:
            self.votes.append(given)
        elif same.labels != given.vote.labels:
            what = f"the intensity of {self.key} is {given.vote.labels[0]}, and {same.labels[0]} in a row before"
            findings.add("second_vote", where, what, "the first is kept; make them the same")

    def name_raters(self, names: Mapping[str, str]) -> None:
        """Give those who have no name that of their file."""
        self.votes = [
            each if each.vote.rater else replace(each, vote=replace(each.vote, rater=names[each.file]))
            for each in self.votes
        ]


def _words(vote: Vote, names: Taxonomy) -> set[str]:
    return {*vote.labels, *vote.open_labels, *([names.abstain] if vote.abstain and names.abstain else [])}


def _joined(first: Vote, second: Vote) -> Vote:
    raws = dict.fromkeys(raw for raw in (first.raw, second.raw) if raw)
    return replace(
        first,
        labels=tuple(dict.fromkeys([*first.labels, *second.labels])),
        open_labels=tuple(dict.fromkeys([*first.open_labels, *second.open_labels])),
        abstain=first.abstain or second.abstain,
        raw=";".join(raws),
    )
