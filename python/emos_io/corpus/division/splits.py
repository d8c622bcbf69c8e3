"""Train, validation and test, by a seed: groups stay together, strata keep their shares, a checksum can be published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..._checks import as_integer, as_number
from ...errors import InvalidArgument, short_repr
from ..data import CorpusData, checked_corpus
from ..records import Monologue
from .groups import (
    Item,
    checked_kind,
    checked_kinds,
    count_kinds,
    dealing_order,
    group_facts,
    make_groups,
    one_group_of,
)
from .values import Side, Split, sides_sha256

STRATA = ("confidence_tier", "language", "source", "label")
"""Kinds of strata that can be balanced."""
_SIDES_BY_NAME: dict[str, Side] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "development": "validation",
    "test": "test",
    "testing": "test",
}
"""What columns of corpora call the sides."""


def split(
    corpus: CorpusData,
    *,
    seed: int,
    test: float,
    validation: float | None = None,
    by: Sequence[str] | None = None,
    stratify: Sequence[str] = (),
) -> Split:
    """Divide the items of a corpus into train and test, or into train, validation and test.

    Items of one group stay on one side, and so do all groups of an item with several, such as a monologue of two speakers (of
    `Utterance.speaker`; those of the published monologues are guesses, and count as none). Items that are cut from the same
    seconds, or that have the same longer text (of one speaker, where speakers are groups), count as one group too. Groups are
    shuffled by the seed and sorted by size, the largest first. Each in turn goes to the side that brings the shares of its
    strata nearer to `test`; each side gets a group or more. The validation side is then taken from the groups that are not in
    test in the same way, so that test is the same with and without it. The result does not depend on the order of the items or
    on the version of a library: the shuffle is by SHA-256 of seed and group.

    Args:
        corpus: The corpus to divide.
        seed: Any integer.
        test: Share of items for the test side, above 0 and below 1.
        validation: Share of items for the validation side, above 0; with `test` below 1. None for no such side.
        by: Kinds of groups to keep together: film (a monologue's title), dialogue (MELD), video (CH-SIMS), speaker, and any
            other that `Clip.group` and `Monologue.group` have. All that they have if left out.
        stratify: Kinds of strata to balance: confidence_tier, language, source, label.

    Raises:
        InvalidArgument: A share or a name is not allowed, items lack a kind of group that is asked for, or there are fewer
            groups than sides.

    Cost: linear in items times strata; under a second for EmoS.

    Example:
        >>> from emos_io.corpus import Clip, Corpus
        >>> groups = [{"speaker": f"s{n // 2}"} for n in range(6)]
        >>> clips = [Clip(key=f"own/{n}", source="own", language="en", group=group) for n, group in enumerate(groups)]
        >>> split(Corpus(clips), seed=7, test=0.3).test
        ('own/4', 'own/5')
        >>> three = split(Corpus(clips), seed=7, test=0.3, validation=0.3)
        >>> three.test, three.validation, three.disjoint
        (('own/4', 'own/5'), ('own/2', 'own/3'), ('speaker',))
    """
    seed, test = checked_seed(seed), _checked_share(test, "test", "testing")
    rest = None if validation is None else _checked_share(validation, "validation", "validation")
    if rest is not None and test + rest >= 1:
        raise InvalidArgument(
            f"validation must be below {1 - test:g} beside test {test:g}, got {rest:g}; leave a share for training"
        )
    items = checked_corpus(corpus).items
    kinds, strata_kinds = checked_kinds(by, items), checked_strata(stratify)
    groups = make_groups(items, kinds, by_default=by is None)
    num_sides = 2 if rest is None else 3
    if len(groups) < num_sides:
        number = "two" if rest is None else "three"
        raise InvalidArgument(
            f"corpus must have {number} or more groups of items, got {len(groups)}; name fewer kinds of groups with by="
        )
    stratum = {item.key: stratum_of(item, strata_kinds) for item in items}
    order = dealing_order(groups, seed)
    in_test = _deal(order, stratum, test, most=len(groups) - num_sides + 1)
    in_validation: set[str] = set()
    if rest is not None:
        others = [keys for keys in order if keys[0] not in in_test]
        in_validation = _deal(others, stratum, rest / (1 - test), most=len(others) - 1)
    sides: dict[str, Side] = {
        item.key: "test" if item.key in in_test else "validation" if item.key in in_validation else "train"
        for item in items
    }
    return _make_split(items, sides, seed=seed, shares=(test, rest), by=kinds, stratify=strata_kinds)


def predefined_split(corpus: CorpusData, by: str = "split") -> Split:
    """Return the split that a group column of the items gives, as it is.

    Args:
        corpus: The corpus.
        by: The kind of group whose names are sides: train or training; validation, valid, val, dev or development; test or
            testing, in any letter case.

    Raises:
        InvalidArgument: Items lack the kind or have another name, or no item is in train or in test.

    Example:
        >>> from emos_io.corpus import Clip, Corpus
        >>> sides = ["train", "Dev", "test"]
        >>> clips = [Clip(key=f"own/{n}", source="own", language="en", group={"split": side}) for n, side in enumerate(sides)]
        >>> predefined_split(Corpus(clips)).validation
        ('own/1',)
    """
    items = checked_corpus(corpus).items
    kind = checked_kind(by, tuple(count_kinds(items)) or ("split",), count_kinds(items), items)
    sides: dict[str, Side] = {}
    for item in items:
        name = one_group_of(item, kind)
        side = None if name is None else _SIDES_BY_NAME.get(name.strip().casefold())
        if side is None:
            raise InvalidArgument(
                f"{kind} of {item.key!r} must be train, validation or test, got {name!r}; correct it, or take folds of it with "
                "leave_one_out",
                key=item.key,
            )
        sides[item.key] = side
    for needed in ("train", "test"):
        if needed not in sides.values():
            raise InvalidArgument(
                f"{kind} must have items in train and in test, got none in {needed}; correct the column, or divide by a seed"
            )
    share = list(sides.values()).count("test") / len(items)
    validation = list(sides.values()).count("validation") / len(items)
    shares = (share, validation if validation else None)
    return _make_split(items, sides, seed=None, shares=shares, by=(kind,), stratify=())


def _deal(order: Sequence[Sequence[str]], stratum: dict[str, str], share: float, *, most: int) -> set[str]:
    """Return the keys of the groups that make up a share of all of them: one group or more, and `most` at most."""
    total = Counter(stratum[key] for keys in order for key in keys)
    dealt: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    chosen: list[Sequence[str]] = []
    for keys in order:
        own = Counter(stratum[key] for key in keys)
        seen.update(own)
        # How far the side would be from its share of what was dealt out so far, with this group and without it.
        error_with = sum((dealt[s] + own[s] - share * seen[s]) ** 2 / total[s] for s in own)
        error_without = sum((dealt[s] - share * seen[s]) ** 2 / total[s] for s in own)
        if error_with < error_without:
            chosen.append(keys)
            dealt.update(own)
    # The smallest groups come last: they are the nearest to a side without any, and to one with too many.
    chosen = chosen[:most] or [order[-1]]
    return {key for keys in chosen for key in keys}


def _make_split(
    items: Sequence[Item],
    sides: dict[str, Side],
    *,
    seed: int | None,
    shares: tuple[float, float | None],
    by: tuple[str, ...],
    stratify: tuple[str, ...],
) -> Split:
    names: tuple[Side, ...] = ("train", "test") if shares[1] is None else ("train", "validation", "test")
    keys = {name: tuple(sorted(key for key, side in sides.items() if side == name)) for name in names}
    counts = Counter((stratum_of(item, stratify), sides[item.key]) for item in items)
    strata = {name: tuple(counts[name, side] for side in names) for name in sorted({name for name, _ in counts})}
    facts = group_facts(items, sides)
    return Split(
        keys["train"],
        keys["test"],
        seed,
        shares[0],
        by,
        stratify,
        sides_sha256(keys["train"], keys.get("validation"), keys["test"]),
        strata,
        validation=keys.get("validation", ()),
        validation_share=shares[1],
        kind="predefined" if seed is None else "split",
        disjoint=facts.disjoint,
        divided=facts.divided,
        ungrouped=facts.ungrouped,
    )


def checked_seed(seed: object) -> int:
    """Return a seed.

    Raises:
        InvalidArgument: It is no integer.
    """
    number = as_integer(seed)
    if number is None:
        raise InvalidArgument(f"seed must be an integer, got {short_repr(seed)}; give any integer, and publish it")
    return number


def checked_strata(names: object) -> tuple[str, ...]:
    """Return kinds of strata.

    Raises:
        InvalidArgument: They are no sequence of such kinds.
    """
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise InvalidArgument(
            f"stratify must be a sequence of names, got {short_repr(names)}; give a list with any of {', '.join(STRATA)}"
        )
    found = tuple(names)
    wrong = [name for name in found if name not in STRATA]
    if wrong:
        raise InvalidArgument(
            f"stratify must be of {', '.join(STRATA)}, got {short_repr(wrong[0])}; correct or remove it"
        )
    return found


def stratum_of(item: Item, kinds: Sequence[str]) -> str:
    """Return the name of an item's stratum: ``all`` for no kinds."""
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


def _checked_share(value: object, name: str, purpose: str) -> float:
    share = as_number(value)
    if share is None or not 0 < share < 1:
        raise InvalidArgument(
            f"{name} must be above 0 and below 1, got {short_repr(value)}; give the share of items for {purpose}"
        )
    return share
