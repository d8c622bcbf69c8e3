"""Parquet of a corpus as other programs see it: fields with types, counts of the release, and exact values back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Provenance, Sentence, Trend, Utterance, Vote
from emos_io.errors import CorpusError, EmosError, InvalidArgument, TooLarge

CLIP = Clip(
    key="own/0",
    source="own",
    language="en",
    text="你好",
    group={"video": "v"},
    votes=(
        Vote(
            item="own/0", layer="basic7", rater="ann", labels=("Joy",), span=Span("1/3", "1/2"), open_labels=("glee",)
        ),
        Vote(
            item="own/0", layer="basic7", rater="ben", labels=(), abstain=True, provenance=Provenance("a.csv", None, 7)
        ),
    ),
    decisions={
        "basic7": Decision(
            item="own/0", layer="basic7", labels=("Joy",), scores={"Joy": 1 / 3}, recipe={"n": 3, "x": None}
        )
    },
    published_span=Span("1001/30000", "0.1"),
    attributes={"text": "1", "integer": 1, "number": 1.0, "boolean": True, "none": None, "empty": ""},
)
FILM = Monologue(
    key="own/film",
    name="film",
    title="Film",
    language="zh",
    duration=Fraction(2**62 + 1, 2**62 - 1),
    sentences=(Sentence(index=1, span=Span(0, 1), text="a"), Sentence(index=2, span=Span(1, 2), text="b")),
    utterances=(
        Utterance(
            index=0, span=Span(0, 1), labels={"basic7": ("Joy",), "own": ()}, intensity=0, text={"en": "", "zh": "a"}
        ),
        Utterance(index=1, span=Span(1, 2)),
    ),
    trend=Trend(summary="s", dominant=None, raw_dominant="", trajectory="t"),
)


def saved(tmp_path: Path, *items: Clip | Monologue) -> Path:
    clips = [item for item in items if isinstance(item, Clip)]
    Corpus(clips, [item for item in items if isinstance(item, Monologue)]).save(tmp_path)
    return tmp_path


def ask(query: str, folder: Path) -> list[tuple[object, ...]]:
    files = {name: f"'{folder / name}.parquet'" for name in ("clips", "monologues")}
    answer = duckdb.sql(query.format_map(files))
    assert answer is not None
    rows: list[tuple[object, ...]] = answer.fetchall()
    return rows


@pytest.mark.parametrize("road", ["items.jsonl", "parquet"])
def test_values_come_back_exactly(tmp_path: Path, road: str) -> None:
    bare = Clip(key="own/1", source="", language="")
    folder = saved(tmp_path, CLIP, bare, FILM)
    if road == "parquet":
        (folder / "items.jsonl").unlink()
    loaded = Corpus.load(folder)
    assert list(loaded.items) == [CLIP, bare, FILM]
    # 1 == 1.0 == True: types are asked for.
    assert [type(value) for value in loaded.clips[0].attributes.values()] == [str, int, float, bool, type(None), str]
    assert list(loaded.clips[0].attributes) == list(CLIP.attributes)
    assert loaded.clips[0].decisions["basic7"].recipe == {"n": 3, "x": None}


def test_another_program_sees_fields(tmp_path: Path) -> None:
    folder = saved(tmp_path, CLIP, FILM)
    votes = (
        "SELECT votes[1].rater, votes[1].labels, votes[2].abstain, votes[2].provenance.row, votes[2].span FROM {clips}"
    )
    assert ask(votes, folder) == [("ann", ["Joy"], True, 7, None)]
    # 1001/30000 and 1/10 are 1001 and 3000 ticks of a clock of 30000 a second.
    span = "SELECT published_span.start, published_span.end, published_span.ticks_per_second FROM {clips}"
    assert ask(span, folder) == [(1001, 3000, 30_000)]
    decision = "SELECT d.labels[1], map_from_entries(d.scores)['Joy'], map_from_entries(d.recipe)['n'].integer FROM "
    decision += "(SELECT map_from_entries(decisions)['basic7'] AS d FROM {clips})"
    assert ask(decision, folder) == [("Joy", 1 / 3, 3)]
    attributes = (
        "SELECT a['text'].text, a['integer'].integer, a['number'].number, a['boolean'].boolean, a['none'] FROM "
    )
    attributes += "(SELECT map_from_entries(attributes) AS a FROM {clips})"
    assert ask(attributes, folder) == [("1", 1, 1.0, True, None)]
    film = "SELECT duration.numerator, duration.denominator, utterances[1].intensity, len(utterances), "
    film += "map_from_entries(utterances[1].labels)['basic7'][1], sentences[2].span.start FROM {monologues}"
    assert ask(film, folder) == [(2**62 + 1, 2**62 - 1, 0, 2, "Joy", 1)]


def test_columns_count_what_the_release_holds(release: Corpus, release_path: Path, saved_release: Path) -> None:
    assert ask("SELECT source, count(*) FROM {clips} GROUP BY 1 ORDER BY 1", saved_release) == [
        ("chsims", 4403),
        ("meld", 5000),
    ]
    votes = "SELECT v.rater, count(*) FROM (SELECT unnest(votes) AS v FROM {clips}) GROUP BY 1 ORDER BY 1"
    own = Counter(vote.rater for clip in release.clips for vote in clip.votes)
    assert ask(votes, saved_release) == sorted(own.items())
    # The labels as the published workbooks have them, read with another library.
    labels: Counter[str] = Counter()
    for name in ("First-2500/analysis_outputs", "Last-2500/analysis_outputs_after2500"):
        path = release_path / "data-final/datasets/ch-simsv2s" / name / "basic7" / "annotated_with_ds.xlsx"
        with closing(openpyxl.load_workbook(path, read_only=True)) as book:
            rows = book.worksheets[0].iter_rows(values_only=True)
            column = list(next(rows)).index("ds_label")
            labels.update(str(row[column]) for row in rows if row[column])
    decided = "SELECT map_from_entries(decisions)['basic7'].labels[1] AS label, count(*) FROM {clips} "
    decided += "WHERE source = 'chsims' GROUP BY 1"
    assert sorted(ask(decided, saved_release)) == sorted(labels.items())
    utterances = "SELECT sum(len(utterances)), sum(len(sentences)) FROM {monologues}"
    files = [*(release_path / "streaming-finalsplit").glob("*/sentence_level_timestamps.json")]
    sentences = sum(len(json.loads(path.read_text("utf-8-sig"))["segments"]) for path in files)
    assert ask(utterances, saved_release) == [(sum(len(each.utterances) for each in release.monologues), sentences)]


def test_datasets_sees_fields(tmp_path: Path) -> None:
    datasets = pytest.importorskip(
        "datasets", reason="datasets is not installed: its view of the columns is not tested"
    )
    folder = saved(tmp_path, CLIP, FILM)
    loaded = datasets.load_dataset(
        "parquet", data_files=str(folder / "clips.parquet"), cache_dir=str(tmp_path / "cache"), split="train"
    )
    (row,) = loaded
    assert row["votes"][0]["rater"] == "ann" and row["published_span"]["ticks_per_second"] == 30_000
    assert {each["key"]: each["value"]["labels"] for each in row["decisions"]} == {"basic7": ["Joy"]}


# What does not fit, and the field that the text names.
UNFIT: dict[str, tuple[Clip | Monologue, type[EmosError], str]] = {
    "integer": (
        replace(CLIP, attributes={"a": 0, "n": 2**63}), TooLarge,
        "attributes.value.integer of 'own/0' must be within 64 bits, got 9223372036854775808; correct it before saving",
    ),
    "row": (
        replace(CLIP, provenance=Provenance("a", None, -(2**63) - 1)), TooLarge,
        "provenance.row of 'own/0' must be within 64 bits, got -9223372036854775809; correct it before saving",
    ),
    "ticks": (
        replace(CLIP, published_span=Span(Fraction(1, 2**62 - 1), Fraction(1, 2**62 - 3))), TooLarge,
        f"published_span.ticks_per_second of 'own/0' must be within 64 bits, got {(2**62 - 1) * (2**62 - 3)}; "
        "correct it before saving",
    ),
    "duration": (
        replace(FILM, duration=Fraction(1, 2**63)), TooLarge,
        "duration.denominator of 'own/film' must be within 64 bits, got 9223372036854775808; correct it before saving",
    ),
    "no number": (
        replace(CLIP, attributes={"x": float("nan")}), InvalidArgument,
        "attributes.value.number of 'own/0' must be a finite number, got nan; correct it before saving",
    ),
    "infinite": (
        replace(CLIP, decisions={"a": replace(CLIP.decisions["basic7"], confidence=float("inf"))}), InvalidArgument,
        "decisions.value.confidence of 'own/0' must be a finite number, got inf; correct it before saving",
    ),
    "object": (
        replace(CLIP, attributes={"x": object.__class__}), InvalidArgument,  # type: ignore[dict-item]
        "attributes.value of 'own/0' must be text, a number, a bool or None, got <class 'type'>; correct it before saving",
    ),
    "text of half a character": (
        replace(CLIP, text="\ud800"), InvalidArgument,
        r"text of 'own/0' must be text of whole characters, got '\ud800'; correct it before saving",
    ),
    "record": (
        replace(CLIP, provenance="a.csv"), InvalidArgument,  # type: ignore[arg-type]
        "provenance of 'own/0' must be of type Provenance, got 'a.csv'; correct it before saving",
    ),
    "type": (
        replace(FILM, utterances=(replace(FILM.utterances[0], intensity=True),)), InvalidArgument,
        "utterances.intensity of 'own/film' must be of type int, got True; correct it before saving",
    ),
    "rounded": (
        replace(CLIP, decisions={"a": replace(CLIP.decisions["basic7"], confidence=2**53 + 1)}), InvalidArgument,
        "decisions.value.confidence of 'own/0' must be an integer that a float holds exactly, got 9007199254740993; "
        "correct it before saving",
    ),
    "no text": (
        replace(CLIP, text=None), InvalidArgument,  # type: ignore[arg-type]
        "text of 'own/0' must be given, got None; correct it before saving",
    ),
    "no votes": (
        replace(CLIP, votes=None), InvalidArgument,  # type: ignore[arg-type]
        "votes of 'own/0' must be given, got None; correct it before saving",
    ),
    "no label": (
        replace(CLIP, votes=(replace(CLIP.votes[0], labels=(None,)),)), InvalidArgument,  # type: ignore[arg-type]
        "votes.labels of 'own/0' must be given, got None; correct it before saving",
    ),
    "no group": (
        replace(CLIP, group={"video": None}), InvalidArgument,  # type: ignore[dict-item]
        "group.value of 'own/0' must be given, got None; correct it before saving",
    ),
    "no key": (
        replace(CLIP, attributes={None: 1}), InvalidArgument,  # type: ignore[dict-item]
        "attributes.key of 'own/0' must be given, got None; correct it before saving",
    ),
    "role": (
        replace(CLIP, votes=(replace(CLIP.votes[0], role="guess"),)), InvalidArgument,  # type: ignore[arg-type]
        "votes.role of 'own/0' must be one of annotate, review, adjudicate, got 'guess'; correct it before saving",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("item", "error", "text"), UNFIT.values(), ids=UNFIT)
def test_what_does_not_fit_is_named_and_nothing_is_written(
    tmp_path: Path, item: Clip | Monologue, error: type[EmosError], text: str
) -> None:
    with pytest.raises(error) as caught:
        saved(tmp_path / "folder", Clip(key="own/9", source="", language=""), item)
    assert str(caught.value) == text and caught.value.key == item.key
    assert not (tmp_path / "folder").exists()


def test_scalars_of_numpy_are_saved_as_numbers(tmp_path: Path) -> None:
    scores: Mapping[str, float] = {"Joy": np.float64(0.25)}
    folder = saved(tmp_path, replace(CLIP, decisions={"basic7": replace(CLIP.decisions["basic7"], scores=scores)}))
    assert ask("SELECT decisions[1].value.scores[1].value FROM {clips}", folder) == [(0.25,)]
    assert Corpus.load(folder).clips[0].decisions["basic7"].scores == {"Joy": 0.25}


def test_a_table_of_other_columns_is_no_corpus(tmp_path: Path) -> None:
    folder = saved(tmp_path, CLIP)
    (folder / "items.jsonl").unlink()
    rows = pyarrow.parquet.read_table(folder / "clips.parquet")
    pyarrow.parquet.write_table(rows.drop_columns(["text"]), folder / "clips.parquet")
    with pytest.raises(
        CorpusError, match=r"none of a corpus \(its columns are not those of a Clip\); save the corpus again"
    ):
        Corpus.load(folder)
    pyarrow.parquet.write_table(rows.replace_schema_metadata({"emos_io": '{"version": 1}'}), folder / "clips.parquet")
    with pytest.raises(
        CorpusError, match="version 1, and this emos-io reads 2; read it from its sources and save it again"
    ):
        Corpus.load(folder)


def test_a_row_that_is_no_item_is_named(tmp_path: Path) -> None:
    folder = saved(tmp_path, Clip(key="own/9", source="", language=""), CLIP)
    change_column(folder / "clips.parquet", "text", ["a", None])
    with pytest.raises(CorpusError, match=r"row 2 is no Clip \(text must be `str`, got `null`\)") as caught:
        Corpus.load(folder)
    assert caught.value.index == 1


def change_column(path: Path, name: str, values: list[object]) -> None:
    """Put other values in a column of a saved corpus, which has only its Parquet files then."""
    (path.parent / "items.jsonl").unlink()
    rows = pyarrow.parquet.read_table(path)
    field = rows.schema.field(name)
    changed = rows.set_column(rows.column_names.index(name), field, pyarrow.array(values, field.type))
    pyarrow.parquet.write_table(changed, path)


@pytest.mark.parametrize(
    "span",
    [{"start": 1, "end": 2, "ticks_per_second": 0}, {"start": 1, "end": None, "ticks_per_second": 1}],
    ids=["no ticks", "no end"],
)
def test_a_column_without_exact_times_is_refused(tmp_path: Path, span: object) -> None:
    folder = saved(tmp_path, CLIP)
    change_column(folder / "clips.parquet", "published_span", [span])
    with pytest.raises(CorpusError, match="a Parquet file is none of a corpus"):
        Corpus.load(folder)


@pytest.mark.parametrize("stated", ["{", "[]", b"\xff"])
def test_a_version_that_cannot_be_read_is_none(tmp_path: Path, stated: str | bytes) -> None:
    folder = saved(tmp_path, CLIP)
    (folder / "items.jsonl").unlink()
    rows = pyarrow.parquet.read_table(folder / "clips.parquet")
    pyarrow.parquet.write_table(rows.replace_schema_metadata({"emos_io": stated}), folder / "clips.parquet")
    with pytest.raises(CorpusError, match="the corpus has version None, and this emos-io reads 2"):
        Corpus.load(folder)
