"""Which item a key means, and which file holds its media."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ..corpus import Clip, Corpus, Monologue
from ..errors import InvalidArgument, NoSuchItem


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a page is about.

    Attributes:
        key: Of the item.
        item: With labels and text, or None for a file alone.
        path: Of the media, or None where none are at hand.
        absent: Why none are at hand; empty where they are.
    """

    key: str
    item: Clip | Monologue | None
    path: str | None
    absent: str = ""


def choose(name: str, corpora: Sequence[Corpus], files: Sequence[str]) -> Chosen:
    """Return the item of a name among corpora and media files.

    Corpora give labels and text. One file alone gives the media, whatever the name; of several that one does whose name or
    path is asked for. Without such a file the media are those that the corpus is linked to.

    Args:
        name: Key of an item, or the last part of one.
        corpora: What has labels.
        files: Media files.

    Raises:
        NoSuchItem: Neither a corpus nor a file has that name.
        InvalidArgument: Several have it.
    """
    items = [item for corpus in corpora for item in _items_of(corpus, name)]
    if len(items) > 1:
        raise InvalidArgument(f"item {name!r} is in the sources {len(items)} times; give the source that is meant")
    named = [file for file in files if name in (file, Path(file).name)]
    if len(named) > 1:
        raise InvalidArgument(f"item {name!r} is the name of {len(named)} files; give one of them")
    file = named[0] if named else files[0] if len(files) == 1 else None
    if not items:
        if file is None or (corpora and not named):
            raise NoSuchItem(_unknown(name, corpora, files))
        return Chosen(name or Path(file).name, None, file)
    item = items[0]
    if file is not None:
        return Chosen(item.key, replace(item, path=file), file)
    if item.path is None:
        return Chosen(item.key, item, None, "The item has no media at hand")
    if not Path(item.path).exists():
        gone = f"The item is linked to {item.path}, where there is no file"
        return Chosen(item.key, replace(item, path=None), None, gone)
    return Chosen(item.key, item, item.path)


def _items_of(corpus: Corpus, name: str) -> Iterator[Clip | Monologue]:
    with suppress(NoSuchItem):
        yield corpus.clips[name]
    with suppress(NoSuchItem):
        yield corpus.monologues[name]


def _unknown(name: str, corpora: Sequence[Corpus], files: Sequence[str]) -> str:
    known = [key for corpus in corpora for key in (*corpus.monologues.keys(), *corpus.clips.keys())]
    known += [Path(file).name for file in files]
    return f"item {name!r} was asked for; there are {len(known)}, such as {', '.join(map(repr, known[:3]))}"
