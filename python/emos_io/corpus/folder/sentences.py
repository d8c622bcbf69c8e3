"""Sentences: subtitles and transcripts beside the labels. Of several about one media file one counts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ...errors import InvalidArgument, SourceNotFound, SourceUnreadable, TooLarge, quoted
from ...formats import NOISE, AnnotationFile, Reporter, Segment, read_annotation, read_whisperx
from ..annotation_paths import SENTENCES, is_table, sentence_files
from ..findings import FindingCollector
from ..media_names import MediaNames, fold_name
from .labels import FolderLabels, MediaLabels
from .options import FolderOptions
from .raters import names_of_files

_LANGUAGE = re.compile(r"(?P<name>.+)\.(?P<language>[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)")
_ORDER = (".srt", ".vtt", ".json")


def read_transcripts(path: Path, media: MediaNames, labels: FolderLabels, options: FolderOptions) -> set[Path]:
    """Add the sentences of a file, or of all files in a folder, to what was read of their media.

    Returns:
        The files that were read, resolved.

    Raises:
        SourceNotFound: There is no such file or folder, or the folder holds no subtitles.
        InvalidArgument: The file is a table.
        SourceUnreadable: The file that was named is not of its format.
    """
    if not path.exists():
        raise SourceNotFound(
            f"there are no sentences; give a file or folder that exists: {quoted(path)}", path=str(path)
        )
    if path.is_file() and is_table(path):
        raise InvalidArgument(
            f"sentences must be a file of {', '.join(sorted(SENTENCES))}, got a table; name its column as columns['text']: "
            f"{quoted(path)}",
            path=str(path),
        )
    findings = options.findings
    own = {file.resolve() for file in labels.files}
    read: set[Path] = set()
    files = [path] if path.is_file() else sentence_files(path)
    names = names_of_files(files, has_suffix=True)
    for file in files:
        if file != path and file.resolve() in own and file.suffix.lower() == ".json":
            # Label Studio and WhisperX share a suffix; these are labels.
            continue
        key = _medium(file, names[file], files, media)
        if key is None:
            continue
        try:
            found = _read(file, options.encoding, findings.reporter(names[file]))
        except (SourceUnreadable, SourceNotFound, TooLarge) as error:
            if path.is_file():
                raise
            what, _, fix = str(error).removesuffix(f": {quoted(file)}").partition("; ")
            findings.add("unreadable_file", names[file], what, f"it is left out; {fix}, or move it elsewhere")
            continue
        read.add(file.resolve())
        if not found.segments:
            what = "it has no sentence"
            findings.add("no_sentences", names[file], what, "nothing is read of it; transcribe it, or leave it out")
        # WhisperX repeats every word as a segment of its own.
        is_whisper = file.suffix.lower() == ".json"
        kept = [each for each in found.segments if not (is_whisper and each.tier.split("/")[0] == "words")]
        labels.contents.setdefault(key, MediaLabels()).transcripts[file] = kept
    return read


def _read(file: Path, encoding: str | None, report: Reporter) -> AnnotationFile:
    return (
        read_whisperx(file, reporter=report)
        if file.suffix.lower() == ".json"
        else read_annotation(file, encoding=encoding, reporter=report)
    )


def _medium(file: Path, name: str, files: Sequence[Path], media: MediaNames) -> str | None:
    """Return the key of the media file that a transcript is named after, with or without a language (``talk.en.srt``)."""
    match = media.match_file(file, files)
    if match.file is None and (named := _LANGUAGE.fullmatch(file.stem)):
        without = media.match_file(file.with_name(named["name"] + file.suffix), files)
        match = without if without.file is not None else match
    return media.accept(match, name, "its sentences are left out")


def _language(file: Path, key: str) -> str:
    """Return the language that the name of a transcript ends with, or ""."""
    named = _LANGUAGE.fullmatch(file.stem)
    is_medium = fold_name(file.stem) == fold_name(key.rsplit("/", 1)[-1])
    return "" if named is None or is_medium else named["language"].lower()


def chosen_transcript(key: str, transcripts: Mapping[Path, Sequence[Segment]], options: FolderOptions) -> list[Segment]:
    """Return the sentences of one media file in order of time, each once.

    Of several files that differ one counts: the one whose name ends with `FolderOptions.language`, else one without a
    language, else the first by suffix (.srt, .vtt, .json, tables) and path.

    Args:
        key: Key of the media file.
        transcripts: Sentences by file.
        options: How the folder is read; its findings take ``repeated_sentence`` and ``second_transcript``.
    """
    findings, wanted = options.findings, options.language.lower()
    files = sorted(transcripts, key=lambda file: _rank(file, key, wanted))
    if not files:
        return []
    chosen, names = files[0], names_of_files(files, has_suffix=True)
    sentences = _once(transcripts[chosen], names[chosen], key, findings)
    _report_rolling(sentences, f"{key}, {names[chosen]}", findings)
    spoken = _language(chosen, key)
    if _are_two(spoken, wanted) and not _speaks(chosen, key, wanted):
        what = f"the language {options.language!r} was asked for, and {names[chosen]} is of {spoken!r}"
        fix = "its sentences are taken; give those in the right language, or correct the language"
        findings.add("other_language", key, what, fix)
    for other in files[1:]:
        again = sorted(transcripts[other], key=lambda each: each.span)
        if _equal(sentences, _distinct(again)):
            what = f"{names[other]} has the {len(sentences)} sentences of {names[chosen]}"
            findings.add("repeated_sentence", key, what, "each counts once", repaired=True)
            continue
        by_language = bool(wanted) and _speaks(chosen, key, wanted) and not _speaks(other, key, wanted)
        what = f"{names[other]} and {names[chosen]} have different sentences"
        fix = f"those of {names[chosen]} are taken; " + (
            "its name has the language that was asked for" if by_language else "give the file that counts as sentences"
        )
        findings.add("second_transcript", key, what, fix, repaired=by_language and bool(_language(other, key)))
    return sentences


def _are_two(spoken: str, wanted: str) -> bool:
    """Return whether two codes are those of two languages; one of two and one of three letters may be the same one."""
    first, second = (re.split("[-_]", code)[0] for code in (spoken, wanted))
    return "und" not in (first, second) and len(first) == len(second) and first != second


def _speaks(file: Path, key: str, language: str) -> bool:
    return _language(file, key) == language or _language(file, key).startswith((f"{language}-", f"{language}_"))


def _rank(file: Path, key: str, wanted: str) -> tuple[bool, bool, bool, int, str]:
    suffix = file.suffix.lower()
    return (
        is_table(file),
        not (bool(wanted) and _speaks(file, key, wanted)),
        bool(_language(file, key)),
        _ORDER.index(suffix) if suffix in _ORDER else len(_ORDER),
        file.as_posix(),
    )


def _once(segments: Iterable[Segment], name: str, key: str, findings: FindingCollector) -> list[Segment]:
    """Return sentences in order of time; of equal ones at one time the first."""
    ordered = sorted(segments, key=lambda each: each.span)
    kept = _distinct(ordered)
    if len(kept) < len(ordered):
        again = len(ordered) - len(kept)
        what = f"{again} of {len(ordered)} sentences stand in it twice, with the same time and text"
        findings.add("repeated_sentence", f"{key}, {name}", what, "each counts once", repaired=True)
    return kept


def _distinct(ordered: Sequence[Segment]) -> list[Segment]:
    kept: list[Segment] = []
    for each in ordered:
        if not any(_is_same(before, each) for before in _beginning_with(each, kept)):
            kept.append(each)
    return kept


def _beginning_with(sentence: Segment, kept: Sequence[Segment]) -> Iterator[Segment]:
    """Yield the last sentences of some in order that begin when another one does."""
    for before in reversed(kept):
        if sentence.span.start - before.span.start >= NOISE:
            return
        yield before


def _is_same(first: Segment, second: Segment) -> bool:
    """Return whether two sentences have one text at one time; times may differ by less than 1 ms."""
    edges = ((first.span.start, second.span.start), (first.span.end, second.span.end))
    return _words(first.text) == _words(second.text) and all(abs(one - other) < NOISE for one, other in edges)


def _words(text: str) -> str:
    return " ".join(text.split())


def _equal(first: Sequence[Segment], second: Sequence[Segment]) -> bool:
    return len(first) == len(second) and all(_is_same(one, other) for one, other in zip(first, second, strict=True))


def _report_rolling(sentences: Sequence[Segment], where: str, findings: FindingCollector) -> None:
    """Make a finding of captions that roll: a cue begins with the last line of the cue before it."""
    rolling = 0
    for before, after in itertools.pairwise(sentences):
        lines = after.text.splitlines()
        touches = after.span.start < before.span.end + NOISE
        rolling += touches and len(lines) > 1 and bool(lines[0].strip()) and lines[0] == before.text.splitlines()[-1]
    if rolling:
        what = f"{rolling} of {len(sentences)} sentences begin with the last line of the one before, as captions that roll do"
        findings.add("repeated_sentence", where, what, "they are kept; write each line once", repaired=False)
