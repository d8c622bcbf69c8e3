"""The summary counts what an oracle counts: frames one by one, windows one by one."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from plan_help import clip, many_films, monologue, orders, quarters, steps_of

from emos_io.cli.plan import plan as command
from emos_io.corpus import Corpus, Monologue
from emos_io.plan import LabelRule, Windowing, WindowPlan

CLASS_ERROR = 0.00051
"""Half of the third digit, to which a summary rounds, and what the order of a sum leaves."""


def frames(span: Any, duration: Fraction, fps: int) -> set[int]:
    start, end = max(span.start, Fraction(0)), min(span.end, duration)
    return set(range(math.ceil(start * fps), math.ceil(end * fps))) if start < end else set()


@given(many_films(), quarters, orders, st.integers(1, 3), st.integers(1, 3), st.sampled_from([1, 7, 25]))
def test_frames_are_those_counted_one_by_one(
    items: list[Monologue], length: Any, order: Any, num_lanes: int, windows_per_lane: int, fps: int
) -> None:
    plan = WindowPlan(
        items,
        Windowing(length, "0.5", context="0.25"),
        order=order,
        num_lanes=num_lanes,
        windows_per_lane=windows_per_lane,
    )
    durations = {item.key: item.duration for item in items}
    needs = {window.number: frames(window.span, durations[window.item], fps) for window in plan.windows()}
    items_of = {window.number: window.item for window in plan.windows()}
    unique: dict[str, set[int]] = {item.key: set() for item in items}
    for number, need in needs.items():
        unique[items_of[number]] |= need
    decoded = 0
    batches = steps_of(plan, 0)
    for lane in range(num_lanes):
        decoded_of_item: set[int] = set()
        for batch in batches:
            for number, start in zip(batch.numbers[lane].tolist(), batch.is_start[lane].tolist(), strict=True):
                if number >= 0:
                    decoded_of_item = set() if start else decoded_of_item
                    decoded += len(needs[number] - decoded_of_item)
                    decoded_of_item |= needs[number]
    summary = plan.summary(fps=fps)
    assert summary.unit == "frames"
    assert summary.asked == sum(map(len, needs.values()))
    assert summary.unique == sum(map(len, unique.values()))
    assert summary.decoded == decoded
    assert summary.windows == len(plan)
    assert summary.masked_slots == sum(int((batch.numbers < 0).sum()) for batch in batches)
    counts = [len({items_of[number] for number in batch.numbers.ravel().tolist() if number >= 0}) for batch in batches]
    assert summary.items_per_batch == round(sum(counts) / len(counts), 6)


@given(many_films(), quarters, st.sampled_from(["end", "majority", "overlap"]))
def test_windows_of_each_kind_are_those_counted_one_by_one(items: list[Monologue], length: Any, rule: Any) -> None:
    plan = WindowPlan(items, length, "0.5", labels=LabelRule(label_at=rule))
    durations = {item.key: item.duration for item in items}
    sentences = {item.key: item.sentences for item in items}
    windows = list(plan.windows())
    summary = plan.summary()
    assert summary.mixed == sum(len({str(dict(part)) for _, part in each.labels.timeline}) > 1 for each in windows)
    assert summary.unlabelled == sum(not each.labels.timeline for each in windows)
    assert summary.masked == sum(not each.labels.valid for each in windows)
    assert summary.overhanging == sum(each.label_span.end > durations[each.item] for each in windows)
    assert summary.inside_sentence == sum(
        any(sentence.span.start < each.span.end < sentence.span.end for sentence in sentences[each.item])
        for each in windows
    )
    soft = np.sum([each.labels.soft.astype(float) for each in windows], axis=0)
    assert list(summary.classes.values()) == pytest.approx(soft.tolist(), abs=CLASS_ERROR)


@pytest.mark.parametrize(("length", "hop"), [("4", "0.5"), ("4", "4"), ("8", "0.25"), ("2", "1/3"), ("1", "5")])
def test_shared_decoding_stays_within_what_an_order_promises(length: str, hop: str) -> None:
    items = [monologue(str(number), 30 + 7 * number) for number in range(40)]
    ratios = {
        order: WindowPlan(items, length, hop, order=order).summary(fps=25).decoded_over_unique
        for order in ("contiguous", "shuffle", "iid")
    }
    assert ratios["contiguous"] <= 1.1
    assert ratios["shuffle"] <= 1.3
    assert ratios["iid"] >= ratios["shuffle"]


def test_an_item_of_many_chunks_is_counted_as_one() -> None:
    item = monologue("a", 40_000, ((0, 30_000, "Joy"), (30_000, 39_000, "Fear")))
    summary = WindowPlan([item], 4, "0.5", order="sequential").summary(fps=25)
    assert summary.windows == 79_993
    assert (summary.unique, summary.decoded) == (1_000_000, 1_000_000)
    assert summary.hours == round(40_000 / 3600, 6)
    # Ends on (30000, 30004) and (39000, 39004): seven windows hold both labels, and 1993 touch none.
    assert (summary.mixed, summary.unlabelled) == (7, 1993)


def test_a_summary_is_json_and_a_table() -> None:
    summary = WindowPlan([monologue("a", 20, ((0, 4, "Joy"),))], 4, "0.5", num_lanes=2).summary()
    values = json.loads(json.dumps(summary.as_dict(), allow_nan=False))
    assert values["windows"] == 33
    assert values["run_length"] == [28]
    assert values["unit"] == "seconds"
    text = str(summary)
    assert "33 of 1 items" in text
    assert text.count("\n") == len(summary.rows()) - 1
    assert values["batch_bytes"] == 2 * (16 * 224 * 224 * 3 + 64_000 * 4)


def test_batches_are_as_large_as_asked() -> None:
    plan = WindowPlan([clip("a", 1, "Joy"), clip("b", 2, "Joy")], by="clip", num_lanes=1)
    summary = plan.summary(video_fps=2, size=(10, 20), sample_rate=100)
    assert (summary.batch_bytes, summary.batch_bytes_at_most) == (2 * (2 * 600 + 400), round(2.5 * (2 * 600 + 400)))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    films = [monologue(str(number), 20 + number, ((0, 9, "Joy"), (9, 12, "Fear")), ((1, 2),)) for number in range(3)]
    Corpus([clip("a", 3, "Joy"), clip("b", 9, "Fear")], films).save(tmp_path / "saved")
    return tmp_path / "saved"


@pytest.mark.parametrize(
    ("cut", "windows"),
    [
        (["--hop", "0.5"], 33 + 35 + 37),
        (["--by", "clip"], 2),
        (["--by", "utterance"], 6),
        (["--by", "sentence"], 3),
        (["--by", "change"], 3),
    ],
)
def test_the_command_prints_the_summary(saved: Path, cut: list[str], windows: int) -> None:
    for order in ("shuffle", "sequential"):
        done = CliRunner().invoke(command, [str(saved), "--length", "4", *cut, "--order", order, "--json"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["windows"] == windows
    printed = CliRunner().invoke(command, [str(saved), "--length", "4", *cut])
    assert f"{windows} of" in printed.stdout


def test_the_command_takes_media(counting_clip: Any) -> None:
    path = counting_clip(fps="25", seconds=2)
    done = CliRunner().invoke(command, [str(path), "--length", "1", "--hop", "0.5", "--fps", "25", "--json"])
    summary = json.loads(done.stdout)
    assert (summary["windows"], summary["unique"], summary["unlabelled"]) == (3, 50, 3)


def test_the_command_takes_a_batch_size_and_old_flags(saved: Path) -> None:
    for words, shape in (
        (["--batch-size", "6"], (6, 1)),
        (["--batch-size", "6", "--num-lanes", "2"], (2, 3)),
        (["--lanes", "2", "--per-lane", "2", "--boundary-slack", "1/2"], (2, 2)),
    ):
        done = CliRunner().invoke(command, [str(saved), "--length", "4", *words, "--json"])
        summary = json.loads(done.stdout)
        assert (summary["num_lanes"], summary["windows_per_lane"]) == shape
