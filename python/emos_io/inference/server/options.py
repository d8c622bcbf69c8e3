"""Where a server is, how it is asked, and the limits that hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from ..._checks import as_number, choice, integer
from ...errors import InvalidArgument, short_repr

ServerForm = Literal["vllm", "openai"]
FORMS: tuple[ServerForm, ...] = get_args(ServerForm)

MAX_CONCURRENCY = 256
JPEG_QUALITY = 95
"""Quality of JPEG as Pillow counts it, with colours at full size: above what servers of their own make of a video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """Where a server is, how it is asked, and the limits that hold.

    Attributes:
        address: ``http://host:port/v1`` or ``https://...``: what stands before ``/chat/completions``. Without a name, a
            password or a query: the key of a server comes from the environment alone.
        model: Name of the model, as the server calls it.
        form: ``"vllm"``: frames as one video, audio beside it. ``"openai"``: frames as images with their times.
        key_variable: Name of the environment variable that holds the key; None for a server without one.
        send_media: Media may leave this machine. Without it nothing is opened and nothing is sent.
        max_new_tokens: Tokens of an answer, at most.
        concurrency: Requests at the same time, at most, from 1 to 256.
        requests_per_minute: How many requests begin in a minute, at most; None for as many as are answered.
        max_requests: Requests of one run, at most, those that are made again included; None for as many as it takes.
        timeout_seconds: Seconds for which a server may be silent.
        attempts: How often one question is asked, at most, while servers fail.
        first_delay_seconds: Seconds before the second attempt; each later one waits twice as long, up to a minute.
        seed: Of the jitter of these waits.

    Raises:
        InvalidArgument: An attribute is not allowed.

    Example:
        >>> ServerOptions(address="http://localhost:8000/v1/", model="Qwen/Qwen2.5-Omni-7B").host
        'localhost:8000'
    """

    address: str
    model: str
    form: ServerForm = "vllm"
    key_variable: str | None = None
    send_media: bool = False
    max_new_tokens: int = 512
    concurrency: int = 4
    requests_per_minute: float | None = None
    max_requests: int | None = None
    timeout_seconds: float = 300
    attempts: int = 6
    first_delay_seconds: float = 1
    seed: int = 0

    def __post_init__(self) -> None:
        _check_address(self.address)
        object.__setattr__(self, "address", self.address.rstrip("/"))
        if not isinstance(self.model, str) or not self.model.strip():
            raise InvalidArgument(
                f"model must be the name of a model of the server, got {short_repr(self.model)}; its {self.address}/models "
                "lists them"
            )
        choice(self.form, FORMS, "server form", "vllm takes frames as a video, openai as images")
        if not isinstance(self.send_media, bool):
            raise InvalidArgument(
                f"send_media must be True or False, got {short_repr(self.send_media)}; True lets media leave this machine"
            )
        integer(self.max_new_tokens, "max_new_tokens", "it is how long an answer may become")
        integer(self.concurrency, "concurrency", "it is how many requests wait for answers", most=MAX_CONCURRENCY)
        integer(self.attempts, "attempts", "1 asks once")
        integer(self.seed, "seed", "any number does", least=0)
        if self.max_requests is not None:
            integer(self.max_requests, "max_requests", "leave it out for no limit")
        if self.requests_per_minute is not None:
            _positive(self.requests_per_minute, "requests_per_minute", "leave it out for no limit")
        _positive(self.timeout_seconds, "timeout_seconds", "give seconds")
        _positive(self.first_delay_seconds, "first_delay_seconds", "give seconds")

    @property
    def host(self) -> str:
        """Host and port, where media go."""
        return urlsplit(self.address).netloc

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody between can read what is sent."""
        return urlsplit(self.address).scheme == "https"


def _check_address(address: object) -> None:
    wanted = "address must be http://host:port/v1 or https://host/v1"
    if not isinstance(address, str):
        raise InvalidArgument(f"{wanted}, got {short_repr(address)}; give a text")
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise InvalidArgument(f"{wanted}, got {short_repr(address)}; correct it") from error
    if "@" in parts.netloc or parts.query or parts.fragment:
        # What stands there may be a secret: it is not repeated.
        raise InvalidArgument(
            f"{wanted} without a user, a password or a query, got one with them; a key is read from an environment variable"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or not address.isprintable() or " " in address:
        raise InvalidArgument(f"{wanted}, got {short_repr(address)}; give what stands before /chat/completions")


def _positive(value: object, name: str, hint: str) -> None:
    number = as_number(value)
    if number is None or number <= 0:
        raise InvalidArgument(f"{name} must be a number above 0, got {short_repr(value)}; {hint}")
