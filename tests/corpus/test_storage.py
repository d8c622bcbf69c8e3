"""A corpus on disk: what is saved is what is loaded, by either road, and its schema holds."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from emos_io.corpus import Corpus
from emos_io.corpus.codec import decode, encode, json_schema
from emos_io.corpus.records import Clip, Vote
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


def test_round_trip_of_the_release(release: Corpus, saved_release: Path, tmp_path: Path) -> None:
    assert same(Corpus.load(saved_release), release)
    columns = shutil.copytree(saved_release, tmp_path / "columns")
    (columns / "items.jsonl").unlink()
    assert same(Corpus.load(columns), release)


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


def line(**changes: object) -> str:
    return json.dumps({"kind": "clip", "version": 2, "key": "own/0", "source": "own", "language": "en"} | changes)


def vote(**changes: object) -> dict[str, object]:
    return {"item": "own/0", "layer": "basic7", "rater": "r", "labels": ["Joy"]} | changes


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "line 1 .*it is no JSON: Input data was truncated"), ("[1]", "it is no JSON object"),
     ('{"kind": "clip", "version": 9}', "kind 'clip' and version 9, and this emos-io reads clip and monologue of version 2"),
     ('{"kind": "clip", "version": 1}', "version 1, .*; correct it, or read the corpus from its sources and save it again"),
     ('{"kind": "film", "version": 2}', "kind 'film'"),
     (line(key=3), "key must be `str`, got `int`"),
     (line(language=None), "language must be `str`, got `null`"),
     (line(colour="red"), "must have no field `colour`"),
     (line(votes=[vote(role="guess")]), r"votes\[0\].role must be one of the values of its type, got 'guess'"),
     (line(votes=[vote(colour=1)]), r"votes\[0\] must have no field `colour`"),
     (line(attributes={"a": [1]}), r"attributes\[...\] must be .*, got `array`"),
     (line(published_span={"start": "3", "end": "3"}), r"published_span must end after its start, got \[3, 3\)"),
     (line(published_span={"start": 1.5, "end": "3"}), "published_span.start must be an exact number .*, got 1.5"),
     (line(published_span={"start": "1/0", "end": "3"}), "published_span.start must be an exact number .*, got '1/0'"),
     (line(published_span={"start": "1"}), "published_span must have the field `end`")],
)  # fmt: skip
def test_lines_that_are_no_items(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "items.jsonl").write_text(text + "\n")
    with pytest.raises(CorpusError, match=reason):
        Corpus.load(tmp_path)


@pytest.mark.parametrize("name", ["items.jsonl", "findings.jsonl"])
@pytest.mark.parametrize(
    "text",
    [
        b'{"kind": "film", "version": 2, "a": ',
        b'{"kind": "clip", "version": 9, "a": tru',
        b'{"kind": "clip", "version": 2, "key": 3, ',
        b'{"kind": ["clip"], "version": 2}',
        b'{"kind": {}, "version": 2}',
        b'{"kind": "clip", "version": 2, "key": "caf\xe9"}',
        b'{"kind": "clip", "version": 2, "attributes": {"a": 1e999}}',
        b"[" * 100_000,
        b'{"kind": "clip", "version": 9, "a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
    ids=["kind", "version", "field", "list", "object", "latin", "number", "deep", "deep behind"],
)
def test_damage_behind_what_is_refused_first_is_named(tmp_path: Path, text: bytes, name: str) -> None:
    (tmp_path / "items.jsonl").write_bytes(b"")
    (tmp_path / name).write_bytes(text)
    with pytest.raises(CorpusError, match="line 1 is none of a saved corpus") as refused:
        Corpus.load(tmp_path)
    assert (refused.value.path, refused.value.index) == (str(tmp_path / name), 0)


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


def test_a_line_may_leave_out_what_has_a_default(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text(line(votes=[vote()]) + "\n")
    (clip,) = Corpus.load(tmp_path).clips
    assert clip == Clip(
        key="own/0",
        source="own",
        language="en",
        votes=(Vote(item="own/0", layer="basic7", rater="r", labels=("Joy",)),),
    )
