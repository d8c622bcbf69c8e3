"""``emos env``: versions, codecs and CPU flags."""

from __future__ import annotations

import platform
from importlib import metadata

import click

from .. import media
from .output import output, print_json


@click.command()
@click.option("--json", is_flag=True, help="One JSON object on stdout.")
def env(json: bool) -> None:
    """Print versions of libraries, decoders and CPU flags."""
    facts: dict[str, object] = {
        "emos_io": metadata.version("emos-io"),
        "python": platform.python_version(),
        "numpy": metadata.version("numpy"),
        "platform": platform.platform(),
        "libraries": media.libraries(),
        "cpu_flags": media.cpu_flags(),
        "decoders": media.decoders(),
    }
    if json:
        print_json(facts)
        return
    console = output()
    for name, value in facts.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, content in parts:
            text = ", ".join(content) if isinstance(content, list) else content
            console.print(f"{name} {part}".strip() + f": {text}")
