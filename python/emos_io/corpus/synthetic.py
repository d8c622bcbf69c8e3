"""Items and media that a program made: what is measured with them says nothing about real emotion.

```text
 item ──┬── attributes["synthetic"]           items that are made up, and saved ones whose media are
        └── path ──> manifest.json above it   media of `synthesize`, of whatever items
```
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

from .records import Clip, Monologue

SYNTHETIC = "synthetic"
"""The attribute of items that are made up, or whose media are; its value says how they were made."""
SYNTHETIC_REMARK = "synthetic: says nothing about real emotion"
"""What every report says that was made from such items."""
MANIFEST = "manifest.json"
"""The file of a folder of media that lists what `synthesize` made there."""
MADE_BY = "emos synthesize"
"""What that file says of itself, under ``made_by``."""


def is_synthetic(item: Clip | Monologue) -> bool:
    """Return whether an item is made up, or its media are.

    It has the attribute ``synthetic``, or a ``manifest.json`` of `synthesize` in a folder above its media lists them.

    Cost: without the attribute, a look for that file in each folder above the media; each manifest is parsed once.

    Example:
        >>> is_synthetic(Clip(key="a/1", source="a", language="en", attributes={"synthetic": "expressive"}))
        True
        >>> is_synthetic(Clip(key="a/1", source="a", language="en"))
        False
    """
    return bool(item.attributes.get(SYNTHETIC)) or (item.path is not None and is_synthetic_media(item.path))


def is_synthetic_media(path: str | os.PathLike[str]) -> bool:
    """Return whether `synthesize` made a media file: a ``manifest.json`` of it in a folder above lists the file.

    A file that was moved out of its folder is not found any more.
    """
    file = Path(path).resolve()
    for folder in file.parents:
        listed = _listed_in(folder)
        if file.relative_to(folder).as_posix() in listed:
            return True
    return False


def _listed_in(folder: Path) -> frozenset[str]:
    manifest = folder / MANIFEST
    try:
        stat = manifest.stat()
    except OSError:
        return frozenset()
    return _listed(str(manifest), stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _listed(manifest: str, _modified: int, _size: int) -> frozenset[str]:
    """Return the paths that a manifest lists; none where it is another program's."""
    try:
        found = json.loads(Path(manifest).read_bytes())
        if found.get("made_by") != MADE_BY:
            return frozenset()
        return frozenset(str(each["path"]) for each in found["items"].values())
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return frozenset()
