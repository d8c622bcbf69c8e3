"""Waits, the pace of requests, what replies mean, and what options of a server are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from server_runs import questions

from emos_io.errors import InvalidArgument
from emos_io.inference.server import ServerOptions
from emos_io.inference.server.client import MAX_DELAY_SECONDS, delay_seconds
from emos_io.inference.server.leaving import leaving
from emos_io.inference.server.pace import Pace, Spent, Stopped
from emos_io.inference.server.replies import Reply, one_line, read_reply

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
GOOD: dict[str, Any] = {"address": "http://localhost:8000/v1", "model": "tiny"}


def reply(status: int, content: bytes = b"", **headers: str) -> Reply:
    return read_reply(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, content, lambda text: text, now=NOW
    )


class Clock:
    """Time that passes where somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return False


def test_waits_double_up_to_a_minute_and_half_of_each_is_chance() -> None:
    delays = [delay_seconds(attempt, 1, 0, "tiny/a@0-2") for attempt in range(1, 12)]
    for attempt, delay in enumerate(delays, 1):
        longest = min(MAX_DELAY_SECONDS, 2 ** (attempt - 1))
        assert longest / 2 <= delay <= longest
    assert delays == [delay_seconds(attempt, 1, 0, "tiny/a@0-2") for attempt in range(1, 12)]
    others = [delay_seconds(3, 1, seed, key) for seed in (0, 1) for key in ("tiny/a@0-2", "tiny/b@0-2")]
    assert len(set(others)) == 4


def test_requests_begin_at_equal_distances() -> None:
    clock = Clock()
    pace = Pace(30, None, clock=lambda: clock.now, wait=clock.wait)
    begun = []
    for _ in range(4):
        pace.begin()
        begun.append(clock.now)
    assert begun == [100.0, 102.0, 104.0, 106.0]
    clock.now = 200.0
    for _ in range(2):
        pace.begin()
        begun.append(clock.now)
    # Time in which nothing was asked is not made up for.
    assert begun[4:] == [200.0, 202.0]


def test_nothing_begins_while_the_server_asks_to_wait() -> None:
    clock = Clock()
    pace = Pace(None, None, clock=lambda: clock.now, wait=clock.wait)
    pace.begin()
    pace.pause(7)
    pace.pause(3)
    pace.begin()
    assert clock.now == 107.0


def test_a_run_makes_so_many_requests_and_a_stopped_one_none() -> None:
    pace = Pace(None, 2)
    pace.begin()
    pace.begin()
    with pytest.raises(Spent):
        pace.begin()
    stopped = Pace(None, None)
    stopped.stop()
    with pytest.raises(Stopped):
        stopped.begin()
    with pytest.raises(Stopped):
        stopped.sleep(1000)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:59:00 GMT", 0.0),
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert reply(429, retry_after=value).wait_seconds == seconds
    assert reply(503, retry_after=value).wait_seconds == seconds


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 501, 502, 503, 504, 529, 599])
def test_these_statuses_may_pass(status: int) -> None:
    assert (reply(status).kind, reply(status).is_limit) == ("again", status == 429)


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 422, 451])
def test_these_statuses_never_pass(status: int) -> None:
    assert reply(status).kind == "failed"


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 402, 403])
def test_these_statuses_end_a_run(status: int) -> None:
    assert reply(status).kind == "end"


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 32768 tokens. However, you requested 40000 tokens.",
        "The decoder prompt (length 40000) is longer than the maximum model length of 32768.",
        "Input is too long for requested model.",
        "prompt is too long: 204800 tokens > 200000 maximum",
        "the request exceeds the available context size",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    ],
)
def test_a_context_overrun_is_known_by_what_servers_say(message: str) -> None:
    found = reply(400, b'{"error": {"message": "%s"}}' % message.encode())
    assert (found.kind, found.is_overrun) == ("failed", True)
    assert found.text == f"context overrun (400): {message}"


def test_other_refusals_are_no_overrun() -> None:
    for message in (
        "At most 0 audio(s) may be provided in one prompt.",
        "image_url must be a valid URL",
        "max_tokens is bad",
    ):
        assert not reply(400, b'{"error": {"message": "%s"}}' % message.encode()).is_overrun
    assert reply(400, b'{"error": {"message": "no", "code": "context_length_exceeded"}}').is_overrun


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'{"error": {"message": "no\\nmodel"}}', "no model"),
        (b'{"error": "no model"}', "no model"),
        (b'{"detail": "no model"}', "no model"),
        (b'{"message": "no model", "object": "error"}', "no model"),
        (b'{"detail": [{"loc": 1}]}', '{"detail": [{"loc": 1}]}'),
        (b"no model", "no model"),
        (b'["no"]', '["no"]'),
        (
            b"<!DOCTYPE html><html><style>x{}</style><body>Bad &amp; <b>ugly</b></body></html>",
            'an HTML page, "Bad & ugly"',
        ),
        (b"<html></html>", "an HTML page"),
        (b"\xff\x00\x1b[31m", "\ufffd [31m"),
        (b"x" * 1000, "x" * 297 + "..."),
    ],
)
def test_what_an_error_says_is_one_line(content: bytes, text: str) -> None:
    assert reply(400, content).text == f"the server refuses the request (400): {text}"


def test_json_that_lies_too_deep_is_no_answer() -> None:
    deep = b"[" * 100_000
    found = reply(200, deep)
    assert (found.kind, found.text) == ("again", "the server answers with JSON that is not complete, 100000 bytes")
    assert reply(400, deep).text == f"the server refuses the request (400): {'[' * 297}..."


def test_an_error_without_words_has_its_status() -> None:
    assert reply(400).text == "the server refuses the request (400)"
    assert one_line("a\u2028b\x00c") == "a b c"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"address": "localhost:8000/v1"},
            "address must be http://host:port/v1 or https://host/v1, got 'localhost:8000/v1'",
        ),
        (
            {"address": "ftp://localhost/v1"},
            "address must be http://host:port/v1 or https://host/v1, got 'ftp://localhost/v1'",
        ),
        (
            {"address": "http://localhost:port/v1"},
            "address must be http://host:port/v1 or https://host/v1, got 'http://loca",
        ),
        ({"address": 7}, "address must be http://host:port/v1 or https://host/v1, got 7"),
        ({"model": " "}, "model must be the name of a model of the server, got ' '"),
        ({"form": "gemini"}, 'server form must be "vllm" or "openai", got '),
        ({"send_media": "yes"}, "send_media must be True or False, got 'yes'"),
        ({"concurrency": 0}, "concurrency must be an integer from 1 to 256, got 0"),
        ({"max_requests": 0}, "max_requests must be an integer from 1 to"),
        ({"requests_per_minute": 0}, "requests_per_minute must be a number above 0, got 0"),
        ({"timeout_seconds": float("nan")}, "timeout_seconds must be a number above 0, got nan"),
        ({"attempts": 0}, "attempts must be an integer from 1 to"),
        ({"max_new_tokens": 0}, "max_new_tokens must be an integer from 1 to"),
    ],
)
def test_options_that_cannot_be_are_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgument) as found:
        ServerOptions(**(GOOD | changes))
    assert str(found.value).startswith(text)


@pytest.mark.parametrize(
    "address", ["http://me:hush@localhost/v1", "http://localhost/v1?key=hush", "http://localhost/v1#hush"]
)
def test_an_address_with_a_secret_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(InvalidArgument, match="without a user, a password or a query") as found:
        ServerOptions(**(GOOD | {"address": address}))
    assert "hush" not in str(found.value)


def test_an_address_may_end_with_a_stroke() -> None:
    options = ServerOptions(**(GOOD | {"address": "https://example.org/v1/"}))
    assert (options.address, options.host, options.is_encrypted) == ("https://example.org/v1", "example.org", True)


def test_what_leaves_is_counted_without_a_file(tmp_path: Path) -> None:
    asked = questions(tmp_path)
    for file in tmp_path.iterdir():
        file.unlink()
    keys = [window.key for window in asked.plan.windows()]
    rest = replace(asked, answered=frozenset(keys[5:]))
    found = leaving(rest, ServerOptions(**GOOD))
    items = {key.split("@")[0] for key in keys[:5]}
    assert (found.windows, found.items) == (5, len(items))
    assert (found.frames, found.audio_seconds, found.size) == (5 * 8, 5 * 2.0, (48, 64))
    # Half a byte a pixel and two bytes a sample, in text of 64 letters.
    assert found.num_bytes == round((5 * 8 * 48 * 64 * 0.5 + 5 * 2 * 8000 * 2) * 4 / 3)
    assert replace(found, audio_seconds=0.0, num_bytes=999, is_encrypted=True).text == (
        f"5 windows of {len(items)} items go to localhost:8000 (encrypted): 40 frames of 48 x 64 as JPEG, and what the prompt "
        "says of them; about 999 bytes"
    )
