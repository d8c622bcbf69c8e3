"""The recipe of a training: five sections of a TOML file, checked, with every value there; docs/recipes.md lists them.

```text
 [model]       what is trained
 [data]        which items of the corpus, and how they are cut
 [labels]      what a step's label is, and where it does not count
 [training]    optimiser, epochs, weights, checkpoints
 [curriculum]  from which epoch clips of a confidence tier count
```
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import ClassVar

from .._checks import checked_path, listed
from ..errors import InvalidArgument, SourceNotFound, SourceUnreadable, printable, quoted, short_repr
from .recipe_checks import word
from .recipe_sections import (
    AV_SMALL,
    AVSmallSection,
    CurriculumSection,
    DataSection,
    LabelsSection,
    TrainingSection,
    section_values,
)

RECIPE_SUFFIX = ".toml"
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a training does, apart from its corpus and split.

    Attributes:
        model, data, labels, training, curriculum: The sections.

    Raises:
        InvalidArgument: A section is of another class.

    Example:
        >>> recipe = Recipe(training=TrainingSection(epochs=3))
        >>> recipe.model.kind, recipe.training.epochs, recipe.data.seconds
        ('av-small', 3, Fraction(8, 1))
        >>> recipe.sha256 == Recipe().sha256
        False
    """

    SECTIONS: ClassVar[tuple[str, ...]] = ("model", "data", "labels", "training", "curriculum")

    model: AVSmallSection = field(default_factory=AVSmallSection)
    data: DataSection = field(default_factory=DataSection)
    labels: LabelsSection = field(default_factory=LabelsSection)
    training: TrainingSection = field(default_factory=TrainingSection)
    curriculum: CurriculumSection = field(default_factory=CurriculumSection)

    def __post_init__(self) -> None:
        wanted = (AVSmallSection, DataSection, LabelsSection, TrainingSection, CurriculumSection)
        for name, section in zip(self.SECTIONS, wanted, strict=True):
            given: object = getattr(self, name)
            if not isinstance(given, section):
                raise InvalidArgument(
                    f"{name} must be of the class {section.__name__}, got {short_repr(given)}; read_recipe makes all of a file"
                )

    def as_toml(self) -> str:
        """Return the recipe as TOML with every key; `read_recipe` reads an equal one, and equal recipes give equal texts.

        Example:
            >>> print(Recipe().as_toml().split("[data]")[0].strip())
            [model]
            kind = "av-small"
            channels = ["video", "audio"]
            size = [64, 64]
            bands = 48
            filters = [16, 32, 64]
            embedding = 128
            hidden = 160
            fusion = 128
            dropout = 0.1
            video_dropout = 0.15
            audio_dropout = 0.15
        """
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
    def layer(self) -> str:
        """The name of the label layer."""
        return self.labels.layer

    @property
    def sha256(self) -> str:
        """The sha256 of `as_toml`, 64 hex digits: comments, order and values that are defaults do not change it."""
        return hashlib.sha256(self.as_toml().encode()).hexdigest()


_MODELS: dict[str, type[AVSmallSection]] = {AV_SMALL: AVSmallSection}
"""The section ``[model]`` by its kind."""


def shipped_recipes() -> tuple[str, ...]:
    """Return the names of the recipes in the package.

    Example:
        >>> shipped_recipes()
        ('av-small.toml',)
    """
    folder = resources.files(__package__).joinpath("recipes")
    return tuple(sorted(each.name for each in folder.iterdir() if each.name.endswith(RECIPE_SUFFIX)))


def read_recipe(path: str | Path) -> Recipe:
    """Return the recipe of a TOML file; what it leaves out has its default.

    Args:
        path: The file, or where there is none of that name the name of a recipe in the package, such as ``"av-small.toml"``.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: It cannot be read, or it is no TOML.
        InvalidArgument: A section or key is unknown, or a value is not allowed; the text names the nearest known one.

    Example:
        >>> read_recipe("av-small.toml").model.kind
        'av-small'
    """
    file = checked_path(path)
    text = _text(file)
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SourceUnreadable(
            f"the recipe is no TOML ({printable(str(error))}); correct it: {quoted(file)}", path=str(file)
        ) from error
    try:
        return recipe_of(values)
    except InvalidArgument as error:
        raise InvalidArgument(": ".join((str(error), quoted(file))), path=str(file)) from error


def recipe_of(values: Mapping[str, object]) -> Recipe:
    """Return the recipe of sections as tables; what they leave out has its default.

    Raises:
        InvalidArgument: A section or key is unknown, or a value is not allowed.
    """
    unknown = next((name for name in values if name not in Recipe.SECTIONS), None)
    if unknown is not None:
        sections = ", ".join(f"[{name}]" for name in Recipe.SECTIONS)
        raise InvalidArgument(
            f"recipe must have sections of {sections}, got [{_name(unknown)}]; {_nearest(unknown, Recipe.SECTIONS, '[{}]')}"
        )
    tables = {name: _table(name, values.get(name, {})) for name in Recipe.SECTIONS}
    kind = tables["model"].get("kind")
    if kind is None:
        raise InvalidArgument(f"recipe must have model.kind, got none; give kind = {listed(tuple(_MODELS))}")
    model = _MODELS[word(kind, "model.kind", tuple(_MODELS))]
    for name, section in (
        ("model", model),
        ("data", DataSection),
        ("labels", LabelsSection),
        ("training", TrainingSection),
        ("curriculum", CurriculumSection),
    ):
        known = [each.name for each in fields(section)]
        other = next((key for key in tables[name] if key not in known), None)
        if other is not None:
            raise InvalidArgument(
                f"recipe must have keys of [{name}] that it knows, got {name}.{_name(other)}; "
                f"{_nearest(other, known, name + '.{}')}"
            )
    return Recipe(
        model=model(**tables["model"]),  # type: ignore[arg-type]
        data=DataSection(**tables["data"]),  # type: ignore[arg-type]
        labels=LabelsSection(**tables["labels"]),  # type: ignore[arg-type]
        training=TrainingSection(**tables["training"]),  # type: ignore[arg-type]
        curriculum=CurriculumSection(**tables["curriculum"]),  # type: ignore[arg-type]
    )


def _text(file: Path) -> str:
    try:
        # A folder of a recipe's name is no file; it is an error of its own.
        if not file.exists() and file.name == str(file) and file.name in shipped_recipes():
            return resources.files(__package__).joinpath("recipes", file.name).read_text("utf-8")
        with file.open("rb") as opened:
            data = opened.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise SourceUnreadable(
                f"the recipe is over 1 MiB; give the recipe's own file: {quoted(file)}", path=str(file)
            )
        return data.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise SourceNotFound(
            f"there is no such recipe; give a file or {listed(shipped_recipes())}: {quoted(file)}", path=str(file)
        ) from error
    except UnicodeDecodeError as error:
        raise SourceUnreadable(f"the recipe is no UTF-8; save it as UTF-8: {quoted(file)}", path=str(file)) from error
    except SourceUnreadable:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceUnreadable(
            f"the recipe cannot be read ({reason}); give a file: {quoted(file)}", path=str(file)
        ) from error


def _table(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidArgument(f"{name} must be a section, got {short_repr(value)}; write [{name}] above its keys")
    return value


def _name(name: str) -> str:
    return printable(name) if len(name) <= 40 else printable(f"{name[:40]}...")


def _nearest(name: str, known: tuple[str, ...] | list[str], form: str) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return f"the nearest is {form.format(near[0])}" if near else f"it may have {', '.join(map(form.format, known))}"


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
