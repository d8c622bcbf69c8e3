"""CH-SIMS v2(s) within EmoS: 4,403 Chinese clips, three raters each, both layers.

Workbooks turned clip ids into numbers (``0001`` became 1, and ``00008_0`` became 80), so rows are joined with meta.csv by
their order, which video and text of every row confirm.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..confidence_tiers import tier_of
from ..findings import FindingCollector
from ..published_checks import check_sentiment
from ..records import Clip, Decision, Scalar, Vote
from ..workbooks import Sheet, SheetRow, read_sheet
from .layout import CHSIMS, NUM_RATERS, RATERS, Release
from .votes import VoteReader, soft_decision

VOTES = (
    ("First-2500/a1.xlsx", "a1"),
    ("First-2500/a2.xlsx", "a2"),
    ("First-2500/a3.xlsx", "a3"),
    ("Last-2500/chenpengyu.xlsx", "cp"),
    ("Last-2500/liangjingxi.xlsx", "ljx"),
    ("Last-2500/wangqifeng.xlsx", "wqf"),
)
DECISIONS = (
    ("First-2500/analysis_outputs/basic7/annotated_with_ds.xlsx", ("a1", "a2", "a3")),
    ("Last-2500/analysis_outputs_after2500/basic7/annotated_with_ds.xlsx", ("cp", "ljx", "wqf")),
)
SOFT = (
    "data-final/Chinese/goemotion/front2500_training_data.xlsx",
    "data-final/Chinese/goemotion/after2500_training_data.xlsx",
)
SIMPLIFIED = (
    "data-final/Chinese/basic7/basic7_ds_high_confidence.xlsx",
    "data-final/Chinese/basic7/basic7_ds_low_confidence.xlsx",
)
BASIC_COLUMNS = ("basic-7-class", "7-emotion-wqf")
GOEMOTION_COLUMNS = ("goemotion", "goemotion-wqf")
RECIPE: dict[str, Scalar] = {
    "method": "dawid_skene",
    "init": "vote_fraction",
    "iterations": 50,
    "tolerance": 0.0,
    "smoothing": 0.0,
    "prior": "estimated",
    "published": True,
}


def read_chsims_part(release: Release, findings: FindingCollector) -> list[Clip]:
    """Read all Chinese clips in the order of meta.csv."""
    meta = read_sheet(release.root, f"{CHSIMS}/meta.csv", findings, needs=("video_id", "clip_id", "text"))
    if meta is None:
        return []
    clips = [_clip(row, release) for row in meta]
    repeated = {key for key, count in Counter(clip.key for clip in clips).items() if count > 1}
    for key in sorted(repeated):
        findings.add("duplicate_item", f"{CHSIMS}/meta.csv", f"{key} is there more than once", "the first is kept")
    joiner = _Joiner(clips)
    votes = _votes(release, joiner, findings)
    clips = [replace(clip, votes=tuple(votes.get(clip.key, ()))) for clip in clips]
    decisions = _decisions(release, joiner, clips, findings)
    _check_published_tiers(release, decisions, findings)
    for clip in clips:
        check_sentiment(clip, findings)
        release.report_unlisted(clip.key, clip.published_path, findings)
    return [replace(clip, decisions=decisions.get(clip.key, {})) for clip in clips]


def _clip(row: SheetRow, release: Release) -> Clip:
    video, number = row.text("video_id"), str(row.get("clip_id") or "")
    attributes: dict[str, Scalar] = {
        name: row.number(column)
        for name, column in (
            ("sentiment", "label"),
            ("sentiment_text", "label_T"),
            ("sentiment_audio", "label_A"),
            ("sentiment_visual", "label_V"),
        )
    }
    attributes |= {"annotation": row.text("annotation") or None, "mode": row.text("mode") or None}
    return Clip(
        key=f"chsims/{video}/{number}",
        source="chsims",
        language="zh",
        text=str(row.get("text") or ""),
        group={"video": video},
        published_path=f"data-final/Chinese/Raw/{video}/{number}.mp4",
        attributes=attributes,
        provenance=row.provenance,
    )


class _Joiner:
    """Finds the clip that each row of a workbook is about."""

    def __init__(self, clips: Sequence[Clip]) -> None:
        self._clips = clips
        self._row_keys = [(clip.group["video"], _without_spaces(clip.text)) for clip in clips]
        self._starts: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index, row_key in enumerate(self._row_keys):
            self._starts[row_key].append(index)

    def join(self, sheet: Sheet, findings: FindingCollector) -> Iterator[tuple[SheetRow, Clip]]:
        rows = list(sheet)
        if not rows:
            return
        row_keys = [(row.text("video_id"), _without_spaces(row.get("text"))) for row in rows]
        begin = next(
            (at for at in self._starts.get(row_keys[0], ()) if self._row_keys[at : at + len(rows)] == row_keys), None
        )
        if begin is None:
            yield from self._one_by_one(sheet, rows, row_keys, findings)
            return
        zeros = 0
        for row, clip in zip(rows, self._clips[begin:], strict=False):
            known, written = clip.key.rsplit("/", 1)[1], row.text("clip_id")
            if written.zfill(len(known)) != known:
                what = f"clip id {written} stands for {known}"
                findings.add(
                    "mangled_id",
                    str(row.provenance),
                    what,
                    "joined with meta.csv by row, video and text",
                )
            elif written != known:
                zeros += 1
            yield row, clip
        if zeros:
            what = f"{zeros} clip ids lost their leading zeros"
            findings.add("mangled_id", sheet.file, what, "joined with meta.csv by row, video and text")

    def _one_by_one(
        self, sheet: Sheet, rows: list[SheetRow], row_keys: list[tuple[str, str]], findings: FindingCollector
    ) -> Iterator[tuple[SheetRow, Clip]]:
        keys = {clip.key: clip for clip in self._clips}
        findings.add(
            "other_row_order",
            sheet.file,
            "its rows are not consecutive rows of meta.csv",
            "joined by clip id and text",
        )
        for row, row_key in zip(rows, row_keys, strict=True):
            clip = keys.get(f"chsims/{row_key[0]}/{row.get('clip_id')}")
            same = self._starts.get(row_key, [])
            if clip is None and len(same) == 1:
                clip = self._clips[same[0]]
            if clip is None:
                what = f"video {row_key[0]}, clip {row.text('clip_id')} is no item of meta.csv"
                findings.add(
                    "unknown_item", str(row.provenance), what, "its votes are left out; correct the id or add the item"
                )
            else:
                yield row, clip


def _votes(release: Release, joiner: _Joiner, findings: FindingCollector) -> dict[str, list[Vote]]:
    reader = VoteReader(findings)
    votes: dict[str, list[Vote]] = defaultdict(list)
    seen: dict[tuple[str, str, str], Vote] = {}
    for name, rater in VOTES:
        needs = ("video_id", "clip_id", "text", BASIC_COLUMNS, GOEMOTION_COLUMNS)
        sheet = read_sheet(release.root, f"{CHSIMS}/{name}", findings, needs=needs)
        if sheet is None:
            continue
        columns = (("basic7", sheet.first_of(*BASIC_COLUMNS)), ("goemotions", sheet.first_of(*GOEMOTION_COLUMNS)))
        for row, clip in joiner.join(sheet, findings):
            for layer, column in columns:
                vote = reader.read(row, column or "", item=clip.key, layer=layer, rater=RATERS.get(rater, rater))
                if vote is None:
                    continue
                if (clip.key, layer, vote.rater) in seen:
                    what = f"{vote.rater} votes a second time on {clip.key}"
                    findings.add("second_vote", str(row.provenance), what, "the first vote counts; delete one of them")
                    continue
                seen[clip.key, layer, vote.rater] = vote
                votes[clip.key].append(vote)
    return votes


def _decisions(
    release: Release, joiner: _Joiner, clips: Sequence[Clip], findings: FindingCollector
) -> dict[str, dict[str, Decision]]:
    decisions: dict[str, dict[str, Decision]] = defaultdict(dict)
    panels: dict[str, tuple[str, ...]] = {}
    panel: tuple[str, ...]
    by_key = {clip.key: clip for clip in clips}
    for name, panel in DECISIONS:
        sheet = read_sheet(
            release.root, f"{CHSIMS}/{name}", findings, needs=("ds_label", "ds_confidence", "unique_labels")
        )
        for row, clip in joiner.join(sheet, findings) if sheet else ():
            label, confidence = row.text("ds_label"), row.number("ds_confidence")
            unique = row.number("unique_labels")
            if not label or confidence is None or unique is None:
                findings.add(
                    "empty_decision", str(row.provenance), f"{clip.key} has no decision", "compute it from the votes"
                )
                continue
            panels[clip.key] = panel
            _compare_votes(row, by_key[clip.key], panel, findings)
            tier = tier_of(confidence, int(unique))
            scores = {label: confidence}
            decisions[clip.key]["basic7"] = Decision(
                item=clip.key,
                layer="basic7",
                labels=(label,),
                scores=scores,
                confidence=confidence,
                confidence_tier=tier,
                recipe=RECIPE,
                provenance=row.provenance,
            )
    for name in SOFT:
        sheet = read_sheet(release.root, name, findings, needs=("goemotion_prob_joy",))
        for row, clip in joiner.join(sheet, findings) if sheet else ():
            panel = panels.get(clip.key, ())
            votes = tuple(v for v in by_key[clip.key].votes_in("goemotions") if v.rater in panel)
            decisions[clip.key]["goemotions"] = soft_decision(
                row, item=clip.key, votes=votes, num_raters=NUM_RATERS, findings=findings
            )
    for clip in clips:
        panel = panels.get(clip.key, ())
        for vote in clip.votes:
            if panel and vote.rater not in panel:
                what = f"{vote.rater} voted on {clip.key} in {vote.layer}, whose raters are {', '.join(panel)}"
                findings.add(
                    "extra_vote",
                    str(vote.provenance),
                    what,
                    "the vote is kept; the published decision does not count it",
                )
    return decisions


def _compare_votes(row: SheetRow, clip: Clip, panel: tuple[str, ...], findings: FindingCollector) -> None:
    """Compare the votes that were aggregated with those in the raters' own workbooks."""
    own = {vote.rater: vote for vote in clip.votes_in("basic7")}
    for rater in panel:
        used, vote = row.text(rater), own.get(rater)
        if rater in row and vote is not None and (used,) != vote.labels:
            what = f"{rater} said {vote.raw!r} of {clip.key}, but {used!r} was aggregated"
            findings.add("vote_differs", str(row.provenance), what, "the rater's own workbook is kept")


def _check_published_tiers(
    release: Release, decisions: dict[str, dict[str, Decision]], findings: FindingCollector
) -> None:
    """Compare the simplified workbooks, which leave a confidence tier out, with the decisions."""
    tiers = [layers["basic7"].confidence_tier for layers in decisions.values() if "basic7" in layers]
    published = [sheet for name in SIMPLIFIED if (sheet := read_sheet(release.root, name, findings)) is not None]
    rows = sum(len(sheet) for sheet in published)
    if published and rows < len(tiers):
        what = f"{rows} of {len(tiers)} decisions are there; {tiers.count('medium')} of the medium tier are not"
        findings.add("missing_rows", "data-final/Chinese/basic7", what, "read from annotated_with_ds.xlsx instead")


def _without_spaces(text: object) -> str:
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    return "".join(str(text or "").split())
