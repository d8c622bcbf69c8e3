"""Audio as numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .. import _core
from .frames import array_repr


@dataclass(frozen=True, eq=False, repr=False)
class AudioSamples:
    """N samples of C channels.

    Sample n of a rate r has the media time n / r.

    Attributes:
        data: float32 ``[C, N]``, full scale [-1, 1], C order, writable; zeros where not valid.
        start: Exact media time of the first sample, ``first_sample / sample_rate``.
        sample_rate: Samples a second.
        first_sample: The number of the first sample on the grid of the rate.
        valid_ranges: The samples that the track has, as sorted, disjoint ranges ``[first, end)`` of indices into the
            array: they lie in no gap, are not lost to damage, and not outside of the track.
        damaged_ranges: Samples that are lost to damage, which are not valid, and samples that were decoded from data
            which the container or the decoder says is damaged, which are; as `valid_ranges`.
    """

    data: npt.NDArray[np.float32]
    start: Fraction
    sample_rate: int
    first_sample: int
    valid_ranges: tuple[tuple[int, int], ...]
    damaged_ranges: tuple[tuple[int, int], ...]

    @cached_property
    def valid(self) -> npt.NDArray[np.bool_]:
        """`valid_ranges` as bool ``[N]``, made when it is first asked for: N bytes."""
        valid = np.zeros(len(self), dtype=np.bool_)
        for first, end in self.valid_ranges:
            valid[first:end] = True
        return valid

    @property
    def damaged(self) -> bool:
        """Whether anything in `data` is damaged or lost to damage."""
        return bool(self.damaged_ranges)

    @property
    def num_channels(self) -> int:
        """The number of channels, C."""
        return int(self.data.shape[0])

    def __len__(self) -> int:
        """The number of samples of each channel, N."""
        return int(self.data.shape[1])

    def __repr__(self) -> str:
        return (
            f"AudioSamples({array_repr(self.data)}, start={self.start} s, sample_rate={self.sample_rate}, "
            f"valid={sum(end - first for first, end in self.valid_ranges)}, damaged={self.damaged})"
        )


def wrap_samples(core: _core.Samples, out: npt.NDArray[np.float32] | None = None) -> AudioSamples:
    """Return the core's samples in their public form, without copying them."""
    if core.data is not None:
        data = np.frombuffer(memoryview(core.data), dtype=np.float32).reshape(core.shape)
    else:
        assert out is not None, "the core fills out= or makes memory of its own"
        data = out
    return AudioSamples(
        data=data,
        start=Fraction(core.first_sample, core.sample_rate),
        sample_rate=core.sample_rate,
        first_sample=core.first_sample,
        valid_ranges=tuple(core.valid),
        damaged_ranges=tuple(core.damaged),
    )
