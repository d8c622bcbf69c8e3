"""A prompt: the texts of one task in one form, and the answers in that form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from ..._checks import as_integer, as_number, choice
from ...corpus import Taxonomy
from ...errors import InvalidArgument, short_repr
from ...spans import Span
from .checks import checked_labels, checked_layers
from .clock import clock, clock_range
from .letters import letters_of, none_word
from .segments import LabelledSegment, TimedText
from .texts import TEXTS, Language, Texts

Task = Literal["clip", "stream"]
"""One answer about all that is seen, or segments with their times."""
PromptForm = Literal["words", "letters", "json"]
"""How labels are asked for and answered: as words, as letters of a list, or as a JSON object."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked in one task and one form.

    Attributes:
        task, form, version: What it asks for, in which form, and the version of its texts.

    Example:
        >>> from emos_io.corpus import taxonomy
        >>> layers = [taxonomy("basic7"), taxonomy("goemotions")]
        >>> labels = {"basic7": ["Joy"], "goemotions": ["joy", "pride"]}
        >>> print(Prompt("clip", "json", 1).answer(labels, layers))
        {"basic7": "Joy", "goemotions": ["joy", "pride"]}
        >>> print(Prompt("clip", "letters", 1).answer(labels, layers))
        basic7: D
        goemotions: R, V
    """

    task: Task
    form: PromptForm
    version: int

    def __post_init__(self) -> None:
        choice(self.task, get_args(Task), "task")
        choice(self.form, get_args(PromptForm), "form")

    @property
    def name(self) -> str:
        """Its name, such as ``clip-json-1``."""
        return f"{self.task}-{self.form}-{self.version}"

    @property
    def sha256(self) -> str:
        """The digest of its texts in hexadecimal digits: what it asks and answers of a fixed example, in all languages."""
        one = Taxonomy("one", "1", "One of two", ("first", "second"), aliases={"一": "first", "二": "second"})
        some = Taxonomy("some", "1", "Some of three", ("x", "y", "z"), multiple=True)
        layers, labels = (one, some), {"one": ("second",), "some": ("x", "z")}
        asked = {
            language: [self.system(language), self._example(layers, language), self._example((one,), language)]
            for language in get_args(Language)
        }
        values: dict[str, object] = {"name": self.name, "asked": asked}
        if self.task == "clip":
            values["answers"] = [
                self.answer(labels, layers),
                self.answer({**labels, "some": ()}, layers, confidence=0.5, intensity=3),
            ]
        else:
            segment = LabelledSegment(span=Span("1.5", 70), labels=labels, confidence=0.5, intensity=3)
            values["answers"] = [self.stream_answer([segment, segment], layers, span=Span(1, 80))]
        text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _example(self, layers: Sequence[Taxonomy], language: Language) -> str:
        if self.task == "clip":
            return self.question(layers, language=language, transcript="Yes.", intensity=True)
        sentences = [TimedText(Span("1.5", 2), "Yes.")]
        return self.question(layers, language=language, sentences=sentences, span=Span(1, 80), intensity=True)

    def system(self, language: Language = "en") -> str:
        """Return what stands before the question, as the message of the system.

        Raises:
            InvalidArgument: There is no such language.
        """
        return _texts(language).system

    def question(
        self,
        layers: Sequence[Taxonomy],
        *,
        language: Language = "en",
        transcript: str | None = None,
        sentences: Sequence[TimedText] | None = None,
        span: Span | None = None,
        intensity: bool = False,
    ) -> str:
        """Return what is asked.

        Args:
            layers: The layers that are asked for, in this order.
            language: That of the question. In Chinese, labels that have a Chinese alias stand with the first of them.
            transcript: What is spoken in a clip; None or blank: the question has no transcript.
            sentences: What is spoken in a monologue, with times; None or none of them in `span`: no transcript. Of a sentence
                that lies in the span in part, the text is there in full.
            span: Of a monologue, the part that the model gets: times of questions and answers count from its start.
            intensity: Ask for the intensity too, from 1 to 5.

        Raises:
            InvalidArgument: An argument is not allowed, or is of the other task.
        """
        layers, texts = checked_layers(layers), _texts(language)
        if self.task == "stream" and transcript is not None:
            raise InvalidArgument(f"transcript must be None for {self.name}, got a text; give sentences with times")
        if self.task == "clip" and (sentences is not None or span is not None):
            name = "span" if sentences is None else "sentences"
            raise InvalidArgument(
                f"{name} must be None for {self.name}, got one; give a transcript, or ask a stream prompt"
            )
        if self.task == "clip":
            spoken = " ".join((transcript or "").split())
            paragraphs = [texts.clip, *([texts.transcript.format(text=spoken)] if spoken else [])]
        else:
            end = [] if span is None else [texts.part.format(end=clock(span.duration))]
            paragraphs = ["".join([texts.stream, *end]), *_sentences(texts, sentences or (), span)]
        glossed = [_glosses(each) if language == "zh" else {} for each in layers]
        paragraphs += [self._choices(texts, each, gloss) for each, gloss in zip(layers, glossed, strict=True)]
        if self.form != "letters" and any(glossed):
            paragraphs.append(texts.glosses)
        paragraphs.append(self._how_to_answer(texts, layers, intensity))
        return "\n\n".join(paragraphs)

    def answer(
        self,
        labels: Mapping[str, Sequence[str]],
        layers: Sequence[Taxonomy],
        *,
        confidence: float | None = None,
        intensity: int | None = None,
    ) -> str:
        """Return the answer to learn of a clip.

        Args:
            labels: Labels by layer: one, or of a layer of sets any number.
            layers: The layers that were asked for.
            confidence: From 0 to 1; None leaves it out.
            intensity: From 1 to 5; None leaves it out.

        Raises:
            InvalidArgument: A label is none of its layer, a layer of one label has another number of them, a number is out of
                its range, or this is a prompt of monologues.
        """
        if self.task != "clip":
            raise InvalidArgument(
                f"prompt must be one of clips to answer about a clip, got {self.name}; use stream_answer()"
            )
        values = self._values(labels, checked_layers(layers), confidence, intensity)
        if self.form == "json":
            return _json(values)
        return "\n".join(f"{name}: {value}" for name, value in values.items())

    def stream_answer(
        self, segments: Sequence[LabelledSegment], layers: Sequence[Taxonomy], *, span: Span | None = None
    ) -> str:
        """Return the answer to learn of a monologue, or of a part of it.

        Args:
            segments: The segments, one or more, in media time and in order; their times are written to the millisecond.
            layers: The layers that were asked for.
            span: The part that the model gets; times of the answer count from its start.

        Raises:
            InvalidArgument: There is no segment, one begins before the span or is shorter than a millisecond, its labels or
                numbers are not allowed, or this is a prompt of clips.
        """
        if self.task != "stream":
            raise InvalidArgument(f"prompt must be one of monologues for segments, got {self.name}; use answer()")
        layers = checked_layers(layers)
        if not segments:
            raise InvalidArgument("segments must be one or more, got none; give the segments of the span")
        start = Fraction(0) if span is None else span.start
        rows = [
            (clock_range(each.span, start), self._values(each.labels, layers, each.confidence, each.intensity))
            for each in segments
        ]
        if self.form == "json":
            lines = ",\n".join(_json({"time": times, **values}) for times, values in rows)
            return f'{{"segments": [\n{lines}\n]}}'
        return "\n".join(
            " | ".join([times, *(f"{name}: {value}" for name, value in values.items())]) for times, values in rows
        )

    # What the question has of each layer, and of the answer.

    def _choices(self, texts: Texts, layer: Taxonomy, glosses: Mapping[str, str]) -> str:
        in_letters = self.form == "letters"
        if layer.multiple:
            none = "[]" if self.form == "json" else none_word(layer)
            head = (texts.some_letters if in_letters else texts.some).format(layer=layer.name, none=none)
        else:
            head = (texts.one_letter if in_letters else texts.one).format(layer=layer.name)
        if in_letters:
            return "\n".join(
                [head, *(f"{key}. {label}{glosses.get(label, '')}" for key, label in letters_of(layer).items())]
            )
        return f"{head}\n{', '.join(label + glosses.get(label, '') for label in layer.labels)}"

    def _how_to_answer(self, texts: Texts, layers: Sequence[Taxonomy], intensity: bool) -> str:
        is_json, is_stream = self.form == "json", self.task == "stream"
        one, some = (texts.letter, texts.letters) if self.form == "letters" else (texts.label, texts.labels)
        form: dict[str, object] = {
            layer.name: [texts.label, texts.label] if is_json and layer.multiple else some if layer.multiple else one
            for layer in layers
        }
        form |= {"confidence": texts.confidence} | ({"intensity": texts.intensity} if intensity else {})
        notes = [texts.confidence_note, *([texts.intensity_note] if intensity else [])]
        if is_json:
            row = _json({"time": texts.times, **form} if is_stream else form)
            # Numbers stand without quotes.
            row = row.replace(f'"{texts.confidence}"', texts.confidence).replace(
                f'"{texts.intensity}"', texts.intensity
            )
            lines = [texts.stream_json, f'{{"segments": [{row}, ...]}}'] if is_stream else [texts.json, row]
        elif is_stream:
            row = " | ".join([texts.times, *(f"{name}: {value}" for name, value in form.items())])
            lines = [texts.stream_lines, row]
        else:
            lines = [texts.lines, *(f"{name}: {value}" for name, value in form.items())]
        return "\n".join([*lines, *notes])

    def _values(
        self,
        labels: Mapping[str, Sequence[str]],
        layers: Sequence[Taxonomy],
        confidence: float | None,
        intensity: int | None,
    ) -> dict[str, object]:
        """Return the values of an answer by name, as its form writes them."""
        values: dict[str, object] = {}
        for layer, own in checked_labels(labels, layers):
            if self.form == "letters":
                by_label = {label: letter for letter, label in letters_of(layer).items()}
                own = tuple(by_label[label] for label in own)
            if self.form == "json":
                values[layer.name] = list(own) if layer.multiple else own[0]
            else:
                values[layer.name] = ", ".join(own) or none_word(layer)
        if confidence is not None:
            number = as_number(confidence)
            if number is None or not 0 <= number <= 1:
                raise InvalidArgument(f"confidence must be from 0 to 1, got {short_repr(confidence)}; leave it out")
            values["confidence"] = number
        if intensity is not None:
            integer = as_integer(intensity)
            if integer is None or not 1 <= integer <= 5:
                raise InvalidArgument(
                    f"intensity must be an integer from 1 to 5, got {short_repr(intensity)}; leave it out"
                )
            values["intensity"] = integer
        return values


def _texts(language: Language) -> Texts:
    return TEXTS[choice(language, get_args(Language), "language")]


def _sentences(texts: Texts, sentences: Sequence[TimedText], span: Span | None) -> Iterator[str]:
    """Return the paragraph of what is spoken, its times counted from the start of the span; nothing where there is none."""
    start = Fraction(0) if span is None else span.start
    lines = []
    for each in sentences:
        text = " ".join(each.text.split())
        if not text or (span is not None and (each.span.end <= span.start or each.span.start >= span.end)):
            continue
        end = each.span.end if span is None else min(each.span.end, span.end)
        lines.append(f"[{clock(max(each.span.start, start) - start)}-{clock(end - start)}] {text}")
    if lines:
        yield "\n".join([texts.sentences, *lines])


def _glosses(layer: Taxonomy) -> dict[str, str]:
    """Return the first Chinese alias of each label, in brackets."""
    found: dict[str, str] = {}
    for alias, label in layer.aliases.items():
        if label in layer.labels and any("\u4e00" <= char <= "\u9fff" for char in alias):
            found.setdefault(label, f"（{alias}）")
    return {label: gloss for label, gloss in found.items() if not any("\u4e00" <= char <= "\u9fff" for char in label)}


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False)
