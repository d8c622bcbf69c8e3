"""Media in which the labels of a corpus are acted, and the corpus that has them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeVar, get_args

from ..._checks import checked_path, choice, integer
from ...corpus import SYNTHETIC, Clip, Corpus, Monologue, Split
from ...corpus.storage import ITEMS, PARQUET
from ...corpus.synthetic import MANIFEST
from ...errors import InvalidArgument, NoSuchItem, SourceNotFound, UnsupportedCodec, quoted, short_repr
from ...spans import Seconds
from .. import colour
from ..engine import Codec, Content, SynthesizedFile, longest_length, make_files, media_path
from ..folder import FORMAT, Job, unwritable
from ..program import find_ffmpeg
from ..uncompressed import RAW_RATE
from .casting import FRAME_MS, Cast, cast
from .corpus import MADE_UP
from .cut import cut
from .draws import MAX_SEED, Draws
from .face import face_frames
from .recipe import best_accuracy, label_seconds, manifest_head
from .voice import voice_waveform

ExpressiveCodec = Literal["auto", "h264", "raw"]
SIZE = (96, 96)
SMALLEST, LARGEST = 32, 1080
SPLIT = "split.json"
TEST_SHARE, VALIDATION_SHARE = 0.25, 0.125
MADE_MEDIA = "expressive media"
"""The value of the attribute `SYNTHETIC` of items that are not made up, whose media are."""
SPEECH = "acted"

Item = TypeVar("Item", Clip, Monologue)


@dataclass(frozen=True, slots=True)
class ExpressiveMedia:
    """A corpus whose labels are acted.

    Attributes:
        corpus: The items whose media there are, with paths; it is saved in the folder.
        files: Their media, in the order of the corpus.
        split: Train, validation and test by speaker, of a corpus that is made up and has 3 speakers or more; else None.
        label_seconds: The seconds of each label that is acted.
        bayes_accuracy: How often the best answer is right, in seconds, for ``"face"``, ``"voice"`` and ``"both"``, before
            noise.
    """

    corpus: Corpus
    files: tuple[SynthesizedFile, ...]
    split: Split | None
    label_seconds: Mapping[str, Fraction]
    bayes_accuracy: Mapping[str, float]


def synthesize_expressive(
    corpus: Corpus,
    out: str | os.PathLike[str],
    *,
    seed: int = 0,
    only: Sequence[str] | None = None,
    sample: int | None = None,
    max_seconds: Seconds | None = None,
    size: tuple[int, int] = SIZE,
    codec: ExpressiveCodec = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> ExpressiveMedia:
    """Make media in which a drawn face and a voice act the Basic-7 labels of items, at their own times.

    The face shows some labels alike, and the voice others, so that both are needed (`bayes_accuracy`); nothing in the frames
    or in the audio spells a label. A speaker has one face and one voice. It is synthetic, and says nothing about real emotion.

    Files have 8 frames a second and audio of 16 kHz: H.264 and AAC in MP4 where the ffmpeg program can make them, else
    uncompressed in QuickTime files (``.mov``). The folder then holds a saved corpus of the items with the paths of their
    media, ``manifest.json`` with seed, recipe and the accuracy that each channel alone and both allow, and for a corpus that
    is made up (`expressive_corpus`) ``split.json`` by speaker. Items get the attribute ``synthetic``.

    A clip without a published length gets one by the seed and its key (2 to 5 s); the manifest says which. So do labels
    without an intensity. A file of an earlier run is kept if all its inputs are the same. Files of others are never replaced.

    Args:
        corpus: Any corpus whose monologues or clips have labels of Basic-7, such as the release.
        out: The output folder, created if needed.
        seed: 0 to 2,147,483,647: of speakers, of noise, and of the sample.
        only: Keys or names of items; None for all.
        sample: How many of the clips, chosen by the seed; None for all. A larger sample contains the smaller one.
        max_seconds: The longest length in seconds, at least 1/8; longer items are cut, in the saved corpus too.
        size: (height, width) of the frames in pixels, both even, from 32 to 1080.
        codec: ``"h264"``, ``"raw"`` for uncompressed files, or ``"auto"`` for H.264 where it can be made.
        progress: Called with the full seconds made and the full seconds to make: once at the start, then from any thread,
            one call at a time.

    Raises:
        NoSuchItem: `only` names no item of the corpus.
        InvalidArgument: An option is not allowed, no item has a label of Basic-7, `out` holds a corpus or files that were not
            made here, or media of another kind or seed.
        SourceNotFound: `codec` is ``"h264"`` and no ffmpeg program of 5.1 or later is on PATH.
        UnsupportedCodec: `codec` is ``"h264"``, and the ffmpeg program has no libx264 or no aac encoder.
        SourceUnreadable: `out` cannot be written, or another run is writing there.
        EmosError: Encoding fails.

    Cost: about 15 ms of one core for a second of media of 96 x 96. Uncompressed, a second has 140 kB.

    Example:
        >>> import tempfile
        >>> from emos_io.synthesize import expressive_corpus
        >>> small = expressive_corpus(3, seconds=3, clips_per_speaker=0)
        >>> made = synthesize_expressive(small, tempfile.mkdtemp(), size=(32, 32), codec="raw")
        >>> made.split, made.files[0].seconds
        (Split(1 train, 1 validation, 1 test, seed=0, ...), Fraction(3, 1))
    """
    seed = integer(seed, "seed", "take 0", least=0, most=MAX_SEED)
    size = _checked_size(size)
    ffmpeg = _encoder(choice(codec, get_args(ExpressiveCodec), "codec", "raw needs no ffmpeg program"))
    kind: Codec = "raw" if ffmpeg is None else "h264"
    longest = longest_length(max_seconds, FRAME_MS)
    root = checked_path(out, "out")
    casts = [cast(item, seed, longest) for item in _chosen(corpus, only, sample, seed)]
    seconds = label_seconds(casts)
    if not seconds:
        raise InvalidArgument(
            f"corpus must have items with labels of the layer basic7, got none among {len(casts)} chosen items; map its "
            "labels, or choose others"
        )
    best = best_accuracy(seconds)
    head = manifest_head(seed, seconds, best)
    _check_corpus(root)
    by_key = {each.item.key: each for each in casts}

    def content(job: Job, times: list[Fraction], rate: int) -> Content:
        acted = by_key[job.key].performance
        frames = (colour.yuv420(frame) for frame in face_frames(acted, times, job.size))
        return Content(frames, voice_waveform(acted, rate))

    jobs = [_job(each, seed, size, kind, head) for each in casts]
    files = make_files(root, jobs, content, ffmpeg=ffmpeg, head=head, progress=progress)
    by_file = {each.key: each for each in files}
    made = corpus.with_items(
        [_marked(each, by_file[each.key], longest) for each in corpus.clips if each.key in by_file],
        [_marked(each, by_file[each.key], longest) for each in corpus.monologues if each.key in by_file],
    )
    split = _split(made, seed)
    try:
        made.save(root)
        if split is not None:
            split.save(root / SPLIT)
    except OSError as error:
        raise unwritable(root, error) from error
    return ExpressiveMedia(made, tuple(files), split, seconds, best)


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size of frames.

    Raises:
        InvalidArgument: It is none that can be drawn and encoded.
    """
    is_pair = isinstance(size, Sequence) and len(size) == 2 and all(type(side) is int for side in size)
    if not is_pair or not all(SMALLEST <= side <= LARGEST and not side % 2 for side in size):
        raise InvalidArgument(
            f"size must be an even height and width from {SMALLEST} to {LARGEST}, got {short_repr(size)}; use {SIZE}, for "
            "example"
        )
    return size[0], size[1]


def _encoder(codec: ExpressiveCodec) -> str | None:
    """Return the path of the ffmpeg program, or None for uncompressed files."""
    if codec == "raw":
        return None
    try:
        return find_ffmpeg(instead="choose raw as codec")
    except (SourceNotFound, UnsupportedCodec):
        if codec == "h264":
            raise
        return None


def _chosen(corpus: Corpus, only: Sequence[str] | None, sample: int | None, seed: int) -> list[Clip | Monologue]:
    """Return the items to be acted, in the order of the corpus.

    Raises:
        NoSuchItem: `only` names no item.
        InvalidArgument: The sample is larger than the corpus, or both are given.
    """
    if only is not None:
        if sample is not None:
            raise InvalidArgument("sample must be left out where only is given, got both; leave one of them out")
        keys = {_key(corpus, name) for name in only}
        return [item for item in corpus.items if item.key in keys]
    if sample is None:
        return list(corpus)
    count = integer(sample, "sample", "leave it out for all clips", least=0, most=len(corpus.clips))
    order = sorted(corpus.clips.keys(), key=lambda key: (Draws(seed, "sample", key).number(), key))
    sampled = set(order[:count])
    return [item for item in corpus.items if isinstance(item, Monologue) or item.key in sampled]


def _key(corpus: Corpus, name: str) -> str:
    """Return the key of an item, of either kind, by its key or the last part of it."""
    try:
        return corpus.monologues[name].key
    except NoSuchItem:
        if not corpus.clips:
            raise
    return corpus.clips[name].key


def _check_corpus(root: Path) -> None:
    """Refuse to replace a saved corpus that was not made here.

    Raises:
        InvalidArgument: There is one.
    """
    found = [root / name for name in (ITEMS, *PARQUET.values(), SPLIT) if (root / name).exists()]
    if found and not (root / MANIFEST).exists():
        raise InvalidArgument(
            "out must be a folder without a corpus that emos synthesize did not write, got one; choose another folder: "
            f"{quoted(found[0])}",
            path=str(found[0]),
        )


def _job(acted: Cast, seed: int, size: tuple[int, int], codec: Codec, head: Mapping[str, object]) -> Job:
    performance = acted.performance
    inputs = {
        "format": FORMAT,
        "recipe": head["recipe"],
        "seed": seed,
        "key": acted.item.key,
        "speaker": performance.speaker.name,
        "seconds": str(performance.seconds),
        "size": size,
        "codec": codec,
        "parts": [[str(each.span.start), str(each.span.end), each.label, each.intensity] for each in performance.parts],
        "sentences": [[str(span.start), str(span.end)] for span in performance.sentences],
    }
    return Job(
        key=acted.item.key,
        relative=media_path(acted.item, codec),
        seconds=performance.seconds,
        size=size,
        gaps_ms=(FRAME_MS,),
        rate=RAW_RATE,
        fingerprint=hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest(),
        details={"speech": SPEECH, "length": acted.length, "speaker": performance.speaker.name},
    )


def _marked(item: Item, file: SynthesizedFile, longest: Fraction | None) -> Item:
    """Return an item with its media, as long as these are, and with the attribute that says what they are."""
    attributes = {SYNTHETIC: MADE_MEDIA, **item.attributes}
    is_longer = longest is not None and item.duration is not None and item.duration > longest
    within = cut(item, file.seconds) if is_longer else item
    return replace(within, path=str(Path(file.path).absolute()), attributes=attributes)


def _split(corpus: Corpus, seed: int) -> Split | None:
    """Return the division of a corpus that is made up, by speaker; None of another one, or of fewer than 3 speakers."""
    if any(item.attributes[SYNTHETIC] != MADE_UP for item in corpus):
        return None
    if len({item.group.get("speaker") for item in corpus}) < 3:
        return None
    return corpus.split(seed=seed, test=TEST_SHARE, validation=VALIDATION_SHARE, by=["speaker"], stratify=["language"])
