"""A log of votes and reviews, for verbs that read one beside a corpus."""

from __future__ import annotations

from pathlib import Path

from ..annotation import EventLog, with_events
from ..corpus import Corpus, FindingCollector
from ..errors import SourceNotFound, quoted


def open_log(path: str) -> EventLog:
    """Return a log that is there.

    Raises:
        SourceNotFound: There is no such file.
    """
    if not Path(path).exists():
        raise SourceNotFound(
            f"there is no such log; give one that emos votes or emos review wrote: {quoted(path)}", path=path
        )
    return EventLog(path)


def with_log(corpus: Corpus, path: str, findings: FindingCollector) -> Corpus:
    """Return a corpus with the events of a log; what is wrong with them is added to the findings.

    Raises:
        SourceNotFound: There is no such file.
    """
    found = with_events(corpus, open_log(path))
    for each in found.findings[len(corpus.findings) :]:
        findings.add(each.code, each.where, each.what, each.fix, severity=each.severity)
    return found
