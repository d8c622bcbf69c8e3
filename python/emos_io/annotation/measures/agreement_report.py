"""How far the raters of a corpus agree in one layer, panel by panel, with intervals over groups of items.

Raters that never labelled the same item, directly or through others, are different panels, and nothing is computed over two of
them; see also `stray_votes`. Clips count as one each, monologues by seconds, so these are never put together either.

```text
 corpus ── vote_table ── panels ── measures of rows (agreement.py, label_sets.py)        value
                                └─ sums of rows (agreement_sums.py) ── groups ── draws    low, high
```
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

import numpy as np

from ..._arrays import BoolArray, Float64Array, Int64Array
from ..._checks import choice
from ...corpus import CorpusData, Layer, Taxonomy, with_layer
from ...corpus.data import checked_corpus
from ...errors import InvalidArgument
from ..checks import NO_VOTE, choices, class_counts
from ..vote_table import Abstain
from .agreement_sums import cohen_sums, fleiss_sums, gwet_sums, krippendorff_sums, mean_sums
from .agreement_values import AgreementReport, Estimate, PairAgreement, PanelAgreement, RaterCounts
from .bootstrap import DRAWS, GroupSums, bootstrap_intervals
from .kappas import cohen_kappa, fleiss_kappa, gwet_ac1, krippendorff_alpha
from .label_sets import (
    StyleReport,
    distance_table,
    equal_rows,
    exact_match,
    jaccard_of_rows,
    masi_distance,
    pairwise_jaccard,
    style_report,
    unanimous,
    unique_sets,
)
from .panel_groups import PanelTable, panel_tables

ONE_RATER = "the panel has one rater"
NO_PAIR = "no row has votes of two raters"
NO_SHARED_ROW = "no row has votes of both"
ONE_VALUE = "all votes are the same, so that the agreement of chance is full"
OF_SETS = "it is not defined for sets of labels; see krippendorff, jaccard and exact_match"


def agreement(
    corpus: CorpusData, layer: Layer = "basic7", *, abstain: Abstain = "leave_out", draws: int = DRAWS, seed: int = 0
) -> AgreementReport:
    """Return how far raters agree in a layer: for each panel, each pair, and each rater.

    A layer with one label is measured by classes, one with several by sets. On monologues everything is weighed by seconds, so
    that finer spans of the same labels change nothing; seconds where one rater alone voted count for no pair. Krippendorff's
    alpha of seconds has no n - 1. Intervals are those of `bootstrap_interval` over the groups that a split keeps together
    (video, dialogue, a monologue and its film), and over items where these are in no group.

    Args:
        corpus: The corpus; first votes count, answers of reviewers do not.
        layer: The name of a taxonomy, or of one of the corpus's own; or the file of one, or the taxonomy (see `decide`).
        abstain: An abstention is no vote (``"leave_out"``), or, in a layer with several labels, the abstain word is a label as
            others (``"label"``), as EmoS counts it.
        draws, seed: The number of draws of each interval, and their seed.

    Returns:
        The report. The order of items changes no value.

    Raises:
        InvalidArgument: `corpus` is none, the layer is unknown, has no votes, or no item of it was labelled by two raters; or
            an option is not allowed.

    Cost: one pass over the votes of each pair of raters; ``draws`` times the groups for each interval.

    Example:
        >>> from emos_io.corpus import Clip, Corpus, Vote
        >>> def clip(key, *labels):
        ...     votes = [Vote(item=key, layer="basic7", rater=r, labels=(each,)) for r, each in zip("ab", labels)]
        ...     return Clip(key=key, source="own", language="en", votes=tuple(votes))
        >>> corpus = Corpus([clip("1", "Joy", "Joy"), clip("2", "Fear", "Fear"), clip("3", "Joy", "Fear")])
        >>> panel = agreement(corpus, "basic7").panels[0]
        >>> round(panel.pairs[0].cohen.value, 6), panel.pairs[0].cohen.interval.why
        (0.4, 'an interval needs 10 groups, and there are 3')
    """
    corpus, names = with_layer(checked_corpus(corpus), layer)
    choice(abstain, choices(Abstain), "abstain")
    if abstain == "label" and (not names.multiple or names.abstain is None):
        lacks = "takes one label" if not names.multiple else "has no abstain word"
        raise InvalidArgument(
            f'abstain must be "leave_out" where the layer {lacks}, got "label"; leave it out for {names.name}'
        )
    tables = panel_tables(corpus, names)
    if all(len(each.table.raters) < 2 for each in tables):
        raters = {rater for each in tables for rater in each.table.raters}
        got = f"{len(raters)} raters who share none" if len(raters) > 1 else "one rater"
        raise InvalidArgument(
            f"layer must have items that two raters labelled, got {got} in {names.name!r}; add votes of others on the same "
            "items"
        )
    report = AgreementReport(names.name, names.multiple, abstain, draws, seed, ())
    return replace(report, panels=tuple(_panel(each, names, report) for each in tables))


@dataclass(frozen=True, slots=True)
class _Measure:
    """How a measure is computed: its value, the sums that are drawn, and why it has no value where that is NaN."""

    value: Callable[[], float]
    sums: Callable[[], GroupSums]
    no_value: str


@dataclass(frozen=True, slots=True, eq=False)
class _Votes:
    """The votes of some rows of a panel: sets of labels bool ``[N, R, K]``, who voted bool ``[N, R]``, group and weight."""

    members: BoolArray
    voted: BoolArray
    group: Int64Array
    exact: tuple[Fraction, ...] | None

    def select(self, rows: BoolArray, raters: Sequence[int]) -> _Votes:
        """Return the votes of some rows and raters."""
        columns = list(raters)
        exact = None if self.exact is None else tuple(self.exact[index] for index in np.flatnonzero(rows))
        return _Votes(self.members[rows][:, columns], self.voted[rows][:, columns], self.group[rows], exact)

    def shares(self) -> Float64Array:
        """Return the weights of the rows, rounded; what is common to all cancels in every measure."""
        return np.ones(len(self.group)) if self.exact is None else np.array([float(each) for each in self.exact])

    def indices(self) -> Int64Array:
        """Return class indices, int64 ``[N, R]``, -1 for no vote, where each vote is one label."""
        return np.where(self.voted, self.members.argmax(axis=2), NO_VOTE)


def _panel(panel: PanelTable, names: Taxonomy, report: AgreementReport) -> PanelAgreement:
    votes, raters = _votes(panel, report.abstain), panel.table.raters
    pairs = list(combinations(range(len(raters)), 2))
    measures: dict[str, _Measure] = {}
    if (votes.voted.sum(axis=1) >= 2).any():
        measures = _panel_measures(votes, multiple=names.multiple)
    for i, j in pairs:
        both = votes.voted[:, i] & votes.voted[:, j]
        if both.any():
            measures |= _pair_measures(votes.select(both, (i, j)), f"{i} {j}", multiple=names.multiple)
    found = _estimates(measures, report)
    neutral = None if names.neutral is None else names.index(names.neutral)
    styles = style_report(votes.members, neutral=neutral, row_weights=votes.exact, voted=votes.voted)
    of_sets, apart = Estimate(None, OF_SETS), Estimate(None, NO_SHARED_ROW)
    none = Estimate(None, ONE_RATER if len(raters) < 2 else NO_PAIR)
    return PanelAgreement(
        kind=panel.kind,
        raters=tuple(_counts(panel, styles)),
        num_items=len({row.item for row in panel.table.rows}),
        num_rows=len(panel.table),
        total=sum(panel.table.weights(), Fraction(0)),
        num_groups=len(np.unique(panel.group)),
        group_kinds=panel.group_kinds,
        fleiss=of_sets if names.multiple else found.get("fleiss", none),
        krippendorff=found.get("krippendorff", none),
        level="masi" if names.multiple else "nominal",
        gwet=of_sets if names.multiple else found.get("gwet", none),
        unanimous=found.get("unanimous", none),
        pairs=tuple(
            PairAgreement(
                raters=(raters[i], raters[j]),
                shared=panel.amount(votes.voted[:, i] & votes.voted[:, j]),
                cohen=of_sets if names.multiple else found.get(f"cohen {i} {j}", apart),
                jaccard=found.get(f"jaccard {i} {j}", apart),
                exact_match=found.get(f"exact_match {i} {j}", apart),
            )
            for i, j in pairs
        ),
        stray=panel.stray,
    )


def _votes(panel: PanelTable, abstain: Abstain) -> _Votes:
    """Return the votes of a panel; with the abstain word as a label, K is one more."""
    table = panel.table
    members, voted = table.members & table.voted[:, :, None], table.voted
    if abstain == "label":
        members, voted = np.concatenate([members, table.abstained[:, :, None]], axis=2), voted | table.abstained
    return _Votes(members, voted, panel.group, panel.row_weights)


def _panel_measures(votes: _Votes, *, multiple: bool) -> dict[str, _Measure]:
    shares, by_number, exact = votes.shares(), votes.exact is None, votes.exact
    several = votes.voted.sum(axis=1) >= 2
    same = mean_sums(unanimous(votes.members, voted=votes.voted).astype(np.float64), several, shares)
    measures = {"unanimous": _Measure(same.value, lambda: same.by_group(votes.group), NO_PAIR)}
    if multiple:
        codes, sets = unique_sets(votes.members, votes.voted, list(range(votes.members.shape[2])))

        def by_masi() -> GroupSums:
            distances = distance_table(sets, masi_distance)
            return krippendorff_sums(codes, distances, shares, by_number=by_number).by_group(votes.group)

        def masi_alpha() -> float:
            return krippendorff_alpha(votes.members, "masi", row_weights=exact, voted=votes.voted)

        return measures | {"krippendorff": _Measure(masi_alpha, by_masi, ONE_VALUE)}
    classes, given = votes.members.shape[2], votes.indices()
    counts = class_counts(given, classes)
    nominal = 1 - np.eye(classes)
    return measures | {
        "fleiss": _Measure(
            lambda: fleiss_kappa(given, classes, row_weights=exact),
            lambda: fleiss_sums(counts, shares).by_group(votes.group),
            ONE_VALUE,
        ),
        "gwet": _Measure(
            lambda: gwet_ac1(given, classes, row_weights=exact),
            lambda: gwet_sums(counts, shares).by_group(votes.group),
            ONE_VALUE,
        ),
        "krippendorff": _Measure(
            lambda: krippendorff_alpha(given, row_weights=exact),
            lambda: krippendorff_sums(given, nominal, shares, by_number=by_number).by_group(votes.group),
            ONE_VALUE,
        ),
    }


def _pair_measures(votes: _Votes, pair: str, *, multiple: bool) -> dict[str, _Measure]:
    """Return the measures of two raters, of rows that both labelled."""
    members, exact, classes = votes.members, votes.exact, votes.members.shape[2]

    def mean(score: Callable[[BoolArray, BoolArray], Float64Array]) -> GroupSums:
        scores = score(members[:, 0], members[:, 1])
        return mean_sums(scores, np.ones(len(scores), bool), votes.shares()).by_group(votes.group)

    measures = {
        f"jaccard {pair}": _Measure(
            lambda: float(pairwise_jaccard(members, row_weights=exact)[0, 1]),
            lambda: mean(jaccard_of_rows),
            NO_SHARED_ROW,
        ),
        f"exact_match {pair}": _Measure(
            lambda: float(exact_match(members, row_weights=exact)[0, 1]), lambda: mean(equal_rows), NO_SHARED_ROW
        ),
    }
    if not multiple:
        a, b = votes.indices().T
        measures[f"cohen {pair}"] = _Measure(
            lambda: cohen_kappa(a, b, classes, row_weights=exact),
            lambda: cohen_sums(a, b, classes, votes.shares()).by_group(votes.group),
            ONE_VALUE,
        )
    return measures


def _estimates(measures: dict[str, _Measure], report: AgreementReport) -> dict[str, Estimate]:
    """Return the value of each measure with its interval, by the name of the measure."""
    values = {name: measure.value() for name, measure in measures.items()}
    defined = [name for name, value in values.items() if not math.isnan(value)]
    sums = (measures[name].sums() for name in defined)
    intervals = dict(zip(defined, bootstrap_intervals(sums, draws=report.draws, seed=report.seed), strict=True))
    return {
        name: Estimate(value, "", intervals[name]) if name in intervals else Estimate(None, measures[name].no_value)
        for name, value in values.items()
    }


def _counts(panel: PanelTable, styles: StyleReport) -> Iterator[RaterCounts]:
    table = panel.table
    active = table.active()
    for r, rater in enumerate(table.raters):
        yield RaterCounts(
            rater,
            panel.amount(table.voted[:, r]),
            panel.amount(table.abstained[:, r]),
            panel.amount(table.unusable[:, r]),
            panel.amount(~active[:, r]),
            _number(styles.cardinality[r]),
            _number(styles.neutral_rate[r]),
            _number(styles.consensus_exact[r]),
            _number(styles.consensus_jaccard[r]),
        )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
