"""Sources of the wheel are those of the recipe, wherever they come from; else the build stops with all that was tried."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

import recipe as recipes
import sources
from recipe import BuildError, Source


@pytest.fixture
def archive(tmp_path: Path) -> bytes:
    """An archive of one file in one folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as tar:
        content = b"hello\n"
        member = tarfile.TarInfo("thing-1.0/file.txt")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def source(archive: bytes, tmp_path: Path) -> Source:
    """A source that lies nowhere yet; its address is a file of this machine."""
    base = recipes.read().dav1d
    return replace(
        base,
        name="thing",
        version="1.0",
        sha256=hashlib.sha256(archive).hexdigest(),
        files=("thing-1.0.tar.xz", "thing_1.0.orig.tar.xz"),
        urls=((tmp_path / "published" / "thing-1.0.tar.xz").as_uri(),),
    )


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of EMOS_SOURCES."""
    folder = tmp_path / "local"
    folder.mkdir()
    monkeypatch.setenv("EMOS_SOURCES", str(folder))
    return folder


@pytest.mark.parametrize("name", ["thing-1.0.tar.xz", "thing_1.0.orig.tar.xz"])
def test_a_local_folder_comes_first(name: str, source: Source, archive: bytes, local: Path, tmp_path: Path) -> None:
    (local / name).write_bytes(archive)
    assert sources.find(source, tmp_path / "downloads") == local / name


def test_then_where_it_is_published(source: Source, archive: bytes, local: Path, tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "thing-1.0.tar.xz").write_bytes(archive)
    found = sources.find(source, tmp_path / "downloads")
    assert found.read_bytes() == archive
    (tmp_path / "published" / "thing-1.0.tar.xz").unlink()
    assert sources.find(source, tmp_path / "downloads") == found


def test_wrong_bytes_are_never_taken(source: Source, archive: bytes, local: Path, tmp_path: Path) -> None:
    (local / "thing-1.0.tar.xz").write_bytes(archive[:-1])
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "thing-1.0.tar.xz").write_bytes(archive + b"\0")
    with pytest.raises(BuildError) as error:
        sources.find(source, tmp_path / "downloads")
    text = str(error.value)
    assert hashlib.sha256(archive[:-1]).hexdigest() in text
    assert hashlib.sha256(archive + b"\0").hexdigest() in text
    assert "thing_1.0.orig.tar.xz': no such file" in text
    assert not list((tmp_path / "downloads").glob("*.xz"))


def test_nothing_anywhere_lists_all(source: Source, local: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildError) as error:
        sources.find(source, tmp_path / "downloads")
    lines = str(error.value).splitlines()
    assert "EMOS_SOURCES" in lines[0]
    assert source.sha256 in lines[0]
    assert len(lines) == 1 + 4 + 1


def test_a_folder_that_is_none(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOS_SOURCES", str(tmp_path / "absent"))
    with pytest.raises(BuildError, match="EMOS_SOURCES must be a folder of source archives"):
        sources.find(source, tmp_path / "downloads")


def test_unpacked_without_its_top_folder(archive: bytes, tmp_path: Path) -> None:
    path = tmp_path / "thing.tar.xz"
    path.write_bytes(archive)
    folder = sources.unpack(path, tmp_path / "thing")
    assert (folder / "file.txt").read_text() == "hello\n"


def test_recipe_pins_every_source() -> None:
    recipe = recipes.read()
    for source in recipe.sources:
        assert len(source.sha256) == 64
        assert all(url.startswith("https://") for url in source.urls)
        assert any(source.version in url for url in source.urls)
