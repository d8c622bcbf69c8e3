"""Parsing: labels of what a model answered, or why there are none; it never guesses between two labels."""

from .clip_parser import parse_clip
from .parsed import Parsed, ParsedSegment, ParsedStream
from .stream_parser import parse_stream

__all__ = ["Parsed", "ParsedSegment", "ParsedStream", "parse_clip", "parse_stream"]
