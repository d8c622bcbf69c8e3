"""Pages parsed as HTML, and the verb run in this process."""

from __future__ import annotations

import base64
import io
import json
import wave
from dataclasses import dataclass, field
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from emos_io import Span
from emos_io.cli.app import guarded
from emos_io.cli.show import show
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Sentence, Utterance

VOID = {"meta", "img", "br", "link", "input", "hr"}
"""Elements of HTML that have no end."""


@dataclass(eq=False)
class Element:
    """One element: its children in order, and all of its text."""

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    def find(self, tag: str, name: str | None = None) -> list[Element]:
        """Every element of a tag, and of a class where one is given, in the order of the page."""
        own = [self] if self.tag == tag and (name is None or name in self.classes) else []
        return own + [found for child in self.children for found in child.find(tag, name)]

    def one(self, tag: str, name: str | None = None) -> Element:
        (found,) = self.find(tag, name)
        return found


class Page(HTMLParser):
    """A page as a tree; an element that is closed where it was not opened is a failure."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(source)
        self.close()
        assert [each.tag for each in self._open] == [""], [each.tag for each in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"{tag} has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.texts.append(data)

    def section(self, title: str) -> Element:
        """The section under a heading."""
        (found,) = [each for each in self.root.find("section") if each.one("h2").text == title]
        return found

    def table(self, title: str) -> dict[str, str]:
        """The rows of a section's table: name and value."""
        return {row.one("th").text: row.one("td").text for row in self.section(title).one("table").find("tr")}

    @property
    def axis(self) -> Element:
        """The time axis of wide screens; narrow ones have the same in parts."""
        return next(each for each in self.root.find("svg") if each.attributes.get("id") == "axis")

    @property
    def notes(self) -> list[str]:
        return [each.text for each in self.root.find("p", "note")]


def data_of(uri: str, kind: str) -> bytes:
    """The bytes of a data URI of a media type."""
    head, _, body = uri.partition(",")
    assert head == f"data:{kind};base64"
    return base64.b64decode(body, validate=True)


def frame_of(figure: Element) -> npt.NDArray[np.uint8]:
    """uint8 ``[H, W, 3]`` of a figure's PNG, as Pillow reads it."""
    with Image.open(io.BytesIO(data_of(figure.one("img").attributes["src"], "image/png"))) as image:
        image.load()
        assert (image.format, image.mode) == ("PNG", "RGB")
        return np.asarray(image)


def audio_of(page: Page) -> tuple[npt.NDArray[np.int16], int]:
    """int16 ``[C, N]`` of the page's audio, and its rate."""
    (player,) = page.root.find("audio")
    with wave.open(io.BytesIO(data_of(player.attributes["src"], "audio/wav"))) as file:
        assert file.getsampwidth() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, file.getnchannels()).T
        return samples, file.getframerate()


def run(*words: object) -> int:
    """The exit code of ``emos show WORDS``, run here."""
    return guarded(lambda: show.main([str(word) for word in words], standalone_mode=False))


def show_window(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[dict[str, Any], Page]:
    """The JSON of ``emos show WORDS --json``, and the page that it writes."""
    # Making a clip prints its command.
    capsys.readouterr()
    assert run("--json", *words) == 0, capsys.readouterr().err
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result, Page(Path(result["out"]).read_text("utf-8"))


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """The exit code and the one line of a call that fails."""
    capsys.readouterr()
    code = run(*words)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return code, captured.err


def film(
    name: str = "a",
    text: tuple[str, ...] = ("One.", "Two.", "Three."),
    *,
    path: Path | None = None,
    language: str = "en",
) -> Monologue:
    """Ten seconds: Joy to 3, nothing to 4, Sadness to 9; a sentence at 0 to 2, 3 to 5, 6 to 8 and so on."""
    labels = (("Joy", 0, 3, ("joy", "pride")), ("Sadness", 4, 9, ("grief",)))
    utterances = tuple(
        Utterance(
            index=index, span=Span(start, end), labels={"basic7": (label,), "goemotions": fine}, raw_primary=label
        )
        for index, (label, start, end, fine) in enumerate(labels)
    )
    sentences = tuple(Sentence(index=n + 1, span=Span(3 * n, 3 * n + 2), text=words) for n, words in enumerate(text))
    where = None if path is None else str(path)
    return Monologue(
        key=f"s/{name}",
        name=name,
        title=name,
        language=language,
        duration=Fraction(10),
        sentences=sentences,
        utterances=utterances,
        path=where,
    )


def clip(name: str, **more: Any) -> Clip:
    """A static clip of three seconds, Fear at a confidence of 0.75."""
    key = f"c/{name}"
    decision = Decision(
        item=key, layer="basic7", labels=("Fear",), scores={"Fear": 0.75}, confidence=0.75, confidence_tier="medium"
    )
    span = Span(60, 63)
    return Clip(
        key=key,
        source="meld",
        language="zh",
        text="你好 <b>",
        decisions={"basic7": decision},
        published_span=span,
        **more,
    )


def saved(folder: Path, *items: Clip | Monologue) -> Path:
    """A saved corpus of items."""
    clips = [each for each in items if isinstance(each, Clip)]
    Corpus(clips, [each for each in items if isinstance(each, Monologue)]).save(folder)
    return folder


def flags() -> set[str]:
    """Every flag of the verb."""
    return {
        flag for each in show.params if isinstance(each, click.Option) for flag in (*each.opts, *each.secondary_opts)
    }
