"""The folder of the demo: what cannot be written there is one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import EmosError, SourceUnreadable, quoted


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
            f"the folder cannot be written ({error.strerror or error}); choose another with --out: {quoted(out)}",
            path=str(out),
        ) from error
