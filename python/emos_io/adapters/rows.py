"""Windows as rows of a ``datasets.Dataset``, for trainers that take nothing else, and the function that decodes them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, SupportsIndex, TypeVar, cast

from .._checks import as_integer, integer, is_sequence
from ..errors import InvalidArgument, short_repr
from ..pipes import SampleIndex, SampleSpec, WindowDataset, undecoded_sample
from ..plan import PlannedWindow, WindowPlan
from .family import Family
from .row_epochs import SharedEpoch, epoch_callback
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
        Columns ``number`` (int64, the window's number in the plan), ``key`` (string), ``plan`` (string, the plan's
        fingerprint) and ``length``: the tokens of the row (int64), or without a family its seconds (float64).
        ``train_sampling_strategy="group_by_length"`` reads ``length``.

    Raises:
        InvalidArgument: An argument is not allowed, or no row is left.
        ImportError: datasets is not installed, or its version was not tested.

    Cost: a conversation and a count a window; no file is opened.
    """
    if not isinstance(plan, WindowPlan):
        raise InvalidArgument(f"plan must be a WindowPlan, got {short_repr(plan)}; make it of a corpus")
    if family is not None and not isinstance(family, Family):
        raise InvalidArgument(f"family must be a Family or None, got {short_repr(family)}; make it of a processor")
    if not len(plan):
        raise InvalidArgument("plan must have windows, got none; choose a shorter length, or other items")
    library = tested("datasets")
    columns: dict[str, list[object]] = {"number": [], "key": [], "plan": [], "length": []}
    num_unlabelled = 0
    tokens = None if family is None else lengths(plan, family)
    for window in plan.windows():
        has_answer = _has_answer(window, family)
        length = float(window.span.end - window.span.start) if tokens is None else int(tokens[window.number])
        num_unlabelled += not has_answer
        if has_answer or not labelled_only:
            for name, value in zip(columns, (window.number, window.key, plan.fingerprint, length), strict=True):
                columns[name].append(value)
    if not columns["number"]:
        raise InvalidArgument(
            f"plan must have windows with an answer to learn, got none among {len(plan)}; labels= of the plan chooses the layer"
        )
    counted = f"{num_unlabelled} of {len(plan)} windows have no answer to learn"
    text = counted + (", and are left out" if labelled_only else ", and are kept") if num_unlabelled else ""
    if text:
        _LOG.info("%s", text)
    types = {
        "number": "int64",
        "key": "string",
        "plan": "string",
        "length": "float64" if family is None else "int64",
    }
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
        dataset: The dataset of the plan of the rows; or several, of a plan each, where rows of several plans come: those of
            train and eval, or concatenated ones. A row's ``plan`` says which one it is of.
        collate: Gets the samples and gives the batch: a family, or a `Collate`.

    It needs the epoch, for the generators of transforms and for the order of ``group_by_length``: hand
    ``callbacks=[collate.epochs()]`` to the trainer, or call `set_epoch` before each epoch. Workers see it too, forked and
    spawned ones, also those that stay alive from epoch to epoch.

    Raises:
        InvalidArgument: `dataset` holds something else than WindowDatasets, or two of one plan; or `collate` cannot be called.
    """

    def __init__(
        self, dataset: WindowDataset[Item] | Sequence[WindowDataset[Item]], collate: Callable[[Sequence[Item]], Batch]
    ) -> None:
        datasets = [dataset] if isinstance(dataset, WindowDataset) or not is_sequence(dataset) else list(dataset)
        self._datasets: dict[str, WindowDataset[Item]] = {}
        for one in datasets:
            if not isinstance(one, WindowDataset):
                raise InvalidArgument(
                    f"dataset must be a WindowDataset or a sequence of them, got {short_repr(one)}; "
                    "rows name windows of a plan"
                )
            if self._datasets.setdefault(one.plan.fingerprint, one) is not one:
                raise InvalidArgument(
                    f"dataset must have one WindowDataset a plan, got two of {one.plan.fingerprint}; rows name a plan, and do "
                    "not say which of the two reads them"
                )
        if not self._datasets:
            raise InvalidArgument(
                "dataset must be a WindowDataset or a sequence of them, got none; pass that of the rows"
            )
        if not callable(collate):
            raise InvalidArgument(f"collate must be a function of samples, got {short_repr(collate)}; pass a family")
        self._collate, self._epoch = collate, SharedEpoch()

    def set_epoch(self, epoch: SupportsIndex) -> None:
        """Set the epoch to which the next rows belong, in this process and in its workers.

        Raises:
            InvalidArgument: `epoch` is not an integer from 0 to 2147483647.
        """
        self._epoch.set(integer(epoch, "epoch", "epochs count from 0", least=0, most=_MOST_EPOCH))

    def epochs(self) -> TrainerCallback:
        """Return a callback of transformers that sets the epoch when one begins; before training it is 0.

        It also seeds the sampler of ``group_by_length`` by the epoch, so that a resumed run has every window.
        """
        return epoch_callback(self.set_epoch, lambda: self._epoch.get() >= 0)

    def __call__(self, rows: Sequence[Mapping[str, object]]) -> Batch:
        """Return the batch of these rows.

        Raises:
            InvalidArgument: A row names no window, or that of a plan without a dataset here; or nobody set the epoch.
            EmosError: A window cannot be read.
        """
        epoch = self._epoch.get()
        if epoch < 0:
            raise InvalidArgument(
                "epoch must be set, got none; pass callbacks=[collate.epochs()] to the trainer, or call set_epoch: else random "
                "numbers are the same in every epoch, and a resumed group_by_length loses windows"
            )
        # Those of one plan are read together, for what they share.
        positions: dict[str, list[int]] = {}
        numbers: list[int] = []
        for position, row in enumerate(rows):
            fingerprint, number = self._window(row)
            positions.setdefault(fingerprint, []).append(position)
            numbers.append(number)
        samples: dict[int, Item] = {}
        for fingerprint, chosen in positions.items():
            indices = [SampleIndex(epoch, numbers[position], is_start=True, step=0) for position in chosen]
            samples.update(zip(chosen, self._datasets[fingerprint].__getitems__(indices), strict=True))
        return self._collate([samples[position] for position in range(len(numbers))])

    def _window(self, row: Mapping[str, object]) -> tuple[str, int]:
        """Return the plan and the number of the window of a row."""
        fingerprint, key, value = (
            row.get(name) if isinstance(row, Mapping) else None for name in ("plan", "key", "number")
        )
        if not isinstance(fingerprint, str) or not isinstance(key, str) or value is None:
            raise InvalidArgument(
                f"row must have number, key and plan, got {short_repr(row)}; make rows(plan), and keep its columns "
                "(remove_unused_columns=False)"
            )
        dataset = self._datasets.get(fingerprint)
        if dataset is None:
            raise InvalidArgument(
                f"row must be of plan {' or '.join(self._datasets)}, got {short_repr(key)} of plan {short_repr(fingerprint)}; "
                "pass RowCollate a dataset of that plan too, or make the rows anew if the plan has changed"
            )
        number = as_integer(value)
        if number is None or not 0 <= number < len(dataset):
            raise InvalidArgument(
                f"row must have a number from 0 to {len(dataset) - 1}, got {short_repr(value)} in the row of {short_repr(key)}"
                "; make rows(plan) of the plan of this dataset"
            )
        own = dataset.plan.window(number).key
        if own != key:
            raise InvalidArgument(
                f"row must have the key of window {number}, {own!r}, got {short_repr(key)}; keep the columns of rows(plan) as "
                "they are",
                key=key,
            )
        return fingerprint, number
