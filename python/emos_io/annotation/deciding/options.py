"""How votes become decisions: every option of `decide`, checked; one that a method does not use is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeVar, get_args

from ..._checks import as_number, choice, is_sequence, listed
from ...corpus import CONFIDENCE_TIER_HIGH, CONFIDENCE_TIER_MEDIUM, LabelMap, Taxonomy
from ...errors import InvalidArgument, short_repr
from ...spans import Seconds, positive
from ..checks import checked_int, checked_number, choices
from ..methods import EMOS_MAX_ITERATIONS, LABEL_THRESHOLDS, EmInit, EmPrior, LabelMethod, MajorityTies
from ..vote_table import Abstain

Method = Literal["majority", "soft", "dawid_skene", "one_coin", "meld_correction"]
Batching = Literal["panel", "all"]
Batches = Batching | Mapping[str, str]
Recipe = Literal["emos"]
Prior = EmPrior | Sequence[float]
Mapped = str | LabelMap | Mapping[str, str | None]

METHODS: tuple[Method, ...] = get_args(Method)
EM_METHODS: tuple[Method, ...] = ("dawid_skene", "one_coin")
"""Methods that fit confusion matrices and a prior, so that `fit_on` means something."""
SET_METHODS: tuple[LabelMethod, ...] = get_args(LabelMethod)
"""Methods that decide each label of a layer that takes several."""
COUNTING: tuple[Method, ...] = ("majority", "soft")
"""Methods that count votes, so that some may count more."""

USED_BY: Mapping[str, tuple[Method, ...]] = {
    "max_iter": EM_METHODS,
    "tol": EM_METHODS,
    "init": EM_METHODS,
    "smoothing": EM_METHODS,
    "prior": EM_METHODS,
    "fit_on": EM_METHODS,
    "ties": ("majority",),
    "rater_weights": COUNTING,
}
"""Options that some methods alone use."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOptions:
    """The options of `decide`, which says what they mean.

    Attributes:
        layer: Name of the layer.
        method, max_iter, tol, init, smoothing, prior, threshold, ties, rater_weights, abstain, min_votes, batch, from_layer,
            map, original, fit_on, high, medium, min_length: Those of `decide`.
    """

    layer: str
    method: Method = "dawid_skene"
    max_iter: int = EMOS_MAX_ITERATIONS
    tol: float = 0.0
    init: EmInit = "vote_fraction"
    smoothing: float = 0.0
    prior: Prior = "estimated"
    threshold: float | None = None
    ties: MajorityTies = "first"
    rater_weights: Mapping[str, float] | None = None
    abstain: Abstain = "leave_out"
    min_votes: int = 1
    batch: Batches = "panel"
    from_layer: str | None = None
    map: Mapped | None = None
    original: str | None = None
    fit_on: Collection[str] | None = None
    high: float = CONFIDENCE_TIER_HIGH
    medium: float = CONFIDENCE_TIER_MEDIUM
    min_length: Seconds | None = None


def is_default(given: DecideOptions, name: str) -> bool:
    """Return whether an option has the value that it has where nobody gives one."""
    value, default = getattr(given, name), getattr(DecideOptions(layer=given.layer), name)
    return value is default or (isinstance(value, str | int | float) and bool(value == default))


def checked_options(given: DecideOptions, names: Taxonomy) -> DecideOptions:
    """Return the options with their values checked, `fit_on` as sorted keys, and the threshold of a layer of sets.

    Args:
        given: What a caller gave.
        names: The taxonomy of the layer.

    Raises:
        InvalidArgument: An option is not allowed, or the method or the layer does not use it.
    """
    method = choice(given.method, METHODS, "method")
    _check_unused(given, method)
    _check_layer(given, method, names)
    _check_source(given, method)
    choice(given.init, choices(EmInit), "init")
    choice(given.ties, choices(MajorityTies), "ties")
    choice(given.abstain, choices(Abstain), "abstain")
    if not isinstance(given.batch, Mapping):
        choice(given.batch, choices(Batching), "batch", "choose one of them, or give a mapping from keys to names")
    high, medium = checked_number(given.high, "high", most=1.0), checked_number(given.medium, "medium", most=1.0)
    if medium > high:
        raise InvalidArgument(f"medium must be at most high, {high:g}, got {medium:g}; swap the two, or leave both out")
    return DecideOptions(
        layer=names.name,
        method=method,
        max_iter=checked_int(given.max_iter, "max_iter", least=1),
        tol=checked_number(given.tol, "tol"),
        init=given.init,
        smoothing=checked_number(given.smoothing, "smoothing"),
        prior=given.prior if isinstance(given.prior, str) else _sequence(given.prior, "prior"),
        threshold=_threshold(given, names),
        ties=given.ties,
        rater_weights=_weights(given.rater_weights),
        abstain=given.abstain,
        min_votes=checked_int(given.min_votes, "min_votes", least=1),
        batch=_names_of_batches(given.batch),
        from_layer=given.from_layer,
        map=given.map,
        original=given.original,
        fit_on=None if given.fit_on is None else _keys(given.fit_on),
        high=high,
        medium=medium,
        min_length=_min_length(given.min_length),
    )


def _check_unused(given: DecideOptions, method: Method) -> None:
    for name, methods in USED_BY.items():
        if method not in methods and not is_default(given, name):
            value = short_repr(getattr(given, name))
            raise InvalidArgument(
                f"{name} must be left out for {method}, got {value}; {' and '.join(methods)} "
                f"use{'' if len(methods) > 1 else 's'} it"
            )


def _check_layer(given: DecideOptions, method: Method, names: Taxonomy) -> None:
    if names.multiple:
        if method not in SET_METHODS:
            raise InvalidArgument(
                f"method must be {listed(SET_METHODS)} for {names.name}, which takes several labels, got {method!r}; "
                "choose one of them"
            )
        for name in ("ties", "high", "medium"):
            if not is_default(given, name):
                raise InvalidArgument(
                    f"{name} must be left out for {names.name}, which takes several labels, got "
                    f"{short_repr(getattr(given, name))}; give threshold to decide more or fewer labels"
                )
        return
    if given.threshold is not None:
        raise InvalidArgument(
            f"threshold must be left out for {names.name}, which takes one label, got {short_repr(given.threshold)}; "
            "the label with the largest score is taken"
        )
    if given.abstain != "leave_out":
        raise InvalidArgument(
            f"abstain must be 'leave_out' for {names.name}, which takes one label, got {short_repr(given.abstain)}; "
            "leave it out"
        )


def _check_source(given: DecideOptions, method: Method) -> None:
    if given.from_layer is None and given.map is not None:
        raise InvalidArgument(
            "from_layer must be given beside map, got None; give both, or neither to decide by the layer's own votes"
        )
    if given.from_layer is None and (given.original is not None or method == "meld_correction"):
        which = f"for {method}" if method == "meld_correction" else "beside original"
        raise InvalidArgument(
            f"from_layer must be given {which}, got None; name the layer of the votes, and its map to this layer"
        )
    if method == "meld_correction" and given.original is None:
        raise InvalidArgument(
            "original must be given for meld_correction, got None; name the attribute of clips with the label before"
        )
    if given.original is not None and not isinstance(given.original, str):
        raise InvalidArgument(
            f"original must be the name of an attribute, got {short_repr(given.original)}; give a str, such as 'emotion'"
        )
    if given.from_layer is not None and given.from_layer == given.layer:
        raise InvalidArgument(
            f"from_layer must be another layer than {given.layer!r}, got the same; leave it out to decide by its own votes"
        )


def _threshold(given: DecideOptions, names: Taxonomy) -> float | None:
    if not names.multiple:
        return None
    if given.threshold is None:
        return LABEL_THRESHOLDS[choice(given.method, SET_METHODS, "method")]
    number = as_number(given.threshold)
    if number is None or not 0 <= number < 1:
        raise InvalidArgument(
            f"threshold must be a number from 0 to below 1, got {short_repr(given.threshold)}; a label is decided where its "
            "score is above it"
        )
    return number


def _weights(given: Mapping[str, float] | None) -> Mapping[str, float] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise InvalidArgument(
            f"rater_weights must be a mapping from raters to numbers, got {short_repr(given)}; give for instance "
            "{'ann': 2}, the others weigh 1"
        )
    for name, weight in given.items():
        number = as_number(weight)
        if number is None or number < 0:
            raise InvalidArgument(
                f"rater_weights must be finite numbers of 0 or more, got {short_repr(weight)} for {name!r}; 0 leaves the "
                "rater out"
            )
    return {name: float(weight) for name, weight in sorted(given.items())}


def _names_of_batches(given: Batches) -> Batches:
    if not isinstance(given, Mapping):
        return given
    for key, name in given.items():
        if not isinstance(key, str) or not isinstance(name, str):
            raise InvalidArgument(
                f"batch must map keys of items to names of batches, got {short_repr(key)}: {short_repr(name)}; give texts"
            )
    return dict(given)


def _keys(given: Iterable[str]) -> tuple[str, ...]:
    keys = _sequence(given, "fit_on", "give split.train")
    for key in keys:
        if not isinstance(key, str):
            raise InvalidArgument(f"fit_on must be keys of items, got {short_repr(key)} among them; give split.train")
    if not keys:
        raise InvalidArgument("fit_on must be keys of items, got none; give split.train, or leave it out")
    return tuple(sorted(set(keys)))


def _sequence(given: Iterable[Value], name: str, hint: str = "give a list") -> tuple[Value, ...]:
    if not is_sequence(given):
        raise InvalidArgument(f"{name} must be a sequence, got {short_repr(given)}; {hint}")
    return tuple(given)


def _min_length(given: Seconds | None) -> Fraction | None:
    return None if given is None else positive(given, "min_length", "leave it out to keep spans of any length")
