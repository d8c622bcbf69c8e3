"""The features of the kind frozen: their names and order, what is missing, and statistics by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from frozen_help import networks_or_skip

from emos_io.media import Media
from emos_io.spans import Span
from emos_io.train.frozen.faces import Face
from emos_io.train.frozen.features import FeatureReader, LookedAt, face_features, feature_names

FACE_NAMES = [
    "face_missing",
    "face_share",
    "face_count_mean",
    "face_height_mean",
    "face_height_sd",
    "face_motion_mean",
    "angry_mean",
    "angry_sd",
    "angry_max",
    "disgust_mean",
    "disgust_sd",
    "disgust_max",
    "fear_mean",
    "fear_sd",
    "fear_max",
    "happy_mean",
    "happy_sd",
    "happy_max",
    "sad_mean",
    "sad_sd",
    "sad_max",
    "surprise_mean",
    "surprise_sd",
    "surprise_max",
    "neutral_mean",
    "neutral_sd",
    "neutral_max",
    "expression_change_mean",
]
SPEECH_NAMES = [
    "audio_missing",
    "speech_missing",
    "speech_share",
    "speech_onsets",
    "level_mean",
    "level_sd",
    "crossings_mean",
    "crossings_sd",
    "voiced_share",
    "pitch_mean",
    "pitch_sd",
    "pitch_range",
]
"""Models of earlier runs hold to this order."""


def test_names_have_one_order() -> None:
    assert list(feature_names(["video", "audio"])) == FACE_NAMES + SPEECH_NAMES
    assert list(feature_names(["audio", "video"])) == FACE_NAMES + SPEECH_NAMES
    assert list(feature_names(["video"])) == FACE_NAMES
    assert list(feature_names(["audio"])) == SPEECH_NAMES


def by_name(looked: LookedAt) -> dict[str, float]:
    return dict(zip(FACE_NAMES, face_features(looked), strict=True))


def test_statistics_are_of_the_largest_face_of_the_frames_that_are_there() -> None:
    small, large = Face(0.8, 0.8, 0.9, 0.9, 0.9), Face(0.1, 0.1, 0.3, 0.5, 0.6)
    moved = Face(0.4, 0.1, 0.6, 0.7, 0.8)
    happy, sad = np.eye(7)[3], np.eye(7)[4]
    looked = LookedAt(((small, large), (moved,), (), None), (happy, (happy + sad) / 2, None, None))
    found = by_name(looked)
    assert (found["face_missing"], found["face_share"], found["face_count_mean"]) == (0, 2 / 3, 1)
    assert found["face_height_mean"] == pytest.approx((0.4 + 0.6) / 2)
    assert found["face_height_sd"] == pytest.approx(0.1)
    # From (0.2, 0.3) to (0.5, 0.4), in heights of the face that moved.
    assert found["face_motion_mean"] == pytest.approx(np.hypot(0.3, 0.1) / 0.4)
    assert [found[f"happy_{each}"] for each in ("mean", "sd", "max")] == [0.75, 0.25, 1]
    assert [found[f"sad_{each}"] for each in ("mean", "sd", "max")] == [0.25, 0.25, 0.5]
    # Half of the share went from one output to another.
    assert found["expression_change_mean"] == 0.5


@pytest.mark.parametrize(("faces", "share"), [(((), ()), 0.0), ((None, None), np.nan), ((), np.nan)])
def test_no_face_is_marked_and_nothing_of_it_is_known(faces: tuple[tuple[()] | None, ...], share: float) -> None:
    found = by_name(LookedAt(faces, tuple(None for _ in faces)))
    assert found["face_missing"] == 1
    np.testing.assert_equal(found["face_share"], share)
    known = {"face_missing", "face_share", "face_count_mean"}
    assert all(np.isnan(value) for name, value in found.items() if name not in known)


def test_a_real_clip_has_all_features_and_the_same_bits_each_time(shared_media: Path) -> None:
    networks_or_skip()
    with Media(str(shared_media / "talking" / "en_grid_sbia1a_3s.mpg")) as media:
        window = next(
            iter(media.windows(length=2, fps=2, size=(256, 256), fit="pad", sample_rate=16_000, num_channels=1))
        )
    assert window.video is not None and window.audio is not None and window.span == Span(0, 2)
    given = (window.video.data, window.video.valid, window.audio.data[0], window.audio.valid)
    found = FeatureReader(["video", "audio"], detector="short").features(*given)
    assert np.isfinite(found).all()
    assert [
        found[feature_names(["video", "audio"]).index(f"{each}_missing")] for each in ("face", "audio", "speech")
    ] == [0] * 3
    # After another window, and by a reader of its own.
    reader = FeatureReader(["video", "audio"], detector="short")
    reader.features(
        window.video.data[::-1].copy(), window.video.valid, window.audio.data[0][::-1].copy(), window.audio.valid
    )
    assert reader.features(*given).tobytes() == found.tobytes()
    one = FeatureReader(["audio"]).features(None, *given[1:])
    assert one.tobytes() == found[len(FACE_NAMES) :].tobytes()


def test_a_blank_window_without_audio_is_all_marks(shared_media: Path) -> None:
    networks_or_skip()
    reader = FeatureReader(["video", "audio"], detector="short")
    blank = np.zeros((2, 256, 256, 3), np.uint8)
    found = reader.features(blank, np.ones(2, np.bool_), None, np.zeros(0, np.bool_))
    named = dict(zip(reader.names, found.tolist(), strict=True))
    assert {name for name, value in named.items() if value == 1} == {"face_missing", "audio_missing", "speech_missing"}
    assert {name for name, value in named.items() if value == 0} == {"face_share", "face_count_mean"}
    assert sum(np.isnan(found)) == len(found) - 5
