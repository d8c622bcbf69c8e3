"""Names of devices, and what must be installed and present for them: each lack is an error that says what to install."""

from __future__ import annotations

import ctypes
import functools
import importlib.metadata
import importlib.util
import re
from typing import NamedTuple, NewType

from .._install import install
from ..errors import InvalidArgument, short_repr

DeviceName = NewType("DeviceName", str)
"""A device with its number: ``"cuda:0"``, or ``"dali-cpu"``."""

ALLOWED = '"cuda", "cuda:N" or "dali-cpu"'
WHEELS = {13: ("nvidia-dali-cuda130", "gpu"), 12: ("nvidia-dali-cuda120", "gpu-cuda12")}
"""By major version of CUDA: the package of DALI, and the extra that installs it."""
_CUDA = re.compile(r"cuda(?::(0|[1-9][0-9]{0,3}))?", re.ASCII)
_DRIVER = "libcuda.so.1"
_FITS = "install what fits it ({} for CUDA 13, {} for CUDA 12), or leave device out (None) to decode on the CPU"


class Driver(NamedTuple):
    """What the driver of CUDA says.

    Attributes:
        version: (major, minor) of the newest CUDA that it runs.
        num_devices: How many devices this process sees.
    """

    version: tuple[int, int]
    num_devices: int


def check_device(text: object) -> DeviceName:
    """Return the name of a device with its number, without a look at what is installed.

    Args:
        text: ``"cuda"`` (the first one), ``"cuda:N"``, or ``"dali-cpu"``: DALI's CPU backend, for tests.

    Raises:
        InvalidArgument: It is anything else.

    >>> check_device("cuda")
    'cuda:0'
    """
    if text == "dali-cpu":
        return DeviceName("dali-cpu")
    found = _CUDA.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise InvalidArgument(
            f"device must be {ALLOWED}, got {short_repr(text)}; leave it out (None) to decode on the CPU"
        )
    return DeviceName(f"cuda:{found[1] or 0}")


def check_ready(device: DeviceName) -> None:
    """Check that a device can be used: the extra is installed, and for CUDA there is a driver that fits, and such a device.

    Raises:
        ImportError: DALI is not installed.
        InvalidArgument: There is no driver, it runs an older CUDA than the DALI that is installed, or there is no such device.
    """
    major = installed_cuda()
    if device == "dali-cpu":
        return
    driver = find_driver()
    if isinstance(driver, str):
        raise InvalidArgument(
            f"device must be a GPU with a driver of CUDA {major} or newer beside it, got {device!r}, but {driver}; look at "
            f"nvidia-smi, {_FITS.format(install('gpu'), install('gpu-cuda12'))}"
        )
    if driver.version[0] < major:
        found = ".".join(map(str, driver.version))
        raise InvalidArgument(
            f"device must be a GPU whose driver runs CUDA {major}, which {WHEELS[major][0]} needs, got {device!r} and a driver "
            f"of CUDA {found}; update the driver, {_FITS.format(install('gpu'), install('gpu-cuda12'))}"
        )
    if int(device.partition(":")[2]) >= driver.num_devices:
        raise InvalidArgument(
            f"device must be one of the {driver.num_devices} GPUs of this process, got {device!r}; look at CUDA_VISIBLE_DEVICES"
        )


def installed_cuda() -> int:
    """Return the major version of CUDA of the DALI that is installed.

    Raises:
        ImportError: DALI is not installed.
    """
    for major, (package, _) in WHEELS.items():
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
        if _importable("nvidia.dali"):
            return major
    raise ImportError(
        f"device needs NVIDIA DALI, which is not installed; {install('gpu')} (CUDA 13), or {install('gpu-cuda12')} (CUDA 12)"
    )


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        # The parent is missing, or somebody has blocked the name (None in sys.modules).
        return False


@functools.cache
def find_driver() -> Driver | str:
    """Ask the driver of CUDA for its version and its devices; where there is none, or it does not start, return why."""
    try:
        library = ctypes.CDLL(_DRIVER)
    except OSError:
        return f"{_DRIVER} does not load"
    version, count = ctypes.c_int(), ctypes.c_int()
    calls = (
        ("cuInit", ctypes.c_uint(0)),
        ("cuDriverGetVersion", ctypes.byref(version)),
        ("cuDeviceGetCount", ctypes.byref(count)),
    )
    for name, argument in calls:
        if code := int(getattr(library, name)(argument)):
            return f"{name} of {_DRIVER} returns {code}"
    # 13020 is CUDA 13.2.
    return Driver((version.value // 1000, version.value % 1000 // 10), count.value)
