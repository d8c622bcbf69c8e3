"""`emos predict` of a server on the command line: exit codes, what is asked again, and what is sent without consent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run_emos import emos_here
from server_stub import running_stub

from emos_io.testing import tiny_corpus

pytest.importorskip("httpx")

ANSWER = json.dumps(
    {"choices": [{"message": {"content": '{"basic7": "Joy", "goemotions": ["joy"]}'}, "finish_reason": "stop"}]}
)
REST = ("--plan", "clips", "--model", "m", "--size", "56,56", "--concurrency", "1", "--json")


def test_failed_requests_end_with_1_until_they_are_asked_again(tmp_path: Path) -> None:
    tiny_corpus(tmp_path / "media", fps=4).save(tmp_path / "corpus")
    (tmp_path / "stub").mkdir()
    with running_stub(tmp_path / "stub") as stub:
        words = ("predict", stub.address, tmp_path / "corpus", "--out", tmp_path / "out.jsonl", *REST)
        stub.set({"*": [f"raw {ANSWER}"]})
        refused = emos_here(*words)
        assert refused.returncode == 2
        assert "--send-media" in refused.stderr
        assert not (tmp_path / "out.jsonl").exists()
        assert not stub.keys()

        # The first request fails for good, the others are answered.
        stub.set({"*": ["400 no", f"raw {ANSWER}"]})
        first = emos_here(*words, "--send-media")
        assert first.returncode == 1
        counts = json.loads(first.stdout)
        assert (counts["requests"], counts["failed"], counts["unanswered"]) == (4, 1, 1)
        asked = len(stub.requests())

        again = emos_here(*words, "--send-media")
        assert again.returncode == 1
        assert {name: json.loads(again.stdout)[name] for name in ("written", "failed", "unanswered")} == {
            "written": 0,
            "failed": 0,
            "unanswered": 1,
        }
        assert len(stub.requests()) == asked

        retried = emos_here(*words, "--send-media", "--retry-failed")
        assert (retried.returncode, json.loads(retried.stdout)["unanswered"]) == (0, 0)
        assert len(stub.requests()) == asked + 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("ftp://key@host/v1",),
            "MODEL must be a folder, a name on the hub, or an address that begins with http:// or https://, got 'ftp://...'",
        ),
        (
            ("http://localhost:1/v1", "--timeout", "nan"),
            "Invalid value for '--timeout': nan is no finite number above 0",
        ),
        (("http://localhost:1/v1", "--requests-per-minute", "inf"), "inf is no finite number above 0"),
        (("http://localhost:1/v1", "--ask-layer", "nope"), "--ask-layer must be one of basic7, goemotions"),
    ],
)
def test_what_no_server_can_be_asked_is_refused(tmp_path: Path, words: tuple[str, ...], line: str) -> None:
    tiny_corpus(tmp_path / "media", fps=4).save(tmp_path / "corpus")
    model, *options = words
    done = emos_here("predict", model, tmp_path / "corpus", "--out", tmp_path / "out.jsonl", *REST, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert line in done.stderr and "key@host" not in done.stderr
