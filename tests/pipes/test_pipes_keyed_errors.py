"""Errors of loaders, datasets and nodes keep what they know, and name the call that gives the window again."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from pipes_help import AUDIO, NUMPY, VIDEO, film, loader_of

from emos_io import Media, Span, errors
from emos_io.errors import EmosError, quoted
from emos_io.pipes import WindowDataset, media_durations
from emos_io.pipes.issues import ReadIssues, with_key
from emos_io.pipes.reading import ReadOptions, Run
from emos_io.pipes.specs import SampleSpec
from emos_io.plan import Windowing, WindowPlan
from oracle import clips


@pytest.fixture
def garbage(tmp_path: Path) -> Path:
    path = tmp_path / "garbage.mov"
    content = clips.counting_clip(seconds=5, rate=8_000).read_bytes()
    # Without its tables, which lie at the end: FFmpeg logs what it lacks.
    path.write_bytes(content[: len(content) // 2])
    return path


def plan_over(path: Path | str | None, seconds: int = 8) -> WindowPlan:
    windowing = Windowing(2, 1, context="1/3", lookahead=1)
    return WindowPlan([film("x", path, seconds)], windowing, order="sequential")


def read_by_loader(plan: WindowPlan) -> object:
    with loader_of(plan) as loader:
        return list(loader)


def read_by_dataset(plan: WindowPlan) -> object:
    with WindowDataset(plan, video=VIDEO, audio=AUDIO) as dataset:
        return dataset[0]


def read_by_nodes(plan: WindowPlan) -> object:
    pytest.importorskip("torchdata")
    from emos_io.pipes import nodes

    node = nodes.CollateSteps(nodes.Decode(nodes.PlanSteps(plan), video=VIDEO, audio=AUDIO), NUMPY)
    node.reset()
    return next(node)


@pytest.mark.parametrize("read", [read_by_loader, read_by_dataset, read_by_nodes])
def test_every_way_of_reading_keeps_what_an_error_knows(read: Callable[[WindowPlan], object], garbage: Path) -> None:
    with pytest.raises(errors.SourceUnreadable) as plain:
        Media(garbage)
    assert plain.value.ffmpeg_message and "moov atom" in plain.value.ffmpeg_message
    plan = plan_over(garbage)
    with pytest.raises(errors.SourceUnreadable) as raised:
        read(plan)
    error, first = raised.value, plan.window(0)
    assert error.ffmpeg_message and "moov atom not found" in error.ffmpeg_message
    assert (error.key, error.path, error.span) == (first.key, str(garbage), first.span)
    assert str(error).endswith(f" {quoted(str(garbage))}")
    assert pickle.loads(pickle.dumps(error)).__dict__ == error.__dict__


def test_each_later_window_of_a_bad_file_has_its_own_key_and_span(garbage: Path) -> None:
    plan = plan_over(garbage)
    with WindowDataset(plan, video=VIDEO, audio=AUDIO) as dataset:
        windows = [plan.window(number) for number in range(3)]
        options = ReadOptions(SampleSpec(VIDEO, AUDIO))
        run = Run(dataset.files, options, str(garbage), [window.span for window in windows])
        messages = set()
        for window in windows:
            with pytest.raises(errors.SourceUnreadable) as raised:
                run.read(window, is_start=False, issues=ReadIssues())
            assert (raised.value.key, raised.value.span) == (window.key, window.span)
            assert raised.value.path == str(garbage)
            messages.add(raised.value.ffmpeg_message)
    assert len(messages) == 1 and None not in messages


def test_what_an_error_knows_goes_before_what_the_window_knows() -> None:
    planned = plan_over("/films/a b.mov").window(2)
    error = errors.DecodeError('frame 7 is damaged: "/other.mov"', path="/other.mov", span=Span(1, 2), index=7)
    error.ffmpeg_message = "bad"
    keyed = with_key(error, planned)
    assert type(keyed) is errors.DecodeError
    assert (keyed.path, keyed.span, keyed.index, keyed.ffmpeg_message) == ("/other.mov", Span(1, 2), 7, "bad")
    assert (error.key, str(error)) == (None, 'frame 7 is damaged: "/other.mov"')
    assert str(keyed) == (
        f"frame 7 is damaged; window {planned.key!r}, to get it again: "
        f'plan.window_by_key({planned.key!r}): "/films/a b.mov"'
    )


@pytest.mark.parametrize(
    "make", [errors.SourceNotFound, errors.SourceUnreadable, errors.ReadTimeout, errors.NoSuchItem, errors.TooLarge]
)
def test_every_class_keeps_its_text_and_attributes(make: type[EmosError]) -> None:
    planned = plan_over(None).window(0)
    keyed = with_key(make("nothing here", index=3), planned)
    assert type(keyed) is make
    assert str(keyed) == (f"nothing here; window {planned.key!r}, to get it again: plan.window_by_key({planned.key!r})")
    assert (keyed.key, keyed.span, keyed.path, keyed.index) == (planned.key, planned.span, None, 3)


def test_durations_name_the_item(garbage: Path) -> None:
    with pytest.raises(errors.SourceUnreadable) as raised:
        media_durations([film("x", garbage, 8)])
    assert (raised.value.key, raised.value.path) == ("s/x", str(garbage))
