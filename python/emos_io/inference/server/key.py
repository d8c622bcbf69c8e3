"""The key of a server: read from the environment, sent in one header, and taken out of every text."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Never, Self
from urllib.parse import quote

from ...errors import InvalidArgument, short_repr

if TYPE_CHECKING:
    import httpx

HIDDEN = "[key]"
_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks")
"""Who writes what a server sent into a log, where somebody asks for logs."""


class Key:
    """A key that no text gets to hold: its repr does not show it, it does not pickle, and `hide` takes it out of texts.

    Args:
        value: The key; "" for a server without one.

    Example:
        >>> Key("sk-secret").hide("Incorrect API key provided: sk-secret")
        'Incorrect API key provided: [key]'
    """

    __slots__ = ("_forms", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        forms = {value, json.dumps(value)[1:-1], repr(value)[1:-1], quote(value, safe="")} if value else set()
        self._forms = sorted(forms, key=len, reverse=True)

    @classmethod
    def from_environment(cls, variable: str | None) -> Self:
        """Return the key that an environment variable holds; a key that is empty for None.

        Raises:
            InvalidArgument: There is no such variable, or it holds what no header can.
        """
        if variable is None:
            return cls("")
        if not isinstance(variable, str) or not variable or "=" in variable or "\0" in variable:
            raise InvalidArgument(
                f"key_variable must be the name of an environment variable, got {short_repr(variable)}; never give the key "
                "itself"
            )
        value = os.environ.get(variable, "").strip()
        if not value:
            # A name that is no name may be the key itself, given where its variable belongs: it is not repeated.
            name = variable if variable.replace("_", "").isalnum() and variable.isupper() else "that was named"
            raise InvalidArgument(
                f"the environment variable {name} must hold the key of the server, got none; set it, such as by read -rs and "
                "export"
            )
        if not value.isascii() or not value.isprintable() or " " in value:
            raise InvalidArgument(
                "the key of the server must be printable ASCII without blanks, got other characters; set the variable anew"
            )
        return cls(value)

    def __repr__(self) -> str:
        return f"Key({HIDDEN!r})" if self._value else "Key('')"

    def __reduce__(self) -> Never:
        raise TypeError("a Key cannot be pickled; read it from the environment in the other process")

    def __call__(self, request: httpx.Request) -> httpx.Request:
        """Return the request with the key, as httpx asks what is given as `auth`."""
        if self._value:
            request.headers["Authorization"] = f"Bearer {self._value}"
        return request

    def hide(self, text: str) -> str:
        """Return the text with `HIDDEN` wherever it has the key."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text

    @contextmanager
    def hidden_in_logs(self) -> Iterator[None]:
        """Take the key out of what httpx logs, as long as the block lasts."""

        def hide(record: logging.LogRecord) -> bool:
            record.msg, record.args = self.hide(record.getMessage()), ()
            return True

        loggers = [logging.getLogger(name) for name in _LOGGERS] if self._value else []
        for logger in loggers:
            logger.addFilter(hide)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeFilter(hide)
