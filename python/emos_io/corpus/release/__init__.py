"""The EmoS release as published."""

from .layout import PARTS, RATERS, Release, find_release

__all__ = ["PARTS", "RATERS", "Release", "find_release"]
