"""Baselines that look at no item: the most frequent label of train, and labels drawn as often as train has them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction

from ...corpus import Clip, Taxonomy
from ...spans import Span
from ..predictions import Prediction
from .training import Item, Part, labelled_seconds, rounded

Choose = Callable[[str, Mapping[str, Fraction]], str]
"""Chooses a label for the item of a key, by how often train has each label."""
_BITS = 64


def predict_by_frequency(part: Part, taxonomy: Taxonomy, choose: Choose, *, by_language: bool) -> Iterator[Prediction]:
    """Yield one prediction for each item of the test side of a part: a clip, or a monologue from 0 to its end, known at 0.

    Clips are told by the clips of train, monologues by the labelled seconds of the monologues of train. All scores are the
    frequencies of train with six decimals, the confidence that of the label; what is chosen is chosen by the exact ones.

    Args:
        part: Train and test side.
        taxonomy: That of the layer.
        choose: `most_frequent`, or what `drawn` gives.
        by_language: Only items of train in the language of the item count.
    """
    known: dict[tuple[bool, str], dict[str, Fraction]] = {}
    for item in part.test:
        is_clip, language = isinstance(item, Clip), item.language if by_language else ""
        if (is_clip, language) not in known:
            own = (each for each in part.train if isinstance(each, Clip) is is_clip)
            alike = (each for each in own if not by_language or each.language == language)
            known[is_clip, language] = frequencies(alike, taxonomy)
        found = known[is_clip, language]
        span, available_at = (None, None) if isinstance(item, Clip) else (Span(0, item.duration), Fraction(0))
        if not found:
            kind = "clip" if is_clip else "monologue"
            error = f"no {kind} of train{f' in {language!r}' if by_language else ''} has a label"
            yield Prediction(
                key=item.key, layer=taxonomy.name, span=span, error=error, available_at=available_at, fold=part.fold
            )
            continue
        label = choose(item.key, found)
        yield Prediction(
            key=item.key,
            layer=taxonomy.name,
            span=span,
            label=label,
            confidence=rounded(found[label]),
            scores={name: rounded(share) for name, share in found.items()},
            available_at=available_at,
            fold=part.fold,
        )


def frequencies(items: Iterable[Item], taxonomy: Taxonomy) -> dict[str, Fraction]:
    """Return the share of each label of a taxonomy, exact, in its order; nothing where no item has a label.

    Clips count 1 each, monologues by the seconds of their labels.
    """
    total = dict.fromkeys(taxonomy.labels, Fraction(0))
    for item in items:
        for label, amount in labelled_seconds(item, taxonomy):
            total[label] += amount
    every = sum(total.values())
    return {label: amount / every for label, amount in total.items()} if every else {}


def most_frequent(_key: str, shares: Mapping[str, Fraction]) -> str:
    """Return the most frequent label; of equal ones the first of the taxonomy.

    Example:
        >>> most_frequent("own/1", {"Anger": Fraction(1, 5), "Joy": Fraction(2, 5), "Neutral": Fraction(2, 5)})
        'Joy'
    """
    return max(shares, key=lambda label: shares[label])


def drawn(seed: int) -> Choose:
    """Return a function that draws a label by the shares of train.

    The draw depends on the seed and on the key of the item, by their SHA-256, and on nothing else: neither on the order of
    items nor on which others there are.

    Example:
        >>> shares = {"Joy": Fraction(3, 4), "Fear": Fraction(1, 4)}
        >>> [drawn(7)(f"own/{number}", shares) for number in range(5)]
        ['Fear', 'Joy', 'Fear', 'Fear', 'Joy']
    """

    def choose(key: str, shares: Mapping[str, Fraction]) -> str:
        digest = hashlib.sha256(f"{seed}:{key}".encode(errors="surrogatepass")).digest()
        rest = Fraction(int.from_bytes(digest[: _BITS // 8]), 2**_BITS)
        *others, last = shares
        for label in others:
            if rest < shares[label]:
                return label
            rest -= shares[label]
        # Shares sum to 1, exactly.
        return last

    return choose
