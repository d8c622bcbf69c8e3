"""Scores in TensorBoard and MLflow: names that no other score has, every number read back, nothing left out unsaid."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io.corpus import SYNTHETIC_REMARK, Corpus, Finding, Findings
from emos_io.errors import InvalidArgument, SourceUnreadable
from emos_io.evaluation import (
    LoggedScores,
    Score,
    Scores,
    ScoreTable,
    log_to_mlflow,
    log_to_tensorboard,
    predict_baseline,
    scalar_name,
    score,
)
from oracle import synthetic_release

CLIPS = {"layer": "basic7", "kind": "clips"}
STREAMS = {"layer": "basic7", "kind": "streams", "clock": "decision"}
HOSTILE = 'a|b <script>alert("1")</script> *x* _y_ `z`\n\u202e'
TEXTS = st.text(alphabet=st.sampled_from("ax_20f/.- 喜乐\u202e\U0001f600\ud800"), max_size=7) | st.text(max_size=90)


def some_scores() -> Scores:
    return Scores(
        name=HOSTILE,
        scores=(
            Score(
                name="accuracy", value=0.1 + 0.2, n=4, of=CLIPS, low=0.125, high=0.5, num_clusters=3, why="drawn from 3"
            ),
            Score(name="accuracy", value=0.75, n=2, of={**CLIPS, "language": "en"}),
            Score(name="f1", value=None, n=7, of={**CLIPS, "class": HOSTILE}, why=HOSTILE),
            Score(name="f1", value=0.25, n=7, of={**CLIPS, "class": "喜悦"}, share_partial=0.5, share_undefined=0.25),
            Score(
                name="turning_point_f1", value=0.0, n=9, of={**STREAMS, "tolerance": "0.5", "definition": "boundary"}
            ),
            Score(name="recall", value=None, n=0, of=CLIPS),
        ),
        tables=(ScoreTable(name="confusion", columns=("truth", HOSTILE), rows=(("Joy", 3), (None, 0.5)), of=CLIPS),),
        counts={"basic7.items": 4},
        provenance={"corpus_sha256": "ab" * 32, "seed": 0, "split_sha256": None, "header.command": HOSTILE},
        findings=Findings([Finding("missing", "k", "no row", "add one"), Finding("missing", "l", "no row", "add one")]),
        synthetic=True,
    )


NAMES = (
    "basic7.clips/accuracy",
    "basic7.clips/language-en/accuracy",
    "basic7.clips/class-喜悦/f1",
    "basic7.streams/clock-decision/definition-boundary/tolerance-0.5/turning_point_f1",
    "basic7.clips/recall",
)
"""The names of those whose texts are short."""


def expected(scores: Scores, prefix: str = "") -> dict[str, float]:
    """Every number of scores by the name that the docs give it."""
    numbers: dict[str, float] = {}
    for each in scores:
        fields = {
            "": each.value,
            ".low": each.low,
            ".high": each.high,
            ".n": each.n,
            ".num_clusters": each.num_clusters,
        }
        numbers |= {
            scalar_name(each, prefix) + name: float(number) for name, number in fields.items() if number is not None
        }
    return numbers


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Scores:
    """Scores of a baseline with all slices."""
    corpus = Corpus.from_release(synthetic_release.make(tmp_path_factory.mktemp("release")))
    folds = corpus.folds(k=3, seed=1)
    return score(predict_baseline("majority", corpus, folds), corpus, split=folds, draws=5)


# ---- names ----


def test_names_are_legible_and_stable() -> None:
    names = [scalar_name(each) for each in some_scores()]
    assert set(NAMES) <= set(names)
    # The order in which a score says what it is of does not matter.
    one = some_scores().scores[4]
    assert scalar_name(replace(one, of=dict(reversed(list(one.of.items()))))) == NAMES[3]


@given(*[st.builds(Score, name=TEXTS, value=st.none(), n=st.just(0), of=st.dictionaries(TEXTS, TEXTS, max_size=4))] * 2)
def test_two_scores_never_share_a_name_and_trackers_take_each(first: Score, second: Score) -> None:
    validation = pytest.importorskip("mlflow.utils.validation")
    equal = (first.name, dict(first.of)) == (second.name, dict(second.of))
    assert (scalar_name(first) == scalar_name(second)) == equal
    for name in (scalar_name(first), scalar_name(second, "validation")):
        for end in ("", ".low", ".num_clusters"):
            # MLflow's own check, which raises.
            validation._validate_metric_name(name + end)
            assert len(name + end) <= validation.MAX_ENTITY_KEY_LENGTH
        # Some stores have a file for each name.
        assert all(len(part.encode()) <= 255 for part in f"{name}.num_clusters".split("/"))


def test_an_equal_score_twice_is_refused(tmp_path: Path) -> None:
    one = some_scores().scores[0]
    with pytest.raises(InvalidArgument, match=r"must be one of each measure .*, got two of 'basic7.clips/accuracy'"):
        log_to_tensorboard(Scores(name="a", scores=(one, replace(one, value=0.5))), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"scores": {}}, "scores must be Scores, got {}"),
        ({"writer": print}, "writer must be a folder or have add_scalar and add_text, got <built-in function print>"),
        ({"step": -1}, "step must be an integer of 0 or more, got -1"),
        ({"step": 0.5}, "step must be an integer of 0 or more, got 0.5"),
        ({"prefix": 1}, "prefix must be a text, got 1"),
    ],
)
def test_what_is_no_argument_is_refused_in_a_line(tmp_path: Path, changed: dict[str, object], text: str) -> None:
    words = {"scores": some_scores(), "writer": tmp_path / "run", "step": 0, "prefix": "", **changed}
    with pytest.raises(InvalidArgument) as found:
        log_to_tensorboard(**words)  # type: ignore[arg-type]
    assert text in str(found.value) and "\n" not in str(found.value)
    if "writer" not in changed:
        del words["writer"]
        with pytest.raises(InvalidArgument):
            log_to_mlflow(**words)  # type: ignore[arg-type]


# ---- TensorBoard ----


def events(folder: Path) -> tuple[dict[str, float], dict[str, str], set[int]]:
    """Scalars, texts and steps of a run, by TensorBoard's own reader."""
    module = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    read = module.EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    read.Reload()
    scalars, texts, steps = {}, {}, set()
    for name in read.Tags()["scalars"]:
        (one,) = read.Scalars(name)
        scalars[name] = one.value
        steps.add(one.step)
    for name in read.Tags()["tensors"]:
        assert read.SummaryMetadata(name).plugin_data.plugin_name == "text"
        (one,) = read.Tensors(name)
        texts[name.removesuffix("/text_summary")] = one.tensor_proto.string_val[0].decode()
        steps.add(one.step)
    return scalars, texts, steps


def as_32_bits(numbers: dict[str, float]) -> dict[str, float]:
    return {name: float(np.float32(number)) for name, number in numbers.items()}


def test_tensorboard_reads_every_number_back(tmp_path: Path, real: Scores) -> None:
    for scores, step in ((some_scores(), 7), (real, 0)):
        folder = tmp_path / str(step)
        logged = log_to_tensorboard(scores, folder, step=step)
        scalars, _, steps = events(folder)
        assert scalars == as_32_bits(expected(scores))
        assert logged.num_scalars == len(scalars) and steps == {step}


def test_tensorboard_has_every_reason_and_what_is_no_number(tmp_path: Path, real: Scores) -> None:
    for scores in (some_scores(), real):
        folder = tmp_path / str(len(scores.scores))
        logged = log_to_tensorboard(scores, str(folder))
        _, texts, _ = events(folder)
        lacking = [each for each in scores if each.value is None]
        assert lacking and list(logged.without_value) == [scalar_name(each) for each in lacking]
        assert f"{len(scores.scores)} scores of " in texts["emos/reasons"]
        assert f", {len(lacking)} of them without a value." in texts["emos/reasons"]
        marked = [
            each for each in scores if each.why or each.value is None or each.share_partial or each.share_undefined
        ]
        # A line above the table, an empty one, the head, and one below it.
        assert len(rows(texts["emos/reasons"])) == len(marked)
        for each in scores.counts, scores.provenance:
            name = "emos/counts" if each is scores.counts else "emos/provenance"
            assert len(rows(texts[name])) == len(each)
        assert len(rows(texts["emos/findings"])) == len({(each.severity, each.code) for each in scores.findings})
        assert sum(name.startswith("emos/tables/") for name in texts) == len(scores.tables)


def rows(text: str) -> list[str]:
    """The lines of the one table of a text."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in lines)
    return lines[2:]


def test_hostile_texts_are_cells_of_a_table(tmp_path: Path) -> None:
    log_to_tensorboard(some_scores(), tmp_path)
    _, texts, _ = events(tmp_path)
    for text in texts.values():
        assert "<script" not in text and "\u202e" not in text
        assert not any("|" in line.replace("\\|", "").replace(" | ", "")[1:-1] for line in rows(text))
    assert SYNTHETIC_REMARK in texts["emos/reasons"]
    assert "&lt;script&gt;" in texts["emos/provenance"]
    assert "no reason is given" in texts["emos/reasons"]
    assert "50.0% of draws lack a part of it" in texts["emos/reasons"]
    assert "25.0% of draws have no value" in texts["emos/reasons"]


def test_a_writer_of_torch_gets_what_a_folder_gets(tmp_path: Path) -> None:
    module = pytest.importorskip("torch.utils.tensorboard")
    with module.SummaryWriter(str(tmp_path / "torch")) as writer:
        log_to_tensorboard(some_scores(), writer, step=2, prefix="validation")
        writer.add_scalar("still/open", 1.0, 3)
    log_to_tensorboard(some_scores(), tmp_path / "folder", step=2, prefix="validation")
    scalars, texts, steps = events(tmp_path / "torch")
    assert scalars.pop("still/open") == 1.0 and steps == {2, 3}
    assert (scalars, texts, {2}) == events(tmp_path / "folder")
    assert all(name.startswith("validation/") for name in (*scalars, *texts))


def test_a_folder_that_cannot_be_written_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        SourceUnreadable, match=r"^the folder cannot be written \(.*\); free some space or choose another one"
    ):
        log_to_tensorboard(some_scores(), tmp_path / "file" / "run")


# ---- MLflow ----

Values = dict[str, float]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[object]]]:
    """A store of MLflow in files; returns its runs."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    mlflow = pytest.importorskip("mlflow")

    def runs() -> list[object]:
        client = mlflow.MlflowClient()
        return [run for each in client.search_experiments() for run in client.search_runs([each.experiment_id])]

    yield runs
    while mlflow.active_run() is not None:
        mlflow.end_run()


def metrics_of(run_id: str) -> tuple[Values, set[int]]:
    """All metrics of a run and their steps, by MLflow's own client."""
    mlflow = pytest.importorskip("mlflow")
    client = mlflow.MlflowClient()
    numbers: Values = {}
    steps: set[int] = set()
    for name in client.get_run(run_id).data.metrics:
        (one,) = client.get_metric_history(run_id, name)
        numbers[name] = one.value
        steps.add(one.step)
    return numbers, steps


def artifact(run_id: str, path: str) -> Scores:
    mlflow = pytest.importorskip("mlflow")
    return Scores.from_json(mlflow.artifacts.load_text(f"runs:/{run_id}/{path}"))


@pytest.mark.usefixtures("store")
def test_mlflow_reads_every_number_back_exactly(store: Callable[[], list[object]]) -> None:
    mlflow = pytest.importorskip("mlflow")
    scores = replace(some_scores(), name="model.jsonl")
    logged = log_to_mlflow(scores, step=7)
    assert mlflow.active_run() is None
    (run,) = store()
    run_id, data = run.info.run_id, run.data  # type: ignore[attr-defined]
    assert (run.info.run_name, run.info.status) == ("model.jsonl", "FINISHED")  # type: ignore[attr-defined]
    numbers, steps = metrics_of(run_id)
    assert numbers == expected(scores) and steps == {7}
    assert logged.num_scalars == len(numbers)
    lacking = {scalar_name(each): each for each in scores if each.value is None}
    assert list(logged.without_value) == list(lacking)
    assert data.tags["emos.without_value"] == "2 of 6 scores"
    assert (data.tags["emos.corpus_sha256"], data.tags["emos.seed"]) == ("ab" * 32, "0")
    assert (data.tags["emos.findings"], data.tags["emos.synthetic"]) == ("2", "true")
    assert "emos.split_sha256" not in data.tags
    # All the rest, and the reasons, exactly.
    assert artifact(run_id, "emos/step-7.json") == scores


def test_mlflow_logs_to_the_run_that_is_active(store: Callable[[], list[object]], real: Scores) -> None:
    mlflow = pytest.importorskip("mlflow")
    numbers = expected(real, "validation")
    # More than one request takes.
    assert len(numbers) > 1_000
    with mlflow.start_run() as run:
        logged = log_to_mlflow(real, prefix="validation")
        again = log_to_mlflow(some_scores(), step=1)
        assert mlflow.active_run().info.run_id == run.info.run_id
    assert len(store()) == 1
    assert logged.num_scalars == len(numbers) and isinstance(again, LoggedScores)
    found = mlflow.MlflowClient().get_run(run.info.run_id).data.metrics
    assert found == numbers | expected(some_scores())
    assert artifact(run.info.run_id, "emos/validation/step-0.json") == real


def test_an_mlflow_that_does_not_take_scores_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mlflow")
    # MLflow refuses a store in files where nobody allows it.
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "other").as_uri())
    with pytest.raises(
        SourceUnreadable, match=r"^MLflow must take the scores, got an error \(.*\); look at its tracking URI$"
    ):
        log_to_mlflow(some_scores())


# ---- without their libraries ----


def test_libraries_are_imported_when_a_tracker_is_used_and_named_where_they_are_not_there() -> None:
    program = """
import sys
sys.modules |= dict.fromkeys(("tensorboard", "mlflow"))
import emos_io.evaluation as evaluation
none = evaluation.Scores(name="a", scores=())
for log in (lambda: evaluation.log_to_tensorboard(none, "run"), lambda: evaluation.log_to_mlflow(none)):
    try:
        log()
    except ImportError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "tensorboard is not installed; pip install 'emos-io[tensorboard]'",
        "mlflow is not installed; pip install 'emos-io[mlflow]'",
    ]
