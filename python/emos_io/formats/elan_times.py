"""The times of ELAN annotations: read from the file, or computed where it stores none."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ..errors import short_repr
from .source import FileFindings

Edges = tuple[Fraction, Fraction]

# The largest denominator of a time in ms. Division stops there: a finer time would not fit in a `Span`.
_FINEST = 2**53


@dataclass(slots=True)
class ElanAnnotation:
    """One annotation, between two time slots or of a parent annotation.

    Attributes:
        id: ANNOTATION_ID.
        begin: The time slot at which it starts, or None.
        end: The time slot at which it ends, or None.
        parent: The annotation that it refers to, or None.
        previous: The sibling that it follows (PREVIOUS_ANNOTATION), or None.
        text: Its label.
    """

    id: str
    begin: str | None
    end: str | None
    parent: str | None
    previous: str | None
    text: str = ""


@dataclass(slots=True)
class ElanTier:
    """One tier and its annotations.

    Attributes:
        name: TIER_ID, made unique.
        parent: The name of the parent tier, or None.
        kind: LINGUISTIC_TYPE_REF, which gives the constraint on its times.
        rater: ANNOTATOR, or None.
        speaker: PARTICIPANT, or None.
        language: LANG_REF, or None.
        locale: DEFAULT_LOCALE, or None.
        annotations: In the order of the file.
    """

    name: str
    parent: str | None
    kind: str
    rater: str | None
    speaker: str | None
    language: str | None
    locale: str | None
    annotations: list[ElanAnnotation] = field(default_factory=list)


def annotation_times(
    tiers: Sequence[ElanTier], slots: Mapping[str, int | None], constraints: Mapping[str, str], findings: FileFindings
) -> dict[int, Edges]:
    """Return start and end in ms of each annotation, by the `id()` of the annotation.

    An annotation without a time is a finding, ``no_time`` or ``no_parent``, and is not in the result.
    """
    values = _slot_times(tiers, slots)
    times: dict[int, Edges] = {}
    named: dict[str, ElanAnnotation] = {}
    for tier in tiers:
        for annotation in tier.annotations:
            named.setdefault(annotation.id, annotation)
            if annotation.parent is not None:
                continue
            begin, end = (values.get(slot) if slot is not None else None for slot in (annotation.begin, annotation.end))
            if begin is None or end is None:
                where = f"annotation {short_repr(annotation.id)} of tier {short_repr(tier.name)}"
                what = f"{short_repr(annotation.text)} has no start or end that can be computed, so it was left out"
                findings.add("no_time", where, what, "align it in ELAN")
            else:
                times[id(annotation)] = (begin, end)
    _divide_parents(tiers, named, constraints, times)
    for tier in tiers:
        for annotation in tier.annotations:
            if annotation.parent is not None and id(annotation) not in times:
                where = f"annotation {short_repr(annotation.id)} of tier {short_repr(tier.name)}"
                what = (
                    f"{short_repr(annotation.text)} refers to {short_repr(annotation.parent)}, which gives it no time"
                )
                findings.add("no_parent", where, f"{what}, so it was left out", "repair the file in ELAN")
    return times


def _slot_times(tiers: Sequence[ElanTier], slots: Mapping[str, int | None]) -> dict[str, Fraction]:
    """Return the time in ms of each slot that has a value or whose time can be computed."""
    values = {name: Fraction(value) for name, value in slots.items() if value is not None}
    in_order = _spread_in_order(slots)
    for tier in _parents_first(tiers):
        if tier.parent is not None:
            _spread_chains(tier, values, slots)
        for annotation in tier.annotations:
            for slot in (annotation.begin, annotation.end):
                if slot in in_order and slot not in values:
                    values[slot] = in_order[slot]
    return values


def _spread_in_order(slots: Mapping[str, int | None]) -> dict[str, Fraction]:
    """Return times for slots without values, evenly between their neighbours in the file.

    The time before the first slot is 0. Slots after the last value get none.
    """
    spread: dict[str, Fraction] = {}
    waiting: list[str] = []
    before = 0
    for name, value in slots.items():
        if value is None:
            waiting.append(name)
            continue
        for position, slot in enumerate(waiting, 1):
            spread[slot] = before + Fraction((value - before) * position, len(waiting) + 1)
        waiting, before = [], value
    return spread


def _spread_chains(tier: ElanTier, values: dict[str, Fraction], slots: Mapping[str, int | None]) -> None:
    """Add times for the slots inside each chain of annotations that lies between two slots with a time.

    ::

        slot   s1 (8000)   s2 (-)   s3 (-)   s4 (11000)
                |    a1     |   a2   |   a3   |          s2 = 9000, s3 = 10000
    """
    following: dict[str, str] = {}
    for annotation in tier.annotations:
        if annotation.begin is not None and annotation.end is not None:
            following.setdefault(annotation.begin, annotation.end)
    open_ended: set[str] = set()
    for first in list(following):
        if first not in values:
            continue
        chain: list[str] = []
        inside: set[str] = set()
        at = following[first]
        while at not in values and at in slots and at in following and at not in inside and at not in open_ended:
            chain.append(at)
            inside.add(at)
            at = following[at]
        step = (values[at] - values[first]) / (len(chain) + 1) if at in values else None
        if step is None or step.denominator > _FINEST:
            open_ended |= inside
            continue
        for position, slot in enumerate(chain, 1):
            values[slot] = values[first] + position * step


def _parents_first(tiers: Sequence[ElanTier]) -> list[ElanTier]:
    named = {tier.name: tier for tier in tiers}
    depths: dict[str, int] = {}
    for tier in tiers:
        path: list[str] = []
        seen: set[str] = set()
        at: ElanTier | None = tier
        while at is not None and at.name not in depths and at.name not in seen:
            path.append(at.name)
            seen.add(at.name)
            at = named.get(at.parent) if at.parent is not None else None
        depth = depths.get(at.name, -1) if at is not None else -1
        for name in reversed(path):
            depth += 1
            depths[name] = depth
    return sorted(tiers, key=lambda tier: depths[tier.name])


def _divide_parents(
    tiers: Sequence[ElanTier],
    named: Mapping[str, ElanAnnotation],
    constraints: Mapping[str, str],
    times: dict[int, Edges],
) -> None:
    """Add the times of reference annotations, from parents to children."""
    families: dict[int, list[tuple[ElanTier, list[ElanAnnotation]]]] = {}
    for tier in tiers:
        here: dict[int, list[ElanAnnotation]] = {}
        for annotation in tier.annotations:
            parent = named.get(annotation.parent) if annotation.parent is not None else None
            if parent is not None:
                here.setdefault(id(parent), []).append(annotation)
        for parent_id, children in here.items():
            families.setdefault(parent_id, []).append((tier, children))
    waiting = deque(times)
    while waiting:
        parent_id = waiting.popleft()
        begin, end = times[parent_id]
        for tier, children in families.get(parent_id, ()):
            shared = constraints.get(tier.kind) == "Symbolic_Association"
            step = (end - begin) / len(children)
            if step.denominator > _FINEST:
                continue
            for position, child in enumerate(_in_chain(children)):
                if id(child) in times:  # a second annotation of the same id
                    continue
                own = (begin + position * step, begin + (position + 1) * step)
                times[id(child)] = (begin, end) if shared else own
                waiting.append(id(child))


def _in_chain(children: list[ElanAnnotation]) -> list[ElanAnnotation]:
    """Return siblings in the order of PREVIOUS_ANNOTATION; those that no chain reaches follow in the order of the file."""
    after: dict[str | None, list[ElanAnnotation]] = {}
    ids = {child.id for child in children}
    for child in children:
        after.setdefault(child.previous if child.previous in ids else None, []).append(child)
    ordered: list[ElanAnnotation] = []
    taken: set[int] = set()
    stack = after.get(None, [])[::-1]
    while stack:
        child = stack.pop()
        if id(child) not in taken:
            taken.add(id(child))
            ordered.append(child)
            stack.extend(after.get(child.id, [])[::-1])
    return ordered + [child for child in children if id(child) not in taken]
