"""``path#t=start,end``, and which frames an element asks for: without the libraries of Qwen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import InvalidArgument, InvalidSpan, Media, Span
from emos_io.adapters.media_fragments import MediaFragment, is_url, parse_fragment
from emos_io.adapters.qwen_elements import Asked, QwenOptions
from emos_io.adapters.qwen_frames import Grid, grid_of


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        # The examples of the W3C's media fragments 1.0, 4.2.1, that name normal play time.
        ("t=10,20", 10, 20),
        ("t=,20", None, 20),
        ("t=10", 10, None),
        ("t=npt:10,20", 10, 20),
        ("t=npt:120,0:02:01.5", 120, Fraction(243, 2)),
        ("t=02:01.5,1:00:00", Fraction(243, 2), 3600),
        # Beside the W3C's: exact fractions, a comma with nothing behind it, a dot with nothing behind it.
        ("t=1001/30000,2.5", Fraction(1001, 30000), Fraction(5, 2)),
        ("t=10,", 10, None),
        ("t=1.,2", 1, 2),
        ("t=1%2C2", 1, 2),
        ("t=0.1,0.30", Fraction(1, 10), Fraction(3, 10)),
    ],
)
def test_times_of_a_fragment_are_exact(text: str, start: Fraction | None, end: Fraction | None) -> None:
    assert parse_fragment(f"a/clip.mp4#{text}") == MediaFragment("a/clip.mp4", start, end)


@pytest.mark.parametrize(
    "text",
    ["t=", "t=,", "t=a", "t=-1,2", "t=1e3", "t=1,2,3", "t=1;2", "t=1/0", "t=0:60,90", "t=nan", "t=1_0", "t= 1",
     "t=smpte:0:00:01", "t=1,2&track=a", "xywh=0,0,9,9&t=1,2", "t=1,٢"],
)  # fmt: skip
def test_a_fragment_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(
        InvalidArgument, match=r"^fragment must be t=start,end in seconds and nothing beside it, got .*; "
    ) as caught:
        parse_fragment(f"clip.mp4#{text}")
    assert str(caught.value).endswith(': "clip.mp4"')
    assert caught.value.path == "clip.mp4"


@pytest.mark.parametrize("text", ["t=3,1", "t=2,2", "t=1,0:00.5"])
def test_a_fragment_that_ends_before_it_starts_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpan, match=r"^fragment must end after its start, got ") as caught:
        parse_fragment(f"clip.mp4#{text}")
    assert caught.value.path == "clip.mp4"


def test_a_number_sign_may_be_part_of_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("take#2.mp4", "odd#t=1,3", "100%41.mp4"):
        Path(name).touch()
    assert parse_fragment("take#2.mp4") == MediaFragment("take#2.mp4")
    assert parse_fragment("take#2.mp4#t=1,3") == MediaFragment("take#2.mp4", Fraction(1), Fraction(3))
    assert parse_fragment("odd#t=1,3") == MediaFragment("odd#t=1,3")
    assert parse_fragment("odd#t=1,3#t=2") == MediaFragment("odd#t=1,3", Fraction(2))
    # No file of this name, and no time: all of it is a path, which Media then names.
    assert parse_fragment("other#3.mp4") == MediaFragment("other#3.mp4")
    # Escapes mean something in URLs alone, and a file of that very name wins there too.
    assert parse_fragment("100%41.mp4#t=1") == MediaFragment("100%41.mp4", Fraction(1))
    assert parse_fragment(f"file://{tmp_path}/100%41.mp4#t=1").path == f"{tmp_path}/100%41.mp4"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [("T=1,3", "T=1,3"), ("id=x", "id=x"), ("", ""), ("t=1,3#", "t=1,3#"), ("t=1,3#t=2", "t=1,3#t=2"), ("%54=1", "T=1"),
     ("1,3", "1,3"), ("#t=1,3", "#t=1,3"), ("track=a", "track=a"), ("t", "t")],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["", "file://", "FILE://"])
def test_what_stands_behind_a_file_that_exists_must_be_a_time(
    scheme: str, text: str, fragment: str, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    path.touch()
    with pytest.raises(InvalidArgument) as caught:
        parse_fragment(f"{scheme}{path}#{text}")
    assert str(caught.value) == (
        f"fragment must be t=start,end in seconds and nothing beside it, got {fragment!r}; write for instance #t=1.5,3 or "
        f'#t=00:01.5,00:03: "{path}"'
    )
    assert caught.value.path == str(path)
    # A file of that very name still wins.
    named = tmp_path / f"clip.mp4#{text}"
    named.touch()
    assert parse_fragment(f"{scheme}{named}") == MediaFragment(str(named))


def test_a_folder_before_a_number_sign_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    assert parse_fragment(f"{tmp_path}/clips#1/a.mp4") == MediaFragment(f"{tmp_path}/clips#1/a.mp4")
    assert parse_fragment(f"{tmp_path}/clips#t=1") == MediaFragment(f"{tmp_path}/clips", Fraction(1))


@pytest.mark.parametrize("scheme", ["file", "FILE", "File"])
@pytest.mark.parametrize("host", ["", "localhost", "LocalHost"])
def test_the_path_of_a_file_url_is_decoded(host: str, scheme: str) -> None:
    assert not is_url(f"{scheme}://{host}/a.mp4")
    assert parse_fragment(f"{scheme}://{host}/a/take%232%20b.mp4#t=1,3") == MediaFragment(
        "/a/take#2 b.mp4", Fraction(1), Fraction(3)
    )


@dataclass
class Limits:
    """The numbers of ``vision_process``, as both libraries have them."""

    FPS: float = 2.0
    FRAME_FACTOR: int = 2
    FPS_MIN_FRAMES: int = 4
    FPS_MAX_FRAMES: int = 768


@pytest.fixture
def asked(counting_clip: Callable[..., Path]) -> Callable[..., Asked]:
    path = str(counting_clip(seconds=3))
    return lambda **options: Asked(Media(path), path, None, None, QwenOptions(**options))


@pytest.mark.parametrize(
    ("element", "seconds", "fps", "num_frames"),
    [
        ({}, 3, 2, 6),
        ({"fps": 4}, 2, 4, 8),
        ({"fps": None, "nframes": None, "min_frames": None}, 2, 2, 4),
        ({"fps": "30000/1001"}, Fraction(1001, 1000), "30000/1001", 30),
        ({"nframes": 4}, 3, "4/3", 4),
        # Two are enough for their readers too, where somebody asks for them.
        ({"nframes": 2}, 3, "2/3", 2),
        ({"fps": 25, "max_frames": 11}, 3, "10/3", 10),
        ({"max_frames": 2}, 3, "2/3", 2),
        ({"min_frames": 15}, 2, 8, 16),
        ({"min_frames": 4, "fps": 1}, 3, "4/3", 4),
        ({"fps": 1000}, 2, 384, 768),
    ],
)
def test_an_element_gets_its_grid(
    element: dict[str, object], seconds: Fraction, fps: str, num_frames: int, asked: Callable[..., Asked]
) -> None:
    assert grid_of(element, Span(1, 1 + seconds), Limits(), asked()) == Grid(Fraction(fps), num_frames)


@pytest.mark.parametrize(
    ("element", "seconds", "num_frames", "enough"),
    [({}, 1, 2, 4), ({}, "2.5", 5, 6), ({"nframes": 5}, 2, 5, 6), ({"nframes": 1}, 2, 1, 2), ({"fps": 1}, "0.1", 1, 4)],
)
def test_an_odd_number_of_frames_and_too_few_are_filled_or_refused(
    element: dict[str, object], seconds: str, num_frames: int, enough: int, asked: Callable[..., Asked]
) -> None:
    span = Span(0, seconds)
    with pytest.raises(InvalidArgument, match=r"^frames must be a multiple of 2 and at least ") as caught:
        grid_of(element, span, Limits(), asked())
    assert f'got {num_frames} in {span.duration} s; give pad="repeat_last", nframes={enough}, or' in str(caught.value)
    grid = grid_of(element, span, Limits(), asked(pad="repeat_last"))
    assert (grid.num_frames, grid.num_repeated) == (num_frames, enough - num_frames)


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ({"fps": 2, "nframes": 4}, "fps or nframes must be given, got both; leave one out"),
        ({"fps": 0}, "fps must be above 0, got 0; give frames a second"),
        ({"fps": "fast"}, "fps must be a finite number, got 'fast'; "),
        ({"nframes": 4.5}, "nframes must be an integer above 0, got 4.5; give a number of frames"),
        ({"max_frames": 0}, "max_frames must be an integer above 0, got 0; give a number of frames"),
        ({"min_frames": 9, "max_frames": 8}, "min_frames must be at most max_frames, 8, got 10; lower it"),
    ],
)
def test_a_key_that_is_not_allowed_is_refused_with_the_file(
    element: dict[str, object], text: str, asked: Callable[..., Asked]
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        grid_of(element, Span(0, 3), Limits(), asked())
    assert str(caught.value).startswith(text)
    assert str(caught.value).endswith(f': "{asked().path}"')
    assert caught.value.path == asked().path
