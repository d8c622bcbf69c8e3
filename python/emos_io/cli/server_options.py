"""Options of verbs that ask a server, and the engine that they make."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypedDict, TypeVar, get_args

import click

from ..inference.server import JPEG_QUALITY, MAX_CONCURRENCY, ServerEngine, ServerForm, ServerOptions

Command = TypeVar("Command", bound=Callable[..., object])


class ServerChoices(TypedDict):
    """What `server_options` gives to a command."""

    model_name: str | None
    send_media: bool
    server_form: ServerForm
    api_key_variable: str | None
    max_requests: int | None
    requests_per_minute: float | None
    concurrency: int
    timeout: float


SERVER_NAMES = tuple(ServerChoices.__annotations__)
"""Names of the parameters, for a section of the help, and to refuse them where a model is no server."""


class _FiniteAbove0(click.FloatRange):
    """A number above 0; a range of floats takes what is no number, too."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number.

        Raises:
            BadParameter: It is none, or is not finite.
        """
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{number} is no finite number above 0.", param, ctx)
        return number


_ABOVE_0 = _FiniteAbove0()
_DEFAULTS = ServerOptions(address="http://localhost/v1", model="of the server")


def server_options(command: Command) -> Command:
    """Add the options of a server to a command; `server_engine` makes the engine of what they give."""
    options = [
        click.option("--model", "model_name", metavar="NAME", help="Name of the model, as the server calls it."),
        click.option(
            "--send-media",
            is_flag=True,
            help="Let frames, audio and transcripts leave this machine; without it nothing is opened or sent.",
        ),
        click.option(
            "--server-form",
            type=click.Choice(get_args(ServerForm)),
            default=_DEFAULTS.form,
            show_default=True,
            help=f"Frames as one video (vllm) or as images with their times (openai), as JPEG of quality {JPEG_QUALITY}.",
        ),
        click.option(
            "--api-key-variable",
            metavar="NAME",
            help="The environment variable that holds the key; left out for a server without one.",
        ),
        click.option(
            "--max-requests",
            type=click.IntRange(min=1),
            metavar="N",
            help="Stop after so many requests; the same command again goes on.",
        ),
        click.option(
            "--requests-per-minute",
            type=_ABOVE_0,
            metavar="N",
            help="Begin no more requests in a minute.",
        ),
        click.option(
            "--concurrency",
            type=click.IntRange(min=1, max=MAX_CONCURRENCY),
            default=_DEFAULTS.concurrency,
            show_default=True,
            help="Requests at the same time, at most.",
        ),
        click.option(
            "--timeout",
            type=_ABOVE_0,
            metavar="S",
            default=_DEFAULTS.timeout_seconds,
            show_default=True,
            help="Seconds for which a server may be silent.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def is_server(model: str) -> bool:
    """Whether the MODEL of a command line is the address of a server."""
    return model.startswith(("http://", "https://"))


def server_engine(address: str, choices: ServerChoices, *, max_new_tokens: int, seed: int = 0) -> ServerEngine:
    """Return the engine that options stand for; it says on stderr what leaves this machine before it sends anything.

    Args:
        address: ``http://host:port/v1``.
        choices: What `server_options` gave.
        max_new_tokens: Tokens of an answer, at most.
        seed: Of the jitter of waits.

    Raises:
        UsageError: There is no --model.
        InvalidArgument: The address or an option is not allowed, or the environment has no key.
    """
    if choices["model_name"] is None:
        raise click.UsageError(
            f"--model must be the name of a model of the server, got none; {address.rstrip('/')}/models lists them"
            if "@" not in address and "?" not in address
            else "--model must be the name of a model of the server, got none; give one"
        )
    options = ServerOptions(
        address=address,
        model=choices["model_name"],
        form=choices["server_form"],
        key_variable=choices["api_key_variable"],
        send_media=choices["send_media"],
        max_new_tokens=max_new_tokens,
        concurrency=choices["concurrency"],
        requests_per_minute=choices["requests_per_minute"],
        max_requests=choices["max_requests"],
        timeout_seconds=choices["timeout"],
        seed=seed,
    )
    return ServerEngine(options, report=lambda text: click.echo(text, err=True))
