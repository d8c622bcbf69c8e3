"""An opened source: what is known of it without reading, how it travels to other processes, and its end."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Self, TypeVar

import numpy as np

from .metadata import Metadata, Timeline, metadata_of
from .opening import OpenOptions, OpenSource

_Opened = TypeVar("_Opened", bound="OpenMedia")
_State = tuple[str | bytes, str, OpenOptions, bytes | None]


class OpenMedia:
    """What a `Media` is before anything is read of it."""

    def __init__(self, opened: OpenSource) -> None:
        self._begin(opened)

    def _begin(self, opened: OpenSource) -> None:
        """Take a source: that of a new Media, or of one that comes out of a pickle."""
        self._opened = opened
        self._metadata: Metadata | None = None
        opened.reader()

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[type[Self], *_State]]:
        opened = self._opened
        source = opened.to_pickle()
        index = opened.index
        if index is None and not opened.closed and self.metadata.index_source == "scan":
            index = self.save_index()
        return (_reopen, (type(self), source, opened.name, opened.options, index))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._opened.arguments_text()})"

    def close(self) -> None:
        """Close the file. Arrays that were read stay valid. Closing twice is fine."""
        self._opened.close()

    @property
    def metadata(self) -> Metadata:
        """The file's tracks, with exact counts, rates and times, and its warnings. Costs nothing after opening."""
        if self._metadata is None:
            self._metadata = metadata_of(self._opened.reader().metadata(), self._opened.name)
        return self._metadata

    @property
    def timeline(self) -> Timeline:
        """Every frame's pts, duration and key flag in display order, without decoding.

        Raises:
            NoSuchTrack: There is no video track.
            TooLarge: The ticks of the track do not fit in 64 bits; `VideoFrames.times` has exact times of frames.
        """
        pts, duration, key, time_base = self._opened.reader().timeline()
        return Timeline(
            pts=np.frombuffer(memoryview(pts), dtype=np.int64),
            duration=np.frombuffer(memoryview(duration), dtype=np.int64),
            key=np.frombuffer(memoryview(key), dtype=np.bool_),
            time_base=Fraction(*time_base),
        )

    @property
    def counters(self) -> dict[str, int]:
        """What was decoded in this process since opening.

        ``frames_decoded`` came out of decoders, ``frames_delivered`` were converted to RGB, ``packets_skipped`` were not
        decoded because nobody wanted their frames and no other frame refers to them, ``audio_packets_decoded`` were sent
        to decoders.
        """
        return self._opened.reader().counters()

    def save_index(self) -> bytes:
        """Return the index of the file, for `Media(source, index=...)` in other processes and in later runs.

        Raises:
            TooLarge: Memory ran out.
            InvalidArgument: The Media is closed.
        """
        return self._opened.reader().save_index()


def _reopen(kind: type[_Opened], source: str | bytes, name: str, options: OpenOptions, index: bytes | None) -> _Opened:
    media = kind.__new__(kind)
    media._begin(OpenSource(source, options, index, name))
    return media
