"""What a reader found wrong or repaired: never silent, one line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ..errors import CorpusError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a reader repaired, could not read or holds to be wrong.

    Attributes:
        code: A short name of the kind of thing, stable over versions (``fenced_json``, ``unknown_label``).
        where: File, sheet and row (the first row under the header is row 2), or the key of an item.
        what: What was found.
        fix: What was done about it, or what to do.
    """

    code: str
    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.code}: {self.what}; {self.fix}: {self.where}"

    def as_dict(self) -> dict[str, str]:
        """Return the finding as the JSON object that ``emos doctor`` prints."""
        return asdict(self)


class Findings:
    """Findings in the order in which they were made.

    Args:
        strict: Raise the first finding that is no mere repair.

    Raises:
        CorpusError: From `add`, where `strict` is set.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self._all: list[Finding] = []

    def add(self, code: str, where: str, what: str, fix: str, *, repaired: bool = False) -> None:
        """Note a finding; `repaired` says that nothing was lost, so that it does not stop a strict reader."""
        finding = Finding(code, where, what, fix)
        if self.strict and not repaired:
            raise CorpusError(str(finding))
        self._all.append(finding)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def counts(self) -> dict[str, int]:
        """Return how many findings of each code there are, by code."""
        return dict(sorted(Counter(finding.code for finding in self._all).items()))
