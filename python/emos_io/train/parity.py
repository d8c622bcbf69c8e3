"""Whether training and prediction see the same: items of training, asked again, as they are and with channels permuted.

```text
 plan of items ──┬── family(samples), one forward ─────────────── learned: the answer is the likeliest, token by token
                 └── engine.answers(questions) ────────────────── given back
                       └── frames, or audio, of another item ──── given back all the same: the channel is not used
```

Greedy decoding says an answer exactly where each of its tokens is the likeliest one after those before it. So what a forward
over the inputs of training finds learned, generation has to give back, and if it does not, it was given other inputs: other
frames a second, another size, prompt or processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from .._checks import integer
from ..adapters import EvaluationLoader, Family, class_name
from ..errors import InvalidArgument
from ..inference import Engine, Questions
from ..pipes import WindowSample
from ..plan import WindowPlan

if TYPE_CHECKING:
    from torch import nn

Channel = Literal["video", "audio"]
Samples = Mapping[str, WindowSample]
Scalar = TypeVar("Scalar", bound=np.generic)
LEAST_LABELS = 2
"""A model that has learned one label alone gives it back from any input."""
MOST_ITEMS = 64
"""Their frames and audio are in memory at once."""
NO_LABEL = -100


@dataclass(frozen=True, slots=True)
class ParityRow:
    """An item of training and what was said of it.

    Attributes:
        key: Key of its window.
        label: What it was trained to say.
        answer: The label that was read out of the answer; None where there is none.
        permuted: The same with a channel of another item, by channel.
        learned: Whether a forward over the inputs of training has the answer as the likeliest; None where there was none.
    """

    key: str
    label: str
    answer: str | None
    permuted: Mapping[Channel, str | None]
    learned: bool | None


@dataclass(frozen=True, slots=True)
class Parity:
    """What a check found.

    Attributes:
        rows: Each item.
        same_content: Items that got, by channel, what is equal to their own, or is of an item with their label: few of them
            can be wrong by that.
    """

    rows: tuple[ParityRow, ...]
    same_content: Mapping[Channel, int] = field(default_factory=dict)

    @property
    def num_items(self) -> int:
        """Items that were asked."""
        return len(self.rows)

    @property
    def num_labels(self) -> int:
        """Labels among them."""
        return len({row.label for row in self.rows})

    @property
    def given_back(self) -> int:
        """Items whose label prediction gives back."""
        return sum(row.answer == row.label for row in self.rows)

    @property
    def learned(self) -> int | None:
        """Items whose answer a forward over the inputs of training has as the likeliest; None where there was no forward."""
        known = [row.learned for row in self.rows]
        return None if None in known else sum(map(bool, known))

    def given_back_permuted(self, channel: Channel) -> int:
        """Return the items whose label is given back with this channel of another item."""
        return sum(row.permuted[channel] == row.label for row in self.rows)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that were permuted."""
        return tuple(self.rows[0].permuted)

    @property
    def lost(self) -> tuple[str, ...]:
        """Keys of items that are learned and not given back: where there is one, prediction gets other inputs than training."""
        return tuple(row.key for row in self.rows if row.learned and row.answer != row.label)

    @property
    def unused(self) -> tuple[Channel, ...]:
        """Channels that change nothing when they are permuted."""
        return tuple(each for each in self.channels if all(row.permuted[each] == row.answer for row in self.rows))

    def findings(self) -> tuple[str, ...]:
        """Return what is wrong, a line each; none where prediction gives back all that was learned and each channel counts."""
        lines = []
        if self.lost:
            lines.append(
                f"{len(self.lost)} of {self.learned} learned items are not given back: prediction sees other inputs than "
                "training; compare frames a second, size, prompt and processor of both"
            )
        elif self.learned is None and self.given_back < self.num_items:
            lines.append(
                f"{self.num_items - self.given_back} of {self.num_items} items of training are not given back: they were not "
                "learned, or prediction sees other inputs than training"
            )
        elif self.learned == 0:
            lines.append(f"none of {self.num_items} items is learned: this says nothing about prediction; train longer")
        lines += [
            f"{each} of another item changes no answer: the model does not use {each}"
            for each in self.unused
            if self.given_back
        ]
        return tuple(lines)

    def lines(self) -> list[str]:
        """Return the counts in words."""
        learned = "" if self.learned is None else f"{self.learned} learned, "
        permuted = [
            f"{self.given_back_permuted(each)} with the {'frames' if each == 'video' else each} of another item"
            for each in self.channels
        ]
        return [
            f"{self.num_items} items of training, {self.num_labels} labels: {learned}{self.given_back} given back, "
            f"{', '.join(permuted)}"
        ]

    def as_dict(self) -> dict[str, object]:
        """Return counts, findings and rows, for JSON."""
        return {
            "items": self.num_items,
            "labels": self.num_labels,
            "learned": self.learned,
            "given_back": self.given_back,
            "given_back_permuted": {each: self.given_back_permuted(each) for each in self.channels},
            "same_content": dict(self.same_content),
            "findings": list(self.findings()),
            "rows": [
                {
                    "key": row.key,
                    "label": row.label,
                    "answer": row.answer,
                    "permuted": dict(row.permuted),
                    "learned": row.learned,
                }
                for row in self.rows
            ],
        }


def check_parity(
    engine: Engine,
    questions: Questions,
    read: Callable[[str], str | None] = str.strip,
    *,
    labels: Mapping[str, str] | None = None,
    model: nn.Module | None = None,
    family: Family | None = None,
) -> Parity:
    """Ask about items that a model was trained with, and say whether it gives them back for the right reason.

    Each window is asked as it is, then with the frames of another item, then with the audio of another. The permutation of a
    channel is the rotation of the items, sorted by label, after which the most items have content and a label that are not
    their own. With `model` and `family`, what training gets of the windows is put through the model once too; an item that is
    learned there and not given back tells that prediction has other inputs.

    Args:
        engine: What predicts.
        questions: A plan of at most 64 windows, each with a label, two labels at least; its conversation may end with the
            answer, which nobody is given. Keys in `answered` are left out; `transform` must be left as it is.
        read: Gives the label of an answer, or None; the answer without white space around it if left out.
        labels: What `read` has to give, by key of window; the label of each window if left out.
        model: The model in training form, on any device; None for no forward.
        family: What makes its inputs in training, its conversation ending with the answer.

    Raises:
        InvalidArgument: The plan is empty, has more windows or fewer labels, a window without label, or one of `model` and
            `family` comes alone.
        EmosError: A window cannot be read, or the engine stops.

    Cost: three rounds of answers for a model that hears, two for others, and a forward; frames and audio of all items are
    kept in memory.

    Example:
        ``docs/fine-tune.md`` checks a run; by hand::

            engine = TransformersEngine(model, processor)
            questions = Questions(plan=plan, conversation=ask("Which emotion?"), video=family.video, audio=family.audio)
            print(check_parity(engine, questions, model=model, family=family).findings())
    """
    if (model is None) != (family is None):
        raise InvalidArgument("model must come with family, got one alone; give both, or none for no forward")
    if questions.transform is not None:
        raise InvalidArgument("questions must have no transform, got one; channels are permuted by one")
    samples = _samples(questions)
    labels = _labels(samples, labels)
    learned = (
        {} if model is None or family is None else learned_items(model, family, questions.plan, questions.answered)
    )
    answers = _answers(engine, questions, read)
    permuted: dict[Channel, dict[str, str | None]] = {}
    same: dict[Channel, int] = {}
    for channel in _channels(questions, samples):
        donors, same[channel] = donors_of(samples, labels, channel)
        swapped = replace(questions, transform=Swapped(samples, donors, channel))
        permuted[channel] = _answers(engine, swapped, read)
    rows = [
        ParityRow(
            key,
            label,
            answers.get(key),
            {channel: given.get(key) for channel, given in permuted.items()},
            learned.get(key) if learned else None,
        )
        for key, label in labels.items()
    ]
    return Parity(tuple(rows), same)


def learned_items(model: nn.Module, family: Family, plan: WindowPlan, left_out: Iterable[str] = ()) -> dict[str, bool]:
    """Return, by key of window, whether each token of its answer is the likeliest after those before it.

    Args:
        model: In training form; it is put into evaluation for the time of the call.
        family: What makes its inputs in training.
        plan: The windows; those without an answer to learn are left out.
        left_out: Keys of windows that are left out too.

    Raises:
        EmosError: A window cannot be read, or is not what the family reads.

    Cost: decoding of each window, and a forward of one row each.
    """
    import torch

    found: dict[str, bool] = {}
    was_training, device = model.training, next(model.parameters()).device
    model.eval()
    try:
        with (
            torch.no_grad(),
            EvaluationLoader(
                plan, family, **family.reads, batch_size=1, answered=list(left_out), rank=0, world_size=1
            ) as loader,
        ):
            for batch in loader:
                inputs = batch.to(device).inputs
                answer = inputs["labels"]
                assert isinstance(answer, torch.Tensor), "the family gives labels in training"
                likeliest = model(**inputs).logits[:, :-1].argmax(-1)
                counts = answer[:, 1:] != NO_LABEL
                if bool(counts.any()):
                    found[batch.keys[0]] = bool((likeliest == answer[:, 1:])[counts].all())
    finally:
        model.train(was_training)
    return found


@dataclass(frozen=True, slots=True)
class Swapped:
    """A transform of samples: a channel of each is that of its donor, from its beginning again where the donor's is shorter.

    Attributes:
        samples: All of them, by key.
        donors: Key of the donor of each.
        channel: ``"video"`` or ``"audio"``.
    """

    samples: Samples
    donors: Mapping[str, str]
    channel: Channel

    def __call__(self, sample: WindowSample, _: np.random.Generator) -> WindowSample:
        donor = self.samples[self.donors[str(sample.key)]]
        if self.channel == "video":
            length = len(sample.frame_valid)
            return replace(
                sample,
                frames=None if donor.frames is None else repeated(donor.frames, length),
                frame_valid=repeated(donor.frame_valid, length),
                damaged=repeated(donor.damaged, length),
            )
        length = len(sample.waveform_valid)
        return replace(
            sample,
            waveform=None if donor.waveform is None else repeated(donor.waveform.T, length).T,
            waveform_valid=repeated(donor.waveform_valid, length),
        )


def repeated(array: npt.NDArray[Scalar], length: int) -> npt.NDArray[Scalar]:
    """Return the array cut to a length along its first axis, or from its beginning again until it has it."""
    return array[np.arange(length) % max(1, len(array))]


def donors_of(samples: Samples, labels: Mapping[str, str], channel: Channel) -> tuple[dict[str, str], int]:
    """Return the donor of each item: the rotation of the items by label with the most donors that have other content.

    Args:
        samples: The items, by key.
        labels: The label of each.
        channel: ``"video"`` or ``"audio"``.

    Returns:
        Key of the donor of each, and how many have a donor with their label or their content.
    """
    order = sorted(labels, key=lambda key: (labels[key], key))

    def is_same(own: str, donor: str) -> bool:
        return labels[own] == labels[donor] or np.array_equal(
            _content(samples[own], channel), _content(samples[donor], channel)
        )

    rotations = [[*order[shift:], *order[:shift]] for shift in range(1, len(order))]
    counts = [sum(map(is_same, order, rotation)) for rotation in rotations]
    best = int(np.argmin(counts))
    return dict(zip(order, rotations[best], strict=True)), counts[best]


def _content(sample: WindowSample, channel: Channel) -> npt.NDArray[np.generic]:
    array = sample.frames if channel == "video" else sample.waveform
    return np.zeros(0) if array is None else array


def _samples(questions: Questions) -> dict[str, WindowSample]:
    integer(
        len(questions),
        "num_items",
        "choose some items of training: their frames and audio are in memory at once",
        least=LEAST_LABELS,
        most=MOST_ITEMS,
    )
    with replace(questions, on_error="raise").loader(list) as loader:
        return {str(sample.key): sample for batch in loader for sample in batch.inputs}


def _labels(samples: Samples, given: Mapping[str, str] | None) -> dict[str, str]:
    labels: dict[str, str] = {}
    for key, sample in samples.items():
        label = class_name(sample) if given is None else given.get(key)
        if label is None:
            raise InvalidArgument("items must have a label each, got one without; leave it out of the plan", key=key)
        labels[key] = label
    if len(set(labels.values())) < LEAST_LABELS:
        raise InvalidArgument(
            f"items must have {LEAST_LABELS} labels at least, got {len(set(labels.values()))} in {len(labels)} items; a model "
            "that says one thing alone gives them back from any input"
        )
    return labels


def _channels(questions: Questions, samples: Samples) -> Sequence[Channel]:
    hears = questions.audio is not None and any(sample.waveform is not None for sample in samples.values())
    return ("video", "audio") if hears else ("video",)


def _answers(engine: Engine, questions: Questions, read: Callable[[str], str | None]) -> dict[str, str | None]:
    return {answer.key: None if answer.text is None else read(answer.text) for answer in engine.answers(questions)}
