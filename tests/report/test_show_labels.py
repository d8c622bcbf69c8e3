"""Labels and text of a page are those of the corpus; nothing of them is taken for HTML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from show_help import Element, Page, clip, film, refused, saved, show_window

from emos_io import Media, Span
from emos_io.corpus import Corpus
from emos_io.plan import LabelRule, WindowPlan
from emos_io.plan.label_rule import LABEL_ATS
from oracle import clips

HOSTILE = "</script><script>alert(1)</script> \"quoted\" 'so' & <b>你好</b> <!-- --> ]]> &lt;"
BAR_ERROR = 0.000051
"""Half of a hundredth of a percent, to which a bar's width is written, and the error of float32."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return saved(tmp_path / "corpus", film(), clip("b"))


def bars(page: Page) -> dict[str, float]:
    """Weights by class, as the bars' widths have them."""
    rows = page.section("Label").one("ul", "bars").find("li")
    style = {row.find("span")[0].text: row.one("span", "bar").attributes["style"] for row in rows}
    return {name: float(css.split("width:")[1].split("%")[0]) / 100 for name, css in style.items()}


def sentences(page: Page, kind: str) -> dict[int, str]:
    lists = page.section("Text").find("ol", kind)
    return {int(row.attributes["value"]): row.find("span")[0].text for each in lists for row in each.find("li")}


def boxes(page: Page, kind: str) -> list[tuple[float, float, str]]:
    """Boxes of the axis: start and end in seconds, to a hundredth, and their tooltips."""
    axis = page.axis
    left, width, start, seconds = (
        float(axis.attributes[f"data-{name}"]) for name in ("left", "width", "start", "seconds")
    )

    def time(x: float) -> float:
        return round((start + (x - left) / width * seconds) * 100) / 100

    def box(rect: Element) -> tuple[float, float, str]:
        x, wide = float(rect.attributes["x"]), float(rect.attributes["width"])
        return time(x), time(x + wide), rect.text

    return [box(rect) for rect in axis.find("rect", kind)]


def test_labels_are_those_of_the_plan_that_has_the_window(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for rule in LABEL_ATS:
        plan = WindowPlan(Corpus.load(corpus), 4, "1/2", labels=LabelRule(label_at=rule, collar="1/2"))
        for number in (0, 3, 9):
            planned = plan.window(number)
            result, page = show_window(capsys, planned.key, corpus, "--label-at", rule, "--collar", "1/2")
            assert result["key"] == planned.key
            assert result["labels"]["soft"] == planned.labels.soft.tolist()
            assert (result["labels"]["valid"], result["labels"]["confidence"]) == (
                planned.labels.valid,
                planned.labels.confidence,
            )
            assert [each["index"] for each in result["text"]] == [each.index for each in planned.text]
            assert list(bars(page).values()) == pytest.approx(planned.labels.soft.tolist(), abs=BAR_ERROR)


def test_a_label_span_on_no_hop_is_labelled_by_seconds(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "a@2-23/3", corpus, "--label-at", "overlap")
    # Joy from 2 to 3, nothing to 4, Sadness to 7 2/3: 1 second and 3 2/3.
    weights = {name: weight for name, weight in bars(page).items() if weight}
    assert weights == pytest.approx({"Joy": 3 / 14, "Sadness": 11 / 14}, abs=BAR_ERROR)
    assert result["labels"]["timeline"] == [
        {"start": "2/1", "end": "3/1", "labels": {"Joy": 1.0}},
        {"start": "4/1", "end": "23/3", "labels": {"Sadness": 1.0}},
    ]


def test_label_segments_lie_on_the_axis_around_the_label_span_too(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, page = show_window(capsys, "a@4-6", corpus, "--context", "2", "--lookahead", "4")
    assert [(start, end) for start, end, _ in boxes(page, "label")] == [(2, 3), (4, 9)]
    assert [tooltip.split(" ")[0] for _, _, tooltip in boxes(page, "label")] == ["Joy", "Sadness"]
    assert [(start, end) for start, end, _ in boxes(page, "label-span")] == [(4, 6)]
    assert [(start, end) for start, end, _ in boxes(page, "context")] == [(2, 4)]
    assert [(start, end) for start, end, _ in boxes(page, "lookahead")] == [(6, 10)]
    legend = page.root.one("ul", "legend").find("li")
    assert [each.text for each in legend] == ["Joy", "Sadness"]
    assert len({each.one("span", "swatch").attributes["style"] for each in legend}) == 2


def test_several_labels_at_once_share_the_height_and_the_weight(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result, page = show_window(capsys, "a@0-2", corpus, "--labels", "goemotions")
    assert {name: weight for name, weight in bars(page).items() if weight} == {"joy": 0.5, "pride": 0.5}
    assert [(start, end) for start, end, _ in boxes(page, "label")] == [(0, 2), (0, 2)]
    assert len(result["labels"]["classes"]) == 28


def test_a_sentence_is_released_once_it_has_ended(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "a@1-4", corpus)
    assert (sentences(page, "released"), sentences(page, "pending")) == ({1: "One."}, {2: "Two."})
    assert [(start, end) for start, end, _ in boxes(page, "released")] == [(1, 2)]
    assert [(start, end, text.split(",")[0]) for start, end, text in boxes(page, "pending")] == [
        (3, 4, "not released: Two.")
    ]
    assert "(not released) Two." in page.section("On one time axis").text
    assert result["text"] == [{"index": 1, "start": "0/1", "end": "2/1", "text": "One."}]
    assert [each["index"] for each in result["pending"]] == [2]


def test_all_that_is_spoken_is_released_where_causality_is_given_up(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result, page = show_window(capsys, "a@1-4", corpus, "--not-causal")
    assert (sentences(page, "released"), sentences(page, "pending")) == ({1: "One.", 2: "Two."}, {})
    by_sentence, _ = show_window(capsys, "a@1-4", corpus, "--by", "sentence", "--out", "other.html")
    assert by_sentence["text"] == result["text"]


def test_causal_is_the_rule_of_a_hop_and_is_repeated_by_the_command(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_default, _ = show_window(capsys, "a@1-4", corpus, "--out", "other.html")
    result, page = show_window(capsys, "a@1-4", corpus, "--causal")
    assert result == by_default | {"out": "s_a@1-4.html"}
    assert [each["index"] for each in result["text"]] == [1]
    assert page.section("Again").one("code").text == f"emos show s/a@1-4 {corpus} --causal"


def test_windows_by_sentence_are_never_causal(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, line = refused(capsys, "a@1-4", corpus, "--by", "sentence", "--causal")
    assert code == 2
    assert "causal" in line


def test_a_static_clip_has_the_label_of_its_decision(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "c/b@0-3", corpus)
    rows = page.table("Label")
    assert (rows["label"], rows["confidence"], rows["valid"]) == ("Fear 1", "0.75", "true, it counts")
    assert result["labels"]["timeline"] == [{"start": "0/1", "end": "3/1", "labels": {"Fear": 1.0}}]
    assert sentences(page, "released") == {1: "你好 <b>"}
    assert page.section("Text").find("b") == []
    assert [each.attributes["lang"] for each in page.axis.find("text", "spoken")] == ["zh"]


def test_a_masked_label_says_why(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, page = show_window(capsys, "a@1-7/2", corpus)
    assert page.table("Label")["valid"] == "false, masked: no label holds there"
    _, page = show_window(capsys, "a@1-9/2", corpus, "--collar", "1/2")
    assert page.table("Label")["valid"] == "false, masked: a boundary lies within the collar of 1/2 s"
    _, page = show_window(capsys, "a@1-9/2", corpus, "--collar", "1", "--collar-mode", "soften", "--out", "soft.html")
    assert (page.table("Label")["confidence"], page.table("Label")["label"]) == ("0.5", "Sadness 1")


def test_without_a_label_layer_there_are_no_labels(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "a@1-4", corpus, "--labels", "none")
    assert result["labels"] is None
    assert "Labels were not asked for." in page.section("Label").text
    assert boxes(page, "label") == []


def test_without_media_the_page_says_so_and_shows_the_rest(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, page = show_window(capsys, "a@1-4", corpus)
    assert (result["path"], result["frames"], result["samples"], result["video_valid"]) == (None, None, None, None)
    assert "The item has no media available: this page shows its labels and text alone." in page.notes
    assert page.root.find("img") == page.root.find("image") == page.root.find("audio") == []
    assert len(boxes(page, "label")) == 1


def test_media_that_are_gone_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = saved(tmp_path / "gone", film(path=tmp_path / "nowhere.mp4"))
    result, page = show_window(capsys, "a@1-4", corpus)
    assert result["path"] is None
    assert f"linked to {tmp_path / 'nowhere.mp4'}, where there is no file" in page.notes[0]


def test_a_file_gives_the_media_and_the_corpus_the_labels(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.counting_clip(seconds=10, rate=8_000)
    result, page = show_window(capsys, "s/a@1-4#2", path, corpus)
    assert (result["key"], result["item"], result["path"]) == ("s/a@1-4", "s/a", str(path))
    assert result["frames"] == 12
    assert sentences(page, "released") == {1: "One."}


def test_where_the_file_goes_on_after_the_item_there_is_no_label(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = clips.counting_clip(seconds=14, rate=8_000)
    result, page = show_window(capsys, "a@11-13", corpus, path)
    assert (result["labels"]["valid"], result["labels"]["timeline"], result["video_valid"]) == (False, [], [True] * 8)
    assert boxes(page, "label") == []
    assert page.root.find("path", "decided") == []
    assert page.table("Exact times")["length of the item"] == "10/1 s (10 s)"
    assert page.table("Exact times")["length of the media"] == "14/1 s (14 s)"


def test_a_file_is_found_by_its_name_beside_a_corpus(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.counting_clip(seconds=10, rate=8_000)
    plan = WindowPlan([Media(path), *Corpus.load(corpus).monologues], 4, 2)
    result, _ = show_window(capsys, plan.window(0).key, corpus, path)
    assert (result["item"], result["path"], result["labels"]["valid"], result["text"]) == (
        path.name,
        str(path),
        False,
        [],
    )


def test_hostile_text_is_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = '"><img src=x onerror=alert(1)>'
    corpus = saved(tmp_path / "corpus", film(name, (HOSTILE, HOSTILE), language='en"><script>'))
    result, page = show_window(capsys, f"s/{name}@0-4", corpus, "--out", "hostile.html")
    assert sentences(page, "released") == {1: HOSTILE}
    assert sentences(page, "pending") == {2: HOSTILE}
    assert len(page.root.find("script")) == 1
    assert page.root.find("img") == page.root.find("b") == []
    assert page.root.find("title")[0].text == result["key"]
    assert page.root.one("h1").text == f"s/{name}@0-4"
    assert any(HOSTILE in each.text for each in page.root.find("rect", "released"))


def test_a_window_of_the_release_holds_what_its_files_say(
    release_path: Path, saved_release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result, page = show_window(capsys, "streaming/Any Given Sunday@25/2-33/2", saved_release, "--context", "2")
    folder = release_path / "streaming-finalsplit" / "Any Given Sunday"
    spoken = json.loads((folder / "sentence_level_timestamps.json").read_text("utf-8"))["segments"]
    ended = {each["index"]: each["text"] for each in spoken if 10.5 < each["end"] <= 16.5}
    begun = {each["index"]: each["text"] for each in spoken if each["start"] < 16.5 < each["end"]}
    assert (sentences(page, "released"), sentences(page, "pending")) == (ended, begun)
    written = (folder / "Any Given Sunday.emotion.json").read_text("utf-8").strip()
    felt = json.loads(written.removeprefix("```json").removesuffix("```"))["utterances"]
    (label,) = [each["emotion_primary"] for each in felt if _holds(each, 16.5)]
    assert result["labels"]["classes"][result["labels"]["soft"].index(1.0)] == label
    assert bars(page)[label] == 1.0
    assert Span(*result["label_span"]) == Span("25/2", "33/2")


def _holds(utterance: dict[str, Any], moment: float) -> bool:
    start, end = (
        60 * int(minutes) + int(seconds)
        for minutes, seconds in (time.split(":") for time in utterance["timestamp_range"].split("-"))
    )
    return bool(start < moment <= end)


def test_chinese_text_of_the_release_is_written_as_it_is(
    release_path: Path, saved_release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result, page = show_window(
        capsys, "streaming/Black Ice@40-60", saved_release, "--labels", "goemotions", "--not-causal"
    )
    spoken = json.loads(
        (release_path / "streaming-finalsplit" / "Black Ice" / "sentence_level_timestamps.json").read_text("utf-8")
    )["segments"]
    inside = {each["index"]: each["text"] for each in spoken if each["start"] < 60 and each["end"] > 40}
    assert sentences(page, "released") == inside
    assert {each.attributes["lang"] for each in page.section("Text").find("span") if "lang" in each.attributes} == {
        "zh"
    }
    assert result["item"] == "streaming/Black Ice"
