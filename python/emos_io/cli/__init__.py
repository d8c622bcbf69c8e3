"""The command line ``emos``: each verb has a file of its name, and `app` lists them all."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run ``emos`` and exit with its code."""
    # This is the first code of ours that can take Ctrl-C: before it, Python starts and finds the package, whose face imports
    # nothing. Whoever imports the package must keep the handlers they have.
    try:
        from . import interrupts

        interrupts.watch()
    except KeyboardInterrupt:
        os.write(2, b"emos: interrupted\n")
        os._exit(130)
    from .app import run

    sys.exit(interrupts.run(lambda: run(sys.argv[1:])))


__all__ = ["main"]
