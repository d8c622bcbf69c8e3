"""A small EmoS release in the exact layout of the published one, made cell by cell; traps are put in by tests."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypeAlias, TypedDict

import openpyxl

Cell: TypeAlias = str | float | bool | None


class UtteranceData(TypedDict):
    """An utterance, as the label file of a monologue holds it."""

    timestamp_range: str
    speaker_guess: NotRequired[str]
    transcript_zh: str
    transcript_en: str
    emotion_primary: str
    emotion_secondary: list[str]
    intensity: int
    audio_cues: str
    visual_cues: str
    evidence: str
    note: NotRequired[str]


class LabelFile(TypedDict):
    """The label file of a monologue."""

    summary: str
    overall_emotion_trend: dict[str, str]
    utterances: list[UtteranceData]


class SentenceData(TypedDict):
    """A sentence, as the sentence file of a monologue holds it."""

    index: int
    start: float
    end: float
    text: str
    filename: str


class SentenceFile(TypedDict):
    """The sentence file of a monologue."""

    lang: str
    film: str
    source_rel: str
    t_start_global: float
    t_end_global: float
    duration: float
    clip: str
    segments: list[SentenceData]


GOEMOTIONS = [
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
    "unsure",
]
CHSIMS, MELD = "data-final/datasets/ch-simsv2s", "data-final/datasets/newdataset-MELD"
META = ["video_id", "clip_id", "text", "label", "label_T", "label_A", "label_V", "annotation", "mode"]
CLIPS = [
    ("video_0001", "0001", "你好"),
    ("video_0001", "0002", "再见"),
    ("aqgy4_0009", "00008_0", "谢谢"),
    ("aqgy4_0009", "00010", "不"),
]
FIRST = 2
"""Clips of the first round; the others are of the second."""
BASIC = {"a1": ["Joy", "Anger"], "a2": ["Joy", "Fear"], "a3": ["Joy", "Anger"], "cp": ["Disgust", "Joy"], "ljx": ["Disgust", "Joy"],
         "wqf": ["Neutral", "Joy"]}  # fmt: skip
FINE = {"a1": ["joy", "anger;annoyance"], "a2": ["joy;pride", "fear"], "a3": ["joy", "anger"], "cp": ["disgust", "joy"],
        "ljx": ["disgust", "joy;love"], "wqf": ["neutral", "joy"]}  # fmt: skip
UTTERANCES = [(0, 1, 2, "hi", "joy"), (0, 3, 1, "there", "anger"), (1, 0, 3, "what?s up", "neutral")]
"""Dialogue, utterance, seconds, text, emotion of MELD; the last is of the second round in the release, not here."""


def workbook(path: Path, rows: Sequence[Sequence[Cell]], title: str = "Sheet1") -> None:
    """Write one sheet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    book.save(path)


def shares(*cells: str) -> list[float]:
    """The soft labels of three raters' cells."""
    return [sum(label in cell.split(";") for cell in cells) / 3 for label in GOEMOTIONS]


def make(root: Path) -> Path:
    """Write the release and return its folder; it is made once a process, and copied from then on."""
    shutil.copytree(_made_once(), root, dirs_exist_ok=True)
    return root


@functools.cache
def _made_once() -> Path:
    root = Path(tempfile.mkdtemp(prefix="emos-release-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    listed = ["release_path,size_bytes"]
    _chsims(root, listed)
    _meld(root, listed)
    streaming(root, listed)
    (root / "manifest.csv").write_text("\n".join(listed) + "\n", "utf-8")
    return root


def _chsims(root: Path, listed: list[str]) -> None:
    meta: list[list[Cell]] = [
        [video, clip, text, 0.5, 0.0, 0.5, 1.0, "Positive", "train"] for video, clip, text in CLIPS
    ]
    folder = root / CHSIMS
    folder.mkdir(parents=True)
    lines = [",".join(META)] + [",".join(map(str, row)) for row in meta]
    (folder / "meta.csv").write_text("\n".join(lines) + "\n", "utf-8")
    listed += [f"datasets/data-final/Chinese/Raw/{video}/{clip}.mp4,100" for video, clip, _ in CLIPS]
    books = {"a1": "First-2500/a1", "a2": "First-2500/a2", "a3": "First-2500/a3", "cp": "Last-2500/chenpengyu",
             "ljx": "Last-2500/liangjingxi", "wqf": "Last-2500/wangqifeng"}  # fmt: skip
    for rater, name in books.items():
        first = rater.startswith("a")
        columns = ["goemotion-wqf", "7-emotion-wqf"] if rater == "wqf" else ["goemotion", "basic-7-class"]
        rows: list[list[Cell]] = [[*META, *columns]]
        for index, row in enumerate(meta):
            own = (index < FIRST) == first
            at = index if first else index - FIRST
            rows.append([*row, *((FINE[rater][at], BASIC[rater][at]) if own else (None, None))])
        workbook(folder / f"{name}.xlsx", rows)
    halves = [("First-2500/analysis_outputs", meta[:FIRST], ["a1", "a2", "a3"], ["Joy", "Anger"], [0.99, 0.85], "front2500"),
              ("Last-2500/analysis_outputs_after2500", meta[FIRST:], ["cp", "ljx", "wqf"], ["Disgust", "Joy"], [0.7, 1.0], "after2500")]  # fmt: skip
    for name, part, raters, labels, confidences, soft in halves:
        rows = [["video_id", "clip_id", "text", *raters, "ds_label", "ds_confidence", "unique_labels"]]
        soft_rows: list[list[Cell]] = [
            ["video_id", "clip_id", "text", *(f"goemotion_prob_{label}" for label in GOEMOTIONS)]
        ]
        for index, row in enumerate(part):
            votes = [BASIC[rater][index] for rater in raters]
            # The release's workbooks turned ids into numbers.
            number = int(str(row[1]).replace("_", "")) if soft == "after2500" else row[1]
            rows.append([row[0], number, row[2], *votes, labels[index], confidences[index], len(set(votes))])
            soft_cells = shares(*(FINE[rater][index] for rater in raters))
            soft_rows.append([row[0], int(str(row[1]).replace("_", "")), row[2], *soft_cells])
        workbook(folder / name / "basic7" / "annotated_with_ds.xlsx", rows)
        workbook(root / "data-final/Chinese/goemotion" / f"{soft}_training_data.xlsx", soft_rows)
    for tier, count in (("high", 2), ("low", 1)):
        workbook(
            root / "data-final/Chinese/basic7" / f"basic7_ds_{tier}_confidence.xlsx",
            [["split", "video_id"], *[["x", "y"]] * count],
            "data",
        )


def _meld(root: Path, listed: list[str]) -> None:
    header = ["Sr No.", "Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID", "Season", "Episode", "StartTime",
              "EndTime", "go-emotion"]  # fmt: skip
    cells = {
        "rff": ["joy", "anger;annoyance", "neutral"],
        "csq": ["joy", "anger", "neutral"],
        "lyx": ["joy;love", "anger", "realization"],
    }
    for rater, name in (("rff", "Annotations-3000/annotator_rff_train_sent_emo"), ("csq", "Annotations-3000/annotator_csq_train_sent_emo"),
                        ("lyx", "Annotations-3000/annotator_lyx_train_sent_emo"), ("rff", "Annotations-last-2000/a10"),
                        ("csq", "Annotations-last-2000/a11"), ("lyx", "Annotations-last-2000/a12")):  # fmt: skip
        rows: list[list[Cell]] = [[*header]]
        for index, (dialogue, utterance, seconds, text, emotion) in enumerate(UTTERANCES):
            times = [f"00:00:{index:02},000", f"00:00:{index + seconds:02},500"]
            rows.append(
                [index + 1, text, "Ross", emotion, "neutral", dialogue, utterance, 1, 1, *times, cells[rater][index]]
            )
        workbook(root / MELD / f"{name}.xlsx", rows, "train_sent_emo")
    listed += [f"datasets/data-final/English/train_splits/dia{d}_utt{u}.mp4,200" for d, u, *_ in UTTERANCES]
    basic = ["uid", "Dialogue_ID", "Utterance_ID", "Utterance", "Speaker", "basic_orig", "basic_corrected", "basic_corrected_conf",
             "basic_changed", "basic_correction_reason"]  # fmt: skip
    first = root / MELD / "Annotations-3000/analysis_outputs"
    workbook(first / "basic7/meld3000_basic7_high_confidence_ge0.5.xlsx",
             [basic, ["dia0_utt1", 0, 1, "hi", "Ross", "joy", "Joy", 1.0, False, "high_goemotion"]])  # fmt: skip
    workbook(first / "basic7/meld3000_basic7_low_confidence_lt0.5.xlsx",
             [basic, ["dia0_utt3", 0, 3, "there", "Ross", "anger", "Sadness", 0.4, True, "override_low_conf"]])  # fmt: skip
    soft = ["Dialogue_ID", "Utterance_ID", *(f"goemotion_prob_{label}" for label in GOEMOTIONS)]
    soft_rows: list[list[Cell]] = [
        [d, u, *shares(*(cells[rater][index] for rater in cells))] for index, (d, u, *_) in enumerate(UTTERANCES)
    ]
    workbook(first / "goemotion/goemotion_soft_labels_first3000.xlsx", [[*soft], *soft_rows[:2]])
    workbook(root / MELD / "Annotations-last-2000/analysis_outputs/basic7/annotated_with_ds_last2000.xlsx",
             [["basic_corrected", "basic_corrected_conf", "basic_changed", *soft], ["Neutral", 0.95, False, *soft_rows[2]]])  # fmt: skip


def film(name: str, language: str = "en", title: str | None = None) -> tuple[LabelFile, SentenceFile]:
    """The two files of one monologue: labels and sentences."""
    labels: LabelFile = {
        "summary": "a speech",
        "overall_emotion_trend": {"dominant": "Anger/愤怒", "trajectory": "rises"},
        "utterances": [
            {"timestamp_range": "00:00-00:05", "speaker_guess": "A", "transcript_zh": "一", "transcript_en": "one", "emotion_primary": "Joy",
             "emotion_secondary": ["joy", "pride"], "intensity": 2, "audio_cues": "a", "visual_cues": "v", "evidence": "e"},
            {"timestamp_range": "00:05-00:09", "transcript_zh": "二", "transcript_en": "two", "emotion_primary": "Anger/愤怒",
             "emotion_secondary": ["grief 😢", "determination"], "intensity": 5, "audio_cues": "a", "visual_cues": "v", "evidence": "e"},
            {"timestamp_range": "00:10-00:12", "transcript_zh": "三", "transcript_en": "three", "emotion_primary": "Anger",
             "emotion_secondary": ["anger"], "intensity": 3, "audio_cues": "a", "visual_cues": "v", "evidence": "e", "note": "n"},
        ],
    }  # fmt: skip
    sentences: SentenceFile = {
        "lang": language, "film": title or name, "source_rel": "x/x.mp4", "t_start_global": 100.5, "t_end_global": 113.0, "duration": 12.5,
        "clip": f"{title or name}.mp4",
        "segments": [
            {"index": 1, "start": 0.1, "end": 2.35, "text": "One.", "filename": "segment001.mp4"},
            {"index": 2, "start": 5.2, "end": 6.0, "text": "Two.", "filename": "segment002.mp4"},
            {"index": 3, "start": 9.1, "end": 9.9, "text": "Between.", "filename": "segment003.mp4"},
        ],
    }  # fmt: skip
    return labels, sentences


def write_film(root: Path, name: str, labels: LabelFile | str, sentences: SentenceFile) -> None:
    """Write the files of one monologue, the labels within the fence that the release has."""
    folder = root / "streaming-finalsplit" / name
    folder.mkdir(parents=True, exist_ok=True)
    text = labels if isinstance(labels, str) else f"```json\n{json.dumps(labels, ensure_ascii=False, indent=1)}\n```"
    (folder / f"{name}.emotion.json").write_text(text, "utf-8")
    (folder / "sentence_level_timestamps.json").write_text(json.dumps(sentences, ensure_ascii=False), "utf-8")


def streaming(root: Path, listed: list[str]) -> None:
    """Write two films and the cross index."""
    cross: dict[str, list[dict[str, object]]] = {"English": [], "Chinese": []}
    for name, language, title in (("Good Morning, Vietnam", "en", None), ("Black Ice", "zh", "黑冰")):
        labels, sentences = film(name, language, title)
        write_film(root, name, labels, sentences)
        listed += [
            f'"datasets/streaming-finalsplit/{name}/{name}.mp4",300',
            f'"datasets/streaming-finalsplit/{name}/segment001.mp4",10',
        ]
        moved = [{"index": s["index"], "start": round(s["start"] + 100.5, 2), "end": round(s["end"] + 100.5, 2), "text": s["text"]}
                 for s in sentences["segments"]]  # fmt: skip
        cross["English" if language == "en" else "Chinese"].append(
            {
                "lang": language,
                "index": 1,
                "source_rel": "x",
                "film": title or name,
                "t_start": 100.5,
                "t_end": 113.0,
                "text": "",
                "segments": moved,
            }
        )
    for name, items in cross.items():
        path = root / "streaming-finalsplit" / f"{name}_sentence_level.json"
        path.write_text(json.dumps(items, ensure_ascii=False), "utf-8")
