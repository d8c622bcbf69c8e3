"""The options of opening a source, and its core reader in each process."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from typing import Literal

from .. import _core
from .._checks import as_integer
from ..errors import InvalidArgument, SourceNotFound, SourceUnreadable, escaped, quoted, short_repr
from .arguments import OnError, check_on_error, core_on_error, count
from .backend import check_device
from .sources import Source, core_source

_MAX_STREAM = 2**31 - 1
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[:/]")
"""How a URL begins, also in a `pathlib.Path`, which leaves out a slash, and in a chain of fsspec."""

TrackChoice = int | str | Literal[False] | None
"""A stream's index in the file, a language, False for no track, or None for the best that can be decoded."""


@dataclass(frozen=True, repr=False)
class OpenOptions:
    """How a source is opened; see `Media`."""

    video: TrackChoice = None
    audio: TrackChoice = None
    on_error: OnError = "raise"
    num_threads: int | None = None
    device: str | None = None

    def __repr__(self) -> str:
        return f"OpenOptions({', '.join(self.changed())})"

    def changed(self) -> list[str]:
        """Return those that are not the default, each as ``name=value``."""
        values = [(each, getattr(self, each.name)) for each in fields(self)]
        return [f"{each.name}={value!r}" for each, value in values if value != each.default]

    @classmethod
    def checked(
        cls, video: TrackChoice, audio: TrackChoice, on_error: OnError, num_threads: int | None, device: str | None
    ) -> OpenOptions:
        """Return the options.

        Raises:
            InvalidArgument: One of them is not allowed.
            ImportError: What the device needs is not installed.
        """
        check_on_error(on_error, '"mask" reads past damage and marks it')
        threads = count(num_threads, "num_threads", "leave it out for one decoder for each core")
        name = None if device is None else check_device(device)
        return cls(_track_choice(video, "video"), _track_choice(audio, "audio"), on_error, threads, name)


class OpenSource:
    """A source that is read through one core reader in each process."""

    def __init__(self, source: Source, options: OpenOptions, index: bytes | None, name: str | None = None) -> None:
        """Take a source; `name` is that of its pickle."""
        self.source, own_name = core_source(source)
        self.name = own_name if name is None else name
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
            reader = self._readers[os.getpid()] = self._open()
        return reader

    def _open(self) -> _core.Reader:
        kind, source = self.source
        try:
            return _core.Reader(
                # A view has all that the core asks of a buffer, also where the memory's own type leaves some out.
                (kind, memoryview(source) if kind == "bytes" else source),  # type: ignore[arg-type]
                name=escaped(self.name),
                video=self.options.video,
                audio=self.options.audio,
                on_error=core_on_error(self.options.on_error),
                num_threads=self.options.num_threads,
                index=self.index,
            )
        except (SourceNotFound, SourceUnreadable) as error:
            # A URL may be longer than a file name can be. A file of such a name may be there all the same.
            is_url = kind == "path" and _URL.match(self.name)
            if is_url and isinstance(source, bytes) and not os.path.lexists(source):
                raise SourceNotFound(
                    "there is no such file, and URLs are not opened; pass fsspec.open(url).open() for a URL: "
                    f"{quoted(self.name)}",
                    path=self.name,
                ) from error
            raise

    def close(self) -> None:
        """Close the reader of this process."""
        self.closed = True
        self._readers.pop(os.getpid(), None)

    def to_pickle(self) -> str | bytes:
        """Return the path, or a copy of the bytes, from which another process opens the source.

        Raises:
            TypeError: It is a file object.
        """
        kind, source = self.source
        if kind == "path" and isinstance(source, bytes):
            return os.fsdecode(source)
        if kind == "bytes":
            # Copies whatever has a buffer.
            return bytes(memoryview(source))  # type: ignore[arg-type]
        raise TypeError(
            f"a Media on a file object cannot be pickled; open it by path in the other process: {quoted(self.name)}"
        )


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
