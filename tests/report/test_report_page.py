"""A report is one file that loads nothing, runs no text of a file, and says what it does not have."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from figure_contents import content_of, made_corpus, predicted
from report_numbers import VOID

from emos_io.corpus import Clip, Corpus, Decision, Finding, Findings
from emos_io.errors import TooLarge
from emos_io.evaluation import Prediction, Predictions
from emos_io.report.comparison import MAX_BYTES, ReportContent, ReportOptions, page, render_report
from emos_io.report.page_table import MOST_LETTERS, words
from emos_io.report.render import json_script

COMMAND, VERSION = "emos report a.jsonl --corpus c", "1.2.3"
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</script><script>alert(2)</script>",
    "\u202eright to left\u202c",
    "}}{{ 7 * 7 }}",
    "javascript:alert(3)",
    "nul \x00 and escape \x1b[31m",
)
LOADS = ("src", "href", "poster", "srcset", "data", "action", "xlink:href")
"""Attributes by which an element loads something, or leads somewhere."""


@dataclass
class Read(HTMLParser):
    """Elements of a page with their attributes, and the text of each kind of element.

    Attributes:
        elements, texts, within: Elements, the texts within each kind of them, and those that are open.
        loose: Texts that people read without the name of a number.
        turning: Texts that turn the direction of letters beyond themselves.
    """

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    within: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    turning: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.within.append((tag, attributes))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.within and self.within[-1][0] == tag, (tag, self.getpos())
        self.within.pop()

    def handle_data(self, data: str) -> None:
        if re.search("[\u202a-\u202e\u2066-\u2069]", data) and not {"bdi", "script"} & {tag for tag, _ in self.within}:
            self.turning.append(data)
        for tag, _ in self.within:
            self.texts.setdefault(tag, []).append(data)
        tags = {tag for tag, _ in self.within}
        if not tags & {"script", "style", "pre", "title"} and not any("data-metric" in own for _, own in self.within):
            self.loose.append(data)


def read(html: str) -> Read:
    reader = Read()
    reader.feed(html)
    reader.close()
    assert reader.within == [], "each element is closed"
    return reader


@pytest.fixture(scope="module")
def content() -> ReportContent:
    corpus = made_corpus()
    runs = [predicted(corpus, name, each, {"model": "m"}) for name, each in (("a.jsonl", 5), ("b.jsonl", 3))]
    return content_of(corpus, *runs)


@pytest.fixture(scope="module")
def html(content: ReportContent) -> str:
    return render_report(content, COMMAND, VERSION).html


def test_it_loads_nothing(html: str) -> None:
    found = read(html)
    for tag, attributes in found.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form"), tag
        for name in LOADS:
            assert re.match(r"$|#|data:", attributes.get(name, "")), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
    style = "".join(found.texts["style"])
    assert "@import" not in style and "url(" not in style.replace("url(#", "")


def test_its_one_script_is_the_one_that_its_policy_allows(html: str) -> None:
    found = read(html)
    policy = next(
        each["content"] for tag, each in found.elements if each.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].startswith("'sha256-") and " " not in rules["script-src"]
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert rules["script-src"] == f"'sha256-{digest}'"
    kinds = [each.get("type", "") for tag, each in found.elements if tag == "script"]
    assert set(kinds) <= {"", "application/json"} and kinds.count("") == 1
    assert scripts[0].rstrip().endswith('document.documentElement.dataset.ready = "1";')


def test_the_same_content_gives_the_same_page(content: ReportContent, html: str) -> None:
    assert render_report(content, COMMAND, VERSION).html == html


def test_addresses_within_the_page_lead_somewhere_and_ids_are_those_of_one_element(html: str) -> None:
    found = read(html)
    ids = [each["id"] for _, each in found.elements if "id" in each]
    assert len(ids) == len(set(ids))
    links = [each["href"][1:] for tag, each in found.elements if tag == "a" and each.get("href", "").startswith("#")]
    assert {"scores", "figures", "timelines", "items", "again"} <= set(links) <= set(ids)
    for _, each in found.elements:
        for name in ("aria-labelledby", "aria-describedby", "aria-controls"):
            assert set(each.get(name, "").split()) <= set(ids)


def test_no_number_of_a_measure_lacks_its_name(html: str) -> None:
    """Three places are what measures have; nothing else on the page has them."""
    loose = [text for text in read(html).loose if re.search(r"\d\.\d{3}(?!\d)", text)]
    assert loose == []


def test_tables_have_heads_and_scroll_in_boxes_of_their_own(html: str) -> None:
    boxes = [each for _, each in read(html).elements if "scroll" in each.get("class", "").split()]
    assert len(boxes) > 5
    assert all(each["tabindex"] == "0" and each["role"] == "region" and each["aria-label"] for each in boxes)
    for table in re.findall(r'<table class="scores">(.*?)</table>', html, re.DOTALL):
        head, *rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        width = head.count('<th scope="col">')
        assert rows and all(row.count('<th scope="row">') == 1 for row in rows)
        assert all(row.count("<td") == width - 1 for row in rows)


def test_a_corpus_alone_says_what_it_lacks() -> None:
    corpus = made_corpus()
    content = ReportContent(title="alone", corpus=corpus, options=ReportOptions(out=Path("r.html")), layers=("basic7",))
    rendered = render_report(content, COMMAND, VERSION)
    text = " ".join(read(rendered.html).texts["p"])
    assert text.count("No file of predictions was named.") >= 2
    assert rendered.num_items == 0


def hostile_content() -> ReportContent:
    """A report of hostile texts in keys, names, headers, findings and answers."""
    clips = []
    for index, text in enumerate(HOSTILE * 2):
        decision = Decision(item="", layer="basic7", labels=("Joy",), scores={"Joy": 1.0})
        clips.append(
            Clip(key=f"own/{index}{text}", source=text, language=text, text=text, decisions={"basic7": decision})
        )
    corpus = Corpus(clips)
    rows = [
        Prediction(key=clip.key, layer="basic7", error=text, raw=text)
        if index % 2
        else Prediction(key=clip.key, layer="basic7", label=text or "Joy")
        for index, (clip, text) in enumerate(zip(clips, HOSTILE * 2, strict=True))
    ]
    findings = Findings([Finding("odd_code", text, text, text) for text in HOSTILE])
    header = {f"key {index} {text}": text for index, text in enumerate(HOSTILE)}
    runs = [
        Predictions(tuple(rows), name=f"{name}{HOSTILE[0]}{HOSTILE[1]}", header=header, findings=findings)
        for name in ("a", "b")
    ]
    return replace(content_of(corpus, *runs), title=HOSTILE[0] + HOSTILE[3])


def test_texts_of_files_are_never_markup() -> None:
    html = render_report(hostile_content(), f"emos report {HOSTILE[2]}", VERSION).html
    found = read(html)
    scripts = [each for tag, each in found.elements if tag == "script"]
    assert [each for each in scripts if each.get("type") != "application/json"] == [{}]
    assert not [each for tag, each in found.elements if tag == "img" and not each["src"].startswith("data:")]
    assert not any(name.startswith("on") for _, each in found.elements for name in each)
    assert not any(each.get(name, "").startswith("javascript:") for _, each in found.elements for name in LOADS)
    assert "49" not in "".join(found.texts["h1"])
    assert HOSTILE[0] in "".join(found.texts["h1"])
    # What turns the direction of letters ends with its own text, and what a terminal acts on is escaped.
    assert found.turning == [] and "\x1b" not in html and "\x00" not in html


def test_a_text_of_ten_thousand_letters_is_all_there_and_of_a_longer_one_it_is_counted_what_is_not() -> None:
    corpus = made_corpus(12)
    long, longer = "x" * MOST_LETTERS, "y" * (MOST_LETTERS + 1_234)
    run = predicted(corpus, "a.jsonl", 5, {"model": long, "prompt": longer}, streams=False)
    html = render_report(content_of(corpus, run), COMMAND, VERSION).html
    assert long in html
    assert longer not in html and "y" * MOST_LETTERS in html
    assert "1,234 more letters are left out here" in html
    summaries = read(html).texts["summary"]
    assert max(map(len, summaries)) < 200
    assert words(longer).num_left_out == 1_234


def test_a_page_over_the_limit_is_refused_with_what_to_do(
    content: ReportContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(render_report(content, COMMAND, VERSION).html.encode())
    assert size < MAX_BYTES
    monkeypatch.setattr(page, "MAX_BYTES", size)
    assert len(render_report(content, COMMAND, VERSION).html.encode()) == size
    monkeypatch.setattr(page, "MAX_BYTES", size - 1)
    with pytest.raises(TooLarge, match=rf"must be at most {size - 1:,} bytes, got {size:,}; name fewer files"):
        render_report(content, COMMAND, VERSION)


@pytest.mark.parametrize("text", [*HOSTILE, "<!--", "]]>", "\u2028\u2029", "é中😀", "\\u003c", "&amp;"])
def test_json_for_scripts_ends_no_element_and_is_read_back(text: str) -> None:
    written = json_script({text: [text, 1, 0.1, None, True]})
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == {text: [text, 1, 0.1, None, True]}


def test_json_for_scripts_has_no_number_that_json_lacks() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_script(float("nan"))
