"""Exact, synchronised audio-video windows, and the emotion labels that belong to them.

Example:
    >>> import emos_io
    >>> emos_io.Span(2, 6).duration
    Fraction(4, 1)
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .corpus import Corpus
    from .errors import (
        CorpusError,
        DecodeError,
        EmosError,
        FrameIndexError,
        InvalidArgument,
        InvalidSpan,
        NoSuchItem,
        NoSuchTrack,
        OutOfSync,
        ReadTimeout,
        RequestsSpent,
        SourceChanged,
        SourceNotFound,
        SourceUnreadable,
        TimeOutOfRange,
        TooLarge,
        UnsupportedCodec,
    )
    from .media import (
        AudioSamples,
        AudioTrack,
        Media,
        Metadata,
        Timeline,
        Track,
        VideoFrames,
        VideoTrack,
        Window,
        WindowStream,
    )
    from .pipes import (
        AudioSpec,
        Collate,
        VideoSpec,
        WindowBatch,
        WindowDataset,
        WindowLoader,
        WindowSample,
        media_durations,
    )
    from .plan import LabelRule, Windowing, WindowPlan
    from .spans import Span

__version__: str
"""The version of the installed package, as Cargo.toml states it."""

_ROOMS: dict[str, tuple[str, ...]] = {
    "adapters": (),
    "corpus": ("Corpus",),
    "errors": (
        "CorpusError",
        "DecodeError",
        "EmosError",
        "FrameIndexError",
        "InvalidArgument",
        "InvalidSpan",
        "NoSuchItem",
        "NoSuchTrack",
        "OutOfSync",
        "ReadTimeout",
        "RequestsSpent",
        "SourceChanged",
        "SourceNotFound",
        "SourceUnreadable",
        "TimeOutOfRange",
        "TooLarge",
        "UnsupportedCodec",
    ),
    "evaluation": (),
    "formats": (),
    "media": (
        "AudioSamples",
        "AudioTrack",
        "Media",
        "Metadata",
        "Timeline",
        "Track",
        "VideoFrames",
        "VideoTrack",
        "Window",
        "WindowStream",
    ),
    "pipes": (
        "AudioSpec",
        "Collate",
        "VideoSpec",
        "WindowBatch",
        "WindowDataset",
        "WindowLoader",
        "WindowSample",
        "media_durations",
    ),
    "plan": ("LabelRule", "Windowing", "WindowPlan"),
    "spans": ("Span",),
}
"""The rooms of the package, and the names of each that stand here; a room is imported when somebody first asks for it."""

if not TYPE_CHECKING:
    _ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

    def __getattr__(name):
        # Nothing is imported before it is used: the command line is quick, and answers Ctrl-C while it imports the rest.
        if name in _ROOMS or name in _ROOM_OF:
            from importlib import import_module

            room = import_module(f".{_ROOM_OF.get(name, name)}", __name__)
            value = room if name in _ROOMS else getattr(room, name)
            globals()[name] = value
            return value
        if name == "__version__":
            from importlib.metadata import PackageNotFoundError, version

            try:
                return version("emos-io")
            except PackageNotFoundError as error:
                raise AttributeError("emos-io is not installed, so it has no version; install it") from error
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), *_ROOMS, *_ROOM_OF, "__version__"})


__all__ = [
    "AudioSamples",
    "AudioSpec",
    "AudioTrack",
    "Collate",
    "Corpus",
    "CorpusError",
    "DecodeError",
    "EmosError",
    "FrameIndexError",
    "InvalidArgument",
    "InvalidSpan",
    "LabelRule",
    "Media",
    "Metadata",
    "NoSuchItem",
    "NoSuchTrack",
    "OutOfSync",
    "ReadTimeout",
    "RequestsSpent",
    "SourceChanged",
    "SourceNotFound",
    "SourceUnreadable",
    "Span",
    "TimeOutOfRange",
    "Timeline",
    "TooLarge",
    "Track",
    "UnsupportedCodec",
    "VideoFrames",
    "VideoSpec",
    "VideoTrack",
    "Window",
    "WindowBatch",
    "WindowDataset",
    "WindowLoader",
    "WindowPlan",
    "WindowSample",
    "WindowStream",
    "Windowing",
    "media_durations",
]
