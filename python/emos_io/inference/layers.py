"""Which layers a model is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..corpus import Clip, Corpus, Taxonomy
from ..errors import InvalidArgument
from .asked import Item

_BOTH = ("basic7", "goemotions")


def chosen_layers(corpus: Corpus, items: Mapping[str, Item], names: Sequence[str] | None) -> tuple[Taxonomy, ...]:
    """Return the layers that are asked for: as named, or Basic-7 and GoEmotions, or those that items are labelled in.

    Args:
        corpus: The corpus, perhaps with taxonomies of its own.
        items: The items that are asked.
        names: Names of layers, or None.

    Raises:
        InvalidArgument: There is no such layer, or one is named twice.
    """
    if names is not None:
        if not names or len(set(names)) < len(names):
            raise InvalidArgument(
                f"layers must be one or more, each once, got {', '.join(names) or 'none'}; correct them"
            )
        return tuple(_named(corpus, name) for name in names)
    labelled: dict[str, None] = {}
    for item in items.values():
        own = [item.decisions] if isinstance(item, Clip) else [each.labels for each in item.utterances]
        labelled |= dict.fromkeys(name for each in own for name in each)
    known = [name for name in labelled if _has_taxonomy(corpus, name)]
    if not known:
        return tuple(corpus.taxonomy(name) for name in _BOTH)
    ordered = sorted(known, key=lambda name: (name not in _BOTH, _BOTH.index(name) if name in _BOTH else 0, name))
    return tuple(corpus.taxonomy(name) for name in ordered)


def _named(corpus: Corpus, name: str) -> Taxonomy:
    """Return a layer that was named; where there is none, the text names the argument that did."""
    try:
        return corpus.taxonomy(name)
    except InvalidArgument as error:
        raise InvalidArgument(str(error).replace("taxonomy must", "layers must", 1)) from error


def _has_taxonomy(corpus: Corpus, name: str) -> bool:
    try:
        corpus.taxonomy(name)
    except InvalidArgument:
        return False
    return True
