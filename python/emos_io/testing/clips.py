"""Counting clips: each frame spells its number as black and white bars, each audio sample its own as two channels.

FFmpeg's filters or numpy write the numbers, and numpy alone reads them: neither knows how this package decodes. Codecs are
lossless and free of the GPL. Files are .mov, where ticks stay exact at 1/30000; Matroska rounds them to a millisecond.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .._checks import choice
from ..errors import InvalidArgument, SourceNotFound, UnsupportedCodec, short_repr
from ..spans import Seconds
from .counting import (
    CLIP_CODECS,
    FULL_SCALE,
    HEIGHT,
    LOSSLESS_CODECS,
    NUM_BITS,
    WIDTH,
    ClipCodec,
    ClipOptions,
    LosslessCodec,
    clip_options,
)

_SUFFIX = ".mov"
_AUDIO_CODEC = "pcm_s16le"
_KEY_FRAMES = 25
_TIMEOUT_SECONDS = 600


def clip_arguments(
    *,
    fps: Seconds = 25,
    sample_rate: int = 48_000,
    seconds: int = 10,
    codec: LosslessCodec = "qtrle",
    video_start: Seconds = 0,
    audio_start: Seconds = 0,
) -> list[str]:
    """Return the arguments of ffmpeg, but for the output, that make a counting clip; see `counting_clip`.

    Raises:
        InvalidArgument: An option is not allowed.

    Example:
        >>> clip_arguments(fps="30000/1001", seconds=1)[-6:]
        ['-c:v', 'qtrle', '-g', '25', '-c:a', 'pcm_s16le']
    """
    chosen = choice(codec, LOSSLESS_CODECS, "codec")
    return _arguments(clip_options(fps, sample_rate, seconds, video_start, audio_start), chosen)


def _arguments(options: ClipOptions, codec: ClipCodec) -> list[str]:
    bar = WIDTH // NUM_BITS
    bars = ",".join(
        f"drawbox=x={bar * number}:y=0:w={bar}:h={HEIGHT}:color=white:t=fill:"
        f"enable='mod(floor(n/{1 << (NUM_BITS - 1 - number)}),2)'"
        for number in range(NUM_BITS)
    )
    frames = f"color=c=black:s={WIDTH}x{HEIGHT}:r={options.fps}:d={options.seconds},format=rgb24,{bars}"
    tick = f"mod(n,{FULL_SCALE})/{FULL_SCALE}|floor(n/{FULL_SCALE})/{FULL_SCALE}"
    waveform = f"aevalsrc='{tick}':s={options.sample_rate}:d={options.seconds}"
    return [
        *("-itsoffset", _offset(options.video_start), "-f", "lavfi", "-i", frames),
        *("-itsoffset", _offset(options.audio_start), "-f", "lavfi", "-i", waveform),
        # Else the first frame would be repeated until a late track begins.
        *("-map", "0:v", "-map", "1:a", "-fps_mode", "passthrough"),
        *("-c:v", codec, "-g", str(_KEY_FRAMES), "-c:a", _AUDIO_CODEC),
    ]


def counting_clip(
    out: str | os.PathLike[str],
    *,
    fps: Seconds = 25,
    sample_rate: int = 48_000,
    seconds: int = 10,
    codec: ClipCodec = "qtrle",
    video_start: Seconds = 0,
    audio_start: Seconds = 0,
) -> Path:
    """Make a .mov whose frames and samples spell their numbers, and return its path.

    Frame k of 64 x 16 pixels starts at ``k / fps``, sample n of two channels at ``n / sample_rate``; both count from 0 up to
    the end, so that frame 0 is black and sample 0 is silent. The ffmpeg program makes it, with a keyframe every 25 frames, and
    the same bytes each time with one version; with ``codec="raw"`` no program is needed, every frame is a keyframe, and the
    same options always give the same bytes. Read them with `frame_numbers` and `sample_numbers`.

    Args:
        out: A path that ends in .mov, whose folder is made and whose file is replaced; or a folder that exists, where the
            file is named after the options.
        fps: Frames per second, above 0; exact if int, Fraction or str, such as ``"30000/1001"``.
        sample_rate: Samples per second.
        seconds: The length of both tracks. There are ``seconds * sample_rate`` samples, and the frames that start before
            the end: at most 65536 of them, and at most 2 ** 30 samples.
        codec: ``"qtrle"``, ``"png"``, or ``"raw"`` for uncompressed frames: 77 kB a second at 25 frames a second.
        video_start, audio_start: Seconds by which a track begins late, from 0, in full microseconds. The file holds the
            frame's own ticks and milliseconds of audio: other times are rounded to them. A raw file holds microseconds of
            video, or 1/2999 s at a rate such as 2999/100, and samples of audio.

    Raises:
        InvalidArgument: An option is not allowed.
        SourceNotFound: `codec` is not ``"raw"``, and there is no ffmpeg program of 5.1 or later on PATH that runs.
        UnsupportedCodec: The ffmpeg program has no such encoder.
        EmosError: The ffmpeg program fails; `ffmpeg_message` is its last line.
        OSError: The file cannot be written.

    Cost: about a second for a minute of media at 25 frames and 8000 samples a second.

    Example:
        >>> import tempfile
        >>> from emos_io import Media
        >>> path = counting_clip(tempfile.mkdtemp(), fps="30000/1001", sample_rate=8_000, seconds=2)
        >>> path.name
        'counting-30000_1001fps-8000hz-2s.mov'
        >>> with Media(path) as clip:
        ...     frame_numbers(clip.frames_played_at(["1.0"]).data)
        array([29])
    """
    # Importing synthesize costs what it needs to make films; whoever reads numbers alone does without it.
    from ..synthesize import find_ffmpeg
    from .uncompressed import write_counting

    choice(codec, CLIP_CODECS, "codec")
    options = clip_options(fps, sample_rate, seconds, video_start, audio_start)
    path = path_of(out, "out")
    if path.is_dir():
        late = [
            f"{name}_late_{_offset(by)}"
            for name, by in (("video", options.video_start), ("audio", options.audio_start))
            if by
        ]
        words = [
            "counting",
            f"{str(options.fps).replace('/', '_')}fps",
            f"{options.sample_rate}hz",
            f"{options.seconds}s",
            *([] if codec == "qtrle" else [codec]),
            *late,
        ]
        path /= "-".join(words) + _SUFFIX
    elif path.suffix != _SUFFIX:
        raise InvalidArgument(
            f"out must be a folder or a path that ends in {_SUFFIX}, got {short_repr(str(path))}; other containers round times"
        )
    ffmpeg = (
        None
        if codec == "raw"
        else find_ffmpeg(
            (codec, _AUDIO_CODEC),
            needed_by=f"a counting clip of {codec}",
            instead="choose raw as codec, which needs no program",
        )
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    # Complete or not at all, whoever reads it meanwhile.
    with tempfile.TemporaryDirectory(prefix=".counting-", dir=path.parent) as folder:
        part = Path(folder) / path.name
        if ffmpeg is None:
            write_counting(part, options)
        else:
            _run(ffmpeg, _arguments(options, codec), part, path)
        part.replace(path)
    return path


def best_codec() -> ClipCodec:
    """Return ``"qtrle"`` where the ffmpeg program can make it, and ``"raw"`` elsewhere."""
    from ..synthesize import find_ffmpeg

    try:
        find_ffmpeg(("qtrle", _AUDIO_CODEC))
    except (SourceNotFound, UnsupportedCodec):
        return "raw"
    return "qtrle"


def _run(ffmpeg: str, arguments: list[str], part: Path, path: Path) -> None:
    from ..synthesize import ffmpeg_failure

    words = [ffmpeg, "-v", "error", "-nostdin", "-bitexact", *arguments, str(part)]
    done = subprocess.run(words, capture_output=True, check=False, timeout=_TIMEOUT_SECONDS)
    if done.returncode != 0:
        raise ffmpeg_failure("make a counting clip", done.returncode, done.stderr, path)


def frame_numbers(frames: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the number that each frame of a counting clip spells.

    A frame that was masked is black, as frame 0 is: read only frames that are valid.

    Args:
        frames: uint8 ``[T, H, W, 3]`` or ``[T, 3, H, W]``, all of each frame, at its own size or scaled to a multiple of it.

    Returns:
        int64 ``[T]``, each from 0 to 65535.

    Raises:
        InvalidArgument: They are not frames of a counting clip: of another shape or type, or neither black nor white in the
            middle of a bar.

    Example:
        >>> frames = np.zeros((2, 16, 64, 3), np.uint8)
        >>> frames[1, :, 60:] = 255
        >>> frame_numbers(frames)
        array([0, 1])
    """
    pixels = np.asarray(frames)
    if pixels.ndim == 4 and pixels.shape[3] != 3:
        pixels = np.moveaxis(pixels, 1, 3)
    if pixels.ndim != 4 or pixels.shape[3] != 3 or pixels.dtype != np.uint8 or pixels.shape[2] < NUM_BITS:
        shape = list(np.shape(frames))
        raise InvalidArgument(
            f"frames must be uint8 [T, H, W, 3] or [T, 3, H, W], at least {NUM_BITS} pixels wide, got {pixels.dtype} {shape}; "
            "give the data of VideoFrames, or one row of a batch"
        )
    height, width = pixels.shape[1:3]
    middles = (2 * np.arange(NUM_BITS) + 1) * width // (2 * NUM_BITS)
    bars = pixels[:, height // 2, middles]
    for index, wrong in enumerate(~((bars == 0).all(axis=2) | (bars == 255).all(axis=2))):
        if wrong.any():
            raise InvalidArgument(
                f"frames must be those of a counting clip, got the pixel {bars[index][wrong][0].tolist()} in frame {index}; "
                "read all of each frame, at its own size or a multiple of it",
                index=index,
            )
    numbers: npt.NDArray[np.int64] = (bars[..., 0] == 255) @ (1 << np.arange(NUM_BITS - 1, -1, -1, dtype=np.int64))
    return numbers


def sample_numbers(waveform: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the number that each sample of a counting clip spells.

    A sample that was masked is silent, as sample 0 is: read only samples that are valid.

    Args:
        waveform: float32 ``[2, N]``, at the clip's own sample rate and with both of its channels.

    Returns:
        int64 ``[N]``, each from 0 to 2 ** 30 - 1.

    Raises:
        InvalidArgument: It is no waveform of a counting clip: of another shape or type, or resampled.

    Example:
        >>> sample_numbers(np.array([[0, 1, 5], [0, 0, 2]]) / np.float32(32768))
        array([    0,     1, 65541])
    """
    samples = np.asarray(waveform)
    if samples.ndim != 2 or samples.shape[0] != 2 or samples.dtype.kind != "f":
        raise InvalidArgument(
            f"waveform must be float32 [2, N], got {samples.dtype} {list(samples.shape)}; read both channels of the clip"
        )
    scaled = samples.astype(np.float64) * FULL_SCALE
    wrong = ~((scaled == np.round(scaled)) & (scaled >= 0) & (scaled < FULL_SCALE)).all(axis=0)
    if wrong.any():
        index = int(np.argmax(wrong))
        raise InvalidArgument(
            f"waveform must be that of a counting clip, got {samples[:, index].tolist()} at sample {index}; read it at the "
            "clip's own sample rate",
            index=index,
        )
    low, high = scaled.astype(np.int64)
    numbers: npt.NDArray[np.int64] = low + high * FULL_SCALE
    return numbers


def path_of(value: object, name: str) -> Path:
    """Return the path that an argument gives.

    Raises:
        InvalidArgument: It is no path.
    """
    if not isinstance(value, str | os.PathLike):
        raise InvalidArgument(f"{name} must be a str or a Path, got {short_repr(value)}; give a path")
    return Path(value)


def _offset(microseconds: int) -> str:
    """Return microseconds as ffmpeg reads them."""
    return f"{microseconds}us" if microseconds else "0"
