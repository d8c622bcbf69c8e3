"""The same windows and clips in each way that benches/gpu.py compares; libraries are imported where they are used."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from typing import Protocol

import torch
from torch.utils.dlpack import from_dlpack

import gpu_clips
from decoders import torchcodec_video

LENGTH, HOP, FPS, SIZE, CLIP_FRAMES = 4, 1, 5, 224, 8
"""Windows of 4 s every 1 s at 5 frames a second: every fifth frame, which a reader that knows no times can be asked for."""
STRIDE = gpu_clips.FPS // FPS
FRAMES = LENGTH * FPS


class Way(Protocol):
    """A way to read. Frames are uint8 tensors ``[T, 224, 224, 3]`` on the device."""

    @property
    def name(self) -> str: ...
    @property
    def packages(self) -> tuple[str, ...]: ...
    def windows(self, path: Path, count: int) -> Iterator[torch.Tensor]:
        """Yield the first windows of a file."""

    def clip(self, path: Path) -> torch.Tensor | None:
        """Open a file and return a few frames spread over it; None where the library has no such call."""


class OnCpu:
    """This library, decoding on the CPU; frames are copied to the device."""

    name, packages = "emos-io on the CPU", ("emos-io",)

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def windows(self, path: Path, count: int) -> Iterator[torch.Tensor]:
        """Yield the first windows of a file."""
        from emos_io import Media

        with Media(path, audio=False) as media:
            for _, window in zip(range(count), media.windows(LENGTH, HOP, fps=FPS, size=(SIZE, SIZE)), strict=False):
                assert window.video is not None, path
                yield torch.from_numpy(window.video.data).to(self._device)

    def clip(self, path: Path) -> torch.Tensor:
        """Open a file and return a few frames spread over it."""
        from emos_io import Media

        with Media(path, audio=False) as media:
            return torch.from_numpy(media.frames_uniform(CLIP_FRAMES, size=(SIZE, SIZE)).data).to(self._device)


class OnDevice:
    """This library, decoding on the device."""

    name, packages = "emos-io on the device", ("emos-io", "nvidia-dali-cuda130", "nvidia-dali-cuda120")

    def __init__(self, device: str) -> None:
        self._device = device
        self.stats: dict[str, object] = {}
        """What the last file says of itself: GOPs on the device and on the CPU, and why."""

    def windows(self, path: Path, count: int) -> Iterator[torch.Tensor]:
        """Yield the first windows of a file."""
        from emos_io import Media

        with Media(path, audio=False, device=self._device) as media:
            for _, window in zip(range(count), media.windows(LENGTH, HOP, fps=FPS, size=(SIZE, SIZE)), strict=False):
                assert window.video is not None, path
                yield from_dlpack(window.video.data)
            self.stats = dict(media.stats())

    def clip(self, path: Path) -> torch.Tensor:
        """Open a file and return a few frames spread over it."""
        from emos_io import Media

        with Media(path, audio=False, device=self._device) as media:
            return from_dlpack(media.frames_uniform(CLIP_FRAMES, size=(SIZE, SIZE)).data)


class TorchCodec:
    """torchcodec: one decoder a file, and torch's antialiased resize on the device where it decodes there."""

    name, packages = "torchcodec", ("torchcodec",)

    def __init__(self, device: torch.device) -> None:
        self._device = device
        import_module("torchcodec.decoders")

    def windows(self, path: Path, count: int) -> Iterator[torch.Tensor]:
        """Yield the first windows of a file."""
        decoder = torchcodec_video(path, device=str(self._device))
        for number in range(count):
            times = [number * HOP + k / FPS for k in range(FRAMES)]
            yield resized(decoder.get_frames_played_at(times).data)

    def clip(self, path: Path) -> torch.Tensor:
        """Open a file and return a few frames spread over it."""
        decoder = torchcodec_video(path, device=str(self._device))
        return resized(decoder.get_frames_at(spread(len(decoder))).data)


class DaliReader:
    """DALI's own reader of video files, which chooses the frames by number, with its resize: no other library in between."""

    name, packages = "DALI's reader", ("nvidia-dali-cuda130", "nvidia-dali-cuda120")

    def __init__(self, device: torch.device) -> None:
        self._device = device
        import_module("nvidia.dali")

    def windows(self, path: Path, count: int) -> Iterator[torch.Tensor]:
        """Yield the first windows of a file."""
        dali, fn, types = (import_module(f"nvidia.dali{name}") for name in ("", ".fn", ".types"))
        on_gpu = self._device.type == "cuda"
        pipeline = dali.Pipeline(batch_size=1, num_threads=4, device_id=(self._device.index or 0) if on_gpu else None)
        with pipeline:
            frames = fn.experimental.readers.video(
                device="gpu" if on_gpu else "cpu",
                filenames=[str(path.resolve())],
                sequence_length=FRAMES,
                stride=STRIDE,
                step=HOP * gpu_clips.FPS,
            )
            scaled = fn.resize(frames, size=[SIZE, SIZE], interp_type=types.INTERP_LINEAR, antialias=True)
            pipeline.set_outputs(scaled)
        pipeline.build()
        for _ in range(count):
            (batch,) = pipeline.run()
            yield from_dlpack(batch.as_reshaped_tensor([FRAMES, SIZE, SIZE, 3]))

    def clip(self, path: Path) -> None:
        """The reader opens its files when it is built, and reads neighbours alone."""


class PyNv:
    """PyNvVideoCodec's simple decoder: frames by number, in RGB on the GPU. Written by its manual, and never run."""

    name, packages = "PyNvVideoCodec", ("PyNvVideoCodec",)

    def __init__(self, device: torch.device) -> None:
        # Where there is no driver the import itself fails.
        self._library = import_module("PyNvVideoCodec")
        self._index = device.index or 0

    def windows(self, path: Path, count: int) -> Iterator[torch.Tensor]:
        """Yield the first windows of a file."""
        decoder = self._open(path)
        for number in range(count):
            first = number * HOP * gpu_clips.FPS
            yield self._frames(decoder, [first + k * STRIDE for k in range(FRAMES)])

    def clip(self, path: Path) -> torch.Tensor:
        """Open a file and return a few frames spread over it."""
        decoder = self._open(path)
        return self._frames(decoder, spread(len(decoder)))

    def _open(self, path: Path) -> PyNvDecoder:
        decoder: PyNvDecoder = self._library.SimpleDecoder(
            str(path),
            gpu_id=self._index,
            use_device_memory=True,
            output_color_type=self._library.OutputColorType.RGB,
        )
        return decoder

    @staticmethod
    def _frames(decoder: PyNvDecoder, indices: list[int]) -> torch.Tensor:
        return resized(torch.stack([from_dlpack(frame) for frame in decoder.get_batch_frames_by_index(indices)]))


class PyNvDecoder(Protocol):
    """`PyNvVideoCodec.SimpleDecoder`."""

    def __len__(self) -> int: ...
    def get_batch_frames_by_index(self, indices: list[int]) -> list[object]: ...


def spread(count: int) -> list[int]:
    """Return the indices of the frames on screen at the centres of equal parts of a clip of constant rate."""
    return [(2 * k + 1) * count // (2 * CLIP_FRAMES) for k in range(CLIP_FRAMES)]


def resized(frames: torch.Tensor) -> torch.Tensor:
    """Return uint8 frames ``[T, H, W, 3]`` at the size of the work, by torch's antialiased bilinear filter."""
    scaled = torch.nn.functional.interpolate(
        frames.permute(0, 3, 1, 2).float(), (SIZE, SIZE), mode="bilinear", antialias=True
    )
    return scaled.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def installed_ways(device: str) -> tuple[list[Way], dict[str, str]]:
    """Return the ways that can be tried on a device, and why each other cannot."""
    on_torch = torch.device("cpu" if device == "dali-cpu" else device)
    ways: list[Way] = [OnDevice(device), OnCpu(on_torch)]
    absent = {}
    for kind in (TorchCodec, DaliReader, PyNv):
        try:
            ways.append(kind(on_torch))
        except (ImportError, RuntimeError, OSError) as error:
            absent[kind.name] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return ways, absent


def versions(ways: list[Way]) -> dict[str, str]:
    """Return the versions of what is compared, and of torch."""
    found = {}
    for name in {"torch", *(package for way in ways for package in way.packages)}:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return dict(sorted(found.items()))
