"""What is asked of a window: a prompt with what is spoken in it, and in training the answer to learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from .._checks import choice
from ..adapters import Message
from ..corpus import Taxonomy
from ..errors import InvalidArgument
from ..evaluation.prompts import Language, Prompt, TimedText
from ..pipes import WindowSample
from ..plan import read_key

LanguageChoice = Literal["auto", "en", "zh"]
LANGUAGE_CHOICES: tuple[LanguageChoice, ...] = get_args(LanguageChoice)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptConversation:
    """A conversation of a prompt: its system text, its question about the window, and in training the answer.

    Sentences are those that a plan gives to the window. A prompt of clips has them as one text, also for windows and
    utterances of monologues; a prompt of streams has them with their times.

    Attributes:
        prompt: The prompt.
        layers: The layers that are asked for, in this order.
        languages: The language of each item, by key; needed for ``"auto"`` alone.
        language: ``"auto"``: Chinese for items in Chinese, English for all others. Or one of both for all.
        transcript: Whether the question has what is spoken.
        answers: In training the answer to learn by the key of the window, None where there is none; left out to ask alone.

    Raises:
        InvalidArgument: The language is not allowed; in a call, a window is of an item whose language is not known.

    Example:
        >>> from emos_io.adapters import Message
        >>> from emos_io.corpus import taxonomy
        >>> from emos_io.evaluation.prompts import prompt
        >>> from emos_io.pipes import WindowDataset
        >>> from emos_io.plan import WindowPlan
        >>> from emos_io.testing import tiny_corpus
        >>> sample = WindowDataset(WindowPlan(tiny_corpus(), by="clip"), on_error="mask")[1]
        >>> ask = PromptConversation(
        ...     prompt=prompt("clip-json-1"), layers=(taxonomy("basic7"),), language="en", answers={sample.key: "Joy"}
        ... )
        >>> [(message.role, message.window) for message in ask(sample)]
        [('system', False), ('user', True), ('assistant', False)]
    """

    prompt: Prompt
    layers: tuple[Taxonomy, ...]
    languages: Mapping[str, str] | None = None
    language: LanguageChoice = "auto"
    transcript: bool = True
    answers: Mapping[str, str | None] | None = None

    def __post_init__(self) -> None:
        choice(self.language, LANGUAGE_CHOICES, "language")

    def __call__(self, sample: WindowSample) -> Sequence[Message]:
        """Return the messages about a window."""
        key = sample.key or ""
        language = self._language(key)
        messages = [
            Message("system", self.prompt.system(language)),
            Message("user", self._question(sample, language), window=True),
        ]
        answer = None if self.answers is None else self.answers.get(key)
        return messages if answer is None else [*messages, Message("assistant", answer)]

    def _question(self, sample: WindowSample, language: Language) -> str:
        texts = sample.text if self.transcript else ()
        if self.prompt.task == "clip":
            spoken = " ".join(each.text for each in texts) or None
            return self.prompt.question(self.layers, language=language, transcript=spoken)
        sentences = [TimedText(each.span, each.text) for each in texts]
        return self.prompt.question(self.layers, language=language, sentences=sentences or None, span=sample.label_span)

    def _language(self, key: str) -> Language:
        if self.language != "auto":
            return self.language
        item = read_key(key).item
        if self.languages is None or item not in self.languages:
            raise InvalidArgument(
                f'language must be "en" or "zh" where the language of items is not known, got "auto" for {item!r}; give one',
                key=key,
            )
        return "zh" if self.languages[item].lower().startswith("zh") else "en"
