"""The published release: counts, clocks, votes and decisions against its own files, read another way."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from emos_io import NoSuchItem
from emos_io.corpus import Corpus, label_map, taxonomy

CHSIMS, MELD = "data-final/datasets/ch-simsv2s", "data-final/datasets/newdataset-MELD"


def rows(path: Path) -> list[dict[str, object]]:
    book = openpyxl.load_workbook(path, read_only=True)
    cells = list(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    return [dict(zip(map(str, cells[0]), row, strict=False)) for row in cells[1:]]


def has(items: Sequence[object], key: str) -> bool:
    return key in items


def test_counts_of_the_release(release: Corpus) -> None:
    counts = release.doctor().counts
    assert counts["clips_by_source"] == {"chsims": 4403, "meld": 5000}
    assert (counts["clips"], counts["monologues"]) == (9403, 46)
    assert counts["monologues_by_language"] == {"en": 39, "zh": 7}
    assert (counts["utterances"], counts["sentences"]) == (447, 1694)
    assert counts["seconds"] == "143194/25"
    assert counts["tiers"]["chsims"] == {"high": 3372, "low": 413, "medium": 618}


def test_every_repair_is_a_finding(release: Corpus) -> None:
    counts = release.findings.counts()
    assert counts["fenced_json"] == 46
    assert counts["sentence_without_utterance"] == 126
    assert counts["utterance_without_sentence"] == 16
    assert counts["label_after_end"] == 8
    assert counts["renamed_film"] == 7
    bilingual = [f for f in release.findings if f.code == "label_repaired" and "bilingual" in f.what]
    assert len(bilingual) == 56 + 5


def test_all_streams_are_read_as_their_json_says(release: Corpus, release_path: Path) -> None:
    for path in sorted((release_path / "streaming-finalsplit").glob("*/*.emotion.json")):
        text = path.read_text("utf-8")
        label_file = json.loads(text[text.index("{") : text.rindex("}") + 1])
        monologue = release.monologues[path.parent.name]
        spans = [tuple(map(int, re.findall(r"\d+", each["timestamp_range"]))) for each in label_file["utterances"]]
        assert [(u.span.start, u.span.end) for u in monologue.utterances] == [
            (Fraction(a * 60 + b), Fraction(c * 60 + d)) for a, b, c, d in spans
        ]
        assert [u.raw_primary for u in monologue.utterances] == [
            each["emotion_primary"] for each in label_file["utterances"]
        ]
        assert [u.basic7 for u in monologue.utterances] == [
            each["emotion_primary"].split("/")[0] for each in label_file["utterances"]
        ]
        sentences = json.loads(
            (path.parent / "sentence_level_timestamps.json").read_text("utf-8"), parse_float=Fraction
        )
        assert [(s.span.start, s.span.end) for s in monologue.sentences] == [
            (s["start"], s["end"]) for s in sentences["segments"]
        ]
        assert monologue.duration == sentences["duration"]


@pytest.mark.parametrize(
    ("file", "count"),
    [("First-2500/analysis_outputs/basic7/annotated_with_ds.xlsx", 2499),
     ("Last-2500/analysis_outputs_after2500/basic7/annotated_with_ds.xlsx", 1904)],
)  # fmt: skip
def test_decisions_and_votes_are_those_of_the_workbook(
    release: Corpus, release_path: Path, file: str, count: int
) -> None:
    published = rows(release_path / CHSIMS / file)
    assert len(published) == count
    chsims = [clip for clip in release.clips if clip.source == "chsims"]
    part = chsims[:count] if file.startswith("First") else chsims[-count:]
    raters = ("a1", "a2", "a3") if file.startswith("First") else ("cp", "ljx", "wqf")
    for clip, row in zip(part, published, strict=True):
        assert clip.group["video"] == row["video_id"]
        assert clip.decision is not None
        assert (clip.decision.label, clip.confidence) == (row["ds_label"], row["ds_confidence"])
        votes = {vote.rater: vote.labels for vote in clip.votes_in("basic7")}
        assert [votes[rater] for rater in raters] == [(row[rater],) for rater in raters]


def test_confidence_tiers_are_the_published_ones(release: Corpus, release_path: Path) -> None:
    published: Counter[tuple[object, str, object]] = Counter()
    for level in ("high", "low"):
        for row in rows(release_path / "data-final/Chinese/basic7" / f"basic7_ds_{level}_confidence.xlsx"):
            # Its clip ids lost zeros and underscores, and its texts lost spaces.
            published[row["video_id"], "".join(str(row["text"]).split()), row["confidence_tier"]] += 1
    own = Counter(
        (clip.group["video"], "".join(clip.text.split()), clip.confidence_tier)
        for clip in release.clips
        if clip.source == "chsims" and clip.confidence_tier != "medium"
    )
    assert published.total() == 3372 + 413
    assert own == published


def test_clip_ids_are_those_of_the_csv(release: Corpus, release_path: Path) -> None:
    with (release_path / CHSIMS / "meta.csv").open(encoding="utf-8", newline="") as lines:
        keys = [f"chsims/{row['video_id']}/{row['clip_id']}" for row in csv.DictReader(lines)]
    assert release.clips.keys()[: len(keys)] == keys
    assert len(set(keys)) == 4403
    mangled = [f for f in release.findings if f.code == "mangled_id" and "stands for" in f.what]
    # 00008_0 became 80 and so on: eight items, with a finding for every workbook that has them.
    assert len({f.what.split()[-1] for f in mangled}) == 8


def test_votes_of_meld_are_the_raters_own(release: Corpus, release_path: Path) -> None:
    own = rows(release_path / MELD / "Annotations-3000" / "annotator_csq_train_sent_emo.xlsx")
    known = set(taxonomy("goemotions").labels)
    checked = differing = 0
    for row in own[:3000]:
        words = str(row["go-emotion"]).split(";")
        if not set(words) <= known:
            continue
        clip = release.clips[f"meld/dia{row['Dialogue_ID']}_utt{row['Utterance_ID']}"]
        (vote,) = [vote for vote in clip.votes if vote.rater == "csq"]
        assert set(vote.labels) == set(words)
        differing += clip.text != row["Utterance"]
        checked += 1
    assert checked > 2800
    # Two of three raters saw another text for one clip.
    assert differing == 1
    assert release.findings.counts()["text_differs"] == 4


def test_raters_are_people(release: Corpus) -> None:
    raters = Counter(vote.rater for clip in release.clips for vote in clip.votes)
    assert set(raters) == {"a1", "a2", "a3", "cp", "ljx", "wqf", "rff", "csq", "lyx"}
    assert max(Counter((v.item, v.layer, v.rater) for c in release.clips for v in c.votes).values()) == 1


def test_both_maps_give_the_published_classes(release: Corpus, release_path: Path) -> None:
    """Of the first 3,000 the class of most probability; of the last 2,000 the majority of each rater's mapped labels."""
    first, last = label_map("emos-meld-first"), label_map("emos-meld-last")
    names = [*taxonomy("goemotions").labels, "unsure"]
    for row in rows(
        release_path / MELD / "Annotations-3000/analysis_outputs/goemotion/goemotion_soft_labels_first3000.xlsx"
    ):
        total: Counter[str] = Counter()
        for name in names:
            total[first[name]] += row[f"goemotion_prob_{name}"] or 0  # type: ignore[operator]
        best = min(total, key=lambda label: (-total[label], label))
        assert best == row["basic_goemotion_best"]
    published = rows(
        release_path / MELD / "Annotations-last-2000/analysis_outputs/basic7/annotated_with_ds_last2000.xlsx"
    )
    for row in published:
        clip = release.clips[f"meld/dia{row['Dialogue_ID']}_utt{row['Utterance_ID']}"]
        for name, rater in (("a11", "csq"), ("a12", "lyx")):
            votes = [vote for vote in clip.votes if vote.rater == rater]
            if not votes or votes[0].open_labels:
                continue
            counts = Counter(last[label] for label in (*votes[0].labels, *(["unsure"] if votes[0].abstain else [])))
            most = max(counts.values())
            tied = sorted(label for label in counts if counts[label] == most)
            original = str(row["basic_orig"])
            assert row[f"basic_vote_{name}"] == (original if original in tied else tied[0])


def test_the_manifest_lists_the_streaming_files(release_path: Path) -> None:
    from emos_io.corpus import FindingCollector
    from emos_io.corpus.release import manifest_counts, open_release

    counts = manifest_counts(open_release(release_path, FindingCollector()))
    assert counts == {"total": 1751, "main": 46, "original": 11, "segments": 1694}


def test_an_item_that_is_not_there(release: Corpus) -> None:
    with pytest.raises(
        NoSuchItem, match=r"there is no item 'nothing'; keys\(\) lists all 46, such as 'streaming/A Few Good Men'"
    ):
        release.monologues["nothing"]
    assert not has(release.monologues, "nothing") and has(release.monologues, "Heat")


def test_labels_over_time(release: Corpus) -> None:
    line = release.monologues["Any Given Sunday"].labels("basic7")
    assert line.at([12.5]) == ["Neutral"]
    assert len(line.boundaries) == 25
    assert sum(len(each.labels("basic7").boundaries) for each in release.monologues) == 401
    assert sum(len(each.labels("basic7").changes) for each in release.monologues) == 233
