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


def decode(data: bytes, findings: FileFindings, *, encoding: str | None, fallback: str | None) -> str:
    """Return the text of a file.

    The encoding is the one that the caller gives, else UTF-16 where a byte order mark says so, else UTF-8, else
    `fallback`. A fallback is a guess, so taking it is a finding (``encoding``).

    Args:
        data: The bytes of the file.
        findings: Takes the finding.
        encoding: Name of the encoding, or None to detect it.
        fallback: Encoding of files that are not UTF-8, or None to refuse them.

    Raises:
        SourceUnreadable: the bytes are no text in any of these encodings, or have a NUL.
        InvalidArgument: Python does not know the encoding; or the fallback was taken and there is no reporter.
    """
    if encoding is not None:
        text = _decode_as(data, encoding, findings)
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _decode_as(data, "utf-16", findings)
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if fallback is None:
                raise findings.unreadable(f"byte {error.start} is not UTF-8", "save the file as UTF-8") from error
            text = _decode_as(data, fallback, findings)
            if "\0" not in text:
                what = f"it is not UTF-8, and was read as {fallback}, which is a guess"
                findings.add("encoding", f"byte {error.start}", what, "give the encoding, or save the file as UTF-8")
    if "\0" in text:
        raise findings.unreadable("the file has bytes of value 0, so it is no text", "give an annotation file")
    return text.removeprefix("\ufeff")


def _decode_as(data: bytes, encoding: str, findings: FileFindings) -> str:
    try:
        return data.decode(encoding)
    except LookupError as error:
        allowed = "a name that Python knows, such as 'utf-8' or 'gb18030'"
        fix = "leave it out for the default"
        raise InvalidArgument(
            f"encoding must be {allowed}, got {encoding!r}; {fix}: {quoted(findings.path)}", path=str(findings.path)
        ) from error
    except UnicodeError as error:
        raise findings.unreadable(f"the bytes are not {encoding}", "give the right encoding") from error


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
    text = decode(read_bytes(findings.path), findings, encoding=None, fallback=None)

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
