"""What the layers and the labels of a prompt must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..._checks import is_sequence
from ...corpus import Taxonomy
from ...errors import InvalidArgument, short_repr

TAKEN = ("confidence", "end", "intensity", "segments", "start", "time")
"""Names of values of an answer, which no layer can have."""


def checked_layers(layers: Sequence[Taxonomy]) -> tuple[Taxonomy, ...]:
    """Return the layers of a prompt, one or more, each once.

    Raises:
        InvalidArgument: They are not that.
    """
    given: object = layers
    if not is_sequence(given) or not all(isinstance(each, Taxonomy) for each in layers):
        raise InvalidArgument(
            f"layers must be a sequence of Taxonomy, got {short_repr(layers)}; use taxonomy('basic7')"
        )
    names = [each.name for each in layers]
    if not names or len({name.casefold() for name in names}) < len(names):
        raise InvalidArgument(f"layers must be one or more, each once, got {names}; name each layer once")
    for name in names:
        if name.casefold() in TAKEN:
            raise InvalidArgument(
                f"layers must have names other than {', '.join(TAKEN)}, got {name!r}; rename the layer"
            )
    return tuple(layers)


def checked_labels(
    labels: Mapping[str, Sequence[str]], layers: Sequence[Taxonomy]
) -> Iterator[tuple[Taxonomy, tuple[str, ...]]]:
    """Return each layer with its labels.

    Raises:
        InvalidArgument: A layer has none, a layer of one label another number of them, or a label is none of its layer.
    """
    if not isinstance(labels, Mapping):
        raise InvalidArgument(f"labels must be a mapping of layers, got {short_repr(labels)}; give {{layer: [label]}}")
    for layer in layers:
        own: object = labels.get(layer.name)
        words = tuple(own) if is_sequence(own) and isinstance(own, Sequence) else None
        if words is None or (not layer.multiple and len(words) != 1) or len(set(words)) < len(words):
            allowed = "a list of labels, each once" if layer.multiple else "a list of one label"
            raise InvalidArgument(f"labels of {layer.name} must be {allowed}, got {short_repr(own)}; give them")
        for word in words:
            layer.index(word)
        yield layer, words
