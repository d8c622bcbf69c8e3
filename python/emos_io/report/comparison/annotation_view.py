"""How raters agree in each layer: measures of panels, pairs and raters, their confusion, and their disagreements in time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...annotation import (
    AgreementReport,
    Estimate,
    PanelAgreement,
    PanelRaters,
    RaterReport,
    agreement,
    is_decided,
    rater_report,
)
from ...corpus import Corpus
from ...errors import InvalidArgument
from ..metric import Number, number
from .content import ReportContent
from .disagreements import MonologueVotes, disagreements
from .pointers import pointer


@dataclass(frozen=True, slots=True)
class IntervalCell:
    """A number with its interval; None where it has none."""

    value: Number
    low: Number | None
    high: Number | None


Cell = Number | IntervalCell | str
"""A cell of a table: a number, one with its interval, or words."""


@dataclass(frozen=True, slots=True)
class ViewTable:
    """A table: its title, columns and rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class ConfusionCell:
    """A cell of a rater's confusion: the number, or None where the rater labelled nothing of the row, and its share of 1."""

    amount: Number | None
    share: float


@dataclass(frozen=True, slots=True)
class RaterConfusion:
    """What one rater gave where each label was decided: rows are decisions, columns what the rater gave."""

    rater: str
    rows: tuple[tuple[str, tuple[ConfusionCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class PanelView:
    """One panel of raters.

    Attributes:
        title: Who they are, and on what.
        amounts: How many items and groups.
        tables: Measures of the panel, its pairs and its raters.
        stray: Votes that are left out, as (rater, item).
    """

    title: str
    amounts: tuple[tuple[str, Number], ...]
    tables: tuple[ViewTable, ...]
    stray: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RatersView:
    """How the raters of one panel label, measured by decisions.

    Attributes:
        title: Who they are, and on what.
        labels: Names of the columns of `confusions`.
        confusions: One a rater, of a layer with one label at once; else none.
        styles: How often each label was given where it was decided, and how much too often.
    """

    title: str
    labels: tuple[str, ...]
    confusions: tuple[RaterConfusion, ...]
    styles: ViewTable


@dataclass(frozen=True, slots=True)
class LayerView:
    """One layer.

    Attributes:
        layer: Its name.
        why_not: Why there are no measures; "" where there are.
        panels: Panels with their measures.
        raters: Panels with decisions.
        monologues: Monologues whose raters disagree somewhere, the most first.
        num_more: How many more such monologues are not drawn.
    """

    layer: str
    why_not: str
    panels: tuple[PanelView, ...]
    raters: tuple[RatersView, ...]
    monologues: tuple[MonologueVotes, ...]
    num_more: int


@dataclass(frozen=True, slots=True)
class AnnotationSection:
    """How raters agree.

    Attributes:
        layers: The layers that raters voted in.
        seed: Of the draws of intervals.
    """

    layers: tuple[LayerView, ...]
    seed: int


def annotation_section(content: ReportContent) -> AnnotationSection | None:
    """Return how raters agree, in the numbers of ``emos agreement --json``; None for a corpus without votes.

    With runs these are the layers that are scored, else all that raters voted in. The seed is that of the report.

    Cost: as `agreement` and `rater_report` for each layer: seconds for the release.
    """
    layers = [layer for layer in _voted_layers(content.corpus) if not content.runs or layer in content.layers]
    if not layers:
        return None
    views = tuple(_layer(content.corpus, layer, content.options.seed) for layer in layers)
    return AnnotationSection(views, content.options.seed)


def _layer(corpus: Corpus, layer: str, seed: int) -> LayerView:
    try:
        found = agreement(corpus, layer, seed=seed)
    except InvalidArgument as error:
        return LayerView(layer, str(error), (), (), (), 0)
    report = _report(corpus, layer)
    monologues, num_more = disagreements(corpus, layer)
    return LayerView(
        layer,
        "",
        tuple(_panel(found, index) for index in range(len(found.panels))),
        () if report is None else tuple(_raters(report, index) for index in range(len(report.panels))),
        monologues,
        num_more,
    )


def _report(corpus: Corpus, layer: str) -> RaterReport | None:
    """Return how raters label by the decisions; None where no item with votes has one."""
    if not is_decided(corpus, layer):
        return None
    try:
        return rater_report(corpus, layer)
    except InvalidArgument:
        return None


def _panel(report: AgreementReport, index: int) -> PanelView:
    panel, at = report.panels[index], _Path(report.layer, "panels", index)
    names = ", ".join(each.rater for each in panel.raters)
    amounts = [
        (panel.kind, at.count(panel.num_items, "num_items")),
        ("groups that are drawn", at.count(panel.num_groups, "num_groups")),
    ]
    if panel.kind == "monologues":
        amounts.append(("seconds", at.number(f"{float(panel.total):.3f}", "total")))
    return PanelView(
        f"{names} on {panel.kind}",
        tuple(amounts),
        tuple(each for each in (_measures(panel, at), _pairs(panel, at), _styles(panel, at)) if each.rows),
        panel.stray,
    )


class _Path:
    """Numbers of one object of JSON."""

    def __init__(self, layer: str, *path: str | int) -> None:
        self.layer, self.path = layer, path

    def number(self, text: str, *path: str | int) -> Number:
        return number(text, "agreement", layer=self.layer, path=pointer(*self.path, *path))

    def count(self, amount: int, *path: str | int) -> Number:
        return self.number(f"{amount:,}", *path)

    def decimal(self, amount: float | None, *path: str | int) -> Cell:
        return "-" if amount is None or math.isnan(amount) else self.number(f"{amount:z.3f}", *path)

    def amount(self, panel: PanelAgreement, amount: Fraction, *path: str | int) -> Cell:
        return self.count(int(amount), *path) if panel.kind == "clips" else self.decimal(float(amount), *path)

    def interval(self, each: Estimate, *path: str | int) -> Cell:
        """Return a measure with its interval, as one cell."""
        value, low, high = self.estimate(each, *path)[:3]
        if not isinstance(value, Number):
            return value
        return IntervalCell(value, low if isinstance(low, Number) else None, high if isinstance(high, Number) else None)

    def estimate(self, each: Estimate, *path: str | int) -> tuple[Cell, Cell, Cell, Cell, str]:
        """Return value, low, high, number of groups and why there is none."""
        found = each.interval
        if found is None:
            return "-", "-", "-", "-", each.why
        return (
            self.decimal(each.value, *path, "value"),
            self.decimal(found.low, *path, "low"),
            self.decimal(found.high, *path, "high"),
            self.count(found.num_groups, *path, "num_groups"),
            each.why or found.why,
        )


def _measures(panel: PanelAgreement, at: _Path) -> ViewTable:
    level = "nominal" if panel.level == "nominal" else "MASI distance"
    rows = [
        (title, *at.estimate(each, name))
        for title, name, each in (
            ("Fleiss' kappa", "fleiss", panel.fleiss),
            (f"Krippendorff's alpha ({level})", "krippendorff", panel.krippendorff),
            ("Gwet's AC1", "gwet", panel.gwet),
            ("all gave the same", "unanimous", panel.unanimous),
        )
    ]
    return ViewTable("The panel", ("measure", "value", "low", "high", "groups", "why not"), tuple(rows))


def _pairs(panel: PanelAgreement, at: _Path) -> ViewTable:
    rows = []
    for index, pair in enumerate(panel.pairs):
        path = ("pairs", index)
        cells = [
            at.interval(each, *path, name)
            for name, each in (("cohen", pair.cohen), ("jaccard", pair.jaccard), ("exact_match", pair.exact_match))
        ]
        rows.append((", ".join(pair.raters), at.amount(panel, pair.shared, *path, "shared"), *cells))
    return ViewTable("Pairs", ("pair", "both", "Cohen's kappa", "Jaccard", "exact match"), tuple(rows))


def _styles(panel: PanelAgreement, at: _Path) -> ViewTable:
    rows = []
    for index, one in enumerate(panel.raters):
        path = ("raters", index)
        amounts = [
            (one.votes, "votes"),
            (one.abstained, "abstained"),
            (one.unusable, "unusable"),
            (one.missing, "missing"),
        ]
        shares = [
            (one.cardinality, "cardinality"),
            (one.neutral_rate, "neutral_rate"),
            (one.consensus_exact, "consensus_exact"),
            (one.consensus_jaccard, "consensus_jaccard"),
        ]
        cells = [at.amount(panel, each, *path, name) for each, name in amounts]
        rows.append((one.rater, *cells, *(at.decimal(each, *path, name) for each, name in shares)))
    columns = (
        "rater",
        "votes",
        "abstained",
        "unusable",
        "missing",
        "labels",
        "neutral",
        "as most: same",
        "as most: Jaccard",
    )
    return ViewTable("Raters", columns, tuple(rows))


def _raters(report: RaterReport, index: int) -> RatersView:
    panel = report.panels[index]
    at = _Path(report.layer, "rater_report", "panels", index)
    return RatersView(
        f"{', '.join(panel.raters)} on {panel.kind}",
        panel.labels,
        () if panel.multiple else tuple(_confusion(panel, rater, at) for rater in range(len(panel.raters))),
        _label_styles(panel, at),
    )


def _confusion(panel: PanelRaters, rater: int, at: _Path) -> RaterConfusion:
    rows = []
    for true, label in enumerate(panel.labels):
        shares: Sequence[float] = panel.confusion[rater, true].tolist()
        cells = [
            ConfusionCell(at.number(f"{share:z.2f}", "confusion", rater, true, given) if any(shares) else None, share)
            for given, share in enumerate(shares)
        ]
        rows.append((label, tuple(cells)))
    return RaterConfusion(panel.raters[rater], tuple(rows))


def _label_styles(panel: PanelRaters, at: _Path) -> ViewTable:
    agreed = panel.agreed()
    informative = [at.decimal(float(each), "informativeness", r) for r, each in enumerate(panel.informativeness)]
    rows: list[tuple[Cell, ...]] = [("informativeness", *(cell for each in informative for cell in (each, "")))]
    for k, label in enumerate(panel.labels):
        cells: list[Cell] = []
        for r in range(len(panel.raters)):
            path = (r, k, 1, 1) if panel.multiple else (r, k, k)
            cells.append(at.decimal(float(agreed[r, k]), "confusion", *path))
            cells.append(_signed(at, float(panel.biases[r, k]), "biases", r, k))
        rows.append((label, *cells))
    columns = [name for rater in panel.raters for name in (rater, f"{rater}, bias")]
    return ViewTable("Labels", ("label", *columns), tuple(rows))


def _signed(at: _Path, share: float, *path: str | int) -> Cell:
    """Return a bias with its sign; 0 has none."""
    if math.isnan(share):
        return "-"
    text = f"{share:+.3f}"
    return at.number(text[1:] if float(text) == 0 else text, *path)


def _voted_layers(corpus: Corpus) -> Iterable[str]:
    return dict.fromkeys(vote.layer for item in corpus for vote in item.votes if vote.role == "annotate")
