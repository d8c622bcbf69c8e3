"""Votes and reviews as events: a log that only grows. What counts now is worked out from it, nothing in it is changed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..corpus import Clip, Corpus, Decision, Findings, Vote
from ..corpus.codec import decode, encode
from ..errors import CorpusError


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a rater or reviewer said.

    Attributes:
        vote: What was said, by whom, in which role.
        time: When, ISO 8601, as the source gives it, or None.
        supersedes: Id of an earlier event that this one takes the place of.
        note: In words.
        id: SHA-256 of all the above, 16 hex digits: the same event read twice has the same id.
    """

    vote: Vote
    time: str | None = None
    supersedes: str | None = None
    note: str = ""
    id: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.id:
            said = encode(replace(self.vote, provenance=None)) | {
                "time": self.time,
                "supersedes": self.supersedes,
                "note": self.note,
            }
            text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            object.__setattr__(self, "id", hashlib.sha256(text.encode()).hexdigest()[:16])


class EventLog:
    """A JSON Lines file of events, one a line, which is only ever added to.

    Args:
        path: Of the file; it is made when something is first added.

    Raises:
        CorpusError: A line is no event.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._events: list[Event] = []
        if self.path.exists():
            for number, line in enumerate(self.path.read_text("utf-8").splitlines(), 1):
                try:
                    self._events.append(decode(Event, json.loads(line)))
                except (ValueError, CorpusError) as error:
                    raise CorpusError(
                        f"a line is no event ({error}); mend it by hand, nothing was lost: {self.path}, line {number}"
                    ) from error
        self._ids = {event.id for event in self._events}

    def __len__(self) -> int:
        return len(self._events)

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event, in the order in which they were added."""
        return tuple(self._events)

    def add(self, events: Iterable[Event]) -> int:
        """Add events and return how many were new; those that are there already are left as they are.

        Raises:
            CorpusError: An event supersedes one that is not in the log.
            OSError: The file cannot be written.
        """
        new: list[Event] = []
        ids = set(self._ids)
        for event in events:
            if event.id in ids:
                continue
            if event.supersedes is not None and event.supersedes not in ids:
                raise CorpusError(
                    f"event {event.id} supersedes {event.supersedes}, which is not in the log; add that first: "
                    f"{str(self.path)!r}"
                )
            ids.add(event.id)
            new.append(event)
        if new:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = "".join(json.dumps(encode(event), ensure_ascii=False) + "\n" for event in new)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        self._events += new
        self._ids = ids
        return len(new)

    def current(self, findings: Findings | None = None) -> list[Event]:
        """Return the events that count: those that no other supersedes, and of several votes of one rater the first."""
        told = findings if findings is not None else Findings()
        gone = {event.supersedes for event in self._events}
        counting: dict[tuple[object, ...], Event] = {}
        for event in self._events:
            if event.id in gone:
                continue
            vote = event.vote
            first = counting.setdefault((vote.item, vote.layer, vote.rater, vote.role, vote.span), event)
            if first is not event:
                what = f"{vote.rater} votes a second time on {vote.item} in {vote.layer}, {vote.raw!r} after {first.vote.raw!r}"
                told.add(
                    "second_vote",
                    f"{self.path.name}, event {event.id}",
                    what,
                    "the first counts; let the other supersede it",
                )
        return list(counting.values())


def with_events(corpus: Corpus, log: EventLog) -> Corpus:
    """Return the corpus with the votes of a log added and its adjudications in the place of decisions.

    The decision that an adjudication takes the place of stays in the log's corpus as published; its label is in the recipe.
    Events on items that the corpus lacks become findings of the corpus.
    """
    votes: dict[str, list[Vote]] = {}
    rulings: dict[str, list[Event]] = {}
    keys = set(corpus.clips.keys())
    for event in log.current(corpus.findings):
        if event.vote.item not in keys:
            what = f"{event.vote.rater} speaks of {event.vote.item}, which the corpus does not have"
            corpus.findings.add(
                "unknown_item", f"{log.path.name}, event {event.id}", what, "it is left out; correct the key"
            )
        elif event.vote.role == "annotate":
            votes.setdefault(event.vote.item, []).append(event.vote)
        else:
            rulings.setdefault(event.vote.item, []).append(event)
    clips = [
        _ruled(replace(clip, votes=(*clip.votes, *_new(clip, votes.get(clip.key, ())))), rulings.get(clip.key, ()))
        for clip in corpus.clips
    ]
    return corpus.with_items(clips)


def _new(clip: Clip, votes: Iterable[Vote]) -> list[Vote]:
    known = {(vote.layer, vote.rater) for vote in clip.votes}
    return [vote for vote in votes if (vote.layer, vote.rater) not in known]


def _ruled(clip: Clip, rulings: Iterable[Event]) -> Clip:
    decisions = dict(clip.decisions)
    for event in rulings:
        vote = event.vote
        if vote.role != "adjudicate" or not vote.labels:
            continue
        before = decisions.get(vote.layer)
        recipe = {
            "method": "adjudication",
            "by": vote.rater,
            "event": event.id,
            "before": before.label if before else None,
        }
        decisions[vote.layer] = Decision(
            clip.key,
            vote.layer,
            vote.labels,
            dict.fromkeys(vote.labels, 1.0),
            1.0 if len(vote.labels) == 1 else None,
            "high",
            recipe,
        )
    return replace(clip, decisions=decisions)
