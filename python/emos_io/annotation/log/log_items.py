"""The items of a log alone: those that its votes are about."""

from __future__ import annotations

from collections.abc import Iterable

from ...corpus import Clip, Corpus, Monologue, Taxonomy, Vote
from .events import EventLog, with_events

SOURCE = "log"
"""The source of clips that a log alone speaks of."""


def log_corpus(log: EventLog, taxonomies: Iterable[Taxonomy] = ()) -> Corpus:
    """Return a corpus of the items that a log has votes on, with these votes and adjudications.

    An item with a vote on a span is a monologue that ends with its last span; any other is a clip.

    Args:
        log: The log; only events that count are used (see `EventLog.current`).
        taxonomies: The taxonomies of layers that the package does not know.

    Cost: one pass over the events.

    Example:
        >>> import tempfile
        >>> from emos_io.annotation.log.events import Event
        >>> log = EventLog(f"{tempfile.mkdtemp()}/votes.jsonl")
        >>> log.add(Event(Vote(item="own/1", layer="basic7", rater=who, labels=("Joy",))) for who in ("ann", "bob"))
        2
        >>> log_corpus(log)
        Corpus(1 clips, 0 monologues, 0 findings)
    """
    votes: dict[str, list[Vote]] = {}
    for event in log.current():
        votes.setdefault(event.vote.item, []).append(event.vote)
    clips: list[Clip] = []
    monologues: list[Monologue] = []
    for key, given in votes.items():
        ends = [vote.span.end for vote in given if vote.span is not None]
        if ends:
            name = key.rpartition("/")[2]
            monologues.append(Monologue(key=key, name=name, title=name, language="", duration=max(ends)))
        else:
            clips.append(Clip(key=key, source=SOURCE, language=""))
    return with_events(Corpus(clips, monologues, origin=str(log.path), taxonomies=taxonomies), log)
