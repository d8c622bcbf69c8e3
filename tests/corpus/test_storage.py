"""A corpus on disk: what is saved is what is loaded, by either road, and its schema holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from emos_io.corpus import Corpus
from emos_io.corpus.codec import decode, encode, json_schema
from emos_io.corpus.records import Clip
from emos_io.errors import CorpusError, SourceNotFound
from oracle import synthetic_release as made


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus.from_release(made.make(tmp_path / "release"))


def same(one: Corpus, other: Corpus) -> bool:
    return list(one.clips) == list(other.clips) and list(one.monologues) == list(other.monologues)


@pytest.mark.parametrize("kept", ["items.jsonl", "clips.parquet"])
def test_round_trip(corpus: Corpus, tmp_path: Path, kept: str) -> None:
    folder = tmp_path / "saved"
    corpus.save(folder)
    if kept == "clips.parquet":
        (folder / "items.jsonl").unlink()
    loaded = Corpus.load(folder)
    assert same(loaded, corpus)
    assert list(loaded.findings) == list(corpus.findings)


def test_round_trip_of_the_release(release: Corpus, tmp_path: Path) -> None:
    release.save(tmp_path)
    assert same(Corpus.load(tmp_path), release)
    (tmp_path / "items.jsonl").unlink()
    assert same(Corpus.load(tmp_path), release)


def test_lines_obey_the_published_schema(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path)
    schema = json.loads((tmp_path / "schema.json").read_text())
    assert schema == json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    lines = (tmp_path / "items.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 9
    for line in lines:
        check.validate(json.loads(line))
    wrong = json.loads(lines[0])
    wrong["votes"][0]["role"] = "guess"
    assert list(check.iter_errors(wrong))


def test_saving_again_gives_the_same_bytes(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path / "a")
    Corpus.load(tmp_path / "a").save(tmp_path / "b")
    assert (tmp_path / "a" / "items.jsonl").read_bytes() == (tmp_path / "b" / "items.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("line", "reason"),
    [("{", "line 1"), ("[1]", "no JSON object"),
     ('{"kind": "clip", "version": 9}', "version 9"), ('{"kind": "film", "version": 1}', "kind 'film'"),
     ('{"kind": "clip", "version": 1, "key": 3}', "key must be of type str, got 3"),
     ('{"kind": "clip", "version": 1, "colour": "red"}', "Clip, which has no field 'colour'")],
)  # fmt: skip
def test_lines_that_are_no_items(tmp_path: Path, line: str, reason: str) -> None:
    (tmp_path / "items.jsonl").write_text(line + "\n")
    with pytest.raises(CorpusError, match=reason):
        Corpus.load(tmp_path)


def test_an_empty_folder_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="save one there"):
        Corpus.load(tmp_path)
    (tmp_path / "clips.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(CorpusError, match="cannot be read"):
        Corpus.load(tmp_path)


def test_records_are_json_and_back(corpus: Corpus) -> None:
    clip = corpus.clips[0]
    again = decode(Clip, json.loads(json.dumps(encode(clip))))
    assert again == clip
    assert decode(Clip, encode(replace(clip, speaker=None))) == clip
