"""The parser: an answer of a clip or of a monologue, in any form that models use, as labels."""

from __future__ import annotations

from collections.abc import Sequence

from ...corpus import Taxonomy
from ...spans import Span
from ..prompts import Prompt
from .parsed import Parsed, ParsedStream


def parse_clip(text: str, prompt: Prompt, layers: Sequence[Taxonomy]) -> Parsed:
    """Return what an answer about a clip says.

    Args:
        text: The answer.
        prompt: What was asked: letters are read as labels only where letters were asked for.
        layers: The layers that were asked for.
    """
    raise NotImplementedError


def parse_stream(text: str, prompt: Prompt, layers: Sequence[Taxonomy], *, span: Span | None = None) -> ParsedStream:
    """Return what an answer about a monologue says.

    Args:
        text: The answer.
        prompt: What was asked.
        layers: The layers that were asked for.
        span: The part of the monologue that the model got: times of the answer count from its start, and what lies after its
            end is cut off. None: times count from 0, without an end.
    """
    raise NotImplementedError
