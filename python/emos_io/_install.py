"""How the package and its extras are installed: one text for errors, the README and the docs."""

from __future__ import annotations

INSTALL = "pip install emos-io"


def install(extra: str) -> str:
    """Return the command that installs what an extra needs.

    Where emos-io is installed, pip adds the packages of the extra and leaves the rest as it is.

    >>> install("torch")
    "pip install 'emos-io[torch]'"
    """
    return f"pip install 'emos-io[{extra}]'"
