"""What measures of pages find, on small pages that each have one fault, and on the same pages without it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from browser_help import PHONE, OpenPage, assert_quiet, assert_reached_by_keyboard

pytestmark = pytest.mark.command

LONG = "many words that are wider than their box, " * 4
CLIPPED = "width:120px; overflow:hidden; white-space:nowrap"
BOX = '<p class="scroll-hint">scroll</p><div style="overflow-x:auto; width:200px" {}><p style="width:600px">x</p></div>'


class Fault(NamedTuple):
    """A page with a fault, the same without it, and the measure that tells them apart."""

    measure: str
    faulty: str
    fine: str
    script: Literal["boxes", "colours"] = "boxes"


FAULTS = {
    "beside": Fault("beside", '<p style="width:900px">x</p>', '<p style="width:300px">x</p>'),
    "over": Fault("overlaps", '<p>one</p><p style="margin-top:-34px">two</p>', "<p>one</p><p>two</p>"),
    "over a control": Fault(
        "overlaps",
        '<p>one</p><button aria-label="x" style="position:absolute; inset:8px; height:40px"></button>',
        "<button>x</button>",
    ),
    "over in a drawing": Fault(
        "overlaps",
        '<svg width="99" height="40"><text y="20">one</text><text x="9" y="20">two</text></svg>',
        '<svg width="99" height="40"><text y="20">one</text><text x="49" y="20">two</text></svg>',
    ),
    "out of a drawing": Fault(
        "cut",
        f'<svg width="99" height="40"><text y="20">{LONG}</text></svg>',
        '<svg width="99" height="40"><text y="20">one</text></svg>',
    ),
    "cut without a sign": Fault(
        "cut", f'<p style="{CLIPPED}" title="{LONG}">{LONG}</p>', f'<p style="{CLIPPED}">short</p>'
    ),
    "cut, and nowhere complete": Fault(
        "cut",
        f'<p style="{CLIPPED}; text-overflow:ellipsis">{LONG}</p>',
        f'<p style="{CLIPPED}; text-overflow:ellipsis" title="{LONG}">{LONG}</p>',
    ),
    "scrolls by mouse alone": Fault(
        "cut", BOX.format('tabindex="-1" aria-label="x"'), BOX.format('tabindex="0" aria-label="x"')
    ),
    "scrolls, which nobody sees": Fault(
        "cut",
        BOX.format('tabindex="0" aria-label="x"').replace("scroll-hint", "other"),
        BOX.format('tabindex="0" aria-label="x"'),
    ),
    "control without a name": Fault("nameless", "<button></button>", '<button aria-label="play"></button>'),
    "faint": Fault("faint", '<p style="color:#888">x</p>', '<p style="color:#666">x</p>', "colours"),
    "faint in a drawing": Fault(
        "faint",
        '<svg width="99" height="40"><rect width="99" height="40" fill="navy"/><text y="20">one</text></svg>',
        '<svg width="99" height="40"><rect width="99" height="40" fill="yellow"/><text y="20">one</text></svg>',
        "colours",
    ),
    "lost on paper": Fault(
        "unprinted",
        '<i style="background:red">x</i>',
        '<i style="background:red; print-color-adjust:exact">x</i>',
        "colours",
    ),
    "folded": Fault("folded", "<details><p>x</p></details>", "<details open><p>x</p></details>", "colours"),
    "scrolls on paper": Fault("folded", BOX.format(""), "<p>x</p>", "colours"),
}


def made(folder: Path, body: str) -> Path:
    """A page of a body."""
    path = folder / "page.html"
    path.write_text(f"<!doctype html><html lang=en><title>x</title><body>{body}</body></html>", "utf-8")
    return path


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_nothing_else(open_page: Callable[..., OpenPage], tmp_path: Path, name: str) -> None:
    fault = FAULTS[name]
    page = open_page(made(tmp_path, fault.faulty), PHONE)
    assert len(page.measure(fault.measure, script=fault.script)) == 1
    page.open(made(tmp_path, fault.fine))
    assert page.measure(fault.measure, script=fault.script) == []


@pytest.mark.parametrize(
    "body",
    [
        '<script>console.log("x")</script>',
        "<script>missing()</script>",
        '<script>alert("x")</script>',
        '<img src="absent.png" alt="x">',
        '<img src="http://127.0.0.1:9/x.png" alt="x">',
        '<meta http-equiv="Content-Security-Policy" content="script-src \'none\'"><script>1</script>',
    ],
)
def test_a_page_that_says_something_is_not_quiet(open_page: Callable[..., OpenPage], tmp_path: Path, body: str) -> None:
    page = open_page(made(tmp_path, body), PHONE, quiet=False)
    with pytest.raises(AssertionError):
        assert_quiet(page)


@pytest.mark.parametrize(
    "body",
    [
        # Focus never comes to the second control: the first one keeps it.
        """<button onkeydown="event.preventDefault()">a</button><button>b</button>""",
        '<a href="#b" style="outline:none">b</a>',
        '<a href="#b">b</a><a href="#a" tabindex="1">a</a>',
        "<button></button>",
    ],
)
def test_a_control_that_keys_do_not_reach_or_name_is_found(
    open_page: Callable[..., OpenPage], tmp_path: Path, body: str
) -> None:
    page = open_page(made(tmp_path, body), PHONE)
    with pytest.raises(AssertionError):
        assert_reached_by_keyboard(page)


def test_controls_that_keys_reach_are_fine(open_page: Callable[..., OpenPage], tmp_path: Path) -> None:
    body = """<a href="#b">b</a><button>c</button><details><summary>d</summary><a href="#x">x</a></details>
    <label>e <input type="checkbox"></label><div tabindex="0" aria-label="f">f</div><button disabled>g</button>"""
    assert_reached_by_keyboard(open_page(made(tmp_path, body), PHONE))
