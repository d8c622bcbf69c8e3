"""The verb: keys, exit codes, outputs; and a corpus finds the media that it makes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from run_emos import killed_on_failure
from synthesize_help import decoded, fake_program, ffprobe, on_screen, only_path

from emos_io import Media
from emos_io.cli.app import guarded
from emos_io.cli.synthesize import synthesize as verb
from emos_io.corpus import Corpus
from emos_io.corpus.link import match
from emos_io.errors import quoted
from emos_io.synthesize import FrameContent, read_frame, read_tone, synthesize
from oracle import synthetic_release

KEYS = ["key", "path", "seconds", "fps", "speech", "kept"]
FILMS = ["streaming/Black Ice", "streaming/Good Morning, Vietnam"]
SHORT = ("--speech", "tones", "--max-seconds", "21/10")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with two films of 12.5 s, one of them Chinese."""
    return synthetic_release.make(tmp_path_factory.mktemp("release"))


def emos(*arguments: str | Path) -> Result:
    return CliRunner().invoke(verb, [str(each) for each in arguments])


def exit_code(words: list[str]) -> int:
    """The exit code of ``emos synthesize WORDS``, run here."""
    return guarded(lambda: verb(words, standalone_mode=False))


def test_json_is_a_line_a_monologue(small: Path, tmp_path: Path) -> None:
    done = emos(small, tmp_path, *SHORT, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(line) for line in lines] == [KEYS, KEYS]
    assert [line["key"] for line in lines] == FILMS
    for line in lines:
        assert (line["seconds"], line["fps"], line["speech"], line["kept"]) == ("21/10", "25", "tones", False)
        assert Media(line["path"]).metadata.duration == Fraction(21, 10)
    again = [json.loads(line) for line in emos(small, tmp_path, *SHORT, "--json").stdout.splitlines()]
    assert again == [line | {"kept": True} for line in lines]


def test_people_see_a_table_and_the_pace(small: Path, tmp_path: Path) -> None:
    done = emos(small, tmp_path, *SHORT, "--only", "Black Ice")
    assert done.exit_code == 0
    assert "streaming/Black Ice" in done.stdout and "made" in done.stdout
    assert "Vietnam" not in done.stdout
    assert done.stderr.startswith("2.1 s of media made in ") and done.stderr.count("\n") == 1
    done = emos(small, tmp_path, *SHORT, "--only", "Black Ice")
    assert "kept" in done.stdout and done.stderr.startswith("0.0 s of media made in ")


def test_only_and_size_are_taken(small: Path, tmp_path: Path) -> None:
    done = emos(small, tmp_path, *SHORT, "--only", "Black Ice", "--only", FILMS[1], "--size", "90,160", "--json")
    assert [json.loads(line)["key"] for line in done.stdout.splitlines()] == FILMS
    video = ffprobe(next(tmp_path.rglob("Black Ice.mp4")), "-show_streams")["streams"][0]
    assert (video["height"], video["width"]) == (90, 160)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--size", "320x180"], "--size must be height,width in pixels, got 320x180; write it as 224,224"),
        (
            ["--size", "181,320"],
            "size must be an even height and width from 60 x 96 to 2160 x 3840, got (181, 320); use (180, 320), for example",
        ),
        (
            ["--only", "Nobody"],
            "there is no item 'Nobody'; keys() lists all 2, such as 'streaming/Black Ice', 'streaming/Good Morning, Vietnam'",
        ),
        (
            ["--max-seconds", "0"],
            "max_seconds must be at least 1/25, the time of a frame, got '0'; leave it out for full length",
        ),
        (["--speech", "song"], "Invalid value for '--speech': 'song' is not one of 'auto', 'voice', 'tones'."),
    ],
)
def test_wrong_use_is_exit_code_2(
    small: Path, tmp_path: Path, arguments: list[str], text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    given = [str(small), str(tmp_path / "out"), *arguments]
    assert exit_code(given) == 2
    assert capfd.readouterr() == ("", f"emos: {text}\n")
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_read_or_written_is_exit_code_3(
    small: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    for given in ([str(tmp_path / "none"), str(tmp_path / "out")], [str(small), str(tmp_path / "file")]):
        assert exit_code([*given, *SHORT]) == 3
        captured = capfd.readouterr()
        assert captured.out == "" and captured.err.startswith("emos: ") and captured.err.count("\n") == 1
    only_path(tmp_path / "bin", monkeypatch)
    assert exit_code([str(small), str(tmp_path / "out")]) == 3
    wanted = (
        "emos: synthesize needs the ffmpeg program, and none is on PATH; install it (Debian and Ubuntu: apt install"
    )
    assert capfd.readouterr().err.startswith(wanted)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("raise SystemExit(1)", "the one on PATH does not run (it ended with 1); install another"),
        ("import sys; sys.stderr.write('ffmpeg version 4.2.7')", "the one on PATH has 4.2.7; install a later one"),
        ("print(' A....D aac AAC')", "the ffmpeg program on PATH was built without; install one built with it"),
    ],
    ids=["fails", "old", "encoder"],
)
def test_an_ffmpeg_that_is_of_no_use_is_exit_code_3(
    small: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    text: str,
) -> None:
    only_path(tmp_path / "bin", monkeypatch)
    fake_program(tmp_path / "bin" / "ffmpeg", body=body)
    assert exit_code([str(small), str(tmp_path / "out")]) == 3
    captured = capfd.readouterr()
    assert (
        captured.out == "" and captured.err.startswith("emos: synthesize needs the ") and captured.err.count("\n") == 1
    )
    assert f"{text} (Debian and Ubuntu: apt install ffmpeg, macOS: " in captured.err
    assert captured.err.endswith(f": {quoted(tmp_path / 'bin' / 'ffmpeg')}\n")
    assert not (tmp_path / "out").exists()


def test_a_foreign_file_is_exit_code_2(small: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "streaming-finalsplit" / "Black Ice" / "Black Ice.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"the original")
    assert exit_code([str(small), str(tmp_path), *SHORT]) == 2
    assert capfd.readouterr().err.endswith(f"choose another folder: {quoted(path)}\n")
    assert path.read_bytes() == b"the original"


def test_progress_is_on_stderr_alone(small: Path, tmp_path: Path) -> None:
    # A bar is shown on terminals only.
    code = "import sys; from emos_io.cli.synthesize import synthesize as verb; verb(sys.argv[1:])"
    command = [sys.executable, "-c", code, str(small), str(tmp_path), *SHORT, "--json"]
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with killed_on_failure(
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment)
    ) as process:
        os.close(theirs)
        terminal_output = b""
        try:
            while chunk := os.read(ours, 4096):
                terminal_output += chunk
        except OSError:
            # How a terminal ends.
            pass
        finally:
            os.close(ours)
        assert process.stdout is not None
        lines = process.stdout.read().decode().splitlines()
        assert process.wait(60) == 0
    assert b"seconds made" in terminal_output
    assert [list(json.loads(line)) for line in lines] == [KEYS, KEYS]


def test_progress_counts_full_seconds_to_the_end(small: Path, tmp_path: Path) -> None:
    corpus = Corpus.from_release(small)
    calls: list[tuple[int, int]] = []
    synthesize(corpus, tmp_path, max_seconds="21/10", speech="tones", progress=lambda *each: calls.append(each))
    assert calls[0] == (0, 4) and calls[-1] == (4, 4)
    assert [done for done, _ in calls] == sorted({done for done, _ in calls})
    calls.clear()
    synthesize(corpus, tmp_path, max_seconds="21/10", speech="tones", progress=lambda *each: calls.append(each))
    assert calls == [(0, 0)]


def test_a_release_finds_the_media(small: Path, tmp_path: Path) -> None:
    assert emos(small, tmp_path, "--speech", "tones").exit_code == 0
    corpus = Corpus.from_release(small, media={"streaming": tmp_path})
    assert [finding for finding in corpus.findings if finding.code == "missing_media"] == []
    for who in corpus.monologues:
        assert who.path == str(tmp_path / f"streaming-finalsplit/{who.name}/{who.name}.mp4")
        media_file = Media(who.path)
        assert media_file.metadata.duration == who.duration
        for utterance in who.utterances:
            rgb = media_file.frames_played_at([utterance.span.start]).data[0]
            number = utterance.span.start * 25
            assert read_frame(rgb) == FrameContent(int(number), utterance.index, utterance.basic7)
        for sentence in who.sentences:
            assert read_tone(media_file.samples_in(sentence.span).data[0], 48_000) == sentence.index


def test_a_saved_corpus_makes_the_same(small: Path, tmp_path: Path) -> None:
    Corpus.from_release(small).save(tmp_path / "saved")
    for source, out in ((small, "first"), (tmp_path / "saved", "second")):
        assert emos(source, tmp_path / out, *SHORT).exit_code == 0
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / out).rglob("*.mp4")} for out in ("first", "second")
    )
    assert first == second and len(first) == 2


def test_media_of_the_published_release(release: Corpus, tmp_path: Path) -> None:
    # All of the shortest one; the start of a Chinese one, which has a variable rate.
    made = synthesize(release, tmp_path, only=["The Imitation Game"], speech="tones")
    made += synthesize(release, tmp_path, only=["Dog 13"], max_seconds=9, speech="tones")
    assert [(each.fps, each.seconds) for each in made] == [("25", Fraction("25.7")), ("variable", Fraction(9))]
    link = match(list(release.monologues), tmp_path)
    assert link.paths == {each.key: each.path for each in made}
    assert link.unused == []
    for each in made:
        who, found = release.monologues[each.key], decoded(Path(each.path))
        for number, (time, rgb) in enumerate(zip(found.times, found.rgb, strict=True)):
            assert read_frame(rgb) == FrameContent(number, *on_screen(who, time))
        assert Fraction(ffprobe(Path(each.path), "-show_format")["format"]["duration"]) == each.seconds
        media_file = Media(each.path)
        assert media_file.metadata.duration == each.seconds
        spoken = [sentence for sentence in who.sentences if sentence.span.end <= each.seconds]
        assert spoken
        for sentence in spoken:
            assert read_tone(media_file.samples_in(sentence.span).data[0], 48_000) == sentence.index
