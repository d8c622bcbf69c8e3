"""The recipe of a file, of any kind, checked, with every value there; and the one of av-small. docs/recipes.md lists them.

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
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import ClassVar

from .._checks import checked_path, listed
from ..errors import InvalidArgument, SourceNotFound, SourceUnreadable, printable, quoted, short_repr
from .any_recipe import AnyRecipe
from .kinds import KINDS, recipe_class
from .recipe_checks import word
from .recipe_sections import AVSmallSection, CurriculumSection, DataSection, LabelsSection, TrainingSection

RECIPE_SUFFIX = ".toml"
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(AnyRecipe):
    """What a training of av-small does, apart from its corpus and split.

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

    SECTIONS: ClassVar[Mapping[str, type]] = {
        "model": AVSmallSection,
        "data": DataSection,
        "labels": LabelsSection,
        "training": TrainingSection,
        "curriculum": CurriculumSection,
    }

    model: AVSmallSection = field(default_factory=AVSmallSection)
    data: DataSection = field(default_factory=DataSection)
    labels: LabelsSection = field(default_factory=LabelsSection)
    training: TrainingSection = field(default_factory=TrainingSection)
    curriculum: CurriculumSection = field(default_factory=CurriculumSection)

    @property
    def layers(self) -> tuple[str, ...]:
        """The name of the label layer."""
        return (self.labels.layer,)


def shipped_recipes() -> tuple[str, ...]:
    """Return the names of the recipes in the package.

    Example:
        >>> shipped_recipes()
        ('av-small.toml', 'frozen.toml', 'lora.toml')
    """
    folder = resources.files(__package__).joinpath("recipes")
    return tuple(sorted(each.name for each in folder.iterdir() if each.name.endswith(RECIPE_SUFFIX)))


def read_recipe(path: str | Path) -> AnyRecipe:
    """Return the recipe of a TOML file, of the class of its kind; what it leaves out has its default.

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


def recipe_of(values: Mapping[str, object]) -> AnyRecipe:
    """Return the recipe of sections as tables; what they leave out has its default.

    Args:
        values: The sections; ``model.kind`` decides which others there may be.

    Raises:
        InvalidArgument: A section or key is unknown, or a value is not allowed.
    """
    made = recipe_class(_kind(values))
    unknown = next((name for name in values if name not in made.SECTIONS), None)
    if unknown is not None:
        sections = ", ".join(f"[{name}]" for name in made.SECTIONS)
        raise InvalidArgument(
            f"recipe must have sections of {sections}, got [{_name(unknown)}]; {_nearest(unknown, list(made.SECTIONS), '[{}]')}"
        )
    tables = {name: _table(name, values.get(name, {})) for name in made.SECTIONS}
    for name, section in made.SECTIONS.items():
        known = [each.name for each in fields(section)]
        other = next((key for key in tables[name] if key not in known), None)
        if other is not None:
            raise InvalidArgument(
                f"recipe must have keys of [{name}] that it knows, got {name}.{_name(other)}; "
                f"{_nearest(other, known, name + '.{}')}"
            )
    return made(**{name: section(**tables[name]) for name, section in made.SECTIONS.items()})


def _kind(values: Mapping[str, object]) -> str:
    kind = _table("model", values.get("model", {})).get("kind")
    if kind is None:
        raise InvalidArgument(f"recipe must have model.kind, got none; give kind = {listed(tuple(KINDS))}")
    return word(kind, "model.kind", tuple(KINDS))


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
