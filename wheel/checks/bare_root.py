"""A machine without FFmpeg, compiler or pip: Debian's smallest base and Python in a folder, entered by chroot."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SUITE = "bookworm"
PYTHON = "3.11"
"""The Python of the suite."""

TIMEOUT_SECONDS = 1800
"""After which a command is given up; on a busy machine the base takes minutes."""

HOME = "/root/work"


class CannotBeMade(Exception):
    """Why there can be no bare root on this machine."""


@dataclass(frozen=True)
class BareRoot:
    """The folder that is the root; `emos` is installed in it."""

    folder: Path

    @property
    def home(self) -> Path:
        """The folder in which commands run, seen from outside."""
        return self.folder / HOME.lstrip("/")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside; its result is not checked."""
        inside = ["/usr/bin/env", "-i", *_ENVIRONMENT, "sh", "-c", f'cd {HOME} && exec "$@"', "sh"]
        return subprocess.run(
            ["chroot", str(self.folder), *inside, *words],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )


_ENVIRONMENT = ("PATH=/usr/local/bin:/usr/bin:/bin", f"HOME={HOME}", "LC_ALL=C.UTF-8")


def base(folder: Path) -> Path:
    """Return the base system, made once."""
    done = folder / "done"
    if done.exists():
        return folder / "root"
    if os.geteuid() != 0:
        raise CannotBeMade("debootstrap and chroot need root")
    if shutil.which("debootstrap") is None:
        raise CannotBeMade("debootstrap is not installed")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    words = ["debootstrap", "--variant=minbase", "--include=python3", SUITE, str(folder / "root")]
    try:
        made = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise CannotBeMade(f"debootstrap took more than {TIMEOUT_SECONDS} s") from error
    if made.returncode:
        raise CannotBeMade(f"debootstrap ended with {made.returncode}: {made.stdout.strip().splitlines()[-1]}")
    done.touch()
    return folder / "root"


def install(base_root: Path, folder: Path, wheel: Path, python: Path) -> BareRoot:
    """Copy the base, and install the wheel in the copy as pip does, from wheels that `python` outside has fetched."""
    root = BareRoot(folder / "root")
    subprocess.run(["cp", "-a", "--reflink=auto", str(base_root), str(root.folder)], check=True)
    root.home.mkdir()
    wheels = root.home / "wheels"
    words = [
        "download",
        "--quiet",
        "--only-binary=:all:",
        "--python-version",
        PYTHON,
        "--dest",
        str(wheels),
        str(wheel),
        "pip",
    ]
    platforms = [word for name in _platforms(wheel) for word in ("--platform", name)]
    subprocess.run([str(python), "-m", "pip", *words, *platforms], check=True)
    (pip,) = wheels.glob("pip-*.whl")
    # pip runs from its own wheel, so that the root stays without it.
    words = ["install", "--no-index", "--find-links", f"{HOME}/wheels", "--break-system-packages", "emos-io"]
    done = root.run("python3", f"{HOME}/wheels/{pip.name}/pip", *words)
    assert done.returncode == 0, done.stderr
    return root


def _platforms(wheel: Path) -> list[str]:
    """Return the platform of the wheel and all older ones: what a machine with just its glibc can install."""
    _, major, minor, machine = wheel.stem.split("-")[-1].split("_", 3)
    older = [f"manylinux_{major}_{each}_{machine}" for each in range(int(minor), 4, -1)]
    return [*older, f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}"]
