"""The page of a window of a synthetic item says so, in the page and in JSON; that of another item does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from show_help import film, saved, show_window

from emos_io.corpus import SYNTHETIC_REMARK, Corpus
from emos_io.synthesize import synthesize


@pytest.mark.parametrize("attributes", [{}, {"synthetic": "expressive"}])
def test_the_remark_is_the_first_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], attributes: dict[str, str]
) -> None:
    folder = saved(tmp_path / "corpus", replace(film("a"), attributes=attributes))
    values, page = show_window(capsys, "s/a@0-4", folder, "--out", tmp_path / "page.html")
    first, *others = page.notes
    assert (first == f"{SYNTHETIC_REMARK}.") is bool(attributes)
    assert not any(SYNTHETIC_REMARK in note for note in others)
    assert values.get("synthetic", False) is bool(attributes)


def test_media_that_were_made_up_are_as_synthetic_as_items(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    item = film("a")
    folder = saved(tmp_path / "corpus", item)
    (made,) = synthesize(Corpus([], [item]), tmp_path / "media", codec="raw", size=(60, 96))
    values, page = show_window(capsys, "s/a@0-4", folder, made.path, "--out", tmp_path / "page.html")
    assert values["synthetic"] is True
    assert f"{SYNTHETIC_REMARK}." in page.notes
