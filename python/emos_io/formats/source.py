"""What all annotation formats share: open and decode a file, report findings, write a file."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from ..errors import InvalidArgument, SourceNotFound, SourceUnreadable, TooLarge, quoted, short_repr
from .encodings import GUESS, checked_encoding, chinese_text, encoding_by_mark
from .noise import settled
from .segments import Segment

Reporter = Callable[[str, str, str, str], None]
"""A function that takes one finding as (code, where, what, fix).

The code is the stable name of its kind, "where" is the line, row or element of the file, "what" says what is wrong and
what was left out or repaired, and "fix" says what to do about it. `FindingCollector.add` has the same arguments."""

MAX_BYTES = 256 * 2**20
"""The largest file that is read, in bytes. Annotation files are small; a larger file is something else."""


@dataclass(frozen=True)
class FileFindings:
    """The findings of one file: each goes to the reporter, or is raised where there is none.

    Attributes:
        path: The file, named in errors.
        reporter: Takes the findings, or None.
    """

    path: Path
    reporter: Reporter | None

    def add(self, code: str, where: str, what: str, fix: str) -> None:
        """Report one finding and return, so that the rest of the file can be read.

        Raises:
            InvalidArgument: `reporter` is None.
        """
        if self.reporter is None:
            raise InvalidArgument(
                f"{where}: {what}; {fix}; reporter must be given to go on after findings, got None: {quoted(self.path)}",
                path=str(self.path),
            )
        self.reporter(code, where, what, fix)

    def add_repair(self, code: str, where: str, what: str, fix: str) -> None:
        """Report a repair that loses nothing; without a reporter nothing is raised."""
        if self.reporter is not None:
            self.reporter(code, where, what, fix)

    def unreadable(self, what: str, fix: str) -> SourceUnreadable:
        """Return the error for a file that cannot be read at all."""
        return SourceUnreadable(f"{what}; {fix}: {quoted(self.path)}", path=str(self.path))

    def add_lost_fields(self, segments: Iterable[Segment], fields: Iterable[str], name: str) -> None:
        """Report the fields of segments that a format cannot store.

        Args:
            segments: What is written.
            fields: Names of optional fields of `Segment` that the format does not have.
            name: The format, with its article, as "an EAF".
        """
        listed = list(segments)
        for field in fields:
            lost = [segment for segment in listed if getattr(segment, field) is not None]
            if lost:
                example = short_repr(getattr(lost[0], field))
                what = f"{len(lost)} of them have a {field}, such as {example}, and {name} cannot store it"
                self.add("not_held", "segments", what, f"write a table, or set {field} to None")


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a regular file.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is a folder, a pipe or a device, or reading fails.
        TooLarge: it has more than `MAX_BYTES` bytes.
    """
    try:
        if not path.exists():
            raise SourceNotFound(f"there is no such file; check the path: {quoted(path)}", path=str(path))
        if not path.is_file():
            raise SourceUnreadable(f"this is no regular file; give an annotation file: {quoted(path)}", path=str(path))
        size = path.stat().st_size
        if size > MAX_BYTES:
            what = f"the file must have at most {MAX_BYTES:,} bytes, got {size:,}"
            raise TooLarge(f"{what}; give an annotation file: {quoted(path)}", path=str(path))
        return path.read_bytes()
    except (SourceNotFound, SourceUnreadable):
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceUnreadable(
            f"reading failed: {reason.lower()}; check the file: {quoted(path)}", path=str(path)
        ) from error


def decode(
    data: bytes,
    findings: FileFindings,
    *,
    encoding: str | None,
    fallback: str | None,
    is_utf8: bool = False,
) -> str:
    """Return the text of a file.

    The encoding is the one that a byte order mark says (UTF-8, UTF-16, UTF-32), else the one that the caller gives, else UTF-8,
    else GB18030 where the text looks Chinese, else `fallback`. The last two are guesses, so taking one is a finding
    (``encoding``). So is a text that is read as another encoding, as the caller asked, though it is UTF-8 beyond doubt.

    Args:
        data: The bytes of the file.
        findings: Takes the finding.
        encoding: Name of the encoding; None or ``"auto"`` to detect it.
        fallback: Encoding of files that are neither UTF-8 nor look Chinese, or None to refuse them.
        is_utf8: The format is UTF-8 by its standard: nothing is guessed, and `encoding` is for files that are not UTF-8.

    Raises:
        SourceUnreadable: the bytes are no text in any of these encodings, or have a NUL.
        InvalidArgument: Python does not know the encoding; or there is a finding and no reporter.
    """
    given = checked_encoding(encoding)
    if by_mark := encoding_by_mark(data):
        text = _decode_as(data, by_mark, findings)
    elif given is not None and not is_utf8:
        text = _decode_as(data, given, findings)
        _report_utf8(data, given, findings)
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            if given is not None:
                text = _decode_as(data, given, findings)
            elif is_utf8:
                raise findings.unreadable(f"{_position(data, error.start)} is not UTF-8", _SAVE) from error
            else:
                text = _guessed(data, fallback, error.start, findings)
    if "\0" in text:
        what = "the file has bytes of value 0, so it is no text"
        raise findings.unreadable(what, "give an annotation file, or the encoding of one in UTF-16")
    return text.removeprefix("\ufeff")


_SAVE = "save the file as UTF-8"


def _guessed(data: bytes, fallback: str | None, start: int, findings: FileFindings) -> str:
    text, encoding = chinese_text(data), GUESS
    if text is None:
        if fallback is None:
            what = f"{_position(data, start)} is not UTF-8, and the text is no Chinese in GB18030"
            raise findings.unreadable(what, f"give the encoding, or {_SAVE}")
        text, encoding = _decode_as(data, fallback, findings), fallback
    if "\0" not in text:
        what = f"it is not UTF-8, and was read as {encoding}, which is a guess"
        fix = f"give the encoding {encoding} if that is right, another one if not, or {_SAVE}"
        findings.add("encoding", _position(data, start), what, fix)
    return text


def _decode_as(data: bytes, encoding: str, findings: FileFindings) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        what = f"the bytes are not {encoding} from {_position(data, start)} on"
        raise findings.unreadable(what, "give the right encoding") from error


def _position(data: bytes, start: int) -> str:
    """Return which byte it is, from 0, and of which line, from 1."""
    return f"byte {start} (line {data.count(10, 0, start) + 1})"


def _report_utf8(data: bytes, encoding: str, findings: FileFindings) -> None:
    """Report a file that was read as asked, and is UTF-8: two characters of three bytes are hardly chance."""
    if codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"} or data.isascii():
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    if sum(letter >= "\u0800" for letter in text) >= 2:
        what = f"it was read as {encoding}, as asked, and its bytes are UTF-8"
        findings.add("encoding", "the file", what, "give the encoding utf-8, or save all files as UTF-8")


def lines_of(text: str) -> list[str]:
    r"""Return the lines of a text that end in ``\n``, ``\r\n`` or ``\r``; other separators of Unicode stay in the line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_json(findings: FileFindings) -> object:
    """Return the value of a JSON file. Numbers are int and Decimal, so that no time goes through a float.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it cannot be read, or is no JSON.
        TooLarge: it has more than `MAX_BYTES` bytes.
    """
    text = decode(read_bytes(findings.path), findings, encoding=None, fallback=None, is_utf8=True)

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON number")

    try:
        content: object = json.loads(text, parse_float=Decimal, parse_constant=refuse)
    except (ValueError, RecursionError, ArithmeticError) as error:
        reason = "it nests too deep" if isinstance(error, RecursionError) else str(error).lower()
        raise findings.unreadable(f"the file is no JSON: {reason}", "give a complete file") from error
    return content


def write_bytes(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a text to a file; what the file had before is replaced.

    Raises:
        InvalidArgument: the text cannot be written in the encoding.
        SourceNotFound: there is no such folder.
        OSError: writing fails for another reason.
    """
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError as error:
        bad = short_repr(text[error.start])
        raise InvalidArgument(
            f"texts must be valid {encoding}, got the character {bad}; remove it: {quoted(path)}", path=str(path)
        ) from error
    try:
        path.write_bytes(data)
    except FileNotFoundError as error:
        raise SourceNotFound(f"there is no such folder; make it first: {quoted(path)}", path=str(path)) from error


def without_overlap(segments: Iterable[Segment], name: str, findings: FileFindings) -> list[Segment]:
    """Return the segments of one tier in order of time, each before the next one.

    Overlaps below `NOISE` are removed and reported (``time_noise``).

    Args:
        segments: Those of one tier, in any order.
        name: The format, with its article, as "an EAF".
        findings: Takes the repairs, and names the file in errors.

    Raises:
        InvalidArgument: two of them overlap by more, which the format does not allow.
    """
    ordered = sorted(without_noise(segments, findings), key=lambda segment: segment.span)
    for first, second in pairwise(ordered):
        if second.span.start < first.span.end:
            pair = f"{short_repr(first.text)} at {first.span!r} and {short_repr(second.text)} at {second.span!r}"
            got = f"{pair} in tier {short_repr(first.tier)}"
            fix = f"put them in two tiers: {quoted(findings.path)}"
            raise InvalidArgument(
                f"segments of one tier of {name} must not overlap, got {got}; {fix}",
                path=str(findings.path),
                span=second.span,
            )
    return ordered


def without_noise(segments: Iterable[Segment], findings: FileFindings) -> list[Segment]:
    """Return the segments of one tier without overlaps below `NOISE`, in their order; each change is a repair."""
    rows = list(segments)
    if all(first.span.end <= second.span.start for first, second in pairwise(rows)):
        return rows
    found = settled([[row.span] for row in rows], gaps=False)
    for row, span in zip(rows, found.spans, strict=True):
        if span != row.span:
            what = f"it overlaps another one by less than 1 ms; {row.span} became {span}"
            where = f"tier {short_repr(row.tier)}, segment {short_repr(row.text)}"
            findings.add_repair("time_noise", where, what, "the earlier one ends where the later one begins")
    return [replace(row, span=span) for row, span in zip(rows, found.spans, strict=True)]


def unused_name(name: str, used: set[str]) -> str:
    """Return the name, or the first of "name (2)", "name (3)" and so on that is not in `used`, and add it there."""
    candidate, number = name, 2
    while candidate in used:
        candidate, number = f"{name} ({number})", number + 1
    used.add(candidate)
    return candidate
