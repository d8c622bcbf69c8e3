"""The timeline of a monologue as JSON that the script of the page draws."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ....corpus import Taxonomy
from ....errors import printable
from ...colours import colours_of, ink_on
from ...metric import metric
from .item_media import ItemMedia
from .lanes import Lane, Segment
from .points import DEFINITION, TOLERANCE, ClockPoints
from .values import TimelineView

MOST_LETTERS = 10_000
"""The most letters of a text on the page; what is cut is said."""
_DIGITS = 6

Json = None | bool | int | float | str | Sequence["Json"] | dict[str, "Json"]


class Palettes:
    """The labels of layers in the order in which the page numbers them: those of taxonomies, then others as they come."""

    def __init__(self) -> None:
        self._labels: dict[str, dict[str, int]] = {}

    def add_layer(self, layer: str, taxonomy: Taxonomy | None) -> None:
        """Number the labels of a layer, once."""
        if layer not in self._labels:
            labels = () if taxonomy is None else taxonomy.labels
            self._labels[layer] = {label: index for index, label in enumerate(labels)}

    def index(self, layer: str, label: str) -> int:
        """Return the number of a label of a layer that was added."""
        labels = self._labels[layer]
        return labels.setdefault(label, len(labels))

    def as_json(self) -> dict[str, Json]:
        """Return label, colour and ink of each number, by layer."""
        return {
            layer: [[bounded(label), colour, ink_on(colour)] for label, colour in colours_of([*labels]).items()]
            for layer, labels in self._labels.items()
        }


def bounded(text: str) -> str:
    r"""Return the first `MOST_LETTERS` letters of a text, and how many a longer one has; what does not print is escaped.

    Example:
        >>> bounded("Joy\0"), bounded("a" * 10_001)[-32:]
        ('Joy\\u0000', 'a… (the text has 10,001 letters)')
    """
    end = f"… (the text has {len(text):,} letters)" if len(text) > MOST_LETTERS else ""
    return printable(text[:MOST_LETTERS]) + end


def timeline_data(view: TimelineView, palettes: Palettes) -> dict[str, Json]:
    """Return a timeline as JSON; times are seconds, to a millionth.

    Args:
        view: The timeline.
        palettes: Numbers its labels; each of its layers was added.

    Returns:
        ``duration``; ``start``, the time of the file at which the media begin; ``strip`` and ``envelope`` of the media, or
        null; ``sentences`` as start, end and text; ``lanes``; and ``points``, each with the true and the predicted points as
        time and label, and the pairs as indices.
    """
    item = view.item
    return {
        "duration": seconds(Fraction(item.duration)),
        "start": seconds(view.media.start),
        "language": item.language,
        "strip": _strip(view.media),
        "envelope": None if view.media.envelope is None else view.media.envelope.rounded(),
        "sentences": [
            [seconds(each.span.start), seconds(each.span.end), bounded(each.text)] for each in item.sentences
        ],
        "lanes": [_lane(lane, item.key, palettes) for lane in view.lanes],
        "points": [_points(each) for each in view.points],
    }


def seconds(time: Fraction) -> float:
    """Return seconds to a millionth."""
    return round(float(time), _DIGITS)


def _strip(media: ItemMedia) -> Json:
    strip = media.strip
    if strip is None:
        return None
    return {
        "uri": strip.uri,
        "width": strip.width,
        "height": strip.height,
        "valid": list(strip.valid),
        "damaged": list(strip.damaged),
    }


def _lane(lane: Lane, key: str, palettes: Palettes) -> dict[str, Json]:
    found: dict[str, Json] = {
        "who": lane.who,
        "layer": lane.layer,
        "name": bounded(lane.name),
        "clock": lane.clock,
        "joined": lane.is_joined,
    }
    if lane.who == "run":
        found["metric"] = metric("item", field="confidence", key=key, layer=lane.layer, run=lane.name, line="LINE")
    if lane.levels:
        found["levels"] = [
            [seconds(each.span.start), seconds(each.span.end), float(each.value)] for each in lane.levels
        ]
    else:
        found["segments"] = [_segment(each, lane.layer, palettes) for each in lane.segments]
    return found


def _segment(segment: Segment, layer: str, palettes: Palettes) -> list[Json]:
    """Return start, end, numbers of labels, line, confidence and why; empty ones at the end are left out."""
    labels: list[Json] = [palettes.index(layer, label) for label in segment.labels]
    found: list[Json] = [seconds(segment.span.start), seconds(segment.span.end), labels]
    found += [segment.line, segment.confidence, bounded(segment.why)]
    while found[-1] in (0, None, ""):
        found.pop()
    return found


def _points(each: ClockPoints) -> dict[str, Json]:
    return {
        "layer": each.layer,
        "run": bounded(each.run),
        "clock": each.clock,
        "definition": DEFINITION,
        "tolerance": str(TOLERANCE),
        "true": [[seconds(point.time), point.label] for point in each.true],
        "predicted": [[seconds(point.time), point.label] for point in each.predicted],
        "pairs": [list(pair) for pair in each.match.pairs],
    }
