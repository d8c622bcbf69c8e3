"""Recipes of large models: the shipped one has the numbers of the paper, and what is not allowed is refused by its key."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from emos_io.errors import InvalidArgument
from emos_io.train.any_recipe import section_values
from emos_io.train.lora.recipe import LoraRecipe
from emos_io.train.recipe import read_recipe, recipe_of

SHIPPED = Path(__file__).parents[2] / "python/emos_io/train/recipes/lora.toml"


def test_the_shipped_recipe_has_the_numbers_of_the_paper() -> None:
    recipe = read_recipe("lora.toml")
    assert isinstance(recipe, LoraRecipe)
    model, data, training = recipe.model, recipe.data, recipe.training
    assert (model.weights, model.rank, model.alpha, model.dropout, model.experts) == ("lora", 16, 32.0, 0.0, False)
    assert (model.dtype, data.batch, data.accumulation) == ("bf16", 1, 8)
    assert (training.epochs, training.learning_rate, training.schedule, training.warmup) == (3, 5e-5, "cosine", 0.1)


def test_the_shipped_recipe_writes_out_every_default() -> None:
    recipe = read_recipe("lora.toml")
    assert recipe == LoraRecipe()
    keys = re.findall(r"^(\w+) = ", SHIPPED.read_text(), re.MULTILINE)
    assert keys == [key for name in LoraRecipe.SECTIONS for key in section_values(getattr(recipe, name))]


def test_a_recipe_is_read_as_it_was_written(tmp_path: Path) -> None:
    recipe = recipe_of(
        {
            "model": {"kind": "lora", "base": "某/模型", "rank": 4, "alpha": 8.5},
            "data": {"kinds": ["clips", "monologues"], "fps": 2.5, "pixels": [3136, 50176], "hop": 4},
            "prompt": {"name": "clip-letters-1", "layers": ["basic7"], "language": "zh"},
            "training": {"seeds": [3, 1], "gradient_checkpointing": True},
        }
    )
    path = tmp_path / "own.toml"
    path.write_text(recipe.as_toml(), "utf-8")
    assert read_recipe(path) == recipe
    assert recipe.sha256 != LoraRecipe().sha256


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("model", {"rank": 0}),
        ("model", {"dropout": 1}),
        ("model", {"weights": "some"}),
        ("model", {"dtype": "fp16"}),
        ("model", {"base": 3}),
        ("data", {"fps": 0}),
        ("data", {"size": [224]}),
        ("data", {"pixels": [1]}),
        ("data", {"hop": 9}),
        ("data", {"missing_audio": "mask"}),
        ("prompt", {"name": "stream-json-1"}),
        ("prompt", {"layers": []}),
        ("prompt", {"layers": ["basic7", "basic7"]}),
        ("training", {"scored_items": 0}),
        ("training", {"warmup": 1}),
        ("training", {"schedule": "sine"}),
    ],
)
def test_values_out_of_range_are_refused_by_name(section: str, values: dict[str, object]) -> None:
    tables = {"model": {"kind": "lora"}}
    tables[section] = {**tables.get(section, {}), **values}  # type: ignore[dict-item]
    with pytest.raises(InvalidArgument, match=rf"^{section}\.{next(iter(values))} must ") as caught:
        recipe_of(tables)
    assert "\n" not in str(caught.value)


def test_keys_of_another_kind_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"got \[labels\]"):
        recipe_of({"model": {"kind": "lora"}, "labels": {"layer": "basic7"}})
    with pytest.raises(InvalidArgument, match=r"got model\.hidden"):
        recipe_of({"model": {"kind": "lora", "hidden": 3}})


def test_all_weights_and_experts_do_not_go_together() -> None:
    with pytest.raises(InvalidArgument, match=r"^model\.experts must be false"):
        recipe_of({"model": {"kind": "lora", "weights": "all", "experts": True}})


def test_every_key_has_a_row_in_the_docs_with_its_default() -> None:
    text = (Path(__file__).parents[2] / "docs/recipes.md").read_text()
    part = text.split("\n## Recipes of large models\n")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+\.\w+)` \|[^|]*\| `([^`]*)` \|", part, re.MULTILINE))
    recipe, lines = LoraRecipe(), {}
    for name, section in LoraRecipe.SECTIONS.items():
        own = recipe.as_toml().split(f"[{name}]\n")[1].split("\n\n")[0].splitlines()
        assert len(own) == len(fields(section))
        lines.update({f"{name}.{key}": value for key, _, value in (line.partition(" = ") for line in own)})
    assert rows == lines
