"""Where truth comes from: counted on the release a second way, and on corpora whose fits are known."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

import pytest

from emos_io import Span
from emos_io.annotation import decide
from emos_io.corpus import Clip, Corpus, Decision, Folds, Monologue, Scalar, Split, Utterance, Vote, keys_sha256, split
from emos_io.errors import InvalidArgument
from emos_io.evaluation.provenance import provenance_text, truth_provenance, truth_sha256


def voted(count: int, source: str = "own", **attributes: Scalar) -> Corpus:
    clips = []
    for number in range(count):
        key = f"{source}/{number}"
        labels = ("Joy", "Joy", "Fear" if number % 3 else "Joy")
        votes = tuple(
            Vote(item=key, layer="basic7", rater=name, labels=(label,))
            for name, label in zip(("ann", "bob", "cem"), labels, strict=True)
        )
        clips.append(Clip(key=key, source=source, language="en", votes=votes, attributes=attributes))
    return Corpus(clips)


def prefixed(found: Mapping[str, Scalar], prefix: str) -> dict[str, Scalar]:
    return {name: value for name, value in found.items() if name.startswith(prefix)}


def test_what_models_may_have_seen_of_the_release(release: Corpus) -> None:
    found = truth_provenance(release, "basic7", [item.key for item in release])
    modes = Counter(str(clip.attributes["mode"]) for clip in release.clips if clip.source == "chsims")
    assert prefixed(found, "seen_") == {
        "seen_chsims_test": modes["test"],
        "seen_chsims_train": modes["train"],
        "seen_chsims_valid": modes["valid"],
        "seen_meld_train": 5_000,
        "seen_unknown": 46,
    }
    # All of MELD-Core is train: its files lie in that folder of MELD.
    meld = [clip for clip in release.clips if clip.source == "meld"]
    assert all("/train_splits/" in (clip.published_path or "") for clip in meld)
    assert prefixed(found, "decisions") == {
        "decisions": 9_403,
        "decisions_published_dawid_skene": 4_403 + 2_000,
        "decisions_published_meld_correction": 3_000,
    }
    assert (found["fitted"], found["fitted_with_test"], found["segments_without_recipe"]) == (6_403, 6_403, 447)
    lines = provenance_text(found)
    assert any("5000 of meld train" in line for line in lines)
    assert any("6403 of 9403 decisions were fitted with votes on scored items" in line for line in lines)


def test_fits_with_test_items_of_a_split_of_the_release(release: Corpus) -> None:
    divided = split(release, seed=7, test=0.2)
    found = truth_provenance(release, "basic7", divided.test, divided)
    fitted = {clip.key for clip in release.clips if (own := clip.decision) and own.recipe["method"] == "dawid_skene"}
    assert found["fitted_with_test"] == len(fitted & set(divided.test))
    assert found["train_fitted_with_test"] == len(fitted & set(divided.train))
    assert (found["split_sha256"], found["corpus_sha256"]) == (
        divided.sha256,
        keys_sha256(each.key for each in release),
    )
    assert truth_provenance(release, "goemotions", divided.test, divided)["fitted_with_test"] == 0


def test_a_fit_on_train_has_no_test_items() -> None:
    corpus = voted(12)
    divided = split(corpus, seed=1, test=0.25)
    clean = decide(corpus, "basic7", method="dawid_skene", fit_on=divided.train)
    found = truth_provenance(clean, "basic7", divided.test, divided)
    assert (found["decisions"], found["fitted_with_test"], found["fit_unknown"]) == (3, 0, 0)
    assert (found["train_fitted_with_test"], found["train_fit_unknown"]) == (0, 0)
    leaking = decide(corpus, "basic7", method="dawid_skene")
    found = truth_provenance(leaking, "basic7", divided.test, divided)
    assert (found["fitted_with_test"], found["train_fitted_with_test"]) == (3, 9)
    part = decide(corpus, "basic7", method="dawid_skene", fit_on=divided.train[:4])
    found = truth_provenance(part, "basic7", divided.test, divided)
    assert (found["fitted_with_test"], found["fit_unknown"], found["train_fit_unknown"]) == (0, 3, 9)
    assert any("nobody names" in line for line in provenance_text(found))
    # Votes that are counted learn nothing of other items.
    counted = decide(corpus, "basic7", method="majority")
    assert truth_provenance(counted, "basic7", divided.test, divided)["fitted"] == 0


def test_of_folds_a_fit_without_the_fold_of_the_item_is_clean() -> None:
    corpus = voted(12)
    folds = corpus.folds(k=3, seed=1)
    assert isinstance(folds, Folds)
    clean = decide(corpus, "basic7", method="dawid_skene", fit_on=folds.split(0).train)
    keys = [clip.key for clip in clean.clips]
    found = truth_provenance(clean, "basic7", keys, folds)
    assert (found["fitted"], found["fitted_with_test"]) == (12, 8)
    assert found["train_fitted_with_test"] is None
    assert truth_provenance(clean, "basic7", folds.folds[0], folds)["fitted_with_test"] == 0


def test_the_checksum_of_truth_is_that_of_canonical_json() -> None:
    utterances = (
        Utterance(index=0, span=Span(0, "4.5"), labels={"basic7": ("Joy",)}),
        Utterance(index=1, span=Span("4.5", 9), labels={"basic7": ("Sadness", "Fear")}),
    )
    talk = Monologue(
        key="b", name="b", title="悲", language="zh", duration=Fraction(9), utterances=utterances
    )  # fmt: skip
    scores = {"sadness": 0.5, "joy": 0.5}
    both = Decision(item="a", layer="goemotions", labels=("sadness", "joy"), scores=scores)
    clip = Clip(key="a", source="own", language="en", decisions={"goemotions": both})
    corpus = Corpus([clip], [talk])
    text = '[["b",[["0","9/2",{"Joy":"1"}],["9/2","9",{"Fear":"1/2","Sadness":"1/2"}]]]]'
    assert truth_sha256(corpus, "basic7", ["b"]) == hashlib.sha256(text.encode()).hexdigest()
    text = json.dumps([["a", ["joy", "sadness"]], ["b", []]], separators=(",", ":"))
    assert truth_sha256(corpus, "goemotions", ["b", "a", "a"]) == hashlib.sha256(text.encode()).hexdigest()
    other = Decision(item="a", layer="goemotions", labels=("joy", "sadness"), scores={"sadness": 0.25, "joy": 0.5})
    changed = Corpus([Clip(key="a", source="own", language="en", decisions={"goemotions": other})], [talk])
    before, after = (truth_provenance(each, "goemotions", ["a"]) for each in (corpus, changed))
    assert before["truth_sha256"] == after["truth_sha256"]
    assert before["truth_scores_sha256"] != after["truth_scores_sha256"]


def test_an_item_without_truth_is_counted() -> None:
    found = truth_provenance(voted(2), "basic7", ["own/1", "own/0"])
    assert (found["items"], found["items_without_truth"], found["decisions"]) == (2, 2, 0)
    assert provenance_text(found) == (
        "truth: 2 items in the layer basic7, 2 without a label; none was decided from votes",
    )
    assert truth_provenance(voted(2), "basic7", [])["items"] == 0
    assert truth_provenance(voted(1), "intensity", ["own/0"])["items_without_truth"] == 1


def test_sides_of_other_datasets_are_named() -> None:
    found = truth_provenance(voted(3, source="mine", mode="dev"), "basic7", ["mine/1", "mine/2"])
    assert prefixed(found, "seen_") == {"seen_mine_dev": 2}


@pytest.mark.parametrize(
    ("keys", "layer", "division", "text"),
    [
        (["own/9"], "basic7", None, "keys must be keys of the corpus, got 'own/9'"),
        ("own/1", "basic7", None, "keys must be keys of items"),
        (["own/1"], "moods", None, "moods"),
        (["own/1"], "basic7", "split.json", "split must be a Split or Folds"),
    ],
)
def test_wrong_arguments_are_refused(keys: list[str], layer: str, division: Split | None, text: str) -> None:
    with pytest.raises(InvalidArgument, match=text):
        truth_provenance(voted(2), layer, keys, division)
