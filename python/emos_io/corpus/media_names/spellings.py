"""How people and programs write the name of a media file: as a path, as a URL, as an upload of Label Studio."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from .suffixes import split_suffix

_SCHEME = re.compile(r"(?:file:|[A-Za-z][A-Za-z0-9+.-]+://)/*")
_UPLOAD = re.compile(r"([0-9a-f]{8})-(.+)", re.DOTALL)
_ELSEWHERE = re.compile(r"/|~|\.\./|[A-Za-z]:/")
_LABEL_STUDIO = re.compile(r"/?data/(?:upload|local-files)/")
_LOCAL_FILE = re.compile(r"[?&]d=([^&#]+)")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to read a name.

    Attributes:
        folders: The folders that it names, the outermost first.
        name: Its last part.
        upload: What Label Studio put before the name of an upload, else None.
        relative: Whether the folders begin within some folder of media, as far as one can see; else with a disk or a host.
        guessed: Whether a plain name was read as if it were a URL: an escape was resolved, or an end cut off.
    """

    folders: tuple[str, ...]
    name: str
    upload: str | None = None
    relative: bool = True
    guessed: bool = False


def spellings(name: str) -> list[Spelling]:
    r"""Return the ways to read a name, the most literal first; a later one counts only where no earlier one fits.

    Example:
        >>> [(each.folders, each.name) for each in spellings(r"C:\data\a.mp4")][-1]
        (('C:', 'data'), 'a.mp4')
        >>> [(each.folders, each.name) for each in spellings("/data/local-files/?d=films/a%20b.mp4")][-1]
        (('films',), 'a b.mp4')
        >>> [(each.folders, each.name) for each in spellings("/data/upload/2/0d93a737-a.mp4")][-1]
        ((), 'a.mp4')
    """
    found = [each for path, read in _paths(name).items() if (each := _parts(path, *read))]
    return list(dict.fromkeys([*found, *(own for each in found for own in _uploads(each))]))


def _paths(name: str) -> dict[str, tuple[bool, bool]]:
    """Return the paths that a name can stand for, with slashes; and of each whether it is relative, and guessed."""
    plain = name.strip().replace("\\", "/")
    has_scheme = _SCHEME.match(plain) is not None
    path = _SCHEME.sub("", plain, count=1)
    relative = not has_scheme and _ELSEWHERE.match(plain) is None
    found = dict.fromkeys((name, name.strip(), plain, path), (relative, False))
    is_url = has_scheme or _LABEL_STUDIO.match(plain) is not None
    if local := _LOCAL_FILE.search(path):
        found[local[1]] = (True, False)
    for sign in "?#":
        # A sign of URLs can be part of a name: what comes before it must be a name of media by itself.
        before = path.split(sign)[0]
        if before != path and split_suffix(before)[1]:
            found[before], path = (relative, not is_url), before
    for each, (inner, _) in [*found.items()]:
        try:
            found.setdefault(unquote(each, errors="strict"), (inner, not is_url))
        except UnicodeDecodeError:
            continue
    return found


def _parts(path: str, relative: bool, guessed: bool) -> Spelling | None:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    if not parts or path.endswith("/"):
        return None
    return Spelling(tuple(parts[:-1]), parts[-1], relative=relative, guessed=guessed)


def _uploads(spelling: Spelling) -> Iterator[Spelling]:
    """Yield the name that a file had before Label Studio took it; its folders are those of Label Studio."""
    folders = spelling.folders
    own = folders[:-1] if folders and folders[-1].isdecimal() else folders
    if own[-2:] == ("data", "upload"):
        yield Spelling((), spelling.name, guessed=spelling.guessed)
    if upload := _UPLOAD.fullmatch(spelling.name):
        yield Spelling(
            () if own[-1:] == ("upload",) else folders, upload[2], upload[1], spelling.relative, spelling.guessed
        )


def uploaded_name(name: str) -> str:
    """Return a name as Label Studio writes that of an upload: blanks become lines, other signs are dropped.

    Example:
        >>> uploaded_name("my clip (1).mp4")
        'my_clip_1.mp4'
    """
    return re.sub(r"[^-\w.]", "", name.strip().replace(" ", "_"))
