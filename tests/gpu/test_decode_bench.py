"""The benchmark of decoding runs on DALI's CPU backend with a small clip; without a GPU it says so and writes nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from emos_io import Media

if TYPE_CHECKING:
    from child import Child

torch = pytest.importorskip("torch")

BENCHES = Path(__file__).parents[2] / "benches"
HEIGHT, SECONDS, FPS = 180, 5, 25
RUN_SECONDS = 240


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one clip."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg on the path, which makes the clip")
    made = tmp_path_factory.mktemp("clips")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHES))
        import_module("gpu_clips").make_clips(made, (HEIGHT,), ("vp9",), SECONDS)
    return made


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHES))
    return import_module("gpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="it would run for minutes on the GPU that is here")
def test_without_a_gpu_nothing_is_written_of_decoding(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "gpu.json"
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--out", str(out)])
    bench.main()
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("no GPU is here: nothing is timed")
    assert not out.exists()


@pytest.mark.parametrize(("option", "value"), [("--rounds", "0"), ("--batches", "0"), ("--batches", "-1")])
def test_it_refuses_to_time_nothing(
    bench: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--device", "dali-cpu", option, value])
    with pytest.raises(SystemExit) as ended:
        bench.main()
    assert ended.value.code == 2
    assert (
        capsys.readouterr().err.splitlines()[-1] == f"gpu.py: error: argument {option}: must be 1 or more, got {value}"
    )


def test_frames_of_its_clips_spell_their_numbers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHES))
    clips = import_module("gpu_clips")
    (clip,) = clips.found_clips(folder)
    assert clip.name == f"vp9 {HEIGHT}p"
    with Media(clip.path) as media:
        for size in (None, (224, 224)):
            numbers = clips.numbers_of(media.frames_by_index(range(SECONDS * FPS), size=size).data)
            assert numbers == list(range(SECONDS * FPS))


def test_it_runs_on_the_cpu_backend(folder: Path, tmp_path: Path, dali_child: Child) -> None:
    """The fixture says whether there is DALI; the bench runs in a process of its own, as people run it."""
    out = tmp_path / "new" / "gpu.json"
    words = ["--device", "dali-cpu", "--clips", str(folder), "--rounds", "1", "--batches", "3", "--out", str(out)]
    subprocess.run([sys.executable, str(BENCHES / "gpu.py"), *words], check=True, timeout=RUN_SECONDS)
    report = json.loads(out.read_text())
    row = report["clips"][f"vp9 {HEIGHT}p"]
    assert row["failed"] == {}
    assert row["stats"]["fallback"] == {}
    assert row["stats"]["gops"]["device"] > 0
    ways = {"emos-io on the device", "emos-io on the CPU", "DALI's reader"}
    assert set(row["of_windows"]) >= ways
    assert set(row["of_clips"]) >= ways - {"DALI's reader"}
    assert {"PyNvVideoCodec", *report["absent"], *row["of_windows"]} >= {"torchcodec", "PyNvVideoCodec"}
    assert report["memory"]["batches"] == 3
    assert report["machine"]["versions"]["torch"] == metadata.version("torch")
