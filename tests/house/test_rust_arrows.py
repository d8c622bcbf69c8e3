"""No files of a crate use each other in a circle."""

from __future__ import annotations

from pathlib import Path

import pytest

from oracle.graphs import circles
from oracle.rust_files import file_graph

RUST = Path(__file__).resolve().parents[2] / "rust"
ROOTS = {
    "emos-time": "lib.rs",
    "emos-ffmpeg": "lib.rs",
    "emos-media": "lib.rs",
    "emos-py": "lib.rs",
    "fuzz": "main.rs",
}


def crate(folder: Path, **files: str) -> dict[str, set[str]]:
    """The graph of a made-up crate; `__` in a name divides folders."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".rs")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return file_graph(folder / "lib.rs")


def test_every_crate_is_looked_at() -> None:
    assert {path.parent.name for path in RUST.glob("*/Cargo.toml")} == set(ROOTS)


@pytest.mark.parametrize("name", sorted(ROOTS))
def test_no_files_of_a_crate_use_each_other_in_a_circle(name: str) -> None:
    graph = file_graph(RUST / name / "src" / ROOTS[name])
    assert circles(graph) == []


def test_circles_are_found_and_paths_to_them_are_none() -> None:
    graph = {"face": ["frames"], "frames": ["engine"], "engine": ["frames", "error"], "index": ["index"]}
    assert circles(graph) == [["engine", "frames"], ["index"]]


def test_two_paths_to_one_file_are_no_circle() -> None:
    assert circles({"a": ["b", "c"], "b": ["d"], "c": ["d"]}) == []


def test_circles_that_share_no_node_are_two() -> None:
    graph = {"a": ["b"], "b": ["a", "c"], "c": ["d"], "d": ["e"], "e": ["c"]}
    assert circles(graph) == [["a", "b"], ["c", "d", "e"]]


def test_a_circle_of_a_crate_is_found(tmp_path: Path) -> None:
    graph = crate(
        tmp_path,
        lib="mod media; mod engine; mod error; pub use media::Media;",
        media="use crate::engine::Engine;\npub struct Media;",
        engine="use crate::{error::Error, media::Media};\npub struct Engine;",
        error="pub struct Error;",
    )
    assert circles(graph) == [["engine.rs", "media.rs"]]


@pytest.mark.parametrize(
    "use",
    [
        "use crate::b::Item;",
        "pub(crate) use crate::b::Item as Other;",
        "use crate::b::*;",
        "use crate::b;",
        "use crate::{c::Item, b::{self, Item}};",
        "use crate::{\n    c,\n    b,\n};",
        "use super::b::Item;",
        "use super::{b, c};",
        "use crate::c::Item; fn f() { super::b::f(1) }",
        "fn f() { crate::b::shape(1, 'b', \"\") }",
        "fn f<'a>(x: &'a crate::b::Item) {}",
        "fn f() { Some(1).map(crate::b::shape) }",
        "use super::b as other; fn f() { other::shape() }",
        "mod tests { use super::super::b::Item; }",
        "mod tests { use crate::b::Item; }",
    ],
)
def test_every_way_to_name_a_file_is_an_arrow(tmp_path: Path, use: str) -> None:
    graph = crate(tmp_path, lib="mod a; mod b; mod c;", a=use, b="", c="")
    assert "b.rs" in graph["a.rs"]


@pytest.mark.parametrize(
    "text",
    [
        "// use crate::b::Item;",
        "/* use crate::b::Item; */",
        "/// See [`crate::b::Item`].\nfn f() {}",
        'fn f() { g("crate::b::Item") }',
        'fn f() { g(r#"" crate::b::Item "#) }',
        "use other::b::Item;",
        "use std::b;",
        "fn f() { x.b::<u8>() }",
        "mod tests { use super::Item; }",
        "fn f() { Self::b() }",
        "use crate::c::b; fn f() { b::g() }",
    ],
)
def test_what_names_no_file_is_no_arrow(tmp_path: Path, text: str) -> None:
    graph = crate(tmp_path, lib="mod a; mod b; mod c;", a=text, b="", c="")
    assert "b.rs" not in graph["a.rs"]


def test_modules_in_folders_are_followed(tmp_path: Path) -> None:
    graph = crate(
        tmp_path,
        lib="mod index; mod video;",
        index="mod tree; use tree::child; fn f() { child() }",
        index__tree="use crate::video::gop::Gop;",
        video__mod="pub mod gop; pub mod timeline;",
        video__gop="use super::timeline::Timeline;",
        video__timeline="",
    )
    assert graph == {
        "lib.rs": set(),
        "index.rs": {"index/tree.rs"},
        "index/tree.rs": {"video/gop.rs"},
        "video/mod.rs": set(),
        "video/gop.rs": {"video/timeline.rs"},
        "video/timeline.rs": set(),
    }


def test_a_child_may_use_a_parent_that_only_declares_it(tmp_path: Path) -> None:
    graph = crate(tmp_path, lib="mod a; pub struct Item;", a="use super::Item;")
    assert graph == {"lib.rs": set(), "a.rs": {"lib.rs"}}


@pytest.mark.parametrize("parent", ["pub use a::f;", "fn g() { a::f() }", "use crate::a; fn g() { a::f() }"])
def test_a_parent_and_a_child_that_use_each_other_are_a_circle(tmp_path: Path, parent: str) -> None:
    graph = crate(tmp_path, lib=f"mod a; pub struct Item; {parent}", a="use super::Item; pub fn f() {}")
    assert circles(graph) == [["a.rs", "lib.rs"]]


def test_a_re_export_is_an_arrow_to_the_file_that_has_it(tmp_path: Path) -> None:
    graph = crate(tmp_path, lib="mod a; mod b; pub use b::Item;", a="use crate::Item;", b="pub struct Item;")
    assert graph["a.rs"] == {"lib.rs"}


def test_a_file_that_would_not_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"b\.rs'\] must be in a module"):
        crate(tmp_path, lib="mod a;", a="", b="")
    (tmp_path / "b.rs").unlink()
    (tmp_path / "a.rs").unlink()
    with pytest.raises(ValueError, match=r"mod a of .* must have a file"):
        file_graph(tmp_path / "lib.rs")
