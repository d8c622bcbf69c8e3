"""A file is there whole or not at all: after errors, after Ctrl-C, after a kill, and while others read it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emos_io._files import PARTIAL, atomic_file, sync, unwritable, write_bytes, write_text

KILLED = """
import os, signal, sys
from pathlib import Path
from emos_io._files import atomic_file

with atomic_file(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def below(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_has_its_name_only_once_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_bytes(path, b"old")
    with atomic_file(path) as file:
        file.write(b"new ")
        file.flush()
        assert path.read_bytes() == b"old"
        file.write(b"and whole")
    assert below(tmp_path) == {"a.bin": b"new and whole"}


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("before", [None, b"old"])
def test_an_error_leaves_what_was_there(tmp_path: Path, error: type[BaseException], before: bytes | None) -> None:
    path = tmp_path / "a.bin"
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(error), atomic_file(path) as file:
        file.write(b"half")
        raise error
    assert below(tmp_path) == ({} if before is None else {"a.bin": before})


def test_a_killed_process_leaves_the_old_file_and_one_that_says_it_is_partial(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    (left,) = set(tmp_path.iterdir()) - {path}
    assert (left.name.startswith("."), left.suffix, left.read_bytes()) == (True, ".partial", b"half")


def test_what_cannot_get_its_name_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(IsADirectoryError):
        write_bytes(tmp_path / "a", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_bytes(tmp_path / "none" / "a", b"x")
    assert below(tmp_path) == {}


def test_two_writers_of_one_file_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with atomic_file(path) as one:
        one.write(b"one")
        with atomic_file(path) as other:
            other.write(b"other")
        assert path.read_bytes() == b"other"
    assert below(tmp_path) == {"a.bin": b"one"}


def test_files_that_belong_together_get_no_name_before_all_are_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError), atomic_file(tmp_path / "a") as first, atomic_file(tmp_path / "b") as second:
        first.write(b"1")
        second.write(b"2")
        raise ValueError
    assert below(tmp_path) == {}


def test_an_incomplete_file_lies_where_it_is_put(tmp_path: Path) -> None:
    work, path = tmp_path / "work", tmp_path / "a.bin"
    work.mkdir()
    with atomic_file(path, folder=work) as file:
        file.write(b"x")
        assert [each.name for each in tmp_path.iterdir()] == ["work"]
        assert len(list(work.iterdir())) == 1
    assert (path.read_bytes(), list(work.iterdir())) == (b"x", [])


def test_others_may_read_a_file_as_one_that_was_written_directly(tmp_path: Path) -> None:
    write_bytes(tmp_path / "atomic", b"")
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_text_is_utf_8_with_its_own_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "你好\r\nöß\n")
    assert (tmp_path / "a.txt").read_bytes() == "你好\r\nöß\n".encode()


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.bin"
    synced: list[tuple[int, bool]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_size, path.exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_file(path) as file:
        file.write(b"x")
    sync(path)
    # How many bytes the file has at each fsync, and whether it has its name by then.
    assert synced == [(1, False), (1, True)]


def test_the_text_of_an_error_names_why_what_to_do_and_the_path() -> None:
    path = Path('a "b".npz')
    full = OSError(28, "No space left on device")
    wanted = 'a window cannot be written (No space left on device); free some space: "a \\"b\\".npz"'
    assert unwritable("a window", path, "free some space", full) == wanted
    assert "(no reason)" in unwritable("a window", path, "free some space", OSError("no reason"))


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("none/a.json", FileNotFoundError, "No such file or directory); make its folder first"),
        ("file/a.json", NotADirectoryError, "Not a directory); name another file"),
        ("folder", IsADirectoryError, "Is a directory); name another file"),
    ],
)
def test_an_error_names_the_file_that_was_asked_for(
    tmp_path: Path, name: str, kind: type[OSError], reason: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    path = tmp_path / name
    before = below_names(tmp_path)
    with pytest.raises(kind) as caught:
        write_bytes(path, b"")
    assert (caught.value.filename, PARTIAL in str(caught.value)) == (str(path), False)
    with pytest.raises(kind) as caught:
        write_text(path, "")
    assert str(caught.value) == f'the file cannot be written ({reason}: "{path}"'
    assert below_names(tmp_path) == before


def below_names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}
