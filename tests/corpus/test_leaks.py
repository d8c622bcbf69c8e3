"""What the sides of a division share: planted leaks are found, each alone, and nothing else is."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import (
    Clip,
    Corpus,
    Folds,
    Leak,
    LeakReport,
    Monologue,
    Sentence,
    Split,
    Utterance,
    leaks,
)
from emos_io.errors import InvalidArgument

LONG = "I have never seen him before in all my life"
NEAR_LONG = "I have never seen him before, in all of my life!"
CHINESE = "静娴格格，主子和奴才尊卑有别"
EMOS_FITTED = 2_499 + 1_904 + 2_000
"""Decisions of the release that were fitted: all of CH-SIMS, and the last 2,000 of MELD."""


def clip(key: str, text: str = "", **more: Any) -> Clip:
    return Clip(key=f"own/{key}", source="own", language="en", text=text, **more)


def divided(**sides: Sequence[str]) -> Split:
    """A split as somebody else may have made it."""
    keys = {side: tuple(f"own/{each}" for each in own) for side, own in sides.items()}
    return Split(
        keys["train"], keys["test"], None, 0.5, (), (), "", {}, validation=keys.get("validation", ()), kind="predefined"
    )


def found(clips: Sequence[Clip], **options: Any) -> LeakReport:
    """The leaks between clips whose names begin with a (train) and with b (test)."""
    names = [each.key.removeprefix("own/") for each in clips]
    sides = {side: [name for name in names if name[0] == first] for side, first in (("train", "a"), ("test", "b"))}
    return leaks(Corpus(clips), divided(**sides), **options)


def texts_of(report: LeakReport) -> list[str]:
    return [str(each) for each in report.findings]


class TestEachKindAlone:
    def test_nothing_leaks_where_nothing_is_shared(self) -> None:
        clips = [clip("a1", LONG, speaker="anna"), clip("b1", CHINESE, speaker="ben")]
        report = found(clips)
        assert (report.leaks, report.fitted, report.unassigned, report.unknown) == ((), (), (), {})
        assert len(report.findings) == 0
        assert report.counts == {"items": 2, "texts": 2, "media": 0}

    def test_groups_of_every_kind(self) -> None:
        clips = [
            clip("a1", group={"room": "r1", "video": "v1"}, speaker="anna"),
            clip("a2", group={"room": "r2", "video": "v2"}, speaker="ben"),
            clip("b1", group={"room": "r1", "video": "v3"}, speaker="anna"),
            clip("b2", group={"room": "r1", "video": "v4"}, speaker="ben"),
        ]
        report = found(clips)
        assert report.leaks == (
            Leak("group", ("r1",), {"train": ("own/a1",), "test": ("own/b1", "own/b2")}, "room"),
            Leak("group", ("anna",), {"train": ("own/a1",), "test": ("own/b1",)}, "speaker"),
            Leak("group", ("ben",), {"train": ("own/a2",), "test": ("own/b2",)}, "speaker"),
        )
        assert texts_of(report) == [
            "divided_group: 1 group of room is on both sides, with 1 item of train, 2 items of test: 'r1' (train 'own/a1', "
            "test 'own/b2'); keep that kind of group together, or say so: train and test",
            "divided_group: 2 groups of speaker are on both sides, with 2 items of train, 2 items of test: 'anna' (train "
            "'own/a1', test 'own/b1'); 'ben' (train 'own/a2', test 'own/b2'); keep that kind of group together, or say so: "
            "train and test",
        ]
        assert report.findings.at_least("fault") == report.findings

    def test_one_name_in_two_sources_is_two_people(self) -> None:
        clips = [clip("a1", speaker="anna"), Clip(key="own/b1", source="other", language="", speaker="anna")]
        assert found(clips).leaks == ()

    def test_speakers_of_dialogues_are_a_note_unless_they_were_to_stay_together(self) -> None:
        clips = [
            clip(f"{side}{n}", group={"dialogue": f"{side}{n}"}, speaker="Ross") for side in "ab" for n in range(2)
        ]
        report = found(clips)
        assert [(each.code, each.severity) for each in report.findings] == [("divided_group", "note")]
        assert report.leaks[0].sides["test"] == ("own/b0", "own/b1")
        asked = Split(("own/a0", "own/a1"), ("own/b0", "own/b1"), 1, 0.5, ("speaker",), (), "", {})
        assert leaks(Corpus(clips), asked).findings[0].severity == "fault"
        named = [clip(each.key[4:], group={**each.group, "speaker": "Ross"}) for each in clips]
        assert [each.severity for each in found(named).findings] == ["fault"]

    def test_speakers_of_utterances_and_films(self) -> None:
        def monologue(name: str, title: str, *speakers: str) -> Monologue:
            utterances = tuple(Utterance(index=n, span=Span(n, n + 1), speaker=each) for n, each in enumerate(speakers))
            return Monologue(
                key=f"own/{name}", name=name, title=title, language="en", duration=Fraction(9), utterances=utterances
            )

        items = [monologue("a1", "Heat", "anna", "ben"), monologue("b1", "Alien", "ben"), monologue("b2", "Heat", "cy")]
        report = leaks(Corpus(monologues=items), divided(train=["a1"], test=["b1", "b2"]))
        assert [(each.group, each.names, each.sides["test"]) for each in report.leaks] == [
            ("film", ("Heat",), ("own/b2",)),
            ("speaker", ("ben",), ("own/b1",)),
        ]

    def test_a_group_that_is_the_file_itself_is_none(self) -> None:
        clips = [
            Clip(key=f"folder/{name}", source="folder", language="", group={"video": name}) for name in ("a1", "b1")
        ]
        division = Split(("folder/a1",), ("folder/b1",), 1, 0.5, (), (), "", {})
        assert leaks(Corpus(clips), division).leaks == ()

    def test_the_same_seconds_of_an_episode(self) -> None:
        cut: Mapping[str, int | str] = {"season": 1, "episode": 2, "start": "0:01", "end": "0:03"}
        clips = [clip("a1", attributes=cut), clip("b1", attributes=cut), clip("b2", attributes={**cut, "end": "0:04"})]
        assert [(each.group, each.sides) for each in found(clips).leaks] == [
            ("seconds", {"train": ("own/a1",), "test": ("own/b1",)})
        ]

    @pytest.mark.parametrize(
        ("one", "other"),
        [(LONG, f"...{LONG.upper()}?!"), (CHINESE, CHINESE.replace("，", " "))],
        ids=["English", "Chinese"],
    )
    def test_equal_texts(self, one: str, other: str) -> None:
        report = found([clip("a1", one), clip("b1", other), clip("b2", "Yes."), clip("a2", "Yes.")])
        expected = Leak("equal_text", (one,), {"train": ("own/a1",), "test": ("own/b1",)}, similarity=1.0)
        assert report.leaks == (expected,)
        assert [each.code for each in report.findings.at_least("fault")] == ["equal_text"]
        assert report.counts["texts"] == 2

    def test_near_texts_from_the_least_similarity_on(self) -> None:
        clips = [clip("a1", LONG), clip("b1", NEAR_LONG)]
        (leak,) = found(clips).leaks
        assert (leak.kind, leak.names) == ("near_text", (LONG, NEAR_LONG))
        one, other = set_of(LONG), set_of(NEAR_LONG)
        assert leak.similarity == len(one & other) / len(one | other)
        assert found(clips, near=leak.similarity).leaks == (leak,)
        assert found(clips, near=0.99).leaks == ()

    def test_near_as_a_decimal_is_exact(self) -> None:
        # 24 of 30 parts are in both; .8 as a float is a little more than 4/5.
        one = "abcdefghijklmnopqrstuvwxyz"
        assert len(set_of(one) & set_of(f"{one}012345")) == 24 and len(set_of(f"{one}012345")) == 30
        assert found([clip("a1", one), clip("b1", f"{one}012345")], near=0.8).of("near_text")[0].similarity == 0.8
        assert found([clip("a1", one), clip("b1", f"{one}0123456")], near=0.8).leaks == ()

    def test_texts_of_different_actors_are_a_note(self) -> None:
        clips = [clip("a1", LONG, group={"speaker": "anna"}), clip("b1", LONG, group={"speaker": "ben"})]
        near = [clip("a1", LONG, group={"speaker": "anna"}), clip("b1", NEAR_LONG, group={"speaker": "ben"})]
        for each, code in ((clips, "equal_text"), (near, "near_text")):
            assert [(finding.code, finding.severity) for finding in found(each).findings] == [(code, "note")]
        one = [clip("a1", LONG, group={"speaker": "anna"}), clip("b1", LONG)]
        assert [finding.severity for finding in found(one).findings] == ["fault"]

    def test_texts_of_monologues_are_their_sentences_or_utterances(self) -> None:
        words = LONG.split()
        sentences = tuple(
            Sentence(index=n + 1, span=Span(n, n + 1), text=" ".join(each))
            for n, each in enumerate((words[:4], words[4:]))
        )
        about: dict[str, Any] = {"language": "en", "duration": Fraction(9)}
        spoken = Monologue(key="own/a1", name="a1", title="a", sentences=sentences, **about)
        one = Utterance(index=0, span=Span(0, 2), text={"zh": CHINESE, "en": LONG})
        written = Monologue(key="own/b1", name="b1", title="b", utterances=(one,), **about)
        corpus = Corpus([clip("b2", LONG)], [spoken, written])
        (leak,) = leaks(corpus, divided(train=["a1"], test=["b1", "b2"])).leaks
        assert leak.sides == {"train": ("own/a1",), "test": ("own/b1", "own/b2")}

    def test_equal_media_by_digest_whatever_their_paths_are(self) -> None:
        clips = [clip("a1", path="x.mp4"), clip("a2", path="y.mp4"), clip("b1", path="z.mp4"), clip("b2", path="y.mp4")]
        steps: list[tuple[int, int]] = []
        asked: list[str] = []

        def digest(path: str) -> str | None:
            asked.append(path)
            return {"x.mp4": "11", "z.mp4": "11", "y.mp4": None}[path]

        report = found(clips, digest=digest, progress=lambda done, total: steps.append((done, total)))
        assert report.leaks == (Leak("equal_media", ("11",), {"train": ("own/a1",), "test": ("own/b1",)}),)
        assert asked == ["x.mp4", "y.mp4", "z.mp4"] and steps == [(1, 3), (2, 3), (3, 3)]
        assert report.findings.counts() == {"equal_media": 1, "unreadable_media": 2}
        assert report.counts["media"] == 2
        # Without a digest nothing is read: one path is one file.
        assert [each.names for each in found(clips).leaks] == [("y.mp4",)]

    def test_one_item_on_two_sides_is_that_alone(self) -> None:
        corpus = Corpus([clip("a1", LONG, group={"speaker": "anna"}, path="a.mp4"), clip("b1")])
        report = leaks(corpus, divided(train=["a1"], test=["b1", "a1"]))
        assert report.leaks == (Leak("item", ("own/a1",), {"train": ("own/a1",), "test": ("own/a1",)}),)
        assert texts_of(report) == [
            "item_on_two_sides: 1 item is on both sides, with 1 item of train, 1 item of test: 'own/a1'; leave each on one "
            "side: train and test"
        ]

    def test_items_that_one_of_both_lacks(self) -> None:
        report = leaks(Corpus([clip("a1"), clip("c1")]), divided(train=["a1", "a2"], validation=["d1"], test=["b1"]))
        assert report.unknown == {"train": ("own/a2",), "validation": ("own/d1",), "test": ("own/b1",)}
        assert report.unassigned == ("own/c1",)
        assert [(each.code, each.severity, each.where) for each in report.findings] == [
            ("unknown_item", "fault", "train"),
            ("unknown_item", "fault", "validation"),
            ("unknown_item", "fault", "test"),
            ("item_without_side", "note", "corpus"),
        ]
        assert report.counts["items"] == 1

    def test_a_finding_for_each_pair_of_sides(self) -> None:
        clips = [clip(name, group={"speaker": "anna"}) for name in ("a1", "b1", "c1")]
        report = leaks(Corpus(clips), divided(train=["a1"], validation=["b1"], test=["c1"]))
        assert len(report.leaks) == 1 and set(report.leaks[0].sides) == {"train", "validation", "test"}
        assert [each.where for each in report.findings] == [
            "train and validation",
            "train and test",
            "validation and test",
        ]

    def test_folds_have_one_finding_for_each_kind(self) -> None:
        clips = [clip(f"a{n}", LONG, group={"speaker": "anna"}) for n in range(3)]
        folds = Folds((("own/a0",), ("own/a1",), ("own/a2",)), ("x", "y", "z"), "folds", 1, (), (), "")
        report = leaks(Corpus(clips), folds)
        assert [(each.code, each.where) for each in report.findings] == [
            ("divided_group", "folds"),
            ("equal_text", "folds"),
        ]
        assert list(report.leaks[0].sides) == ["x", "y", "z"]
        assert "on several sides, with 1 item of x, 1 item of y, 1 item of z" in report.findings[0].what


def set_of(text: str) -> set[str]:
    letters = "".join(char for char in text.lower() if char.isalnum())
    return {letters[n : n + 3] for n in range(len(letters) - 2)}


class TestProperties:
    @settings(max_examples=40)
    @given(
        st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("uvwxyz")), max_size=14),
        st.integers(0, 99),
        st.booleans(),
    )
    def test_a_split_by_groups_leaks_none(self, groups: list[tuple[str, str]], seed: int, is_folds: bool) -> None:
        clips = [
            clip(f"{n}", hashlib.sha256(b"%d" % n).hexdigest(), group={"video": video}, speaker=speaker)
            for n, (video, speaker) in enumerate([*groups, ("alone", "alone"), ("apart", "apart")])
        ]
        corpus = Corpus(clips)
        by = ["video", "speaker"]
        division = corpus.folds(k=2, seed=seed, by=by) if is_folds else corpus.split(seed=seed, test=0.4, by=by)
        report = leaks(corpus, division)
        assert report.leaks == () and len(report.findings) == 0

    @settings(max_examples=40)
    @given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=2, max_size=12), st.data())
    def test_every_planted_leak_is_found_and_no_other(
        self, drawn: list[tuple[int, int, int]], data: st.DataObject
    ) -> None:
        texts = [LONG, CHINESE, "Yes.", "Where have all the flowers gone, long time passing?"]
        side = data.draw(st.lists(st.sampled_from(["train", "test"]), min_size=len(drawn), max_size=len(drawn)))
        clips = [
            clip(f"{n:02d}", texts[text], group={"video": str(video)}, path=f"{n}.mp4")
            for n, (video, text, _) in enumerate(drawn)
        ]
        division = divided(
            **{name: [f"{n:02d}" for n, own in enumerate(side) if own == name] for name in ("train", "test")}
        )
        report = leaks(Corpus(clips), division, digest=lambda path: str(drawn[int(path[:-4])][2]))
        expected: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for one, other in combinations(range(len(drawn)), 2):
            pair = (clips[one].key, clips[other].key)
            if side[one] != side[other]:
                kinds = ("group", "equal_text", "equal_media")
                for kind, first, second in zip(kinds, drawn[one], drawn[other], strict=True):
                    if first == second and not (kind == "equal_text" and texts[first] == "Yes."):
                        expected[kind].add(pair)
        pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for leak in report.leaks:
            for key in leak.sides["train"]:
                pairs[leak.kind].update((min(key, each), max(key, each)) for each in leak.sides["test"])
        assert pairs == expected

    def test_the_order_of_items_changes_nothing(self) -> None:
        clips = [
            clip(f"{side}{n}", text, group={"speaker": str(n % 2)})
            for side in "ab"
            for n, text in enumerate((LONG, NEAR_LONG, CHINESE))
        ]
        first, second = found(clips), found(clips[::-1])
        assert (first.leaks, first.findings) == (second.leaks, second.findings)
        assert {each.kind for each in first.leaks} == {"group", "equal_text", "near_text"}


class TestRelease:
    def test_texts_and_fitted_labels_of_the_release(self, release: Corpus) -> None:
        """Clips by turns on each side: all that can leak does, in both languages."""
        keys = sorted(each.key for each in release.clips)
        division = Split(tuple(keys[::2]), tuple(keys[1::2]), None, 0.5, (), (), "", {}, kind="predefined")
        report = leaks(release, division)
        assert report.counts["items"] == len(keys) == 9_403
        assert len(report.unassigned) == 46
        assert len(report.fitted) == EMOS_FITTED
        notes = [each for each in report.findings if each.code == "fitted_with_test"]
        assert len(notes) == 1 and notes[0].severity == "note" and f"{EMOS_FITTED} decisions" in notes[0].what
        speakers = [{release.clips[key].speaker for key in side} for side in (division.train, division.test)]
        both = (speakers[0] & speakers[1]) - {None}
        assert {each.names[0] for each in report.leaks if each.group == "speaker"} == both

    def test_a_split_of_the_release_by_groups(self, release: Corpus) -> None:
        report = leaks(release, release.split(seed=7, test=0.2))
        assert {each.group for each in report.of("group")} == {"speaker"}
        assert all(each.severity == "note" for each in report.of("group"))
        # Two videos of CH-SIMS are of one episode.
        (text,) = report.of("equal_text")
        assert text.names == (CHINESE,) and text.sides["test"] == ("chsims/video_0053/0039",)
        assert report.unknown == {} and report.unassigned == ()


class TestBadArguments:
    @pytest.mark.parametrize("near", [0, -1, 1.5, float("nan"), "0.8", None, True], ids=repr)
    def test_near_is_a_share(self, near: Any) -> None:
        with pytest.raises(
            InvalidArgument, match=r"near must be above 0 and at most 1, got .*; give the least similarity"
        ):
            found([clip("a1"), clip("b1")], near=near)

    def test_a_division_that_is_none(self) -> None:
        with pytest.raises(InvalidArgument) as caught:
            leaks(Corpus(), "split.json")  # type: ignore[arg-type]
        assert str(caught.value) == (
            "division must be a Split or Folds, got 'split.json'; read its file with load_division"
        )

    def test_a_digest_that_is_no_text(self) -> None:
        clips = [clip("a1", path="x.mp4"), clip("b1")]
        with pytest.raises(
            InvalidArgument, match="digest must give a str, or None for media that cannot be read, got 3"
        ):
            found(clips, digest=lambda _: 3)

    def test_a_corpus_that_is_none(self) -> None:
        with pytest.raises(InvalidArgument, match="corpus must be a Corpus"):
            leaks([], divided(train=["a"], test=["b"]))  # type: ignore[arg-type]

    def test_an_empty_corpus_has_no_leaks(self) -> None:
        report = leaks(Corpus(), divided(train=[], test=[]))
        assert (report.leaks, len(report.findings), report.counts["items"]) == ((), 0, 0)
        assert repr(report) == "LeakReport(0 items, 0 leaks, Findings(0 findings))"
