"""One rater whose votes decide on clips, where several raters voted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..records import Clip, Decision, Vote
from .options import FolderOptions
from .raters import check_rater, chosen_rater, file_aliases


def clips_of_rater(clips: Sequence[Clip], annotations: Path, options: FolderOptions) -> list[Clip]:
    """Return clips whose decisions are the votes of `FolderOptions.rater`; all votes stay.

    Args:
        clips: Clips with the votes of all raters.
        annotations: What errors name.
        options: How the folder is read; its findings take ``missing_rater``.

    Raises:
        InvalidArgument: Nobody is that rater.
    """
    if options.rater is None:
        return list(clips)
    raters = {vote.rater for clip in clips for vote in clip.votes}
    # The name of somebody is nobody's other name.
    aliases = {clip.key: {} if options.rater in raters else _aliases(clip) for clip in clips}
    others = {alias for own in aliases.values() for names in own.values() for alias in names}
    check_rater(options.rater, raters, others, annotations)
    return [_decided(clip, aliases[clip.key], options) for clip in clips]


def _aliases(clip: Clip) -> dict[str, set[str]]:
    """Return what raters without a name may be called: as the files of their votes."""
    found: dict[str, set[str]] = {}
    for vote in clip.votes:
        if not vote.rater and vote.provenance is not None:
            found.setdefault(vote.rater, set()).update(file_aliases(Path(vote.provenance.file), clip.key))
    return found


def _decided(clip: Clip, aliases: dict[str, set[str]], options: FolderOptions) -> Clip:
    where = clip.key.removeprefix("folder/")
    chosen = chosen_rater(options.rater, {vote.rater for vote in clip.votes}, aliases, where, options.findings)
    decisions = {
        vote.layer: clip.decisions.get(vote.layer) or _decision(vote)
        for vote in clip.votes
        if vote.rater == chosen and vote.labels
    }
    return replace(clip, decisions=decisions)


def _decision(vote: Vote) -> Decision:
    return Decision(
        item=vote.item,
        layer=vote.layer,
        labels=vote.labels,
        scores=dict.fromkeys(vote.labels, 1.0),
        confidence=1.0 if len(vote.labels) == 1 else None,
        recipe={"method": "single vote", "rater": vote.rater},
    )
