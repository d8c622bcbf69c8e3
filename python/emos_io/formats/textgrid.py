"""Praat TextGrids, long and short text, with interval tiers and point tiers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from .._checks import checked_path
from ..errors import InvalidArgument, quoted, short_repr
from ..spans import Seconds, Span, exact_seconds
from .noise import placed
from .segments import AnnotationFile, Segment
from .source import (
    FileFindings,
    Reporter,
    decode,
    read_bytes,
    unused_name,
    without_noise,
    without_overlap,
    write_bytes,
)
from .times import decimal_text, decimal_time, decimals_around

# Of a text file, Praat reads strings in quotes, free-standing numbers and flags such as <exists>. All else is for
# people, and a "!" starts a remark. So one reader reads the long form and the short form.
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
    """A label at one time of the media. It has no duration, so it is no `Segment`.

    Attributes:
        time: Media time in seconds, exact.
        text: The label, as written.
        tier: The name of its point tier.
    """

    time: Fraction
    text: str
    tier: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class TextGrid(AnnotationFile):
    """A TextGrid as read: segments from interval tiers, points from point tiers.

    Attributes:
        points: The points, in the order of the file.
        extent: The time that the grid covers, or None where its end is not after its start.
    """

    points: tuple[Point, ...] = ()
    extent: Span | None = None


def read_textgrid(
    path: str | os.PathLike[str], *, encoding: str | None = None, reporter: Reporter | None = None
) -> TextGrid:
    r"""Return the labelled intervals and points of a TextGrid.

    Points have no duration, so they are no segments: they are in ``points`` alone. An interval without a label gives no
    segment; a label of blanks does. Labels keep their line breaks (as ``\n``) and Praat's backslash codes; doubled quotes
    become one. Times are exactly the decimals of the file. One that needs more than 64 bits is rounded to the nearest
    picosecond; where two intervals of a tier overlap by less than 1 ms, the earlier one ends where the later one begins.

    Args:
        path: A TextGrid in text form, long or short.
        encoding: Name of the encoding; a byte order mark counts more. None and ``"auto"`` detect it: UTF-8, then GB18030
            where the text looks Chinese, then Latin-1; the last two are guesses, each a finding.
        reporter: Takes each finding as (code, where, what, fix): ``encoding``; ``duplicate_tier`` (the second "a"
            becomes "a (2)"); ``empty_span`` (a labelled interval that does not end after its start, left out);
            ``bad_time`` (left out); ``rest`` (there is text after the last tier); ``time_noise`` (an overlap below 1 ms was
            removed). None raises the first finding, save ``time_noise``.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no TextGrid in text form, or is cut off.
        TooLarge: the file has more than 256 MiB.
        InvalidArgument: there is a finding, and `reporter` is None.

    Cost: one pass; the memory of the text of the file.
    """
    path = checked_path(path)
    findings = FileFindings(path, reporter)
    data = read_bytes(path)
    if data.startswith(b"ooBinaryFile"):
        raise findings.unreadable("this TextGrid is in binary form", "save it from Praat as a text file")
    text = decode(data, findings, encoding=encoding, fallback="latin-1")
    return _Reader(text.replace("\r\n", "\n").replace("\r", "\n"), findings).read()


class _Reader:
    def __init__(self, text: str, findings: FileFindings) -> None:
        self._tokens = self._scan(text)
        self._findings = findings
        self._segments: list[Segment] = []
        self._points: list[Point] = []

    def _scan(self, text: str) -> Iterator[tuple[str, str]]:
        for found in _TOKEN.finditer(text):
            kind = found.lastgroup or ""
            if kind == "open":
                line = text.count("\n", 0, found.start()) + 1
                raise self._findings.unreadable(f"the quote of line {line} is not closed", "give a complete file")
            if kind in {"string", "number", "flag"}:
                yield kind, found.group()

    def _next(self, kind: str, what: str) -> str:
        got, token = next(self._tokens, ("end", ""))
        if got != kind:
            instead = "the end of the file" if got == "end" else short_repr(token)
            raise self._findings.unreadable(f"{what} must come next, got {instead}", "give a complete TextGrid")
        return token[1:-1].replace('""', '"') if kind == "string" else token

    def _time(self, what: str) -> Fraction | None:
        return decimal_time(self._next("number", what))

    def _count(self, what: str) -> int:
        token = self._next("number", what)
        if not token.isdecimal() or len(token) > 9:
            got = short_repr(token)
            raise self._findings.unreadable(f"{what} must come next, got {got}", "give a complete TextGrid")
        return int(token)

    def read(self) -> TextGrid:
        for wanted in ("ooTextFile", "TextGrid"):
            kind, token = next(self._tokens, ("end", ""))
            if kind != "string" or token.strip('"').split(" ")[0] != wanted:
                fix = "give a file that Praat or ELAN saved"
                raise self._findings.unreadable("this is no TextGrid in text form", fix)
        start, end = self._time("the start of the grid"), self._time("the end of the grid")
        names: list[str] = []
        if self._next("flag", "<exists> or <absent>") == "<exists>":
            count = self._count("the number of tiers")
            if count > _MAX_TIERS:
                what = f"the number of tiers must be at most {_MAX_TIERS}, got {count}"
                raise self._findings.unreadable(what, "check the file")
            used: set[str] = set()
            for number in range(1, count + 1):
                names.append(self._tier(number, used))
        if (rest := next(self._tokens, None)) is not None:
            what = f"{short_repr(rest[1])} follows the last tier and was left out"
            self._findings.add("rest", "end of the file", what, "correct the number of tiers")
        extent = Span(start, end) if start is not None and end is not None and start < end else None
        return TextGrid(tuple(self._segments), tiers=tuple(names), points=tuple(self._points), extent=extent)

    def _tier(self, number: int, used: set[str]) -> str:
        kind = self._next("string", f"the class of tier {number}")
        if kind not in {"IntervalTier", "TextTier"}:
            what = f"tier {number} is of class {short_repr(kind)}"
            raise self._findings.unreadable(what, "leave only tiers of class IntervalTier and TextTier")
        written = self._next("string", f"the name of tier {number}")
        name = unused_name(written, used)
        if name != written:
            what = f"an earlier tier has the name {short_repr(written)} too; this one is read as {short_repr(name)}"
            self._findings.add("duplicate_tier", f"tier {number}", what, "give each tier its own name")
        self._time(f"the start of tier {number}")
        self._time(f"the end of tier {number}")
        first = len(self._segments)
        for row in range(1, self._count(f"the size of tier {number}") + 1):
            where = f"tier {short_repr(name)}, {'interval' if kind == 'IntervalTier' else 'point'} {row}"
            if kind == "IntervalTier":
                self._interval(name, where)
            else:
                self._point(name, where)
        self._segments[first:] = without_noise(self._segments[first:], self._findings)
        return name

    def _interval(self, tier: str, where: str) -> None:
        start, end = self._time(f"the start of {where}"), self._time(f"the end of {where}")
        text = self._next("string", f"the label of {where}")
        if not text:
            return
        if start is None or end is None:
            what = f"a time of {short_repr(text)} is no number of seconds that fits in 64 bits, so it was left out"
            self._findings.add("bad_time", where, what, "correct the time")
        elif end <= start:
            what = f"{short_repr(text)} lasts from {start} to {end} s, so it was left out"
            self._findings.add("empty_span", where, what, "make it end after its start")
        else:
            self._segments.append(Segment(Span(start, end), text, tier))

    def _point(self, tier: str, where: str) -> None:
        time = self._time(f"the time of {where}")
        text = self._next("string", f"the label of {where}")
        if time is None:
            what = f"the time of {short_repr(text)} is no number of seconds that fits in 64 bits, so it was left out"
            self._findings.add("bad_time", where, what, "correct the time")
        else:
            self._points.append(Point(time, text, tier))


def write_textgrid(
    path: str | os.PathLike[str],
    segments: Iterable[Segment],
    *,
    points: Iterable[Point] = (),
    tiers: Sequence[str] = (),
    end: Seconds | None = None,
    reporter: Reporter | None = None,
) -> None:
    """Write a TextGrid in the long text form, UTF-8.

    Every interval tier covers the grid from start to end: intervals without a label fill the gaps between segments.
    The grid begins at 0, or at the first segment if that is earlier. It ends at `end`, or with the last label. A time
    that has no exact decimal (1001/30000) is rounded to the nearest picosecond.

    Args:
        path: The file to write; an existing file is replaced.
        segments: The segments, in any order. Those of one tier may touch, but not overlap by 1 ms or more.
        points: The labels of point tiers. The names of point tiers differ from those of interval tiers.
        tiers: Names of the first tiers, in this order; they may be empty. Other tiers follow in order of appearance.
        end: Seconds at which the grid ends; usually the duration of the media.
        reporter: Takes each finding as (code, where, what, fix): ``not_held`` (a rater, item, confidence, speaker
            or intensity, which a TextGrid cannot store); ``time_noise`` (an overlap below 1 ms was removed; a repair, which
            is never raised). None raises the first other finding.

    Raises:
        InvalidArgument: two segments of a tier overlap; a segment has no label; a label has a carriage return or a
            NUL; a tier has segments and points; `end` is before the last label ends; there is no
            picosecond for a segment, since its neighbours take them; or there is a finding, and `reporter` is None.
        SourceNotFound: there is no such folder.
    """
    rows, marked = list(segments), list(points)
    path = checked_path(path)
    findings = FileFindings(path, reporter)
    findings.add_lost_fields(rows, ("rater", "item", "confidence", "speaker", "intensity"), "a TextGrid")
    _check_labels([*rows, *marked], path)
    names = list(dict.fromkeys([*tiers, *(row.tier for row in rows), *(point.tier for point in marked)]))
    both = sorted({row.tier for row in rows} & {point.tier for point in marked})
    if both:
        got = f"both in {short_repr(both[0])}"
        raise InvalidArgument(
            f"a tier must have segments or points, got {got}; rename one of the two: {quoted(path)}", path=str(path)
        )
    last = max([Fraction(0), *(row.span.end for row in rows), *(point.time for point in marked)])
    finish = last if end is None else exact_seconds(end, name="end")
    if finish < last:
        fix = f"leave it out to end there: {quoted(path)}"
        raise InvalidArgument(
            f"end must be {last} or more, where the last label ends, got {end!r}; {fix}", path=str(path)
        )
    tiers_intervals = {name: _intervals([row for row in rows if row.tier == name], findings) for name in names}
    edges = [
        edge for intervals in tiers_intervals.values() for first, second, _ in intervals for edge in (first, second)
    ]
    start = min([Fraction(0), *(point.time for point in marked), *edges])
    finish = max([finish, *edges])
    bounds = f"xmin = {decimal_text(start)} \n{{0}}xmax = {decimal_text(finish)} \n"
    lines = ['File type = "ooTextFile"\nObject class = "TextGrid"\n\n', bounds.format("")]
    lines.append(f"tiers? <exists> \nsize = {len(names)} \nitem []: \n")
    for number, name in enumerate(names, 1):
        own_points = [point for point in marked if point.tier == name]
        lines.append(f'    item [{number}]:\n        class = "{"TextTier" if own_points else "IntervalTier"}" \n')
        lines.append(f"        name = {_string(name)} \n        {bounds.format('        ')}")
        if own_points:
            lines += _point_lines(sorted(own_points, key=lambda point: point.time))
        else:
            lines += _interval_lines(tiers_intervals[name], start, finish)
    write_bytes(path, "".join(lines))


def _intervals(rows: list[Segment], findings: FileFindings) -> list[tuple[Fraction, Fraction, str]]:
    """Return start, end and text of the segments of a tier, in order, at times that are decimals."""
    ordered = without_overlap(rows, "a TextGrid", findings)
    edges, refused = placed([row.span for row in ordered], decimals_around)
    if refused is not None:
        bad = ordered[refused]
        got = f"{short_repr(bad.text)} at {bad.span!r}"
        raise InvalidArgument(
            f"segments must last a picosecond or more, got {got}; leave it out: {quoted(findings.path)}",
            path=str(findings.path),
            span=bad.span,
        )
    return [(start, end, row.text) for (start, end), row in zip(edges, ordered, strict=True)]


def _interval_lines(labelled: list[tuple[Fraction, Fraction, str]], start: Fraction, finish: Fraction) -> list[str]:
    intervals: list[tuple[Fraction, Fraction, str]] = []
    at = start
    for interval in labelled:
        if interval[0] > at:
            intervals.append((at, interval[0], ""))
        intervals.append(interval)
        at = interval[1]
    if finish > at:
        intervals.append((at, finish, ""))
    lines = [f"        intervals: size = {len(intervals)} \n"]
    for number, (first, last, text) in enumerate(intervals, 1):
        lines.append(f"        intervals [{number}]:\n            xmin = {decimal_text(first)} \n")
        lines.append(f"            xmax = {decimal_text(last)} \n            text = {_string(text)} \n")
    return lines


def _point_lines(ordered: list[Point]) -> list[str]:
    lines = [f"        points: size = {len(ordered)} \n"]
    for number, point in enumerate(ordered, 1):
        lines.append(f"        points [{number}]:\n            number = {decimal_text(point.time)} \n")
        lines.append(f"            mark = {_string(point.text)} \n")
    return lines


def _check_labels(rows: Sequence[Segment | Point], path: Path) -> None:
    for row in rows:
        if isinstance(row, Segment) and not row.text:
            got = f"none at {row.span!r} of tier {short_repr(row.tier)}"
            raise InvalidArgument(
                f"segments of a TextGrid must have a label, got {got}; leave it out: {quoted(path)}",
                path=str(path),
                span=row.span,
            )
        for text in (row.text, row.tier):
            if "\r" in text or "\0" in text:
                fix = f"remove it: {quoted(path)}"
                raise InvalidArgument(
                    f"labels and names of tiers must have no carriage return and no NUL, got {short_repr(text)}; {fix}",
                    path=str(path),
                )


def _string(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
