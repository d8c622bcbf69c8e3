"""Lengths that a plan measures by itself, and files that it leaves out: counted, listed, the same on every rank."""

from __future__ import annotations

import json
import os
import pickle
import pty
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from emos_io import Media, WindowPlan
from emos_io.corpus import Clip, Corpus, Monologue
from emos_io.errors import EmosError, InvalidArgument, SourceUnreadable
from emos_io.media import lengths, measure
from emos_io.plan import PlanOnError, SkippedItem
from emos_io.testing import make_clip, make_monologue
from oracle import clips
from oracle.refusals import refusal_of


def film(path: Path, seconds: int = 5) -> Path:
    shutil.copy(clips.counting_clip(seconds=seconds, rate=8_000), path)
    return path


def bare(path: Path | str | None, key: str = "") -> Clip:
    """A clip without a published length."""
    return replace(make_clip(f"c/{key or Path(str(path)).name}", 1, "Joy", path=path), published_span=None)


def subtitles(path: Path) -> None:
    text = path.with_suffix(".srt")
    text.write_text("1\n00:00:00,000 --> 00:00:01,000\nhi\n")
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(text), "-c:s", "mov_text", str(path)], check=True)


def truncated(path: Path) -> None:
    """An mp4 whose table, at its end, is cut off."""
    entire = path.with_name("entire.mp4")
    encode = [
        "ffmpeg",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "testsrc=s=64x48:r=8:d=3",
        "-c:v",
        "mpeg4",
        "-y",
        str(entire),
    ]
    subprocess.run(encode, check=True)
    path.write_bytes(entire.read_bytes()[:3000])


def encrypted(path: Path) -> None:
    """An mp4 that opens, with nothing that can be decoded."""
    key = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb"]
    key += ["-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"]
    content = [
        "-f",
        "lavfi",
        "-i",
        "testsrc=s=64x48:r=8:d=3",
        "-f",
        "lavfi",
        "-i",
        "sine=d=3",
        "-c:v",
        "libx264",
        "-c:a",
        "aac",
    ]
    subprocess.run(["ffmpeg", "-v", "error", *content, *key, str(path)], check=True)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_bytes(b""), "the source is empty"),
    "text": (lambda path: path.write_text("hello " * 99), "opening the container failed"),
    "truncated": (truncated, "opening the container failed"),
    "folder": (lambda path: path.mkdir(), "source must be a regular file, got a folder"),
    "pipe": (lambda path: os.mkfifo(path), "source must be a regular file, got a pipe or a device"),
    "broken link": (lambda path: path.symlink_to("nowhere.mp4"), "there is no such file"),
    "missing": (lambda path: None, "there is no such file"),
    "encrypted": (encrypted, "video track 0 (h264) gives nothing, since it is encrypted"),
    "without frames and samples": (subtitles, "the file holds neither frames nor samples, so it lasts 0 s"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_is_left_out_counted_and_listed(name: str, tmp_path: Path) -> None:
    make, fact = BROKEN[name]
    path = tmp_path / "bad.mp4"
    make(path)
    items = [bare(film(tmp_path / "a.mov")), bare(path), bare(film(tmp_path / "b.mov", 3))]
    with pytest.warns(
        UserWarning, match="the plan leaves out 1 item whose file cannot be read, such as 'c/bad.mp4'"
    ) as warned:
        plan = WindowPlan(items, by="clip", order="sequential")
    assert len(warned) == 1 and warned[0].filename == __file__
    assert [window.key for window in plan.windows()] == ["c/a.mov@0-5", "c/b.mov@0-3"]
    (skipped,) = plan.skipped
    assert (skipped.key, skipped.path) == ("c/bad.mp4", str(path))
    assert skipped.reason.startswith(fact) and "\n" not in skipped.reason
    summary = plan.summary()
    assert (summary.skipped, summary.left_out, summary.items) == (plan.skipped, 1, 2)
    assert json.loads(json.dumps(summary.as_dict()))["skipped"] == [
        {"key": "c/bad.mp4", "path": str(path), "reason": skipped.reason}
    ]
    assert "1 item whose file cannot be read, such as 'c/bad.mp4'" in str(summary)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same = WindowPlan(items, by="clip", order="sequential", on_error="skip")
    assert (same.fingerprint, same.skipped) == (plan.fingerprint, plan.skipped)
    # Ranks that can read other files have other plans, and refuse each other's states.
    assert WindowPlan([items[0], items[2]], by="clip", order="sequential").fingerprint != plan.fingerprint
    with pytest.raises(SourceUnreadable) as caught:
        WindowPlan(items, by="clip", on_error="raise")
    assert str(caught.value).startswith(f"1 file of 3 items cannot be read, first that of 'c/bad.mp4' ({fact}")
    assert str(caught.value).endswith(f'pass on_error="skip": "{path}"')
    assert (caught.value.key, caught.value.path) == ("c/bad.mp4", str(path))
    assert str(caught.value.__cause__) == skipped.reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_left_out(tmp_path: Path) -> None:
    path = film(tmp_path / "bad.mov")
    path.chmod(0)
    plan = WindowPlan([bare(path), bare(film(tmp_path / "a.mov"))], by="clip", on_error="skip")
    assert [each.key for each in plan.skipped] == ["c/bad.mov"]


def test_skip_opens_every_file_of_plans_that_know_their_lengths(tmp_path: Path) -> None:
    good, bad = film(tmp_path / "a.mov"), tmp_path / "b.mov"
    bad.write_bytes(b"no film" * 99)
    films = [make_monologue(f"s/{path.stem}", 5, [(0, 5, "Joy")], path=path) for path in (good, bad)]
    apart = make_monologue("s/c", 5, [(0, 5, "Joy")])
    assert len(WindowPlan([*films, apart], 1)) == 15, "what is published is enough by default"
    plan = WindowPlan([*films, apart], 1, on_error="skip")
    assert ([each.key for each in plan.skipped], len(plan)) == (["s/b"], 10)
    assert plan.fingerprint != WindowPlan([films[0], apart], 1).fingerprint
    with pytest.raises(SourceUnreadable, match="1 file of 3 items cannot be read, first that of 's/b'"):
        WindowPlan([*films, apart], 1, on_error="raise")
    published = [make_clip(f"c/{path.stem}", 2, "Joy", path=path) for path in (good, bad)]
    plan = WindowPlan(published, by="clip", on_error="skip")
    # The published length counts, though the file is longer.
    assert [window.span.duration for window in plan.windows()] == [2]
    assert len(WindowPlan(published, by="clip")) == 2
    with Media(good) as media:
        mixed = WindowPlan([media, *films], 1, on_error="skip")
        assert (len(mixed), [each.key for each in mixed.skipped]) == (10, ["s/b"])


def test_given_lengths_win_and_what_is_not_given_is_measured(tmp_path: Path) -> None:
    items = [bare(film(tmp_path / f"{n}.mov", n), str(n)) for n in (2, 3, 4)]
    plan = WindowPlan(items, by="clip", order="sequential", durations={"c/2": 1})
    assert [window.span.duration for window in plan.windows()] == [1, 3, 4]

    def some(path: str) -> Any:
        return {"2.mov": "1/2", "3.mov": None}.get(Path(path).name, 9)

    plan = WindowPlan(items, by="clip", order="sequential", durations=some)
    assert [window.span.duration for window in plan.windows()] == [Fraction(1, 2), 3, 9]


@pytest.mark.parametrize("answer", ["nan", "inf", "zero", "text", "OSError", "RuntimeError", "SourceUnreadable"])
def test_a_function_that_cannot_tell_leaves_the_file_out(answer: str, tmp_path: Path) -> None:
    items = [bare(film(tmp_path / f"{n}.mov", n), str(n)) for n in (2, 3)]

    def probe(path: str) -> Any:
        if path.endswith("3.mov"):
            return 3
        failures = {
            "OSError": OSError("ffprobe: no"),
            "RuntimeError": RuntimeError("no"),
            "SourceUnreadable": SourceUnreadable("no"),
        }
        if answer in failures:
            raise failures[answer]
        return {"nan": float("nan"), "inf": float("inf"), "zero": 0, "text": "N/A"}[answer]

    plan = WindowPlan(items, by="clip", durations=probe, on_error="skip")
    assert ([each.key for each in plan.skipped], len(plan)) == (["c/2"], 1)
    with pytest.warns(UserWarning, match="1 item whose file cannot be read"):
        assert WindowPlan(items, by="clip", durations=probe).fingerprint == plan.fingerprint
    with pytest.raises((SourceUnreadable, InvalidArgument)) as caught:
        WindowPlan(items, by="clip", durations=probe, on_error="raise")
    assert caught.value.key == "c/2"
    assert isinstance(caught.value, InvalidArgument) == (answer in ("nan", "inf", "zero", "text"))


def test_a_mistake_in_a_function_of_lengths_is_no_bad_file(tmp_path: Path) -> None:
    def wrong(path: str) -> Any:
        return {"": 1}[path]

    with pytest.raises(KeyError):
        WindowPlan([bare(film(tmp_path / "a.mov"))], by="clip", durations=wrong, on_error="skip")


def test_items_without_media_are_left_out_and_no_item_is_an_error(tmp_path: Path) -> None:
    items = [bare(film(tmp_path / "a.mov")), bare(None, "b"), bare(None, "c")]
    with pytest.warns(UserWarning, match="leaves out 2 items with neither a length nor media, such as 'c/b'"):
        plan = WindowPlan(items, by="clip")
    assert plan.skipped[0] == SkippedItem("c/b", None, "its length is not known, and no media are at hand")
    assert WindowPlan(items, by="clip", on_error="skip").fingerprint == plan.fingerprint
    message = refusal_of(lambda: WindowPlan(items, by="clip", on_error="raise"))
    assert message.startswith(
        "durations must hold the lengths of 2 of 3 items, such as 'c/b', got none; link media with attach"
    )
    (tmp_path / "d.mov").write_bytes(b"x")
    choices: tuple[PlanOnError | None, ...] = (None, "skip")
    for on_error in choices:
        with pytest.raises(SourceUnreadable, match="1 file of 2 items cannot be read"):
            WindowPlan([bare(tmp_path / "d.mov"), bare(None, "b")], by="clip", on_error=on_error)


def test_a_monologue_without_any_label_lasts_as_long_as_its_file(tmp_path: Path) -> None:
    film(tmp_path / "a.mov")
    (tmp_path / "l.csv").write_text("item,start,end,label\na,0,2,who knows\n")
    columns = {name: name for name in ("item", "start", "end", "label")}
    corpus = Corpus.from_folder(tmp_path, annotations="l.csv", columns=columns)
    unlabelled = corpus.with_items(
        monologues=[replace(each, utterances=(), duration=Fraction(0)) for each in corpus.monologues]
    )
    assert len(WindowPlan(unlabelled, 1, labels=None)) == 5
    nowhere = Monologue(key="s/a", name="a", title="a", language="", duration=Fraction(0))
    assert "the duration of 's/a' must be above 0, got 0" in refusal_of(lambda: WindowPlan([nowhere], 1))


def test_only_items_of_the_split_are_opened(tmp_path: Path) -> None:
    items = [bare(film(tmp_path / "a.mov")), bare(tmp_path / "none.mov")]
    assert len(WindowPlan(items, by="clip", split=["c/a.mov"], on_error="raise")) == 1


def test_a_mix_keeps_the_lists_of_its_plans(tmp_path: Path) -> None:
    items = [bare(film(tmp_path / "a.mov")), bare(tmp_path / "none.mov"), bare(None, "apart")]
    one = WindowPlan(items[:2], by="clip", on_error="skip")
    other = WindowPlan([items[0], items[2]], by="clip", on_error="skip")
    mixed = WindowPlan.mix([one, other, one], num_lanes=1)
    assert [each.key for each in mixed.skipped] == ["c/none.mov", "c/apart"]
    assert mixed.summary().left_out == 3
    assert pickle.loads(pickle.dumps(mixed)).skipped == mixed.skipped


def test_progress_counts_all_files_and_a_file_of_two_clips_once(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mov")
    items = [bare(path, "x"), bare(path, "y"), bare(film(tmp_path / "b.mov"))]
    calls: list[tuple[int, int]] = []
    plan = WindowPlan(items, by="clip", progress=lambda done, total: calls.append((done, total)))
    assert (len(plan), calls) == (3, [(1, 2), (2, 2)])


def test_what_was_measured_is_known_again_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted by what is opened, and compared with ffprobe."""
    monkeypatch.setattr("emos_io.media.record._SETTLED_NANOSECONDS", -1)
    folder = tmp_path / "media" / "of mine"
    folder.mkdir(parents=True)
    paths = [str(film(folder / f"{n}.mov", n)) for n in (2, 3)]
    opened: list[str] = []
    really = lengths._measure_one

    def counted(path: str) -> Fraction | EmosError:
        opened.append(path)
        return really(path)

    monkeypatch.setattr(lengths, "_measure_one", counted)
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]
    theirs = [Fraction(subprocess.check_output([*command, path], text=True).strip()) for path in paths]
    assert list(measure(paths).values()) == theirs == [2, 3]
    assert sorted(opened) == paths
    assert (folder / ".emos-media").is_file()
    assert measure(paths)[paths[0]] == 2 and len(opened) == 2, "from memory"
    monkeypatch.setattr(lengths, "_measured", {})
    assert measure(paths)[paths[0]] == 2 and len(opened) == 2, "from the sidecar"
    film(Path(paths[0]), 5)
    assert measure(paths)[paths[0]] == 5 and len(opened) == 3, "the file is another"
    monkeypatch.setattr(lengths, "_measured", {})
    for damage in (
        "",
        "{",
        '{"version": 1, "generation": 0, "files": {"2.mov": {"digests": [], "length": [1, "x"]}}}',
        "[]",
    ):
        (folder / ".emos-media").write_text(damage)
        lengths._measured.clear()
        assert list(measure(paths).values()) == [5, 3]
    monkeypatch.setattr("emos_io.media.record._SETTLED_NANOSECONDS", 2**62)
    lengths._measured.clear()
    (folder / ".emos-media").unlink()
    before = len(opened)
    assert [measure(paths)[paths[0]] for _ in range(2)] == [5, 5]
    assert len(opened) == before + 4, "a file that has just changed is measured each time"


@pytest.mark.parametrize(
    "seconds", ["1e999999999", "1E+999999999", "1e-999999999", "1/0", "nan", "-2", "0", "9" * 5000, "1/" + "9" * 99]
)
def test_a_damaged_length_of_a_sidecar_is_measured_again(
    seconds: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emos_io.media.record._SETTLED_NANOSECONDS", -1)
    path = str(film(tmp_path / "2.mov", 2))
    assert measure([path]) == {path: 2}
    record = next(tmp_path.rglob(".emos-media"))
    value = json.loads(record.read_text())
    (file,) = value["files"].values()
    file["length"][-1] = seconds
    record.write_text(json.dumps(value))
    lengths._measured.clear()
    assert measure([path]) == {path: 2}


@pytest.mark.parametrize(("text", "fact"), [("y\nz", "y z"), ("a\r\n\tb; c", "a b"), ("", "RuntimeError")])
def test_what_a_function_says_is_one_line(text: str, fact: str, tmp_path: Path) -> None:
    items = [bare(film(tmp_path / f"{n}.mov", n), str(n)) for n in (2, 3)]

    def probe(path: str) -> int:
        if path.endswith("3.mov"):
            return 3
        raise RuntimeError(text)

    (skipped,) = WindowPlan(items, by="clip", durations=probe, on_error="skip").skipped
    assert skipped.reason.partition("; ")[0] == fact
    with pytest.raises(SourceUnreadable) as caught:
        WindowPlan(items, by="clip", durations=probe, on_error="raise")
    assert str(caught.value).startswith(f"1 file of 2 items cannot be read, first that of 'c/2' ({fact}); get it again")
    assert len(str(caught.value).splitlines()) == 1


def test_lengths_and_digests_share_a_sidecar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from emos_io.pipes.plan_media import PlanMedia

    monkeypatch.setattr("emos_io.media.record._SETTLED_NANOSECONDS", -1)
    folder = tmp_path / "media" / "of mine"
    folder.mkdir(parents=True)
    items = [bare(film(folder / f"{n}.mov", n)) for n in (2, 3)]
    plan = WindowPlan(items, by="clip")
    digest = PlanMedia(plan).digest()
    files = json.loads((folder / ".emos-media").read_text())["files"]
    assert {name: file["length"][-1] for name, file in files.items()} == {"2.mov": "2", "3.mov": "3"}
    assert all(len(file["digests"]) == 1 for file in files.values())
    lengths._measured.clear()
    assert WindowPlan(items, by="clip").fingerprint == plan.fingerprint
    assert PlanMedia(plan).digest() == digest
    assert json.loads((folder / ".emos-media").read_text())["generation"] == 0


@pytest.mark.parametrize(("seconds", "is_drawn"), [(0, True), (999, False)])
def test_a_bar_is_drawn_in_a_terminal_once_the_work_has_lasted(seconds: int, is_drawn: bool) -> None:
    script = f"from emos_io._progress import LateBar\nLateBar.SECONDS = {seconds}\n"
    script += "with LateBar('lengths') as bar:\n    bar.show(1, 3)\n    bar.show(3, 3)\n"
    reader, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    subprocess.run([sys.executable, "-c", script], stderr=terminal, env=environment, check=True)
    os.close(terminal)
    drawn = b""
    # Linux ends a terminal whose last writer is gone with an error.
    with suppress(OSError):
        while chunk := os.read(reader, 65_536):
            drawn += chunk
    os.close(reader)
    assert (b"lengths" in drawn and b"3/3" in drawn) == is_drawn
    assert bool(drawn) == is_drawn
    piped = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert piped.stderr == b""
