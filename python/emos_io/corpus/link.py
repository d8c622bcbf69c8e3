"""Media matched with items: by name in any Unicode form, by alias, by size; an original never stands for a clip."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .._checks import checked_path
from ..errors import InvalidArgument, SourceNotFound, quoted, short_repr
from .data import AnyCorpus, checked_corpus
from .findings import FindingCollector, Findings
from .media_check import Probe, check_media
from .media_names import fold_name, media_files
from .records import Clip, Monologue
from .release import PARTS

MEDIA_SOURCES = {
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


def attach(corpus: AnyCorpus, folders: Mapping[str, str | os.PathLike[str]]) -> AnyCorpus:
    """Return the corpus with paths of the media in folders by part, and with a finding of each part that misses media.

    The corpus that was given stays as it is.

    Args:
        corpus: A corpus of the EmoS release.
        folders: Folders by part, ``meld``, ``chsims``, ``streaming``; everything under a folder is searched.

    Raises:
        SourceNotFound: There is no such folder.
        InvalidArgument: `folders` names another part.

    Example:
        >>> import tempfile
        >>> from emos_io.corpus import Clip, Corpus
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "dia0_utt3.mp4").write_bytes(b"")
        >>> clips = [Clip(key=f"meld/dia0_utt{number}", source="meld", language="en") for number in (3, 4)]
        >>> found = attach(Corpus(clips), {"meld": folder})
        >>> [clip.path is not None for clip in found.clips], found.findings.counts()
        ([True, False], {'missing_media': 1})
    """
    corpus, findings = checked_corpus(corpus), FindingCollector()
    paths: dict[str, str] = {}
    for part, folder in checked_folders(folders, "folders").items():
        items: list[Clip | Monologue] = [each for each in corpus.items if each.key.startswith(f"{part}/")]
        found = match(items, folder)
        paths |= found.paths
        for finding in found.findings:
            findings.add(finding.code, finding.where, finding.what, finding.fix)
        if found.missing:
            what = f"{len(found.missing)} of {len(items)} items have no media, {found.missing[0]} first"
            findings.add("missing_media", part, what, f"obtain them: {MEDIA_SOURCES[part]}")
    return corpus.with_paths(paths).with_findings(findings.collected)


def checked_folders(folders: object, name: str = "media") -> dict[str, Path]:
    """Return folders of media by part of the release.

    Raises:
        InvalidArgument: They are no such mapping.
    """
    allowed = f"{name} must be folders by part, of {', '.join(PARTS)}"
    if not isinstance(folders, Mapping):
        raise InvalidArgument(f"{allowed}, got {short_repr(folders)}; give a mapping such as {{'meld': 'folder'}}")
    wrong = sorted(map(str, set(folders) - set(PARTS)))
    if wrong:
        raise InvalidArgument(f"{allowed}, got {', '.join(wrong)}; correct the name of the part")
    return {part: checked_path(folder, f"{name}[{part!r}]") for part, folder in folders.items()}


def match(
    items: Sequence[Clip | Monologue],
    folder: str | os.PathLike[str],
    *,
    sizes: Mapping[str, int] | None = None,
    probe: Probe | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Link:
    """Match the files of a folder with items.

    A file belongs to an item if one of these holds, tried in this order: folder and name are those of the published path, in
    any Unicode form; the name alone is, only one file and one item have it, and no media lie in a folder of the published name
    (other parts of MELD have clips of the same names); the name is an alias, such as the film's own title; it is the only file
    of the published size. A file with ``.original`` in its name is never taken. Of several files that fit alike none is taken,
    nor is a file that fits two items by alias or by size: those are findings (``ambiguous_media``).

    Args:
        items: Items of one corpus.
        folder: A folder; everything under it is searched.
        sizes: Published sizes in bytes, by published path.
        probe: How long a file is; durations that do not fit the labels become findings.
        progress: Called with the number of items done and the number of all.

    Raises:
        SourceNotFound: There is no such folder.
    """
    folder = checked_path(folder, "folder")
    if not folder.is_dir():
        raise SourceNotFound(f"there is no folder of media; give one that exists: {quoted(folder)}", path=str(folder))
    findings = FindingCollector()
    files = [file for file in media_files(folder, findings) if ".original" not in file.name]
    paths: dict[str, str] = {}
    how: dict[str, str] = {}
    missing: list[str] = []
    by_end: dict[str, list[Path]] = defaultdict(list)
    by_size: dict[int | None, list[Path]] = defaultdict(list)
    for file in files:
        by_end[fold_name(file.name)].append(file)
        by_end[fold_name(f"{file.parent.name}/{file.name}")].append(file)
        if sizes:
            by_size[_size(file)].append(file)
    wanted = _Wanted(
        Counter(fold_name(_published(item).name) for item in items),
        Counter(alias for item in items for alias in set(map(fold_name, _aliases(item)))),
        Counter((sizes or {}).get(item.published_path or "") for item in items),
        {fold_name(file.parent.name) for file in files},
    )
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


def _published(item: Clip | Monologue) -> Path:
    """Where the media of an item are published; an item that does not say so has its key as the name."""
    return Path(item.published_path or f"{item.key}.mp4")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How many items want a name, an alias or a size, and the folders that hold media."""

    names: Counter[str]
    aliases: Counter[str]
    sizes: Counter[int | None]
    folders: set[str]


def _find(
    item: Clip | Monologue,
    by_end: Mapping[str, list[Path]],
    by_size: Mapping[int | None, list[Path]],
    wanted: _Wanted,
    sizes: Mapping[str, int],
    findings: FindingCollector,
) -> tuple[Path | None, str]:
    published = _published(item)
    known = sizes.get(item.published_path or "")
    parent, name = fold_name(f"{published.parent.name}/{published.name}"), fold_name(published.name)
    by_name = wanted.names[name] == 1 and fold_name(published.parent.name) not in wanted.folders
    exact = by_end.get(parent, []) or (by_end.get(name, []) if by_name else [])
    if exact:
        right = [path for path in exact if known is not None and _size(path) == known]
        return _only(item, exact if len(exact) == 1 or len(right) != 1 else right, "name", findings)
    aliases = _aliases(item)
    by_alias = list(dict.fromkeys(path for alias in aliases for path in by_end.get(fold_name(f"{alias}.mp4"), [])))
    if by_alias:
        shared = [alias for alias in aliases if wanted.aliases[fold_name(alias)] > 1]
        return _only(item, by_alias, "alias", findings, shared[0] if shared else None)
    same = [] if known is None else by_size.get(known, [])
    if len(same) == 1 and wanted.sizes[known] == 1:
        findings.add(
            "matched_by_size", item.key, f"{same[0].name} was taken for its size alone", "check that it is the clip"
        )
    return _only(item, same, "size", findings, "its size" if same and wanted.sizes[known] > 1 else None)


def _only(
    item: Clip | Monologue, found: Sequence[Path], how: str, findings: FindingCollector, shared: str | None = None
) -> tuple[Path | None, str]:
    """Return the only file, or None with a finding where several files fit, or the file fits several items."""
    if len(found) == 1 and shared is None:
        return found[0], how
    if len(found) > 1:
        what = f"{len(found)} files could be {item.key}: {', '.join(str(path) for path in found[:3])}"
        findings.add("ambiguous_media", item.key, what, "keep one of them; none was taken")
    elif found:
        what = f"{found[0]} could be {item.key}, and another item that shares {shared}"
        findings.add("ambiguous_media", item.key, what, "name the file as the item is published; it was not taken")
    return None, ""


def _aliases(item: Clip | Monologue) -> list[str]:
    """Return other names of a monologue: that of the film, that of the film's own clip, that of its folder."""
    if not isinstance(item, Monologue):
        return []
    names = (item.title, str(item.attributes.get("clip") or "").removesuffix(".mp4"), item.name)
    return list(dict.fromkeys(name for name in names if name))


def _size(file: Path) -> int | None:
    """Return the size of a file in bytes, None for a link to nothing."""
    return file.stat().st_size if file.exists() else None
