"""Run folders: written whole, read checked, and the numbers of their seeds."""

from __future__ import annotations

import json
import statistics
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from emos_io.errors import CorpusError, EmosError, InvalidArgument, SourceNotFound, SourceUnreadable
from emos_io.train import Run, SeedResult, read_run
from emos_io.train.av_small.model import AVSmall
from emos_io.train.av_small.options import AVSmallOptions

CLASSES = ("Joy", "Anger")
SMALL = AVSmallOptions(classes=CLASSES, size=(16, 16), bands=8, filters=(4, 4, 4), embedding=8, hidden=8, fusion=8)


def result(seed: int, macro_f1: float) -> SeedResult:
    return SeedResult(
        seed=seed,
        best_epoch=1,
        num_epochs=3,
        num_steps=12,
        macro_f1=macro_f1,
        accuracy=0.5,
        loss=1.25,
        cpu_seconds=3.5,
        stopped="early",
    )


def a_run(folder: Path, *results: SeedResult) -> Run:
    return Run(
        folder=folder,
        command="emos train av-small.toml corpus --out run",
        versions={"emos_io": "0.1.0"},
        device="cpu",
        recipe={"model": {"kind": "av-small"}},
        recipe_sha256="a" * 64,
        corpus_sha256="b" * 64,
        truth_sha256="c" * 64,
        split_sha256="d" * 64,
        layer="basic7",
        classes=CLASSES,
        plans={"train": "e" * 16},
        synthetic=True,
        seeds=(0, 1, 2),
        results=results,
        remarks=("1 item of train is left out, without media at hand: own/愤怒",),
    )


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = a_run(tmp_path, result(0, 0.5), result(1, 0.25), result(2, 1.0))
    run.save()
    assert read_run(tmp_path) == run
    table = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert (table["format"], table["format_version"]) == ("emos run", 1)
    assert (table["mean"], table["sd"]) == (run.mean, run.sd)


def test_mean_and_sd_are_those_of_a_sample_of_seeds(tmp_path: Path) -> None:
    scores = [0.5, 0.25, 1.0]
    run = a_run(tmp_path, *(result(seed, score) for seed, score in enumerate(scores)))
    assert (run.mean, run.sd) == (statistics.fmean(scores), statistics.stdev(scores))
    one = a_run(tmp_path, result(0, 0.5))
    assert (one.mean, one.sd, one.unfinished) == (0.5, None, (1, 2))
    none = a_run(tmp_path)
    assert (none.mean, none.sd, none.unfinished) == (None, None, (0, 1, 2))


def test_a_run_with_unfinished_seeds_is_refused_unless_asked_for(tmp_path: Path) -> None:
    run = a_run(tmp_path, result(1, 0.5))
    run.save()
    with pytest.raises(CorpusError, match=r"^2 seeds are unfinished \(0, 2\); run emos train again with this folder"):
        read_run(tmp_path)
    assert read_run(tmp_path, partial=True) == run


def test_a_run_of_another_format_version_is_refused(tmp_path: Path) -> None:
    a_run(tmp_path, result(0, 0.5)).save()
    file = tmp_path / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format_version": 2}))
    with pytest.raises(CorpusError, match=r"^the run must be of format version 1, got 2; train again in a new folder"):
        read_run(tmp_path, partial=True)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (None, SourceNotFound, "the folder holds no run; give the folder that emos train --out wrote"),
        ("{", SourceUnreadable, "the run cannot be read (it is no JSON)"),
        ("[]", SourceUnreadable, "the file is no run of emos train"),
        ('{"format": "other"}', SourceUnreadable, "the file is no run of emos train"),
        (
            '{"format": "emos run", "format_version": 1}',
            SourceUnreadable,
            "the run cannot be read (command must be str",
        ),
    ],
)
def test_what_is_no_run_is_one_line(tmp_path: Path, text: str | None, error: type[EmosError], words: str) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    with pytest.raises(error) as caught:
        read_run(tmp_path)
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)
    assert caught.value.path is not None


@pytest.mark.parametrize("name", ["command", "classes", "results", "seeds", "versions", "synthetic"])
def test_every_value_of_a_run_is_checked(tmp_path: Path, name: str) -> None:
    a_run(tmp_path, result(0, 0.5)).save()
    file = tmp_path / "run.json"
    values = json.loads(file.read_text("utf-8"))
    broken = [{"seed": 0}] if name == "results" else ["one"] if name == "seeds" else 3
    file.write_text(json.dumps(values | {name: broken}))
    with pytest.raises(SourceUnreadable, match=r"^the run cannot be read \("):
        read_run(tmp_path, partial=True)


def test_a_run_that_cannot_be_written_leaves_the_last_one(tmp_path: Path) -> None:
    run = a_run(tmp_path, result(0, 0.5))
    run.save()
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(UnicodeEncodeError):
        replace(run, command="\ud800").save()
    assert (tmp_path / "run.json").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]


def test_the_model_of_a_seed_is_that_of_its_weights(tmp_path: Path) -> None:
    run = a_run(tmp_path, result(1, 0.5))
    model = AVSmall(SMALL).eval()
    (tmp_path / "seed-1").mkdir()
    options = {name: getattr(SMALL, name) for name in SMALL.__dataclass_fields__}
    torch.save({"options": options, "weights": model.state_dict()}, tmp_path / "seed-1" / "best.pt")
    for seed in (None, 1):
        loaded = run.load_model(seed)
        assert not loaded.training
        assert loaded.options == SMALL
        assert all(torch.equal(value, model.state_dict()[name]) for name, value in loaded.state_dict().items())
    with pytest.raises(SourceUnreadable, match="the weights are of other classes than the run"):
        replace(run, classes=("Joy", "Fear")).load_model()


def test_a_seed_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    run = a_run(tmp_path, result(1, 0.5))
    with pytest.raises(InvalidArgument, match=r"^seed must be one of 1, which are done, got 0; run emos train again"):
        run.load_model(0)
    with pytest.raises(InvalidArgument, match=r"^seed must be one of 1, which are done, got 9; take one of these"):
        run.load_model(9)
    with pytest.raises(InvalidArgument, match=r"^run must have a seed that is done, got none"):
        a_run(tmp_path).load_model()
    with pytest.raises(SourceNotFound, match="there are no weights"):
        run.load_model(1)
    (tmp_path / "seed-1").mkdir()
    (tmp_path / "seed-1" / "best.pt").write_bytes(b"weights")
    with pytest.raises(SourceUnreadable, match=r"^the weights cannot be read \("):
        run.load_model(1)
