"""Writing a page: whole or not at all, and over nothing but pages."""

from __future__ import annotations

import os
from html.parser import HTMLParser
from pathlib import Path

from ..errors import InvalidArgument
from .page import KEY_MARK
from .page_name import page_name

_HEAD_BYTES = 65_536


def save_page(page: str, key: str, out: Path | None = None) -> Path:
    """Write a page and return where it is.

    Args:
        page: HTML.
        key: Of its window.
        out: Where; None for a name made of the key, in the current folder.

    Raises:
        InvalidArgument: There is another file; without `out` the page of another key is one too.
        OSError: It cannot be written.
    """
    path = Path(page_name(key)) if out is None else out
    if path.is_dir():
        raise InvalidArgument(f"out is a folder; name a file: {str(path)!r}")
    if path.exists():
        held = key_of(path)
        if held is None:
            raise InvalidArgument(f"there is a file that is no page of a window; name another: {str(path)!r}")
        if out is None and held != key:
            raise InvalidArgument(f"there is the page of window {held!r}; name another file with out: {str(path)!r}")
    _write(path, page.encode("utf-8", "replace"))
    return path


def key_of(path: Path) -> str | None:
    """Return the key of the window whose page a file is, or None where it is another file."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode("utf-8", "replace")
    reader = _Head()
    reader.feed(head)
    return reader.key


class _Head(HTMLParser):
    key: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "meta" and told.get("name") == KEY_MARK and self.key is None:
            self.key = told.get("content")


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f".emos-show-{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        why = error.strerror or str(error)
        what = f"the page cannot be written ({why}); make room or name another file: {str(path)!r}"
        raise OSError(what) from error
