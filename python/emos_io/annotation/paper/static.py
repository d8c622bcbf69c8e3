"""Tables 1 to 5 and 9 of the paper: the static clips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from ..._arrays import Int64Array
from ...corpus import CONFIDENCE_TIERS, Clip, Corpus, Decision, Vote, taxonomy
from ..deciding import decide
from ..deciding.published import ROUNDS, RoundName, emos_rounds
from ..matrix import votes_matrix
from ..measures import member_matrix, pairwise_jaccard, style_report, unanimous
from ..tiers import num_unique_labels
from .compare import Comparison, TableRow, compare

CHSIMS: tuple[RoundName, RoundName] = ("chsims_first_2499", "chsims_latter_1904")
MELD: tuple[RoundName, RoundName] = ("meld_first_3000", "meld_latter_2000")
CONVERGED_STEPS, CONVERGED_CHANGE = 10_000, 1e-12
"""Far more steps than EM needs here, and the change of the posteriors below which it has converged."""
UNLABELLED = 596
"""The number of rows of the second round of CH-SIMS without labels; the paper's own summary counts them."""


def table1(corpus: Corpus) -> Comparison:
    """Return Table 1: confidence tiers and unique labels of CH-SIMS, decided here from the votes."""
    columns: list[dict[str, int]] = []
    also: dict[str, TableRow] = {}
    for name in CHSIMS:
        clips = _with_own_votes(emos_rounds(corpus)[name], name)
        part = corpus.with_items(clips, ())
        unique = num_unique_labels(votes_matrix(clips, "basic7", ROUNDS[name].raters), len(taxonomy("basic7").labels))
        published = _decisions(decide(part, "basic7", recipe="emos"))
        converged = _decisions(
            decide(
                part,
                "basic7",
                method="dawid_skene",
                max_iter=CONVERGED_STEPS,
                tol=CONVERGED_CHANGE,
                batch="all",
            )
        )
        both = list(zip(published, converged, strict=True))
        columns.append(_confidence_tiers(published, unique))
        also[name] = {
            "converged_tiers": _confidence_tiers(converged, unique),
            "converged_after": _steps(converged),
            "labels_that_change": sum(before.label != after.label for before, after in both),
            "largest_change_of_confidence": max(
                abs((before.confidence or 0.0) - (after.confidence or 0.0)) for before, after in both
            ),
        }
    rows = {row: [columns[0][row], columns[1][row], columns[0][row] + columns[1][row]] for row in columns[0]}
    return compare("table1", rows, digits=0, also={"what_50_steps_hide": also})


def _with_own_votes(clips: Sequence[Clip], name: RoundName) -> list[Clip]:
    """Return the clips of a round with the votes of its own raters alone."""
    raters = ROUNDS[name].raters
    return [replace(clip, votes=tuple(vote for vote in clip.votes if vote.rater in raters)) for clip in clips]


def _decisions(corpus: Corpus) -> list[Decision]:
    return [clip.decisions["basic7"] for clip in corpus.clips]


def _steps(decisions: Sequence[Decision]) -> int:
    """Return after how many steps EM stopped."""
    steps = decisions[0].recipe["iterations"]
    assert isinstance(steps, int)
    return steps


def _confidence_tiers(decisions: Sequence[Decision], unique: Int64Array) -> dict[str, int]:
    tiers = Counter(decision.confidence_tier for decision in decisions)
    counts = {"n": len(decisions)} | {name: tiers[name] for name in CONFIDENCE_TIERS}
    return counts | {f"unique_{count}": int((unique == count).sum()) for count in (1, 2, 3)}


class _RaterSets:
    """The GoEmotions sets of the raters of one round, item by item; the abstain word counts as a label."""

    def __init__(self, clips: Sequence[Clip], raters: Sequence[str]) -> None:
        self.raters = raters
        self.rows: list[list[frozenset[str]]] = []
        for clip in clips:
            own = {vote.rater: vote for vote in clip.votes_in("goemotions")}
            self.rows.append([_labels(own[rater]) if rater in own else frozenset() for rater in raters])

    def cardinality(self) -> list[float]:
        """Return the mean size of each rater's sets, over the items that the rater labelled."""
        labelled = [[labels or None for labels in row] for row in self.rows]
        means: list[float] = style_report(labelled, neutral="neutral").cardinality.tolist()
        return means

    def unions(self) -> Int64Array:
        """Return how many different labels the raters gave each item, int64 ``[items]``."""
        member, _, _ = member_matrix(self.rows)
        sizes: Int64Array = member.any(axis=1).sum(axis=1)
        return sizes

    def exact(self) -> int:
        """Return on how many items all raters gave the same set."""
        return int(unanimous(self.rows).sum())

    def jaccard(self, agreeing: int = 0) -> list[float]:
        """Return the mean Jaccard index of each pair of raters, with `agreeing` further items of index 1."""
        means = pairwise_jaccard([*self.rows, *([[frozenset()] * len(self.raters)] * agreeing)])
        return [float(means[a, b]) for a, b in combinations(range(len(self.raters)), 2)]


def _labels(vote: Vote) -> frozenset[str]:
    return frozenset((*vote.labels, *(("unsure",) if vote.abstain else ())))


def table2(corpus: Corpus) -> Comparison:
    """Return Table 2: GoEmotions of CH-SIMS, with the labels of each rater, unions and exact matches."""
    rows: dict[str, list[TableRow]] = {
        "annotator_label_counts": [],
        "union_mean": [],
        "union_ge_4": [],
        "exact_match_pct": [],
    }
    also: dict[str, dict[str, TableRow]] = {}
    for name in CHSIMS:
        sets = _RaterSets(emos_rounds(corpus)[name], ROUNDS[name].raters)
        unions, exact = sets.unions(), sets.exact()
        rows["annotator_label_counts"].append(sets.cardinality())
        rows["union_mean"].append(float(unions.mean()))
        rows["union_ge_4"].append(int((unions >= 4).sum()))
        rows["exact_match_pct"].append(100 * exact / len(unions))
        also[name] = {"exact": exact, "items": len(unions)}
        if name == "chsims_latter_1904":
            with_unlabelled = 100 * (exact + UNLABELLED - 1) / (len(unions) + UNLABELLED)
            also[name]["exact_pct_with_unlabelled_rows"] = with_unlabelled
    why = {
        "annotator_label_counts": "the first round is equal; the release's own summary of the second gives means over "
        "2,500 rows, 596 of them empty (1.70, 1.01, 1.28), and neither it nor the labelled rows give the paper's",
        "exact_match_pct": "the paper counts 2,500 rows of the second round; of 596 rows without labels 595 agree in being "
        "empty, which gives 24.4",
    }
    return compare(
        "table2", rows, digits={"annotator_label_counts": 2, "union_mean": 2, "exact_match_pct": 1}, why=why, also=also
    )


def table3(corpus: Corpus) -> Comparison:
    """Return Table 3: Basic-7 correction and GoEmotions of MELD-Core, from the workbooks of the release."""
    clips = [clip for clip in corpus.clips if clip.source == "meld"]
    confidence = np.array([clip.confidence if clip.confidence is not None else np.nan for clip in clips])
    changed = [
        clip
        for clip in clips
        if clip.decision and (clip.decision.label or "").lower() != str(clip.attributes["emotion"]).lower()
    ]
    first = [clip for clip in clips if clip.decision and clip.decision.recipe["method"] == "meld_correction"]
    unions = np.array([_published_union(clip) for clip in clips])
    rounds = emos_rounds(corpus)
    exact = sum(_RaterSets(rounds[name], ROUNDS[name].raters).exact() for name in MELD)
    rows = {
        "confidence_ge_0.7": int((confidence >= 0.7).sum()),
        "confidence_0.5_0.7": int(((confidence >= 0.5) & (confidence < 0.7)).sum()),
        "confidence_lt_0.5": int((confidence < 0.5).sum()),
        "basic_changed": len(changed),
        "basic_changed_pct": 100 * len(changed) / len(clips),
        "goemotions_union_mean": float(np.mean([_published_union(clip) for clip in rounds["meld_first_3000"]])),
        "union_ge_4": int((unions >= 4).sum()),
        "union_ge_5": int((unions >= 5).sum()),
        "exact_match": exact,
    }
    other = "the release's own workbooks give another figure: the table does not describe the published files"
    also: dict[str, TableRow] = {
        "items": len(clips),
        "paper_confidences_sum_to": 1_993 + 2_101 + 401,
        "first_3000": {
            "basic_changed": sum(bool(clip.decision and clip.decision.recipe.get("changed")) for clip in first),
        },
        "union_mean_all": float(unions.mean()),
    }
    why = dict.fromkeys(rows, other)
    why["confidence_ge_0.7"] = f"{other}; its three confidences sum to 4,495, not to 5,000"
    return compare("table3", rows, digits={"basic_changed_pct": 1, "goemotions_union_mean": 2}, why=why, also=also)


def _published_union(clip: Clip) -> int:
    decision = clip.decisions.get("goemotions")
    return len(decision.labels) if decision else 0


def table4(corpus: Corpus) -> Comparison:
    """Return Table 4: how raters differ in labels an item, pairwise Jaccard and exact matches."""
    rows: dict[str, TableRow] = {}
    also: dict[str, TableRow] = {}
    for (name, clips), first in zip(emos_rounds(corpus).items(), (1, 4, 7, 10), strict=True):
        sets = _RaterSets(clips, ROUNDS[name].raters)
        jaccard = sets.jaccard()
        rows[name] = {
            "k_a": {f"A{first + position}": count for position, count in enumerate(sets.cardinality())},
            "jaccard": [min(jaccard), max(jaccard)],
            "exact_match_pct": 100 * sets.exact() / len(clips),
        }
        if name == "chsims_latter_1904":
            also[name] = {"jaccard_with_unlabelled_rows": sets.jaccard(agreeing=UNLABELLED)}
    also["raters"] = {
        f"A{number}": rater for number, rater in enumerate((r for each in ROUNDS.values() for r in each.raters), 1)
    }
    why = {
        "chsims_latter_1904": "the paper counts 596 rows that nobody labelled as agreement; labels an item are not those of "
        "the files",
        "meld_first_3000": "one pair's Jaccard (0.386) is below the printed range; labels an item and exact matches are not "
        "those of the files (16.6 % agree exactly)",
        "meld_latter_2000": "no figure is that of the files; A10 to A12 are the raters A7 to A9",
    }
    digits = {name: 3 if "meld" in name else 2 for name in rows}
    return compare("table4", rows, digits=digits, why=why, also=also)


def table5(corpus: Corpus) -> Comparison:
    """Return Table 5: the distribution of Basic-7 decisions in percent. The paper's MELD column has only 3,000 clips."""
    parts = emos_rounds(corpus)
    chsims = [*parts["chsims_first_2499"], *parts["chsims_latter_1904"]]
    first, latter = parts["meld_first_3000"], parts["meld_latter_2000"]
    rows = _distribution(chsims, first)
    rows["total"] = [len(chsims), len(first) + len(latter), len(chsims) + len(first) + len(latter)]
    also: dict[str, TableRow] = {
        "note": "the paper's shares are over 4,403, the first 3,000 and 7,403 clips, though its totals say more; "
        "over_all_clips is over those",
        "over_all_clips": _distribution(chsims, [*first, *latter]),
    }
    return compare("table5", rows, digits=dict.fromkeys(taxonomy("basic7").labels, 1), also=also)


def _distribution(chinese: Sequence[Clip], english: Sequence[Clip]) -> dict[str, list[float]]:
    counted = [Counter(clip.decision.label for clip in part if clip.decision) for part in (chinese, english)]
    counted.append(counted[0] + counted[1])
    return {
        label: [100 * count[label] / max(1, sum(count.values())) for count in counted]
        for label in taxonomy("basic7").labels
    }


def table9(corpus: Corpus) -> Comparison:
    """Return Table 9: the share of items with each label of GoEmotions from any rater, in percent."""
    parts = emos_rounds(corpus)
    chinese = [frozenset(label for vote in clip.votes_in("goemotions") for label in vote.labels) for clip in
               (*parts["chsims_first_2499"], *parts["chsims_latter_1904"])]  # fmt: skip
    english = [_published(clip) for clip in parts["meld_first_3000"]]
    more = [frozenset(vote.labels) for vote in _extra_votes(parts["chsims_first_2499"])]
    rows: dict[str, list[float]] = {}
    proper: dict[str, list[float]] = {}
    all_english = [_published(clip) for name in MELD for clip in parts[name]]
    for label in taxonomy("goemotions").labels:
        in_chinese = sum(label in each for each in (*_without(parts, chinese), *more))
        in_english = sum(label in each for each in english)
        num_chinese = len(chinese) + UNLABELLED + len(more)
        rows[label] = [
            100 * in_chinese / num_chinese,
            100 * in_english / len(english),
            100 * (in_chinese + in_english) / (num_chinese + len(english)),
        ]
        own = [sum(label in each for each in chinese), sum(label in each for each in all_english)]
        proper[label] = [
            100 * own[0] / len(chinese),
            100 * own[1] / len(all_english),
            100 * sum(own) / (len(chinese) + len(all_english)),
        ]
    also: dict[str, TableRow] = {
        "rows": {"cn": len(chinese) + UNLABELLED + len(more), "en": len(english)},
        "note": "the paper counts 5,000 Chinese rows, 597 of them without labels or labelled twice, and the first 3,000 "
        "English clips; over the 9,403 labelled clips the shares are those of over_all_clips",
        "over_all_clips": proper,
    }
    return compare("table9", rows, digits=2, also=also)


def _extra_votes(clips: Sequence[Clip]) -> list[Vote]:
    """Return the votes of the second round's raters on items of the first; the paper counts each as a further row."""
    return [
        vote
        for clip in clips
        for vote in clip.votes_in("goemotions")
        if vote.rater in ROUNDS["chsims_latter_1904"].raters
    ]


def _without(parts: Mapping[RoundName, Sequence[Clip]], chinese: list[frozenset[str]]) -> list[frozenset[str]]:
    """Return the Chinese unions of only the raters of the round of each clip."""
    unions = list(chinese)
    for index, clip in enumerate(_with_own_votes(parts["chsims_first_2499"], "chsims_first_2499")):
        unions[index] = frozenset(label for vote in clip.votes_in("goemotions") for label in vote.labels)
    return unions


def _published(clip: Clip) -> frozenset[str]:
    decision = clip.decisions.get("goemotions")
    return frozenset(decision.labels) if decision else frozenset()
