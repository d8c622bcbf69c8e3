"""Imports point one way, no files import each other in a circle, and the names of `emos_io` load numpy at most.

The graph of files has an arrow for every import at any depth, within functions and under TYPE_CHECKING too. A name that is
imported from a package is an arrow to its ``__init__.py``, its face, since that is where the name is looked up; a module that
is imported from a package is an arrow to that module alone. Python runs the faces of the folders above a module before it, but
that is no arrow: else each file of a room would be in a circle with its face. So files of a room may not import names from
their own face, and that circle is found.
"""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import emos_io
from oracle.graphs import circles

ROOT = Path(emos_io.__file__).parent

# What each part of the package may import of the package, besides itself.
ALLOWED = {
    "errors": set(),
    "_arrays": set(),
    "_checks": {"errors"},
    "_files": {"errors"},
    "_install": set(),
    "_progress": set(),
    "_sidecar": {"_files"},
    "spans": {"errors"},
    "media": {"_checks", "_sidecar", "errors", "spans", "_core"},
    "gpu": {"_checks", "_install", "errors", "media"},
    "formats": {"_checks", "_files", "errors", "spans"},
    "corpus": {"_arrays", "_checks", "_files", "_install", "errors", "spans", "formats"},
    "annotation": {"_arrays", "_checks", "_files", "errors", "spans", "formats", "corpus"},
    "evaluation": {
        "_arrays",
        "_checks",
        "_files",
        "_install",
        "_progress",
        "errors",
        "spans",
        "formats",
        "corpus",
        "annotation",
    },
    "plan": {"_arrays", "_checks", "_progress", "errors", "spans", "corpus", "media"},
    "pipes": {"_checks", "_install", "_progress", "errors", "spans", "corpus", "media", "plan"},
    "adapters": {"_arrays", "_checks", "_install", "_progress", "errors", "spans", "media", "corpus", "plan", "pipes"},
    "inference": {
        "_arrays",
        "_checks",
        "_files",
        "_install",
        "_progress",
        "errors",
        "spans",
        "media",
        "corpus",
        "evaluation",
        "plan",
        "pipes",
        "adapters",
    },
    "synthesize": {"_checks", "_files", "errors", "spans", "corpus"},
    "train": {
        "_arrays",
        "_checks",
        "_files",
        "_install",
        "_progress",
        "errors",
        "spans",
        "media",
        "corpus",
        "evaluation",
        "plan",
        "pipes",
        "adapters",
        "inference",
    },
    "report": {"_checks", "_files", "errors", "spans", "corpus", "annotation", "media", "evaluation", "plan"},
    "testing": {"_checks", "_install", "errors", "spans", "media", "corpus", "plan", "pipes", "synthesize"},
    "cli": {
        "_checks",
        "_files",
        "_install",
        "_progress",
        "errors",
        "spans",
        "media",
        "gpu",
        "corpus",
        "formats",
        "annotation",
        "evaluation",
        "plan",
        "pipes",
        "adapters",
        "inference",
        "synthesize",
        "train",
        "report",
    },
    "__init__": {"errors", "spans", "media", "corpus", "plan", "pipes"},
    "__main__": {"cli"},
}
# Modules from which other rooms import names that their room's face does not export, each with the reason.
PAST_THE_FACE = {
    "annotation.vote_table": "the ceiling of raters counts votes as decisions do",
    "annotation.log.items": "the command line looks which media a log names, before they are items with votes",
    "adapters.hf_trainer": "it is imported by its own name, since transformers comes with it",
    "adapters.versions": "a library in a version that was not tested is refused alike where models are read",
    "inference.saved_model": "fine-tuning reads its base as prediction reads models, in parts",
    "corpus._frozen": "mappings of records of predictions and scores cannot be changed either",
    "corpus.division.leak_fits": "scores say which decisions were fitted with test items, as leaks do",
    "corpus.records": "the layer of numbers has no taxonomy",
    "corpus.annotation_paths": "the command line looks at the columns of tables before they are read",
    "corpus.codec": "the log of votes is written as records are; callers write corpora with `save`",
    "corpus.data": "verbs of annotation check that they were given a corpus; callers cannot give them anything else",
    "corpus.confidence_tiers": "the rule as arrays; `annotation.confidence_tier` checks them for callers",
    "corpus.folder.raters": "raters without a name are named after their files alike, of a folder and of a log",
    "inference.conversation": "the command line and training ask as predict does; the face loads adapters",
    "train.lora.answers": "a page has the answer that training makes of a window; the face loads what trains",
    "corpus.label_words": "words of answers are compared as those of cells are",
    "corpus.label_rows": "labels on spans become votes alike, of a folder and of a log",
    "corpus.media_check": "media of a folder without annotations are opened as those with some",
    "corpus.span_votes": "labels on spans become votes alike, of a folder and of a log",
    "corpus.storage": "its names of files; the module loads pyarrow",
    "corpus.synthetic": "the name of the manifest that synthesize writes, and that corpus looks for above media",
    "corpus.vote_shares": "shares as arrays, unchecked; annotation checks them for callers",
    "corpus.workbooks": "sheets as rows; annotation reads the same workbooks",
    "formats.encodings": "a byte order mark says how a file of a taxonomy is written",
    "formats.row_values": "corpus reads tables of whole clips, cell by cell",
    "formats.rows": "corpus and annotation read tables of whole clips, row by row",
    "formats.source": "corpus decodes csv files of the release as other tables are decoded",
    "formats.table_columns": "what is wrong with columns is said alike in corpus, annotation and on the command line",
    "formats.times": "times of review queues are written and read as those of tables",
    "media.arguments": "checks of arguments that pipes shares",
    "media.record": "the digests of a plan's media stand in the sidecar beside their lengths",
    "media.metadata": "how pages and the command line write times",
    "pipes.batch": "the demo looks into batches",
    "pipes.open_media": "the window of a page is read for a model as loaders read it",
    "pipes.reading": "the window of a page is read for a model as loaders read it",
    "plan.arguments": "how pipes writes numbers in errors",
    "plan.dealing": "the evaluation loader deals windows to ranks; callers take the loader",
    "report.waveform": "the demo draws as pages do",
}
LOADED_WITH_THE_PACKAGE = {"numpy", "emos_io"}


def part_of(path: Path) -> str:
    relative = path.relative_to(ROOT)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported_parts(path: Path) -> set[str]:
    package = list(path.relative_to(ROOT).parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            base = package[: len(package) - (node.level - 1)]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {(base + name.split("."))[0] for name in names if name}
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")
            names = [alias.name for alias in node.names] if len(module) == 1 else module[1:2]
            found |= {*names} if module[0] == "emos_io" else set()
        elif isinstance(node, ast.Import):
            modules = [alias.name.split(".") for alias in node.names]
            found |= {each[1] for each in modules if each[0] == "emos_io" and len(each) > 1}
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_arrow_points_the_wrong_way(path: Path) -> None:
    part = part_of(path)
    assert part in ALLOWED, f"{part} is new: say in ALLOWED what it may import"
    wrong = imported_parts(path) - ALLOWED[part] - {part}
    assert not wrong, f"{part} imports {sorted(wrong)}"


BY_NAME = {"media/backend.py": "emos_io.gpu"}
"""The one room that a lower one imports by its name, where a device is asked for: `importlib` makes no arrow."""


def texts_of(path: Path) -> list[str]:
    """Return the texts in a file's code that name a room of the package; docstrings are no code."""
    tree = ast.parse(path.read_text("utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in prose]
    rooms = tuple(f"emos_io.{part}" for part in ALLOWED if not part.startswith("_"))
    return [text for text in texts if isinstance(text, str) and ".".join(text.split(".")[:2]) in rooms]


def test_one_room_is_imported_by_its_name() -> None:
    """Besides doors to lower rooms, which are arrows all the same."""
    by_name = {
        str(path.relative_to(ROOT)): texts_of(path) for path in sorted((ROOT / "media").rglob("*.py")) if texts_of(path)
    }
    assert by_name == {file: [room] for file, room in BY_NAME.items()}
    importers = {
        str(path.relative_to(ROOT)) for path in (ROOT / "media").rglob("*.py") if "importlib" in path.read_text("utf-8")
    }
    assert importers == set(BY_NAME)


def test_a_wrong_arrow_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "media").mkdir()
    source = tmp_path / "media" / "reader.py"
    source.write_text("from ..cli import main\nfrom .frames import x\nfrom .. import _core\n")
    assert imported_parts(source) == {"cli", "media", "_core"}
    source.write_text(
        "import emos_io.cli\ndef f():\n    from emos_io import pipes\n    from emos_io.plan import keys\n"
    )
    assert imported_parts(source) == {"cli", "pipes", "plan"}


def module_file(root: Path, module: list[str]) -> str | None:
    """Return the file of a module, by its path within the package; `_core` is a compiled one with a stub."""
    names = [Path(*module[:-1], f"{module[-1]}{suffix}") for suffix in (".py", ".pyi")] if module else []
    return next((str(name) for name in (*names, Path(*module, "__init__.py")) if (root / name).is_file()), None)


def imported_files(root: Path, path: Path) -> set[str]:
    """Return the files of a package that one of them imports, by their paths within the package."""
    package = list(path.relative_to(root).parts[:-1])
    found: set[str | None] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            found |= {module_file(root, name[1:]) for name in names if name[0] == "emos_io"}
        elif isinstance(node, ast.ImportFrom):
            module = node.module.split(".") if node.module else []
            if node.level == 0 and module[:1] != ["emos_io"]:
                continue
            base = module[1:] if node.level == 0 else [*package[: len(package) - node.level + 1], *module]
            found |= {module_file(root, [*base, alias.name]) or module_file(root, base) for alias in node.names}
    return {name for name in found if name is not None}


def file_graph(root: Path) -> dict[str, set[str]]:
    return {str(path.relative_to(root)): imported_files(root, path) for path in sorted(root.rglob("*.py"))}


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles(file_graph(ROOT)) == []


def test_every_import_of_the_package_is_an_arrow() -> None:
    """Each relative import is counted a second way, by its text."""
    for path in sorted(ROOT.rglob("*.py")):
        lines = [line.split() for line in path.read_text("utf-8").splitlines()]
        relative = [
            words for words in lines if words[:1] == ["from"] and words[1].startswith(".") and "import" in words
        ]
        assert bool(relative) == bool(imported_files(ROOT, path)), path


def names_past_faces(root: Path) -> dict[str, set[str]]:
    """Return the modules within rooms from which files of other rooms import names, and these files.

    A room is a folder of the package. A folder within a room, such as `annotation/paper`, has a face of its own.
    """
    found: dict[str, set[str]] = {}
    for importer, files in file_graph(root).items():
        for file in files:
            parts = Path(file).parts
            if len(parts) > 1 and parts[-1] != "__init__.py" and parts[0] != Path(importer).parts[0]:
                found.setdefault(file.removesuffix(".py").replace("/", "."), set()).add(importer)
    return found


def test_rooms_import_through_the_face_of_a_room() -> None:
    past = names_past_faces(ROOT)
    assert {module: files for module, files in past.items() if module not in PAST_THE_FACE} == {}
    assert set(PAST_THE_FACE) - set(past) == set(), "nothing imports past these faces any more"


def test_an_import_past_a_face_is_found(tmp_path: Path) -> None:
    for room in ("plan", "corpus", "corpus/release"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("")
        (tmp_path / room / "inner.py").write_text("")
    (tmp_path / "spans.py").write_text("")
    (tmp_path / "plan" / "own.py").write_text(
        "from ..corpus import Corpus\nfrom ..corpus.release import Release\nfrom ..spans import Span\nfrom .inner import A\n"
    )
    assert names_past_faces(tmp_path) == {}
    (tmp_path / "plan" / "past.py").write_text("from ..corpus.inner import A\nfrom ..corpus.release.inner import B\n")
    assert names_past_faces(tmp_path) == {"corpus.inner": {"plan/past.py"}, "corpus.release.inner": {"plan/past.py"}}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"a": "from .b import B", "b": "from .a import A"}, [["a.py", "b.py"]]),
        ({"a": "def f():\n    from .b import B", "b": "from . import a"}, [["a.py", "b.py"]]),
        ({"a": "if TYPE_CHECKING:\n    from .b import B", "b": "from emos_io.a import A"}, [["a.py", "b.py"]]),
        ({"a": "import emos_io.b", "b": "from emos_io import a"}, [["a.py", "b.py"]]),
        ({"room/__init__": "from .a import A", "room/a": "from . import A"}, [["room/__init__.py", "room/a.py"]]),
        ({"room/__init__": "from .a import A", "room/a": "from . import b", "room/b": ""}, []),
        (
            {"room/__init__": "from .a import A", "room/a": "from ..other import B", "other": "from .room.c import C"},
            [],
        ),
        (
            {"room/__init__": "from .a import A", "room/a": "from ..other import B", "other": "from .room import A"},
            [["other.py", "room/__init__.py", "room/a.py"]],
        ),
        ({"a": "import os\nfrom json import loads", "b": "from .a import A"}, []),
    ],
)
def test_circles_of_files_are_found(files: dict[str, str], found: list[list[str]], tmp_path: Path) -> None:
    for name, text in {"__init__": "", **files}.items():
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "room").mkdir(exist_ok=True)
    (tmp_path / "room" / "c.py").write_text("")
    assert circles(file_graph(tmp_path)) == found


def test_only_media_imports_the_core() -> None:
    importers = {part_of(path) for path in ROOT.rglob("*.py") if "_core" in imported_parts(path)}
    assert importers == {"media"}


def loaded_by(statements: str) -> set[str]:
    """Return the modules that statements load in a process of their own."""
    show = f"import sys; before = set(sys.modules); {statements}; print(*sorted(set(sys.modules) - before))"
    return set(subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_package_loads_nothing() -> None:
    assert loaded_by("import emos_io") == {"emos_io"}


def test_names_of_the_package_are_those_of_its_rooms() -> None:
    assert {name for names in emos_io._ROOMS.values() for name in names} == set(emos_io.__all__)
    source = ast.parse(Path(emos_io.__file__).read_text("utf-8"))
    typed = {node.module: tuple(each.name for each in node.names) for node in ast.walk(source)
             if isinstance(node, ast.ImportFrom) and node.level == 1}  # fmt: skip
    assert typed == {room: names for room, names in emos_io._ROOMS.items() if names}
    for room, names in emos_io._ROOMS.items():
        module = importlib.import_module(f"emos_io.{room}")
        assert getattr(emos_io, room) is module
        assert all(getattr(emos_io, name) is getattr(module, name) for name in names)
    assert set(dir(emos_io)) >= {*emos_io.__all__, *emos_io._ROOMS, "__version__"}
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(emos_io, "nothing")  # noqa: B009


def test_the_names_of_the_package_load_numpy_at_most() -> None:
    loaded = loaded_by("from emos_io import *")
    outside = {name.split(".")[0].lstrip("_") for name in loaded} - {
        name.lstrip("_") for name in sys.stdlib_module_names
    }
    # Cython names itself where numpy.random is loaded.
    outside = {name for name in outside if not name.startswith("cython_")}
    assert outside <= LOADED_WITH_THE_PACKAGE, outside
