"""The matrix of votes: equal to the raters' columns in the published workbooks, and cases by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import release as workbooks

from emos_io.annotation import votes_matrix
from emos_io.corpus import Clip, Corpus, Vote
from emos_io.errors import InvalidArgument
from oracle.refusals import refusal_of


def clip_of(*votes: Vote) -> Clip:
    return Clip(key="a", source="own", language="en", text="", group={}, votes=votes)


def vote(rater: str, *labels: str, layer: str = "basic7", abstain: bool = False) -> Vote:
    return Vote(item="a", layer=layer, rater=rater, labels=labels, abstain=abstain)


@pytest.mark.parametrize("half", ["first", "last"])
def test_votes_of_the_release_are_those_of_the_workbooks(release: Corpus, half: str) -> None:
    published = workbooks.chsims(half)["votes"]
    clips = [clip for clip in release.clips if clip.source == "chsims"]
    part = clips[: len(published)] if half == "first" else clips[-len(published) :]
    found = votes_matrix(part, "basic7", workbooks.HALVES[half][1])
    assert found.dtype == np.int64
    assert np.array_equal(found, published)


def test_what_is_no_single_vote_is_left_out() -> None:
    clips = [
        clip_of(vote("ann", "Joy"), vote("bob", "Anger", "Joy"), vote("eve", abstain=True), vote("joe", "Fear")),
        clip_of(vote("ann", "joy", layer="goemotions"), vote("bob", "Fear"), vote("bob", "Sadness")),
    ]
    assert votes_matrix(clips, "basic7", ["eve", "bob", "ann"]).tolist() == [[-1, -1, 3], [-1, 5, -1]]
    assert votes_matrix([], "basic7", ["ann", "bob"]).shape == (0, 2)


@pytest.mark.parametrize("raters", ["ann", ["ann", "ann"]])
def test_raters_are_different_names(raters: str | list[str]) -> None:
    with pytest.raises(
        InvalidArgument, match=r"^raters must be different names, got .*ann.*; give a list of all of them$"
    ):
        votes_matrix([], "basic7", raters)


@pytest.mark.parametrize("raters", [None, 5, {"ann"}, [None], [["ann"]]], ids=repr)
def test_raters_are_names_in_an_order(raters: Any) -> None:
    assert refusal_of(lambda: votes_matrix([], "basic7", raters)).startswith("raters must be different names, got ")


def test_raters_may_be_any_iterable() -> None:
    clips = iter([clip_of(vote("ann", "Joy"))])
    assert votes_matrix(clips, "basic7", (name for name in ("bob", "ann"))).tolist() == [[-1, 3]]  # type: ignore[arg-type]


@pytest.mark.parametrize("clips", [None, "ab", clip_of(), [None]], ids=["none", "text", "clip", "none in a list"])
def test_clips_are_clips(clips: Any) -> None:
    assert refusal_of(lambda: votes_matrix(clips, "basic7", ["ann"])).startswith(
        "clips must be a sequence of clips, got "
    )


def test_layers_and_labels_are_those_of_taxonomies() -> None:
    with pytest.raises(InvalidArgument, match=r"^taxonomy must be one of basic7, .*, got 'mood'; "):
        votes_matrix([], "mood", ["ann"])
    with pytest.raises(InvalidArgument, match=r"^label must be one of Anger, .*, got 'joy'; basic7 has no other$"):
        votes_matrix([clip_of(vote("ann", "joy"))], "basic7", ["ann"])
