"""Tables 6, 10 and 11 of the paper: the streaming monologues."""

from __future__ import annotations

from collections import Counter

from ...corpus import Corpus, taxonomy
from .compare import Comparison, TableRow, compare, figures


def table6(corpus: Corpus) -> Comparison:
    """Return Table 6: turning points. The paper counts every boundary between utterances, also without a new label."""
    lines = {each.name: each.labels("basic7") for each in corpus.monologues}
    boundaries = {name: len(line.boundaries) for name, line in lines.items()}
    changes = {name: len(line.changes) for name, line in lines.items()}
    most = max(boundaries, key=lambda name: boundaries[name], default="")
    total = sum(boundaries.values())
    rows: dict[str, TableRow] = {
        "segments": len(lines),
        "turning_points": total,
        "avg_turning_points": total / max(1, len(lines)),
        "max_turning_points": boundaries.get(most, 0),
        "max_in": most,
    }
    why = {
        "segments": "46 monologues are published, not 50",
        "avg_turning_points": "401 over the 50 that the paper names is 8.0; over the 46 that are published it is 8.7",
    }
    changed = sum(changes.values())
    also: dict[str, TableRow] = {
        "definition_of_the_paper": "every boundary between utterances: utterances less monologues",
        "boundaries": total,
        "label_changes": changed,
        "label_changes_on_average": changed / max(1, len(lines)),
        "max_label_changes": max(changes.values(), default=0),
        "utterances": sum(len(each.utterances) for each in corpus.monologues),
    }
    return compare("table6", rows, digits={"avg_turning_points": 1}, why=why, also=also)


def table10(corpus: Corpus) -> Comparison:
    """Return Table 10: the share of utterances with each label of GoEmotions as a secondary emotion, in percent."""
    utterances = [utterance for each in corpus.monologues for utterance in each.utterances]
    exact = Counter(label for utterance in utterances for label in set(utterance.raw_secondary))
    read = Counter(label for utterance in utterances for label in utterance.goemotions)
    opened = Counter(label for utterance in utterances for label in utterance.open_labels)
    count = max(1, len(utterances))
    labels = list(figures()["table10"]["rows"])
    also: dict[str, TableRow] = {
        "definition_of_the_paper": "strings that are exactly a label; those with an emoji are left out",
        "with_repaired_labels": {label: 100 * read[label] / count for label in labels},
        "open_labels": dict(sorted(opened.items())),
    }
    return compare("table10", {label: 100 * exact[label] / count for label in labels}, digits=2, also=also)


def table11(corpus: Corpus) -> Comparison:
    """Return Table 11: the share of utterances of each Basic-7 label, in percent. Bilingual labels count as English."""
    utterances = [utterance for each in corpus.monologues for utterance in each.utterances]
    read = Counter(utterance.basic7 for utterance in utterances)
    exact = Counter(utterance.raw_primary for utterance in utterances)
    count = max(1, len(utterances))
    rows = {label.lower(): 100 * read[label] / count for label in taxonomy("basic7").labels}
    also = {"written_exactly": {label.lower(): 100 * exact[label] / count for label in taxonomy("basic7").labels}}
    return compare("table11", rows, digits=1, also=also)
