"""``emos env``: versions, codecs and CPU flags, and what decoding on a GPU would find."""

from __future__ import annotations

import platform
from importlib import metadata

import click

from .. import media
from .._install import install
from ..gpu import WHEELS, find_driver
from .output import output, print_json


@click.command()
@click.option("--json", is_flag=True, help="One JSON object on stdout.")
def env(json: bool) -> None:
    """Print versions of libraries, decoders and CPU flags, and which DALI and CUDA driver are found for decoding on a GPU."""
    dali, driver = installed_dali(), found_driver()
    facts: dict[str, object] = {
        "emos_io": metadata.version("emos-io"),
        "python": platform.python_version(),
        "numpy": metadata.version("numpy"),
        "platform": platform.platform(),
        "libraries": media.libraries(),
        "cpu_flags": media.cpu_flags(),
        "decoders": media.decoders(),
    }
    if json:
        print_json({**facts, "dali": dali, "cuda_driver": driver})
        return
    facts["dali"] = dali or f"not installed; {install('gpu')} (CUDA 13), or {install('gpu-cuda12')} (CUDA 12)"
    facts["cuda_driver"] = driver
    console = output()
    for name, value in facts.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, content in parts:
            text = ", ".join(content) if isinstance(content, list) else content
            console.print(f"{name} {part}".strip() + f": {text}")


def installed_dali() -> dict[str, str]:
    """Return the packages of DALI that are installed, with their versions. Nothing of them is imported."""
    found = {}
    for package, _ in WHEELS.values():
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def found_driver() -> dict[str, object]:
    """Return the newest CUDA that the driver runs and how many devices it has, or why there is none."""
    driver = find_driver()
    if isinstance(driver, str):
        return {"missing": driver}
    return {"cuda": ".".join(map(str, driver.version)), "devices": driver.num_devices}
