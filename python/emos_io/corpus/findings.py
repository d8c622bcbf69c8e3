"""What a reader found wrong or repaired, one line each: findings that cannot be changed, and what collects them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import SupportsIndex, overload

from .._checks import is_sequence
from ..errors import CorpusError, InvalidArgument, printable, short_repr
from .finding_codes import FINDING_CODES, SEVERITIES, CodeSeverity, Severity, code_severity


@dataclass(frozen=True, slots=True, init=False)
class Finding:
    """One thing that a reader repaired, left out or found wrong.

    Args:
        code, where, what, fix: The attributes of these names.
        severity: None for the severity of the code, and for ``"fault"`` where the code is one of your own or can be a repair
            too.

    Attributes:
        code: Its kind, a name that is stable over versions (``fenced_json``, ``unknown_label``); all codes of
            this package and their severities are in `emos_io.corpus.finding_codes`; a reader of your own may add codes.
        where: File, sheet and row (the first row under the header is row 2), or the key of an item.
        what: What was found.
        fix: What was done about it, or what to do.
        severity: ``"repair"``: nothing was lost. ``"note"``: published data are odd and are kept as published. ``"fault"``:
            something is wrong or was left out; look at it.

    Raises:
        InvalidArgument: The severity is none of these.

    Example:
        >>> finding = Finding("fenced_json", "a.json", "the JSON is within a Markdown fence", "the fence was removed")
        >>> finding.severity, Finding("overlap", "a.csv, row 3", "it begins too early", "correct the times").severity
        ('repair', 'fault')
    """

    code: str
    where: str
    what: str
    fix: str
    severity: Severity

    def __init__(self, code: str, where: str, what: str, fix: str, severity: Severity | None = None) -> None:
        if severity is not None and not (isinstance(severity, str) and severity in SEVERITIES):
            raise InvalidArgument(
                f"severity must be one of {', '.join(SEVERITIES)}, got {short_repr(severity)}; leave it out for the code's"
            )
        chosen = code_severity(code) if severity is None else severity
        for name, value in (("code", code), ("where", where), ("what", what), ("fix", fix), ("severity", chosen)):
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        return f"{self.code}: {printable(self.what)}; {printable(self.fix)}: {printable(self.where)}"

    def as_dict(self) -> dict[str, str]:
        """Return the finding as the JSON object that ``emos doctor`` prints."""
        return {name: getattr(self, name) for name in ("code", "severity", "where", "what", "fix")}


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Findings(Sequence[Finding]):
    """Findings in the order in which they were made; they are never changed.

    Args:
        findings: Findings, such as those of a saved corpus; their codes are not checked.

    Raises:
        InvalidArgument: They are no findings.

    Example:
        >>> findings = Findings([Finding("overlap", "a.csv, row 3", "it begins before row 2 ends", "correct the times")])
        >>> findings, findings.counts()
        (Findings(1 finding: 1 overlap), {'overlap': 1})
        >>> print(findings[0])
        overlap: it begins before row 2 ends; correct the times: a.csv, row 3
    """

    _all: tuple[Finding, ...]

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        allowed = "findings must be a sequence of findings"
        hint = "give a list of Finding(code, where, what, fix)"
        if not is_sequence(findings):
            raise InvalidArgument(f"{allowed}, got {short_repr(findings)}; {hint}")
        found = tuple(findings)
        for each in found:
            if not isinstance(each, Finding):
                raise InvalidArgument(f"{allowed}, got {short_repr(each)} in it; {hint}")
        object.__setattr__(self, "_all", found)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Findings: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Finding | Findings:
        return Findings(self._all[index]) if isinstance(index, slice) else self._all[index]

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {code}" for code, count in self.counts().items())
        return f"Findings({len(self)} finding{'' if len(self) == 1 else 's'}{': ' if counts else ''}{counts})"

    def counts(self) -> dict[str, int]:
        """Return how many findings of each code there are, by code."""
        return dict(sorted(Counter(finding.code for finding in self._all).items()))

    def at_least(self, severity: Severity) -> Findings:
        """Return the findings of a severity and of worse ones; ``"repair"``, ``"note"``, ``"fault"`` is the order.

        Raises:
            InvalidArgument: The severity is none of these.

        Example:
            >>> findings = Findings([Finding("fenced_json", "a", "b", "c"), Finding("overlap", "a", "b", "c")])
            >>> findings.at_least("note").counts()
            {'overlap': 1}
        """
        least = _rank(severity)
        return Findings(finding for finding in self._all if _rank(finding.severity) >= least)


class FindingCollector:
    """Takes findings while something is read; `collected` gives them.

    Args:
        strict: Raise the first finding that is no mere repair.

    Raises:
        CorpusError: From `add`, where `strict` is set.

    Example:
        >>> collector = FindingCollector()
        >>> collector.add("overlap", "a.csv, row 3", "it begins before row 2 ends", "correct the times")
        >>> collector.collected
        Findings(1 finding: 1 overlap)
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self._all: list[Finding] = []

    def __repr__(self) -> str:
        return f"FindingCollector({self.collected!r}, strict={self.strict})"

    @property
    def collected(self) -> Findings:
        """The findings so far; later ones are not added to what was given."""
        return Findings(self._all)

    def add(
        self,
        code: str,
        where: str,
        what: str,
        fix: str,
        *,
        severity: Severity | None = None,
        repaired: bool | None = None,
    ) -> None:
        """Note a finding.

        Args:
            code: One of `emos_io.corpus.finding_codes`, or a code of a reader of your own. Your own codes have names that
                FINDING_CODES does not have, and their findings are faults, unless `severity` says otherwise.
            where: File, sheet and row, or the key of an item.
            what: What was found.
            fix: What was done about it, or what to do.
            severity: How bad it is, see `Finding`. Codes of severity ``"either"`` need it; for the other codes of FINDING_CODES
                it follows from the code and can be left out, save that a fault can be a note where published data have it.
            repaired: Whether nothing was lost; the short form of ``severity="repair"`` and ``severity="fault"``.

        Raises:
            CorpusError: `strict` is set, and the finding is no mere repair.
            InvalidArgument: The code is no text, or `severity` or `repaired` contradicts the severity of the code.
        """
        if not isinstance(code, str):
            raise InvalidArgument(
                f"code must be a str, got {short_repr(code)}; give one of FINDING_CODES or a name of your own"
            )
        finding = Finding(code, where, what, fix, _checked_severity(code, severity, repaired))
        if self.strict and finding.severity != "repair":
            raise CorpusError(str(finding))
        self._all.append(finding)

    def reporter(self, file: str) -> Callable[[str, str, str, str], None]:
        """Return what readers of `emos_io.formats` take as ``reporter``: it adds findings in one file.

        Args:
            file: Name of the file; it comes first in `Finding.where`, then the position within the file.
        """

        def report(code: str, where: str, what: str, fix: str) -> None:
            self.add(code, f"{file}, {where}" if where else file, what, fix)

        return report


def _rank(severity: Severity) -> int:
    if severity not in SEVERITIES:
        raise InvalidArgument(
            f"severity must be one of {', '.join(SEVERITIES)}, got {short_repr(severity)}; give the least one that counts"
        )
    return SEVERITIES.index(severity)


def _checked_severity(code: str, severity: Severity | None, repaired: bool | None) -> Severity | None:
    """Return the severity that a finding is given; None for that of its code."""
    known = FINDING_CODES.get(code)
    own: CodeSeverity = "either" if known is None else known.severity
    if severity is not None and repaired is not None:
        raise InvalidArgument(f"repaired must be left out beside severity, got {repaired}; give severity alone")
    if severity is None and repaired is None:
        if known is not None and own == "either":
            raise InvalidArgument(
                f"repaired must be True or False for code {code!r}, got None; say whether nothing was lost"
            )
        return None
    if repaired is not None:
        if own != "either" and repaired != (own == "repair"):
            raise InvalidArgument(
                f"repaired must agree with severity {own!r} of code {code!r}, got {repaired}; leave it out"
            )
        return None if own != "either" else "repair" if repaired else "fault"
    if severity != own and (own, severity) != ("fault", "note") and not (known is None or own == "either"):
        raise InvalidArgument(
            f"severity must agree with severity {own!r} of code {code!r}, got {short_repr(severity)}; leave it out"
        )
    return severity
