"""``emos train`` as people run it: what it leaves behind, how it goes on, and one line for what is wrong."""

from __future__ import annotations

import json
import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from run_emos import emos_here
from runs_help import NAMES, RECIPE, SECONDS, TEST, corpus_of, split_file

from emos_io.corpus import SYNTHETIC_REMARK, Corpus, keys_sha256, load_split
from emos_io.testing import counting_clip, make_monologue
from emos_io.train import read_recipe, read_run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe, a corpus with its split, and a run of the seeds 0 and 1, made by the command."""
    folder = tmp_path_factory.mktemp("trained")
    corpus_of(folder)
    split_file(folder / "corpus" / "split.json")
    (folder / "recipe.toml").write_text(RECIPE)
    done = emos_here("train", "recipe.toml", "corpus", "--out", "run", "--seeds", "0,1", "--device", "cpu", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("│")] == ["0", "1", "mean", "sd"]
    return folder


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    """The same in a folder of one's own; media are those of the first."""
    shutil.copytree(trained, tmp_path / "copy", ignore=shutil.ignore_patterns("media", "*.mov"))
    return tmp_path / "copy"


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_says_what_was_trained_on_what(trained: Path) -> None:
    run = read_run(trained / "run")
    corpus = Corpus.load(trained / "corpus")
    assert run.command == "emos train recipe.toml corpus --out run --seeds 0,1 --device cpu"
    assert run.recipe_sha256 == read_recipe(trained / "recipe.toml").sha256
    assert read_recipe(trained / "run" / "recipe.toml") == read_recipe(trained / "recipe.toml")
    assert run.corpus_sha256 == keys_sha256(item.key for item in corpus)
    assert run.split() == load_split(trained / "corpus" / "split.json")
    assert (run.layer, len(run.classes), run.device, run.synthetic) == ("basic7", 7, "cpu", False)
    assert (run.seeds, [each.seed for each in run.results], run.remarks) == ((0, 1), [0, 1], ())
    for seed in (0, 1):
        assert {each.name for each in run.seed_folder(seed).iterdir()} >= {"best.pt", "checkpoint.pt", "log.csv"}
        assert run.load_model(seed).options.classes == run.classes


def test_the_summary_names_data_licence_contamination_and_results(trained: Path) -> None:
    run, text = read_run(trained / "run"), (trained / "run" / "card.md").read_text("utf-8")
    assert "| train | 2 | 0 | 2 | 2 en |" in text
    assert "| Joy | 4.0 s | 2.0 s | 4.0 s |" in text
    assert "own (5 items): not known to emos-io" in text
    assert "No item and no media of test is in either, and no group." in text
    for each in run.results:
        assert f"| {each.seed} | {each.macro_f1:.3f} | {each.accuracy:.3f} |" in text
    assert f"| mean | {run.mean:.3f} |" in text
    assert f"| sd | {run.sd:.3f} |" in text
    assert "synthetic" not in text
    assert run.split_sha256 in text


def test_the_same_command_again_keeps_what_is_done_and_trains_more_seeds(copied: Path) -> None:
    before = files_of(copied / "run")
    words = ("train", "recipe.toml", "corpus", "--out", "run", "--device", "cpu")
    again = emos_here(*words, "--seeds", "0,1", "--json", cwd=copied)
    assert (again.returncode, again.stderr) == (0, "")
    assert json.loads(again.stdout)["results"] == json.loads(before["run.json"])["results"]
    assert files_of(copied / "run") == before
    more = emos_here(*words, "--seeds", "2", cwd=copied)
    assert (more.returncode, more.stderr) == (0, "")
    run = read_run(copied / "run")
    assert [each.seed for each in run.results] == [0, 1, 2]
    after = files_of(copied / "run")
    assert {name for name, data in before.items() if after[name] != data} == {"run.json", "card.md"}
    # What was trained twice with one seed is the same model.
    shutil.rmtree(copied / "run")
    assert emos_here(*words, "--seeds", "1", cwd=copied).returncode == 0
    assert files_of(copied / "run")["seed-1/log.csv"] == before["seed-1/log.csv"]


def test_a_seed_that_was_done_before_run_json_knew_is_not_trained_again(copied: Path) -> None:
    file = copied / "run" / "run.json"
    values = json.loads(file.read_text())
    file.write_text(json.dumps(values | {"results": values["results"][:1]}))
    weights = (copied / "run" / "seed-1" / "checkpoint.pt").stat()
    done = emos_here("train", "recipe.toml", "corpus", "--out", "run", "--seeds", "0,1", "--device", "cpu", cwd=copied)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(file.read_text())["results"] == values["results"]
    assert (copied / "run" / "seed-1" / "checkpoint.pt").stat().st_ino == weights.st_ino


def refused(folder: Path, *words: str, code: int = 2) -> str:
    """Return the one line of a command that is refused before anything is written."""
    before = files_of(folder)
    done = emos_here("train", *words, cwd=folder)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("emos: ")
    assert done.stderr.count("\n") == 1
    assert files_of(folder) == before
    return done.stderr.removeprefix("emos: ").rstrip("\n")


def test_a_run_folder_of_another_recipe_names_what_differs(copied: Path) -> None:
    text = RECIPE.replace("seconds = 2", "seconds = 1").replace("epochs = 2", "epochs = 3")
    (copied / "recipe.toml").write_text(text)
    line = refused(copied, "recipe.toml", "corpus", "--out", "run")
    assert line == (
        "--out must be a run of these arguments, got one of another recipe (data.seconds, training.epochs); name a new "
        'folder: "run"'
    )


def test_a_run_folder_of_another_split_or_corpus_names_both(copied: Path) -> None:
    corpus = Corpus.load(copied / "corpus")
    more = replace(make_monologue("own/e0", 4, [(0, 4, "Joy")]), group={"speaker": "e"})
    Corpus((), [*corpus.monologues, more]).save(copied / "corpus")
    split_file(copied / "corpus" / "split.json", test=TEST[:1])
    line = refused(copied, "recipe.toml", "corpus", "--out", "run")
    assert "got one of another split and a corpus of other items; name a new folder" in line


def test_a_run_folder_of_other_labels_is_refused(copied: Path) -> None:
    corpus = Corpus.load(copied / "corpus")
    items = [replace(each, utterances=each.utterances[:1]) if each.name == "a0" else each for each in corpus.monologues]
    Corpus((), items).save(copied / "corpus")
    assert "got one of other labels;" in refused(copied, "recipe.toml", "corpus", "--out", "run")


def test_a_run_folder_of_another_version_is_refused(copied: Path) -> None:
    file = copied / "run" / "run.json"
    values = json.loads(file.read_text())
    file.write_text(json.dumps(values | {"format_version": 99}))
    line = refused(copied, "recipe.toml", "corpus", "--out", "run", code=3)
    assert line.startswith("the run must be of format version 1, got 99; train again in a new folder")
    file.write_text(json.dumps(values | {"versions": values["versions"] | {"torch": "1.0"}}))
    line = refused(copied, "recipe.toml", "corpus", "--out", "run", "--seeds", "2", "--device", "cpu")
    assert line.startswith("--out must be a run of the same versions, got torch 1.0 (now ")
    # With nothing left to train, versions do not matter.
    done = emos_here("train", "recipe.toml", "corpus", "--out", "run", "--seeds", "0,1", cwd=copied)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_of_something_else_is_no_run_folder(copied: Path) -> None:
    line = refused(copied, "recipe.toml", "corpus", "--out", "corpus")
    assert line == '--out must be a new folder or one of a run, got one with other files; name a new one: "corpus"'
    line = refused(copied, "recipe.toml", "corpus", "--out", "recipe.toml")
    assert line == '--out must be a folder, got a file; name a new one: "recipe.toml"'


def test_no_validation_side_is_one_line(copied: Path) -> None:
    split_file(copied / "s.json", validation=None)
    line = refused(copied, "recipe.toml", "corpus", "--split", "s.json", "--out", "new")
    assert line == (
        "--split must have a validation side, got none; make one with emos splits CORPUS --seed 7 --validation 0.2 "
        "--out split.json"
    )


def test_no_split_at_all_is_one_line_with_the_command(copied: Path) -> None:
    (copied / "corpus" / "split.json").unlink()
    line = refused(copied, "recipe.toml", "corpus", "--out", "new")
    assert line == (
        "--split must be given where the corpus has no split.json, got none; make one with emos splits corpus --seed 7 "
        '--validation 0.2 --out split.json: "corpus"'
    )


def test_a_speaker_of_test_in_train_is_one_line(copied: Path) -> None:
    split_file(copied / "s.json", train=("own/a0",), test=("own/a1", "own/c0"))
    line = refused(copied, "recipe.toml", "corpus", "--split", "s.json", "--out", "new")
    assert line.startswith("--split must keep test apart from train and validation, got 1 group of speaker on both")
    assert "such as 'a' (train 'own/a0', test 'own/a1')" in line


def test_folds_need_the_one_to_test_and_the_one_to_stop_by(copied: Path) -> None:
    words = ["corpus", "--folds", "4", "--seed", "1", "--by", "speaker", "--stratify", "language"]
    assert emos_here("splits", *words, "--out", "folds.json", cwd=copied).returncode == 0
    line = refused(copied, "recipe.toml", "corpus", "--split", "folds.json", "--out", "new")
    assert line == (
        "--split must say which of its 4 folds are test and validation, got folds alone; add --test-fold 0 "
        "--validation-fold 1"
    )
    given = ("--split", "folds.json", "--test-fold", "0", "--validation-fold")
    line = refused(copied, "recipe.toml", "corpus", *given, "7", "--out", "new")
    assert line.startswith("--validation-fold must be a fold from 0 to 3, or its name, got 7;")
    split = ("--split", "corpus/split.json", "--test-fold", "0")
    line = refused(copied, "recipe.toml", "corpus", *split, "--out", "new")
    assert line == "--test-fold must come with folds, got a split; leave it out"
    words = ["--seeds", "0", "--device", "cpu", "--out", "new"]
    done = emos_here("train", "recipe.toml", "corpus", *given, "1", *words, cwd=copied)
    assert (done.returncode, done.stderr) == (0, "")
    assert read_run(copied / "new").split().kind == "fold"


@pytest.mark.parametrize(
    ("text", "got"), [("", "got ;"), ("0,x", "got 0,x;"), ("-1", "got -1;"), ("1,1", "got [1, 1];")]
)
def test_seeds_are_different_integers(copied: Path, text: str, got: str) -> None:
    line = refused(copied, "recipe.toml", "corpus", "--out", "new", "--seeds", text)
    assert line.startswith("--seeds must be ")
    assert got in line


def test_a_corpus_without_audio_is_one_line(copied: Path) -> None:
    paths = {}
    for name in NAMES:
        paths[f"own/{name}"] = str(silent(copied / f"{name}.mov"))
    Corpus.load(copied / "corpus").with_paths(paths).save(copied / "silent")
    split = ("--split", "corpus/split.json")
    line = refused(copied, "recipe.toml", "silent", *split, "--out", "new")
    assert line == (
        'corpus must have audio in train, got none in 2 files; set channels = ["video"] under [model] of the recipe, or give '
        "media with audio"
    )
    (copied / "video.toml").write_text(RECIPE.replace("[model]", '[model]\nchannels = ["video"]'))
    words = ("--seeds", "0", "--device", "cpu", "--out", "new")
    done = emos_here("train", "video.toml", "silent", *split, *words, cwd=copied)
    assert (done.returncode, done.stderr) == (0, "")


def test_one_file_without_audio_is_refused_or_counted(copied: Path) -> None:
    path = silent(copied / "a1.mov")
    Corpus.load(copied / "corpus").with_paths({"own/a1": str(path)}).save(copied / "some")
    words = ("some", "--split", "corpus/split.json", "--seeds", "0", "--device", "cpu", "--out", "new")
    line = refused(copied, "recipe.toml", *words)
    assert line.startswith(
        "corpus must have audio in train, got 1 of 2 files without, such as 'own/a1'; set missing_audio"
    )
    (copied / "quiet.toml").write_text(RECIPE.replace("[data]", '[data]\nmissing_audio = "silence"'))
    done = emos_here("train", "quiet.toml", *words, cwd=copied)
    assert (done.returncode, done.stderr) == (0, "1 of 2 files of train have no audio\n")
    assert "- 1 of 2 files of train have no audio" in (copied / "new" / "card.md").read_text()


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Let no file of this process grow over a size, as a disk does that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_at_a_checkpoint_leaves_the_last_one(copied: Path) -> None:
    seed = copied / "run" / "seed-1"
    (seed / "result.json").unlink()
    values = json.loads((copied / "run" / "run.json").read_text())
    (copied / "run" / "run.json").write_text(json.dumps(values | {"results": values["results"][:1]}))
    (seed / "checkpoint.pt").unlink()
    words = ("train", "recipe.toml", "corpus", "--out", "run", "--seeds", "0,1", "--device", "cpu")
    first = (seed / "best.pt").read_bytes()
    with files_up_to(100_000):
        done = emos_here(*words, cwd=copied)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert "cannot be written (File too large)" in done.stderr
    assert not list(seed.glob("*.partial"))
    assert (seed / "best.pt").read_bytes() == first
    done = emos_here(*words, "--json", cwd=copied)
    assert (done.returncode, done.stderr) == (0, "")
    now = json.loads(done.stdout)["results"]
    assert [each | {"cpu_seconds": 0} for each in now] == [each | {"cpu_seconds": 0} for each in values["results"]]


def test_synthetic_items_are_called_so_everywhere(copied: Path) -> None:
    items = [replace(each, attributes={"synthetic": "test"}) for each in Corpus.load(copied / "corpus").monologues]
    Corpus((), items).save(copied / "made")
    words = ("--split", "corpus/split.json", "--seeds", "0", "--device", "cpu", "--out", "new")
    done = emos_here("train", "recipe.toml", "made", *words, cwd=copied)
    assert (done.returncode, done.stderr) == (0, "")
    assert SYNTHETIC_REMARK in done.stdout.splitlines()
    assert f"**{SYNTHETIC_REMARK}**" in (copied / "new" / "card.md").read_text().splitlines()
    assert read_run(copied / "new").synthetic


def test_without_torch_the_line_says_what_to_install(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    line = refused(copied, "recipe.toml", "corpus", "--out", "new")
    assert line == "torch is not installed; pip install 'emos-io[train]'"


def test_media_are_linked_by_name(tmp_path: Path) -> None:
    corpus_of(tmp_path)
    corpus_of(tmp_path / "bare", media=False)
    split_file(tmp_path / "split.json")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    words = ("recipe.toml", "bare/corpus", "--split", "split.json", "--seeds", "0", "--device", "cpu", "--out", "run")
    line = refused(tmp_path, *words)
    assert line.startswith(
        "corpus must have media of train, got none for 2 of 2 items, such as 'own/a0'; link them with"
    )
    done = emos_here("train", *words, "--media", "media", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert read_run(tmp_path / "run").command.endswith(
        "--split split.json --media media --out run --seeds 0 --device cpu"
    )


def test_a_folder_of_ones_own_clips_trains(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    made = counting_clip(tmp_path / "made.mov", fps=8, sample_rate=8000, seconds=2, codec="png")
    rows = ["file,label,speaker"]
    for number, label in enumerate(["Joy", "Anger", "Joy", "Sadness", "Joy", "Anger"]):
        (folder / f"{number}.mov").write_bytes(made.read_bytes())
        rows.append(f"{number}.mov,{label},s{number}")
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "recipe.toml").write_text(RECIPE.replace("[data]", '[data]\nkinds = ["clips"]'))
    own = ("clips", "--annotations", "labels.csv", "--columns", "item=file")
    divided = emos_here(
        "splits", *own, "--seed", "1", "--test", "0.3", "--validation", "0.2", "--out", "split.json", cwd=tmp_path
    )
    assert divided.returncode == 0, divided.stderr
    words = ("--split", "split.json", "--seeds", "0", "--device", "cpu", "--out", "run")
    done = emos_here("train", "recipe.toml", *own, *words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "run" / "card.md").read_text()
    assert "| validation | 1 | 1 | 0 |" in text


def silent(path: Path) -> Path:
    """Make a file with video and no audio; return its path."""
    made = counting_clip(path.parent / "made.mov", fps=8, sample_rate=8000, seconds=SECONDS, codec="png")
    data = made.read_bytes()
    # The box of the second track is called free space, which readers skip.
    assert data.count(b"trak") == 2
    before, audio = data.rsplit(b"trak", 1)
    path.write_bytes(before + b"free" + audio)
    return path
