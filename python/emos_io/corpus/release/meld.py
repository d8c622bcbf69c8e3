"""MELD-Core within EmoS: 5,000 English clips of MELD's train part, GoEmotions by three raters, Basic-7 derived from them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from ..confidence_tiers import ConfidenceTier
from ..findings import FindingCollector
from ..published_checks import check_utterances
from ..published_spans import published_span
from ..records import Clip, Decision, Scalar, Vote
from ..workbooks import SheetRow, read_sheet
from .layout import MELD, NUM_RATERS, RATERS, Release
from .votes import VoteReader, soft_decision

FIRST = 3_000
"""Items of the first round of annotation; the rest is the second."""
VOTES = (
    ("Annotations-3000/annotator_rff_train_sent_emo.xlsx", "rff"),
    ("Annotations-3000/annotator_csq_train_sent_emo.xlsx", "csq"),
    ("Annotations-3000/annotator_lyx_train_sent_emo.xlsx", "lyx"),
    ("Annotations-last-2000/a10.xlsx", "a10"),
    ("Annotations-last-2000/a11.xlsx", "a11"),
    ("Annotations-last-2000/a12.xlsx", "a12"),
)
BASIC_FIRST = (
    "Annotations-3000/analysis_outputs/basic7/meld3000_basic7_high_confidence_ge0.5.xlsx",
    "Annotations-3000/analysis_outputs/basic7/meld3000_basic7_low_confidence_lt0.5.xlsx",
)
SOFT_FIRST = "Annotations-3000/analysis_outputs/goemotion/goemotion_soft_labels_first3000.xlsx"
BASIC_LAST = "Annotations-last-2000/analysis_outputs/basic7/annotated_with_ds_last2000.xlsx"
NEEDS = ("Dialogue_ID", "Utterance_ID", "Utterance", "Emotion", "go-emotion")
HIGH = 0.5
"""MELD's published workbooks divide at this confidence, into high and low."""
RECIPE_FIRST: dict[str, Scalar] = {"method": "meld_correction", "map": "emos-meld-first", "published": True}
# It stopped after 48 steps; a limit of 50 and a mean change of the posteriors below 1e-6 explain all published rounds.
RECIPE_LAST: dict[str, Scalar] = {
    "method": "dawid_skene",
    "votes": "majority of mapped labels, the original label where it ties",
    "map": "emos-meld-last",
    "init": "vote_fraction",
    "iterations": 48,
    "tolerance": 1e-6,
    "smoothing": 0.0,
    "prior": "estimated",
    "published": True,
}
_LOST_APOSTROPHE = re.compile(r"\w\?\w")


def read_meld_part(release: Release, findings: FindingCollector) -> list[Clip]:
    """Read all English clips in the order of the raters' workbooks."""
    reader = VoteReader(findings)
    clips: dict[str, Clip] = {}
    votes: dict[str, list[Vote]] = defaultdict(list)
    for name, rater in VOTES:
        sheet = read_sheet(release.root, f"{MELD}/{name}", findings, needs=NEEDS)
        if sheet is None:
            continue
        if "" in sheet.columns:
            findings.add("unnamed_column", sheet.file, "it has a column without a name", "the column is left out")
        repeats = 0
        for row in sheet:
            key = _key(row, findings)
            if key is None:
                continue
            if key not in clips:
                if clips and name != VOTES[0][0]:
                    what = f"{key} is in no other workbook of raters"
                    findings.add("unknown_item", str(row.provenance), what, "it is kept; check its ids")
                clips[key] = _clip(key, row, release, findings)
            elif row.text("Utterance") != clips[key].text.strip():
                what = f"the text of {key} is {row.text('Utterance')[:40]!r} here, {clips[key].text[:40]!r} in {VOTES[0][0]}"
                findings.add("text_differs", str(row.provenance), what, "the first is kept; listen which one is right")
            vote = reader.read(row, "go-emotion", item=key, layer="goemotions", rater=RATERS.get(rater, rater))
            before = next((v for v in votes[key] if vote and v.rater == vote.rater), None)
            if vote is None:
                continue
            if before is None:
                votes[key].append(vote)
            elif (before.labels, before.abstain) == (vote.labels, vote.abstain):
                repeats += 1
            else:
                what = f"{vote.rater} votes {vote.raw!r} on {key} after {before.raw!r}"
                findings.add("second_vote", str(row.provenance), what, "the first vote counts; delete one of them")
        if repeats:
            what = f"it repeats {repeats} votes of {RATERS.get(rater, rater)}, who is the same person"
            findings.add("repeated_votes", sheet.file, what, "each counts once")
    read = [replace(clip, votes=tuple(votes[clip.key])) for clip in clips.values()]
    _check_items(read, release, findings)
    decisions = _decisions(release, {clip.key: clip for clip in read}, findings)
    return [replace(clip, decisions=decisions.get(clip.key, {})) for clip in read]


def _key(row: SheetRow, findings: FindingCollector) -> str | None:
    dialogue, utterance = row.number("Dialogue_ID"), row.number("Utterance_ID")
    if dialogue is None or utterance is None:
        findings.add(
            "missing_id", str(row.provenance), "Dialogue_ID or Utterance_ID is empty", "fill it in; the row is left out"
        )
        return None
    return f"meld/dia{int(dialogue)}_utt{int(utterance)}"


def _clip(key: str, row: SheetRow, release: Release, findings: FindingCollector) -> Clip:
    name, dialogue = key.removeprefix("meld/"), key.removeprefix("meld/").split("_")[0]
    attributes: dict[str, Scalar] = {
        "emotion": row.text("Emotion") or None,
        "sentiment": row.text("Sentiment") or None,
        "season": row.text("Season") or None,
        "episode": row.text("Episode") or None,
        "start": row.text("StartTime") or None,
        "end": row.text("EndTime") or None,
        "number": row.text("Sr No.") or None,
    }
    return Clip(
        key=key,
        source="meld",
        language="en",
        text=str(row.get("Utterance") or ""),
        group={"dialogue": dialogue},
        published_path=f"data-final/English/train_splits/{name}.mp4",
        speaker=row.text("Speaker") or None,
        published_span=published_span(row.text("StartTime"), row.text("EndTime"), str(row.provenance), findings),
        attributes=attributes,
        provenance=row.provenance,
    )


def _check_items(clips: list[Clip], release: Release, findings: FindingCollector) -> None:
    """Make findings of what is wrong with the published items themselves."""
    damaged = [clip for clip in clips if _LOST_APOSTROPHE.search(clip.text)]
    if damaged:
        what = f"{len(damaged)} texts have ? where an apostrophe or another sign was, as in {damaged[0].text[:60]!r}"
        findings.add(
            "damaged_text", f"{MELD}, column Utterance", what, "the text is kept as published; take MELD's own csv"
        )
    check_utterances(clips, findings)
    for clip in clips:
        release.report_unlisted(clip.key, clip.published_path, findings)


def _decisions(release: Release, clips: dict[str, Clip], findings: FindingCollector) -> dict[str, dict[str, Decision]]:
    decisions: dict[str, dict[str, Decision]] = defaultdict(dict)
    for name in BASIC_FIRST:
        for row, clip in _joined(release, name, clips, ("basic_corrected", "basic_corrected_conf"), findings):
            decisions[clip.key]["basic7"] = _basic(row, clip, RECIPE_FIRST, findings)
    for row, clip in _joined(release, SOFT_FIRST, clips, ("goemotion_prob_joy",), findings):
        decisions[clip.key]["goemotions"] = soft_decision(
            row, item=clip.key, votes=clip.votes_in("goemotions"), num_raters=NUM_RATERS, findings=findings
        )
    for row, clip in _joined(release, BASIC_LAST, clips, ("basic_corrected", "goemotion_prob_joy"), findings):
        decisions[clip.key]["basic7"] = _basic(row, clip, RECIPE_LAST, findings)
        decisions[clip.key]["goemotions"] = soft_decision(
            row, item=clip.key, votes=clip.votes_in("goemotions"), num_raters=NUM_RATERS, findings=findings
        )
    return decisions


def _basic(row: SheetRow, clip: Clip, recipe: dict[str, Scalar], findings: FindingCollector) -> Decision:
    label, confidence = row.text("basic_corrected"), row.number("basic_corrected_conf")
    if confidence is None:
        findings.add(
            "empty_decision", str(row.provenance), f"{clip.key} has no confidence", "compute it from the votes"
        )
    tier: ConfidenceTier | None = None if confidence is None else ("high" if confidence >= HIGH else "low")
    extra: dict[str, Scalar] = {}
    if "basic_correction_reason" in row:
        extra = {"changed": row.true("basic_changed"), "reason": row.text("basic_correction_reason") or None}
    scores = {} if confidence is None else {label: confidence}
    return Decision(
        item=clip.key,
        layer="basic7",
        labels=(label,),
        scores=scores,
        confidence=confidence,
        confidence_tier=tier,
        recipe=recipe | extra,
        provenance=row.provenance,
    )


def _joined(
    release: Release, name: str, clips: dict[str, Clip], needs: tuple[str, ...], findings: FindingCollector
) -> Iterator[tuple[SheetRow, Clip]]:
    sheet = read_sheet(release.root, f"{MELD}/{name}", findings, needs=("Dialogue_ID", "Utterance_ID", *needs))
    for row in sheet or ():
        key = _key(row, findings)
        if key is not None and key not in clips:
            findings.add(
                "unknown_item", str(row.provenance), f"{key} is no item", "the row is left out; correct its ids"
            )
        elif key is not None:
            yield row, clips[key]
