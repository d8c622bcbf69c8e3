"""Plans over layers of one's own: classes in the order of the taxonomy, which is a part of the fingerprint."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import InvalidArgument, SourceNotFound, Span
from emos_io.corpus import Corpus, Decision, LabelMap, Monologue, Taxonomy, Utterance, load, taxonomy
from emos_io.plan import LabelRule, WindowPlan, single_window
from emos_io.testing import make_clip

OWN = Taxonomy("moods", "1", "Moods", ("tense", "calm", "bored"))
LABELS = ({"basic7": ("Joy",), "moods": ("calm",)}, {"basic7": ("Fear",), "moods": ("tense",)})
CHANGES = {
    "version": replace(OWN, version="2"),
    "order": replace(OWN, labels=("calm", "tense", "bored")),
    "alias": replace(OWN, aliases={"quiet": "calm"}),
    "neutral": replace(OWN, neutral="calm"),
    "multiple": replace(OWN, multiple=True),
    "map": replace(
        OWN,
        maps={"mer6": LabelMap("m", "1", "M", "moods", "mer6", {"tense": "sad", "calm": "happy", "bored": "neutral"})},
    ),
}


def monologue(key: str = "s/a", first: str = "calm") -> Monologue:
    utterances = [
        Utterance(index=index, span=Span(3 * index, 3 * index + 2), labels=each) for index, each in enumerate(LABELS)
    ]
    utterances[0] = replace(utterances[0], labels={**LABELS[0], "moods": (first,)})
    return Monologue(key=key, name="a", title="a", language="en", duration=Fraction(6), utterances=tuple(utterances))


def corpus(*taxonomies: Taxonomy, key: str = "s/a") -> Corpus:
    return Corpus((), [monologue(key)], taxonomies=taxonomies)


def plan(source: object, layer: str | None = "moods") -> WindowPlan:
    return WindowPlan(source, 2, 1, layer)  # type: ignore[arg-type]


def test_plans_without_taxonomies_of_ones_own_keep_their_fingerprints() -> None:
    # As version 2 of plans gave them before a corpus could have taxonomies; utterances end at 3 and 5 there.
    spans = (Span(0, 3), Span(3, 5))
    item = replace(
        monologue(),
        utterances=tuple(Utterance(index=n, span=span, labels=LABELS[n]) for n, span in enumerate(spans)),
    )
    known = {"basic7": "c0a7bc6efede90ea", "moods": "7fc57289f3ff7096", None: "ac2761f9ae11b8a2"}
    assert {layer: plan(Corpus((), [item]), layer).fingerprint for layer in known} == known
    # A taxonomy of another layer decides nothing.
    own = Corpus((), [item], taxonomies=[OWN])
    assert {layer: plan(own, layer).fingerprint for layer in ("basic7", None)} == {
        "basic7": known["basic7"],
        None: known[None],
    }


def test_classes_are_those_of_the_taxonomy_in_its_order() -> None:
    assert plan(corpus(OWN)).classes == ("tense", "calm", "bored")
    assert plan(corpus()).classes == ("calm", "tense")
    assert plan([corpus(OWN), monologue("s/b")]).classes == ("tense", "calm", "bored")
    assert plan(each for each in [corpus(OWN)]).classes == ("tense", "calm", "bored")
    unlabelled = Corpus((), [replace(monologue(), utterances=())], taxonomies=[OWN])
    assert plan(unlabelled).classes == ("tense", "calm", "bored")
    window = single_window(corpus(OWN), "s/a", Span(0, 2), labels="moods").planned
    assert window.labels.classes == ("tense", "calm", "bored") and window.labels.soft.tolist() == [0, 1, 0]


def test_clips_have_the_classes_of_the_taxonomy_too() -> None:
    decision = Decision(item="c/a", layer="moods", labels=("calm",), scores={"calm": 1.0}, confidence=1.0)
    clip = replace(make_clip("c/a", 3, "Joy"), decisions={"moods": decision})
    made = WindowPlan(Corpus([clip], taxonomies=[OWN]), by="clip", labels="moods")
    assert made.classes == OWN.labels and made.window(0).labels.soft.tolist() == [0, 1, 0]


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changes_in_the_taxonomy_changes_the_fingerprint(what: str) -> None:
    assert plan(corpus(CHANGES[what])).fingerprint != plan(corpus(OWN)).fingerprint
    assert plan(corpus(CHANGES[what]), "basic7").fingerprint == plan(corpus(OWN), "basic7").fingerprint


def test_a_saved_corpus_gives_the_same_fingerprint(tmp_path: Path) -> None:
    corpus(OWN).save(tmp_path)
    assert plan(load(tmp_path)).fingerprint == plan(corpus(OWN)).fingerprint
    (tmp_path / "items.jsonl").unlink()
    (tmp_path / "taxonomies.json").unlink()
    assert plan(load(tmp_path)).fingerprint == plan(corpus(OWN)).fingerprint


def test_corpora_of_one_plan_have_one_taxonomy_of_its_layer() -> None:
    other = corpus(CHANGES["alias"], key="s/b")
    with pytest.raises(InvalidArgument, match=r"corpora of one plan must have one taxonomy of the layer 'moods', got "):
        plan([corpus(OWN), other])
    assert len(plan([corpus(OWN), other], "basic7")) == len(plan(corpus(OWN))) * 2
    assert plan([corpus(OWN), corpus(OWN, key="s/b")]).classes == OWN.labels
    with pytest.raises(
        InvalidArgument, match="plans must have one taxonomy of 'moods', got several; read all with one file"
    ):
        WindowPlan.mix([plan(corpus(OWN)), plan(other)])
    assert len(WindowPlan.mix([plan(corpus(OWN)), plan(corpus(OWN))])) == 2 * len(plan(corpus(OWN)))


def test_labels_outside_of_the_taxonomy_are_refused() -> None:
    strange = Corpus((), [monologue(first="angry")], taxonomies=[OWN])
    with pytest.raises(
        InvalidArgument, match=r"labels of 's/a' in layer 'moods' must be among tense, calm, bored, got 'angry'"
    ):
        plan(strange)


def written(folder: Path) -> Path:
    path = folder / "moods.yaml"
    path.write_text('labels: [tense, calm, bored]\nversion: "1"\ntitle: Moods\n')
    return path


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("form", ["text", "path", "taxonomy"])
@pytest.mark.parametrize("as_rule", [True, False])
def test_a_file_and_a_taxonomy_are_the_layer_of_their_name(
    tmp_path: Path, known: bool, form: str, as_rule: bool
) -> None:
    path = written(tmp_path)
    layers: dict[str, str | Path | Taxonomy] = {"text": str(path), "path": path, "taxonomy": OWN}
    layer = layers[form]
    source = corpus(OWN) if known else corpus()
    rule = LabelRule(layer) if as_rule else layer
    made = WindowPlan(source, 2, 1, labels=rule)
    expected = plan(corpus(OWN))
    assert (made.classes, made.fingerprint) == (expected.classes, expected.fingerprint)
    alone = single_window(source, "s/a", Span(0, 2), labels=rule)
    assert alone.planned.labels.classes == OWN.labels and alone.planned.labels.soft.argmax() == 1
    # What lies on top of each other is one label at once, in a corpus that knows it and in one that does not.
    first = monologue()
    lying = replace(first, utterances=(first.utterances[0], replace(first.utterances[1], span=Span(1, 3))))
    over = WindowPlan(Corpus((), [lying]), 2, 1, labels=rule)
    assert over.fingerprint == plan(Corpus((), [lying], taxonomies=[OWN])).fingerprint


def test_a_corpus_with_another_taxonomy_of_the_name_is_an_error(tmp_path: Path) -> None:
    other = corpus(replace(OWN, version="2"))
    for layer in (OWN, written(tmp_path), LabelRule(OWN)):
        with pytest.raises(InvalidArgument, match=r"corpora of one plan must have one taxonomy of the layer 'moods'"):
            WindowPlan(other, 2, 1, labels=layer)


def test_a_rule_keeps_its_taxonomy() -> None:
    rule = LabelRule(OWN)
    assert (rule.layer, rule.taxonomy) == ("moods", OWN)
    assert (
        replace(rule, collar=Fraction(1)) == LabelRule("moods", taxonomy=OWN, collar=1) != LabelRule("moods", collar=1)
    )
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert LabelRule(taxonomy("basic7")) == LabelRule("basic7")
    with pytest.raises(InvalidArgument, match="taxonomy must be that of the layer 'basic7', got"):
        LabelRule(taxonomy=OWN)
    with pytest.raises(SourceNotFound):
        LabelRule("nowhere.yaml")
