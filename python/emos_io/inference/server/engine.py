"""All questions to a server, several at a time."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from ...corpus import Scalar
from ...errors import InvalidArgument, RequestsSpent, SourceUnreadable
from ...pipes import WindowSample
from ..engine import Answer, Questions
from .bodies import request_body
from .client import Client, Result
from .key import Key
from .leaving import Leaving, leaving
from .options import JPEG_QUALITY, ServerOptions
from .pace import Pace, Spent, Stopped

FAILURES_IN_A_ROW = 10
"""So many windows that failed one after another, for another reason than their length, end a run."""
_STOP_SECONDS = 1.0


def _print(text: str) -> None:
    print(text, file=sys.stderr)


class ServerEngine:
    """Answers questions by a server that speaks OpenAI's chat completions.

    Requests are greedy (temperature 0). What failed is asked again while that may help: after 408, 409, 425, 429 and statuses
    from 500 on, after dropped connections, silence and half an answer, `options.attempts` times at most, with waits that
    double; a Retry-After is kept. Other refusals are answers with an error. A key that is refused, a rate limit that stays
    and a server that is gone end the run; answers that came until then are given first.

    At most `options.concurrency` windows are asked and not yet given to the caller, so a run that is killed asks no more than
    those twice.

    Args:
        options: Where the server is, how it is asked, and the limits.
        report: Gets one line before anything is sent: what leaves this machine, and where it goes. None prints it on stderr.

    Attributes:
        name: ``"server"``.
        options: The options.

    Raises:
        InvalidArgument: The environment has no key.

    Cost: threads, one for each request; memory of `options.concurrency` windows and of the bodies made of them.

    Example:
        >>> engine = ServerEngine(ServerOptions(address="http://localhost:8000/v1", model="m", max_new_tokens=64))
        >>> engine.settings["server_form"], engine.settings["max_new_tokens"]
        ('vllm', 64)
    """

    name = "server"

    def __init__(self, options: ServerOptions, *, report: Callable[[str], None] | None = None) -> None:
        self.options = options
        self._report = report or _print
        self._key = Key.from_environment(options.key_variable)

    def __repr__(self) -> str:
        return f"ServerEngine({self.options.address!r}, {self.options.model!r})"

    @property
    def settings(self) -> Mapping[str, Scalar]:
        """What decides the answers; neither the address, which may move, nor the key."""
        return {
            "model": self.options.model,
            "server_form": self.options.form,
            "temperature": 0,
            "max_new_tokens": self.options.max_new_tokens,
            "jpeg_quality": JPEG_QUALITY,
            "wav_bits": 16,
        }

    def leaving(self, questions: Questions) -> Leaving:
        """Return what media would leave this machine, without opening a file."""
        return leaving(questions, self.options)

    def check(self, questions: Questions) -> None:
        """Refuse questions whose media may not leave; `answers` does it too.

        Raises:
            InvalidArgument: ``options.send_media`` is False.
        """
        if not self.options.send_media:
            raise InvalidArgument(
                f"send_media must be True before media leave this machine, got False; {self.leaving(questions).text}; allow it "
                "with --send-media, nothing was opened or sent"
            )

    def answers(self, questions: Questions) -> Iterator[Answer]:
        """Return an iterator of one answer for each window that is asked, in the order in which they come.

        Args:
            questions: What is asked.

        Raises:
            InvalidArgument: Media may not leave.
            ImportError: httpx is not installed.
            SourceUnreadable: From the iterator, after the answers that came: the server is gone, or refuses all.
            RequestsSpent: As many requests were made as may be, and windows are left.
        """
        self.check(questions)
        pace = Pace(self.options.requests_per_minute, self.options.max_requests)
        client = Client(self.options, self._key, pace)
        if len(questions):
            self._report(self.leaving(questions).text)
        return self._answers(questions, client, pace)

    def _answers(self, questions: Questions, client: Client, pace: Pace) -> Iterator[Answer]:
        run = _Run(self.options, questions, client, pace)
        with client, self._key.hidden_in_logs(), questions.loader(_as_list) as loader:
            windows = (
                (key, sample if valid else None)
                for batch in loader
                for key, valid, sample in zip(batch.keys, batch.valid, batch.inputs, strict=True)
            )
            try:
                yield from run.answers(windows)
            finally:
                run.stop()


class _Run:
    """One way through the questions."""

    def __init__(self, options: ServerOptions, questions: Questions, client: Client, pace: Pace) -> None:
        self._options, self._questions, self._client, self._pace = options, questions, client, pace
        self._done: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._failure: BaseException | None = None
        self._in_a_row = 0
        self._waiting = 0
        self._given = 0

    def answers(self, windows: Iterator[tuple[str, WindowSample | None]]) -> Iterator[Answer]:
        """Yield the answers; raise what ended the run after those that came."""
        is_end = False
        while True:
            while not is_end and self._failure is None and self._waiting < self._options.concurrency:
                try:
                    key, sample = next(windows)
                except StopIteration:
                    is_end = True
                except Exception as error:
                    # Answers that are on their way are paid for: they are given before it is raised.
                    self._failure = error
                else:
                    if sample is not None:
                        self._begin(key, sample)
                        continue
                    self._given += 1
                    yield Answer(key=key, text=None, error="the window could not be read")
            if not self._waiting:
                break
            result = self._done.get()
            self._waiting -= 1
            if isinstance(result, Result):
                self._given += 1
                yield result.answer
                self._count(result)
            elif not isinstance(result, Stopped):
                self._failure = self._failure or result
                self._pace.stop()
        if isinstance(self._failure, Spent):
            left = len(self._questions) - self._given
            raise RequestsSpent(
                f"{self._options.max_requests} requests were made, as many as max_requests allows, and {left} windows have no "
                "answer; the same command again goes on"
            )
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End what is on its way."""
        self._pace.stop()
        for thread in self._threads:
            thread.join(_STOP_SECONDS / len(self._threads))

    def _begin(self, key: str, sample: WindowSample) -> None:
        self._threads = {each for each in self._threads if each.is_alive()}
        # Threads that wait for a server do not keep the interpreter from ending.
        thread = threading.Thread(target=self._work, args=(key, sample), name=f"emos server {key}", daemon=True)
        self._threads.add(thread)
        self._waiting += 1
        thread.start()

    def _work(self, key: str, sample: WindowSample) -> None:
        questions = self._questions
        try:
            messages = questions.conversation(sample)
            body = request_body(self._options, sample, messages, video=questions.video, audio=questions.audio)
            self._done.put(self._client.ask(key, body))
        except BaseException as error:
            self._done.put(error)

    def _count(self, result: Result) -> None:
        """End the run where the server fails for window after window."""
        if result.answer.text is not None:
            self._in_a_row = 0
        elif result.may_be_server:
            self._in_a_row += 1
        if self._in_a_row == FAILURES_IN_A_ROW and self._failure is None:
            address = self._options.address
            self._failure = SourceUnreadable(
                f"server must answer, got {FAILURES_IN_A_ROW} failures one after another, the last: {result.answer.error}; "
                f"correct the request or the server, and ask again with --retry-failed: {address}",
                path=address,
            )
            self._pace.stop()


def _as_list(samples: Sequence[WindowSample]) -> list[WindowSample]:
    return list(samples)
