"""A prompt: the texts of one task in one form, and the answers in that form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...corpus import Taxonomy
from ...spans import Span
from .segments import LabelledSegment, TimedText

Task = Literal["clip", "stream"]
"""One answer about all that is seen, or segments with their times."""
PromptForm = Literal["words", "letters", "json"]
"""How labels are asked for and answered: as words, as letters of a list, or as a JSON object."""
Language = Literal["en", "zh"]
"""The language of the question; labels of an answer are those of the taxonomy in either."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked in one task and one form.

    Attributes:
        task, form, version: What it asks for, in which form, and the version of its texts.
    """

    task: Task
    form: PromptForm
    version: int

    @property
    def name(self) -> str:
        """Its name, such as ``clip-json-1``."""
        return f"{self.task}-{self.form}-{self.version}"

    @property
    def sha256(self) -> str:
        """The digest of its texts in hexadecimal digits: what it asks and answers of a fixed example, in all languages."""
        raise NotImplementedError

    def system(self, language: Language = "en") -> str:
        """Return what stands before the question, as the message of the system."""
        raise NotImplementedError

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
            language: That of the question.
            transcript: What is spoken in a clip; None or blank: the question has no transcript.
            sentences: What is spoken in a monologue, with times; None: the question has no transcript.
            span: Of a monologue, the part that the model gets: times of questions and answers count from its start.
            intensity: Ask for the intensity too, from 1 to 5.
        """
        raise NotImplementedError

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
        """
        raise NotImplementedError

    def stream_answer(
        self, segments: Sequence[LabelledSegment], layers: Sequence[Taxonomy], *, span: Span | None = None
    ) -> str:
        """Return the answer to learn of a monologue, or of a part of it.

        Args:
            segments: The segments, in media time and in order; their times are written to the millisecond.
            layers: The layers that were asked for.
            span: The part that the model gets; times of the answer count from its start.
        """
        raise NotImplementedError
