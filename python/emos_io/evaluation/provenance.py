"""Where truth comes from: which recipes decided it, which decisions were fitted with test items, what models may have seen."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from .._checks import is_sequence
from ..corpus import Clip, Corpus, Decision, Folds, Monologue, Scalar, Split, keys_sha256
from ..corpus.division.leak_fits import FITTED, fits_of
from ..corpus.records import PUBLISHED_LAYERS
from ..errors import InvalidArgument, short_repr

MELD_CORE = "meld/"
"""Keys of EmoS' clips of MELD begin so. All are of MELD's own train side, and have no attribute ``mode``."""
MODE = "mode"
"""The attribute of clips that names the side on which their dataset published them."""


def truth_provenance(
    corpus: Corpus, layer: str, keys: Iterable[str], split: Split | Folds | None = None
) -> Mapping[str, Scalar]:
    """Return where the truth of a result comes from, as flat values by name.

    - ``layer``, ``items``, ``clips``, ``monologues``: what is scored, and how many.
    - ``corpus_sha256``: `keys_sha256` of all items of the corpus; ``split_sha256``: that of the split or the folds, or None.
    - ``truth_sha256``: see `truth_sha256`. ``truth_scores_sha256``: the same with the scores of decisions.
    - ``decisions``: how many decisions the scored items have in the layer, then how many by each method:
      ``decisions_dawid_skene``, ``decisions_published_dawid_skene`` for those that were read as published.
    - ``segments_without_recipe``: labelled segments of monologues that no decision made, as published by their authors.
    - ``items_without_truth``: scored items without any label in the layer.
    - ``fitted``: how many of these decisions a method made that learns about raters from the votes on other items.
    - ``fitted_with_test``: how many of these decisions were fitted together with test items, of which votes a fit learns.
      ``fit_unknown``: those that were fitted on items that nobody names. Without a split every scored item is a test item. Of
      folds an item is compared with the fold that it is test in.
    - ``train_fitted_with_test``, ``train_fit_unknown``: the same for items of train and validation, whose labels a model
      learns from. None without a split, and for folds.
    - ``seen_<source>_<side>``: how many items models may have seen, since their dataset has published them on that side, such
      as ``seen_meld_train`` and ``seen_chsims_test``. ``seen_unknown``: items of which the corpus does not say so.

    Args:
        corpus: The corpus.
        layer: The layer that is scored.
        keys: Keys of the scored items; each counts once.
        split: The division that they are the test side of, or None.

    Raises:
        InvalidArgument: A key is of no item of the corpus, there is no such layer, or the division is none.

    Cost: one pass over the items and their decisions.

    Example:
        >>> corpus = Corpus([Clip(key="meld/dia0_utt0", source="meld", language="en")])
        >>> found = truth_provenance(corpus, "basic7", ["meld/dia0_utt0"])
        >>> found["items"], found["items_without_truth"], found["seen_meld_train"]
        (1, 1, 1)
    """
    if split is not None and not isinstance(split, Split | Folds):
        raise InvalidArgument(
            f"split must be a Split or Folds, got {short_repr(split)}; read its file with load_division"
        )
    items = _items(corpus, keys)
    truth = [_truth(item, layer) for item in items]
    without_truth = sum(not each for each in truth)
    if without_truth == len(items) and layer not in PUBLISHED_LAYERS:
        # A layer without a label may still be one.
        corpus.taxonomy(layer)
    own = [decision for item in items for decision in _decisions(item, layer)]
    pairs = list(zip(items, truth, strict=True))
    found: dict[str, Scalar] = {
        "layer": layer,
        "items": len(items),
        "clips": sum(isinstance(item, Clip) for item in items),
        "monologues": sum(isinstance(item, Monologue) for item in items),
        "corpus_sha256": keys_sha256(item.key for item in corpus),
        "split_sha256": None if split is None else split.sha256,
        "truth_sha256": _sha256([[item.key, own_truth] for item, own_truth in pairs]),
        "truth_scores_sha256": _sha256([[item.key, own_truth, _scores(item, layer)] for item, own_truth in pairs]),
        "items_without_truth": without_truth,
        "decisions": len(own),
    }
    found |= _counted("decisions", Counter(map(_method, own)))
    found["segments_without_recipe"] = sum(
        len(labels) for item, labels in pairs if isinstance(item, Monologue) and not _decisions(item, layer)
    )
    found |= _fits(corpus, layer, items, split)
    found |= _counted("seen", Counter(map(_seen, items)))
    return found


def truth_sha256(corpus: Corpus, layer: str, keys: Iterable[str]) -> str:
    """Return the sha256 of the truth of items in a layer; equal ones say that two results have the same truth.

    It is that of the canonical JSON (sorted, without blanks, UTF-8) of a list with ``[key, labels]`` for each clip and
    ``[key, [[start, end, {label: weight}], ...]]`` for each monologue, sorted by key. Labels are sorted; times and weights are
    exact, as ``"a/b"`` or whole numbers in quotes.

    Example:
        >>> decision = Decision(item="a", layer="basic7", labels=("Joy",), scores={"Joy": 1.0})
        >>> corpus = Corpus([Clip(key="a", source="own", language="en", decisions={"basic7": decision})])
        >>> truth_sha256(corpus, "basic7", ["a"]) == hashlib.sha256(b'[["a",["Joy"]]]').hexdigest()
        True
    """
    return _sha256([[item.key, _truth(item, layer)] for item in _items(corpus, keys)])


def provenance_text(provenance: Mapping[str, Scalar]) -> tuple[str, ...]:
    """Return lines for people of what `truth_provenance` gives.

    Example:
        >>> corpus = Corpus([Clip(key="meld/dia0_utt0", source="meld", language="en")])
        >>> for line in provenance_text(truth_provenance(corpus, "basic7", ["meld/dia0_utt0"])):
        ...     print(line)
        truth: 1 item in the layer basic7, 1 without a label; none was decided from votes
        models may have seen: 1 of meld train
    """
    items, lines = _number(provenance, "items"), []
    missing, decisions = _number(provenance, "items_without_truth"), _number(provenance, "decisions")
    methods = _named(provenance, "decisions")
    segments = _number(provenance, "segments_without_recipe")
    made = [f"{count} by {name.replace('_', ' ')}" for name, count in methods.items()]
    made += (
        [f"{segments} {'segment' if segments == 1 else 'segments'} as published, without a recipe"] if segments else []
    )
    text = f"truth: {items} {'item' if items == 1 else 'items'} in the layer {provenance['layer']}"
    text += f", {missing} without a label" if missing else ""
    lines.append(f"{text}; {', '.join(made) or 'none was decided from votes'}")
    if with_test := _number(provenance, "fitted_with_test"):
        test = "scored" if provenance.get("split_sha256") is None else "test"
        lines.append(f"{with_test} of {decisions} decisions were fitted with votes on {test} items")
    if unknown := _number(provenance, "fit_unknown"):
        lines.append(f"{unknown} of {decisions} decisions were fitted on items that nobody names")
    if train := _number(provenance, "train_fitted_with_test"):
        lines.append(f"{train} decisions of train and validation were fitted with votes on test items")
    if train := _number(provenance, "train_fit_unknown"):
        lines.append(f"{train} decisions of train and validation were fitted on items that nobody names")
    seen = _named(provenance, "seen")
    unknown_items = seen.pop("unknown", 0)
    if seen:
        rest = f"; of {unknown_items} the corpus does not say so" if unknown_items else ""
        named = ", ".join(f"{count} of {name.replace('_', ' ')}" for name, count in seen.items())
        lines.append(f"models may have seen: {named}{rest}")
    return tuple(lines)


def _items(corpus: Corpus, keys: Iterable[str]) -> list[Clip | Monologue]:
    if not is_sequence(keys):
        raise InvalidArgument(f"keys must be keys of items, got {short_repr(keys)}; give a list")
    by_key: dict[object, Clip | Monologue] = {item.key: item for item in corpus}
    wanted = list(dict.fromkeys(keys))
    for key in wanted:
        if key not in by_key:
            raise InvalidArgument(f"keys must be keys of the corpus, got {short_repr(key)}; leave it out", key=str(key))
    return [by_key[key] for key in sorted(wanted)]


def _decisions(item: Clip | Monologue, layer: str) -> Sequence[Decision]:
    if isinstance(item, Monologue):
        return item.decisions_in(layer)
    decision = item.decisions.get(layer)
    return () if decision is None else (decision,)


def _truth(item: Clip | Monologue, layer: str) -> list[object]:
    """Return the labels of a clip, or the segments of a monologue, as JSON has them."""
    if isinstance(item, Clip):
        return [label for decision in _decisions(item, layer) for label in sorted(decision.labels)]
    try:
        line = item.labels(layer)
    except InvalidArgument:
        # It has nothing in this layer.
        return []
    segments = zip(line.spans, line.weights, strict=True)
    return [
        [str(span.start), str(span.end), {label: str(weight) for label, weight in weights.items()}]
        for span, weights in segments
    ]


def _scores(item: Clip | Monologue, layer: str) -> list[object]:
    """Return the spans and scores of decisions, as JSON has them."""
    return [
        [None if each.span is None else [str(each.span.start), str(each.span.end)], dict(each.scores)]
        for each in _decisions(item, layer)
    ]


def _sha256(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _method(decision: Decision) -> str:
    method = str(decision.recipe.get("method") or "unnamed").replace(" ", "_")
    return f"published_{method}" if decision.recipe.get("published") is True else method


def _seen(item: Clip | Monologue) -> str:
    side = item.attributes.get(MODE)
    if isinstance(item, Clip) and item.source == "meld" and item.key.startswith(MELD_CORE):
        side = side or "train"
    return f"{item.source}_{side}" if isinstance(item, Clip) and side else "unknown"


def _fits(
    corpus: Corpus, layer: str, items: Sequence[Clip | Monologue], split: Split | Folds | None
) -> dict[str, Scalar]:
    """Return how many decisions were fitted with test items, and of how many that is not known."""
    keys = tuple(item.key for item in items)
    division = _without_train(keys) if split is None else split
    sides: dict[str, list[str]] = {}
    named = division.sides() if isinstance(division, Split) else dict(zip(division.names, division.folds, strict=True))
    for side, listed in named.items():
        for key in listed:
            sides.setdefault(key, []).append(side)
    fits = fits_of([item for item in corpus if item.key in sides], division, sides, (item.key for item in corpus))
    scored = set(keys)

    def is_on_test(decision: Decision) -> bool:
        name = decision.recipe.get("fit_on_sha256")
        # A fit on the train side of the fold that the item is test in has none of that fold.
        without = fits.without.get(name, ()) if isinstance(name, str) else ()
        return not set(sides.get(decision.item, ())) & set(without)

    in_layer = [each for each in fits.with_test if each.layer == layer]
    unknown = [each for each in fits.unknown if each.layer == layer]
    learned = isinstance(split, Split)
    train = {key for key, own in sides.items() if "test" not in own} if learned else set()
    return {
        "fitted": sum(each.recipe.get("method") in FITTED for item in items for each in _decisions(item, layer)),
        "fitted_with_test": sum(each.item in scored and is_on_test(each) for each in in_layer),
        "fit_unknown": sum(each.item in scored for each in unknown),
        "train_fitted_with_test": sum(each.item in train for each in in_layer) if learned else None,
        "train_fit_unknown": sum(each.item in train for each in unknown) if learned else None,
    }


def _without_train(keys: tuple[str, ...]) -> Split:
    """Return a split whose test side is all that is scored."""
    return Split((), keys, None, 1.0, (), (), "", {})


def _counted(prefix: str, counts: Counter[str]) -> dict[str, Scalar]:
    return {f"{prefix}_{name}": counts[name] for name in sorted(counts)}


def _named(provenance: Mapping[str, Scalar], prefix: str) -> dict[str, int]:
    """Return the counts whose names begin with a prefix, by the rest of their names."""
    start = f"{prefix}_"
    return {name[len(start) :]: _number(provenance, name) for name in provenance if name.startswith(start)}


def _number(provenance: Mapping[str, Scalar], name: str) -> int:
    value = provenance.get(name)
    return value if isinstance(value, int) else 0
