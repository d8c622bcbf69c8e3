"""What the wheel says of itself: licences, a bill of materials (CycloneDX), the recipe and the hashes of its sources."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import recipe as recipes
from libraries import Libraries
from recipe import ROOT, BuildError, Recipe, Source, source_date
from steps import run, step

OUR_CRATES = "emos-"

_NO_TEXT = {"WTFPL"}
"""Licences that ask for no notice; their crates may come without a text."""


@dataclass(frozen=True)
class Crate:
    """A crate whose code is linked into the core."""

    name: str
    version: str
    license: str
    texts: tuple[Path, ...]


def complete(recipe: Recipe, wheel: Path, libraries: Libraries, out: Path) -> Path:
    """Return the finished wheel in `out`."""
    folder, prefix = libraries.folder, libraries.prefix
    unpacked = folder / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    log, env = folder / "pack.log", {"SOURCE_DATE_EPOCH": str(source_date())}
    with step("adding licences, recipe and bill of materials"):
        run([sys.executable, "-m", "wheel", "unpack", "--dest", unpacked, wheel], log, cwd=ROOT, env=env)
        (top,) = unpacked.iterdir()
        (info,) = top.glob("*.dist-info")
        crates = linked_crates(recipe)
        _licenses(recipe, crates, prefix, info)
        _recipe(recipe, prefix, info / "recipe")
        _materials(recipe, info)
        out.mkdir(parents=True, exist_ok=True)
        for old in out.glob("emos_io-*.whl"):
            old.unlink()
        run([sys.executable, "-m", "wheel", "pack", "--dest-dir", out.resolve(), top], log, cwd=ROOT, env=env)
    (result,) = out.glob("emos_io-*.whl")
    if (size := result.stat().st_size) > recipe.largest:
        raise BuildError(f"the wheel must be at most {recipe.largest} bytes, got {size}: {str(result)!r}")
    return result


def linked_crates(recipe: Recipe) -> list[Crate]:
    """Return the crates of others that are linked in, without those that only run while it is built."""
    words = ["cargo", "tree", "--locked", "-p", "emos-py", "--target", recipe.rust_target, "-e", "normal,no-proc-macro"]
    done = subprocess.run(
        [*words, "--prefix", "none", "--format", "{p}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    linked = {tuple(line.split()[:2]) for line in done.stdout.splitlines() if line.strip()}
    words = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", recipe.rust_target]
    meta = json.loads(subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    crates = [
        Crate(
            package["name"],
            package["version"],
            package["license"],
            tuple(sorted(path for path in Path(package["manifest_path"]).parent.glob("LICENSE*") if path.is_file())),
        )
        for package in meta["packages"]
        if (package["name"], f"v{package['version']}") in linked and not package["name"].startswith(OUR_CRATES)
    ]
    for crate in crates:
        if not crate.texts and crate.license not in _NO_TEXT:
            raise BuildError(
                f"the crate {crate.name} {crate.version} comes without a text of its licence, {crate.license}"
            )
    return sorted(crates, key=lambda crate: crate.name)


def license_expression(recipe: Recipe, crates: list[Crate]) -> str:
    """Return the SPDX expression that is true of all that is inside."""
    ours = "(MIT OR Apache-2.0)"
    of_crates = sorted({crate.license for crate in crates} - {"MIT OR Apache-2.0", "Apache-2.0 OR MIT"})
    of_sources = [source.license for source in recipe.sources]
    return " AND ".join([ours, *(f"({each})" if " OR " in each else each for each in of_crates), *of_sources])


def _licenses(recipe: Recipe, crates: list[Crate], prefix: Path, info: Path) -> None:
    folder = info / "licenses"
    texts = {f"libraries/{path.name}": path for path in sorted((prefix / "licenses").iterdir())}
    for crate in crates:
        texts |= {f"crates/{crate.name}-{crate.version}-{path.name}": path for path in crate.texts}
    for name, path in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
    metadata = info / "METADATA"
    lines = metadata.read_text().split("\n")
    end = lines.index("")
    head = [line for line in lines[:end] if not line.startswith("License-Expression:")]
    head.append(f"License-Expression: {license_expression(recipe, crates)}")
    head += [f"License-File: {name}" for name in texts]
    metadata.write_text("\n".join([*head, *lines[end:]]))


def _recipe(recipe: Recipe, prefix: Path, folder: Path) -> None:
    folder.mkdir()
    for path in recipes.files():
        shutil.copyfile(path, folder / path.name)
    (folder / "SHA256SUMS").write_text("".join(f"{each.sha256}  {each.files[0]}\n" for each in recipe.sources))
    shutil.copyfile(prefix / "tools.txt", folder / "tools.txt")


def _materials(recipe: Recipe, info: Path) -> None:
    """Add the libraries to the bill of materials that maturin makes of the crates."""
    (path,) = (info / "sboms").glob("*.cyclonedx.json")
    # maturin names our own crates by the folder that they were built in.
    bill = json.loads(path.read_text().replace(ROOT.as_uri(), "emos-io"))
    bill["components"] += [_component(source) for source in recipe.sources]
    path.write_text(json.dumps(bill, indent=2) + "\n")


def _component(source: Source) -> dict[str, object]:
    name = source.name.lower()
    return {
        "type": "library",
        "bom-ref": f"{name}-{source.version}",
        "name": source.name,
        "version": source.version,
        "hashes": [{"alg": "SHA-256", "content": source.sha256}],
        "licenses": [{"expression": source.license}],
        "purl": f"pkg:generic/{name}@{source.version}?checksum=sha256:{source.sha256}&download_url={source.urls[0]}",
        "externalReferences": [
            {"type": "website", "url": source.homepage},
            {
                "type": "source-distribution",
                "url": source.urls[0],
                "hashes": [{"alg": "SHA-256", "content": source.sha256}],
            },
        ],
    }
