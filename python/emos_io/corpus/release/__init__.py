"""The EmoS release as published."""

from .layout import PARTS, RATERS, STREAMING, Release, is_release, manifest_counts, open_release
from .votes import unwrapped

__all__ = ["PARTS", "RATERS", "STREAMING", "Release", "is_release", "manifest_counts", "open_release", "unwrapped"]
