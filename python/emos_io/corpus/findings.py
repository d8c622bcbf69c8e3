"""What a reader found wrong or repaired, one line each: findings that cannot be changed, and what collects them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import SupportsIndex, overload

from .._checks import is_sequence
from ..errors import CorpusError, InvalidArgument, printable, short_repr
from .finding_codes import FINDING_CODES


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a reader repaired, left out or found wrong.

    Attributes:
        code: Its kind, a name that is stable over versions (``fenced_json``, ``unknown_label``); all codes of
            this package and their severities are in `emos_io.corpus.finding_codes`; a reader of your own may add codes.
        where: File, sheet and row (the first row under the header is row 2), or the key of an item.
        what: What was found.
        fix: What was done about it, or what to do.
    """

    code: str
    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.code}: {printable(self.what)}; {printable(self.fix)}: {printable(self.where)}"

    def as_dict(self) -> dict[str, str]:
        """Return the finding as the JSON object that ``emos doctor`` prints."""
        return asdict(self)


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

    def add(self, code: str, where: str, what: str, fix: str, *, repaired: bool | None = None) -> None:
        """Note a finding.

        Args:
            code: One of `emos_io.corpus.finding_codes`, or a code of a reader of your own. Your own codes have names that
                FINDING_CODES does not have, and their findings are faults, unless `repaired` is True.
            where: File, sheet and row, or the key of an item.
            what: What was found.
            fix: What was done about it, or what to do.
            repaired: Whether nothing was lost. Codes of severity ``"either"`` need it; for the other codes of FINDING_CODES
                it follows from the severity and can be left out.

        Raises:
            CorpusError: `strict` is set, and the finding is no mere repair.
            InvalidArgument: The code is no text, or `repaired` contradicts its severity.
        """
        if not isinstance(code, str):
            raise InvalidArgument(
                f"code must be a str, got {short_repr(code)}; give one of FINDING_CODES or a name of your own"
            )
        known = FINDING_CODES.get(code)
        severity = "either" if known is None else known.severity
        if repaired is None:
            if known is not None and severity == "either":
                raise InvalidArgument(
                    f"repaired must be True or False for code {code!r}, got None; say whether nothing was lost"
                )
            repaired = severity == "repair"
        elif severity != "either" and repaired != (severity == "repair"):
            raise InvalidArgument(
                f"repaired must agree with severity {severity!r} of code {code!r}, got {repaired}; leave it out"
            )
        finding = Finding(code, where, what, fix)
        if self.strict and not repaired:
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
