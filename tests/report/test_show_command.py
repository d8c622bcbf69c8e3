"""The command that shows a planned window: shells read it as it is meant, and it shows the same window."""

from __future__ import annotations

import json
import shlex
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from emos_io import Span
from emos_io.cli.show import show, window_command
from emos_io.corpus import Monologue
from emos_io.plan import Windowing, WindowPlan
from oracle import clips


def film(path: Path | str | None, seconds: int) -> Monologue:
    where = None if path is None else str(path)
    return Monologue(key="s/x", name="x", title="x", language="en", duration=Fraction(seconds), path=where)


def plan_over(path: Path | str | None, seconds: int) -> WindowPlan:
    windowing = Windowing(2, 1, context="1/3", lookahead=1)
    return WindowPlan([film(path, seconds)], windowing, labels=None, order="sequential")


@pytest.mark.parametrize(
    "name", ["a.mov", "a b.mov", "it's.mov", 'a"b.mov', "a$HOME.mov", "a`b.mov", "-a.mov", "\u00fc.mov"]
)
def test_a_shell_reads_the_command_as_it_is_meant(name: str) -> None:
    planned = plan_over(name, 8).window(0)
    words = shlex.split(window_command(planned))
    options = ["--context", "1/3", "--lookahead", "1"]
    if name.startswith("-"):
        assert words == ["emos", "show", *options, "--", planned.key, name]
    else:
        assert words == ["emos", "show", planned.key, name, *options]


def test_the_command_shows_the_same_window(tmp_path: Path) -> None:
    planned = plan_over(clips.counting_clip(seconds=9, rate=8_000), 9).window(2)
    words = shlex.split(window_command(planned))[2:]
    result = CliRunner().invoke(show, [*words, "--out", str(tmp_path / "page.html"), "--labels", "none", "--json"])
    assert result.exit_code == 0, result.output
    assert planned.span.duration == Fraction(10, 3)
    page = json.loads(result.output)
    assert page["key"] == planned.key
    assert Span(*page["span"]) == planned.span
    assert Span(*page["label_span"]) == planned.label_span


def test_without_context_or_media_both_are_left_out() -> None:
    planned = WindowPlan([film(None, 8)], 2, 1, labels=None, order="sequential").window(1)
    assert shlex.split(window_command(planned)) == ["emos", "show", planned.key, "CORPUS"]
