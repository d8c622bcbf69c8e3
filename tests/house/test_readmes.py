"""README.md and README.zh.md: the same commands, code and numbers, links between them, and nothing that leads nowhere."""

from __future__ import annotations

import io
import re
import shlex
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("README.md", "README.zh.md")
ENGLISH, CHINESE = ((ROOT / name).read_text("utf-8") for name in NAMES)
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def code_of(text: str) -> list[tuple[str, list[list[str]]]]:
    """The blocks of code of a page: their language, and the words of each line without comments."""
    return [
        (language, [words_of(language, line) for line in code.splitlines()]) for language, code in BLOCK.findall(text)
    ]


def words_of(language: str, line: str) -> list[str]:
    if language != "python":
        return shlex.split(line, comments=True)
    if not line.startswith((">>>", "...")):
        # What the code prints.
        return [line]
    words = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(line[3:].strip() + "\n").readline):
            is_directive = token.type == tokenize.COMMENT and "doctest:" in token.string
            if token.type != tokenize.COMMENT or is_directive:
                words.append(token.string)
    except tokenize.TokenError:
        # The line goes on in the next one.
        words.append("...")
    return words


def test_both_pages_have_the_same_commands_and_code() -> None:
    english, chinese = code_of(ENGLISH), code_of(CHINESE)
    assert english == chinese
    assert sum(language == "" for language, _ in english) >= 5
    assert sum(language == "python" for language, _ in english) >= 10


def test_comments_alone_may_differ() -> None:
    pair = ("```\nemos demo  # a\n```", "```\nemos demo  # b\n```")
    assert code_of(pair[0]) == code_of(pair[1]) != code_of(pair[1].replace("demo", "env"))
    pair = ("```python\n>>> f(1,  # a\n```", "```python\n>>> f(1,  # b\n```")
    assert code_of(pair[0]) == code_of(pair[1]) != code_of(pair[1].replace("f(1", "f(2"))


def test_each_page_leads_to_the_other_and_opens_with_the_image_of_a_report() -> None:
    for text, other in ((ENGLISH, NAMES[1]), (CHINESE, NAMES[0])):
        head = text[: text.index("```")]
        assert other in LINK.findall(head)
        assert re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)[0] == "docs/images/report.png"


def test_numbers_of_the_chinese_page_are_those_of_the_english_one() -> None:
    number = re.compile(r"(?<![\w.])\d*\.?\d[\d,.e-]*\d")
    prose = [BLOCK.sub("", text) for text in (CHINESE, ENGLISH)]
    found, known = (set(number.findall(text)) for text in prose)
    assert len(found) > 10
    assert found <= known


@pytest.mark.parametrize("name", NAMES)
def test_every_link_within_the_repository_leads_somewhere(name: str) -> None:
    links = [link for link in LINK.findall((ROOT / name).read_text("utf-8")) if "://" not in link]
    assert len(links) > 20
    assert [link for link in links if not (ROOT / link).exists()] == []
