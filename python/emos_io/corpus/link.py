"""Media matched with items: by name in any Unicode form, by alias, by size; an original never stands for a clip."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import SourceNotFound, quoted
from .corpus import Corpus
from .findings import FindingCollector, Findings
from .media_names import MEDIA_SUFFIXES, fold_name
from .records import Clip, Monologue
from .release.layout import STREAMING, Release

SOURCES = {
    "chsims": (
        "CH-SIMS v2.0 (supervised part), Tsinghua University: https://thuiar.github.io/sims.github.io/chsims; "
        "ask its authors; academic use"
    ),
    "meld": "MELD.Raw, University of Michigan and others: https://affective-meld.github.io; academic use",
    "streaming": (
        "EmoS streaming monologues: the drive that the release's README names; academic use, the films stay their owners'"
    ),
}
"""Where each part of the media is obtained, and under which terms."""

DURATION_TOLERANCE = 1.0
"""Seconds by which media and labels may differ: labels are in whole seconds."""


@dataclass(slots=True, repr=False)
class Link:
    """Which media belong to which items.

    Attributes:
        paths: Media by key.
        how: By key, how its media were found: ``"name"``, ``"alias"`` or ``"size"``.
        missing: Keys of items without media.
        unused: Files that belong to no item.
        findings: Doubtful matches.
    """

    paths: dict[str, str] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)

    def __repr__(self) -> str:
        return (
            f"Link({len(self.paths)} matched, {len(self.missing)} missing, {len(self.unused)} unused, "
            f"{len(self.findings)} findings)"
        )


def attach(corpus: Corpus, roots: Mapping[str, Path]) -> Corpus:
    """Return the corpus with paths of the media in folders by part, and with a finding of each part that misses media.

    The corpus that was given stays as it is.
    """
    findings = FindingCollector()
    paths: dict[str, str] = {}
    for part, root in roots.items():
        items: list[Clip | Monologue] = [each for each in corpus.items if each.key.startswith(f"{part}/")]
        found = match(items, root)
        paths |= found.paths
        for finding in found.findings:
            findings.add(finding.code, finding.where, finding.what, finding.fix)
        if found.missing:
            what = f"{len(found.missing)} of {len(items)} items have no media, {found.missing[0]} first"
            findings.add("missing_media", part, what, f"obtain them: {SOURCES[part]}")
    return corpus.with_paths(paths).with_findings(findings.collected)


def match(
    items: list[Clip | Monologue],
    folder: Path,
    *,
    sizes: Mapping[str, int] | None = None,
    probe: Callable[[str], float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Link:
    """Match the files of a folder with items.

    A file belongs to an item if one of these holds, tried in this order: folder and name are those of the published path, in
    any Unicode form; the name alone is, and only one file and one item have it; the name is an alias, such as the film's own
    title; it is the only file of the published size. A file with ``.original`` in its name is never taken.

    Args:
        items: Items of one corpus.
        folder: A folder; everything under it is searched.
        sizes: Published sizes in bytes, by published path.
        probe: Returns the seconds of a file; durations that do not fit the labels become findings.
        progress: Called with the number of items done and the number of all.

    Raises:
        SourceNotFound: There is no such folder.
    """
    if not folder.is_dir():
        raise SourceNotFound(f"there is no folder of media; give one that exists: {quoted(folder)}", path=str(folder))
    files = _files(folder)
    findings = FindingCollector()
    paths: dict[str, str] = {}
    how: dict[str, str] = {}
    missing: list[str] = []
    by_end: dict[str, list[Path]] = defaultdict(list)
    by_size: dict[int, list[Path]] = defaultdict(list)
    for file in files:
        by_end[fold_name(file.name)].append(file)
        by_end[fold_name(f"{file.parent.name}/{file.name}")].append(file)
        if sizes:
            by_size[file.stat().st_size].append(file)
    wanted: dict[str, int] = defaultdict(int)
    for item in items:
        wanted[fold_name(Path(item.published_path or item.key).name)] += 1
    taken: set[Path] = set()
    for number, item in enumerate(items):
        if progress:
            progress(number, len(items))
        path, found_by = _find(item, by_end, by_size, wanted, sizes or {}, findings)
        if path is None:
            missing.append(item.key)
            continue
        taken.add(path)
        paths[item.key], how[item.key] = str(path), found_by
        if probe is not None:
            check_media(item, str(path), probe, findings)
    unused = sorted(str(file.relative_to(folder)) for file in files if file not in taken)
    return Link(paths, how, missing, unused, findings.collected)


def _find(
    item: Clip | Monologue,
    by_end: Mapping[str, list[Path]],
    by_size: Mapping[int, list[Path]],
    wanted: Mapping[str, int],
    sizes: Mapping[str, int],
    findings: FindingCollector,
) -> tuple[Path | None, str]:
    published = Path(item.published_path or f"{item.key}.mp4")
    parent = f"{published.parent.name}/{published.name}"
    exact = by_end.get(fold_name(parent), []) or (
        by_end.get(fold_name(published.name), []) if wanted[fold_name(published.name)] == 1 else []
    )
    if len(exact) > 1:
        known = sizes.get(item.published_path or "")
        right = [path for path in exact if known is not None and path.stat().st_size == known]
        if len(right) != 1:
            what = f"{len(exact)} files could be {item.key}: {', '.join(str(path) for path in exact[:3])}"
            findings.add("ambiguous_media", item.key, what, "keep one of them; none was taken")
            return None, ""
        exact = right
    if exact:
        return exact[0], "name"
    if isinstance(item, Monologue):
        for alias in {item.title, str(item.attributes.get("clip") or "").removesuffix(".mp4"), item.name} - {""}:
            found = by_end.get(fold_name(f"{alias}.mp4"), [])
            if len(found) == 1:
                return found[0], "alias"
    known = sizes.get(item.published_path or "")
    same = [] if known is None else by_size.get(known, [])
    if len(same) == 1:
        findings.add(
            "matched_by_size", item.key, f"{same[0].name} was taken for its size alone", "check that it is the clip"
        )
        return same[0], "size"
    return None, ""


def check_media(item: Clip | Monologue, path: str, probe: Callable[[str], float], findings: FindingCollector) -> None:
    """Make a finding of media that cannot be read, or that do not have the duration of the labels.

    Args:
        item: The item whose media they are.
        path: The media file.
        probe: Returns the seconds of a media file.
        findings: Takes ``unreadable_media`` and ``duration_differs``.
    """
    try:
        seconds = probe(path)
    except (OSError, RuntimeError) as error:
        findings.add("unreadable_media", item.key, f"it cannot be read ({error})", "get the file again")
        return
    if isinstance(item, Monologue) and abs(seconds - float(item.duration)) > DURATION_TOLERANCE:
        what = f"the media lasts {seconds:.2f} s, the labels say {float(item.duration):.2f} s"
        findings.add("duration_differs", item.key, what, "check that it is the cut that was labelled")


def listed(release: Release) -> dict[str, int]:
    """Return how many files of the streaming part the manifest lists, by kind: total, main, original, segments."""
    names = [Path(name).name for name in release.manifest if name.startswith(f"{STREAMING}/") and name.endswith(".mp4")]
    original = sum(".original" in name for name in names)
    segments = sum(name.startswith("segment") for name in names)
    return {"total": len(names), "main": len(names) - original - segments, "original": original, "segments": segments}


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders.sort()
        found += [
            Path(parent) / name
            for name in sorted(names)
            if Path(name).suffix.lower() in MEDIA_SUFFIXES and ".original" not in name and not name.startswith("._")
        ]
    return found
