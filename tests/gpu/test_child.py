"""The process in which tests call DALI: it answers, raises, and is replaced after a time limit or its end."""

from __future__ import annotations

import os
import threading
import time

import pytest
from child import Child, ChildEnded

from emos_io.errors import DecodeError


def refuse() -> None:
    raise DecodeError("damaged", path="a.mkv")


def lock() -> object:
    return threading.Lock()


def test_a_child_answers_raises_and_is_replaced() -> None:
    with Child(seconds=60) as child:
        first = child.run(os.getpid)
        assert first != os.getpid()
        assert child.run(os.getpid) == first == child.pid
        with pytest.raises(DecodeError, match="damaged") as caught:
            child.run(refuse)
        assert caught.value.path == "a.mkv"
        with pytest.raises(TypeError, match="lock gave what cannot be pickled"):
            child.run(lock)
        assert child.run(os.getpid) == first
        child.seconds = 0.2
        with pytest.raises(ChildEnded, match=r"sleep took longer than 0\.2 s"):
            child.run(time.sleep, 60)
        child.seconds = 60
        second = child.run(os.getpid)
        assert second != first
        with pytest.raises(ChildEnded, match="ended"):
            child.run(os._exit, 3)
        assert child.run(os.getpid) != second
    assert child.pid is None
