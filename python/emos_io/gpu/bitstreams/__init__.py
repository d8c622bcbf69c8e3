"""Coded data without a decoder: bring it to the form that Matroska holds, and read facts from its headers."""

from .errors import BitstreamError
from .headers import StreamFacts, facts_of
from .prepare import prepare

__all__ = ["BitstreamError", "StreamFacts", "facts_of", "prepare"]
