"""Votes and answers as events in a log that only grows, and what they make of a corpus."""

from .added_votes import why_outside
from .adjudication import decision_of_utterance, is_adjudicated
from .chain import Chain, ChainStep, chains, item_chains
from .conflicts import conflicting_answers
from .decided_utterances import everywhere, with_decided_utterances
from .events import Event, EventLog, with_events
from .importing import read_span_votes, read_votes
from .items import EventItems
from .log_items import log_corpus

__all__ = [
    "Chain",
    "ChainStep",
    "Event",
    "EventItems",
    "EventLog",
    "chains",
    "conflicting_answers",
    "decision_of_utterance",
    "everywhere",
    "is_adjudicated",
    "item_chains",
    "log_corpus",
    "read_span_votes",
    "read_votes",
    "why_outside",
    "with_decided_utterances",
    "with_events",
]
