"""Torch as a training needs it: a device that is there, seeded generators, the same numbers each time; put back afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from .._checks import integer
from ..errors import InvalidArgument, short_repr
from .checkpoints import random_state, set_random_state


def checked_device(device: object) -> torch.device:
    """Return a device of torch that this machine has.

    Raises:
        InvalidArgument: It is no name of a device, or this machine or torch lacks it.

    Example:
        >>> checked_device("cpu")
        device(type='cpu')
    """
    try:
        if not isinstance(device, str):
            raise TypeError
        found = torch.device(device)
        torch.zeros(1, device=found)
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
        have = '"cpu" or "cuda"' if torch.cuda.is_available() else '"cpu"'
        raise InvalidArgument(
            f"device must be a device that is here, got {short_repr(device)}; give {have}", key="device"
        ) from error
    return found


@contextmanager
def exact_torch(seed: int, num_threads: int, device: torch.device) -> Iterator[None]:
    """Seed the generators of Python, numpy and torch, and let torch compute the same numbers each time, within the block.

    On the CPU with one thread they are the same bit for bit. With more, or on a GPU, some sums have another order each time.

    Args:
        seed: 0 to 2147483647.
        num_threads: Threads of torch on the CPU, 1 to 1024.
        device: Where the model is.

    Raises:
        InvalidArgument: `seed` or `num_threads` is not allowed.
    """
    number = integer(seed, "seed", "give an integer", least=0)
    threads = integer(num_threads, "num_threads", "1 gives the same numbers each time", most=1024)
    before = random_state(device)
    threads_before = torch.get_num_threads()
    mode_before = torch.get_deterministic_debug_mode()
    cudnn = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    try:
        random.seed(number)
        np.random.seed(number)
        torch.manual_seed(number)
        torch.set_num_threads(threads)
        if device.type == "cpu":
            # As use_deterministic_algorithms(True), which also imports the compiler of torch: 10 s that nothing here needs.
            torch.set_deterministic_debug_mode("error")
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
        yield
    finally:
        torch.set_deterministic_debug_mode(mode_before)
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = cudnn
        torch.set_num_threads(threads_before)
        set_random_state(before, device)
