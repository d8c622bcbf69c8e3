"""What plans say of the published release."""

from __future__ import annotations

import pytest

from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument
from emos_io.plan import LabelRule, Windowing, WindowPlan
from emos_io.plan.order import ORDERS


def test_windows_of_four_seconds_are_as_measured(release: Corpus) -> None:
    """Only windows that lie entirely within their item are counted."""
    durations = {item.key: item.duration for item in release.monologues}
    spoken = {item.key: [each.span for each in item.sentences] for item in release.monologues}
    plan = WindowPlan(release, 4, "0.5", order="sequential")
    windows = [window for window in plan.windows() if window.label_span.end <= durations[window.item]]
    assert len(windows) == 11_110
    mixed = sum(len({label for _, part in each.labels.timeline for label in part}) > 1 for each in windows)
    untouched = sum(not each.labels.timeline for each in windows)
    unlabelled = sum(not each.labels.valid for each in windows)
    inside = sum(any(span.start < each.span.end < span.end for span in spoken[each.item]) for each in windows)
    shares = [f"{100 * count / len(windows):.1f}" for count in (mixed, untouched, unlabelled, inside)]
    assert shares == ["9.0", "7.0", "15.7", "63.9"]


def test_orders_of_the_release_keep_their_promises(release: Corpus) -> None:
    summaries = {order: WindowPlan(release, 4, "0.5", order=order).summary(fps=25) for order in ORDERS[1:]}
    for summary in summaries.values():
        assert (summary.windows, summary.items, summary.left_out) == (11_154, 46, 9_403)
        assert round(summary.hours, 3) == 1.591
    assert summaries["contiguous"].decoded_over_unique <= 1.1
    assert summaries["shuffle"].decoded_over_unique <= 1.5
    assert summaries["iid"].decoded_over_unique > 7
    assert summaries["shuffle"].items_per_batch > 7


def test_every_clip_with_a_published_length_is_one_window(release: Corpus) -> None:
    meld = release.with_items(clips=[clip for clip in release.clips if clip.source == "meld"])
    summary = WindowPlan(meld, Windowing(by="clip", max_length=20)).summary()
    assert (summary.windows, summary.masked, summary.cut) == (5_000, 0, 6)
    with pytest.raises(
        InvalidArgument, match=r"durations must hold the lengths of 4403 of 9403 items, such as 'chsims/"
    ):
        WindowPlan(release, by="clip", on_error="raise")
    with pytest.warns(UserWarning, match="leaves out 4,403 items with neither a length nor media"):
        rest = WindowPlan(release, by="clip")
    assert (len(rest), len(rest.skipped), rest.summary().left_out) == (5_000, 4_403, 4_403 + 46)


def test_a_missing_layer_is_refused_with_a_list_of_those_there(release: Corpus) -> None:
    with pytest.raises(
        InvalidArgument, match="labels must be a layer of the items, basic7 or goemotions or intensity, got 'valence'"
    ):
        WindowPlan(release, 4, labels="valence")


def test_intensity_is_a_layer_like_others(release: Corpus) -> None:
    plan = WindowPlan(release, 4, "0.5", labels=LabelRule("intensity", label_at="overlap"))
    assert set(plan.classes) <= {"1", "2", "3", "4", "5"}
    assert plan.summary().unlabelled < len(plan) / 10
