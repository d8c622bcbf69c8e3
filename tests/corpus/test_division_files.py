"""Files of divisions: what they say beside their lists is of its type and within its range."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emos_io.corpus import Clip, Corpus, load_folds, load_split
from emos_io.errors import CorpusError

CLIPS = [Clip(key=f"own/{n}", source="own", language="en", group={"speaker": f"s{n % 4}"}) for n in range(8)]
CORPUS = Corpus(CLIPS)
BOTH: dict[str, tuple[dict[str, object], str]] = {
    "ungrouped below 0": ({"ungrouped": -3}, "has ungrouped that is no count from 0 to 8, -3"),
    "ungrouped above all": ({"ungrouped": 9}, "has ungrouped that is no count from 0 to 8, 9"),
    "ungrouped of a float": ({"ungrouped": 2.0}, "has ungrouped that is no count from 0 to 8, 2.0"),
    "ungrouped of True": ({"ungrouped": True}, "has ungrouped that is no count from 0 to 8, True"),
    "disjoint of numbers": ({"disjoint": [1]}, "has disjoint that is no list of names, [1]"),
    "disjoint of an object": ({"disjoint": {"film": 1}}, "has disjoint that is no list of names, {'film': 1}"),
    "divided of 0": ({"divided": 0}, "has divided that is no list of names, 0"),
    "by of True": ({"by": True}, "has by that is no list of names, True"),
    "stratify of None in a list": ({"stratify": [None]}, "has stratify that is no list of names, [None]"),
    "disjoint and divided": ({"divided": ["speaker"]}, "has the groups 'speaker' both disjoint and divided"),
    "seed of text": ({"seed": "1"}, "has a seed that is no integer, '1'"),
    "seed of a float": ({"seed": 1.0}, "has a seed that is no integer, 1.0"),
    "kind": ({"kind": "sides"}, "has kind that is none of "),
    "kind of a list": ({"kind": ["split"]}, "has kind that is none of "),
    "strata of a list": ({"strata": [1]}, "has strata that are no counts of "),
    "strata of text": ({"strata": {"all": "ab"}}, "has strata that are no counts of "),
    "strata of one side": ({"strata": {"all": [8]}}, "has strata that are no counts of "),
    "strata below 0": ({"strata": {"all": [-1, 9, 0]}}, "has strata that are no counts of "),
    "strata of floats": ({"strata": {"all": [4.0, 4.0]}}, "has strata that are no counts of "),
}
SPLITS: dict[str, tuple[dict[str, object], str]] = {
    **BOTH,
    "share NaN": ({"test_share": float("nan")}, "has test_share that is no share from 0 to 1, nan"),
    "share infinite": ({"test_share": float("inf")}, "has test_share that is no share from 0 to 1, inf"),
    "share above 1": ({"test_share": 2}, "has test_share that is no share from 0 to 1, 2"),
    "share below 0": ({"validation_share": -0.5}, "has validation_share that is no share from 0 to 1, -0.5"),
    "share of text": ({"test_share": "0.5"}, "has test_share that is no share from 0 to 1, '0.5'"),
    "share of True": ({"validation_share": True}, "has validation_share that is no share from 0 to 1, True"),
}


def refused(text: str, load: str, path: Path) -> str:
    path.write_text(text)
    with pytest.raises(CorpusError) as caught:
        (load_split if load == "load_split" else load_folds)(path)
    assert caught.value.path == str(path)
    assert str(caught.value).endswith(f'; save it again with the seed that was published: "{path}"')
    return str(caught.value)


@pytest.mark.parametrize("name", SPLITS)
def test_a_split_with_a_value_that_none_has_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    CORPUS.split(seed=1, test=0.5).save(path)
    change, fact = SPLITS[name]
    text = json.dumps({**json.loads(path.read_text()), **change})
    assert refused(text, "load_split", path).startswith(f"the file of a split {fact}")


@pytest.mark.parametrize("name", BOTH)
def test_folds_with_a_value_that_none_have_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "folds.json"
    CORPUS.folds(k=2, seed=1).save(path)
    change, fact = BOTH[name]
    text = json.dumps({**json.loads(path.read_text()), **change})
    assert refused(text, "load_folds", path).startswith(f"the file of folds {fact}")


def test_files_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    split, folds = CORPUS.split(seed=1, test=0.5), CORPUS.folds(k=2, seed=1)
    for name, division in (("split", split), ("folds", folds)):
        path = tmp_path / name
        division.save(path)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_split(tmp_path / "split") == split
    assert load_folds(tmp_path / "folds") == folds
