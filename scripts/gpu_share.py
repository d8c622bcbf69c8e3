"""Print which files and GOPs of folders a device would decode, and why not the others.

python scripts/gpu_share.py FOLDER...

For "cuda" it is what the headers of each file and of each GOP say: no device is needed, and what the device's decoder or its
colours would refuse is not known. For "dali-cpu", where DALI is installed, one frame of each GOP is decoded.
"""

from __future__ import annotations

import importlib.util
import logging
import multiprocessing
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emos_io import Media
from emos_io.errors import EmosError
from emos_io.gpu.dali.dali_decoder import DaliDecoder
from emos_io.gpu.devices import check_device
from emos_io.gpu.files import refusal_of
from emos_io.gpu.gop_reading import Refused, ready_gop
from emos_io.media.core_gops import CoreGops
from emos_io.media.opening import OpenOptions, OpenSource

SECONDS = 60
"""After which a file is given up: DALI can wait for ever."""


class Share(NamedTuple):
    """GOPs of a file: decoded by the device, and by the CPU for each reason."""

    codec: str
    device: int
    cpu: dict[str, int]


def main() -> None:
    """Print a line for each file and device, and the sums."""
    logging.getLogger("emos_io").addHandler(logging.NullHandler())
    files = sorted(path for folder in sys.argv[1:] for path in Path(folder).rglob("*") if path.is_file())
    has_dali = importlib.util.find_spec("nvidia") is not None and importlib.util.find_spec("nvidia.dali") is not None
    sums: dict[str, Sum] = {}
    decoding = Worker()
    for path in files:
        by_rule = share_by_rule(path)
        if by_rule is None:
            continue
        shares = {"cuda, by rule": by_rule}
        if has_dali:
            shares["dali-cpu"] = (
                decoding.share(path) if by_rule.codec in ("vp8", "vp9", "mjpeg") else refused_codec(by_rule)
            )
        for device, share in shares.items():
            reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(share.cpu.items())) or "-"
            print(f"{device}\t{path.name}\t{share.codec}\t{share.device} GOPs on the device\t{reasons}", flush=True)
            sums.setdefault(device, Sum()).add(share)
    decoding.close()
    for device, total in sums.items():
        print(f"\n{device}: {total}")


class Sum:
    """What all files share out."""

    def __init__(self) -> None:
        self.files, self.full, self.gops, self.on_device = 0, 0, 0, 0
        self.files_by_reason: Counter[str] = Counter()

    def add(self, share: Share) -> None:
        """Count a file."""
        self.files += 1
        self.full += not share.cpu
        self.on_device += share.device
        self.gops += share.device + sum(share.cpu.values())
        self.files_by_reason.update(share.cpu.keys())

    def __str__(self) -> str:
        reasons = "".join(f"\n  {count} files: {reason}" for reason, count in self.files_by_reason.most_common())
        return f"{self.full} of {self.files} files and {self.on_device} of {self.gops} GOPs on the device{reasons}"


def share_by_rule(path: Path) -> Share | None:
    """Return what headers say of a file on a CUDA device; None where it is no video that can be decoded."""
    source = OpenSource(str(path), OpenOptions.checked(None, None, "mask", None, None), None)
    gops = CoreGops(source.reader, str(path))
    try:
        codec, amounts = gops.codec_data, gops.amounts
        count = len(amounts.num_frames)
        if not count:
            return None
        device = check_device("cuda")
        reason = refusal_of(codec, amounts, device, DaliDecoder(device).codecs)
        if reason is not None:
            return Share(codec.codec, 0, {str(reason): count})
        cpu: Counter[str] = Counter()
        for number in range(count):
            try:
                ready_gop(gops, number, device)
            except Refused as refused:
                cpu[str(refused.reason)] += 1
        return Share(codec.codec, count - cpu.total(), dict(cpu))
    except EmosError:
        return None


def share_by_decoding(path: Path) -> Share:
    """Return what DALI's CPU backend decodes of a file, when one frame of each GOP is asked for."""
    with Media(path, device="dali-cpu", on_error="mask") as media:
        source = OpenSource(str(path), OpenOptions.checked(None, None, "mask", None, None), None)
        gops = CoreGops(source.reader, str(path))
        video = media.metadata.video
        assert video is not None, path
        numbers = gops.gops_of(np.arange(video.num_frames))
        firsts = np.unique(numbers, return_index=True)[1]
        before = media.stats()["gops"]["cpu"]
        cpu: Counter[str] = Counter()
        for first in firsts.tolist():
            media.frames_by_index([first], size=(32, 32))
            stats = media.stats()
            if stats["gops"]["cpu"] > before:
                cpu.update(stats["fallback"].keys() or ["unknown"])
            before = stats["gops"]["cpu"]
        return Share(gops.codec_data.codec, len(firsts) - min(len(firsts), cpu.total()), dict(cpu))


def refused_codec(by_rule: Share) -> Share:
    """Return the share of a file whose codec DALI's CPU backend does not decode."""
    return Share(by_rule.codec, 0, {"the device does not decode the codec": by_rule.device + sum(by_rule.cpu.values())})


class Worker:
    """Decodes in a process of its own, which is ended where a file takes too long."""

    def __init__(self) -> None:
        self._pool = multiprocessing.get_context("spawn").Pool(1)

    def share(self, path: Path) -> Share:
        """Return the share of a file."""
        try:
            return self._pool.apply_async(share_by_decoding, (path,)).get(timeout=SECONDS)
        except multiprocessing.TimeoutError:
            self._pool.terminate()
            self._pool = multiprocessing.get_context("spawn").Pool(1)
            return Share("?", 0, {f"given up after {SECONDS} s": 1})

    def close(self) -> None:
        """End the process."""
        self._pool.terminate()


if __name__ == "__main__":
    main()
