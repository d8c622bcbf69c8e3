"""Which item of a corpus a vote is about: it names the key, the last part of it, or the media file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...corpus import Clip, CorpusData, Monologue


class EventItems:
    """The items of a corpus, by the names that votes give them; the name of a file may be without its suffix.

    Args:
        corpus: The corpus.

    Example:
        >>> from emos_io.corpus import Corpus
        >>> paths = {"own/talk": "clips/talk.mov", "own/walk": "a/walk.mov", "b/walk": "b/walk.mov"}
        >>> items = [Clip(key=key, source="own", language="en", path=path) for key, path in paths.items()]
        >>> found = EventItems(Corpus(items))
        >>> found.key("own/walk"), found.key("talk"), found.key("file:///C:/films/talk.mov"), found.key("walk.mov")
        ('own/walk', 'own/talk', 'own/talk', None)
        >>> found.why_unknown("walk.mov")
        "which is the name of 2 items, 'b/walk' and 'own/walk' first"
    """

    def __init__(self, corpus: CorpusData) -> None:
        self._items = {item.key: item for item in corpus}
        self._by_name: dict[str, set[str]] | None = None
        self._by_stem: dict[str, set[str]] = {}

    def key(self, name: str) -> str | None:
        """Return the key of the item of a name, or None where no item or several have it."""
        if name in self._items:
            return name
        found = self._named(name)
        return found[0] if len(found) == 1 else None

    def item(self, key: str) -> Clip | Monologue | None:
        """Return the item of a key, or None where there is none."""
        return self._items.get(key)

    def why_unknown(self, name: str) -> str:
        """Return why a name has no key."""
        found = self._named(name)
        if not found:
            return "which is not in the corpus"
        return f"which is the name of {len(found)} items, {found[0]!r} and {found[1]!r} first"

    def _named(self, name: str) -> list[str]:
        if self._by_name is None:
            self._by_name = {}
            for item in self._items.values():
                for each in _names(item):
                    self._by_name.setdefault(each, set()).add(item.key)
                for path in filter(None, (item.path, item.published_path)):
                    self._by_stem.setdefault(Path(path).stem, set()).add(item.key)
        # Annotation tools write paths of other machines.
        file = name.replace("\\", "/").rsplit("/", 1)[-1]
        keys = self._by_name.get(name) or (self._by_name.get(file) if Path(file).suffix else None)
        return sorted(keys or self._by_stem.get(name, set()))


def _names(item: Clip | Monologue) -> Iterator[str]:
    """Yield what an item may be called: the last part of its key, and the paths and names of its media."""
    yield item.key.split("/", 1)[-1]
    for path in filter(None, (item.path, item.published_path)):
        yield path
        yield Path(path).name
