"""Scores as scalars of a tracker: one name each, the same in every run and every tracker, that no other score has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..._checks import as_integer
from ...corpus._frozen import freeze
from ...errors import InvalidArgument, short_repr
from ..scores import Score, Scores

MOST_CHARACTERS = 230
"""Names are no longer, their fields included: MLflow takes 250 characters."""
_MOST_BYTES = 60
"""The longest text within a name, in UTF-8: names are paths in some stores, whose parts have 255 bytes at most."""
_NO_NAME = "_x_"
"""Stands for an empty text."""
_TAKEN = re.compile(r"[^\w.\- ]|_(?=x[0-9a-f]*_)")
"""Characters that a tracker does not take in names, and what looks as if one had been escaped."""
_FIELDS = ("low", "high", "n", "num_clusters")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedScores:
    """What a tracker was given.

    Attributes:
        num_scalars: How many scalars were written: values, ends of intervals, counts.
        without_value: Why a score has no value, by its name: no scalar of this name was written. The reason is also in the
            tracker.
    """

    num_scalars: int
    without_value: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "without_value")


def scalar_name(score: Score, prefix: str = "") -> str:
    """Return the name of a score: its layer and kind, then what else it is of, then its measure.

    It is the same in every run, whatever else was scored: ``basic7.clips/accuracy``, ``basic7.clips/language-en/accuracy``,
    ``basic7.streams/clock-decision/definition-boundary/tolerance-2/turning_point_f1``. Letters and digits of all scripts,
    ``_``, ``.``, ``-`` and spaces stand as they are; any other character is ``_x`` with its number in hexadecimal and ``_``,
    and so is a ``_`` that would read as one. A text of over 60 bytes is cut, and ends in ``_x``, twelve digits of its SHA-256
    and ``_``.

    Args:
        score: The score.
        prefix: What stands before the name, such as ``"validation"``; nothing if it is "".

    Example:
        >>> scalar_name(Score(name="f1", value=0.5, n=2, of={"layer": "basic7", "kind": "clips", "class": "Joy/Love"}))
        'basic7.clips/class-Joy_x2f_Love/f1'
    """
    of = dict(score.of)
    first = [f"{name_part(of.pop('layer'))}.{name_part(of.pop('kind'))}"] if {"layer", "kind"} <= of.keys() else []
    before = [name_part(prefix)] if prefix else []
    rest = [f"{name_part(kind)}-{name_part(value)}" for kind, value in sorted(of.items())]
    # A dot begins the name of a field.
    measure = name_part(score.name).replace(".", "_x2e_")
    name = "/".join([*before, *first, *rest, measure])
    if len(name) + max(map(len, _FIELDS)) + 1 <= MOST_CHARACTERS:
        return name
    return "/".join([*before, *first, _digest("/".join(rest)), measure])


def named_scores(scores: Scores, prefix: str = "") -> dict[str, Score]:
    """Return all scores by their names, in their order.

    Raises:
        InvalidArgument: Two are of the same measure and the same things.
    """
    found: dict[str, Score] = {}
    for score in checked_scores(scores):
        name = scalar_name(score, prefix)
        if name in found:
            raise InvalidArgument(
                f"scores must be one of each measure and what it is of, got two of {short_repr(name)}; leave one of them out"
            )
        found[name] = score
    return found


def scalars_of(name: str, score: Score) -> Iterator[tuple[str, float]]:
    """Yield the numbers of a score: its value under its name, then ``.low``, ``.high``, ``.n`` and ``.num_clusters``.

    What is None has no number, and n and clusters stand although the value is None.
    """
    if score.value is not None:
        yield name, score.value
    for one in _FIELDS:
        number = getattr(score, one)
        if number is not None:
            yield f"{name}.{one}", float(number)


def reason(score: Score) -> str:
    """Return why a score has no value or no interval, its marks, and which draws lack something; "" where it has all."""
    texts = [score.why] if score.why else []
    if score.share_partial:
        texts.append(f"{score.share_partial:.1%} of draws lack a part of it, and leave that out")
    if score.share_undefined:
        texts.append(f"{score.share_undefined:.1%} of draws have no value, and are left out")
    if not texts and score.value is None:
        texts.append("no reason is given")
    return "; ".join(texts)


def without_value(named: Mapping[str, Score]) -> dict[str, str]:
    """Return the reason of each score that has no value, by its name."""
    return {name: reason(score) for name, score in named.items() if score.value is None}


def checked_scores(scores: object) -> Scores:
    """Return scores, or refuse what is none.

    Raises:
        InvalidArgument: They are no `Scores`.
    """
    if not isinstance(scores, Scores):
        raise InvalidArgument(f"scores must be Scores, got {short_repr(scores)}; give what score() returned")
    return scores


def checked_step(step: object) -> int:
    """Return the number of a step.

    Raises:
        InvalidArgument: It is no integer of 0 or more.
    """
    number = as_integer(step)
    if number is None or number < 0:
        raise InvalidArgument(
            f"step must be an integer of 0 or more, got {short_repr(step)}; give the step of the training"
        )
    return number


def checked_prefix(prefix: object) -> str:
    """Return a prefix of names.

    Raises:
        InvalidArgument: It is no text.
    """
    if not isinstance(prefix, str):
        raise InvalidArgument(f'prefix must be a text, got {short_repr(prefix)}; give one such as "validation", or ""')
    return prefix


def name_part(text: str) -> str:
    """Return a text as trackers take it within a name: see `scalar_name`."""
    escaped = _TAKEN.sub(lambda found: f"_x{ord(found[0]):x}_", text) or _NO_NAME
    if len(escaped.encode()) <= _MOST_BYTES:
        return escaped
    # No escape has twelve digits, so that nothing else reads like this.
    end = _digest(text)
    return escaped.encode()[: _MOST_BYTES - len(end)].decode(errors="ignore") + end


def _digest(text: str) -> str:
    return f"_x{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:12]}_"
