"""HE-AAC that says of itself what it is in every way that there is, in every container that ffmpeg writes it to."""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from . import boxes, clips
from .remember import build_folder

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
PACKETS = 70
"""Of one golden file."""
PACKET_SAMPLES = 2_048
RATE, CORE_RATE = 48_000, 24_000

_FREQUENCY_INDEX = {48_000: 3, 24_000: 6}
_LC, _SBR, _PS = 2, 5, 29
_SBR_SYNC, _PS_SYNC = 0x2B7, 0x548

CONTAINERS = {
    "m4a": ".m4a",
    "mov": ".mov",
    "fragmented": "-movflags frag_keyframe+empty_moov .mp4",
    "mkv": ".mkv",
    "flv": ".flv",
    "ts": ".ts",
    "latm": "-mpegts_flags latm .ts",
    "adts": ".aac",
}


def clip(golden: str, container: str, copies: int) -> Path:
    """So many copies of a golden file, one after the other, in a container."""
    joined = "|".join([str(GOLDEN / golden)] * copies)
    m4a = clips.make(["-f", "aac", "-i", f"concat:{joined}", "-c", "copy", "-bsf:a", "aac_adtstoasc"], ".m4a")
    *options, suffix = CONTAINERS[container].split()
    return m4a if container == "m4a" else clips.make(["-i", str(m4a), "-c", "copy", *options], suffix)


def implicit(channels: int) -> bytes:
    """Settings of AAC-LC at half the rate: only decoding tells that there is more."""
    return _bits((_LC, 5), (_FREQUENCY_INDEX[CORE_RATE], 4), (channels, 4), (0, 3))


def hierarchical(channels: int, *, stereo: bool) -> bytes:
    """Settings that begin with SBR or PS, so that a decoder of AAC-LC refuses them."""
    core, full = _FREQUENCY_INDEX[CORE_RATE], _FREQUENCY_INDEX[RATE]
    return _bits((_PS if stereo else _SBR, 5), (core, 4), (channels, 4), (full, 4), (_LC, 5), (0, 3))


def backward_compatible(channels: int, *, stereo: bool | None = None) -> bytes:
    """Settings of AAC-LC with SBR after them, and PS where `stereo` says yes or no."""
    fields = [(_LC, 5), (_FREQUENCY_INDEX[CORE_RATE], 4), (channels, 4), (0, 3), (_SBR_SYNC, 11), (_SBR, 5), (1, 1)]
    fields.append((_FREQUENCY_INDEX[RATE], 4))
    if stereo is not None:
        fields += [(_PS_SYNC, 11), (int(stereo), 1)]
    return _bits(*fields)


def _bits(*fields: tuple[int, int]) -> bytes:
    """Numbers of so many bits, filled up with zeros."""
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def with_settings(path: Path, settings: bytes) -> Path:
    """An MP4 file with other AAC settings (AudioSpecificConfig)."""
    data = path.read_bytes()
    stsd = boxes.find(data, b"stsd")
    entry = stsd.start + 16
    esds = data.index(b"esds", entry) - 4
    body = data[esds + 12 : stsd.end]
    old, new = _descriptor(5, implicit(1))[:5], _descriptor(5, settings)
    at = body.index(old[:4])
    length = body[at + 4]
    changed = bytearray(body[:at] + new + body[at + 5 + length :])
    more = len(settings) - length
    # The outer descriptors: 3 (all of it), 4 (of the decoder).
    for tag in (3, 4):
        changed[changed.index(bytes([tag, 0x80, 0x80, 0x80])) + 4] += more
    new_esds = struct.pack(">I", 12 + len(changed)) + data[esds + 4 : esds + 12] + bytes(changed)
    grown = data[entry + 4 : esds] + new_esds
    new_entry = struct.pack(">I", 4 + len(grown)) + grown
    new_stsd = struct.pack(">I", 16 + len(new_entry)) + data[stsd.start + 4 : entry] + new_entry
    return _written(boxes.replaced(data, stsd, new_stsd))


def _descriptor(tag: int, body: bytes) -> bytes:
    return bytes([tag, 0x80, 0x80, 0x80, len(body)]) + body


def with_delay(path: Path, *, tick_rate: int, edited: int | None, tag: tuple[int, int, int] | None) -> Path:
    """An MP4 file whose clock ticks so often, with an edit list that begins after so many ticks and iTunes' tag."""
    data = path.read_bytes()
    mdhd = boxes.find(data, b"mdhd")
    old, duration = struct.unpack_from(">II", data, mdhd.start + 20)
    assert old % tick_rate == 0
    by = old // tick_rate
    data = boxes.set_word(boxes.set_word(data, mdhd.start + 20, tick_rate), mdhd.start + 24, duration // by)
    stts = boxes.find(data, b"stts")
    (count,) = struct.unpack_from(">I", data, stts.start + 12)
    for run in range(count):
        at = stts.start + 20 + 8 * run
        data = boxes.set_word(data, at, struct.unpack_from(">I", data, at)[0] // by)
    edts = boxes.find(data, b"edts")
    edits = b""
    if edited is not None:
        elst = boxes.edit_list([((duration // by - edited) * 1_000 // tick_rate, edited)])
        edits = struct.pack(">I4s", 8 + len(elst), b"edts") + elst
    data = boxes.replaced(data, edts, edits)
    udta = boxes.find(data, b"udta")
    return _written(boxes.replaced(data, udta, b"" if tag is None else _itunes(tag)))


def _itunes(tag: tuple[int, int, int]) -> bytes:
    """A ``udta`` box with iTunSMPB: samples before, after and of the audio."""
    delay, padding, length = tag
    text = f" 00000000 {delay:08X} {padding:08X} {length:016X}" + " 00000000" * 8
    item = _box(b"mean", b"\0\0\0\0com.apple.iTunes") + _box(b"name", b"\0\0\0\0iTunSMPB")
    item += _box(b"data", struct.pack(">II", 1, 0) + text.encode())
    handler = _box(b"hdlr", b"\0" * 8 + b"mdirappl" + b"\0" * 9)
    return _box(b"udta", _box(b"meta", b"\0\0\0\0" + handler + _box(b"ilst", _box(b"----", item))))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _written(data: bytes) -> Path:
    path = build_folder() / "clips" / f"{hashlib.sha256(data).hexdigest()[:24]}.m4a"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(data)
        part.replace(path)
    return path


def upper_and_side(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Of each packet of ``[2, N]``: the energy above a quarter of the rate, and that of left minus right, ``[2, N / 2048]``."""
    count = samples.shape[1] // PACKET_SAMPLES
    packets = samples[:, : count * PACKET_SAMPLES].astype(np.float64).reshape(2, count, PACKET_SAMPLES)
    spectrum = np.abs(np.fft.rfft(packets * np.hanning(PACKET_SAMPLES))) ** 2
    upper = spectrum[..., PACKET_SAMPLES // 4 :].sum(axis=(0, 2)) / PACKET_SAMPLES**2
    return np.stack([upper, ((packets[0] - packets[1]) ** 2).mean(axis=1)])
