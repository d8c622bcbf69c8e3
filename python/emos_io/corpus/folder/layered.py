"""Labels on spans in several layers, each named by its tier: apart while they are read, then utterances with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...spans import Span
from ..findings import FindingCollector
from ..records import Utterance
from .labels import MediaLabels
from .layers import FolderLayers


def by_layer(contents: MediaLabels, layers: FolderLayers) -> dict[str, MediaLabels]:
    """Return the labels of one media file by the name of their layer; one without labels has the layer of the folder."""
    found: dict[str, MediaLabels] = {}
    for segment, provenance in contents.segments:
        own = found.setdefault(layers.of_tier(segment.tier), MediaLabels(aliases=contents.aliases))
        own.segments.append((segment, provenance))
    return found or {layers.name: MediaLabels()}


def utterances_of_layers(
    layers: Sequence[Sequence[Utterance]], where: str, findings: FindingCollector
) -> tuple[Utterance, ...]:
    """Return utterances of several layers in order of time; those of one span are one, with the labels of all layers.

    Args:
        layers: The utterances of each layer.
        where: Key of the item.
        findings: Takes ``conflicting_intensity``.
    """
    if len(layers) == 1:
        return tuple(layers[0])
    found: dict[Span, Utterance] = {}
    for utterance in (each for own in layers for each in own):
        before = found.get(utterance.span)
        found[utterance.span] = utterance if before is None else _together(before, utterance, where, findings)
    return tuple(replace(found[span], index=index) for index, span in enumerate(sorted(found)))


def _together(first: Utterance, second: Utterance, where: str, findings: FindingCollector) -> Utterance:
    confidences = [each.confidence for each in (first, second) if each.confidence is not None]
    intensities = {each.intensity for each in (first, second) if each.intensity is not None}
    if len(intensities) > 1:
        what = f"labels of one span have the intensities {', '.join(map(str, sorted(intensities)))}"
        findings.add(
            "conflicting_intensity", f"{where}, {first.span}", what, "none is kept; give the span one intensity"
        )
    return replace(
        first,
        labels={**first.labels, **second.labels},
        open_labels=tuple(dict.fromkeys([*first.open_labels, *second.open_labels])),
        intensity=intensities.pop() if len(intensities) == 1 else None,
        confidence=min(confidences, default=None),
        raw_secondary=(*first.raw_secondary, second.raw_primary, *second.raw_secondary),
        speaker=first.speaker if first.speaker == second.speaker else None,
    )
