"""Train and test, divided by a seed: whole groups only, in the same shares everywhere, with a sum to publish."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import InvalidArgument
from .corpus import Corpus
from .records import Clip, Monologue

GROUPS = ("film", "dialogue", "video")
"""Kinds of groups that are never divided."""
STRATA = ("confidence_tier", "language", "source", "label")


@dataclass(frozen=True, slots=True)
class Split:
    """A division of the items of a corpus.

    Attributes:
        train, test: Keys, sorted.
        seed, test_share: As asked.
        by, stratify: As asked.
        sha256: Of the canonical JSON of the two lists: publish it, and anyone can see that theirs is the same.
        strata: For each stratum how many items are in train and in test.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    seed: int
    test_share: float
    by: tuple[str, ...]
    stratify: tuple[str, ...]
    sha256: str
    strata: dict[str, tuple[int, int]]


def split(
    corpus: Corpus,
    *,
    seed: int,
    test: float,
    by: Sequence[str] = GROUPS,
    stratify: Sequence[str] = (),
) -> Split:
    """Divide the items of a corpus into train and test.

    Items of one group go to one side, and so do items that are cut from the same seconds or have the same longer text. Groups
    are shuffled by the seed, then each in turn goes to the side whose strata lack most of it, so that the shares of
    every stratum come near the share asked for; large groups first. Nothing depends on the order of the items or the
    version of a library: the shuffle is by SHA-256 of seed and group.

    Args:
        corpus: What to divide.
        seed: Any whole number.
        test: Share of items for the test side, above 0 and below 1.
        by: Kinds of groups to keep whole: film (a monologue's title), dialogue (MELD), video (CH-SIMS).
        stratify: Kinds of strata to balance: confidence_tier, language, source, label.

    Raises:
        InvalidArgument: A share or a name is not allowed, or there are fewer than two groups.

    Cost: linear in items times strata; under a second for EmoS.
    """
    if not 0 < test < 1:
        raise InvalidArgument(f"a test share of {test} was given; it lies above 0 and below 1")
    for names, allowed, what in ((by, GROUPS, "group"), (stratify, STRATA, "stratum")):
        wrong = [name for name in names if name not in allowed]
        if wrong:
            raise InvalidArgument(f"{what} {wrong[0]!r} was given; allowed are {', '.join(allowed)}")
    items = corpus.items
    groups = _groups(items, by)
    if len(groups) < 2:
        raise InvalidArgument(f"the corpus has {len(groups)} group of items; a split needs two or more")
    stratum = {item.key: _stratum(item, stratify) for item in items}
    total = Counter(stratum.values())
    in_test: Counter[str] = Counter()
    chosen: set[str] = set()
    order = sorted(groups.values(), key=lambda keys: (-len(keys), _draw(seed, min(keys))))
    seen: Counter[str] = Counter()
    for keys in order:
        here = Counter(stratum[key] for key in keys)
        seen.update(here)
        # How far each side would be from its share of what was dealt out so far.
        with_it = sum((in_test[s] + here[s] - test * seen[s]) ** 2 / total[s] for s in here)
        without = sum((in_test[s] - test * seen[s]) ** 2 / total[s] for s in here)
        if with_it < without:
            chosen.update(keys)
            in_test.update(here)
    train = tuple(sorted(item.key for item in items if item.key not in chosen))
    tested = tuple(sorted(chosen))
    text = json.dumps({"test": tested, "train": train}, ensure_ascii=False, separators=(",", ":"))
    strata = {name: (total[name] - in_test[name], in_test[name]) for name in sorted(total)}
    sum_of_it = hashlib.sha256(text.encode()).hexdigest()
    return Split(train, tested, seed, test, tuple(by), tuple(stratify), sum_of_it, strata)


MIN_SHARED_TEXT = 24
"""Letters from which the same text twice means the same recording rather than a common phrase."""


def _groups(items: Iterable[Clip | Monologue], by: Sequence[str]) -> dict[str, list[str]]:
    """Keys by group: items that share any group are in one."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for item in items:
        own = f"key:{item.key}"
        for name in _names(item, by):
            first, second = sorted((root(own), root(name)))
            parent[second] = first
    groups: dict[str, list[str]] = defaultdict(list)
    for item in items:
        groups[root(f"key:{item.key}")].append(item.key)
    return groups


def _names(item: Clip | Monologue, by: Sequence[str]) -> list[str]:
    if isinstance(item, Monologue):
        return [f"film:{item.title}"] if "film" in by else []
    names = [f"{kind}:{item.source}:{value}" for kind, value in item.group.items() if kind in by]
    place = [item.attributes.get(name) for name in ("season", "episode", "start", "end")]
    if None not in place:
        names.append(f"seconds:{place}")
    letters = "".join(char for char in item.text.casefold() if char.isalnum())
    if len(letters) >= MIN_SHARED_TEXT:
        names.append(f"text:{letters}")
    return names


def _stratum(item: Clip | Monologue, kinds: Sequence[str]) -> str:
    if isinstance(item, Monologue):
        label = item.trend.dominant if item.trend else None
        values = {"confidence_tier": "streaming", "language": item.language, "source": "streaming", "label": label}
    else:
        label = item.decision.label if item.decision else None
        values = {
            "confidence_tier": item.confidence_tier,
            "language": item.language,
            "source": item.source,
            "label": label,
        }
    return ", ".join(f"{kind}={values[kind]}" for kind in kinds) or "all"


def _draw(seed: int, key: str) -> float:
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return random.Random(int.from_bytes(digest[:8])).random()
