"""Parsing: labels of what a model answered, or why there are none; it never guesses between two labels."""

from .parsed import Parsed, ParsedSegment, ParsedStream
from .parser import parse_clip, parse_stream

__all__ = ["Parsed", "ParsedSegment", "ParsedStream", "parse_clip", "parse_stream"]
