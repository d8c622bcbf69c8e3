"""Write ELAN annotation files as EAF 3.0."""

from __future__ import annotations

import math
import mimetypes
import os
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import PurePath
from typing import NamedTuple

from .._checks import checked_path
from ..errors import InvalidArgument, quoted, short_repr
from .noise import placed
from .segments import Segment
from .source import FileFindings, Reporter, without_overlap, write_bytes

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
_ATTRIBUTE_ESCAPES = _ESCAPES | {"\n": "&#10;", "\t": "&#9;"}
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="1970-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
"""
_STEREOTYPES = {
    "Time_Subdivision": "Time subdivision of the parent annotation, without gaps",
    "Symbolic_Subdivision": "Ordered subdivision of the parent annotation, without times",
    "Symbolic_Association": "One annotation for one parent annotation",
    "Included_In": "Annotations with times inside of the parent annotation, gaps are allowed",
}


def write_eaf(
    path: str | os.PathLike[str],
    segments: Iterable[Segment],
    *,
    media: Sequence[str | os.PathLike[str]] = (),
    language: str | None = None,
    reporter: Reporter | None = None,
) -> None:
    """Write an ELAN file (EAF 3.0), one tier for each tier, rater and speaker. The same arguments give the same bytes.

    Args:
        path: The file to write; an existing file is replaced.
        segments: The segments, in any order, at media times of 0 or more. Those of one tier may touch, but not overlap by
            1 ms or more. The rater becomes the ANNOTATOR of the tier, the speaker its PARTICIPANT.
        media: Paths or URLs of the media; a relative path is relative to the folder of the file. TIME_ORIGIN is 0.
        language: The language of all tiers, such as ``"eng"``.
        reporter: Takes each finding as (code, where, what, fix): ``rounded`` (a time was rounded to ms, since EAF stores
            integer ms: half up, but so that a short segment lasts 1 ms and overlaps none); ``time_noise`` (an overlap below
            1 ms was removed; a repair, which is never raised); ``shared_tier`` (a tier has several raters or speakers, so it
            becomes the tiers "tier@rater", "tier@speaker" or "tier@rater@speaker"); ``no_tier`` (tier "" is written as
            "default"); ``not_held`` (an item, confidence or intensity, which an EAF cannot store). None raises the first
            finding.

    Raises:
        InvalidArgument: two segments of a tier overlap; a time is below 0; there is no ms for a segment, since its neighbours
            take them; a text has a character that XML does not allow; or there is a finding, and `reporter` is None.
        SourceNotFound: there is no such folder.
    """
    path = checked_path(path)
    findings = FileFindings(path, reporter)
    rows = list(segments)
    findings.add_lost_fields(rows, ("item", "confidence", "intensity"), "an EAF")
    tiers = _tiers(rows, findings)
    slots: list[tuple[int, int]] = []
    bodies: list[tuple[_Tier, list[tuple[int, str]]]] = []
    for tier, own in tiers.items():
        body = []
        for row, (start, end) in _in_milliseconds(without_overlap(own, "an EAF", findings), findings):
            body.append((len(slots), row.text))
            slots += [(start, len(slots)), (end, len(slots) + 1)]
        bodies.append((tier, body))
    ordered = sorted(slots)
    numbers = {slot: number for number, (_, slot) in enumerate(ordered, 1)}
    lines = [_HEAD, *(_media_line(name) for name in media)]
    lines.append("    </HEADER>\n    <TIME_ORDER>\n")
    lines += [f'        <TIME_SLOT TIME_SLOT_ID="ts{numbers[s]}" TIME_VALUE="{value}"/>\n' for value, s in ordered]
    lines.append("    </TIME_ORDER>\n")
    count = 0
    for tier, body in bodies:
        attributes = {
            "ANNOTATOR": tier.rater,
            "LANG_REF": language,
            "LINGUISTIC_TYPE_REF": "default-lt",
            "PARTICIPANT": tier.speaker,
            "TIER_ID": tier.name,
        }
        lines.append(f"    <TIER{_attributes(attributes)}>\n")
        for slot, text in body:
            count += 1
            refs = f'TIME_SLOT_REF1="ts{numbers[slot]}" TIME_SLOT_REF2="ts{numbers[slot + 1]}"'
            lines.append(f'        <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{count}" {refs}>')
            lines.append(f"<ANNOTATION_VALUE>{_escaped(text, _ESCAPES)}</ANNOTATION_VALUE>")
            lines.append("</ALIGNABLE_ANNOTATION></ANNOTATION>\n")
        lines.append("    </TIER>\n")
    lines.append(
        '    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>\n'
    )
    if language:
        lines.append(f"    <LANGUAGE{_attributes({'LANG_ID': language, 'LANG_LABEL': language})}/>\n")
    for stereotype, description in _STEREOTYPES.items():
        lines.append(f'    <CONSTRAINT DESCRIPTION="{description}" STEREOTYPE="{stereotype}"/>\n')
    lines.append("</ANNOTATION_DOCUMENT>\n")
    write_bytes(path, "".join(lines))


class _Tier(NamedTuple):
    name: str
    rater: str | None
    speaker: str | None


def _tiers(rows: list[Segment], findings: FileFindings) -> dict[_Tier, list[Segment]]:
    """Return the segments by the tier that they are written in, in order of appearance."""
    by_tier: dict[str, dict[tuple[str | None, str | None], list[Segment]]] = {}
    for row in rows:
        by_tier.setdefault(row.tier, {}).setdefault((row.rater, row.speaker), []).append(row)
    tiers: dict[_Tier, list[Segment]] = {}
    for tier, people in by_tier.items():
        name = tier
        if not tier:
            name = "default"
            findings.add("no_tier", "segments", 'some have tier "", which EAF does not allow', 'name it "default"')
        # What differs within the tier tells its parts apart.
        kinds = [kind for kind in (0, 1) if len({each[kind] for each in people}) > 1]
        for kind in kinds:
            word = ("rater", "speaker")[kind]
            number = len({each[kind] for each in people})
            what = f"it has {number} {word}s, and a tier of an EAF has one; it was written as tiers {name}@{word}"
            findings.add("shared_tier", f"tier {short_repr(tier)}", what, f"give each {word} a tier")
        for each, own in people.items():
            suffix = "".join(f"@{each[kind]}" for kind in kinds if each[kind] is not None)
            tiers[_Tier(f"{name}{suffix}", *each)] = own
    names = [tier.name for tier in tiers]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        got = f"two tiers {short_repr(doubled[0])}"
        raise InvalidArgument(
            f"names of tiers must differ, got {got}; rename one: {quoted(findings.path)}", path=str(findings.path)
        )
    return tiers


def _in_milliseconds(rows: list[Segment], findings: FileFindings) -> list[tuple[Segment, tuple[int, int]]]:
    """Return the segments of a tier, in order, each with start and end in ms; times that were rounded are findings."""
    edges, refused = placed([row.span for row in rows], _milliseconds_around)
    bad = next(
        (row for row in rows if row.span.start <= Fraction(-1, 1000)), None if refused is None else rows[refused]
    )
    if bad is not None:
        allowed = "start at 0 or later and last 1 ms or more"
        got = f"{short_repr(bad.text)} at {bad.span!r}"
        raise InvalidArgument(
            f"segments of an EAF must {allowed}, got {got}; correct it or leave it out: {quoted(findings.path)}",
            path=str(findings.path),
            span=bad.span,
        )
    found = []
    for row, times in zip(rows, edges, strict=True):
        start, end = (int(time * 1000) for time in times)
        for time, written in ((row.span.start, start), (row.span.end, end)):
            if written != time * 1000:
                what = f"{time} s is no integer number of ms, so it was written as {written} ms"
                findings.add("rounded", f"segment {short_repr(row.text)}", what, "round it")
        found.append((row, (start, end)))
    return found


def _milliseconds_around(time: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    last, first = math.ceil(time * 1000), math.floor(time * 1000)
    # Just before 0 there is 0 alone: an EAF has no times below it.
    first = last if first == -1 < time * 1000 else first
    nearest = max(first, math.floor(time * 1000 + Fraction(1, 2)))
    return Fraction(first, 1000), Fraction(last, 1000), Fraction(nearest, 1000)


def _media_line(media: str | os.PathLike[str]) -> str:
    name = os.fspath(media)
    url, relative = name, None
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", name):
        if PurePath(name).is_absolute():
            url = PurePath(name).as_uri()
        else:
            relative = name if name.startswith(".") else f"./{name}"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"        <MEDIA_DESCRIPTOR{_attributes({'MEDIA_URL': url, 'MIME_TYPE': kind, 'RELATIVE_MEDIA_URL': relative})}/>\n"


def _attributes(values: dict[str, str | None]) -> str:
    return "".join(
        f' {key}="{_escaped(value, _ATTRIBUTE_ESCAPES)}"' for key, value in values.items() if value is not None
    )


def _escaped(text: str, escapes: dict[str, str]) -> str:
    if bad := _NOT_XML.search(text):
        got = f"{bad.group()!r} in {short_repr(text)}"
        raise InvalidArgument(f"texts must have only characters that XML allows, got {got}; remove it")
    return "".join(escapes.get(letter, letter) for letter in text)
