"""Another speaker's audio for each step of an item: at the same offset, where that speaker has another label.

```text
 item      Joy  Joy  Joy  Joy  Fear Fear Fear
 donor 1   Fear Fear Fear Fear Fear Fear Joy      serves while its label differs, then another does
 donor 2   Joy  Joy  Joy  Joy  Joy  Joy  Joy
 audio      1    1    1    1    2    2    2
```
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ..corpus import Clip, Monologue, Taxonomy
from ..corpus.division import groups_of
from ..errors import InvalidArgument
from ..spans import grid_index
from .asked import Item

STEP_RATE = 4
"""Steps a second."""
STEP = Fraction(1, STEP_RATE)


def num_steps(seconds: Fraction) -> int:
    """Return the steps that cover so many seconds; the last may end after them.

    Example:
        >>> num_steps(Fraction(2)), num_steps(Fraction("2.1"))
        (8, 9)
    """
    return grid_index(seconds, Fraction(STEP_RATE))


@dataclass(frozen=True, slots=True)
class DonorStep:
    """Where the audio of a step comes from.

    Attributes:
        key: Key of the donor.
        step: Its step, from 0.
    """

    key: str
    step: int


@dataclass(frozen=True, slots=True)
class _Voice:
    """What is needed of an item.

    Attributes:
        key: Its key.
        is_clip: Whether it is a clip.
        speakers: Its speakers.
        labels: The label at the start of each step, or None where there is none.
        num_donated: Its steps without the last where that is shorter, from which others get audio.
    """

    key: str
    is_clip: bool
    speakers: frozenset[str]
    labels: tuple[str | None, ...]
    num_donated: int


@dataclass(frozen=True, slots=True)
class Donors:
    """Finds for each step of an item the audio of another speaker with another label.

    The first donor is drawn by the seed and the item's key. It gives its audio at the same offset, from its beginning again
    where it is shorter, for as long as its label differs from the item's. Then the first other donor, in the order that was
    drawn, takes over whose label differs at that offset; where none does, the one that needs the smallest shift. Items of the
    same kind (clips, monologues) come first in that order. Steps without a label keep the donor that they have.

    Args:
        items: Items of both kinds; each may be a donor of the others.
        seconds: The seconds of each, by key.
        taxonomy: The layer whose labels differ.
        seed: Of the draw.

    Raises:
        InvalidArgument: The speaker of an item is not known.

    Cost: a look at each step's label of every item.
    """

    items: Sequence[Item]
    seconds: Mapping[str, Fraction]
    taxonomy: Taxonomy
    seed: int
    _voices: dict[str, _Voice] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        voices = {item.key: self._voice(item) for item in self.items}
        object.__setattr__(self, "_voices", voices)

    def steps(self, key: str) -> list[DonorStep]:
        """Return the donor of each step of an item.

        Raises:
            InvalidArgument: No other speaker has another label anywhere.
        """
        own = self._voices[key]
        others = [each for each in self._voices.values() if not each.speakers & own.speakers and any(each.labels)]
        # The draw must not depend on the order in which items were given.
        others.sort(key=lambda each: each.key)
        random.Random(f"{self.seed}:{key}").shuffle(others)
        # Sorting keeps the drawn order within a kind.
        others.sort(key=lambda each: each.is_clip != own.is_clip)
        found: list[DonorStep] = []
        donor: _Voice | None = None
        shift = 0
        for step, label in enumerate(own.labels):
            if donor is None or not _differs(donor, step + shift, label):
                chosen = _choose(others, step, label)
                if chosen is None:
                    raise InvalidArgument(
                        f"items must have another speaker with another label for swap-audio, got none for {key!r} at "
                        f"{float(step * STEP):g} s ({label}); predict a side with more speakers",
                        key=key,
                    )
                donor, shift = chosen
            found.append(DonorStep(donor.key, (step + shift) % donor.num_donated))
        return found

    def _voice(self, item: Item) -> _Voice:
        speakers = groups_of(item).get("speaker", ())
        if not speakers:
            raise InvalidArgument(
                f"items must have a speaker for swap-audio, got none of {item.key!r}; name it in the group speaker of the item",
                key=item.key,
            )
        seconds = self.seconds[item.key]
        labels = _labels(item, self.taxonomy, num_steps(seconds))
        return _Voice(item.key, isinstance(item, Clip), frozenset(speakers), labels, max(1, int(seconds // STEP)))


def _differs(donor: _Voice, step: int, label: str | None) -> bool:
    other = donor.labels[step % donor.num_donated]
    return label is None or (other is not None and other != label)


def _choose(others: Sequence[_Voice], step: int, label: str | None) -> tuple[_Voice, int] | None:
    """Return the next donor and its shift in steps, or None where nobody has another label."""
    for shift in range(max((each.num_donated for each in others), default=0)):
        for each in others:
            if shift < each.num_donated and _differs(each, step + shift, label):
                return each, shift
    return None


def _labels(item: Item, taxonomy: Taxonomy, count: int) -> tuple[str | None, ...]:
    layer = taxonomy.name
    if isinstance(item, Clip):
        decision = item.decisions.get(layer)
        return (None if decision is None else decision.label,) * count
    assert isinstance(item, Monologue), "items are clips or monologues"
    if not any(each.labels_in(layer) for each in item.utterances):
        return (None,) * count
    return tuple(item.labels(layer).at(step * STEP for step in range(count)))
