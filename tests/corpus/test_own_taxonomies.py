"""Labels in taxonomies of one's own: read from folders, kept by corpora, saved and loaded."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_folders import codes, eaf, media_folder, written

from emos_io import CorpusError, InvalidArgument, SourceNotFound
from emos_io.corpus import (
    Clip,
    Corpus,
    FindingCollector,
    LabelMap,
    Monologue,
    Normaliser,
    Taxonomy,
    Vote,
    load,
    read_folder,
    read_taxonomy,
    taxonomy,
)
from emos_io.corpus.taxonomies import takes_sets

MOODS = "labels: [calm, tense]\naliases: {en: {calm: [quiet]}, zh: {tense: [紧张]}}\nabstain: unsure\n"
CLIPS = {each: each for each in ("item", "label", "rater", "layer")}
SPANS = {each: each for each in ("item", "start", "end", "label")}
TABLE = (
    "item,label,rater,layer\na,calm,ann,\na,Quiet,bob,moods\nb,Joy,ann,basic7\nb,low;high,ann,arousal\nc,紧张!,ann,\n"
)
OWN = Taxonomy("moods", "1", "Moods", ("calm", "tense"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Media, a taxonomy that maps to another one in a file, and labels on clips and on spans."""
    media_folder(tmp_path, ["a.mp4", "b.mp4", "c.mp4"])
    written(tmp_path / "moods.yaml", MOODS + "maps: {arousal.json: {calm: low, tense: high}}\n")
    written(tmp_path / "arousal.json", '{"labels": ["low", "high"], "multiple": true}')
    written(tmp_path / "clips.csv", TABLE)
    written(tmp_path / "spans.csv", "item,start,end,label\na,0,2,calm\na,1,3,tense\nb,0,1,quiet\n")
    return tmp_path


def votes(corpus: Corpus) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [(vote.item[-1], vote.layer, vote.rater, vote.labels) for item in corpus for vote in item.votes]


def test_rows_of_a_table_name_layers_of_several_taxonomies(folder: Path) -> None:
    corpus = read_folder(folder, annotations="clips.csv", columns=CLIPS, layer="moods.yaml")
    assert votes(corpus) == [
        ("a", "moods", "ann", ("calm",)),
        ("a", "moods", "bob", ("calm",)),
        ("b", "basic7", "ann", ("Joy",)),
        ("b", "arousal", "ann", ("low", "high")),
        ("c", "moods", "ann", ("tense",)),
    ]
    assert [each.name for each in corpus.taxonomies] == ["moods", "arousal"]
    assert corpus.taxonomy("moods") == read_taxonomy(folder / "moods.yaml")
    assert corpus.taxonomy("basic7") is taxonomy("basic7")
    assert codes(corpus) == {"label_repaired": 2, "several_raters": 1}


def test_a_layer_is_a_file_a_taxonomy_or_a_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = read_taxonomy(folder / "moods.yaml")
    arousal = read_taxonomy(folder / "arousal.json")
    first = read_folder(folder, annotations="clips.csv", columns=CLIPS, layer="moods.yaml")
    others = [
        read_folder(folder, annotations="clips.csv", columns=CLIPS, layer=folder / "moods.yaml"),
        read_folder(folder, annotations="clips.csv", columns=CLIPS, layer=own, taxonomies=[arousal]),
        read_folder(folder, annotations="clips.csv", columns=CLIPS, layer="moods", taxonomies="moods.yaml"),
        read_folder(folder, annotations="clips.csv", columns=CLIPS, layer=own, taxonomies=folder / "arousal.json"),
    ]
    assert all(each.items == first.items and each.taxonomies == first.taxonomies for each in others)
    monkeypatch.chdir(folder)
    assert read_folder(".", annotations="clips.csv", columns=CLIPS, layer="moods.yaml").taxonomies == first.taxonomies
    known = read_folder(folder, annotations="spans.csv", columns=SPANS, layer=taxonomy("basic7"))
    assert (known.taxonomies, known.monologues[0].votes[0].layer) == ((), "basic7")


def test_a_layer_of_one_label_at_once_has_no_label_where_two_overlap(folder: Path) -> None:
    corpus = read_folder(folder, annotations="spans.csv", columns=SPANS, layer="moods.yaml")
    one = corpus.monologues["a"]
    assert one.single_layers == ("moods",)
    assert one.labels("moods").at(["0.5", "1.5", "2.5"]) == ["calm", None, "tense"]
    written(folder / "moods.yaml", MOODS + "multiple: true\n")
    both = read_folder(folder, annotations="spans.csv", columns=SPANS, layer="moods.yaml").monologues["a"]
    assert both.single_layers == ()
    assert set(both.labels("moods").weights[1]) == {"calm", "tense"}


def test_tiers_of_elan_are_read_in_a_taxonomy_of_ones_own(folder: Path) -> None:
    eaf(folder / "a.eaf", (0, 1, "calm"), (1, 2, "紧张"), tier="mood")
    corpus = read_folder(folder, annotations="a.eaf", layer="moods.yaml")
    assert [each.labels_in("moods") for each in corpus.monologues[0].utterances] == [("calm",), ("tense",)]


LAYERED = """item,start,end,label,layer,rater
a,0,2,calm,,ann
a,0,2,Joy,basic7,ann
a,1,4,tense,moods,bob
a,2,4,quiet,moods,ann
"""


def layered(folder: Path, **options: str) -> Corpus:
    written(folder / "layers.csv", LAYERED)
    columns = {**SPANS, "layer": "layer", "rater": "rater"}
    return read_folder(folder, annotations="layers.csv", columns=columns, layer="moods.yaml", **options)  # type: ignore[arg-type]


def test_tiers_with_names_of_layers_are_read_each_in_its_own(folder: Path) -> None:
    corpus = layered(folder)
    given = [(vote.layer, vote.rater, vote.labels) for vote in corpus.monologues[0].votes]
    assert given == [
        ("moods", "ann", ("calm",)),
        ("basic7", "ann", ("Joy",)),
        ("moods", "bob", ("tense",)),
        ("moods", "ann", ("calm",)),
    ]
    # Nobody else labelled the other layer.
    assert [each.labels for each in corpus.monologues[0].utterances] == [{"basic7": ("Joy",)}]
    chosen = layered(folder, rater="ann").monologues[0]
    assert [(each.index, each.labels) for each in chosen.utterances] == [
        (0, {"moods": ("calm",), "basic7": ("Joy",)}),
        (1, {"moods": ("calm",)}),
    ]
    assert chosen.attributes["votes_of_others"] == 1
    assert chosen.labels("moods").at([1, 3]) == ["calm", "calm"] and chosen.labels("basic7").at([1, 3]) == ["Joy", None]


def test_one_tier_is_read_in_the_layer_that_was_asked_for(folder: Path) -> None:
    only = layered(folder, elan_tier="moods", rater="ann").monologues[0]
    assert [each.labels for each in only.utterances] == [{"moods": ("calm",)}]
    assert {vote.layer for vote in only.votes} == {"moods"}


def test_tiers_that_are_no_layers_must_be_chosen(folder: Path) -> None:
    written(folder / "layers.csv", LAYERED + "b,0,1,Fear,notes,ann\n" + "b,0,1,calm,moods,ann\n")
    columns = {**SPANS, "layer": "layer", "rater": "rater"}
    with pytest.raises(InvalidArgument, match="elan_tier must be one of 'basic7', 'moods', 'notes', got None"):
        read_folder(folder, annotations="layers.csv", columns=columns, layer="moods.yaml")


@pytest.mark.parametrize("labels", [["tense", "calm"], ("tense", "calm")], ids=["list", "tuple"])
def test_labels_that_are_given_are_a_taxonomy_in_their_order(folder: Path, labels: list[str]) -> None:
    corpus = read_folder(folder, annotations="clips.csv", columns=CLIPS, layer="moods", labels=labels)
    assert corpus.taxonomies == (Taxonomy("moods", "1", "moods", ("tense", "calm")),)
    (finding,) = (each for each in corpus.findings if each.code == "labels_without_file")
    assert (finding.severity, finding.where) == ("note", "moods")
    assert "tense, calm" in finding.what and "write them to a file of a taxonomy, moods.json" in finding.fix
    assert codes(corpus)["unknown_layer"] == 1 and codes(corpus)["open_label"] == 2


def test_inferred_labels_are_the_words_of_the_column_sorted(folder: Path) -> None:
    corpus = read_folder(folder, annotations="clips.csv", columns=CLIPS, layer="moods", labels="infer")
    assert corpus.taxonomies == (Taxonomy("moods", "1", "moods", ("Quiet", "calm", "紧张!")),)
    assert [vote[3] for vote in votes(corpus) if vote[1] == "moods"] == [("calm",), ("Quiet",), ("紧张!",)]
    spans = read_folder(folder, annotations="spans.csv", columns=SPANS, layer="moods", labels="infer")
    assert spans.taxonomies == (Taxonomy("moods", "1", "moods", ("calm", "quiet", "tense")),)
    assert spans.monologues[0].single_layers == ("moods",)
    with pytest.raises(CorpusError, match="labels_without_file"):
        read_folder(folder, annotations="spans.csv", columns=SPANS, layer="moods", labels="infer", strict=True)


def test_cells_of_several_words_make_an_inferred_layer_one_of_sets(folder: Path) -> None:
    written(folder / "clips.csv", "item,label\na,calm; sad\nb,Calm\nc,calm\n")
    columns = {"item": "item", "label": "label"}
    corpus = read_folder(folder, annotations="clips.csv", columns=columns, layer="moods", labels="infer")
    assert (corpus.taxonomies[0].labels, corpus.taxonomies[0].multiple) == (("calm", "sad"), True)
    assert [vote[3] for vote in votes(corpus)] == [("calm", "sad"), ("calm",), ("calm",)]


@pytest.mark.property
@settings(max_examples=30)
@given(words=st.lists(st.text("abcABCé", min_size=1, max_size=4), min_size=2, max_size=8))
def test_every_word_of_a_column_is_an_inferred_label(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    folder = media_folder(tmp_path_factory.mktemp("own"), [f"{number}.mp4" for number in range(len(words))])
    written(folder / "l.csv", "item,label\n" + "".join(f"{number},{word}\n" for number, word in enumerate(words)))
    kinds = {word.casefold() for word in words}
    columns = {"item": "item", "label": "label"}
    if len(kinds) < 2:
        with pytest.raises(InvalidArgument, match="labels must be two or more words of the column to be inferred"):
            read_folder(folder, annotations="l.csv", columns=columns, layer="moods", labels="infer")
        return
    corpus = read_folder(folder, annotations="l.csv", columns=columns, layer="moods", labels="infer")
    labels = corpus.taxonomies[0].labels
    assert list(labels) == sorted(labels) and {label.casefold() for label in labels} == kinds
    assert set(labels) <= set(words)
    assert [vote[3][0].casefold() for vote in votes(corpus)] == [word.casefold() for word in words]


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "a layer of the package": (
        {"labels": ["a", "b"]},
        "layer must be a name of your own where its labels are given, got 'basic7'",
    ),
    "a file": (
        {"labels": ["a", "b"], "layer": "moods.yaml"},
        "layer must be a name of your own where its labels are given",
    ),
    "a taxonomy": ({"labels": ["a", "b"], "layer": OWN}, "layer must be a name of your own where its labels are given"),
    "text": ({"labels": "a,b", "layer": "x"}, "labels must be a list of labels or 'infer', got 'a,b'; give a list"),
    "a number": ({"labels": 3, "layer": "x"}, "labels of a taxonomy must be a list of words, got 3"),
    "one": ({"labels": ["a"], "layer": "x"}, "labels of a taxonomy must be two or more, got ['a']"),
    "a layer that has labels": (
        {"labels": ["a", "b"], "layer": "moods", "taxonomies": "moods.yaml"},
        "labels must be left out where the layer has a taxonomy, got ['a', 'b']; leave them out",
    ),
    "a strange name": (
        {"labels": "infer", "layer": "a/b"},
        "name of a taxonomy must be of letters, digits, _, - and .",
    ),
    "no taxonomy": (
        {"layer": "moods"},
        "taxonomy must be one of basic7, goemotions, mer6, sentiment2, sentiment3, sentiment5, got",
    ),
    "no name": (
        {"layer": 3},
        "layer must be the name of a taxonomy, a taxonomy or the path of its file, got 3; leave it out",
    ),
    "no file": (
        {"taxonomies": ["moods"]},
        "taxonomies must be taxonomies or paths of their files (.json, .yaml), got 'moods'",
    ),
    "none at all": (
        {"taxonomies": None},
        "taxonomies must be taxonomies or paths of their files (.json, .yaml), got None",
    ),
    "two of one name": (
        {"layer": OWN, "taxonomies": replace(OWN, version="2")},
        "a corpus must have one taxonomy of a name, got two of 'moods' whose content differs; rename one",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_layers_that_cannot_be_are_one_line(folder: Path, what: str) -> None:
    options, expected = REFUSED[what]
    with pytest.raises(InvalidArgument) as caught:
        read_folder(folder, annotations="spans.csv", columns=SPANS, **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(expected) and "\n" not in str(caught.value)


def test_a_file_of_a_layer_that_is_not_there_is_one_line(folder: Path) -> None:
    with pytest.raises(SourceNotFound, match=r'there is no such file; check the path: "mods\.yaml"'):
        read_folder(folder, annotations="spans.csv", columns=SPANS, layer="mods.yaml")


def test_nothing_is_guessed_in_words_of_ones_own() -> None:
    own = Normaliser(
        Taxonomy("moods", "1", "Moods", ("relaxation", "tension", "A", "B"), aliases={"at ease": "relaxation"})
    )
    assert own("At Ease; TENSION!").labels == ("relaxation", "tension")
    # A slip, two labels in one word: known of the package's labels, unknown here.
    assert (own("relaxatoin, AB").labels, own("relaxatoin, AB").unknown) == ((), ("relaxatoin", "AB"))
    assert Normaliser(taxonomy("basic7"))("surprsie").labels == ("Surprise",)


def test_labels_and_aliases_with_symbols_are_found() -> None:
    own = Normaliser(Taxonomy("moods", "1", "Moods", ("C++", "C", "😀", "don't know"), aliases={"❤️": "C", ":-)": "😀"}))
    found = {word: own(word).labels for word in ("c++", "c", "😀", "Don't Know", "❤️", ":-)", "☠️", "Ｃ", "dont know")}
    assert found == {
        "c++": ("C++",), "c": ("C",), "😀": ("😀",), "Don't Know": ("don't know",), "❤️": ("C",), ":-)": ("😀",), "☠️": (),
        "Ｃ": ("C",), "dont know": ("don't know",),
    }  # fmt: skip


def test_findings_name_the_taxonomy_of_ones_own() -> None:
    findings = FindingCollector()
    Normaliser(OWN).read("calm, sad", "row 1", findings, open_words=True)
    assert [each.what for each in findings.collected] == ["'sad' is no label of moods"]


def test_takes_sets_asks_the_taxonomy() -> None:
    assert not takes_sets(OWN) and takes_sets(replace(OWN, multiple=True)) and takes_sets("moods")


def made(*taxonomies: Taxonomy) -> Corpus:
    vote = Vote(item="x", layer="moods", rater="ann", labels=("calm",))
    monologue = Monologue(key="m", name="m", title="m", language="en", duration=Fraction(2), votes=(vote,))
    return Corpus([Clip(key="c", source="own", language="en")], [monologue], taxonomies=taxonomies)


def test_a_corpus_has_each_taxonomy_once() -> None:
    corpus = made(OWN, OWN, taxonomy("mer6"))
    assert corpus.taxonomies == (OWN,)
    assert corpus.with_taxonomies([OWN]).taxonomies == (OWN,)
    more = corpus.with_taxonomies([replace(OWN, name="others")])
    assert [each.name for each in more.taxonomies] == ["moods", "others"] and type(more) is Corpus
    assert more.monologues[0].single_layers == ("moods", "others")
    assert more.with_items(clips=[]).taxonomies == more.taxonomies == more.with_findings([]).taxonomies
    with pytest.raises(InvalidArgument, match="a corpus must have one taxonomy of a name, got two of 'moods'"):
        corpus.with_taxonomies([replace(OWN, title="x")])
    with pytest.raises(InvalidArgument, match="name of a taxonomy must be none of the package's, got 'mer6'"):
        made(replace(OWN, name="mer6"))
    with pytest.raises(InvalidArgument, match=r"taxonomies must be of type Taxonomy, got 'moods\.yaml'"):
        corpus.with_taxonomies(["moods.yaml"])  # type: ignore[list-item]
    with pytest.raises(InvalidArgument, match=r"taxonomies must be a list of taxonomies, got Taxonomy\('moods'"):
        corpus.with_taxonomies(OWN)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r"taxonomy must be one of basic7, .*sentiment5, moods, got 'mood'"):
        corpus.taxonomy("mood")


def test_maps_of_a_corpus_may_not_lead_in_a_circle() -> None:
    def leading(name: str, *others: str) -> Taxonomy:
        labels = ("a", "b")
        maps = {other: LabelMap("m", "1", "M", name, other, {"a": "a", "b": "b"}) for other in others}
        return Taxonomy(name, "1", name, labels, maps=maps)

    assert len(made(leading("x", "y", "z"), leading("y", "z"), leading("z", "basic7")).taxonomies) == 3
    with pytest.raises(
        InvalidArgument, match="maps must not lead back to where they began, got y -> z -> y; remove one"
    ):
        made(leading("x", "y"), leading("y", "z"), leading("z", "y"))


@pytest.mark.parametrize("table", ["clips", "spans"])
def test_a_saved_corpus_has_its_taxonomies_in_either_form(folder: Path, table: str) -> None:
    columns = CLIPS if table == "clips" else SPANS
    corpus = read_folder(folder, annotations=f"{table}.csv", columns=columns, layer="moods.yaml")
    saved = folder / "saved"
    corpus.save(saved)
    for forms in ((), ("items.jsonl",), ("items.jsonl", "taxonomies.json")):
        for name in forms:
            (saved / name).unlink(missing_ok=True)
        again = load(saved)
        assert (again.items, again.taxonomies, again.findings) == (corpus.items, corpus.taxonomies, corpus.findings)
    corpus.save(saved)
    for path in saved.glob("*.parquet"):
        path.unlink()
    assert load(saved).taxonomies == corpus.taxonomies and load(saved).items == corpus.items


def test_a_corpus_without_taxonomies_is_saved_as_before(tmp_path: Path) -> None:
    made().save(tmp_path)
    assert not (tmp_path / "taxonomies.json").exists()
    made(OWN).save(tmp_path)
    assert load(tmp_path).taxonomies == (OWN,)
    # Those that lay there do not become those of another corpus.
    made().save(tmp_path)
    assert load(tmp_path).taxonomies == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{}", "it holds no list"),
        ("[1]", "value must be `object`, got `int`"),
        ("[", "it is no JSON: Input data was truncated"),
        ('[{"name": "x"}]', "value must have the field `version`"),
        ('[{"name": "x", "version": "1", "title": "x", "labels": ["a"]}]', "labels of a taxonomy must be two or more"),
    ],
    ids=["mapping", "number", "damaged", "short", "one label"],
)
def test_damaged_taxonomies_of_a_saved_corpus_are_one_line(tmp_path: Path, content: str, reason: str) -> None:
    made(OWN).save(tmp_path)
    (tmp_path / "taxonomies.json").write_text(content)
    with pytest.raises(CorpusError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"the taxonomies of a saved corpus cannot be read ({reason}")
    assert str(caught.value).endswith(': "' + str(tmp_path / "taxonomies.json") + '"')


def test_the_file_of_saved_taxonomies_is_json_for_people(tmp_path: Path) -> None:
    made(OWN).save(tmp_path)
    (only,) = json.loads((tmp_path / "taxonomies.json").read_text("utf-8"))
    assert (only["name"], only["labels"], only["multiple"]) == ("moods", ["calm", "tense"], False)
