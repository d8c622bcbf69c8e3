"""ELAN annotation files (EAF 2.7 to 3.0): read into segments; writing is in `elan_write`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote
from xml.parsers import expat

from ...errors import EmosError, InvalidArgument
from ...spans import Span, exact_seconds
from .elan_times import Annotation, Tier, annotation_times
from .elan_write import write_eaf
from .segments import AnnotationFile, Segment
from .source import Problems, Report, read_bytes, shown, unused_name

__all__ = ["read_eaf", "write_eaf"]

_WHOLE = re.compile(r"-?[0-9]{1,15}")
_CHILDREN = {"ALIGNABLE_ANNOTATION", "REF_ANNOTATION"}


def read_eaf(
    path: str | os.PathLike[str], *, medium: int | None = None, report: Report | None = None
) -> AnnotationFile:
    """Return the annotations of an ELAN file, on the clock of its media.

    Times are exact. Where ELAN stores none, they are what it shows, without its rounding to whole ms:

    - A time slot without a value, on a tier with a parent: the annotations that follow each other there from one slot
      with a value to the next share that time evenly. On a tier without a parent: the slots in a row without values
      share the time between their neighbours with values evenly.
    - A reference annotation has the span of its parent. Several of one parent on one tier divide it evenly, in the
      order of their PREVIOUS_ANNOTATION, unless the tier is a Symbolic_Association, where each has all of it.

    An annotation at t lies at t + TIME_ORIGIN of the media file: the origin is the part of the file that ELAN skips.
    ELAN does the same where it writes times of media (JSONWAEncoder: begin time + timeOrigin). So ``offset`` of the
    answer is -TIME_ORIGIN, in seconds.

    ``media`` are RELATIVE_MEDIA_URLs that exist, as paths, else MEDIA_URLs as written. The rater of a segment is the
    ANNOTATOR of its tier, or the PARTICIPANT if it has none. ``language`` are the languages that the tiers name
    (LANG_REF, else DEFAULT_LOCALE), joined by commas, else the only LANGUAGE or LOCALE of the file.

    Args:
        path: An .eaf file.
        medium: Place (from 0) of the MEDIA_DESCRIPTOR on whose clock spans are; None is the first, ELAN's own master.
        report: Takes each problem as (code, where, what, fix); ``several_offsets`` (media have different TIME_ORIGINs
            and `medium` is None), ``bad_offset``, ``bad_time``, ``duplicate_id``, ``duplicate_tier``,
            ``unknown_version``; and these leave an annotation out: ``no_time``, ``no_parent`` and ``empty_span``. None
            raises at the first.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no EAF, or is cut off, or declares a document type or entities (a few bytes of them
            can ask for gigabytes), or counts time in something else than ms.
        InvalidArgument: there is a problem, and `report` is None; or there is no such `medium`.

    Cost: one pass over the file, which is held in memory.
    """
    problems = Problems(Path(path), report)
    parsed = _Parser(problems).parse(read_bytes(path))
    origin = _origin(parsed.media, medium, problems)
    times = annotation_times(parsed.tiers, parsed.slots, parsed.constraints, problems)
    segments: list[Segment] = []
    for tier in parsed.tiers:
        for annotation in tier.annotations:
            span = times.get(id(annotation))
            if span is None:
                continue
            start, end = (Fraction(edge + origin, 1000) for edge in span)
            where = f"annotation {shown(annotation.id)} of tier {shown(tier.name)}"
            if end <= start:
                what = f"{shown(annotation.text)} lasts from {start} to {end} s, so it was left out"
                problems.found("empty_span", where, what, "an annotation must end after its start")
                continue
            try:
                whole = Span(exact_seconds(start), exact_seconds(end))
            except InvalidArgument:
                problems.found("bad_time", where, "its time does not fit in 64 bits, so it was left out", "correct it")
                continue
            segments.append(Segment(whole, annotation.text, tier.name, tier.rater))
    return AnnotationFile(
        segments=tuple(segments),
        media=tuple(_media_path(attributes, problems.path) for attributes in parsed.media),
        offset=Fraction(-origin, 1000),
        tiers=tuple(tier.name for tier in parsed.tiers),
        language=_language(parsed),
    )


@dataclass
class _Parsed:
    media: list[dict[str, str]] = field(default_factory=list)
    slots: dict[str, int | None] = field(default_factory=dict)
    tiers: list[Tier] = field(default_factory=list)
    constraints: dict[str, str] = field(default_factory=dict)
    languages: list[str] = field(default_factory=list)
    locales: list[str] = field(default_factory=list)


class _Parser:
    """Takes what we need from the stream of elements; no tree is built."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._parsed = _Parsed()
        self._names: set[str] = set()
        self._seen: set[str] = set()
        self._depth = 0
        self._annotation: Annotation | None = None
        self._text: list[str] | None = None

    def parse(self, data: bytes) -> _Parsed:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(data, True)
        except EmosError:
            raise
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise self._problems.unreadable(f"the file is no XML: {error}", "give a complete .eaf file") from error
        return self._parsed

    def _refuse(self, *_: object) -> None:
        what = "the file declares a document type or entities, which no EAF needs"
        raise self._problems.unreadable(what, "remove the declaration")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self._root(name, attributes)
        elif name == "HEADER":
            units = attributes.get("TIME_UNITS", "milliseconds")
            if units != "milliseconds":
                raise self._problems.unreadable(f"TIME_UNITS is {shown(units)}", "save it from ELAN in milliseconds")
        elif name == "MEDIA_DESCRIPTOR":
            self._parsed.media.append(attributes)
        elif name == "TIME_SLOT":
            self._slot(attributes)
        elif name == "TIER":
            self._tier(attributes)
        elif name in _CHILDREN:
            self._begin_annotation(attributes)
        elif name == "ANNOTATION_VALUE":
            self._text = []
        elif name == "LINGUISTIC_TYPE":
            self._parsed.constraints[attributes.get("LINGUISTIC_TYPE_ID", "")] = attributes.get("CONSTRAINTS", "")
        elif name == "LANGUAGE":
            self._parsed.languages.append(attributes.get("LANG_ID", ""))
        elif name == "LOCALE":
            self._parsed.locales.append(attributes.get("LANGUAGE_CODE", ""))

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name == "ANNOTATION_VALUE":
            if self._annotation is not None and self._text is not None:
                self._annotation.text = "".join(self._text)
            self._text = None
        elif name in _CHILDREN:
            self._annotation = None

    def _characters(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name != "ANNOTATION_DOCUMENT":
            raise self._problems.unreadable(f"the file is XML, but its root is {shown(name)}", "give an .eaf file")
        version = attributes.get("FORMAT") or attributes.get("VERSION") or ""
        if version.split(".")[0] not in {"2", "3"}:
            what = f"the file says it is EAF {shown(version)}; versions 2.7 to 3.0 are known"
            self._problems.found("unknown_version", "ANNOTATION_DOCUMENT", what, "save it from ELAN as EAF 3.0")

    def _slot(self, attributes: dict[str, str]) -> None:
        name, written = attributes.get("TIME_SLOT_ID", ""), attributes.get("TIME_VALUE")
        where = f"time slot {shown(name)}"
        if name in self._parsed.slots:
            self._problems.found("duplicate_id", where, "an earlier slot has the same id; this one was left out", "fix")
            return
        value = None
        if written is not None:
            if _WHOLE.fullmatch(written.strip()):
                value = int(written)
            else:
                what = f"TIME_VALUE {shown(written)} is no number of ms; it is taken as a slot without a value"
                self._problems.found("bad_time", where, what, "correct it")
        self._parsed.slots[name] = value

    def _tier(self, attributes: dict[str, str]) -> None:
        written = attributes.get("TIER_ID", "")
        name = unused_name(written, self._names)
        if name != written:
            what = f"an earlier tier has the name {shown(written)} too; this one is read as {shown(name)}"
            self._problems.found("duplicate_tier", f"tier {shown(written)}", what, "give each tier its own name")
        self._parsed.tiers.append(
            Tier(
                name,
                parent=attributes.get("PARENT_REF"),
                kind=attributes.get("LINGUISTIC_TYPE_REF", ""),
                rater=attributes.get("ANNOTATOR") or attributes.get("PARTICIPANT") or None,
                language=attributes.get("LANG_REF") or None,
                locale=attributes.get("DEFAULT_LOCALE") or None,
            )
        )

    def _begin_annotation(self, attributes: dict[str, str]) -> None:
        if not self._parsed.tiers:
            raise self._problems.unreadable("an annotation stands outside of all tiers", "give an .eaf file")
        name = attributes.get("ANNOTATION_ID", "")
        where = f"annotation {shown(name)}"
        if name in self._seen:
            what = "an earlier annotation has the same id; references mean the earlier one"
            self._problems.found("duplicate_id", where, what, "give each annotation its own id")
        self._seen.add(name)
        self._annotation = Annotation(
            name,
            begin=attributes.get("TIME_SLOT_REF1"),
            end=attributes.get("TIME_SLOT_REF2"),
            parent=attributes.get("ANNOTATION_REF"),
            previous=attributes.get("PREVIOUS_ANNOTATION"),
        )
        self._parsed.tiers[-1].annotations.append(self._annotation)


def _origin(media: list[dict[str, str]], medium: int | None, problems: Problems) -> int:
    """Return the TIME_ORIGIN in ms of the medium whose clock is wanted."""
    if medium is not None and not 0 <= medium < len(media):
        raise InvalidArgument(f"medium {medium} was asked for, but the file names {len(media)} media, from 0")
    origins = []
    for number, attributes in enumerate(media):
        written = attributes.get("TIME_ORIGIN", "0").strip()
        if not _WHOLE.fullmatch(written):
            what = f"TIME_ORIGIN {shown(written)} is no number of ms; it is taken as 0"
            problems.found("bad_offset", f"medium {number}", what, "correct it")
            written = "0"
        origins.append(int(written))
    if medium is not None:
        return origins[medium]
    # Sound that was extracted from the first medium has its clock.
    first = media[0].get("MEDIA_URL") if media else None
    own = [origin for origin, at in zip(origins, media, strict=True) if at.get("EXTRACTED_FROM", "") != first]
    if len(set(own)) > 1:
        what = f"the media have TIME_ORIGINs of {', '.join(map(str, origins))} ms; spans are on the clock of the first"
        problems.found("several_offsets", "MEDIA_DESCRIPTOR", what, "say which with medium")
    return origins[0] if origins else 0


def _media_path(attributes: dict[str, str], eaf: Path) -> str:
    """Return where a medium is: the relative path where that exists, else what the file says."""
    relative = attributes.get("RELATIVE_MEDIA_URL", "")
    bare = re.sub(r"^file:/*(?=\.)", "", relative)
    for name in dict.fromkeys((bare, unquote(bare))):
        if name and "\0" not in name and not re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", name):
            try:
                if (eaf.parent / name).is_file():
                    return os.path.normpath(eaf.parent / name)
            except OSError:  # a name that this system does not allow
                continue
    return attributes.get("MEDIA_URL") or relative


def _language(parsed: _Parsed) -> str | None:
    for named in ([tier.language for tier in parsed.tiers], [tier.locale for tier in parsed.tiers]):
        if used := list(dict.fromkeys(name for name in named if name)):
            return ",".join(used)
    for listed in (parsed.languages, parsed.locales):
        if len(set(listed)) == 1 and listed[0]:
            return listed[0]
    return None
