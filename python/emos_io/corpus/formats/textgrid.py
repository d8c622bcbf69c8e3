"""Praat TextGrids, long and short text, with interval tiers and point tiers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ...errors import InvalidArgument
from ...spans import Seconds, Span, exact_seconds
from .segments import AnnotationFile, Segment
from .source import Problems, Report, check_no_overlap, decode, quoted, read_bytes, shown, unused_name, write_bytes
from .times import decimal_text, decimal_time

# What Praat reads of a text file are strings in quotes, numbers that stand alone and flags as <exists>; all else is
# there for people, and a "!" starts a remark. So the long and the short form are one.
_TOKEN = re.compile(
    r"""(?P<string>"[^"]*+(?:""[^"]*+)*+")"""
    r"""|(?P<remark>![^\n]*+)"""
    r"""|(?P<flag>(?<!\S)<\w++>)"""
    r"""|(?P<number>(?<!\S)[-+]?[0-9][0-9.eE+-]*+(?!\S))"""
    r"""|(?P<open>")"""
    r"""|(?P<word>[^\s"]++)"""
)
_MAX_TIERS = 10_000


@dataclass(frozen=True, slots=True)
class Point:
    """A label at one moment, which has no length and so is no `Segment`.

    Attributes:
        time: Seconds on the clock of the media.
        text: The label, as written.
        tier: The point tier that it stands in.
    """

    time: Fraction
    text: str
    tier: str = ""


@dataclass(frozen=True, slots=True)
class TextGrid(AnnotationFile):
    """A TextGrid as read: segments from interval tiers, points from point tiers.

    Attributes:
        points: In the order of the file.
        extent: The whole time that the grid covers, or None if it has no length.
    """

    points: tuple[Point, ...] = ()
    extent: Span | None = None


def read_textgrid(
    path: str | os.PathLike[str], *, encoding: str | None = None, report: Report | None = None
) -> TextGrid:
    r"""Return the labelled intervals and points of a TextGrid.

    Intervals without a label are no segments; a label of blanks is one. Labels keep their line breaks (as ``\n``) and
    Praat's backslash codes; doubled quotes become one. Times are exact to their decimal text; one that needs more
    than 64 bits is rounded to the nearest picosecond.

    Args:
        path: A TextGrid in text form, long or short.
        encoding: Of the file; None takes UTF-16 by its byte order mark, then UTF-8, then Latin-1 with a report.
        report: Takes each problem as (code, where, what, fix): ``encoding``; ``duplicate_tier`` (the second "a" becomes
            "a (2)"); ``empty_span`` (a labelled interval that does not end after its start, left out); ``bad_time``
            (left out); ``rest`` (something follows the last tier). None raises at the first.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no TextGrid in text form, or is cut off.
        InvalidArgument: there is a problem, and `report` is None.

    Cost: the file is held in memory.
    """
    problems = Problems(Path(path), report)
    data = read_bytes(path)
    if data.startswith(b"ooBinaryFile"):
        raise problems.unreadable("this TextGrid is in binary form", "save it from Praat as a text file")
    text = decode(data, problems, encoding=encoding, fallback="latin-1")
    return _Reader(text.replace("\r\n", "\n").replace("\r", "\n"), problems).read()


class _Reader:
    def __init__(self, text: str, problems: Problems) -> None:
        self._tokens = self._scan(text)
        self._problems = problems
        self._segments: list[Segment] = []
        self._points: list[Point] = []

    def _scan(self, text: str) -> Iterator[tuple[str, str]]:
        for found in _TOKEN.finditer(text):
            kind = found.lastgroup or ""
            if kind == "open":
                line = text.count("\n", 0, found.start()) + 1
                raise self._problems.unreadable(f"the quote of line {line} is not closed", "give a complete file")
            if kind in {"string", "number", "flag"}:
                yield kind, found.group()

    def _next(self, kind: str, what: str) -> str:
        got, token = next(self._tokens, ("end", ""))
        if got != kind:
            where = "the file ends" if got == "end" else f"{shown(token)} stands"
            raise self._problems.unreadable(f"{where} where {what} should be", "give a complete TextGrid")
        return token[1:-1].replace('""', '"') if kind == "string" else token

    def _time(self, what: str) -> Fraction | None:
        return decimal_time(self._next("number", what))

    def _count(self, what: str) -> int:
        token = self._next("number", what)
        if not token.isdecimal() or len(token) > 9:
            raise self._problems.unreadable(f"{shown(token)} stands where {what} should be", "give a complete TextGrid")
        return int(token)

    def read(self) -> TextGrid:
        for wanted in ("ooTextFile", "TextGrid"):
            kind, token = next(self._tokens, ("end", ""))
            if kind != "string" or token.strip('"').split(" ")[0] != wanted:
                raise self._problems.unreadable("this is no TextGrid in text form", "give one saved by Praat or ELAN")
        start, end = self._time("the start of the grid"), self._time("the end of the grid")
        names: list[str] = []
        if self._next("flag", "<exists> or <absent>") == "<exists>":
            count = self._count("the number of tiers")
            if count > _MAX_TIERS:
                raise self._problems.unreadable(f"it says it has {count} tiers", f"give one of at most {_MAX_TIERS}")
            used: set[str] = set()
            for number in range(1, count + 1):
                names.append(self._tier(number, used))
        if (rest := next(self._tokens, None)) is not None:
            what = f"{shown(rest[1])} follows the last tier and was left out"
            self._problems.found("rest", "end of the file", what, "correct the number of tiers")
        extent = Span(start, end) if start is not None and end is not None and start < end else None
        return TextGrid(tuple(self._segments), tiers=tuple(names), points=tuple(self._points), extent=extent)

    def _tier(self, number: int, used: set[str]) -> str:
        kind = self._next("string", f"the class of tier {number}")
        if kind not in {"IntervalTier", "TextTier"}:
            what = f"tier {number} is of class {shown(kind)}"
            raise self._problems.unreadable(what, "give IntervalTier and TextTier only")
        written = self._next("string", f"the name of tier {number}")
        name = unused_name(written, used)
        if name != written:
            what = f"an earlier tier has the name {shown(written)} too; this one is read as {shown(name)}"
            self._problems.found("duplicate_tier", f"tier {number}", what, "give each tier its own name")
        self._time(f"the start of tier {number}")
        self._time(f"the end of tier {number}")
        for row in range(1, self._count(f"the size of tier {number}") + 1):
            where = f"tier {shown(name)}, {'interval' if kind == 'IntervalTier' else 'point'} {row}"
            if kind == "IntervalTier":
                self._interval(name, where)
            else:
                self._point(name, where)
        return name

    def _interval(self, tier: str, where: str) -> None:
        start, end = self._time(f"the start of {where}"), self._time(f"the end of {where}")
        text = self._next("string", f"the label of {where}")
        if not text:
            return
        if start is None or end is None:
            what = f"a time of {shown(text)} is no number of seconds that fits in 64 bits, so it was left out"
            self._problems.found("bad_time", where, what, "correct the time")
        elif end <= start:
            what = f"{shown(text)} lasts from {start} to {end} s, so it was left out"
            self._problems.found("empty_span", where, what, "an interval must end after its start")
        else:
            self._segments.append(Segment(Span(start, end), text, tier))

    def _point(self, tier: str, where: str) -> None:
        time = self._time(f"the time of {where}")
        text = self._next("string", f"the label of {where}")
        if time is None:
            what = f"the time of {shown(text)} is no number of seconds that fits in 64 bits, so it was left out"
            self._problems.found("bad_time", where, what, "correct the time")
        else:
            self._points.append(Point(time, text, tier))


def write_textgrid(
    path: str | os.PathLike[str],
    segments: Iterable[Segment],
    *,
    points: Iterable[Point] = (),
    tiers: Sequence[str] = (),
    end: Seconds | None = None,
    report: Report | None = None,
) -> None:
    """Write a TextGrid in the long text form, UTF-8.

    Every interval tier covers the whole grid: between segments stand intervals without a label. The grid begins at 0,
    or at the first segment if that is earlier, and ends at the last one unless `end` is later. A time that has no
    exact decimal (30000/1001) is written to the nearest picosecond.

    Args:
        path: Replaced if it exists.
        segments: Any order; those of one tier may touch, not overlap.
        points: For point tiers, whose names differ from those of interval tiers.
        tiers: Names in the order wanted, empty tiers too; others follow in order of appearance.
        end: Seconds; usually the duration of the media.
        report: Takes ``not_held``: a rater, item or confidence, which TextGrids have no place for. None raises.

    Raises:
        InvalidArgument: two segments of a tier overlap; a segment has no label; a label has a carriage return or a
            NUL; a name is of both kinds of tier; `end` is before the last segment; a segment is shorter than a
            picosecond; or there is a problem, and `report` is None.
        SourceNotFound: there is no such folder.
    """
    rows, marks = list(segments), list(points)
    problems = Problems(Path(path), report)
    problems.not_held(rows, ("rater", "item", "confidence"), "a TextGrid")
    _check_labels([*rows, *marks], path)
    names = list(dict.fromkeys([*tiers, *(row.tier for row in rows), *(mark.tier for mark in marks)]))
    both = sorted({row.tier for row in rows} & {mark.tier for mark in marks})
    if both:
        what = f"tier {shown(both[0])} has segments and points"
        raise InvalidArgument(f"{what}; a tier holds one kind, rename one: {quoted(path)}")
    times = [row.span.start for row in rows] + [mark.time for mark in marks]
    start = min([Fraction(0), *times])
    last = max([start, *(row.span.end for row in rows), *(mark.time for mark in marks)])
    finish = last if end is None else exact_seconds(end, name="end")
    if finish < last:
        raise InvalidArgument(f"end {end!r} was given; it must be at least {last}, where the last label ends")
    bounds = f"xmin = {decimal_text(start)} \n{{0}}xmax = {decimal_text(finish)} \n"
    lines = ['File type = "ooTextFile"\nObject class = "TextGrid"\n\n', bounds.format("")]
    lines.append(f"tiers? <exists> \nsize = {len(names)} \nitem []: \n")
    for number, name in enumerate(names, 1):
        mine = [mark for mark in marks if mark.tier == name]
        lines.append(f'    item [{number}]:\n        class = "{"TextTier" if mine else "IntervalTier"}" \n')
        lines.append(f"        name = {_string(name)} \n        {bounds.format('        ')}")
        if mine:
            lines += _point_lines(sorted(mine, key=lambda mark: mark.time))
        else:
            ordered = check_no_overlap([row for row in rows if row.tier == name], "a TextGrid", path)
            lines += _interval_lines(ordered, start, finish, path)
    write_bytes(path, "".join(lines))


def _interval_lines(
    ordered: list[Segment], start: Fraction, finish: Fraction, path: str | os.PathLike[str]
) -> list[str]:
    pieces: list[tuple[str, str, str]] = []
    at = start
    for row in ordered:
        if row.span.start > at:
            pieces.append((decimal_text(at), decimal_text(row.span.start), ""))
        pieces.append((decimal_text(row.span.start), decimal_text(row.span.end), row.text))
        at = row.span.end
    if finish > at:
        pieces.append((decimal_text(at), decimal_text(finish), ""))
    lines = [f"        intervals: size = {len(pieces)} \n"]
    for number, (first, last, text) in enumerate(pieces, 1):
        if text and first == last:
            what = f"segment {shown(text)} at {first} s is shorter than a picosecond"
            raise InvalidArgument(f"{what}; leave it out: {quoted(path)}")
        lines.append(f"        intervals [{number}]:\n            xmin = {first} \n            xmax = {last} \n")
        lines.append(f"            text = {_string(text)} \n")
    return lines


def _point_lines(ordered: list[Point]) -> list[str]:
    lines = [f"        points: size = {len(ordered)} \n"]
    for number, mark in enumerate(ordered, 1):
        lines.append(f"        points [{number}]:\n            number = {decimal_text(mark.time)} \n")
        lines.append(f"            mark = {_string(mark.text)} \n")
    return lines


def _check_labels(rows: Sequence[Segment | Point], path: str | os.PathLike[str]) -> None:
    for row in rows:
        if isinstance(row, Segment) and not row.text:
            what = f"the segment at {row.span!r} of tier {shown(row.tier)} has no label"
            raise InvalidArgument(f"{what}; in a TextGrid that means no segment, leave it out: {quoted(path)}")
        for text in (row.text, row.tier):
            if "\r" in text or "\0" in text:
                what = f"{shown(text)} has a carriage return or a NUL"
                raise InvalidArgument(f"{what}; a TextGrid does not give it back, remove it: {quoted(path)}")


def _string(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
