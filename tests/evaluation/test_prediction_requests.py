"""Files of predictions whose lines are those of requests: cut ones are cut off, failed ones are taken out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io.errors import InvalidArgument
from emos_io.evaluation import Prediction, PredictionWriter, read_predictions
from emos_io.evaluation.prediction_requests import NO_ANSWER

HEADER = {"run": "r"}


def request(key: str, raw: str = "Joy", error: str = "") -> list[Prediction]:
    label = None if error else "Joy"
    return [
        Prediction(key=key, layer="basic7", label=label, error=error),
        Prediction(key=key, layer="goemotions", labels=None if error else ("joy",), error=error, raw=raw),
    ]


def write(path: Path, *requests: list[Prediction]) -> None:
    with PredictionWriter(path, header=HEADER, requests=True) as writer:
        for rows in requests:
            writer.write_all(rows)


def test_all_lines_of_a_request_are_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    class Counted:
        def __init__(self, file: object) -> None:
            self.file = file

        def write(self, data: bytes) -> int:
            sizes.append(len(data))
            return int(self.file.write(data))  # type: ignore[attr-defined]

        def __getattr__(self, name: str) -> object:
            return getattr(self.file, name)

    path = tmp_path / "run.jsonl"
    with PredictionWriter(path, header=HEADER, requests=True) as writer:
        monkeypatch.setattr(writer, "_file", Counted(writer._file))
        writer.write_all(request("a"))
    lines = path.read_bytes().splitlines(keepends=True)
    assert sizes == [len(lines[1]) + len(lines[2])]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_file_cut_at_any_byte_has_the_requests_that_are_complete(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / "run.jsonl"
    write(path, request("a"), request("b"), request("c"))
    content = path.read_bytes()
    ends = [index + 1 for index, byte in enumerate(content) if byte == ord("\n")]
    size = data.draw(st.integers(ends[0], len(content)))
    os.truncate(path, size)
    # A last line counts without its line end too.
    num_lines = sum(end - 1 <= size for end in ends) - 1
    with PredictionWriter(path, header=HEADER, requests=True) as writer:
        keys = sorted(key for key, _ in writer.ended)
        assert keys == ["a", "b", "c"][: num_lines // 2]
        assert writer.num_cut == num_lines % 2
        assert len(writer) == 2 * len(keys)
        for key in ("a", "b", "c"):
            if key not in keys:
                writer.write_all(request(key))
    assert path.read_bytes() == content


def test_failed_requests_are_taken_out_and_unread_answers_stay(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    failed, unread = f"{NO_ANSWER}HTTP 400", "no label of basic7"
    write(path, request("a"), request("b", raw="", error=failed), request("c", "?", unread), request("d", "", unread))
    before = path.read_bytes().split(b"\n")
    with PredictionWriter(path, header=HEADER, requests=True) as writer:
        assert {key for key, _ in writer.ended} == {"a", "b", "c", "d"}
    with PredictionWriter(path, header=HEADER, requests=True, retry_failed=True) as writer:
        assert writer.num_retried == 1
        assert {key for key, _ in writer.ended} == {"a", "c", "d"}
        writer.write_all(request("b"))
    assert path.read_bytes().split(b"\n")[:7] == before[:3] + before[5:9]
    assert [row.key for row in read_predictions(path)] == list("aaccddbb")


def test_the_writer_of_a_file_that_was_rewritten_is_still_the_only_one(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    write(path, request("a", raw="", error=f"{NO_ANSWER}HTTP 400"))
    with (
        PredictionWriter(path, header=HEADER, requests=True, retry_failed=True),
        pytest.raises(OSError, match="another run is writing"),
    ):
        PredictionWriter(path, header=HEADER, requests=True)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "got 0"),
        (request("a")[:1], "the last alone has raw"),
        ([*request("a"), *request("b")], "the last alone has raw"),
        ([request("a")[0], *request("a")], "two about one"),
    ],
)
def test_rows_that_are_no_request_are_refused(tmp_path: Path, rows: list[Prediction], reason: str) -> None:
    with (
        PredictionWriter(tmp_path / "run.jsonl", header=HEADER, requests=True) as writer,
        pytest.raises(InvalidArgument, match=reason),
    ):
        writer.write_all(rows)
    assert len(read_predictions(tmp_path / "run.jsonl")) == 0


def test_rows_alone_and_requests_are_two_kinds_of_files(tmp_path: Path) -> None:
    with (
        PredictionWriter(tmp_path / "run.jsonl", requests=True) as writer,
        pytest.raises(InvalidArgument, match="use write_all"),
    ):
        writer.write(request("a")[0])
    with pytest.raises(InvalidArgument, match="retry_failed must come with requests=True"):
        PredictionWriter(tmp_path / "run.jsonl", retry_failed=True)


@pytest.mark.parametrize("gone", range(6))
def test_a_request_that_lacks_a_layer_is_asked_again_and_no_other_is(tmp_path: Path, gone: int) -> None:
    path = tmp_path / "run.jsonl"
    write(path, request("a"), request("b"), request("c"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for number, line in enumerate(lines) if number != gone + 1))
    with PredictionWriter(path, header=HEADER, requests=True, layers=["basic7", "goemotions"]) as writer:
        lacking = [key for key in "abc" if (key, None) not in writer.ended]
        # Without the row that ends it a request cannot be told from the next one.
        assert lacking == {0: ["a"], 1: ["a", "b"], 2: ["b"], 3: ["b", "c"], 4: ["c"], 5: ["c"]}[gone]
        for key in lacking:
            writer.write_all(request(key))
    found = read_predictions(path)
    assert not found.findings
    assert {(row.key, row.layer) for row in found} == {(k, layer) for k in "abc" for layer in ("basic7", "goemotions")}


def test_requests_without_an_answer_are_counted_over_all_calls(tmp_path: Path) -> None:
    path, failed = tmp_path / "run.jsonl", request("b", raw="", error=f"{NO_ANSWER}HTTP 400")
    write(path, request("a"), failed)
    with PredictionWriter(path, header=HEADER, requests=True) as writer:
        assert writer.num_failed == 1
        writer.write_all(request("c", raw="", error=f"{NO_ANSWER}HTTP 400"))
        assert writer.num_failed == 2
    with PredictionWriter(path, header=HEADER, requests=True, retry_failed=True) as writer:
        assert (writer.num_failed, writer.num_retried) == (0, 2)
