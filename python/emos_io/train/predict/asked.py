"""Which items are asked of a run: those that `inference.asked` gives, where the run has the classes of the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...corpus import Corpus, Split, Taxonomy
from ...errors import InvalidArgument
from ...inference import Asked, ItemKind, PredictSide, asked_of


@dataclass(frozen=True, slots=True)
class AskedOfRun:
    """The items that are asked, and the layer.

    Attributes:
        items: The items.
        taxonomy: That of the run's layer.
    """

    items: Asked
    taxonomy: Taxonomy


def asked_of_run(
    corpus: Corpus,
    layer: str,
    classes: Sequence[str],
    *,
    split: Split | None,
    side: PredictSide | None,
    kinds: Sequence[ItemKind],
) -> AskedOfRun:
    """Return the items that are asked; arguments are those of `asked_of`, with the layer and the classes of the run.

    Raises:
        InvalidArgument: The layer has other classes, or as `asked_of` says.
    """
    taxonomy = corpus.taxonomy(layer)
    if tuple(taxonomy.labels) != tuple(classes):
        raise InvalidArgument(
            f"corpus must have the classes of the run in {layer!r}, {', '.join(classes)}, got {', '.join(taxonomy.labels)}; "
            "predict with a run that was trained in this layer"
        )
    asked = asked_of(corpus, split=split, side=side, kinds=kinds, hint="leave out --by and --hop")
    return AskedOfRun(asked, taxonomy)
