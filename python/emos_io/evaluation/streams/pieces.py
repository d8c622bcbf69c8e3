"""Labels over media time as pieces: truth and predictions of one monologue in one form, whatever clock they are on.

```text
 truth        |---Joy---|   gap   |---Joy---|-Fear-|            unlabelled time is no piece
 content      |Joy|Joy|Fear|...                                 what each decision is about
 decision       |Joy----|Joy----|Fear----->                     from when it could be said, until the next one
```
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ...spans import Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A label from a start to an end.

    Attributes:
        span: The media time.
        label: The label, or None for an answer that is invalid or outside of the layer: it is there, and wrong.
    """

    span: Span
    label: str | None


@dataclass(frozen=True, slots=True)
class Stream:
    """Truth and predictions of one monologue on one clock, cut at the same end.

    Attributes:
        key: Key of the monologue.
        end: Where both are cut: min(duration, end of the last label).
        truth: Labelled segments in order, without overlap; two that touch may have the same label.
        predicted: Decisions in order, without overlap; parts without a decision are no piece.
    """

    key: str
    end: Fraction
    truth: tuple[Piece, ...]
    predicted: tuple[Piece, ...]
