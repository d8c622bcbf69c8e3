"""The tiny corpus: every time the same, its decisions what majority makes of its votes, its media as long as it says."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emos_io import Corpus, EmosError, InvalidArgument, Media, Span, WindowPlan
from emos_io.annotation import majority
from emos_io.corpus import taxonomy
from emos_io.testing import frame_numbers, make_clip, make_monologue, sample_numbers, tiny_corpus
from emos_io.testing.corpora import TinyCodec


def test_decisions_are_what_majority_makes_of_the_votes() -> None:
    known = taxonomy("basic7")
    for clip in tiny_corpus().clips:
        votes = [known.index(vote.labels[0]) if vote.labels else -1 for vote in clip.votes_in("basic7")]
        result = majority([votes], len(known.labels))
        decision = clip.decisions["basic7"]
        assert decision.labels == (known.labels[int(result.labels[0])],)
        assert [decision.scores.get(label, 0.0) for label in known.labels] == result.probabilities[0].tolist()
        assert decision.confidence == result.confidence[0]
        assert decision.recipe == result.recipe


def test_it_holds_what_readers_trip_over() -> None:
    corpus = tiny_corpus()
    votes = [vote for clip in corpus.clips for vote in clip.votes]
    assert {vote.layer for vote in votes} == {"basic7", "goemotions"}
    assert sum(vote.abstain for vote in votes) == 2
    assert [clip.confidence_tier for clip in corpus.clips] == ["medium", "high", "high", "low"]
    assert corpus.clips["en-0"].decisions["goemotions"].scores == {"joy": 2 / 3, "surprise": 2 / 3}
    assert {item.language for item in corpus} == {"en", "zh"}
    assert corpus.clips["en-0"].group == corpus.clips["en-1"].group
    for item in corpus.monologues:
        assert any(each.span.start.denominator > 1 for each in item.sentences)
        assert all(set(each.text) == {"en", "zh"} for each in item.utterances)
        assert item.labels("basic7").spans == item.labels("goemotions").spans == item.labels("intensity").spans
        assert sum(each.span.duration for each in item.utterances) < item.duration
    assert list(corpus.doctor().findings) == []


def test_it_is_the_same_every_time_and_survives_a_save(tmp_path: Path) -> None:
    corpus = tiny_corpus()
    assert list(tiny_corpus()) == list(corpus)
    corpus.save(tmp_path)
    assert list(Corpus.load(tmp_path)) == list(corpus)


def test_plans_need_no_media() -> None:
    corpus = tiny_corpus()
    clips = WindowPlan(corpus, by="clip", order="sequential")
    assert [clips.window(number).span.duration for number in range(len(clips))] == [2, 3, 2, 4]
    films = WindowPlan(corpus, 2, 1, order="sequential")
    assert len(films) == 9 + 7


@pytest.mark.parametrize("codec", ["auto", "qtrle", "raw"])
def test_media_are_as_long_as_the_items(tmp_path: Path, codec: TinyCodec) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("no ffmpeg on the path")
    corpus = tiny_corpus(tmp_path / "media", fps=5, codec=codec)
    plan = WindowPlan(corpus, by="clip", order="sequential")
    seconds = {window.path: window.span.duration for window in plan.windows()}
    seconds |= {item.path: item.duration for item in corpus.monologues}
    assert len(seconds) == len(corpus) == 6
    for path, duration in seconds.items():
        assert path is not None
        assert Path(path).parent == tmp_path / "media"
        show = ["ffprobe", "-v", "error", "-show_entries", "stream=duration_ts,time_base", "-of", "json", path]
        streams = json.loads(subprocess.run(show, capture_output=True, check=True).stdout)["streams"]
        assert [each["duration_ts"] * Fraction(each["time_base"]) for each in streams] == [duration, duration]


def useless(folder: Path) -> None:
    """Make an ffmpeg that lists no encoder."""
    (folder / "ffmpeg").write_text("#!/bin/sh\n")
    (folder / "ffmpeg").chmod(0o755)


@pytest.mark.parametrize("prepare", [lambda folder: None, useless], ids=["absent", "useless"])
def test_without_ffmpeg_media_are_uncompressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Path], None]
) -> None:
    (tmp_path / "bin").mkdir()
    prepare(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    corpus = tiny_corpus(tmp_path / "media", fps=5)
    for item in corpus:
        path = Path(item.path or "")
        assert (path.parent, path.suffix) == (tmp_path / "media", ".mov")
        assert b"raw " in path.read_bytes()
        with Media(path) as media:
            duration = media.metadata.duration
            count = int(duration * 5)
            frames = media.frames_by_index(range(count))
            assert frame_numbers(frames.data).tolist() == list(range(count))
            assert list(frames.times) == [Fraction(number, 5) for number in range(count)]
            samples = sample_numbers(media.samples_in(Span(0, duration)).data)
            assert samples.tolist() == list(range(int(duration * 8_000)))
    with pytest.raises(EmosError, match="a counting clip of qtrle needs the "):
        tiny_corpus(tmp_path / "media", codec="qtrle")


def test_with_ffmpeg_media_are_coded(tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg on the path")
    corpus = tiny_corpus(tmp_path, fps=5)
    assert all(b"raw " not in Path(item.path or "").read_bytes() for item in corpus)


def test_lengths_of_made_clips_are_exact() -> None:
    for seconds in ("0.001", 59, "1001/30000", Fraction(359_999_999, 1000)):
        plan = WindowPlan([make_clip("own/a", seconds, "Joy")], by="clip")
        assert plan.window(0).span.duration == Fraction(seconds)
    for wrong in (0, -1):
        with pytest.raises(InvalidArgument, match=f"seconds must be above 0, got {wrong}; "):
            make_clip("own/a", wrong)


def test_made_monologues_have_the_labels_that_were_given() -> None:
    film = make_monologue(
        "own/a", 6, [(0, 2, "Joy", ("joy",)), (2, "3.5", None), (4, 6, "Fear")], [(0, 1), (1, 2, "Hi.")]
    )
    assert film.labels("basic7").at([0, 2, "3.5", 4]) == ["Joy", None, None, "Fear"]
    assert film.labels("goemotions").at([0, 4]) == ["joy", None]
    assert [each.text for each in film.sentences] == ["sentence 1", "Hi."]
    assert np.array_equal([each.index for each in film.utterances], [0, 1, 2])


def test_a_folder_that_is_no_path_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r'^codec must be "auto", "qtrle", "png" or "raw", got \'h264\'; '):
        tiny_corpus(codec="h264")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r"^media must be a str or a Path, got 5; give a path$"):
        tiny_corpus(5)  # type: ignore[arg-type]
