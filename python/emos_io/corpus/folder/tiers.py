"""Which labels of an annotation file are meant: those of one tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InvalidArgument, quoted
from ...formats import AnnotationFile, LabelStudioTask, Segment, TextGrid
from ..annotation_paths import is_table
from ..findings import FindingCollector
from .nearest import what_to_give


@dataclass(frozen=True, slots=True, eq=False)
class ReadFile:
    """An annotation file as it was read.

    Attributes:
        path: The file.
        name: How findings name it: its name, or a path where several files have that name.
        parts: What it holds: one part, or one for each task of Label Studio.
        has_findings: Whether its reader found something.
        tiers: The names of all tiers, with those of empty ones; "" is none.
        labelled: For each part, the tiers that have labels, with "".
    """

    path: Path
    name: str
    parts: tuple[AnnotationFile, ...]
    has_findings: bool
    tiers: frozenset[str]
    labelled: tuple[frozenset[str], ...]

    @property
    def labelled_tiers(self) -> set[str]:
        """The tiers that have labels, with ""."""
        return {tier for tiers in self.labelled for tier in tiers}

    @property
    def has_several(self) -> bool:
        """Whether a part has labels of several tiers."""
        return any(len(tiers) > 1 for tiers in self.labelled)


def as_read(path: Path, name: str, parts: Sequence[AnnotationFile], *, has_findings: bool) -> ReadFile:
    """Return an annotation file with its tiers."""
    labelled = tuple(
        frozenset(each.tier for each in part.segments if each.text.strip() and not is_spoken(path, each))
        for part in parts
    )
    declared = set() if is_table(path) else {tier for part in parts for tier in part.tiers}
    tiers = frozenset(declared.union(*labelled)) - {""}
    return ReadFile(path, name, tuple(parts), has_findings, tiers, labelled)


def is_spoken(path: Path, segment: Segment) -> bool:
    """Return whether a segment is a sentence: the text column of a table is a tier of its own."""
    return is_table(path) and segment.tier == "text"


def files_of_tier(
    files: Sequence[ReadFile],
    tier: str | None,
    annotations: Path,
    findings: FindingCollector,
    is_layer: Callable[[str], bool],
) -> list[ReadFile]:
    """Return the files whose tier of labels is known; the others are findings.

    A file without tiers has labels of one kind, which always count. Of a file whose tiers are all layers, all count where none
    is given.

    Args:
        files: The annotation files.
        tier: The name of the tier, or None, where no file has several with labels.
        annotations: What errors name.
        findings: Takes ``missing_tier`` and ``several_tiers``.
        is_layer: Whether a tier has the name of a layer.

    Raises:
        InvalidArgument: No file has the tier; or it is not given, and all files have several.
    """

    def is_unclear(file: ReadFile) -> bool:
        return file.has_several and not all(map(is_layer, file.labelled_tiers))

    left_out = [file for file in files if (is_unclear(file) if tier is None else _lacks(file, tier))]
    # A file without any label stops nothing.
    labelled = [file for file in files if any(file.labelled)]
    if tier is None:
        if left_out and len(left_out) == len(labelled):
            raise _refused(left_out, "None", "several have labels, name one", annotations)
    elif labelled and not any(tier in file.tiers for file in files):
        names = {each for file in labelled for each in file.labelled_tiers}
        raise _refused(labelled, repr(tier), what_to_give(tier, names, "correct it"), annotations)
    for file in left_out:
        known = sorted(file.tiers if tier is not None else file.labelled_tiers)
        listed = ", ".join(map(repr, known))
        if tier is None:
            what = f"the tiers {listed} have labels, and nobody said which one counts"
            findings.add("several_tiers", file.name, what, "its labels are left out; name one with elan_tier")
        else:
            fix = what_to_give(tier, known, "correct its name")
            what = f"it has no tier {tier!r}; its tiers are {listed}"
            findings.add("missing_tier", file.name, what, f"its labels are left out; rename the tier, or {fix}")
    return [file for file in files if file not in left_out]


def _lacks(file: ReadFile, tier: str) -> bool:
    return bool(file.tiers) and tier not in file.tiers


def _refused(files: Sequence[ReadFile], got: str, fix: str, annotations: Path) -> InvalidArgument:
    names = sorted({tier for file in files for tier in file.labelled_tiers} - {""})
    path = files[0].path if len(files) == 1 else annotations
    if not names:
        return InvalidArgument(
            f"elan_tier must be left out where no file has tiers, got {got}; leave it out: {quoted(path)}",
            path=str(path),
        )
    return InvalidArgument(
        f"elan_tier must be one of {', '.join(map(repr, names))}, got {got}; {fix}: {quoted(path)}", path=str(path)
    )


def report_unused(file: ReadFile, tier: str | None, findings: FindingCollector) -> None:
    """Make findings of labels of a tier that have no span, of labels of models, and of a file without any label.

    Args:
        file: The annotation file.
        tier: The tier that was asked for; None is every tier.
        findings: Takes ``point_labels``, ``item_labels``, ``model_labels`` and ``no_labels``.
    """
    num_unused = 0
    for name, number in _points(file, tier).items():
        num_unused += number
        what = f"{number} {'label' if number == 1 else 'labels'} of the point tier {name!r} have no duration"
        fix = "they are left out; make it an interval tier in Praat, or name another tier with elan_tier"
        findings.add("point_labels", file.name, what, fix)
    for name, number in Counter(_of_items(file, tier)).items():
        num_unused += number
        what = f"{number} {'answer' if number == 1 else 'answers'} of {name!r} are about a whole item and have no span"
        fix = (
            "they are left out; label regions, give them as a table without times, or name another tier with elan_tier"
        )
        findings.add("item_labels", file.name, what, fix)
    predicted = sum(
        len(part.predictions) + len(part.predicted_choices) for part in file.parts if isinstance(part, LabelStudioTask)
    )
    if predicted:
        what = f"{predicted} {'label' if predicted == 1 else 'labels'} of models are no votes of people"
        findings.add("model_labels", file.name, what, "they are not used")
    is_labelled = any(file.labelled) if tier is None or not file.tiers else tier in file.labelled_tiers
    is_spoken_of = any(is_spoken(file.path, each) for part in file.parts for each in part.segments)
    if not (is_labelled or is_spoken_of or num_unused or file.has_findings):
        what = "it has no label" if tier is None or not file.tiers else f"its tier {tier!r} has no label"
        findings.add("no_labels", file.name, what, "nothing is read of it; label it, or leave it out")


def _points(file: ReadFile, tier: str | None) -> Counter[str]:
    points = [point for part in file.parts if isinstance(part, TextGrid) for point in part.points]
    return Counter(point.tier for point in points if tier in (None, point.tier) and point.text.strip())


def _of_items(file: ReadFile, tier: str | None) -> Iterator[str]:
    for part in file.parts:
        if isinstance(part, LabelStudioTask):
            yield from (each.tier for each in part.choices if tier in (None, each.tier))
