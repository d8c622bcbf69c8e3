"""Votes and reviews as events in a log that only grows; the votes that count are computed from it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace

from ..._checks import checked_path
from ...corpus import Clip, FindingCollector, Monologue, Vote
from ...corpus.codec import decode, encode
from ...corpus.data import AnyCorpus, checked_corpus
from ...errors import CorpusError, InvalidArgument, quoted, short_repr
from .added_votes import GivenVote, VoteJoiner, is_same
from .adjudication import adjudicated_clip, adjudicated_monologue
from .conflicts import report_conflicts
from .items import EventItems
from .kept_findings import without_kept
from .withdrawal import without_outdated


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
            # Names of files may hold bytes that are no text.
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            object.__setattr__(self, "id", digest[:16])


class EventLog:
    """A JSON Lines file of events, one event a line. Events are appended and never changed; blank lines are no events.

    Args:
        path: The file. The first `add` makes it.

    Raises:
        CorpusError: a line is no event, is cut off, or has the id of another one.
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
        content = self.path.read_bytes() if self.path.exists() else b""
        *lines, rest = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        self._ends_within_line = bool(rest)
        found: dict[str, Event] = {}
        for number, line in enumerate([*lines, rest], 1):
            if not line.strip():
                continue
            event = self._read(line, number, has_end=number <= len(lines))
            if found.setdefault(event.id, event) != event:
                raise CorpusError(
                    f"line {number} has the id of another event, {event.id}; delete its id: {quoted(self.path)}",
                    path=str(self.path),
                    index=number - 1,
                )
        self._events, self._ids = list(found.values()), set(found)

    def _read(self, line: bytes, number: int, *, has_end: bool) -> Event:
        """Return the event of a line; broken JSON without its end is of a writer that did not finish."""
        try:
            value, reason = json.loads(line.decode()), None
        except (ValueError, RecursionError) as error:
            value, reason = None, error
        if reason is not None and not has_end:
            raise CorpusError(
                f"line {number}, the last one, is cut off; delete it by hand and add its event again, the file was not "
                f"changed: {quoted(self.path)}",
                path=str(self.path),
                index=number - 1,
            ) from reason
        try:
            if reason is not None:
                raise reason
            return decode(Event, value)
        except (ValueError, RecursionError) as error:
            raise CorpusError(
                f"line {number} is no event ({error}); correct it by hand, the file was not changed: "
                f"{quoted(self.path)}",
                path=str(self.path),
                index=number - 1,
            ) from error

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
            data = b"".join(map(_line, new))
            with self.path.open("ab") as file:
                file.write(b"\n" + data if self._ends_within_line else data)
                file.flush()
                os.fsync(file.fileno())
            self._ends_within_line = False
        self._events += new
        self._ids = ids
        return len(new)

    def superseded(self) -> list[Event]:
        """Return the events that others replace, in the order of the log."""
        replaced = {event.supersedes for event in self._events}
        return [event for event in self._events if event.id in replaced]

    def current(self, findings: FindingCollector | None = None) -> list[Event]:
        """Return the events that count, in the order of the log.

        An event counts if no other supersedes it. Of several votes of one rater on one item, layer and span the first
        counts; each other one is a finding (``second_vote``). Reviews are remarks, and all count.

        Args:
            findings: Takes the findings; None drops them.
        """
        findings = findings if findings is not None else FindingCollector()
        superseded = {event.supersedes for event in self._events}
        counting: dict[tuple[Hashable, ...], Event] = {}
        for event in self._events:
            if event.id in superseded:
                continue
            vote = event.vote
            remark = event.id if vote.role == "review" else None
            first = counting.setdefault((vote.item, vote.layer, vote.rater, vote.role, vote.span, remark), event)
            if first is event or is_same(first.vote, vote):
                continue
            where = vote.item if vote.span is None else f"{vote.item}, {vote.span},"
            what = f"{vote.rater} voted twice on {where} in {vote.layer}, {first.vote.raw!r} and {vote.raw!r}"
            fix = "the first counts; add an event that supersedes it"
            findings.add("second_vote", f"{self.path.name}, event {event.id}", what, fix)
        return list(counting.values())


def _line(event: Event) -> bytes:
    """Return a line of the log; one with names that are no text is in ASCII, which can hold them."""
    try:
        return json.dumps(encode(event), ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(encode(event)).encode() + b"\n"


def with_events(corpus: AnyCorpus, log: EventLog) -> AnyCorpus:
    """Return a corpus with the votes, reviews and adjudications of a log.

    Votes are added to those that an item has, on clips and, with their spans, on monologues. So are the answers of reviewers,
    in their roles ``"review"`` and ``"adjudicate"``, which no method counts as votes. An adjudication makes the decision: on a
    clip that of the layer, on a monologue that of the span, and the utterance of that span has its labels. The decision that it
    replaces goes to ``replaced``, and its labels are ``recipe["before"]``. Nothing is overwritten, and a log that was applied
    before changes nothing. The corpus that was given stays as it is.

    An item is named by its key, by the last part of its key, or by the name of its media file where that is of one item alone.
    Of several answers on one thing the last one counts, until an event supersedes it.
    What the span of an adjudication covers is cut out of other decisions; what remains of them counts. An answer with a span on
    a clip decides nothing, nor does one after the end of a monologue; one that ends after it counts up to the end.

    Args:
        corpus: The corpus that the events are about.
        log: The log; only events that count are used (see `EventLog.current`).

    Returns:
        A corpus of the same class. Its findings have besides: ``unknown_item``, ``second_vote``, ``unknown_label``,
        ``too_many_labels``, ``abstaining_answer``, ``bad_span`` and ``conflicting_answers``, each once.
        ``adjudication_kept`` goes for items whose adjudications are withdrawn.

    Raises:
        InvalidArgument: an argument is of another type.

    Cost: one pass over the log, and over the spans of monologues that it is about.
    """
    checked_corpus(corpus)
    if not isinstance(log, EventLog):
        raise InvalidArgument(f"log must be an EventLog, got {short_repr(log)}; give EventLog(path)")
    findings = FindingCollector()
    items = EventItems(corpus)
    given: dict[str, list[GivenVote]] = {}
    unknown: dict[str, list[GivenVote]] = {}
    for event in log.current(findings):
        where = f"{log.path.name}, event {event.id}"
        key = items.key(event.vote.item)
        if key is None:
            unknown.setdefault(event.vote.item, []).append(GivenVote(event.vote, event.id, where, event.note))
        else:
            given.setdefault(key, []).append(GivenVote(replace(event.vote, item=key), event.id, where, event.note))
    for name, votes in unknown.items():
        raters = ", ".join(sorted({each.vote.rater for each in votes}))
        voted = f"{raters} voted on {name}" if len(votes) == 1 else f"{len(votes)} votes of {raters} are on {name}"
        fix = "it is left out; correct the key"
        findings.add("unknown_item", votes[0].where, f"{voted}, {items.why_unknown(name)}", fix)
    outdated: dict[str, list[Vote]] = {}
    for event in log.superseded():
        if key := items.key(event.vote.item):
            outdated.setdefault(key, []).append(replace(event.vote, item=key))
    joiner = VoteJoiner(corpus, findings)
    ids = frozenset(event.id for event in log.events)
    clips: list[Clip] = []
    for clip in corpus.clips:
        joined, answers = joiner.joined(clip, given.get(clip.key, ()), outdated.get(clip.key, ()))
        clips.append(adjudicated_clip(without_outdated(joined, ids, answers), answers))
        report_conflicts(corpus, clips[-1], answers, findings)
    monologues: list[Monologue] = []
    for talk in corpus.monologues:
        heard, answers = joiner.joined(talk, given.get(talk.key, ()), outdated.get(talk.key, ()))
        monologues.append(adjudicated_monologue(without_outdated(heard, ids, answers), answers))
        report_conflicts(corpus, monologues[-1], answers, findings)
    known = set(corpus.findings)
    return without_kept(corpus.with_items(clips, monologues), corpus).with_findings(
        [each for each in findings.collected if each not in known]
    )
