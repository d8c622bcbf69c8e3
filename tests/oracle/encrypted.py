"""Files that say that they are encrypted: by ffmpeg's own encryption, and by bytes put into finished files."""

from __future__ import annotations

import random
import struct
from pathlib import Path

from . import clips

KEY = "00112233445566778899aabbccddeeff"
CENC = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", KEY, "-encryption_kid", KEY]
TS_PACKET = 188
AUDIO, VIDEO = 2, 1
"""Kinds of tracks in Matroska."""


def encrypted(source: Path, suffix: str, *options: str) -> Path:
    """The tracks of a file, encrypted by ffmpeg with `KEY`."""
    return clips.make(["-i", str(source), "-map", "0", *options, *CENC], suffix)


def scrambled(source: Path, out: Path, *, pids: set[int], from_packet: int = 0) -> Path:
    """An MPEG-TS of which the packets of some streams are scrambled, from a packet on."""
    data, noise = bytearray(source.read_bytes()), random.Random(0)
    for at in range(from_packet * TS_PACKET, len(data) - TS_PACKET + 1, TS_PACKET):
        if int.from_bytes(data[at + 1 : at + 3], "big") & 0x1FFF in pids:
            adaptation = 1 + data[at + 4] if data[at + 3] & 0x20 else 0
            start = at + 4 + adaptation
            data[at + 3] |= 0x80
            data[start : at + TS_PACKET] = noise.randbytes(at + TS_PACKET - start)
    out.write_bytes(data)
    return out


def managed(source: Path, out: Path) -> Path:
    """An ASF with a Content Encryption Object in its header."""
    data = source.read_bytes()
    texts = (b"secret", b"DRM\0", b"a key\0", b"http://localhost\0")
    content = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    guid = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
    encryption = guid + struct.pack("<Q", 24 + len(content)) + content
    size, count = struct.unpack("<QI", data[16:28])
    head = struct.pack("<QI", size + len(encryption), count + 1)
    out.write_bytes(data[:16] + head + data[28:30] + encryption + data[30:])
    return out


def content_encrypted(source: Path, out: Path, *, kinds: set[int]) -> Path:
    """A Matroska file whose tracks of some kinds have a ContentEncryption, and that has no index any more."""
    key = _element("47e1", b"\x05") + _element("47e2", b"0123456789abcdef")
    encoding = _element("5031", b"\0") + _element("5032", b"\1") + _element("5033", b"\1") + _element("5035", key)
    encodings = _element("6d80", _element("6240", encoding))
    (head_id, head), (_, segment) = _elements(source.read_bytes())
    kept = b""
    for name, content in _elements(segment):
        if name == "1654ae6b":
            tracks = [(inner, body) for inner, body in _elements(content) if inner == "ae"]
            marked = [body + encodings * (dict(_elements(body))["83"][0] in kinds) for _, body in tracks]
            kept += _element(name, b"".join(_element("ae", body) for body in marked))
        elif name in ("1549a966", "1f43b675"):
            kept += _element(name, content)
    out.write_bytes(_element(head_id, head) + _element("18538067", kept))
    return out


def _elements(data: bytes) -> list[tuple[str, bytes]]:
    """The elements in bytes of EBML: id in hexadecimal digits, content."""
    found, at = [], 0
    while at < len(data):
        end = at + 9 - data[at].bit_length()
        name, at = data[at:end].hex(), end
        end = at + 9 - data[at].bit_length()
        size = int.from_bytes(data[at:end], "big") & ((1 << 7 * (end - at)) - 1)
        found.append((name, data[end : end + size]))
        at = end + size
    return found


def _element(name: str, content: bytes) -> bytes:
    return bytes.fromhex(name) + b"\x01" + len(content).to_bytes(7, "big") + content
