"""The command line ``emos``: each verb has a file of its name, and `app` lists them all."""

from .app import main

__all__ = ["main"]
