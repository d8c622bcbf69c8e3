"""Writing a page: completely or not at all, and never over a file that is not a page."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from .._files import unwritable, write_bytes
from ..errors import InvalidArgument, quoted
from .page import KEY_MARKER
from .page_name import page_name

_HEAD_BYTES = 65_536


def save_page(html: str, key: str, out: Path | None = None) -> Path:
    """Write a page and return its path.

    Args:
        html: The page.
        key: The key of its window.
        out: The path; None for a name made of the key, in the current folder.

    Raises:
        InvalidArgument: The path has a file that is no page, or, without `out`, the page of another window.
        OSError: The page cannot be written.
    """
    path = Path(page_name(key)) if out is None else out
    if path.is_dir():
        raise InvalidArgument(f"out must be a file, got a folder; name a file in it: {quoted(path)}", path=str(path))
    if path.exists():
        existing = key_of(path)
        if existing is None:
            raise InvalidArgument(
                f"out must be new or the page of a window, got another file; name another path: {quoted(path)}",
                path=str(path),
            )
        if out is None and existing != key:
            raise InvalidArgument(
                f"out must be given here, got none and the page of window {existing!r}; name another path: {quoted(path)}",
                path=str(path),
                key=existing,
            )
    try:
        write_bytes(path, html.encode("utf-8", "replace"))
    except OSError as error:
        raise OSError(unwritable("the page", path, "free some space or name another file", error)) from error
    return path


def page_path(key: str, folder: Path) -> Path:
    """Return the path of the page of a window in a folder: a name made of its key."""
    return folder / page_name(key)


def is_page_of(path: Path, key: str) -> bool:
    """Return whether a path has the page of a window; a file that cannot be read is none."""
    try:
        return path.is_file() and key_of(path) == key
    except OSError:
        return False


def key_of(path: Path) -> str | None:
    """Return the window key of a page, or None for any other file."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode("utf-8", "replace")
    reader = _Head()
    reader.feed(head)
    return reader.key


class _Head(HTMLParser):
    key: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "meta" and attributes.get("name") == KEY_MARKER and self.key is None:
            self.key = attributes.get("content")
