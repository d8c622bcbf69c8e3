"""Parts of a page by themselves: frames, audio, colours, keys and the axis."""

from __future__ import annotations

import ast
import io
import itertools
import json
import re
import wave
from collections.abc import Iterable
from fractions import Fraction
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from PIL import Image, ImageCms, ImageColor

from emos_io import Span
from emos_io.corpus.taxonomies import taxonomy
from emos_io.report import page_name
from emos_io.report.colours import COLOURS, colours_of, ink_on
from emos_io.report.encode import png, thumbnail, wav
from emos_io.report.formatting import decimal_text
from emos_io.report.render import render
from emos_io.report.time_axis import lanes_of, tick_step
from emos_io.report.waveform import outline

FAR_ENOUGH = 25.0
"""CIELAB distance: about ten times the smallest that is visible side by side."""
VISIBLE = 10.0
"""CIELAB distance: about four times the smallest that is visible side by side."""
READABLE = 4.5
"""The contrast that WCAG 2 requires of text."""

sides = st.integers(1, 24)
MARKUP = re.compile(r"</?[a-z]+[ >/]|&[a-z#0-9]+;")
times = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**6)


@given(height=sides, width=sides, seed=st.integers(0, 2**32 - 1), smooth=st.booleans())
def test_a_png_is_read_by_pillow_as_it_was(height: int, width: int, seed: int, smooth: bool) -> None:
    random = np.random.default_rng(seed)
    noise = random.integers(0, 256, (height, width, 3))
    frame = (noise.cumsum(axis=0) // 50 if smooth else noise).astype(np.uint8)
    with Image.open(io.BytesIO(png(frame))) as image:
        assert image.mode == "RGB"
        assert np.array_equal(np.asarray(image), frame)


@given(channels=st.integers(1, 6), number=st.integers(0, 50), seed=st.integers(0, 2**32 - 1))
def test_audio_of_16_bits_goes_through_unchanged(channels: int, number: int, seed: int) -> None:
    integers = np.random.default_rng(seed).integers(-32_768, 32_768, (channels, number))
    with wave.open(io.BytesIO(wav((integers / 32_768).astype(np.float32), 44_100))) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (channels, 44_100, number)
        got = np.frombuffer(file.readframes(number), dtype="<i2").reshape(-1, channels).T
    assert np.array_equal(got, integers)


def test_audio_louder_than_full_scale_is_cut_off() -> None:
    with wave.open(io.BytesIO(wav(np.array([[1.5, 1.0, -1.0, -1.5]], np.float32), 8_000))) as file:
        assert np.frombuffer(file.readframes(4), dtype="<i2").tolist() == [32_767, 32_767, -32_768, -32_768]


def test_a_thumbnail_is_the_mean_of_full_blocks() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (121, 163, 3)).astype(np.uint8)
    small = thumbnail(frame, 48)
    # What is left over at the edges is a smaller block.
    assert small.shape == (61, 82, 3)
    blocks = frame[:120, :162].reshape(60, 2, 81, 2, 3).astype(np.int64).sum(axis=(1, 3))
    assert np.array_equal(small[:60, :81], (blocks + 2) // 4)
    assert np.array_equal(thumbnail(frame[:40], 48), frame[:40])
    assert thumbnail(frame[:, :1], 48).shape == (61, 1, 3)


@given(number=st.integers(1, 3_000), columns=st.integers(1, 1_000), seed=st.integers(0, 2**32 - 1))
def test_the_outline_holds_every_sample(number: int, columns: int, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=(2, number)).astype(np.float32)
    starts, low, high = outline(samples, columns)
    assert (len(starts), starts[0]) == (min(number, columns), 0)
    ends = [*starts[1:].tolist(), number]
    for start, end, least, most in zip(starts.tolist(), ends, low, high, strict=True):
        assert (samples[:, start:end].min(), samples[:, start:end].max()) == (least, most)


_DATA = json.loads(resources.files("emos_io.corpus").joinpath("taxonomies.json").read_text("utf-8"))
LAYERS = [tuple(each["labels"]) for each in _DATA["taxonomies"]]
"""The labels of every taxonomy."""


def lab(colours: Iterable[str]) -> npt.NDArray[np.float64]:
    """CIELAB of colours, ``[n, 3]``, as LittleCMS computes it, to 8 bits a channel."""
    pixels = np.array([[ImageColor.getrgb(colour) for colour in colours]], dtype=np.uint8)
    transform = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    converted = ImageCms.applyTransform(Image.fromarray(pixels), transform)
    assert converted is not None
    lightness, a, b = np.moveaxis(np.asarray(converted)[0], -1, 0)
    # Lightness is 0 to 100 in 255 steps; a and b are signed bytes.
    return np.stack([lightness * (100 / 255), a.view(np.int8), b.view(np.int8)], axis=1).astype(np.float64)


def least_distance(points: npt.NDArray[np.float64]) -> float:
    return min(float(np.linalg.norm(one - other)) for one, other in itertools.combinations(points, 2))


def test_every_label_of_a_taxonomy_has_a_colour_of_its_own() -> None:
    assert len(set(COLOURS)) == len(COLOURS) == 35
    assert {len(ImageColor.getrgb(colour)) for colour in COLOURS} == {3}
    for classes in LAYERS:
        colours = colours_of(classes)
        assert tuple(colours) == classes
        assert len(set(colours.values())) == len(classes)
        assert set(colours.values()) <= set(COLOURS)


def test_classes_beyond_the_table_take_its_colours_again() -> None:
    names = [f"class {number}" for number in range(60)]
    colours = list(colours_of(names).values())
    assert len(set(colours[:28])) == 28
    assert colours[28:56] == colours[:28]
    # No other class looks like a basic emotion.
    assert not set(colours) & set(colours_of(taxonomy("basic7").labels).values())


def test_colours_are_far_apart_for_the_eye() -> None:
    # Red, as the CIE and LittleCMS have it for the white of print.
    assert lab(["#ff0000"])[0] == pytest.approx([54.3, 80.8, 69.9], abs=1)
    assert least_distance(lab(COLOURS)) > VISIBLE
    for classes in LAYERS:
        assert least_distance(lab(colours_of(classes).values())) > FAR_ENOUGH


@pytest.mark.parametrize("colour", COLOURS)
def test_text_on_a_colour_is_readable(colour: str) -> None:
    bright, dark = sorted((_luminance(colour), _luminance(ink_on(colour))), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= READABLE


def _luminance(colour: str) -> float:
    channels = [part / 255 for part in ImageColor.getrgb(colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_an_emotion_has_one_colour_in_all_layers() -> None:
    basic, fine = colours_of(taxonomy("basic7").labels), colours_of(taxonomy("goemotions").labels)
    assert all(fine[name.lower()] == colour for name, colour in basic.items())


def test_only_templates_write_markup() -> None:
    folder = Path(render.__code__.co_filename).parent
    modules = {path.name: ast.parse(path.read_text("utf-8")) for path in folder.glob("*.py")}
    assert {"page.py", "time_axis.py", "waveform.py"} <= set(modules)
    markup = [
        f"{name}:{node.lineno}: {node.value}"
        for name, module in modules.items()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and MARKUP.search(node.value)
    ]
    assert markup == []
    # Nothing that a caller gave is written as it is.
    templates = "".join(path.read_text("utf-8") for path in (folder / "templates").rglob("*.*"))
    # Styles and scripts are ours; data and palettes are JSON in which no text ends an element.
    assert set(re.findall(r"(\w+)\s*\|\s*safe\b", templates)) == {"data", "palettes", "script", "style"}
    assert "autoescape" not in templates


def test_a_name_that_has_no_value_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="key_marker"):
        render("page.html", key="a@0-4")


@given(st.text(min_size=1))
def test_a_page_name_is_one_plain_name(key: str) -> None:
    name = page_name(key)
    assert name.endswith(".html")
    assert not set(name) & set('/\\\0:*?"<>|\n')
    assert name[0] not in ".-~ "
    assert len(name.encode()) <= 185


@given(st.fractions(min_value=Fraction(1, 1000), max_value=10_000))
def test_ticks_are_neither_many_nor_few(duration: Fraction) -> None:
    steps = duration / tick_step(duration)
    assert 4 <= steps <= 10


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9))))
def test_no_box_of_a_lane_lies_over_another(pairs: list[tuple[int, int]]) -> None:
    spans = [Span(start, start + length) for start, length in sorted(pairs)]
    lanes = lanes_of(spans)
    for (one, first), (other, second) in itertools.combinations(zip(spans, lanes, strict=True), 2):
        assert first != second or one.intersect(other) is None


@pytest.mark.parametrize(
    ("time", "text"),
    [
        ("25/2", "12.5"),
        ("12", "12"),
        ("1/3", "≈0.333333"),
        ("-1/2", "-0.5"),
        ("1/10000000", "≈0"),
        ("-1/10000000", "≈0"),
    ],
)
def test_a_decimal_says_where_it_was_rounded(time: str, text: str) -> None:
    assert decimal_text(Fraction(time)) == text
