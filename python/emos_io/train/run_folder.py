"""The folder of a run: what was trained with what and how well it did, in files that are written whole and read checked.

```text
 RUN ──┬── run.json      versions, command, checksums, plans, recipe, classes, results a seed
       ├── recipe.toml   the recipe with every key
       ├── split.json    the sides
       ├── card.md       the same for people
       └── seed-0/       best.pt, checkpoint.pt, log.csv, result.json, tensorboard/
```
"""

from __future__ import annotations

import json
import math
import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from .._checks import as_integer, as_number, checked_path
from .._files import write_text
from ..corpus import Split, load_split
from ..errors import CorpusError, InvalidArgument, SourceNotFound, SourceUnreadable, quoted, short_repr
from .results import SeedResult

if TYPE_CHECKING:
    from .av_small.model import AVSmall

FORMAT = "emos run"
FORMAT_VERSION = 1
"""Counts up when folders of a run begin to mean something else."""
RUN, RECIPE, SPLIT, SUMMARY = "run.json", "recipe.toml", "split.json", "card.md"
BEST, CHECKPOINT = "best.pt", "checkpoint.pt"
SEED_FACTS = "seeds"
"""The name under which `Run.facts` has those of seeds."""
_RESULT_KINDS = {"seed": int, "best_epoch": int, "num_epochs": int, "num_steps": int, "stopped": str}
"""Values of a result; the others are numbers."""
_OPTIONAL_RESULTS = {"training_accuracy"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Run:
    """A run: one recipe, one corpus, one split, several seeds.

    Attributes:
        folder: The folder.
        command: What started it.
        versions: Versions by name of the library, of the last start.
        device: ``"cpu"``, or the name of the GPU's kind.
        recipe: The recipe as tables of plain values.
        recipe_sha256: Its checksum.
        corpus_sha256: `emos_io.corpus.keys_sha256` of all items of the corpus.
        truth_sha256: Checksum of the labels of train and validation.
        split_sha256: That of the split.
        layer: The label layer.
        classes: Names of classes, in the order of logits.
        plans: Fingerprints of the plans of seed 0, by side.
        synthetic: Whether an item of any side was made by a program.
        seeds: The seeds that were asked for, in their order.
        results: What came of those that are done, on validation.
        remarks: What is left out, what train and validation share, and what media lack, one line each.
        facts: What a kind of model says else of the run, by name; of seeds under ``"seeds"``, by their numbers as text.
    """

    folder: Path
    command: str
    versions: Mapping[str, str]
    device: str
    recipe: Mapping[str, object]
    recipe_sha256: str
    corpus_sha256: str
    truth_sha256: str
    split_sha256: str
    layer: str
    classes: tuple[str, ...]
    plans: Mapping[str, str]
    synthetic: bool
    seeds: tuple[int, ...]
    results: tuple[SeedResult, ...] = ()
    remarks: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)

    def __repr__(self) -> str:
        score = "" if self.mean is None else f", macro F1 {self.mean:.3f} on validation"
        return f"Run({str(self.folder)!r}, {len(self.results)} of {len(self.seeds)} seeds{score})"

    @property
    def kind(self) -> str:
        """The kind of model: ``"av-small"``, ``"lora"`` or another one of the recipe's ``model.kind``."""
        model = self.recipe.get("model")
        return str(model["kind"]) if isinstance(model, Mapping) and "kind" in model else ""

    @property
    def unfinished(self) -> tuple[int, ...]:
        """The seeds that are not done."""
        done = {each.seed for each in self.results}
        return tuple(seed for seed in self.seeds if seed not in done)

    @property
    def mean(self) -> float | None:
        """The mean macro F1 over the seeds that are done, on validation; None where none is."""
        return statistics.fmean(each.macro_f1 for each in self.results) if self.results else None

    @property
    def sd(self) -> float | None:
        """The standard deviation of the macro F1 over seeds (divided by n - 1); None for fewer than two."""
        return statistics.stdev(each.macro_f1 for each in self.results) if len(self.results) > 1 else None

    def seed_folder(self, seed: int) -> Path:
        """Return the folder of a seed."""
        return self.folder / f"seed-{seed}"

    def split(self) -> Split:
        """Return the split.

        Raises:
            SourceNotFound: Its file is gone.
            CorpusError: It is none, or another split than the one of the run.
        """
        found = load_split(self.folder / SPLIT)
        if found.sha256 != self.split_sha256:
            raise CorpusError(
                f"the split is another one than that of the run; train again in a new folder: {quoted(self.folder / SPLIT)}",
                path=str(self.folder / SPLIT),
            )
        return found

    def done_seed(self, seed: int | None = None, name: str = "seed") -> int:
        """Return a seed that is done.

        Args:
            seed: The seed; None for the first one that is done.
            name: What it is called in the text of an error.

        Raises:
            InvalidArgument: There is no such seed, or it is not done.
        """
        done = [each.seed for each in self.results]
        if not done:
            raise InvalidArgument(f"run must have a seed that is done, got none; {_again(self.folder)}")
        chosen = done[0] if seed is None else as_integer(seed)
        if chosen not in done:
            names = ", ".join(map(str, done))
            hint = _again(self.folder) if chosen in self.seeds else "take one of these"
            raise InvalidArgument(f"{name} must be one of {names}, which are done, got {short_repr(seed)}; {hint}")
        assert chosen is not None
        return chosen

    def load_model(self, seed: int | None = None) -> AVSmall:
        """Return the model of a seed at its best epoch, on the CPU, ready to predict.

        Args:
            seed: The seed; the first one that is done if left out.

        Raises:
            InvalidArgument: There is no such seed, or it is not done.
            SourceNotFound, SourceUnreadable: Its file of weights is gone, or holds something else.
            ImportError: torch is not installed.
        """
        from .weights import load_weights

        chosen = self.done_seed(seed)
        return load_weights(self.seed_folder(chosen) / BEST, self.classes)

    def as_dict(self) -> dict[str, object]:
        """Return what ``run.json`` holds: all attributes but the folder, the format, mean and sd; facts where there are."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "folder"}
        values["results"] = [each.as_dict() for each in self.results]
        if not self.facts:
            del values["facts"]
        return {"format": FORMAT, "format_version": FORMAT_VERSION, **values, "mean": self.mean, "sd": self.sd}

    def save(self) -> None:
        """Write ``run.json``, whole or not at all.

        Raises:
            OSError: It cannot be written.
        """
        write_text(self.folder / RUN, json.dumps(self.as_dict(), ensure_ascii=False, indent=1) + "\n")


def read_run(folder: str | os.PathLike[str], *, partial: bool = False) -> Run:
    """Return the run of a folder.

    Args:
        folder: What ``emos train --out`` named.
        partial: Whether seeds may be unfinished; else all that were asked for must be done.

    Raises:
        SourceNotFound: There is no such folder, or no run in it.
        SourceUnreadable: Its ``run.json`` is none.
        CorpusError: It is of another format version, or seeds are unfinished.

    Example:
        >>> read_run("no-such-run")
        Traceback (most recent call last):
        ...
        emos_io.errors.SourceNotFound: there is no such run; give the folder that emos train --out wrote: "no-such-run"
    """
    path = checked_path(folder, "folder")
    values = _table(path)
    version = values.get("format_version")
    if version != FORMAT_VERSION:
        raise CorpusError(
            f"the run must be of format version {FORMAT_VERSION}, got {short_repr(version)}; train again in a new folder, or "
            f"read it with the emos-io that wrote it: {quoted(path)}",
            path=str(path),
        )
    try:
        run = _run_of(path, values)
    except (InvalidArgument, TypeError, KeyError, AttributeError) as error:
        raise SourceUnreadable(
            f"the run cannot be read ({error}); train again in a new folder: {quoted(path / RUN)}", path=str(path / RUN)
        ) from error
    if run.unfinished and not partial:
        left = ", ".join(map(str, run.unfinished))
        what = "seed is" if len(run.unfinished) == 1 else "seeds are"
        raise CorpusError(
            f"{len(run.unfinished)} {what} unfinished ({left}); {_again(path)}",
            path=str(path),
        )
    return run


def _again(folder: Path) -> str:
    return f"run emos train again with this folder, which goes on: {quoted(folder)}"


def _table(path: Path) -> Mapping[str, object]:
    file = path / RUN
    try:
        values: object = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        what = "the folder holds no run" if path.is_dir() else "there is no such run"
        raise SourceNotFound(
            f"{what}; give the folder that emos train --out wrote: {quoted(path)}", path=str(path)
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no JSON"
        raise SourceUnreadable(
            f"the run cannot be read ({reason}); train again in a new folder: {quoted(file)}", path=str(file)
        ) from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise SourceUnreadable(
            f"the file is no run of emos train; give the folder that it wrote: {quoted(file)}", path=str(file)
        )
    return values


def _run_of(path: Path, values: Mapping[str, object]) -> Run:
    known: dict[str, object] = {"folder": path}
    for name in ("command", "device", "recipe_sha256", "corpus_sha256", "truth_sha256", "split_sha256", "layer"):
        known[name] = _of_kind(values, name, str)
    for name in ("versions", "recipe", "plans"):
        known[name] = _of_kind(values, name, dict)
    known["synthetic"] = _of_kind(values, "synthetic", bool)
    known["facts"] = _of_kind({"facts": {}, **values}, "facts", dict)
    classes, seeds, results, remarks = (_list(values, name) for name in ("classes", "seeds", "results", "remarks"))
    known["classes"] = tuple(str(each) for each in classes)
    known["remarks"] = tuple(str(each) for each in remarks)
    known["seeds"] = tuple(_seed(each) for each in seeds)
    known["results"] = tuple(_result(each) for each in results if isinstance(each, dict))
    return Run(**known)  # type: ignore[arg-type]


def _of_kind(values: Mapping[str, object], name: str, kind: type) -> object:
    value = values.get(name)
    if not isinstance(value, kind):
        raise InvalidArgument(f"{name} must be {kind.__name__}, got {short_repr(value)}; train again")
    return value


def _list(values: Mapping[str, object], name: str) -> Sequence[object]:
    value = values.get(name)
    if not isinstance(value, list):
        raise InvalidArgument(f"{name} must be a list, got {short_repr(value)}; train again")
    return value


def _result(values: Mapping[str, object]) -> SeedResult:
    found: dict[str, object] = {}
    for each in fields(SeedResult):
        value = values.get(each.name)
        if each.name in _OPTIONAL_RESULTS and value is None:
            continue
        kind = _RESULT_KINDS.get(each.name)
        if isinstance(value, bool) or (as_number(value) is None if kind is None else not isinstance(value, kind)):
            raise InvalidArgument(f"{each.name} must be a value of a result, got {short_repr(value)}; train again")
        found[each.name] = value
    return SeedResult(**found)  # type: ignore[arg-type]


def _seed(value: object) -> int:
    number = as_integer(value)
    if number is None:
        raise InvalidArgument(f"seeds must be integers, got {short_repr(value)}; train again")
    return number


def rounded(value: float | None) -> str:
    """Return a score for people: three places, or ``-`` for none.

    Example:
        >>> rounded(0.74649), rounded(None)
        ('0.746', '-')
    """
    return "-" if value is None or math.isnan(value) else f"{value:.3f}"
