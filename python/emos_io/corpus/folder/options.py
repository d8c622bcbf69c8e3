"""How a folder of your own data is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...spans import Seconds
from ..findings import FindingCollector
from ..media_check import Probe
from .layers import FolderLayers


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderOptions:
    """How a folder is read.

    The fields are arguments of `emos_io.corpus.read_folder`, save that `layers` are those that its arguments stand for, and
    that `findings` takes findings.
    """

    columns: Mapping[str, str] | None
    unit: Literal["s", "ms", "timestamp"]
    layers: FolderLayers
    elan_tier: str | None
    rater: str | None
    sentences: Path | None
    encoding: str | None
    delimiter: str | None
    language: str
    frame_rate: Seconds | None
    first_frame: int | None
    probe: Probe | None
    findings: FindingCollector
