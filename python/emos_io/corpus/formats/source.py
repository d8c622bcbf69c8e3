"""How annotation files are opened, decoded and complained about; every format does it alike."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from ...errors import InvalidArgument, SourceNotFound, SourceUnreadable, TooLarge
from .segments import Segment

Report = Callable[[str, str, str, str], None]
"""Takes (code, where, what, fix) of one problem: a short name of its kind, the place in the file, what is wrong there
and was left out or repaired, and what to do about it."""

MAX_BYTES = 256 * 2**20
"""Annotation files are small; anything above this is something else."""


def quoted(path: str | os.PathLike[str]) -> str:
    """Return a path as errors show it, on one line."""
    return json.dumps(os.fspath(path), ensure_ascii=False)


def shown(value: object) -> str:
    """Return a value as errors show it: on one line, and short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


@dataclass(frozen=True)
class Problems:
    """Where a reader or writer takes its problems: to the caller's `report`, or into the error that ends it."""

    path: Path
    report: Report | None

    def found(self, code: str, where: str, what: str, fix: str) -> None:
        """Report one problem and return, so that the rest can be read.

        Raises:
            InvalidArgument: there is nobody to report to.
        """
        if self.report is None:
            raise InvalidArgument(f"{where}: {what}; {fix}, or pass report to go on without it: {quoted(self.path)}")
        self.report(code, where, what, fix)

    def unreadable(self, what: str, fix: str) -> SourceUnreadable:
        """Return the error for a file of which nothing can be trusted."""
        return SourceUnreadable(f"{what}; {fix}: {quoted(self.path)}")

    def not_held(self, segments: Iterable[Segment], fields: Iterable[str], name: str) -> None:
        """Report which fields of segments a format has no place for."""
        listed = list(segments)
        for field in fields:
            lost = [segment for segment in listed if getattr(segment, field) is not None]
            if lost:
                what = f"{len(lost)} of them have a {field}, as {shown(getattr(lost[0], field))}, and {name} holds none"
                self.found("not_held", "segments", what, f"write a table, or set {field} to None")


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return what a regular file holds.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is a folder, a pipe or a device, or reading fails.
        TooLarge: it holds more than `MAX_BYTES`.
    """
    file = Path(path)
    try:
        if not file.exists():
            raise SourceNotFound(f"there is no such file; check the path: {quoted(path)}")
        if not file.is_file():
            raise SourceUnreadable(f"this is no regular file; give an annotation file: {quoted(path)}")
        size = file.stat().st_size
        if size > MAX_BYTES:
            what = f"the file has {size} bytes, over the limit of {MAX_BYTES}"
            raise TooLarge(f"{what}; give an annotation file: {quoted(path)}")
        return file.read_bytes()
    except (SourceNotFound, SourceUnreadable):
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceUnreadable(f"reading failed: {reason.lower()}; check the file: {quoted(path)}") from error


def decode(data: bytes, problems: Problems, *, encoding: str | None, fallback: str | None) -> str:
    """Return text: as the encoding that the caller names, as the byte order mark says, as UTF-8, or as the fallback.

    Taking the fallback is a problem, as it is a guess.

    Raises:
        SourceUnreadable: the bytes are no text in any of them.
        InvalidArgument: there is no such encoding; or the fallback was taken with nobody to report to.
    """
    if encoding is not None:
        text = _decode_as(data, encoding, problems)
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _decode_as(data, "utf-16", problems)
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if fallback is None:
                raise problems.unreadable(f"byte {error.start} is not UTF-8", "save the file as UTF-8") from error
            text = _decode_as(data, fallback, problems)
            if "\0" not in text:
                what = f"it is not UTF-8, and was read as {fallback}, which is a guess"
                problems.found("encoding", f"byte {error.start}", what, "say the encoding, or save the file as UTF-8")
    if "\0" in text:
        raise problems.unreadable("the file holds bytes of value 0, so it is no text", "give an annotation file")
    return text.removeprefix("\ufeff")


def _decode_as(data: bytes, encoding: str, problems: Problems) -> str:
    try:
        return data.decode(encoding)
    except LookupError as error:
        raise InvalidArgument(f"encoding {encoding!r} was given; give one that Python knows, as 'gb18030'") from error
    except UnicodeError as error:
        raise problems.unreadable(f"the bytes are not {encoding}", "say the right encoding") from error


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, whichever way they end; other separators of Unicode stay in the line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_json(problems: Problems) -> Any:
    """Return what a JSON file holds; its numbers are int and Decimal, so that no time goes through a float.

    Raises:
        SourceNotFound, SourceUnreadable, TooLarge: as `read_bytes`; or it is no JSON.
    """
    text = decode(read_bytes(problems.path), problems, encoding=None, fallback=None)

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is no JSON number")

    try:
        return json.loads(text, parse_float=Decimal, parse_constant=refuse)
    except (ValueError, RecursionError, ArithmeticError) as error:
        reason = "it nests too deep" if isinstance(error, RecursionError) else str(error).lower()
        raise problems.unreadable(f"the file is no JSON: {reason}", "give a complete file") from error


def write_bytes(path: str | os.PathLike[str], text: str, *, encoding: str = "utf-8") -> None:
    """Write a text in place of whatever the path held.

    Raises:
        InvalidArgument: the text cannot be written in the encoding.
        SourceNotFound: there is no such folder.
        OSError: writing fails for another reason.
    """
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError as error:
        bad = shown(text[error.start])
        raise InvalidArgument(f"{bad} cannot be written as {encoding}; remove it: {quoted(path)}") from error
    try:
        Path(path).write_bytes(data)
    except FileNotFoundError as error:
        raise SourceNotFound(f"there is no such folder; make it first: {quoted(path)}") from error


def check_no_overlap(segments: Iterable[Segment], name: str, path: str | os.PathLike[str]) -> list[Segment]:
    """Return the segments of one tier in order of time.

    Raises:
        InvalidArgument: two of them overlap, which the format does not hold.
    """
    ordered = sorted(segments, key=lambda segment: segment.span)
    for first, second in pairwise(ordered):
        if second.span.start < first.span.end:
            pair = f"{shown(first.text)} at {first.span!r} and {shown(second.text)} at {second.span!r}"
            what = f"tier {shown(first.tier)} has overlapping segments, {pair}"
            raise InvalidArgument(f"{what}; {name} holds none, put them in two tiers: {quoted(path)}")
    return ordered


def unused_name(name: str, used: set[str]) -> str:
    """Return the name, or the first of "name (2)", "name (3)" and so on that is not in use, and note it as used."""
    candidate, number = name, 2
    while candidate in used:
        candidate, number = f"{name} ({number})", number + 1
    used.add(candidate)
    return candidate
