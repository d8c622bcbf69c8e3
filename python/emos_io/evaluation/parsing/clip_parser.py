"""The parser of answers about clips: in any form that models use, as labels."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...corpus import Taxonomy
from ..prompts import Prompt
from .answer_text import answer_text
from .arguments import TOO_MANY_LINES, checked_arguments, has_object
from .fields import Fields, Layers, outcome_of
from .lines import read_lines
from .loose_json import Array, Block, Object, json_blocks
from .parsed import Parsed

_NAME = re.compile(r"[{\[\s]{1,100}[\"'“]")


def parse_clip(text: str, prompt: Prompt, layers: Sequence[Taxonomy]) -> Parsed:
    """Return what an answer about a clip says.

    Read are JSON, also within a fence or a text, with slips or cut off; lines of a name and a value, in English or Chinese;
    tables; a label alone; and letters where letters were asked for. Words are read by `Normaliser`. Thinking within tags is
    left out. All values that are given for a layer must agree, and a value must be a label as a whole: no label is searched for
    in a sentence, so that "not Joy" gives none.

    Args:
        text: The answer.
        prompt: What was asked: letters are read as labels only where letters were asked for.
        layers: The layers that were asked for.

    Raises:
        InvalidArgument: An argument is not allowed. No text raises.

    Cost: linear in the length of the text, which is read up to 4,000,000 characters.

    Example:
        >>> from emos_io.corpus import taxonomy
        >>> from emos_io.evaluation.prompts import prompt
        >>> asked, basic7 = prompt("clip-json-1"), [taxonomy("basic7")]
        >>> parse_clip('<think>Sad?</think>{"label": "Joy", "confidence": "90%"}', asked, basic7).labels
        {'basic7': ('Joy',)}
        >>> parse_clip("Joy or Sadness", asked, basic7).reason
        'it gives 2 labels, Joy and Sadness, and basic7 takes one'
    """
    found = checked_arguments(text, prompt, "clip", layers)
    body, reason = answer_text(text)
    if reason:
        return Parsed(reasons={each.taxonomy.name: reason for each in found.readers}, raw=text)
    fields = Fields()
    rest, blocks = _without_blocks(body, found)
    for block in blocks:
        _add_block(fields, block.value, found)
    parts = read_lines(rest, found.keys, found.is_label, timed=False)
    if parts is None:
        return Parsed(reasons={each.taxonomy.name: TOO_MANY_LINES for each in found.readers}, raw=text)
    for part in parts:
        fields.add_lines(part.lines)
    outcome = outcome_of(fields, found)
    return Parsed(
        labels=outcome.labels,
        reasons=outcome.reasons,
        outside=outcome.outside,
        confidence=outcome.confidence,
        secondary=outcome.secondary,
        intensity=outcome.intensity,
        raw=text,
    )


def _without_blocks(body: str, layers: Layers) -> tuple[str, list[Block]]:
    """Return the text beside JSON that says something, and that JSON."""
    blocks = [block for block in json_blocks(body) if _says_something(block, body, layers)]
    rest: list[str] = []
    position = 0
    for block in blocks:
        rest.append(body[position : block.start])
        position = block.end
    return "\n".join([*rest, body[position:]]), blocks


def _says_something(block: Block, body: str, layers: Layers) -> bool:
    if not has_object(block.value):
        # A list of labels is an answer where it stands alone; other brackets are those of a text.
        beside = body[: block.start] + body[block.end :]
        return block.value.is_closed and not beside.replace("```json", "").strip("` \n\t")
    fields = Fields()
    _add_block(fields, block.value, layers)
    # A text that is cut has begun with a name; a bracket alone is none of JSON.
    return bool(fields.values) or (not block.value.is_closed and _NAME.match(body, block.start) is not None)


def _add_block(fields: Fields, value: Object | Array, layers: Layers) -> None:
    if isinstance(value, Object):
        fields.add_object(value, layers.keys)
        return
    fields.is_cut = fields.is_cut or not value.is_closed
    objects = [each for each in value.values if isinstance(each, Object)]
    for each in objects:
        fields.add_object(each, layers.keys)
    if not objects:
        fields.add("label" if len(layers.readers) == 1 else "several", value)
