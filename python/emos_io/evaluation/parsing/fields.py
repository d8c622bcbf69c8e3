"""The named values of an answer, from JSON and from lines alike, as labels of each layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ...corpus import Taxonomy
from ...corpus.label_words import SEPARATORS
from .keys import LAYER, Keys
from .label_values import MAX_WORDS, LayerReader, Read, layer_reader
from .lines import Bare, Named
from .loose_json import Array, Object, Value
from .numbers import confidence_of, intensity_of

_Number = TypeVar("_Number", int, float)
_MAX_NESTED = 6
_LONGEST_BARE = 300
_INNER = ("value", "name")
"""Names within an object that stands for a label, beside those that mean a label anywhere."""
ENDS_EARLY = "it ends early"


@dataclass(frozen=True, slots=True)
class Layers:
    """How answers about some layers are read.

    Attributes:
        readers: A reader of each layer.
        keys: What names mean.
    """

    readers: tuple[LayerReader, ...]
    keys: Keys

    @classmethod
    def of(cls, layers: Sequence[Taxonomy], *, letters: bool) -> Layers:
        """Return how answers about these layers are read."""
        return cls(tuple(layer_reader(each, letters=letters) for each in layers), Keys(layers))

    def is_label(self, text: str) -> bool:
        """Return whether a text is a label of a layer as it stands."""
        return any(text.casefold() in reader.exact for reader in self.readers)


@dataclass(slots=True)
class Fields:
    """The named values of an answer, or of one segment.

    Attributes:
        values: Values by meaning.
        bare: Lines without a name.
        after: Lines without a name after the last label.
        is_cut: The answer ends early.
    """

    values: dict[str, list[Value]] = field(default_factory=dict)
    bare: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    is_cut: bool = False

    def add(self, meaning: str, value: Value) -> None:
        """Take a named value."""
        self.values.setdefault(meaning, []).append(value)

    def add_object(self, value: Object, keys: Keys, meaning: str | None = None, depth: int = 0) -> None:
        """Take the members of an object, and of objects within it.

        Args:
            value: The object.
            keys: What names mean.
            meaning: The meaning of the object itself, where it stands for a label of a layer.
            depth: How deep it lies.
        """
        self.is_cut = self.is_cut or not value.is_closed
        for name, inner in value.members:
            own = keys.meaning(name)
            if meaning is not None and (own == "label" or (own is None and name.strip().casefold() in _INNER)):
                own = meaning
            self._add_member(own, inner, keys, depth)

    def _add_member(self, meaning: str | None, value: Value, keys: Keys, depth: int) -> None:
        objects: list[Object] = []
        if isinstance(value, Object):
            objects = [value]
        elif isinstance(value, Array):
            objects = [each for each in value.values if isinstance(each, Object)]
        if objects and depth < _MAX_NESTED:
            before = {name: len(each) for name, each in self.values.items()}
            for each in objects:
                self.add_object(each, keys, meaning if meaning not in ("segments", None) else None, depth + 1)
            is_read = {name: len(each) for name, each in self.values.items()} != before
            if is_read and isinstance(value, Array):
                self._join_sets(meaning, before)
            if is_read or meaning is None:
                return
        if meaning is not None:
            self.add(meaning, value)

    def _join_sets(self, meaning: str | None, before: dict[str, int]) -> None:
        """Make one value of the labels that several objects of one array gave."""
        if meaning is None:
            return
        first = before.get(meaning, 0)
        given = self.values.get(meaning, [])
        if len(given) - first > 1:
            self.values[meaning] = [*given[:first], Array(given[first:], is_closed=True)]

    def add_lines(self, lines: Iterable[Named | Bare]) -> None:
        """Take the lines of an answer."""
        for line in lines:
            if isinstance(line, Bare):
                self.bare.append(line.text)
                self.after.append(line.text)
                continue
            self.add(line.meaning, line.text)
            if line.meaning == "label" or line.meaning.startswith(LAYER):
                self.after.clear()


@dataclass(slots=True)
class Outcome:
    """What the fields of an answer give; names as of `Parsed`."""

    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    outside: dict[str, tuple[str, ...]] = field(default_factory=dict)
    confidence: float | None = None
    secondary: tuple[str, ...] = ()
    intensity: int | None = None


def outcome_of(fields: Fields, layers: Layers) -> Outcome:
    """Return what named values and other lines give for each layer."""
    found = Outcome()
    beside: list[float | None] = []
    for reader in layers.readers:
        read = _read_layer(fields, reader, layers)
        name = reader.taxonomy.name
        if read.labels is not None:
            found.labels[name] = read.labels
        else:
            found.reasons[name] = read.reason
        if read.outside:
            found.outside[name] = read.outside
        beside.append(read.confidence)
    values = fields.values
    given = [confidence_of(each) for each in values.get("confidence", ())] or [
        each for each in beside if each is not None
    ]
    found.confidence = _only(given)
    found.intensity = _only([intensity_of(each) for each in values.get("intensity", ())])
    found.secondary = tuple(dict.fromkeys(word for each in values.get("secondary", ()) for word in _words(each)))[
        :MAX_WORDS
    ]
    return found


def _read_layer(fields: Fields, reader: LayerReader, layers: Layers) -> Read:
    taxonomy, values = reader.taxonomy, fields.values
    alike = [each for each in layers.readers if each.taxonomy.multiple == taxonomy.multiple]
    has_single = any(not each.taxonomy.multiple for each in layers.readers)
    has_sets = any(each.taxonomy.multiple for each in layers.readers)
    own = list(values.get(LAYER + taxonomy.name, ()))
    shared = list(values.get("label", ())) if not taxonomy.multiple or not has_single else []
    if taxonomy.multiple:
        others = [*values.get("secondary", ()), *values.get("several", ())]
        candidates = own or (others or shared if len(alike) == 1 else [])
    else:
        several = [] if has_sets else list(values.get("several", ()))
        if len(alike) > 1 and not own and shared:
            return Read(None, reason="it does not say of which layer its label is")
        candidates = own + (shared + several if len(alike) == 1 else [])
    if not candidates and len(alike) == 1 and not (taxonomy.multiple and has_single):
        return _of_bare(fields, reader)
    read = _agreed([reader.read(each) for each in candidates], reader)
    if read is None:
        return Read(None, reason=ENDS_EARLY if fields.is_cut else f"it has no answer for {taxonomy.name}")
    return _unless_taken_back(read, fields.after, reader)


def _agreed(reads: list[Read], reader: LayerReader) -> Read | None:
    """Return what all values say that say something; None where there are none."""
    against = next((each for each in reads if each.labels is None and each.failure != "unknown"), None)
    if against is not None:
        return against
    good = [each for each in reads if each.labels is not None]
    if not good:
        return reads[0] if reads else None
    if len({frozenset(each.labels or ()) for each in good}) > 1:
        both = " and ".join(", ".join(each.labels or ()) or "none" for each in good[:2])
        return Read(None, reason=f"it gives two answers for {reader.taxonomy.name}, {both}")
    return good[0]


def _of_bare(fields: Fields, reader: LayerReader) -> Read:
    """Return what lines without a name give: those that are labels and nothing else."""
    reads: list[tuple[int, Read]] = []
    lines = fields.bare
    for number, text in enumerate(lines):
        if len(text) <= _LONGEST_BARE:
            read = reader.read_text(text)
            if read.labels is not None or read.failure == "several":
                reads.append((number, read))
    good = [read for _, read in reads if read.labels is not None]
    several = next((read for _, read in reads if read.labels is None), None)
    if several is not None:
        return several
    if not good:
        if fields.is_cut:
            return Read(None, reason=ENDS_EARLY)
        if len(lines) == 1 and len(lines[0]) <= _LONGEST_BARE:
            return reader.read_text(lines[0])
        return Read(None, reason=f"it has no answer for {reader.taxonomy.name}")
    if reader.taxonomy.multiple:
        read = Read(
            tuple(dict.fromkeys(label for each in good for label in each.labels or ())),
            tuple(dict.fromkeys(word for each in good for word in each.outside)),
        )
    else:
        agreed = _agreed(good, reader)
        read = good[0] if agreed is None else agreed
    return _unless_taken_back(read, lines[reads[-1][0] + 1 :], reader)


def _unless_taken_back(read: Read, after: list[str], reader: LayerReader) -> Read:
    """Return an answer, unless what follows corrects it with another label."""
    if read.labels is None or reader.taxonomy.multiple or not after:
        return read
    if reader.is_corrected("\n".join(after), read.labels):
        return Read(None, reason=f"it takes {read.labels[0]} back in what follows")
    return read


def _words(value: Value) -> list[str]:
    if isinstance(value, Array):
        return [word for each in value.values if not isinstance(each, Array | Object) for word in _words(each)]
    if isinstance(value, str):
        return [word for part in SEPARATORS.split(value[: 100 * MAX_WORDS]) if (word := part.strip())]
    return []


def _only(values: Iterable[_Number | None]) -> _Number | None:
    """Return the one value that all are, or None."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
