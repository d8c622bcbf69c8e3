"""Errors name the file, the line, the key and the span that are at fault, as attributes too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.annotation.log.events import EventLog
from emos_io.corpus import Corpus, LabelTimeline, Monologue
from emos_io.corpus.exchange import export, read_predictions
from emos_io.corpus.link import match
from emos_io.errors import EmosError
from emos_io.formats import Segment, read_srt, write_eaf, write_textgrid
from emos_io.plan import LabelRule, Windowing, WindowPlan
from emos_io.report import resolve_item, save_page
from emos_io.report.label_window import label_window
from emos_io.synthesize import synthesize
from emos_io.synthesize.folder import Manifest

FILM = Monologue(key="s/a", name="a", title="A", language="en", duration=Fraction(10))
OVERLAPPING = [Segment(Span(0, 2), "Joy", "t"), Segment(Span(1, 3), "Fear", "t")]


def saved(folder: Path, *lines: str) -> Path:
    (folder / "items.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return folder


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def media(folder: Path) -> Path:
    (folder / "a.mp4").write_bytes(b"")
    return folder


def plan() -> WindowPlan:
    return WindowPlan([FILM], 4)


def page_window(windowing: Windowing, label_span: Span) -> object:
    corpora = [Corpus((), [FILM])]
    resolved = resolve_item("a", corpora, [])
    return label_window(resolved, label_span, windowing, LabelRule(), length=Fraction(10), corpora=corpora, media=None)


@dataclass(frozen=True)
class OtherPath:
    """A path that is no pathlib.Path."""

    folder: Path

    def __fspath__(self) -> str:
        return str(self.folder / "a.srt")


Attributes = dict[str, object]
CASES: dict[str, tuple[Callable[[Path], object], Callable[[Path], Attributes]]] = {
    "saved corpus": (Corpus.load, lambda at: {"path": str(at)}),
    "no JSON": (
        lambda at: Corpus.load(saved(at, "{")),
        lambda at: {"path": str(at / "items.jsonl"), "index": 0},
    ),
    "no object": (
        lambda at: Corpus.load(saved(at, "3")),
        lambda at: {"path": str(at / "items.jsonl"), "index": 0},
    ),
    "kind": (
        lambda at: Corpus.load(saved(at, "{}")),
        lambda at: {"path": str(at / "items.jsonl"), "index": 0},
    ),
    "fields": (
        lambda at: Corpus.load(saved(at, '{"kind": "clip", "version": 2, "nosuch": 1}')),
        lambda at: {"path": str(at / "items.jsonl"), "index": 0},
    ),
    "predictions": (lambda at: read_predictions(at / "p.jsonl"), lambda at: {"path": str(at / "p.jsonl")}),
    "prediction": (
        lambda at: read_predictions(written(at / "p.jsonl", "\n{}\n")),
        lambda at: {"path": str(at / "p.jsonl"), "index": 1},
    ),
    "export": (lambda at: export(at / "a.xyz", []), lambda at: {"path": str(at / "a.xyz")}),
    "folder": (
        lambda at: Corpus.from_folder(at / "no", annotations="a.csv"),
        lambda at: {"path": str(at / "no")},
    ),
    "annotations": (
        lambda at: Corpus.from_folder(at, annotations="a.csv"),
        lambda at: {"path": str(at / "a.csv")},
    ),
    "columns": (
        lambda at: Corpus.from_folder(media(at), annotations=written(at / "a.csv", "x\n")),
        lambda at: {"path": str(at / "a.csv")},
    ),
    "link": (lambda at: match([], at / "no"), lambda at: {"path": str(at / "no")}),
    "meld": (lambda at: Corpus.from_meld(at), lambda at: {"path": str(at)}),
    "chsims": (lambda at: Corpus.from_chsims(at), lambda at: {"path": str(at / "meta.csv")}),
    "release": (lambda at: Corpus.from_release(at), lambda at: {"path": str(at)}),
    "srt": (lambda at: read_srt(at / "a.srt"), lambda at: {"path": str(at / "a.srt")}),
    "broken srt": (
        lambda at: read_srt(written(at / "a.srt", "1\nno time\nHi.\n")),
        lambda at: {"path": str(at / "a.srt")},
    ),
    "eaf": (
        lambda at: write_eaf(at / "a.eaf", OVERLAPPING),
        lambda at: {"path": str(at / "a.eaf"), "span": Span(1, 3)},
    ),
    "textgrid": (
        lambda at: write_textgrid(at / "a.TextGrid", [Segment(Span(0, 2), "", "t")]),
        lambda at: {"path": str(at / "a.TextGrid"), "span": Span(0, 2)},
    ),
    "events": (
        lambda at: EventLog(written(at / "e.jsonl", "3\n")),
        lambda at: {"path": str(at / "e.jsonl"), "index": 0},
    ),
    "timeline": (
        lambda at: LabelTimeline("basic7", (Span(0, 2), Span(1, 3)), ({"Joy": 1}, {"Joy": 1})),
        lambda at: {"span": Span(1, 3)},
    ),
    "item": (lambda at: Corpus((), [FILM]).monologues["b"], lambda at: {"key": "b"}),
    "layer": (lambda at: FILM.labels("mood"), lambda at: {"key": "s/a"}),
    "window": (lambda at: plan().window(999), lambda at: {"index": 999}),
    "locate": (lambda at: plan().locate(999), lambda at: {"index": 999}),
    "no key": (lambda at: plan().window_by_key("x"), lambda at: {"key": "x"}),
    "part": (lambda at: plan().window_by_key("s/a@0-4#1"), lambda at: {"key": "s/a@0-4#1"}),
    "key": (lambda at: plan().window_by_key("s/a@1-2"), lambda at: {"key": "s/a@1-2"}),
    "page of no item": (
        lambda at: resolve_item("b", [Corpus((), [FILM])], []),
        lambda at: {"key": "b"},
    ),
    "page of two items": (
        lambda at: resolve_item("a", [Corpus((), [FILM])] * 2, []),
        lambda at: {"key": "a"},
    ),
    "page of two files": (
        lambda at: resolve_item("a.mp4", [], ["x/a.mp4", "y/a.mp4"]),
        lambda at: {"key": "a.mp4"},
    ),
    "page outside": (
        lambda at: page_window(Windowing(4), Span(20, 24)),
        lambda at: {"key": "s/a", "span": Span(20, 24)},
    ),
    "page of a clip": (lambda at: page_window(Windowing(by="clip"), Span(0, 4)), lambda at: {"key": "s/a"}),
    "page in a folder": (lambda at: save_page("", "s/a@0-4", at), lambda at: {"path": str(at)}),
    "page over a file": (
        lambda at: save_page("", "s/a@0-4", written(at / "a.html", "mine")),
        lambda at: {"path": str(at / "a.html")},
    ),
    "manifest of others": (
        lambda at: Manifest(written(at / "manifest.json", "{}").parent, {}),
        lambda at: {"path": str(at / "manifest.json")},
    ),
    "too short to make": (
        lambda at: synthesize(Corpus((), [replace(FILM, duration=Fraction(1, 100))]), at, speech="tones"),
        lambda at: {"key": "s/a"},
    ),
    "made outside": (
        lambda at: synthesize(Corpus((), [replace(FILM, published_path="../a.mp4")]), at, speech="tones"),
        lambda at: {"key": "s/a", "path": "../a.mp4"},
    ),
    "path of another type": (lambda at: read_srt(OtherPath(at)), lambda at: {"path": str(at / "a.srt")}),
    "export to a path of another type": (
        lambda at: export(OtherPath(at), []),
        lambda at: {"path": str(at / "a.srt")},
    ),
    "other item": (lambda at: plan().window_by_key("s/b@1-2"), lambda at: {"key": "s/b@1-2"}),
    "duration": (lambda at: WindowPlan([FILM], 4, durations={"s/a": 0}), lambda at: {"key": "s/a"}),
    "hop": (lambda at: WindowPlan([FILM], 40), lambda at: {"key": "s/a"}),
    "twice": (lambda at: WindowPlan([FILM, FILM], 4), lambda at: {"key": "s/a"}),
    "split": (lambda at: WindowPlan([FILM], 4, split=["s/b"]), lambda at: {"key": "s/b"}),
}


@pytest.mark.parametrize("name", CASES)
def test_errors_name_what_is_at_fault(name: str, tmp_path: Path) -> None:
    make, expected = CASES[name]
    with pytest.raises(EmosError) as caught:
        make(tmp_path)
    found = {field: getattr(caught.value, field) for field in ("path", "index", "key", "span")}
    assert {field: value for field, value in found.items() if value is not None} == expected(tmp_path)
    assert "\n" not in str(caught.value)
