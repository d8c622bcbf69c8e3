"""MELD and CH-SIMS v2 from their own releases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import CorpusError, SourceNotFound, quoted
from .data import CorpusData
from .findings import FindingCollector
from .normalise import Normaliser
from .published_checks import check_sentiment, check_utterances
from .published_spans import published_span
from .records import Clip, Decision, Scalar
from .taxonomies import taxonomy
from .workbooks import SheetRow, read_sheet

MELD_PARTS = {"train": "train_sent_emo.csv", "dev": "dev_sent_emo.csv", "test": "test_sent_emo.csv"}
MELD_NEEDS = (
    "Sr No.",
    "Utterance",
    "Speaker",
    "Emotion",
    "Sentiment",
    "Dialogue_ID",
    "Utterance_ID",
    "StartTime",
    "EndTime",
)
CHSIMS_NEEDS = ("video_id", "clip_id", "text", "label", "label_T", "label_A", "label_V", "annotation", "mode")


def read_meld_csv(path: Path, *, strict: bool = False) -> CorpusData:
    """Read MELD: its folder of train, dev and test csv, or one such file.

    Keys are ``meld-train/dia0_utt0``; the part is in the key, since each part numbers its dialogues from 0. Emotions become
    decisions of the layer basic7, without confidence: MELD publishes no votes.

    Known faults of MELD are findings, and such rows are kept as published: an utterance that does not end after its start
    (``empty_span``; it has no length), one of over a minute (``odd_length``), two from the same seconds (``duplicate_media``),
    one utterance with two emotions (``conflicting_labels``) or in two parts (``shared_media``).

    Raises:
        SourceNotFound: There is no such file.
        CorpusError: The folder holds none of the files, or `strict` is set and something is wrong.
    """
    findings = FindingCollector(strict=strict)
    files = _meld_files(path)
    normalise = Normaliser(taxonomy("basic7"))
    clips: list[Clip] = []
    seen: dict[str, str] = {}
    for part, file in files.items():
        for row in _rows(file, MELD_NEEDS, findings):
            dialogue, utterance = row.text("Dialogue_ID"), row.text("Utterance_ID")
            key = f"meld-{part}/dia{dialogue}_utt{utterance}"
            if not dialogue or not utterance or key in seen:
                what = "Dialogue_ID or Utterance_ID is empty"
                if key in seen:
                    emotions = seen[key], row.text("Emotion")
                    what = f"{key} is there twice"
                    what += f", labelled {emotions[0]!r} and {emotions[1]!r}" if emotions[0] != emotions[1] else ""
                findings.add(
                    "duplicate_item" if key in seen else "missing_id",
                    str(row.provenance),
                    what,
                    "the row is left out; correct its ids",
                )
                continue
            raw = seen[key] = row.text("Emotion")
            read = normalise(raw)
            decisions = {}
            if len(read.labels) == 1:
                label = read.labels[0]
                recipe: dict[str, Scalar] = {"method": "published by MELD"}
                decisions = {
                    "basic7": Decision(
                        item=key,
                        layer="basic7",
                        labels=(label,),
                        scores={label: 1.0},
                        recipe=recipe,
                        provenance=row.provenance,
                    )
                }
            else:
                findings.add(
                    "unknown_label",
                    str(row.provenance),
                    f"{raw!r} is no label of basic7",
                    "the item is kept without a decision",
                )
            attributes: dict[str, Scalar] = {
                name: row.text(column) or None
                for name, column in (
                    ("emotion", "Emotion"),
                    ("sentiment", "Sentiment"),
                    ("season", "Season"),
                    ("episode", "Episode"),
                    ("start", "StartTime"),
                    ("end", "EndTime"),
                    ("number", "Sr No."),
                )
            }
            clips.append(
                Clip(
                    key=key,
                    source="meld",
                    language="en",
                    text=str(row.get("Utterance") or ""),
                    group={"dialogue": f"{part}/dia{dialogue}"},
                    published_path=f"{part}/dia{dialogue}_utt{utterance}.mp4",
                    speaker=row.text("Speaker") or None,
                    decisions=decisions,
                    published_span=published_span(
                        row.text("StartTime"), row.text("EndTime"), str(row.provenance), findings
                    ),
                    attributes=attributes | {"mode": part},
                    provenance=row.provenance,
                )
            )
    check_utterances(clips, findings)
    return CorpusData(clips, (), findings.collected, str(path))


def _meld_files(path: Path) -> dict[str, Path]:
    if path.is_file():
        part = next((part for part in MELD_PARTS if path.name.startswith(part)), path.stem)
        return {part: path}
    if not path.is_dir():
        raise SourceNotFound(
            f"there are no files of MELD; give the folder of {', '.join(MELD_PARTS.values())}, or one of them: {quoted(path)}",
            path=str(path),
        )
    found = {part: path / name for part, name in MELD_PARTS.items() if (path / name).is_file()}
    if not found:
        raise CorpusError(
            f"the folder holds none of {', '.join(MELD_PARTS.values())}; give the folder of MELD's csv files: {quoted(path)}",
            path=str(path),
        )
    return found


def read_chsims_csv(path: Path, *, strict: bool = False) -> CorpusData:
    """Read CH-SIMS v2: its meta.csv, or the folder that holds it.

    Keys are ``chsims/video/clip``, with clip ids as written (leading zeros matter). Sentiments are numbers in [-1, 1]; the
    decision of the layers sentiment2, sentiment3 and sentiment5 is the bin of the multimodal one. A sentiment whose sign is not
    that of its word is a finding (``sentiment_differs``).

    Raises:
        SourceNotFound: There is no such file.
        CorpusError: `strict` is set and something is wrong.
    """
    file = path / "meta.csv" if path.is_dir() else path
    if not file.is_file():
        raise SourceNotFound(f"there is no file of CH-SIMS v2; give its meta.csv: {quoted(file)}", path=str(file))
    findings = FindingCollector(strict=strict)
    clips: dict[str, Clip] = {}
    for row in _rows(file, CHSIMS_NEEDS, findings):
        clip = _chsims_clip(row, findings)
        if clip.key in clips:
            findings.add("duplicate_item", str(row.provenance), f"{clip.key} is there twice", "the first is kept")
            continue
        check_sentiment(clip, findings)
        clips[clip.key] = clip
    return CorpusData(list(clips.values()), (), findings.collected, str(path))


def _rows(file: Path, needs: Sequence[str], findings: FindingCollector) -> Iterable[SheetRow]:
    """Return the rows of a table; one that cannot be read, or has none, is a finding."""
    sheet = read_sheet(file.parent, file.name, findings, needs=needs)
    if sheet is not None and not len(sheet):
        findings.add("no_rows", f"{file.name}, row 1", "it has the names of columns and no rows", "add the rows")
    return sheet or ()


def _chsims_clip(row: SheetRow, findings: FindingCollector) -> Clip:
    video, number = row.text("video_id"), str(row.get("clip_id") or "")
    key = f"chsims/{video}/{number}"
    values = {
        name: row.number(f"label{suffix}")
        for name, suffix in (
            ("sentiment", ""),
            ("sentiment_text", "_T"),
            ("sentiment_audio", "_A"),
            ("sentiment_visual", "_V"),
        )
    }
    decisions = {}
    sentiment = values["sentiment"]
    if sentiment is None or not -1 <= sentiment <= 1:
        findings.add(
            "bad_sentiment",
            str(row.provenance),
            f"sentiment is {row.text('label')!r}",
            "it lies in [-1, 1]; the item has no decision",
        )
    else:
        for layer in ("sentiment2", "sentiment3", "sentiment5"):
            label = taxonomy(layer).bin(sentiment)
            recipe: dict[str, Scalar] = {"method": "bin", "value": sentiment}
            decisions[layer] = Decision(
                item=key, layer=layer, labels=(label,), scores={label: 1.0}, recipe=recipe, provenance=row.provenance
            )
    attributes: dict[str, Scalar] = {
        **values,
        "annotation": row.text("annotation") or None,
        "mode": row.text("mode") or None,
    }
    return Clip(
        key=key,
        source="chsims",
        language="zh",
        text=str(row.get("text") or ""),
        group={"video": video},
        published_path=f"Raw/{video}/{number}.mp4",
        decisions=decisions,
        attributes=attributes,
        provenance=row.provenance,
    )
