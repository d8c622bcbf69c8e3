"""The folder of the demo: what cannot be written there is one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..._files import unwritable
from ...errors import EmosError, SourceUnreadable


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Name the folder where the block cannot write.

    Raises:
        SourceUnreadable: The block raised a plain OSError.
    """
    try:
        yield
    except EmosError:
        raise
    except OSError as error:
        raise SourceUnreadable(
            unwritable("the folder", out, "choose another with --out", error), path=str(out)
        ) from error
