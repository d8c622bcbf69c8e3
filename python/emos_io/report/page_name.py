"""File names of pages, made from window keys."""

from __future__ import annotations

import hashlib
import re

_MAX_STEM_BYTES = 180


def page_name(key: str) -> str:
    """Return a file name for the page of a window key: no folder, not hidden, at most 185 bytes."""
    # Every character with a meaning to a shell or a file system becomes an underscore.
    name = re.sub(r"[^\w.+@ -]+", "_", key)
    if name[0] in ".-~ ":
        name = f"_{name}"
    raw = name.encode("utf-8", "replace")
    if len(raw) > _MAX_STEM_BYTES:
        digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
        name = f"{raw[: _MAX_STEM_BYTES - 13].decode('utf-8', 'ignore')}-{digest}"
    return f"{name}.html"
