"""What a plan is made over: items with an exact length, from a corpus, media or a list of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import Literal, Protocol, runtime_checkable

from ..corpus import Clip, Corpus, LabelTimeline, Monologue, Sentence, Split, Taxonomy, taxonomy, with_single_layers
from ..errors import InvalidArgument, short_repr
from ..spans import Span
from .lengths import Durations, PlanOnError, SkippedItem, check_durations, find_lengths

ItemKind = Literal["clip", "monologue", "media"]
SplitKeys = Iterable[str] | tuple[str, Split]
"""Keys to keep, or a side (``"train"``, ``"validation"`` or ``"test"``) and a split."""


class HasPathAndDuration(Protocol):
    """What a plan reads of the metadata of media."""

    @property
    def path(self) -> str:
        """The name of the source."""
        ...

    @property
    def duration(self) -> Fraction:
        """Seconds, exact."""
        ...


@runtime_checkable
class HasMetadata(Protocol):
    """Media that know their length, such as a `Media`; plans import nothing that decodes."""

    @property
    def metadata(self) -> HasPathAndDuration:
        """Path and duration."""
        ...


PlanSource = Corpus | Clip | Monologue | HasMetadata | Iterable[Corpus | Clip | Monologue | HasMetadata]
"""What plans are made over."""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One item of a plan.

    Attributes:
        key, path: The item's key, and the path of its media or None.
        kind: ``"clip"``, ``"monologue"`` or ``"media"``.
        duration: Seconds, exact, above zero.
        timeline: Labels over media time; None for clips, media and plans without labels.
        decided: Weights of a static clip's labels, which sum to 1; empty where the clip has no label.
        confidence: Confidence of a static clip's label, 0 to 1.
        confidence_tier: Confidence tier of a static clip's label, or None.
        sentences: Sentences in order of time.
        utterances: Spans of the utterances.
    """

    key: str
    path: str | None
    kind: ItemKind
    duration: Fraction
    timeline: LabelTimeline | None = None
    decided: Mapping[str, float] | None = None
    confidence: float = 1.0
    confidence_tier: str | None = None
    sentences: tuple[Sentence, ...] = ()
    utterances: tuple[Span, ...] = ()

    def __repr__(self) -> str:
        return f"PlanItem({self.key!r}, {self.kind}, {self.duration} s)"


@dataclass(frozen=True, slots=True)
class PlanItems:
    """The items of a plan.

    Attributes:
        items: The items, in the order given.
        classes: Class names of the label layer.
        own: The taxonomy of the label layer where it is one of the corpora's own, or None.
        left_out: How many items of other kinds the plan leaves out.
        skipped: Items that it leaves out because their files cannot be read, or nobody knows how long they are.
    """

    items: tuple[PlanItem, ...]
    classes: tuple[str, ...]
    own: Taxonomy | None
    left_out: int
    skipped: tuple[SkippedItem, ...]


@dataclass(frozen=True, slots=True)
class _MediaItem:
    key: str
    path: str | None
    duration: Fraction


_Item = Clip | Monologue | _MediaItem


def read_source(
    source: PlanSource,
    by: str | None,
    layer: str | None,
    split: SplitKeys | None,
    durations: Durations | None,
    on_error: PlanOnError | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    own: Taxonomy | None = None,
) -> PlanItems:
    """Return the items of a plan, in the order given.

    Args:
        source: A `Corpus`, a `Media`, an item, or a sequence of them.
        by: What windows are made of. ``"clip"`` takes clips and media, None (a hop) monologues and media, the rest
            monologues.
        layer: Name of the label layer, or None.
        split: Keys to keep, or a side and a `Split`, or None for all.
        durations: Lengths that replace the published ones; every key of a mapping names an item of the source.
        on_error, progress: As `WindowPlan` takes them.
        own: The taxonomy of the layer, for corpora and items that have none of that name.

    Raises:
        InvalidArgument: There is nothing to plan over, or no such layer, key or length; or two corpora have different
            taxonomies of that layer.
        SourceUnreadable: Files cannot be read, and `on_error` does not leave them out, or nothing else is left.
    """
    taxonomies: list[Taxonomy] = [] if own is None else [own]
    given = _with_keys(list(_flatten(source, taxonomies)))
    check_durations(durations, given)
    kinds: dict[str | None, tuple[str, ...]] = {"clip": ("clip", "media"), None: ("monologue", "media")}
    allowed = kinds.get(by, ("monologue",))
    kept = [each for each in given if _kind(each) in allowed]
    if not kept:
        have = ", ".join(sorted({_kind(each) for each in given})) or "nothing"
        hint = 'by="clip"' if by != "clip" else "a length and a hop"
        hint = f"{hint} for these" if given else "a Corpus, a Media, an item or a sequence of them"
        raise InvalidArgument(f"source must hold {' or '.join(allowed)}, got {have}; give {hint}")
    if own is not None:
        kept = [_knowing(each, own) for each in kept]
    own = _own_taxonomy(taxonomies, layer)
    classes = _classes(kept, layer, own)
    chosen = _chosen(kept, given, split)
    _check_once(chosen)
    items, skipped = _with_lengths(chosen, durations, layer, on_error, progress)
    known = set(classes)
    for item in items:
        labels = item.timeline.weights if item.timeline is not None else [item.decided or {}]
        wrong = next((label for weights in labels for label in weights if label not in known), None)
        if wrong is not None:
            raise InvalidArgument(
                f"labels of {item.key!r} in layer {layer!r} must be among {', '.join(classes)}, got {wrong!r}; correct the "
                "item, or rename the layer if it is not that taxonomy",
                key=item.key,
            )
    return PlanItems(tuple(items), classes, own, len(given) - len(kept), skipped)


def _knowing(item: _Item, own: Taxonomy) -> _Item:
    """Return an item as corpora with this taxonomy have it: monologues know which layers take one label at once."""
    changed = with_single_layers([item], [own]) if isinstance(item, Monologue) else None
    return item if changed is None else changed[0]


def _check_once(items: Sequence[_Item]) -> None:
    seen: set[str] = set()
    for item in items:
        if item.key in seen:
            raise InvalidArgument(
                f"source must hold each item once, got {item.key!r} twice; remove one, or mix two plans",
                key=item.key,
            )
        seen.add(item.key)


def _flatten(source: object, taxonomies: list[Taxonomy]) -> Iterator[Clip | Monologue | HasMetadata]:
    """Yield the items of a source; the list takes the taxonomies of its corpora."""
    if isinstance(source, Corpus):
        taxonomies += source.taxonomies
        yield from source.items
    elif isinstance(source, Clip | Monologue | HasMetadata):
        yield source
    elif isinstance(source, Iterable) and not isinstance(source, str | bytes | Mapping):
        for each in source:
            yield from _flatten(each, taxonomies)
    else:
        raise InvalidArgument(
            f"source must be a Corpus, a Media, an item or a sequence of them, got {short_repr(source)}; "
            "open a file with Media(path)"
        )


def _kind(item: _Item) -> ItemKind:
    return "clip" if isinstance(item, Clip) else "monologue" if isinstance(item, Monologue) else "media"


def _with_keys(given: list[Clip | Monologue | HasMetadata]) -> list[_Item]:
    """Give media keys: the file's name, or the full path where two files have one name."""
    names = Counter(PurePath(each.metadata.path).name for each in given if not isinstance(each, Clip | Monologue))
    return [each if isinstance(each, Clip | Monologue) else _media_item(each.metadata, names) for each in given]


def _media_item(metadata: HasPathAndDuration, names: Counter[str]) -> _MediaItem:
    path = str(metadata.path)
    name = PurePath(path).name
    # Media on bytes and file objects have a name in brackets that nobody can open.
    return _MediaItem(name if names[name] == 1 else path, None if path.startswith("<") else path, metadata.duration)


def _layers(items: Iterable[_Item]) -> set[str]:
    found: set[str] = set()
    for item in items:
        if isinstance(item, Clip):
            found.update(item.decisions)
        elif isinstance(item, Monologue):
            for each in item.utterances:
                found.update(each.layers)
    return found


def _own_taxonomy(taxonomies: Iterable[Taxonomy], layer: str | None) -> Taxonomy | None:
    """Return the taxonomy that corpora have of a layer, or None where it is one of the package or has none."""
    found = {each.sha256: each for each in taxonomies if each.name == layer}
    if len(found) > 1:
        contents = " and ".join(f"{digest[:8]} ({len(each.labels)} labels)" for digest, each in found.items())
        raise InvalidArgument(
            f"corpora of one plan must have one taxonomy of the layer {layer!r}, got {contents}; read them with one file, or "
            "rename a layer"
        )
    return next(iter(found.values()), None)


def _classes(items: Sequence[_Item], layer: str | None, own: Taxonomy | None) -> tuple[str, ...]:
    if layer is None:
        return ()
    layers = _layers(items)
    if layers and layer not in layers:
        raise InvalidArgument(
            f"labels must be a layer of the items, {' or '.join(sorted(layers))}, got {layer!r}; give one of these, or None"
        )
    try:
        return taxonomy(layer).labels if own is None else own.labels
    except InvalidArgument:
        if not layers:
            raise InvalidArgument(
                f"labels must be None or the name of a taxonomy for items without labels, got {layer!r}; give None"
            ) from None
    seen: set[str] = set()
    for item in items:
        if isinstance(item, Clip):
            seen.update(_decided(item, layer)[0])
        elif isinstance(item, Monologue):
            seen.update(label for weights in _timeline(item, layer).weights for label in weights)
    return tuple(sorted(seen))


def _chosen(kept: list[_Item], given: list[_Item], split: SplitKeys | None) -> list[_Item]:
    if split is None:
        return kept
    keys = _keys_of(split)
    unknown = sorted(keys - {each.key for each in given})
    if unknown:
        raise InvalidArgument(
            f"split must name items of the source, got {len(unknown)} unknown keys such as {unknown[0]!r}; give keys of the "
            "source",
            key=unknown[0],
        )
    chosen = [each for each in kept if each.key in keys]
    if not chosen:
        raise InvalidArgument(f"split must keep an item or more, got none of {len(kept)}; give keys of the source")
    return chosen


def _keys_of(split: SplitKeys) -> set[str]:
    if isinstance(split, tuple) and len(split) == 2 and isinstance(split[1], Split):
        side, division = split
        sides = {str(name): keys for name, keys in division.sides().items()}
        if not isinstance(side, str) or side not in sides:
            *names, last = (f'"{name}"' for name in sides)
            raise InvalidArgument(
                f'split must have the side {", ".join(names)} or {last}, got {side!r}; give ("train", split)'
            )
        return set(sides[side])
    # A word is an iterable of letters or numbers, and never meant as one.
    if isinstance(split, str | bytes) or not isinstance(split, Iterable):
        raise InvalidArgument(
            f"split must be keys or a side of a Split, got {short_repr(split)}; "
            'give split.train, split.test or ("train", split)'
        )
    return {str(key) for key in split}


def _with_lengths(
    items: list[_Item],
    durations: Durations | None,
    layer: str | None,
    on_error: PlanOnError | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[PlanItem], tuple[SkippedItem, ...]]:
    is_media = [isinstance(item, _MediaItem) for item in items]
    # Media in the source are open: they come last, so that their files are not opened again.
    order = sorted(range(len(items)), key=is_media.__getitem__)
    found = find_lengths([items[index] for index in order], durations, on_error, progress, num_open=sum(is_media))
    lengths = dict(zip(order, found.seconds, strict=True))
    planned = [
        _planned(item, length, layer) for index, item in enumerate(items) if (length := lengths[index]) is not None
    ]
    return planned, found.skipped


def _planned(item: _Item, duration: Fraction, layer: str | None) -> PlanItem:
    if isinstance(item, Monologue):
        return PlanItem(
            item.key,
            item.path,
            "monologue",
            duration,
            timeline=None if layer is None else _timeline(item, layer),
            sentences=item.sentences,
            utterances=tuple(each.span for each in item.utterances),
        )
    if isinstance(item, Clip):
        decided, confidence, tier = _decided(item, layer) if layer is not None else ({}, 1.0, None)
        return PlanItem(
            item.key,
            item.path,
            "clip",
            duration,
            decided=decided,
            confidence=confidence,
            confidence_tier=tier,
            sentences=(Sentence(index=1, span=Span(0, duration), text=item.text),) if item.text else (),
        )
    return PlanItem(item.key, item.path, "media", duration)


def _timeline(item: Monologue, layer: str) -> LabelTimeline:
    if layer not in _layers([item]):
        return LabelTimeline(layer, (), ())
    return item.labels(layer)


def _decided(item: Clip, layer: str) -> tuple[dict[str, float], float, str | None]:
    decision = item.decisions.get(layer)
    if decision is None:
        return {}, 1.0, None
    confidence = 1.0 if decision.confidence is None else float(decision.confidence)
    if decision.label is not None:
        return {decision.label: 1.0}, confidence, decision.confidence_tier
    scores = {label: float(decision.scores.get(label, 0)) for label in decision.labels}
    total = sum(scores.values())
    return (
        {label: score / total for label, score in scores.items()} if total > 0 else {},
        confidence,
        decision.confidence_tier,
    )
