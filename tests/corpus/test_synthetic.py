"""Which items and media are known to be synthetic."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from emos_io.corpus import Clip, is_synthetic, is_synthetic_media


def clip(path: Path | None = None, attributes: dict[str, str | None] | None = None) -> Clip:
    return Clip(
        key="own/a", source="own", language="en", path=None if path is None else str(path), attributes=attributes or {}
    )


def folder(root: Path, **manifest: object) -> Path:
    """A folder with a file in it that its manifest lists."""
    file = root / "media" / "deep" / "a.mov"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    found = {"made_by": "emos synthesize", "items": {"own/a": {"path": "media/deep/a.mov"}}, **manifest}
    (root / "manifest.json").write_text(json.dumps(found), "utf-8")
    return file


@pytest.mark.parametrize(
    ("attributes", "wanted"), [({}, False), ({"synthetic": "yes"}, True), ({"synthetic": None}, False)]
)
def test_the_attribute_says_so(attributes: dict[str, str | None], wanted: bool) -> None:
    assert is_synthetic(clip(attributes=attributes)) is wanted


def test_media_are_found_by_the_manifest_above_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder(tmp_path / "made")
    assert is_synthetic_media(file) and is_synthetic(clip(file))
    (file.parent / "b.mov").write_bytes(b"")
    assert not is_synthetic_media(file.parent / "b.mov")
    monkeypatch.chdir(file.parent)
    assert is_synthetic_media("a.mov") and is_synthetic_media("../deep/a.mov")
    link = tmp_path / "link.mov"
    link.symlink_to(file)
    assert is_synthetic_media(link)
    file.rename(tmp_path / "a.mov")
    assert not is_synthetic_media(tmp_path / "a.mov")


@pytest.mark.parametrize(
    "manifest",
    [{"made_by": "another program"}, {"made_by": None}, {"items": []}, {"items": {"a": {}}}, {"items": None}],
)
def test_manifests_of_others_say_nothing(manifest: dict[str, object], tmp_path: Path) -> None:
    assert not is_synthetic_media(folder(tmp_path, **manifest))


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
def test_a_damaged_manifest_says_nothing(text: str, tmp_path: Path) -> None:
    file = folder(tmp_path)
    (tmp_path / "manifest.json").write_text(text, "utf-8")
    assert not is_synthetic_media(file)


def test_a_manifest_that_changed_is_read_again(tmp_path: Path) -> None:
    file = folder(tmp_path)
    assert is_synthetic_media(file)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("deep/a.mov", "deep/b.mov"), "utf-8")
    # As long as before, and of another time.
    os.utime(manifest, (1, 1))
    assert not is_synthetic_media(file)
