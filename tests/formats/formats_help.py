"""Helpers of the tests of annotation formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from emos_io import Span
from emos_io.errors import InvalidArgument, SourceNotFound, SourceUnreadable, TooLarge
from emos_io.formats import Segment

PROPERTY = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sample(shared_media: Path, name: str) -> Path:
    """A published or made annotation file; the test is skipped where the samples are absent."""
    folder = shared_media / "anno"
    if not folder.is_dir():
        pytest.skip(f"no annotation samples in {str(folder)!r}")
    path = folder / name
    assert path.exists(), f"{name} is listed, but absent"
    return path


class Reported(list[tuple[str, str, str, str]]):
    """A reporter that keeps the findings."""

    def __call__(self, code: str, where: str, what: str, fix: str) -> None:
        self.append((code, where, what, fix))

    @property
    def codes(self) -> list[str]:
        return [code for code, *_ in self]


def one_line(error: BaseException, path: Path) -> str:
    """The text of an error, which is one line that ends with the path."""
    text = str(error)
    assert "\n" not in text
    assert text.endswith(f': "{path}"'), text
    return text


def hostile(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Files that nobody should write."""
    yield "empty", b""
    yield "binary", bytes(range(256)) * 8
    yield "zeros", bytes(4096)
    yield "a long line", b"a" * 10_000_000
    yield "a long line of quotes", b'"' * 9_999_999
    yield "a long line of brackets", b"[" * 1_000_000
    yield "a long line of tags", b"<" * 3_000_000
    yield "UTF-16 cut in a character", b"\xff\xfe\x00"
    for part in range(1, 8):
        yield f"cut at {part}/8", good[: len(good) * part // 8]
    for position in range(0, len(good), max(1, len(good) // 40)):
        yield f"byte {position} changed", good[:position] + b"\xff" + good[position + 1 :]


def check_hostile(read: Callable[..., object], path: Path, good: bytes) -> int:
    """Read hostile files with and without a reporter: only our errors are raised. Returns how many files were refused."""
    refused = 0
    for name, data in hostile(good):
        path.write_bytes(data)
        reported = Reported()
        try:
            read(path, reporter=reported)
        except (SourceUnreadable, InvalidArgument, TooLarge) as error:
            refused += 1
            assert "\n" not in str(error), name
        if reported:
            with pytest.raises((InvalidArgument, SourceUnreadable)):
                read(path)
    return refused


def check_paths(read: Callable[..., object], folder: Path) -> None:
    """A file that is absent and a folder are refused."""
    with pytest.raises(SourceNotFound, match="there is no such file"):
        read(folder / "nowhere")
    with pytest.raises(SourceUnreadable, match="no regular file"):
        read(folder)


def texts(refused: str = "", min_size: int = 1) -> st.SearchStrategy[str]:
    """Texts of all kinds that a file can contain, without some characters."""
    letters = st.characters(codec="utf-8", exclude_characters="\0" + refused)
    special = st.sampled_from(['"', '""', "a\nb", "<b>&amp;", "不", " ", "😀", "-->", "x,y;z\t", "!", "[1]", "'"])
    parts = st.lists(
        st.text(letters, max_size=5) | special.filter(lambda text: not set(text) & set(refused)), max_size=3
    )
    return parts.map("".join).filter(lambda text: len(text) >= min_size)


@st.composite
def touching(draw: st.DrawFn, unit: Fraction, most: int = 5) -> list[Span]:
    """Spans that do not overlap, in order, on multiples of a unit."""
    edges = sorted(draw(st.sets(st.integers(0, 10_000_000), min_size=2, max_size=2 * most)))
    pairs = list(pairwise(edges))
    kept = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=most, unique=True))
    return [Span(start * unit, end * unit) for start, end in sorted(kept)]


def plain(segment: Segment) -> tuple[Fraction | int, Fraction | int, str, str]:
    """A segment as (start, end, tier, text), to be compared with literals."""
    return (segment.span.start, segment.span.end, segment.tier, segment.text)
