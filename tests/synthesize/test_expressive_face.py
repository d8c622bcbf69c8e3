"""Frames of an acted face: they follow the label late, and say no more of it than its face does."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from acting import SIZE, acted, frames

from emos_io import Span
from emos_io.errors import InvalidArgument
from emos_io.synthesize.expressive.emotions import FACE_OF, face_of
from emos_io.synthesize.expressive.face import face_frames
from emos_io.synthesize.expressive.performance import LAG_SECONDS, RISE_SECONDS, Part, Performance
from emos_io.synthesize.expressive.speakers import speaker

QUARTERS = [Fraction(n, 4) for n in range(16)]


@pytest.mark.parametrize(("one", "other"), [("Anger", "Disgust"), ("Fear", "Surprise")])
def test_labels_of_one_face_give_equal_frames(one: str, other: str) -> None:
    assert np.array_equal(frames(acted(one), QUARTERS), frames(acted(other), QUARTERS))


def test_labels_of_other_faces_give_other_frames() -> None:
    labels = {face: label for label, face in FACE_OF.items()}.values()
    seen = [frames(acted(label), [Fraction(2)])[0].astype(int) for label in labels]
    apart = [np.abs(one - other).mean() for n, one in enumerate(seen) for other in seen[:n]]
    # The noise of these frames is equal, so that any difference is one of the face; half a step is 1,150 pixels by one step.
    assert len(apart) == 10 and min(apart) > 0.5


def test_a_frame_depends_on_its_time_alone() -> None:
    performance = acted("Joy", "Anger")
    times = [Fraction(n, 8) for n in range(64)]
    everything = frames(performance, times)
    assert np.array_equal(frames(performance, times[::-9]), everything[::-9])
    assert not np.array_equal(everything[20], everything[21]), "noise and motion"


def test_what_comes_later_changes_nothing_before() -> None:
    before = [time for time in QUARTERS if time < 4]
    assert np.array_equal(frames(acted("Joy", "Anger"), before), frames(acted("Joy", "Sadness"), before))


def test_the_face_follows_the_label_late_and_smoothly() -> None:
    performance = acted("Neutral", "Sadness")
    times = np.arange(0, 8, 0.01)
    drop = performance.face_at(times)[:, 6]
    start, end = drop[399], drop[-1]
    assert end - start > 0.5, "a sad head hangs"
    share = (drop - start) / (end - start)
    halfway = times[np.argmax(share >= 0.5)] - 4
    step = 0.01
    assert LAG_SECONDS[0] <= halfway <= LAG_SECONDS[1] + step
    assert np.all(np.diff(share[390:]) >= -1e-12), "one way"
    # The steepest part of a smooth step is 1.5 times its mean slope.
    assert np.diff(share).max() <= 1.5 * step / RISE_SECONDS + 1e-9


def test_intensity_scales_the_face() -> None:
    weak, strong = (acted("Surprise", intensity=each).face_at(np.array([3.0]))[0] for each in (1, 5))
    # What differs by chance is equal in both; rounding is far below 1e-12.
    assert np.allclose(strong - weak, 0.5 * face_of("Surprise").as_array(), atol=1e-12)


def test_without_parts_the_face_is_the_speakers_own() -> None:
    someone = speaker("b", seed=4)
    rest = Performance(someone, Fraction(2), (), ())
    assert np.array_equal(rest.face_at(np.array([0.0, 1.5])), np.tile(someone.face.as_array(), (2, 1)))
    late = Performance(someone, Fraction(9), (Part(Span(3, 4), "Joy"),), ())
    # The face is back at rest at most .75 s after the part.
    found = late.face_at(np.array([2.9, 8.0]))
    assert np.allclose(found, someone.face.as_array(), atol=1e-12)


def test_lips_move_alike_under_every_voice() -> None:
    # Disgust speaks slowly, Anger fast, and both have one face: else the voice could be seen.
    assert np.array_equal(frames(acted("Anger"), QUARTERS[:8]), frames(acted("Disgust"), QUARTERS[:8]))
    closed, open_ = (frames(acted("Anger", spoken=spoken), QUARTERS[:8]) for spoken in (False, True))
    assert not np.array_equal(closed, open_)


@pytest.mark.parametrize(
    ("times", "size", "text"),
    [
        ([Fraction(-1, 4)], SIZE, "times must be 0 or more, got Fraction(-1, 4); start at 0"),
        ([Fraction(0)], (31, 48), "size must be an integer from 32 to 2160, got 31; scale the frames"),
        ([Fraction(0)], (48, 2161), "size must be an integer from 32 to 2160, got 2161; scale the frames"),
    ],
)
def test_other_times_and_sizes_are_refused(times: list[Fraction], size: tuple[int, int], text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        next(face_frames(acted("Joy"), times, size))
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("parts", "sentences", "name", "index"),
    [
        ([Span(0, 2), Span(1, 3)], [], "parts", 1),
        ([], [Span(2, 3), Span(1, 2)], "sentences", 1),
        ([Span(0, 5)], [], "parts", 0),
    ],
)
def test_spans_out_of_order_are_refused(parts: list[Span], sentences: list[Span], name: str, index: int) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Performance(speaker("a"), Fraction(4), tuple(Part(span, "Joy") for span in parts), tuple(sentences))
    assert str(caught.value).startswith(f"{name} must be in order, without overlaps, from 0 to 4.0 s, got ")
    assert caught.value.index == index


def test_other_labels_and_intensities_are_refused() -> None:
    with pytest.raises(InvalidArgument) as caught:
        Part(Span(0, 1), "joy")
    assert str(caught.value).endswith("got 'joy'; give a label of Basic-7")
    with pytest.raises(InvalidArgument) as caught:
        Part(Span(0, 1), "Joy", 6)
    assert str(caught.value) == "intensity must be an integer from 1 to 5, got 6; scale it to 1 to 5"
