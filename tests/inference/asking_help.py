"""Engines that answer what tests say, and corpora whose media are counting clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from emos_io.adapters import Message
from emos_io.corpus import Scalar
from emos_io.inference import Answer, Questions
from emos_io.pipes import WindowSample


class SpokenEngine:
    """Reads every window as engines do, keeps what it was asked, and answers what a function says.

    Args:
        answer: Gets the sample and gives the text; None for no answer.
        settings: Its settings.
    """

    name = "spoken"

    def __init__(
        self,
        answer: Callable[[WindowSample], str | None],
        settings: Mapping[str, Scalar] | None = None,
    ) -> None:
        self._answer = answer
        self.settings: Mapping[str, Scalar] = settings or {"model": "spoken"}
        self.asked: list[tuple[WindowSample, Sequence[Message]]] = []

    @property
    def keys(self) -> list[str | None]:
        return [sample.key for sample, _ in self.asked]

    def answers(self, questions: Questions) -> Iterator[Answer]:
        with questions.loader(list) as loader:
            for batch in loader:
                for key, valid, sample in zip(batch.keys, batch.valid, batch.inputs, strict=True):
                    self.asked.append((sample, questions.conversation(sample)))
                    if not valid:
                        yield Answer(key=key, text=None, error=loader.issues.lines[0].error)
                        continue
                    text = self._answer(sample)
                    yield Answer(key=key, text=text, error="" if text is not None else "HTTP 400")
