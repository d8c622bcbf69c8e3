"""What the wheel is made of: recipe.toml as typed values, and the digest that names what it builds."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent

_FIRST_DATE_OF_ZIP = 315_532_800
"""1980-01-01; archives of zip know no earlier date."""

_MACHINES = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


class BuildError(Exception):
    """What a person must know; one line where it can be."""


@dataclass(frozen=True)
class Source:
    """One release of another project, as its authors published it."""

    name: str
    version: str
    sha256: str
    files: tuple[str, ...]
    urls: tuple[str, ...]
    license: str
    license_files: tuple[str, ...]
    homepage: str


@dataclass(frozen=True)
class Recipe:
    """All that decides what is inside the wheel, besides our own code."""

    machine: str
    glibc: str
    largest: int
    dav1d: Source
    ffmpeg: Source
    dav1d_options: tuple[str, ...]
    ffmpeg_options: tuple[str, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources, in the order in which they are built."""
        return (self.dav1d, self.ffmpeg)

    @property
    def zig_target(self) -> str:
        """The target of zig: the machine and the oldest glibc."""
        return f"{self.machine}-linux-gnu.{self.glibc}"

    @property
    def rust_target(self) -> str:
        """The target of cargo."""
        return f"{self.machine}-unknown-linux-gnu"

    @property
    def platform_tag(self) -> str:
        """The platform of the wheel, as ``manylinux_2_28_x86_64``."""
        return f"manylinux_{self.glibc.replace('.', '_')}_{self.machine}"


def read() -> Recipe:
    """Read recipe.toml for this machine."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or platform.system() != "Linux":
        raise BuildError(
            f"the wheel is built on Linux, x86-64 or aarch64, got {platform.system()} {platform.machine()}; "
            "pip install . builds against the FFmpeg of the system"
        )
    raw = tomllib.loads((FOLDER / "recipe.toml").read_text())
    sources = {each["name"]: _source(each) for each in raw["source"]}
    return Recipe(
        machine=machine,
        glibc=raw["wheel"]["glibc"],
        largest=raw["wheel"]["largest"],
        dav1d=sources["dav1d"],
        ffmpeg=sources["FFmpeg"],
        dav1d_options=tuple(raw["dav1d"]["options"]),
        ffmpeg_options=(*raw["ffmpeg"]["options"], f"--enable-decoder={','.join(raw['ffmpeg']['decoders'])}"),
    )


def _source(raw: dict[str, Any]) -> Source:
    return Source(
        name=raw["name"],
        version=raw["version"],
        sha256=raw["sha256"],
        files=tuple(raw["files"]),
        urls=tuple(raw["urls"]),
        license=raw["license"],
        license_files=tuple(raw["license_files"]),
        homepage=raw["homepage"],
    )


def files() -> list[Path]:
    """Return the files that a wheel carries so that its libraries can be built again."""
    return sorted([*FOLDER.glob("*.py"), FOLDER / "recipe.toml", FOLDER / "requirements.txt"])


def source_date() -> int:
    """Return the time that all files in the wheel get: SOURCE_DATE_EPOCH, else that of the last commit, in Unix seconds."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 else _FIRST_DATE_OF_ZIP


def libraries_digest(recipe: Recipe, tools: str) -> str:
    """Return the digest of all that decides the bytes of the libraries; `tools` names programs and their versions.

    Where the sources are downloaded, and how large a wheel may be, decides none of them.
    """
    hashes = [source.sha256 for source in recipe.sources]
    options = (recipe.zig_target, hashes, recipe.dav1d_options, recipe.ffmpeg_options)
    digest = hashlib.sha256(f"{options!r}\n{tools}\n".encode())
    for name in ("libraries.py", "toolchain.py", "requirements.txt"):
        digest.update((FOLDER / name).read_bytes())
    return digest.hexdigest()[:16]
