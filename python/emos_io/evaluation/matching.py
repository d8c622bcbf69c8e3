"""Predictions beside a corpus: which items are scored, what was predicted of each, and what is wrong with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, get_args

from .._checks import choice
from ..corpus import Clip, FindingCollector, Findings, Folds, Monologue, Split, Taxonomy
from ..corpus.data import CorpusData, checked_corpus
from ..errors import InvalidArgument, NoSuchItem, short_repr
from ..spans import Span
from .answers import LayerAnswers, number_of
from .clip_arrays import clip_arrays, confidence_of, has_truth, truth_levels
from .header_checks import check_header
from .matched import Matched, MatchedStreams
from .predictions import Prediction, Predictions
from .stream_order import in_order, span_text, without_noise
from .streams.timelines import form_of, rows_without_clock

Side = Literal["train", "validation", "test"]
"""A side of a split."""

_SIDES: tuple[Side, ...] = get_args(Side)
_OF_STREAMS = ("without_times", "overlapping", "cut", "outside_item", "moved", "without_clock")
_NUM_EXAMPLES = 5
"""Keys that a finding about many items names; `Matched` has all of them."""


def match(
    predictions: Predictions,
    corpus: CorpusData,
    *,
    layer: str,
    split: Split | Folds | None = None,
    side: Side = "test",
) -> Matched:
    """Return the items of a layer that are scored, beside what predictions say of them.

    Items are expected that are on a side of a split, or in folds; without a split all clips where the file has a row for one,
    and all monologues where it has a row for one. An expected item without a row is a missing prediction; an expected item
    without truth in the layer is not scored. Of rows about one thing the first counts. Nothing is left out without a
    finding.

    The header says for what predictions were made: ``corpus`` is compared with `keys_sha256` of the keys of all items where it
    is such a checksum, and is a name otherwise; ``split_sha256`` is compared with the split.

    Args:
        predictions: The predictions of one run.
        corpus: Items with truth.
        layer: The layer.
        split: A split; or folds, and each row is checked to be from the fold of its item where it says so.
        side: The side of a split that is scored; that of folds, and of no split, is ``"test"``.

    Raises:
        InvalidArgument: An argument is none of these, or the split has no such side.

    Cost: one pass over the rows and over the items.

    Example:
        >>> from emos_io.corpus import Corpus, Decision
        >>> def clip(key: str, label: str) -> Clip:
        ...     decision = Decision(item=key, layer="basic7", labels=(label,), scores={label: 1.0})
        ...     return Clip(key=key, source="own", language="en", decisions={"basic7": decision})
        >>> corpus = Corpus([clip("own/1", "Joy"), clip("own/2", "Fear"), clip("own/3", "Anger")])
        >>> rows = [
        ...     Prediction(key="own/1", layer="basic7", label="Joy", confidence=0.9),
        ...     Prediction(key="own/3", layer="basic7", label="angry"),
        ... ]
        >>> matched = match(Predictions(tuple(rows), name="tiny"), corpus, layer="basic7")
        >>> matched.clips.truth.tolist(), matched.clips.predicted.tolist()
        ([3, 2, 0], [3, -1, -1])
        >>> for finding in matched.findings:
        ...     print(finding)
        prediction_label: 'angry' is no label of basic7; it counts as wrong; the nearest is 'Anger': tiny, own/3
        missing_prediction: 1 of 3 clips of own has no prediction: 'own/2'; it counts as wrong; predict it: tiny
    """
    if not isinstance(predictions, Predictions):
        raise InvalidArgument(
            f"predictions must be Predictions, got {short_repr(predictions)}; read a file with "
            "emos_io.evaluation.read_predictions"
        )
    checked_corpus(corpus)
    if not isinstance(layer, str):
        raise InvalidArgument(f"layer must be the name of a layer, got {short_repr(layer)}; give one such as 'basic7'")
    matching = _Matching(predictions, corpus, layer)
    sides = _side_keys(split, side)
    check_header(predictions, corpus, split, matching.findings)
    matching.expect(split, sides)
    matching.assign()
    return matching.matched()


def _side_keys(split: Split | Folds | None, side: Side) -> tuple[str, ...] | None:
    choice(side, _SIDES, "side")
    if split is None:
        if side != "test":
            raise InvalidArgument(f"side must come with a split, got {side!r} alone; give the split that has it")
        return None
    if isinstance(split, Folds):
        if side != "test":
            raise InvalidArgument(
                f"side must be 'test' for folds, got {side!r}; each item of folds is on the test side once"
            )
        return tuple(key for fold in split.folds for key in fold)
    if not isinstance(split, Split):
        raise InvalidArgument(f"split must be a Split or Folds, got {short_repr(split)}; read it with load_division")
    sides = split.sides()
    if side not in sides:
        raise InvalidArgument(f"side must be one of {', '.join(sides)}, got {side!r}; the split has no other")
    return sides[side]


class _Matching:
    """One file beside one corpus in one layer, step by step."""

    def __init__(self, predictions: Predictions, corpus: CorpusData, layer: str) -> None:
        self.predictions, self.corpus, self.layer = predictions, corpus, layer
        self.findings = FindingCollector()
        self.rows = [row for row in predictions if row.layer == layer]
        self.items = {item.key: item for item in corpus}
        self.taxonomy = _taxonomy(corpus, layer)
        self.answers = LayerAnswers(layer, self.taxonomy)
        self.takes_sets = self.answers.takes_sets
        self.takes_one = self.taxonomy is not None and not self.takes_sets
        self.counts: Counter[str] = Counter(rows=len(self.rows))
        self.expected: dict[str, Clip | Monologue] = {}
        self.scored: dict[str, Clip | Monologue] = {}
        self.without_truth: list[str] = []
        self.unknown: list[str] = []
        self.off_side: list[str] = []
        self.folds: dict[str, str] = {}
        self.clip_rows: dict[str, Prediction] = {}
        self.stream_rows: dict[str, list[Prediction]] = {}
        self.moved_items: list[str] = []
        self.lines: dict[str, int] = {}

    def where(self, row: Prediction) -> str:
        text = f"{self.predictions.name}, " + (f"line {row.line}" if row.line else row.key)
        self.lines[text] = row.line
        return text

    # Which items are scored.

    def expect(self, split: Split | Folds | None, side_keys: Sequence[str] | None) -> None:
        if isinstance(split, Folds):
            self.folds = {key: name for name, keys in zip(split.names, split.folds, strict=True) for key in keys}
        if side_keys is None:
            keys = {row.key for row in self.rows}
            kinds = {type(self.items[key]) for key in keys if key in self.items}
            self.expected = {key: item for key, item in self.items.items() if type(item) in kinds}
        else:
            wanted = set(side_keys)
            self.expected = {key: item for key, item in self.items.items() if key in wanted}
            absent = [key for key in side_keys if key not in self.items]
            if absent:
                what = f"{len(absent):,} of {len(side_keys):,} items of the side that is scored {_be(absent)} not in the corpus"
                fix = "give the split of this corpus"
                self.findings.add("other_split", self.predictions.name, f"{what}: {_some(absent)}", fix)
        for key, item in self.expected.items():
            if _has_truth(item, self.layer, self.answers):
                self.scored[key] = item
            else:
                self.without_truth.append(key)
        self._report_without_truth()

    def _report_without_truth(self) -> None:
        layers = _layers(self.corpus)
        # Items that nobody knows have no truth either; a layer that nobody knows is said whatever the items are.
        is_unknown = not self.scored and self.taxonomy is None and self.layer not in layers
        if not self.rows or not (self.without_truth or is_unknown):
            return
        name, num = self.predictions.name, len(self.without_truth)
        if self.scored:
            what = f"{num:,} of {len(self.expected):,} items {_have(self.without_truth)} no truth in {self.layer}"
            fix = "they are not scored"
            self.findings.add("item_without_truth", name, f"{what}: {_some(self.without_truth)}", fix)
            return
        first, rows = self.rows[0], len(self.rows)
        count = "1 prediction is" if rows == 1 else f"{rows:,} predictions are"
        what = f"{count} in the layer {short_repr(self.layer)}, and no item that they are about has truth in it"
        others = [each for each in layers if each != self.layer]
        fix = f"other layers with truth are {', '.join(others)}" if others else "give a corpus with decisions"
        self.findings.add("unknown_prediction_layer", self.where(first), what, fix)

    # Which row counts for what.

    def assign(self) -> None:
        unknown: dict[str, list[Prediction]] = {}
        off_side: dict[str, list[Prediction]] = {}
        for row in self.rows:
            if row.key not in self.items:
                unknown.setdefault(row.key, []).append(row)
            elif row.key not in self.expected:
                off_side.setdefault(row.key, []).append(row)
            else:
                self._assign(row)
        self.unknown, self.off_side = list(unknown), list(off_side)
        for key, rows in unknown.items():
            self._report_unknown(key, rows)
        if off_side:
            what = f"{len(off_side):,} items of the corpus are not on the side that is scored"
            what = f"{what}: {_some(self.off_side)}"
            self.findings.add("outside_split", self.predictions.name, what, "their predictions are not scored")
        for key, rows in self.stream_rows.items():
            self._order(key, rows)
        self._report_noise()
        if self.takes_one:
            self._report_clock()
            self._report_form()
        self._report_missing()

    def findings_by_line(self) -> Findings:
        """Return findings about the whole file, then those about lines in their order."""
        return Findings(sorted(self.findings.collected, key=lambda finding: self.lines.get(finding.where, 0)))

    def _order(self, key: str, rows: list[Prediction]) -> None:
        """Put the rows about a monologue in order of time, without noise of times and those that come again."""
        item = self.items[key]
        if isinstance(item, Monologue):
            settled = without_noise(item, rows, self.layer if key in self.scored else None)
            moved = sum(new is not old for new, old in zip(settled, rows, strict=True))
            self.counts["moved"] += moved
            if moved:
                self.moved_items.append(key)
            rows[:] = settled
        first: dict[Span | None, Prediction] = {}
        for row in rows:
            earlier = first.setdefault(row.span, row)
            if earlier is not row:
                self._report_repeated(row, earlier)
            elif key in self.scored:
                self._check_answer(row)
        if isinstance(item, Monologue):
            found = in_order(item, first.values(), self.where, self.findings, self.counts, overlap=not self.takes_one)
            rows[:] = found

    def _report_noise(self) -> None:
        if self.moved_items:
            what = f"times of {_rows(self.counts['moved'])} miss another edge by less than 1 ms, in {_some(self.moved_items)}"
            fix = "they were moved there"
            self.findings.add("prediction_time_noise", self.predictions.name, what, fix)

    def _report_clock(self) -> None:
        """Report rows that have no time on the decision clock in a file where others have one."""
        rows = [row for key, each in self.stream_rows.items() if key in self.scored for row in each]
        without = rows_without_clock(sorted(rows, key=lambda row: row.line))
        if not without:
            return
        self.counts["without_clock"] = len(without)
        some = ", ".join(str(row.line) if row.line else row.key for row in without[:_NUM_EXAMPLES])
        more = f" and {len(without) - _NUM_EXAMPLES:,} more" if len(without) > _NUM_EXAMPLES else ""
        what = f"{len(without):,} of {_rows(len(rows))} of monologues do not say when they were available: {some}{more}"
        fix = "they do not count on the decision clock; give available_at in all rows or in none"
        self.findings.add("prediction_without_clock", self.where(without[0]), what, fix)

    def _report_form(self) -> None:
        """Report what rows of monologues were taken for where the file does not say it."""
        rows = {key: each for key, each in self.stream_rows.items() if key in self.scored}
        if not rows or self.predictions.header.get("form") is not None:
            return
        form = form_of(rows, {})
        meaning = "of which only a change of label means something" if form == "decisions" else "whose edges count"
        other = "segments" if form == "decisions" else "decisions"
        what = f"the header has no form, and rows of monologues in {self.layer} are taken for {form}, {meaning}"
        fix = f'give the header "form": "{form}", or "{other}" if they are these'
        self.findings.add("form_guessed", self.predictions.name, what, fix)

    def _assign(self, row: Prediction) -> None:
        item = self.expected[row.key]
        fold = self.folds.get(row.key)
        if row.fold is not None and fold is not None and row.fold != fold:
            self.counts["other_fold"] += 1
            what = f"{short_repr(row.key)} is in the fold {short_repr(fold)}, and it is of {short_repr(row.fold)}"
            self.findings.add("other_fold", self.where(row), what, "predict it with the model that has not seen it")
        if isinstance(item, Clip):
            if row.span is not None:
                what = f"{short_repr(row.key)} is a clip, and it is about {span_text(row.span)}"
                self.findings.add(
                    "clip_with_times", self.where(row), what, "it counts for all of it; leave the times out"
                )
            earlier = self.clip_rows.setdefault(row.key, row)
        elif row.span is None:
            what = f"{short_repr(row.key)} is a monologue, and it has no start and end"
            self.findings.add("monologue_without_times", self.where(row), what, "it is not scored; give both")
            self.counts["without_times"] += 1
            return
        else:
            self.stream_rows.setdefault(row.key, []).append(row)
            return
        if earlier is not row:
            self._report_repeated(row, earlier)
        elif row.key in self.scored:
            self._check_answer(row)

    def _report_repeated(self, row: Prediction, earlier: Prediction) -> None:
        self.counts["repeated"] += 1
        what = f"{short_repr(row.key)} has a prediction before: {self.where(earlier)}"
        self.findings.add("repeated_prediction", self.where(row), what, "the first counts; remove one of them")

    def _check_answer(self, row: Prediction) -> None:
        if reason := self.answers.why_no_sum(row):
            fix = "they are left out, and the answer counts; correct them"
            self.findings.add("bad_scores", self.where(row), reason, fix)
        if row.error:
            self.counts["invalid"] += 1
            return
        self.counts["abstained"] += self.answers.is_abstained(row)
        if wrong := self.answers.what_is_wrong(row):
            self.counts["outside_layer"] += 1
            what, advice = wrong
            done = "it is left out of the errors" if self.taxonomy is None else "it counts as wrong"
            self.findings.add("prediction_label", self.where(row), what, f"{done}; {advice}")
        if row.scores and (outside := self.answers.unknown_scores(row)):
            what = f"its scores have {short_repr(outside[0])}, which is no label of {self.layer}"
            fix = f"the scores are left out; {self.answers.what_to_give(outside[0])}"
            self.findings.add("prediction_label", self.where(row), what, fix)
        if math.isnan(confidence_of(row, self.answers)):
            self.counts["without_confidence"] += 1

    def _report_unknown(self, key: str, rows: Sequence[Prediction]) -> None:
        lines = f", in {len(rows):,} lines" if len(rows) > 1 else ""
        full = _full_key(self.corpus, key)
        fix = f"give {full!r} if it is meant" if full else "correct the key, or give the corpus that it is of"
        what = f"{short_repr(key)} is no item of the corpus{lines}"
        self.findings.add("unknown_prediction_item", self.where(rows[0]), what, fix)

    def _missing(self) -> list[str]:
        return [key for key in self.scored if key not in self.clip_rows and key not in self.stream_rows]

    def _report_missing(self) -> None:
        missing = self._missing()
        totals = Counter(map(_source, self.scored.values()))
        by_source: dict[str, list[str]] = {}
        for key in missing:
            by_source.setdefault(_source(self.scored[key]), []).append(key)
        for source, keys in by_source.items():
            if self.takes_sets and isinstance(self.scored[keys[0]], Monologue):
                # Monologues are not scored in layers of sets; their score says so.
                continue
            what = f"{len(keys):,} of {totals[source]:,} {source} {_have(keys)} no prediction: {_some(keys)}"
            they, are, count, them = (
                ("it", "is", "counts", "it") if len(keys) == 1 else ("they", "are", "count", "them")
            )
            done = (
                f"{they} {are} left out of the errors, and counted"
                if self.taxonomy is None
                else f"{they} {count} as wrong"
            )
            self.findings.add("missing_prediction", self.predictions.name, what, f"{done}; predict {them}")

    def matched(self) -> Matched:
        clips = [item for item in self.scored.values() if isinstance(item, Clip)]
        streams = tuple(item for item in self.scored.values() if isinstance(item, Monologue))
        missing = self._missing()
        names = ("invalid", "abstained", "outside_layer", "without_confidence", "repeated", "other_fold")
        counts = {
            "rows": len(self.rows),
            "items": len(self.expected),
            "clips": len(clips),
            "streams": len(streams),
            "missing": len(missing),
            "without_truth": len(self.without_truth),
            "unknown": len(self.unknown),
            "off_side": len(self.off_side),
            **{name: self.counts[name] for name in (*names, *_OF_STREAMS)},
        }
        return Matched(
            layer=self.layer,
            taxonomy=self.taxonomy,
            clips=clip_arrays(clips, [self.clip_rows.get(each.key) for each in clips], self.layer, self.answers),
            streams=MatchedStreams(
                items=streams, rows=tuple(tuple(self.stream_rows.get(each.key, ())) for each in streams)
            ),
            missing=tuple(missing),
            without_truth=tuple(self.without_truth),
            unknown=tuple(self.unknown),
            off_side=tuple(self.off_side),
            folds=self.folds,
            levels=truth_levels(self.corpus.clips, self.layer) if self.taxonomy is None else None,
            counts=counts,
            findings=self.findings_by_line(),
        )


def _taxonomy(corpus: CorpusData, layer: str) -> Taxonomy | None:
    with suppress(InvalidArgument):
        return corpus.taxonomy(layer)
    return None


def _has_truth(item: Clip | Monologue, layer: str, answers: LayerAnswers) -> bool:
    if isinstance(item, Clip):
        return has_truth(item, layer, answers)
    within = [each for each in item.utterances if each.span.start < item.duration and each.span.end > 0]
    labels = [label for each in within for label in each.labels_in(layer)]
    if answers.taxonomy is None:
        return bool(labels) and all(number_of(label) is not None for label in labels)
    return any(label in answers.index for label in labels)


def _layers(corpus: CorpusData) -> list[str]:
    """Return the layers in which some item of a corpus has truth."""
    of_clips = {layer for clip in corpus.clips for layer in clip.decisions}
    return sorted(of_clips | {name for each in corpus.monologues for part in each.utterances for name in part.layers})


def _full_key(corpus: CorpusData, key: str) -> str | None:
    """Return the key of the one item whose last part this is, or None."""
    for items in (corpus.clips, corpus.monologues):
        with suppress(InvalidArgument, NoSuchItem):
            return items[key].key
    return None


def _source(item: Clip | Monologue) -> str:
    return f"clips of {item.source}" if isinstance(item, Clip) else "monologues"


def _some(keys: Sequence[str]) -> str:
    some = ", ".join(map(short_repr, keys[:_NUM_EXAMPLES]))
    rest = len(keys) - _NUM_EXAMPLES
    return some + (f" and {rest:,} more" if rest > 0 else "")


def _have(keys: Sequence[str]) -> str:
    return "has" if len(keys) == 1 else "have"


def _rows(num: int) -> str:
    return f"{num:,} row" + ("" if num == 1 else "s")


def _be(keys: Sequence[str]) -> str:
    return "is" if len(keys) == 1 else "are"
