"""The decoder of each device: one of a process."""

from __future__ import annotations

import os
import threading

from .dali.dali_decoder import DaliDecoder
from .dali.processes import check_process
from .decoder import DeviceDecoder
from .devices import DeviceName, check_device, check_ready

_decoders: dict[DeviceName, DaliDecoder] = {}
_lock = threading.Lock()


def open_decoder(device: str) -> DeviceDecoder:
    """Return the decoder of a device, the same one for each call in a process. Nothing of DALI is imported yet.

    Args:
        device: ``"cuda"``, ``"cuda:N"`` or ``"dali-cpu"``.

    Raises:
        InvalidArgument: There is no such device, or no driver for it, or this is a forked child of a process that used DALI.
        ImportError: DALI is not installed.
    """
    name = check_device(device)
    check_process(name, uses=False)
    check_ready(name)
    with _lock:
        if name not in _decoders:
            _decoders[name] = DaliDecoder(name)
        return _decoders[name]


def _in_child() -> None:
    """Give a forked child a lock that nobody has. Its decoders stay: they raise there."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_in_child)
