"""Where verbs of votes read them: a log alone, a folder of media, a saved corpus or the release."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ..annotation import log_corpus, with_events
from ..corpus import Corpus, Finding, Findings
from ..corpus.annotation_paths import ANNOTATIONS
from ..errors import quoted
from .corpora import is_media_folder, read_corpus
from .log_media import log_media_corpus
from .logs import open_log
from .own_data import OwnData

MEANT = "several_raters"
"""The finding that several raters labelled, which is what verbs of votes are for."""

LEFT_OUT = "it is left out; add a row or a file of its name, or leave --annotations out: the log alone takes every file"
"""What a finding says to do about a media file without annotations where a log may have votes on it."""


@dataclass(frozen=True, slots=True)
class VoteSource:
    """A corpus with the votes of its source and of a log.

    Attributes:
        corpus: The corpus.
        new: Its findings that this verb makes, of annotations and of a log; those of a release and of a saved corpus are known,
            and ``emos doctor`` prints them. One of a log is new also where a saved corpus has it of the time before.
    """

    corpus: Corpus
    new: Findings


def is_log(source: str) -> bool:
    """Return whether a source is a log: a file, or the name of one that is not there."""
    path = Path(source)
    return path.is_file() or (not path.exists() and path.suffix.lower() == ".jsonl")


def check_log_alone(source: str, log: str | None, own: OwnData) -> None:
    """Refuse options that have no use beside a log alone.

    Raises:
        UsageError: Another log or annotations are given with it.
    """
    if is_log(source):
        for flag, given in (("--log", log is not None), ("--annotations", bool(own.annotations))):
            if given:
                raise click.UsageError(f"{flag} must be left out with a log alone, got both; leave one out")


def read_votes_of(source: str, own: OwnData, log: str | None) -> VoteSource:
    """Return the corpus of a source, with its votes and those of a log.

    A folder of media without annotations has the items that its files are, where a log has their votes. That several raters
    labelled is no finding here.

    Raises:
        SourceNotFound: There is nothing of that name, or no such log.
        UsageError: It is a file of annotations, or a folder of media without any votes, or options have no use.
        CorpusError: It is no log or no corpus.
    """
    check_log_alone(source, log, own)
    path = Path(source)
    if is_log(source):
        if path.suffix.lower() in ANNOTATIONS | {".xlsx"}:
            raise click.UsageError(
                f"a file alone must be a log of votes, got {path.suffix.lower()}; read it into a log with emos votes: "
                f"{quoted(path)}"
            )
        return _all_new(log_corpus(open_log(source), own.taxonomies))
    if log is not None and not own.annotations and is_media_folder(path):
        events = open_log(log)
        return _all_new(with_events(log_media_corpus(path, events, own.taxonomies), events))
    read = read_corpus(source, own)
    if own.annotations:
        noted = [each for each in read.findings if each.code != MEANT]
        if log is not None:
            noted = [replace(each, fix=LEFT_OUT) if each.code == "no_annotation" else each for each in noted]
        read = _with_findings(read, noted)
        return _all_new(read if log is None else with_events(read, open_log(log)))
    if log is None:
        return VoteSource(read, Findings())
    joined = with_events(_with_findings(read, ()), open_log(log))
    known = set(read.findings)
    noted = [*read.findings, *(each for each in joined.findings if each not in known)]
    return VoteSource(_with_findings(joined, noted), joined.findings)


def _all_new(corpus: Corpus) -> VoteSource:
    return VoteSource(corpus, corpus.findings)


def _with_findings(corpus: Corpus, findings: Iterable[Finding]) -> Corpus:
    """Return a corpus with these findings instead of its own."""
    return Corpus(corpus.clips, corpus.monologues, Findings([*findings]), corpus.origin, corpus.taxonomies)
