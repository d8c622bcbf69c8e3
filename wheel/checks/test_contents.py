"""What is inside the wheel: for which machines, under which licence, how large, and nothing of the machine that built it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from email.parser import HeaderParser
from pathlib import Path

import pytest

import recipe as recipes
from recipe import ROOT

RECIPE = recipes.read()
TOOLS = ROOT / "build" / "wheel" / "tools" / "bin"
LIBRARIES = {"libavcodec", "libavformat", "libavutil", "libswresample", "libswscale", "libdav1d"}
FOREIGN = (
    b"libx264",
    b"libx265",
    b"libgnutls",
    b"--enable-gnutls",
    b"xvidcore",
    b"--enable-gpl",
    b"--enable-nonfree",
    b"--enable-version3",
)
"""Texts that only an FFmpeg with parts under other licences holds."""

FOLDERS_OF_BUILDS = (str(ROOT), f"{Path.home()}/", "/.cargo/", "/site-packages/ziglang", "zig-cache")


def binaries(unpacked: Path) -> list[Path]:
    """Return the module and the libraries."""
    return sorted(path for path in unpacked.rglob("*.so*") if path.is_file())


def info(unpacked: Path) -> Path:
    """Return the folder of metadata."""
    (folder,) = unpacked.glob("*.dist-info")
    return folder


def dynamic(path: Path, tag: str) -> list[str]:
    """Return the values of a tag of the dynamic section, as readelf prints them."""
    words = ["readelf", "--dynamic", "--wide", str(path)]
    out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return re.findall(rf"\({tag}\).*\[(.*)\]", out)


def test_tag_is_the_promised_one(wheel: Path) -> None:
    assert wheel.name.endswith(f"-cp311-abi3-{RECIPE.platform_tag}.whl")


def test_auditwheel_agrees(wheel: Path) -> None:
    done = subprocess.run([TOOLS / "auditwheel", "show", str(wheel)], capture_output=True, text=True, check=True)
    assert f'"{RECIPE.platform_tag}"' in " ".join(done.stdout.split())


def test_no_symbol_is_newer_than_the_glibc(unpacked: Path) -> None:
    oldest = tuple(map(int, RECIPE.glibc.split(".")))
    for path in binaries(unpacked):
        out = subprocess.run(["objdump", "-T", str(path)], capture_output=True, text=True, check=True).stdout
        found = {tuple(map(int, version.split("."))) for version in re.findall(r"GLIBC_([\d.]+)", out)}
        assert found, path.name
        assert max(found) <= oldest, path.name


def test_it_holds_these_libraries_and_no_others(unpacked: Path) -> None:
    names = [path.name for path in binaries(unpacked) if path.parent.name == "emos_io.libs"]
    assert sorted(name.partition("-")[0] for name in names) == sorted(LIBRARIES)


def test_names_are_private(unpacked: Path) -> None:
    # A hash in each name: no other package's library can stand in for ours.
    for path in binaries(unpacked):
        if path.parent.name == "emos_io.libs":
            assert re.fullmatch(r"lib\w+-[0-9a-f]{8}\.so\.\d+(\.\d+)*", path.name), path.name
            assert dynamic(path, "SONAME") == [path.name]


def test_run_paths_are_relative(unpacked: Path) -> None:
    for path in binaries(unpacked):
        found = dynamic(path, "RPATH") + dynamic(path, "RUNPATH")
        expected = "$ORIGIN" if path.parent.name == "emos_io.libs" else "$ORIGIN/../emos_io.libs"
        needs_ours = [name for name in dynamic(path, "NEEDED") if "-" in name and not name.startswith("ld-")]
        assert found == ([expected] if needs_ours else found[:1]), path.name
        assert set(found) <= {expected}, path.name


def test_needs_only_the_base_system(unpacked: Path) -> None:
    inside = {path.name for path in binaries(unpacked)}
    outside = {name for path in binaries(unpacked) for name in dynamic(path, "NEEDED")} - inside
    usual = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libz.so.1", "libgcc_s.so.1"}
    assert {name for name in outside if not name.startswith("ld-linux")} <= usual


def test_stripped(unpacked: Path) -> None:
    for path in binaries(unpacked):
        out = subprocess.run(
            ["readelf", "--sections", "--wide", str(path)], capture_output=True, text=True, check=True
        ).stdout
        assert ".symtab" not in out, path.name
        assert ".debug_" not in out, path.name


def test_size(wheel: Path) -> None:
    assert wheel.stat().st_size <= RECIPE.largest


def test_nothing_of_another_licence(unpacked: Path) -> None:
    for path in binaries(unpacked):
        content = path.read_bytes()
        assert [text for text in FOREIGN if text in content] == [], path.name


def test_libraries_say_lgpl(installed: Path) -> None:
    code = "import emos_io.media as m; print(m.libraries()['license']); print(m.libraries()['ffmpeg'])"
    done = subprocess.run([str(installed), "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["LGPL version 2.1 or later", f"{RECIPE.ffmpeg.version}-emos"]


def test_no_folder_of_the_build(unpacked: Path) -> None:
    for path in unpacked.rglob("*"):
        if path.is_file() and path.parent.name != "recipe":
            content = path.read_bytes()
            assert [folder for folder in FOLDERS_OF_BUILDS if folder.encode() in content] == [], path.name


def test_licence_is_that_of_all_inside(unpacked: Path) -> None:
    fields = HeaderParser().parsestr((info(unpacked) / "METADATA").read_text())
    expression = fields["License-Expression"]
    for part in ("(MIT OR Apache-2.0)", "LGPL-2.1-or-later", "IJG", "BSD-2-Clause", "WTFPL"):
        assert part in expression
    names = fields.get_all("License-File") or []
    assert len(names) == len(set(names))
    for name in names:
        assert (info(unpacked) / "licenses" / name).stat().st_size > 0
    texts = {
        "libraries/FFmpeg-COPYING.LGPLv2.1": "GNU LESSER GENERAL PUBLIC LICENSE",
        "libraries/FFmpeg-LICENSE.md": "you must credit the IJG",
        "libraries/dav1d-COPYING": "VideoLAN and dav1d authors",
        "LICENSE-MIT": "Permission is hereby granted",
        "LICENSE-APACHE": "Apache License",
    }
    for name, words in texts.items():
        assert name in names
        assert words in (info(unpacked) / "licenses" / name).read_text()


def test_recipe_and_hashes_of_sources(unpacked: Path) -> None:
    folder = info(unpacked) / "recipe"
    assert {path.name for path in recipes.files()} <= {path.name for path in folder.iterdir()}
    sums = (folder / "SHA256SUMS").read_text()
    for source in RECIPE.sources:
        assert source.sha256 in sums
    tools = (folder / "tools.txt").read_text()
    assert "zig " in tools


def test_bill_of_materials(unpacked: Path) -> None:
    (path,) = (info(unpacked) / "sboms").glob("emos-py.cyclonedx.json")
    bill = json.loads(path.read_text())
    parts = {part["name"]: part for part in bill["components"]}
    assert {"FFmpeg", "dav1d", "pyo3", "ffmpeg-sys-the-third"} <= set(parts)
    for source in RECIPE.sources:
        part = parts[source.name]
        assert part["version"] == source.version
        assert part["hashes"] == [{"alg": "SHA-256", "content": source.sha256}]
        assert part["licenses"] == [{"expression": source.license}]


def test_record_is_true(unpacked: Path) -> None:
    for line in (info(unpacked) / "RECORD").read_text().splitlines():
        name, digest, size = line.rsplit(",", 2)
        if digest:
            content = (unpacked / name).read_bytes()
            expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert digest == f"sha256={expected}", name
            assert int(size) == len(content)


def test_types_and_stub_ship(unpacked: Path) -> None:
    assert (unpacked / "emos_io" / "py.typed").exists()
    assert (unpacked / "emos_io" / "_core.pyi").exists()


def test_metadata_names_the_project(unpacked: Path) -> None:
    fields = HeaderParser().parsestr((info(unpacked) / "METADATA").read_text())
    assert fields["Requires-Python"] == ">=3.11"
    assert fields["Author"] or fields["Author-email"]
    urls = dict(url.split(", ", 1) for url in fields.get_all("Project-URL") or [])
    assert {"Source", "Documentation", "Changelog", "Issues"} <= set(urls)
    assert set(fields.get_all("Provides-Extra") or []).isdisjoint({"test", "bench"})


@pytest.mark.parametrize("folder", ["tests", "benches", "wheel"])
def test_only_the_package_is_installed(unpacked: Path, folder: str) -> None:
    assert not (unpacked / folder).exists()
