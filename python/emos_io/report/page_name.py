"""Names of pages, made from keys of windows."""

from __future__ import annotations

import hashlib
import re

_LONGEST_NAME_BYTES = 180


def page_name(key: str) -> str:
    """Return a file name for the page of a key: no folder, nothing hidden, at most 185 bytes."""
    # Everything that a shell or a file system could take for something else becomes a line.
    name = re.sub(r"[^\w.+@ -]+", "_", key)
    if name[0] in ".-~ ":
        name = f"_{name}"
    raw = name.encode("utf-8", "replace")
    if len(raw) > _LONGEST_NAME_BYTES:
        digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
        name = f"{raw[: _LONGEST_NAME_BYTES - 13].decode('utf-8', 'ignore')}-{digest}"
    return f"{name}.html"
