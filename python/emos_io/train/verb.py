"""`train`: all seeds of a run, each on its own, and what they have in common; what is done stays, the rest goes on."""

from __future__ import annotations

import hashlib
import math
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from .._checks import as_integer, as_number, checked_path, is_sequence
from .._files import write_text
from ..corpus import Corpus, Split, is_synthetic, keys_sha256, load_split
from ..errors import InvalidArgument, SourceNotFound, quoted, short_repr
from ..evaluation import truth_provenance
from .any_recipe import AnyRecipe
from .damage import damage_is_unreadable
from .kinds import run_kind
from .processes import num_processes, process_number
from .recipe import read_recipe
from .run_folder import RECIPE, RUN, SEED_FACTS, SPLIT, SUMMARY, Run, read_run
from .run_kind import Device, Prepared, Progress, RunKind, Settings
from .seed_folder import is_partial, locked, make, remove_partial
from .sides import Sides, sides_of

_PAST_DAMAGE = 'set on_error = "mask" under [data] of the recipe to train past damage, in a new folder'


def train(
    recipe: AnyRecipe | str | os.PathLike[str],
    corpus: Corpus,
    split: Split | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    seeds: Sequence[int] | None = None,
    device: Device = "auto",
    memory_gib: float | None = None,
    progress: Progress | None = None,
    announce: Callable[[str], None] | None = None,
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
        memory_gib: GiB of memory of the GPU, above 0, in place of what it says of itself; for kinds that estimate what a step
            needs.
        progress: Called as work goes on, with its name, how much is done and how much there is.
        announce: Called with each line that is to be known before the first step, such as how many parameters learn.
        command: What started it, for ``run.json``.

    Raises:
        InvalidArgument: An argument is not allowed, sides share something with test (`sides_of`), media lack a channel that the
            recipe names, or `out` is another run; the text names what differs.
        SourceNotFound, SourceUnreadable, CorpusError: A file is missing, or holds something else.
        ImportError: torch is not installed.
        OSError: A file cannot be written; the last checkpoint stays.

    Cost: that of the recipe, for each seed; each media file of train and validation is opened first.
    """
    chosen = recipe if isinstance(recipe, AnyRecipe) else read_recipe(checked_path(recipe, "recipe"))
    if not isinstance(corpus, Corpus):
        raise InvalidArgument(f"corpus must be a Corpus, got {short_repr(corpus)}; read one with Corpus.load")
    division = load_split(split) if isinstance(split, str | os.PathLike) else split
    folder, asked = checked_path(out, "out"), checked_seeds(chosen.seeds if seeds is None else seeds)
    kind = run_kind(chosen.kind)
    kind.check_seeds(asked)
    if num_processes() > 1 and not kind.trains_together:
        raise InvalidArgument(
            f"processes must be 1 for models of the kind {chosen.kind}, got {num_processes()}; start emos train by itself"
        )
    settings = Settings(device=kind.device(device), memory_gib=_checked_memory(memory_gib, kind), announce=announce)
    sides = sides_of(
        corpus, division, kinds=chosen.item_kinds, on_missing="raise" if chosen.stops_at_damage else "skip"
    )
    if process_number():
        run = _new_run(folder, chosen, kind, sides, asked, settings, command or _python_call(chosen))
        return _Training(chosen, kind, sides, replace(settings, announce=None), None).follow(run)
    with ExitStack() as stack:
        is_new = not folder.is_dir()
        if not is_new:
            stack.enter_context(locked(folder))
        run = _new_run(folder, chosen, kind, sides, asked, settings, command or _python_call(chosen))
        return _Training(chosen, kind, sides, settings, progress).run(run, stack if is_new else None)


class _Training:
    """The seeds of a run on their way."""

    def __init__(
        self, recipe: AnyRecipe, kind: RunKind, sides: Sides, settings: Settings, progress: Progress | None
    ) -> None:
        self.recipe, self.kind, self.sides, self.settings, self.progress = recipe, kind, sides, settings, progress

    def run(self, run: Run, lock: ExitStack | None) -> Run:
        """Train the seeds that are not done; `lock` takes the lock of a folder that is new, once it is made."""
        earlier = _earlier(run.folder, self.kind)
        if earlier is not None:
            run = _going_on(earlier, run, self.kind)
        prepared = self.kind.prepare(self.recipe, self.sides, self.settings, self.progress)
        run = _with_plans(run, prepared, (*self.sides.left_out(), *self.sides.shared))
        if earlier is not None:
            _check_same(earlier, run, ("plans", "classes"), self.kind.kept_facts)
        if lock is not None:
            make(run.folder, "the run")
            lock.enter_context(locked(run.folder))
        remove_partial(run.folder)
        self._begin(run)
        if num_processes() > 1:
            self.kind.train_together(self.recipe, self.sides, run, self.settings, self.progress)
        for seed in run.unfinished:
            with damage_is_unreadable(_PAST_DAMAGE):
                result = self.kind.train_seed(
                    self.recipe,
                    self.sides,
                    run.seed_folder(seed),
                    seed=seed,
                    settings=self.settings,
                    progress=self.progress,
                )
            order = run.seeds.index
            run = replace(run, results=tuple(sorted((*run.results, result), key=lambda each: order(each.seed))))
            run = _with_seed_facts(run, seed, self.kind.seed_facts(run.seed_folder(seed)))
            run.save()
            write_text(run.folder / SUMMARY, self.kind.summary(run, self.sides))
        return run

    def follow(self, run: Run) -> Run:
        """Train with the first process, which writes the run."""
        prepared = self.kind.prepare(self.recipe, self.sides, self.settings, None)
        with damage_is_unreadable(_PAST_DAMAGE):
            self.kind.train_together(self.recipe, self.sides, run, self.settings, None)
        return _with_plans(run, prepared, ())

    def _begin(self, run: Run) -> None:
        """Write what is known before the first step; ``run.json`` last, so that it stands for all of it."""
        write_text(run.folder / RECIPE, self.recipe.as_toml())
        self.sides.split.save(run.folder / SPLIT)
        write_text(run.folder / SUMMARY, self.kind.summary(run, self.sides))
        run.save()


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


def _new_run(
    folder: Path,
    recipe: AnyRecipe,
    kind: RunKind,
    sides: Sides,
    seeds: tuple[int, ...],
    settings: Settings,
    command: str,
) -> Run:
    keys = sides.keys()
    learned = [*sides.train, *sides.validation]
    used = {key for each in keys.values() for key in each}
    return Run(
        folder=folder,
        command=command,
        versions=versions(kind.libraries),
        device=settings.device,
        recipe=recipe.as_dict(),
        recipe_sha256=recipe.sha256,
        corpus_sha256=keys_sha256(item.key for item in sides.corpus),
        truth_sha256=_truth_sha256(sides.corpus, recipe.layers, learned),
        split_sha256=sides.split.sha256,
        layer=recipe.layer,
        classes=(),
        plans={},
        synthetic=any(item.key in used and is_synthetic(item) for item in sides.corpus),
        seeds=seeds,
    )


def _truth_sha256(corpus: Corpus, layers: Sequence[str], keys: Sequence[str]) -> str:
    try:
        found = [str(truth_provenance(corpus, layer, keys)["truth_sha256"]) for layer in layers]
    except InvalidArgument as error:
        # The layer is the recipe's.
        error.args = (str(error).replace("taxonomy must", "labels.layer must", 1),)
        raise
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()


def versions(libraries: Sequence[str]) -> dict[str, str]:
    """Return the versions that a run names: emos_io, python, and these installed distributions."""
    found = {"emos_io": metadata.version("emos-io"), "python": platform.python_version()}
    return found | {name: metadata.version(name) for name in libraries}


def _earlier(folder: Path, kind: RunKind) -> Run | None:
    """Return the run that a folder holds, or None for a folder that is new or empty, or whose run has no checkpoint yet."""
    if (folder / RUN).exists():
        run = read_run(folder, partial=True)
        return run if run.results or any(map(kind.has_begun, folder.glob("seed-*"))) else None
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


def _going_on(earlier: Run, run: Run, kind: RunKind) -> Run:
    """Return the run with what is done of it.

    Raises:
        InvalidArgument: The folder is of another run.
    """
    _check_same(earlier, run, ("recipe_sha256", "split_sha256", "corpus_sha256", "truth_sha256"))
    seeds = (*earlier.seeds, *(seed for seed in run.seeds if seed not in earlier.seeds))
    both = replace(run, seeds=seeds, results=earlier.results, command=earlier.command, facts=earlier.facts)
    for each in both.results:
        if not (file := kind.weights(both.seed_folder(each.seed))).is_file():
            raise SourceNotFound(
                f"seed {each.seed} of the run is done and its weights are gone; name a new folder: {quoted(file)}",
                path=str(file),
            )
    if not both.unfinished:
        return replace(both, versions=earlier.versions, device=earlier.device)
    begun = [(name, earlier.versions.get(name), run.versions[name]) for name in kind.kept]
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


def _check_same(earlier: Run, run: Run, names: Sequence[str], facts: Mapping[str, str] | None = None) -> None:
    different = [_DIFFERENT[name] for name in names if getattr(earlier, name) != getattr(run, name)]
    for name, text in (facts or {}).items():
        if name in earlier.facts and earlier.facts[name] != run.facts.get(name):
            different.append(text)
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


def _with_plans(run: Run, prepared: Prepared, remarks: Sequence[str]) -> Run:
    return replace(
        run,
        plans=prepared.plans,
        classes=prepared.classes,
        remarks=(*remarks, *prepared.remarks),
        facts={**prepared.facts, **{name: value for name, value in run.facts.items() if name == SEED_FACTS}},
    )


def _with_seed_facts(run: Run, seed: int, facts: Mapping[str, object]) -> Run:
    before = run.facts.get(SEED_FACTS)
    seeds = {**(before if isinstance(before, Mapping) else {}), **({str(seed): dict(facts)} if facts else {})}
    return replace(run, facts={**run.facts, SEED_FACTS: seeds}) if seeds else run


def _checked_memory(memory_gib: object, kind: RunKind) -> float | None:
    if memory_gib is None:
        return None
    found = as_number(memory_gib)
    if found is None or not 0 < found < math.inf:
        raise InvalidArgument(
            f"memory_gib must be a number above 0, got {short_repr(memory_gib)}; give the GiB of the GPU"
        )
    if not kind.estimates_memory:
        raise InvalidArgument("memory_gib must be left out for a kind that estimates no memory, got one; leave it out")
    return found


def _python_call(recipe: AnyRecipe) -> str:
    return f"emos_io.train.train({recipe.kind})"
