"""``emos eval``: predict, then score what was predicted, in one command; or by all forms of a prompt, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import click
from click.core import ParameterSource

from .. import evaluation
from ..evaluation import read_predictions, read_split
from .corpora import read_corpus, with_media_alone
from .eval_forms import FORMS, form_path, form_rows, print_forms, prompt_of_form
from .options import is_default
from .output import output, print_json
from .own_data import OwnDataOptions, own_data
from .predict import predict
from .score import check_paper, ended_by_findings, print_findings, score, sliced_by
from .sections import SectionedCommand

_SCORE_ONLY = ("by", "paper", "draws", "strict")
"""Options of emos score that emos predict has not, or has with another meaning."""
_NOT_OF_PREDICT = ("by", "json")
"""Options of emos predict that mean something else here: windows are chosen by --plan."""
_MOST_PARITY = 64
_SHARED = (*(name for name in OwnDataOptions.__annotations__ if name != "layer"), "seed")
"""Options that both get."""


def _parameters() -> list[click.Parameter]:
    """Return the options of both verbs, each once; arguments are those of emos predict."""
    own = [each for each in predict.params if each.name not in _NOT_OF_PREDICT]
    scored = {each.name: each for each in score.params}
    forms = click.Option(
        ["--forms"],
        type=click.Choice(["all"]),
        help="Ask with each form of the prompt in turn (words, letters, json) and print them side by side: a score that hangs "
        "on the form says less of the model. FILE gets the name of the form before its suffix.",
    )
    parity = click.Option(
        ["--parity"],
        type=click.IntRange(2, _MOST_PARITY),
        metavar="N",
        help="Of a run of the kind lora: ask N windows that it was trained with, as they are and with the frames or the audio "
        "of another, and say whether prediction sees what training saw.",
    )
    as_json = click.Option(
        ["--json"], is_flag=True, help="What emos predict and emos score print as JSON, a line each; the forms last."
    )
    return [*own, *(scored[name] for name in _SCORE_ONLY), forms, parity, as_json]


class _Eval(SectionedCommand):
    """The verb, with the sections of emos predict and one of scores."""

    sections: ClassVar[Mapping[str, Sequence[str]]] = {
        **getattr(predict, "sections", {}),
        "How it is scored": _SCORE_ONLY,
        "What else": ("forms", "parity"),
    }


@dataclass(frozen=True, slots=True)
class _Given:
    """The command line: what was written, by the name of each parameter."""

    context: click.Context

    def written(self, name: str) -> bool:
        """Return whether an option was written."""
        return self.context.get_parameter_source(name) is ParameterSource.COMMANDLINE

    def words(self, command: click.Command, names: Sequence[str | None], **instead: str) -> list[str]:
        """Return the words of a command line of another verb, of these parameters; some of them have other values."""
        options, arguments = [], []
        for parameter in command.params:
            name = parameter.name or ""
            if name not in names or not (name in instead or self.written(name)):
                continue
            value = instead.get(name, self.context.params[name])
            if isinstance(parameter, click.Option):
                if parameter.is_flag:
                    options += [parameter.opts[0]] * bool(value)
                    continue
                for each in value if isinstance(value, tuple) and parameter.multiple else (value,):
                    # A size is written with a comma.
                    text = ",".join(map(str, each)) if isinstance(each, tuple) else str(each)
                    options += [parameter.opts[0], text]
            else:
                arguments.append(str(value))
        return [*options, "--", *arguments] if arguments else options


@click.command("eval", cls=_Eval, params=_parameters())
@click.pass_context
def eval(context: click.Context, /, **options: object) -> int:
    """Predict the labels of a corpus by a model, then score them: emos predict and emos score in one.

    The file of predictions stays: the same command again asks what it lacks, and emos score reads it beside others. A run of
    emos train is scored on the side that its split says, another model on the items that it was asked about.
    """
    given = _Given(context)
    # What scoring refuses is refused before anything is predicted.
    sliced = sliced_by(str(options["by"]))
    if options["paper"]:
        check_paper(next(iter(_layer(given)[1:]), None), sliced)
    if options["parity"] is not None and not (Path(_model(given)) / "recipe.toml").is_file():
        raise click.UsageError("--parity must be with a run of emos train of the kind lora, got no run; leave it out")
    if options["forms"] is not None:
        if options["parity"] is not None:
            raise click.UsageError(
                "--parity must be without --forms, got both; a run learns one form: leave one of them out"
            )
        return _all_forms(given)
    _predict(given)
    arguments = given.words(score, [*_SCORE_ONLY, *_SHARED, "json"])
    corpus = ["--corpus", str(options["corpus"]), *_layer(given), *_division(given, str(options["out"]))]
    found = _run(score, [*arguments, *corpus, "--", str(options["out"])], context)
    code = int(found) if isinstance(found, int) else 0
    return max(code, _parity(given)) if options["parity"] is not None else code


def _parity(given: _Given) -> int:
    """Check whether prediction sees what training saw, and print it; 1 where it does not."""
    options = given.context.params
    from ..train import check_run, read_run

    own = own_data({name: options[name] for name in OwnDataOptions.__annotations__})  # type: ignore[arg-type]
    corpus = read_corpus(str(options["corpus"]), own)
    media = options.get("media")
    if media is not None:
        corpus = with_media_alone(corpus, str(media))
    try:
        found = check_run(
            read_run(_model(given)),
            corpus,
            num_items=int(options["parity"]),
            seed=options["model_seed"],
            device=str(options["device"]),
            dtype=options["dtype"],
        )
    except ImportError as error:
        raise click.UsageError(str(error)) from error
    if options["json"]:
        print_json({"parity": found.as_dict()})
    else:
        for line in found.lines():
            output().print(line, soft_wrap=True)
    for line in found.findings():
        click.echo(f"parity: {line}", err=True)
    return 1 if found.lost else 0


def _predict(given: _Given, **instead: str) -> None:
    names = [each.name for each in predict.params if each.name != "by"]
    _run(predict, given.words(predict, names, **instead), given.context)


def _run(command: click.Command, words: Sequence[str], parent: click.Context) -> object:
    """Run another verb as its own command line would."""
    with command.make_context(command.name, list(words), parent=parent.parent) as context:
        return command.invoke(context)


def _layer(given: _Given) -> list[str]:
    """Return the layer that is scored; all that the file has where none, or several, were asked for."""
    value = given.context.params.get("layer")
    chosen = value if isinstance(value, tuple) else () if value is None else (value,)
    return ["--layer", str(chosen[0])] if len(chosen) == 1 else []


def _division(given: _Given, out: str) -> list[str]:
    """Return the split and the side that are scored: those that were predicted."""
    header = read_predictions(out).header
    side = str(header.get("side") or "all")
    if "split_sha256" not in header or side == "all":
        return []
    split = given.context.params.get("split")
    if split is None:
        # A run predicts by its own split where none is given.
        split = str(Path(_model(given)) / "split.json")
    return ["--split", str(split), "--side", side]


def _model(given: _Given) -> str:
    """Return the first argument."""
    first = next(each for each in given.context.command.params if isinstance(each, click.Argument))
    return str(given.context.params[first.name or ""])


def _all_forms(given: _Given) -> int:
    """Predict by each form of the prompt, and print the three side by side."""
    options = given.context.params
    for name in ("prompt", "paper"):
        if not is_default(name):
            raise click.UsageError(f"--forms must be without --{name}, got both; leave one of them out")
    if "prompt" not in {each.name for each in predict.params}:
        raise click.UsageError("--forms must be with a model that is asked by a prompt; leave it out")
    paths = {form: form_path(str(options["out"]), form) for form in FORMS}
    for form, path in paths.items():
        _predict(given, out=path, prompt=prompt_of_form(form, options.get("plan")))
    own = own_data({name: options[name] for name in OwnDataOptions.__annotations__}, layer_alone=True)  # type: ignore[arg-type]
    found = read_corpus(str(options["corpus"]), own)
    scores = []
    layer = next(iter(_layer(given)[1:]), None)
    with ended_by_findings():
        for form, path in paths.items():
            words = _division(given, path)
            scores.append(
                evaluation.score(
                    replace(read_predictions(path, strict=bool(options["strict"])), name=form),
                    found,
                    split=read_split(words[1]) if words else None,
                    side=words[3] if words else "test",  # type: ignore[arg-type]
                    layer=layer,
                    by=sliced_by(str(options["by"])),
                    draws=int(options["draws"]),
                    seed=int(options["seed"]),
                    strict=bool(options["strict"]),
                )
            )
    rows = form_rows(scores)
    if options["json"]:
        for each in scores:
            print_json(each.as_dict())
        print_json({"forms": [row.as_dict() for row in rows], "files": paths})
    else:
        print_forms(output(), rows)
    for each in scores:
        print_findings(each.name, each.findings)
    return 1 if any(each.findings.at_least("fault") for each in scores) else 0
