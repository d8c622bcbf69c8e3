"""The streaming monologues of EmoS: 46 clips, labelled utterances on a clock of seconds, sentences on one of 10 ms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

from ..._checks import as_integer
from ...spans import Span, exact_fraction
from ..findings import FindingCollector
from ..normalise import Normaliser
from ..records import Monologue, Provenance, Scalar, Sentence, Trend, Utterance
from ..taxonomies import taxonomy
from .layout import STREAMING, Release
from .typos import release_typos

CROSS_INDEX = ("Chinese_sentence_level.json", "English_sentence_level.json")
SENTENCES = "sentence_level_timestamps.json"
END_TOLERANCE = Fraction(1)
"""An utterance that ends more than this many seconds after its clip becomes a finding; labels are in whole seconds."""
_WATERMARK = re.compile(r"\(Transcribed by TurboScribe[^)]*\)\s*")
_RANGE = re.compile(r"\s*(?:(\d+):)?(\d+):(\d{2})\s*-\s*(?:(\d+):)?(\d+):(\d{2})\s*")


def read_streaming_part(release: Release, findings: FindingCollector) -> list[Monologue]:
    """Read all monologues, sorted by the name of their folder."""
    root = release.root / STREAMING
    reader = _Reader(release, findings)
    monologues = [
        monologue
        for folder in sorted(path for path in root.iterdir() if path.is_dir())
        if (monologue := reader.monologue(folder)) is not None
    ]
    reader.cross_check(monologues)
    return monologues


class _Reader:
    def __init__(self, release: Release, findings: FindingCollector) -> None:
        self._release, self._findings = release, findings
        self._basic, self._goemotions = (
            Normaliser(taxonomy(layer), typos=release_typos(layer)) for layer in ("basic7", "goemotions")
        )

    def monologue(self, folder: Path) -> Monologue | None:
        name = folder.name
        file = f"{STREAMING}/{name}/{SENTENCES}"
        sentence_file = self._json(file)
        labelled = self._json(f"{STREAMING}/{name}/{name}.emotion.json")
        duration = None if sentence_file is None else _seconds(sentence_file.get("duration"))
        if sentence_file is None or duration is None or not isinstance(sentence_file.get("segments"), list):
            if sentence_file is not None:
                self._findings.add(
                    "missing_column",
                    file,
                    "it has no duration or segments",
                    "the monologue is left out; get the file again",
                )
            return None
        sentences = tuple(self._sentences(sentence_file, file))
        utterances, trend = self._labels(labelled or {}, f"{STREAMING}/{name}/{name}.emotion.json")
        title, clip = str(sentence_file.get("film", name)), str(sentence_file.get("clip", f"{name}.mp4"))
        if title != name:
            what = f"the folder {name!r} holds the film {title!r}, its clip {clip!r}"
            self._findings.add("renamed_film", file, what, "known by the folder's name, titled as in the file")
        published_path = f"{STREAMING}/{name}/{name}.mp4"
        self._release.report_unlisted(name, published_path, self._findings)
        attributes: dict[str, Scalar] = {"source": cast(Scalar, sentence_file.get("source_rel")), "clip": clip}
        monologue = Monologue(
            key=f"streaming/{name}",
            name=name,
            title=title,
            language=str(sentence_file.get("lang", "")),
            duration=duration,
            global_span=_span(sentence_file.get("t_start_global"), sentence_file.get("t_end_global")),
            sentences=sentences,
            utterances=utterances,
            trend=trend,
            published_path=published_path,
            attributes=attributes,
            provenance=Provenance(file),
        )
        self._compare_clocks(monologue)
        return monologue

    def _json(self, file: str) -> dict[str, object] | None:
        path = self._release.root / file
        try:
            text = path.read_text("utf-8-sig")
        except FileNotFoundError:
            self._findings.add(
                "missing_file",
                file,
                "the release has no such file",
                "get it from the release; what it says is left out",
            )
            return None
        except (OSError, UnicodeDecodeError) as error:
            self._findings.add(
                "unreadable_file", file, f"it cannot be read ({error})", "get it again; what it says is left out"
            )
            return None
        body = text.strip()
        fenced = body.startswith("```")
        if fenced:
            body = body.split("\n", 1)[-1].removesuffix("```")
        try:
            # Times are decimals: they are read as written.
            value = json.loads(body, parse_float=exact_fraction)
        except (ValueError, RecursionError) as error:
            self._findings.add(
                "unreadable_json", file, f"it is no JSON ({error})", "get it again; what it says is left out"
            )
            return None
        if not isinstance(value, dict):
            self._findings.add(
                "unreadable_json", file, "it is no JSON object", "get it again; what it says is left out"
            )
            return None
        if fenced:
            self._findings.add("fenced_json", file, "the JSON is within a Markdown fence", "the fence was removed")
        return value

    def _sentences(self, sentence_file: Mapping[str, object], file: str) -> Iterator[Sentence]:
        offset = _seconds(sentence_file.get("t_start_global"))
        for number, each in enumerate(_list(sentence_file.get("segments")), 1):
            where = f"{file}, segment {number}"
            span = _span(each.get("start"), each.get("end")) if isinstance(each, dict) else None
            if span is None or not isinstance(each, dict):
                self._findings.add(
                    "bad_span", where, f"it is {each!r}", "a sentence has start and end after it; it is left out"
                )
                continue
            text = str(each.get("text", ""))
            clean = _WATERMARK.sub("", text)
            if clean != text:
                what = f"the text holds the note of a transcription service: {text[:60]!r}"
                self._findings.add("watermark", where, what, "the note was removed")
            shifted = None if offset is None else span.shift(offset)
            yield Sentence(
                index=int(each.get("index", number)),
                span=span,
                global_span=shifted,
                text=clean,
                filename=each.get("filename"),
            )

    def _labels(self, label_file: Mapping[str, object], file: str) -> tuple[tuple[Utterance, ...], Trend | None]:
        utterances: list[Utterance] = []
        for number, each in enumerate(_list(label_file.get("utterances")), 1):
            where = f"{file}, utterance {number}"
            utterance = self._utterance(each, len(utterances), where)
            if utterance is None:
                continue
            if utterances and utterance.span.start < utterances[-1].span.end:
                what = f"{utterance.span} begins before the one before it ends"
                fix = "both are kept; basic7 has no label where they differ; correct the times"
                self._findings.add("overlap", where, what, fix)
            utterances.append(utterance)
        ordered = sorted(utterances, key=lambda each: each.span)
        utterances = [replace(each, index=index) for index, each in enumerate(ordered)]
        overall = label_file.get("overall_emotion_trend")
        if not isinstance(overall, dict):
            return tuple(utterances), None
        raw = str(overall.get("dominant", ""))
        dominant = self._primary(raw, f"{file}, dominant")
        summary, trajectory = str(label_file.get("summary", "")), str(overall.get("trajectory", ""))
        return tuple(utterances), Trend(summary=summary, dominant=dominant, raw_dominant=raw, trajectory=trajectory)

    def _utterance(self, value: object, index: int, where: str) -> Utterance | None:
        each: dict[str, object] = value if isinstance(value, dict) else {}
        written = str(each.get("timestamp_range", ""))
        found = _RANGE.fullmatch(written)
        span = None
        if found:
            hours, minutes, seconds, hours2, minutes2, seconds2 = (int(part or 0) for part in found.groups())
            span = _span(hours * 3600 + minutes * 60 + seconds, hours2 * 3600 + minutes2 * 60 + seconds2)
        if span is None:
            self._findings.add(
                "bad_span",
                where,
                f"its times are {written!r}",
                "they are MM:SS-MM:SS with the end after the start; it is left out",
            )
            return None
        raw = str(each.get("emotion_primary", ""))
        basic = self._primary(raw, where)
        secondary = each.get("emotion_secondary", ())
        written_labels = tuple(str(label) for label in (secondary if isinstance(secondary, list) else [secondary]))
        fine: list[str] = []
        unknown: list[str] = []
        for word in written_labels:
            read = self._goemotions.read(word, where, self._findings, open_words=True)
            fine += [label for label in read.labels if label not in fine]
            unknown += read.unknown
        written_intensity = each.get("intensity")
        intensity = as_integer(written_intensity)
        if intensity is None or not 1 <= intensity <= 5:
            what = f"intensity is {written_intensity!r}"
            self._findings.add("bad_intensity", where, what, "it is 1 to 5; it is left out")
            intensity = None

        def text_of(key: str) -> str | None:
            return None if each.get(key) is None else str(each[key])

        labels = {"basic7": (basic,) if basic else (), "goemotions": tuple(fine)}
        text = {language: words for language in ("zh", "en") if (words := text_of(f"transcript_{language}"))}
        return Utterance(
            index=index,
            span=span,
            labels={layer: names for layer, names in labels.items() if names},
            open_labels=tuple(unknown),
            intensity=intensity,
            raw_primary=raw,
            raw_secondary=written_labels,
            text=text,
            speaker=text_of("speaker_guess"),
            audio_cues=text_of("audio_cues"),
            visual_cues=text_of("visual_cues"),
            evidence=text_of("evidence"),
            note=text_of("note"),
        )

    def _primary(self, raw: str, where: str) -> str | None:
        read = self._basic.read(raw, where, self._findings)
        if len(read.labels) == 1:
            return read.labels[0]
        if not read.unknown:
            what = f"{raw!r} is not one label of basic7"
            self._findings.add("unknown_label", where, what, "correct the label; the time is kept without one")
        return None

    def _compare_clocks(self, monologue: Monologue) -> None:
        """Sentences and utterances have a clock each; what lies on one clock alone becomes a finding."""
        spans = [utterance.span for utterance in monologue.utterances]
        with_sentence: set[int] = set()
        for sentence in monologue.sentences:
            middle = (sentence.span.start + sentence.span.end) / 2
            containing = next((index for index, span in enumerate(spans) if span.start <= middle < span.end), None)
            if containing is None:
                self._findings.add(
                    "sentence_without_utterance",
                    f"{monologue.key}, sentence {sentence.index}",
                    f"the middle of {_times(sentence.span)} s lies in no utterance",
                    "its time has no label and is masked",
                )
            else:
                with_sentence.add(containing)
        for utterance in monologue.utterances:
            if utterance.index not in with_sentence:
                self._findings.add(
                    "utterance_without_sentence",
                    f"{monologue.key}, utterance {utterance.index + 1}",
                    f"{_times(utterance.span)} s holds the middle of no sentence",
                    "its labels stay, its text is its transcript",
                )
        last = spans[-1].end if spans else Fraction(0)
        if last > monologue.duration + END_TOLERANCE:
            self._findings.add(
                "label_after_end",
                f"{monologue.key}, utterance {len(spans)}",
                f"it ends at {float(last):g} s, the clip at {float(monologue.duration):g} s",
                "what lies after the end is never used",
                repaired=True,
            )

    def cross_check(self, monologues: list[Monologue]) -> None:
        """The cross index repeats every sentence on the clock of the compilation."""
        by_title = {(monologue.language, monologue.title): monologue for monologue in monologues}
        for name in CROSS_INDEX:
            path = self._release.root / STREAMING / name
            try:
                listed = json.loads(path.read_text("utf-8-sig"), parse_float=exact_fraction)
            except (OSError, ValueError) as error:
                self._findings.add(
                    "unreadable_file",
                    f"{STREAMING}/{name}",
                    f"it cannot be read ({error})",
                    "the clocks were not compared",
                )
                continue
            for each in listed:
                monologue = by_title.get((each.get("lang"), each.get("film")))
                where = f"{STREAMING}/{name}, item {each.get('index')}"
                if monologue is None:
                    self._findings.add(
                        "unknown_item", where, f"film {each.get('film')!r} has no folder", "its sentences are left out"
                    )
                    continue
                theirs = [_span(s.get("start"), s.get("end")) for s in each.get("segments", ())]
                ours = [sentence.global_span for sentence in monologue.sentences]
                differing = sum(a != b for a, b in zip(theirs, ours, strict=False)) + abs(len(theirs) - len(ours))
                if differing:
                    what = f"times of {differing} sentences of {monologue.key} are not the clip's own, moved"
                    self._findings.add("clocks_differ", where, what, "the clip's own times are kept")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _seconds(value: object) -> Fraction | None:
    try:
        if isinstance(value, str):
            return exact_fraction(value)
        return Fraction(value) if isinstance(value, int | Fraction) else None
    except ValueError:
        return None


def _span(start: object, end: object) -> Span | None:
    if not isinstance(start, int | Fraction) or not isinstance(end, int | Fraction) or not 0 <= start < end:
        return None
    return Span(start, end)


def _times(span: Span) -> str:
    return f"[{float(span.start):g}, {float(span.end):g})"
