"""The numbers of a page by their ``data-metric``, and what JSON of ``emos score`` has for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from emos_io.evaluation import provenance_text

VOID = {"meta", "link", "br", "img", "input", "hr", "source", "wbr"}
SCORE_FIELDS = {"value", "low", "high", "n", "num_clusters", "share_partial", "share_undefined", "why"}
OWN_FIELDS = {"run", "name", "field", "row", "column", "first", "second"}
"""Fields of a number's name that say where it stands; the others are what it is of."""


class PageNumber(NamedTuple):
    """A number of a page: the name that it carries, and its text."""

    metric: str
    text: str

    @property
    def kind(self) -> str:
        return self.metric.partition("?")[0]

    @property
    def of(self) -> dict[str, str]:
        pairs = parse_qsl(self.metric.partition("?")[2], keep_blank_values=True, strict_parsing=True)
        assert len(dict(pairs)) == len(pairs), self.metric
        return dict(pairs)


class _Numbers(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[PageNumber | None] = []
        self.found: list[PageNumber] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            metric = dict(attrs).get("data-metric")
            self.open.append(None if metric is None else PageNumber(metric, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "data-metric" not in dict(attrs), "a number without text"

    def handle_endtag(self, tag: str) -> None:
        number = self.open.pop()
        if number is not None:
            self.found.append(number)

    def handle_data(self, data: str) -> None:
        self.open[:] = [each and each._replace(text=each.text + data) for each in self.open]


def numbers_of(html: str) -> list[PageNumber]:
    """The numbers of a page, in order."""
    reader = _Numbers()
    reader.feed(html)
    reader.close()
    assert not any(reader.open), "a number that is not closed"
    return reader.found


class ScoreJson(NamedTuple):
    """What ``emos score --json`` prints: an object for each run, and one of their differences."""

    runs: Mapping[str, Mapping[str, Any]]
    comparison: Mapping[str, Any] | None

    @classmethod
    def of_lines(cls, lines: Iterable[Mapping[str, Any]]) -> ScoreJson:
        found = list(lines)
        runs = {each["name"]: each for each in found if "scores" in each}
        return cls(runs, next((each for each in found if "differences" in each), None))

    def texts(self, number: PageNumber) -> set[str]:
        """The texts that a number may have: how it is formatted is decided by what it is, not by the page."""
        of = number.of
        what = {name: value for name, value in of.items() if name not in OWN_FIELDS}
        match number.kind:
            case "score":
                return _score_texts(_one(self.runs[of["run"]]["scores"], of["name"], what), of["field"])
            case "table":
                table = _one(self.runs[of["run"]]["tables"], of["name"], what)
                return _cell_texts(table["rows"][int(of["row"])][table["columns"].index(of["column"])])
            case "count":
                return {f"{self.runs[of['run']]['counts'][of['name']]:,}"}
            case "finding":
                codes = [each["code"] for each in self.runs[of["run"]]["findings"]]
                return {f"{codes.count(of['name']):,}"}
            case "provenance":
                return _provenance_texts(self.runs[of["run"]]["provenance"], of)
            case "difference":
                assert self.comparison is not None
                pairs = [
                    each["difference"]
                    for each in self.comparison["differences"]
                    if (each["first"], each["second"]) == (of["first"], of["second"])
                ]
                return _difference_texts(_one(pairs, of["name"], what)[of["field"]], of["field"])
            case kind:
                raise AssertionError(f"emos score has no number of {kind}")


def _one(records: Iterable[Mapping[str, Any]], name: str, of: Mapping[str, str]) -> Mapping[str, Any]:
    found = [each for each in records if each["name"] == name and each["of"] == of]
    assert len(found) == 1, (name, of, len(found))
    return found[0]


def _score_texts(score: Mapping[str, Any], field: str) -> set[str]:
    assert field in SCORE_FIELDS
    value = score[field]
    if value is None:
        return {"-"}
    if field == "why":
        return set(value.split("; "))
    if field in ("n", "num_clusters"):
        return {f"{value:,}"}
    return {f"{value:.1%}"} if field.startswith("share_") else {f"{value:z.3f}"}


def _cell_texts(value: object) -> set[str]:
    return {f"{value:z.3f}"} if isinstance(value, float) else {"-"} if value is None else {str(value)}


def _difference_texts(value: Any, field: str) -> set[str]:
    if value is None:
        return {"-"}
    if isinstance(value, int):
        return {f"{value:,}"}
    return {f"{value:.4f}"} if field in ("p", "p_adjusted") else {f"{value:z.3f}"}


def _provenance_texts(provenance: Mapping[str, Any], of: Mapping[str, str]) -> set[str]:
    if of.get("field") == "text":
        layers = [str(value) for name, value in provenance.items() if name.endswith(".layer")]
        own = ({name.removeprefix(f"{layer}."): value for name, value in provenance.items()} for layer in layers)
        return {line for each in own for line in provenance_text(each)}
    value = provenance[of["name"]]
    return {str(value), f"{value:,}"} if isinstance(value, int) else {str(value)}
