"""Tables without times: a row is a vote on a whole clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...errors import InvalidArgument, quoted, short_repr
from ..media_names import MediaNames
from ..normalise import Normaliser
from ..records import Clip, Decision, Provenance, Vote
from ..taxonomies import taxonomy
from ..workbooks import needed_sheet
from .options import FolderOptions


def read_clips(files: Sequence[Path], media: MediaNames, options: FolderOptions) -> list[Clip]:
    """Return one clip for each media file that the tables name."""
    names = taxonomy(options.layer)
    normalise = Normaliser(names)
    votes: dict[str, list[Vote]] = {}
    texts: dict[str, str] = {}
    first: dict[str, Provenance] = {}
    for file in files:
        columns = _clip_columns(file, options)
        sheet = needed_sheet(file, name="annotations", needs=tuple(columns.values()))
        matches = media.match_all((row.text(columns["item"]) for row in sheet), near=file)
        for row in sheet:
            key = media.accept(matches[row.text(columns["item"])], str(row.provenance), "the row is left out")
            if key is None:
                continue
            raw = row.text(columns["label"])
            read = normalise.read(raw, str(row.provenance), options.findings, open_words=True)
            who = row.text(columns["rater"]) if "rater" in columns else ""
            if any(vote.rater == who for vote in votes.get(key, ())):
                options.findings.add(
                    "second_vote",
                    str(row.provenance),
                    f"{who or 'the rater'} votes a second time on {key}",
                    "the first vote counts; delete one of them",
                )
                continue
            vote = Vote(
                item=f"folder/{key}",
                layer=names.name,
                rater=who,
                labels=read.labels,
                abstain=read.abstain,
                open_labels=read.unknown,
                raw=raw,
                provenance=row.provenance,
            )
            votes.setdefault(key, []).append(vote)
            texts.setdefault(key, row.text(columns["text"]) if "text" in columns else "")
            first.setdefault(key, row.provenance)
    return [
        Clip(
            key=f"folder/{key}",
            source="folder",
            language=options.language,
            text=texts[key],
            group={"video": key},
            published_path=media.path(key).name,
            path=str(media.path(key)),
            votes=tuple(own),
            decisions=_single_vote_decision(own, names.name),
            provenance=first[key],
        )
        for key, own in votes.items()
    ]


def _clip_columns(file: Path, options: FolderOptions) -> Mapping[str, str]:
    columns = options.columns or {}
    if not {"item", "label"} <= set(columns):
        raise InvalidArgument(
            f"columns must name item and label, got {sorted(columns)}; add start and end if there are times: {quoted(file)}",
            path=str(file),
        )
    for role, column in columns.items():
        if not isinstance(column, str):
            raise InvalidArgument(
                f"columns[{role!r}] must be the name of a column, got {short_repr(column)}; give a str"
            )
    return columns


def _single_vote_decision(votes: list[Vote], layer: str) -> dict[str, Decision]:
    """One vote is the decision; several votes are left to the caller to aggregate."""
    if len(votes) != 1 or not votes[0].labels:
        return {}
    labels = votes[0].labels
    recipe = {"method": "single vote"}
    confidence = 1.0 if len(labels) == 1 else None
    return {
        layer: Decision(
            item=votes[0].item,
            layer=layer,
            labels=labels,
            scores=dict.fromkeys(labels, 1.0),
            confidence=confidence,
            recipe=recipe,
        )
    }
