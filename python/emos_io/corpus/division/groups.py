"""Which items belong together: the groups that a split keeps on one side, and which of them it did keep there."""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...errors import InvalidArgument, short_repr
from ..records import Clip, Monologue

GROUPS = ("film", "dialogue", "video")
"""Kinds of groups that the published corpora have; items without one are groups of their own."""
MIN_SHARED_TEXT = 24
"""Letters from which the same text twice means the same recording rather than a common phrase."""
_PUBLISHED_MONOLOGUES = "streaming"
"""The first part of the keys of published monologues."""
_OWN_DATA = "folder"
"""The first part of the keys of a person's own data, whose reader knows neither titles nor videos but the file."""

Item = Clip | Monologue


class GroupFacts(NamedTuple):
    """What a division did to the groups of all kinds that the items have.

    Attributes:
        disjoint: Kinds of which no group lies on two sides.
        divided: Kinds of which a group lies on two sides or more.
        ungrouped: Items in no group but that of their own file.
    """

    disjoint: tuple[str, ...]
    divided: tuple[str, ...]
    ungrouped: int


def groups_of(item: Item) -> dict[str, tuple[str, ...]]:
    """Return the names of an item's groups by kind, one or more each; a name that is empty is none.

    A monologue is of its film. The speaker of a clip is a group, also where `Clip.group` does not list it. So are all the
    speakers of a monologue's utterances, save in the published ones (``streaming/``), whose speakers are guesses.
    """
    found: dict[str, tuple[str, ...]] = {
        kind: (str(name),) for kind, name in item.group.items() if name is not None and str(name).strip()
    }
    if isinstance(item, Monologue):
        found.setdefault("film", (item.title,))
        guessed = item.key.partition("/")[0] == _PUBLISHED_MONOLOGUES
        speakers = (
            () if guessed else tuple(each.speaker for each in item.utterances if each.speaker and each.speaker.strip())
        )
        if speakers:
            found["speaker"] = tuple(dict.fromkeys((*found.get("speaker", ()), *speakers)))
    elif item.speaker and item.speaker.strip():
        found.setdefault("speaker", (item.speaker,))
    return found


def one_group_of(item: Item, kind: str) -> str | None:
    """Return the name of an item's group of a kind, or None.

    Raises:
        InvalidArgument: It has several.
    """
    names = groups_of(item).get(kind, ())
    if len(names) > 1:
        raise InvalidArgument(
            f"by must be a kind of which each item has one name, got {kind!r}, of which {item.key!r} has {len(names)}, such as "
            f"{names[0]!r} and {names[1]!r}; take folds of groups that share them, with k= and by=[{kind!r}]",
            key=item.key,
        )
    return names[0] if names else None


def source_of(item: Item, kind: str) -> str:
    """Return within what names of groups count: two sources may give two people one name, but a film has one title."""
    if kind == "film":
        return ""
    return item.source if isinstance(item, Clip) else item.key.partition("/")[0]


def is_file(item: Item, kind: str, name: str) -> bool:
    """Return whether a group is the file itself, as a folder of media without group columns gives it."""
    source, _, own = item.key.partition("/")
    if kind == "film":
        return isinstance(item, Monologue) and source == _OWN_DATA and name == item.name
    return kind == "video" and name in (own, item.key)


def count_kinds(items: Iterable[Item]) -> dict[str, int]:
    """Return how many items have each kind of group, by kind; those of `GROUPS` first."""
    counts = Counter(kind for item in items for kind in groups_of(item))
    names = [kind for kind in GROUPS if kind in counts] + sorted(set(counts) - set(GROUPS))
    return {kind: counts[kind] for kind in names}


def checked_kinds(by: object, items: Sequence[Item]) -> tuple[str, ...]:
    """Return the kinds of groups that a division keeps together; for None those of `GROUPS`, and all that items list.

    Raises:
        InvalidArgument: It is no sequence of kinds, or items lack a kind that is none of `GROUPS`.
    """
    if by is None:
        kinds = {kind for item in items for kind in _own_groups(item)}
        return (*GROUPS, *sorted(kinds - set(GROUPS)))
    counts = count_kinds(items)
    allowed = tuple(dict.fromkeys((*GROUPS, *counts)))
    if isinstance(by, str | bytes) or not isinstance(by, Iterable):
        raise InvalidArgument(
            f"by must be a sequence of names, got {short_repr(by)}; give a list with any of {', '.join(allowed)}"
        )
    kinds_given = tuple(by)
    for kind in kinds_given:
        checked_kind(kind, allowed, counts, items)
    return kinds_given


def checked_kind(kind: object, allowed: Sequence[str], counts: Mapping[str, int], items: Sequence[Item]) -> str:
    """Return one kind of group.

    Raises:
        InvalidArgument: It is not among those allowed, or items lack it and it is none of `GROUPS`.
    """
    if not isinstance(kind, str) or kind not in allowed:
        have = ", ".join(f"{name} ({count})" for name, count in counts.items()) or "none"
        raise InvalidArgument(
            f"by must be of {', '.join(allowed)}, got {short_repr(kind)}; correct or remove it, the items have {have}"
        )
    lacking = [item.key for item in items if kind not in groups_of(item)]
    if lacking and kind not in GROUPS:
        raise InvalidArgument(
            f"by must be kinds of groups that all items have, got {kind!r}, which {len(lacking)} of {len(items)} lack, such as "
            f"{lacking[0]!r}; give these a group of that kind, or leave them out with Corpus.with_items",
            key=lacking[0],
        )
    return kind


def make_groups(items: Sequence[Item], by: Sequence[str], *, by_default: bool) -> list[list[str]]:
    """Return keys of items that stay together: items that share any group are in one, as are all groups of an item.

    Args:
        items: The items.
        by: Kinds of groups.
        by_default: The kinds are those for None: of clips with groups the speaker's name counts only where it is one of them.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for item in items:
        own = f"key:{item.key}"
        for name in _group_names(item, by, by_default):
            first, second = sorted((root(own), root(name)))
            parent[second] = first
    groups: dict[str, list[str]] = defaultdict(list)
    for item in items:
        groups[root(f"key:{item.key}")].append(item.key)
    return list(groups.values())


def dealing_order(groups: Iterable[list[str]], seed: int) -> list[list[str]]:
    """Return groups from the largest to the smallest; of one size, shuffled by SHA-256 of seed and group."""
    return sorted(groups, key=lambda keys: (-len(keys), _random_number(seed, min(keys))))


def group_facts(items: Iterable[Item], sides: Mapping[str, object]) -> GroupFacts:
    """Return what a division did to groups.

    Args:
        items: The items.
        sides: On which side each item is, by key; items of no side are left out.
    """
    found: dict[tuple[str, str, str], set[object]] = defaultdict(set)
    ungrouped = 0
    for item in (each for each in items if each.key in sides):
        own = [(kind, name) for kind, name in _pairs(groups_of(item)) if not is_file(item, kind, name)]
        ungrouped += not own
        for kind, name in own:
            found[kind, source_of(item, kind), name].add(sides[item.key])
    kinds = sorted({kind for kind, _, _ in found})
    divided = {kind for (kind, _, _), touched in found.items() if len(touched) > 1}
    return GroupFacts(
        tuple(kind for kind in kinds if kind not in divided),
        tuple(kind for kind in kinds if kind in divided),
        ungrouped,
    )


def _pairs(groups: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    return ((kind, name) for kind, names in groups.items() for name in names)


def _own_groups(item: Item) -> dict[str, tuple[str, ...]]:
    """Return the groups that are kept together by default.

    A published clip of a dialogue has a speaker too, who speaks in hundreds of them: that kind must be asked for.
    """
    found = groups_of(item)
    listed = any(kind != "speaker" and not is_file(item, kind, name) for kind, name in _pairs(found))
    if listed and isinstance(item, Clip) and "speaker" not in item.group:
        found.pop("speaker", None)
    return found


def _group_names(item: Item, by: Sequence[str], by_default: bool) -> Iterator[str]:
    found = _own_groups(item) if by_default else groups_of(item)
    yield from (f"{kind}:{source_of(item, kind)}:{name}" for kind, name in _pairs(found) if kind in by)
    if isinstance(item, Monologue):
        return
    seconds = [item.attributes.get(name) for name in ("season", "episode", "start", "end")]
    if None not in seconds:
        yield f"seconds:{seconds}"
    letters = "".join(char for char in item.text.casefold() if char.isalnum())
    if len(letters) >= MIN_SHARED_TEXT:
        # Actors say one sentence each: of two speakers, one text is two recordings.
        speaker = item.group.get("speaker", "")
        yield f"text:{speaker}:{letters}"


def _random_number(seed: int, key: str) -> float:
    digest = hashlib.sha256(f"{seed}:{key}".encode(errors="surrogatepass")).digest()
    return random.Random(int.from_bytes(digest[:8])).random()
