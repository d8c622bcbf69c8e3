"""How the labels of an item came about, for ``emos show ITEM``: votes, decisions, reviews, the decision that counts."""

from __future__ import annotations

import click
from rich.table import Table

from ..annotation import Chain, ChainStep, item_chains
from ..corpus import Corpus, Decision, Utterance, Vote
from ..spans import Span
from .logs import open_log
from .output import output, print_json


def show_chain(key: str, corpus: Corpus, *, layer: str | None, log: str | None, as_json: bool) -> None:
    """Print the chain of an item in a layer, or in all.

    Args:
        key: The key of the item.
        corpus: Its corpus.
        layer: The layer, or None for all that the item has.
        log: Path of a log that is applied to the corpus, or None.
        as_json: Print one JSON object, and no text.

    Raises:
        UsageError: The item has no such layer.
        SourceNotFound: There is no such log.
    """
    made = item_chains(corpus, key, None if log is None else open_log(log))
    if layer is not None and layer not in made:
        known = f"one of the layers of {key}, {', '.join(made)}" if made else f"left out, since {key} has no labels"
        raise click.UsageError(f"--layer must be {known}, got {layer!r}; leave it out for all")
    found = made if layer is None else {layer: made[layer]}
    if as_json:
        listed = [{"layer": name, "chains": [_chain(each) for each in own]} for name, own in found.items()]
        kind = "clip" if any(each.key == key for each in corpus.clips) else "monologue"
        print_json({"item": key, "kind": kind, "layers": listed})
        return
    console = output()
    if not found:
        console.print(f"{key} has no votes and no decisions")
    for name, own in found.items():
        table = Table("step", "by", "labels", "confidence", "span", "where", "how", title=f"{key}, {name}")
        for chain in own:
            for step in chain.steps:
                table.add_row(*_row(step, name))
            table.add_section()
        console.print(table)


def _chain(chain: Chain) -> dict[str, object]:
    return {"span": _span(chain.span), "steps": [_step(each, chain.layer) for each in chain.steps]}


def _step(step: ChainStep, layer: str) -> dict[str, object]:
    """Return a step as a JSON object."""
    record = step.record
    head: dict[str, object] = {"step": step.kind, "counts": step.counts, "labels": list(_labels(record, layer))}
    where = None if isinstance(record, Utterance) or record.provenance is None else str(record.provenance)
    tail: dict[str, object] = {"span": _span(record.span), "where": where}
    if isinstance(record, Vote):
        event = step.event
        head |= {
            "rater": record.rater,
            "abstain": record.abstain,
            "open_labels": list(record.open_labels),
            "raw": record.raw,
        }
        tail |= {
            "event": None if event is None else event.id,
            "time": None if event is None else event.time,
            "supersedes": None if event is None else event.supersedes,
            "note": "" if event is None else event.note,
        }
    elif isinstance(record, Decision):
        head |= {
            "confidence": record.confidence,
            "confidence_tier": record.confidence_tier,
            "scores": dict(record.scores),
            "recipe": dict(record.recipe),
        }
    else:
        head |= {"confidence": record.confidence, "raw": record.raw_primary}
    return head | tail


def _row(step: ChainStep, layer: str) -> list[str]:
    """Return a step as the cells of a table."""
    record = step.record
    span = "" if record.span is None else f"{record.span.start} to {record.span.end}"
    kind = step.kind if step.counts else f"{step.kind}, replaced" if step.kind == "decision" else f"({step.kind})"
    labels = ";".join(_labels(record, layer))
    if isinstance(record, Vote):
        event = step.event
        note = event.note if event is not None else record.raw if step.kind == "review" else ""
        words = labels or (f"none ({record.raw})" if record.abstain else record.raw if step.kind != "review" else "")
        return [kind, record.rater, words, "", span, str(record.provenance or ""), note]
    sure = "" if record.confidence is None else f"{record.confidence:.3f}"
    if isinstance(record, Decision):
        how = ", ".join(f"{name} {value}" for name, value in record.recipe.items() if value is not None)
        return [
            kind,
            "",
            labels,
            f"{sure} {record.confidence_tier or ''}".strip(),
            span,
            str(record.provenance or ""),
            how,
        ]
    return [kind, "", labels, sure, span, "", ""]


def _labels(record: Vote | Decision | Utterance, layer: str) -> tuple[str, ...]:
    return record.labels_in(layer) if isinstance(record, Utterance) else record.labels


def _span(span: Span | None) -> list[str] | None:
    return None if span is None else [str(span.start), str(span.end)]
