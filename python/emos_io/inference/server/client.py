"""One question to a server: a request, and more of them while that may help."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..._install import install
from ...errors import SourceUnreadable
from ..engine import Answer
from .bodies import Body
from .key import Key
from .options import ServerOptions
from .pace import Pace
from .replies import Reply, one_line, read_reply

if TYPE_CHECKING:
    import httpx

MAX_DELAY_SECONDS = 60
MAX_WAIT_SECONDS = 600
"""The longest Retry-After that is waited for; a server that asks for more ends the run."""
_LONG_WAIT_SECONDS = 366 * 86_400
_CONNECT_SECONDS = 10
_MAX_REPLY_BYTES = 2**24


class NoServer(Exception):
    """There is no server at the address."""


@dataclass(frozen=True, slots=True)
class Result:
    """An answer, and whether its failure may be one of the server and not of the window."""

    answer: Answer
    may_be_server: bool = False


def _wait_text(seconds: float) -> str:
    """Return a wait in words; servers may ask for more seconds than anybody reads digits of."""
    return f"{seconds:,.0f} s" if seconds < _LONG_WAIT_SECONDS else "more than a year"


def delay_seconds(attempt: int, first: float, seed: int, key: str) -> float:
    """Return how long to wait after an attempt: twice as long each time, and a half of it left to chance.

    Args:
        attempt: Which one failed, from 1.
        first: Seconds after the first one, at most.
        seed: Of the draw, which depends on the key and the attempt and on nothing else.
        key: Key of the window.
    """
    longest = min(float(MAX_DELAY_SECONDS), first * 2.0 ** (attempt - 1))
    return longest * (0.5 + 0.5 * random.Random(f"{seed}/{key}/{attempt}").random())


class Client:
    """Asks one question after another; threads may share it.

    Args:
        options: Where the server is, and the limits.
        key: Its key.
        pace: When requests may begin.

    Raises:
        ImportError: httpx is not installed.
    """

    def __init__(self, options: ServerOptions, key: Key, pace: Pace) -> None:
        try:
            import httpx
        except ImportError as error:
            raise ImportError(f"httpx is not installed; {install('server')}") from error
        self._options, self._key, self._pace = options, key, pace
        self._was_there = threading.Event()
        self._client = httpx.Client(
            auth=key,
            headers={"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "emos-io"},
            timeout=httpx.Timeout(options.timeout_seconds, connect=min(_CONNECT_SECONDS, options.timeout_seconds)),
            limits=httpx.Limits(max_connections=options.concurrency, max_keepalive_connections=options.concurrency),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(self, key: str, body: Body) -> Result:
        """Return what the server answers.

        Args:
            key: Key of the window.
            body: The body of the request.

        Raises:
            SourceUnreadable: Nothing more can be asked.
            Spent: As many requests were made as may be.
            Stopped: The run ends.
        """
        options = self._options
        content = json.dumps(body, ensure_ascii=False).encode("utf-8")
        attempt = 0
        while True:
            attempt += 1
            self._pace.begin()
            try:
                reply = self._request(content)
                self._was_there.set()
            except NoServer as error:
                if not self._was_there.is_set() or attempt >= options.attempts:
                    raise SourceUnreadable(
                        f"server must be there, got none ({error}); start it, or correct the address: {options.address}",
                        path=options.address,
                    ) from None
                reply = Reply(kind="again", text=str(error))
            if reply.kind == "answer":
                return Result(Answer(key=key, text=reply.text, usage=reply.usage))
            if reply.kind == "failed":
                return Result(Answer(key=key, text=None, error=reply.text, usage=reply.usage), not reply.is_overrun)
            wait = reply.wait_seconds or 0.0
            if reply.kind == "end" or wait > MAX_WAIT_SECONDS or (reply.is_limit and attempt >= options.attempts):
                asks = f" and asks to wait {_wait_text(wait)}" if wait > MAX_WAIT_SECONDS else ""
                raise SourceUnreadable(
                    f"{reply.text}{asks}; what was answered is kept, and the same command again goes on: {options.address}",
                    path=options.address,
                )
            if attempt >= options.attempts:
                text = f"{reply.text}; asked {attempt} times"
                return Result(Answer(key=key, text=None, error=text), may_be_server=True)
            if reply.is_limit:
                # The limit is on all requests, not on this one.
                self._pace.pause(wait)
            self._pace.sleep(max(wait, delay_seconds(attempt, options.first_delay_seconds, options.seed, key)))

    def _request(self, content: bytes) -> Reply:
        """Return what came of one request.

        Raises:
            NoServer: Nobody listens there.
        """
        import httpx

        # Causes are not chained: httpx may quote what the server sent, and a server may send the key back.
        url = f"{self._options.address}/chat/completions"
        try:
            with self._client.stream("POST", url, content=content) as response:
                found = bytearray()
                for part in response.iter_bytes():
                    found += part
                    if len(found) > _MAX_REPLY_BYTES:
                        return Reply(kind="again", text=f"the server answers with more than {_MAX_REPLY_BYTES:,} bytes")
                headers = {name.lower(): value for name, value in response.headers.items()}
                return read_reply(response.status_code, headers, bytes(found), self._key.hide)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            raise NoServer(self._reason(error)) from None
        except httpx.TimeoutException:
            return Reply(kind="again", text=f"the server was silent for {self._options.timeout_seconds:g} s")
        except httpx.HTTPError as error:
            return Reply(kind="again", text=f"the connection was dropped ({self._reason(error)})")

    def _reason(self, error: httpx.HTTPError) -> str:
        return one_line(self._key.hide(str(error) or type(error).__name__), most=160)
