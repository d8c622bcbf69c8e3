"""All parts of the EmoS release, one after another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..data import CorpusData
from ..findings import FindingCollector
from ..records import Clip, Monologue
from .chsims import read_chsims_part
from .layout import PARTS, open_release
from .meld import read_meld_part
from .streaming import read_streaming_part


def read_release_parts(root: Path, *, strict: bool, progress: Callable[[str], None] | None) -> CorpusData:
    """Read every part that is there; the arguments and errors are those of `emos_io.corpus.read_release`."""
    findings = FindingCollector(strict=strict)
    release = open_release(root, findings)
    clips: list[Clip] = []
    monologues: list[Monologue] = []
    readers: dict[str, Callable[[], None]] = {
        "chsims": lambda: clips.extend(read_chsims_part(release, findings)),
        "meld": lambda: clips.extend(read_meld_part(release, findings)),
        "streaming": lambda: monologues.extend(read_streaming_part(release, findings)),
    }
    for part, read in readers.items():
        if progress:
            progress(part)
        if release.has(PARTS[part]):
            read()
        else:
            findings.add(
                "missing_part", PARTS[part], "the release has no such folder", "get it; its items are left out"
            )
    return CorpusData(clips, monologues, findings.collected, str(root))
