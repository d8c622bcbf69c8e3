"""The Rust core, linked against the built libraries for the same old glibc, as a wheel without them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import toolchain
from libraries import Libraries
from recipe import ROOT, Recipe, source_date
from steps import run, step


def build(recipe: Recipe, libraries: Libraries) -> Path:
    """Build the package with maturin; return its wheel, which still needs the libraries beside it."""
    folder = libraries.folder
    wheels = folder / "wheels"
    wheels.mkdir(exist_ok=True)
    for old in wheels.glob("*.whl"):
        old.unlink()
    # Run from a folder that is not above zig, which else names its headers by relative paths that cargo does not find.
    words = [
        "maturin",
        "build",
        "--manifest-path",
        str(ROOT / "rust" / "emos-py" / "Cargo.toml"),
        "--release",
        "--strip",
        "--locked",
        "--zig",
        "--target",
        recipe.rust_target,
    ]
    words += ["--compatibility", recipe.platform_tag.removesuffix(f"_{recipe.machine}"), "--auditwheel", "skip"]
    env = {
        "VIRTUAL_ENV": sys.prefix,
        "CARGO_ZIGBUILD_ZIG_PATH": str(toolchain.zig_program()),
        "CARGO_TARGET_DIR": str(folder / "target"),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(_without_paths(folder)),
        "FFMPEG_DIR": str(libraries.prefix),
        "SOURCE_DATE_EPOCH": str(source_date()),
    }
    with step("building the core"):
        run([*words, "--out", str(wheels)], folder / "core.log", cwd=folder, env=env)
    (wheel,) = wheels.glob("*.whl")
    return wheel


def _without_paths(folder: Path) -> list[str]:
    """Return flags of rustc that keep folders of this machine out of the texts of panics."""
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], cwd=ROOT, capture_output=True, text=True, check=True)
    # The last one that fits a path counts.
    names = {home: "cargo", Path(sysroot.stdout.strip()): "rust", ROOT: "emos-io", folder / "target": "target"}
    return [f"--remap-path-prefix={path}={name}" for path, name in names.items()]
