"""The labels of one media file as a monologue."""

from __future__ import annotations

from fractions import Fraction

from ...errors import InvalidArgument
from ..media_check import DURATION_TOLERANCE, readable_seconds
from ..media_names import MediaNames
from ..records import Monologue, Sentence
from ..taxonomies import taxonomy
from ..utterances import utterances_of
from .labels import MediaLabels
from .options import FolderOptions


def make_monologue(
    key: str,
    contents: MediaLabels,
    media: MediaNames,
    options: FolderOptions,
) -> Monologue:
    """Return the monologue of one media file."""
    raters = sorted({segment.rater or "" for segment, _ in contents.segments})
    if options.rater is None and len(raters) > 1:
        raise InvalidArgument(
            f"rater must be one of {', '.join(map(repr, raters))}, got None; name one, or aggregate the votes on {key} first",
            key=key,
            path=str(media.path(key)),
        )
    chosen = [each for each in contents.segments if options.rater is None or (each[0].rater or "") == options.rater]
    num_other_votes = len(contents.segments) - len(chosen)
    utterances = utterances_of(chosen, taxonomy(options.layer), options.findings)
    spoken = sorted(contents.sentences, key=lambda each: each.span)
    sentences = tuple(Sentence(index=number, span=each.span, text=each.text) for number, each in enumerate(spoken, 1))
    ends = [*(each.span.end for each in utterances), *(each.span.end for each in sentences)]
    path = media.path(key)
    last = max(ends, default=Fraction(0))
    probe = options.probe
    seconds = None if probe is None else readable_seconds(probe, str(path), key, options.findings)
    duration = last if seconds is None else seconds
    if last > duration + DURATION_TOLERANCE:
        options.findings.add(
            "label_after_end",
            key,
            f"labels end at {float(last):g} s, the media at {float(duration):g} s",
            "what lies after the end is never used",
            repaired=False,
        )
    return Monologue(
        key=f"folder/{key}",
        name=key,
        title=key,
        language=options.language,
        duration=duration,
        global_span=None,
        sentences=sentences,
        utterances=utterances,
        trend=None,
        published_path=path.name,
        path=str(path),
        attributes={"votes_of_others": num_other_votes},
        provenance=contents.segments[0][1] if contents.segments else None,
    )
