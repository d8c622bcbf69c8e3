"""Which versions of each library were tested; others are refused with one line that names what is needed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module, metadata
from types import ModuleType

from .._install import install

TESTED: Mapping[str, tuple[str, str, str]] = {
    "accelerate": ("1.15", "1.16", "accelerate"),
    "datasets": ("5.2", "5.3", "trl"),
    "lightning": ("2.6", "2.7", "lightning"),
    "peft": ("0.21", "0.22", "trl"),
    "qwen_omni_utils": ("0.0.9", "0.0.10", "qwen-utils"),
    "qwen_vl_utils": ("0.0.14", "0.0.15", "qwen-utils"),
    "transformers": ("5.24", "5.25", "transformers"),
    "trl": ("1.16", "1.17", "trl"),
}
"""Of each library the first version that was tested, the first that was not, and the extra that installs it."""


def tested(library: str) -> ModuleType:
    """Import a library.

    Args:
        library: Its module's name, one of `TESTED`.

    Raises:
        ImportError: It is not installed, or its version was not tested; the text names the extra.
    """
    first, end, extra = TESTED[library]
    name = library.replace("_", "-")
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError as error:
        raise ImportError(f"{name} is not installed; {install(extra)}") from error
    if not _numbers(first) <= _numbers(version) < _numbers(end):
        raise ImportError(f"{name} must be at least {first} and below {end}, got {version}; {install(extra)}")
    return import_module(library)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, as far as they are numbers.

    >>> _numbers("5.24.0rc1") >= _numbers("5.24")
    True
    """
    numbers = []
    for part in version.split("+")[0].split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)
