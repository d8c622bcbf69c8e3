"""A process that has imported a trainer once and forks a child for each rank of each launch.

Importing the trainers takes 15 s and more each. The server reads a `RunSpec` a line on stdin, imports ``runs_<trainer>``
where it has not yet, forks the ranks in process groups of their own, kills all of them once all wait for it, and answers with
their codes.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from cover_spec import RunSpec, cover_plan

LIMIT_SECONDS = 180
"""For the ranks of one launch; generous, since machines are busy."""
IMPORT_SECONDS = 300
HERE = Path(__file__).parent
HARMLESS = ("jemalloc_bg_thd",)
"""A thread of pyarrow's memory pool, which sees to forks itself."""
KILLED = -signal.SIGKILL


def serve() -> None:
    """Answer launches until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    cover_plan()
    for line in sys.stdin:
        spec = RunSpec.from_json(line)
        try:
            module = import_module(f"runs_{spec.trainer}")
            answer = _launch(module, spec)
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers)


def _launch(module: Any, spec: RunSpec) -> dict[str, Any]:
    threads = {(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()}
    assert threads <= {"python", *HARMLESS}, f"a process with threads cannot be forked safely: {threads}"
    port = _free_port()
    ranks = [_fork(module, spec, rank, port) for rank in range(spec.ranks)]
    codes: dict[int, int] = {}
    start, hung = time.monotonic(), False
    try:
        while len(codes) < len(ranks):
            for rank, process in enumerate(ranks):
                if rank not in codes:
                    found, status = os.waitpid(process, os.WNOHANG)
                    if found:
                        codes[rank] = os.waitstatus_to_exitcode(status)
            hung = time.monotonic() - start > LIMIT_SECONDS
            if hung or any(codes.values()) or all(spec.path(rank, "waits").exists() for rank in range(spec.ranks)):
                if hung:
                    _dump(ranks, codes)
                break
            time.sleep(0.02)
    finally:
        # A group has the workers of the rank with it.
        for process in ranks:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
        for rank, process in enumerate(ranks):
            if rank not in codes:
                codes[rank] = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return {"codes": [codes[rank] for rank in range(spec.ranks)], "hung": hung}


def _dump(ranks: list[int], codes: dict[int, int]) -> None:
    """Let ranks that hang say where; each has registered faulthandler for this signal."""
    for rank, process in enumerate(ranks):
        if rank not in codes:
            os.kill(process, signal.SIGUSR1)
    time.sleep(1)


def _fork(module: Any, spec: RunSpec, rank: int, port: int) -> int:
    process = os.fork()
    if process:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(process, process)
        return process
    code = 1
    try:
        os.setpgid(0, 0)
        log = os.open(spec.path(rank, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        faulthandler.register(signal.SIGUSR1, file=log, all_threads=True)
        faulthandler.enable(file=log)
        os.environ.update(
            RANK=str(rank),
            LOCAL_RANK=str(rank),
            WORLD_SIZE=str(spec.ranks),
            LOCAL_WORLD_SIZE=str(spec.ranks),
            MASTER_ADDR="127.0.0.1",
            MASTER_PORT=str(port),
        )
        module.run(spec)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """The server, as its client sees it."""

    def __init__(self) -> None:
        tests = HERE.parents[1]
        folders = [str(HERE), str(HERE.parent), str(tests), str(tests / "pipes"), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(folders),
            "OMP_NUM_THREADS": "1",
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HUB_OFFLINE": "1",
            "CUDA_VISIBLE_DEVICES": "",
        }
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "cover_server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def launch(self, spec: RunSpec) -> list[int]:
        """Run all ranks of a launch, and return their exit codes; `KILLED` of each for one that was killed as planned.

        Raises:
            AssertionError: A rank failed or all of it took too long; the text has the logs.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        spec.folder.mkdir(parents=True, exist_ok=True)
        self._process.stdin.write(spec.to_json() + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"error": "the server ended"}')
        expected = [KILLED if spec.phase == "first" else 0] * spec.ranks
        if answer.get("codes") != expected or answer["hung"]:
            logs = "".join(_log(spec, rank) for rank in range(spec.ranks))
            raise AssertionError(f"{spec.name}, {spec.phase}: {answer.get('error', answer)}\n{logs}")
        return list(answer["codes"])

    def close(self) -> None:
        """End the server, and with it whatever still runs."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=LIMIT_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()


def _log(spec: RunSpec, rank: int) -> str:
    path = spec.path(rank, "log")
    return f"--- {path.name}\n{path.read_text()[-8000:]}\n" if path.exists() else ""


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """A server while the block runs."""
    served = Server()
    try:
        yield served
    finally:
        served.close()


if __name__ == "__main__":
    serve()
