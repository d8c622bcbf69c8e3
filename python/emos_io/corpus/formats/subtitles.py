"""SubRip and WebVTT subtitles, and the JSON of WhisperX."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from ...errors import InvalidArgument
from ...spans import Span
from .segments import AnnotationFile, Segment
from .source import Problems, Report, decode, lines_of, read_bytes, read_json, shown
from .times import clock_time, exact_number

_ARROW = "-->"
_INDEX = re.compile(r"\s*[0-9]+\s*")
_FORMATTING = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_VTT_TIME = re.compile(r"(?:[0-9]{2,}:)?[0-5][0-9]:[0-5][0-9]\.[0-9]{3}")
_VTT_TAG = re.compile(r"<([^>]*+)(?:>|$)")


def read_srt(
    path: str | os.PathLike[str], *, encoding: str | None = None, report: Report | None = None
) -> AnnotationFile:
    r"""Return the cues of a SubRip file.

    A cue ends where the next one begins, so it may hold blank lines. Numbers of cues are not looked at. Text keeps
    its line breaks; ``<b> <i> <u> <s> <font>`` and ``{\an8}`` are taken out.

    Args:
        path: An .srt file.
        encoding: Of the file; None takes UTF-16 by its byte order mark, then UTF-8, then cp1252 with a report.
        report: Takes each problem as (code, where, what, fix): ``encoding``; and these leave out a cue: ``bad_time``,
            ``empty_span``, ``no_text``; ``stray_text`` stands before the first cue. None raises at the first.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no text, or holds no cue at all though it is not empty.
        InvalidArgument: there is a problem, and `report` is None.
    """
    problems = Problems(Path(path), report)
    lines = lines_of(decode(read_bytes(path), problems, encoding=encoding, fallback="cp1252"))
    heads = [number for number, line in enumerate(lines) if _ARROW in line]
    if not heads:
        if any(line.strip() for line in lines):
            raise problems.unreadable("the file has no line with -->", "give an .srt file")
        return AnnotationFile(())
    segments: list[Segment] = []
    first = _before_head(lines, heads[0])
    if stray := " ".join(lines[:first]).strip():
        problems.found("stray_text", "line 1", f"{shown(stray)} was left out", "remove it")
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        end = len(lines) if following is None else _before_head(lines, following)
        text = _FORMATTING.sub("", "\n".join(lines[head + 1 : end])).strip()
        before, _, after = lines[head].partition(_ARROW)
        # Some programs write where on the screen a cue stands after its times.
        after = after.strip().split(" ")[0]
        if span := _span(clock_time(before), clock_time(after), lines[head], f"line {head + 1}", problems):
            segments += _with_text(Segment(span, text), f"line {head + 1}", problems)
    return AnnotationFile(tuple(segments))


def _before_head(lines: list[str], head: int) -> int:
    """Return where a cue begins: at its number, if that stands right before its times."""
    return head - 1 if head > 0 and _INDEX.fullmatch(lines[head - 1]) else head


def read_vtt(path: str | os.PathLike[str], *, report: Report | None = None) -> AnnotationFile:
    """Return the cues of a WebVTT file.

    The tier of a segment is the voice (``<v Name>``); a cue of several voices gives one segment each, of the same
    span. Other tags are taken out, character references resolved, line breaks kept. Settings, names of cues and NOTE,
    STYLE and REGION blocks are no part of what was said and are passed over.

    Args:
        path: A .vtt file, which is UTF-8 by its standard.
        report: Takes each problem as (code, where, what, fix): ``timestamp_map`` (the times of a piece of a stream are
            not those of its media; they stay as written); ``stray_text`` (a block that is no cue, left out); and
            these leave out a cue: ``bad_time``, ``empty_span``, ``no_text``. None raises at the first.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is not UTF-8, or does not begin with WEBVTT.
        InvalidArgument: there is a problem, and `report` is None.
    """
    problems = Problems(Path(path), report)
    lines = lines_of(decode(read_bytes(path), problems, encoding="utf-8-sig", fallback=None))
    if not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        raise problems.unreadable("the file does not begin with WEBVTT", "give a .vtt file")
    body = 1
    while body < len(lines) and lines[body] and _ARROW not in lines[body]:
        if lines[body].startswith("X-TIMESTAMP-MAP"):
            what = f"{shown(lines[body])} moves the clock, and times were read as written"
            problems.found("timestamp_map", f"line {body + 1}", what, "join the pieces of the stream first")
        body += 1
    segments: list[Segment] = []
    for first, block in _vtt_blocks(lines, body):
        where = f"line {first + 1}"
        head = next((place for place, line in enumerate(block) if _ARROW in line), None)
        if head is None:
            if not re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", block[0]):
                what = f"{shown(block[0])} begins a block that is no cue, so it was left out"
                problems.found("stray_text", where, what, "give the cue its times")
            continue
        where = f"line {first + head + 1}"
        times = [part.strip().split(None, 1)[:1] for part in block[head].split(_ARROW, 1)]
        start, end = (clock_time(part[0]) if part and _VTT_TIME.fullmatch(part[0]) else None for part in times)
        if span := _span(start, end, block[head], where, problems):
            voices = list(_voices("\n".join(block[head + 1 :]))) or [("", "")]
            for voice, text in voices:
                segments += _with_text(Segment(span, text, voice), where, problems)
    return AnnotationFile(tuple(segments), tiers=tuple(dict.fromkeys(segment.tier for segment in segments)))


def _vtt_blocks(lines: list[str], body: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (place of the first line, lines): blocks end at a blank line, or where a second pair of times comes."""
    first, block, has_times = body, list[str](), False
    for place, line in enumerate([*lines[body:], ""], body):
        if block and (not line or (_ARROW in line and has_times)):
            yield first, block
            block, has_times = [], False
        if line:
            first = first if block else place
            block.append(line)
            has_times = has_times or _ARROW in line


def _voices(payload: str) -> Iterator[tuple[str, str]]:
    """Yield (voice, text) of the parts of a cue; the voice is "" outside of any."""
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
    for voice, pieces in parts:
        if text := html.unescape("".join(pieces)).strip():
            yield voice, text


def read_whisperx(path: str | os.PathLike[str], *, report: Report | None = None) -> AnnotationFile:
    """Return the sentences and words of a WhisperX result.

    Tiers are "segments" and "words"; with a speaker, "segments/SPEAKER_00" and "words/SPEAKER_00" (a word has the
    speaker of its segment if it has none). A sentence comes before its words. The confidence of a word is its score.
    Blanks around texts are taken off.

    Args:
        path: The .json that WhisperX writes: an object with ``segments``.
        report: Takes each problem as (code, where, what, fix); these leave something out: ``no_time`` (WhisperX gives no
            times to words that it could not align, such as numbers), ``bad_time``, ``empty_span``, ``no_text``,
            ``malformed``; ``bad_confidence`` leaves out a score. None raises at the first.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no JSON, or has no segments.
        InvalidArgument: there is a problem, and `report` is None.
    """
    problems = Problems(Path(path), report)
    content = read_json(problems)
    if not isinstance(content, dict) or not isinstance(content.get("segments"), list):
        raise problems.unreadable("this JSON has no list of segments", "give what WhisperX writes")
    segments: list[Segment] = []
    for number, sentence in enumerate(content["segments"]):
        where = f"segment {number}"
        if not isinstance(sentence, dict):
            problems.found("malformed", where, f"it is {shown(sentence)}, so it was left out", "it should be an object")
            continue
        speaker = sentence.get("speaker")
        segments += _spoken(sentence, "segments", "text", speaker, where, problems)
        for place, word in enumerate(sentence.get("words") or []):
            at = f"{where}, word {place}"
            if isinstance(word, dict):
                segments += _spoken(word, "words", "word", word.get("speaker", speaker), at, problems)
            else:
                problems.found("malformed", at, f"it is {shown(word)}, so it was left out", "it should be an object")
    language = content.get("language")
    return AnnotationFile(
        tuple(segments),
        tiers=tuple(dict.fromkeys(segment.tier for segment in segments)),
        language=language if isinstance(language, str) else None,
    )


def _spoken(
    part: dict[str, Any], tier: str, key: str, speaker: object, where: str, problems: Problems
) -> list[Segment]:
    text = part.get(key)
    if not isinstance(text, str):
        problems.found("malformed", where, f"its {key} is {shown(text)}, so it was left out", "it should be a text")
        return []
    if part.get("start") is None or part.get("end") is None:
        problems.found("no_time", where, f"{shown(text)} has no times, so it was left out", "align it")
        return []
    start, end = exact_number(part["start"]), exact_number(part["end"])
    span = _span(start, end, f"{part['start']} to {part['end']}", where, problems)
    if span is None:
        return []
    score = part.get("score")
    confidence = None
    if score is not None:
        if isinstance(score, int | Decimal) and not isinstance(score, bool) and 0 <= score <= 1:
            confidence = float(score)
        else:
            what = f"its score is {shown(score)}, so it was left out"
            problems.found("bad_confidence", where, what, "a score is a number from 0 to 1")
    row = f"{tier}/{speaker}" if isinstance(speaker, str) and speaker else tier
    return _with_text(Segment(span, text.strip(), row, confidence=confidence), where, problems)


def _span(start: Fraction | None, end: Fraction | None, written: str, where: str, problems: Problems) -> Span | None:
    if start is None or end is None:
        what = f"{shown(written)} are no start and end, so this was left out"
        problems.found("bad_time", where, what, "correct the times")
        return None
    if end <= start:
        what = f"it lasts from {start} to {end} s, so it was left out"
        problems.found("empty_span", where, what, "it must end after its start")
        return None
    try:
        return Span(start, end)
    except InvalidArgument:
        problems.found("bad_time", where, f"{shown(written)} does not fit in 64 bits", "correct the times")
        return None


def _with_text(segment: Segment, where: str, problems: Problems) -> list[Segment]:
    if segment.text:
        return [segment]
    problems.found("no_text", where, f"nothing is said at {segment.span!r}, so it was left out", "remove it")
    return []
