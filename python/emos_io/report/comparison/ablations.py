"""Runs from which a channel was taken, beside the run of the same model that has it."""

from __future__ import annotations

from dataclasses import dataclass

from ...evaluation import RunDifference
from ..page_table import Cell, words
from .content import ReportContent, ReportRun

ABLATED = "ablate"
"""The key of the header of a file of predictions that says what was taken away."""
_SAME = ("model", "engine", "weights_sha256", "recipe_sha256", "trained_with_split", "split_sha256", "prompt_form")
"""Keys of headers in which a run and its ablation agree, where both have them."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """A run from which something was taken, and the run that has it.

    Attributes:
        base, ablated: Names of the runs.
        without: What was taken.
        first, second: The same names in the order of `differences`.
        differences: The paired differences between both.
    """

    base: str
    ablated: str
    without: str
    first: str
    second: str
    differences: tuple[RunDifference, ...]


def ablations(content: ReportContent) -> tuple[list[Ablation], list[Cell]]:
    """Return ablations beside their runs, and of those that stand alone why.

    A run is that of an ablation if it lacks nothing, and if both headers agree on the model, its weights, its recipe, and the
    split, as far as both say something of them.
    """
    found: list[Ablation] = []
    remarks: list[Cell] = []
    for run in content.runs:
        if ABLATED not in run.header:
            continue
        bases = [each for each in content.runs if ABLATED not in each.header and _are_same(run, each)]
        if len(bases) != 1:
            what = (
                "no file of the same model that lacks nothing" if not bases else f"{len(bases)} files of the same model"
            )
            remarks.append((words(run.name), f" stands alone as an ablation: there is {what} beside it."))
            continue
        pair = {run.name, bases[0].name}
        own = () if content.comparison is None else content.comparison.differences
        differences = tuple(each for each in own if {each.first, each.second} == pair)
        if not differences:
            remarks.append((words(run.name), " and ", words(bases[0].name), " have nothing to be compared in."))
            continue
        first, second = differences[0].first, differences[0].second
        without = words(str(run.header[ABLATED])).text
        found.append(Ablation(bases[0].name, run.name, without, first, second, differences))
    return found, remarks


def _are_same(first: ReportRun, second: ReportRun) -> bool:
    shared = [name for name in _SAME if name in first.header and name in second.header]
    return "model" in shared and all(first.header[name] == second.header[name] for name in shared)
