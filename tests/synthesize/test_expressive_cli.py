"""``emos synthesize --kind expressive``: a corpus that every verb reads, and options that are refused."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from synthesize_help import bytes_below

from emos_io.cli.app import guarded
from emos_io.cli.doctor import doctor
from emos_io.cli.plan import plan
from emos_io.cli.synthesize import synthesize as verb
from emos_io.cli.wording import in_flags
from emos_io.corpus import Corpus, load_split
from emos_io.errors import InvalidArgument
from emos_io.synthesize import expressive_corpus, synthesize_expressive
from oracle import synthetic_release

SMALL = ["--kind", "expressive", "--codec", "raw", "--size", "32,32"]


def emos(*arguments: str | Path) -> Result:
    return CliRunner().invoke(verb, [str(each) for each in arguments])


def test_a_made_up_corpus_is_read_by_other_verbs(tmp_path: Path) -> None:
    out = tmp_path / "out"
    numbers = ["--speakers", "3", "--seconds", "5", "--clips-per-speaker", "1", "--seed", "6"]
    done = emos(out, *SMALL, *numbers)
    assert done.exit_code == 0
    # Words are wrapped to the width of the terminal of this test; paths are not.
    text = " ".join(done.stdout.split())
    assert "best accuracy of seconds, before noise: face " in text and "both 1.000" in text
    assert "synthetic: says nothing about real emotion" in text
    assert done.stderr.splitlines()[-1].endswith(" s") and " s of media made in " in done.stderr
    corpus = Corpus.load(out)
    wanted = expressive_corpus(3, seed=6, seconds=5, clips_per_speaker=1)
    assert list(corpus.with_paths({})) == list(wanted.with_paths({item.key: str(item.path) for item in corpus}))
    assert sum(map(len, load_split(out / "split.json").sides().values())) == 6
    assert CliRunner().invoke(doctor, [str(out)]).exit_code == 0
    planned = CliRunner().invoke(plan, [str(out), "--length", "2", "--hop", "1", "--json"])
    assert planned.exit_code == 0 and json.loads(planned.stdout)
    before = bytes_below(out)
    again = emos(out, *SMALL, *numbers, "--json")
    lines = [json.loads(line) for line in again.stdout.splitlines()]
    assert [line["key"] for line in lines] == [item.key for item in corpus] and all(line["kept"] for line in lines)
    assert {(line["fps"], line["speech"]) for line in lines} == {("8", "acted")}
    assert bytes_below(out) == before


def test_a_release_is_acted(tmp_path: Path) -> None:
    release = synthetic_release.make(tmp_path / "release")
    done = emos(release, tmp_path / "out", *SMALL, "--sample", "2", "--max-seconds", "1", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    keys = [json.loads(line)["key"] for line in done.stdout.splitlines()]
    corpus = Corpus.load(tmp_path / "out")
    assert keys == [item.key for item in corpus]
    assert (len(corpus.clips), len(corpus.monologues)) == (2, 2)
    assert not (tmp_path / "out/split.json").exists()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("out", "Missing argument 'OUT'."),
        ("--kind expressive", "Missing argument 'OUT'."),
        ("out --speakers 3", "--speakers must come with --kind expressive, got counting; leave it out"),
        ("in out --seed 1", "--seed must come with --kind expressive, got counting; leave it out"),
        ("in out --codec raw", "--codec must come with --kind expressive, got counting; leave it out"),
        (
            "out --kind expressive --speech tones",
            "--speech must come with --kind counting, got expressive; leave it out",
        ),
        (
            "in out --kind expressive --speakers 3",
            "--speakers must come without a release, got one; leave one of them out",
        ),
        (
            "in out --kind expressive --clips-per-speaker 3",
            "--clips-per-speaker must come without a release, got one; leave one of them out",
        ),
        (
            "out --kind expressive --sample 3",
            "--sample must come with a release, got none; leave it out, or name the release",
        ),
        (
            "out --kind expressive --speakers 0",
            "num_speakers must be an integer from 1 to 10000, got 0; 32 are a small corpus",
        ),
    ],
)
def test_options_that_count_for_nothing_are_refused(
    words: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert guarded(lambda: verb(shlex.split(words), standalone_mode=False)) == 2
    assert capsys.readouterr() == ("", f"emos: {text}\n")
    assert not any(tmp_path.iterdir())


def test_texts_of_python_are_in_the_words_of_the_verb() -> None:
    with pytest.raises(InvalidArgument) as caught:
        expressive_corpus(0)
    assert in_flags(str(caught.value), verb).startswith("--speakers must be an integer from 1 to 10000, got 0; ")
    with pytest.raises(InvalidArgument) as caught:
        synthesize_expressive(expressive_corpus(1), "unused", size=(95, 96))
    text = in_flags(str(caught.value), verb)
    assert text == "--size must be an even height and width from 32 to 1080, got 95,96; use 96,96, for example"


def test_an_output_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    words = [str(tmp_path / "file"), *SMALL, "--speakers", "3", "--seconds", "3"]
    assert guarded(lambda: verb(words, standalone_mode=False)) == 3
    printed = capsys.readouterr()
    assert (
        printed.out == ""
        and printed.err.startswith("emos: the folder cannot be written (")
        and printed.err.count("\n") == 1
    )
