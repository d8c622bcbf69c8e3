"""What a verb of a recipe says where media are damaged: the recipe decides, and what needs the file cannot go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import DecodeError, SourceUnreadable

_OF_FILES = 'open with on_error="mask" to read past damage'
"""What readers advise to those who open a file themselves."""


@contextmanager
def damage_is_unreadable(advice: str) -> Iterator[None]:
    """Raise `SourceUnreadable` for a `DecodeError` within the block, with advice for those who have a recipe.

    Args:
        advice: What they can do, as ``"leave it out"``.
    """
    try:
        yield
    except DecodeError as error:
        text = str(error)
        found = SourceUnreadable(
            text.replace(_OF_FILES, advice), path=error.path, span=error.span, index=error.index, key=error.key
        )
        found.ffmpeg_message = error.ffmpeg_message
        raise found from error
