"""A server that is slow, refuses, drops connections, sends half an answer: what is asked again, what is not, what ends."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from server_runs import engine, questions
from server_stub import OVERRUN, Stub, running_stub

from emos_io.adapters import Message
from emos_io.errors import EmosError, InvalidArgument, SourceUnreadable
from emos_io.inference import Answer, Questions
from emos_io.inference.server import RequestsSpent
from emos_io.inference.server.engine import FAILURES_IN_A_ROW
from emos_io.pipes import WindowSample

pytest.importorskip("httpx")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def asked(media: Path) -> Questions:
    return questions(media)


@pytest.fixture(scope="module")
def clips(media: Path) -> Questions:
    return questions(media, by_clip=True)


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stub]:
    with running_stub(tmp_path_factory.mktemp("stub")) as running:
        yield running


def keys_of(asked: Questions) -> list[str]:
    return [window.key for window in asked.plan.windows()]


def until_the_end(answers: Iterator[Answer]) -> tuple[list[Answer], EmosError]:
    """What came before the error that ended a run, and the error."""
    came: list[Answer] = []
    with pytest.raises(EmosError) as found:
        came.extend(answers)
    return came, found.value


def one(stub: Stub, asked: Questions, moves: list[str], **options: object) -> tuple[Answer, int]:
    """The answer about the first clip, and how many requests it took."""
    keys = keys_of(asked)
    first = replace(asked, answered=frozenset(keys[1:]))
    stub.set({"*": moves})
    (answer,) = engine(stub.address, **options).answers(first)  # type: ignore[arg-type]
    assert answer.key == keys[0]
    return answer, len(stub.requests())


def test_every_window_has_one_answer_and_its_counts(stub: Stub, asked: Questions) -> None:
    stub.set({})
    answers = list(engine(stub.address, concurrency=3).answers(asked))
    assert sorted(answer.key for answer in answers) == sorted(keys_of(asked))
    assert all(stub.keys()[key] == 1 for key in keys_of(asked))
    assert {tuple(answer.usage.items()) for answer in answers} == {(("prompt_tokens", 812), ("completion_tokens", 7))}


def test_windows_that_have_answers_are_not_asked(stub: Stub, asked: Questions) -> None:
    keys = keys_of(asked)
    stub.set({})
    answers = list(engine(stub.address).answers(replace(asked, answered=frozenset(keys[:-3]))))
    assert sorted(answer.key for answer in answers) == sorted(stub.keys()) == sorted(keys[-3:])


def test_answers_come_as_they_come_and_no_more_wait_than_may(stub: Stub, clips: Questions) -> None:
    keys = keys_of(clips)
    stub.set({keys[0]: [f"behind {keys[1]} slow 0.3"], keys[1]: [f"after {keys[0]} ok"]})
    answers = engine(stub.address, concurrency=2).answers(clips)
    assert next(answers).key == keys[1]
    # The caller has not come back for more: nothing else was asked.
    assert stub.keys() == {keys[0]: 1, keys[1]: 1}
    assert {answer.key for answer in answers} == {keys[0], *keys[2:]}


@pytest.mark.parametrize(
    "move", ["408 no", "409 no", "425 no", "429 no", "500 no", "502 no", "503 no", "529 no", "wait 0", "half", "cut", "drop",
             "page 502", "page 200", 'raw {"choices": []}', 'raw {"error": {"message": "no"}}', "raw []"],
)  # fmt: skip
def test_what_may_pass_is_asked_again(stub: Stub, clips: Questions, move: str) -> None:
    answer, requests = one(stub, clips, [move, move, "ok"])
    assert (answer.text, requests) == (f"Joy [{answer.key}]", 3)


@pytest.mark.parametrize(
    ("move", "error"),
    [
        ("400 bad part", "the server refuses the request (400): bad part"),
        ("404 no model", "the server refuses the request (404): no model"),
        ("413 big", "the request is too large for the server (413): big"),
        ("422 odd", "the server refuses the request (422): odd"),
        ("overrun", f"context overrun (400): {OVERRUN}"),
        ("page 404", 'the server refuses the request (404): an HTML page, "502 Bad Gateway"'),
        (
            'raw {"choices": [{"message": {"content": null}, "finish_reason": "length"}]}',
            "the answer ended at max_new_tokens, before it had any text",
        ),
        (
            'raw {"choices": [{"message": {"content": "", "refusal": "I will\\nnot"}, "finish_reason": "stop"}]}',
            "the answer has no text, finish_reason stop: I will not",
        ),
    ],
)
def test_what_never_passes_is_an_answer_with_its_reason(stub: Stub, clips: Questions, move: str, error: str) -> None:
    answer, requests = one(stub, clips, [move])
    assert (answer.text, answer.error, requests) == (None, error, 1)


@pytest.mark.parametrize(
    ("move", "error"),
    [
        ("503 busy", "the server answers (503): busy; asked 3 times"),
        ("page 502", 'the server answers (502): an HTML page, "502 Bad Gateway"; asked 3 times'),
        ("page 200", 'the server answers with an HTML page, "502 Bad Gateway" instead of JSON; asked 3 times'),
        ("half", "the server answers with JSON that is not complete, "),
        ("drop", "the connection was dropped ("),
        ("slow 2", "the server was silent for 0.5 s; asked 3 times"),
    ],
)
def test_a_window_that_always_fails_has_its_reason(stub: Stub, clips: Questions, move: str, error: str) -> None:
    answer, requests = one(stub, clips, [move], attempts=3, timeout_seconds=0.5 if move == "slow 2" else 20)
    assert (answer.text, requests) == (None, 3)
    assert answer.error.startswith(error)
    assert answer.error.endswith("asked 3 times")
    assert "\n" not in answer.error


def test_an_answer_in_parts_is_put_together(stub: Stub, clips: Questions) -> None:
    parts = '{"choices": [{"message": {"content": [{"type": "text", "text": "Jo"}, {"type": "text", "text": "y"}]}}]}'
    answer, _ = one(stub, clips, [f"raw {parts}"])
    assert answer.text == "Joy"


def test_half_of_a_pair_of_surrogates_does_not_break_the_text(stub: Stub, clips: Questions) -> None:
    answer, _ = one(stub, clips, ['raw {"choices": [{"message": {"content": "Joy \\ud83d"}}]}'])
    assert answer.text == "Joy ?"


@pytest.mark.parametrize(
    ("move", "line"),
    [
        ("401 no such key", "the server refuses the key (401): no such key"),
        ("403 not you", "the server refuses the key (403): not you"),
        ("402 pay", "the server wants to be paid (402): pay"),
        ("quota", "the server has nothing left for this key (429): pay first"),
        ("429 slower", "the server answers (429): slower"),
        ("wait 100000", "the server answers (429): slow down and asks to wait 100,000 s"),
        ("wait 1e308", "the server answers (429): slow down and asks to wait more than a year"),
        ("307 x", "the server sends requests elsewhere (307), to nowhere; give that address"),
    ],
)
def test_what_holds_for_all_ends_the_run_after_what_came(stub: Stub, clips: Questions, move: str, line: str) -> None:
    first, second, third, _ = keys_of(clips)
    # The first answer is on its way when the second request ends the run: it is not lost.
    stub.set({first: [f"behind {second} slow 0.2"], second: [f"after {first} {move}"], third: [move]})
    came, error = until_the_end(engine(stub.address, concurrency=2, attempts=2).answers(clips))
    assert [(answer.key, answer.text) for answer in came] == [(first, f"Joy [{first}]")]
    assert str(error) == f"{line}; what was answered is kept, and the same command again goes on: {stub.address}"
    assert isinstance(error, SourceUnreadable)


def test_no_server_ends_the_run_with_one_line(clips: Questions) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        came, error = until_the_end(engine(address).answers(clips))
    assert came == []
    assert str(error).startswith("server must be there, got none (")
    assert str(error).endswith(f"; start it, or correct the address: {address}")
    assert "\n" not in str(error)


def test_failures_one_after_another_end_the_run(stub: Stub, asked: Questions) -> None:
    stub.set({"*": ["404 The model `tiny` does not exist."]})
    came, error = until_the_end(engine(stub.address, concurrency=1).answers(asked))
    assert len(came) == FAILURES_IN_A_ROW == len(stub.requests())
    assert f"got {FAILURES_IN_A_ROW} failures one after another, the last: the server refuses" in str(error)


def test_windows_that_are_too_long_do_not_end_the_run(stub: Stub, asked: Questions) -> None:
    assert len(asked) > FAILURES_IN_A_ROW
    stub.set({"*": ["overrun"]})
    answers = list(engine(stub.address).answers(asked))
    assert len(answers) == len(asked) == len(stub.requests())


def test_max_requests_counts_those_that_are_made_again(stub: Stub, clips: Questions) -> None:
    keys = keys_of(clips)
    stub.set({keys[0]: ["503 busy", "ok"]})
    came, error = until_the_end(engine(stub.address, concurrency=1, max_requests=3).answers(clips))
    assert [answer.key for answer in came] == keys[:2]
    assert isinstance(error, RequestsSpent)
    assert str(error) == (
        "3 requests were made, as many as max_requests allows, and 2 windows have no answer; the same command again goes on"
    )
    assert len(stub.requests()) == 3
    rest = replace(clips, answered=frozenset(keys[:2]))
    assert [answer.key for answer in engine(stub.address, concurrency=1, max_requests=2).answers(rest)] == keys[2:]


def test_a_window_that_cannot_be_read_is_not_sent(stub: Stub, media: Path, tmp_path: Path) -> None:
    asked = questions(media, by_clip=True)
    keys = keys_of(asked)
    path = Path(str(asked.plan.window_by_key(keys[1]).path))
    content = path.read_bytes()
    path.write_bytes(b"cut off")
    try:
        stub.set({})
        answers = {answer.key: answer for answer in engine(stub.address).answers(asked)}
    finally:
        path.write_bytes(content)
    assert answers[keys[1]] == Answer(key=keys[1], text=None, error="the window could not be read")
    assert set(stub.keys()) == {*keys} - {keys[1]}


def test_what_goes_wrong_here_comes_after_answers_on_their_way(stub: Stub, clips: Questions) -> None:
    first, second, *others = keys_of(clips)

    def conversation(sample: WindowSample) -> list[Message]:
        if sample.key == second:
            while not stub.requests():
                time.sleep(0.01)
            raise InvalidArgument("labels must fit, got none; correct them")
        return [Message("user", f"[{sample.key}]", window=True)]

    stub.set({first: ["slow 0.3"]})
    two = replace(clips, conversation=conversation, answered=frozenset(others))
    came, error = until_the_end(engine(stub.address).answers(two))
    assert [answer.key for answer in came] == [first]
    assert str(error).startswith("labels must fit")


def test_nothing_is_opened_or_sent_without_leave(stub: Stub, clips: Questions, monkeypatch: pytest.MonkeyPatch) -> None:
    stub.set({})
    monkeypatch.setattr(Questions, "loader", None)
    with pytest.raises(InvalidArgument) as found:
        engine(stub.address, send_media=False).answers(clips)
    assert str(found.value) == (
        f"send_media must be True before media leave this machine, got False; 4 windows of 4 items go to 127.0.0.1:{stub.port} "
        "(not encrypted): 44 frames of 48 x 64 as JPEG, 11.0 s of audio as WAV, and what the prompt says of them; about "
        "324.8 kB; allow it with --send-media, nothing was opened or sent"
    )
    assert stub.requests() == []


def test_what_leaves_is_reported_first(stub: Stub, clips: Questions) -> None:
    stub.set({})
    lines: list[str] = []
    answers = engine(stub.address, lines=lines).answers(clips)
    assert len(lines) == 1
    assert lines[0].startswith(f"4 windows of 4 items go to 127.0.0.1:{stub.port} (not encrypted): 44 frames")
    assert stub.requests() == []
    assert len(list(answers)) == 4
    assert len(lines) == 1


def test_an_iterator_that_is_left_asks_no_more(stub: Stub, asked: Questions) -> None:
    stub.set({})
    answers = engine(stub.address, concurrency=2).answers(asked)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert len(stub.requests()) <= 2
