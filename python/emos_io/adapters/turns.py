"""Which tokens of a conversation are labels: a chat template makes text of it, and its turns are found again by token ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from .._checks import choice, is_sequence, listed
from ..errors import InvalidArgument, short_repr
from .conversation import Message, Role

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast, ProcessorMixin

Turns = Literal["all", "last"]
TURNS: tuple[Turns, ...] = get_args(Turns)
NO_LABEL = -100
"""The label of a token that costs nothing, as torch's cross entropy has it."""
TURN_END = "<|im_end|>"
_HEADER = "<|im_start|>assistant\n"
_ROLES: tuple[Role, ...] = get_args(Role)


class Prompt(NamedTuple):
    """A conversation as text.

    Attributes:
        text: What the chat template made of it, with one placeholder for the window.
        answers: What the assistant says in each of its turns.
        num_labelled: How many of the last answers are labels.
        key: The window's key, for errors.
    """

    text: str
    answers: tuple[str, ...]
    num_labelled: int
    key: str | None


class TurnFinder:
    """Makes text of conversations, and finds the turns of the assistant in the ids of that text.

    Turns begin after ``<|im_start|>assistant`` and a line break, and end with the next ``<|im_end|>``.

    Args:
        processor: With a chat template and a tokenizer.
        turns: Whose answers are labels.

    Raises:
        InvalidArgument: The processor has no chat template, or its tokenizer does not know these marks.
    """

    def __init__(self, processor: ProcessorMixin, turns: Turns) -> None:
        self._processor, self.turns = processor, choice(turns, TURNS, "turns")
        tokenizer = self._tokenizer = _tokenizer_of(processor)
        self._placeholder: str = processor.video_token
        others = (getattr(processor, name, None) for name in ("image_token", "audio_token"))
        self._others = [token for token in others if token]
        marks = {str(token.content) for token in tokenizer.added_tokens_decoder.values() if token.special}
        marks |= {self._placeholder, *self._others, *tokenizer.all_special_tokens}
        self._marks = re.compile("|".join(map(re.escape, sorted(marks, key=len, reverse=True))))
        self._header: list[int] = tokenizer.encode(_HEADER, add_special_tokens=False)
        end: list[int] = tokenizer.encode(TURN_END, add_special_tokens=False)
        if len(end) != 1 or not self._header or tokenizer.decode(self._header[:1]) != _HEADER.split("assistant")[0]:
            raise InvalidArgument(
                f"processor must have a tokenizer with the tokens <|im_start|> and {TURN_END}, got "
                f"{type(tokenizer).__name__} without them; turns are found by them"
            )
        self._end = end[0]

    def prompt(self, messages: Sequence[Message], key: str | None, *, for_generation: bool = False) -> Prompt:
        """Return the text of a conversation.

        Args:
            messages: The conversation.
            key: The window's key, for errors.
            for_generation: Only up to the last message of the user, and to where the answer begins.

        Raises:
            InvalidArgument: The messages are no conversation about one window, a text spells a token of the tokenizer, or the
                template does not put one video for the window.
        """
        turns = _checked(messages, key)
        for message in turns:
            if mark := self._marks.search(message.text):
                raise InvalidArgument(
                    f"text of a message must be without tokens of the tokenizer, got {mark.group()!r} in "
                    f"{short_repr(message.text)} of the {message.role}; it would be read as that token",
                    key=key,
                )
            if any("\ud800" <= letter <= "\udfff" for letter in message.text):
                raise InvalidArgument(
                    f"text of a message must be Unicode that can be encoded, got half of a pair of surrogates in "
                    f"{short_repr(message.text)} of the {message.role}; decode the text with errors='replace'",
                    key=key,
                )
        if for_generation:
            last = max((index for index, message in enumerate(turns) if message.role == "user"), default=len(turns))
            turns = turns[: last + 1]
        content = [{"role": message.role, "content": _parts(message)} for message in turns]
        text: str = self._processor.apply_chat_template(
            content, _chat_template(self._processor), tokenize=False, add_generation_prompt=for_generation
        )
        num_videos = text.count(self._placeholder)
        if num_videos != 1 or any(token in text for token in self._others):
            raise InvalidArgument(
                f"chat template must make one {self._placeholder} of the window, and no image and no audio, got "
                f"{num_videos} in {short_repr(text)}; use the template of the model, or mend it",
                key=key,
            )
        answers = tuple(message.text for message in turns if message.role == "assistant")
        if for_generation:
            return Prompt(text, answers, 0, key)
        # The last turn is the answer to learn only where nothing stands behind it.
        num_last = int(bool(turns) and turns[-1].role == "assistant")
        return Prompt(text, answers, len(answers) if self.turns == "all" else num_last, key)

    def num_tokens(self, prompt: Prompt) -> int:
        """Return the tokens of a prompt without those of the window."""
        return len(self._tokenizer(prompt.text)["input_ids"]) - 1

    def labels(self, ids: Sequence[int], prompt: Prompt) -> list[int]:
        """Return the label of each token: its id within the answers that are labels, ``<|im_end|>`` with them, else -100.

        Args:
            ids: The ids that the processor made of the prompt, with or without padding.
            prompt: The prompt.

        Raises:
            InvalidArgument: The turns in the ids are not those of the conversation: the template or the tokenizer changes
                answers.
        """
        spans = self._spans(ids)
        texts = [self._tokenizer.decode(ids[start:end], clean_up_tokenization_spaces=False) for start, end in spans]
        expected = [answer + TURN_END for answer in prompt.answers]
        # Some tokenizers compose letters and their accents.
        if [unicodedata.normalize("NFC", text) for text in texts] != [
            unicodedata.normalize("NFC", text) for text in expected
        ]:
            raise InvalidArgument(
                f"chat template must write each answer as it is, between the header of the assistant and {TURN_END}, got "
                f"{short_repr(texts)} for {short_repr(expected)}; mend the template, or answers that begin or end with spaces",
                key=prompt.key,
            )
        labels = [NO_LABEL] * len(ids)
        for start, end in spans[len(spans) - prompt.num_labelled :]:
            labels[start:end] = ids[start:end]
        return labels

    def _spans(self, ids: Sequence[int]) -> list[tuple[int, int]]:
        """Return where each turn of the assistant begins, and the index behind its end."""
        spans, index, header = [], 0, self._header
        while index < len(ids):
            if ids[index] == header[0] and list(ids[index : index + len(header)]) == header:
                start = index = index + len(header)
                while index < len(ids) and ids[index] != self._end:
                    index += 1
                spans.append((start, min(index + 1, len(ids))))
            index += 1
        return spans


def _tokenizer_of(processor: ProcessorMixin) -> PreTrainedTokenizerFast:
    tokenizer: PreTrainedTokenizerFast = processor.tokenizer
    _chat_template(processor)
    return tokenizer


def _chat_template(processor: ProcessorMixin) -> str:
    """Return the template of the processor, or else of its tokenizer: transformers itself reads that of the processor alone.

    Raises:
        InvalidArgument: Neither has one, or only such with other names than "default".
    """
    found = getattr(processor, "chat_template", None) or getattr(processor.tokenizer, "chat_template", None)
    template = found.get("default") if isinstance(found, Mapping) else found
    if not isinstance(template, str) or not template:
        got = f"only {', '.join(map(repr, found))}" if isinstance(found, Mapping) and found else "none"
        raise InvalidArgument(
            f"processor must have a chat template, got {type(processor).__name__} with {got}; load it with "
            "AutoProcessor.from_pretrained, or set processor.chat_template"
        )
    return template


def _checked(messages: object, key: str | None) -> list[Message]:
    """Return the messages as a list, checked."""
    if not isinstance(messages, Sequence) or not is_sequence(messages):
        raise InvalidArgument(
            f"conversation must give a list of Message, got {short_repr(messages)}; use ask(), or return [Message(...), ...]",
            key=key,
        )
    turns: list[Message] = list(messages)
    for message in turns:
        if not isinstance(message, Message):
            raise InvalidArgument(
                f"conversation must give messages, got {short_repr(message)}; use ask(), or Message(role, text)",
                key=key,
            )
        if message.role not in _ROLES:
            raise InvalidArgument(
                f"role of a message must be {listed(_ROLES)}, got {short_repr(message.role)}; choose one of them",
                key=key,
            )
        if not isinstance(message.text, str):
            raise InvalidArgument(
                f"text of a message must be a text, got {short_repr(message.text)} of the {message.role}; pass a str",
                key=key,
            )
        if not isinstance(message.window, bool):
            raise InvalidArgument(
                f"window of a message must be True or False, got {short_repr(message.window)}; True puts video and audio there",
                key=key,
            )
    num_windows = sum(message.window for message in turns)
    if num_windows != 1:
        raise InvalidArgument(
            f"conversation must have the window in one message, got {num_windows} in {len(turns)} messages; "
            "set window=True on the message that it belongs to",
            key=key,
        )
    if not any(message.window and message.role == "user" for message in turns):
        raise InvalidArgument(
            "window must be in a message of the user, got another role; set window=True on the user's message", key=key
        )
    return turns


def _parts(message: Message) -> list[dict[str, str]]:
    """Return the content of a message as chat templates read it."""
    window = [{"type": "video", "video": "window"}] if message.window else []
    return [*window, {"type": "text", "text": message.text}]
