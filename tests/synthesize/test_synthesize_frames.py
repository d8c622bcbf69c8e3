"""Frames spell their content at native size and scaled; frames from elsewhere are refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from synthesize_help import LENGTHS, Decoded, monologue, on_screen

from emos_io import Media, Span
from emos_io.corpus import Corpus
from emos_io.corpus.records import Monologue
from emos_io.corpus.taxonomies import taxonomy
from emos_io.errors import InvalidArgument
from emos_io.synthesize import FrameContent, SynthesizedFile, UnreadableFrame, read_frame, synthesize
from emos_io.synthesize.font import COLUMNS, ROWS, draw
from emos_io.synthesize.frames import COLOURS, NO_COLOUR, check_size, yuv_frames

NAMES = list(LENGTHS)
SIZES = [(90, 160), (224, 224), (60, 96), (270, 480)]
COLOUR_TOLERANCE = 6
"""Of 255: rounding to 8-bit YUV, and the change by H.264 in a flat area; any two colours differ by more."""


@pytest.mark.parametrize("name", NAMES)
def test_every_frame_spells_its_number_utterance_and_label(
    corpus: Corpus, media: dict[str, Decoded], name: str
) -> None:
    who = corpus.monologues[name]
    for number, (time, rgb) in enumerate(zip(media[name].times, media[name].rgb, strict=True)):
        assert read_frame(rgb) == FrameContent(number, *on_screen(who, time))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["Gaps", "Variable"])
def test_scaled_frames_spell_the_same(
    corpus: Corpus, made: dict[str, SynthesizedFile], name: str, size: tuple[int, int]
) -> None:
    frames = Media(made[name].path).frames_in(Span(0, LENGTHS[name]), size=size)
    assert frames.data.shape[1:3] == size
    for number, (time, rgb) in enumerate(zip(frames.times, frames.data, strict=True)):
        assert time is not None
        assert read_frame(rgb) == FrameContent(number, *on_screen(corpus.monologues[name], time))


def test_the_frame_on_screen_spells_what_its_time_says(made: dict[str, SynthesizedFile]) -> None:
    # 40, 20, 60, 40 ms in turn: frames begin at 0, 40, 60, 120, 160 ms.
    times = ["0.0399", "0.04", "0.0599", "0.119", "0.12", "0.16", "2.9999", "3", "5.2699"]
    frames = Media(made["Variable"].path).frames_played_at(times)
    assert [read_frame(rgb).number for rgb in frames.data] == [0, 1, 1, 2, 3, 4, 74, 75, 131]
    assert frames.times[-3:] == (Fraction("2.94"), Fraction(3), Fraction("5.24"))


def test_labels_have_their_colours(corpus: Corpus, media: dict[str, Decoded]) -> None:
    seen = set()
    for name in NAMES:
        for time, rgb in zip(media[name].times, media[name].rgb, strict=True):
            label = on_screen(corpus.monologues[name], time)[1]
            seen.add(label)
            # Right of the text, well above the cells.
            found = np.median(rgb[10:100, 250:310].reshape(-1, 3), axis=0)
            wanted = COLOURS[label] if label else NO_COLOUR
            assert np.abs(found - wanted).max() <= COLOUR_TOLERANCE
    colours = [np.array(each) for each in (*COLOURS.values(), NO_COLOUR)]
    assert min(np.abs(one - other).max() for one, other in combinations(colours, 2)) > 2 * COLOUR_TOLERANCE
    assert seen == {None, *taxonomy("basic7").labels}


def test_other_sizes_are_made_and_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    who = monologue("Any", "2.2", labels="0 0.24 Joy, 0.3 2 Fear")
    for size in ((60, 96), (122, 98), (720, 1280)):
        (each,) = synthesize(
            Corpus(monologues=[who]), tmp_path_factory.mktemp("size"), size=size, max_seconds="0.48", speech="tones"
        )
        frames = Media(each.path).frames_in(Span(0, "0.48"))
        assert frames.data.shape[1:3] == size
        spelled = [read_frame(rgb) for rgb in frames.data]
        assert spelled == [FrameContent(index, *on_screen(who, Fraction(index, 25))) for index in range(12)]


@given(
    number=st.integers(0, 60),
    utterance=st.none() | st.integers(0, 4094),
    label=st.none() | st.sampled_from(taxonomy("basic7").labels),
    height=st.integers(30, 120).map(lambda half: 2 * half),
    width=st.integers(48, 160).map(lambda half: 2 * half),
)
@example(number=0, utterance=None, label=None, height=60, width=96)
@example(number=25, utterance=4094, label="Surprise", height=60, width=98)
def test_drawn_luma_is_read_at_every_size(
    number: int, utterance: int | None, label: str | None, height: int, width: int
) -> None:
    who = monologue("Drawn", "10", labels="" if utterance is None else f"0 9 {label or '-'}")
    if utterance is not None:
        who = replace(who, utterances=(replace(who.utterances[0], index=utterance),))
    luma = _luma(who, number, (height, width))
    expected = FrameContent(number, utterance, None if utterance is None else label)
    assert read_frame(luma) == expected
    assert read_frame(np.repeat(luma[..., None], 3, axis=2)) == expected


def test_numbers_beyond_a_byte_are_spelled() -> None:
    assert read_frame(_luma(monologue("Long", "10"), 4321, (60, 96))).number == 4321


def test_frames_from_elsewhere_are_refused(media: dict[str, Decoded]) -> None:
    ours = media["Gaps"].rgb[30]
    noise = np.random.default_rng(7).integers(0, 256, ours.shape, dtype=np.uint8)
    hostile = [np.zeros_like(ours), np.full_like(ours, 255), noise, ours[:, ::-1], ours[::-1], 255 - ours]
    hostile += [ours[:-40], ours[:, 20:], ours[:1, :1], np.zeros((2, 3), dtype=np.uint8)]
    for frame in hostile:
        with pytest.raises(
            UnreadableFrame,
            match=r"frame must be one that synthesize made, got shape .* and a wrong check; give the",
        ):
            read_frame(frame)


@pytest.mark.parametrize(
    "size", [(181, 320), (180, 321), (58, 96), (60, 94), (2162, 3840), (180,), (180, 320, 3), (180.0, 320), (0, 0)]
)
def test_sizes_that_cannot_be_coded_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(
        InvalidArgument, match=r"size must be an even height and width from 60 x 96 to 2160 x 3840, got \("
    ):
        check_size(size)


def test_the_smallest_and_the_largest_size_are_allowed() -> None:
    check_size((60, 96))
    check_size((2160, 3840))


def test_letters_differ_from_each_other() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:- "
    drawn = {draw(letter, scale=1).tobytes() for letter in letters}
    assert len(drawn) == len(letters)
    assert (draw("joy", scale=1) == draw("JOY", scale=1)).all()
    assert draw("AB", scale=3).shape == (3 * ROWS, 3 * 2 * (COLUMNS + 1))
    assert not draw("冰é", scale=1).any()


def _luma(who: Monologue, number: int, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The luma of one frame before it is encoded."""
    first = 0
    for chunk in yuv_frames(who, [Fraction(0)] * (number + 1), size):
        drawn = np.frombuffer(chunk, dtype=np.uint8).reshape(-1, size[0] * size[1] * 3 // 2)
        if number < first + len(drawn):
            return drawn[number - first, : size[0] * size[1]].reshape(size)
        first += len(drawn)
    raise AssertionError(f"there are {first} frames, but not frame {number}")
