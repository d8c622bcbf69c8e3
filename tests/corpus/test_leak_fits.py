"""Decisions that were fitted with test items, as far as their recipes tell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from test_leaks import clip, divided, found, texts_of

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Folds, Monologue, Provenance, Scalar, keys_sha256, leaks


class TestFittedTruth:
    """A method that learns about raters from test items has seen the answers."""

    @staticmethod
    def decided(key: str, method: str, fit_on: str | None = None, **more: Any) -> Clip:
        recipe = {"method": method} | ({} if fit_on is None else {"fit_on_sha256": fit_on})
        decision = Decision(item=f"own/{key}", layer="basic7", labels=("Joy",), scores={}, recipe=recipe, **more)
        return clip(key, decisions={"basic7": decision})

    def test_fitted_methods_must_name_train(self) -> None:
        train = hashlib.sha256(json.dumps(["own/a1", "own/a2"], separators=(",", ":")).encode()).hexdigest()
        assert keys_sha256(["own/a2", "own/a1", "own/a1"]) == train
        for method in ("dawid_skene", "one_coin"):
            clips = [self.decided(name, method, train) for name in ("a1", "a2", "b1")]
            assert len(found(clips).findings) == 0
            clips[1:] = [
                self.decided("a2", method, keys_sha256(each.key for each in clips)),
                self.decided("b1", method),
            ]
            report = found(clips)
            assert [each.item for each in report.fitted] == ["own/a2", "own/b1"] and report.unknown_fits == ()
            assert [(each.code, each.severity) for each in report.findings] == [("fitted_with_test", "fault")]
            assert report.findings[0].what == (
                "2 decisions in basic7 were fitted with test items (1 of train, 1 of test), such as 'own/a2'"
            )

    @pytest.mark.parametrize(
        ("keys", "expected"),
        [
            ("a1 a2 a3", None),
            ("c1", None),
            ("a1 a2 a3 c1", None),
            ("a1 a2", "unknown_fit"),
            ("a1 a2 c1", "unknown_fit"),
            ("a1 b1", "unknown_fit"),
            ("d1", "unknown_fit"),
            ("b1 b2", "fitted_with_test"),
            ("a1 a2 a3 b1 b2", "fitted_with_test"),
            ("c1 b1 b2", "fitted_with_test"),
            ("a1 a2 a3 b1 b2 c1", "fitted_with_test"),
            ("a1 a2 a3 b1 b2 c1 d1", "fitted_with_test"),
        ],
    )
    def test_what_is_known_of_a_fit_is_reported(self, keys: str, expected: str | None) -> None:
        """Sides as a whole are known; of other items a checksum tells nothing, and nothing is claimed."""
        name = keys_sha256(f"own/{key}" for key in keys.split())
        clips = [clip(key) for key in ("a1", "a2", "a3", "b1", "b2", "c1", "d1")]
        for fitted in ("a1", "b2", "c1"):
            ours = [
                self.decided(fitted, "dawid_skene", name) if each.key == f"own/{fitted}" else each for each in clips
            ]
            sides = divided(train=["a1", "a2", "a3"], validation=["c1"], test=["b1", "b2"])
            report = leaks(Corpus(ours), sides)
            severity = "note" if expected == "unknown_fit" else "fault"
            codes = [(each.code, each.severity) for each in report.findings if each.code != "item_without_side"]
            assert codes == ([] if expected is None else [(expected, severity)])
            items = [each.item for each in report.fitted], [each.item for each in report.unknown_fits]
            own = [f"own/{fitted}"]
            assert items == {None: ([], []), "unknown_fit": ([], own), "fitted_with_test": (own, [])}[expected]

    def test_a_part_of_train_is_no_test_item(self) -> None:
        decided = [self.decided(name, "one_coin", keys_sha256(["own/a1"])) for name in ("a1", "a2", "b1")]
        report = found(decided)
        assert report.fitted == () and len(report.findings.at_least("fault")) == 0
        assert texts_of(report) == [
            "unknown_fit: 3 decisions in basic7 were fitted on other items than those of the train side (2 of train, 1 of "
            "test), such as 'own/a1'; whether test items are among them is not known; if they may be, decide again, fitted on "
            "train alone, with decide(..., fit_on=split.train): decisions"
        ]

    def test_a_side_may_have_items_that_the_corpus_lacks(self) -> None:
        train = keys_sha256(["own/a1"])
        report = leaks(Corpus([self.decided("a1", "one_coin", train)]), divided(train=["a1", "a2"], test=["b1"]))
        assert report.fitted == report.unknown_fits == ()

    def test_train_with_a_test_item_on_it_is_no_train(self) -> None:
        train = keys_sha256(["own/a1", "own/b1"])
        corpus = Corpus([self.decided("a1", "one_coin", train), clip("b1")])
        assert len(leaks(corpus, divided(train=["a1", "b1"], test=["b1"])).fitted) == 1

    def test_batches_without_test_items_were_fitted_without_them(self) -> None:
        clips = []
        for name, batch in (("a1", "one"), ("a2", "two"), ("b1", "two")):
            recipe = {"method": "dawid_skene", "batch": batch, "raters": '["r1", "r2"]'}
            decision = Decision(item=f"own/{name}", layer="basic7", labels=("Joy",), scores={}, recipe=recipe)
            clips.append(clip(name, decisions={"basic7": decision}))
        assert [each.item for each in found(clips).fitted] == ["own/a2", "own/b1"]

    def test_methods_that_fit_nothing_need_no_name(self) -> None:
        clips = [self.decided(name, method) for name, method in (("a1", "majority"), ("b1", "soft"))]
        assert found(clips).fitted == ()

    def test_published_decisions_are_a_note(self) -> None:
        clips = [self.decided(name, "dawid_skene", provenance=Provenance("x.csv")) for name in ("a1", "b1")]
        report = found(clips)
        assert len(report.fitted) == 2
        assert [(each.code, each.severity) for each in report.findings] == [("fitted_with_test", "note")]

    def test_train_and_validation_may_both_be_fitted_on(self) -> None:
        both = keys_sha256(["own/a1", "own/c1"])
        clips = [self.decided(name, "dawid_skene", both) for name in ("a1", "c1", "b1")]
        assert leaks(Corpus(clips), divided(train=["a1"], validation=["c1"], test=["b1"])).fitted == ()
        assert len(leaks(Corpus(clips), divided(train=["a1"], test=["b1", "c1"])).unknown_fits) == 3

    def test_folds_are_decided_once_for_each(self) -> None:
        """By the definition: of each fold as test, neither its labels nor those of its train side may know its votes."""
        parts = (("own/a1", "own/a2"), ("own/b1",), ("own/c1",))
        folds = Folds(parts, ("x", "y", "z"), "folds", 1, (), (), "")
        keys = [key for part in parts for key in part]
        for fit in [None, keys, *parts, *(folds.split(k).train for k in range(3)), ("own/a1",)]:
            name = None if fit is None else keys_sha256(fit)
            corpus = Corpus([self.decided(key.removeprefix("own/"), "one_coin", name) for key in keys])
            report = leaks(corpus, folds)
            is_part = fit == ("own/a1",)
            assert len(report.fitted) == (0 if is_part else 4) and len(report.unknown_fits) == (4 if is_part else 0)
            for k, part in enumerate(parts):
                of_one = leaks(corpus, folds.split(k))
                knows_test = fit is None or bool(set(fit) & set(part))
                if fit in (None, keys, folds.split(k).train, part):
                    assert len(of_one.fitted) == (4 if knows_test else 0) and of_one.unknown_fits == ()
                else:
                    assert of_one.fitted == () and len(of_one.unknown_fits) == 4

    def test_a_fit_for_the_own_fold_of_each_item_knows_the_other_folds(self) -> None:
        folds = Folds((("own/a1",), ("own/b1",), ("own/c1",)), ("0", "1", "2"), "folds", 1, (), (), "")
        clips = [
            self.decided(name, "one_coin", keys_sha256(folds.split(number).train))
            for number, name in enumerate(("a1", "b1", "c1"))
        ]
        report = leaks(Corpus(clips), folds)
        assert [each.item for each in report.fitted] == ["own/a1", "own/b1", "own/c1"]
        assert texts_of(report) == [
            "fitted_with_test: 3 decisions in basic7 were fitted with items of folds, each of which is test once (1 of 0, 1 of "
            "1, 1 of 2), such as 'own/a1', fitted with none of '0'; decide once for each fold k, with decide(..., "
            "fit_on=folds.split(k).train), and compare each of these corpora with folds.split(k): decisions"
        ]
        assert report.findings[0].severity == "fault"
        # What the finding says to do leaves nothing to be found.
        for number in range(3):
            train = keys_sha256(folds.split(number).train)
            corpus = Corpus([self.decided(name, "one_coin", train) for name in ("a1", "b1", "c1")])
            assert len(leaks(corpus, folds.split(number)).findings) == 0

    def test_folds_with_a_validation_fold(self) -> None:
        folds = Folds(tuple((f"own/{each}",) for each in "abcd"), tuple("0123"), "folds", 1, (), (), "")
        split = folds.split(0, validation=1)
        clips = [self.decided(name, "one_coin", keys_sha256(split.train)) for name in "abcd"]
        report = leaks(Corpus(clips), folds)
        assert len(report.fitted) == 4 and "fitted with none of '0', '1'" in report.findings[0].what
        assert len(leaks(Corpus(clips), split).findings) == 0

    def test_decisions_on_spans_count_too(self) -> None:
        decisions = tuple(
            Decision(
                item="own/b1",
                layer="basic7",
                labels=("Joy",),
                scores={},
                recipe={"method": "one_coin"},
                span=Span(n, n + 1),
            )
            for n in range(3)
        )
        one = Monologue(key="own/b1", name="b1", title="b", language="", duration=Fraction(3), decisions=decisions)
        report = leaks(Corpus([clip("a1")], [one]), divided(train=["a1"], test=["b1"]))
        assert report.fitted == decisions


class TestReplacedDecisions:
    """Items were in a fit whatever was decided on them later; only decisions that count are reported."""

    LATER = ({"method": "adjudication", "by": "x"}, {"method": "majority"})

    @staticmethod
    def decision(key: str, recipe: Mapping[str, Scalar], span: Span | None = None, layer: str = "basic7") -> Decision:
        return Decision(item=f"own/{key}", layer=layer, labels=("Joy",), scores={}, recipe=recipe, span=span)

    @staticmethod
    def fit(batch: str = "panel 1", raters: str = '["r1","r2"]', **more: Scalar) -> dict[str, Scalar]:
        return {"method": "one_coin", "batch": batch, "raters": raters, **more}

    def item(self, kind: str, key: str, recipe: Mapping[str, Scalar], *before: Decision) -> Clip | Monologue:
        if kind == "clips":
            return clip(key, decisions={"basic7": self.decision(key, recipe)}, replaced=before)
        return Monologue(
            key=f"own/{key}",
            name=key,
            title=key,
            language="",
            duration=Fraction(3),
            decisions=(self.decision(key, recipe, Span(0, 3)),),
            replaced=before,
        )

    @staticmethod
    def fitted(*items: Clip | Monologue) -> list[str]:
        corpus = Corpus(
            [each for each in items if isinstance(each, Clip)],
            [each for each in items if isinstance(each, Monologue)],
        )
        report = leaks(corpus, divided(train=["a1", "a2"], test=["b1"]))
        assert report.unknown_fits == ()
        codes = [(each.code, each.severity) for each in report.findings if each.code != "unknown_item"]
        assert codes == ([("fitted_with_test", "fault")] if report.fitted else [])
        return [each.item for each in report.fitted]

    @pytest.mark.parametrize("kind", ["clips", "spans"])
    @pytest.mark.parametrize("later", LATER, ids=["adjudicated", "majority"])
    def test_a_test_item_that_is_decided_again_was_in_the_fit(self, kind: str, later: Mapping[str, Scalar]) -> None:
        span = None if kind == "clips" else Span(0, 1)
        before = self.decision("b1", self.fit(), span), self.decision("b1", {"method": "soft"}, span)
        train = [self.item(kind, key, self.fit()) for key in ("a1", "a2")]
        assert self.fitted(*train, self.item(kind, "b1", later, *before)) == ["own/a1", "own/a2"]
        # A train decision that was replaced counts no more.
        replaced = self.item(kind, "a2", later, self.decision("a2", self.fit(), span))
        assert self.fitted(train[0], replaced, self.item(kind, "b1", later, *before)) == ["own/a1"]
        # A fit on train alone says so, whatever was fitted before.
        honest = self.item(kind, "a1", self.fit(fit_on_sha256=keys_sha256(["own/a1", "own/a2"])))
        assert self.fitted(honest, replaced, self.item(kind, "b1", later, *before)) == []

    @pytest.mark.parametrize("kind", ["clips", "spans"])
    def test_a_batch_without_test_items_has_seen_none(self, kind: str) -> None:
        train = self.item(kind, "a1", self.fit())
        others = [
            self.decision("b1", self.fit(batch="panel 2")),
            self.decision("b1", self.fit(raters='["r1","r3"]')),
            self.decision("b1", self.fit(rows=3)),
            self.decision("b1", self.fit(rows_of="spans" if kind == "clips" else "clips")),
            self.decision("b1", self.fit(), layer="intensity"),
            self.decision("b1", {**self.fit(), "method": "soft"}),
            self.decision("b1", self.fit(fit_on_sha256=keys_sha256(["own/a1", "own/a2"]))),
        ]
        again = self.item(kind, "a2", self.LATER[0], self.decision("a2", self.fit()))
        assert self.fitted(train, again, self.item(kind, "b1", self.LATER[0], *others)) == []
        assert self.fitted(train, again, self.item(kind, "b1", self.LATER[0], *others, self.decision("b1", self.fit())))
