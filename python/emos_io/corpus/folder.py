"""Your own data: a folder of media, and labels and sentences in the formats that annotation tools write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

from .._checks import checked_columns
from ..errors import InvalidArgument, SourceNotFound, quoted, short_repr
from ..formats import AnnotationFile, LabelStudioTask, Segment, read_annotation, read_label_studio, read_whisperx
from ..spans import Seconds
from .annotation_paths import SENTENCES, annotation_files, existing, is_table
from .data import CorpusData
from .findings import FindingCollector
from .media_check import DURATION_TOLERANCE, Probe, readable_seconds
from .media_names import MediaNames
from .normalise import Normaliser
from .records import Clip, Decision, Monologue, Provenance, Sentence, Vote
from .taxonomies import taxonomy
from .utterances import utterances_of
from .workbooks import needed_sheet


@dataclass(slots=True)
class _FileContents:
    """Labels and sentences of one media file, from all annotation files."""

    segments: list[tuple[Segment, Provenance]] = field(default_factory=list)
    sentences: list[Segment] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderOptions:
    """How a folder is read; the fields are arguments of `emos_io.corpus.read_folder`, save that `findings` takes findings."""

    columns: Mapping[str, str] | None
    unit: Literal["s", "ms", "timestamp"]
    layer: str
    elan_tier: str | None
    rater: str | None
    sentences: Path | None
    language: str
    frame_rate: Seconds | None
    first_frame: int | None
    probe: Probe | None
    findings: FindingCollector


def read_folder_files(folder: Path, annotations: Sequence[Path], options: FolderOptions) -> CorpusData:
    """Read a folder of media with its annotations; the errors are those of `emos_io.corpus.read_folder`."""
    columns, findings = options.columns, options.findings
    if columns is not None:
        checked_columns(columns)
    if not folder.is_dir():
        raise SourceNotFound(f"there is no folder of media; give one that exists: {quoted(folder)}", path=str(folder))
    given = [existing(each, folder) for each in annotations]
    taxonomy(options.layer)
    media = MediaNames(folder, findings)
    if "start" not in (columns or {}) and any(map(is_table, given)):
        clips = _clips(_checked_tables(given), media, options)
        return CorpusData(clips, (), findings.collected, str(folder))
    contents: dict[str, _FileContents] = {}
    for file in annotation_files(given):
        for read in _read(file, options):
            _assign_segments(read, file, media, contents, options)
    if options.sentences is not None:
        within = folder / options.sentences
        spoken = within if within.exists() and not options.sentences.exists() else options.sentences
        _read_sentences(spoken, media, contents, findings)
    _check_rater(options.rater, contents, given[0] if len(given) == 1 else folder)
    monologues = [_monologue(key, contents[key], media, options) for key in sorted(contents)]
    for key in media.all():
        if key not in contents:
            findings.add(
                "no_annotation",
                key,
                "no annotation is about this media file",
                "it is left out; add a row or a file of its name",
            )
    return CorpusData((), monologues, findings.collected, str(folder))


def _checked_tables(given: Sequence[Path]) -> list[Path]:
    """Return tables without times; no other annotations stand beside them."""
    others = [each for each in given if not is_table(each)]
    if others:
        raise InvalidArgument(
            "columns must name start and end of a table beside annotations with times, got neither; name them, or read the "
            f"table by itself: {quoted(others[0])}",
            path=str(others[0]),
        )
    return annotation_files(given)


def _check_rater(rater: str | None, contents: Mapping[str, _FileContents], annotations: Path) -> None:
    raters = sorted({segment.rater or "" for each in contents.values() for segment, _ in each.segments})
    if rater is not None and raters and rater not in raters:
        raise InvalidArgument(
            f"rater must be one of {', '.join(map(repr, raters))}, got {rater!r}; correct it: {quoted(annotations)}",
            path=str(annotations),
        )


def _read(file: Path, options: FolderOptions) -> Iterable[AnnotationFile]:
    report = options.findings.reporter(file.name)
    suffix = file.suffix.lower()
    if suffix == ".json":
        return read_label_studio(file, frame_rate=options.frame_rate, first_frame=options.first_frame, reporter=report)
    if is_table(file):
        if options.columns is None:
            raise InvalidArgument(
                "columns must be given for a table, got None; give for instance "
                f"{{'item': 'file', 'start': 't0', 'end': 't1', 'label': 'emotion'}}: {quoted(file)}",
                path=str(file),
            )
        return [read_annotation(file, columns=options.columns, unit=options.unit, reporter=report)]
    return [read_annotation(file, reporter=report)]


def _assign_segments(
    read: AnnotationFile, file: Path, media: MediaNames, contents: dict[str, _FileContents], options: FolderOptions
) -> None:
    texts = {"text"} if is_table(file) else set()
    labelled = [segment for segment in read.segments if segment.tier not in texts]
    tiers = sorted({segment.tier for segment in labelled if segment.text.strip()})
    if options.elan_tier is not None and read.segments and options.elan_tier not in tiers:
        raise InvalidArgument(
            f"elan_tier must be one of {', '.join(map(repr, tiers))}, got {options.elan_tier!r}; correct it: {quoted(file)}",
            path=str(file),
        )
    if options.elan_tier is None and len(tiers) > 1:
        raise InvalidArgument(
            f"elan_tier must be one of {', '.join(map(repr, tiers))}, got None; several have labels, name one: {quoted(file)}",
            path=str(file),
        )
    item = read.item if isinstance(read, LabelStudioTask) else None
    for segment in read.segments:
        key = media.find(segment.item, item, *read.media, file.stem)
        if key is None:
            named = segment.item or item or (read.media[0] if read.media else file.stem)
            options.findings.add(
                "unknown_media",
                file.name,
                f"{named!r} is no media file of the folder",
                "its labels are left out; correct the name",
            )
            continue
        own = contents.setdefault(key, _FileContents())
        if segment.tier in texts:
            own.sentences.append(segment)
        elif options.elan_tier in (None, segment.tier):
            own.segments.append((segment, Provenance(file.name, segment.tier or None)))


def _read_sentences(
    path: Path, media: MediaNames, contents: dict[str, _FileContents], findings: FindingCollector
) -> None:
    if not path.exists():
        raise SourceNotFound(
            f"there are no sentences; give a file or folder that exists: {quoted(path)}", path=str(path)
        )

    for file in (
        [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.suffix.lower() in SENTENCES)
    ):
        key = media.find(file.stem)
        if key is None:
            findings.add(
                "unknown_media",
                file.name,
                f"{file.stem!r} is no media file of the folder",
                "its sentences are left out; rename the file",
            )
            continue
        report = findings.reporter(file.name)
        whisper = file.suffix.lower() == ".json"
        read = read_whisperx(file, reporter=report) if whisper else read_annotation(file, reporter=report)
        # WhisperX repeats every word as a segment of its own.
        kept = [each for each in read.segments if not (whisper and each.tier.split("/")[0] == "words")]
        contents.setdefault(key, _FileContents()).sentences.extend(kept)


def _monologue(
    key: str,
    contents: _FileContents,
    media: MediaNames,
    options: FolderOptions,
) -> Monologue:
    raters = sorted({segment.rater or "" for segment, _ in contents.segments})
    if options.rater is None and len(raters) > 1:
        raise InvalidArgument(
            f"rater must be one of {', '.join(map(repr, raters))}, got None; name one, or aggregate the votes on {key} first",
            key=key,
            path=str(media.path(key)),
        )
    chosen = [each for each in contents.segments if options.rater is None or (each[0].rater or "") == options.rater]
    num_other_votes = len(contents.segments) - len(chosen)
    utterances = utterances_of(chosen, taxonomy(options.layer), options.findings)
    spoken = sorted(contents.sentences, key=lambda each: each.span)
    sentences = tuple(Sentence(index=number, span=each.span, text=each.text) for number, each in enumerate(spoken, 1))
    ends = [*(each.span.end for each in utterances), *(each.span.end for each in sentences)]
    path = media.path(key)
    last = max(ends, default=Fraction(0))
    probe = options.probe
    seconds = None if probe is None else readable_seconds(probe, str(path), key, options.findings)
    duration = last if seconds is None else seconds
    if last > duration + DURATION_TOLERANCE:
        options.findings.add(
            "label_after_end",
            key,
            f"labels end at {float(last):g} s, the media at {float(duration):g} s",
            "what lies after the end is never used",
            repaired=False,
        )
    return Monologue(
        key=f"folder/{key}",
        name=key,
        title=key,
        language=options.language,
        duration=duration,
        global_span=None,
        sentences=sentences,
        utterances=utterances,
        trend=None,
        published_path=path.name,
        path=str(path),
        attributes={"votes_of_others": num_other_votes},
        provenance=contents.segments[0][1] if contents.segments else None,
    )


def _clips(files: Sequence[Path], media: MediaNames, options: FolderOptions) -> list[Clip]:
    names = taxonomy(options.layer)
    normalise = Normaliser(names)
    votes: dict[str, list[Vote]] = {}
    texts: dict[str, str] = {}
    first: dict[str, Provenance] = {}
    for file in files:
        columns = _clip_columns(file, options)
        for row in needed_sheet(file, name="annotations", needs=tuple(columns.values())):
            named = row.text(columns["item"])
            key = media.find(named)
            if key is None:
                options.findings.add(
                    "unknown_media",
                    str(row.provenance),
                    f"{named!r} is no media file of the folder",
                    "the row is left out; correct the name",
                )
                continue
            raw = row.text(columns["label"])
            read = normalise.read(raw, str(row.provenance), options.findings, open_words=True)
            who = row.text(columns["rater"]) if "rater" in columns else ""
            if any(vote.rater == who for vote in votes.get(key, ())):
                options.findings.add(
                    "second_vote",
                    str(row.provenance),
                    f"{who or 'the rater'} votes a second time on {key}",
                    "the first vote counts; delete one of them",
                )
                continue
            vote = Vote(
                item=f"folder/{key}",
                layer=names.name,
                rater=who,
                labels=read.labels,
                abstain=read.abstain,
                open_labels=read.unknown,
                raw=raw,
                provenance=row.provenance,
            )
            votes.setdefault(key, []).append(vote)
            texts.setdefault(key, row.text(columns["text"]) if "text" in columns else "")
            first.setdefault(key, row.provenance)
    return [
        Clip(
            key=f"folder/{key}",
            source="folder",
            language=options.language,
            text=texts[key],
            group={"video": key},
            published_path=media.path(key).name,
            path=str(media.path(key)),
            votes=tuple(own),
            decisions=_single_vote_decision(own, names.name),
            provenance=first[key],
        )
        for key, own in votes.items()
    ]


def _clip_columns(file: Path, options: FolderOptions) -> Mapping[str, str]:
    columns = options.columns or {}
    if not {"item", "label"} <= set(columns):
        raise InvalidArgument(
            f"columns must name item and label, got {sorted(columns)}; add start and end if there are times: {quoted(file)}",
            path=str(file),
        )
    for role, column in columns.items():
        if not isinstance(column, str):
            raise InvalidArgument(
                f"columns[{role!r}] must be the name of a column, got {short_repr(column)}; give a str"
            )
    return columns


def _single_vote_decision(votes: list[Vote], layer: str) -> dict[str, Decision]:
    """One vote is the decision; several votes are left to the caller to aggregate."""
    if len(votes) != 1 or not votes[0].labels:
        return {}
    labels = votes[0].labels
    recipe = {"method": "single vote"}
    confidence = 1.0 if len(labels) == 1 else None
    return {
        layer: Decision(
            item=votes[0].item,
            layer=layer,
            labels=labels,
            scores=dict.fromkeys(labels, 1.0),
            confidence=confidence,
            recipe=recipe,
        )
    }
