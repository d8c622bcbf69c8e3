"""Label Studio: published exports as the json module holds them, and one small task for each trap."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from formats_help import PROPERTY, Reported, check_hostile, check_paths, one_line, sample, texts, touching
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.errors import InvalidArgument, SourceUnreadable
from emos_io.formats import ItemLabel, Segment, read_annotation, read_label_studio, write_label_studio

PUBLISHED = [
    ("labelstudio_csv_test.json", 5),
    ("labelstudio_csv_test2.json", 0),
    ("labelstudio_csv_test_history.json", 0),
    ("labelstudio_ls-video_timeline.json", 1),
    ("labelstudio_min_data.json", 1),
]


def export(folder: Path, *results: dict[str, Any], task: dict[str, Any] | None = None, **annotation: Any) -> Path:
    path = folder / "a.json"
    entry = {"id": 7, "completed_by": 3, "result": results, **annotation}
    path.write_text(
        json.dumps([{"id": 1, "data": {"audio": "a.wav", "other": "b"}, "annotations": [entry], **(task or {})}])
    )
    return path


def region(kind: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": kind, "from_name": "emotion", "to_name": "audio", "value": value, **more}


AUDIO = region("labels", {"start": 0.1, "end": 3, "channel": 0, "labels": ["happy", "sad"]})
TIMELINE = region(
    "timelinelabels", {"ranges": [{"start": 1, "end": 75}, {"start": 100, "end": 100}], "timelinelabels": ["x"]}
)


@pytest.mark.parametrize(("name", "boxes"), PUBLISHED)
def test_published_exports_keep_choices_and_report_boxes(shared_media: Path, name: str, boxes: int) -> None:
    path = sample(shared_media, f"real/{name}")
    content = json.loads(path.read_text(encoding="utf-8"))
    raw = content if isinstance(content, list) else [content]
    reported = Reported()
    tasks = read_label_studio(path, reporter=reported)
    assert reported.codes == ["unsupported_result"] * boxes
    chosen = [
        (tuple(result["value"]["choices"]), result["from_name"], annotation["completed_by"]["email"])
        for task in raw
        for annotation in task["annotations"]
        for result in annotation["result"]
        if result["type"] == "choices"
    ]
    assert [(label.labels, label.tier, label.rater) for task in tasks for label in task.choices] == chosen
    assert bool(chosen) == (boxes == 0)
    assert [task.segments for task in tasks] == [()] * len(raw)
    assert all(task.item in set(map(str, entry["data"].values())) for task, entry in zip(tasks, raw, strict=True))


def test_seconds_of_audio_and_frames_of_video_are_one_time(shared_media: Path) -> None:
    path = sample(shared_media, "format_samples/labelstudio_audio_regions_and_video_timeline.json")
    (task,) = read_label_studio(path, frame_rate=25, first_frame=1)
    waveform = [(part.span, part.text) for part in task.segments if part.tier == "emotion"]
    frames = [(part.span, part.text) for part in task.segments if part.tier == "tl"]
    assert [span for span, _ in waveform] == [Span(3 * k, 3 * k + 3) for k in range(10)]
    assert frames == waveform
    assert (task.item, task.media, task.tiers) == ("base_en_grid_30s.mp4", ("base_en_grid_30s.mp4",), ("emotion", "tl"))
    with pytest.raises(InvalidArgument) as caught:
        read_label_studio(path)
    assert "the export has neither their rate nor the number of the first" in one_line(caught.value, path)


@pytest.mark.parametrize(("first", "start", "end"), [(0, 1, 76), (1, 0, 75)])
def test_frames_count_from_where_the_caller_says(tmp_path: Path, first: int, start: int, end: int) -> None:
    rate = Fraction(30_000, 1001)
    (task,) = read_label_studio(export(tmp_path, TIMELINE), frame_rate="30000/1001", first_frame=first)
    assert [part.span for part in task.segments] == [
        Span(start / rate, end / rate),
        Span((100 - first) / rate, (101 - first) / rate),
    ]


@pytest.mark.parametrize("options", [{}, {"frame_rate": 25}, {"first_frame": 1}])
def test_frames_have_no_default_clock(tmp_path: Path, options: dict[str, Any]) -> None:
    path = export(tmp_path, TIMELINE, AUDIO)
    with pytest.raises(InvalidArgument, match="give frame_rate and first_frame"):
        read_label_studio(path, **options)
    reported = Reported()
    (task,) = read_label_studio(path, reporter=reported, **options)
    assert reported.codes == ["frame_clock"]
    assert [part.text for part in task.segments] == ["happy", "sad"]


def test_each_label_is_a_segment_and_times_are_exact(tmp_path: Path) -> None:
    (task,) = read_label_studio(export(tmp_path, {**AUDIO, "score": 0.25}))
    assert task.segments == tuple(
        Segment(Span(Fraction(1, 10), 3), text, "emotion", "3", "a.wav", 0.25) for text in ("happy", "sad")
    )


@pytest.mark.parametrize(("unit", "scale"), [("s", 1), ("ms", 1000)])
def test_time_series_need_their_unit(tmp_path: Path, unit: Any, scale: int) -> None:
    path = export(tmp_path, region("timeserieslabels", {"start": 1.5, "end": 250, "timeserieslabels": ["x"]}))
    assert read_label_studio(path, time_unit=unit)[0].segments[0].span == Span(
        Fraction(3, 2 * scale), Fraction(250, scale)
    )
    with pytest.raises(InvalidArgument, match="give time_unit"):
        read_label_studio(path)


def test_items_have_choices_and_regions_have_segments(tmp_path: Path) -> None:
    results = [
        region("choices", {"choices": ["sad", "tired"]}),
        region("textarea", {"text": ["why"]}, score=1),
        region("choices", {"start": 1, "end": 2, "choices": ["loud"]}),
        region("textarea", {"start": 1, "end": 2, "text": "word"}),
    ]
    (task,) = read_label_studio(export(tmp_path, *results))
    assert task.choices == (
        ItemLabel(("sad", "tired"), "emotion", "3", "a.wav"),
        ItemLabel(("why",), "emotion", "3", "a.wav", 1.0, is_text=True),
    )
    assert [(part.span, part.text) for part in task.segments] == [(Span(1, 2), "loud"), (Span(1, 2), "word")]


@pytest.mark.parametrize(
    ("by", "rater"),
    [(3, "3"), (0, "0"), ({"id": 3, "email": "a@b"}, "a@b"), ({"id": 3, "email": ""}, "3"), (None, None), ("x", "x")],
)
def test_raters(tmp_path: Path, by: object, rater: str | None) -> None:
    assert read_label_studio(export(tmp_path, AUDIO, completed_by=by))[0].segments[0].rater == rater


def test_predictions_are_never_among_the_segments(tmp_path: Path) -> None:
    predictions = [
        {"model_version": "v1", "result": [{**AUDIO, "score": 0.5}, region("choices", {"choices": ["sad"]})]}
    ]
    (task,) = read_label_studio(export(tmp_path, task={"predictions": predictions}))
    assert (task.segments, task.choices) == ((), ())
    assert {(part.rater, part.confidence) for part in task.predictions} == {("model:v1", 0.5)}
    assert [(label.rater, label.labels) for label in task.predicted_choices] == [("model:v1", ("sad",))]


def test_what_is_left_out_is_named(tmp_path: Path) -> None:
    results: list[Any] = [
        region("labels", {"start": 1, "end": 1, "labels": ["none"]}),
        region("labels", {"start": "1", "end": 2, "labels": ["text"]}),
        region("labels", {"start": 1, "end": 10**30, "labels": ["far"]}),
        region("labels", {"start": 1, "end": 2, "labels": 7}),
        region("labels", {"start": 1, "end": 2, "labels": ["kept"]}, score=2),
        region("timelinelabels", {"ranges": [{"start": 1.5, "end": 2}, 5], "timelinelabels": ["x"]}),
        region("timelinelabels", {"ranges": 5, "timelinelabels": ["x"]}),
        "result",
    ]
    task = {"drafts": [{}], "predictions": [5]}
    reported = Reported()
    path = export(tmp_path, *results, task=task)
    (read,) = read_label_studio(path, frame_rate=25, first_frame=1, reporter=reported)
    assert [part.text for part in read.segments] == ["kept"]
    assert sorted(reported.codes) == [
        "bad_confidence", "bad_time", "bad_time", "bad_time", "bad_time", "draft", "empty_span", "malformed", "malformed",
        "malformed", "unsupported_result",
    ]  # fmt: skip
    with pytest.raises(InvalidArgument, match="task 1: 5 among its predictions has no result"):
        read_label_studio(path, frame_rate=25, first_frame=1)


def test_cancelled_annotations_are_reported(tmp_path: Path) -> None:
    reported = Reported()
    path = export(tmp_path, AUDIO, was_cancelled=True)
    assert read_label_studio(path, reporter=reported)[0].segments == ()
    assert reported.codes == ["cancelled"]
    with pytest.raises(InvalidArgument, match="task 1, annotation 7: its rater cancelled it"):
        read_label_studio(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([{"id": 1, "audio": "a.wav", "emotion": [{"start": 0, "end": 1, "labels": ["x"]}]}], "JSON-MIN"),
        ([{"id": 1, "data": {}, "completions": []}], "before 1.0"),
        ([{"id": 1, "annotations": []}], "a task has no data"),
        ([5], "no list of tasks"),
        ("x", "no list of tasks"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, content: object, says: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    with pytest.raises(SourceUnreadable) as caught:
        read_label_studio(path, reporter=Reported())
    assert says in one_line(caught.value, path)


def test_wrong_arguments(tmp_path: Path) -> None:
    path = export(tmp_path, AUDIO)
    for options, says in [
        ({"frame_rate": 0}, "frame_rate must be above 0, got 0; leave it out"),
        ({"first_frame": 2}, "first_frame must be 0 or 1, got 2; give the number"),
        ({"time_unit": "min"}, "time_unit must be 's' or 'ms', got 'min'; look at the time column"),
    ]:
        with pytest.raises(InvalidArgument, match=says):
            read_label_studio(path, **options)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r"got '\.json'; call read_label_studio or read_whisperx"):
        read_annotation(path)


def test_hostile_files(tmp_path: Path) -> None:
    check_paths(read_label_studio, tmp_path)
    good = export(tmp_path, AUDIO, TIMELINE).read_bytes()
    assert check_hostile(read_label_studio, tmp_path / "bad.json", good) >= 15


names = texts().filter(lambda text: not text.startswith("model:"))
raters = st.none() | names | st.integers(0, 99).map(str) | st.just("007") | st.just("model:v1")


@PROPERTY
@given(
    st.lists(st.tuples(names, names, raters, touching(Fraction(1, 1000), most=2)), min_size=1, max_size=4), st.data()
)
def test_what_is_written_is_read_back(tmp_path: Path, rows: list[Any], data: st.DataObject) -> None:
    confidence = st.none() | st.floats(0, 1)
    segments = [
        Segment(span, data.draw(texts()), tier, rater, item, data.draw(confidence))
        for item, tier, rater, spans in rows
        for span in spans
    ]
    choices = [
        ItemLabel((data.draw(texts()),), tier, rater, item, None, data.draw(st.booleans()))
        for item, tier, rater, _ in rows
    ]
    path = tmp_path / "a.json"
    write_label_studio(path, segments, choices=choices)
    tasks = read_label_studio(path)
    assert [task.item for task in tasks] == list(dict.fromkeys(part.item for part in segments))

    def by_owner(parts: Any) -> dict[Any, list[Any]]:
        owned: dict[Any, list[Any]] = {}
        for part in parts:
            owned.setdefault((part.item, part.rater), []).append(part)
        return owned

    assert by_owner(part for task in tasks for part in (*task.segments, *task.predictions)) == by_owner(segments)
    assert by_owner(part for task in tasks for part in (*task.choices, *task.predicted_choices)) == by_owner(choices)


@pytest.mark.parametrize(
    ("segment", "says"),
    [
        (Segment(Span(0, 1), "x", "t"), "must have an item and a tier"),
        (Segment(Span(0, 1), "x", item="a.wav"), "must have an item and a tier"),
        (Segment(Span(10**15, 10**15 + Fraction(1, 1000)), "x", "t", item="a"), "must start before they end"),
    ],
)
def test_what_label_studio_cannot_store_is_refused(tmp_path: Path, segment: Segment, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        write_label_studio(tmp_path / "a.json", [segment])
    assert not (tmp_path / "a.json").exists()
