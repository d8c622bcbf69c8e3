"""`register_backend`: qwen-omni-utils and qwen-vl-utils read files, and ``path#t=start,end``, through this package.

```text
 media_fragments.py   path#t=start,end
 qwen_elements.py     which seconds of which file an element asks for
 qwen_frames.py       its frames, behind their VIDEO_READER_BACKENDS
 qwen_audio.py        its samples, behind their process_audio_info
```
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, MutableMapping
from importlib import import_module, metadata
from types import ModuleType
from typing import Literal, Protocol, Self, cast

from .._checks import choice
from .._install import install
from ..errors import EmosError
from .qwen_audio import AudioReader, audio_reader
from .qwen_elements import Element, Pad, QwenOptions, SilentAudio, ask_of, check_source, close_files, local_file
from .qwen_frames import BACKEND, Limits, VideoRead, read_frames
from .versions import tested

_VISION = {
    "qwen_omni_utils": "qwen_omni_utils.v2_5.vision_process",
    "qwen_vl_utils": "qwen_vl_utils.vision_process",
}
"""Where each library reads videos."""
_AUDIO = "qwen_omni_utils.v2_5.audio_process"
_AUDIO_NAME, _VIDEO_NAME = "process_audio_info", "fetch_video"
_FALLBACK = "torchvision"
"""The reader that they try after any error."""

VideoReader = Callable[[Element], VideoRead]


class _VisionProcess(Limits, Protocol):
    """What is used of ``vision_process``."""

    VIDEO_READER_BACKENDS: MutableMapping[str, VideoReader]
    get_video_reader_backend: Callable[[], str]


class Registration:
    """What `register_backend` changed; used as a context, it is undone at its end.

    Attributes:
        libraries: The libraries that read through this package, by the names of their modules.
    """

    def __init__(self, libraries: tuple[str, ...], options: QwenOptions) -> None:
        """Change how libraries that are imported read."""
        self.libraries = libraries
        self._undo: list[Callable[[], None]] = []
        for name in libraries:
            module = import_module(_VISION[name])
            self._undo += [_change_vision(cast(_VisionProcess, module), options), _take_paths(module)]
        if "qwen_omni_utils" in libraries:
            self._undo.append(_change_audio(import_module(_AUDIO), options))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unregister()

    def __repr__(self) -> str:
        return f"Registration(libraries={self.libraries!r}{'' if self._undo else ', undone'})"

    def unregister(self) -> None:
        """Let the libraries read as they did before. Doing so twice is fine."""
        while self._undo:
            self._undo.pop()()
        close_files()


_latest: list[Registration] = []


def register_backend(
    name: Literal["qwen"], *, pad: Pad | None = None, missing_audio: SilentAudio = "raise"
) -> Registration:
    """Let the utilities of Qwen read files through this package.

    Local files of video and audio elements, as text or path-like, with or without ``#t=start,end`` (see `parse_fragment`),
    are then read exactly: frames are those of `Media.frames_in` at the same frames a second, samples those of
    `Media.samples_in` at 16 kHz, mono.
    ``video_start``, ``video_end``, ``audio_start`` and ``audio_end`` are taken too. URLs, arrays and lists of images are
    left to the libraries. It does not matter whether these were imported before. It holds in this process and in those that
    are forked from it; a second call stands in the stead of the first.

    Args:
        name: ``"qwen"``: qwen-omni-utils and qwen-vl-utils, whichever is installed.
        pad: What is done where the frames of an element are fewer than 4, or odd, or partly outside of the track: None
            raises. ``"repeat_last"`` repeats the last one (before the track the first one) and says so in the metadata;
            audio is silent there. An element may have its own ``"pad"``.
        missing_audio: What ``use_audio_in_video=True`` does where a video has no audio: ``"raise"``, or ``"silence"``.
            An element may have its own ``"missing_audio"``.

    Returns:
        What undoes it: by `Registration.unregister`, or at the end of a ``with``.

    Raises:
        InvalidArgument: An argument is not allowed.
        ImportError: Neither library is installed, or a version was not tested.

    Cost: importing the libraries, 10 s and more with torchvision.
    """
    choice(name, ("qwen",), "name")
    options = QwenOptions(pad, missing_audio).checked()
    libraries = tuple(library for library in _VISION if _is_installed(library))
    if not libraries:
        raise ImportError(f"qwen-omni-utils or qwen-vl-utils must be installed; {install('qwen-utils')}")
    for library in libraries:
        tested(library)
    while _latest:
        _latest.pop().unregister()
    _latest.append(Registration(libraries, options))
    return _latest[-1]


def _is_installed(library: str) -> bool:
    try:
        metadata.version(library.replace("_", "-"))
    except metadata.PackageNotFoundError:
        return False
    return True


def _change_vision(module: _VisionProcess, options: QwenOptions) -> Callable[[], None]:
    """Put the reader of this package before theirs; return what undoes it."""
    readers, choose = module.VIDEO_READER_BACKENDS, module.get_video_reader_backend
    fallback = readers[_FALLBACK]

    def read(element: Element) -> VideoRead:
        path = local_file(element["video"])
        if path is None:
            chosen = choose()
            return fallback(element) if chosen in (_FALLBACK, BACKEND) else readers[chosen](element)
        return read_frames(element, ask_of(element, path, "video", options), module)

    def read_again(element: Element) -> VideoRead:
        # They come here while they handle the error of `read`, which would be lost.
        error = sys.exception()
        if local_file(element["video"]) is None:
            return fallback(element)
        if isinstance(error, EmosError):
            raise error
        return read(element)

    def undo() -> None:
        del readers[BACKEND]
        readers[_FALLBACK] = fallback
        module.get_video_reader_backend = choose

    readers[BACKEND], readers[_FALLBACK] = read, read_again
    module.get_video_reader_backend = lambda: BACKEND
    return undo


def _change_audio(module: ModuleType, options: QwenOptions) -> Callable[[], None]:
    """Put the reader of this package in the stead of theirs wherever it was imported; return what undoes it."""
    theirs = cast(AudioReader, vars(module)[_AUDIO_NAME])
    return _put(_AUDIO_NAME, theirs, audio_reader(theirs, options))


def _take_paths(module: ModuleType) -> Callable[[], None]:
    """Let their function that fetches a video take path-like values, and refuse what it can't take; return what undoes it."""
    theirs = cast("Callable[..., object]", vars(module)[_VIDEO_NAME])

    @functools.wraps(theirs)
    def fetch_video(ele: Element, *args: object, **options: object) -> object:
        source = ele["video"]
        check_source(source, "video")
        return theirs({**ele, "video": os.fspath(source)} if isinstance(source, os.PathLike) else ele, *args, **options)

    return _put(_VIDEO_NAME, theirs, fetch_video)


def _put(name: str, theirs: object, ours: object) -> Callable[[], None]:
    """Put a function in the stead of theirs; return what undoes it."""
    _exchange(name, theirs, ours)
    return lambda: _exchange(name, ours, theirs)


def _exchange(name: str, old: object, new: object) -> None:
    """Bind the name anew in each module that has it: theirs, and those that imported it from there."""
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if isinstance(names, dict) and names.get(name) is old:
            names[name] = new
