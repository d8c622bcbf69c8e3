"""Files that are bad, silent, missing or hang: the epoch ends, shapes are kept, the issues say which."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pipes_help import (
    AUDIO,
    VIDEO,
    all_keys,
    film,
    films,
    frames_of,
    is_as_read_plainly,
    keys_of,
    loader_of,
    plan_of,
    waveform_of,
)

from emos_io import Span, errors
from emos_io.errors import ReadTimeout, quoted
from emos_io.pipes import AudioSpec, WindowDataset, WindowSample
from emos_io.plan import WindowPlan
from oracle import clips

PATIENCE_SECONDS = 60
"""What hangs, hangs for ever."""


def silent_clip(seconds: int) -> Path:
    return clips.make(["-f", "lavfi", "-i", f"testsrc2=s=64x16:r=25:d={seconds}", "-c:v", "qtrle"], ".mov")


@pytest.fixture
def garbage(tmp_path: Path) -> Path:
    path = tmp_path / "garbage.mov"
    path.write_bytes(np.random.default_rng(0).bytes(50_000))
    return path


def with_bad_files(garbage: Path) -> list[Any]:
    return [*films(4), film("garbage", garbage, 8), film("silent", silent_clip(6), 6)]


@pytest.mark.parametrize("order", ["shuffle", "contiguous"])
def test_one_bad_and_one_silent_file_on_two_ranks(order: str, garbage: Path) -> None:
    plan = plan_of(with_bad_files(garbage), order=order, num_lanes=4, windows_per_lane=2)
    loaders = [loader_of(plan, rank=rank, world_size=2, on_error="mask") for rank in range(2)]
    keys = []
    masked, quiet = set(), set()
    for batches in zip(*loaders, strict=True):
        assert len({(frames_of(batch).shape, waveform_of(batch).shape) for batch in batches}) == 1
        for batch in batches:
            keys += keys_of([batch])
            for row, key in enumerate(batch.keys):
                if key is None:
                    continue
                assert (batch.num_frames[row], batch.num_samples[row]) == (8, 16_000)
                if key.startswith("s/garbage@"):
                    masked.add(key)
                    assert not batch.valid[row] and not batch.label_valid[row] and not batch.labels[row].any()
                    assert not frames_of(batch)[row].any() and not batch.frame_valid[row].any()
                    assert not waveform_of(batch)[row].any() and not batch.waveform_valid[row].any()
                else:
                    assert batch.valid[row]
                if key.startswith("s/silent@"):
                    quiet.add(key)
                    assert frames_of(batch)[row].any() and batch.frame_valid[row].any()
                    assert not waveform_of(batch)[row].any() and not batch.waveform_valid[row].any()
    assert sorted(keys) == all_keys(plan)
    assert len(masked) == 7 and len(quiet) == 5
    lines = [line for loader in loaders for line in loader.issues.lines]
    assert {line.key for line in lines} == masked
    assert {(line.item, line.error, line.masked) for line in lines} == {("s/garbage", "SourceUnreadable", True)}
    assert sum(loader.issues.num_masked for loader in loaders) == 7


def test_an_error_has_the_key_and_how_to_have_the_window_again(garbage: Path) -> None:
    plan = WindowPlan([film("garbage", garbage, 8)], 2, 1, order="sequential")
    with WindowDataset(plan, video=VIDEO, audio=AUDIO) as dataset, pytest.raises(errors.SourceUnreadable) as raised:
        dataset[2]
    again = f"plan.window_by_key('s/garbage@2-4'): {quoted(str(garbage))}"
    error, cause = raised.value, raised.value.__cause__
    assert str(error).endswith(f"; window 's/garbage@2-4', to get it again: {again}")
    assert str(error).count(str(garbage)) == 1
    assert isinstance(cause, errors.SourceUnreadable)
    assert error.ffmpeg_message == cause.ffmpeg_message
    assert (error.key, error.path, error.span) == ("s/garbage@2-4", str(garbage), Span(2, 4))
    assert plan.window_by_key("s/garbage@2-4").number == 2


@pytest.mark.parametrize("num_threads", [1, 4])
def test_a_loader_raises_after_the_batches_before_the_error(num_threads: int, garbage: Path) -> None:
    plans = [plan_of(with_bad_files(garbage), num_lanes=4, seed=seed) for seed in range(20)]
    plan = next(plan for plan in plans if "s/garbage" not in items_of(plan, 0) | items_of(plan, 1))
    bad = [step for step in range(plan.num_steps()) if "s/garbage" in items_of(plan, step)]
    seen = 0
    loader = loader_of(plan, num_threads=num_threads, prefetch=3)
    with pytest.raises(errors.SourceUnreadable, match="window 's/garbage@"):
        for _ in loader:
            seen += 1
    assert seen == bad[0]
    assert loader.state_dict()["step"] == bad[0]
    assert not loading_threads()


def items_of(plan: WindowPlan, step: int) -> set[str]:
    return {plan.window(int(number)).item for number in plan.batch(0, step).numbers.flat if number >= 0}


def loading_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("emos-load")]


def test_missing_audio_is_silence_or_left_out_or_an_error() -> None:
    plan = WindowPlan([film("silent", silent_clip(6), 6)], 2, 2, order="sequential")
    with WindowDataset(plan, video=VIDEO, audio=AUDIO) as dataset:
        waveform = dataset[0].waveform
        assert (
            waveform is not None
            and waveform.shape == (1, 16_000)
            and not waveform.any()
            and not dataset[0].waveform_valid.any()
        )
    with WindowDataset(plan, video=VIDEO, audio=AUDIO, missing_audio="omit") as dataset:
        assert dataset[0].waveform is None and dataset[0].waveform_valid.shape == (0,)
    stereo = AudioSpec(8_000, num_channels=2)
    with WindowDataset(plan, video=VIDEO, audio=stereo) as dataset:
        waveform = dataset[0].waveform
        assert waveform is not None and waveform.shape == (2, 16_000) and not waveform.any()
    with loader_of(plan, audio=stereo, missing_audio="omit") as loader:
        assert {waveform_of(batch).shape for batch in loader} == {(1, 2, 16_000)}
    with loader_of(plan, missing_audio="omit") as loader:
        for batch in loader:
            assert waveform_of(batch).shape == (1, 1, 16_000) and batch.num_samples.tolist() == [0]
    raising: dict[str, Any] = {"video": VIDEO, "audio": AUDIO, "missing_audio": "raise"}
    with (
        WindowDataset(plan, **raising) as dataset,
        pytest.raises(errors.NoSuchTrack, match="s/silent@0-2"),
    ):
        dataset[0]
    with loader_of(plan, missing_audio="raise", on_error="mask") as loader:
        assert not any(batch.valid.any() for batch in loader)
        assert [line.error for line in loader.issues.lines] == ["NoSuchTrack"] * 3


def test_windows_after_the_end_of_the_media_are_listed() -> None:
    path = clips.counting_clip(seconds=5, rate=8_000)
    # The corpus says nine seconds, the file holds five.
    plan = WindowPlan([film("cut", path, 9)], 2, 1, order="sequential")
    with loader_of(plan, on_error="mask") as loader:
        rows = [(bool(batch.valid[0]), bool(batch.frame_valid[0].any())) for batch in loader]
        lines = loader.issues.lines
    assert rows == [(True, True)] * 5 + [(False, False)] * 3
    assert [(line.key, line.error) for line in lines] == [(f"s/cut@{n}-{n + 2}", "TimeOutOfRange") for n in (5, 6, 7)]
    with loader_of(plan) as loader, pytest.raises(errors.TimeOutOfRange, match=r"nothing of \[5, 7\) is in the media"):
        list(loader)


def test_an_item_without_media_says_so() -> None:
    plan = WindowPlan([film("a", None, 6)], 2, 2, order="sequential")
    with loader_of(plan) as loader, pytest.raises(errors.SourceNotFound, match="link the corpus to its media"):
        next(iter(loader))


def test_a_file_that_goes_missing_in_mid_epoch_is_masked_from_there_on(tmp_path: Path) -> None:
    path = tmp_path / "gone.mov"
    shutil.copy(clips.counting_clip(seconds=9, rate=8_000), path)
    # Read one run after the other, by one lane.
    plan = WindowPlan([film("gone", path, 9), *films(2)], 2, 1, order="shuffle", num_lanes=1, run_length=2, seed=5)
    with loader_of(plan, on_error="mask", max_open_files=1) as loader:
        batches: list[Any] = []
        for batch in loader:
            batches.append(batch)
            if path.exists() and any(key and key.startswith("s/gone@") for key in batch.keys):
                path.unlink()
        lines = loader.issues.lines
    assert sorted(keys_of(batches)) == all_keys(plan)
    lost = {key for batch in batches for key, valid in zip(batch.keys, batch.valid, strict=True) if not valid}
    assert lost and all(key.startswith("s/gone@") for key in lost)
    assert {line.key for line in lines} == lost
    assert {line.error for line in lines} <= {"SourceNotFound", "SourceChanged"}
    assert len({(frames_of(batch).shape, waveform_of(batch).shape) for batch in batches}) == 1


def test_damage_within_a_file_masks_no_more_than_it_must(tmp_path: Path) -> None:
    words = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=10", "-c:v", "libx264", "-g", "25", "-bf", "0"]
    path_before = clips.make([*words, "-pix_fmt", "yuv420p"], ".mkv")
    data = bytearray(path_before.read_bytes())
    at = len(data) // 2
    data[at : at + 600] = np.random.default_rng(1).bytes(600)
    path = tmp_path / "damaged.mkv"
    path.write_bytes(data)
    plan = WindowPlan([film("damaged", path, 10)], 2, 1, order="sequential")
    with loader_of(plan, on_error="mask", audio=None) as loader:
        batches = list(loader)
        lines = loader.issues.lines
    damaged_keys = {
        key for batch in batches for key in batch.keys if batch.damaged.any() or not batch.frame_valid.all()
    }
    assert damaged_keys and len(damaged_keys) < len(plan)
    assert {line.key for line in lines} == damaged_keys
    assert all(batch.valid.all() for batch in batches)


HOLD = """
import fcntl, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
file = open(sys.argv[1], "r+b")
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Path]:
    """A good file that nobody can open until the test is over: another process holds a lease on it."""
    path = tmp_path / "hanging.mov"
    shutil.copy(clips.counting_clip(seconds=9, rate=8_000), path)
    words = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        if holder.stdout.readline() != b"held\n":
            pytest.skip("this file system gives no leases, by which an open can be made to wait")
        yield path
        holder.communicate(b"", timeout=PATIENCE_SECONDS)
    for thread in threading.enumerate():
        if thread.name == "emos-read":
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


def test_a_file_that_hangs_is_masked_and_the_epoch_ends(hanging: Path) -> None:
    plan = plan_of([*films(2), film("hanging", hanging, 9)], num_lanes=4)
    with loader_of(plan, on_error="mask", timeout=0.3) as loader:
        batches = list(loader)
        lines = loader.issues.lines
    assert sorted(keys_of(batches)) == all_keys(plan)
    masked = {key for batch in batches for key, valid in zip(batch.keys, batch.valid, strict=True) if key and not valid}
    assert masked == {key for key in all_keys(plan) if key.startswith("s/hanging@")}
    assert {line.key for line in lines} == masked
    assert {line.error for line in lines} == {"ReadTimeout"}
    # It is waited for once a run, not once a window.
    runs = sum(int(batch.is_start[row]) for batch in batches for row, key in enumerate(batch.keys) if key in masked)
    assert runs < len(masked)
    assert sum(thread.name == "emos-read" for thread in threading.enumerate()) <= runs
    assert not loading_threads()


def test_a_file_that_hangs_is_an_error_with_its_path_and_key(hanging: Path) -> None:
    plan = WindowPlan([film("hanging", hanging, 9)], 2, 1, order="sequential")
    with (
        WindowDataset(plan, video=VIDEO, audio=AUDIO, timeout=0.2) as dataset,
        pytest.raises(ReadTimeout, match=r"longer than 0.2 s; .*; window 's/hanging@1-3', .* \".*hanging.mov\"$"),
    ):
        dataset[1]


def test_a_call_is_given_up_after_its_time() -> None:
    from emos_io.pipes.reading import call_with_timeout

    done = threading.Event()
    try:
        with pytest.raises(ReadTimeout, match=r"a read took longer than 0\.05 s"):
            call_with_timeout(0.05, done.wait)
    finally:
        done.set()
    assert call_with_timeout(60, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        call_with_timeout(60, lambda: 1 // 0)


def test_an_error_of_a_transform_names_the_window_and_is_never_masked() -> None:
    plan = plan_of(films(1), order="sequential", num_lanes=1)

    def fail(sample: WindowSample, rng: np.random.Generator) -> WindowSample:
        raise KeyError("colour")

    with loader_of(plan, transform=fail, on_error="mask") as loader, pytest.raises(KeyError) as raised:
        next(iter(loader))
    assert raised.value.__notes__ == ["in window 's/0@0-2'; to get it again: plan.window_by_key('s/0@0-2')"]


def test_windows_after_masked_ones_are_as_read_plainly(garbage: Path) -> None:
    plan = plan_of(with_bad_files(garbage)[:5], num_lanes=2)
    with WindowDataset(plan, video=VIDEO, audio=AUDIO, on_error="mask") as dataset:
        for sample in dataset.__getitems__(range(len(plan))):
            if sample.valid and sample.key is not None:
                is_as_read_plainly(sample, plan.window_by_key(sample.key))
        assert dataset.issues.num_masked == 7
        assert "7 windows masked, 0 damaged" in str(dataset.issues)


INTERRUPTED = """
import os, signal, sys, threading
# A process that was started in the background inherits that it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path[:0] = sys.argv[1].split(os.pathsep)
from pipes_help import digest, films, loader_of, plan_of

main = threading.main_thread()
done = threading.Event()
def wait(sample, rng):
    if sample.span is not None and sample.span.start == 3:
        os.kill(os.getpid(), signal.SIGINT)
        done.wait(30)
    return sample

plan = plan_of(films(1), order="sequential", num_lanes=1)
loader = loader_of(plan, transform=wait, prefetch=1)
batches = []
try:
    for batch in loader:
        batches.append(batch)
except KeyboardInterrupt:
    print("interrupted", len(batches), loader.state_dict()["step"])
done.set()
loader.close()
print([t.name for t in threading.enumerate() if t.name.startswith("emos")], "end")
"""


def test_ctrl_c_ends_a_wait() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, os.pathsep.join(sys.path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if not line.startswith("ffmpeg")]
    assert (done.returncode, lines) == (0, ["interrupted 3 3", "[] end"]), done.stderr


def test_what_is_left_by_an_exit_in_mid_epoch_hangs_nothing() -> None:
    script = INTERRUPTED.split("main =")[0] + "loader = loader_of(plan_of())\nnext(iter(loader))\nprint('end')\n"
    done = subprocess.run(
        [sys.executable, "-c", script, os.pathsep.join(sys.path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "end", "")
