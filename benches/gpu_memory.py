"""Memory and the use of the decoder while benches/gpu.py runs, by nvidia-smi where it is and by the kernel."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import torch

from gpu_ways import FPS, HOP, LENGTH, SIZE

RATE, BATCH_SIZE, LOOKS, SETTLED = 16_000, 4, 20, 0.2
"""Audio of the loader; windows of a batch; how often memory is looked at; the share of batches after which it must be flat."""
SECONDS_BETWEEN = 0.2
MEBIBYTE = 1 << 20


class DecoderUse:
    """Asks nvidia-smi for the use of the decoder while a block runs; `percent` stays empty where there is none.

    100 means that the decoder's time is used up. The limit of a card with several decoders is that of all of them together.
    """

    def __init__(self, device: str) -> None:
        self.percent: list[float] = []
        self._index = device.partition(":")[2] or "0"
        self._is_asked = device != "dali-cpu" and shutil.which("nvidia-smi") is not None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._is_asked:
            self._thread = threading.Thread(target=self._ask, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _ask(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN):
            answer = asked("utilization.decoder", self._index)
            if answer is not None and answer.isdigit():
                self.percent.append(float(answer))


def asked(query: str, index: str = "0") -> str | None:
    """Return what nvidia-smi says of a GPU; None where it says nothing."""
    command = ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader,nounits", "-i", index]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else None


def driver_version() -> str | None:
    """Return the version of the driver; None where there is none."""
    return asked("driver_version")


def over_batches(paths: Sequence[Path], device: str, batches: int) -> dict[str, object]:
    """Read batches of a loader, epoch after epoch, and return the memory between them.

    Memory of the device is all that is used on it, by whomever; of the process what is resident.
    """
    resident, on_device = [], []
    begun = time.perf_counter()
    for number, _ in zip(range(batches), batches_of(paths, device), strict=False):
        if number % max(1, batches // LOOKS) == 0:
            resident.append(resident_mebibytes())
            if device != "dali-cpu":
                free, total = torch.cuda.mem_get_info(device)
                on_device.append((total - free) // MEBIBYTE)
    seconds = time.perf_counter() - begun
    settled = int(len(resident) * SETTLED)
    return {
        "batches": batches,
        "batch_size": BATCH_SIZE,
        "windows_a_second": round(batches * BATCH_SIZE / seconds, 2),
        "resident_mebibytes": resident,
        "device_mebibytes": on_device or None,
        "grown_mebibytes": {
            "resident": resident[-1] - resident[settled],
            "device": on_device[-1] - on_device[settled] if on_device else None,
        },
    }


def batches_of(paths: Sequence[Path], device: str) -> Iterator[object]:
    """Yield batches without end."""
    from emos_io import AudioSpec, Media, VideoSpec, WindowLoader, WindowPlan

    media = [Media(path) for path in paths]
    plan = WindowPlan(media, LENGTH, HOP, labels=None, order="shuffle", seed=7, batch_size=BATCH_SIZE)
    for each in media:
        each.close()
    with WindowLoader(plan, video=VideoSpec(FPS, (SIZE, SIZE)), audio=AudioSpec(RATE), device=device) as loader:
        epoch = 0
        while True:
            loader.set_epoch(epoch)
            yield from loader
            epoch += 1


def resident_mebibytes() -> int:
    """Return the memory of this process."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) // 1024
