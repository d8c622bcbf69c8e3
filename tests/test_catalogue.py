"""Every error text and every finding code stands in docs/, and error texts keep to one grammar."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from emos_io import errors

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import catalogue  # noqa: E402 - a script, not a package
from catalogue import USAGE, ErrorText, collect  # noqa: E402

TEXTS = collect()
ARGUMENTS = {name for name in catalogue.error_classes() if issubclass(getattr(errors, name), errors.InvalidArgument)}
FALSEHOODS = re.compile(r"\b(was|were) (given|asked for)\b|; it is\b")
"""``fps 0 was given; it is above zero`` states what is not so."""
NEXT_STEP = re.compile(r"; |\{error\}|\{told\}")
"""A text says what to do, or wraps another that does."""


def test_many_texts_are_found() -> None:
    assert len(TEXTS) > 250
    assert {text.where.split("/")[0].split(".")[0] for text in TEXTS} == {"emos_io", "emos-media", "emos-py"}


@pytest.mark.parametrize("page", ["errors", "findings"])
def test_the_pages_say_what_the_code_says(page: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "catalogue.py", "--check"], capture_output=True, text=True, check=False
    )
    assert not done.stderr
    assert f"docs/{page}.md" not in done.stdout, f"run make docs: {done.stdout}"


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.where}: {text.text:.40}")
def test_a_text_keeps_to_the_grammar(text: ErrorText) -> None:
    assert "\n" not in text.text
    assert not FALSEHOODS.search(text.text), text
    assert not text.text.endswith("."), text
    assert not re.match(r"[A-Z][a-z]+ (?!must)", text.text) or text.text.startswith(("FFmpeg ", "Media")), text
    if text.error in ARGUMENTS:
        assert re.search(r"\bmust\b", text.text), text
    elif text.error not in USAGE:
        assert NEXT_STEP.search(text.text), text
