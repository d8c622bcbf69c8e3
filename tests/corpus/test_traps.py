"""Every trap of the release's layout, one at a time, in a small release made here: the findings, and that nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.errors import CorpusError, InvalidArgument, SourceNotFound
from oracle import synthetic_release as made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return made.make(tmp_path / "release")


def codes(corpus: Corpus) -> dict[str, int]:
    return corpus.findings.counts()


def edit(path: Path, change: Callable[[openpyxl.worksheet.worksheet.Worksheet], None]) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    change(sheet)
    book.save(path)


def test_an_intact_release_has_only_the_findings_of_the_published_one(root: Path) -> None:
    corpus = Corpus.from_release(root)
    assert (len(corpus.clips), len(corpus.monologues)) == (7, 2)
    assert codes(corpus) == {
        "damaged_text": 1, "fenced_json": 2, "label_repaired": 6, "mangled_id": 5, "missing_rows": 1, "open_label": 2,
        "renamed_film": 1, "repeated_votes": 3, "sentence_without_utterance": 2, "utterance_without_sentence": 2,
    }  # fmt: skip
    clip = corpus.clips["chsims/aqgy4_0009/00008_0"]
    assert clip.decision is not None
    assert (clip.decision.label, clip.confidence, clip.confidence_tier) == ("Disgust", 0.7, "low")
    assert [vote.labels for vote in clip.votes_in("goemotions")] == [("disgust",), ("disgust",), ("neutral",)]
    assert clip.decisions["goemotions"].scores == {"disgust": 2 / 3, "neutral": 1 / 3}
    assert corpus.clips["meld/dia0_utt3"].confidence_tier == "low"
    assert corpus.clips["meld/dia1_utt0"].decision is not None
    monologue = corpus.monologues["Black Ice"]
    assert (monologue.title, monologue.language, monologue.duration) == ("黑冰", "zh", Fraction(25, 2))
    assert monologue.sentences[0].span == Span("0.1", "2.35")
    assert monologue.sentences[0].global_span == Span("100.6", "102.85")
    assert [each.basic7 for each in monologue.utterances] == ["Joy", "Anger", "Anger"]
    assert monologue.utterances[1].goemotions == ("grief",)
    assert monologue.utterances[1].open_labels == ("determination",)
    assert monologue.labels("basic7").changes == (Fraction(5),)


def test_a_strict_reader_stops_at_what_is_no_repair(root: Path) -> None:
    with pytest.raises(CorpusError, match="damaged_text"):
        Corpus.from_release(root, strict=True)


def test_the_release_may_stand_within_datasets(root: Path, tmp_path: Path) -> None:
    datasets = tmp_path / "parent" / "datasets"
    datasets.parent.mkdir()
    root.rename(datasets)
    (datasets / "manifest.csv").rename(datasets.parent / "manifest.csv")
    assert len(Corpus.from_release(datasets.parent).clips) == 7


def test_a_missing_workbook_leaves_its_votes_out_and_says_so(root: Path) -> None:
    (root / made.CHSIMS / "First-2500" / "a2.xlsx").unlink()
    corpus = Corpus.from_release(root)
    assert codes(corpus)["missing_file"] == 1
    assert {vote.rater for vote in corpus.clips["video_0001/0001"].votes} == {"a1", "a3"}


def test_a_renamed_column_is_named_with_those_there_are(root: Path) -> None:
    edit(root / made.CHSIMS / "First-2500" / "a1.xlsx", lambda sheet: sheet.cell(1, 10, "go emotions"))
    corpus = Corpus.from_release(root)
    (finding,) = [each for each in corpus.findings if each.code == "missing_column"]
    assert "'goemotion' is missing" in finding.what and "'go emotions'" in finding.what
    assert finding.where.endswith("a1.xlsx, sheet Sheet1")


@pytest.mark.parametrize("damage", [b"", b"no workbook", b"PK\x03\x04" + bytes(100)])
def test_an_unreadable_workbook_is_a_finding(root: Path, damage: bytes) -> None:
    (root / made.CHSIMS / "First-2500" / "a1.xlsx").write_bytes(damage)
    corpus = Corpus.from_release(root)
    assert codes(corpus)["unreadable_file"] == 1
    assert len(corpus.clips) == 7


def test_an_unknown_label_is_kept_as_open_vocabulary(root: Path) -> None:
    edit(root / made.CHSIMS / "First-2500" / "a1.xlsx", lambda sheet: sheet.cell(2, 10, "joy;schadenfreude"))
    corpus = Corpus.from_release(root)
    (finding,) = [each for each in corpus.findings if each.code == "unknown_label"]
    assert "schadenfreude" in finding.what and "row 2" in finding.where
    (vote,) = [v for v in corpus.clips["video_0001/0001"].votes_in("goemotions") if v.rater == "a1"]
    assert (vote.labels, vote.open_labels) == (("joy",), ("schadenfreude",))


def test_a_slip_is_corrected_with_a_finding(root: Path) -> None:
    edit(root / made.CHSIMS / "First-2500" / "a1.xlsx", lambda sheet: sheet.cell(2, 10, "jou"))
    corpus = Corpus.from_release(root)
    assert any("'jou' was read as 'joy' (slip)" in each.what for each in corpus.findings)
    assert not any(each.code == "soft_label_differs" for each in corpus.findings)


def test_votes_for_items_that_do_not_exist(root: Path) -> None:
    def add(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        sheet.append(["video_9999", "0001", "谁", 0, 0, 0, 0, "Neutral", "train", "joy", "Joy"])

    edit(root / made.CHSIMS / "First-2500" / "a1.xlsx", add)
    corpus = Corpus.from_release(root)
    (finding,) = [each for each in corpus.findings if each.code == "unknown_item"]
    assert "video_9999" in finding.what and "row 6" in finding.where
    # The other rows are joined one by one now.
    assert {vote.rater for vote in corpus.clips["video_0001/0001"].votes} == {"a1", "a2", "a3"}


def test_a_second_vote_of_one_rater(root: Path) -> None:
    edit(root / made.MELD / "Annotations-last-2000" / "a10.xlsx", lambda sheet: sheet.cell(2, 12, "anger"))
    corpus = Corpus.from_release(root)
    (finding,) = [each for each in corpus.findings if each.code == "second_vote"]
    assert "rff votes 'anger' on meld/dia0_utt1 after 'joy'" in finding.what
    (vote,) = [v for v in corpus.clips["meld/dia0_utt1"].votes if v.rater == "rff"]
    assert vote.labels == ("joy",)


def test_texts_that_differ_between_raters(root: Path) -> None:
    edit(
        root / made.MELD / "Annotations-3000" / "annotator_csq_train_sent_emo.xlsx",
        lambda sheet: sheet.cell(2, 2, "ho"),
    )
    corpus = Corpus.from_release(root)
    (finding,) = [each for each in corpus.findings if each.code == "text_differs"]
    assert "'ho' here, 'hi'" in finding.what
    assert corpus.clips["meld/dia0_utt1"].text == "hi"


def test_a_vote_of_another_round_is_kept_with_a_finding(root: Path) -> None:
    def add(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        sheet.cell(2, 10, "annoyance")
        sheet.cell(2, 11, "Neutral")

    edit(root / made.CHSIMS / "Last-2500" / "liangjingxi.xlsx", add)
    corpus = Corpus.from_release(root)
    assert codes(corpus)["extra_vote"] == 2
    assert len(corpus.clips["video_0001/0001"].votes_in("basic7")) == 4


def test_a_decision_that_is_not_that_of_the_votes(root: Path) -> None:
    path = root / made.CHSIMS / "First-2500/analysis_outputs/basic7/annotated_with_ds.xlsx"
    edit(path, lambda sheet: sheet.cell(2, 4, "Fear"))
    (finding,) = [each for each in Corpus.from_release(root).findings if each.code == "vote_differs"]
    assert finding.what == "a1 said 'Joy' of chsims/video_0001/0001, but 'Fear' was aggregated"


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "unreadable_json"), ("```json\n{]\n```", "unreadable_json"), ("[1]", "unreadable_json"), ("{}", None),
     ('{"duration": 1e999999999}', "unreadable_json"), ('{"duration": "1e999999999"}', None),
     ("{" * 100_000, "unreadable_json")],
)  # fmt: skip
def test_labels_that_are_no_json(root: Path, text: str, code: str | None) -> None:
    labels, sentences = made.film("Black Ice", "zh", "黑冰")
    del labels
    made.write_film(root, "Black Ice", text, sentences)
    corpus = Corpus.from_release(root)
    assert (code is None) == ("unreadable_json" not in codes(corpus))
    assert corpus.monologues["Black Ice"].utterances == ()
    assert len(corpus.monologues["Black Ice"].sentences) == 3


@pytest.mark.parametrize("written", ["00:05-00:04", "00:05-00:05", "5-9", "", "00:05", "00:0a-00:09"])
def test_times_that_are_no_times(root: Path, written: str) -> None:
    labels, sentences = made.film("Black Ice", "zh", "黑冰")
    labels["utterances"][1]["timestamp_range"] = written
    made.write_film(root, "Black Ice", labels, sentences)
    corpus = Corpus.from_release(root)
    (finding,) = [each for each in corpus.findings if each.code == "bad_span"]
    assert repr(written) in finding.what and finding.where.endswith("utterance 2")
    assert [each.index for each in corpus.monologues["Black Ice"].utterances] == [0, 1]


@pytest.mark.parametrize("written", [True, 0, 6, "3", None])
def test_intensities_that_are_not_from_1_to_5(root: Path, written: object) -> None:
    labels, sentences = made.film("Black Ice", "zh", "黑冰")
    labels["utterances"][1]["intensity"] = written  # type: ignore[typeddict-item]
    made.write_film(root, "Black Ice", labels, sentences)
    corpus = Corpus.from_release(root)
    (finding,) = [each for each in corpus.findings if each.code == "bad_intensity"]
    assert finding.what == f"intensity is {written!r}"
    assert corpus.monologues["Black Ice"].utterances[1].intensity is None


def test_utterances_that_overlap(root: Path) -> None:
    labels, sentences = made.film("Black Ice", "zh", "黑冰")
    labels["utterances"][1]["timestamp_range"] = "00:04-00:09"
    made.write_film(root, "Black Ice", labels, sentences)
    assert codes(Corpus.from_release(root))["overlap"] == 1


def test_labels_after_the_end(root: Path) -> None:
    labels, sentences = made.film("Black Ice", "zh", "黑冰")
    labels["utterances"][2]["timestamp_range"] = "00:10-00:14"
    made.write_film(root, "Black Ice", labels, sentences)
    (finding,) = [each for each in Corpus.from_release(root).findings if each.code == "label_after_end"]
    assert finding.what == "it ends at 14 s, the clip at 12.5 s"


def test_clocks_that_differ(root: Path) -> None:
    path = root / "streaming-finalsplit" / "Chinese_sentence_level.json"
    listed = json.loads(path.read_text("utf-8"))
    listed[0]["segments"][0]["start"] += 0.01
    path.write_text(json.dumps(listed, ensure_ascii=False), "utf-8")
    assert codes(Corpus.from_release(root))["clocks_differ"] == 1


def test_a_watermark_is_removed_with_a_finding(root: Path) -> None:
    labels, sentences = made.film("Black Ice", "zh", "黑冰")
    sentences["segments"][0]["text"] = "(Transcribed by TurboScribe.ai. Go Unlimited to remove this message.) 你好"
    made.write_film(root, "Black Ice", labels, sentences)
    corpus = Corpus.from_release(root)
    assert corpus.monologues["Black Ice"].sentences[0].text == "你好"
    assert codes(corpus)["watermark"] == 1


def test_a_part_that_is_not_there(root: Path) -> None:
    (root / "streaming-finalsplit").rename(root / "elsewhere")
    corpus = Corpus.from_release(root)
    assert codes(corpus)["missing_part"] == 1
    assert len(corpus.clips) == 7


def test_a_folder_that_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        Corpus.from_release(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match="holds neither data-final nor streaming-finalsplit"):
        Corpus.from_release(tmp_path)


def test_media_are_attached_and_missing_ones_are_a_finding(root: Path, tmp_path: Path) -> None:
    media = tmp_path / "media"
    (media / "Black Ice").mkdir(parents=True)
    (media / "Black Ice" / "Black Ice.mp4").write_bytes(b"x")
    corpus = Corpus.from_release(root, media={"streaming": media})
    assert corpus.monologues["Black Ice"].path == str(media / "Black Ice" / "Black Ice.mp4")
    (finding,) = [each for each in corpus.findings if each.code == "missing_media"]
    assert "1 of 2 items" in finding.what
    with pytest.raises(InvalidArgument, match="media must be folders by part, of chsims, meld, streaming, got films"):
        Corpus.from_release(root, media={"films": media})
