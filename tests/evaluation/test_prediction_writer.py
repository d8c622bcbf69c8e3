"""Files of predictions that grow: a run that is stopped anywhere is gone on with, and the file is that of one run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.errors import CorpusError, InvalidArgument, SourceUnreadable
from emos_io.evaluation import Prediction, read_predictions, write_predictions
from emos_io.evaluation.prediction_writer import PredictionWriter

HEADER = {"model": "m", "run": "r"}
ROWS = [Prediction(key=f"own/{n}", layer="basic7", label="Joy", raw="\u5feb") for n in range(3)]
ROWS += [Prediction(key="own/film", layer="basic7", span=Span(n, n + 1), error="prose") for n in range(2)]


def go_on(path: Path) -> int:
    """Write what is not there yet; how many lines that were."""
    written = 0
    with PredictionWriter(path, header=HEADER) as writer:
        for row in ROWS:
            if not writer.has(row.key, row.layer, row.span):
                writer.write(row)
                written += 1
        assert len(writer) == len(ROWS)
    return written


def test_a_file_cut_at_any_byte_becomes_the_file_of_one_run(tmp_path: Path) -> None:
    complete = tmp_path / "complete.jsonl"
    assert go_on(complete) == len(ROWS)
    data = complete.read_bytes()
    written = tmp_path / "written.jsonl"
    write_predictions(written, ROWS, header=HEADER)
    assert written.read_bytes() == data
    for size in range(len(data) + 1):
        path = tmp_path / "cut.jsonl"
        path.write_bytes(data[:size])
        go_on(path)
        assert path.read_bytes() == data, size


def test_nothing_is_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    assert [go_on(path), go_on(path)] == [len(ROWS), 0]
    with PredictionWriter(path) as writer, pytest.raises(InvalidArgument, match="it is about the same as line 2"):
        writer.write(ROWS[0])
    assert not read_predictions(path).findings


def test_a_row_that_is_refused_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    with PredictionWriter(path) as writer:
        writer.write(ROWS[0])
        with pytest.raises(InvalidArgument, match="confidence must be a number from 0 to 1"):
            writer.write(Prediction(key="a", layer="basic7", label="Joy", confidence=2))
        writer.write(Prediction(key="b", layer="basic7", label="Joy", run="r"))
        with pytest.raises(InvalidArgument, match="it is of the run 's', and line 2 is of 'r'"):
            writer.write(Prediction(key="a", layer="basic7", label="Joy", run="s"))
        assert not writer.has("a", "basic7")
        writer.write(Prediction(key="a", layer="basic7", label="Joy", confidence=0.5))
    assert [row.key for row in read_predictions(path)] == ["own/0", "b", "a"]


def test_a_second_writer_of_a_file_is_refused_until_the_first_closes(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    with PredictionWriter(path, header=HEADER) as writer:
        writer.write(ROWS[0])
        with pytest.raises(SourceUnreadable, match="another run is writing the file of predictions; wait for it"):
            PredictionWriter(path, header=HEADER)
        writer.write(ROWS[1])
    with PredictionWriter(path, header=HEADER) as writer:
        assert len(writer) == 2
    # A writer that is refused for another reason lets go of the file.
    with pytest.raises(CorpusError):
        PredictionWriter(path, header={"run": "other"})
    PredictionWriter(path, header=HEADER).close()


def test_another_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    go_on(path)
    data = path.read_bytes()
    with pytest.raises(CorpusError, match="another header, run 'r' instead of 'other', and model; write"):
        PredictionWriter(path, header={"run": "other"})
    with pytest.raises(CorpusError, match="another header, seed None instead of 7; write"):
        PredictionWriter(path, header={**HEADER, "seed": 7})
    with PredictionWriter(path) as writer:
        assert len(writer) == len(ROWS)
    headless = tmp_path / "q.jsonl"
    write_predictions(headless, ROWS)
    with pytest.raises(CorpusError, match="another header, model None instead of 'm', and run; write"):
        PredictionWriter(headless, header=HEADER)
    assert path.read_bytes() == data


@pytest.mark.parametrize("data", [b"hello", b"[1]\n", b'{"key": 1}\n', b'\x80abc\n{"a', b"{}\nno newline"])
def test_files_of_something_else_are_left_as_they_are(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(data)
    with pytest.raises(CorpusError, match="findings, the first is that"):
        PredictionWriter(path)
    assert path.read_bytes() == data
    path.write_bytes(b"\x1f\x8b" + data)
    with pytest.raises(SourceUnreadable, match="is compressed"):
        PredictionWriter(path)
    assert path.read_bytes() == b"\x1f\x8b" + data


def test_paths_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="a folder or a device"):
        PredictionWriter(tmp_path)
    with pytest.raises(OSError, match="make its folder first"):
        PredictionWriter(tmp_path / "no" / "p.jsonl")


def test_a_closed_writer_writes_nothing(tmp_path: Path) -> None:
    writer = PredictionWriter(tmp_path / "p.jsonl")
    writer.close()
    writer.close()
    with pytest.raises(InvalidArgument, match="writer must be open, got a closed one"):
        writer.write(ROWS[0])


@pytest.mark.command
def test_a_killed_run_loses_no_line_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    program = (
        "import os, sys\n"
        "from emos_io.evaluation import Prediction\n"
        "from emos_io.evaluation.prediction_writer import PredictionWriter\n"
        "writer = PredictionWriter(sys.argv[1])\n"
        "for n in range(3):\n"
        "    writer.write(Prediction(key=str(n), layer='basic7', label='Joy'))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr
    copy = shutil.copy(path, tmp_path / "copy.jsonl")
    assert [row.key for row in read_predictions(copy)] == ["0", "1", "2"]
