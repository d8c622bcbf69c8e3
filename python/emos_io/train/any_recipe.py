"""What the recipes of all kinds share: sections of a TOML file, written with every key, and their checksum."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from ..errors import InvalidArgument, short_repr

ItemKind = Literal["monologues", "clips"]


class ModelValues(Protocol):
    """What every section ``[model]`` has."""

    @property
    def kind(self) -> str:
        """The kind of the recipe."""


class DataValues(Protocol):
    """What every section ``[data]`` has."""

    @property
    def kinds(self) -> tuple[ItemKind, ...]:
        """``"monologues"``, ``"clips"`` or both."""

    @property
    def on_error(self) -> str:
        """``"raise"`` stops at media that cannot be read; other words leave them out."""


class TrainingValues(Protocol):
    """What every section ``[training]`` has."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """One model for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyRecipe(ABC):
    """A recipe of any kind: what a training does, apart from its corpus and split.

    A kind's own class has a field for each of its sections, ``model``, ``data`` and ``training`` among them.

    Raises:
        InvalidArgument: A section is of another class.
    """

    SECTIONS: ClassVar[Mapping[str, type]] = {}
    """The class of each section by its name, in the order of the file."""

    def __post_init__(self) -> None:
        for name, section in self.SECTIONS.items():
            given: object = getattr(self, name)
            if not isinstance(given, section):
                raise InvalidArgument(
                    f"{name} must be of the class {section.__name__}, got {short_repr(given)}; read_recipe makes all of a file"
                )

    if TYPE_CHECKING:

        @property
        def model(self) -> ModelValues:
            """What is trained."""

        @property
        def data(self) -> DataValues:
            """Which items, and how they are read."""

        @property
        def training(self) -> TrainingValues:
            """How it is trained."""

    @property
    def kind(self) -> str:
        """The kind of model."""
        return self.model.kind

    @property
    def item_kinds(self) -> tuple[ItemKind, ...]:
        """The kinds of items that are used: ``"monologues"``, ``"clips"`` or both."""
        return self.data.kinds

    @property
    def stops_at_damage(self) -> bool:
        """Whether media that cannot be read stop the training."""
        return self.data.on_error == "raise"

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the recipe, a model for each."""
        return self.training.seeds

    @property
    @abstractmethod
    def layers(self) -> tuple[str, ...]:
        """Names of the label layers that are learned."""

    @property
    def layer(self) -> str:
        """The name of the label layer by which results are scored: the first one."""
        return self.layers[0]

    def as_toml(self) -> str:
        """Return the recipe as TOML with every key; `read_recipe` reads an equal one, and equal recipes give equal texts."""
        parts = []
        for name in self.SECTIONS:
            lines = [f"{key} = {_toml(value)}\n" for key, value in section_values(getattr(self, name)).items()]
            parts.append(f"[{name}]\n{''.join(lines)}")
        return "\n".join(parts)

    def as_dict(self) -> dict[str, dict[str, object]]:
        """Return the sections as tables of plain values, for JSON; seconds are numbers."""
        return {
            name: {key: _plain(value) for key, value in section_values(getattr(self, name)).items()}
            for name in self.SECTIONS
        }

    @property
    def sha256(self) -> str:
        """The sha256 of `as_toml`, 64 hex digits: comments, order and values that are defaults do not change it."""
        return hashlib.sha256(self.as_toml().encode()).hexdigest()


def section_values(section: object) -> dict[str, object]:
    """Return the values of a section by key, in the order of the file."""
    return {each.name: getattr(section, each.name) for each in fields(section)}  # type: ignore[arg-type]


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else _decimal(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _decimal(value: Fraction) -> str:
    """Return the exact decimal of seconds; those of a recipe are decimals."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
