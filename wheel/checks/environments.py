"""Virtual environments that hold the wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def uv() -> str:
    """Return the program uv: the one on the path, else that of this environment."""
    return shutil.which("uv") or str(Path(sys.executable).parent / "uv")


def environment(folder: Path, requirements: list[str]) -> Path:
    """Make a virtual environment with these requirements; return its Python."""
    python = folder / "bin" / "python"
    subprocess.run([uv(), "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
    subprocess.run([uv(), "pip", "install", "--quiet", "--python", str(python), *requirements], check=True)
    return python
