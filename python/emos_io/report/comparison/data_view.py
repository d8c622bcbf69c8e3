"""What a corpus has: items, lengths, labels, confidence tiers, languages, media that are missing, and findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from ...corpus import SEVERITIES, Corpus, CorpusCounts, Findings
from ...errors import InvalidArgument
from ..colours import colours_of
from ..metric import Number, number
from .content import ReportContent
from .pointers import pointer

MOST_MISSING = 20
"""Items without media that are named."""
MOST_TEXT = 1_000
"""The most characters of the example of a finding; what is cut ends with an ellipsis."""
_PLAIN = "var(--waveform)"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its name, its number, its length as a share of the longest, and its colour in CSS."""

    name: str
    amount: Number
    share: float
    colour: str


@dataclass(frozen=True, slots=True)
class BarGroup:
    """Bars of one unit under a title."""

    title: str
    unit: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """The findings of one code: how many there are, and the first of them."""

    severity: str
    code: str
    amount: Number
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class DataSection:
    """What a corpus has.

    Attributes:
        counts: Names and numbers.
        groups: Bars of languages, sources, tiers, lengths and labels.
        missing: Keys of the first items without a file of media.
        has_media: Whether any item has one.
        num_missing_more: How many more items have none.
        findings: The findings, the worst first.
    """

    counts: tuple[tuple[str, Number], ...]
    groups: tuple[BarGroup, ...]
    missing: tuple[str, ...]
    has_media: bool
    num_missing_more: int
    findings: tuple[FindingRow, ...]


def data_section(content: ReportContent) -> DataSection | None:
    """Return what the corpus has, in the numbers of ``emos doctor --json``; None for a corpus without items.

    Media are not opened. The paths of numbers are those of the first object that the verb prints.

    Cost: one pass over the items and their labels.
    """
    if not len(content.corpus):
        return None
    found = content.corpus.doctor()
    absent = [item.key for item in content.corpus if item.key not in content.media]
    return DataSection(
        counts=tuple(_counts(found.counts)),
        groups=tuple(_groups(found.counts, content.corpus)),
        missing=tuple(absent[:MOST_MISSING]),
        has_media=len(absent) < len(content.corpus),
        num_missing_more=max(0, len(absent) - MOST_MISSING),
        findings=tuple(_findings(found.findings)),
    )


def _counts(counts: CorpusCounts) -> Iterable[tuple[str, Number]]:
    for title, name, amount in (
        ("clips", "clips", counts["clips"]),
        ("monologues", "monologues", counts["monologues"]),
        ("clips with media", "clips_with_media", counts["clips_with_media"]),
        ("monologues with media", "monologues_with_media", counts["monologues_with_media"]),
        ("votes", "votes", counts["votes"]),
        ("labelled utterances", "utterances", counts["utterances"]),
        ("sentences", "sentences", counts["sentences"]),
    ):
        yield title, number(f"{amount:,}", "corpus", path=pointer(name))
    yield "seconds of clips of known length", _seconds(counts["clip_seconds"], "clip_seconds")
    yield "seconds of monologues", _seconds(counts["seconds"], "seconds")


def _groups(counts: CorpusCounts, corpus: Corpus) -> Iterable[BarGroup]:
    for layer, amounts in counts["labels"].items():
        colours = _colours(corpus, layer, {*amounts["clips"], *amounts["seconds"]})
        yield from _group(f"{layer}: clips by label", "clips", amounts["clips"], ("labels", layer, "clips"), colours)
        seconds, path = amounts["seconds"], ("labels", layer, "seconds")
        yield from _group(f"{layer}: seconds of monologues by label", "s", seconds, path, colours)
    for title, amounts_of, name in (
        ("clips by language", counts["clips_by_language"], "clips_by_language"),
        ("monologues by language", counts["monologues_by_language"], "monologues_by_language"),
    ):
        yield from _group(title, title.split()[0], amounts_of, (name,))
    for source, tiers in counts["tiers"].items():
        yield from _group(f"{source}: clips by confidence tier", "clips", tiers, ("tiers", source))
    lengths = counts["lengths"]
    yield from _group("clips by length in seconds", "clips", lengths["clips"], ("lengths", "clips"))
    yield from _group("monologues by length in seconds", "monologues", lengths["monologues"], ("lengths", "monologues"))


def _group(
    title: str,
    unit: str,
    amounts: Mapping[str, int] | Mapping[str, str],
    path: tuple[str, ...],
    colours: Mapping[str, str] | None = None,
) -> Iterable[BarGroup]:
    """Yield the bars of one object of counts, or nothing where it is empty."""
    if not amounts:
        return
    most = max(Fraction(each) for each in amounts.values())
    bars = [
        Bar(
            name,
            _seconds(each, *path, name) if isinstance(each, str) else _count(each, *path, name),
            float(Fraction(each) / most) if most else 0.0,
            _PLAIN if colours is None else colours[name],
        )
        for name, each in _ordered(amounts, colours)
    ]
    yield BarGroup(title, unit, tuple(bars))


def _colours(corpus: Corpus, layer: str, used: Collection[str]) -> dict[str, str]:
    """Return the colour of each label, in the order of the taxonomy; labels of no taxonomy, such as numbers, have one."""
    known: tuple[str, ...] = ()
    with suppress(InvalidArgument):
        known = corpus.taxonomy(layer).labels
    return {**colours_of(known), **dict.fromkeys(sorted(set(used) - set(known)), _PLAIN)}


def _ordered(
    amounts: Mapping[str, int] | Mapping[str, str], colours: Mapping[str, str] | None
) -> Iterable[tuple[str, int | str]]:
    """Return names and amounts, in the order of the labels where these are labels."""
    names = amounts if colours is None else [name for name in colours if name in amounts]
    return [(name, amounts[name]) for name in names]


def _findings(findings: Findings) -> Iterable[FindingRow]:
    counts, listed = findings.counts(), set[str]()
    for severity in reversed(SEVERITIES):
        # A code is listed once, with the worst of its severities, since its count is of all of them.
        first = {
            each.code: each for each in reversed(findings) if each.severity == severity and each.code not in listed
        }
        listed |= set(first)
        for code in sorted(first):
            each = first[code]
            amount = number(f"{counts[code]:,}", "corpus", path=pointer("findings", code))
            yield FindingRow(severity, code, amount, _cut(each.where), _cut(f"{each.what}; {each.fix}"))


def _count(amount: int, *path: str) -> Number:
    return number(f"{amount:,}", "corpus", path=pointer(*path))


def _seconds(amount: str, *path: str) -> Number:
    return number(f"{float(Fraction(amount)):,.3f}", "corpus", path=pointer(*path))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
