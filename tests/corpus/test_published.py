"""MELD and CH-SIMS v2 as published: lengths, repeats, leaks, and words that contradict numbers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from emos_io.corpus import Corpus, Finding
from emos_io.errors import CorpusError

HEAD = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"
NO_EPISODE = HEAD.replace("Season,Episode,", "")
GOOD = '1,"also, hi",Chandler,neutral,neutral,0,0,8,21,"00:16:16,059","00:16:21,731"\n'
SIMS = "video_id,clip_id,text,label,label_T,label_A,label_V,annotation,mode\n"


def meld(folder: Path, *rows: str, part: str = "train", head: str = HEAD) -> Path:
    """Write rows ``dialogue, utterance, text, emotion, season, episode, start, end`` as MELD writes them."""
    lines = []
    for number, row in enumerate(rows, 1):
        dialogue, utterance, text, emotion, *at, start, end = (cell.strip() for cell in row.split("|"))
        cells = [
            str(number),
            f'"{text}"',
            "Ross",
            emotion,
            "neutral",
            dialogue,
            utterance,
            *at,
            f'"{start}"',
            f'"{end}"',
        ]
        lines.append(",".join(cells))
    (folder / f"{part}_sent_emo.csv").write_text(head + "\n".join(lines) + "\n")
    return folder


def brief(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in findings]


def test_good_rows_have_no_findings(tmp_path: Path) -> None:
    (tmp_path / "train_sent_emo.csv").write_text(HEAD + GOOD)
    assert not Corpus.from_meld(tmp_path).findings


def test_an_utterance_of_0_s_is_kept_without_a_length(tmp_path: Path) -> None:
    meld(tmp_path, "0|0|Hi.|joy|8|21|00:16:16,059|00:16:16,059", "0|1|Hi|joy|8|21|00:16:16,060|00:16:16,059")
    corpus = Corpus.from_meld(tmp_path)
    assert [clip.duration for clip in corpus.clips] == [None, None]
    assert brief([*corpus.findings]) == [("empty_span", "fault")] * 2


@pytest.mark.parametrize(
    ("end", "found"),
    [("00:05:05,000", 1), ("00:01:00,001", 1), ("00:01:00,000", 0), ("00:00:41,040", 0)],
    ids=["305 s", "over a minute", "a minute", "the longest of EmoS"],
)
def test_an_utterance_of_over_a_minute_is_odd(tmp_path: Path, end: str, found: int) -> None:
    meld(tmp_path, f"0|0|Hi.|joy|8|21|00:00:00,000|{end}")
    corpus = Corpus.from_meld(tmp_path)
    assert brief([*corpus.findings]) == [("odd_length", "note")] * found
    assert corpus.clips[0].duration is not None and corpus.clips[0].duration > 0
    if end == "00:05:05,000":
        assert corpus.clips[0].duration == Fraction(305)
        assert corpus.findings[0].what == "meld-train/dia0_utt0 lasts 305 s"


def test_repeats_with_two_emotions(tmp_path: Path) -> None:
    meld(
        tmp_path,
        "0|0|Check it out!|joy|7|22|00:15:49,865|00:15:58,998",
        "5|2|check it out|sadness|7|22|00:15:49,865|00:15:58,998",
        "5|3|Check it out!|joy|7|22|00:15:49,865|00:15:58,998",
        "6|0|Another thing.|fear|7|22|00:15:49,865|00:15:58,998",
        "6|1|Check it out!|anger|7|21|00:15:49,865|00:15:58,998",
        "6|2|Check it out!|anger|7|22|00:15:49,865|00:15:58,999",
    )
    corpus = Corpus.from_meld(tmp_path)
    assert len(corpus.clips) == 6
    assert [(finding.code, finding.what) for finding in corpus.findings] == [
        ("duplicate_media", "meld-train/dia5_utt2 and meld-train/dia0_utt0 are cut from the same seconds, with the same words"),
        ("conflicting_labels", "meld-train/dia5_utt2 and meld-train/dia0_utt0 are one utterance, labelled 'sadness' and 'joy'"),
        ("duplicate_media", "meld-train/dia5_utt3 and meld-train/dia0_utt0 are cut from the same seconds, with the same words"),
        ("duplicate_media", "meld-train/dia6_utt0 and meld-train/dia0_utt0 are cut from the same seconds, with other words, "
                            "labelled 'fear' and 'joy'"),
    ]  # fmt: skip
    assert {finding.severity for finding in corpus.findings} == {"note"}
    assert corpus.findings[0].where == "train_sent_emo.csv, row 3"
    with pytest.raises(CorpusError, match="duplicate_media"):
        Corpus.from_meld(tmp_path, strict=True)


def test_the_same_id_twice_says_so_where_labels_differ(tmp_path: Path) -> None:
    meld(tmp_path, "0|0|Hi.|joy|8|21|00:01:00,000|00:01:01,000", "0|0|Hi.|anger|8|21|00:02:00,000|00:02:01,000")
    (finding,) = Corpus.from_meld(tmp_path).findings
    assert (finding.code, finding.severity) == ("duplicate_item", "fault")
    assert finding.what == "meld-train/dia0_utt0 is there twice, labelled 'joy' and 'anger'"


def test_one_utterance_in_train_and_test(tmp_path: Path) -> None:
    meld(tmp_path, "0|0|Hi there.|joy|8|21|00:16:16,059|00:16:21,731", "0|1|Bye.|joy|8|21|00:20:16,059|00:20:21,731")
    meld(
        tmp_path,
        "3|1|Hi there|joy|8|21|00:16:16,059|00:16:21,731",
        "3|2|Bye.|joy|8|22|00:20:16,059|00:20:21,731",
        part="test",
    )
    corpus = Corpus.from_meld(tmp_path)
    assert len(corpus.clips) == 4
    assert brief([*corpus.findings]) == [("duplicate_media", "note"), ("shared_media", "note")]
    assert corpus.findings[1].what == "meld-test/dia3_utt1 and meld-train/dia0_utt0 are in test and in train"
    meld(tmp_path, "4|4|Hi there.|joy|8|21|00:16:16,059|00:16:21,731", part="dev")
    assert [each.what for each in Corpus.from_meld(tmp_path).findings if each.code == "shared_media"] == [
        "meld-dev/dia4_utt4 and meld-train/dia0_utt0 are in dev and in train",
        "meld-test/dia3_utt1 and meld-train/dia0_utt0 are in test and in train",
        "meld-test/dia3_utt1 and meld-dev/dia4_utt4 are in test and in dev",
    ]


def test_without_an_episode_words_and_times_must_agree(tmp_path: Path) -> None:
    rows = ("0|0|Hi.|joy|00:01:00,000|00:01:01,000", "0|1|Hi!|fear|00:01:00,000|00:01:01,000",
            "0|2|Bye.|fear|00:01:00,000|00:01:01,000")  # fmt: skip
    meld(tmp_path, *rows, head=NO_EPISODE)
    assert brief([*Corpus.from_meld(tmp_path).findings]) == [
        ("duplicate_media", "note"),
        ("conflicting_labels", "note"),
    ]


def test_repeats_of_the_release(release: Corpus) -> None:
    repeats = [finding for finding in release.findings if finding.code == "duplicate_media"]
    assert len(repeats) == 6
    assert sum(finding.what.endswith("with the same words") for finding in repeats) == 3
    conflicts = [finding for finding in release.findings if finding.code == "conflicting_labels"]
    assert [(finding.what, finding.severity) for finding in conflicts] == [
        ("meld/dia698_utt7 and meld/dia312_utt14 are one utterance, labelled 'sadness' and 'neutral'", "note"),
        ("meld/dia725_utt3 and meld/dia376_utt3 are one utterance, labelled 'joy' and 'fear'", "note"),
    ]
    assert not {"odd_length", "shared_media", "sentiment_differs"} & set(release.findings.counts())
    assert not release.findings.at_least("fault")


@pytest.mark.parametrize(
    ("label", "word", "differs"),
    [("-0.4", "Positive", True), ("0.4", "Negative", True), ("0.0", "Positive", True), ("0.2", "Neutral", True),
     ("-0.2", "neutral", True), ("0.0", "Weakly Negative", True), ("0.6", "Weak Negative", True),
     ("-1", "WeaklyPositive", True),
     ("-0.4", "Negative", False), ("0.4", "POSITIVE", False), ("0", "Neutral", False), ("-0.2", "Weakly Negative", False),
     ("0.2", "weak positive", False), ("0.4", "", False), ("0.4", "Happy", False)],
)  # fmt: skip
def test_a_sentiment_and_its_word_must_agree(tmp_path: Path, label: str, word: str, differs: bool) -> None:
    (tmp_path / "meta.csv").write_text(f"{SIMS}video_0001,0001,你好,{label},0,0,0,{word},train\n", "utf-8")
    corpus = Corpus.from_chsims(tmp_path)
    assert brief([*corpus.findings]) == [("sentiment_differs", "note")] * differs
    assert len(corpus.clips) == 1 and "sentiment3" in corpus.clips[0].decisions
    if differs:
        assert corpus.findings[0].where == "meta.csv, row 2"
        assert corpus.findings[0].what.startswith("the sentiment of chsims/video_0001/0001 is ")


def test_all_words_of_the_release_agree(release_path: Path, release: Corpus) -> None:
    own = Corpus.from_chsims(release_path / "data-final" / "datasets" / "ch-simsv2s")
    words = [(clip.attributes["sentiment"], clip.attributes["annotation"]) for clip in own.clips]
    assert len(words) == 4403
    signs = {"Negative": -1, "Neutral": 0, "Positive": 1}
    assert all(isinstance(number, float) and (number > 0) - (number < 0) == signs[str(word)] for number, word in words)
    assert "sentiment_differs" not in own.findings.counts() | release.findings.counts()


@pytest.mark.parametrize(
    ("encoding", "word", "codes"),
    [("cp1252", "déjà vu", {"encoding": 1}), ("utf-16", "déjà vu", {}), ("gb18030", "你好，世界", {"encoding": 1})],
    ids=["west", "mark", "Chinese"],
)
def test_tables_in_other_encodings_are_read(tmp_path: Path, encoding: str, word: str, codes: dict[str, int]) -> None:
    (tmp_path / "train_sent_emo.csv").write_bytes((HEAD + GOOD.replace("also, hi", word)).encode(encoding))
    corpus = Corpus.from_meld(tmp_path)
    assert ([clip.text for clip in corpus.clips], corpus.findings.counts()) == ([word], codes)
    row = f"v,0001,{word},0.2,0,0,0,Weakly Positive,train\n"
    (tmp_path / "meta.csv").write_bytes((SIMS + row).encode(encoding))
    corpus = Corpus.from_chsims(tmp_path)
    assert ([clip.text for clip in corpus.clips], corpus.findings.counts()) == ([word], codes)


def test_tables_without_rows_say_so(tmp_path: Path) -> None:
    (tmp_path / "train_sent_emo.csv").write_text(HEAD)
    (tmp_path / "meta.csv").write_text(SIMS)
    for corpus in (Corpus.from_meld(tmp_path), Corpus.from_chsims(tmp_path)):
        assert (len(corpus), corpus.findings.counts()) == (0, {"no_rows": 1})
