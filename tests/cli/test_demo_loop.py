"""The loop of the demo, small: build, stream, kill, resume, train, predict, score; a second run goes on from what is there."""

from __future__ import annotations

import html
import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from run_emos import emos_here

from emos_io.corpus import SYNTHETIC_REMARK, Corpus, load_split
from emos_io.evaluation import read_predictions, score

pytestmark = pytest.mark.command

SMALL = ("--speakers", "8", "--epochs", "1", "--max-seconds", "16", "--json")
"""Eight speakers of two windows each, and one epoch: what is learnt is not asked here."""
SYSTEMS = ("majority", "prior", "text-stream", "model", "model-video", "model-audio", "model-swap-audio")


def demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the demo in this process, which has torch and scikit-learn: a process of its own imports them for 20 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("EMOS_RELEASE", raising=False)
        return emos_here("demo", *words, cwd=folder)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("demo")
    return folder / "demo-out", demo(folder, *SMALL)


@pytest.fixture(scope="module")
def result(done: tuple[Path, subprocess.CompletedProcess[str]]) -> dict[str, Any]:
    assert done[1].returncode == 0, done[1].stderr
    (line,) = done[1].stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_everything_lies_where_it_says(
    done: tuple[Path, subprocess.CompletedProcess[str]], result: dict[str, Any]
) -> None:
    out, process = done
    assert all((out.parent / path).exists() for path in result["paths"].values())
    assert [path.name for path in (out / "run").glob("seed-*")] == ["seed-0"]
    text = process.stderr
    assert "one seed (0), 1 epochs" in text
    assert "8 speakers of 16 s" in text and "8 made now, 0 kept" in text
    assert "0 lost, 0 repeated" in text
    # Below the table, and where the corpus is named.
    assert sum(SYNTHETIC_REMARK in line for line in text.splitlines()) == 2
    assert result["synthetic"] is True and all(row["synthetic"] is True for row in result["scores"])


def test_no_test_speaker_is_trained_on_and_all_are_predicted(
    done: tuple[Path, subprocess.CompletedProcess[str]], result: dict[str, Any]
) -> None:
    out, _ = done
    corpus, split = Corpus.load(out / "expressive"), load_split(out / "split.json")
    speakers = {item.key: item.group["speaker"] for item in corpus.monologues}
    tested, trained = ({speakers[key] for key in keys} for keys in (split.test, (*split.train, *split.validation)))
    assert (len(tested), len(trained), tested & trained) == (4, 4, set())
    assert [Path(row["file"]).stem for row in result["scores"]] == list(SYSTEMS)
    for name in SYSTEMS:
        predictions = read_predictions(out / "predictions" / f"{name}.jsonl")
        assert not predictions.findings
        assert {row.key for row in predictions} == set(split.test), name
        assert predictions.header["split_sha256"] == split.sha256 and predictions.header["synthetic"] is True


def test_the_table_has_the_scores_that_the_verb_gives(
    done: tuple[Path, subprocess.CompletedProcess[str]], result: dict[str, Any]
) -> None:
    out, _ = done
    corpus, split = Corpus.load(out / "expressive"), load_split(out / "split.json")
    of = {"kind": "streams", "clock": "decision"}
    values = {}
    for row in result["scores"]:
        file = out / "predictions" / Path(row["file"]).name
        found = score(read_predictions(file), corpus, split=split, by=(), draws=1)
        for name in ("accuracy", "macro_f1"):
            assert row[name]["value"] == found.get(name, **of).value, (file, name)
        # Four speakers, of 16 s each.
        assert row["accuracy"]["n"] == 64
        values[file.stem] = row["macro_f1"]["value"]
    first, *others = result["scores"]
    assert first["macro_f1_minus_first"] is None
    for row in others:
        assert row["macro_f1_minus_first"]["value"] == pytest.approx(
            values[Path(row["file"]).stem] - values["majority"], abs=1e-12
        )
    # Another channel is left out in each, so no two files of the model are equal.
    files = [read_predictions(out / "predictions" / f"{name}.jsonl") for name in SYSTEMS if name.startswith("model")]
    rows = [tuple(tuple(each.scores.items()) for each in file) for file in files]
    assert len(set(rows)) == len(rows)


def test_it_ends_with_the_report_of_its_own_numbers(
    done: tuple[Path, subprocess.CompletedProcess[str]], result: dict[str, Any]
) -> None:
    out, process = done
    last = [line for line in process.stderr.splitlines() if line.strip()][-1]
    report = Path(last.split()[-1])
    assert report == Path(list(result["paths"].values())[-1]) and "report" in last
    page = (out.parent / report).read_text("utf-8")
    numbers = {html.unescape(name): text for name, text in re.findall(r'data-metric="([^"]*)"[^>]*>([^<]*)<', page)}
    for row in result["scores"]:
        of = f"kind=streams&layer=basic7&name={{}}&run={Path(row['file']).name}"
        for name in ("accuracy", "macro_f1"):
            found = numbers[f"score?clock=decision&field=value&{of.format(name)}"]
            assert found == f"{row[name]['value']:.3f}"
    command = html.unescape(re.findall(r"<code>(emos report .*?)</code>", page)[-1])
    assert {row["file"] for row in result["scores"]} <= set(shlex.split(command))
    # Held-out monologues have their videos, by paths beside the page.
    sources = re.findall(r'<video [^>]*src="([^"]*)"', page)
    assert len(sources) == len(load_split(out / "split.json").test)
    assert all((out / source).is_file() for source in sources)


def test_a_second_run_goes_on_from_what_is_there(
    done: tuple[Path, subprocess.CompletedProcess[str]], result: dict[str, Any]
) -> None:
    out, _ = done
    kept = [out / "run" / "seed-0" / "best.pt", *sorted((out / "expressive" / "media").rglob("*.m*"))]
    model = out / "predictions" / "model.jsonl"
    complete = model.read_bytes()
    # As a kill leaves it: a line is cut off, and a later one is not there.
    lines = complete.splitlines(keepends=True)
    model.write_bytes(b"".join(lines[:-2]) + lines[-2][:9])
    times = [path.stat().st_mtime_ns for path in kept]
    again = demo(out.parent, *SMALL)
    assert again.returncode == 0, again.stderr
    assert "0 made now, 8 kept" in again.stderr
    assert [path.stat().st_mtime_ns for path in kept] == times
    assert json.loads(again.stdout)["scores"] == result["scores"]
    assert sorted(model.read_bytes().splitlines()) == sorted(complete.splitlines())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("clip.mp4", "--json"), "--json must come without MEDIA"),
        (("clip.mp4", "--stream-only"), "--stream-only must come without MEDIA"),
        (("--json", "--stream-only"), "--json must come without --stream-only"),
    ],
)
def test_options_without_a_use_are_refused(tmp_path: Path, words: tuple[str, ...], reason: str) -> None:
    refused = demo(tmp_path, *words)
    assert refused.returncode == 2 and reason in refused.stderr
    assert not (tmp_path / "demo-out").exists()
