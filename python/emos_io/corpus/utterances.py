"""The labels of one rater over time as utterances: noise of times is removed, no label of a span is lost without a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import short_repr
from ..formats import NOISE, settled
from ..spans import Span
from .findings import FindingCollector
from .label_rows import LabelRow, agreed_confidence, rows_by_span
from .overlaps import Part, covers, hidden, overlaps
from .records import Utterance
from .taxonomies import Taxonomy


def utterances_of(rows: Sequence[LabelRow], names: Taxonomy, findings: FindingCollector) -> tuple[Utterance, ...]:
    """Return the labels of one rater as utterances, in order of time.

    Overlaps and gaps below 1 ms are noise: the earlier label ends where the later one begins. Labels of one span are one set.
    In a layer of sets, spans that overlap all stay. In another layer no utterances overlap: each part that one label covers
    alone is one, and the seconds that two labels claim have none.

    In such a layer the first label of a cell counts, since people write the main one first. Rows have no such order: where rows
    of one span differ, none counts.

    Labels of one span have the speaker, the confidence and the intensity that all of them give that give one.

    Args:
        rows: Labels of one rater and one layer in order of time, as `read_rows` gives them.
        names: The taxonomy of the layer.
        findings: Takes ``too_many_labels``, ``time_noise``, ``repeated_label``, ``overlap``, ``conflicting_intensity`` and
            ``conflicting_confidence``.
    """
    grouped = rows_by_span(rows)
    result = settled([[row.segment.span for row in group] for group in grouped], gaps=True)
    found: list[tuple[Utterance, str]] = []
    for number, (group, span) in enumerate(zip(grouped, result.spans, strict=True)):
        _report_moves(group, span, findings, short=number in result.short)
        found.append((_joined(group, span, names, findings), group[0].where))
    found.sort(key=lambda each: each[0].span)
    utterances = [utterance for utterance, _ in found]
    if not names.multiple:
        utterances = _alone(utterances, [where for _, where in found], findings)
    return tuple(replace(utterance, index=index) for index, utterance in enumerate(utterances))


def _report_moves(group: Sequence[LabelRow], span: Span, findings: FindingCollector, *, short: bool) -> None:
    for row in group:
        if row.segment.span != span:
            what = f"it overlaps or nearly touches another label by less than 1 ms; {row.segment.span} became {span}"
            findings.add("time_noise", row.where, what, "the earlier label ends where the later one begins")
    if short:
        what = f"it lasts less than 1 ms, {span}, and would have vanished beside another label"
        findings.add(
            "overlap", group[0].where, what, "it is kept, and the other one begins where it ends; correct the times"
        )


def _joined(group: Sequence[LabelRow], span: Span, names: Taxonomy, findings: FindingCollector) -> Utterance:
    """Return one utterance with the labels of a group of rows that have one span."""
    labels: list[str] = []
    unknown: list[str] = []
    given: set[str] = set()
    claims: list[str | None] = []
    first = group[0]
    for row in group:
        own = {*row.read.labels, *row.read.unknown, *([names.abstain] if row.read.abstain and names.abstain else [])}
        if repeated := sorted(own & given):
            what = f"{', '.join(map(short_repr, repeated))} was given to {span} before"
            findings.add("repeated_label", row.where, what, "it counts once")
        given |= own
        labels += [label for label in row.read.labels if label not in labels]
        unknown += [word for word in row.read.unknown if word not in unknown or row is first]
        claims.append(_claim(row, names, findings))
    claimed = list(dict.fromkeys(filter(None, claims)))
    if not names.multiple:
        labels = [label for label in claimed if label != names.abstain]
        if len(claimed) > 1:
            what = f"rows give {span} the labels {', '.join(claimed)}, where {names.name} takes one"
            findings.add("too_many_labels", first.where, what, "none is taken, and all are votes; delete all but one")
            labels = []
    # A label that is left out takes its confidence with it.
    is_open = names.multiple or not claimed
    kept = [row for row, own in zip(group, claims, strict=True) if is_open or [own] == claimed]
    return Utterance(
        index=0,
        span=span,
        labels={names.name: tuple(labels)},
        open_labels=tuple(unknown),
        intensity=_intensity(kept, findings),
        confidence=agreed_confidence((row.segment.confidence for row in kept), first.where, findings),
        raw_primary=first.segment.text,
        raw_secondary=tuple(row.segment.text for row in group[1:]),
        text={},
        speaker=_speaker(kept or group),
    )


def _claim(row: LabelRow, names: Taxonomy, findings: FindingCollector) -> str | None:
    """Return the label of a row in a layer that takes one, the first of its cell; an open word beside it is no second label."""
    labels = row.read.labels
    if len(labels) > 1 and not names.multiple:
        what = f"{', '.join(labels)} were given where {names.name} takes one"
        findings.add("too_many_labels", row.where, what, "the first is taken; correct the label")
    return labels[0] if labels else names.abstain if row.read.abstain else None


def _speaker(group: Sequence[LabelRow]) -> str | None:
    named = {row.segment.speaker for row in group}
    return named.pop() if len(named) == 1 else None


def _intensity(group: Sequence[LabelRow], findings: FindingCollector) -> int | None:
    given = sorted({row.segment.intensity for row in group if row.segment.intensity is not None})
    if len(given) > 1:
        what = f"labels of one span have the intensities {', '.join(map(str, given))}"
        findings.add("conflicting_intensity", group[0].where, what, "none is kept; give the span one intensity")
    return given[0] if len(given) == 1 else None


def _alone(utterances: Sequence[Utterance], wheres: Sequence[str], findings: FindingCollector) -> list[Utterance]:
    """Return the parts of utterances that one label covers alone; what is left out of them is a finding."""
    spans = [each.span for each in utterances]
    contents = [_content(each) for each in utterances]
    found = overlaps(spans, contents)
    if not found:
        return list(utterances)
    lost = hidden(spans, contents)
    for overlap in found:
        earlier, where = spans[overlap.earlier], wheres[overlap.index]
        if overlap.same:
            what = f"it begins before {earlier} ends, which has the same label"
            findings.add("repeated_label", where, what, "the label counts once")
        elif overlap.index not in lost:
            what = f"it begins before {earlier} ends"
            findings.add("overlap", where, what, "the seconds of both have no label; correct the times")
    short = {index for index in lost if spans[index].duration < NOISE}
    for index in sorted(lost):
        if index in short:
            what = f"it lasts less than 1 ms, {spans[index]}, and other labels lie on all of it"
            findings.add(
                "overlap", wheres[index], what, "it is kept, and the others have a gap there; correct the times"
            )
        else:
            what = f"other labels lie on all of {spans[index]}"
            findings.add("overlap", wheres[index], what, "it is left out; correct the times")
    parts: list[Part] = []
    for part in covers(spans, contents):
        kept = [index for index in part.owners if index in short] or part.owners
        if len(kept) == 1:
            parts.append(Part(part.span, (kept[0],)))
    parts += [
        Part(span, (index,))
        for index, (span, content) in enumerate(zip(spans, contents, strict=True))
        if content is None
    ]
    return [replace(utterances[part.owners[0]], span=part.span) for part in sorted(parts, key=lambda part: part.span)]


def _content(utterance: Utterance) -> tuple[object, ...] | None:
    """Return what an utterance says, to compare it; None where it has no word, and so claims no seconds."""
    raws = [raw.strip().casefold() for raw in (utterance.raw_primary, *utterance.raw_secondary)]
    if not any(raws):
        return None
    labels = [label for own in utterance.labels.values() for label in own]
    # Without labels it is what was written: rows that differ are no label that two spans could share.
    return (*labels, *utterance.open_labels) or tuple(raws)
