"""The typos of the published release: a table with a name and a version, and no rule."""

from __future__ import annotations

import functools
import json
from importlib import resources
from types import MappingProxyType
from typing import TypedDict

from ..normalise import TypoTable


class _TyposData(TypedDict):
    name: str
    version: str
    title: str
    layers: dict[str, dict[str, str]]


@functools.cache
def release_typos(layer: str) -> TypoTable:
    """Return the typos of the release in one layer; none in layers where the release has none.

    Example:
        >>> table = release_typos("goemotions")
        >>> table.name, table.version, table.labels["jou"]
        ('emos-release-typos', '1', 'joy')
    """
    data: _TyposData = json.loads(resources.files(__package__).joinpath("typos.json").read_text("utf-8"))
    return TypoTable(data["name"], data["version"], MappingProxyType(data["layers"].get(layer, {})))
