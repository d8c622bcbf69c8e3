"""Whose audio an item gets: at every step another speaker's, with another label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from emos_io.corpus import Monologue, taxonomy
from emos_io.errors import InvalidArgument
from emos_io.inference import Donors, DonorStep, Item
from emos_io.testing.items import make_clip, make_monologue

BASIC7 = taxonomy("basic7")
Labels = Sequence[tuple[Fraction | float | str | int, Fraction | float | str | int, str]]


def monologue(name: str, seconds: str, labels: Labels, *, speaker: str | None = None) -> Monologue:
    item = make_monologue(f"own/{name}", seconds, labels)
    return replace(item, group={} if speaker == "" else {"speaker": speaker or name})


def donors_of(items: Sequence[Monologue], seed: int = 0) -> Donors:
    return Donors(items, {item.key: Fraction(item.duration) for item in items}, BASIC7, seed)


def labels_of(item: Monologue, count: int) -> list[str | None]:
    return item.labels("basic7").at(Fraction(step, 4) for step in range(count))


ANN = monologue("ann", "4", [(0, 2, "Joy"), (2, 4, "Fear")])
BEN = monologue("ben", "4", [(0, 3, "Fear"), (3, 4, "Joy")])
CYD = monologue("cyd", "4", [(0, 4, "Sadness")])


def test_donors_speak_at_the_same_offset_with_another_label_and_stay_as_long_as_that_is_so() -> None:
    for seed in range(20):
        items = {item.key: item for item in (ANN, BEN, CYD)}
        steps = donors_of([ANN, BEN, CYD], seed).steps("own/ann")
        assert [each.step for each in steps] == list(range(16))
        for step, (donor, own) in enumerate(zip(steps, labels_of(ANN, 16), strict=True)):
            assert donor.key != "own/ann"
            assert labels_of(items[donor.key], 16)[donor.step] not in (own, None)
            assert donor.step == step
        changes = [step for step, (before, after) in enumerate(pairwise(steps), 1) if before.key != after.key]
        # Ben has Ann's label from 2 s to 3 s; Cyd never has.
        first = steps[0].key
        assert changes == ([8] if first == "own/ben" else [])
    found = {donors_of([ANN, BEN, CYD], seed).steps("own/ann")[0].key for seed in range(20)}
    assert found == {"own/ben", "own/cyd"}


def test_the_draw_is_by_seed_and_key_alone() -> None:
    first = donors_of([ANN, BEN, CYD], 4).steps("own/ann")
    assert donors_of([CYD, ANN, BEN], 4).steps("own/ann") == first


def test_a_shorter_donor_begins_again_and_its_last_part_of_a_step_is_not_used() -> None:
    short = monologue("short", "1.1", [(0, "1.1", "Sadness")])
    steps = donors_of([ANN, short]).steps("own/ann")
    assert steps == [DonorStep("own/short", step % 4) for step in range(16)]


def test_an_item_that_ends_within_a_step_has_a_donor_there() -> None:
    odd = monologue("odd", "2.1", [(0, "2.1", "Joy")])
    assert donors_of([odd, CYD]).steps("own/odd") == [DonorStep("own/cyd", step) for step in range(9)]


def test_where_no_donor_has_another_label_at_that_offset_the_smallest_shift_is_taken() -> None:
    late = monologue("late", "2", [(0, 1, "Joy"), (1, 2, "Fear")])
    joy = monologue("joy", "1", [(0, 1, "Joy")])
    assert donors_of([joy, late]).steps("own/joy") == [DonorStep("own/late", 4 + step) for step in range(4)]


def test_steps_without_a_label_keep_their_donor() -> None:
    gap = monologue("gap", "3", [(0, 1, "Joy"), (2, 3, "Joy")])
    steps = donors_of([gap, CYD, BEN], 1).steps("own/gap")
    assert len({each.key for each in steps}) == 1


def test_nobody_with_another_label_is_refused() -> None:
    same = monologue("same", "4", [(0, 4, "Joy")])
    with pytest.raises(InvalidArgument, match=r"got none for 'own/joy' at 0 s \(Joy\)"):
        donors_of([monologue("joy", "1", [(0, 1, "Joy")]), same]).steps("own/joy")
    with pytest.raises(InvalidArgument, match="got none for 'own/ann' at 0 s"):
        donors_of([ANN, monologue("twin", "4", [(0, 4, "Sadness")], speaker="ann")]).steps("own/ann")


def test_items_without_a_speaker_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="items must have a speaker for swap-audio, got none of 'own/who'"):
        donors_of([ANN, monologue("who", "1", [(0, 1, "Joy")], speaker="")])


def test_items_of_the_same_kind_come_first() -> None:
    items: list[Item] = [make_clip("own/a", 1, "Joy", speaker="a"), make_clip("own/b", 1, "Joy", speaker="b"), BEN, CYD]
    seconds = {item.key: Fraction(1) if item.key in ("own/a", "own/b") else Fraction(4) for item in items}
    for seed in range(10):
        # The other clip has the same label, so that a monologue gives its audio.
        assert {each.key for each in Donors(items, seconds, BASIC7, seed).steps("own/a")} <= {"own/ben", "own/cyd"}
        more = [*items, make_clip("own/c", 1, "Fear", speaker="c")]
        donors = Donors(more, {**seconds, "own/c": Fraction(1)}, BASIC7, seed)
        assert {each.key for each in donors.steps("own/a")} == {"own/c"}


def test_clips_have_one_label_all_the_time() -> None:
    clips = [make_clip("own/a", 1, "Joy", speaker="a"), make_clip("own/b", 2, "Joy", speaker="b")]
    clips.append(make_clip("own/c", "0.5", "Fear", speaker="c"))
    seconds = {"own/a": Fraction(1), "own/b": Fraction(2), "own/c": Fraction(1, 2)}
    donors = Donors(clips, seconds, BASIC7, 0)
    assert donors.steps("own/a") == [DonorStep("own/c", step % 2) for step in range(4)]
    assert {each.key for each in donors.steps("own/c")} <= {"own/a", "own/b"}
