"""Numbers of a page, each with the name by which JSON of a verb has it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from ..evaluation import Score


@dataclass(frozen=True, slots=True)
class Number:
    """One number on a page.

    Attributes:
        text: The number as it is printed.
        metric: Where JSON of a verb has it, as `metric` writes it.
    """

    text: str
    metric: str


def metric(kind: str, /, **of: str | int) -> str:
    """Return the name of a number: its kind, then what it is of as a query, keys sorted.

    Args:
        kind: Where the number stands: ``score``, ``table``, ``count``, ``provenance``, ``finding``, ``difference``,
            ``agreement``, ``corpus``, ``run``, ``item`` or ``point``; docs/report.md says what each has.
        **of: What it is of. What a `Score` is of stands beside `run`, `name` and `field`.

    Example:
        >>> metric("score", run="a.jsonl", name="accuracy", field="value", layer="basic7", kind="clips")
        'score?field=value&kind=clips&layer=basic7&name=accuracy&run=a.jsonl'
        >>> metric("count", run="my run", name="basic7.clips")
        'count?name=basic7.clips&run=my+run'
    """
    return f"{kind}?{urlencode(sorted((name, str(value)) for name, value in of.items()), errors='backslashreplace')}"


def number(text: str, kind: str, /, **of: str | int) -> Number:
    """Return a number with its name; the arguments are those of `metric`.

    Example:
        >>> number("9,403", "count", run="a.jsonl", name="basic7.clips").metric
        'count?name=basic7.clips&run=a.jsonl'
    """
    return Number(text, metric(kind, **of))


def score_number(text: str, run: str, score: Score, field: str = "value") -> Number:
    """Return a number of a score.

    Args:
        text: The number as it is printed.
        run: Name of the run, as its `Scores` have it.
        score: The score.
        field: Which of its numbers: ``value``, ``low``, ``high``, ``n``, ``num_clusters``, ``share_partial``,
            ``share_undefined``; or ``why``, for a reason in words.

    Example:
        >>> one = Score(name="accuracy", value=0.5, n=2, of={"layer": "basic7", "kind": "clips"})
        >>> score_number("2", "a.jsonl", one, "n").metric
        'score?field=n&kind=clips&layer=basic7&name=accuracy&run=a.jsonl'
    """
    return number(text, "score", **{**score.of, "run": run, "name": score.name, "field": field})
