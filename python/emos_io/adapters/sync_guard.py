"""The sync guard: recomputes from the samples what a batch must hold, and raises where a model would get something else.

```text
 rows       one row of input_ids a sample                      seconds    video_second_per_grid against fps
 grids      video_grid_thw against frames and their size       audio      feature frames against the seconds of the window
 order      video and audio tokens against the formula         flag       use_audio_in_video against what the rows hold
 content    some pixels and features, computed again           labels     those of input_ids, or -100
 attention  1 for every token of a row, 0 for its padding      kinds      mm_token_type_ids, where the model needs it
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from ..pipes import WindowSample
from .batch_checks import BatchChecks
from .guarded_inputs import GuardedFamily, checked_family

Inputs = TypeVar("Inputs", bound=Mapping[str, object])


class SyncGuard:
    """Checks each batch of a collate function of your own against its samples; families check theirs by themselves.

    Args:
        family: The family of the processor, made with the fps and size that the samples were read with.
        needs_labels: Whether a batch must have ``labels``; False for generation. Which words are an answer the guard does not
            know: labels on the text of a prompt pass; see `check_inputs`.

    Raises:
        InvalidArgument: `family` is no family.

    Example:
        >>> from emos_io.adapters import SyncGuard
        >>> def make_collate(family, my_collate):
        ...     guard = SyncGuard(family)
        ...     return lambda samples: guard(my_collate(samples), samples)
    """

    def __init__(self, family: GuardedFamily, *, needs_labels: bool = True) -> None:
        self._family, self._needs_labels, self._is_first = checked_family(family), needs_labels, True

    def __call__(self, inputs: Inputs, samples: Sequence[WindowSample]) -> Inputs:
        """Return the inputs as they are, or raise.

        Args:
            inputs: What ``model(**inputs)`` would get.
            samples: The samples of which they were made, row by row, as ``**family.reads`` reads them.

        Raises:
            OutOfSync: The inputs are not what the samples hold; `key` is that of the window. The first batch, whose labels
                are all -100, raises too.
            InvalidArgument: `inputs` is no dict, or `samples` are no list of samples.

        Cost: as `check_inputs`.
        """
        check_inputs(self._family, samples, inputs, needs_labels=self._needs_labels, is_first=self._is_first)
        self._is_first = False
        return inputs


def check_inputs(
    family: GuardedFamily,
    samples: Sequence[WindowSample],
    inputs: Mapping[str, object],
    *,
    needs_labels: bool = True,
    is_first: bool = False,
) -> None:
    """Check the inputs of a model against the samples of which they were made.

    Args:
        family: The family of the processor.
        samples: The samples, row by row; they are the truth.
        inputs: What ``model(**inputs)`` would get.
        needs_labels: Whether there must be ``labels``.
        is_first: Whether this is the first batch, which must have a label other than -100.

    Which words are an answer, the guard does not know: it refuses labels of video, audio and padding, and labels that are not
    the id of their own token. Labels on the text of a prompt pass.

    Raises:
        OutOfSync: They are not what the samples hold; `key` is that of the window.
        InvalidArgument: `family` is no family, `inputs` is no dict, or `samples` are no list of samples.

    Cost: 1 to 2 ms a window with audio: 64 pixels of each frame and 12 spectra. Beside 4 windows of 4 s at 4 frames a second
    this was 0.5 to 4 % of the processor's own time, measured for the three families at 224 and 336 pixels.
    """
    batch = BatchChecks(family, samples, inputs)
    batch.check_rows()
    batch.check_attention()
    batch.check_grids()
    batch.check_seconds()
    batch.check_audio()
    batch.check_order()
    batch.check_token_types()
    batch.check_flag()
    batch.check_pixels()
    batch.check_features()
    if needs_labels:
        batch.check_labels(is_first)
