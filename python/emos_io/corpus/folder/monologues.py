"""The labels of one media file as a monologue."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...formats import NOISE
from ...spans import Span
from ..label_rows import read_rows
from ..media_check import DURATION_TOLERANCE, readable_seconds
from ..media_names import MediaNames
from ..records import Monologue, Sentence, Utterance, Vote
from ..span_votes import votes_on_spans
from ..utterances import utterances_of
from .groups import agreed_groups, only_speaker
from .labels import MediaLabels
from .layered import by_layer, utterances_of_layers
from .options import FolderOptions
from .raters import chosen_rater
from .sentences import chosen_transcript


def make_monologue(
    key: str,
    contents: MediaLabels,
    media: MediaNames,
    options: FolderOptions,
) -> Monologue:
    """Return the monologue of one media file: in each layer the utterances of one rater, and the votes of all."""
    findings = options.findings
    votes: list[Vote] = []
    utterances: list[tuple[Utterance, ...]] = []
    num_others = 0
    for layer, own in by_layer(contents, options.layers).items():
        names, raters = options.layers[layer], own.raters
        chosen = chosen_rater(options.rater, raters, contents.aliases, key, findings)
        rows = {
            rater: read_rows([each for each in own.segments if each[0].rater == rater], names, findings)
            for rater in raters
        }
        votes += [
            vote for rater in raters for vote in votes_on_spans(rows[rater], names, item=f"folder/{key}", rater=rater)
        ]
        utterances.append(() if chosen is None else utterances_of(rows[chosen], names, findings))
        num_others += sum(segment.rater != chosen for segment, _ in own.segments)
    joined = utterances_of_layers(utterances, key, findings)
    spoken = chosen_transcript(key, contents.transcripts, options)
    sentences = tuple(Sentence(index=number, span=each.span, text=each.text) for number, each in enumerate(spoken, 1))
    spoken_spans = [each.span for each in sentences]
    path = media.path(key)
    segments = [segment for segment, _ in contents.segments]
    speakers = only_speaker([*segments, *(each for own in contents.transcripts.values() for each in own)])
    groups = agreed_groups((pair for segment in segments for pair in segment.groups), key, findings)
    return Monologue(
        key=f"folder/{key}",
        name=key,
        title=key,
        language=options.language,
        duration=_duration(
            key,
            str(path),
            [*(each.span for each in joined), *spoken_spans],
            [*(vote.span for vote in votes if vote.span is not None), *spoken_spans],
            options,
        ),
        global_span=None,
        sentences=sentences,
        utterances=joined,
        trend=None,
        group=groups if speakers is None else {"speaker": speakers} | groups,
        votes=tuple(sorted(votes, key=_in_order)),
        published_path=path.name,
        path=str(path),
        attributes={"votes_of_others": num_others},
        provenance=contents.segments[0][1] if contents.segments else None,
    )


def _in_order(vote: Vote) -> tuple[Fraction, Fraction, str]:
    assert vote.span is not None
    return vote.span.start, vote.span.end, vote.rater


def _duration(key: str, path: str, spans: Sequence[Span], written: Sequence[Span], options: FolderOptions) -> Fraction:
    """Return how long a media file is: as it says, else until the end of the last label or sentence that counts.

    Labels and sentences outside of it are findings (``label_after_end``, ``label_before_start``).
    """
    findings = options.findings
    seconds = None if options.probe is None else readable_seconds(options.probe, path, key, findings)
    if seconds is None:
        duration = max((each.end for each in spans or written), default=Fraction(0))
    else:
        duration = seconds
        last = max((each.end for each in written), default=Fraction(0))
        if last > duration + DURATION_TOLERANCE:
            what = f"labels end at {float(last):g} s, the media at {float(duration):g} s"
            findings.add("label_after_end", key, what, "what lies after the end is never used", repaired=False)
    early = [each for each in written if each.start <= -NOISE]
    if early:
        first = float(min(each.start for each in early))
        what = f"{len(early)} of {len(written)} labels and sentences begin before time 0, the first at {first:g} s"
        findings.add("label_before_start", key, what, "what lies before 0 is never used; correct the times")
    return max(duration, Fraction(0))
