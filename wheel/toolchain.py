"""The compiler of the libraries: zig, which links against an old glibc on any machine.

Wrapper programs lie in one folder on the path, so that no option of a configure step, which the libraries keep as text,
names a folder of this machine.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from recipe import BuildError, Recipe
from steps import path_with

TOOLS_OF_X86 = ("nasm",)
"""Programs that assemble on x86-64 alone."""

TOOLS = ("make", "pkg-config", "nm", "strip")

_ZLIB_HEADERS = ("zlib.h", "zconf.h")


@dataclass(frozen=True)
class Toolchain:
    """Wrapper programs and headers for one target."""

    folder: Path

    def environment(self) -> dict[str, str]:
        """Return the environment in which the wrappers are found and run."""
        cache = str(self.folder.parent / "zig-cache")
        return {
            "PATH": path_with(str(self.folder / "bin")),
            "ZIG_GLOBAL_CACHE_DIR": cache,
            "ZIG_LOCAL_CACHE_DIR": cache,
        }


def make(recipe: Recipe, folder: Path) -> Toolchain:
    """Write the wrappers and the headers of zlib into `folder`."""
    needed = (*TOOLS, *TOOLS_OF_X86) if recipe.machine == "x86_64" else TOOLS
    if missing := [name for name in needed if shutil.which(name) is None]:
        raise BuildError(f"these programs are missing: {', '.join(missing)}; make wheel installs them on Debian")
    shutil.rmtree(folder, ignore_errors=True)
    zig = zig_program()
    _zlib(folder)
    flags = f'-target {recipe.zig_target} -I "{folder / "include"}" -L "{folder / "lib"}"'
    wrappers = {
        "zig-cc": f'cc {flags} "$@"',
        "zig-c++": f'c++ {flags} "$@"',
        "zig-ar": 'ar "$@"',
        "zig-ranlib": 'ranlib "$@"',
    }
    for name, words in wrappers.items():
        path = folder / "bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\nexec "{zig}" {words}\n')
        path.chmod(0o755)
    return Toolchain(folder)


def zig_program() -> Path:
    """Return the zig of the installed package; the program itself, as `python -m ziglang` starts a Python a file."""
    import ziglang

    return Path(ziglang.__file__).parent / "zig"


def versions(recipe: Recipe) -> str:
    """Return the versions of what compiles and is linked, as one line."""
    words = [
        f"zig {_first_line([str(zig_program()), 'version'])}",
        f"zlib {_first_line(['pkg-config', '--modversion', 'zlib'])}",
    ]
    if recipe.machine == "x86_64":
        version = re.search(r"\d[\d.]*", _first_line(["nasm", "-v"]))
        words.append(f"nasm {version.group() if version else '?'}")
    return ", ".join(words)


def _first_line(words: list[str]) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BuildError(f"{' '.join(words)} failed: {error}; make wheel installs what it needs on Debian") from error
    return done.stdout.splitlines()[0].strip()


def _zlib(folder: Path) -> None:
    """Copy zlib's headers and link its library, since the folder of all headers would hide those of zig's glibc."""
    include, lib = folder / "include", folder / "lib"
    (include / "sys").mkdir(parents=True)
    lib.mkdir()
    headers = Path(_first_line(["pkg-config", "--variable=includedir", "zlib"]))
    for name in _ZLIB_HEADERS:
        shutil.copy(headers / name, include / name)
    library = Path(_first_line(["pkg-config", "--variable=libdir", "zlib"])) / "libz.so.1"
    if not library.exists():
        raise BuildError(f"the library of zlib must lie where pkg-config says: {str(library)!r}")
    shutil.copy(library, lib / library.name)
    (lib / "libz.so").symlink_to(library.name)
    # This glibc has the function sysctl and no header of it, which FFmpeg's configure takes for both.
    (include / "sys" / "sysctl.h").touch()
