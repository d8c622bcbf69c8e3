"""Frames and samples through the ffmpeg command line to H.264 and AAC in MP4."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import IO

from ..errors import EmosError, SourceNotFound, UnsupportedCodec
from ..spans import sample_at
from .audio import RATE
from .frames import FRAME_MS, VARIABLE_GAPS_MS

VIDEO_ENCODER, AUDIO_ENCODER = "libx264", "aac"
KEY_SECONDS = 2
"""A keyframe is the first one at or after each multiple of it; the last frame is one too."""

_TICKS_PER_MS = 90
_TIMESCALE = 1000 * _TICKS_PER_MS
"""Of the video track: the clock of MPEG."""
_AAC_SAMPLES, _SAMPLE_BYTES = 1024, 4
_PIPE_BYTES = 1 << 20
_SEPARATE = (
    # One thread: what x264 makes depends on how many there are.
    "-threads", "1", "-preset", "ultrafast", "-bf", "2", "-crf", "28", "-g", "250",
    "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
)  # fmt: skip


_COLOUR = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
"""What raw frames do not say; an ffmpeg that was not told takes them for BT.601 and converts them."""


class Stopped(Exception):
    """Another monologue failed, or the user wants no more."""


def find_ffmpeg() -> str:
    """Return the path of the ffmpeg command line on PATH.

    Raises:
        SourceNotFound: There is none.
        UnsupportedCodec: It has no libx264 or no aac encoder.
    """
    path = shutil.which("ffmpeg")
    if path is None:
        raise SourceNotFound(
            "the ffmpeg command line is not on PATH; install it (Debian and Ubuntu: apt install ffmpeg)"
        )
    listed = _encoders(path).splitlines()
    encoders = {words[1] for line in listed if len(words := line.split()) > 1}
    missing = [name for name in (VIDEO_ENCODER, AUDIO_ENCODER) if name not in encoders]
    if missing:
        raise UnsupportedCodec(
            f"this ffmpeg has no encoder {' and no '.join(missing)}; install one built with it: {path!r}"
        )
    return path


def encode(
    ffmpeg: str,
    out: Path,
    *,
    frames: Iterable[bytes],
    audio: Iterable[bytes],
    size: tuple[int, int],
    times: list[Fraction],
    seconds: Fraction,
    variable: bool,
    stop: threading.Event,
    progress: Callable[[int], None],
) -> None:
    """Write an MP4 of frames and sound.

    Args:
        ffmpeg: Path of the command line.
        out: Written; its name may have any suffix.
        frames: YUV 4:2:0, any number at once.
        audio: float32 mono samples at 48 kHz.
        size: (height, width) of the frames in pixels.
        times: When they begin, as `frame_times` gives them.
        seconds: Length, in whole milliseconds; the last frame ends there.
        variable: Which of the two rates `times` has.
        stop: Once set, the work is given up.
        progress: Called with the bytes of frames that were handed over.

    Raises:
        EmosError: ffmpeg fails; `ffmpeg_message` is its last line.
        Stopped: `stop` was set.
    """
    lead = bytes(_lead_samples(seconds) * _SAMPLE_BYTES)
    reading, writing = os.pipe()
    command = _command(ffmpeg, out, reading, size, times, seconds, variable)
    failed: list[BaseException] = []
    with tempfile.TemporaryFile() as log:
        try:
            started = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=(reading,),
                # A Ctrl-C of the terminal is for us to act upon.
                process_group=0,
            )
        except OSError:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        with started as process:
            feeder = threading.Thread(
                target=_feed_audio, args=(writing, chain((lead,), audio), failed), name="emos-sound"
            )
            feeder.start()
            assert process.stdin is not None
            try:
                _feed_frames(process.stdin, frames, stop, failed, progress)
            except BaseException:
                process.kill()
                raise
            finally:
                # Where ffmpeg died, the sound's pipe is broken, and the feeder ends by itself.
                with suppress(BrokenPipeError):
                    process.stdin.close()
                if failed:
                    process.kill()
                process.wait()
                feeder.join()
        if failed:
            raise failed[0]
        if process.returncode != 0:
            raise _failure(process.returncode, log, out)


def _command(
    ffmpeg: str,
    out: Path,
    audio: int,
    size: tuple[int, int],
    times: list[Fraction],
    seconds: Fraction,
    variable: bool,
) -> list[str]:
    cycle = VARIABLE_GAPS_MS if variable else (FRAME_MS,)
    within = [sum(cycle[:place]) for place in range(len(cycle))]
    parts = "+".join(f"{offset}*eq(mod(N,{len(cycle)}),{place})" for place, offset in enumerate(within) if offset)
    number = f"floor(N/{len(cycle)})*{sum(cycle)}{'+' if parts else ''}{parts}"
    end = int(seconds * _TIMESCALE)
    lead = _lead_samples(seconds)
    longest = max(cycle) * _TICKS_PER_MS
    # In MP4 only the last packet has a length of its own: the last frame is a keyframe so that it is the last packet
    # too, and is decoded as long before it is shown as the first one, so that packets together last as long as frames.
    half = Fraction(1, 2000)
    keys = f"expr:gte(t+{float(half)},n_forced*{KEY_SECONDS})+gte(t,{float(times[-1] - half)})"
    decoding = f"if(gte(PTS,{int(times[-1] * _TIMESCALE)}),PTS+STARTDTS,DTS)"
    return [
        ffmpeg, "-v", "error", "-nostdin", "-y",
        "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{size[1]}x{size[0]}", "-r", str(1000 // FRAME_MS), "-i", "pipe:0",
        "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", f"pipe:{audio}",
        "-map", "0:v", "-map", "1:a", "-map_metadata", "-1", "-fflags", "+bitexact",
        "-vf", f"{_COLOUR},settb=1/{_TIMESCALE},setpts='{_TICKS_PER_MS}*({number})'", "-fps_mode", "passthrough",
        "-enc_time_base", f"1:{_TIMESCALE}", "-video_track_timescale", str(_TIMESCALE),
        "-c:v", VIDEO_ENCODER, "-flags:v", "+bitexact", *_SEPARATE, "-force_key_frames", keys,
        "-bsf:v", f"setts=pts=PTS:dts='{decoding}':duration='min({longest},{end}-PTS)'",
        "-af", f"asetpts=PTS-{lead}", "-c:a", AUDIO_ENCODER, "-flags:a", "+bitexact", "-b:a", "64k", "-f", "mp4", str(out),
    ]  # fmt: skip


def _feed_frames(
    pipe: IO[bytes],
    frames: Iterable[bytes],
    stop: threading.Event,
    failed: list[BaseException],
    progress: Callable[[int], None],
) -> None:
    _widen(pipe.fileno())
    for chunk in frames:
        if stop.is_set():
            raise Stopped
        if failed:
            return
        try:
            pipe.write(chunk)
        except BrokenPipeError:
            return
        progress(len(chunk))


def _lead_samples(seconds: Fraction) -> int:
    """Return how many samples of silence come before media time 0, where the edit list cuts them off.

    AAC packets hold 1024 samples each, and MP4 readers keep the last one whole: with these the last one ends with the frames.
    """
    return -sample_at(seconds, RATE) % _AAC_SAMPLES


def _feed_audio(writing: int, audio: Iterable[bytes], failed: list[BaseException]) -> None:
    try:
        with open(writing, "wb") as pipe:
            _widen(pipe.fileno())
            for chunk in audio:
                pipe.write(chunk)
    except BrokenPipeError:
        pass
    except BaseException as error:
        # Handed to the thread that feeds frames.
        failed.append(error)


def _widen(pipe: int) -> None:
    """Make a pipe hold a second of frames, where the system has such pipes."""
    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _failure(code: int, log: IO[bytes], out: Path) -> EmosError:
    log.seek(0)
    said = log.read().decode(errors="replace").strip().splitlines()
    message = said[-1] if said else f"it ended with {code}"
    error = EmosError(
        f"ffmpeg could not encode ({message}); see that there is room and that its version is 5.1 or later: {str(out)!r}"
    )
    error.ffmpeg_message = message
    return error


def _encoders(path: str) -> str:
    try:
        done = subprocess.run([path, "-hide_banner", "-encoders"], capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise SourceNotFound(f"the ffmpeg of PATH does not run ({error}); install another: {path!r}") from error
    return done.stdout.decode(errors="replace")
