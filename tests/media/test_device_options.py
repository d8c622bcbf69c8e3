"""The `device` of a Media: what is allowed, what is missing, and what a Media without one is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emos_io import Media
from emos_io.errors import InvalidArgument
from emos_io.media import check_device

WITHOUT_DALI = "import sys; sys.modules['nvidia'] = sys.modules['nvidia.dali'] = None\n"


def printed_by(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", "auto", "", 0, True, ["cuda"]])
def test_other_devices_are_refused(device: object, counting_clip: Callable[[], Path]) -> None:
    with pytest.raises(InvalidArgument, match=r'^device must be "cuda", "cuda:N" or "dali-cpu", got '):
        Media(counting_clip(), device=device)  # type: ignore[call-overload]
    with pytest.raises(InvalidArgument, match=r"^device must be"):
        check_device(device)


@pytest.mark.parametrize("device", ["cuda", "dali-cpu"])
def test_a_missing_extra_is_one_error(device: str, counting_clip: Callable[[], Path]) -> None:
    code = f"""{WITHOUT_DALI}
from emos_io import Media
try:
    Media({str(counting_clip())!r}, device={device!r})
except ImportError as error:
    print(type(error).__name__, error)
"""
    text = printed_by(code)
    assert text.startswith("ImportError device needs NVIDIA DALI, which is not installed")
    assert "pip install 'emos-io[gpu]'" in text
    assert "pip install 'emos-io[gpu-cuda12]'" in text
    assert len(text.splitlines()) == 1


def test_without_a_device_nothing_of_it_is_imported(counting_clip: Callable[[], Path]) -> None:
    code = f"""
import sys
from emos_io import Media
Media({str(counting_clip())!r}).frames_by_index([0])
print([name for name in sys.modules if name.startswith(("emos_io.gpu", "nvidia"))])
"""
    assert printed_by(code) == "[]"


def test_without_a_device_nothing_is_counted(counting_clip: Callable[[], Path]) -> None:
    with Media(counting_clip()) as media:
        media.frames_by_index([0])
        assert media.stats() == {"device": None, "gops": {"device": 0, "cpu": 0}, "fallback": {}}
        assert "device" not in repr(media)
