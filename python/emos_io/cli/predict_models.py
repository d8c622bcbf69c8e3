"""``emos predict`` of large models: of transformers, fine-tuned by emos train, or behind a server."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .._progress import ProgressBar
from ..corpus import SYNTHETIC_REMARK, Corpus, Scalar, Split
from ..errors import EmosError
from .predict_options import AskChoices, PredictOptions, Side, frames_a_second
from .server_options import server_engine

if TYPE_CHECKING:
    from ..inference import AskCounts, AskOptions, Dtype, PlanChoice, TransformersEngine
    from ..train import Run

SIZE = (224, 224)
CLIP_TOKENS, STREAM_TOKENS = 256, 2048
"""Tokens of an answer where they are left out."""


def ask_model(
    name: str, corpus: Corpus, out: str, division: Split | None, options: PredictOptions, command: str
) -> AskCounts:
    """Ask a model of a folder or of the hub; errors are those of `read_saved_model` and `predict_model`."""
    from ..inference import FrameOptions, read_saved_model, saved_engine

    asked = _options(corpus, division, options)
    engine = saved_engine(
        read_saved_model(name),
        dtype=_dtype(options),
        device=options["device"],
        max_new_tokens=asked.max_new_tokens,
        frames=FrameOptions(pixels=options["pixels"]),
    )
    return _ask_local(engine, corpus, out, asked, command)


def ask_tuned(
    run: Run, corpus: Corpus, out: str, division: Split | None, options: PredictOptions, command: str
) -> AskCounts:
    """Ask a fine-tuned model: windows are read, and questions asked, as in training.

    Raises:
        EmosError: As `load_tuned` and `predict_model` say.
    """
    from ..inference import FrameOptions, TransformersEngine
    from ..train.lora import load_tuned

    number = run.done_seed(options["model_seed"], "model_seed")
    tuned = load_tuned(run, number, device=options["device"], dtype=options["dtype"])
    recipe = tuned.recipe
    choices: PredictOptions = {
        **options,
        "prompt_language": recipe.prompt.language
        if options["prompt_language"] == "auto"
        else options["prompt_language"],
        "ask_layer": options["ask_layer"] or recipe.prompt.layers,
        "max_new_tokens": options["max_new_tokens"] or (None if _is_stream(options) else recipe.prompt.max_new_tokens),
        "missing_audio": recipe.data.missing_audio,
    }
    if _plan_kind(options) is None:
        # What it was trained on: clips, or windows where it has learned of these alone.
        choices["plan"] = "clips" if "clips" in recipe.data.kinds else "windows"
    if choices["plan"] == "windows":
        choices["length"] = options["length"] or str(recipe.data.seconds)
        choices["hop"] = options["hop"] or str(recipe.data.hop)
    if options["prompt"] is None and not _is_stream(options):
        choices["prompt"] = recipe.prompt.name
    frames: Any = tuned.options
    asked = _options(corpus, division, choices, fps=str(frames["fps"]), size=frames["size"])
    model: Any = tuned.model
    engine = TransformersEngine(
        model,
        tuned.processor,
        max_new_tokens=asked.max_new_tokens,
        identity=_tuned_identity(run, number, recipe.model.base, recipe.model.weights),
        frames=FrameOptions(
            pixels=frames["pixels"], missing_frames=frames["missing_frames"], odd_frames=frames["odd_frames"]
        ),
    )
    own = run.split()
    header: dict[str, Scalar] = {
        "recipe_sha256": run.recipe_sha256,
        "trained_with_split": run.split_sha256,
        "model_seed": number,
        "trained_on_synthetic": run.synthetic,
    }
    trained = {*own.train, *(own.validation or ())}
    return _ask_local(engine, corpus, out, asked, command, trained=trained, header=header)


def ask_server(
    address: str, corpus: Corpus, out: str, division: Split | None, options: PredictOptions, command: str
) -> AskCounts:
    """Ask a server; errors are those of `server_engine` and `predict_model`."""
    from ..inference import predict_model
    from ..inference.server import RequestsSpent

    asked = _options(corpus, division, options)
    engine = server_engine(address, options, max_new_tokens=asked.max_new_tokens, seed=options["seed"])
    try:
        with ProgressBar() as bar:
            return predict_model(
                engine,
                corpus,
                out,
                asked,
                command=command,
                check=engine.check,
                progress=lambda done, total: bar.show("windows", done, total),
            )
    except RequestsSpent as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(1) from error


def ask_lines(counts: AskCounts, side: Side | None, out: str) -> list[str]:
    """Return what is printed of counts."""
    kinds = [(counts.monologues, "monologue"), (counts.clips, "clip")]
    items = " and ".join(f"{count} {kind}{'' if count == 1 else 's'}" for count, kind in kinds if count)
    where = "" if side is None else f" of {side}" if side != "all" else " of all sides"
    there = counts.predictions - counts.written
    before = f", {there} of which were there" if there > 0 else ""
    lines = [f"{counts.predictions} predictions{before}, for {items}{where}: {out}"]
    if counts.unanswered:
        lines.append(f"{counts.unanswered} requests have no answer, and count as wrong; --retry-failed asks them again")
    if counts.unread:
        lines.append(
            f"{counts.unread} answers of this call could not be read in a layer; they are in the file and count as wrong"
        )
    if counts.invalid:
        lines.append(f"{counts.invalid} segments of answers of this call are invalid; the file says why")
    if counts.without_media:
        lines.append(f"{counts.without_media} items have no media at hand and are not predicted")
    if counts.trained_on:
        lines.append(f"{counts.trained_on} items lie in train or validation of the run: their scores say little")
    if counts.synthetic:
        lines.append(SYNTHETIC_REMARK)
    return lines


def _ask_local(
    engine: TransformersEngine,
    corpus: Corpus,
    out: str,
    asked: AskOptions,
    command: str,
    *,
    trained: Collection[str] = (),
    header: Mapping[str, Scalar] | None = None,
) -> AskCounts:
    from dataclasses import replace

    from ..inference import predict_model

    with ProgressBar() as bar:
        return predict_model(
            engine,
            corpus,
            out,
            replace(asked, max_tokens=asked.max_tokens or engine.max_tokens),
            counter=engine.counter,
            audio=engine.audio,
            trained=trained,
            header=header,
            command=command,
            progress=lambda done, total: bar.show("windows", done, total),
        )


def _options(
    corpus: Corpus,
    division: Split | None,
    options: AskChoices,
    *,
    fps: str | None = None,
    size: tuple[int, int] | None = None,
) -> AskOptions:
    """Return what is asked, of the options of a command line."""
    from ..inference import AskOptions

    plan = _plan(options)
    return AskOptions(
        plan=plan,
        prompt=options["prompt"],
        layers=list(options["ask_layer"]) or None,
        language=options["prompt_language"],
        fps=frames_a_second(fps or options["fps"]),
        size=size or options["size"] or SIZE,
        split=division,
        side=options["side"] if division is not None else None,
        ablate=options["ablate"],
        seed=options["seed"],
        max_tokens=options["max_tokens"],
        too_long=options["too_long"],
        max_new_tokens=options["max_new_tokens"] or (STREAM_TOKENS if plan.kind == "streams" else CLIP_TOKENS),
        batch_size=options["batch_size"],
        missing_audio=options["missing_audio"],
        retry_failed=options["retry_failed"],
    )


def _plan(options: AskChoices) -> PlanChoice:
    from ..inference import PlanChoice

    try:
        return PlanChoice(
            kind=_plan_kind(options) or "clips",
            length=options["length"],
            hop=options["hop"],
            context=options["context"],
        )
    except EmosError as error:
        raise click.UsageError(f"--{error}") from error


def _plan_kind(options: AskChoices) -> Any:
    """Return the plan that is asked for, by --plan or --by; None where both are left out."""
    if options["by"] is None:
        return options["plan"]
    if options["plan"] not in (None, "clips"):
        raise click.UsageError(
            f"--by must be left out beside --plan {options['plan']}, got clip; leave one of them out"
        )
    return "clips"


def _is_stream(options: AskChoices) -> bool:
    return options["plan"] == "streams"


def _dtype(options: PredictOptions) -> Dtype:
    """Return the type of weights: as given, else bf16 on an accelerator and float32 on the CPU."""
    return options["dtype"] or ("float32" if options["device"] == "cpu" else "bf16")


def _tuned_identity(run: Run, seed: int, base: str, weights: str) -> dict[str, Scalar]:
    """Return what says which fine-tuned model it is: its base, and the checksum of what was trained."""
    from ..inference import folder_sha256

    folder = run.seed_folder(seed) / ("model" if weights == "all" else "adapter")
    name = Path(base).resolve().name if Path(base).is_dir() else base
    digest = {"base_sha256": folder_sha256(Path(base))} if weights != "all" and Path(base).is_dir() else {}
    return {
        "model": f"{name}-{'tuned' if weights == 'all' else 'lora'}-{seed}",
        "base": name,
        **digest,
        "weights_sha256": folder_sha256(folder),
    }
