"""The taxonomies of one corpus: each name once, none of the package's, no maps in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .._checks import is_sequence
from ..errors import InvalidArgument, short_repr
from .records import Monologue
from .taxonomies import Taxonomy, is_known, known_names, taxonomy
from .taxonomy_checks import check_no_package_name


def checked_taxonomies(taxonomies: Iterable[Taxonomy]) -> tuple[Taxonomy, ...]:
    """Return taxonomies of somebody's own, each once; those of the package are left out.

    Raises:
        InvalidArgument: One is no taxonomy, or has the name of one of the package and is another; two of one name differ; or
            maps lead in a circle.
    """
    if not is_sequence(taxonomies):
        raise InvalidArgument(
            f"taxonomies must be a list of taxonomies, got {short_repr(taxonomies)}; read each with read_taxonomy"
        )
    found: dict[str, Taxonomy] = {}
    for each in taxonomies:
        if not isinstance(each, Taxonomy):
            raise InvalidArgument(
                f"taxonomies must be of type Taxonomy, got {short_repr(each)}; read one with read_taxonomy"
            )
        if is_known(each.name) and each == taxonomy(each.name):
            continue
        check_no_package_name(each.name, known_names())
        if found.setdefault(each.name, each) != each:
            raise InvalidArgument(
                f"a corpus must have one taxonomy of a name, got two of {each.name!r} whose content differs; rename one"
            )
    _check_no_circle(found)
    return tuple(found.values())


def _check_no_circle(found: dict[str, Taxonomy]) -> None:
    """Follow the maps of each taxonomy; a name that is met again on the way is a circle."""
    done: set[str] = set()
    for start in found:
        # Names on the way, each with the names that are still to be followed from it.
        way = [(start, iter(found[start].maps))]
        while way:
            name, others = way[-1]
            other = next((each for each in others if each in found and each not in done), None)
            if other is None:
                done.add(name)
                way.pop()
            elif other in (names := [each for each, _ in way]):
                steps = " -> ".join([*names[names.index(other) :], other])
                raise InvalidArgument(
                    f"maps must not lead back to where they began, got {steps}; remove one of these maps"
                )
            else:
                way.append((other, iter(found[other].maps)))


def with_single_layers(monologues: Sequence[Monologue], taxonomies: Sequence[Taxonomy]) -> list[Monologue] | None:
    """Return monologues that know the layers of these taxonomies that take one label at once; None where all of them do."""
    single = [each.name for each in taxonomies if not each.multiple]
    if all(name in each.single_layers for name in single for each in monologues):
        return None
    return [replace(each, single_layers=tuple(dict.fromkeys([*each.single_layers, *single]))) for each in monologues]
