"""Every code of a finding, with its severity and its meaning: data alone, so that documents can be made of it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["repair", "fault", "either"]


class FindingCode(NamedTuple):
    """What a code means.

    Attributes:
        severity: ``"repair"``: nothing was lost, and a strict reader goes on. ``"fault"``: something is wrong or was left
            out, and a strict reader stops. ``"either"``: each finding says which of the two it is.
        meaning: One sentence, without a full stop.
    """

    severity: Severity
    meaning: str


FINDING_CODES: dict[str, FindingCode] = {
    # Files, sheets and rows.
    "missing_part": FindingCode("fault", "the release has no folder for one of its parts"),
    "missing_file": FindingCode("fault", "a file that is needed is not there"),
    "unreadable_file": FindingCode("fault", "a file cannot be opened or is damaged"),
    "unreadable_json": FindingCode("fault", "a file holds no JSON object"),
    "fenced_json": FindingCode("repair", "JSON stands within a Markdown fence, which was removed"),
    "manifest_row": FindingCode("fault", "a row of the manifest has no path or no size"),
    "missing_column": FindingCode("fault", "a sheet or a JSON file lacks a column that it needs"),
    "unnamed_column": FindingCode("repair", "a sheet has a column without a name, which was left out"),
    "missing_rows": FindingCode("repair", "a workbook leaves rows out, which were read from another one"),
    "other_row_order": FindingCode(
        "repair", "rows are not in the order of the other files, and were joined by their ids"
    ),
    "row_length": FindingCode("fault", "a row has more or fewer cells than the table has columns"),
    # Items.
    "missing_id": FindingCode("fault", "a row does not say which item it is about"),
    "mangled_id": FindingCode(
        "repair", "a program changed the id of an item, such as 0001 to 1; the item was found anyway"
    ),
    "duplicate_item": FindingCode("fault", "one key stands for two items; the first is kept"),
    "duplicate_media": FindingCode("fault", "two items are cut from the same seconds of the same media"),
    "unknown_item": FindingCode("fault", "a record is about an item that the corpus does not have"),
    "renamed_film": FindingCode("repair", "a folder has another name than the film that it holds"),
    "damaged_text": FindingCode("fault", "texts have a question mark where another character was"),
    "text_differs": FindingCode("fault", "two files give one item different texts; the first is kept"),
    "watermark": FindingCode("repair", "a text holds the note of a transcription service, which was removed"),
    "bad_sentiment": FindingCode("fault", "a sentiment is no number from -1 to 1"),
    "bad_intensity": FindingCode("fault", "an intensity is no integer from 1 to 5"),
    # Votes and decisions.
    "label_repaired": FindingCode("repair", "a label was not written as the taxonomy writes it, and was recognised"),
    "open_label": FindingCode("repair", "a word outside of the taxonomy is kept as an open label"),
    "unknown_label": FindingCode("fault", "a word is no label of the taxonomy, where one is needed"),
    "too_many_labels": FindingCode("fault", "several labels stand where the taxonomy allows one"),
    "second_vote": FindingCode("fault", "one rater voted twice on one item in one layer; the first vote counts"),
    "repeated_votes": FindingCode(
        "repair", "a file repeats votes of a rater who appears under two names; each counts once"
    ),
    "extra_vote": FindingCode("fault", "somebody voted on an item whose published decision does not count that rater"),
    "vote_differs": FindingCode("fault", "a vote that was aggregated is not the vote in the rater's own workbook"),
    "empty_decision": FindingCode("fault", "a published decision lacks its label or its confidence"),
    "soft_label_differs": FindingCode("fault", "published soft labels are not the shares of the votes"),
    "no_reviewer": FindingCode("fault", "an answer of a review does not say who gave it"),
    # Labels and sentences over time.
    "bad_span": FindingCode(
        "fault", "start and end of a sentence or an utterance are no times, or the end is not later"
    ),
    "overlap": FindingCode("fault", "an utterance begins before the previous one ends"),
    "label_after_end": FindingCode("either", "a label ends after its media do"),
    "sentence_without_utterance": FindingCode("repair", "the middle of a sentence lies in no labelled utterance"),
    "utterance_without_sentence": FindingCode("repair", "a labelled utterance holds the middle of no sentence"),
    "clocks_differ": FindingCode("fault", "the times of sentences differ between the clip and the compilation"),
    # Media.
    "unknown_media": FindingCode("fault", "annotations name media that the folder does not have"),
    "no_annotation": FindingCode("fault", "a media file has no annotations"),
    "ambiguous_media": FindingCode("fault", "several media files fit one item or one name"),
    "missing_media": FindingCode("fault", "items have no media in the folder that was given"),
    "media_not_listed": FindingCode("fault", "the manifest does not list the media of an item"),
    "matched_by_size": FindingCode("fault", "a media file was matched by its size alone"),
    "unreadable_media": FindingCode("fault", "a media file cannot be opened or decoded"),
    "duration_differs": FindingCode("fault", "media and labels do not have the same duration"),
    # Annotation files of other programs: times.
    "bad_time": FindingCode("fault", "a time cannot be read, or does not fit in 64 bits"),
    "empty_span": FindingCode("fault", "an annotation does not end after its start"),
    "no_time": FindingCode("fault", "an annotation has no start or no end"),
    "bad_offset": FindingCode("fault", "the time origin of a media file is no number"),
    "several_offsets": FindingCode("fault", "the media of one file have different time origins"),
    "timestamp_map": FindingCode("fault", "a WebVTT file moves its clock; times were read as written"),
    "frame_clock": FindingCode("fault", "times are frame numbers, and the frame rate is not known"),
    "time_unit": FindingCode("fault", "the unit of the times is not known"),
    "rounded": FindingCode("fault", "a time was rounded, since the format cannot hold it exactly"),
    # Annotation files of other programs: structure.
    "encoding": FindingCode("fault", "a file is not UTF-8; its encoding was guessed"),
    "unknown_version": FindingCode("fault", "a file is of a version of its format that was never tried"),
    "malformed": FindingCode("fault", "a part of a file does not have the structure that its format says"),
    "rest": FindingCode("fault", "something follows the end of the annotations, and was left out"),
    "stray_text": FindingCode("fault", "a text belongs to no cue, and was left out"),
    "duplicate_id": FindingCode("fault", "two parts of a file have the same id"),
    "duplicate_tier": FindingCode("fault", "two tiers of a file have the same name"),
    "no_parent": FindingCode("fault", "an annotation refers to one that is not there or has no time"),
    "no_tier": FindingCode("fault", "segments have no tier, and the format needs one"),
    "shared_tier": FindingCode("fault", "several raters share a tier, and the format has one rater for each"),
    "not_held": FindingCode("fault", "the format cannot hold a field of the segments"),
    # Annotation files of other programs: contents.
    "no_label": FindingCode("fault", "a label is empty, and was left out"),
    "no_text": FindingCode("fault", "a cue has no text, and was left out"),
    "bad_confidence": FindingCode("fault", "a confidence is no number from 0 to 1"),
    "unsupported_result": FindingCode("fault", "a result is of a type that is not read"),
    "draft": FindingCode("fault", "a task has drafts that nobody submitted; they were left out"),
    "cancelled": FindingCode("fault", "an annotation was cancelled by its annotator, and was left out"),
}
"""By code. A code keeps its name over versions: programs may compare it."""
