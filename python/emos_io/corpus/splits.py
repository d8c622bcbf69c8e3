"""Train and test, divided by a seed: groups stay together, strata keep their shares, and a checksum can be published."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .._checks import as_integer, as_number
from ..errors import InvalidArgument, short_repr
from ._frozen import freeze
from .data import CorpusData, checked_corpus
from .records import Clip, Monologue

GROUPS = ("film", "dialogue", "video")
"""Kinds of groups that are never divided."""
STRATA = ("confidence_tier", "language", "source", "label")
"""Kinds of strata that can be balanced."""


@dataclass(frozen=True, slots=True, repr=False)
class Split:
    """A division of the items of a corpus.

    Attributes:
        train, test: Keys, sorted.
        seed, test_share: The seed and the share of test that were asked for.
        by, stratify: The kinds of groups and of strata that were asked for.
        sha256: Checksum of the canonical JSON of the two lists: publish it, and anyone can see that theirs is the same.
        strata: For each stratum how many items are in train and in test.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    seed: int
    test_share: float
    by: tuple[str, ...]
    stratify: tuple[str, ...]
    sha256: str
    strata: Mapping[str, tuple[int, int]]

    def __post_init__(self) -> None:
        freeze(self, "strata")

    def __repr__(self) -> str:
        return (
            f"Split({len(self.train)} train, {len(self.test)} test, seed={self.seed}, test_share={self.test_share}, "
            f"by={self.by}, stratify={self.stratify}, {len(self.strata)} strata, sha256={self.sha256[:16]!r}...)"
        )


def split(
    corpus: CorpusData,
    *,
    seed: int,
    test: float,
    by: Sequence[str] | None = None,
    stratify: Sequence[str] = (),
) -> Split:
    """Divide the items of a corpus into train and test.

    Items of one group stay on one side. Items that are cut from the same seconds, or that have the same longer text, count
    as one group too. Groups are shuffled by the seed and sorted by size, the largest first. Each in turn goes to the side
    that brings the shares of its strata nearer to `test`. The result does not depend on the order of the items or on the
    version of a library: the shuffle is by SHA-256 of seed and group.

    Args:
        corpus: The corpus to divide.
        seed: Any integer.
        test: Share of items for the test side, above 0 and below 1.
        by: Kinds of groups to keep together, all if left out: film (a monologue's title), dialogue (MELD), video (CH-SIMS).
        stratify: Kinds of strata to balance: confidence_tier, language, source, label.

    Raises:
        InvalidArgument: A share or a name is not allowed, or there are fewer than two groups.

    Cost: linear in items times strata; under a second for EmoS.

    Example:
        >>> from emos_io.corpus import Clip, Corpus
        >>> groups = [{"video": f"v{n // 2}"} for n in range(6)]
        >>> clips = [Clip(key=f"own/{n}", source="own", language="en", group=group) for n, group in enumerate(groups)]
        >>> split(Corpus(clips), seed=7, test=0.3).test
        ('own/4', 'own/5')
    """
    seed, test = _checked_seed(seed), _checked_share(test)
    by, stratify = (
        _checked_names(GROUPS if by is None else by, GROUPS, "by"),
        _checked_names(stratify, STRATA, "stratify"),
    )
    items = checked_corpus(corpus).items
    groups = _groups(items, by)
    if len(groups) < 2:
        raise InvalidArgument(
            f"corpus must have two or more groups of items, got {len(groups)}; name fewer kinds of groups with by="
        )
    stratum = {item.key: _stratum(item, stratify) for item in items}
    total = Counter(stratum.values())
    in_test: Counter[str] = Counter()
    chosen: set[str] = set()
    order = sorted(groups.values(), key=lambda keys: (-len(keys), _random_number(seed, min(keys))))
    seen: Counter[str] = Counter()
    for keys in order:
        own = Counter(stratum[key] for key in keys)
        seen.update(own)
        # How far test would be from its share of what was dealt out so far, with this group and without it.
        error_with = sum((in_test[s] + own[s] - test * seen[s]) ** 2 / total[s] for s in own)
        error_without = sum((in_test[s] - test * seen[s]) ** 2 / total[s] for s in own)
        if error_with < error_without:
            chosen.update(keys)
            in_test.update(own)
    train_keys = tuple(sorted(item.key for item in items if item.key not in chosen))
    test_keys = tuple(sorted(chosen))
    text = json.dumps({"test": test_keys, "train": train_keys}, ensure_ascii=False, separators=(",", ":"))
    strata = {name: (total[name] - in_test[name], in_test[name]) for name in sorted(total)}
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Split(train_keys, test_keys, seed, test, by, stratify, sha256, strata)


def _checked_seed(seed: object) -> int:
    number = as_integer(seed)
    if number is None:
        raise InvalidArgument(f"seed must be an integer, got {short_repr(seed)}; give any integer, and publish it")
    return number


def _checked_share(test: object) -> float:
    share = as_number(test)
    if share is None or not 0 < share < 1:
        raise InvalidArgument(
            f"test must be above 0 and below 1, got {short_repr(test)}; give the share of items for testing"
        )
    return share


def _checked_names(names: object, allowed: Sequence[str], argument: str) -> tuple[str, ...]:
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise InvalidArgument(
            f"{argument} must be a sequence of names, got {short_repr(names)}; give a list with any of {', '.join(allowed)}"
        )
    found = tuple(names)
    wrong = [name for name in found if name not in allowed]
    if wrong:
        raise InvalidArgument(
            f"{argument} must be of {', '.join(allowed)}, got {short_repr(wrong[0])}; correct or remove it"
        )
    return found


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
        for name in _group_names(item, by):
            first, second = sorted((root(own), root(name)))
            parent[second] = first
    groups: dict[str, list[str]] = defaultdict(list)
    for item in items:
        groups[root(f"key:{item.key}")].append(item.key)
    return groups


def _group_names(item: Clip | Monologue, by: Sequence[str]) -> list[str]:
    if isinstance(item, Monologue):
        return [f"film:{item.title}"] if "film" in by else []
    names = [f"{kind}:{item.source}:{value}" for kind, value in item.group.items() if kind in by]
    seconds = [item.attributes.get(name) for name in ("season", "episode", "start", "end")]
    if None not in seconds:
        names.append(f"seconds:{seconds}")
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


def _random_number(seed: int, key: str) -> float:
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return random.Random(int.from_bytes(digest[:8])).random()
