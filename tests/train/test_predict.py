"""Predictions of a run: what each row is about, the same in both forms, and the same after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from random_run import SEED, Acted, acted, random_run

from emos_io.corpus import Clip, Monologue
from emos_io.evaluation import Predictions, read_predictions, score
from emos_io.media import Media
from emos_io.spans import Span
from emos_io.synthesize import synthesize_expressive
from emos_io.train.av_small.model import AVSmall
from emos_io.train.predict.verb import predict_run
from emos_io.train.run_folder import Run, read_run

FORMS = 1e-5
"""How far scores of the two forms may lie apart: sums end in another order, and both are rounded to six decimals."""

Answers = dict[tuple[str, Span | None], npt.NDArray[np.float64]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Acted:
    return acted(tmp_path_factory.getbasetemp() / "acted-talks")


@pytest.fixture(scope="module")
def run(made: Acted, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    random_run(folder, made.corpus, made.split)
    return read_run(folder)


@pytest.fixture(scope="module")
def offline(made: Acted, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("offline") / "offline.jsonl"
    predict_run(run, made.corpus, out, split=made.split)
    return out


def answers(rows: Predictions) -> Answers:
    return {(row.key, row.span): np.array(list(row.scores.values())) for row in rows}


def read_file(path: Path) -> Predictions:
    found = read_predictions(path, strict=True)
    assert len({(row.key, row.span) for row in found}) == len(found)
    return found


@torch.no_grad()
def direct(
    model: AVSmall, item: Clip | Monologue, span: Span, *, video: bool = True, audio: bool = True
) -> npt.NDArray[np.float64]:
    """Probabilities at each step of a span, read from the media by itself and given to the model at once."""
    with Media(str(item.path)) as media:
        window = media.window(span, fps=4, size=(64, 64), sample_rate=16_000, num_channels=1)
    assert window.video is not None and window.audio is not None
    steps = len(window.video.data)
    waveform, valid = torch.zeros(1, 4000 * steps), torch.zeros(1, 4000 * steps, dtype=torch.bool)
    waveform[0, : len(window.audio)] = torch.from_numpy(window.audio.data[0])
    valid[0, : len(window.audio)] = torch.from_numpy(window.audio.valid)
    outputs, _ = model(
        torch.from_numpy(window.video.data)[None] if video else None,
        torch.from_numpy(window.video.valid)[None],
        waveform if audio else None,
        valid,
        model.initial_state(1),
    )
    found: npt.NDArray[np.float64] = outputs.logits[0].double().softmax(dim=1).numpy()
    return found


def test_streams_have_a_decision_a_step_and_clips_one(made: Acted, offline: Path) -> None:
    found = read_file(offline)
    items = {item.key: item for item in made.corpus if item.key in made.split.test}
    assert {row.key for row in found} == set(items)
    for key, item in items.items():
        rows = [row for row in found if row.key == key]
        if isinstance(item, Clip):
            assert [(row.span, row.available_at) for row in rows] == [(None, None)]
            continue
        steps = [Span(Fraction(step, 4), Fraction(step + 1, 4)) for step in range(36)]
        assert [(row.span, row.available_at) for row in rows] == [(span, span.end) for span in steps]
    for row in found:
        assert tuple(row.scores) == made.corpus.taxonomy("basic7").labels
        assert abs(sum(row.scores.values()) - 1) < 4e-6
        assert row.confidence == max(row.scores.values()) == row.scores[str(row.label)]


def test_streams_are_what_the_model_says_of_one_long_window(made: Acted, run: Run, offline: Path) -> None:
    model, found = run.load_model(), answers(read_file(offline))
    for item in made.corpus.monologues:
        if item.key in made.split.test:
            expected = direct(model, item, Span(0, item.duration))
            got = [scores for (key, _), scores in found.items() if key == item.key]
            assert np.abs(np.stack(got) - expected).max() <= FORMS


def test_clips_are_what_the_model_says_at_their_end(made: Acted, run: Run, offline: Path) -> None:
    model, found = run.load_model(), answers(read_file(offline))
    clips = [item for item in made.corpus.clips if item.key in made.split.test]
    assert clips
    for clip in clips:
        with Media(str(clip.path)) as media:
            duration = media.metadata.duration
        assert duration is not None
        assert np.abs(found[clip.key, None] - direct(model, clip, Span(0, duration))[-1]).max() <= FORMS


def test_both_forms_say_the_same(made: Acted, run: Run, offline: Path, tmp_path: Path) -> None:
    predict_run(run, made.corpus, tmp_path / "streaming.jsonl", split=made.split, form="streaming")
    first, second = read_file(offline), read_file(tmp_path / "streaming.jsonl")
    assert [(row.key, row.span, row.label) for row in first] == [(row.key, row.span, row.label) for row in second]
    for row, other in zip(first, second, strict=True):
        assert all(abs(row.scores[name] - other.scores[name]) <= FORMS for name in row.scores)


def test_windows_begin_anew_and_are_about_the_time_since_the_one_before(made: Acted, run: Run, tmp_path: Path) -> None:
    predict_run(run, made.corpus, tmp_path / "windows.jsonl", split=made.split, hop="0.5")
    model, rows = run.load_model(), list(read_file(tmp_path / "windows.jsonl"))
    monologues = [item for item in made.corpus.monologues if item.key in made.split.test]
    assert {row.key for row in rows} == {item.key for item in monologues}
    for item in monologues:
        own = [row for row in rows if row.key == item.key]
        assert [row.span for row in own] == [Span(0, 8), Span(8, "8.5"), Span("8.5", 9)]
        for index, row in enumerate(own):
            window = Span(Fraction(index, 2), 8 + Fraction(index, 2))
            assert np.abs(np.array(list(row.scores.values())) - direct(model, item, window)[-1]).max() <= FORMS


@pytest.mark.parametrize(("hop", "ends"), [(None, ["1/4", "1/2", "3/5"]), ("2", ["3/5"])])
def test_monologues_shorter_than_a_hop_have_one_window(
    hop: str | None, ends: list[str], made: Acted, run: Run, tmp_path: Path
) -> None:
    first, second = made.corpus.monologues[:2]
    cut = synthesize_expressive(
        made.corpus, tmp_path / "cut", only=[first.key], max_seconds="0.6", size=(64, 64), codec="raw"
    )
    one = cut.corpus.monologues[0]
    both = made.corpus.with_items([], [one, second])
    counts = predict_run(run, both, tmp_path / "short.jsonl", hop=hop)
    rows = list(read_predictions(tmp_path / "short.jsonl"))
    assert [str(row.span.end) for row in rows if row.key == one.key and row.span is not None] == ends
    assert counts.monologues == 2 and {row.key for row in rows} == {each.key for each in both}


@pytest.mark.parametrize("channel", ["video", "audio"])
def test_an_ablated_channel_is_missing_for_the_model(
    channel: str, made: Acted, run: Run, offline: Path, tmp_path: Path
) -> None:
    out = tmp_path / "ablated.jsonl"
    predict_run(run, made.corpus, out, split=made.split, ablate=channel)  # type: ignore[arg-type]
    found, full, model = answers(read_file(out)), answers(read_file(offline)), run.load_model()
    item = next(item for item in made.corpus.monologues if item.key in made.split.test)
    expected = direct(model, item, Span(0, item.duration), video=channel != "video", audio=channel != "audio")
    got = np.stack([scores for (key, _), scores in found.items() if key == item.key])
    assert np.abs(got - expected).max() <= FORMS
    assert max(np.abs(found[key] - full[key]).max() for key in found) > 100 * FORMS


def test_models_of_one_channel_read_that_channel_alone(made: Acted, tmp_path: Path) -> None:
    run = random_run(tmp_path / "audio", made.corpus, made.split, channels=("audio",))
    predict_run(run, made.corpus, tmp_path / "audio.jsonl", split=made.split)
    found, model = answers(read_file(tmp_path / "audio.jsonl")), run.load_model()
    item = next(item for item in made.corpus.monologues if item.key in made.split.test)
    got = np.stack([scores for (key, _), scores in found.items() if key == item.key])
    assert np.abs(got - direct(model, item, Span(0, item.duration))).max() <= FORMS


KILLED = """
import os, signal, sys
sys.path.insert(0, {helpers!r})
from pathlib import Path
from emos_io.corpus import Corpus, load_split
from emos_io.train.predict.verb import predict_run
from emos_io.train.run_folder import read_run

def kill(done, total):
    if done == {windows}:
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path({folder!r})
predict_run(read_run({run!r}), Corpus.load(folder), {out!r}, split=load_split(folder / "half.json"), progress=kill)
"""


def test_a_killed_run_goes_on_and_writes_the_same_file(made: Acted, run: Run, offline: Path, tmp_path: Path) -> None:
    out, complete = tmp_path / "killed.jsonl", offline.read_bytes()
    # Within the second monologue: windows are of 8 s, two an item.
    source = KILLED.format(
        helpers=str(Path(__file__).parent), windows=3, folder=str(made.folder), run=str(run.folder), out=str(out)
    )
    process = subprocess.run([sys.executable, "-c", source], check=False)
    assert process.returncode == -signal.SIGKILL
    left = out.read_bytes()
    assert left.endswith(b"\n") and complete.startswith(left) and len(left) < len(complete)
    # As if it had been killed while it wrote.
    out.write_bytes(left[:-20])
    windows: list[tuple[int, int]] = []
    counts = predict_run(
        run, made.corpus, out, split=made.split, progress=lambda done, total: windows.append((done, total))
    )
    assert out.read_bytes() == complete
    assert counts.predictions == complete.count(b"\n") - 1
    assert counts.written == complete.count(b"\n") - (left.count(b"\n") - 1)
    # The monologue that was done is not read again: two more of two windows, and three clips.
    assert windows[-1] == (7, 7)
    assert predict_run(run, made.corpus, out, split=made.split).written == 0
    assert out.read_bytes() == complete


def test_the_scorer_takes_all_of_it(made: Acted, offline: Path) -> None:
    found = read_file(offline)
    scores = score(found, made.corpus, split=made.split, draws=1, strict=True)
    assert not scores.findings.at_least("fault")
    assert found.header["form"] == "decisions" and found.header["split_sha256"] == made.split.sha256
    assert found.header["synthetic"] is True and found.header["model_seed"] == SEED
    assert {each.of["kind"] for each in scores.scores} == {"clips", "streams"}
