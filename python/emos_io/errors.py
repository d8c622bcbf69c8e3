"""What can go wrong. Every error is an `EmosError` and the builtin that says the same."""


class EmosError(Exception):
    """The base of every error of emos-io.

    Attributes:
        ffmpeg_message: The last line that FFmpeg logged about it, or None.
    """

    ffmpeg_message: str | None = None


class SourceNotFound(EmosError, FileNotFoundError):
    """There is no such file."""


class SourceUnreadable(EmosError, OSError):
    """The source cannot be read, or holds nothing that FFmpeg understands."""


class SourceChanged(EmosError, OSError):
    """The source is no longer what was indexed."""


class UnsupportedCodec(EmosError, RuntimeError):
    """This FFmpeg has no decoder for the track."""


class ReadTimeout(EmosError, TimeoutError):
    """A read took longer than it may; what it waits for is left behind."""


class DecodeError(EmosError, RuntimeError):
    """Coded data is damaged, and `on_error` is "raise"."""


class NoSuchTrack(EmosError, ValueError):
    """The media has no such track, or it was turned off."""


class TimeOutOfRange(EmosError, ValueError):
    """A time lies outside of the track's ``[start, end)``."""


class FrameIndexError(EmosError, IndexError):
    """There is no frame of that number."""


class InvalidArgument(EmosError, ValueError):
    """An argument is not allowed."""


class InvalidSpan(InvalidArgument):
    """A span does not end after its start."""


class TooLarge(EmosError, ValueError):
    """The answer would be larger than the limit; nothing was allocated."""


class NoSuchItem(EmosError, KeyError):
    """The corpus has no item of that key."""

    def __str__(self) -> str:
        # A KeyError would show its text in quotes.
        return str(self.args[0]) if self.args else ""


class CorpusError(EmosError, ValueError):
    """Annotation files are not what they should be, and the reader is strict or cannot go on."""
