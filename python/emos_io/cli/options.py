"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict, TypeVar

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from ..corpus import Taxonomy, is_taxonomy_file, read_taxonomy
from ..plan import BYS, COLLAR_MODES, LABEL_ATS, By, CollarMode, LabelAt, LabelRule

Command = TypeVar("Command", bound=Callable[..., object])


class _PathText(click.types.StringParamType):
    """A path as it was written; shells complete it, and whoever opens it says what is wrong with it."""

    def __init__(self, name: str, completion: str) -> None:
        self.name, self._completion = name, completion

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return what tells the shell to complete paths."""
        return [CompletionItem(incomplete, type=self._completion)]


FILE, FOLDER = _PathText("file", "file"), _PathText("folder", "dir")
"""Types of arguments and options that are a path of a file, or of a folder; FILE also for what may be either."""


SPLIT = "FILE|static|streams"
"""What may stand for a split: a file of one, or the name of one that ships."""
SPLIT_HELP = (
    "A file of a split or of folds, as emos splits --out writes it; or static or streams, those of the release."
)
LAYER = _PathText("name|file", "file")
"""The type of options that are the name of a layer, or the file of a taxonomy of one's own."""
LAYER_HELP = "Of your own, its file (.json, .yaml); where the corpus has it, its name is enough."


def name_or_taxonomy(_context: click.Context, _parameter: click.Parameter, value: str) -> str | Taxonomy:
    """Return the name of a layer, or the taxonomy of a file; a callback of `click.option`.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: It is none of a taxonomy.
        InvalidArgument: Its content is not that of one.
    """
    return read_taxonomy(value) if is_taxonomy_file(value) else value


class WindowOptions(TypedDict):
    """What `window_options` gives to a command; times are text, as they were written."""

    by: By | None
    context: str
    lookahead: str


class LabelOptions(TypedDict):
    """What `label_options` gives to a command; see `label_rule`."""

    labels: str
    label_at: LabelAt
    collar: str
    collar_mode: CollarMode


def window_options(command: Command) -> Command:
    """Add the options of windows, besides their length: `WindowOptions`."""
    return _with_options(
        command,
        click.option("--by", type=click.Choice(BYS), help="What windows are, instead of a hop."),
        click.option("--context", default="0", show_default=True, help="Seconds decoded before the label span."),
        click.option("--lookahead", default="0", show_default=True, help="Seconds decoded after the label span."),
    )


def label_options(command: Command) -> Command:
    """Add the options of a label rule: `LabelOptions`."""
    label_ats, modes = click.Choice(LABEL_ATS), click.Choice(COLLAR_MODES)
    return _with_options(
        command,
        click.option(
            "--labels", default="basic7", show_default=True, help="Label layer, or the file of its taxonomy, or none."
        ),
        click.option("--label-at", type=label_ats, default="end", show_default=True, help="How windows are labelled."),
        click.option("--collar", default="0", show_default=True, help="Seconds by which boundaries may be wrong."),
        click.option("--collar-mode", type=modes, default="mask", show_default=True, help="What the collar does."),
    )


def label_rule(options: LabelOptions) -> LabelRule:
    """Return the label rule of a command line.

    Raises:
        InvalidArgument: An option is not allowed.
    """
    labels = options["labels"]
    return LabelRule(
        None if labels == "none" else read_taxonomy(labels).name if is_taxonomy_file(labels) else labels,
        label_at=options["label_at"],
        collar=options["collar"],
        collar_mode=options["collar_mode"],
    )


def is_default(name: str) -> bool:
    """Return whether an option of the command that runs was left out."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.DEFAULT


def _with_options(command: Command, *options: Callable[[Command], Command]) -> Command:
    """Add options, in the order in which ``--help`` lists them."""
    for option in reversed(options):
        command = option(command)
    return command


def height_width(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Return the (height, width) of ``--size H,W``, or None where the option is left out; a callback of `click.option`.

    Raises:
        UsageError: It is not two integers.
    """
    if value is None:
        return None
    height, _, width = value.partition(",")
    if not (height.strip().isdecimal() and width.strip().isdecimal()):
        raise click.UsageError(f"--size must be height,width in pixels, got {value}; write it as 224,224")
    return int(height), int(width)


RENAMED = {
    "boundary-slack": "collar",
    "boundary-mode": "collar-mode",
    "lanes": "num-lanes",
    "per-lane": "windows-per-lane",
    "buckets": "num-buckets",
}
"""Flags of earlier versions, which still work; no help text names them."""

OLD_FLAGS: dict[str, Callable[[str], str]] = {"token_normalize_func": lambda token: RENAMED.get(token, token)}
"""Context settings of a command that also takes the old names of flags."""
