"""Read ELAN annotation files (EAF 2.7 to 3.0) into segments; `elan_write` writes them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote
from xml.parsers import expat

from .._checks import checked_path
from ..errors import EmosError, InvalidArgument, quoted, short_repr
from ..spans import Span, exact_seconds
from .elan_times import ElanAnnotation, ElanTier, annotation_times
from .elan_write import write_eaf
from .segments import AnnotationFile, Segment
from .source import FileFindings, Reporter, read_bytes, unused_name

__all__ = ["read_eaf", "write_eaf"]

_INTEGER = re.compile(r"-?[0-9]{1,15}")
_ANNOTATIONS = {"ALIGNABLE_ANNOTATION", "REF_ANNOTATION"}


def read_eaf(
    path: str | os.PathLike[str], *, media_index: int | None = None, reporter: Reporter | None = None
) -> AnnotationFile:
    """Return the annotations of an ELAN file as segments in media time.

    Times are exact. Where the file stores no time, it is the one that ELAN displays, without its rounding to ms:

    - Time slots without values, on a tier with a parent: consecutive annotations between two slots with values share
      the time between these evenly. On a tier without a parent: consecutive slots without values divide the time
      between their neighbours with values evenly.
    - A reference annotation has the span of its parent. Several of one parent on one tier divide it evenly, in the
      order of their PREVIOUS_ANNOTATION. On a tier of type Symbolic_Association each has the full span.

    An annotation at t lies at t + TIME_ORIGIN of the media file: the origin is the part of the file that ELAN skips.
    ELAN does the same where it writes times of media (JSONWAEncoder: begin time + timeOrigin). So ``offset`` of the
    result is -TIME_ORIGIN, in seconds.

    ``media`` are RELATIVE_MEDIA_URLs that exist, as paths, else MEDIA_URLs as written. The rater of a segment is the
    ANNOTATOR of its tier, and its speaker the PARTICIPANT. ``language`` are the languages of the tiers (LANG_REF,
    else DEFAULT_LOCALE), joined by commas, else the LANGUAGE or LOCALE of the file where it has only one.

    Args:
        path: An .eaf file.
        media_index: The index, from 0, of the MEDIA_DESCRIPTOR whose media time the spans are in; None is the first,
            which is the master of ELAN.
        reporter: Takes each finding as (code, where, what, fix): ``several_offsets`` (media have different
            TIME_ORIGINs, and `media_index` is None), ``bad_offset``, ``bad_time``, ``duplicate_id``,
            ``duplicate_tier``, ``unknown_version``; and ``no_time``, ``no_parent`` and ``empty_span``, which leave an
            annotation out. None raises the first finding.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no EAF, or is cut off, or declares a document type or entities (a few bytes of them
            can expand to gigabytes), or its unit of time is not ms.
        TooLarge: the file has more than 256 MiB.
        InvalidArgument: there is a finding, and `reporter` is None; or `media_index` is out of range.

    Cost: one pass; the memory of the file.
    """
    path = checked_path(path)
    findings = FileFindings(path, reporter)
    parsed = _Parser(findings).parse(read_bytes(path))
    origin = _origin(parsed.media, media_index, findings)
    times = annotation_times(parsed.tiers, parsed.slots, parsed.constraints, findings)
    segments: list[Segment] = []
    for tier in parsed.tiers:
        for annotation in tier.annotations:
            span = times.get(id(annotation))
            if span is None:
                continue
            start, end = (Fraction(edge + origin, 1000) for edge in span)
            where = f"annotation {short_repr(annotation.id)} of tier {short_repr(tier.name)}"
            if end <= start:
                what = f"{short_repr(annotation.text)} lasts from {start} to {end} s, so it was left out"
                findings.add("empty_span", where, what, "make it end after its start")
                continue
            try:
                full_span = Span(exact_seconds(start), exact_seconds(end))
            except InvalidArgument:
                findings.add("bad_time", where, "its time does not fit in 64 bits, so it was left out", "correct it")
                continue
            segments.append(Segment(full_span, annotation.text, tier.name, tier.rater, speaker=tier.speaker))
    return AnnotationFile(
        segments=tuple(segments),
        media=tuple(_media_path(attributes, findings.path) for attributes in parsed.media),
        offset=Fraction(-origin, 1000),
        tiers=tuple(tier.name for tier in parsed.tiers),
        language=_language(parsed),
    )


@dataclass
class _Parsed:
    media: list[dict[str, str]] = field(default_factory=list)
    slots: dict[str, int | None] = field(default_factory=dict)
    tiers: list[ElanTier] = field(default_factory=list)
    constraints: dict[str, str] = field(default_factory=dict)
    languages: list[str] = field(default_factory=list)
    locales: list[str] = field(default_factory=list)


class _Parser:
    """Collects what is needed from the stream of elements; it builds no tree."""

    def __init__(self, findings: FileFindings) -> None:
        self._findings = findings
        self._parsed = _Parsed()
        self._names: set[str] = set()
        self._seen: set[str] = set()
        self._depth = 0
        self._annotation: ElanAnnotation | None = None
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
            raise self._findings.unreadable(f"the file is no XML: {error}", "give a complete .eaf file") from error
        return self._parsed

    def _refuse(self, *_: object) -> None:
        what = "the file declares a document type or entities, which no EAF needs"
        raise self._findings.unreadable(what, "remove the declaration")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self._root(name, attributes)
        elif name == "HEADER":
            units = attributes.get("TIME_UNITS", "milliseconds")
            if units != "milliseconds":
                raise self._findings.unreadable(
                    f"TIME_UNITS is {short_repr(units)}", "save it from ELAN in milliseconds"
                )
        elif name == "MEDIA_DESCRIPTOR":
            self._parsed.media.append(attributes)
        elif name == "TIME_SLOT":
            self._slot(attributes)
        elif name == "TIER":
            self._tier(attributes)
        elif name in _ANNOTATIONS:
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
        elif name in _ANNOTATIONS:
            self._annotation = None

    def _characters(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name != "ANNOTATION_DOCUMENT":
            raise self._findings.unreadable(f"the file is XML, but its root is {short_repr(name)}", "give an .eaf file")
        version = attributes.get("FORMAT") or attributes.get("VERSION") or ""
        if version.split(".")[0] not in {"2", "3"}:
            what = f"the version is {short_repr(version)}, and versions 2.7 to 3.0 are known"
            self._findings.add("unknown_version", "ANNOTATION_DOCUMENT", what, "save it from ELAN as EAF 3.0")

    def _slot(self, attributes: dict[str, str]) -> None:
        name, written = attributes.get("TIME_SLOT_ID", ""), attributes.get("TIME_VALUE")
        where = f"time slot {short_repr(name)}"
        if name in self._parsed.slots:
            self._findings.add(
                "duplicate_id",
                where,
                "an earlier slot has the same id, so this one was left out",
                "give each slot its own id",
            )
            return
        value = None
        if written is not None:
            if _INTEGER.fullmatch(written.strip()):
                value = int(written)
            else:
                what = (
                    f"TIME_VALUE {short_repr(written)} is no number of ms, so the slot was read as one without a value"
                )
                self._findings.add("bad_time", where, what, "correct it")
        self._parsed.slots[name] = value

    def _tier(self, attributes: dict[str, str]) -> None:
        written = attributes.get("TIER_ID", "")
        name = unused_name(written, self._names)
        if name != written:
            what = f"an earlier tier has the name {short_repr(written)} too, so this one was read as {short_repr(name)}"
            self._findings.add("duplicate_tier", f"tier {short_repr(written)}", what, "give each tier its own name")
        self._parsed.tiers.append(
            ElanTier(
                name,
                parent=attributes.get("PARENT_REF"),
                kind=attributes.get("LINGUISTIC_TYPE_REF", ""),
                rater=attributes.get("ANNOTATOR") or None,
                speaker=attributes.get("PARTICIPANT") or None,
                language=attributes.get("LANG_REF") or None,
                locale=attributes.get("DEFAULT_LOCALE") or None,
            )
        )

    def _begin_annotation(self, attributes: dict[str, str]) -> None:
        if not self._parsed.tiers:
            raise self._findings.unreadable("there is an annotation outside of all tiers", "give an .eaf file")
        name = attributes.get("ANNOTATION_ID", "")
        where = f"annotation {short_repr(name)}"
        if name in self._seen:
            what = "an earlier annotation has the same id, and references were read as to that one"
            self._findings.add("duplicate_id", where, what, "give each annotation its own id")
        self._seen.add(name)
        self._annotation = ElanAnnotation(
            name,
            begin=attributes.get("TIME_SLOT_REF1"),
            end=attributes.get("TIME_SLOT_REF2"),
            parent=attributes.get("ANNOTATION_REF"),
            previous=attributes.get("PREVIOUS_ANNOTATION"),
        )
        self._parsed.tiers[-1].annotations.append(self._annotation)


def _origin(media: list[dict[str, str]], media_index: int | None, findings: FileFindings) -> int:
    """Return the TIME_ORIGIN in ms of the media file whose clock is wanted."""
    if media_index is not None and not 0 <= media_index < len(media):
        allowed = f"from 0 to below {len(media)}, the number of media that the file names"
        fix = f"leave it out for the first: {quoted(findings.path)}"
        raise InvalidArgument(f"media_index must be {allowed}, got {media_index}; {fix}", path=str(findings.path))
    origins = []
    for number, attributes in enumerate(media):
        written = attributes.get("TIME_ORIGIN", "0").strip()
        if not _INTEGER.fullmatch(written):
            what = f"TIME_ORIGIN {short_repr(written)} is no number of ms, so it was read as 0"
            findings.add("bad_offset", f"media {number}", what, "correct it")
            written = "0"
        origins.append(int(written))
    if media_index is not None:
        return origins[media_index]
    # Audio that was extracted from the first media file has the clock of that file.
    first = media[0].get("MEDIA_URL") if media else None
    own = [origin for origin, at in zip(origins, media, strict=True) if at.get("EXTRACTED_FROM", "") != first]
    if len(set(own)) > 1:
        what = f"the media have TIME_ORIGINs of {', '.join(map(str, origins))} ms, and that of the first was used"
        findings.add("several_offsets", "MEDIA_DESCRIPTOR", what, "choose one with media_index")
    return origins[0] if origins else 0


def _media_path(attributes: dict[str, str], eaf: Path) -> str:
    """Return the path of a media file: the relative path where it exists, else the URL as written."""
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
