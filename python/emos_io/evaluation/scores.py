"""What `score` gives: a list of scores, each with what it is of, its interval and how much it was computed of."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .._checks import as_integer
from ..corpus import Finding, Findings, Scalar
from ..corpus._frozen import freeze
from ..corpus.codec import WrongValueError, decode, encode
from ..errors import InvalidArgument, short_repr

LEAST_UNMARKED = 30
"""Scores from fewer clusters than this are marked: their intervals are too narrow, as far as one can know."""
_FIELDS = ("name", "scores", "tables", "counts", "provenance", "findings")
_SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number.

    Attributes:
        name: Name of the measure, as in ``docs/metrics.md``.
        value: The value, or None where there is nothing to score: never 1, never 0.
        n: How many things it was computed of: items, seconds, pairs.
        of: What it is of, by kind. ``layer`` and ``kind`` (``clips`` or ``streams``) are always there; others are ``class``,
            ``clock``, ``definition``, ``tolerance``, ``language``, ``confidence_tier``, ``source``, ``film``.
        low, high: The interval; None where there is none.
        num_clusters: In how many of the clusters that are drawn it counts something, or None.
        share_undefined: The share of draws without a value.
        share_partial: The share of draws that lack a part of the measure, such as a class, and leave it out.
        why: Why there is no value or no interval; or a mark, such as of fewer than 30 clusters.

    Raises:
        InvalidArgument: A number is not finite, `n` is no count, or the value is not a number.

    Example:
        >>> Score(name="accuracy", value=0.5, n=2, of={"layer": "basic7", "kind": "clips"}).text()
        '0.500'
    """

    name: str
    value: float | None
    n: int
    of: Mapping[str, str] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    num_clusters: int | None = None
    share_undefined: float = 0.0
    share_partial: float = 0.0
    why: str = ""

    def __post_init__(self) -> None:
        freeze(self, "of")
        for name in ("value", "low", "high", "share_undefined", "share_partial"):
            number: object = getattr(self, name)
            if number is None and not name.startswith("share_"):
                continue
            if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
                raise InvalidArgument(
                    f"{name} of a score must be a finite number, got {short_repr(number)}; give None where there is none"
                )
            object.__setattr__(self, name, float(number))
        for name in ("n", "num_clusters"):
            count: object = getattr(self, name)
            if count is None and name == "num_clusters":
                continue
            integer = as_integer(count)
            if integer is None or integer < 0:
                raise InvalidArgument(f"{name} of a score must be a count, got {short_repr(count)}; give 0 or more")
            object.__setattr__(self, name, integer)

    def text(self) -> str:
        """Return the value to three places with its interval, or ``-`` where there is none.

        A value from fewer than 30 clusters has a star. One without an interval has the number of its clusters, if it has some.
        """
        if self.value is None:
            return "-"
        mark = "*" if self.num_clusters is not None and self.num_clusters < LEAST_UNMARKED else ""
        if self.low is None or self.high is None:
            return f"{self.value:z.3f}{mark}"
        return f"{self.value:z.3f} [{self.low:z.3f}, {self.high:z.3f}]{mark}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """A table behind scores: a confusion matrix, the bins of a calibration, confidence by tier.

    Attributes:
        name: ``confusion``, ``reliability_equal_width``, ``reliability_equal_mass``, ``confidence_by_tier``.
        columns: Names of the columns.
        rows: The cells.
        of: What it is of, as of a `Score`.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    of: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "of")


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Scores:
    """The scores of one run.

    Attributes:
        name: Name of the run or of its file.
        scores: All scores.
        tables: The tables behind them.
        counts: What was scored and what was not, by name: items, missing, unknown, invalid, without_confidence and more.
        provenance: Where truth and predictions come from: corpus, split, truth and predictions by checksum, seed and draws of
            the intervals, which decisions were fitted with test items, what models may have seen.
        findings: What is wrong; none is left out.
        synthetic: Whether an item that is scored, or what predicted it, is synthetic: then the scores say nothing about real
            emotion. JSON has ``"synthetic": true`` then, and else no such key.
    """

    name: str
    scores: tuple[Score, ...]
    tables: tuple[ScoreTable, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    provenance: Mapping[str, Scalar] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    synthetic: bool = False

    def __post_init__(self) -> None:
        freeze(self, "counts", "provenance")

    def __iter__(self) -> Iterator[Score]:
        return iter(self.scores)

    def __repr__(self) -> str:
        return f"Scores({self.name!r}, {len(self.scores)} scores, {len(self.tables)} tables, {len(self.findings)} findings)"

    def select(self, **of: str) -> tuple[Score, ...]:
        """Return the scores of these things, such as ``layer="basic7", kind="clips"``, in their order.

        ``name="accuracy"`` selects by the measure; ``language=""`` selects scores that are of no language. There may be none.
        """
        return tuple(each for each in self.scores if _is_of(each, of))

    def get(self, name: str, **of: str) -> Score:
        """Return the one score of a name.

        Args:
            name: The measure.
            **of: What it is of, as far as it needs to be said: of several scores, the one counts that is of nothing else than
                all of them are; ``get("accuracy")`` is that of all items, not that of a language.

        Raises:
            InvalidArgument: There is no such score, or there are several.

        Example:
            >>> of = {"layer": "basic7", "kind": "clips"}
            >>> english = Score(name="accuracy", value=0.5, n=2, of={**of, "language": "en"})
            >>> scores = Scores(name="a", scores=(Score(name="accuracy", value=0.75, n=4, of=of), english))
            >>> scores.get("accuracy").value, scores.get("accuracy", language="en").value
            (0.75, 0.5)
            >>> scores.get("acuracy")
            Traceback (most recent call last):
            ...
            emos_io.errors.InvalidArgument: name must be a measure that was scored, got 'acuracy'; the nearest is accuracy
        """
        named = [each for each in self.scores if each.name == name]
        if not named:
            near = difflib.get_close_matches(str(name), dict.fromkeys(each.name for each in self.scores), n=1)
            fix = f"the nearest is {near[0]}" if near else "see docs/metrics.md for the measures"
            raise InvalidArgument(f"name must be a measure that was scored, got {short_repr(name)}; {fix}")
        found = [each for each in named if _is_of(each, of)]
        if not found:
            raise InvalidArgument(
                f"{name} must be of something that was scored, got {_words(of)}; {_nearest_of(named, of)}"
            )
        least = min(len(each.of) for each in found)
        fewest = [each for each in found if len(each.of) == least]
        if len(fewest) > 1:
            several = [kind for kind in fewest[0].of if len({each.of.get(kind) for each in fewest}) > 1]
            values = ", ".join(dict.fromkeys(each.of.get(several[0], "-") for each in fewest)) if several else "equal"
            kind = several[0] if several else "of"
            raise InvalidArgument(
                f"{name} must be of one thing, got {len(fewest)} scores; add {kind}= to say which: {values}"
            )
        return fewest[0]

    def table(self, name: str, **of: str) -> ScoreTable:
        """Return the one table of a name, as `get` returns a score.

        Raises:
            InvalidArgument: There is no such table, or there are several.
        """
        found = [each for each in self.tables if each.name == name and _matches(each.of, of)]
        least = min((len(each.of) for each in found), default=0)
        fewest = [each for each in found if len(each.of) == least]
        if len(fewest) != 1:
            names = ", ".join(dict.fromkeys(each.name for each in self.tables)) or "none"
            raise InvalidArgument(
                f"name must be one table of these scores, got {len(fewest)} of {short_repr(name)}; they have {names}"
            )
        return fewest[0]

    def as_dict(self) -> dict[str, object]:
        """Return the scores as a JSON object, as `to_json` writes it."""
        return {
            "name": self.name,
            "scores": [encode(each) for each in self.scores],
            "tables": [encode(each) for each in self.tables],
            "counts": dict(self.counts),
            "provenance": dict(self.provenance),
            "findings": [each.as_dict() for each in self.findings],
            **({"synthetic": True} if self.synthetic else {}),
        }

    def to_json(self) -> str:
        """Return the scores as one line of JSON, which `from_json` reads; floats are written exactly."""
        return json.dumps(self.as_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Scores:
        """Return the scores that `to_json` wrote: equal ones.

        Raises:
            InvalidArgument: It is none of theirs; the text says what is wrong.

        Example:
            >>> scores = Scores(name="a", scores=(Score(name="accuracy", value=0.1 + 0.2, n=4),))
            >>> Scores.from_json(scores.to_json()) == scores
            True
        """
        try:
            values = json.loads(text, parse_constant=refuse_constant)
            return _from_values(values)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidArgument(
                f"text must be scores in JSON, got {short_repr(text)}, where {error}; give what Scores.to_json wrote"
            ) from error


def refuse_constant(name: str) -> None:
    """Refuse NaN and infinities, which JSON does not have and Python's reader takes."""
    raise WrongValueError(f"{name} is no number of JSON")


def _from_values(values: object) -> Scores:
    if not isinstance(values, dict) or set(values) - {_SYNTHETIC} != set(_FIELDS):
        raise WrongValueError(f"the fields are not {', '.join(_FIELDS)}")
    if not isinstance(values.get(_SYNTHETIC, False), bool):
        raise WrongValueError(f"{_SYNTHETIC} is neither true nor false")
    lists = [values[name] for name in ("scores", "tables", "findings")]
    if not isinstance(values["name"], str) or not all(isinstance(each, list) for each in lists):
        raise WrongValueError("name is no text, or scores, tables or findings are no list")
    scores, tables, findings = lists
    counts, provenance = values["counts"], values["provenance"]
    if not isinstance(counts, dict) or any(as_integer(count) is None for count in counts.values()):
        raise WrongValueError("counts are not integers by name")
    if not isinstance(provenance, dict) or not all(map(_is_scalar, provenance.values())):
        raise WrongValueError("provenance is not values by name")
    return Scores(
        name=values["name"],
        scores=tuple(decode(Score, each) for each in scores),
        tables=tuple(decode(ScoreTable, each) for each in tables),
        counts=counts,
        provenance=provenance,
        findings=Findings([_finding(each) for each in findings]),
        synthetic=values.get(_SYNTHETIC, False),
    )


def _is_scalar(value: object) -> bool:
    return not isinstance(value, list | dict) and not (isinstance(value, float) and not math.isfinite(value))


def _finding(value: object) -> Finding:
    names = ("code", "where", "what", "fix", "severity")
    if (
        not isinstance(value, dict)
        or set(value) != set(names)
        or not all(isinstance(each, str) for each in value.values())
    ):
        raise WrongValueError(f"a finding is not texts of {', '.join(names)}")
    return Finding(value["code"], value["where"], value["what"], value["fix"], value["severity"])


def _is_of(score: Score, of: Mapping[str, str]) -> bool:
    asked = dict(of)
    name = asked.pop("name", score.name)
    return score.name == name and _matches(score.of, asked)


def _matches(of: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    return all(of.get(kind, "") == value for kind, value in asked.items())


def _words(of: Mapping[str, str]) -> str:
    return ", ".join(f"{kind}={value!r}" for kind, value in of.items())


def _nearest_of(named: list[Score], of: Mapping[str, str]) -> str:
    """Return what to give instead of the first thing that no score is of."""
    for kind, value in of.items():
        values = list(dict.fromkeys(each.of[kind] for each in named if kind in each.of))
        if not values:
            kinds = ", ".join(dict.fromkeys(name for each in named for name in each.of)) or "nothing"
            return f"leave {kind} out, it is of {kinds}"
        if value not in values:
            near = difflib.get_close_matches(str(value), values, n=1)
            return f"the nearest is {kind}={near[0]!r}" if near else f"it is of {kind} {', '.join(values[:8])}"
    return "each is there, but not together; leave one out"
