"""Which item a key means, and which file holds its media."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..corpus import Clip, Corpus, Monologue
from ..errors import InvalidArgument, NoSuchItem


@dataclass(frozen=True, slots=True)
class ResolvedItem:
    """The item that a page is about, and its media.

    Attributes:
        key: The item's key.
        item: The item with its labels and text; None for a media file without a corpus.
        path: The path of the media; None if no media are available.
        absent: Why no media are available; empty if they are.
    """

    key: str
    item: Clip | Monologue | None = field(repr=False)
    path: str | None
    absent: str = ""


def resolve_item(name: str, corpora: Sequence[Corpus], files: Sequence[str]) -> ResolvedItem:
    """Return the item of a name among corpora and media files.

    Corpora give labels and text. A single file gives the media, whatever the name is. Of several files, the one with that
    name or path gives the media. Without such a file, the media are those that the corpus is linked to.

    Args:
        name: The key of an item, or the last part of a key.
        corpora: Corpora to search.
        files: Paths of media files.

    Raises:
        NoSuchItem: No corpus and no file has that name.
        InvalidArgument: Several items or files have that name.
    """
    items = [item for corpus in corpora for item in _items_of(corpus, name)]
    if len(items) > 1:
        raise InvalidArgument(
            f"item must be in one source, got {name!r} in {len(items)}; give only the source you mean", key=name
        )
    named = [file for file in files if name in (file, Path(file).name)]
    if len(named) > 1:
        raise InvalidArgument(
            f"item must name one file, got {name!r}, the name of {len(named)}; give one of them", key=name
        )
    file = named[0] if named else files[0] if len(files) == 1 else None
    if not items:
        if file is None or (corpora and not named):
            raise NoSuchItem(_unknown(name, corpora, files), key=name)
        return ResolvedItem(name or Path(file).name, None, file)
    item = items[0]
    if file is not None:
        return ResolvedItem(item.key, replace(item, path=file), file)
    if item.path is None:
        return ResolvedItem(item.key, item, None, "The item has no media available")
    if not Path(item.path).exists():
        absent = f"The item is linked to {item.path}, where there is no file"
        return ResolvedItem(item.key, replace(item, path=None), None, absent)
    return ResolvedItem(item.key, item, item.path)


def _items_of(corpus: Corpus, name: str) -> Iterator[Clip | Monologue]:
    with suppress(NoSuchItem):
        yield corpus.clips[name]
    with suppress(NoSuchItem):
        yield corpus.monologues[name]


def _unknown(name: str, corpora: Sequence[Corpus], files: Sequence[str]) -> str:
    known = [key for corpus in corpora for key in (*corpus.monologues.keys(), *corpus.clips.keys())]
    known += [Path(file).name for file in files]
    if not known:
        return f"there is no item {name!r}, the sources are empty; give a source that has it"
    return f"there is no item {name!r} among {len(known)}; give one of them, such as {', '.join(map(repr, known[:3]))}"
