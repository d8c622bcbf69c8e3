"""SubRip and WebVTT subtitles, and the JSON of WhisperX."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from .._checks import checked_path
from ..errors import InvalidArgument, short_repr
from ..spans import Span
from .segments import AnnotationFile, Segment
from .source import FileFindings, Reporter, decode, lines_of, read_bytes, read_json
from .times import clock_time, exact_number

_ARROW = "-->"
_INDEX = re.compile(r"\s*[0-9]+\s*")
_FORMATTING = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_VTT_TIME = re.compile(r"(?:[0-9]{2,}:)?[0-5][0-9]:[0-5][0-9]\.[0-9]{3}")
_VTT_TAG = re.compile(r"<([^>]*+)(?:>|$)")


def read_srt(
    path: str | os.PathLike[str], *, encoding: str | None = None, reporter: Reporter | None = None
) -> AnnotationFile:
    r"""Return the cues of a SubRip file.

    A cue ends where the next one begins, so its text may contain blank lines. The numbers of cues are ignored. Text
    keeps its line breaks; ``<b> <i> <u> <s> <font>`` and ``{\an8}`` are removed.

    Args:
        path: An .srt file.
        encoding: Name of the encoding; a byte order mark counts more. None and ``"auto"`` detect it: UTF-8, then GB18030
            where the text looks Chinese, then cp1252; the last two are guesses, each a finding.
        reporter: Takes each finding as (code, where, what, fix): ``encoding``; ``stray_text``, for text before the
            first cue; and ``bad_time``, ``empty_span`` and ``no_text``, which leave a cue out. None raises the first
            finding.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no text, or it has text but no cue.
        InvalidArgument: there is a finding, and `reporter` is None.
        TooLarge: the file has more than 256 MiB.
    """
    path = checked_path(path)
    findings = FileFindings(path, reporter)
    lines = lines_of(decode(read_bytes(path), findings, encoding=encoding, fallback="cp1252"))
    heads = [number for number, line in enumerate(lines) if _ARROW in line]
    if not heads:
        if any(line.strip() for line in lines):
            raise findings.unreadable("the file has no line with -->", "give an .srt file")
        return AnnotationFile(())
    segments: list[Segment] = []
    first = _before_head(lines, heads[0])
    if stray := " ".join(lines[:first]).strip():
        findings.add("stray_text", "line 1", f"{short_repr(stray)} was left out", "remove it")
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        end = len(lines) if following is None else _before_head(lines, following)
        text = _FORMATTING.sub("", "\n".join(lines[head + 1 : end])).strip()
        before, _, after = lines[head].partition(_ARROW)
        # Some programs write the position of the cue on the screen after its times.
        after = after.strip().split(" ")[0]
        if span := _span(clock_time(before), clock_time(after), lines[head], f"line {head + 1}", findings):
            segments += _with_text(Segment(span, text), f"line {head + 1}", findings)
    return AnnotationFile(tuple(segments))


def _before_head(lines: list[str], head: int) -> int:
    """Return the line at which a cue begins: that of its number if it has one, else that of its times."""
    return head - 1 if head > 0 and _INDEX.fullmatch(lines[head - 1]) else head


def read_vtt(
    path: str | os.PathLike[str], *, encoding: str | None = None, reporter: Reporter | None = None
) -> AnnotationFile:
    """Return the cues of a WebVTT file.

    The tier of a segment is its voice (``<v Name>``), who is its speaker too. A cue of several voices gives one segment
    for each voice, all with the span of the cue. Other tags are removed, character references resolved, line breaks kept.
    Settings and names of cues, and NOTE, STYLE and REGION blocks are ignored.

    Args:
        path: A .vtt file, which is UTF-8 by its standard.
        encoding: Name of the encoding of a file that is not UTF-8, against the standard; None refuses it.
        reporter: Takes each finding as (code, where, what, fix): ``timestamp_map`` (the file is a part of a stream, and
            its times are not those of the media; they are read as written); ``stray_text`` (a block that is no cue,
            left out); and ``bad_time``, ``empty_span`` and ``no_text``, which leave a cue out. None raises the first
            finding.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is not UTF-8 and no other encoding is given, or does not begin with WEBVTT.
        InvalidArgument: there is a finding, and `reporter` is None.
        TooLarge: the file has more than 256 MiB.
    """
    path = checked_path(path)
    findings = FileFindings(path, reporter)
    lines = lines_of(decode(read_bytes(path), findings, encoding=encoding, fallback=None, is_utf8=True))
    if not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        raise findings.unreadable("the file does not begin with WEBVTT", "give a .vtt file")
    body = 1
    while body < len(lines) and lines[body] and _ARROW not in lines[body]:
        if lines[body].startswith("X-TIMESTAMP-MAP"):
            what = f"{short_repr(lines[body])} shifts all times, and they were read as written"
            findings.add("timestamp_map", f"line {body + 1}", what, "join the parts of the stream first")
        body += 1
    segments: list[Segment] = []
    for first, block in _vtt_blocks(lines, body):
        where = f"line {first + 1}"
        head = next((index for index, line in enumerate(block) if _ARROW in line), None)
        if head is None:
            if not re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", block[0]):
                what = f"{short_repr(block[0])} begins a block that is no cue, so it was left out"
                findings.add("stray_text", where, what, "give the cue its times")
            continue
        where = f"line {first + head + 1}"
        times = [part.strip().split(None, 1)[:1] for part in block[head].split(_ARROW, 1)]
        start, end = (clock_time(part[0]) if part and _VTT_TIME.fullmatch(part[0]) else None for part in times)
        if span := _span(start, end, block[head], where, findings):
            voices = list(_voices("\n".join(block[head + 1 :]))) or [("", "")]
            for voice, text in voices:
                segments += _with_text(Segment(span, text, voice, speaker=voice or None), where, findings)
    return AnnotationFile(tuple(segments), tiers=tuple(dict.fromkeys(segment.tier for segment in segments)))


def _vtt_blocks(lines: list[str], body: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (index of the first line, lines) of each block. It ends at a blank line, or before a second pair of times."""
    first, block, has_times = body, list[str](), False
    for index, line in enumerate([*lines[body:], ""], body):
        if block and (not line or (_ARROW in line and has_times)):
            yield first, block
            block, has_times = [], False
        if line:
            first = first if block else index
            block.append(line)
            has_times = has_times or _ARROW in line


def _voices(payload: str) -> Iterator[tuple[str, str]]:
    """Yield (voice, text) of the parts of a cue; the voice is "" outside of ``<v>``."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    at = 0
    for tag in _VTT_TAG.finditer(payload):
        parts[-1][1].append(payload[at : tag.start()])
        at = tag.end()
        opened = re.match(r"v(?:\.[^\s]*)?\s+(.*)", tag.group(1), re.DOTALL)
        if opened:
            parts.append((html.unescape(" ".join(opened.group(1).split())), []))
        elif tag.group(1) == "/v":
            parts.append(("", []))
    parts[-1][1].append(payload[at:])
    for voice, texts in parts:
        if text := html.unescape("".join(texts)).strip():
            yield voice, text


def read_whisperx(path: str | os.PathLike[str], *, reporter: Reporter | None = None) -> AnnotationFile:
    """Return the sentences and words of a WhisperX result.

    Tiers are "segments" and "words"; with a speaker, "segments/SPEAKER_00" and "words/SPEAKER_00". A word without a
    speaker has that of its sentence. A sentence comes before its words. The confidence of a word is its score. Blanks
    around texts are removed.

    Args:
        path: The .json file that WhisperX writes: an object with ``segments``.
        reporter: Takes each finding as (code, where, what, fix). These leave a sentence or word out: ``no_time``
            (WhisperX gives no times to words that it could not align, such as numbers), ``bad_time``, ``empty_span``,
            ``no_text``, ``malformed``. ``bad_confidence`` leaves a score out. None raises the first finding.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no JSON, or has no segments.
        InvalidArgument: there is a finding, and `reporter` is None.
        TooLarge: the file has more than 256 MiB.
    """
    path = checked_path(path)
    findings = FileFindings(path, reporter)
    content = read_json(findings)
    sentences = content.get("segments") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(sentences, list):
        raise findings.unreadable("this JSON has no list of segments", "give a file that WhisperX wrote")
    segments: list[Segment] = []
    for number, sentence in enumerate(sentences):
        where = f"segment {number}"
        if not isinstance(sentence, dict):
            findings.add("malformed", where, f"it is {short_repr(sentence)}, so it was left out", "make it an object")
            continue
        speaker = sentence.get("speaker")
        segments += _spoken(sentence, "segments", "text", speaker, where, findings)
        for index, word in enumerate(sentence.get("words") or []):
            at = f"{where}, word {index}"
            if isinstance(word, dict):
                segments += _spoken(word, "words", "word", word.get("speaker", speaker), at, findings)
            else:
                findings.add("malformed", at, f"it is {short_repr(word)}, so it was left out", "make it an object")
    language = content.get("language")
    return AnnotationFile(
        tuple(segments),
        tiers=tuple(dict.fromkeys(segment.tier for segment in segments)),
        language=language if isinstance(language, str) else None,
    )


def _spoken(
    part: Mapping[str, object], tier: str, key: str, speaker: object, where: str, findings: FileFindings
) -> list[Segment]:
    text = part.get(key)
    if not isinstance(text, str):
        findings.add("malformed", where, f"its {key} is {short_repr(text)}, so it was left out", "make it a text")
        return []
    if part.get("start") is None or part.get("end") is None:
        findings.add("no_time", where, f"{short_repr(text)} has no times, so it was left out", "align it")
        return []
    start, end = exact_number(part["start"]), exact_number(part["end"])
    span = _span(start, end, f"{part['start']} to {part['end']}", where, findings)
    if span is None:
        return []
    score = part.get("score")
    confidence = None
    if score is not None:
        if isinstance(score, int | Decimal) and not isinstance(score, bool) and 0 <= score <= 1:
            confidence = float(score)
        else:
            what = f"its score is {short_repr(score)}, so it was left out"
            findings.add("bad_confidence", where, what, "give a number from 0 to 1")
    named = speaker if isinstance(speaker, str) and speaker else None
    row = tier if named is None else f"{tier}/{named}"
    return _with_text(Segment(span, text.strip(), row, confidence=confidence, speaker=named), where, findings)


def _span(
    start: Fraction | None, end: Fraction | None, written: str, where: str, findings: FileFindings
) -> Span | None:
    if start is None or end is None:
        what = f"{short_repr(written)} is no start and end, so it was left out"
        findings.add("bad_time", where, what, "correct the times")
        return None
    if end <= start:
        what = f"it lasts from {start} to {end} s, so it was left out"
        findings.add("empty_span", where, what, "make it end after its start")
        return None
    try:
        return Span(start, end)
    except InvalidArgument:
        findings.add(
            "bad_time", where, f"{short_repr(written)} does not fit in 64 bits, so it was left out", "correct it"
        )
        return None


def _with_text(segment: Segment, where: str, findings: FileFindings) -> list[Segment]:
    if segment.text:
        return [segment]
    findings.add("no_text", where, f"there is no text at {segment.span!r}, so it was left out", "remove it")
    return []
