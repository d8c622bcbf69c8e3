"""Votes and reviews as events in a log that only grows; the votes that count are computed from it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .._checks import checked_path
from ..corpus import Clip, Corpus, Decision, FindingCollector, Vote
from ..corpus.codec import decode, encode
from ..errors import CorpusError, quoted


@dataclass(frozen=True, slots=True)
class Event:
    """One vote of a rater or reviewer, as a line of the log.

    Attributes:
        vote: The vote: its item, layer, labels, rater and role.
        time: The time of the vote, ISO 8601, as the source gives it, or None.
        supersedes: The id of an earlier event that this one replaces, or None.
        note: A remark of the reviewer.
        id: The first 16 hex digits of the SHA-256 of the fields above, without the provenance of the vote. The same
            event read twice has the same id.
    """

    vote: Vote
    time: str | None = None
    supersedes: str | None = None
    note: str = ""
    id: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.id:
            payload = encode(replace(self.vote, provenance=None)) | {
                "time": self.time,
                "supersedes": self.supersedes,
                "note": self.note,
            }
            text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            object.__setattr__(self, "id", hashlib.sha256(text.encode()).hexdigest()[:16])


class EventLog:
    """A JSON Lines file of events, one event a line. Events are appended and never changed.

    Args:
        path: The file. The first `add` makes it.

    Raises:
        CorpusError: a line is no event.
        OSError: the file cannot be read.

    Example:
        >>> import tempfile
        >>> from emos_io.corpus import Clip, Corpus, Vote
        >>> log = EventLog(f"{tempfile.mkdtemp()}/votes.jsonl")
        >>> first = Event(Vote(item="own/1", layer="basic7", rater="ann", labels=("Fear",)))
        >>> log.add([first, Event(Vote(item="own/1", layer="basic7", rater="ann", labels=("Joy",)), supersedes=first.id)])
        2
        >>> corpus = with_events(Corpus([Clip(key="own/1", source="own", language="en")]), log)
        >>> [vote.labels for vote in corpus.clips["own/1"].votes]
        [('Joy',)]
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = checked_path(path)
        self._events: list[Event] = []
        if self.path.exists():
            for number, line in enumerate(self.path.read_text("utf-8").splitlines(), 1):
                try:
                    self._events.append(decode(Event, json.loads(line)))
                except ValueError as error:
                    raise CorpusError(
                        f"line {number} is no event ({error}); correct it by hand, the file was not changed: "
                        f"{quoted(self.path)}",
                        path=str(self.path),
                        index=number - 1,
                    ) from error
        self._ids = {event.id for event in self._events}

    def __repr__(self) -> str:
        return f"EventLog({str(self.path)!r}, {len(self)} events)"

    def __len__(self) -> int:
        return len(self._events)

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event, in the order in which they were added."""
        return tuple(self._events)

    def add(self, events: Iterable[Event]) -> int:
        """Append the events that are not in the log yet, and return how many were appended.

        Raises:
            CorpusError: an event supersedes one that is not in the log; nothing is appended.
            OSError: the file cannot be written.

        Cost: one write and one fsync for all events.
        """
        new: list[Event] = []
        ids = set(self._ids)
        for event in events:
            if event.id in ids:
                continue
            if event.supersedes is not None and event.supersedes not in ids:
                raise CorpusError(
                    f"event {event.id} supersedes {event.supersedes}, which is not in the log; add that first: "
                    f"{quoted(self.path)}",
                    path=str(self.path),
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

    def current(self, findings: FindingCollector | None = None) -> list[Event]:
        """Return the events that count, in the order of the log.

        An event counts if no other supersedes it. Of several votes of one rater on one item, layer and span the first
        counts; each other one is a finding (``second_vote``).

        Args:
            findings: Takes the findings; None drops them.
        """
        findings = findings if findings is not None else FindingCollector()
        superseded = {event.supersedes for event in self._events}
        counting: dict[tuple[object, ...], Event] = {}
        for event in self._events:
            if event.id in superseded:
                continue
            vote = event.vote
            first = counting.setdefault((vote.item, vote.layer, vote.rater, vote.role, vote.span), event)
            if first is not event:
                what = f"{vote.rater} voted twice on {vote.item} in {vote.layer}, {first.vote.raw!r} and {vote.raw!r}"
                fix = "the first counts; add an event that supersedes it"
                findings.add("second_vote", f"{self.path.name}, event {event.id}", what, fix)
        return list(counting.values())


def with_events(corpus: Corpus, log: EventLog) -> Corpus:
    """Return a corpus with the votes and adjudications of a log.

    An adjudicated decision replaces the published one; the replaced label is kept in ``recipe["before"]``. An event on an
    item that the corpus does not have is a finding (``unknown_item``) of the new corpus, as are second votes. The corpus
    that was given stays as it is.

    Args:
        corpus: The corpus that the events are about.
        log: The log; only events that count are used (see `EventLog.current`).
    """
    votes: dict[str, list[Vote]] = {}
    adjudications: dict[str, list[Event]] = {}
    keys = set(corpus.clips.keys())
    findings = FindingCollector()
    for event in log.current(findings):
        if event.vote.item not in keys:
            what = f"{event.vote.rater} voted on {event.vote.item}, which is not in the corpus"
            fix = "it is left out; correct the key"
            findings.add("unknown_item", f"{log.path.name}, event {event.id}", what, fix)
        elif event.vote.role == "annotate":
            votes.setdefault(event.vote.item, []).append(event.vote)
        else:
            adjudications.setdefault(event.vote.item, []).append(event)
    clips = [
        _adjudicated(
            replace(clip, votes=(*clip.votes, *_new(clip, votes.get(clip.key, ())))), adjudications.get(clip.key, ())
        )
        for clip in corpus.clips
    ]
    return corpus.with_items(clips).with_findings(findings.collected)


def _new(clip: Clip, votes: Iterable[Vote]) -> list[Vote]:
    """Return the votes of raters that have not voted on the clip in that layer."""
    known = {(vote.layer, vote.rater) for vote in clip.votes}
    return [vote for vote in votes if (vote.layer, vote.rater) not in known]


def _adjudicated(clip: Clip, adjudications: Iterable[Event]) -> Clip:
    """Return the clip with the decisions of adjudications."""
    decisions = dict(clip.decisions)
    for event in adjudications:
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
            item=clip.key,
            layer=vote.layer,
            labels=vote.labels,
            scores=dict.fromkeys(vote.labels, 1.0),
            confidence=1.0 if len(vote.labels) == 1 else None,
            confidence_tier="high",
            recipe=recipe,
        )
    return replace(clip, decisions=decisions)
