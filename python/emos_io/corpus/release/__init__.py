"""The EmoS release as published."""

from .layout import PARTS, RATERS, Release, open_release

__all__ = ["PARTS", "RATERS", "Release", "open_release"]
