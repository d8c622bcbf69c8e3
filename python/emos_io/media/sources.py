"""What a source of media is, in the form that the core takes, and its name."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import InvalidArgument, short_repr

CoreSource = tuple[Literal["path", "bytes", "file"], object]

_BYTES = ("B", "c")
"""Formats of the buffer protocol for bytes without a sign."""
_BYTE_ORDER = "@=<>!"


class BinaryFile(Protocol):
    """A file object with random access; its first byte has offset 0. Reading moves its position."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move the position and return it."""


class ByteBuffer(Protocol):
    """An object of the buffer protocol, such as a bytearray, a memoryview, an mmap or an `array.array`."""

    def __buffer__(self, flags: int, /) -> memoryview:
        """Return a view of its memory."""


class ByteArray(Protocol):
    """An array that numpy can look at, such as a CPU tensor of torch."""

    def __array__(self) -> npt.NDArray[np.uint8]:
        """Return its items as an array of numpy."""


Source = str | os.PathLike[str] | os.PathLike[bytes] | bytes | ByteBuffer | ByteArray | BinaryFile


def core_source(source: Source) -> tuple[CoreSource, str]:
    """Return a source as the core takes it, and its name.

    Raises:
        InvalidArgument: It is no source.
    """
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        return ("path", _absolute(path)), path
    given: object = source
    if getattr(given, "closed", False) is True:
        raise InvalidArgument(f"source must be open, got {short_repr(source)}, which is closed; open it again")
    memory = _memory(given)
    if memory is not None:
        return ("bytes", memory.owner), f"<{memory.num_bytes} bytes>"
    if not isinstance(given, type) and hasattr(given, "read") and hasattr(given, "seek"):
        # Files of text have an encoding, also in the wrappers of tempfile and codecs.
        if isinstance(given, io.TextIOBase) or hasattr(given, "encoding"):
            raise InvalidArgument(
                f'source must be a binary file object, got {short_repr(source)}; open it with mode "rb", or pass its path'
            )
        if hasattr(given, "seekable") and not given.seekable():
            raise InvalidArgument(f"source must be seekable, got {short_repr(source)}; read it into bytes first")
        return ("file", given), _file_name(given)
    raise InvalidArgument(
        f"source must be a path, bytes or a binary file object, got {short_repr(source)}; a file object needs read and seek"
    )


def _absolute(path: str) -> bytes:
    if not path:
        raise InvalidArgument("source must be a path, bytes or a binary file object, got ''; give the path of a file")
    if "\0" in path:
        raise InvalidArgument(f"source must be a path without a zero byte, got {short_repr(path)}; check the path")
    try:
        return os.fsencode(Path(path).absolute())
    except UnicodeEncodeError as error:
        raise InvalidArgument(
            f"source must be a path in the encoding of the file system, got {short_repr(path)}; check the path"
        ) from error


class _Memory(NamedTuple):
    """An object of the buffer protocol, and how long its memory is."""

    owner: object
    num_bytes: int


def _memory(source: object) -> _Memory | None:
    """Return the memory that holds the bytes of a source; None where the source is no memory."""
    if isinstance(source, type):
        return None
    try:
        view = memoryview(source)  # type: ignore[arg-type]
    except (TypeError, ValueError, BufferError):
        # numpy has types that are no buffers, such as dates. A tensor is no buffer, but has an array.
        if not hasattr(source, "__array__"):
            return None
        return _array(source)
    with view:
        is_bytes = view.ndim == 1 and view.itemsize == 1 and view.format.lstrip(_BYTE_ORDER) in _BYTES
        # Who gives a view of an array means its bytes. An array itself may as well be decoded frames.
        if not is_bytes and not isinstance(source, memoryview):
            raise _wrong_memory(_described(source, view))
        if not view.c_contiguous:
            raise _wrong_memory(f"{_described(source, view)} in strides")
        return _Memory(source, view.nbytes)


def _array(source: object) -> _Memory:
    try:
        array = np.asarray(source)
    except Exception as error:
        # Tensors of another device.
        raise InvalidArgument(
            f"source must be memory of the CPU, got {short_repr(source)}; copy it there first"
        ) from error
    if array.dtype != np.uint8 or array.ndim != 1:
        raise _wrong_memory(f"{array.dtype}{list(array.shape)}")
    if not array.flags.c_contiguous:
        raise _wrong_memory(f"uint8{list(array.shape)} in strides")
    return _Memory(array, array.nbytes)


def _described(source: object, view: memoryview) -> str:
    kind = str(source.dtype) if isinstance(source, np.ndarray) else f"items of format {view.format!r} "
    return f"{kind}{list(view.shape or ())}"


def _wrong_memory(got: str) -> InvalidArgument:
    return InvalidArgument(
        f"source must be contiguous memory of bytes, uint8[N], got {got}; give the bytes of the file alone"
    )


def _file_name(source: object) -> str:
    name = getattr(source, "name", None) or getattr(source, "path", None)
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    return name if isinstance(name, str) and name else f"<{type(source).__name__}>"
