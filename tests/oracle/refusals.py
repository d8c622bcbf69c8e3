"""The text with which a call refuses its arguments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emos_io.errors import InvalidArgument


def refusal_of(call: Callable[[], object]) -> str:
    """The text of the InvalidArgument that a call raises: one line that says what is allowed, what came and what to do."""
    with pytest.raises(InvalidArgument) as raised:
        call()
    text = str(raised.value)
    allowed, _, rest = text.partition(", got ")
    assert " must " in allowed and "; " in rest and "\n" not in text, text
    return text
