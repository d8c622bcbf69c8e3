"""Errors in the words of the command line: they name flags where Python names arguments."""

from __future__ import annotations

import re

import click

_PATH = re.compile(r': "(?:[^"\\]|\\.)*"$')
"""The path at the end of an error text, which is nobody's argument."""
_QUOTED = r"(?:\"\w+\"|'\w+')"

PHRASES = {
    "link media with attach, or give seconds by key, or a function from a path to seconds": (
        "name the folder of the files with --media"
    ),
    "; open a file with Media(path)": "",
    "pass pixels=(least, most), such as (100_352, 602_112)": "give --pixels 100352,602112",
    "read it with load_folds": "give the file of a split, as emos splits --out writes it without folds",
    "read it with load_split": "give the file of folds, as emos splits --folds writes it",
    "give split.train": "give a split whose train side has some",
    "a mapping of your own": "one that you write as maps in the file of the source layer's taxonomy",
    "with decide(..., fit_on=split.train)": "with emos decide --fit-on and the file of the split",
    "with decide(..., fit_on=folds.split(k).train), and compare each of these corpora with folds.split(k)": (
        "with emos decide --fit-on and the file of a split whose test side is that fold, and compare each of these corpora "
        "with that file"
    ),
}
"""What texts tell Python's users to do, and what is to be done on the command line."""

CALLED = {
    "taxonomy": ("layer", "labels"),
    "layers": ("ask_layer",),
    "frame rate": ("frame_rate",),
    "num_speakers": ("speakers",),
}
"""What texts call an argument that has another name, with the names of the options that may give it."""


def in_flags(text: str, command: click.Command) -> str:
    """Return the text of an error with the flags of a verb for the arguments of the same names.

    An argument is one where it begins the text, stands before an equals sign, has an underscore, is said to be left out, or is
    all that is to be given.

    Example:
        >>> verb = click.Command("plan", params=[click.Option([flag]) for flag in ("--hop", "--by", "--num-lanes")])
        >>> in_flags('hop must be 0 with by="clip" or "change", got 1; see num_lanes', verb)
        '--hop must be 0 with --by clip or change, got 1; see --num-lanes'
    """
    found = _PATH.search(text)
    body, path = (text, "") if found is None else (text[: found.start()], found[0])
    for phrase, instead in PHRASES.items():
        body = body.replace(phrase, instead)
    flags = {each.name: each.opts[0] for each in command.params if isinstance(each, click.Option) and each.name}
    for words, names in CALLED.items():
        given = next((flags[name] for name in names if name in flags), None)
        if given is not None:
            body = re.sub(rf"^{words}(?= must\b)", given, body)
    for name, flag in flags.items():
        body = re.sub(rf"^{name}(?= must\b)", flag, body)
        body = re.sub(rf"(?<![-.\w]){name}=(?:{_QUOTED}(?:(?:, | or ){_QUOTED})*|[\w./-]+)", _as_flag, body)
        body = re.sub(rf"(?<![-.\w]){name}=(?!\w)", flag, body)
        body = re.sub(rf"(?<![-.\w'\"]){name}(?= is left out\b)", flag, body)
        body = re.sub(rf"(?<=\bgive ){name}(?=$|[,;:]| to\b| or\b)", flag, body)
        body = re.sub(rf"(?<=\bbeside ){name}(?=$|[,;:])", flag, body)
        if "_" in name:
            body = re.sub(rf"(?<![-.\w'\"]){name}(?![\w'\"=])", flag, body)
    if body.startswith(("--size ", "--pixels ")):
        body = re.sub(r"\b(got|use) \((\d+), (\d+)\)", r"\1 \2,\3", body).replace("(height, width)", "height,width")
        body = re.sub(r"(?<=--pixels)\((\d+), (\d+)\)", r" \1,\2", body)
    if body.startswith("--labels "):
        body = re.sub(r"\bNone\b", "none", body)
    return re.sub(r"\bgot None(?=;|$)", "got nothing", re.sub(r"\bmust be None\b", "must be left out", body)) + path


def _as_flag(found: re.Match[str]) -> str:
    """Return ``by="clip"`` as ``--by clip``."""
    name, _, values = found[0].partition("=")
    bare = values.replace('"', "").replace("'", "")
    return f"--{name.replace('_', '-')} {bare}"
