"""Where the parts of the EmoS release are, and who its raters are."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import CorpusError, SourceNotFound, quoted
from ..findings import FindingCollector

RATERS = {
    "a10": "rff",
    "a11": "csq",
    "a12": "lyx",
    "ren": "rff",
    "chen": "csq",
    "liu": "lyx",
    "chenpengyu": "cp",
    "liangjingxi": "ljx",
    "wangqifeng": "wqf",
}
"""Names under which one person appears: a10 to a12 repeat the votes of rff, csq and lyx."""

NUM_RATERS = 3
"""How many raters label each static clip, in every round: the published shares are thirds."""


@dataclass(frozen=True, slots=True)
class Release:
    """A folder that holds the release, or parts of it.

    Attributes:
        root: The folder that holds ``data-final`` and ``streaming-finalsplit``.
        manifest: Size in bytes of every published file by its path within the release, without ``datasets/``.
    """

    root: Path
    manifest: dict[str, int] = field(default_factory=dict)

    def report_unlisted(self, key: str, published_path: str | None, findings: FindingCollector) -> None:
        """Make a finding of media that the manifest does not list.

        Args:
            key: Key or name of the item, for the finding.
            published_path: Path of its media within the release.
            findings: Takes ``media_not_listed``.
        """
        if self.manifest and published_path not in self.manifest:
            what = f"the manifest lists no {published_path}"
            findings.add("media_not_listed", key, what, "look for the clip under another name")

    def has(self, part: str) -> bool:
        """Return whether a folder of the release is there."""
        return (self.root / part).is_dir()


CHSIMS = "data-final/datasets/ch-simsv2s"
MELD = "data-final/datasets/newdataset-MELD"
STREAMING = "streaming-finalsplit"
PARTS = {"chsims": CHSIMS, "meld": MELD, "streaming": STREAMING}


def open_release(folder: Path, findings: FindingCollector) -> Release:
    """Return the release in a folder: the folder itself, or its ``datasets``.

    Raises:
        SourceNotFound: There is no such folder.
        CorpusError: It holds no part of the release.
    """
    if not folder.is_dir():
        raise SourceNotFound(
            f"there is no folder of the EmoS release; give the folder that holds manifest.csv: {quoted(folder)}",
            path=str(folder),
        )
    root = _root(folder)
    if root is not None:
        return Release(root, _manifest(folder, findings))
    raise CorpusError(
        "the folder holds neither data-final nor streaming-finalsplit; give the folder of the EmoS release that holds "
        f"manifest.csv: {quoted(folder)}",
        path=str(folder),
    )


def is_release(folder: Path) -> bool:
    """Return whether a folder holds the release, or a part of it."""
    return _root(folder) is not None


def _root(folder: Path) -> Path | None:
    parts = ("data-final", STREAMING)
    roots = (folder, folder / "datasets")
    return next((root for root in roots if any((root / part).is_dir() for part in parts)), None)


def _manifest(folder: Path, findings: FindingCollector) -> dict[str, int]:
    path = folder / "manifest.csv"
    if not path.is_file():
        findings.add(
            "missing_file",
            "manifest.csv",
            "the release has no such file",
            "media cannot be listed; get it from the release",
        )
        return {}
    listed: dict[str, int] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), 2):
            name, size = row.get("release_path"), row.get("size_bytes")
            if not name or size is None or not size.strip().isdigit():
                findings.add(
                    "manifest_row",
                    f"manifest.csv, row {number}",
                    f"it is {row!r}",
                    "a row is a path and a size; it is left out",
                )
                continue
            listed[name.removeprefix("datasets/")] = int(size)
    if not listed:
        findings.add(
            "empty_manifest",
            "manifest.csv",
            "it lists no file",
            "media cannot be compared with it; get it from the release",
        )
    return listed


def manifest_counts(release: Release) -> dict[str, int]:
    """Return how many files of the streaming part the manifest lists, by kind: total, main, original, segments."""
    names = [Path(name).name for name in release.manifest if name.startswith(f"{STREAMING}/") and name.endswith(".mp4")]
    original = sum(".original" in name for name in names)
    segments = sum(name.startswith("segment") for name in names)
    return {"total": len(names), "main": len(names) - original - segments, "original": original, "segments": segments}
