"""The command line: ``emos probe``, ``emos windows``, ``emos env``, ``emos demo``; one file a verb."""

from .app import main

__all__ = ["main"]
