"""Every code of a finding, its severity, its meaning and the reason: data alone, so that documents can be made of it."""

from __future__ import annotations

from .decision_codes import DECISION_CODES
from .finding_severity import SEVERITIES, CodeSeverity, FindingCode, Severity
from .prediction_codes import PREDICTION_CODES

__all__ = ["FINDING_CODES", "SEVERITIES", "CodeSeverity", "FindingCode", "Severity", "code_severity"]

FINDING_CODES: dict[str, FindingCode] = {
    # Files, sheets and rows.
    "missing_part": FindingCode("fault", "the release has no folder for one of its parts", "its items are left out"),
    "missing_file": FindingCode("fault", "a file that is needed is not there", "its records are left out"),
    "unreadable_file": FindingCode(
        "fault", "a file cannot be opened, is damaged or is not of its format", "its records are left out"
    ),
    "unreadable_json": FindingCode("fault", "a file holds no JSON object", "its records are left out"),
    "fenced_json": FindingCode(
        "repair", "JSON stands within a Markdown fence, which was removed", "the JSON within is read in full"
    ),
    "empty_manifest": FindingCode("fault", "the manifest lists no file", "what was published is not known"),
    "manifest_row": FindingCode(
        "fault", "a row of the manifest has no path or no size", "what the row lists is not known"
    ),
    "missing_column": FindingCode(
        "fault", "a sheet or a JSON file lacks a column that it needs", "the records of the file are left out"
    ),
    "unnamed_column": FindingCode(
        "repair", "a sheet has a column without a name, which was left out", "no reader needs that column"
    ),
    "missing_rows": FindingCode(
        "repair", "a workbook leaves rows out, which were read from another one", "the other workbook has these rows"
    ),
    "other_row_order": FindingCode(
        "repair",
        "rows are not in the order of the other files, and were joined by their ids",
        "every row is found by its id",
    ),
    "row_length": FindingCode(
        "fault", "a row has more or fewer cells than the table has columns", "the row is left out"
    ),
    "no_rows": FindingCode("fault", "a table has the names of its columns and no rows", "it labels nothing"),
    # Items.
    "missing_id": FindingCode("fault", "a row does not say which item it is about", "the row is left out"),
    "mangled_id": FindingCode(
        "repair",
        "a program changed the id of an item, such as 0001 to 1; the item was found anyway",
        "row, video and text say which item is meant",
    ),
    "duplicate_item": FindingCode("fault", "one key stands for two items; the first is kept", "the second is left out"),
    "duplicate_media": FindingCode(
        "note",
        "two items are cut from the same seconds of the same media",
        "both items are kept as published; a split of your own should keep them on one side",
    ),
    "shared_media": FindingCode(
        "note",
        "two parts of a published division, such as train and test, have items of the same seconds",
        "both items are kept as published; a model that was trained on one has seen the other",
    ),
    "conflicting_labels": FindingCode(
        "note",
        "one utterance is there twice, with two labels",
        "both items are kept as published, each with its label; which one is right is not known",
    ),
    "odd_length": FindingCode(
        "note", "an utterance of MELD lasts over a minute", "its times are kept as published, and may be wrong"
    ),
    "sentiment_differs": FindingCode(
        "note",
        "the sign of a sentiment and its word, such as Positive, disagree",
        "both are kept as published; decisions are made of the number",
    ),
    "unknown_item": FindingCode(
        "fault", "a record is about an item that the corpus does not have", "the record is left out"
    ),
    "renamed_film": FindingCode(
        "repair", "a folder has another name than the film that it holds", "the item has both names"
    ),
    "damaged_text": FindingCode(
        "note",
        "texts have a question mark where another character was",
        "the texts are kept as published; the missing signs are in MELD's own csv alone",
    ),
    "text_differs": FindingCode(
        "note",
        "two files or rows give one item different texts; the first is kept",
        "the other is where it was read; labels do not depend on the text",
    ),
    "watermark": FindingCode(
        "repair", "a text holds the note of a transcription service, which was removed", "nobody spoke the note"
    ),
    "bad_sentiment": FindingCode("fault", "a sentiment is no number from -1 to 1", "the sentiment is left out"),
    "bad_intensity": FindingCode("fault", "an intensity is no integer from 1 to 5", "the intensity is left out"),
    # Labels and sentences over time.
    "bad_span": FindingCode(
        "fault",
        "start and end of a sentence, an utterance or an answer are no times, the end is not later, or an answer is on a part "
        "of a clip, or on time after the end of its item",
        "the sentence, the utterance or the answer is left out; an answer that begins before the end counts up to it",
    ),
    "overlap": FindingCode(
        "fault",
        "an utterance begins before the previous one ends",
        "seconds that two labels claim have none in a layer of single labels",
    ),
    "time_noise": FindingCode(
        "repair",
        "two labels overlap or leave a gap by less than 1 ms, and were made to touch",
        "no time moves by 1 ms or more",
    ),
    "repeated_label": FindingCode(
        "repair", "a rater gives some seconds the same label twice; it counts once", "the label is kept once"
    ),
    "conflicting_intensity": FindingCode(
        "fault", "labels of one span and one rater have different intensities", "the span is without an intensity"
    ),
    "conflicting_confidence": FindingCode(
        "fault",
        "labels of one rater on one span or clip have different confidences",
        "the span or the clip is without the confidence of its rater",
    ),
    "conflicting_group": FindingCode(
        "fault",
        "rows about one item disagree about a group that it belongs to",
        "the item is without that group, since a split could put it on both sides",
    ),
    "label_before_start": FindingCode(
        "fault",
        "a label or a sentence begins before time 0",
        "no window begins before 0, so what lies before it is never used; the times may be shifted",
    ),
    "label_after_end": FindingCode(
        "either",
        "a label ends after its media do",
        "in your own data the times or the media may be wrong; in the EmoS release it is a repair: its labels are in whole "
        "seconds, and what lies after the end is never used",
    ),
    "vote_after_end": FindingCode(
        "fault",
        "votes lie past the end of their monologue, or before it begins",
        "decisions and agreement have no seconds that the monologue has not; the times or its duration may be wrong",
    ),
    "sentence_without_utterance": FindingCode(
        "repair", "the middle of a sentence lies in no labelled utterance", "the sentence stays; its time has no label"
    ),
    "utterance_without_sentence": FindingCode(
        "repair",
        "a labelled utterance holds the middle of no sentence",
        "the labels stay; the transcript gives the text",
    ),
    "repeated_sentence": FindingCode(
        "either",
        "a transcript has sentences twice, or a second file has the same ones",
        "equal sentences at one time count once, a repair; of captions that roll every line is there twice and is kept",
    ),
    "second_transcript": FindingCode(
        "either",
        "several files of sentences about one media file differ; one is taken",
        "the sentences of the others are left out; it is a repair where the language that was asked for is in the name of one",
    ),
    "other_language": FindingCode(
        "fault",
        "the only sentences of a media file are in another language than the one that was asked for",
        "they are taken, and the item is said to be in the language that was asked for",
    ),
    "no_sentences": FindingCode(
        "fault", "a file of sentences has none", "somebody may have forgotten to transcribe it"
    ),
    "clocks_differ": FindingCode(
        "note",
        "the times of sentences differ between the clip and the compilation",
        "the clip's own times, which its labels use, are kept as published",
    ),
    # Media.
    "unknown_media": FindingCode(
        "fault", "annotations name media that the folder does not have", "its labels or sentences are left out"
    ),
    "no_annotation": FindingCode("fault", "a media file has no annotations", "the file is left out"),
    "ambiguous_media": FindingCode(
        "fault",
        "several media files fit one item or one name",
        "the item may be without its media, or have those of another",
    ),
    "other_suffix": FindingCode(
        "repair",
        "a name of media has another suffix than the only file of that name",
        "the labels of audio are those of the video that it was taken from",
    ),
    "same_name": FindingCode(
        "repair",
        "audio files have the names of videos",
        "a name without suffix means the video; the audio is found by its suffix or its folder",
    ),
    "names_differ": FindingCode(
        "either",
        "an annotation file has another name, or lies in another folder, than the media that it says it is about",
        "a fault where the folder has media of both names: those that the file names are taken; a repair where it has only "
        "those of the file's own name, or only those of another folder",
    ),
    "missing_media": FindingCode(
        "fault", "items have no media in the folder that was given", "the items have labels alone"
    ),
    "media_not_listed": FindingCode(
        "note",
        "the manifest does not list the media of an item",
        "the item is kept as published; only the size of its file is not known",
    ),
    "matched_by_size": FindingCode("fault", "a media file was matched by its size alone", "it may be another clip"),
    "unreadable_media": FindingCode("fault", "a media file cannot be opened or decoded", "the file gives no windows"),
    "duration_differs": FindingCode(
        "fault",
        "media and labels do not have the same duration",
        "it may be another cut than the one that was labelled",
    ),
    # Annotation files of other programs: times.
    "bad_time": FindingCode(
        "fault", "a time cannot be read, or does not fit in 64 bits", "what the time belongs to is left out"
    ),
    "empty_span": FindingCode("fault", "an annotation does not end after its start", "it is left out"),
    "no_time": FindingCode("fault", "an annotation has no start or no end", "it is left out"),
    "bad_offset": FindingCode("fault", "the time origin of a media file is no number", "all times may be shifted"),
    "several_offsets": FindingCode(
        "fault", "the media of one file have different time origins", "times may be shifted for some of the media"
    ),
    "timestamp_map": FindingCode(
        "fault", "a WebVTT file moves its clock; times were read as written", "all times may be shifted"
    ),
    "frame_clock": FindingCode(
        "fault", "times are frame numbers, and the frame rate is not known", "frames cannot become times"
    ),
    "time_unit": FindingCode("fault", "the unit of the times is not known", "all times may be wrong by a factor"),
    "rounded": FindingCode(
        "fault", "a time was rounded, since the format cannot hold it exactly", "the file does not have the exact time"
    ),
    # Annotation files of other programs: structure.
    "encoding": FindingCode(
        "fault", "the encoding of a file was guessed, or is not the one that was given", "letters may be wrong"
    ),
    "unknown_version": FindingCode(
        "fault", "a file is of a version of its format that was never tried", "fields may be read wrongly"
    ),
    "malformed": FindingCode(
        "fault", "a part of a file does not have the structure that its format says", "that part is left out"
    ),
    "rest": FindingCode(
        "fault", "something follows the end of the annotations, and was left out", "what follows may be annotations"
    ),
    "stray_text": FindingCode("fault", "a text belongs to no cue, and was left out", "the text may be a lost cue"),
    "duplicate_id": FindingCode(
        "fault",
        "two parts of a file have the same id",
        "one of the two is left out, or what refers to it may mean the other",
    ),
    "duplicate_tier": FindingCode(
        "fault", "two tiers of a file have the same name", "labels of the two cannot be told apart"
    ),
    "no_parent": FindingCode(
        "fault", "an annotation refers to one that is not there or has no time", "the annotation is left out"
    ),
    "no_tier": FindingCode(
        "fault", "segments have no tier, and the format needs one", "the file needs a name that nobody gave"
    ),
    "shared_tier": FindingCode(
        "fault",
        "several raters share a tier, and the format has one rater for each",
        "the tier is written as several, with other names",
    ),
    "missing_tier": FindingCode(
        "fault", "an annotation file lacks the tier that was asked for", "its labels are left out"
    ),
    "several_tiers": FindingCode(
        "fault", "several tiers of a file have labels, and nobody said which one counts", "its labels are left out"
    ),
    "not_held": FindingCode("fault", "the format cannot hold a field of the segments", "the field is not in the file"),
    # Annotation files of other programs: contents.
    "no_label": FindingCode("fault", "a label is empty, and was left out", "a rater may have forgotten it"),
    "no_labels": FindingCode(
        "fault", "an annotation file has no label at all", "somebody may have forgotten to label it"
    ),
    "point_labels": FindingCode(
        "fault", "labels stand in a point tier, where they have no duration", "they are left out"
    ),
    "item_labels": FindingCode(
        "fault", "labels are about a whole item, where labels over time are read", "they are left out"
    ),
    "model_labels": FindingCode(
        "repair", "a file has labels of models beside those of people; they are not used", "no vote of a person is lost"
    ),
    "no_text": FindingCode("fault", "a cue has no text, and was left out", "the text may be lost"),
    "bad_confidence": FindingCode("fault", "a confidence is no number from 0 to 1", "the confidence is left out"),
    "unsupported_result": FindingCode("fault", "a result is of a type that is not read", "the result is left out"),
    "draft": FindingCode(
        "fault", "a task has drafts that nobody submitted; they were left out", "the work may not be done"
    ),
    "cancelled": FindingCode(
        "fault", "an annotation was cancelled by its annotator, and was left out", "the work may not be done"
    ),
    **DECISION_CODES,
    **PREDICTION_CODES,
}
"""By code. A code keeps its name over versions: programs may compare it."""


def code_severity(code: str) -> Severity:
    """Return the severity of a finding that does not say its own: that of its code, and ``"fault"`` where either is possible.

    Example:
        >>> code_severity("fenced_json"), code_severity("label_after_end"), code_severity("a_code_of_your_own")
        ('repair', 'fault', 'fault')
    """
    known = FINDING_CODES.get(code) if isinstance(code, str) else None
    return "fault" if known is None or known.severity == "either" else known.severity
