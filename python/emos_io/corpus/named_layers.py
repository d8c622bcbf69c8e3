"""What may stand for a layer wherever a verb takes one: its name, the file of its taxonomy, or the taxonomy."""

from __future__ import annotations

import os

from ..errors import InvalidArgument, short_repr
from .data import AnyCorpus
from .taxonomies import Taxonomy, is_known
from .taxonomy_files import is_taxonomy_file, read_taxonomies

Layer = str | os.PathLike[str] | Taxonomy
"""The name of a taxonomy of the package or of the corpus; the path of a JSON or YAML file; or a taxonomy."""


def with_layer(corpus: AnyCorpus, layer: Layer) -> tuple[AnyCorpus, Taxonomy]:
    """Return the taxonomy that stands for a layer, and the corpus that has it.

    A file and a taxonomy stand for the layer of their name. Where the corpus has none of that name, it takes it, also where it
    has votes or decisions of that name already; a file brings those that its maps lead to. Where it has an equal one, it stays
    as it is. Where it has another one, that is an error, since nobody can know which was meant.

    Args:
        corpus: Any corpus; it is not changed.
        layer: A name, a path that ends in .json, .yaml or .yml, or a taxonomy.

    Raises:
        InvalidArgument: There is no taxonomy of that name; the corpus has another one; or the content of the file is not that
            of a taxonomy.
        SourceNotFound: There is no such file.
        SourceUnreadable: It cannot be read.

    Cost: that of reading the file.

    Example:
        >>> from emos_io.corpus import Corpus
        >>> moods = Taxonomy("moods", "1", "Calm or tense", ("calm", "tense"))
        >>> corpus, found = with_layer(Corpus(), moods)
        >>> corpus.taxonomies == (moods,), with_layer(corpus, "moods") == (corpus, moods)
        (True, True)
    """
    given = taxonomies_of(layer)
    if not given:
        if not isinstance(layer, str):
            raise InvalidArgument(
                f"layer must be a name, the file of a taxonomy or a Taxonomy, got {short_repr(layer)}; give a name, such as "
                "'basic7'"
            )
        return corpus, corpus.taxonomy(layer)
    new = [each for each in given if each not in corpus.taxonomies and not _is_of_package(corpus, each)]
    names = {each.name for each in new}
    other = next((each for each in corpus.taxonomies if each.name in names), None)
    if other is not None:
        raise InvalidArgument(
            f"layer must be the taxonomy {other.name!r} that the corpus has, got another one of that name; give the name "
            f"{other.name!r}, or rename one of them"
        )
    return (corpus.with_taxonomies(new) if new else corpus), given[0]


def taxonomies_of(layer: Layer | None) -> tuple[Taxonomy, ...]:
    """Return the taxonomy of a file, or the one that was given, then those that maps of the file lead to; none for a name.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: It cannot be read.
        InvalidArgument: Its content is not that of a taxonomy.
    """
    if isinstance(layer, Taxonomy):
        return (layer,)
    if isinstance(layer, str | os.PathLike) and is_taxonomy_file(layer):
        return read_taxonomies(layer)
    return ()


def _is_of_package(corpus: AnyCorpus, given: Taxonomy) -> bool:
    return is_known(given.name) and corpus.taxonomy(given.name) == given
