"""Decode one clip with each named library in one process, in this order, then with ours again; print what each gives.

`neighbour.py CLIP LIBRARY...`; a line of JSON. All are imported before anything is decoded, in the order given.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Frames = npt.NDArray[np.uint8]


def _ours(clip: str) -> Frames:
    from emos_io import Media, Span

    return Media(clip).frames_in(Span(0, 1)).data


def _av(clip: str) -> Frames:
    import av

    with av.open(clip) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def _cv2(clip: str) -> Frames:
    import cv2

    capture = cv2.VideoCapture(clip)
    frames = []
    while (answer := capture.read())[0]:
        frames.append(answer[1])
    return np.stack(frames)


def _decord(clip: str) -> Frames:
    import decord

    reader = decord.VideoReader(clip, num_threads=1)
    return np.asarray(reader.get_batch(range(len(reader))).asnumpy())


def _torchcodec(clip: str) -> Frames:
    decoders = importlib.import_module("torchcodec.decoders")
    return np.asarray(decoders.VideoDecoder(clip)[:].numpy())


READERS: dict[str, Callable[[str], Frames]] = {
    "emos_io": _ours,
    "av": _av,
    "cv2": _cv2,
    "decord": _decord,
    "torchcodec": _torchcodec,
}


def main() -> None:
    """Import all, decode with all, then with ours again."""
    clip, *names = sys.argv[1:]
    for name in names:
        # Our package loads its core when a name of it is first used.
        importlib.import_module("emos_io.media" if name == "emos_io" else name)
    found = {name: hashlib.sha256(READERS[name](clip).tobytes()).hexdigest() for name in names if name in READERS}
    if "emos_io" in names:
        found["again"] = hashlib.sha256(_ours(clip).tobytes()).hexdigest()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
