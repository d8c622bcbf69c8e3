"""HE-AAC: the upper band and stereo are there wherever reading begins, and the track begins where players begin it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emos_io import AudioTrack, Media, Span
from oracle import ffmpeg_audio, he_aac
from oracle.he_aac import PACKET_SAMPLES, PACKETS, RATE

pytestmark = pytest.mark.reference

COPIES = 13
SPACING, PREROLL = 768, 64
"""Of docs/preroll.md, in packets."""

SAME_ENERGY = 2.0
"""Energies of one packet, 3 dB apart: each decoder draws its noise anew. Without an SBR header there is nothing up there."""
AUDIBLE = 1e-7
"""Packets with less energy than -70 dB are left out: nearly all of it is the decoder's noise."""

GOLDEN = pytest.mark.parametrize("golden", ["he_aac_v1.aac", "he_aac_v2.aac"])


def _track(media: Media) -> AudioTrack:
    track = media.metadata.audio
    assert track is not None and track.start is not None and track.end is not None
    return track


def _check(path: Path) -> None:
    media = Media(path)
    track = _track(media)
    assert media.metadata.warnings == ()
    assert track.sample_rate == RATE and track.num_channels == 2
    assert track.start is not None and track.end is not None
    # One chunk is all that one sample costs.
    media.samples_in(Span(track.start, track.start + Fraction(1, RATE)))
    assert media.counters["audio_packets_decoded"] == SPACING
    ours = media.samples_in(Span(track.start, track.end))
    total = COPIES * PACKETS
    assert media.counters["audio_packets_decoded"] == total + PREROLL
    expected = ffmpeg_audio.samples(path)
    assert ours.valid.all() and ours.data.shape == expected.shape == (2, total * PACKET_SAMPLES)
    first = SPACING * PACKET_SAMPLES
    assert np.array_equal(ours.data[:, :first], expected[:, :first])
    found, wanted = he_aac.upper_and_side(ours.data), he_aac.upper_and_side(expected)
    heard = wanted > AUDIBLE
    assert heard.mean() > 0.5, "the clip says nothing of what is tested"
    ratio = found[heard] / wanted[heard]
    assert ratio.max() < SAME_ENERGY and ratio.min() > 1 / SAME_ENERGY


@GOLDEN
@pytest.mark.parametrize("container", he_aac.CONTAINERS)
def test_the_upper_band_and_stereo_are_there_in_every_container(golden: str, container: str) -> None:
    _check(he_aac.clip(golden, container, COPIES))


@pytest.mark.parametrize(
    ("golden", "settings"),
    [
        ("he_aac_v1.aac", he_aac.implicit(2)),
        ("he_aac_v1.aac", he_aac.hierarchical(2, stereo=False)),
        ("he_aac_v1.aac", he_aac.backward_compatible(2)),
        ("he_aac_v2.aac", he_aac.implicit(1)),
        ("he_aac_v2.aac", he_aac.hierarchical(1, stereo=True)),
        ("he_aac_v2.aac", he_aac.hierarchical(1, stereo=False)),
        ("he_aac_v2.aac", he_aac.backward_compatible(1)),
        ("he_aac_v2.aac", he_aac.backward_compatible(1, stereo=True)),
    ],
    ids=["v1", "v1_first", "v1_after", "v2", "v2_first", "v2_sbr_first", "v2_sbr_after", "v2_after"],
)
def test_it_does_not_matter_how_the_container_says_it(golden: str, settings: bytes) -> None:
    _check(he_aac.with_settings(he_aac.clip(golden, "m4a", COPIES), settings))


def test_a_random_window_is_the_slice_of_the_track() -> None:
    path = he_aac.clip("he_aac_v2.aac", "m4a", COPIES)
    track = _track(Media(path))
    assert track.start is not None and track.end is not None
    full = Media(path).samples_in(Span(track.start, track.end)).data
    random = np.random.default_rng(5)
    for first in random.integers(0, full.shape[1] - RATE, 12):
        span = Span(Fraction(int(first), RATE), Fraction(int(first) + RATE, RATE))
        assert np.array_equal(Media(path).samples_in(span).data, full[:, first : first + RATE])


def test_one_chunk_is_bit_equal_to_one_decoder() -> None:
    path = he_aac.clip("he_aac_v2.aac", "m4a", SPACING // PACKETS)
    track = _track(Media(path))
    assert track.start is not None and track.end is not None
    assert np.array_equal(Media(path).samples_in(Span(track.start, track.end)).data, ffmpeg_audio.samples(path))


RARE = (
    "audio track 0 repeats the headers of its upper band (SBR) less often than every 64 packets, so after every 768 packets "
    "the upper band or stereo can be missing until the next header"
)


@pytest.mark.parametrize("container", he_aac.CONTAINERS)
def test_rarer_headers_are_a_warning(container: str) -> None:
    # A header every 70 packets: in the first of each copy.
    media = Media(he_aac.clip("he_aac_v1_one_header.aac", container, COPIES))
    assert media.metadata.warnings == (RARE,)


def test_a_saved_index_keeps_the_warning() -> None:
    path = he_aac.clip("he_aac_v1_one_header.aac", "ts", COPIES)
    assert Media(path, index=Media(path).save_index()).metadata.warnings == (RARE,)


def test_rarer_headers_do_not_matter_where_one_decoder_decodes_all() -> None:
    path = he_aac.clip("he_aac_v1_one_header.aac", "m4a", SPACING // PACKETS)
    assert Media(path).metadata.warnings == ()


COUNT = PACKETS * PACKET_SAMPLES


@pytest.mark.parametrize(
    ("tick_rate", "edited", "tag", "delay"),
    [
        pytest.param(48_000, None, None, 0, id="nothing"),
        pytest.param(24_000, 2_112, None, 4_224, id="edit_list_of_the_core"),
        pytest.param(48_000, 4_224, None, 4_224, id="edit_list_of_decoded_samples"),
        pytest.param(48_000, 5_058, None, 5_058, id="edit_list_in_mid_packet"),
        pytest.param(24_000, None, (2_112, 1_568, COUNT // 2 - 3_680), 4_224, id="itunes"),
        pytest.param(48_000, None, (2_112, 1_568, COUNT // 2 - 3_680), 4_224, id="itunes_on_another_clock"),
        pytest.param(24_000, 2_112, (2_112, 1_568, COUNT // 2 - 3_680), 4_224, id="qaac"),
        pytest.param(48_000, None, (4_228, 15, COUNT - 4_243), 4_228, id="decoded_samples"),
        pytest.param(24_000, None, (4_228, 15, COUNT - 4_243), 4_228, id="decoded_samples_on_another_clock"),
        pytest.param(48_000, None, (2_112, 458, 4_141_558), 4_224, id="numbers_of_another_file"),
    ],
)
@GOLDEN
def test_the_delay_is_counted_in_decoded_samples(
    golden: str, tick_rate: int, edited: int | None, tag: tuple[int, int, int] | None, delay: int
) -> None:
    unedited = he_aac.clip(golden, "m4a", 1)
    path = he_aac.with_delay(unedited, tick_rate=tick_rate, edited=edited, tag=tag)
    media = Media(path)
    track = _track(media)
    # Where an edit list moves the track, its first sample that is presented has the time 0.
    assert media.metadata.start_offset == (0 if edited is not None else Fraction(delay, RATE))
    assert track.start == 0 and track.end is not None
    assert track.end * RATE == COUNT - delay
    # The file without edit list and tag, decoded by ffmpeg from its first packet on.
    everything = ffmpeg_audio.samples(he_aac.with_delay(unedited, tick_rate=48_000, edited=None, tag=None))
    assert everything.shape[1] == COUNT
    assert np.array_equal(media.samples_in(Span(0, track.end)).data, everything[:, delay:])
    again = Media(path, index=media.save_index())
    assert _track(again).end == track.end and again.metadata.start_offset == media.metadata.start_offset
