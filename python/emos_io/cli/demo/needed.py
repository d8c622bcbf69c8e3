"""Whether what training and the text baseline need is installed; nothing of it is loaded."""

from __future__ import annotations

from importlib.util import find_spec

from ..._install import install

NEEDED = ("torch", "torchdata", "sklearn")


def why_no_training() -> str:
    """Return in a line what to install, or "" where training and the baseline of text have what they need."""
    if all(find_spec(name) is not None for name in NEEDED):
        return ""
    return f"training, prediction and their table are left out: they need torch and scikit-learn; {install('train')}"
