"""What is asked of a window, and what the answer is: the messages that a chat template makes text of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..errors import InvalidArgument, short_repr
from ..pipes import WindowSample

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: Who says it.
        text: What is said.
        window: The window's video and audio stand before the text; exactly one message of a conversation has them.
    """

    role: Role
    text: str
    window: bool = False


Conversation: TypeAlias = Callable[[WindowSample], Sequence[Message]]
"""Gets a sample, of which frames and waveform may be None, and gives its messages.

It must depend on the key, the text and the labels of the sample alone: lengths are counted without decoding. Where there is no
answer to learn, the last message is that of the user.
"""
Answer: TypeAlias = Callable[[WindowSample], str | None]
"""Gets a sample and gives the answer to learn, or None where there is none."""


def class_name(sample: WindowSample) -> str | None:
    """Return the class with the most weight, or None where the sample has no valid label."""
    return sample.classes[int(sample.labels.argmax())] if sample.label_valid else None


def ask(question: str, answer: Answer = class_name, *, system: str | None = None) -> Conversation:
    """Return a conversation of one question about the window and one answer.

    Args:
        question: What the user asks, after the window.
        answer: Gives the answer of a sample; where it gives None the conversation ends with the question.
        system: What stands before, or None.

    With workers that are spawned, `answer` must pickle: a function of a module, no lambda.

    Raises:
        InvalidArgument: A text is none, or `answer` is no function; in a call, where the answer is no text.

    Example:
        >>> from emos_io.testing import tiny_corpus
        >>> from emos_io.plan import WindowPlan
        >>> from emos_io.pipes import WindowDataset
        >>> sample = WindowDataset(WindowPlan(tiny_corpus(), by="clip"), on_error="mask")[1]
        >>> [message.text for message in ask("Which emotion?", lambda sample: "Joy")(sample)]
        ['Which emotion?', 'Joy']
    """
    for name, text in (("question", question), ("system", system)):
        if not isinstance(text, str) and not (name == "system" and text is None):
            raise InvalidArgument(f"{name} must be a text, got {short_repr(text)}; pass a str")
    if not callable(answer):
        raise InvalidArgument(
            f"answer must be a function of a sample, got {short_repr(answer)}; pass lambda sample: ..., or def one"
        )
    return _Ask(question, answer, system)


@dataclass(frozen=True, slots=True)
class _Ask:
    """A conversation that pickles where its answer does."""

    question: str
    answer: Answer
    system: str | None

    def __call__(self, sample: WindowSample) -> Sequence[Message]:
        messages = [] if self.system is None else [Message("system", self.system)]
        messages.append(Message("user", self.question, window=True))
        answer = self.answer(sample)
        if answer is None:
            return messages
        if not isinstance(answer, str):
            raise InvalidArgument(
                f"answer must be a text, or None where there is none, got {short_repr(answer)}; return a str",
                key=sample.key,
            )
        return [*messages, Message("assistant", answer)]
