"""Media in which labels are acted: exact times, the performance in both codecs, and what a folder keeps."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from synthesize_help import bytes_below, ffprobe, monologue, one_line, only_path

from emos_io import Media, Span, WindowPlan
from emos_io.corpus import Clip, Corpus, Decision, is_synthetic, is_synthetic_media, load_split
from emos_io.errors import InvalidArgument, NoSuchItem, SourceNotFound, quoted
from emos_io.synthesize import ExpressiveMedia, expressive_corpus, synthesize, synthesize_expressive
from emos_io.synthesize.expressive.casting import cast
from emos_io.synthesize.expressive.face import face_frames
from emos_io.synthesize.expressive.voice import voice_waveform

SIZE = (32, 48)
RATE = 16_000
EIGHTH = Fraction(1, 8)
LEAST_LIKENESS = 0.9
"""Correlation of an encoded waveform with the one that was encoded: AAC of 64 kbit/s keeps more."""
REPORTED = ("key", "seconds", "fps", "speech")


def small() -> Corpus:
    return expressive_corpus(3, seed=4, seconds=4, clips_per_speaker=1)


def make(corpus: Corpus, out: Path, **options: object) -> ExpressiveMedia:
    return synthesize_expressive(corpus, out, **{"size": SIZE, "codec": "raw", **options})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> ExpressiveMedia:
    return make(small(), tmp_path_factory.mktemp("raw"))


@pytest.fixture(scope="module")
def h264(tmp_path_factory: pytest.TempPathFactory) -> ExpressiveMedia:
    return make(small(), tmp_path_factory.mktemp("h264"), codec="h264")


@pytest.fixture(params=["raw", "h264"])
def made(request: pytest.FixtureRequest) -> ExpressiveMedia:
    found: ExpressiveMedia = request.getfixturevalue(request.param)
    return found


def folder_of(made: ExpressiveMedia) -> Path:
    return Path(made.files[0].path).parents[1]


def luma(frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """BT.709 luma in limited range, to the nearest step."""
    share = frame @ np.array([0.2126, 0.7152, 0.0722]) / 255
    return np.asarray(np.rint(16 + 219 * share)).astype(np.uint8)


def test_times_are_exact(made: ExpressiveMedia) -> None:
    for item, each in zip(made.corpus, made.files, strict=True):
        assert (each.key, each.seconds, each.fps, each.speech, each.kept) == (
            item.key,
            item.duration,
            "8",
            "acted",
            False,
        )
        assert item.path == each.path
        media = Media(each.path)
        video, audio = media.metadata.video, media.metadata.audio
        assert video and audio and ((video.height, video.width), audio.sample_rate) == (SIZE, RATE)
        # A track has as many samples as begin before the end, to the nearest.
        assert media.metadata.duration == max(each.seconds, Fraction(round(each.seconds * RATE), RATE))
        frames = media.frames_by_index(range(video.num_frames))
        assert list(frames.times) == [number * EIGHTH for number in range(video.num_frames)]
        last = frames.times[-1]
        assert last is not None and last < each.seconds <= last + EIGHTH
        streams = ffprobe(Path(each.path), "-show_streams")["streams"]
        assert streams[0]["duration_ts"] * Fraction(streams[0]["time_base"]) == each.seconds


def test_random_and_sequential_reading_give_the_same(made: ExpressiveMedia) -> None:
    for each in made.files:
        media = Media(each.path)
        count = len(media.frames_in(Span(0, each.seconds)).data)
        order = np.random.default_rng(0).permutation(count)
        alone = np.stack([Media(each.path).frames_by_index([int(number)]).data[0] for number in order])
        assert np.array_equal(alone, media.frames_in(Span(0, each.seconds)).data[order])


def test_uncompressed_files_hold_the_performance_exactly(raw: ExpressiveMedia) -> None:
    for item, each in zip(raw.corpus, raw.files, strict=True):
        acted = cast(item, 0, None).performance
        times = [number * EIGHTH for number in range(int(-(-each.seconds // EIGHTH)))]
        words = ["-map", "0:v", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]
        command = ["ffmpeg", "-v", "error", "-nostdin", "-i", each.path, *words]
        data = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
        planes = np.frombuffer(data, np.uint8).reshape(len(times), -1)[:, : SIZE[0] * SIZE[1]]
        drawn = np.stack([luma(frame) for frame in face_frames(acted, times, SIZE)])
        assert np.array_equal(planes.reshape(-1, *SIZE), drawn)
        waveform = np.concatenate(list(voice_waveform(acted)))
        heard = Media(each.path).samples_in(Span(0, each.seconds)).data[0]
        assert np.array_equal(np.rint(heard * 32_768), np.rint(waveform * np.float32(32_767)))


def test_encoded_files_hold_the_performance(raw: ExpressiveMedia, h264: ExpressiveMedia) -> None:
    for one, other in zip(raw.files, h264.files, strict=True):
        assert [getattr(one, name) for name in REPORTED] == [getattr(other, name) for name in REPORTED]
        span = Span(0, one.seconds)
        frames, encoded = (Media(each.path).frames_in(span) for each in (one, other))
        assert list(frames.times) == list(encoded.times)
        # Each frame is nearer to its own than to the one before it: none is late by a frame.
        planes, coded = (each.data.astype(np.float64).mean(axis=-1) for each in (frames, encoded))
        same, before = (np.abs(planes[1:] - each).mean() for each in (coded[1:], coded[:-1]))
        assert same < before
        waveform, heard = (Media(each.path).samples_in(span).data[0] for each in (one, other))
        assert np.corrcoef(waveform, heard)[0, 1] > LEAST_LIKENESS


def test_the_folder_is_a_corpus_with_a_split_and_a_manifest(made: ExpressiveMedia) -> None:
    folder = folder_of(made)
    corpus = Corpus.load(folder)
    assert list(corpus) == list(made.corpus)
    assert not corpus.doctor(probe=lambda path: Media(path).metadata.duration).findings
    split = load_split(folder / "split.json")
    assert split == made.split
    assert {len(split.train), len(split.validation), len(split.test)} == {2}
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (manifest["made_by"], manifest["kind"], manifest["seed"]) == ("emos synthesize", "expressive", 0)
    assert manifest["synthetic"] == "synthetic: says nothing about real emotion"
    assert manifest["recipe"]["face_of"]["Joy"] == "smile"
    assert {name: item["path"] for name, item in manifest["items"].items()} == {
        each.key: str(Path(each.path).relative_to(folder)) for each in made.files
    }
    assert {each["length"] for each in manifest["items"].values()} == {"published"}
    seconds = {label: Fraction(each) for label, each in manifest["label_seconds"].items()}
    assert seconds == made.label_seconds
    assert sum(seconds.values()) == sum(each.seconds for each in made.files)
    total = sum(seconds.values())
    alike = (("Anger", "Disgust"), ("Fear", "Surprise"))
    lost = sum(min(seconds.get(label, 0) for label in pair) for pair in alike)
    assert manifest["bayes_accuracy"]["face"] == pytest.approx(float(1 - lost / total), abs=1e-12)  # floats are summed
    assert manifest["bayes_accuracy"]["both"] == pytest.approx(1, abs=1e-12)


def test_a_second_run_keeps_files_and_a_third_makes_what_changed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(small(), out)
    first = bytes_below(out)
    assert all(each.kept for each in make(small(), out).files)
    assert bytes_below(out) == first
    path = next(out.rglob("4-001-talk.mov"))
    path.unlink()
    again = make(small(), out)
    assert [each.key for each in again.files if not each.kept] == ["expressive/4-001-talk"]
    assert bytes_below(out) == first
    longer = make(expressive_corpus(4, seed=4, seconds=4, clips_per_speaker=1), out)
    assert [each.kept for each in longer.files] == [True] * 3 + [False] + [True] * 3 + [False]
    assert make(small(), tmp_path / "other").split == again.split
    media = {path: data for path, data in first.items() if path.startswith("media/")}
    assert {path: data for path, data in bytes_below(tmp_path / "other").items() if path in media} == media


def test_items_and_files_say_that_they_are_synthetic(raw: ExpressiveMedia) -> None:
    assert all(is_synthetic_media(each.path) for each in raw.files)
    assert not is_synthetic_media(folder_of(raw) / "items.jsonl")
    assert {item.attributes["synthetic"] for item in raw.corpus} == {"expressive"}


def given() -> Corpus:
    """Items that are not made up: gaps, overlapping sentences, labels behind the end, a clip without a length."""
    talk = monologue("Gaps", "4.5", labels="0 1 -, 1 3 Joy, 3 6 Fear", sentences="0.5 2 One, 1.5 2.5 Two, 4 9 Three")
    label = Decision(item="own/a", layer="basic7", labels=("Anger",), scores={"Anger": 1.0})
    clips = [
        Clip(key="own/a", source="own", language="en", decisions={"basic7": label}, speaker="A"),
        Clip(key="own/b", source="own", language="en", published_span=Span("1", "3.5")),
    ]
    return Corpus(clips, [talk])


def test_media_of_given_items_act_their_labels(tmp_path: Path) -> None:
    made = make(given(), tmp_path)
    assert made.label_seconds == {"Joy": 2, "Fear": Fraction("1.5"), "Anger": made.files[0].seconds}
    assert Fraction(2) <= made.files[0].seconds <= Fraction(5)
    assert [each.seconds for each in made.files[1:]] == [Fraction("2.5"), Fraction("4.5")]
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert {key: each["length"] for key, each in manifest["items"].items()} == {
        "own/a": "drawn", "own/b": "published", "streaming/Gaps": "published",
    }  # fmt: skip
    assert manifest["items"]["own/a"]["speaker"] == "own/A"
    assert (tmp_path / "streaming-finalsplit/Gaps/Gaps.mov").is_file()
    assert made.split is None and not (tmp_path / "split.json").exists()
    assert {item.attributes["synthetic"] for item in Corpus.load(tmp_path)} == {"expressive media"}
    acted = cast(given().monologues[0], 0, None).performance
    assert acted.sentences == (Span("0.5", "2"), Span("2", "2.5"), Span("4", "4.5"))
    assert [(each.span, each.label) for each in acted.parts] == [(Span(1, 3), "Joy"), (Span(3, "4.5"), "Fear")]
    # The corpus itself does not say so, but its media do.
    linked = given().with_paths({each.key: each.path for each in made.files})
    assert all(is_synthetic(item) for item in linked) and not any(is_synthetic(item) for item in given())


def test_items_end_where_their_media_are_cut(tmp_path: Path) -> None:
    make(given(), tmp_path, max_seconds="2", size=(32, 32))
    saved = Corpus.load(tmp_path)
    talk, clip = saved.monologues[0], saved.clips["own/b"]
    assert talk.duration == 2 and clip.published_span == Span(1, 3)
    assert [(each.span, each.basic7) for each in talk.utterances] == [(Span(0, 1), None), (Span(1, 2), "Joy")]
    assert [each.span for each in talk.sentences] == [Span("0.5", 2), Span("1.5", 2)]
    # A plan of it reads nothing after the end of a file.
    plan = WindowPlan(saved, length=2, hop=2, labels=None)
    assert [plan.locate(number).span for number in range(len(plan))] == [Span(0, 2)]
    assert make(given(), tmp_path / "all", size=(32, 32)).corpus.monologues[0].duration == Fraction("4.5")


def test_one_speaker_has_one_face_and_one_voice() -> None:
    casts = [cast(item, 0, None) for item in small()]
    by_name = {each.performance.speaker.name: each.performance.speaker for each in casts}
    assert len(by_name) == 3 and all(
        each.performance.speaker == by_name[each.performance.speaker.name] for each in casts
    )
    assert len({each.performance.seed for each in casts}) == len(casts)


def test_samples_grow_and_only_takes_names(tmp_path: Path) -> None:
    corpus = expressive_corpus(3, seed=4, seconds=3, clips_per_speaker=3)
    keys: list[set[str]] = []
    for count in (0, 2, 5):
        made = make(corpus, tmp_path / "samples", sample=count, max_seconds="1/4", size=(32, 32))
        keys.append({clip.key for clip in made.corpus.clips})
        assert len(made.corpus.monologues) == 3
    assert [len(each) for each in keys] == [0, 2, 5] and keys[1] < keys[2]
    only = make(corpus, tmp_path / "only", only=["4-001-clip2", "expressive/4-000-talk"], max_seconds="1/4")
    assert [each.key for each in only.files] == ["expressive/4-001-clip2", "expressive/4-000-talk"]
    assert {each.seconds for each in only.files} == {Fraction(1, 4)}


def test_without_the_program_auto_writes_uncompressed_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_path(tmp_path / "bin", monkeypatch)
    made = make(small(), tmp_path / "out", codec="auto", max_seconds="1/4")
    assert {Path(each.path).suffix for each in made.files} == {".mov"}
    with pytest.raises(SourceNotFound) as caught:
        make(small(), tmp_path / "out", codec="h264")
    assert one_line(caught.value).startswith("synthesize needs the ffmpeg program, and none is on PATH; ")


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    small().save(tmp_path / "corpus")
    before = bytes_below(tmp_path / "corpus")
    with pytest.raises(InvalidArgument) as caught:
        make(small(), tmp_path / "corpus")
    assert one_line(caught.value) == (
        "out must be a folder without a corpus that emos synthesize did not write, got one; choose another folder: "
        + quoted(tmp_path / "corpus/items.jsonl")
    )
    assert bytes_below(tmp_path / "corpus") == before
    talk = monologue("One", "1", labels="0 1 Joy", sentences="0 1 One")
    synthesize(Corpus(monologues=[talk]), tmp_path / "counting", size=(60, 96), speech="tones", codec="raw")
    make(small(), tmp_path / "acted", max_seconds="1/4")
    tries: list[tuple[str, Callable[[Path], object], str, str]] = [
        ("counting", lambda out: make(small(), out), "kind expressive", "kind counting"),
        ("acted", lambda out: make(small(), out, seed=1), "seed 1", "seed 0"),
        (
            "acted",
            lambda out: synthesize(Corpus(monologues=[talk]), out, size=(60, 96), speech="tones", codec="raw"),
            "kind counting",
            "kind expressive",
        ),
    ]
    for name, run, wanted, got in tries:
        before = bytes_below(tmp_path / name)
        with pytest.raises(InvalidArgument) as caught:
            run(tmp_path / name)
        assert one_line(caught.value) == (
            f"out must be a folder of media of {wanted}, got one of {got}; choose another folder: "
            + quoted(tmp_path / name / "manifest.json")
        )
        assert bytes_below(tmp_path / name) == before


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"size": (30, 48)},
            "size must be an even height and width from 32 to 1080, got (30, 48); use (96, 96), for example",
        ),
        (
            {"size": (33, 48)},
            "size must be an even height and width from 32 to 1080, got (33, 48); use (96, 96), for example",
        ),
        ({"codec": "mjpeg"}, 'codec must be "auto", "h264" or "raw", got \'mjpeg\'; raw needs no ffmpeg program'),
        ({"seed": -1}, "seed must be an integer from 0 to 2147483647, got -1; take 0"),
        ({"sample": 4}, "sample must be an integer from 0 to 3, got 4; leave it out for all clips"),
        (
            {"sample": 1, "only": ["4-000-talk"]},
            "sample must be left out where only is given, got both; leave one of them out",
        ),
        (
            {"max_seconds": "0.1"},
            "max_seconds must be at least 1/8, the time of a frame, got '0.1'; leave it out for full length",
        ),
    ],
)
def test_wrong_options_are_refused_before_anything_is_written(
    options: dict[str, object], text: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        make(small(), tmp_path / "out", **options)
    assert one_line(caught.value) == text
    assert not (tmp_path / "out").exists()


def test_items_that_cannot_be_acted_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument) as caught:
        make(Corpus([Clip(key="own/a", source="own", language="en")]), tmp_path / "out")
    assert one_line(caught.value) == (
        "corpus must have items with labels of the layer basic7, got none among 1 chosen items; map its labels, or choose "
        "others"
    )
    with pytest.raises(InvalidArgument) as caught:
        short = Clip(key="own/a", source="own", language="en", published_span=Span(0, "0.1"))
        make(Corpus([short]), tmp_path / "out")
    assert one_line(caught.value) == (
        "duration of own/a must be at least 1/8 s, the time of a frame, got 1/10; leave this clip out with only"
    )
    assert caught.value.key == "own/a"
    with pytest.raises(NoSuchItem):
        make(small(), tmp_path / "out", only=["nobody"])
    assert not (tmp_path / "out").exists()
