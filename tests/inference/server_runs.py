"""Questions about the tiny corpus to a server, for tests; a process of its own, to be killed or to print what it says."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Collection, Sequence
from pathlib import Path

from emos_io.adapters import Message
from emos_io.inference import Questions
from emos_io.inference.server import ServerEngine, ServerForm, ServerOptions
from emos_io.pipes import AudioSpec, VideoSpec, WindowSample
from emos_io.plan import WindowPlan
from emos_io.testing import tiny_corpus

VIDEO = VideoSpec(fps=4, size=(48, 64))
AUDIO = AudioSpec(8_000)
ANSWER = "Sadness, which is to be learnt"


def talk(sample: WindowSample) -> Sequence[Message]:
    """A system message, a question with the key of the window, and the answer that training has and a server must not get."""
    return [
        Message("system", "You know faces."),
        Message("user", f"Which emotion? [{sample.key}]", window=True),
        Message("assistant", ANSWER),
    ]


def questions(
    media: Path, *, hop: str = "1", answered: Collection[str] = (), video: VideoSpec = VIDEO, by_clip: bool = False
) -> Questions:
    """Windows of 2 s of all items, or clips alone; media are counting clips."""
    corpus = tiny_corpus(media, codec="raw")
    if by_clip:
        plan = WindowPlan(list(corpus.clips), by="clip", order="sequential")
    else:
        plan = WindowPlan(corpus, 2, hop, order="sequential")
    return Questions(plan=plan, conversation=talk, answered=frozenset(answered), video=video, audio=AUDIO)


def engine(
    address: str,
    *,
    form: ServerForm = "vllm",
    key_variable: str | None = None,
    send_media: bool = True,
    concurrency: int = 2,
    attempts: int = 4,
    max_requests: int | None = None,
    timeout_seconds: float = 20,
    lines: list[str] | None = None,
) -> ServerEngine:
    """An engine that waits a hundredth of a second and not one, where it waits."""
    options = ServerOptions(
        address=address,
        model="tiny",
        form=form,
        key_variable=key_variable,
        send_media=send_media,
        max_new_tokens=32,
        concurrency=concurrency,
        attempts=attempts,
        max_requests=max_requests,
        timeout_seconds=timeout_seconds,
        first_delay_seconds=0.01,
    )
    return ServerEngine(options, report=(lines if lines is not None else []).append)


def recorded(path: Path) -> list[str]:
    """Keys of complete lines, in order."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line)["key"] for line in text.splitlines(keepends=True) if line.endswith("\n")]


def run(address: str, media: Path, out: Path, *, concurrency: int, key_variable: str | None = None) -> None:
    """Ask what the file lacks; one line for each answer, written before the next one is taken."""
    asked = questions(media, answered=recorded(out))
    with out.open("ab", buffering=0) as file:
        for answer in engine(address, concurrency=concurrency, key_variable=key_variable).answers(asked):
            line = {"key": answer.key, "text": answer.text, "error": answer.error}
            file.write((json.dumps(line) + "\n").encode())


if __name__ == "__main__":
    _, ADDRESS, MEDIA, OUT, CONCURRENCY, LOG = sys.argv
    if LOG:
        logging.basicConfig(filename=LOG, level=logging.DEBUG)
    try:
        run(ADDRESS, Path(MEDIA), Path(OUT), concurrency=int(CONCURRENCY), key_variable=os.environ.get("KEY_IN"))
    except Exception:
        traceback.print_exc()
        sys.exit(3)
