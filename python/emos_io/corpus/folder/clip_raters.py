"""Whose votes decide on clips: those of the only rater, or of the one who was asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ..findings import FindingCollector
from ..label_rows import agreed_confidence
from ..records import Decision, Scalar
from .clip_rows import ClipRows, GivenVote
from .options import FolderOptions
from .raters import check_rater, chosen_rater, file_aliases, folders_apart


def decisions_of_clips(
    clips: Collection[ClipRows], files: Mapping[str, Path], annotations: Path, options: FolderOptions
) -> dict[str, dict[str, Decision]]:
    """Return the decisions of clips by key and layer.

    A vote is the decision where nobody else votes on the clip in its layer, or where its rater is `FolderOptions.rater`. Other
    votes are left to the caller to aggregate, and one finding says so of all clips.

    Args:
        clips: The rows of all clips.
        files: The tables by the names that findings have for them.
        annotations: What errors and findings about all tables name.
        options: How the folder is read; its findings take ``several_raters``, ``missing_rater``, ``unused_confidence`` and
            ``conflicting_confidence``.

    Raises:
        InvalidArgument: Nobody is that rater.
    """
    if options.rater is None:
        _report_several(clips, annotations, options.findings)
        return {clip.key: _of_only_rater(clip, options.findings) for clip in clips}
    raters = {given.vote.rater for clip in clips for given in clip.votes}
    # The name of somebody is nobody's other name.
    aliases = {clip.key: {} if options.rater in raters else _aliases(clip, files) for clip in clips}
    others = {alias for own in aliases.values() for names in own.values() for alias in names}
    check_rater(options.rater, raters, others, annotations)
    return {clip.key: _of_rater(clip, aliases[clip.key], options) for clip in clips}


def _report_several(clips: Collection[ClipRows], annotations: Path, findings: FindingCollector) -> None:
    """Make one finding of all clips that several raters voted on in one layer."""
    several = [clip for clip in clips if any(len(clip.votes_in(layer)) > 1 for layer in clip.layers())]
    if several:
        raters = {given.vote.rater for clip in several for given in clip.votes}
        which = several[0].key if len(several) == 1 else f"{len(several)} clips, such as {several[0].key}"
        fix = "all are votes and none decides; give rater=, or aggregate the votes"
        findings.add("several_raters", annotations.name, f"{len(raters)} raters labelled {which}", fix)


def _of_only_rater(clip: ClipRows, findings: FindingCollector) -> dict[str, Decision]:
    decisions: dict[str, Decision] = {}
    for layer in clip.layers():
        votes = clip.votes_in(layer)
        if len(votes) > 1:
            if any(each.confidences for each in votes):
                what = f"{len(votes)} raters voted on {clip.key} in {layer}, and votes have no confidence"
                fix = "the confidences are left out; those of a decision come from its votes"
                findings.add("unused_confidence", str(votes[0].vote.provenance), what, fix)
        elif votes[0].vote.labels:
            decisions[layer] = _decision(votes[0], findings, None)
    return decisions


def _of_rater(clip: ClipRows, aliases: Mapping[str, set[str]], options: FolderOptions) -> dict[str, Decision]:
    chosen = chosen_rater(
        options.rater, {given.vote.rater for given in clip.votes}, aliases, clip.key, options.findings
    )
    decisions: dict[str, Decision] = {}
    for layer in clip.layers():
        votes = clip.votes_in(layer)
        for given in votes:
            if given.vote.rater == chosen and given.vote.labels:
                decisions[layer] = _decision(given, options.findings, None if len(votes) == 1 else chosen)
    return decisions


def _aliases(clip: ClipRows, files: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return what raters whom no cell names may be called: as the files of their votes."""
    found: dict[str, set[str]] = {}
    folders = folders_apart(list(files.values()))
    for given in clip.votes:
        if not given.is_named:
            found.setdefault(given.vote.rater, set()).update(
                file_aliases(files[given.file], clip.key, folders[files[given.file]])
            )
    return found


def _decision(given: GivenVote, findings: FindingCollector, rater: str | None) -> Decision:
    """Return a vote as a decision; its recipe says who decided, if the rater is one of several."""
    vote = given.vote
    sure = agreed_confidence(given.confidences, str(vote.provenance), findings)
    recipe: dict[str, Scalar] = {"method": "single vote"}
    recipe |= {} if rater is None else {"rater": rater}
    return Decision(
        item=vote.item,
        layer=vote.layer,
        labels=vote.labels,
        scores=dict.fromkeys(vote.labels, 1.0),
        confidence=sure if sure is not None else 1.0 if len(vote.labels) == 1 else None,
        recipe=recipe | ({} if sure is None else {"confidence": "given"}),
    )
