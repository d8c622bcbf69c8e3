"""Arguments of wrong types: one clear line that names the argument, what is allowed and what to do."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emos_io import Span
from emos_io import formats as read
from emos_io.annotation import majority
from emos_io.annotation.log.events import EventLog
from emos_io.corpus import Clip, Corpus, FindingCollector, LabelTimeline, Monologue, label_map, taxonomy
from emos_io.corpus.exchange import export, read_predictions
from emos_io.errors import NoSuchItem
from oracle.refusals import refusal_of

CLIPS = [
    Clip(key=f"own/{number}", source="own", language="en", text="", group={"video": f"v{number}"})
    for number in range(4)
]
FILM = Monologue(key="s/a", name="a", title="A", language="en", duration=Fraction(10))
CORPUS = Corpus(CLIPS, [FILM])
LINE = LabelTimeline("basic7", (Span(0, 2),), ({"Joy": 1.0},))
NO_PATH = "got 3; give a str or a pathlib.Path"
WRONG: Any = 3


def split(**options: Any) -> object:
    return CORPUS.split(**{"seed": 1, "test": 0.5, **options})


def folder(**options: Any) -> object:
    return Corpus.from_folder(".", **{"annotations": "a.csv", **options})


CASES: dict[str, tuple[Callable[[], object], str]] = {
    "release": (lambda: Corpus.from_release(WRONG), f"root must be a path, {NO_PATH}"),
    "media": (
        lambda: Corpus.from_release(".", media=WRONG),
        "media must be folders by part, of chsims, meld, streaming",
    ),
    "load": (lambda: Corpus.load(WRONG), f"folder must be a path, {NO_PATH}"),
    "save": (lambda: CORPUS.save(WRONG), f"folder must be a path, {NO_PATH}"),
    "meld": (lambda: Corpus.from_meld(WRONG), f"path must be a path, {NO_PATH}"),
    "chsims": (lambda: Corpus.from_chsims(WRONG), f"path must be a path, {NO_PATH}"),
    "folder": (lambda: Corpus.from_folder(WRONG, annotations=""), f"folder must be a path, {NO_PATH}"),
    "annotations": (lambda: folder(annotations=3), f"annotations must be a path, {NO_PATH}"),
    "sentences": (lambda: folder(sentences=3), f"sentences must be a path, {NO_PATH}"),
    "columns": (lambda: folder(columns=3), "columns must be a mapping to names of columns, got 3; give for instance {"),
    "predictions": (lambda: read_predictions(WRONG), f"path must be a path, {NO_PATH}"),
    "export": (lambda: export(WRONG, []), f"path must be a path, {NO_PATH}"),
    "events": (lambda: EventLog(WRONG), f"path must be a path, {NO_PATH}"),
    "annotation": (lambda: read.read_annotation(WRONG), f"path must be a path, {NO_PATH}"),
    "srt": (lambda: read.read_srt(WRONG), f"path must be a path, {NO_PATH}"),
    "vtt": (lambda: read.read_vtt(WRONG), f"path must be a path, {NO_PATH}"),
    "eaf": (lambda: read.read_eaf(WRONG), f"path must be a path, {NO_PATH}"),
    "textgrid": (lambda: read.read_textgrid(WRONG), f"path must be a path, {NO_PATH}"),
    "label studio": (lambda: read.read_label_studio(WRONG), f"path must be a path, {NO_PATH}"),
    "whisperx": (lambda: read.read_whisperx(WRONG), f"path must be a path, {NO_PATH}"),
    "table": (
        lambda: read.read_table(WRONG, columns={"start": "a", "end": "b", "label": "c"}, unit="s"),
        f"path must be a path, {NO_PATH}",
    ),
    "columns of a table": (
        lambda: read.read_table("a.csv", columns=WRONG, unit="s"),
        "columns must be a mapping to names of columns, got 3; give for instance {",
    ),
    "write eaf": (lambda: read.write_eaf(WRONG, []), f"path must be a path, {NO_PATH}"),
    "write textgrid": (lambda: read.write_textgrid(WRONG, []), f"path must be a path, {NO_PATH}"),
    "write table": (lambda: read.write_table(WRONG, []), f"path must be a path, {NO_PATH}"),
    "write label studio": (lambda: read.write_label_studio(WRONG, []), f"path must be a path, {NO_PATH}"),
    "times": (lambda: LINE.at(WRONG), "times must be a sequence of times, got 3; give a list such as [1.5]"),
    "times of text": (lambda: LINE.weights_at("12"), "times must be a sequence of times, got '12'; give a list"),
    "span": (lambda: LINE.within(WRONG), "span must be a Span, got 3; give Span(start, end) in seconds"),
    "seconds": (lambda: LINE.seconds(WRONG), "span must be a Span, got 3; give Span(start, end) in seconds"),
    "code": (
        lambda: FindingCollector().add(["x"], "", "", ""),  # type: ignore[arg-type]
        "code must be a str, got ['x']; give one of",
    ),
    "seed": (lambda: split(seed="x"), "seed must be an integer, got 'x'; give any integer, and publish it"),
    "no seed": (lambda: split(seed=True), "seed must be an integer, got True; give any integer, and publish it"),
    "test": (lambda: split(test="x"), "test must be above 0 and below 1, got 'x'; give the share of items for testing"),
    "test of NaN": (lambda: split(test=float("nan")), "test must be above 0 and below 1, got nan; give the share"),
    "stratify": (lambda: split(stratify=3), "stratify must be a sequence of names, got 3; give a list with any of"),
    "stratify of text": (
        lambda: split(stratify="label"),
        "stratify must be a sequence of names, got 'label'; give a list",
    ),
    "by": (
        lambda: split(by="film"),
        "by must be a sequence of names, got 'film'; give a list with any of film, dialogue, video",
    ),
    "name in by": (
        lambda: split(by=[["film"]]),
        "by must be of film, dialogue, video, got ['film']; correct or remove",
    ),
    "item": (
        lambda: CORPUS.clips[True],
        "items must be taken by key, index or slice, got True; keys() lists the keys",
    ),
    "half an item": (lambda: CORPUS.clips[1.5], "items must be taken by key, index or slice, got 1.5"),  # type: ignore[call-overload]
    "layer": (lambda: FILM.labels(["x"]), "layer must be one of basic7, goemotions, intensity, got ['x']"),  # type: ignore[arg-type]
    "taxonomy": (lambda: taxonomy(["x"]), "taxonomy must be one of basic7, "),  # type: ignore[arg-type]
    "map": (lambda: label_map(["x"]), "label map must be one of "),  # type: ignore[arg-type]
    "ties": (
        lambda: majority([[0, 1]], num_classes=2, ties="x"),  # type: ignore[arg-type]
        ", got 'x'; choose one of them",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_type_is_one_clear_line(name: str) -> None:
    make, text = CASES[name]
    assert text in refusal_of(make)


@pytest.mark.parametrize("kind", [int, np.int64, np.uint8])
def test_a_seed_may_be_any_integer(kind: Any) -> None:
    assert CORPUS.split(seed=kind(7), test=np.float64(0.5)) == CORPUS.split(seed=7, test=0.5)


def test_items_are_in_their_corpus_by_key_and_by_themselves() -> None:
    assert all(each in CORPUS for each in ("own/2", "2", "s/a", "a", CLIPS[2], FILM))
    assert not any(each in CORPUS for each in ("own/9", "", 2, None, Corpus([CLIPS[0]])))
    with pytest.raises(NoSuchItem):
        CORPUS.clips["own/9"]


def test_taxonomies_and_maps_print_counts() -> None:
    assert repr(taxonomy("basic7")).startswith("Taxonomy('basic7', version='")
    assert repr(taxonomy("basic7")).endswith(", 7 labels)")
    assert "goemotions to basic7" in repr(label_map("emos-meld-first"))
    assert max(len(repr(taxonomy("goemotions"))), len(repr(label_map("emos-meld-first")))) < 100


def test_a_path_may_be_of_any_kind_of_text(tmp_path: Path) -> None:
    CORPUS.save(str(tmp_path))
    assert Corpus.load(tmp_path).clips.keys() == Corpus.load(str(tmp_path)).clips.keys() == CORPUS.clips.keys()
