"""Keys of windows say which window, exactly, and come back as they were."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.errors import InvalidArgument, InvalidSpan
from emos_io.plan.keys import WindowKey, read_key

times = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**6)
lengths = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6, max_denominator=10**6)


@given(st.text(max_size=20), times, lengths, st.integers(0, 9))
def test_a_key_comes_back(item: str, start: Fraction, length: Fraction, part: int) -> None:
    key = WindowKey(item, Span(start, start + length), part)
    assert read_key(str(key)) == key


def test_decimals_are_read_and_fractions_written() -> None:
    key = read_key("s/a@12.5-16.25#2")
    assert (key.item, key.label_span, key.part) == ("s/a", Span("25/2", "65/4"), 2)
    assert str(key) == "s/a@25/2-65/4#2"


@pytest.mark.parametrize(
    "key", ["", "a", "a@", "a@1", "a@1-", "a@1-2#", "a@1-2#x", "a@1-2#0", "a@1/2/3-4", "a@1 - 2", "a@e-3"]
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidArgument, match="key must be item@start-end in seconds, got "):
        read_key(key)


@pytest.mark.parametrize("key", ["a@2-1", "a@1-1"])
def test_a_label_span_ends_after_its_start(key: str) -> None:
    with pytest.raises(InvalidSpan):
        read_key(key)
