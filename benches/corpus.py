"""Time reading the EmoS release against pandas doing the same reads of the same workbooks, and against saving and loading.

pandas reads every workbook and file that the reader opens, with openpyxl and with calamine, and does nothing else with them;
the reader joins, normalises, checks and types as well. A corpus is saved and loaded in CPU seconds of this process, from JSON
Lines and from Parquet alone. Answers are checked first.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pandas as pd

from emos_io.corpus import Corpus, workbooks
from emos_io.corpus import storage as storage_files

HERE = Path(__file__).parent
ROUNDS = 5


def main() -> None:
    """Run all and write benches/results/corpus.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    release = Path(os.environ.get("EMOS_RELEASE", HERE.parent.parent / "shared" / "emos-release"))
    parser.add_argument("release", type=Path, nargs="?", default=release)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "corpus.json")
    arguments = parser.parse_args()
    files = opened(arguments.release)
    work: dict[str, Callable[[], object]] = {
        "emos-io": lambda: Corpus.from_release(arguments.release),
        "pandas, openpyxl": lambda: read(arguments.release, files, "openpyxl"),
        "pandas, calamine": lambda: read(arguments.release, files, "calamine"),
    }
    check(Corpus.from_release(arguments.release), read(arguments.release, files, "calamine"))
    times: dict[str, list[float]] = {name: [] for name in work}
    for number in range(arguments.rounds):
        for name, task in work.items():
            begun = time.perf_counter()
            task()
            times[name].append(time.perf_counter() - begun)
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
    ours = times["emos-io"]
    report = {
        "machine": {
            "cores": os.cpu_count(),
            "load_before": os.getloadavg()[0],
            "python": platform.python_version(),
            "versions": {name: metadata.version(name) for name in ("emos-io", "pandas", "openpyxl", "python-calamine")},
        },
        "rounds": arguments.rounds,
        "files": len(files),
        "results": {
            name: {
                "seconds_median": statistics.median(taken),
                "ratio_median": statistics.median(their / own for their, own in zip(taken, ours, strict=True)),
                "ratio_range": [
                    min(their / own for their, own in zip(taken, ours, strict=True)),
                    max(their / own for their, own in zip(taken, ours, strict=True)),
                ],
            }
            for name, taken in times.items()
        },
        "storage": storage(arguments.release, arguments.rounds),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps({"results": report["results"], "storage": report["storage"]}, indent=2))


def storage(release: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Return CPU seconds to read the release, and to save and load its corpus, each also over those of reading."""
    corpus = Corpus.from_release(release)
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        lines, columns = Path(folder) / "all", Path(folder) / "parquet"
        work: dict[str, Callable[[], object]] = {
            "read": lambda: Corpus.from_release(release),
            "save": lambda: corpus.save(lines),
            "load": lambda: Corpus.load(lines),
            "load, Parquet alone": lambda: Corpus.load(columns),
        }
        corpus.save(lines)
        corpus.save(columns)
        (columns / storage_files.ITEMS).unlink()
        for saved in (lines, columns):
            assert list(Corpus.load(saved)) == list(corpus), "the corpus that was loaded is not the one that was saved"
        for _ in range(rounds):
            for name, task in work.items():
                begun = time.process_time()
                task()
                seconds.setdefault(name, []).append(time.process_time() - begun)
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    return {name: {"cpu_seconds_median": own, "of_read": own / medians["read"]} for name, own in medians.items()}


def opened(release: Path) -> list[str]:
    """Return the workbooks that the reader opens."""
    seen: list[str] = []
    original = workbooks._xlsx

    def noted(path: Path, file: str) -> workbooks.Sheet:
        seen.append(str(path))
        return original(path, file)

    workbooks._xlsx = noted
    try:
        Corpus.from_release(release)
    finally:
        workbooks._xlsx = original
    return seen


def read(release: Path, files: list[str], engine: str) -> dict[str, pd.DataFrame]:
    """Read the workbooks and the streaming files with pandas and json."""
    found = {file: pd.read_excel(file, engine=engine, dtype=object) for file in files}
    for path in release.glob("streaming-finalsplit/*/*.json"):
        text = path.read_text("utf-8")
        json.loads(text[text.index("{") : text.rindex("}") + 1])
    return found


def check(corpus: Corpus, tables: dict[str, pd.DataFrame]) -> None:
    """Fail unless both saw the same decisions."""
    published = [table for table in tables.values() if "unique_labels" in table]
    labels = [label for table in published for label in table["ds_label"]]
    own = []
    for clip in corpus.clips:
        if clip.source == "chsims":
            assert clip.decision is not None and clip.decision.label is not None, f"{clip.key} has no decision"
            own.append(clip.decision.label)
    assert sorted(labels) == sorted(own), "pandas and emos-io read other decisions"


if __name__ == "__main__":
    main()
