"""Matrices of votes for tests: a small one with votes missing, and generated ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from emos_io.annotation import Aggregated, dawid_skene, majority, one_coin, soft

PROPERTY = settings(deadline=None, max_examples=60)
"""Property tests run on a busy machine, so none has a deadline."""

EM_PROPERTY = settings(deadline=None, max_examples=25)
"""As PROPERTY, for laws that run EM several times over all of its steps."""

Method = Callable[..., Aggregated]
EM_METHODS: list[Method] = [dawid_skene, one_coin]
METHODS: list[Method] = [majority, soft, *EM_METHODS]

SMALL = np.array(
    [
        *(
            [1, 1, 1, 0],
            [0, 0, 0, 1],
            [2, 2, 2, 2],
            [0, 0, 0, 0],
            [2, 2, 0, -1],
            [2, -1, 2, 2],
            [2, -1, 2, 0],
            [-1, 2, -1, 1],
        ),
        *(
            [1, 0, 0, 0],
            [2, 2, 1, 2],
            [2, 2, 2, 1],
            [-1, 1, -1, 1],
            [2, 0, 2, 1],
            [0, 0, 0, -1],
            [1, 2, 2, 2],
            [0, 0, 2, 0],
        ),
        *(
            [2, 2, 2, -1],
            [-1, 1, 1, -1],
            [-1, 1, 1, 1],
            [-1, 2, -1, -1],
            [2, 0, 1, 1],
            [0, 0, 0, 2],
            [0, 0, 0, 0],
            [0, 0, 0, 0],
        ),
    ]
)
"""24 items, 4 raters, 3 classes, some votes missing."""


def matrices(num_classes: int = 3, raters: int = 4, least: int = -1) -> st.SearchStrategy[np.ndarray]:
    row = st.lists(st.integers(least, num_classes - 1), min_size=raters, max_size=raters)
    return st.lists(row, min_size=1, max_size=12).map(np.array).filter(lambda votes: bool((votes >= 0).any()))
