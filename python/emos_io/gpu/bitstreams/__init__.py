"""Coded data without a decoder: bring it to the form that Matroska holds, and read facts from its headers."""

from .errors import BitstreamError

__all__ = ["BitstreamError"]
