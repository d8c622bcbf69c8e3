"""``emos agreement``: tables, JSON, the image, logs, and wrong use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from emos_io.annotation import Event, EventLog, agreement
from emos_io.cli import agreement as cli_agreement
from emos_io.cli.app import guarded
from emos_io.cli.verbs import app
from emos_io.corpus import Clip, Corpus, Decision, Vote
from emos_io.report import raters_image

pytestmark = pytest.mark.command


def clip(number: int, decided: bool = True) -> Clip:
    key, labels = f"own/{number:02}", ("Joy", "Fear" if number % 4 == 0 else "Joy", "Joy" if number % 3 else "Fear")
    votes = tuple(
        Vote(item=key, layer="basic7", rater=r, labels=(each,)) for r, each in zip("abc", labels, strict=True)
    )
    decision = Decision(item=key, layer="basic7", labels=(labels[2],), scores={labels[2]: 1.0})
    decisions = {"basic7": decision} if decided else {}
    return Clip(key=key, source="own", language="en", votes=votes, decisions=decisions)


def saved(folder: Path, decided: bool = True) -> Corpus:
    corpus = Corpus([clip(number, decided) for number in range(24)])
    corpus.save(folder)
    return corpus


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = guarded(lambda: app(["agreement", *map(str, arguments)], standalone_mode=False))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_json_is_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = saved(tmp_path / "corpus")
    code, out, err = run(capsys, tmp_path / "corpus", "--json", "--seed", "3")
    found = json.loads(out)
    raters = found.pop("rater_report")
    assert (code, err) == (0, "") and found == agreement(corpus, "basic7", seed=3).as_dict()
    assert raters["panels"][0]["informativeness"][2] == pytest.approx(1) and found["panels"][0]["num_groups"] == 24


def test_tables_and_the_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(tmp_path / "corpus")
    code, out, err = run(capsys, tmp_path / "corpus", "--png", tmp_path / "raters.png")
    assert (code, err) == (0, "")
    with Image.open(tmp_path / "raters.png") as image:
        assert image.format == "PNG"
    for text in ("a, b, c on 24 clips, by item", "Fleiss' kappa", "c: percent given as each label", "2,000 draws"):
        assert text in out


@pytest.mark.parametrize(
    ("share", "text"),
    [
        *((0.0, "0"), (-0.0, "0"), (1e-17, "0"), (-1e-17, "0"), (0.005, "0"), (-0.005, "0"), (float("nan"), "-")),
        *((0.0051, "+1"), (-0.0051, "-1"), (0.104, "+10"), (-1.0, "-100"), (1.0, "+100")),
    ],
)
def test_a_bias_is_written_as_in_the_image(share: float, text: str) -> None:
    assert cli_agreement._bias(share) == raters_image._signed(share) == text


def test_nothing_is_written_as_less_than_zero_that_is_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Raters agree as often as by chance; each gives Joy to half, and so do the decisions.
    pairs = (("Joy", "Joy"), ("Joy", "Fear"), ("Fear", "Joy"), ("Fear", "Fear")) * 6
    clips = []
    for number, (a, b) in enumerate(pairs):
        key = f"own/{number:02}"
        votes = tuple(Vote(item=key, layer="basic7", rater=r, labels=(each,)) for r, each in (("a", a), ("b", b)))
        decision = Decision(item=key, layer="basic7", labels=(a,), scores={a: 1.0})
        clips.append(Clip(key=key, source="own", language="en", votes=votes, decisions={"basic7": decision}))
    Corpus(clips).save(tmp_path / "corpus")
    code, out, err = run(capsys, tmp_path / "corpus")
    assert (code, err) == (0, "") and "0.000" in out
    assert re.findall(r"[-+]0(?:\.0+)?(?![.\d])", out) == []


def test_without_decisions_there_is_no_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(tmp_path / "corpus", decided=False)
    code, out, err = run(capsys, tmp_path / "corpus", "--png", tmp_path / "raters.png")
    assert (code, out) == (2, "") and not (tmp_path / "raters.png").exists()
    assert err == "emos: --layer must have decisions, got none in 'basic7'; decide them first\n"
    code, out, _ = run(capsys, tmp_path / "corpus", "--json")
    assert code == 0 and json.loads(out)["rater_report"] is None


def test_votes_of_a_log_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(tmp_path / "corpus")
    votes = [Vote(item=f"own/{n:02}", layer="basic7", rater="d", labels=("Joy",)) for n in range(24)]
    events = [*map(Event, votes), Event(Vote(item="own/99", layer="basic7", rater="d", labels=("Joy",)))]
    EventLog(tmp_path / "log.jsonl").add(events)
    code, out, _ = run(capsys, tmp_path / "corpus", "--json", "--log", tmp_path / "log.jsonl")
    found, finding = map(json.loads, out.splitlines())
    assert [each["rater"] for each in found["panels"][0]["raters"]] == ["a", "b", "c", "d"]
    assert (code, finding["code"]) == (1, "unknown_item")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--layer", "nothing"], "--layer must be one of "),
        (
            ["--layer", "goemotions"],
            "--layer must be one that raters voted in, got 'goemotions'; there are votes in basic7",
        ),
        (["--png", "raters.jpg"], "--png must be a file that ends in .png, got '.jpg'"),
        (["--abstain", "label"], '--abstain must be "leave_out" where the layer takes one label'),
        (["--seed", "-1"], "--seed must be an integer from 0 to"),
    ],
    ids=["unknown", "no-votes", "no-png", "abstain", "seed"],
)
def test_wrong_use_is_one_line(
    arguments: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(tmp_path / "corpus")
    code, out, err = run(capsys, tmp_path / "corpus", *arguments)
    (line,) = err.splitlines()
    assert (code, out) == (2, "") and line.startswith(f"emos: {text}")
