"""What happens to trainings: damaged media, files that are gone, other trainings beside them; each is one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from run_emos import emos_here
from runs_help import RECIPE, corpus_of, split_file

from emos_io.train import read_run
from emos_io.train.seed_folder import locked

PNG = b"\x89PNG\r\n\x1a\n"
WORDS = ("recipe.toml", "corpus", "--seeds", "0", "--device", "cpu", "--out", "run")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe and a corpus with its media and split; no run."""
    folder = tmp_path_factory.mktemp("mishaps")
    corpus_of(folder)
    split_file(folder / "corpus" / "split.json")
    (folder / "recipe.toml").write_text(RECIPE)
    return folder


@pytest.fixture(scope="module")
def trained(made: Path) -> Path:
    """The same with a run of the seed 0."""
    done = emos_here("train", *WORDS, cwd=made)
    assert (done.returncode, done.stderr) == (0, "")
    return made


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    """The run and its corpus in a folder of one's own; media are those of the first."""
    shutil.copytree(trained, tmp_path / "copy", ignore=shutil.ignore_patterns("media", "*.mov"))
    return tmp_path / "copy"


def one_line(folder: Path, *words: str, code: int) -> str:
    """Return the one line of a command that is refused."""
    done = emos_here(*words, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    return done.stderr.removeprefix("emos: ").rstrip("\n")


def damage(path: Path) -> None:
    """Overwrite the inside of the third of the PNG images that a file has as frames."""
    data = bytearray(path.read_bytes())
    start = -1
    for _ in range(3):
        start = data.index(PNG, start + 1)
    image = data.index(b"IDAT", start) + 4
    data[image : image + 16] = bytes(16)
    path.write_bytes(data)


def test_damaged_media_are_unreadable_and_the_line_says_what_the_recipe_can_do(tmp_path: Path) -> None:
    corpus_of(tmp_path)
    split_file(tmp_path / "corpus" / "split.json")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    for name in ("a1", "c0"):
        damage(tmp_path / "media" / f"{name}.mov")
    line = one_line(tmp_path, "train", *WORDS, code=3)
    assert 'is damaged; set on_error = "mask" under [data] of the recipe' in line
    assert line.endswith(f'"{tmp_path}/media/a1.mov"')
    (tmp_path / "recipe.toml").write_text(RECIPE.replace("[data]", '[data]\non_error = "mask"'))
    done = emos_here("train", *WORDS[:-1], "masked", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_damaged_media_of_test_are_unreadable_for_predictions(copied: Path, trained: Path) -> None:
    shutil.copytree(trained / "media", copied / "media")
    damage(copied / "media" / "c0.mov")
    words = ("predict", "run", "corpus", "--media", "media", "--out", "rows.jsonl")
    line = one_line(copied, *words, code=3)
    assert "is damaged; leave the item out by a split, or train with on_error" in line
    assert line.endswith('media/c0.mov"')


def test_a_run_whose_weights_are_gone_is_not_called_done(copied: Path) -> None:
    (copied / "run" / "seed-0" / "best.pt").unlink()
    assert one_line(copied, "train", *WORDS, code=3) == (
        'seed 0 of the run is done and its weights are gone; name a new folder: "run/seed-0/best.pt"'
    )


def test_a_folder_whose_run_has_no_checkpoint_yet_takes_a_corrected_recipe(copied: Path) -> None:
    masked = RECIPE + "[labels]\ncollar = 60\n"
    (copied / "recipe.toml").write_text(masked)
    words = (*WORDS[:-1], "new")
    one_line(copied, "train", *words, code=2)
    assert (copied / "new" / "run.json").exists()
    (copied / "recipe.toml").write_text(RECIPE)
    done = emos_here("train", *words, cwd=copied)
    assert (done.returncode, done.stderr) == (0, "")
    old, new = read_run(copied / "run"), read_run(copied / "new")
    assert (old.recipe_sha256, old.plans, old.mean) == (new.recipe_sha256, new.plans, new.mean)


def test_what_a_kill_left_of_the_first_file_of_a_run_is_removed(copied: Path) -> None:
    (copied / "new").mkdir()
    (copied / "new" / ".emos-1-00000000.partial").write_text("[mod")
    done = emos_here("train", *WORDS[:-1], "new", cwd=copied)
    assert (done.returncode, done.stderr) == (0, "")
    assert not list((copied / "new").glob(".*"))


def test_a_run_folder_that_another_training_writes_to_is_left_alone(copied: Path) -> None:
    before = (copied / "run" / "run.json").read_bytes()
    with locked(copied / "run"):
        line = one_line(copied, "train", *WORDS[:2], "--seeds", "1", *WORDS[4:], code=3)
    assert line == 'another training writes to the folder; wait for it, or name another one: "run"'
    assert (copied / "run" / "run.json").read_bytes() == before


def test_media_that_a_folder_lacks_are_refused_or_named(copied: Path, trained: Path) -> None:
    (copied / "media").mkdir()
    line = one_line(copied, "train", *WORDS, "--media", "media", code=2)
    assert (
        line
        == '--media must be a folder with media of the corpus, got one with none; name the media as the items: "media"'
    )
    shutil.copy(trained / "media" / "c0.mov", copied / "media")
    done = emos_here("predict", "run", "corpus", "--media", "media", "--out", "rows.jsonl", cwd=copied)
    assert (done.returncode, done.stderr) == (0, "4 items keep other media, first: own/a0, which --media lacks\n")


def test_a_layer_that_is_none_is_called_as_in_the_recipe(copied: Path) -> None:
    (copied / "recipe.toml").write_text(RECIPE + '[labels]\nlayer = "basic8"\n')
    line = one_line(copied, "train", *WORDS[:-1], "new", code=2)
    assert line.startswith("labels.layer must be one of basic7, ")
    assert "got 'basic8'" in line


def test_a_seed_that_is_no_integer_is_printed_as_it_was_written(copied: Path) -> None:
    (copied / "recipe.toml").write_text(RECIPE + "seeds = [1.0]\n")
    line = one_line(copied, "train", *WORDS[:-1], "new", code=2)
    assert "training.seeds must be an integer from 0 to 2147483647, got 1.0; " in line
