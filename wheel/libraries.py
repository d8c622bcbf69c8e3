"""FFmpeg and dav1d as shared libraries, built once for each recipe."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import recipe as recipes
import sources
import toolchain
from recipe import Recipe, Source
from steps import run, step

PREFIX = "opt/emos"
"""Where the libraries believe they are installed, below the root; no folder of this machine is in them."""

_MESON_MACHINE = """[binaries]
c = 'zig-cc'
ar = 'zig-ar'
strip = 'strip'
"""


@dataclass(frozen=True)
class Libraries:
    """The libraries of one recipe, and the folder for all that is built with them."""

    folder: Path

    @property
    def stage(self) -> Path:
        """What the libraries take for the root of the machine."""
        return self.folder / "stage"

    @property
    def prefix(self) -> Path:
        """The folder of `include`, `lib`, `licenses` and `tools.txt`."""
        return self.stage / PREFIX


def build(recipe: Recipe, folder: Path) -> Libraries:
    """Return the libraries; build them where this recipe has not been built."""
    tools = toolchain.versions(recipe)
    work = folder / f"libraries-{recipe.machine}-{recipes.libraries_digest(recipe, tools)}"
    done = work / "done"
    built = Libraries(work)
    if done.exists():
        return built
    archives = {source.name: sources.find(source, folder / "downloads") for source in recipe.sources}
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    env = toolchain.make(recipe, work / "toolchain").environment() | {
        "PKG_CONFIG_LIBDIR": str(built.prefix / "lib" / "pkgconfig"),
        "PKG_CONFIG_SYSROOT_DIR": str(built.stage),
        "DESTDIR": str(built.stage),
        "LC_ALL": "C",
    }
    with step(f"building dav1d {recipe.dav1d.version}"):
        _dav1d(recipe, sources.unpack(archives["dav1d"], work / "dav1d"), env)
    with step(f"building FFmpeg {recipe.ffmpeg.version}, which takes minutes"):
        _ffmpeg(recipe, sources.unpack(archives["FFmpeg"], work / "ffmpeg"), env)
    for source in recipe.sources:
        _licenses(source, work / source.name.lower(), built.prefix / "licenses")
    (built.prefix / "tools.txt").write_text(f"{tools}\n")
    for name in ("dav1d", "ffmpeg", "ffmpeg-build"):
        shutil.rmtree(work / name)
    done.touch()
    return built


def _dav1d(recipe: Recipe, source: Path, env: dict[str, str]) -> None:
    log = source.parent / "dav1d.log"
    (source / "machine.ini").write_text(_MESON_MACHINE)
    words = ["meson", "setup", "build", "--native-file", "machine.ini", f"--prefix=/{PREFIX}", "--libdir=lib"]
    run([*words, *recipe.dav1d_options], log, cwd=source, env=env)
    run(["ninja", "-C", "build"], log, cwd=source, env=env)
    # FFmpeg strips what it installs. Symbols would hold folders of this machine, and the wheel names libraries by their bytes.
    run(["meson", "install", "-C", "build", "--strip"], log, cwd=source, env=env)


def _ffmpeg(recipe: Recipe, source: Path, env: dict[str, str]) -> None:
    log = source.parent / "ffmpeg.log"
    build = source.parent / "ffmpeg-build"
    build.mkdir()
    words = [
        f"../{source.name}/configure",
        f"--prefix=/{PREFIX}",
        *("--cc=zig-cc", "--cxx=zig-c++", "--ar=zig-ar", "--ranlib=zig-ranlib", "--nm=nm", "--strip=strip"),
        # Each library finds its own functions in itself, whatever else the process has loaded.
        "--extra-ldflags=-Wl,-Bsymbolic",
    ]
    run([*words, *recipe.ffmpeg_options], log, cwd=build, env=env)
    run(["make", f"-j{os.cpu_count() or 2}", "install"], log, cwd=build, env=env)


def _licenses(source: Source, folder: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for name in source.license_files:
        shutil.copy(folder / name, target / f"{source.name}-{name}")
