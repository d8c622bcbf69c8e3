"""Which labels look alike and which have one voice, and what follows from it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from emos_io.corpus import taxonomy
from emos_io.errors import InvalidArgument
from emos_io.synthesize.expressive.emotions import (
    FACE_OF,
    FACES,
    VOICE_OF,
    VOICES,
    Channel,
    bayes_accuracy,
    face_of,
    strength,
    voice_of,
)
from emos_io.synthesize.expressive.speakers import FACE_SPREAD, PITCH_HZ, speaker

LABELS = taxonomy("basic7").labels


def test_all_labels_have_a_face_and_a_voice_and_no_two_have_both_in_common() -> None:
    assert set(FACE_OF) == set(VOICE_OF) == set(LABELS)
    assert set(FACE_OF.values()) == set(FACES) and set(VOICE_OF.values()) == set(VOICES)
    assert len({(face_of(label), voice_of(label)) for label in LABELS}) == len(LABELS)
    assert len({face_of(label) for label in LABELS}) == 5 and len({voice_of(label) for label in LABELS}) == 4


def best_by_trying(shares: dict[str, float], seen: dict[str, str]) -> float:
    """The best share of right answers, by trying every answer to every thing that is seen."""
    things = sorted(set(seen.values()))
    return max(
        sum(share for label, share in shares.items() if dict(zip(things, answers, strict=True))[seen[label]] == label)
        for answers in product(LABELS, repeat=len(things))
    )


@pytest.mark.parametrize(
    ("channels", "seen"), [((), dict.fromkeys(LABELS, "")), (("audio",), VOICE_OF), (("video",), FACE_OF)]
)
def test_no_answer_is_better_than_bayes(channels: tuple[Channel, ...], seen: dict[str, str]) -> None:
    # Powers of two are summed without rounding.
    shares = {label: 2.0**-n for n, label in enumerate(sorted(LABELS, key=lambda label: (len(label), label)), 1)}
    assert bayes_accuracy(shares, channels) == pytest.approx(
        best_by_trying(shares, seen) / sum(shares.values()), rel=1e-15
    )
    assert bayes_accuracy(shares) == 1


def test_each_channel_alone_is_wrong_where_labels_are_even() -> None:
    even = dict.fromkeys(LABELS, 3)
    assert bayes_accuracy(even, ["video"]) == 15 / 21 and bayes_accuracy(even, ["audio"]) == 12 / 21
    assert bayes_accuracy(even, []) == 3 / 21


@pytest.mark.parametrize(
    ("shares", "channels", "text"),
    [
        ({"Joy": -1.0}, ["video"], "share of Joy must be 0 or more, got -1.0; count how often it occurs"),
        ({"Joy": float("nan")}, ["video"], "share of Joy must be 0 or more, got nan; count how often it occurs"),
        ({"Joy": 0.0}, ["video"], "shares must have one above 0, got {'Joy': 0.0}; count how often each occurs"),
        ({"Joy": 1.0}, "video", "channels must be a list of names, got 'video'; give ['video']"),
        ({"Joy": 1.0}, ["text"], 'channel must be "video" or "audio", got \'text\'; choose one of them'),
    ],
)
def test_other_shares_and_channels_are_refused(shares: dict[str, float], channels: list[Channel], text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        bayes_accuracy(shares, channels)
    assert str(caught.value) == text


def test_intensity_is_half_at_1_and_all_at_5() -> None:
    assert [strength(each) for each in range(1, 6)] == [0.5, 0.625, 0.75, 0.875, 1.0]


def test_speakers_differ_in_every_parameter() -> None:
    many = [speaker(str(number), seed=8) for number in range(400)]
    offsets = np.array([each.face.as_array() for each in many])
    # A standard deviation of 400 draws is within 15 percent of the true one: four of its standard errors, 1 / sqrt(800).
    assert np.all(np.abs(offsets.std(axis=0) / FACE_SPREAD - 1) < 0.15)
    pitches = [each.pitch_hz for each in many]
    assert PITCH_HZ[0] <= min(pitches) < 100 and 225 < max(pitches) <= PITCH_HZ[1]
    assert len({each.looks for each in many}) == len({each.voice for each in many}) == 400
    assert many[7] == speaker("7", seed=8) != speaker("7", seed=9)
