"""Options of ``emos predict``: which there are, and which kinds of models take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import ClassVar, Literal, TypedDict, TypeVar

import click
from click.core import ParameterSource

from ..errors import EmosError, short_repr
from ..inference import (
    DTYPES,
    LANGUAGE_CHOICES,
    PLAN_KINDS,
    TOO_LONG_RULES,
    Dtype,
    LanguageChoice,
    PlanKind,
    TooLongRule,
)
from ..spans import exact_seconds
from .model_options import MissingAudio, least_most
from .options import FILE, SPLIT, height_width
from .sections import SectionedCommand
from .server_options import SERVER_NAMES, ServerChoices, is_server

Command = TypeVar("Command", bound=Callable[..., object])
ModelKind = Literal["av-small", "frozen", "lora", "model", "server"]
Side = Literal["train", "validation", "test", "all"]
Ablate = Literal["video", "audio", "text", "swap-audio"]

KIND_TEXTS: Mapping[ModelKind, str] = {
    "av-small": "a run of av-small",
    "frozen": "a run of frozen networks",
    "lora": "a run of the kind lora",
    "model": "a model of transformers",
    "server": "a server",
}
"""What each kind of model is called in errors."""

_LARGE = (
    "plan",
    "length",
    "hop",
    "context",
    "by",
    "prompt",
    "prompt_language",
    "ask_layer",
    "max_new_tokens",
    "max_tokens",
    "too_long",
    "ablate",
    "seed",
    "retry_failed",
)
_LOCAL = ("batch_size", "device", "dtype")
_READS = ("fps", "size", "missing_audio")
TAKEN: Mapping[ModelKind, frozenset[str]] = {
    "av-small": frozenset(("form", "hop", "by", "ablate", "model_seed", "seed", "device")),
    "frozen": frozenset(("plan", "hop", "by", "ablate")),
    "lora": frozenset((*_LARGE, *_LOCAL, "model_seed")),
    "model": frozenset((*_LARGE, *_LOCAL, *_READS, "pixels")),
    "server": frozenset((*_LARGE, *_READS, *SERVER_NAMES)),
}
"""Names of the options that each kind takes, beside those that all take."""
ABLATIONS: Mapping[ModelKind, tuple[Ablate, ...]] = {
    "av-small": ("video", "audio", "swap-audio"),
    "frozen": ("video", "audio"),
    "lora": ("video", "audio", "text", "swap-audio"),
    "model": ("video", "audio", "text", "swap-audio"),
    "server": ("video", "audio", "text", "swap-audio"),
}
"""What each kind can be asked without."""
_ALL = frozenset().union(*TAKEN.values())


class AskChoices(TypedDict):
    """What `ask_options` gives to a command; times are text, as they were written."""

    side: Side | None
    plan: PlanKind | None
    length: str | None
    hop: str | None
    context: str | None
    form: Literal["offline", "streaming"] | None
    by: Literal["clip"] | None
    prompt: str | None
    prompt_language: LanguageChoice
    ask_layer: tuple[str, ...]
    fps: str | None
    size: tuple[int, int] | None
    pixels: tuple[int, int] | None
    missing_audio: MissingAudio
    max_new_tokens: int | None
    max_tokens: int | None
    too_long: TooLongRule
    ablate: Ablate | None
    model_seed: int | None
    seed: int
    batch_size: int
    device: str
    dtype: Dtype | None
    retry_failed: bool


class PredictOptions(AskChoices, ServerChoices):
    """All options of models, of any kind."""


class PredictCommand(SectionedCommand):
    """``emos predict`` with its options in sections."""

    sections: ClassVar[Mapping[str, Sequence[str]]] = {
        "Items": ("split", "side", "media"),
        "Windows": ("plan", "length", "hop", "context", "by"),
        "Runs of av-small": ("form",),
        "Runs of emos train": ("model_seed",),
        "Questions to large models": (
            "prompt",
            "prompt_language",
            "ask_layer",
            "fps",
            "size",
            "pixels",
            "missing_audio",
            "max_new_tokens",
            "max_tokens",
            "too_long",
        ),
        "Ablations": ("ablate", "seed"),
        "Models on this machine": ("device", "dtype", "batch_size"),
        "Servers": SERVER_NAMES,
        "Output": ("out", "retry_failed", "json"),
    }


def ask_options(command: Command) -> Command:
    """Add the options: `AskChoices`."""
    count = click.IntRange(min=1)
    options = (
        click.option(
            "--split",
            type=FILE,
            metavar=SPLIT,
            help="A file of a split. Left out: that of the run for the corpus that it was trained with, none for another.",
        ),
        click.option(
            "--side",
            type=click.Choice(["train", "validation", "test", "all"]),
            help="The side of the split that is predicted; test if left out.",
        ),
        click.option(
            "--plan",
            type=click.Choice(PLAN_KINDS),
            help="What a large model or frozen networks are asked about: clips, windows, labelled utterances, or monologues in "
            "full. Left out: clips, or as a run was trained.",
        ),
        click.option("--length", metavar="S", help="Of windows: their seconds; 8 if left out."),
        click.option(
            "--form",
            type=click.Choice(["offline", "streaming"]),
            help="Of monologues: window by window, or a step of 250 ms at a time; offline if left out.",
        ),
        click.option(
            "--hop",
            metavar="S",
            help="Of windows: seconds from one start to the next. A run of av-small begins each anew, and leaves out clips.",
        ),
        click.option(
            "--context", metavar="S", help="Of windows and utterances: seconds before them that are read too."
        ),
        click.option("--by", type=click.Choice(["clip"]), help="Clips alone."),
        click.option("--prompt", metavar="NAME", help="The prompt; clip-json-1 or stream-json-1 if left out."),
        click.option(
            "--prompt-language",
            type=click.Choice(LANGUAGE_CHOICES),
            default="auto",
            show_default=True,
            help="The language of the prompt; auto is that of the item.",
        ),
        click.option(
            "--ask-layer",
            multiple=True,
            metavar="NAME",
            help="A layer that is asked for; give it again for more. All layers of the items if left out.",
        ),
        click.option("--fps", metavar="N", help="Frames a second; 2 if left out."),
        click.option("--size", callback=height_width, metavar="H,W", help="Size of frames; 224,224 if left out."),
        click.option("--pixels", callback=least_most, metavar="LEAST,MOST", help="Pixels that a frame may have."),
        click.option(
            "--missing-audio",
            type=click.Choice(["silence", "omit", "raise"]),
            default="silence",
            show_default=True,
            help="What a model hears of a file without audio.",
        ),
        click.option(
            "--max-new-tokens", type=count, metavar="N", help="Of an answer; 256, of streams 2048 if left out."
        ),
        click.option(
            "--max-tokens",
            type=count,
            metavar="N",
            help="Tokens of question, window and answer together; those that the model takes, or 32768.",
        ),
        click.option(
            "--too-long",
            type=click.Choice(TOO_LONG_RULES),
            default="refuse",
            show_default=True,
            help="What is done with monologues of more tokens; cut asks about equal chunks of whole seconds, each by itself.",
        ),
        click.option(
            "--ablate",
            type=click.Choice(["video", "audio", "text", "swap-audio"]),
            help="Take a channel away, or give each step the audio of another speaker with another label.",
        ),
        click.option("--model-seed", type=int, help="Which model of the run; that of its first seed if left out."),
        click.option(
            "--seed", type=int, default=0, show_default=True, help="Of the draw of swap-audio; it stands in the header."
        ),
        click.option("--device", default="cpu", show_default=True, help="A device of torch, such as cuda."),
        click.option(
            "--dtype", type=click.Choice(DTYPES), help="Of weights; left out: float32 on the CPU, bf16 elsewhere."
        ),
        click.option(
            "--batch-size",
            type=count,
            default=1,
            show_default=True,
            metavar="N",
            help="Windows that are answered together.",
        ),
        click.option("--retry-failed", is_flag=True, help="Ask again what has no answer in the file."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def kind_of(model: str) -> Literal["run", "model", "server"]:
    """Return what a MODEL of a command line is: a run folder, a model of a folder or the hub, or a server.

    Raises:
        UsageError: It is an address, and none of a server.
    """
    if is_server(model):
        return "server"
    folder = Path(model)
    if "://" in model and not folder.exists():
        raise click.UsageError(
            f"MODEL must be a folder, a name on the hub, or an address that begins with http:// or https://, got "
            f"{_scheme(model)}; correct it"
        )
    if folder.is_dir():
        return "model" if (folder / "config.json").is_file() and not (folder / "run.json").is_file() else "run"
    # A name on the hub is owner/name.
    parts = model.split("/")
    return "model" if len(parts) == 2 and all(parts) and not model.startswith(".") and not folder.exists() else "run"


def _scheme(address: str) -> str:
    """Return how an address begins; the rest may hold a key."""
    return short_repr(f"{address.partition('://')[0]}://...")


def check_taken(kind: ModelKind) -> None:
    """Check that no option was given that models of this kind do not take.

    Raises:
        UsageError: One was.
    """
    context = click.get_current_context()
    names = {parameter.name: parameter.opts[0] for parameter in context.command.params if parameter.name}
    for name in sorted(_ALL - TAKEN[kind]):
        if name in names and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            flags = [names[each] for each in sorted(TAKEN[kind]) if each in names]
            raise click.UsageError(
                f"{names[name]} must be left out for {KIND_TEXTS[kind]}, got {_given(context.params[name])}; it takes "
                f"{', '.join(flags)}"
            )
    ablate = context.params.get("ablate")
    if ablate is not None and ablate not in ABLATIONS[kind]:
        raise click.UsageError(
            f"--ablate must be {' or '.join(ABLATIONS[kind])} for {KIND_TEXTS[kind]}, got {ablate}; leave it out, or take one"
        )


def frames_a_second(text: str | None) -> Fraction:
    """Return the frames a second of ``--fps``; 2 where it was left out.

    Raises:
        UsageError: It is no number above 0.
    """
    if text is None:
        return Fraction(2)
    try:
        fps = exact_seconds(text, name="fps")
    except EmosError as error:
        raise click.UsageError(f"--{error}") from error
    if fps <= 0:
        raise click.UsageError(f"--fps must be above 0, got {text}; write it as 2 or 1/2")
    return fps


def _given(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
