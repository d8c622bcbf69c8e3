"""What stands for a time, and what does not."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
import torch

from emos_io import InvalidArgument, InvalidSpan, Span
from emos_io.spans import exact_seconds, from_zero, is_rounded, positive
from oracle.refusals import refusal_of


@pytest.mark.parametrize(
    ("given", "exact"),
    [
        (2, Fraction(2)),
        ("1.25", Fraction(5, 4)),
        ("1001/30000", Fraction(1001, 30000)),
        (Fraction(1, 3), Fraction(1, 3)),
        (0.1, Fraction(1, 10)),
        (29029 / 30000, Fraction(29029, 30000)),
        (np.float32(0.5), Fraction(1, 2)),
        (np.int64(7), Fraction(7)),
    ],
)
def test_times_are_exact(given: object, exact: Fraction) -> None:
    assert exact_seconds(given) == exact  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [float("nan"), float("inf"), -float("inf"), "soon", "1/0", None, True, [], 1e300, Fraction(1, 2**63), 2**63],
)
def test_what_is_no_time_is_refused_in_one_line(given: object) -> None:
    assert refusal_of(lambda: exact_seconds(given)).startswith("time must ")  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["1e999999999", "-1E-999_999_999", "0e999999999"])
def test_a_power_of_ten_beyond_all_limits_is_refused_at_once(given: str) -> None:
    assert "within 64 bits" in refusal_of(lambda: exact_seconds(given))


@pytest.mark.parametrize(("start", "end"), [(2, 1), (1, 1), ("0.5", 0.5)])
def test_inverted_and_empty_spans_are_rejected(start: object, end: object) -> None:
    with pytest.raises(InvalidSpan, match="span must end after its start"):
        Span(start, end)  # type: ignore[arg-type]


def test_a_span_holds_its_start_and_not_its_end() -> None:
    span = Span(1, 2)
    assert 1 in span
    assert "1.999" in span
    assert 2 not in span


def test_spans_pickle_and_compare_by_value() -> None:
    span = Span("0.5", 2)
    assert pickle.loads(pickle.dumps(span)) == span
    assert hash(span) == hash(Span(Fraction(1, 2), 2))


def test_a_span_is_intersected_with_spans_alone() -> None:
    with pytest.raises(InvalidArgument, match=r"^other must be a Span, got 3; give Span\(start, end\) in seconds$"):
        Span(0, 1).intersect(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [True, np.bool_(True)])
def test_truth_is_no_time(value: object) -> None:
    with pytest.raises(InvalidArgument, match=r"^time must be a finite number, got "):
        exact_seconds(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0.5, True),
        (np.float32(0.5), True),
        (np.array(0.5), True),
        (torch.tensor(0.5, dtype=torch.float64), True),
        (torch.tensor(0.5, dtype=torch.bfloat16), True),
        (1, False),
        ("0.5", False),
        (np.str_("1/2"), False),
        (Fraction(1, 2), False),
        (np.uint8(1), False),
        (torch.tensor(1), False),
    ],
    ids=repr,
)
def test_floats_of_any_type_are_rounded_times_and_no_others(value: object, rounded: bool) -> None:
    assert is_rounded(value) is rounded
    assert exact_seconds(value) in (Fraction(1, 2), Fraction(1))  # type: ignore[arg-type]


def test_integers_of_torch_are_exact() -> None:
    assert exact_seconds(torch.tensor(2**62 + 1)) == 2**62 + 1  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [torch.tensor(1j), torch.tensor([1.0, 2.0]), np.datetime64(5, "s")], ids=repr)
def test_scalars_that_are_no_real_number_are_no_time(value: object) -> None:
    with pytest.raises(InvalidArgument, match=r"^time must be a finite number, got "):
        exact_seconds(value)  # type: ignore[arg-type]


def test_numbers_above_zero_and_from_zero_are_exact() -> None:
    assert (positive("30000/1001", "fps", "x"), positive(1e-6, "fps", "x")) == (
        Fraction(30000, 1001),
        Fraction(1, 1_000_000),
    )
    assert (from_zero(0, "context", "x"), from_zero("0.1", "context", "x")) == (Fraction(0), Fraction(1, 10))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (0, "above 0, got 0; give more"),
        (None, "above 0, got None; give more"),
        ("-1/2", "above 0, got '-1/2'; give more"),
        (True, "a finite number, got True; give an int"),
    ],
)
def test_what_is_not_above_zero_is_refused(given: object, text: str) -> None:
    with pytest.raises(InvalidArgument, match=f"^fps must be {text}"):
        positive(given, "fps", "give more")  # type: ignore[arg-type]


def test_what_is_below_zero_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"^context must be 0 or more, got -0\.5; leave it out$"):
        from_zero(-0.5, "context", "leave it out")
