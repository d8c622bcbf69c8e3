"""What `emos predict` refuses, each in one line; and its command line."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from random_run import Acted, acted, random_run
from run_emos import emos_here

from emos_io.corpus import Corpus, folds, load_split
from emos_io.errors import CorpusError, InvalidArgument, NoSuchTrack
from emos_io.evaluation import read_predictions
from emos_io.inference import Donors
from emos_io.media import Media
from emos_io.spans import Span
from emos_io.synthesize import find_ffmpeg
from emos_io.testing.items import make_clip
from emos_io.train.av_small.inputs import AVInputs
from emos_io.train.predict.ablation import SwappedAudio
from emos_io.train.predict.verb import predict_run
from emos_io.train.run_folder import Run, read_run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Acted:
    return acted(tmp_path_factory.getbasetemp() / "acted-talks")


@pytest.fixture(scope="module")
def run(made: Acted, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    random_run(folder, made.corpus, made.split)
    return read_run(folder)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"form": "live"}, 'form must be "offline" or "streaming", got \'live\''),
        ({"form": "offline", "hop": 1}, 'hop must come without form="offline", got 1; leave one of them out'),
        ({"by": "clip", "hop": "1/2"}, "hop must come without by=\"clip\", got '1/2'; leave one of them out"),
        ({"form": "streaming", "by": "clip"}, "form must come without by=\"clip\", got 'streaming'; leave one"),
        ({"hop": "0.3"}, "hop must be a multiple of 0.25 above 0, up to 8 s, the length of a window, got '0.3'"),
        ({"hop": 9}, "hop must be a multiple of 0.25 above 0, up to 8 s, the length of a window, got 9"),
        ({"by": "sentence"}, "by must be \"clip\", got 'sentence'"),
        ({"side": "dev"}, 'side must be "train", "validation", "test" or "all", got \'dev\''),
        ({"side": "validation"}, "split must have items in validation, got none"),
        ({"ablate": "text"}, 'ablate must be "video", "audio" or "swap-audio", got \'text\''),
        ({"seed": -1}, "seed must be an integer from 0 to"),
        ({"device": "gpu7"}, "device must be one that torch has here, got 'gpu7'"),
        ({"model_seed": 9}, "model_seed must be one of"),
    ],
)
def test_arguments_that_are_not_allowed_are_refused(
    arguments: dict[str, str], line: str, made: Acted, run: Run, tmp_path: Path
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        predict_run(run, made.corpus, tmp_path / "no.jsonl", **{"split": made.split, **arguments})  # type: ignore[arg-type]
    assert str(caught.value).startswith(line) and "\n" not in str(caught.value)
    assert not (tmp_path / "no.jsonl").exists()


def test_a_side_needs_a_split_and_folds_are_none(made: Acted, run: Run, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="side must be left out without a split, got 'test'"):
        predict_run(run, made.corpus, tmp_path / "no.jsonl", side="test")
    with pytest.raises(InvalidArgument, match="split must be one split, got 2 folds"):
        predict_run(run, made.corpus, tmp_path / "no.jsonl", split=folds(made.corpus, seed=0, k=2))  # type: ignore[arg-type]


def test_a_split_of_another_corpus_is_refused(made: Acted, run: Run, tmp_path: Path) -> None:
    part = Corpus(list(made.corpus.clips))
    with pytest.raises(InvalidArgument, match="split must be of items of the corpus, got 3 of 6 keys that it lacks"):
        predict_run(run, part, tmp_path / "no.jsonl", split=made.split)


def test_a_corpus_without_media_is_refused(made: Acted, run: Run, tmp_path: Path) -> None:
    bare = made.corpus.with_paths({item.key: str(tmp_path / "gone.mov") for item in made.corpus})
    with pytest.raises(InvalidArgument, match="corpus must have media, got none for 6 items that are asked; link them"):
        predict_run(run, bare, tmp_path / "no.jsonl", split=made.split)


def test_items_without_media_are_counted(made: Acted, run: Run, tmp_path: Path) -> None:
    gone = made.corpus.with_paths({made.split.test[0]: str(tmp_path / "gone.mov")})
    counts = predict_run(run, gone, tmp_path / "some.jsonl", split=made.split, by="clip")
    assert (counts.clips, counts.without_media) == (2, 1)


def test_classes_of_another_layer_are_refused(made: Acted, run: Run, tmp_path: Path) -> None:
    with pytest.raises(
        InvalidArgument, match="corpus must have the classes of the run in 'basic7', Joy, Anger, got Anger"
    ):
        predict_run(replace(run, classes=("Joy", "Anger")), made.corpus, tmp_path / "no.jsonl", split=made.split)


def test_the_last_channel_cannot_be_taken_away(made: Acted, tmp_path: Path) -> None:
    single = random_run(tmp_path / "video", made.corpus, made.split, channels=("video",))
    for ablate in ("video", "audio", "swap-audio"):
        with pytest.raises(InvalidArgument, match="ablate must leave a channel and take one that the run has"):
            predict_run(single, made.corpus, tmp_path / "no.jsonl", split=made.split, ablate=ablate)


def test_a_corpus_without_audio_is_refused_unless_nobody_listens(made: Acted, run: Run, tmp_path: Path) -> None:
    ffmpeg = find_ffmpeg()
    if ffmpeg is None:
        pytest.skip("there is no ffmpeg program to make a file without audio")
    silent = tmp_path / "silent.mov"
    source = ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=8:duration=1", "-c:v", "qtrle"]
    subprocess.run([ffmpeg, "-v", "error", *source, str(silent)], check=True)
    corpus = Corpus([make_clip("own/a", 1, "Joy", path=silent)])
    with pytest.raises(NoSuchTrack, match="there is no audio track") as caught:
        predict_run(run, corpus, tmp_path / "no.jsonl")
    assert "\n" not in str(caught.value)
    assert predict_run(run, corpus, tmp_path / "seen.jsonl", ablate="audio").written == 1


def test_a_file_of_other_weights_does_not_go_on(made: Acted, run: Run, tmp_path: Path) -> None:
    two = random_run(tmp_path / "two", made.corpus, made.split, seeds=(3, 4))
    out = tmp_path / "p.jsonl"
    predict_run(two, made.corpus, out, split=made.split, by="clip", model_seed=3)
    before = out.read_bytes()
    with pytest.raises(CorpusError, match="the file of predictions has another header"):
        predict_run(two, made.corpus, out, split=made.split, by="clip", model_seed=4)
    assert out.read_bytes() == before


def test_swapped_audio_is_that_of_the_donors(made: Acted, run: Run, tmp_path: Path) -> None:
    items = [item for item in made.corpus.monologues if item.key in made.split.test]
    seconds = {item.key: item.duration for item in items}
    taxonomy, item = made.corpus.taxonomy("basic7"), items[0]
    steps = Donors(items, seconds, taxonomy, 5).steps(item.key)
    blank = AVInputs(None, torch.zeros(1, 32, dtype=torch.bool), None, torch.zeros(1, 128_000, dtype=torch.bool))
    with SwappedAudio(items, seconds, taxonomy, seed=5, on_error="raise") as swapped:
        first, rest = swapped.swap(blank, item.key, Span(0, 8).start), swapped.swap(blank, item.key, Span(8, 16).start)
    assert first.waveform is not None and rest.waveform is not None
    by_key = {each.key: each for each in items}
    for position, donor in enumerate(steps):
        with Media(str(by_key[donor.key].path)) as media:
            span = Span(f"{donor.step}/4", f"{donor.step + 1}/4")
            expected = media.samples_in(span, sample_rate=16_000, num_channels=1).data[0]
        found = torch.cat([first.waveform, rest.waveform], dim=1)[0, position * 4000 : (position + 1) * 4000]
        assert torch.equal(found, torch.from_numpy(expected))
    # The item has 36 steps; the second window has 28 after them, which are missing.
    assert rest.waveform_valid[0, :16_000].all() and not rest.waveform_valid[0, 16_000:].any()


def test_swaps_are_by_seed_and_change_answers(made: Acted, run: Run, tmp_path: Path) -> None:
    found = {}
    for name, seed, ablate in (("plain", 0, None), ("a", 1, "swap-audio"), ("b", 1, "swap-audio")):
        predict_run(run, made.corpus, tmp_path / name, split=made.split, seed=seed, ablate=ablate)  # type: ignore[arg-type]
        found[name] = read_predictions(tmp_path / name)
    assert found["a"].header["ablate"] == "swap-audio" and found["a"].header["seed"] == 1
    scores = {name: [tuple(row.scores.values()) for row in rows] for name, rows in found.items()}
    assert scores["a"] == scores["b"] != scores["plain"]


def test_the_command_line_predicts_and_the_scorer_reads(made: Acted, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    words = ("predict", run.folder, made.folder, "--out", out, "--form", "streaming", "--json")
    found = emos_here(*words)
    assert (found.returncode, found.stderr) == (0, "")
    counts = json.loads(found.stdout)
    # The corpus is that of the run: its split, and the test side.
    assert (counts["side"], counts["monologues"], counts["clips"], counts["predictions"]) == ("test", 3, 3, 111)
    command = f"emos predict {run.folder.name} {made.folder.name} --form streaming"
    assert read_predictions(out).header["command"] == command
    assert json.loads(emos_here(*words).stdout)["written"] == 0
    assert load_split(made.folder / "half.json").sha256 == read_predictions(out).header["split_sha256"]
    scored = emos_here("score", out, "--corpus", made.folder, "--split", made.folder / "half.json", "--json")
    assert (scored.returncode, scored.stderr) == (0, "")
    assert json.loads(scored.stdout)["synthetic"] is True
    text = emos_here(
        "predict", run.folder, made.folder, "--out", tmp_path / "all.jsonl", "--by", "clip", "--side", "all"
    )
    assert text.stdout.splitlines()[1:3] == [
        "1 items lie in train or validation of the run: their scores say little",
        "synthetic: says nothing about real emotion",
    ]


def test_errors_of_the_command_line_are_one_line(made: Acted, run: Run, tmp_path: Path) -> None:
    found = emos_here("predict", tmp_path / "none", made.folder, "--out", tmp_path / "p.jsonl")
    assert found.returncode == 3 and len(found.stderr.splitlines()) == 1
    found = emos_here("predict", run.folder, made.folder, "--out", tmp_path / "no" / "p.jsonl")
    assert found.returncode == 3 and len(found.stderr.splitlines()) == 1
