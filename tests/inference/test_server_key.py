"""The key of a server stands in one header of requests and nowhere else, whatever the server sends back."""

from __future__ import annotations

import copy
import io
import json
import logging
import os
import pickle
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
import server_runs
from server_runs import engine, questions
from server_stub import running_stub

from emos_io.errors import InvalidArgument
from emos_io.inference.server.key import Key

pytest.importorskip("httpx")

SECRET = 'sk-very/secret+"key"-0123456789'


def test_no_file_line_log_or_traceback_has_the_key(tmp_path: Path) -> None:
    media = tmp_path / "media"
    keys = [window.key for window in questions(media).plan.windows()]
    out, log = tmp_path / "answers.jsonl", tmp_path / "log.txt"
    (tmp_path / "stub").mkdir()
    environment = os.environ | {"SERVER_KEY": SECRET, "KEY_IN": "SERVER_KEY", "PYTHONFAULTHANDLER": "1"}
    printed = ""
    with running_stub(tmp_path / "stub") as stub:
        answers = {keys[0]: ["echo 200"], keys[1]: ["echo 400"], keys[2]: ["garbage"], keys[3]: ["echo 503"]}
        for ending in ("echo 401", "echo 403", "echo 307", "echo 429"):
            stub.set({**answers, keys[4]: [ending]})
            command = [sys.executable, server_runs.__file__, stub.address, str(media), str(out), "1", str(log)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            assert done.returncode == 3, done.stderr
            assert "SourceUnreadable" in done.stderr
            assert {request["authorization"] for request in stub.requests()} == {f"Bearer {SECRET}"}
            printed += done.stdout + done.stderr
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["key"] for line in lines] == keys[:4]
    assert lines[0]["text"] == "Bearer [key]"
    assert lines[1]["error"] == "the server refuses the request (400): Bearer [key]"
    assert lines[2]["error"].startswith("the connection was dropped (")
    assert lines[3]["error"] == "the server answers (503): Bearer [key]; asked 4 times"
    text = printed + out.read_text(encoding="utf-8") + log.read_text(encoding="utf-8")
    assert "[key]" in log.read_text(encoding="utf-8"), "the log has headers of replies"
    for form in (SECRET, json.dumps(SECRET)[1:-1], quote(SECRET, safe=""), SECRET.split('"')[0], "0123456789"):
        assert form not in text


def test_settings_and_texts_of_an_engine_have_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_KEY", SECRET)
    made = engine("http://localhost:1/v1", key_variable="SERVER_KEY")
    assert SECRET not in f"{made!r} {made.settings} {made.options} {vars(made)}"


def test_a_key_has_no_text_and_does_not_pickle() -> None:
    key = Key(SECRET)
    assert (repr(key), str(key), f"{key}", repr(Key(""))) == ("Key('[key]')", "Key('[key]')", "Key('[key]')", "Key('')")
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            attempt(key)


def test_an_empty_key_hides_nothing_and_sends_no_header() -> None:
    import httpx

    assert Key("").hide("text") == "text"
    assert "Authorization" not in Key("")(httpx.Request("POST", "http://localhost/v1")).headers


def test_logs_are_as_before_after_a_run() -> None:
    stream = io.StringIO()
    logger = logging.getLogger("httpx")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    try:
        with Key(SECRET).hidden_in_logs():
            logger.warning("%s came back", SECRET)
        logger.warning("%s after", "x")
    finally:
        logger.removeHandler(handler)
    assert stream.getvalue() == "[key] came back\nx after\n"


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("SERVER_KEY", None, "the environment variable SERVER_KEY must hold the key of the server, got none;"),
        ("SERVER_KEY", "  ", "the environment variable SERVER_KEY must hold the key of the server, got none;"),
        # The key itself, where its variable belongs, is not repeated.
        (
            "sk-0123456789abcdef",
            None,
            "the environment variable that was named must hold the key of the server, got none;",
        ),
        (
            "SERVER_KEY",
            "two words",
            "the key of the server must be printable ASCII without blanks, got other characters;",
        ),
        ("SERVER_KEY", "näme", "the key of the server must be printable ASCII without blanks, got other characters;"),
        ("A=B", None, "key_variable must be the name of an environment variable, got 'A=B';"),
        ("", None, "key_variable must be the name of an environment variable, got '';"),
    ],
)
def test_a_key_that_is_absent_has_its_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None, text: str
) -> None:
    monkeypatch.delenv("SERVER_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SERVER_KEY", value)
    with pytest.raises(InvalidArgument) as found:
        Key.from_environment(variable)
    assert str(found.value).startswith(text)
    assert value is None or not value.strip() or value not in str(found.value)


def test_blanks_around_a_key_are_not_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_KEY", "sk-1\n")
    import httpx

    request = Key.from_environment("SERVER_KEY")(httpx.Request("POST", "http://localhost/v1"))
    assert request.headers["Authorization"] == "Bearer sk-1"
