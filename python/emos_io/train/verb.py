"""`train`: all seeds of a run, each on its own, and what they have in common; what is done stays, the rest goes on."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .._checks import as_integer, checked_path, choice, is_sequence
from .._files import write_text
from .._install import install
from ..corpus import Corpus, Split, is_synthetic, keys_sha256, load_split
from ..errors import InvalidArgument, SourceNotFound, quoted, short_repr
from ..evaluation import truth_provenance
from .channel_check import check_channels, count_channels
from .damage import damage_is_unreadable
from .recipe import Recipe, read_recipe
from .run_folder import BEST, CHECKPOINT, RECIPE, RUN, SPLIT, SUMMARY, Run, read_run
from .run_summary import summary_text
from .seed_folder import is_partial, locked, make, remove_partial
from .sides import TRAINING_SIDES, Sides, sides_of

if TYPE_CHECKING:
    from .loop import TrainProgress

Device = Literal["auto", "cpu", "cuda"]
DEVICES: tuple[Device, ...] = ("auto", "cpu", "cuda")
"""What a model is trained on; ``"auto"`` is a GPU where torch finds one."""
Progress = Callable[[str, int, int], None]
"""Called with what is done, how many of it and how many there are."""
_VERSIONS = ("emos_io", "torch")
"""Libraries whose version a run that goes on must have kept."""

_PAST_DAMAGE = 'set on_error = "mask" under [data] of the recipe to train past damage, in a new folder'


def train(
    recipe: Recipe | str | os.PathLike[str],
    corpus: Corpus,
    split: Split | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    seeds: Sequence[int] | None = None,
    device: Device = "auto",
    progress: Progress | None = None,
    command: str | None = None,
) -> Run:
    """Train a model for each seed, and write a run folder; on a folder of the same run go on where it stopped.

    Seeds that are done are kept, one that was stopped goes on from its last checkpoint, and others begin. Whether everything
    fits together is checked before the first step.

    Args:
        recipe: The recipe, its file, or the name of one that ships, such as ``"av-small.toml"``.
        corpus: The corpus, its media linked.
        split: A split with a validation side, or its file.
        out: The run folder: a new one, an empty one, or one of this run.
        seeds: Seeds from 0; those of the recipe if left out, three by default. More seeds may be added to a run later.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"`` for a GPU where there is one.
        progress: Called as work goes on, with its name, how much is done and how much there is.
        command: What started it, for ``run.json``.

    Raises:
        InvalidArgument: An argument is not allowed, sides share something with test (`sides_of`), media lack a channel that the
            recipe names, or `out` is another run; the text names what differs.
        SourceNotFound, SourceUnreadable, CorpusError: A file is missing, or holds something else.
        ImportError: torch is not installed.
        OSError: A file cannot be written; the last checkpoint stays.

    Cost: that of the recipe, for each seed; each media file of train and validation is opened first.
    """
    chosen = recipe if isinstance(recipe, Recipe) else read_recipe(checked_path(recipe, "recipe"))
    if not isinstance(corpus, Corpus):
        raise InvalidArgument(f"corpus must be a Corpus, got {short_repr(corpus)}; read one with Corpus.load")
    division = load_split(split) if isinstance(split, str | os.PathLike) else split
    folder, asked = checked_path(out, "out"), checked_seeds(chosen.training.seeds if seeds is None else seeds)
    where = _checked_device(device)
    sides = sides_of(
        corpus, division, kinds=chosen.data.kinds, on_missing="raise" if chosen.data.on_error == "raise" else "skip"
    )
    with ExitStack() as stack:
        is_new = not folder.is_dir()
        if not is_new:
            stack.enter_context(locked(folder))
        run = _new_run(folder, chosen, sides, asked, where, command or _python_call(chosen))
        return _train(run, chosen, sides, progress, stack if is_new else None)


def _train(run: Run, chosen: Recipe, sides: Sides, progress: Progress | None, lock: ExitStack | None) -> Run:
    """Train the seeds of a run that are not done; `lock` takes the lock of a folder that is new, once it is made."""
    earlier = _earlier(run.folder)
    if earlier is not None:
        run = _going_on(earlier, run)
    channels = _channel_remarks(chosen, sides, progress)
    run = _with_plans(run, chosen, sides, (*sides.left_out(), *sides.shared, *channels))
    if earlier is not None:
        _check_same(earlier, run, ("plans", "classes"))
    if lock is not None:
        make(run.folder, "the run")
        lock.enter_context(locked(run.folder))
    remove_partial(run.folder)
    _begin(run, chosen, sides)
    # torch is loaded once everything else is known to fit.
    from .loop import train_seed

    for seed in run.unfinished:
        show = None if progress is None else _of_seed(progress, seed)
        with damage_is_unreadable(_PAST_DAMAGE):
            result = train_seed(chosen, sides, run.seed_folder(seed), seed=seed, device=run.device, progress=show)
        run = replace(run, results=tuple(sorted((*run.results, result), key=lambda each: run.seeds.index(each.seed))))
        run.save()
        write_text(run.folder / SUMMARY, summary_text(run, sides))
    return run


def checked_seeds(seeds: object) -> tuple[int, ...]:
    """Return seeds: integers from 0, each once.

    Raises:
        InvalidArgument: They are not.

    Example:
        >>> checked_seeds([2, 0])
        (2, 0)
    """
    several = list(seeds) if is_sequence(seeds) else []  # type: ignore[call-overload]
    found = [as_integer(seed) for seed in several]
    if not found or any(seed is None or not 0 <= seed < 2**31 for seed in found) or len(set(found)) < len(found):
        raise InvalidArgument(
            f"seeds must be different integers from 0 to 2147483647, got {short_repr(seeds)}; give 0,1,2"
        )
    return tuple(seed for seed in found if seed is not None)


def _checked_device(device: object) -> str:
    wanted = choice(device, DEVICES, "device")
    try:
        import torch
    except ImportError as error:
        raise ImportError(f"torch is not installed; {install('train')}") from error
    if wanted == "cpu":
        return "cpu"
    has_gpu = torch.cuda.is_available()
    if wanted == "cuda" and not has_gpu:
        raise InvalidArgument('device must be "cpu" where torch finds no GPU, got "cuda"; leave it out')
    return "cuda" if has_gpu else "cpu"


def _new_run(folder: Path, recipe: Recipe, sides: Sides, seeds: tuple[int, ...], device: str, command: str) -> Run:
    keys = sides.keys()
    learned = [*sides.train, *sides.validation]
    used = {key for each in keys.values() for key in each}
    return Run(
        folder=folder,
        command=command,
        versions=versions(),
        device=device,
        recipe=recipe.as_dict(),
        recipe_sha256=recipe.sha256,
        corpus_sha256=keys_sha256(item.key for item in sides.corpus),
        truth_sha256=_truth_sha256(sides.corpus, recipe.layer, learned),
        split_sha256=sides.split.sha256,
        layer=recipe.layer,
        classes=(),
        plans={},
        synthetic=any(item.key in used and is_synthetic(item) for item in sides.corpus),
        seeds=seeds,
    )


def _truth_sha256(corpus: Corpus, layer: str, keys: Sequence[str]) -> str:
    try:
        return str(truth_provenance(corpus, layer, keys)["truth_sha256"])
    except InvalidArgument as error:
        # The layer is the recipe's.
        error.args = (str(error).replace("taxonomy must", "labels.layer must", 1),)
        raise


def versions() -> dict[str, str]:
    """Return the versions that a run names."""
    found = {"emos_io": metadata.version("emos-io"), "python": platform.python_version()}
    return found | {name: metadata.version(name) for name in ("numpy", "torch", "torchdata")}


def _earlier(folder: Path) -> Run | None:
    """Return the run that a folder holds, or None for a folder that is new or empty, or whose run has no checkpoint yet."""
    if (folder / RUN).exists():
        run = read_run(folder, partial=True)
        return run if run.results or any(folder.glob(f"seed-*/{CHECKPOINT}")) else None
    if folder.exists() and not folder.is_dir():
        raise InvalidArgument(f"out must be a folder, got a file; name a new one: {quoted(folder)}", path=str(folder))
    # A run that was killed before its run.json left these at most.
    names = {each.name for each in folder.iterdir() if not is_partial(each)} if folder.exists() else set()
    if names - {RECIPE, SPLIT, SUMMARY}:
        raise InvalidArgument(
            f"out must be a new folder or one of a run, got one with other files; name a new one: {quoted(folder)}",
            path=str(folder),
        )
    return None


def _going_on(earlier: Run, run: Run) -> Run:
    """Return the run with what is done of it.

    Raises:
        InvalidArgument: The folder is of another run.
    """
    _check_same(earlier, run, ("recipe_sha256", "split_sha256", "corpus_sha256", "truth_sha256"))
    seeds = (*earlier.seeds, *(seed for seed in run.seeds if seed not in earlier.seeds))
    both = replace(run, seeds=seeds, results=earlier.results, command=earlier.command)
    for each in both.results:
        if not (file := both.seed_folder(each.seed) / BEST).is_file():
            raise SourceNotFound(
                f"seed {each.seed} of the run is done and its weights are gone; name a new folder: {quoted(file)}",
                path=str(file),
            )
    if not both.unfinished:
        return replace(both, versions=earlier.versions, device=earlier.device)
    begun = [(name, earlier.versions.get(name), run.versions[name]) for name in _VERSIONS]
    different = [f"{name} {old} (now {new})" for name, old, new in begun if old != new]
    if earlier.device != run.device:
        different.append(f"device {earlier.device} (now {run.device})")
    if different:
        raise InvalidArgument(
            f"out must be a run of the same versions, got {', '.join(different)}; go on with these, or name a new folder: "
            f"{quoted(run.folder)}",
            path=str(run.folder),
        )
    return both


_DIFFERENT = {
    "recipe_sha256": "another recipe",
    "split_sha256": "another split",
    "corpus_sha256": "a corpus of other items",
    "truth_sha256": "other labels",
    "plans": "other windows",
    "classes": "other classes",
}


def _check_same(earlier: Run, run: Run, names: Sequence[str]) -> None:
    different = [_DIFFERENT[name] for name in names if getattr(earlier, name) != getattr(run, name)]
    if "recipe_sha256" in names and earlier.recipe_sha256 != run.recipe_sha256:
        different[0] += f" ({', '.join(_changed(earlier, run))})"
    if different:
        raise InvalidArgument(
            f"out must be a run of these arguments, got one of {' and '.join(different)}; name a new folder: "
            f"{quoted(run.folder)}",
            path=str(run.folder),
        )


def _changed(earlier: Run, run: Run) -> list[str]:
    """Return the keys of the recipe whose values differ, as ``training.epochs``."""

    def flat(recipe: object) -> dict[str, object]:
        sections = recipe if isinstance(recipe, dict) else {}
        return {f"{section}.{key}": value for section, table in sections.items() for key, value in table.items()}

    old, new = flat(earlier.recipe), flat(run.recipe)
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


def _channel_remarks(recipe: Recipe, sides: Sides, progress: Progress | None) -> tuple[str, ...]:
    silence = recipe.data.missing_audio == "silence"
    lines: list[str] = []
    for side in TRAINING_SIDES:

        def show(done: int, total: int, side: str = side) -> None:
            if progress is not None:
                progress(f"media of {side}", done, total)

        counts = count_channels(sides.corpus, sides.keys()[side], show)
        lines += check_channels(counts, side, recipe.model.channels, silence_allowed=silence)
    return tuple(lines)


def _with_plans(run: Run, recipe: Recipe, sides: Sides, remarks: Sequence[str]) -> Run:
    from .plans import side_plans

    plans = side_plans(recipe, sides)
    unread = []
    for side, plan in (("train", plans.train), ("validation", plans.validation)):
        if plan.skipped:
            first = plan.skipped[0]
            what = "item is" if len(plan.skipped) == 1 else "items are"
            unread.append(f"{len(plan.skipped)} {what} left out of {side}, {first.key} first: {first.reason}")
    return replace(run, plans=plans.fingerprints(), classes=plans.classes, remarks=(*remarks, *unread))


def _begin(run: Run, recipe: Recipe, sides: Sides) -> None:
    """Write what is known before the first step; ``run.json`` last, so that it stands for all of it."""
    write_text(run.folder / RECIPE, recipe.as_toml())
    sides.split.save(run.folder / SPLIT)
    write_text(run.folder / SUMMARY, summary_text(run, sides))
    run.save()


def _of_seed(progress: Progress, seed: int) -> Callable[[TrainProgress], None]:
    def show(now: TrainProgress) -> None:
        progress(f"seed {seed}, epoch {now.epoch + 1} of {now.num_epochs}, {now.phase}", now.step, now.num_steps)

    return show


def _python_call(recipe: Recipe) -> str:
    return f"emos_io.train.train({recipe.model.kind})"
