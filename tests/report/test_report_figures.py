"""Figures of scores: what their drawings show is what `emos score --json` has."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from figure_contents import CLASSES, JsonValues, content_of, made_corpus, predicted, printed, split_metric

from emos_io.corpus import Clip, Corpus, Decision, Taxonomy
from emos_io.evaluation import Prediction, Predictions
from emos_io.report.comparison import ReportContent
from emos_io.report.comparison.figures import FiguresSection, figures_section
from emos_io.report.comparison.figures.confusion import MOST_CLASSES
from emos_io.report.comparison.figures.figure import Figure, run_marks
from emos_io.report.drawing import Box, Line, Text
from emos_io.report.formatting import MOST_LETTERS, bounded
from emos_io.report.metric import Number
from emos_io.report.render import _environment

NAMES_WITH_DIGITS = re.compile(r"f1|, [0-9.]+ s$")
"""Names of measures, and of the tolerance of turning points."""
TOLERANCE = 0.02
"""Pixels: drawings have two digits of them at least."""


@pytest.fixture(scope="module")
def content() -> ReportContent:
    """Two runs, the second one without video."""
    corpus = made_corpus()
    return content_of(corpus, predicted(corpus, "a", 3), predicted(corpus, "b", 2, {"ablate": "video"}))


@pytest.fixture(scope="module")
def section(content: ReportContent) -> FiguresSection:
    found = figures_section(content)
    assert found is not None
    return found


def figure(section: FiguresSection, begin: str, group: str = "basic7, clips") -> Figure:
    (own,) = (each for each in section.groups if each.title == group)
    return next(each for each in own.figures if each.name.startswith(begin))


def shapes(one: Figure) -> tuple[list[Box], list[Line], list[Text]]:
    assert one.drawing is not None
    found = one.drawing.shapes
    return (
        [each for each in found if isinstance(each, Box)],
        [each for each in found if isinstance(each, Line)],
        [each for each in found if isinstance(each, Text)],
    )


def test_each_layer_kind_and_clock_has_its_figures(section: FiguresSection) -> None:
    names = {
        each.title: [one.title.partition(",")[0].partition(":")[0] for one in each.figures] for each in section.groups
    }
    streams = ["Ablations", "F1 of each class", "Confusion", "Confusion"]
    reliability = ["Reliability in bins of equal width", "Reliability in bins of equal mass"]
    assert names == {
        "basic7, clips": [*streams[:2], "Ceiling", *streams[2:], *reliability * 2],
        "basic7, streams, content clock": streams,
        "basic7, streams, decision clock": streams,
    }
    assert len({each.name for each in section.figures}) == len(section.figures)


def test_every_number_is_the_one_that_json_has(content: ReportContent, section: FiguresSection) -> None:
    found = JsonValues(content)
    numbers = [number for each in section.figures if each.drawing is not None for number in each.drawing.numbers]
    cells = [cell for each in section.figures for row in each.table.rows for cell in row if cell.metric]
    assert len(numbers) > 300 and len(cells) > 600
    for number in [*numbers, *(cell.number for cell in cells)]:
        assert number is not None
        value = found.get(number.metric)
        assert number.text in printed(value, number.metric), number
    for cell in cells:
        # As files have it, exactly.
        assert cell.value == found.get(cell.metric), cell
    fields = {split_metric(each.metric)[1].get("field") for each in cells}
    assert {"value", "low", "high", "n", "num_clusters", None} == fields


def test_the_page_has_them_all_named_and_nothing_but_ticks_without(section: FiguresSection) -> None:
    root = ElementTree.fromstring(page(section))
    svgs = [each for each in root.iter() if each.tag.endswith("svg")]
    assert len(svgs) == sum(each.drawing is not None for each in section.figures)
    named = [each.attrib["data-metric"] for each in root.iter() if "data-metric" in each.attrib]
    drawn = [number.metric for each in section.figures if each.drawing is not None for number in each.drawing.numbers]
    tables = [cell.metric for each in section.figures if not each.in_drawing for row in each.table.rows for cell in row]
    assert sorted(named) == sorted([*drawn, *filter(None, tables)])
    for svg in svgs:
        for text in (each for each in svg.iter() if each.tag.endswith("text")):
            if text.get("class") != "tick":
                assert not any(letter.isdecimal() for letter in NAMES_WITH_DIGITS.sub("", text.text or "")), text.text


def page(section: FiguresSection) -> str:
    """The section alone, as XML."""
    template = _environment().from_string(
        '{% from "comparison/figures.html" import draw_figures %}<div>{{ draw_figures(section) }}</div>'
    )
    return template.render(section=section).replace(" hidden>", ' hidden="">')


def test_a_cell_of_a_confusion_matrix_is_a_count_and_as_dark_as_its_share_of_the_row(section: FiguresSection) -> None:
    one = figure(section, "confusion")
    boxes, _, texts = shapes(one)
    counts = [each for each in texts if isinstance(each.parts[0], Number)]
    # Each third clip is answered Surprise, of five classes with 12 clips each.
    expected = [[8 if row == column else 4 if column == 6 else 0 for column in range(8)] for row in range(5)]
    assert [int(each.text) for each in counts] == [*(count for row in expected for count in row), *[0] * 16]
    lightness = [sum(bytes.fromhex(each.fill[1:])) for each in boxes]
    right, wrong, nothing = lightness[0], lightness[6], lightness[1]
    assert right < wrong < nothing == 3 * 255
    # Of 12 clips 8 and 4: shares of 2/3 and 1/3 of the way from white to the deepest.
    assert [each.fill for each in boxes[:2]] == ["#6286b2", "#ffffff"] and boxes[6].fill == "#b1c3d9"
    assert {each.fill for each in boxes[5 * 8 :]} == {"#e4e4e4"}
    for box, text in zip(boxes, counts, strict=True):
        assert box.x < text.x < box.x + box.width and box.y < text.y < box.y + box.height
    assert [each.text for each in texts if each.is_upright] == [*CLASSES, "none or outside"]
    assert one.in_drawing and one.title.endswith(": A = a")


def test_seconds_of_monologues_have_a_matrix_too(section: FiguresSection) -> None:
    one = figure(section, "confusion", "basic7, streams, content clock")
    _, _, texts = shapes(one)
    counts = [each.text for each in texts if isinstance(each.parts[0], Number)]
    # 30 s of Joy, 10 s of Fear and 10 s of Anger were all answered Joy.
    joy = CLASSES.index("Joy")
    seconds = {(row, column): count for (row, column), count in zip(cells(7), counts, strict=True) if count != "0"}
    assert seconds == {(CLASSES.index("Anger"), joy): "10", (CLASSES.index("Fear"), joy): "10", (joy, joy): "30"}
    assert "a cell seconds" in one.caption


def cells(classes: int) -> list[tuple[int, int]]:
    return [(row, column) for row in range(classes) for column in range(classes + 1)]


def test_bars_are_as_long_as_their_values_and_intervals_lie_on_them(
    content: ReportContent, section: FiguresSection
) -> None:
    one = figure(section, "class-f1")
    boxes, lines, texts = shapes(one)
    scores = [
        [score for score in run.scores.select(name="f1", kind="clips") if score.of["class"] in CLASSES]
        for run in content.runs
    ]
    order = [score for pair in zip(*scores, strict=True) for score in pair]
    grid = [each.points[0][0] for each in lines if each.role == "grid"]
    zero, length = grid[0], grid[-1] - grid[0]
    drawn = [score for score in order if score.value is not None]
    assert [each.width for each in boxes] == pytest.approx(
        [length * (score.value or 0) for score in drawn], abs=TOLERANCE
    )
    assert {each.x for each in boxes} == {zero}
    whiskers = [each.points for each in lines if each.role == "interval" and each.points[0][1] == each.points[1][1]]
    intervals = [(score.low, score.high) for score in drawn if score.low is not None and score.high is not None]
    assert len(intervals) > 6
    for (start, end), (low, high) in zip(whiskers, intervals, strict=True):
        assert (start[0], end[0]) == pytest.approx((zero + length * low, zero + length * high), abs=TOLERANCE)
    values = [each.text for each in texts if isinstance(each.parts[0], Number)]
    assert values == [score.text() for score in order]
    marks = [each.text for each in texts if each.text in ("A", "B")]
    assert marks == ["A", "B"] * len(CLASSES)


def test_reliability_stands_over_its_bins(content: ReportContent, section: FiguresSection) -> None:
    one = figure(section, "reliability-equal_width")
    boxes, lines, texts = shapes(one)
    table = content.runs[0].scores.table("reliability_equal_width", kind="clips")
    filled = [row for row in table.rows if row[2]]
    (diagonal,) = (each for each in lines if each.role == "diagonal")
    (left, bottom), (right, top) = diagonal.points

    def x(value: object) -> float:
        assert isinstance(value, float)
        return left + (right - left) * value

    def y(value: object) -> float:
        assert isinstance(value, float)
        return bottom - (bottom - top) * value

    bars = [each for each in boxes if each.role == "bar"]
    points = [each for each in boxes if each.role == "interval"]
    assert len(filled) == 10
    for row, bar, point in zip(filled, bars, points, strict=True):
        assert (bar.x, bar.y, bar.y + bar.height) == pytest.approx((x(row[0]), y(row[4]), bottom), abs=TOLERANCE)
        centre = point.x + point.width / 2, point.y + point.height / 2
        assert centre == pytest.approx((x(row[3]), y(row[4])), abs=TOLERANCE)
    error = content.runs[0].scores.get("ece", binning="equal_width")
    assert f"ECE {error.value:.3f} of 60 answers" in [each.text for each in texts]


def test_without_confidences_there_is_no_diagram() -> None:
    corpus = made_corpus(10)
    run = Predictions(tuple(Prediction(key=each.key, layer="basic7", label="Joy") for each in corpus.clips), name="a")
    found = figures_section(content_of(corpus, run))
    assert found is not None and found.marks == ()
    titles = [each.title for each in found.figures]
    assert not any(title.startswith(("Reliability", "Runs", "Ablations")) for title in titles)
    assert "Confusion, basic7, clips: a" in titles


def test_a_report_without_runs_has_no_figures() -> None:
    assert figures_section(content_of(made_corpus(10))) is None


def test_ablations_say_what_a_run_lacks(content: ReportContent, section: FiguresSection) -> None:
    assert [(each.mark, each.name, each.without) for each in section.marks] == [("A", "a", ""), ("B", "b", "video")]
    one = figure(section, "ablations")
    lacks = {row[2].text: row[3].text for row in one.table.rows}
    assert lacks == {"a": "", "b": "video"}
    corpus = made_corpus(10)
    plain = figures_section(content_of(corpus, predicted(corpus, "a", 3), predicted(corpus, "b", 2)))
    assert plain is not None and figure(plain, "runs").title == "Runs: basic7, clips"


def test_raters_stand_beside_runs(section: FiguresSection) -> None:
    one = figure(section, "ceiling")
    _, _, texts = shapes(one)
    # Of three raters who always agree, a left out one is always right; each third and each second clip is wrong.
    values = [each.text.partition(" ")[0] for each in texts if isinstance(each.parts[0], Number)]
    assert values == ["1.000", "0.667", "0.500"] * 2
    assert [each.text for each in texts if each.anchor == "end" and each.text != "1"] == ["raters", "A", "B"] * 2


def test_a_matrix_of_many_classes_is_named_and_not_drawn() -> None:
    names = [f"class {index}" for index in range(MOST_CLASSES + 1)]
    clips = [
        Clip(
            key=f"own/{index}",
            source="own",
            language="en",
            decisions={"mine": Decision(item="", layer="mine", labels=(name,), scores={name: 1.0})},
        )
        for index, name in enumerate(names)
    ]
    corpus = Corpus(clips, taxonomies=[Taxonomy("mine", "1", "Many", tuple(names))])
    run = Predictions(tuple(Prediction(key=each.key, layer="mine", label=names[0]) for each in clips), name="a")
    found = figures_section(content_of(corpus, run))
    assert found is not None
    (one,) = (each for each in found.figures if each.name.startswith("confusion"))
    assert one.drawing is None and len(one.table.rows) == MOST_CLASSES + 1
    assert one.notes == ("a matrix of 65 classes is not drawn, as more than 64; emos report --tables writes it",)
    assert page(found).count("a matrix of 65 classes is not drawn") == 1


def test_hostile_names_are_texts_and_long_ones_are_cut_with_a_hint() -> None:
    corpus = made_corpus(10)
    hostile = "<script>alert(1)</script>\"'&\x00\u202e"
    runs = predicted(corpus, hostile, 3), predicted(corpus, "W" * 10_002, 2, {"ablate": hostile}, streams=False)
    found = figures_section(content_of(corpus, *runs))
    assert found is not None
    html = page(found)
    root = ElementTree.fromstring(html)
    assert {each.tag for each in root.iter() if each.tag.endswith("script")} == set()
    texts = "\n".join(root.itertext())
    assert "<script>alert(1)</script>" in texts and "\x00" not in html and "\u202e" not in html
    attributes = [value for each in root.iter() for name, value in each.attrib.items() if name != "data-metric"]
    assert bounded("W" * 10_002) in texts and bounded("W" * 10_002) in attributes
    assert "W" * (MOST_LETTERS + 1) not in "\n".join([texts, *attributes])


def test_marks_are_letters() -> None:
    assert run_marks(0) == () and run_marks(26)[-1] == "Z" and run_marks(27)[-1] == "AA" and run_marks(703)[-1] == "AAA"
    assert len(set(run_marks(800))) == 800
