"""Codes of findings about votes, decisions and divisions of a corpus: data alone."""

from __future__ import annotations

from .finding_severity import FindingCode

DECISION_CODES: dict[str, FindingCode] = {
    # Votes and decisions.
    "unknown_layer": FindingCode("fault", "a row names a layer that has no taxonomy", "the vote is left out"),
    "unused_confidence": FindingCode(
        "fault", "several raters give confidences, and votes have none", "the confidences are left out"
    ),
    "label_repaired": FindingCode(
        "repair",
        "a label was not written as the taxonomy writes it, and was recognised",
        "the rules of reading labels allow one label alone",
    ),
    "open_label": FindingCode(
        "repair", "a word outside of the taxonomy is kept as an open label", "the word stays with the item"
    ),
    "labels_without_file": FindingCode(
        "note",
        "the labels of a layer were given one by one or are the words that were found, and stand in no file of a taxonomy",
        "nothing is left out; a file says what the labels are, so that a word more or less is seen",
    ),
    "unknown_label": FindingCode(
        "fault",
        "a word is no label of the taxonomy, where one is needed",
        "the vote or the time is without that label; in a vote of the EmoS release it is a note: the word is kept, and the "
        "published decision does not depend on it",
    ),
    "no_known_label": FindingCode(
        "fault", "all words of a label are outside of the taxonomy", "the item or the time has words and no label"
    ),
    "too_many_labels": FindingCode(
        "fault",
        "several labels stand where the taxonomy allows one",
        "the others of a cell are left out; of rows that differ about one span, all are",
    ),
    "second_vote": FindingCode(
        "fault", "one rater voted twice on one item in one layer; the first vote counts", "the other vote is left out"
    ),
    "same_rater_name": FindingCode(
        "fault",
        "files of raters of one name label the same items; the raters have the names of their folders",
        "all votes are kept; if the files are of one person, that person votes twice",
    ),
    "several_raters": FindingCode(
        "fault",
        "several raters labelled an item, or clips, and nobody said whose labels count",
        "all labels are votes, and nothing is decided until one rater is named or the votes are aggregated",
    ),
    "missing_rater": FindingCode(
        "fault",
        "an item has labels, and none of them is of the rater that was asked for",
        "its labels are votes, and the item has no labels of that rater",
    ),
    "repeated_votes": FindingCode(
        "repair",
        "a file repeats votes of a rater who appears under two names; each counts once",
        "the first file has the same votes",
    ),
    "extra_vote": FindingCode(
        "note",
        "somebody voted on an item whose published decision does not count that rater",
        "the vote is kept, and so is the published decision",
    ),
    "vote_differs": FindingCode(
        "fault",
        "a vote that was aggregated is not the vote in the rater's own workbook",
        "one of the two votes is wrong",
    ),
    "empty_decision": FindingCode(
        "fault", "a published decision lacks its label or its confidence", "the item is without that decision"
    ),
    "soft_label_differs": FindingCode(
        "note",
        "published soft labels are not the shares of the votes",
        "the published shares are kept, and so are the votes, from which shares can be computed",
    ),
    "abstaining_answer": FindingCode(
        "fault", "an answer of a reviewer is no label", "the answer is kept, and the decision stays as it was"
    ),
    "conflicting_answers": FindingCode(
        "fault",
        "reviewers answered differently on one item or span, and no more than half of them gave the labels that count",
        "the last answer counts until an event supersedes it, and the review queue asks again",
    ),
    "no_reviewer": FindingCode("fault", "an answer of a review does not say who gave it", "the answer is left out"),
    # Votes become decisions.
    "emos_round_incomplete": FindingCode(
        "note",
        "a round of EmoS lacks clips, so its published recipe is fitted on fewer than EmoS fitted it on",
        "every clip that is there has its decision, and the number of the others is given",
    ),
    "no_original_label": FindingCode(
        "fault",
        "a clip has no label of its own that its votes could correct, or that could decide a tie of them",
        "it has no new decision, or one by the order of labels",
    ),
    "nameless_votes": FindingCode(
        "fault", "votes name nobody, so nobody knows whether one rater gave them", "they are not counted"
    ),
    "unusable_votes": FindingCode(
        "fault", "votes have no label, or several where the layer takes one", "they are not counted"
    ),
    "too_few_votes": FindingCode(
        "fault", "an item or a part of it has fewer votes that count than a decision needs", "nothing is decided there"
    ),
    "single_votes": FindingCode(
        "note",
        "decisions were made of one vote, with which nobody agreed",
        "every vote counts; a confidence tier is low",
    ),
    "tied_votes": FindingCode("fault", "votes are tied, and ties were not to be decided", "nothing is decided there"),
    "unanimous_overruled": FindingCode(
        "fault",
        "a fit decided against all raters of an item",
        "the label is one that nobody gave, or lacks one that everybody gave",
    ),
    "impossible_votes": FindingCode(
        "fault",
        "raters gave together what they never gave in the items that were fitted",
        "no class is possible, and nothing is decided there",
    ),
    "unfitted_raters": FindingCode(
        "fault",
        "raters have votes on no item that was fitted",
        "what their votes mean is not known; they are not counted",
    ),
    "stray_votes": FindingCode(
        "fault",
        "somebody who votes with others voted a few times among raters of another panel",
        "these votes would make one panel of two, and are not counted",
    ),
    "disjoint_panels": FindingCode(
        "fault",
        "panels of raters that share no item were fitted together",
        "nothing compares these raters but the prior of the classes, which may not be the same for both",
    ),
    "own_votes": FindingCode(
        "note",
        "items have votes in a layer that was to be decided by the votes of another one",
        "they are kept as they are; votes in a layer itself are better than mapped ones",
    ),
    "adjudication_kept": FindingCode(
        "note",
        "an adjudicated decision was to be replaced by one of votes",
        "the adjudication counts, and the other one stands in what was replaced",
    ),
    "short_spans": FindingCode(
        "note", "decided spans are shorter than was asked for", "they are left out as asked for; votes keep them"
    ),
    # Divisions.
    "item_on_two_sides": FindingCode(
        "fault", "one item is on two sides of a division", "a model is tested on what it was trained on"
    ),
    "divided_group": FindingCode(
        "fault",
        "groups of one kind, such as speakers or videos, are on two sides of a division",
        "a model has seen the group that it is tested on; a note for speakers of dialogues, of whom each dialogue has several",
    ),
    "equal_text": FindingCode(
        "fault",
        "items on two sides of a division have one text",
        "they may be one recording; a note where each is of another speaker, as actors say one sentence each",
    ),
    "near_text": FindingCode(
        "fault",
        "items on two sides of a division have nearly one text",
        "they may be one recording; a note where each is of another speaker",
    ),
    "equal_media": FindingCode(
        "fault",
        "items on two sides of a division have the same media, by digest or by path",
        "a model is tested on what it was trained on",
    ),
    "fitted_with_test": FindingCode(
        "fault",
        "labels were decided by a method that was fitted with test items",
        "labels for training know votes on test; a note for published decisions, which are kept",
    ),
    "unknown_fit": FindingCode(
        "note",
        "labels were decided by a method that was fitted on items which are no side of a division",
        "a recipe has a checksum of these items alone: whether test items are among them is not known",
    ),
    "item_without_side": FindingCode(
        "note", "items of a corpus are on no side of a division", "nothing can leak by them; they are not used"
    ),
}
"""By code."""
