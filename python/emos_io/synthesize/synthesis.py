"""Media whose frames spell what they are, and whose audio speaks or spells the sentences: what is in each file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

from .._checks import choice
from ..corpus import Corpus, Monologue
from ..errors import InvalidArgument, SourceNotFound
from ..spans import Seconds
from .audio import RATE, SpeechEngine, find_speech_engine, waveforms
from .engine import Codec, Content, SynthesizedFile, file_length, longest_length, make_files, media_path
from .folder import FORMAT, Job
from .frames import FRAME_MS, VARIABLE_GAPS_MS, check_size, yuv_frames
from .program import find_ffmpeg
from .uncompressed import RAW_FRAME_MS

VARIABLE_EVERY = 5
"""Every fifth monologue of the corpus has a variable frame rate."""

Speech = Literal["auto", "voice", "tones"]
_SIZE = (180, 320)


def synthesize(
    corpus: Corpus,
    out: str | os.PathLike[str],
    *,
    only: Sequence[str] | None = None,
    max_seconds: Seconds | None = None,
    size: tuple[int, int] = _SIZE,
    speech: Speech = "auto",
    codec: Codec = "h264",
    progress: Callable[[int, int], None] | None = None,
) -> list[SynthesizedFile]:
    """Make media for monologues without their originals, at the paths where `Corpus.from_release` finds them.

    Each file is H.264 and AAC (48 kHz, mono) in MP4 and has the published length. Frames spell their number, the utterance
    and its label (`read_frame`). There are 25 frames a second, with B-frames and a keyframe every 2 s; every fifth monologue
    of the corpus has a variable rate (`frame_times`). Each sentence is heard in its published span. It is spoken if
    espeak-ng or espeak is on PATH and has a voice for the language (English, Chinese); otherwise it is two tones
    (`read_tone`). The rest is silent.

    With ``codec="raw"`` no other program is needed: frames (8 a second, never at a variable rate) and samples (16-bit, 16
    kHz) are uncompressed in QuickTime files. At 60 x 96 a minute has 6 MB, at 180 x 320 43 MB. Their names end in ``.mov``,
    so that `Corpus.from_release` does not find them: give their paths to `Corpus.with_paths`.

    A file is written under a temporary name and renamed when it is complete. A file of an earlier run is kept if all its
    inputs are the same and it has the size that is noted in ``manifest.json``. Files of other programs are never replaced.

    Args:
        corpus: The corpus of the monologues; its clips are ignored.
        out: The output folder, created if needed; `Monologue.published_path` is the path in it.
        only: Keys or names of monologues; None for all.
        max_seconds: The longest length in seconds, at least 0.04; longer monologues are cut.
        size: (height, width) of the frames in pixels, both even, from 60 x 96 to 2160 x 3840.
        speech: ``"auto"`` as above; ``"voice"`` requires a speech synthesiser; ``"tones"`` uses none.
        codec: ``"h264"`` as above, or ``"raw"``.
        progress: Called with the full seconds made and the full seconds to make: once at the start, then from any thread,
            one call at a time.

    Returns:
        The files that were made or kept, in the order of the corpus. Lengths are the published ones, rounded to milliseconds.

    Raises:
        NoSuchItem: `only` names no monologue of the corpus.
        InvalidArgument: An option is not allowed, a file at one of the paths was not made here, or two monologues have one
            path.
        SourceNotFound: `codec` is ``"h264"`` and no ffmpeg program of 5.1 or later is on PATH, or `speech` is ``"voice"``
            and there is no speech synthesiser.
        UnsupportedCodec: The ffmpeg program has no libx264 or no aac encoder.
        SourceUnreadable: `out` cannot be written, or another run is writing there.
        EmosError: Encoding or speech fails.

    Cost: one encoder for each core, each on one thread; memory does not grow with length.
    """
    check_size(size)
    if speech not in get_args(Speech):
        raise InvalidArgument(
            f"speech must be one of {', '.join(get_args(Speech))}, got {speech!r}; auto takes tones where there is no voice"
        )
    choice(codec, get_args(Codec), "codec", "raw needs no ffmpeg program")
    longest = longest_length(max_seconds, FRAME_MS)
    wanted = (
        {each.key for each in corpus.monologues} if only is None else {corpus.monologues[name].key for name in only}
    )
    ffmpeg = find_ffmpeg() if codec == "h264" else None
    engine = _speech_engine(speech)
    jobs = [
        _job(monologue, index, longest, size, engine, codec)
        for index, monologue in enumerate(corpus.monologues)
        if monologue.key in wanted
    ]
    monologues = {each.key: each for each in corpus.monologues}

    def content(job: Job, times: list[Fraction], rate: int) -> Content:
        monologue = monologues[job.key]
        return Content(yuv_frames(monologue, times, size), waveforms(monologue, job.seconds, engine, rate))

    return make_files(Path(out), jobs, content, ffmpeg=ffmpeg, progress=progress)


def _speech_engine(speech: Speech) -> SpeechEngine | None:
    engine = None if speech == "tones" else find_speech_engine()
    if engine is None and speech == "voice":
        raise SourceNotFound("no speech synthesiser is on PATH; install espeak-ng or espeak, or choose tones as speech")
    return engine


def _job(
    monologue: Monologue,
    index: int,
    longest: Fraction | None,
    size: tuple[int, int],
    engine: SpeechEngine | None,
    codec: Codec,
) -> Job:
    seconds = file_length(monologue, monologue.duration, longest, FRAME_MS)
    relative, is_raw = media_path(monologue, codec), codec == "raw"
    variable = index % VARIABLE_EVERY == VARIABLE_EVERY - 1 and not is_raw
    voice = engine.voice(monologue.language) if engine else None
    speech = engine.name if engine and voice else "tones"
    inputs = {
        "format": FORMAT,
        "key": monologue.key,
        "seconds": str(seconds),
        "size": list(size),
        "variable": variable,
        "speech": speech,
        "voice": voice,
        "sentences": [
            [each.index, str(each.span.start), str(each.span.end), each.text if voice else ""]
            for each in monologue.sentences
        ],
        "utterances": [
            [each.index, str(each.span.start), str(each.span.end), each.basic7] for each in monologue.utterances
        ],
    }
    if is_raw:
        inputs["codec"] = codec
    fingerprint = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
    gaps_ms = VARIABLE_GAPS_MS if variable else (RAW_FRAME_MS if is_raw else FRAME_MS,)
    return Job(monologue.key, relative, seconds, size, gaps_ms, RATE, fingerprint, {"speech": speech})
