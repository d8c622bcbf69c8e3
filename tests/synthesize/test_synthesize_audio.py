"""Where there is audio, and what it spells."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from synthesize_help import LENGTHS, RATE, Decoded, decoded, fake_program, monologue, only_path

from emos_io import Media, Span
from emos_io.corpus import Corpus
from emos_io.corpus.records import Monologue, Sentence
from emos_io.synthesize import SynthesizedFile, read_tone, synthesize
from emos_io.synthesize.audio import LEVEL, tone

AAC_BLUR_SAMPLES = 2048
"""AAC codes windows of that many samples: audio that begins or ends within a window spreads over it."""
AAC_EDGE_SAMPLES = 256
"""AAC codes a loud onset in short windows."""
SPREAD = 0.1
"""The largest such spread, of full scale 1; tones have 0.4."""
TONE_SHARE = 0.95
"""The share of the power in the two tones; AAC at this rate and the fading add the rest."""
UNEVEN = 0.03
"""The share of the power by which AAC may prefer one tone."""
ALIKE, UNLIKE = 0.9, 0.5
"""Correlations of the same words, which AAC codes after different windows, and of other words."""
SHORTEST = 1440
"""Samples, 30 ms, from which tones are read."""


def speakers() -> str | None:
    return shutil.which("espeak-ng") or shutil.which("espeak")


needs_speaker = pytest.mark.skipif(speakers() is None, reason="neither espeak-ng nor espeak is on the path")


def sample_range(sentence: Sentence) -> tuple[int, int]:
    """First sample and first sample after the end, rounded half-up."""
    first, end = ((time * RATE + Fraction(1, 2)).__floor__() for time in (sentence.span.start, sentence.span.end))
    return first, end


def silent_parts(who: Monologue, length: int) -> list[tuple[int, int]]:
    """Ranges of samples between sentences."""
    edges = [0, *(edge for sentence in who.sentences for edge in sample_range(sentence)), length]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def check_silence(who: Monologue, waveform: npt.NDArray[np.float32]) -> None:
    """Outside of sentences there is only the spread of AAC."""
    for start, end in silent_parts(who, len(waveform)):
        assert np.abs(waveform[start:end]).max() <= SPREAD
        inner = waveform[
            start + (start > 0) * AAC_BLUR_SAMPLES : max(end - (end < len(waveform)) * AAC_BLUR_SAMPLES, 0)
        ]
        assert not inner.any()


@pytest.mark.parametrize("name", list(LENGTHS))
def test_there_is_silence_outside_of_sentences(corpus: Corpus, media: dict[str, Decoded], name: str) -> None:
    check_silence(corpus.monologues[name], media[name].waveform)


@pytest.mark.parametrize("name", list(LENGTHS))
def test_a_sentence_is_two_tones_that_its_index_gives(corpus: Corpus, media: dict[str, Decoded], name: str) -> None:
    for sentence in corpus.monologues[name].sentences:
        first, end = sample_range(sentence)
        waveform = media[name].waveform[first:end].astype(np.float64)
        assert len(waveform) == end - first
        time = np.arange(len(waveform)) / RATE
        shares = []
        for hertz in (500 + 20 * (sentence.index % 64), 2000 + 20 * (sentence.index // 64)):
            found = 2 * abs(np.exp(-2j * np.pi * hertz * time) @ waveform) / len(waveform)
            shares.append(found**2 / 2 / np.mean(waveform**2))
        assert min(shares) > TONE_SHARE / 2 - UNEVEN and sum(shares) > TONE_SHARE
        assert read_tone(media[name].waveform[first:end], RATE) == sentence.index


@pytest.mark.parametrize("name", list(LENGTHS))
def test_audio_begins_and_ends_with_the_sentence(corpus: Corpus, media: dict[str, Decoded], name: str) -> None:
    waveform = np.abs(media[name].waveform) > LEVEL / 4
    for sentence in corpus.monologues[name].sentences:
        first, end = sample_range(sentence)
        heard = np.flatnonzero(waveform[max(first - AAC_BLUR_SAMPLES, 0) : end + AAC_BLUR_SAMPLES])
        heard += max(first - AAC_BLUR_SAMPLES, 0)
        neighbours = [each for each in corpus.monologues[name].sentences if each is not sentence]
        if all(each.span.end < sentence.span.start for each in neighbours if each.index < sentence.index):
            assert abs(int(heard[0]) - first) <= AAC_EDGE_SAMPLES
        if all(each.span.start > sentence.span.end for each in neighbours if each.index > sentence.index):
            assert abs(int(heard[-1]) - end) <= AAC_EDGE_SAMPLES


def test_every_thirty_ms_of_a_sentence_tell_its_index(corpus: Corpus, media: dict[str, Decoded]) -> None:
    for name in LENGTHS:
        for sentence in corpus.monologues[name].sentences:
            first, end = sample_range(sentence)
            for start in range(first, end - SHORTEST + 1, SHORTEST):
                assert read_tone(media[name].waveform[start : start + SHORTEST], RATE) == sentence.index


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_tones_are_read_through_media_at_every_rate(
    corpus: Corpus, made: dict[str, SynthesizedFile], rate: int
) -> None:
    media_file = Media(made["Gaps"].path)
    for sentence in corpus.monologues["Gaps"].sentences:
        samples = media_file.samples_in(sentence.span, sample_rate=rate, num_channels=1)
        assert samples.valid.all()
        assert read_tone(samples.data[0], rate) == sentence.index
    assert read_tone(media_file.samples_in(Span(3, 5), sample_rate=rate).data[0], rate) is None


@given(index=st.integers(0, 4095), length=st.integers(SHORTEST, 20_000))
@example(index=0, length=SHORTEST)
@example(index=4095, length=SHORTEST)
def test_tones_are_distinct(index: int, length: int) -> None:
    waveform = tone(index, length)
    assert waveform.dtype == np.float32
    assert waveform.shape == (length,)
    assert np.abs(waveform).max() <= LEVEL
    assert read_tone(waveform, RATE) == index
    assert read_tone(tone(index + 4096, length), RATE) == index


def test_other_waveforms_spell_nothing() -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, RATE).astype(np.float32)
    one = (0.3 * np.sin(2 * np.pi * 700 * np.arange(RATE) / RATE)).astype(np.float32)
    chord = sum(np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE) for hertz in (220, 700, 1400, 2100, 2800)) / 10
    for waveform in (noise, one, chord, np.zeros(RATE), noise * 0, tone(5, SHORTEST - 1), np.zeros(0)):
        assert read_tone(np.asarray(waveform), RATE) is None


def test_sentences_that_overlap_are_heard_together(tmp_path: Path) -> None:
    who = monologue("Both", "2", sentences="0.2 1.5 One, 1 1.8 Two")
    (each,) = synthesize(Corpus(monologues=[who]), tmp_path, speech="tones")
    waveform = decoded(Path(each.path)).waveform
    alone, both, other = (waveform[start : start + 9_600] for start in (20_000, 60_000, 74_000))
    assert (read_tone(alone, RATE), read_tone(other, RATE)) == (1, 2)
    # Low tones of both, and the high one that they share, at twice its level: 2 + 4 where one has 1 + 1.
    assert np.mean(both**2) / np.mean(alone**2) == pytest.approx(3, rel=1 - TONE_SHARE)


def test_a_cut_monologue_has_the_audio_before_the_cut(
    corpus: Corpus, media: dict[str, Decoded], tmp_path: Path
) -> None:
    (each,) = synthesize(corpus, tmp_path, only=["Gaps"], max_seconds="1.5", speech="tones")
    waveform = decoded(Path(each.path)).waveform
    assert len(waveform) == 72_000
    assert read_tone(waveform[33_600:], RATE) == 2


def test_without_a_synthesiser_there_are_tones(
    corpus: Corpus, made: dict[str, SynthesizedFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_path(tmp_path / "bin", monkeypatch, "ffmpeg")
    (each,) = synthesize(corpus, tmp_path / "out", only=["Round"], speech="auto")
    assert each.speech == "tones"
    assert Path(each.path).read_bytes() == Path(made["Round"].path).read_bytes()


@needs_speaker
def test_speech_is_in_the_span_of_its_sentence(corpus: Corpus, tmp_path: Path) -> None:
    names = ["Gaps", "冰"]
    listed = synthesize(corpus, tmp_path / "first", only=names, speech="voice")
    again = synthesize(corpus, tmp_path / "second", only=names, speech="voice")
    assert [Path(each.path).read_bytes() for each in again] == [Path(each.path).read_bytes() for each in listed]
    for each in listed:
        assert each.speech in ("espeak-ng", "espeak")
        who, waveform = corpus.monologues[each.key], decoded(Path(each.path)).waveform
        check_silence(who, waveform)
        for sentence in who.sentences:
            first, end = sample_range(sentence)
            assert np.abs(waveform[first:end]).max() > LEVEL / 2
            assert read_tone(waveform[first:end], RATE) is None
        assert Media(each.path).metadata.duration == Fraction(LENGTHS[who.name])


@needs_speaker
def test_sentences_that_differ_are_heard_to_differ(tmp_path: Path) -> None:
    spoken = "0 1 Good morning, 1 2 Good morning, 2 3 How are you today"
    who = monologue("Words", "3", sentences=spoken)
    (each,) = synthesize(Corpus(monologues=[who]), tmp_path, speech="voice")
    first, same, other = decoded(Path(each.path)).waveform.reshape(3, RATE)[:, 4096:-4096]
    # AAC codes what is the same with other windows before it.
    assert np.corrcoef(first, same)[0, 1] > ALIKE > UNLIKE > np.corrcoef(first, other)[0, 1]


@needs_speaker
def test_a_language_without_a_voice_has_tones(tmp_path: Path) -> None:
    who = monologue("Tongue", "1", language="tlh", sentences="0 1 nuqneH")
    (each,) = synthesize(Corpus(monologues=[who]), tmp_path, speech="auto")
    assert each.speech == "tones"
    assert read_tone(decoded(Path(each.path)).waveform, RATE) == 1


def test_speech_longer_than_its_span_is_squeezed_into_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Speaks for two seconds at any speed.
    only_path(tmp_path / "bin", monkeypatch, "ffmpeg")
    fake_program(tmp_path / "bin" / "espeak-ng", speaks_seconds=2)
    who = monologue("Slow", "2", sentences="0.5 1 A long sentence")
    (each,) = synthesize(Corpus(monologues=[who]), tmp_path / "out", speech="voice")
    waveform = decoded(Path(each.path)).waveform
    check_silence(who, waveform)
    assert abs(int(np.flatnonzero(np.abs(waveform) > LEVEL / 4)[-1]) - 48_000) <= AAC_BLUR_SAMPLES


def test_a_sentence_without_speech_is_a_tone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_path(tmp_path / "bin", monkeypatch, "ffmpeg")
    fake_program(tmp_path / "bin" / "espeak-ng", speaks_seconds=0)
    who = monologue("Dots", "1", sentences="0 1 ...")
    (each,) = synthesize(Corpus(monologues=[who]), tmp_path / "out", speech="voice")
    assert read_tone(decoded(Path(each.path)).waveform, RATE) == 1
