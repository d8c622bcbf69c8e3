"""The verbs of ``emos`` and its help; the file of a verb is imported when the verb is used."""

from __future__ import annotations

import difflib
import importlib
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem

from ..errors import EmosError
from .interrupts import loading
from .wording import in_flags


class Verb(NamedTuple):
    """How help speaks of a verb.

    Attributes:
        does: What it does, in one line of help.
        example: What is written after ``emos``.
    """

    does: str
    example: str


SECTIONS = {
    "Read media": {
        "probe": Verb("Print the tracks of a media file, with exact counts.", "probe talk.mp4"),
        "windows": Verb(
            "Print the windows of a media file, or write them.",
            "windows talk.mp4 --length 4 --hop 1 --fps 4 --size 224,224 --json",
        ),
    },
    "Corpora and labels": {
        "doctor": Verb("Print what a corpus holds and what is wrong with it.", "doctor emos-release"),
        "tables": Verb("Print the paper's tables beside those of the release.", "tables emos-release"),
        "splits": Verb("Divide items into train and test, groups together.", "splits emos-release --seed 7"),
        "leaks": Verb("Print what the sides of a split share.", "leaks emos-release --split split.json"),
        "link": Verb("Match media with items; list what is missing.", "link emos-release --media videos"),
        "votes": Verb(
            "Read workbooks and annotation files into a log of votes.",
            "votes a10.csv --log log.jsonl --layer basic7 --item key --label label",
        ),
        "decide": Verb(
            "Make decisions of votes, and print what differs.", "decide log.jsonl --method dawid_skene --json"
        ),
        "agreement": Verb("Print how far raters agree, with intervals.", "agreement emos-release --layer goemotions"),
        "review": Verb("Write what to adjudicate, or read the answers.", "review emos-release --out queue.xlsx"),
    },
    "Plans and training": {
        "plan": Verb("Print what an epoch of windows costs and holds.", "plan emos-release --length 4 --hop 0.5"),
        "show": Verb(
            "Write one window as a page; or print how labels came about.",
            'show "streaming/Any Given Sunday@25/2-33/2" emos-release --media media',
        ),
        "train": Verb("Train a model that looks and listens.", "train av-small.toml made --out run"),
        "predict": Verb("Predict the labels of a corpus by a trained model.", "predict run made --out model.jsonl"),
    },
    "Evaluation": {
        "eval": Verb(
            "Predict and score in one, also by all forms of a prompt.",
            "eval run made --out model.jsonl",
        ),
        "baseline": Verb(
            "Predict labels by a baseline that needs no media.",
            "baseline text emos-release --split static --out text.jsonl",
        ),
        "score": Verb(
            "Score predictions against a corpus, several files side by side.",
            "score predictions.jsonl --corpus emos-release --split static",
        ),
        "report": Verb(
            "Write one page of scores, figures, timelines and items.",
            "report a.jsonl b.jsonl --corpus emos-release --out report.html",
        ),
    },
    "Tools": {
        "synthesize": Verb("Make media for a corpus without its originals.", "synthesize emos-release media"),
        "demo": Verb("Make a corpus, stream it, train a model, score it.", "demo"),
        "env": Verb("Print versions of libraries, decoders and CPU flags.", "env"),
    },
}
"""Verbs by the section of help."""

VERBS = {name: verb for verbs in SECTIONS.values() for name, verb in verbs.items()}

_FIRST_STEPS = (
    ("emos demo", "Make a small corpus, stream it, train on it."),
    ("emos probe talk.mp4", "Print what is in a media file of yours."),
    ("emos VERB --help", "Print the options of a verb, and an example."),
)
_EXIT_CODES = (
    ("0", "fine"),
    ("1", "findings or damage"),
    ("2", "wrong use"),
    ("3", "an input that cannot be read, or an output that cannot be written"),
    ("130", "interrupted by Ctrl-C"),
)


class _Verbs(click.Group):
    """The verbs, in sections."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, in the order of help."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, imported, or None where there is none."""
        if cmd_name not in VERBS:
            return None
        with loading():
            command = getattr(importlib.import_module(f".{cmd_name}", __package__), cmd_name)
        assert isinstance(command, click.Command), f"{cmd_name} is a verb without a command"
        command.epilog = f"\b\nExample:\n  emos {VERBS[cmd_name].example}"
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb of a command line, and its arguments.

        Raises:
            UsageError: There is no such verb.
        """
        name = args[0]
        if name not in VERBS and not name.startswith("-") and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name.lower(), VERBS, n=1)
            hint = f"did you mean {near[0]}?" if near else "see emos --help"
            raise click.UsageError(f"the verb must be one of {', '.join(VERBS)}, got {name!r}; {hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb; its errors name flags where Python names arguments."""
        try:
            return super().invoke(ctx)
        except EmosError as error:
            command = None if ctx.invoked_subcommand is None else self.get_command(ctx, ctx.invoked_subcommand)
            if command is not None:
                error.args = (in_flags(str(error), command),)
            raise

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the verbs and options that may follow; no verb is imported."""
        verbs = [CompletionItem(name, help=verb.does) for name, verb in VERBS.items() if name.startswith(incomplete)]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write examples, verbs by section, options and exit codes."""
        with formatter.section("First steps"):
            formatter.write_dl(_FIRST_STEPS)
        width = max(map(len, VERBS))
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), verb.does) for name, verb in verbs.items()])
        click.Command.format_options(self, ctx, formatter)
        with formatter.section("Exit codes"):
            formatter.write_dl(_EXIT_CODES)


@click.group(
    name="emos",
    cls=_Verbs,
    invoke_without_command=True,
    subcommand_metavar="VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="emos-io", prog_name="emos")
@click.pass_context
def app(context: click.Context) -> None:
    """Exact, synchronised audio-video windows; emotion labels with their votes."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
