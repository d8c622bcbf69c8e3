"""Windows as rows of a ``datasets.Dataset``, for trainers that take nothing else, and the function that decodes them."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, SupportsIndex, TypeVar, cast

from .._checks import integer
from ..errors import InvalidArgument, short_repr
from ..pipes import SampleIndex, SampleSpec, WindowDataset, undecoded_sample
from ..plan import PlannedWindow, WindowPlan
from .family import Family
from .too_long import lengths
from .versions import tested

if TYPE_CHECKING:
    import datasets
    from transformers import TrainerCallback

Item = TypeVar("Item")
Batch = TypeVar("Batch")
_MOST_EPOCH = 2**31 - 1
_LOG = logging.getLogger(__name__)


def rows(plan: WindowPlan, family: Family | None = None, *, labelled_only: bool = False) -> datasets.Dataset:
    """Return one small row a window, in the order of their numbers: nothing is decoded.

    Args:
        plan: Which windows. Its order and its lanes do not count: the trainer shuffles rows.
        family: Counts the tokens of each row, and says which windows have an answer to learn.
        labelled_only: Whether to leave out windows without an answer: those whose conversation ends with the question, or
            without a family those without a valid label. How many is logged, and said by ``.info.description``.

    Returns:
        Columns ``number`` (int64, the window's number in the plan), ``key`` (string) and ``length``: the tokens of the row
        (int64), or without a family its seconds (float64). ``train_sampling_strategy="group_by_length"`` reads ``length``.

    Raises:
        InvalidArgument: No row is left.
        ImportError: datasets is not installed, or its version was not tested.

    Cost: a conversation and a count a window; no file is opened.
    """
    if not isinstance(plan, WindowPlan):
        raise InvalidArgument(f"plan must be a WindowPlan, got {short_repr(plan)}; make it of a corpus")
    library = tested("datasets")
    columns: dict[str, list[object]] = {"number": [], "key": [], "length": []}
    num_unlabelled = 0
    tokens = None if family is None else lengths(plan, family)
    for window in plan.windows():
        has_answer = _has_answer(window, family)
        length = float(window.span.end - window.span.start) if tokens is None else int(tokens[window.number])
        num_unlabelled += not has_answer
        if has_answer or not labelled_only:
            for name, value in zip(columns, (window.number, window.key, length), strict=True):
                columns[name].append(value)
    if not columns["number"]:
        raise InvalidArgument(
            f"plan must have windows with an answer to learn, got none among {len(plan)}; labels= of the plan chooses the layer"
        )
    counted = f"{num_unlabelled} of {len(plan)} windows have no answer to learn"
    text = counted + (", and are left out" if labelled_only else ", and are kept") if num_unlabelled else ""
    if text:
        _LOG.info("%s", text)
    types = {"number": "int64", "key": "string", "length": "float64" if family is None else "int64"}
    features = library.Features({name: library.Value(kind) for name, kind in types.items()})
    made = library.Dataset.from_dict(columns, info=library.DatasetInfo(features=features, description=text))
    return cast("datasets.Dataset", made)


def _has_answer(window: PlannedWindow, family: Family | None) -> bool:
    """Return whether there is something to learn."""
    if family is None:
        return bool(window.labels.valid)
    sample = undecoded_sample(window, SampleSpec(family.video, family.audio))
    return any(message.role == "assistant" for message in family.conversation(sample))


class RowCollate(Generic[Item, Batch]):
    """A collate function of rows: it decodes the windows that they name, those of one batch together.

    Args:
        dataset: The dataset of the plan of the rows.
        collate: Gets the samples and gives the batch: a family, or a `Collate`.

    Where the dataset has a transform, its generator needs the epoch: hand ``callbacks=[collate.epochs()]`` to the trainer, or
    call `set_epoch` before each epoch. Workers see it too, also those that stay alive from epoch to epoch.

    Raises:
        InvalidArgument: `dataset` is no WindowDataset, or `collate` cannot be called.
    """

    def __init__(self, dataset: WindowDataset[Item], collate: Callable[[Sequence[Item]], Batch]) -> None:
        if not isinstance(dataset, WindowDataset):
            raise InvalidArgument(
                f"dataset must be a WindowDataset, got {short_repr(dataset)}; rows name windows of its plan"
            )
        if not callable(collate):
            raise InvalidArgument(f"collate must be a function of samples, got {short_repr(collate)}; pass a family")
        self._dataset, self._collate = dataset, collate
        # Shared with workers: -1 until somebody sets it.
        self._epoch = multiprocessing.Value("q", -1)

    def set_epoch(self, epoch: SupportsIndex) -> None:
        """Set the epoch to which the next rows belong, in this process and in its workers.

        Raises:
            InvalidArgument: `epoch` is not an integer from 0 to 2147483647.
        """
        self._epoch.value = integer(epoch, "epoch", "epochs count from 0", least=0, most=_MOST_EPOCH)

    def epochs(self) -> TrainerCallback:
        """Return a callback of transformers that sets the epoch when one begins."""
        transformers, row_collate = tested("transformers"), self

        class Epochs(transformers.TrainerCallback):  # type: ignore[misc, name-defined]
            def on_epoch_begin(self, arguments: object, state: object, control: object, **_: object) -> None:
                row_collate.set_epoch(int(getattr(state, "epoch", None) or 0))

        return cast("TrainerCallback", Epochs())

    def __call__(self, rows: Sequence[Mapping[str, object]]) -> Batch:
        """Return the batch of these rows.

        Raises:
            InvalidArgument: A row has no number of a window; or the dataset has a transform, and nobody set the epoch.
            EmosError: A window cannot be read.
        """
        epoch = self._epoch.value
        if epoch < 0 and self._dataset.has_transform:
            raise InvalidArgument(
                "epoch must be set where a dataset has a transform, got none; pass callbacks=[collate.epochs()] to it, "
                "or call set_epoch: else its random numbers are the same in every epoch"
            )
        return self._collate(self._dataset.__getitems__([self._index(row, max(epoch, 0)) for row in rows]))

    def _index(self, row: Mapping[str, object], epoch: int) -> SampleIndex:
        number = row.get("number") if isinstance(row, Mapping) else None
        if not isinstance(number, int) or not 0 <= number < len(self._dataset):
            raise InvalidArgument(
                f"row must have a number from 0 to {len(self._dataset) - 1}, got {short_repr(row)}; make rows(plan) of "
                "the plan of this dataset, and keep its columns (remove_unused_columns=False)"
            )
        return SampleIndex(epoch, number, is_start=True, step=0)
