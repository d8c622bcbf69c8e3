"""``emos show --prompt``: the model gets the question and the answer of the prompt, and nothing beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from show_help import film, refused, saved, show_window

from emos_io.corpus import taxonomy
from emos_io.evaluation import LabelledSegment, prompt
from emos_io.spans import Span
from oracle import clips

pytestmark = [pytest.mark.usefixtures("here"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]

FAMILY = "qwen2_5_vl"
SIZE = ("--size", "56,56", "--pixels", "3136,50176", "--around", 0)
BASIC7 = [taxonomy("basic7")]
Folders = Mapping[str, Path]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A monologue of ten seconds: Joy to 3, nothing to 4, Sadness to 9."""
    return saved(tmp_path_factory.mktemp("corpus"), film(path=clips.counting_clip(seconds=10, rate=16_000)))


def model_of(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    model: dict[str, Any] = show_window(capsys, *words)[0]["model"]
    return model


@pytest.mark.parametrize("name", ["clip-words-1", "clip-letters-1", "clip-json-1"])
def test_a_window_is_asked_with_the_question_and_answer_of_a_clip_prompt(
    name: str, processors: Folders, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (
        "a@4-8",
        corpus,
        "--labels",
        "basic7",
        "--processor",
        processors[FAMILY],
        "--prompt",
        name,
        "--prompt-language",
        "zh",
    )
    model = model_of(capsys, *words, *SIZE)
    asked = prompt(name)
    question = asked.question(BASIC7, language="zh").split("\n\n")
    assert all(paragraph in model["prompt"] for paragraph in (asked.system("zh"), *question))
    assert model["unmasked"] == [asked.answer({"basic7": ["Sadness"]}, BASIC7) + "<|im_end|>"]
    assert any(name in note and asked.sha256 in note for note in model["notes"])


def test_a_monologue_is_asked_for_segments_on_the_clock_of_the_window(
    processors: Folders, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("a@2-8", corpus, "--labels", "basic7", "--processor", processors[FAMILY], "--prompt", "stream-json-1")
    model = model_of(capsys, *words, "--prompt-language", "en", *SIZE)
    asked, span = prompt("stream-json-1"), Span(2, 8)
    segments = [
        LabelledSegment(span=Span(2, 3), labels={"basic7": ["Joy"]}),
        LabelledSegment(span=Span(4, 8), labels={"basic7": ["Sadness"]}),
    ]
    assert model["unmasked"] == [asked.stream_answer(segments, BASIC7, span=span) + "<|im_end|>"]
    assert "00:06" in model["prompt"]


def test_options_that_do_not_go_together_are_refused(
    processors: Folders, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ("a@4-8", corpus, "--processor", processors[FAMILY])
    for words, text in (
        ((*base, "--prompt", "clip-json-1", "--question", "Who?"), "--question must be left out with --prompt"),
        ((*base, "--prompt", "clip-json-1", "--answer", "Joy"), "--answer must be left out with --prompt"),
        ((*base, "--prompt-language", "en"), "--prompt-language must come with --prompt"),
        ((*base, "--prompt", "clip-json-9"), "prompt must be one of clip-words-1"),
        (("a@4-8", corpus, "--prompt", "clip-json-1"), "--prompt must come with --processor"),
    ):
        code, line = refused(capsys, *words)
        assert code == 2 and text in line
