"""What a plan is made over: items with an exact length, from a corpus, media or a list of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import Any, Literal

from ..corpus import Clip, Corpus, LabelTimeline, Monologue, Sentence
from ..corpus.splits import Split
from ..corpus.taxonomies import taxonomy
from ..errors import InvalidArgument
from ..spans import Seconds, Span, exact_seconds

Kind = Literal["clip", "monologue", "media"]
Durations = Mapping[str, Seconds] | Callable[[str], Seconds]
"""Lengths by key of the item, or a function from a path to a length, in seconds."""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One item of a plan.

    Attributes:
        key, path, kind: Which one it is.
        duration: Seconds, exact, above zero.
        timeline: Labels over media time; None for clips, media and plans without labels.
        decided: Of a static clip: weights of its labels, of sum 1; empty where there is none.
        confidence: Of a static clip's label.
        tier: Confidence tier of a static clip's label.
        sentences: In order of time.
        utterances: Labelled stretches.
    """

    key: str
    path: str | None
    kind: Kind
    duration: Fraction
    timeline: LabelTimeline | None = None
    decided: Mapping[str, float] | None = None
    confidence: float = 1.0
    tier: str | None = None
    sentences: tuple[Sentence, ...] = ()
    utterances: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a plan, the classes of its labels, and how many items of other kinds the plan leaves out."""

    items: tuple[PlanItem, ...]
    classes: tuple[str, ...]
    left_out: int


def read_source(source: Any, by: str | None, layer: str | None, split: Any, durations: Durations | None) -> Items:
    """Return the items of a plan, in the order given.

    Args:
        source: A `Corpus`, a `Media`, an item, or a sequence of them.
        by: What windows are made of; ``"clip"`` takes clips and media, None (a hop) monologues and media, the rest
            monologues.
        layer: Name of the label layer, or None.
        split: Keys to keep, or (``"train"`` or ``"test"``, a `Split`), or None for all.
        durations: Lengths that go before those published.

    Raises:
        InvalidArgument: There is nothing to plan over, or no such layer, key or length.
    """
    given = _named(list(_flatten(source)))
    kinds = {"clip": ("clip", "media"), None: ("monologue", "media")}.get(by, ("monologue",))
    kept = [each for each in given if _kind(each) in kinds]
    if not kept:
        have = ", ".join(sorted({_kind(each) for each in given})) or "nothing"
        need = " or ".join(kinds)
        hint = 'by="clip"' if by != "clip" else "a length and a hop"
        raise InvalidArgument(f"a plan over {have} was asked for, but these windows need {need}; give {hint}")
    classes = _classes(kept, layer)
    chosen = _chosen(kept, given, split)
    items = _with_lengths(chosen, durations, layer)
    seen: set[str] = set()
    for item in items:
        if item.key in seen:
            raise InvalidArgument(f"item {item.key!r} was given twice; give each once, or mix two plans")
        seen.add(item.key)
    known = set(classes)
    for item in items:
        told = item.timeline.weights if item.timeline is not None else [item.decided or {}]
        wrong = next((label for weights in told for label in weights if label not in known), None)
        if wrong is not None:
            raise InvalidArgument(
                f"{item.key} has label {wrong!r} in {layer!r}, whose classes are {', '.join(classes)}"
            )
    return Items(tuple(items), classes, len(given) - len(kept))


def _flatten(source: Any) -> Iterable[Any]:
    if isinstance(source, Corpus):
        yield from source.items
    elif isinstance(source, Clip | Monologue) or hasattr(source, "metadata"):
        yield source
    elif isinstance(source, Iterable) and not isinstance(source, str | bytes | Mapping):
        for each in source:
            yield from _flatten(each)
    else:
        raise InvalidArgument(f"source {source!r} was given; it is a Corpus, a Media, or a sequence of items")


def _kind(item: Any) -> Kind:
    return "clip" if isinstance(item, Clip) else "monologue" if isinstance(item, Monologue) else "media"


@dataclass(frozen=True, slots=True)
class _Medium:
    key: str
    path: str | None
    duration: Fraction


def _named(given: list[Any]) -> list[Any]:
    """Give media keys: their file's name, or their whole path where two files have one name."""
    paths = [str(each.metadata.path) for each in given if not isinstance(each, Clip | Monologue)]
    names = Counter(PurePath(path).name for path in paths)
    found: list[Any] = []
    for each in given:
        if isinstance(each, Clip | Monologue):
            found.append(each)
            continue
        path = str(each.metadata.path)
        name = PurePath(path).name
        # Media on bytes and file objects have a name in brackets that nobody can open.
        place = None if path.startswith("<") else path
        found.append(_Medium(name if names[name] == 1 else path, place, each.metadata.duration))
    return found


def _layers(items: Iterable[Any]) -> set[str]:
    found: set[str] = set()
    for item in items:
        if isinstance(item, Clip):
            found.update(item.decisions)
        elif isinstance(item, Monologue):
            for each in item.utterances:
                found.update(each.layers)
                found.update(["basic7"] * bool(each.basic7) + ["goemotions"] * bool(each.goemotions))
                found.update(["intensity"] * (each.intensity is not None))
    return found


def _classes(items: Sequence[Any], layer: str | None) -> tuple[str, ...]:
    if layer is None:
        return ()
    layers = _layers(items)
    if layers and layer not in layers:
        raise InvalidArgument(f"labels {layer!r} was asked for; the items have {', '.join(sorted(layers))}")
    try:
        return taxonomy(layer).labels
    except InvalidArgument:
        if not layers:
            raise InvalidArgument(f"labels {layer!r} was asked for; the items have no labels, give None") from None
    seen: set[str] = set()
    for item in items:
        if isinstance(item, Clip):
            seen.update(_decided(item, layer)[0])
        elif isinstance(item, Monologue):
            seen.update(label for weights in _timeline(item, layer).weights for label in weights)
    return tuple(sorted(seen))


def _chosen(kept: list[Any], given: list[Any], split: Any) -> list[Any]:
    if split is None:
        return kept
    if isinstance(split, tuple) and len(split) == 2 and isinstance(split[1], Split):
        if split[0] not in ("train", "test"):
            raise InvalidArgument(f'side {split[0]!r} of a split was given; it is "train" or "test"')
        keys = set(split[1].train if split[0] == "train" else split[1].test)
    elif isinstance(split, Split | str) or not isinstance(split, Iterable):
        raise InvalidArgument(f'split {split!r:.60} was given; give split.train, split.test or ("train", split)')
    else:
        keys = set(split)
    unknown = sorted(keys - {each.key for each in given})
    if unknown:
        raise InvalidArgument(f"split names {len(unknown)} items that the source has not, such as {unknown[0]!r}")
    chosen = [each for each in kept if each.key in keys]
    if not chosen:
        raise InvalidArgument("the split leaves no item of these; give keys of the source")
    return chosen


def _with_lengths(items: list[Any], durations: Durations | None, layer: str | None) -> list[PlanItem]:
    found: list[PlanItem] = []
    without: list[str] = []
    for item in items:
        duration = _duration(item, durations)
        if duration is None:
            without.append(item.key)
        elif duration <= 0:
            raise InvalidArgument(f"{item.key} lasts {duration} s; a length is above zero, give it in durations")
        else:
            found.append(_planned(item, duration, layer))
    if without:
        raise InvalidArgument(
            f"{len(without)} of {len(items)} items have no known length, such as {without[0]!r}; give durations: seconds "
            "by key, or a function from a path to seconds"
        )
    return found


def _duration(item: Any, durations: Durations | None) -> Fraction | None:
    key, path = item.key, item.path
    if callable(durations):
        if path is not None:
            return exact_seconds(durations(path), name=f"the length of {key}")
    elif durations is not None and key in durations:
        return exact_seconds(durations[key], name=f"the length of {key}")
    if isinstance(item, Monologue):
        return item.duration
    if not isinstance(item, Clip):
        return exact_seconds(item.duration, name=f"the length of {key}")
    return published_length(item)


def published_length(clip: Clip) -> Fraction | None:
    """Return how long a clip lasts by its published ``start`` and ``end`` (MELD has them), or None."""
    start, end = _clock(clip.attributes.get("start")), _clock(clip.attributes.get("end"))
    return end - start if start is not None and end is not None and end > start else None


def _clock(value: object) -> Fraction | None:
    """Return seconds of ``00:16:21,731``, or None where it is nothing of the kind."""
    if not isinstance(value, str):
        return None
    try:
        hours, minutes, seconds = value.replace(",", ".").split(":")
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except ValueError:
        return None


def _planned(item: Any, duration: Fraction, layer: str | None) -> PlanItem:
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
        said = (Sentence(1, Span(0, duration), None, item.text),) if item.text else ()
        return PlanItem(
            item.key, item.path, "clip", duration, None, decided, confidence=confidence, tier=tier, sentences=said
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
        return {decision.label: 1.0}, confidence, decision.tier
    scores = {label: float(decision.scores.get(label, 0)) for label in decision.labels}
    total = sum(scores.values())
    return {label: score / total for label, score in scores.items()} if total > 0 else {}, confidence, decision.tier
