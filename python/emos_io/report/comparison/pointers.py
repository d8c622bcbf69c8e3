"""Paths into JSON, by which numbers of a corpus and of its raters are found."""

from __future__ import annotations


def pointer(*parts: str | int) -> str:
    """Return the path of a value in a JSON object, as JSON Pointer writes it.

    Source: P. Bryan, K. Zyp, M. Nottingham, JavaScript Object Notation (JSON) Pointer, RFC 6901 (2013), section 3.

    Example:
        >>> pointer("panels", 0, "a/b")
        '/panels/0/a~1b'
    """
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
