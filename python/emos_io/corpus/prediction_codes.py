"""Codes of findings about predictions and their scores: data alone."""

from __future__ import annotations

from .finding_severity import FindingCode

PREDICTION_CODES: dict[str, FindingCode] = {
    # Files of predictions.
    "no_predictions": FindingCode("fault", "a file of predictions holds no prediction", "there is nothing to score"),
    "unfinished_line": FindingCode(
        "fault",
        "the last line of a file of predictions is not complete, as of a program that was stopped while it wrote",
        "the line is left out, and more predictions may be missing",
    ),
    "unreadable_prediction": FindingCode(
        "fault", "a line of a file of predictions is no JSON object that has each key once", "the line is left out"
    ),
    "unknown_prediction_key": FindingCode(
        "note",
        "a line of predictions has a key that predictions do not have",
        "its value is not read, and all other values are; it may be a key of one's own, or one that is misspelt",
    ),
    "missing_prediction_key": FindingCode(
        "fault", "a prediction lacks its key, its layer, or an answer", "the line is left out"
    ),
    "several_answers": FindingCode(
        "fault",
        "a prediction has two of label, labels, value and error",
        "nobody knows which of them is meant; the line is left out",
    ),
    "wrong_prediction_value": FindingCode(
        "fault",
        "a value of a prediction is of another type than its key takes",
        "the value is left out; the line too where it is its key, its layer or its answer",
    ),
    "bad_scores": FindingCode(
        "fault",
        "scores of a prediction are no probabilities of labels: one is below 0 or above 1, or those of a layer with one label "
        "do not sum to 1",
        "the scores are left out; the label counts",
    ),
    "repeated_prediction": FindingCode(
        "fault",
        "an item, or a part of it, has a second prediction in one layer; the first counts",
        "the second is left out",
    ),
    "several_runs": FindingCode(
        "fault",
        "one file has predictions of several runs",
        "they are scored as if they were of one, and of two predictions the first counts",
    ),
    "prediction_header": FindingCode(
        "fault",
        "a header of a file of predictions is not its first line, is there twice, or has a value that is none of a header",
        "the header or the value is left out",
    ),
    # Predictions beside a corpus.
    "unknown_prediction_layer": FindingCode(
        "fault", "predictions are in a layer in which no item that they are about has truth", "they cannot be scored"
    ),
    "unknown_prediction_item": FindingCode(
        "fault", "predictions are about an item that the corpus does not have", "they are not scored"
    ),
    "missing_prediction": FindingCode(
        "fault",
        "items that are scored have no prediction",
        "they are wrong where labels are scored, and are left out where confidences or numbers are",
    ),
    "item_without_truth": FindingCode(
        "note", "items that were expected have no truth in the layer", "nobody can score them; they are counted"
    ),
    "other_corpus": FindingCode(
        "fault", "predictions were made for a corpus with other items", "the scores may be of other items than they say"
    ),
    "other_split": FindingCode(
        "fault",
        "predictions were made for another split than the one that is scored, or the split is of another corpus",
        "a model may have seen the items it is tested on; a note where predictions name no split, or nobody gave one",
    ),
    "other_fold": FindingCode(
        "fault",
        "a prediction is of another fold than the one that its item is tested in",
        "that model has seen the item; the prediction counts",
    ),
    "outside_split": FindingCode(
        "note",
        "predictions are about items that are not on the side of the split that is scored",
        "they are not scored, as was asked for",
    ),
    "prediction_label": FindingCode(
        "fault",
        "a label of a prediction, or of its scores, is no label of the layer",
        "the answer is wrong, or the scores are left out; labels are compared exactly",
    ),
    "prediction_time": FindingCode(
        "either",
        "a prediction is about time before 0 or after the end of its item",
        "what lies outside is cut, and a prediction that lies outside counts on no clock; nothing is lost where one begins "
        "within the item and ends later",
    ),
    "overlapping_predictions": FindingCode(
        "fault",
        "a prediction begins before one ends that ends earlier, in a layer of one label",
        "where they overlap, the one that ends first counts on the content clock; each counts on the decision clock",
    ),
    "prediction_time_noise": FindingCode(
        "repair",
        "predictions of one item overlap or leave a gap by less than 1 ms, or miss an edge of its labels by less",
        "they were made to touch; no time moves by 2 ms",
    ),
    "prediction_without_clock": FindingCode(
        "fault",
        "some predictions about monologues do not say when they were available, and others do",
        "those that do not have no time on the decision clock, and do not count there",
    ),
    "form_guessed": FindingCode(
        "note",
        "the header of a file does not say what its rows about monologues are: segments or decisions",
        "it is guessed from their times; starts of segments are turning points, those of decisions are not",
    ),
    "clip_with_times": FindingCode(
        "fault", "a prediction about a clip has start and end", "it counts for all of the clip"
    ),
    "monologue_without_times": FindingCode(
        "fault", "a prediction about a monologue has no start and end", "it is about no time, and is not scored"
    ),
    # Two files of predictions.
    "unpaired_prediction": FindingCode(
        "fault",
        "of online and offline predictions only one has a prediction of some key, layer and span",
        "it is left out of the gap between the two, so that the gap is never one of coverage",
    ),
}
"""By code."""
