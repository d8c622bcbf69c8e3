"""Sources of media, the options of opening them, and the core reader of each process."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, Protocol

from .. import _core
from .._checks import as_integer
from ..errors import InvalidArgument, quoted, short_repr
from .arguments import OnError, check_on_error, core_on_error, count

CoreSource = tuple[Literal["path", "bytes", "file"], object]


_MAX_STREAM = 2**31 - 1


class BinaryFile(Protocol):
    """A file object with random access; its first byte has offset 0. Reading moves its position."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move the position and return it."""


Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryFile
TrackChoice = int | str | Literal[False] | None
"""A stream's index in the file, a language, False for no track, or None for FFmpeg's best stream."""


@dataclass(frozen=True, repr=False)
class OpenOptions:
    """How a source is opened; see `Media`."""

    video: TrackChoice = None
    audio: TrackChoice = None
    on_error: OnError = "raise"
    num_threads: int | None = None

    def __repr__(self) -> str:
        return f"OpenOptions({', '.join(self.changed())})"

    def changed(self) -> list[str]:
        """Return those that are not the default, each as ``name=value``."""
        values = [(each, getattr(self, each.name)) for each in fields(self)]
        return [f"{each.name}={value!r}" for each, value in values if value != each.default]

    @classmethod
    def checked(cls, video: TrackChoice, audio: TrackChoice, on_error: OnError, num_threads: int | None) -> OpenOptions:
        """Return the options.

        Raises:
            InvalidArgument: One of them is not allowed.
        """
        check_on_error(on_error, '"mask" reads past damage and marks it')
        threads = count(num_threads, "num_threads", "leave it out for one decoder for each core")
        return cls(_track_choice(video, "video"), _track_choice(audio, "audio"), on_error, threads)


class OpenSource:
    """A source that is read through one core reader in each process."""

    def __init__(self, source: Source, options: OpenOptions, index: bytes | None) -> None:
        self.source, self.name = _source(source)
        if index is not None and not isinstance(index, bytes):
            raise InvalidArgument(
                f"index must be bytes or None, got {short_repr(index)}; pass what save_index returned, or leave it out"
            )
        self.options, self.index = options, index
        self.closed = False
        self._readers: dict[int, _core.Reader] = {}

    def __repr__(self) -> str:
        return f"OpenSource({self.arguments_text()})"

    def arguments_text(self) -> str:
        """Return the name and the options for a `repr`."""
        return ", ".join([repr(self.name), *self.options.changed(), *(["closed"] if self.closed else [])])

    def reader(self) -> _core.Reader:
        """Return the core reader of this process, opening it where a fork or a pickle left none."""
        if self.closed:
            raise InvalidArgument(
                f"media must be open, got a closed one; open it again: {quoted(self.name)}", path=self.name
            )
        reader = self._readers.get(os.getpid())
        if reader is None:
            if self._readers and self.source[0] == "file":
                raise InvalidArgument(
                    "a file object must be read in the process that opened it, since both processes would move its one "
                    f"position; open the media in each process: {quoted(self.name)}",
                    path=self.name,
                )
            # The parent's reader stays in the table: it is never used here, and never dropped.
            reader = self._readers[os.getpid()] = _core.Reader(
                self.source,
                name=self.name,
                video=self.options.video,
                audio=self.options.audio,
                on_error=core_on_error(self.options.on_error),
                num_threads=self.options.num_threads,
                index=self.index,
            )
        return reader

    def close(self) -> None:
        """Close the reader of this process."""
        self.closed = True
        self._readers.pop(os.getpid(), None)

    def to_pickle(self) -> str | bytes:
        """Return the path or the bytes from which another process opens the source.

        Raises:
            TypeError: It is a file object.
        """
        kind, source = self.source
        if kind == "path" and isinstance(source, bytes):
            return os.fsdecode(source)
        if kind == "bytes" and isinstance(source, bytes | bytearray | memoryview):
            return bytes(source)
        raise TypeError(
            f"a Media on a file object cannot be pickled; open it by path in the other process: {quoted(self.name)}"
        )


def _source(source: Source) -> tuple[CoreSource, str]:
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        if not path:
            raise InvalidArgument(
                "source must be a path, bytes or a binary file object, got ''; give the path of a file"
            )
        if "\0" in path:
            raise InvalidArgument(f"source must be a path without a zero byte, got {short_repr(path)}; check the path")
        return ("path", os.fsencode(Path(path).absolute())), path
    if isinstance(source, bytes | bytearray | memoryview):
        return ("bytes", source), f"<{memoryview(source).nbytes} bytes>"
    if not isinstance(source, type) and hasattr(source, "read") and hasattr(source, "seek"):
        # Files of text have an encoding, also in the wrappers of tempfile and codecs.
        given: object = source
        if isinstance(given, io.TextIOBase) or hasattr(given, "encoding"):
            raise InvalidArgument(
                f'source must be a binary file object, got {short_repr(source)}; open it with mode "rb", or pass its path'
            )
        if getattr(source, "closed", False) is True:
            raise InvalidArgument(f"source must be open, got {short_repr(source)}, which is closed; open it again")
        if hasattr(source, "seekable") and not source.seekable():
            raise InvalidArgument(f"source must be seekable, got {short_repr(source)}; read it into bytes first")
        return ("file", source), _file_name(source)
    raise InvalidArgument(
        f"source must be a path, bytes or a binary file object, got {short_repr(source)}; a file object needs read and seek"
    )


def _file_name(source: BinaryFile) -> str:
    name = getattr(source, "name", None) or getattr(source, "path", None)
    return str(name) if isinstance(name, str) and name else f"<{type(source).__name__}>"


def _track_choice(value: TrackChoice, name: str) -> TrackChoice:
    if value is None or value is False or isinstance(value, str):
        return value
    number = as_integer(value)
    if number is None or not 0 <= number <= _MAX_STREAM:
        raise InvalidArgument(
            f"{name} must be a stream index, a language, False or None, got {short_repr(value)}; "
            "False reads no such track, None the best"
        )
    return number
