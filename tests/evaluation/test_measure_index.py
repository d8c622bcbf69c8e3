"""The index of docs/metrics.md: each measure that `score` gives stands in it, with whether it has an interval, and no other."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Utterance, Vote, taxonomy
from emos_io.evaluation import Prediction, Predictions, Score, gap, score

DOCS = Path(__file__).parents[2] / "docs"
NUM = 24
"""Items: more than the 10 clusters that an interval needs."""
RANGES = {
    "0 to 1": (0, 1),
    "0 to 2": (0, 2),
    "0 to 100": (0, 100),
    "-1 to 1": (-1, 1),
    "-3 to 3": (-3, 3),
    "0 and more": (0, math.inf),
    "any": (-math.inf, math.inf),
}
"""What the index says of a range, and its ends."""


def clips() -> Iterator[Clip]:
    names = taxonomy("goemotions").labels
    for k in range(NUM):
        key, word = f"own/{k:02}", ("Joy", "Fear")[k % 2]
        votes = tuple(
            Vote(item=key, layer="basic7", rater=rater, labels=(given,))
            for rater, given in zip(("ann", "bob", "cem"), (word, word, ("Joy", "Fear")[k % 3 > 0]), strict=True)
        )
        tier = ("high", "low")[k // 2 % 2]
        yield Clip(
            key=key,
            source="own",
            language=("en", "zh")[k < 12],
            votes=votes,
            decisions={
                "basic7": Decision(
                    item=key, layer="basic7", labels=(word,), scores={word: 1.0}, confidence_tier=tier  # type: ignore[arg-type]
                ),
                "goemotions": Decision(
                    item=key, layer="goemotions", labels=names[:2], scores={names[0]: 1.0, names[1]: 2 / 3}
                ),
                "intensity": Decision(item=key, layer="intensity", labels=(str(k % 5 + 1),), scores={str(k % 5 + 1): 1.0}),
            },
        )  # fmt: skip


def talks() -> Iterator[Monologue]:
    for k in range(NUM):
        words = ("Joy", "Fear", "Joy", "Anger")
        spoken = tuple(
            Utterance(
                index=n,
                span=Span(5 * n, 5 * n + 5),
                labels={"basic7": (word,), "intensity": (str(1 + (n + k) % 5),)},
            )
            for n, word in enumerate(words)
        )
        yield Monologue(
            key=f"own/talk{k:02}", name=str(k), title=str(k), language="en", duration=Fraction(20), utterances=spoken
        )


def rows_of(corpus: Corpus) -> Iterator[Prediction]:
    names = taxonomy("goemotions").labels
    for k, clip in enumerate(corpus.clips):
        word = ("Joy", "Fear")[k % 4 > 1]
        yield Prediction(key=clip.key, layer="basic7", label=word, confidence=0.5, scores={word: 0.75, "Anger": 0.25})
        yield Prediction(key=clip.key, layer="goemotions", labels=names[:1], scores={names[0]: 0.5, names[2]: 0.25})
        yield Prediction(key=clip.key, layer="intensity", value=float(1 + k % 3))
    for talk in corpus.monologues:
        for n, word in enumerate(("Joy", "Fear", "Fear", "Joy", "Anger")):
            span = Span(4 * n, 4 * n + 4)
            yield Prediction(key=talk.key, layer="basic7", span=span, label=word, available_at=span.end)
            yield Prediction(key=talk.key, layer="intensity", span=span, value=float(n % 4 + 1))


@pytest.fixture(scope="module")
def emitted() -> dict[str, list[Score]]:
    """Scores of clips of labels, sets and numbers, of monologues of labels and numbers, and gaps, by name."""
    corpus = Corpus([*clips()], [*talks()])
    run = Predictions(tuple(rows_of(corpus)), name="run")
    found: dict[str, list[Score]] = {}
    for each in (*score(run, corpus, by=["language"], draws=20), *gap(run, run, corpus, draws=20)):
        found.setdefault(each.name, []).append(each)
    return found


def index() -> dict[str, dict[str, str]]:
    text = (DOCS / "metrics.md").read_text().split("## All measures\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    heads = rows[0]
    assert heads == ["measure", "of", "range", "interval", "page"]
    found = {row[0].strip("`"): dict(zip(heads, row, strict=True)) for row in rows[2:]}
    assert len(found) == len(rows) - 2, "each measure has one row"
    return found


def test_the_index_has_each_measure_and_no_other(emitted: dict[str, list[Score]]) -> None:
    assert {score.of["layer"] + " " + score.of["kind"] for scores in emitted.values() for score in scores} == {
        "basic7 clips", "goemotions clips", "intensity clips", "basic7 streams", "intensity streams",
    }  # fmt: skip
    assert sorted(index()) == sorted(emitted)


def test_the_index_says_what_has_an_interval(emitted: dict[str, list[Score]]) -> None:
    assert {name: row["interval"] for name, row in index().items()} == {
        name: "yes" if any(score.low is not None for score in scores) else "no" for name, scores in emitted.items()
    }


def test_values_are_within_the_range_of_the_index(emitted: dict[str, list[Score]]) -> None:
    for name, row in index().items():
        low, high = RANGES[row["range"]]
        values = [score.value for score in emitted[name] if score.value is not None]
        assert values, name
        assert low <= min(values) and max(values) <= high, name


def test_pages_of_the_index_define_the_measure() -> None:
    for name, row in index().items():
        pages = re.findall(r"\((metrics[-\w]*\.md)\)", row["page"])
        assert pages, name
        for page in pages:
            text = (DOCS / page).read_text()
            assert name in text or ("micro_*" in text and name.startswith("micro_")), (name, page)
