"""A server of chat completions for tests, in a process of its own: it writes down each request and does what it was set to do.

Which window a request is about stands in its question, in brackets: ``[key]``. What a reply is comes from ``moves.json``: for
each key (``*`` for all others) a list of moves, of which each request takes the next one and the last one stays. ``after KEY
MOVE`` waits until KEY was asked about, ``behind KEY MOVE`` until it was replied to.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

OVERRUN = "This model's maximum context length is 32768 tokens, however you requested 40000."
PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>no\nbackend</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Stub:
    """A stub that runs.

    Attributes:
        folder: Where it writes.
        port: Where it listens.
    """

    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def requests(self) -> list[dict[str, Any]]:
        """What it was asked, in order: time, key, authorization, body."""
        lines = (self.folder / "requests.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def keys(self) -> Counter[str]:
        """How often each window was asked about."""
        return Counter(request["key"] for request in self.requests())

    def set(self, moves: Mapping[str, Sequence[str]]) -> None:
        """Begin anew with other moves; nothing was asked yet."""
        (self.folder / "requests.jsonl").write_text("", encoding="utf-8")
        text = json.dumps({"id": time.monotonic_ns(), "moves": moves})
        part = self.folder / "moves.part"
        part.write_text(text, encoding="utf-8")
        part.rename(self.folder / "moves.json")


@contextmanager
def running_stub(folder: Path) -> Iterator[Stub]:
    """Run a stub as long as the block lasts."""
    stub = Stub(folder, 0)
    stub.set({})
    process = subprocess.Popen([sys.executable, __file__, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Stub(folder, int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: Path
    lock = threading.Lock()
    moves_id = 0
    taken: ClassVar[Counter[str]] = Counter()
    replied: ClassVar[set[str]] = set()

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        authorization = self.headers.get("Authorization", "")
        body = json.loads(content)
        found = re.findall(r"\[([^\[\]\s]+@[^\[\]\s]+)\]", json.dumps(body["messages"][-1], ensure_ascii=False))
        key = found[-1] if found else ""
        record = {"time": time.monotonic(), "key": key, "path": self.path, "authorization": authorization, "body": body}
        with self.lock:
            with (self.folder / "requests.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
            move = self._move(key)
        while move.startswith(("after ", "behind ")):
            when, other, move = move.split(" ", 2)
            _wait(lambda: other in (self.taken if when == "after" else self.replied))  # noqa: B023 - it is called at once
        self._reply(move, key, authorization)
        self.replied.add(key)

    def _move(self, key: str) -> str:
        settings = json.loads((self.folder / "moves.json").read_text(encoding="utf-8"))
        cls = type(self)
        if cls.moves_id != settings["id"]:
            cls.moves_id, cls.taken, cls.replied = settings["id"], Counter(), set()
        moves = settings["moves"].get(key, settings["moves"].get("*", ["ok"]))
        cls.taken[key] += 1
        return str(moves[min(cls.taken[key], len(moves)) - 1])

    def _reply(self, move: str, key: str, authorization: str) -> None:
        name, _, value = move.partition(" ")
        if name == "slow":
            time.sleep(float(value))
            name = "ok"
        answer = json.dumps(_answer(f"Joy [{key}]"))
        if name == "ok":
            self._send(200, answer)
        elif name == "half":
            self._send(200, answer[: len(answer) // 2])
        elif name == "cut":
            self._send(200, answer, promised=len(answer) + 100)
            self.close_connection = True
        elif name == "drop":
            self.close_connection = True
        elif name == "page":
            self._send(int(value), PAGE, kind="text/html")
        elif name == "wait":
            self._send(429, _error("slow down"), {"Retry-After": value})
        elif name == "overrun":
            self._send(400, _error(OVERRUN))
        elif name == "quota":
            self._send(429, json.dumps({"error": {"message": "pay first", "code": "insufficient_quota"}}))
        elif name == "raw":
            self._send(200, value)
        elif name == "echo":
            # Whatever a server can send back: the key stands in the body, in a header, and in the status line.
            self._send(
                int(value),
                json.dumps(_answer(authorization) if value == "200" else {"detail": authorization}),
                {"X-Echo": authorization, "Location": f"http://elsewhere/{authorization.split()[-1]}"},
            )
        elif name == "garbage":
            self.wfile.write(f"HTTP/1.1 {authorization} what\r\n{authorization}\r\n\r\n".encode())
            self.close_connection = True
        else:
            self._send(int(name), _error(value or "no"))

    def _send(
        self,
        status: int,
        text: str,
        headers: Mapping[str, str] | None = None,
        *,
        kind: str = "application/json",
        promised: int | None = None,
    ) -> None:
        content = text.encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(promised or len(content)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def _wait(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so() and time.monotonic() < end:
        time.sleep(0.01)


def _answer(text: str) -> dict[str, object]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"choices": [choice], "usage": {"prompt_tokens": 812, "completion_tokens": 7, "total_tokens": 819}}


def _error(message: str) -> str:
    return json.dumps({"error": {"message": message, "type": "x", "code": None}})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Print nothing where a client was killed."""


if __name__ == "__main__":
    _Handler.folder = Path(sys.argv[1])
    server = _Server(("127.0.0.1", 0), _Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
