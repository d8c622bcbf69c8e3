"""Recipes: every key is checked, what is unknown is named with its nearest, and one digest stands for one training."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io.errors import EmosError, InvalidArgument, SourceNotFound, SourceUnreadable
from emos_io.train.any_recipe import section_values
from emos_io.train.recipe import Recipe, read_recipe, recipe_of, shipped_recipes
from emos_io.train.recipe_sections import (
    AVSmallSection,
    CurriculumSection,
    DataSection,
    LabelsSection,
    TrainingSection,
)

DOCS = Path(__file__).parents[2] / "docs" / "recipes.md"
KIND = '[model]\nkind = "av-small"\n'

recipes = st.builds(
    Recipe,
    model=st.builds(
        AVSmallSection,
        channels=st.sampled_from([("video", "audio"), ("video",), ("audio",)]),
        size=st.tuples(*[st.integers(2, 32).map(lambda each: each * 8)] * 2),
        filters=st.tuples(*[st.integers(1, 128).map(lambda each: each * 4)] * 3),
        hidden=st.integers(4, 1024),
        dropout=st.floats(0, 0.99),
        video_dropout=st.floats(0, 0.5),
        audio_dropout=st.floats(0, 0.5),
    ),
    data=st.builds(
        DataSection,
        kinds=st.sampled_from([("monologues",), ("clips",), ("monologues", "clips")]),
        seconds=st.integers(4, 480).map(lambda steps: Fraction(steps, 4)),
        lanes=st.integers(1, 512),
        on_error=st.sampled_from(["raise", "mask"]),
    ),
    labels=st.builds(
        LabelsSection,
        layer=st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=9),
        collar=st.integers(0, 60_000).map(lambda milliseconds: Fraction(milliseconds, 1000)),
        soft=st.booleans(),
    ),
    training=st.builds(
        TrainingSection,
        epochs=st.integers(1, 10_000),
        learning_rate=st.floats(0, 1, exclude_min=True),
        seeds=st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=4, unique=True).map(tuple),
        class_balance=st.floats(0, 1),
    ),
    curriculum=st.builds(CurriculumSection, medium=st.integers(0, 9), low=st.integers(0, 9)),
)


def written(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text)
    return path


def refusal(folder: Path, text: str) -> EmosError:
    path = written(folder, text)
    with pytest.raises(EmosError) as caught:
        read_recipe(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(f'"{path}"')
    assert caught.value.path == str(path)
    return caught.value


@given(recipe=recipes)
def test_what_is_written_is_read_back(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = written(tmp_path_factory.mktemp("recipe"), recipe.as_toml())
    again = read_recipe(path)
    assert again == recipe
    assert (again.as_toml(), again.sha256) == (recipe.as_toml(), recipe.sha256)


def test_the_shipped_recipe_writes_out_every_default() -> None:
    assert "av-small.toml" in shipped_recipes()
    recipe = read_recipe("av-small.toml")
    assert recipe == Recipe()
    text = (Path(__file__).parents[2] / "python/emos_io/train/recipes/av-small.toml").read_text()
    keys = re.findall(r"^(\w+) = ", text, re.MULTILINE)
    assert keys == [key for name in Recipe.SECTIONS for key in section_values(getattr(recipe, name))]


def test_the_docs_have_a_row_for_every_key_with_its_default() -> None:
    rows = dict(
        re.findall(
            r"^\| `(\w+\.\w+)` \|[^|]*\| `([^`]*)` \|",
            DOCS.read_text().split("\n## Recipes of large models")[0],
            re.MULTILINE,
        )
    )
    recipe, lines = Recipe(), {}
    for name in Recipe.SECTIONS:
        for line in recipe.as_toml().split(f"[{name}]\n")[1].split("\n\n")[0].splitlines():
            key, _, value = line.partition(" = ")
            lines[f"{name}.{key}"] = value
    assert rows == lines


def test_comments_order_and_written_defaults_do_not_change_the_digest(tmp_path: Path) -> None:
    short = read_recipe(written(tmp_path, "# mine\n[training]\nepochs = 3\n" + KIND))
    other = read_recipe(
        written(tmp_path, KIND + "size = [64, 64]\n[training]\nepochs = 3 # few\n[data]\nseconds = 8.00\n")
    )
    assert short.sha256 == other.sha256
    assert short.sha256 != Recipe().sha256


def test_a_file_here_goes_before_the_recipe_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_recipe("av-small.toml") == Recipe()
    (tmp_path / "av-small.toml").write_text(KIND + "[training]\nepochs = 2\n")
    assert read_recipe("av-small.toml") == Recipe(training=TrainingSection(epochs=2))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[trainig]\nepochs = 2\n" + KIND, "[trainig]; the nearest is [training]"),
        (KIND + "hiden = 3\n", "model.hiden; the nearest is model.hidden"),
        (KIND + "[labels]\ncolar = 1\n", "labels.colar; the nearest is labels.collar"),
        (KIND + "[training]\nwarm_up = 1\n", "training.warm_up; the nearest is training.warmup"),
        ("epochs = 2\n" + KIND, "[epochs]"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(tmp_path: Path, text: str, named: str) -> None:
    error = refusal(tmp_path, text)
    assert isinstance(error, InvalidArgument)
    assert named in str(error)


@pytest.mark.parametrize(
    ("section", "line", "name"),
    [
        ("model", "hidden = 2.5", "model.hidden"),
        ("model", 'size = "64"', "model.size"),
        ("model", "size = [64, 60]", "model.size"),
        ("model", "channels = []", "model.channels"),
        ("model", 'channels = ["video", "text"]', "model.channels"),
        ("model", "video_dropout = 0.7\naudio_dropout = 0.7", "model.video_dropout"),
        ("data", "seconds = 8.1", "data.seconds"),
        ("data", "seconds = 0.5", "data.seconds"),
        ("data", 'seconds = "8"', "data.seconds"),
        ("data", "lanes = 0", "data.lanes"),
        ("data", 'kinds = ["clips", "clips"]', "data.kinds"),
        ("data", 'on_error = "skip"', "data.on_error"),
        ("labels", 'layer = ""', "labels.layer"),
        ("labels", "collar = -1", "labels.collar"),
        ("labels", "collar = 0.0001", "labels.collar"),
        ("labels", "collar = 1e999999999", "labels.collar"),
        ("labels", "collar = true", "labels.collar"),
        ("labels", "soft = 1", "labels.soft"),
        ("training", "epochs = 0", "training.epochs"),
        ("training", "epochs = 2.0", "training.epochs"),
        ("training", "learning_rate = 0", "training.learning_rate"),
        ("training", "learning_rate = nan", "training.learning_rate"),
        ("training", "learning_rate = 1e999", "training.learning_rate"),
        ("training", "seeds = [1, 1]", "training.seeds"),
        ("training", "seeds = [-1]", "training.seeds"),
        ("training", "class_balance = 1.1", "training.class_balance"),
        ("training", "confidence_weights = 0", "training.confidence_weights"),
        ("curriculum", "low = -1", "curriculum.low"),
        ("curriculum", "high = 1\nmedium = 1\nlow = 1", "curriculum"),
    ],
)
def test_values_out_of_range_are_refused_by_name(tmp_path: Path, section: str, line: str, name: str) -> None:
    text = KIND + line + "\n" if section == "model" else f"{KIND}[{section}]\n{line}\n"
    error = refusal(tmp_path, text)
    assert isinstance(error, InvalidArgument)
    assert str(error).startswith(f"{name} must ") or str(error).startswith(f"{name} and ")


def test_a_recipe_says_its_kind(tmp_path: Path) -> None:
    assert "model.kind" in str(refusal(tmp_path, "[training]\nepochs = 2\n"))
    assert "model.kind" in str(refusal(tmp_path, '[model]\nkind = "other"\n'))


@pytest.mark.parametrize("data", [b"[model", b"kind = \xff", b"x" * (1 << 20) + b"yy"])
def test_what_is_no_toml_is_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(data)
    with pytest.raises(SourceUnreadable) as caught:
        read_recipe(path)
    assert "\n" not in str(caught.value)
    assert caught.value.path == str(path)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match=r'give a file or .*"av-small\.toml"'):
        read_recipe(tmp_path / "av-small.toml")
    with pytest.raises(SourceUnreadable):
        read_recipe(tmp_path)


def test_sections_of_another_class_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"^data must be of the class DataSection"):
        Recipe(data={"lanes": 2})  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r"^training must be a section"):
        recipe_of({"model": {"kind": "av-small"}, "training": 3})


def test_the_options_of_the_model_are_those_of_the_section() -> None:
    section = AVSmallSection(hidden=12, channels=("audio",), dropout=0.25)
    options = section.options(("Joy", "Fear"))
    names = [each.name for each in fields(section) if each.name != "kind"]
    assert {name: getattr(options, name) for name in names} == {name: getattr(section, name) for name in names}
    assert options == replace(options, classes=("Joy", "Fear"))
    assert {each.name for each in fields(options)} == {*names, "classes"}
