"""States know their media: what was replaced is named, what was only moved passes."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pipes_help import AUDIO, NUMPY, film

from emos_io.errors import SourceChanged
from emos_io.pipes import LaneBatches, WindowLoader
from emos_io.plan import WindowPlan
from oracle import clips

SIDECAR = ".emos-media"
NAMES = ("a", "b", "c")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "emos-io"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three media of 5 s in a folder."""
    media = tmp_path / "media"
    media.mkdir()
    for name in NAMES:
        shutil.copy(clips.counting_clip(seconds=5, rate=8_000), media / f"{name}.mov")
    return media


def plan_over(folder: Path, names: tuple[str, ...] = NAMES) -> WindowPlan:
    return WindowPlan([film(name, folder / f"{name}.mov", 5) for name in names], 2, 1, num_lanes=2, seed=3)


def loader(plan: WindowPlan, **options: Any) -> Any:
    return WindowLoader(plan, video=None, audio=AUDIO, collate=NUMPY, **options)


def lane_batches(plan: WindowPlan, **options: Any) -> Any:
    return LaneBatches(plan, **options)


class Steps:
    """`PlanSteps` with the methods of a loader."""

    def __init__(self, plan: WindowPlan, **options: Any) -> None:
        nodes = pytest.importorskip("emos_io.pipes.nodes", reason="torchdata is not installed", exc_type=ImportError)
        self.node = nodes.PlanSteps(plan, **options)
        self.node.reset()

    def state_dict(self) -> Any:
        return self.node.state_dict()

    def load_state_dict(self, state: Any) -> None:
        self.node.reset(state)


Make = Callable[..., Any]
every = pytest.mark.parametrize("make", [loader, lane_batches, Steps], ids=lambda make: make.__name__)


def replace(path: Path, seconds: int = 4) -> None:
    """Put another clip there."""
    shutil.copy(clips.counting_clip(seconds=seconds, rate=8_000), path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def same_size(path: Path) -> None:
    """Change the last bytes in place, and put the times back."""
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


@every
def test_a_state_has_one_digest_and_does_not_grow(make: Make, folder: Path) -> None:
    few, many = make(plan_over(folder, ("a",))).state_dict(), make(plan_over(folder)).state_dict()
    assert set(few) == set(many) == {"version", "epoch", "step", "plan", "media"}
    assert re.fullmatch("[0-9a-f]{16}", few["media"])
    assert len(json.dumps(few)) == len(json.dumps(many))
    assert few["media"] != many["media"]


@every
@pytest.mark.parametrize("change", [replace, same_size], ids=["replaced", "same size"])
@pytest.mark.parametrize("again", [False, True], ids=["new loader", "same loader"])
def test_media_that_were_replaced_raise_and_are_named(make: Make, change: Any, again: bool, folder: Path) -> None:
    plan = plan_over(folder)
    first = make(plan)
    state = first.state_dict()
    change(folder / "b.mov")
    # It is named as often as one tries, though the sidecar knows the new file since.
    for second in (first if again else make(plan_over(folder)), make(plan)):
        with pytest.raises(
            SourceChanged, match=r"^the file of 's/b' is not as it was when the state was saved; "
        ) as caught:
            second.load_state_dict(state)
        assert caught.value.path == str(folder / "b.mov")
        assert caught.value.key == "s/b"
        assert str(caught.value).endswith(f'check_media=False where they were only re-muxed: "{folder / "b.mov"}"')
    make(plan_over(folder), check_media=False).load_state_dict(state)


def test_a_state_that_was_refused_leaves_the_loader_where_it_is(folder: Path) -> None:
    with loader(plan_over(folder)) as first:
        others = {**first.state_dict(), "media": "0" * 16}
        iterator = iter(first)
        next(iterator)
        with pytest.raises(SourceChanged):
            first.load_state_dict(others)
        assert first.state_dict()["step"] == 1
        next(iterator)


@every
def test_media_as_they_were_pass(make: Make, folder: Path, tmp_path: Path) -> None:
    state = make(plan_over(folder)).state_dict()
    for name in NAMES:
        os.utime(folder / f"{name}.mov", (1, 1))
    make(plan_over(folder)).load_state_dict(state)
    moved = tmp_path / "elsewhere" / "deep"
    moved.parent.mkdir()
    folder.rename(moved)
    (moved / SIDECAR).unlink()
    second = make(plan_over(moved))
    second.load_state_dict(state)
    assert second.state_dict()["media"] == state["media"]


def test_a_file_that_came_back_passes(folder: Path, tmp_path: Path) -> None:
    state = loader(plan_over(folder)).state_dict()
    shutil.copy(folder / "c.mov", tmp_path / "kept.mov")
    replace(folder / "c.mov")
    with pytest.raises(SourceChanged, match="'s/c'"):
        loader(plan_over(folder)).load_state_dict(state)
    shutil.copy(tmp_path / "kept.mov", folder / "c.mov")
    loader(plan_over(folder)).load_state_dict(state)


@every
def test_without_the_sidecar_media_that_were_replaced_still_raise(make: Make, folder: Path) -> None:
    state = make(plan_over(folder)).state_dict()
    (folder / SIDECAR).unlink()
    replace(folder / "a.mov")
    with pytest.raises(
        SourceChanged, match=r"^the media changed after the state was saved, and no sidecar knows which file; "
    ):
        make(plan_over(folder)).load_state_dict(state)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"version": 9}',
        '{"version": 1, "generation": 0, "files": 3}',
        '{"version": 1, "generation": 0, "files": {"a.mov": {"digests": [[0, 1]], "stamp": 3}}}',
    ],
)
def test_a_damaged_sidecar_is_made_again(text: str, folder: Path) -> None:
    state = loader(plan_over(folder)).state_dict()
    (folder / SIDECAR).write_text(text)
    loader(plan_over(folder)).load_state_dict(state)
    replace(folder / "a.mov")
    with pytest.raises(SourceChanged, match="'s/a'"):
        loader(plan_over(folder)).load_state_dict(state)


def test_several_files_are_counted_and_the_first_is_named(folder: Path) -> None:
    state = loader(plan_over(folder)).state_dict()
    replace(folder / "b.mov")
    (folder / "c.mov").unlink()
    text = "^the files of 2 items, such as 's/b', are not as they were when the state was saved; .*/b.mov\"$"
    with pytest.raises(SourceChanged, match=text):
        loader(plan_over(folder)).load_state_dict(state)


def test_each_of_several_states_has_its_media(folder: Path) -> None:
    states = [loader(plan_over(folder)).state_dict()]
    for name in ("a", "b"):
        replace(folder / f"{name}.mov")
        states.append(loader(plan_over(folder)).state_dict())
    loader(plan_over(folder)).load_state_dict(states[2])
    for state, text in ((states[1], "the file of 's/b'"), (states[0], "the files of 2 items, such as 's/a'")):
        with pytest.raises(SourceChanged, match=f"^{text}"):
            loader(plan_over(folder)).load_state_dict(state)


def test_plans_over_one_folder_share_its_sidecar(folder: Path) -> None:
    one, other = plan_over(folder, ("a", "b")), plan_over(folder, ("b", "c"))
    states = [loader(plan).state_dict() for plan in (one, other)]
    assert set(json.loads((folder / SIDECAR).read_text())["files"]) == {"a.mov", "b.mov", "c.mov"}
    replace(folder / "c.mov")
    loader(one).load_state_dict(states[0])
    with pytest.raises(SourceChanged, match="'s/c'"):
        loader(other).load_state_dict(states[1])


def test_a_folder_that_cannot_be_written_has_its_sidecar_in_the_cache(folder: Path, cache: Path) -> None:
    # No file can take the name of a folder; rights do not stop everybody.
    (folder / SIDECAR).mkdir()
    state = loader(plan_over(folder)).state_dict()
    assert len(list(cache.iterdir())) == 1
    replace(folder / "a.mov")
    with pytest.raises(SourceChanged, match="'s/a'"):
        loader(plan_over(folder)).load_state_dict(state)
    assert sorted(path.name for path in folder.iterdir()) == sorted([SIDECAR, *(f"{name}.mov" for name in NAMES)])


def test_re_muxed_media_pass_where_they_are_not_checked(folder: Path) -> None:
    plan = plan_over(folder)
    state = loader(plan).state_dict()
    replace(folder / "a.mov")
    for first, options in ((loader(plan), {"check_media": False}), (loader(plan, check_media=False), {})):
        first.load_state_dict(state, **options)
        # States that are saved from now on know the new files.
        again = first.state_dict()
        assert again["media"] != state["media"]
        loader(plan).load_state_dict(again)
    with pytest.raises(SourceChanged):
        loader(plan, check_media=False).load_state_dict(state, check_media=True)


def test_a_state_made_by_a_plan_knows_no_media(folder: Path) -> None:
    plan = plan_over(folder)
    replace(folder / "a.mov")
    loader(plan).load_state_dict(plan.state(1, 2))
    assert plan.state(1, 2)["media"] is None


def test_items_without_media_have_a_digest_too_and_leave_no_file_behind(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (None, "nosuch.mov", str(tmp_path / "nosuch" / "a.mov")):
        plan = WindowPlan([film("a", path, 5)], 2, 1, num_lanes=1)
        first = loader(plan, on_error="mask")
        first.load_state_dict(first.state_dict())
    assert not cache.exists()
    assert list(tmp_path.iterdir()) == []


def test_media_that_came_after_the_state_raise(folder: Path) -> None:
    (folder / "c.mov").rename(folder / "away")
    state = loader(plan_over(folder), on_error="mask").state_dict()
    (folder / "away").rename(folder / "c.mov")
    with pytest.raises(SourceChanged):
        loader(plan_over(folder), on_error="mask").load_state_dict(state)


def test_files_that_a_sidecar_knows_are_read_again_only_where_they_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else a file must lie there for two seconds.
    monkeypatch.setattr("emos_io.media.record._SETTLED_NANOSECONDS", -1)
    media = loader(plan_over(folder)).state_dict()["media"]
    known = json.loads((folder / SIDECAR).read_text())
    known["files"]["b.mov"]["digests"][-1][2] = "0" * 32
    (folder / SIDECAR).write_text(json.dumps(known))
    # What the sidecar says is believed.
    assert loader(plan_over(folder)).state_dict()["media"] != media
    os.utime(folder / "b.mov")
    assert loader(plan_over(folder)).state_dict()["media"] == media
