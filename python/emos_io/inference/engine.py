"""What answers questions about windows: a model on this machine, or a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

from ..adapters import Conversation, EvaluationLoader
from ..corpus import Scalar
from ..media import OnError
from ..pipes import AudioSpec, MissingAudio, Transform, VideoSpec, WindowSample
from ..plan import WindowPlan

Inputs = TypeVar("Inputs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one request: a text, or why there is none.

    Attributes:
        key: Key of the window that was asked about.
        text: The answer as it was written; None where there is none.
        error: Why there is none and will be none if it is asked again at once; "" where there is a text.
        usage: Counts that the engine knows, such as ``{"prompt_tokens": 812, "completion_tokens": 31}``.
    """

    key: str
    text: str | None
    error: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What is asked: one question about each window of a plan that has no answer yet.

    Attributes:
        plan: The windows, in sequential order.
        answered: Keys of windows that are not asked again.
        conversation: Gets a sample and gives the messages; the last one is that of the user.
        video: Frames a second, and their size before the rule of a processor.
        audio: How audio is read; None for engines and models that hear nothing.
        transform: Gets (sample, generator) and gives the sample that is asked about; None for the sample as it was read.
        on_error: ``"mask"``: a window that cannot be read is blank and not `valid`, and its answer is an error; ``"raise"``.
        missing_audio: What a window without audio is: ``"silence"``, ``"omit"`` or ``"raise"``.
        batch_size: Windows that are read together, at most.
    """

    plan: WindowPlan
    conversation: Conversation
    answered: frozenset[str] = frozenset()
    video: VideoSpec = field(default_factory=VideoSpec)
    audio: AudioSpec | None = field(default_factory=AudioSpec)
    transform: Transform[WindowSample] | None = None
    on_error: OnError = "mask"
    missing_audio: MissingAudio = "silence"
    batch_size: int = 1

    def __len__(self) -> int:
        """Return how many windows are asked."""
        return len(self.plan) - len(self.answered)

    def loader(self, collate: Callable[[Sequence[WindowSample]], Inputs]) -> EvaluationLoader[Inputs]:
        """Return the loader of the windows that are asked: both kinds of engines read windows in this one way.

        Its batches have `keys`, `valid` and `inputs`, what `collate` made of the samples. Use it as a context manager. Where a
        processor decides how windows are read, ask ``replace(questions, video=family.video, audio=family.audio).loader(...)``.

        Args:
            collate: Gets the samples of a batch, after `transform`.
        """
        return EvaluationLoader(
            self.plan,
            collate,
            transform=self.transform or _unchanged,
            video=self.video,
            audio=self.audio,
            batch_size=self.batch_size,
            rank=0,
            world_size=1,
            answered=self.answered,
            on_error=self.on_error,
            missing_audio=self.missing_audio,
        )


def _unchanged(sample: WindowSample, _: np.random.Generator) -> WindowSample:
    return sample


class Engine(Protocol):
    """What answers questions.

    Attributes:
        name: ``"transformers"`` or ``"server"``.
        settings: What decides its answers, for the header of a file of predictions: model, revision or sha256, dtype,
            max_new_tokens, the form of a server, sampling. Never a key of a server.
    """

    @property
    def name(self) -> str:
        """Name of the engine."""
        ...

    @property
    def settings(self) -> Mapping[str, Scalar]:
        """What decides its answers."""
        ...

    def answers(self, questions: Questions) -> Iterator[Answer]:
        """Yield one answer for each key that is asked, in any order.

        Answers that were yielded stay: the caller writes each before it takes the next one.

        Raises:
            EmosError: Nothing more can be asked: a server is gone, memory does not suffice, or a count was reached.
        """
        ...
