"""Lengths of media, for plans over items that have none published."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from pipes_help import clip, film

from emos_io import WindowPlan, errors, media_durations
from emos_io.corpus import Corpus
from emos_io.pipes import media_duration
from oracle import clips


def test_lengths_are_those_of_the_files_and_a_plan_takes_them() -> None:
    items = [
        replace(clip(str(n), clips.counting_clip(seconds=n, rate=8_000), n), published_span=None) for n in (2, 3, 5)
    ]
    calls: list[tuple[int, int]] = []
    found, issues = media_durations(items, progress=lambda done, total: calls.append((done, total)))
    assert found == {f"c/{n}": Fraction(n) for n in (2, 3, 5)}
    assert len(issues) == 0
    assert calls == [(1, 3), (2, 3), (3, 3)]
    assert WindowPlan(items, by="clip").fingerprint == WindowPlan(items, by="clip", durations=found).fingerprint
    assert [window.span.duration for window in WindowPlan(items, by="clip", durations=found).windows()] == [2, 3, 5]


def test_one_function_tells_plans_folders_and_corpora_how_long_a_file_is(tmp_path: Path) -> None:
    file = tmp_path / "film.mov"
    file.write_bytes(clips.counting_clip(seconds=5, rate=8_000).read_bytes())
    assert media_duration(str(file)) == Fraction(5)
    (tmp_path / "labels.csv").write_text("file,t0,t1,emotion\nfilm.mov,0,4,Joy\n")
    columns = {"item": "file", "start": "t0", "end": "t1", "label": "emotion"}
    corpus = Corpus.from_folder(tmp_path, annotations="labels.csv", columns=columns, probe=media_duration)
    assert corpus.monologues["film"].duration == Fraction(5)
    assert list(corpus.doctor(media_duration).findings) == []
    bare = replace(clip("film", file, 5), published_span=None)
    windows = WindowPlan([bare], by="clip", durations=media_duration).windows()
    assert [window.span.duration for window in windows] == [Fraction(5)]
    file.write_bytes(b"no film" * 99)
    assert corpus.doctor(media_duration).findings.counts() == {"unreadable_media": 1}


def test_a_file_that_cannot_be_read_is_an_error_or_left_out_and_listed(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mov"
    bad.write_bytes(b"no film" * 99)
    items = [film("bad", bad, 5), film("none", None, 5), film("good", clips.counting_clip(seconds=5, rate=8_000), 5)]
    with pytest.raises(errors.SourceUnreadable):
        media_durations(items)
    found, issues = media_durations(items, on_error="mask")
    assert found == {"s/good": 5}
    assert [(line.key, line.error) for line in issues.lines] == [("s/bad", "SourceUnreadable")]
    with pytest.raises(errors.InvalidArgument, match='on_error must be "raise" or "mask", got \'skip\''):
        media_durations(items, on_error="skip")  # type: ignore[arg-type]
