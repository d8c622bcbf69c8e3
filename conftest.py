"""What the examples of docs and docstrings read: small media, labels, a small release."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from emos_io.formats import Segment, write_eaf
from emos_io.spans import Span
from emos_io.testing.tiny_models import TinyFamily, tiny_pair
from oracle import clips, synthetic_release

OWN_LABELS = """文件;情绪;说话人
anna_1;开心;anna
anna_2;难过;anna
ben_1;生气;ben
ben_2;开心;ben
chen_1;惊喜;chen
bad;开心;chen
"""
STUDY = {
    "ann": ("Joy", "Joy", "Fear", "Anger", "Fear", "Joy"),
    "bob": ("Joy", "Joy", "Fear", "Fear", "Joy", "Unsure"),
    "cy": ("Joy", "Fear", "Fear", "Joy", "Fear", "Joy"),
}
"""What three raters gave six clips, a table each."""
STUDY_SPANS = {"dora": 3, "emil": 4}
"""When Joy turns to Sadness in a talk of 8 s, by the ELAN files of two raters."""
QWEN: Mapping[str, TinyFamily] = {
    "Qwen/Qwen2.5-Omni-7B": "qwen2_5_omni",
    "Qwen/Qwen3-Omni-30B-A3B-Instruct": "qwen3_omni",
    "Qwen/Qwen2.5-VL-7B-Instruct": "qwen2_5_vl",
}
"""Names that pages of docs read, as folders of tiny models and processors of the same family."""
LONG_FOLDERS = ("adapters", "browser", "cover", "gpu", "inference", "pipes", "train")
"""Folders of tests that import large libraries, train, and start processes: some tests take half a minute."""
LABELS = "file,from,to,emotion\ntalk,0,4000,Joy\ntalk,4500,8000,Sadness\n"


def pytest_configure(config: pytest.Config) -> None:
    """Let several workers take files in the order of `_by_length`: they would begin with files of many tests."""
    config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the files of a worker of several, so that none has much to do when the others have ended."""
    if not hasattr(config, "workerinput"):
        return
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    items[:] = [item for each in sorted(files.values(), key=_by_length) for item in each]


def _by_length(items: list[pytest.Item]) -> tuple[bool, int]:
    """Sort files: first those whose few tests take long (pages, training, commands), then those of many tests."""
    path = items[0].path
    takes_long = (
        path.suffix == ".md" or path.parent.name in LONG_FOLDERS or bool(items[0].get_closest_marker("command"))
    )
    return not takes_long, -len(items)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leave a million objects of libraries and tests out of garbage collection, which would walk through all of them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let trainers warn in the pages about them and in the README: of their loggers, of a machine without a GPU."""
    if isinstance(item, pytest.DoctestItem) and item.path.name.startswith(("trainer-", "README")):
        item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture(autouse=True)
def _no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tables be as wide as they need: where tests run in several processes, COLUMNS is set, and they would wrap."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(scope="session")
def examples_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``talk.mp4`` (8 s, 25 frames a second), ``clips/``, ``own/`` and ``study/`` with labels, and
    ``emos-release/``.
    """
    folder = tmp_path_factory.mktemp("examples")
    video = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=8"]
    audio = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=8"]
    coded = ["-c:v", "libx264", "-g", "50", "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-c:a", "alac"]
    shutil.copy(clips.make([*video, *audio, *coded], ".mp4"), folder / "talk.mp4")
    (folder / "clips").mkdir()
    shutil.copy(folder / "talk.mp4", folder / "clips" / "talk.mp4")
    (folder / "clips" / "labels.csv").write_text(LABELS, encoding="utf-8")
    (folder / "own").mkdir()
    for name in ("anna_1", "anna_2", "ben_1", "ben_2", "chen_1"):
        shutil.copy(folder / "talk.mp4", folder / "own" / f"{name}.mp4")
    (folder / "own" / "bad.mp4").write_bytes(b"cut off")
    (folder / "own" / "labels.csv").write_bytes(OWN_LABELS.encode("gbk"))
    _make_study(folder)
    synthetic_release.make(folder / "emos-release")
    return folder


def _make_study(folder: Path) -> None:
    """Make ``study/``: six clips with a table of each of three raters, and a talk with an ELAN file of each of two others."""
    study = folder / "study"
    (study / "clips").mkdir(parents=True)
    (study / "talks").mkdir()
    for number in range(1, 7):
        shutil.copy(folder / "talk.mp4", study / "clips" / f"c{number}.mp4")
    shutil.copy(folder / "talk.mp4", study / "talks" / "talk.mp4")
    for rater, labels in STUDY.items():
        rows = [f"c{number},{label},s{(number + 1) // 2}" for number, label in enumerate(labels, 1)]
        (study / f"{rater}.csv").write_text("\n".join(["file,emotion,speaker", *rows, ""]), encoding="utf-8")
    for rater, change in STUDY_SPANS.items():
        (study / rater).mkdir()
        spans = ((Span(0, change), "Joy"), (Span(change, 8), "Sadness"))
        segments = [Segment(span, label, "emotion", None) for span, label in spans]
        write_eaf(study / rater / "talk.eaf", segments, media=("talk.mp4",))


def _make_qwen(folder: Path, page: str) -> None:
    """Save the model and the processor of each name that a page reads, where no page before has asked for it."""
    for name, family in QWEN.items():
        if name in page and not (folder / name).exists():
            pytest.importorskip("transformers")
            pair = tiny_pair(family)
            pair.model.save_pretrained(folder / name)
            pair.processor.save_pretrained(folder / name)


@pytest.fixture(autouse=True)
def example_media(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, doctest_namespace: dict[str, object]
) -> None:
    """Run pages of docs in the folder, and give `clip`, the path of 3 s of video and audio, to docstrings that read one."""
    if not isinstance(request.node, pytest.DoctestItem) or request.node.dtest is None:
        return
    page = request.node.path.suffix == ".md"
    reads_clip = any("clip" in example.source for example in request.node.dtest.examples)
    if (page or reads_clip) and shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg on the path, which makes the media of the example")
    if page:
        folder: Path = request.getfixturevalue("examples_folder")
        monkeypatch.chdir(folder)
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        _make_qwen(folder, request.node.path.read_text(encoding="utf-8"))
    elif reads_clip:
        doctest_namespace["clip"] = str(clips.counting_clip(seconds=3))
