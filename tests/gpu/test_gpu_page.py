"""docs/gpu.md names each reason for a fallback, the limits of a GOP, and the limits of the tests of pixels."""

from __future__ import annotations

import re
from pathlib import Path

from test_frames_close import NATIVE, SCALED

from emos_io.gpu.fallback import Reason
from emos_io.gpu.files import MAX_GOP_BYTES, MAX_GOP_FRAMES

PAGE = (Path(__file__).parents[2] / "docs" / "gpu.md").read_text("utf-8")


def test_the_page_has_a_row_for_each_reason() -> None:
    assert re.findall(r"^\| `([^`\"]+)` \|", PAGE, re.MULTILINE) == [str(reason) for reason in Reason]


def test_the_page_has_the_limits_of_a_gop() -> None:
    assert f"over {MAX_GOP_FRAMES:,} frames or {MAX_GOP_BYTES >> 20} MiB" in PAGE


def test_the_page_has_the_limits_of_pixels() -> None:
    rows = re.findall(r"\(limit ([\d.]+)\).*\(limit (\d+)\).*\(limit (\d+)\)", PAGE)
    assert [(float(mean), int(smooth), int(edges)) for mean, smooth, edges in rows] == [
        tuple(near[codec]) for near in (NATIVE, SCALED) for codec in ("vp9", "mjpeg")
    ]
    assert (NATIVE["vp8"], SCALED["vp8"]) == (NATIVE["vp9"], SCALED["vp9"])
