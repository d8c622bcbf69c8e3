"""DALI's threads do not survive a fork: the process that uses it first has it, and its forked children get an error."""

from __future__ import annotations

import os

from ...errors import InvalidArgument

_users: list[int] = []
"""The process that used DALI first: this one, or the one that it was forked from."""


def check_process(device: str, *, uses: bool) -> None:
    """Check that DALI would run here.

    Args:
        device: For the error.
        uses: It is used now: from here on, forked children get the error.

    Raises:
        InvalidArgument: This process was forked from one that had used DALI.
    """
    process = os.getpid()
    if _users and _users[0] != process:
        raise InvalidArgument(
            f"device must be used in the process that used DALI first, got {device!r} in a forked child of it, where DALI "
            'would wait for ever; start the child with "spawn", or use the device in children alone'
        )
    if uses and not _users:
        _users.append(process)
