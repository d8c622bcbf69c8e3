"""The published recipes of EmoS: every decision and tier of the release, and what is no release."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from emos_io.annotation import decide
from emos_io.annotation.deciding.published import ROUNDS, RoundName, emos_decisions, emos_rounds
from emos_io.corpus import Clip, Corpus, Decision, FindingCollector, Vote
from emos_io.errors import InvalidArgument

PUBLISHED = 1e-12
"""The published numbers are doubles; 50 EM steps in another order of additions move them by about 1e-14."""


def recomputed(corpus: Corpus, layer: str) -> dict[str, Decision]:
    again = decide(corpus, layer, recipe="emos")
    assert again.findings == corpus.findings
    return {clip.key: clip.decisions[layer] for clip in again.clips}


@pytest.fixture(scope="module")
def goemotions(release: Corpus) -> dict[str, Decision]:
    return recomputed(release, "goemotions")


def by_round(corpus: Corpus) -> dict[str, RoundName]:
    return {clip.key: name for name, clips in emos_rounds(corpus).items() for clip in clips}


def test_the_rounds_are_those_of_the_release(release: Corpus) -> None:
    rounds = emos_rounds(release)
    assert {name: len(clips) for name, clips in rounds.items()} == {
        "chsims_first_2499": 2_499, "chsims_latter_1904": 1_904, "meld_first_3000": 3_000, "meld_latter_2000": 2_000,
    }  # fmt: skip
    assert [clip.key for clips in rounds.values() for clip in clips] == [
        clip.key for source in ("chsims", "meld") for clip in release.clips if clip.source == source
    ]
    # The workbook that each published decision was read from says its round, too.
    published = {
        name: {str(clip.decision and clip.decision.recipe["method"]) for clip in rounds[name]} for name in rounds
    }
    assert published["meld_first_3000"] == {"meld_correction"}
    assert published["meld_latter_2000"] == {"dawid_skene"}


def test_every_published_decision_of_basic7_comes_out(release: Corpus) -> None:
    ours, rounds = recomputed(release, "basic7"), by_round(release)
    assert set(ours) == set(release.clips.keys()) and len(ours) == 9_403
    greatest: dict[str, float] = {}
    for clip in release.clips:
        published, own = clip.decisions["basic7"], ours[clip.key]
        assert (own.labels, own.confidence_tier) == (published.labels, published.confidence_tier), clip.key
        assert own.confidence is not None and published.confidence is not None
        name = rounds[clip.key]
        greatest[name] = max(greatest.get(name, 0.0), abs(own.confidence - published.confidence))
        assert own.recipe["method"] == published.recipe["method"]
        assert own.recipe.get("iterations") == published.recipe.get("iterations")
        if name == "meld_first_3000":
            assert [own.recipe[key] for key in ("reason", "changed")] == [
                published.recipe[key] for key in ("reason", "changed")
            ]
    assert set(greatest) == set(ROUNDS) and max(greatest.values()) < PUBLISHED


def test_every_published_share_of_goemotions_comes_out_but_one(
    release: Corpus, goemotions: dict[str, Decision]
) -> None:
    differing = set()
    for clip in release.clips:
        published, own = clip.decisions["goemotions"], goemotions[clip.key]
        same = own.labels == published.labels and all(
            abs(own.scores.get(label, 0.0) - published.scores.get(label, 0.0)) < PUBLISHED
            for label in {*own.scores, *published.scores}
        )
        if not same:
            differing.add(clip.key)
        assert (own.confidence, own.confidence_tier) == (None, None)
    # Two clips of this id lie in the release; its published shares are those of the other one.
    assert differing == {"chsims/aqgy4_0009/00001_0"}
    assert len(goemotions) == 9_403


def test_the_abstain_word_counts_and_a_rater_without_labels_is_one_of_three(
    release: Corpus, goemotions: dict[str, Decision]
) -> None:
    unsure = [own for own in goemotions.values() if "unsure" in own.scores]
    assert unsure and all("unsure" not in own.labels for own in unsure)
    two = [clip.key for clip in release.clips if len(clip.votes_in("goemotions")) == 2]
    assert len(two) == 3 and all(max(goemotions[key].scores.values()) <= 2 / 3 for key in two)


def test_a_vote_of_somebody_else_is_counted_nowhere(release: Corpus) -> None:
    clip = release.clips["chsims/aqgy3_0003/00019"]
    assert {vote.rater for vote in clip.votes} == {"a1", "a2", "a3", "ljx"}
    clips = emos_rounds(release)["chsims_first_2499"]
    without = replace(clip, votes=tuple(vote for vote in clip.votes if vote.rater != "ljx"))
    same = [without if each.key == clip.key else each for each in clips]
    for layer in ("basic7", "goemotions"):
        assert emos_decisions(Corpus(clips), layer, FindingCollector()) == emos_decisions(
            Corpus(same), layer, FindingCollector()
        )


def test_a_part_of_a_round_is_fitted_and_noted(release: Corpus) -> None:
    rounds = emos_rounds(release)
    some = [*rounds["chsims_first_2499"][:50], *rounds["meld_first_3000"][:50], *rounds["meld_latter_2000"][:50]]
    findings = FindingCollector()
    ours = {each.item: each for each in emos_decisions(Corpus(some), "basic7", findings)}
    assert set(ours) == {clip.key for clip in some}
    assert [(each.code, each.severity, each.where) for each in findings.collected] == [
        ("emos_round_incomplete", "note", "chsims_first_2499"),
        ("emos_round_incomplete", "note", "meld_latter_2000"),
    ]
    assert "50 of the 2,499 clips" in findings.collected[0].what
    # Clips of the corrected round are decided one by one.
    for clip in rounds["meld_first_3000"][:50]:
        assert ours[clip.key].labels == clip.decisions["basic7"].labels


def test_clips_without_melds_label_and_without_votes_have_no_decision(release: Corpus) -> None:
    first, latter = (emos_rounds(release)[name][:5] for name in ("meld_first_3000", "meld_latter_2000"))
    lost = [replace(clip, attributes={}) for clip in (first[0], latter[0])]
    silent = replace(first[1], votes=())
    findings = FindingCollector()
    corpus = Corpus([*lost, silent, *first[2:], *latter[1:]])
    ours = Counter(each.item for each in emos_decisions(corpus, "basic7", findings))
    assert ours == Counter(clip.key for clip in (*first[2:], *latter[1:]))
    codes = Counter((each.code, each.severity) for each in findings.collected)
    assert codes == {("no_original_label", "fault"): 2, ("emos_round_incomplete", "note"): 1}


def test_a_clip_without_votes_in_the_layer_has_no_decision(release: Corpus) -> None:
    clips = [clips[0] for clips in emos_rounds(release).values()]
    for layer, source in (("basic7", "basic7"), ("goemotions", "goemotions")):
        without = [replace(clip, votes=tuple(vote for vote in clip.votes if vote.layer != source)) for clip in clips]
        decided = {each.item for each in emos_decisions(Corpus([*without[:3], clips[3]]), layer, FindingCollector())}
        expected = {clip.key for clip in clips if clip.source == "meld"} if layer == "basic7" else {clips[3].key}
        assert decided == expected


def test_what_is_no_emos_is_refused() -> None:
    vote = Vote(item="own/1", layer="basic7", rater="ann", labels=("Joy",))
    own = Corpus([Clip(key="own/1", source="own", language="en", votes=(vote,))])
    strangers = Corpus([replace(own.clips[0], source="chsims"), replace(own.clips[0], key="meld/x", source="meld")])
    for corpus in (own, strangers, Corpus()):
        with pytest.raises(
            InvalidArgument, match=r"^recipe must be left out of a corpus in which no rater of EmoS voted"
        ):
            emos_decisions(corpus, "basic7", FindingCollector())
    with pytest.raises(
        InvalidArgument, match=r"^layer must be basic7 or goemotions with recipe 'emos', got 'mer6'; give a"
    ):
        emos_decisions(own, "mer6", FindingCollector())
