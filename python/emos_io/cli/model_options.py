"""Options of ``emos show`` that are about a model; nothing of a model is imported here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, TypedDict, TypeVar, get_args

import click

from .options import FOLDER, is_default

Command = TypeVar("Command", bound=Callable[..., object])

MissingAudio = Literal["silence", "omit", "raise"]
MissingFrames = Literal["black", "hold", "raise"]
OddFrames = Literal["raise", "repeat_last"]
PromptLanguage = Literal["auto", "en", "zh"]
_DIGITS = re.compile(r"\s*\d{1,18}\s*", re.ASCII)


class ModelOptions(TypedDict):
    """What `model_options` gives to a command."""

    processor: str | None
    question: str | None
    answer: str | None
    prompt: str | None
    prompt_language: PromptLanguage
    pixels: tuple[int, int] | None
    missing_audio: MissingAudio
    missing_frames: MissingFrames
    odd_frames: OddFrames


def least_most(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Return the two numbers of ``--pixels least,most``, or None where the option is left out."""
    if value is None:
        return None
    least, _, most = value.partition(",")
    if not (_DIGITS.fullmatch(least) and _DIGITS.fullmatch(most) and 1 <= int(least) <= int(most)):
        raise click.UsageError(
            f"--pixels must be least,most, two integers from 1 of which the second is no less, got {value}; write it as "
            "100352,602112"
        )
    return int(least), int(most)


def model_options(command: Command) -> Command:
    """Add the options about a model, in the order in which ``--help`` lists them."""
    options = (
        click.option(
            "--processor",
            type=FOLDER,
            metavar="NAME",
            help="Folder of a saved processor, or its name on the hub: what the model gets goes onto the page. Its frames "
            "are 2 a second of 224,224, or as --fps and --size say.",
        ),
        click.option("--question", help="What the model is asked; which of the classes it is if left out."),
        click.option("--answer", help="What it learns to say; the class of the label if left out."),
        click.option(
            "--prompt",
            metavar="NAME",
            help="A prompt of emos predict, such as clip-json-1 or stream-json-1, in place of --question and --answer.",
        ),
        click.option(
            "--prompt-language",
            type=click.Choice(get_args(PromptLanguage)),
            default="auto",
            show_default=True,
            help="The language of --prompt; auto is that of the item.",
        ),
        click.option(
            "--pixels",
            callback=least_most,
            metavar="LEAST,MOST",
            help="Pixels that a frame of the model may have; those of the processor if left out.",
        ),
        click.option(
            "--missing-audio",
            type=click.Choice(get_args(MissingAudio)),
            default="silence",
            show_default=True,
            help="What the model hears of a file without audio.",
        ),
        click.option(
            "--missing-frames",
            type=click.Choice(get_args(MissingFrames)),
            default="black",
            show_default=True,
            help="What the model sees where the media have no frame; hold is the nearest one of the window.",
        ),
        click.option(
            "--odd-frames",
            type=click.Choice(get_args(OddFrames)),
            default="raise",
            show_default=True,
            help="What an odd number of frames gives the model, which takes them in pairs.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def check_model_options(options: ModelOptions) -> None:
    """Check that no option is about a model or a prompt where there is none, and that a prompt is the only question.

    Raises:
        UsageError: An option does not go with the others.
    """
    if options["processor"] is not None:
        if options["prompt"] is None and not is_default("prompt_language"):
            raise click.UsageError(
                "--prompt-language must come with --prompt, got none; name a prompt, or leave it out"
            )
        for name in ("question", "answer"):
            if options["prompt"] is not None and not is_default(name):
                raise click.UsageError(
                    f"--{name} must be left out with --prompt, which has its own; leave one of them out"
                )
        return
    for name in ModelOptions.__annotations__:
        if not is_default(name):
            flag = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{flag} must come with --processor, got none; name a processor, or leave it out")
