"""Folds: every item is tested once; k of them by a seed, or one for each group."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from ..._checks import integer
from ...errors import InvalidArgument
from ..data import CorpusData, checked_corpus
from .groups import (
    Item,
    checked_kind,
    checked_kinds,
    count_kinds,
    dealing_order,
    group_facts,
    groups_of,
    make_groups,
    one_group_of,
    source_of,
)
from .splits import checked_seed, checked_strata, stratum_of
from .values import Folds, FoldsKind, folds_sha256


def folds(
    corpus: CorpusData, *, k: int, seed: int, by: Sequence[str] | None = None, stratify: Sequence[str] = ()
) -> Folds:
    """Divide the items of a corpus into k folds of about one size: each is the test side of one split.

    Groups are those of `split`, in its order. Each goes to the fold that has the least of its strata, so that folds without
    strata are as large as those of scikit-learn's GroupKFold.

    Args:
        corpus: The corpus to divide.
        k: The number of folds, from 2.
        seed: Any integer.
        by, stratify: As in `split`.

    Raises:
        InvalidArgument: A name is not allowed, items lack a kind of group that is asked for, or there are fewer groups than
            folds.

    Cost: linear in items times strata times k.

    Example:
        >>> from emos_io.corpus import Clip, Corpus
        >>> groups = [{"speaker": f"s{n // 2}"} for n in range(6)]
        >>> clips = [Clip(key=f"own/{n}", source="own", language="en", group=group) for n, group in enumerate(groups)]
        >>> three = folds(Corpus(clips), k=3, seed=7)
        >>> [len(fold) for fold in three.folds], three.split(0).disjoint
        ([2, 2, 2], ('speaker',))
    """
    number, seed = integer(k, "k", "give the number of folds", least=2), checked_seed(seed)
    items = checked_corpus(corpus).items
    kinds, strata_kinds = checked_kinds(by, items), checked_strata(stratify)
    groups = make_groups(items, kinds, by_default=by is None)
    if len(groups) < number:
        raise InvalidArgument(
            f"corpus must have {number} or more groups of items for {number} folds, got {len(groups)}; make fewer folds, or "
            "name fewer kinds of groups with by="
        )
    stratum = {item.key: stratum_of(item, strata_kinds) for item in items}
    total = Counter(stratum.values())
    found: list[list[str]] = [[] for _ in range(number)]
    counts: list[Counter[str]] = [Counter() for _ in range(number)]
    for keys in dealing_order(groups, seed):
        own = Counter(stratum[key] for key in keys)

        def cost(fold: int, own: Counter[str] = own) -> tuple[float, int, int]:
            """How much more uneven the fold would make its strata; then its size."""
            return sum(own[s] * (2 * counts[fold][s] + own[s]) / total[s] for s in own), len(found[fold]), fold

        best = min(range(number), key=cost)
        found[best] += keys
        counts[best].update(own)
    names = [str(index) for index in range(number)]
    return _make_folds(items, found, names, kind="folds", seed=seed, by=kinds, stratify=strata_kinds)


def leave_one_out(corpus: CorpusData, by: str) -> Folds:
    """Return one fold for each group of a kind, in order of their names, as scikit-learn's LeaveOneGroupOut does.

    With ``by="fold"`` these are the folds of a column of your own, as they are. Groups of other kinds may be divided:
    `Folds.divided` names these kinds.

    Args:
        corpus: The corpus to divide.
        by: A kind of group that every item has, such as speaker, fold, video or film.

    Raises:
        InvalidArgument: There is no such kind, items lack it or have several names of it, or there are fewer than two groups.

    Example:
        >>> from emos_io.corpus import Clip, Corpus
        >>> clips = [Clip(key=f"own/{n}", source="own", language="en", group={"speaker": f"s{n % 3}"}) for n in range(4)]
        >>> one_out = leave_one_out(Corpus(clips), "speaker")
        >>> one_out.names, one_out.split("s0").test
        (('s0', 's1', 's2'), ('own/0', 'own/3'))
    """
    items = checked_corpus(corpus).items
    counts = count_kinds(items)
    kind = checked_kind(by, tuple(counts) or ("speaker",), counts, items)
    lacking = [item.key for item in items if kind not in groups_of(item)]
    if lacking:
        raise InvalidArgument(
            f"by must be a kind of group that all items have, got {kind!r}, which {len(lacking)} of {len(items)} lack, such as "
            f"{lacking[0]!r}; leave these out with Corpus.with_items",
            key=lacking[0],
        )
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in items:
        found[one_group_of(item, kind) or "", source_of(item, kind)].append(item.key)
    if len(found) < 2:
        raise InvalidArgument(
            f"corpus must have two or more groups of kind {kind!r}, got {len(found)}; name another kind with by="
        )
    groups = sorted(found)
    once = Counter(name for name, _ in groups)
    names = [name if once[name] == 1 else f"{source}:{name}" for name, source in groups]
    return _make_folds(
        items, [found[group] for group in groups], names, kind="leave_one_out", seed=None, by=(kind,), stratify=()
    )


def _make_folds(
    items: Sequence[Item],
    found: Sequence[Sequence[str]],
    names: Sequence[str],
    *,
    kind: FoldsKind,
    seed: int | None,
    by: tuple[str, ...],
    stratify: tuple[str, ...],
) -> Folds:
    parts = tuple(tuple(sorted(keys)) for keys in found)
    fold_of = {key: index for index, keys in enumerate(parts) for key in keys}
    counts = Counter((stratum_of(item, stratify), fold_of[item.key]) for item in items)
    strata = {
        name: tuple(counts[name, index] for index in range(len(parts))) for name in sorted({name for name, _ in counts})
    }
    facts = group_facts(items, fold_of)
    return Folds(
        parts,
        tuple(names),
        kind,
        seed,
        by,
        stratify,
        folds_sha256(parts),
        strata,
        disjoint=facts.disjoint,
        divided=facts.divided,
        ungrouped=facts.ungrouped,
    )
