"""Make the splits that ship with the package again from the release, byte for byte.

python scripts/shipped_splits.py RELEASE            # write both files
python scripts/shipped_splits.py RELEASE --check    # exit 1 where a file is not what the release gives
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from emos_io.corpus import Clip, Corpus, Folds, folds, leaks, leave_one_out, read_release

FOLDER = Path(__file__).parent.parent / "python" / "emos_io" / "evaluation" / "splits"
NUM_FOLDS = 5
SEED = 7
STRATA = ("confidence_tier", "language", "label")


def static_folds(corpus: Corpus) -> Folds:
    """Return the folds of the clips, no text in two of them.

    `emos_io.corpus.folds` keeps texts of 24 letters together, and `emos_io.corpus.leaks` finds those of 24 bytes: 8 letters of
    Chinese. One such text is in two of the largest videos, which no seed puts in one fold, since the largest groups are dealt
    first and in one order. So clips whose text is in two folds become a group of the kind ``text``, and all are dealt again.
    """
    clips = corpus.with_items(monologues=())
    while True:
        found = folds(clips, k=NUM_FOLDS, seed=SEED, stratify=STRATA)
        texts = {
            key: leak.names[0]
            for leak in leaks(clips, found).leaks
            if leak.kind == "equal_text" and leak.severity == "fault"
            for keys in leak.sides.values()
            for key in keys
        }
        if not texts:
            return found
        clips = clips.with_items(clips=[_with_text(clip, texts) for clip in clips.clips])


def stream_folds(corpus: Corpus) -> Folds:
    """Return a fold for each film of the monologues."""
    return leave_one_out(corpus.with_items(clips=()), "film")


def _with_text(clip: Clip, texts: dict[str, str]) -> Clip:
    return replace(clip, group={**clip.group, "text": texts[clip.key]}) if clip.key in texts else clip


def files(corpus: Corpus) -> dict[str, bytes]:
    """Return the content of each file by its name."""
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for name, division in (("static", static_folds(corpus)), ("streams", stream_folds(corpus))):
            path = Path(folder, f"{name}.json")
            division.save(path)
            found[path.name] = path.read_bytes()
        return found


def main(arguments: list[str]) -> int:
    """Write both files, or compare them."""
    check = "--check" in arguments
    made = files(read_release(arguments[0]))
    differ = [name for name, content in made.items() if not _is_same(FOLDER / name, content)]
    for name in differ:
        print(f"{FOLDER / name}: {'is not what the release gives' if check else 'written'}")
        if not check:
            (FOLDER / name).write_bytes(made[name])
    return 1 if check and differ else 0


def _is_same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
