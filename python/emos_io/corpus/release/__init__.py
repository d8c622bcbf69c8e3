"""The EmoS release as published."""

from .layout import PARTS, RATERS, STREAMING, Release, open_release

__all__ = ["PARTS", "RATERS", "STREAMING", "Release", "open_release"]
