"""The section about what a model is given: every value of the view is on the page, escaped, and in the JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from show_help import Element, Page, data_of, frame_of

from emos_io import Media, Span
from emos_io.plan import LabelRule, Windowing
from emos_io.report import (
    ModelAudio,
    ModelFrame,
    ModelView,
    RenderOptions,
    TokenSpan,
    WindowPage,
    read_page,
    render_page,
    resolve_item,
)
from emos_io.report.model_section import grey
from oracle import clips

HOSTILE = '</pre><script>alert("1")</script>&amp;{{ 7 * 7 }}<!--'
TITLE = "What the model saw"


def view(**more: Any) -> ModelView:
    generator = np.random.default_rng(0)
    frames = generator.integers(0, 256, (4, 28, 56, 3), dtype=np.uint8)
    waveform = (generator.integers(-32_768, 32_767, (1, 16_000)) / 32_768).astype(np.float32)
    features = np.arange(12, dtype=np.float32).reshape(3, 4)
    values: dict[str, Any] = {
        "processor": "some/processor",
        "class_name": "SomeProcessor",
        "family": "some_family",
        "versions": {"transformers": "5.24.0", "torch": "2.15.0"},
        "fps": Fraction(30_000, 1001),
        "size": (28, 56),
        "pixels": (784, 3136),
        "missing_audio": "omit",
        "missing_frames": "black",
        "odd_frames": "repeat_last",
        "frames": tuple(
            ModelFrame(frame, Fraction(3, 2) + Fraction(n, 4), (2 * (n // 2), 2 * (n // 2) + 2), is_repeated=n == 3)
            for n, frame in enumerate(frames)
        ),
        "audio": ModelAudio(waveform, 16_000, features, Span("3/2", "5/2")),
        "prompt": "<|im_start|>user\n<|VIDEO|> x 4Which?",
        "unmasked": ("Joy<|im_end|>",),
        "tokens": (TokenSpan("video", 3, 4, Span("3/2", 2)), TokenSpan("audio", 7, 25, Span("3/2", "5/2"))),
        "num_tokens": 40,
        "num_labels": 2,
    }
    return ModelView(**{**values, **more})


@pytest.fixture(scope="module")
def window() -> WindowPage:
    path = str(clips.counting_clip(seconds=10, rate=8_000))
    resolved = resolve_item("x", [], [path])
    rule = LabelRule(None)
    with Media(path) as media:
        return read_page(resolved, Span("3/2", "5/2"), Windowing(1), rule, RenderOptions(), corpora=[], media=media)


def page_of(window: WindowPage, model: ModelView) -> Page:
    return Page(render_page(replace(window, model=model), "emos show"))


def rows(table: Element) -> list[list[str]]:
    return [[cell.text for cell in row.children] for row in table.find("tr")]


def test_frames_are_on_the_page_as_they_are(window: WindowPage) -> None:
    model = view()
    figures = page_of(window, model).section(TITLE).find("figure")
    assert np.array_equal(
        np.stack([frame_of(each) for each in figures]), np.stack([each.data for each in model.frames])
    )
    captions = [each.one("figcaption").text for each in figures]
    assert [caption.split(" = ")[0] for caption in captions] == ["0at 3/2", "1at 7/4", "2at 2/1", "3 repeatedat 9/4"]
    assert [caption.split(" s")[1] for caption in captions] == [
        "2 tokens [0, 2)",
        "2 tokens [0, 2)",
        "2 tokens [2, 4)",
        "2 tokens [2, 4)",
    ]


def test_the_audio_that_is_heard_is_on_the_page(window: WindowPage) -> None:
    model = view()
    assert model.audio is not None
    section = page_of(window, model).section(TITLE)
    heard = data_of(section.one("audio").attributes["src"], "audio/wav")
    samples = np.frombuffer(heard[44:], "<i2")
    assert np.array_equal(samples / 32_768, model.audio.waveform[0])
    assert any("heard [3/2, 5/2) s = [1.5, 2.5) s, 1/1 s (1 s)" in each.text for each in section.find("p"))
    assert len(section.find("img", "features")) == 1


def test_features_are_grey_from_the_least_to_the_most() -> None:
    image = grey(np.array([[0, 1, 2], [10, 5, 0]], np.float32))
    assert image[:, :, 0].tolist() == [[255, 128, 0], [0, 26, 51]]
    assert np.array_equal(image[:, :, 0], image[:, :, 2])
    assert grey(np.full((2, 3), 7, np.float32)).max() == 0
    assert grey(np.zeros((2, 0), np.float32)).shape == (2, 0, 3)


def test_tokens_settings_prompt_and_labels_are_on_the_page(window: WindowPage) -> None:
    section = page_of(window, view()).section(TITLE)
    settings, tokens = section.find("table")
    assert rows(settings) == [
        ["processor", "some/processor"],
        ["class", "SomeProcessor, family some_family"],
        ["versions", "transformers 5.24.0, torch 2.15.0"],
        ["frames", "≈29.97003 a second, 28 x 56 pixels (height x width)"],
        ["pixels", "784 to 3136 a frame"],
        ["missing audio", "omit"],
        ["missing frames", "black"],
        ["odd frames", "repeat_last"],
        ["tokens", "40 tokens, 2 labels among them"],
    ]
    assert rows(tokens)[1:] == [
        ["video", "4 tokens [3, 7)", "[3/2, 2/1) s = [1.5, 2) s"],
        ["audio", "25 tokens [7, 32)", "[3/2, 5/2) s = [1.5, 2.5) s"],
    ]
    assert section.one("pre", "prompt").text == "<|im_start|>user\n<|VIDEO|> x 4Which?"
    assert [each.text for each in section.find("pre", "unmasked")] == ["Joy<|im_end|>"]


def test_hostile_texts_stay_texts(window: WindowPage) -> None:
    model = view(
        processor=HOSTILE,
        class_name=HOSTILE,
        prompt=HOSTILE,
        unmasked=(HOSTILE,),
        notes=(HOSTILE,),
        versions={HOSTILE: HOSTILE},
    )
    page = page_of(window, model)
    section = page.section(TITLE)
    assert len(page.root.find("script")) == len(page_of(window, view()).root.find("script"))
    assert section.one("pre", "prompt").text == section.one("pre", "unmasked").text == HOSTILE
    assert section.one("p", "note").text == HOSTILE
    assert rows(section.find("table")[0])[0] == ["processor", HOSTILE]


def test_no_audio_and_no_labels_are_named(window: WindowPage) -> None:
    section = page_of(window, view(audio=None, unmasked=(), num_labels=0)).section(TITLE)
    assert section.find("audio") == section.find("pre", "unmasked") == []
    texts = [each.text for each in section.find("p")]
    assert "The model gets no audio of this window." in texts
    assert "None: no token is learnt." in texts


def test_a_page_without_a_model_has_no_such_section(window: WindowPage) -> None:
    source = render_page(window, "emos show")
    assert TITLE not in source
    assert "model" not in window.as_dict()


def test_the_json_has_every_value(window: WindowPage) -> None:
    result = json.loads(json.dumps(replace(window, model=view()).as_dict()))["model"]
    assert result == {
        "processor": "some/processor",
        "class": "SomeProcessor",
        "family": "some_family",
        "versions": {"transformers": "5.24.0", "torch": "2.15.0"},
        "fps": "30000/1001",
        "size": [28, 56],
        "pixels": [784, 3136],
        "missing_audio": "omit",
        "missing_frames": "black",
        "odd_frames": "repeat_last",
        "frames": 4,
        "frame_times": ["3/2", "7/4", "2/1", "9/4"],
        "frame_tokens": [[0, 2], [0, 2], [2, 4], [2, 4]],
        "repeated_frames": 1,
        "heard": ["3/2", "5/2"],
        "samples": 16_000,
        "sample_rate": 16_000,
        "features": [3, 4],
        "prompt": "<|im_start|>user\n<|VIDEO|> x 4Which?",
        "unmasked": ["Joy<|im_end|>"],
        "tokens": [
            {"kind": "video", "first": 3, "size": 4, "start": "3/2", "end": "2/1"},
            {"kind": "audio", "first": 7, "size": 25, "start": "3/2", "end": "5/2"},
        ],
        "num_tokens": 40,
        "num_labels": 2,
        "notes": [],
    }
    nothing = view(audio=None).as_dict()
    assert [nothing[name] for name in ("heard", "samples", "sample_rate", "features")] == [None] * 4
