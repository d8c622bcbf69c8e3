"""Frames and samples through the ffmpeg program to H.264 and AAC in MP4."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import IO

from ..spans import sample_at
from .program import AUDIO_ENCODER, VIDEO_ENCODER, ffmpeg_failure

KEY_SECONDS = 2
"""Keyframes are the first frame at or after each multiple of it, and the last frame."""

_TICKS_PER_MS = 90
_TIMESCALE = 1000 * _TICKS_PER_MS
"""Ticks a second of the video track: the clock of MPEG."""
_AAC_SAMPLES, _SAMPLE_BYTES = 1024, 4
_PIPE_BYTES = 1 << 20
_X264_OPTIONS = (
    # One thread: the output of x264 depends on the number of threads.
    "-threads", "1", "-preset", "ultrafast", "-bf", "2", "-crf", "28", "-g", "250",
    "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
)  # fmt: skip


_COLOUR = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
"""The colour space of raw frames; without it, ffmpeg assumes BT.601 and converts them."""


class Stopped(Exception):
    """Another monologue failed, or the user interrupted the run."""


def encode(
    ffmpeg: str,
    out: Path,
    *,
    frames: Iterable[bytes],
    audio: Iterable[bytes],
    size: tuple[int, int],
    times: list[Fraction],
    seconds: Fraction,
    gaps_ms: Sequence[int],
    rate: int,
    stop: threading.Event,
    progress: Callable[[int], None],
) -> None:
    """Write an MP4 of frames and audio.

    Args:
        ffmpeg: The path of the ffmpeg program, from `find_ffmpeg`.
        out: The path to write; its name may have any suffix.
        frames: YUV 4:2:0 bytes, any number of frames at a time.
        audio: float32 mono samples.
        size: (height, width) of the frames in pixels.
        times: The start of each frame, from `frame_times`.
        seconds: The length, an integer number of milliseconds; the last frame ends there.
        gaps_ms: The milliseconds between frames, which `times` repeats.
        rate: Samples a second.
        stop: Ends the encoding once it is set.
        progress: Called with the number of bytes of frames that ffmpeg took.

    Raises:
        EmosError: ffmpeg fails; `ffmpeg_message` is its last line.
        Stopped: `stop` was set.
    """
    lead = bytes(_lead_samples(seconds, rate) * _SAMPLE_BYTES)
    read_end, write_end = os.pipe()
    command = _command(ffmpeg, out, read_end, size, times, seconds, gaps_ms, rate)
    errors: list[BaseException] = []
    with tempfile.TemporaryFile() as log:
        try:
            started = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=(read_end,),
                # Python handles Ctrl-C: ffmpeg must not receive it.
                process_group=0,
            )
        except OSError:
            os.close(write_end)
            raise
        finally:
            os.close(read_end)
        with started as process:
            feeder = threading.Thread(
                target=_feed_audio, args=(write_end, chain((lead,), audio), errors), name="emos-audio"
            )
            feeder.start()
            assert process.stdin is not None
            try:
                _feed_frames(process.stdin, frames, stop, errors, progress)
            except BaseException:
                process.kill()
                raise
            finally:
                # If ffmpeg died, the audio pipe is broken and the feeder ends by itself.
                with suppress(BrokenPipeError):
                    process.stdin.close()
                if errors:
                    process.kill()
                process.wait()
                feeder.join()
        if errors:
            raise errors[0]
        if process.returncode != 0:
            log.seek(0)
            raise ffmpeg_failure("encode", process.returncode, log.read(), out)


def _command(
    ffmpeg: str,
    out: Path,
    audio: int,
    size: tuple[int, int],
    times: list[Fraction],
    seconds: Fraction,
    gaps_ms: Sequence[int],
    rate: int,
) -> list[str]:
    count, cycle_ms = len(gaps_ms), sum(gaps_ms)
    offsets = [sum(gaps_ms[:n]) for n in range(count)]
    parts = "+".join(f"{offset}*eq(mod(N,{count}),{n})" for n, offset in enumerate(offsets) if offset)
    number = f"floor(N/{count})*{cycle_ms}{'+' if parts else ''}{parts}"
    end = int(seconds * _TIMESCALE)
    lead = _lead_samples(seconds, rate)
    longest = max(gaps_ms) * _TICKS_PER_MS
    # In MP4 only the last packet has a duration of its own. The last frame is a keyframe, so that its packet is the last
    # one too. Its decoding time is as far before its pts as that of the first frame, so that the durations of all packets
    # add up to the duration of all frames.
    half = Fraction(1, 2000)
    keys = f"expr:gte(t+{float(half)},n_forced*{KEY_SECONDS})+gte(t,{float(times[-1] - half)})"
    decoding = f"if(gte(PTS,{int(times[-1] * _TIMESCALE)}),PTS+STARTDTS,DTS)"
    return [
        ffmpeg, "-v", "error", "-nostdin", "-y",
        "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{size[1]}x{size[0]}", "-r", str(1000 * count // cycle_ms),
        "-i", "pipe:0", "-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", f"pipe:{audio}",
        "-map", "0:v", "-map", "1:a", "-map_metadata", "-1", "-fflags", "+bitexact",
        "-vf", f"{_COLOUR},settb=1/{_TIMESCALE},setpts='{_TICKS_PER_MS}*({number})'", "-fps_mode", "passthrough",
        "-enc_time_base", f"1:{_TIMESCALE}", "-video_track_timescale", str(_TIMESCALE),
        "-c:v", VIDEO_ENCODER, "-flags:v", "+bitexact", *_X264_OPTIONS, "-force_key_frames", keys,
        "-bsf:v", f"setts=pts=PTS:dts='{decoding}':duration='min({longest},{end}-PTS)'",
        "-af", f"asetpts=PTS-{lead}", "-c:a", AUDIO_ENCODER, "-flags:a", "+bitexact", "-b:a", "64k", "-f", "mp4", str(out),
    ]  # fmt: skip


def _feed_frames(
    pipe: IO[bytes],
    frames: Iterable[bytes],
    stop: threading.Event,
    errors: list[BaseException],
    progress: Callable[[int], None],
) -> None:
    _widen(pipe.fileno())
    for chunk in frames:
        if stop.is_set():
            raise Stopped
        if errors:
            return
        try:
            pipe.write(chunk)
        except BrokenPipeError:
            return
        progress(len(chunk))


def _lead_samples(seconds: Fraction, rate: int) -> int:
    """Return the number of silent samples before media time 0; the edit list removes them.

    An AAC packet has 1024 samples, and MP4 readers keep all samples of the last packet. With these silent samples, the
    last packet ends with the last frame.
    """
    return -sample_at(seconds, rate) % _AAC_SAMPLES


def _feed_audio(write_end: int, audio: Iterable[bytes], errors: list[BaseException]) -> None:
    try:
        with open(write_end, "wb") as pipe:
            _widen(pipe.fileno())
            for chunk in audio:
                pipe.write(chunk)
    except BrokenPipeError:
        pass
    except BaseException as error:
        # The thread that feeds frames raises it.
        errors.append(error)


def _widen(pipe: int) -> None:
    """Enlarge the buffer of a pipe, on systems that can do it."""
    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
