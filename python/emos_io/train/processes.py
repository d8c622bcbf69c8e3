"""Which process this is of those that train together, as torchrun and ``accelerate launch`` say it."""

from __future__ import annotations

import os


def num_processes() -> int:
    """Return how many processes train together.

    Example:
        >>> num_processes()
        1
    """
    return int(os.environ.get("WORLD_SIZE", "1"))


def process_number() -> int:
    """Return which of them this is, from 0; the first one writes the run.

    Example:
        >>> process_number()
        0
    """
    return int(os.environ.get("RANK", "0"))
