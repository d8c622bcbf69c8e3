"""What a later run keeps, what it makes again, and what a killed run leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from synthesize_help import bytes_below, fake_program, monologue, one_line, only_path

from emos_io import Media
from emos_io.corpus import Corpus
from emos_io.corpus.link import match
from emos_io.errors import EmosError, InvalidArgument, SourceUnreadable, quoted
from emos_io.synthesize import MANIFEST, SynthesizedFile, read_tone, synthesize

LADDER = ("8", "6", "5", "3", "2")
"""Seconds of the monologues of a run that is killed; it makes the longest first."""
KILLED_AFTER = 11
"""Seconds made: the first file is complete, the second is not."""

# On one core, so one file after the other; waits for a line of stdin after each second made.
RUN = f"""
import os, signal, sys
# A process that was started in the background inherits that it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_synthesize_resume import ladder
from emos_io.synthesize import synthesize

def wait(done, total):
    print(done, total, flush=True)
    sys.stdin.readline()

synthesize(ladder(), sys.argv[1], speech="tones", progress=wait)
"""


def ladder() -> Corpus:
    return Corpus(monologues=[monologue(f"L{each}", each, sentences="0.5 1.5 One") for each in LADDER])


def run_and_stop(out: Path, how: signal.Signals) -> None:
    """Run in another process, and send it a signal in mid-run."""
    command = [sys.executable, "-c", RUN, str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        for line in process.stdout:
            done, total = map(int, line.split())
            assert total == sum(map(int, LADDER))
            if done == KILLED_AFTER:
                process.send_signal(how)
                break
            process.stdin.write("\n")
            process.stdin.flush()
        assert process.wait(60) == -how


def noted(out: Path) -> list[str]:
    return list(json.loads((out / MANIFEST).read_text("utf-8"))["items"])


def stamps(listed: list[SynthesizedFile]) -> dict[str, tuple[int, int]]:
    """Which files they are: a file that was replaced is another one."""
    return {each.key: ((found := Path(each.path).stat()).st_ino, found.st_mtime_ns) for each in listed}


def test_a_killed_run_is_resumed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_and_stop(out, signal.SIGKILL)
    assert noted(out) == ["streaming/L8"]
    (complete,) = out.rglob("*.mp4")
    before, stamp = complete.read_bytes(), complete.stat()
    parts = [path for path in out.rglob("*") if path.is_file() and path not in (complete, out / MANIFEST)]
    assert [path.suffix for path in parts] == [".part"]
    # No reader takes an incomplete file for media.
    assert match(list(ladder().monologues), out).paths == {"streaming/L8": str(complete)}

    listed = synthesize(ladder(), out, speech="tones")
    assert [each.kept for each in listed] == [True, False, False, False, False]
    assert complete.read_bytes() == before
    assert (complete.stat().st_ino, complete.stat().st_mtime_ns) == (stamp.st_ino, stamp.st_mtime_ns)
    assert [Media(each.path).metadata.duration for each in listed] == [Fraction(each) for each in LADDER]

    synthesize(ladder(), tmp_path / "fresh", speech="tones")
    assert bytes_below(out) == bytes_below(tmp_path / "fresh")


def test_an_interrupted_run_leaves_complete_files_only(tmp_path: Path) -> None:
    # The callback waits for lines of stdin; closing the pipe lets it go on.
    command = [sys.executable, "-c", RUN, str(tmp_path / "out")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, process_group=0, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            if int(line.split()[0]) == KILLED_AFTER:
                # A terminal sends the signal to the process group.
                os.killpg(process.pid, signal.SIGINT)
                break
            process.stdin.write("\n")
            process.stdin.flush()
        process.stdin.close()
        errors = process.stderr.read()
        process.stdout.read()
        assert process.wait(60) == -signal.SIGINT
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert sorted(bytes_below(tmp_path / "out")) == [MANIFEST, "streaming-finalsplit/L8/L8.mp4"]


def test_the_same_options_give_the_same_bytes(corpus: Corpus, made: dict[str, SynthesizedFile], tmp_path: Path) -> None:
    synthesize(corpus, tmp_path, speech="tones")
    folder = Path(made["Gaps"].path).parents[2]
    assert bytes_below(tmp_path) == bytes_below(folder)


def test_a_second_run_keeps_all(corpus: Corpus, tmp_path: Path) -> None:
    first = synthesize(corpus, tmp_path, only=["Silent", "Round"], speech="tones")
    before = stamps(first)
    again = synthesize(corpus, tmp_path, only=["Silent", "Round"], speech="tones")
    assert again == [replace(each, kept=True) for each in first]
    assert stamps(again) == before


def test_one_run_after_the_other_fill_one_folder(
    corpus: Corpus, made: dict[str, SynthesizedFile], tmp_path: Path
) -> None:
    names = ["Silent", "Round"]
    for name in reversed(names):
        synthesize(corpus, tmp_path, only=[name], speech="tones")
    again = synthesize(corpus, tmp_path, only=names, speech="tones")
    assert [each.kept for each in again] == [True, True]
    assert [Path(each.path).read_bytes() for each in again] == [Path(made[name].path).read_bytes() for name in names]


@pytest.mark.parametrize("change", [{"size": (90, 160)}, {"max_seconds": 1}])
def test_changed_options_make_files_anew(corpus: Corpus, tmp_path: Path, change: dict[str, object]) -> None:
    first = synthesize(corpus, tmp_path, only=["Round"], speech="tones")
    before = stamps(first)
    (again,) = synthesize(corpus, tmp_path, only=["Round"], speech="tones", **change)  # type: ignore[arg-type]
    assert not again.kept
    assert stamps([again]) != before
    metadata = Media(again.path).metadata
    assert metadata.video is not None
    size = change.get("size", (180, 320))
    assert (metadata.video.height, metadata.video.width, metadata.duration) == (*size, again.seconds)  # type: ignore[misc]


def test_only_monologues_whose_records_changed_are_made_anew(corpus: Corpus, tmp_path: Path) -> None:
    names = ["Gaps", "Silent", "Round"]
    synthesize(corpus, tmp_path, only=names, speech="tones")
    changed = []
    for who in corpus.monologues:
        if who.name == "Gaps":
            # Tones do not say words.
            who = replace(who, sentences=tuple(replace(each, text="Else") for each in who.sentences))
        if who.name == "Silent":
            who = replace(who, utterances=who.utterances[:1])
        if who.name == "Round":
            who = replace(who, sentences=(replace(who.sentences[0], index=70),))
        changed.append(who)
    again = synthesize(Corpus(monologues=changed), tmp_path, only=names, speech="tones")
    assert [each.kept for each in again] == [True, False, False]
    waveform = Media(again[2].path).samples_in(changed[3].sentences[0].span).data[0]
    assert read_tone(waveform, 48_000) == 70


def test_monologues_of_the_same_content_are_two_files(tmp_path: Path) -> None:
    twins = [monologue(name, "1", sentences="0 1 One") for name in ("Castor", "Pollux")]
    first, second = synthesize(Corpus(monologues=twins), tmp_path, speech="tones")
    assert first.path != second.path
    assert Path(first.path).read_bytes() == Path(second.path).read_bytes()


def test_a_file_that_was_removed_is_made_again(corpus: Corpus, tmp_path: Path) -> None:
    (each,) = synthesize(corpus, tmp_path, only=["Round"], speech="tones")
    before = Path(each.path).read_bytes()
    Path(each.path).unlink()
    (again,) = synthesize(corpus, tmp_path, only=["Round"], speech="tones")
    assert not again.kept
    assert Path(again.path).read_bytes() == before


FOREIGN = "out must not contain a file that emos synthesize did not make or that was changed since, got one; "


@pytest.mark.parametrize("lies", ["foreign", "cut", "unnoted", "folder"])
def test_what_was_not_made_here_is_left_alone(corpus: Corpus, tmp_path: Path, lies: str) -> None:
    path = tmp_path / "streaming-finalsplit" / "Round" / "Round.mp4"
    if lies == "folder":
        path.mkdir(parents=True)
    elif lies == "foreign":
        path.parent.mkdir(parents=True)
        path.write_bytes(b"the original")
    else:
        synthesize(corpus, tmp_path, only=["Round"], speech="tones")
        if lies == "cut":
            path.write_bytes(path.read_bytes()[:-100])
        else:
            (tmp_path / MANIFEST).unlink()
    before = bytes_below(tmp_path)
    with pytest.raises(InvalidArgument) as caught:
        synthesize(corpus, tmp_path, only=["Silent", "Round"], speech="tones")
    assert one_line(caught.value) == f"{FOREIGN}move it, or choose another folder: {quoted(path)}"
    # Nothing else was begun either.
    assert bytes_below(tmp_path) == before
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


@pytest.mark.parametrize(
    "text",
    ["{}", "no json", "[]", '{"made_by": "emos synthesize", "items": {"a": 1}}', '{"made_by": "me", "items": {}}'],
)
def test_a_manifest_of_others_is_refused(corpus: Corpus, tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text, "utf-8")
    with pytest.raises(InvalidArgument) as caught:
        synthesize(corpus, tmp_path, only=["Round"], speech="tones")
    wanted = (
        "out must be a folder without a foreign manifest, got one that emos synthesize did not write; "
        "choose another folder: "
    )
    assert one_line(caught.value) == wanted + quoted(tmp_path / MANIFEST)
    assert bytes_below(tmp_path) == {MANIFEST: text.encode()}


def test_two_runs_do_not_share_a_folder(corpus: Corpus, tmp_path: Path) -> None:
    caught: list[str] = []

    def second(_done: int, _total: int) -> None:
        if not caught:
            with pytest.raises(SourceUnreadable) as error:
                synthesize(corpus, tmp_path, only=["Round"], speech="tones")
            caught.append(one_line(error.value))

    synthesize(corpus, tmp_path, only=["Silent"], speech="tones", progress=second)
    assert caught == [f"another run is writing to the folder; wait for it: {quoted(tmp_path)}"]


def test_what_was_finished_before_an_error_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_path(tmp_path / "bin", monkeypatch, "ffmpeg")
    fake_program(tmp_path / "bin" / "espeak-ng", body="import sys; sys.exit('no such voice')")
    corpus = Corpus(monologues=[monologue("Good", "2"), monologue("Bad", "1", sentences="0 1 Hello there")])
    out = tmp_path / "out"
    synthesize(corpus, out, only=["Good"], speech="auto")
    with pytest.raises(EmosError) as caught:
        synthesize(corpus, out, speech="auto")
    reason, what_to_do = "no such voice", "correct the sentence or choose tones as speech"
    wanted = f"espeak-ng could not speak a sentence ({reason}); {what_to_do}: 'Hello there'"
    assert one_line(caught.value) == wanted
    assert sorted(bytes_below(out)) == [MANIFEST, "streaming-finalsplit/Good/Good.mp4"]
    again = synthesize(corpus, out, speech="tones")
    # SynthesizedFile anew even where nobody speaks: the voice is an option like others.
    assert [(each.speech, each.kept) for each in again] == [("tones", False), ("tones", False)]
