"""Media matched with items: by name, by Unicode form, by size; never an original in the place of a clip."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import SourceNotFound
from .corpus import Corpus
from .findings import Findings
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

SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4a", ".wav", ".mp3", ".flac"}
DURATION_TOLERANCE = 1.0
"""Seconds by which media and labels may differ: labels are in whole seconds."""


@dataclass(slots=True)
class Link:
    """Which media belong to which items.

    Attributes:
        paths: Media by key.
        how: For each key ``name``, ``alias`` or ``size``.
        missing: Keys of items without media.
        unused: Files that belong to no item.
        findings: Doubtful matches.
    """

    paths: dict[str, str] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


def attach(corpus: Corpus, roots: Mapping[str, Path]) -> Corpus:
    """Return the corpus with paths of the media in folders by part; what is missing becomes a finding."""
    paths: dict[str, str] = {}
    for part, root in roots.items():
        items: list[Clip | Monologue] = [each for each in corpus.items if each.key.startswith(f"{part}/")]
        found = match(items, root)
        paths |= found.paths
        for finding in found.findings:
            corpus.findings.add(finding.code, finding.where, finding.what, finding.fix)
        if found.missing:
            what = f"{len(found.missing)} of {len(items)} items have no media, {found.missing[0]} first"
            corpus.findings.add("missing_media", part, what, f"obtain them: {SOURCES[part]}")
    return corpus.with_paths(paths)


def match(
    items: list[Clip | Monologue],
    folder: Path,
    *,
    sizes: Mapping[str, int] | None = None,
    probe: Callable[[str], float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Link:
    """Match the files of a folder with items.

    A file belongs to an item if the end of its path is that of the published path (folder and name, in any Unicode form), or
    its name alone is, where only one file and one item have it, or an alias (the film's own title), or, last, if it is the
    only file of the published size. A name with ``.original`` never stands for a clip.

    Args:
        items: Of one corpus.
        folder: Searched with everything under it.
        sizes: Published sizes in bytes, by published path.
        probe: Gives the seconds of a file; durations that do not fit the labels are findings.
        progress: Called with how many items were done, of how many.

    Raises:
        SourceNotFound: There is no such folder.
    """
    if not folder.is_dir():
        raise SourceNotFound(f"there is no folder of media; give one that exists: {str(folder)!r}")
    files = _files(folder)
    link = Link()
    by_end: dict[str, list[Path]] = defaultdict(list)
    by_size: dict[int, list[Path]] = defaultdict(list)
    for file in files:
        by_end[_face(file.name)].append(file)
        by_end[_face(f"{file.parent.name}/{file.name}")].append(file)
        if sizes:
            by_size[file.stat().st_size].append(file)
    wanted: dict[str, int] = defaultdict(int)
    for item in items:
        wanted[_face(Path(item.media or item.key).name)] += 1
    taken: set[Path] = set()
    for number, item in enumerate(items):
        if progress:
            progress(number, len(items))
        path, how = _find(item, by_end, by_size, wanted, sizes or {}, link.findings)
        if path is None:
            link.missing.append(item.key)
            continue
        taken.add(path)
        link.paths[item.key], link.how[item.key] = str(path), how
        if probe is not None:
            _check(item, path, probe, link.findings)
    link.unused = sorted(str(file.relative_to(folder)) for file in files if file not in taken)
    return link


def _find(
    item: Clip | Monologue,
    by_end: Mapping[str, list[Path]],
    by_size: Mapping[int, list[Path]],
    wanted: Mapping[str, int],
    sizes: Mapping[str, int],
    findings: Findings,
) -> tuple[Path | None, str]:
    published = Path(item.media or f"{item.key}.mp4")
    parent = f"{published.parent.name}/{published.name}"
    exact = by_end.get(_face(parent), []) or (
        by_end.get(_face(published.name), []) if wanted[_face(published.name)] == 1 else []
    )
    if len(exact) > 1:
        known = sizes.get(item.media or "")
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
            found = by_end.get(_face(f"{alias}.mp4"), [])
            if len(found) == 1:
                return found[0], "alias"
    known = sizes.get(item.media or "")
    same = [] if known is None else by_size.get(known, [])
    if len(same) == 1:
        findings.add(
            "matched_by_size", item.key, f"{same[0].name} was taken for its size alone", "see that it is the clip"
        )
        return same[0], "size"
    return None, ""


def _check(item: Clip | Monologue, path: Path, probe: Callable[[str], float], findings: Findings) -> None:
    try:
        seconds = probe(str(path))
    except (OSError, RuntimeError) as error:
        findings.add("unreadable_media", item.key, f"it cannot be read ({error})", "get the file anew")
        return
    if isinstance(item, Monologue) and abs(seconds - float(item.duration)) > DURATION_TOLERANCE:
        what = f"the media lasts {seconds:.2f} s, the labels say {float(item.duration):.2f} s"
        findings.add("duration_differs", item.key, what, "see that it is the cut that was labelled")


def listed(release: Release) -> dict[str, int]:
    """Return how many files of each kind of the streaming part the manifest lists: main, original, segments."""
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
            if Path(name).suffix.lower() in SUFFIXES and ".original" not in name and not name.startswith("._")
        ]
    return found


def _face(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
