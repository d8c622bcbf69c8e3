"""Taxonomies of one's own in files: what they say, and one line for everything that they may not say."""

from __future__ import annotations

import hashlib
import json
import pickle
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io import EmosError, InvalidArgument, SourceNotFound, SourceUnreadable
from emos_io.corpus import LabelMap, Taxonomy, read_taxonomies, read_taxonomy, taxonomy

FULL = {
    "name": "moods",
    "version": "2",
    "title": "How tense",
    "labels": ["calm", "tense", "neutral"],
    "aliases": {"en": {"calm": ["Quiet", "at ease"], "unsure": ["no idea"]}, "de": {"calm": ["ruhig"]}},
    "neutral": "neutral",
    "abstain": "unsure",
    "multiple": True,
    "maps": {"basic7": {"calm": "Neutral", "tense": "Fear", "neutral": "Neutral", "unsure": "Neutral"}},
}
MORE = "labels: [a, b]\n"
QUOTE = "; put it in quotes, since YAML reads words such as no, yes, null, 1 and dates as other things"
NAMES = "basic7, goemotions, mer6, sentiment2, sentiment3, sentiment5"

# Files, and what is said of them before the path.
WRONG: dict[str, tuple[str, str]] = {
    "two labels alike": (
        "labels: [a, A]",
        "labels of a taxonomy must each be there once, in any letter case, got 'a' and 'A'",
    ),
    "two Unicode forms": ("labels: [ﬁne, FINE]", "labels of a taxonomy must each be there once"),
    "one label": ("labels: [a]", "labels of a taxonomy must be two or more, got ['a']; add the others"),
    "no label": ("labels: []", "labels of a taxonomy must be two or more, got []; add the others"),
    "no labels": ("name: x", "a taxonomy must have labels, got none; add labels: with two or more"),
    "text for labels": ("labels: a", "labels of a taxonomy must be a list of words, got 'a'; write them as a list"),
    "a mapping for labels": ("labels: {a: b}", "labels of a taxonomy must be a list of words, got {'a': 'b'}"),
    "nothing for labels": ("labels:", "labels of a taxonomy must be a list of words, got None"),
    "a label no": ("labels: [yes, no]", f"labels of a taxonomy, number 1, must be text, got True{QUOTE}"),
    "a number": ("labels: [a, 1]", f"labels of a taxonomy, number 2, must be text, got 1{QUOTE}"),
    "a date": ("labels: [a, 2020-01-01]", f"labels of a taxonomy, number 2, must be text, got 2020-01-01{QUOTE}"),
    "null": ("labels: [a, ~]", f"labels of a taxonomy, number 2, must be text, got None{QUOTE}"),
    "a blank label": ("labels: [a, ' ']", "labels of a taxonomy, number 2, must be text that is not blank, got ' '"),
    "blanks around": ("labels: [a, ' b']", "labels of a taxonomy, number 2, must be one line without blanks around it"),
    "two lines": ('labels: [a, "b\\nc"]', "labels of a taxonomy, number 2, must be one line without blanks around it"),
    "a separator": ("labels: [a, 'b;c']", "labels of a taxonomy, number 2, must have none of ; , | and two blanks"),
    "an unknown key": ("lables: [a, b]", "keys of a taxonomy must be among name, version, title, labels, "),
    "a key that is no": ("labels: [a, b]\nno: x", "keys of a taxonomy must be among name, version, "),
    "a strange neutral": (MORE + "neutral: c", "neutral label must be one of a, b, got 'c'; correct it"),
    "neutral no": (MORE + "neutral: no", f"neutral label must be text, got False{QUOTE}"),
    "abstain is a label": (
        MORE + "abstain: B",
        "abstain word must be a word that is no label, got 'B', and 'b' is a label",
    ),
    "multiple is text": (MORE + "multiple: 'yes'", "multiple must be true or false, got 'yes'; write one of them"),
    "multiple is null": (MORE + "multiple:", "multiple must be true or false, got None"),
    "version is a list": (MORE + "version: [1]", "version of a taxonomy must be text, got [1]; put it in quotes"),
    "aliases without a language": (MORE + "aliases: {a: [x]}", "aliases in 'a' must be lists by label, such as "),
    "aliases are a list": (
        MORE + "aliases: [x]",
        "aliases must be by language, such as {'en': {'calm': ['quiet']}}, got ['x']",
    ),
    "Norwegian": (MORE + "aliases: {no: {a: [x]}}", f"language of aliases must be text, got False{QUOTE}"),
    "one alias as text": (MORE + "aliases: {en: {a: x}}", "aliases of 'a' in 'en' must be a list of words, got 'x'"),
    "an alias of nothing": (
        MORE + "aliases: {en: {c: [x]}}",
        "label of alias 'x' must be one of a, b, got 'c'; correct it",
    ),
    "an alias is a label": (
        MORE + "aliases: {en: {a: [B]}}",
        "alias must be a word that is no label, got 'B', which is 'b'",
    ),
    "an alias is its label": (
        MORE + "aliases: {en: {a: [A!]}}",
        "alias must be a word that is no label, got 'A!', which is 'a'",
    ),
    "an alias of two": (
        MORE + "aliases: {en: {a: [x]}, de: {b: [X]}}",
        "alias must stand for one label, got 'X' for 'a' and 'b'; remove one of them",
    ),
    "an alias that is a number": (
        MORE + "aliases: {en: {a: [1]}}",
        "aliases of 'a' in 'en', number 1, must be text, got 1",
    ),
    "a map without a label": (MORE + "maps: {mer6: {a: sad}}", "map to 'mer6' must have every label, got none for 'b'"),
    "a map of another label": (
        MORE + "maps: {mer6: {a: sad, b: sad, c: sad}}",
        "map to 'mer6' must be of the labels a, b, got 'c'",
    ),
    "a map to nothing": (
        MORE + "maps: {mer6: {a: sad, b: Sad}}",
        "map to 'mer6' must lead to neutral, angry, happy, sad, ",
    ),
    "a map of no": (MORE + "maps: {mer6: {a: sad, b: no}}", "map to 'mer6' must lead to neutral, angry, happy, sad, "),
    "a map to no taxonomy": (
        MORE + "maps: {mer7: {a: sad}}",
        f"key of maps must be one of {NAMES} or the path of a taxonomy file",
    ),
    "a map is a list": (
        MORE + "maps: {mer6: [sad]}",
        "map to 'mer6' must be labels by label, got ['sad']; write it so",
    ),
    "maps are a list": (MORE + "maps: [mer6]", "maps must be by taxonomy, such as {'basic7': "),
    "a name of the package": (
        MORE + "name: Basic7",
        "name of a taxonomy must be none of the package's, got 'Basic7', which is 'basic7'",
    ),
    "intensity": (
        MORE + "name: intensity",
        "name of a taxonomy must be none of the package's own layers, got 'intensity'",
    ),
    "a name with a blank": (
        MORE + "name: my moods",
        "name of a taxonomy must be of letters, digits, _, - and ., with a letter",
    ),
    "a name with a slash": (MORE + "name: a/b", "name of a taxonomy must be of letters, digits"),
    "a name with an equals sign": (MORE + "name: a=b", "name of a taxonomy must be of letters, digits"),
    "a name of a file": (
        MORE + "name: a.json",
        "name of a taxonomy must be that of no file, got 'a.json'; leave .json out",
    ),
    "a name that is a number": (MORE + "name: 7", f"name of a taxonomy must be text, got 7{QUOTE}"),
}

# Files that are no mapping, are damaged, or have what is not read.
UNREADABLE: dict[str, tuple[str, bytes, str]] = {
    "a list": ("a.yaml", b"- a\n- b\n", "the taxonomy holds a list and no mapping; write its keys with their values"),
    "text": ("a.yaml", b"a, b\n", "the taxonomy holds text and no mapping"),
    "a number": ("a.yaml", b"7\n", "the taxonomy holds 7 and no mapping"),
    "nothing": ("a.yaml", b"", "the taxonomy holds nothing and no mapping"),
    "a comment": ("a.yaml", b"# labels\n", "the taxonomy holds nothing and no mapping"),
    "a list of JSON": ("a.json", b'["a", "b"]', "the taxonomy holds a list and no mapping"),
    "no JSON": (
        "a.json",
        b"labels: [a, b]",
        "the taxonomy is no JSON (expecting value: line 1 column 1 (char 0)); correct it",
    ),
    "empty JSON": ("a.json", b"", "the taxonomy is no JSON (expecting value"),
    "damaged YAML": (
        "a.yaml",
        b"labels: [a, b",
        "the taxonomy is no YAML (expected ',' or ']', but got '<stream end>' in line 1)",
    ),
    "a tab": ("a.yaml", b"labels:\n\t- a\n", "the taxonomy is no YAML (found character"),
    "two documents": (
        "a.yaml",
        b"labels: [a, b]\n---\nlabels: [c, d]\n",
        "the taxonomy holds 2 documents; put each in a file",
    ),
    "a key twice": (
        "a.yaml",
        b"labels: [a, b]\nlabels: [c, d]\n",
        "the taxonomy has the key 'labels' twice; remove one",
    ),
    "a key twice in JSON": ("a.json", b'{"labels": ["a"], "labels": ["b"]}', "the taxonomy has the key 'labels' twice"),
    "an inner key twice": ("a.yml", b"aliases: {en: {}, en: {}}", "the taxonomy has the key 'en' twice; remove one"),
    "a tag": (
        "a.yaml",
        b"labels: !!python/object/apply:os.getcwd []",
        "the taxonomy has the tag 'tag:yaml.org,2002:python/",
    ),
    "a tag of one's own": (
        "a.yaml",
        b"labels: !words [a, b]",
        "the taxonomy has the tag '!words' in line 1; leave it out",
    ),
    "a reference": (
        "a.yaml",
        b"labels: &x [a, b]\naliases: *x",
        "the taxonomy has the reference *x in line 2; write out",
    ),
    "a key that is a list": (
        "a.yaml",
        b"? [a]\n: b\n",
        "the taxonomy has the key ['a'], which is no text; put it in quotes",
    ),
    "a key that is a date": ("a.yaml", b"2020-01-01: b\n", "the taxonomy has the key 2020-01-01, which is no text"),
    "Latin-1": ("a.yaml", "labels: [fröhlich, b]".encode("latin-1"), "the taxonomy is not UTF-8 ("),
    "bytes of value 0": ("a.yaml", b"labels: [a, b]\0", "the taxonomy is no YAML (special characters are not allowed"),
    "deep JSON": ("a.json", b"[" * 100_000, "the taxonomy is no JSON (it nests too deep); correct it"),
    "deep YAML": ("a.yaml", b"[" * 100_000, "the taxonomy nests too deep in line 1; write it with fewer lists"),
}


def written(path: Path, values: object) -> Path:
    text = json.dumps(values) if path.suffix == ".json" else yaml.safe_dump(values)
    path.write_text(text, "utf-8")
    return path


def test_a_file_says_all_of_a_taxonomy(tmp_path: Path) -> None:
    for name in ("a.json", "a.yaml", "A.YML"):
        read = read_taxonomy(written(tmp_path / name, FULL))
        assert (read.name, read.version, read.title, read.labels) == (
            "moods",
            "2",
            "How tense",
            ("calm", "tense", "neutral"),
        )
        assert (read.neutral, read.abstain, read.multiple) == ("neutral", "unsure", True)
        assert read.aliases == {"quiet": "calm", "at ease": "calm", "ruhig": "calm", "no idea": "unsure"}
        assert read.maps.keys() == {"basic7"} and read.maps["basic7"]["tense"] == "Fear"
        found = read.maps["basic7"]
        assert (found.name, found.from_taxonomy, found.to_taxonomy) == ("moods-basic7", "moods", "basic7")


def test_labels_alone_are_enough(tmp_path: Path) -> None:
    read = read_taxonomy(written(tmp_path / "moods.json", {"labels": ["calm", "tense"]}))
    assert read == Taxonomy("moods", "1", "moods", ("calm", "tense"))


@pytest.mark.parametrize("version", ["1", "1.10", "2024-05-01", '"1"'])
def test_a_version_is_what_was_written(tmp_path: Path, version: str) -> None:
    path = tmp_path / "moods.yaml"
    path.write_text(f"labels: [a, b]\nversion: {version}\n")
    assert read_taxonomy(path).version == version.strip('"')
    if "-" not in version:
        path = tmp_path / "moods.json"
        path.write_text(f'{{"labels": ["a", "b"], "version": {version}}}')
        assert read_taxonomy(path).version == version.strip('"')


@pytest.mark.parametrize("what", WRONG)
def test_what_a_taxonomy_cannot_be_is_one_line_that_ends_with_the_file(tmp_path: Path, what: str) -> None:
    text, expected = WRONG[what]
    path = tmp_path / "moods.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidArgument) as caught:
        read_taxonomy(path)
    line = str(caught.value)
    assert line.startswith(expected), line
    assert line.endswith(f': "{path}"') and "\n" not in line and caught.value.path == str(path)


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_taxonomy_is_one_line_that_ends_with_the_file(tmp_path: Path, what: str) -> None:
    name, data, expected = UNREADABLE[what]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceUnreadable) as caught:
        read_taxonomy(path)
    line = str(caught.value)
    assert line.startswith(expected), line
    assert line.endswith(f': "{path}"') and "\n" not in line and caught.value.path == str(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(tmp_path: Path, encoding: str) -> None:
    for name, text in (("a.yaml", "labels: [平静, 紧张]"), ("a.json", '{"labels": ["平静", "紧张"]}')):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        assert read_taxonomy(path).labels == ("平静", "紧张")


def test_what_is_no_file_of_a_taxonomy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="there is no such file"):
        read_taxonomy(tmp_path / "moods.yaml")
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(SourceUnreadable, match="a folder is no taxonomy"):
        read_taxonomy(tmp_path / "folder.yaml")
    (tmp_path / "moods.txt").write_text(MORE)
    with pytest.raises(InvalidArgument, match=r"a taxonomy file must be \.json, \.yaml or \.yml, got \.txt; rename it"):
        read_taxonomy(tmp_path / "moods.txt")
    (tmp_path / "large.yaml").write_bytes(b"#" * (2**18 + 1))
    with pytest.raises(EmosError, match="must have at most 262,144 bytes, got 262,145"):
        read_taxonomy(tmp_path / "large.yaml")
    with pytest.raises(InvalidArgument, match="taxonomy must be a path, got 3"):
        read_taxonomy(3)  # type: ignore[arg-type]


def test_maps_lead_to_files_beside_this_one(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    written(
        tmp_path / "more" / "arousal.json",
        {"labels": ["low", "high"], "maps": {"../valence.yaml": {"low": "good", "high": "bad"}}},
    )
    written(tmp_path / "valence.yaml", {"labels": ["good", "bad"]})
    maps = {"more/arousal.json": {"calm": "low", "tense": "high"}, "valence.yaml": {"calm": "good", "tense": "bad"}}
    path = written(tmp_path / "moods.yaml", {"labels": ["calm", "tense"], "maps": maps})
    assert {name: each["tense"] for name, each in read_taxonomy(path).maps.items()} == {
        "arousal": "high",
        "valence": "bad",
    }
    assert sorted(each.name for each in read_taxonomies(path)) == ["arousal", "moods", "valence"]
    assert read_taxonomies(path)[0].name == "moods"


def test_maps_may_not_lead_in_a_circle(tmp_path: Path) -> None:
    def file(name: str, other: str) -> Path:
        return written(tmp_path / name, {"labels": ["a", "b"], "maps": {other: {"a": "a", "b": "b"}}})

    with pytest.raises(InvalidArgument, match=r"maps must not lead back to where they began, got a\.json -> a\.json; "):
        read_taxonomy(file("a.json", "a.json"))
    file("b.yaml", "c.json")
    file("c.json", "./b.yaml")
    with pytest.raises(
        InvalidArgument, match=r"got b\.yaml -> c\.json -> b\.yaml; remove one of these maps: .*c\.json"
    ):
        read_taxonomy(file("a.json", "b.yaml"))
    for number in range(40):
        file(f"t{number}.json", f"t{number + 1}.json")
    with pytest.raises(InvalidArgument, match="maps must lead through 32 files or fewer, got more"):
        read_taxonomy(tmp_path / "t0.json")


def test_a_map_leads_to_a_file_that_is_there_and_has_a_name_of_its_own(tmp_path: Path) -> None:
    maps = {"other.json": {"a": "a", "b": "b"}}
    path = written(tmp_path / "moods.json", {"labels": ["a", "b"], "maps": maps})
    with pytest.raises(SourceNotFound, match=r"there is no taxonomy file 'other\.json', to which a map leads"):
        read_taxonomy(path)
    written(tmp_path / "other.json", {"name": "moods", "labels": ["a", "b"]})
    with pytest.raises(InvalidArgument, match="maps must lead from 'moods' to another taxonomy"):
        read_taxonomy(path)
    written(tmp_path / "other.json", {"labels": ["a"]})
    with pytest.raises(InvalidArgument, match=r"must be two or more, got \['a'\]; add the others: .*other\.json"):
        read_taxonomy(path)


def test_a_taxonomy_is_a_value(tmp_path: Path) -> None:
    read = read_taxonomy(written(tmp_path / "a.json", FULL))
    again = pickle.loads(pickle.dumps(read))
    assert again == read and hash(again) == hash(read) and {read, again} == {read}
    assert pickle.loads(pickle.dumps(taxonomy("basic7"))) == taxonomy("basic7")
    assert len({taxonomy("basic7"), taxonomy("goemotions"), read}) == 3
    with pytest.raises(TypeError, match="cannot be changed"):
        read.aliases["x"] = "calm"  # type: ignore[index]


def test_the_digest_is_that_of_the_content_in_one_order() -> None:
    one = Taxonomy("moods", "1", "Moods", ("calm", "tense"), "unsure", aliases={"quiet": "calm"}, neutral="calm")
    # Written out: sorted keys, no blanks, as UTF-8.
    text = (
        '{"abstain":"unsure","aliases":{"quiet":"calm"},"edges":[],"labels":["calm","tense"],"maps":{},"multiple":false,'
        '"name":"moods","neutral":"calm","title":"Moods","version":"1"}'
    )
    assert one.sha256 == hashlib.sha256(text.encode()).hexdigest()


CHANGES: dict[str, object] = {
    "name": "others",
    "version": "3",
    "title": "x",
    "labels": ["tense", "calm", "neutral"],
    "aliases": {},
    "neutral": None,
    "multiple": False,
    "maps": {},
}


@pytest.mark.parametrize("key", CHANGES)
def test_whatever_a_file_says_changes_the_digest(tmp_path: Path, key: str) -> None:
    values = {name: value for name, value in FULL.items() if key != "neutral" or name != key}
    if key != "neutral":
        values[key] = CHANGES[key]
    changed = read_taxonomy(written(tmp_path / "b.json", values))
    assert changed.sha256 != read_taxonomy(written(tmp_path / "a.json", FULL)).sha256


words = st.text("abcdeéß平静 -'", min_size=1, max_size=6).map(str.strip).filter(lambda word: word and "  " not in word)


@pytest.mark.property
@settings(max_examples=40)
@given(labels=st.lists(words, min_size=2, max_size=6), multiple=st.booleans())
def test_json_and_yaml_of_one_content_are_one_taxonomy(
    tmp_path_factory: pytest.TempPathFactory, labels: list[str], multiple: bool
) -> None:
    folder = tmp_path_factory.mktemp("taxonomies")
    values = {"name": "moods", "labels": labels, "multiple": multiple}
    found = []
    for name in ("a.json", "b.yaml"):
        try:
            found.append(read_taxonomy(written(folder / name, values)).sha256)
        except InvalidArgument as error:
            found.append(str(error).rpartition(": ")[0])
    assert found[0] == found[1]


def test_taxonomies_that_are_made_are_checked_too() -> None:
    with pytest.raises(InvalidArgument, match="labels of a taxonomy must be a list of words, got 'ab'"):
        Taxonomy("moods", "1", "Moods", "ab")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="maps must be of type LabelMap, got 3"):
        Taxonomy("moods", "1", "Moods", ("a", "b"), maps={"mer6": 3})  # type: ignore[dict-item]
    backward = LabelMap("x", "1", "X", "basic7", "moods", {})
    with pytest.raises(
        InvalidArgument, match="maps must lead from 'moods' to another taxonomy, whose name is their key"
    ):
        Taxonomy("moods", "1", "Moods", ("a", "b"), maps={"moods": backward})


def test_the_neutral_label_of_the_package_is_stated() -> None:
    names = ("basic7", "goemotions", "mer6", "sentiment2", "sentiment3", "sentiment5")
    found = {name: taxonomy(name).neutral for name in names}
    assert found == dict(zip(names, ("Neutral", "neutral", "neutral", None, "neutral", "neutral"), strict=True))
