"""Several seeds averaged before speakers are drawn, against scikit-learn and against resampling the seconds themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import proof_page
import proof_scores
import prove
import results
from emos_io.corpus import Corpus, Scalar, Split
from emos_io.evaluation import Prediction, Predictions, predict_baseline
from emos_io.synthesize import expressive_corpus

Integers = npt.NDArray[np.int64]

CLASSES = ("Anger", "Fear", "Joy")
ROUNDING = 1e-12
"""Both ways add the same integers; only the order of a few divisions differs."""


def answers(seed: int, num_speakers: int = 6, seconds: int = 30) -> tuple[Integers, Integers]:
    """Truth and answers of each second of each speaker; truth is that of all seeds."""
    truth = np.random.default_rng(0).integers(0, 3, (num_speakers, seconds))
    random = np.random.default_rng(seed + 1)
    return truth, np.where(random.random(truth.shape) < 0.5, truth, random.integers(0, 3, truth.shape))


def confusion(truth: Integers, predicted: Integers) -> npt.NDArray[np.float64]:
    """Seconds of truth by answer of each speaker, ``[N, K, K + 1]``."""
    found = np.zeros((len(truth), 3, 4))
    for row in range(len(truth)):
        np.add.at(found[row], (truth[row], predicted[row]), 1)
    return found


def test_a_draw_of_speakers_is_the_mean_over_seeds_of_the_scores_of_their_seconds() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is an oracle")
    runs = [answers(seed) for seed in range(3)]
    measured = proof_scores.averaged([confusion(*run) for run in runs], CLASSES)
    for drawn in ([0, 1, 2, 3, 4, 5], [0, 0, 3, 5, 5, 5], [2, 4, 4, 1, 2, 0]):
        counts = np.bincount(drawn, minlength=6)[None].astype(float)
        sums = counts @ measured.columns
        macro, accuracy = (float(measure.of_sums(sums)[0]) for measure in measured.measures)
        pairs = [(truth[drawn].ravel(), predicted[drawn].ravel()) for truth, predicted in runs]
        assert macro == pytest.approx(
            np.mean([metrics.f1_score(*pair, average="macro") for pair in pairs]), abs=ROUNDING
        )
        assert accuracy == pytest.approx(np.mean([metrics.accuracy_score(*pair) for pair in pairs]), abs=ROUNDING)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return expressive_corpus(36, seed=21, seconds=20, clips_per_speaker=0)


@pytest.fixture(scope="module")
def split(corpus: Corpus) -> Split:
    return corpus.split(seed=21, test=24 / 36, validation=4 / 36, by=["speaker"])


def header(split: Split) -> dict[str, Scalar]:
    return {"split_sha256": split.sha256, "form": "segments"}


def answered(corpus: Corpus, split: Split, wrong: dict[str, str]) -> Predictions:
    """Every utterance of the test side, right but for the labels of `wrong`."""
    rows = []
    for item in corpus.monologues:
        for each in item.utterances if item.key in split.test else ():
            assert each.basic7 is not None
            rows.append(
                Prediction(key=item.key, layer="basic7", span=each.span, label=wrong.get(each.basic7, each.basic7))
            )
    return Predictions(tuple(rows), header=header(split))


def arms(corpus: Corpus, split: Split) -> dict[str, list[Predictions]]:
    faces = answered(corpus, split, {"Disgust": "Anger", "Surprise": "Fear"})
    voices = answered(corpus, split, {"Fear": "Anger", "Surprise": "Joy", "Disgust": "Sadness"})
    found = {
        "both": [answered(corpus, split, {})] * 2,
        "video": [faces] * 2,
        "audio": [voices] * 2,
        "majority": [predict_baseline("majority", corpus, split)],
    }
    return found | {arm: [voices] for arm in proof_page.ABLATED}


def test_perfect_answers_pass_and_answers_of_one_channel_do_not(corpus: Corpus, split: Split) -> None:
    found = proof_scores.compared(arms(corpus, split), corpus, split)
    assert found.scores["both"][0].value == 1 and found.seed_values["both"] == (1.0, 1.0)
    assert found.scores["both"][0].num_clusters == 24, "a speaker is a cluster"
    video, over = found.scores["video"][0].value, found.differences["both - video"]
    assert video is not None and over.difference == pytest.approx(1 - video, abs=ROUNDING)
    assert over.low is not None and over.high is not None and 0 < over.low < 1 - video < over.high
    assert found.checks == {"both - majority > 0.1": True, "both - video > 0": True, "both - audio > 0": True}
    alone = proof_scores.compared({**arms(corpus, split), "both": arms(corpus, split)["video"]}, corpus, split)
    assert alone.differences["both - video"].low == 0 and not alone.checks["both - video > 0"]
    assert alone.checks["both - majority > 0.1"], "one channel beats majority: that alone would prove nothing of two"


def test_a_missing_answer_stops_it(corpus: Corpus, split: Split) -> None:
    runs = arms(corpus, split)
    lacking = runs["audio"][0].rows[0].key
    rows = tuple(row for row in runs["audio"][0] if row.key != lacking)
    runs["audio"] = [Predictions(rows, header=header(split))]
    with pytest.raises(ValueError, match=f"audio: missing_prediction.*{lacking}"):
        proof_scores.compared(runs, corpus, split)


def test_the_section_has_what_the_file_has(corpus: Corpus, split: Split, tmp_path: Path) -> None:
    values = proof_scores.as_values(proof_scores.compared(arms(corpus, split), corpus, split))
    training = [{"seed": seed, "cpu_seconds": 60.0 + seed} for seed in (0, 5)]
    about = {
        "design": {"train": 8, "validation": 4, "test": 24, "seconds": 20, "seeds": [0, 5]},
        "bayes_accuracy": {"both": 1.0, "face": 0.75, "voice": 0.5},
        "trainings": dict.fromkeys(("both", "video", "audio"), training),
    }
    for number in (10, 2):
        (tmp_path / f"prove-attempt-{number}.json").write_text(
            json.dumps({"attempt": number, "seed": 7, **about, **values})
        )
    found = proof_page.lines(tmp_path)
    titles = [line for line in found if line.startswith("### Attempt")]
    assert titles == ["### Attempt 2: passed", "### Attempt 10: passed"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found if line.startswith("| ")]
    (both, *_) = [row for row in rows if row[0] == "both channels"]
    assert both == ["both channels", "1.000 [1.000, 1.000]", "0.000", "1.000 [1.000, 1.000]", "60 to 65"]
    assert [row[4] for row in rows if row[0].startswith("both - ")] == ["holds"] * 6
    assert proof_page.lines(tmp_path / "none") == []


@pytest.mark.parametrize("found", proof_page.attempts(results.FOLDER), ids=lambda found: f"attempt {found['attempt']}")
def test_an_attempt_says_of_itself_what_its_bounds_say(found: dict[str, Any]) -> None:
    assert prove.ATTEMPTS[found["attempt"]] == found["seed"] not in prove.DEVELOPMENT
    assert found["design"]["test"] >= 60 and len(found["design"]["seeds"]) == 3
    expected = {f"{one} - {other} > {least:g}": (f"{one} - {other}", least) for one, other, least in proof_scores.PAIRS}
    assert found["checks"] == {
        check: found["differences"][pair]["low"] > least for check, (pair, least) in expected.items()
    }
    assert found["passed"] == all(found["checks"].values())
    for arm in ("both", "video", "audio"):
        scores = found["scores"][arm]
        assert scores["macro_f1"]["value"] == pytest.approx(np.mean(scores["macro_f1_of_seeds"]), abs=ROUNDING)
        assert [each["seed"] for each in found["trainings"][arm]] == found["design"]["seeds"]
