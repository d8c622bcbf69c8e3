"""What the folders of annotation files say about media, and names of several annotation files that contradict each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import Corpus, FindingCollector
from emos_io.corpus.media_names import MediaNames
from emos_io.formats import Segment, write_eaf, write_textgrid

SPANS = {"item": "file", "start": "s", "end": "e", "label": "emotion"}
CLIPS = {"item": "file", "label": "emotion"}
LABELS = ("Joy", "Fear", "Anger", "Sadness")


def write_media(folder: Path, media: Sequence[str]) -> None:
    for name in media:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def write_annotation(path: Path, refs: Sequence[str], number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    segments = [Segment(Span(number, number + 1), LABELS[number % 4], "emotion")]
    if path.suffix == ".eaf":
        write_eaf(path, segments, media=tuple(refs))
    elif path.suffix == ".TextGrid":
        write_textgrid(path, segments)
    elif path.suffix == ".json":
        value = {"start": number, "end": number + 1, "labels": [LABELS[number % 4]]}
        result = {"value": value, "id": "a", "from_name": "labels", "to_name": "video", "type": "labels"}
        tasks = [
            {"id": at, "data": {"video": ref}, "annotations": [{"completed_by": 3, "result": [result]}]}
            for at, ref in enumerate(refs)
        ]
        path.write_text(json.dumps(tasks))
    else:
        rows = [f"{ref},{number},{number + 1},{LABELS[(number + at) % 4]}\n" for at, ref in enumerate(refs)]
        path.write_text("file,s,e,emotion\n" + "".join(rows))


def read(
    root: Path, media: Sequence[str], annotations: Mapping[str, Sequence[str]], columns: Mapping[str, str] | None = None
) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """Return the labels of all votes by key, and code and place of the findings about names."""
    write_media(root / "m", media)
    for number, (name, refs) in enumerate(annotations.items()):
        write_annotation(root / name, refs, number)
    corpus = Corpus.from_folder(root / "m", annotations=[root / name for name in annotations], columns=columns)
    labels = {
        item.key.removeprefix("folder/"): sorted(label for vote in item.votes for label in vote.labels)
        for item in corpus.items
    }
    other = ("no_annotation", "several_raters")
    return labels, [(each.code, each.where) for each in corpus.findings if each.code not in other]


UNKNOWN = "unknown_media"


@pytest.mark.parametrize(
    ("media", "files", "labels", "found"),
    [
        (["spk1/a.mp4", "spk3/b.mp4"], ["lab/spk3/a", "lab/spk3/b"], {"spk3/b": ["Fear"]}, [(UNKNOWN, "a.TextGrid")]),
        (["spk1/a.mp4"], ["lab/spk3/a"], {}, [(UNKNOWN, "a.TextGrid")]),
        (["spk1/a.mp4"], ["lab/spk3/praat/a"], {}, [(UNKNOWN, "a.TextGrid")]),
        (["s1/talk.mp4", "s2/o.mp4"], ["e/s2/r1/talk"], {}, [(UNKNOWN, "talk.TextGrid")]),
        (["spk1/a.mp4", "spk3/b.mp4"], ["m/spk3/a"], {}, [(UNKNOWN, "a.TextGrid")]),
        (["s1/a.mp4", "spk3/b.mp4"], ["m/spk3/s1/a"], {}, [(UNKNOWN, "a.TextGrid")]),
        (["day/spk1/a.mp4", "x/spk3/b.mp4"], ["lab/spk3/a"], {}, [(UNKNOWN, "a.TextGrid")]),
        (["anna/a.mp4"], ["lab/ben/a", "lab/anna/a"], {"anna/a": ["Fear"]}, [(UNKNOWN, "ben/a.TextGrid")]),
        (["spk1/a.mp4"], ["lab/r1/a", "lab/r2/a"], {"spk1/a": ["Fear", "Joy"]}, []),
        (["a.mp4"], ["lab/r1/a", "lab/r2/a"], {"a": ["Fear", "Joy"]}, []),
        (["1/a.mp4", "2/a.mp4"], ["e/1/2/a", "e/2/2/a"], {"2/a": ["Fear", "Joy"]}, []),
        (["deep/er/a.mp4"], ["lab/a"], {"deep/er/a": ["Joy"]}, []),
        (["a.mp4"], ["lab/deep/er/a"], {"a": ["Joy"]}, []),
        (["s1/t.mp4", "s2/t.mp4"], ["e/s1/r1/t", "e/s2/r1/t"], {"s1/t": ["Joy"], "s2/t": ["Fear"]}, []),
        (["spk1/a.mp4", "spk2/a.mp4"], ["e/spk1/praat/a"], {"spk1/a": ["Joy"]}, []),
        (["spk1/s1/a.mp4", "spk2/s1/a.mp4"], ["lab/spk1/a"], {"spk1/s1/a": ["Joy"]}, []),
        (["a.mp4", "spk1/a.mp4"], ["e/spk1/r1/a"], {"spk1/a": ["Joy"]}, []),
        (["x/t.mp4", "y/t.mp4"], ["e/s1/r1/t", "e/s1/r2/t", "e/s2/r1/t"], {},
         [("ambiguous_media", f"{each}/t.TextGrid") for each in ("s1/r1", "s1/r2", "s2/r1")]),
    ],
    ids=str,
)  # fmt: skip
def test_a_folder_that_is_named_as_those_of_media_are_says_whose_a_file_is(
    tmp_path: Path, media: list[str], files: list[str], labels: dict[str, list[str]], found: list[tuple[str, str]]
) -> None:
    assert read(tmp_path, media, {f"{file}.TextGrid": () for file in files}) == (labels, found)


@pytest.mark.parametrize(
    ("media", "file", "taken", "found"),
    [
        (["spk1/a.mp4"], "e/spk3/a.eaf", True, [("names_differ", "a.eaf")]),
        (["spk1/a.mp4"], "e/spk9/x.json", True, [("names_differ", "x.json")]),
        (["spk1/a.mp4"], "m/spk9/l.csv", True, [("names_differ", "l.csv")]),
        (["spk1/a.mp4", "spk3/b.mp4"], "e/spk3/a.eaf", False, [(UNKNOWN, "a.eaf")]),
        (["spk1/a.mp4", "spk3/a.wav.mp4"], "e/spk3/x.json", False, [(UNKNOWN, "x.json")]),
        (["spk1/a.mp4", "spk3/b.mp4"], "m/spk3/l.csv", False, [(UNKNOWN, "l.csv")]),
        (["spk1/a.mp4"], "e/r1/a.eaf", True, []),
        (["spk1/a.mp4", "spk2/a.mp4"], "e/spk1/r1/l.csv", True, []),
        (["spk1/a.mp4", "spk2/a.mp4"], "e/spk1/r1/x.eaf", True, []),
    ],
    ids=str,
)  # fmt: skip
def test_a_name_without_folders_is_not_of_another_folder_than_its_file(
    tmp_path: Path, media: list[str], file: str, taken: bool, found: list[tuple[str, str]]
) -> None:
    columns = SPANS if file.endswith(".csv") else None
    assert read(tmp_path, media, {file: ["a.mp4"]}, columns) == ({"spk1/a": ["Joy"]} if taken else {}, found)


@pytest.mark.parametrize("suffix", ["eaf", "json", "spans.csv", "clips.csv"])
@pytest.mark.parametrize(
    ("refs", "contradict"),
    [
        (("C:/spk1/a.mp4", "C:/spk2/a.mp4"), True),
        (("spk1/a.mp4", "spk2/a.mp4"), True),
        (("s3://b/spk1/a.mp4", "s3://b/spk2/a.mp4"), True),
        (("/home/ann/film/a.mp4", "/Users/bob/emo/a.mp4"), False),
        (("/home/ann/film/a.mp4", "/home/bob/film/a.mp4"), False),
        (("/home/ann/a.mp4", "/home/bob/a.mp4"), False),
        (("file:///C:/Users/ann/a.mp4", "file:///C:/Users/bob/a.mp4"), False),
        (("file:///C:/a.mp4", "file:///D:/a.mp4"), False),
        (("m/a.mp4", "media/a.mp4"), False),
        (("a.mp4", "spk1/a.mp4"), False),
        (("0d93a737-a.mp4", "1e84b848-a.mp4"), False),
    ],
    ids=str,
)  # fmt: skip
def test_names_of_two_files_that_contradict_each_other(
    tmp_path: Path, suffix: str, refs: tuple[str, str], contradict: bool
) -> None:
    columns = {"spans.csv": SPANS, "clips.csv": CLIPS}.get(suffix)
    labels, found = read(
        tmp_path, ["a.mp4"], {f"e/{n}.{suffix}": [ref] for n, ref in zip("xy", refs, strict=True)}, columns
    )
    assert labels == ({} if contradict else {"a": ["Fear", "Joy"]})
    assert [code for code, _ in found] == (["ambiguous_media"] * 2 if contradict else [])


@pytest.mark.parametrize("guess", ["a.wav", "0d93a737-a%20b.mp4", "a%20b.mp4", "a b.mp4?t=1"])
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("columns", [SPANS, CLIPS], ids=["spans", "clips"])
def test_an_exact_name_of_a_table_wins_over_a_guess(
    tmp_path: Path, guess: str, is_first: bool, columns: dict[str, str]
) -> None:
    media, exact = ("a.mp4", "a.mp4") if guess == "a.wav" else ("a b.mp4", "a b.mp4")
    rows = [guess, exact] if is_first else [exact, guess]
    labels, found = read(tmp_path, [media], {"l.csv": rows}, columns)
    assert labels == {media[:-4]: [LABELS[rows.index(exact)]]}
    assert [code for code, _ in found] == [UNKNOWN]


def test_subtitles_lie_as_labels_do(tmp_path: Path) -> None:
    write_media(tmp_path / "m", ["spk1/a.mp4"])
    (tmp_path / "l.csv").write_text("file,s,e,emotion\nspk1/a,0,1,joy\n")
    for name in ("spk3/a", "spk4/a", "r1/a", "r2/a"):
        (tmp_path / "s" / name).parent.mkdir(parents=True)
        text = f"1\n00:00:00,000 --> 00:00:01,000\n{name}\n"
        (tmp_path / "s" / f"{name}.srt").write_text(text)
    corpus = Corpus.from_folder(tmp_path / "m", annotations=tmp_path / "l.csv", columns=SPANS, sentences=tmp_path / "s")
    assert [sentence.text for item in corpus.monologues for sentence in item.sentences] == ["r1/a"]
    assert [(each.code, each.where) for each in corpus.findings] == [
        (UNKNOWN, "spk3/a.srt"),
        (UNKNOWN, "spk4/a.srt"),
        ("second_transcript", "spk1/a"),
    ]
    assert "r2/a.srt and r1/a.srt" in corpus.findings[2].what


FOLDERS = st.lists(st.sampled_from(["spk1", "spk2", "Spk1", "s1", "s2", "day", "r1"]), max_size=3)
MEDIA = st.builds(
    lambda folders, name: "/".join([*folders, name]), FOLDERS, st.sampled_from(["a.mp4", "b.mp4", "a.wav"])
)


@given(st.lists(MEDIA, min_size=1, max_size=6), FOLDERS, st.booleans())
@example(["spk1/a.mp4", "spk2/b.mp4"], ["spk2"], False)
@example(["s1/a.mp4"], ["s2", "r1"], False)
@example(["s1/a.mp4", "spk2/b.mp4"], ["spk2", "s1"], True)
def test_no_label_is_of_media_whose_folder_contradicts_that_of_its_file(
    tmp_path_factory: pytest.TempPathFactory, media: list[str], folders: list[str], inside: bool
) -> None:
    root = tmp_path_factory.mktemp("law")
    write_media(root / "m", media)
    findings = FindingCollector()
    names = MediaNames(root / "m", findings)
    file = (root / ("m" if inside else "lab")).joinpath(*folders) / "a.TextGrid"
    within = [folder.casefold() for folder in folders]
    of_media = {part.casefold() for each in media for part in each.split("/")[:-1]}
    for match in (names.match_file(file, [file]), names.match_files({file: ["a.mp4"]})[file]["a.mp4"]):
        key = names.accept(match, "a.TextGrid", "its labels are left out")
        if match.file is None:
            assert key is None and findings.collected[-1].code in {UNKNOWN, "ambiguous_media"}
            continue
        own = [part.casefold() for part in match.file.folders]
        lies_alike = not inside and bool(own) and within[-len(own) :] == own
        assert not own or lies_alike or of_media.intersection(within) <= set(own)
