"""The section of docs/results.md about attempts to prove that the baseline needs eyes and ears, made of their files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ARMS = {
    "both": "both channels",
    "video": "video alone, trained alone",
    "audio": "audio alone, trained alone",
    "majority": "majority",
}
ABLATED = {
    "both, no video": "without video",
    "both, no audio": "without audio",
    "both, audio of others": "audio of another speaker with another label",
}
TRIED = (
    ("1000, 32 speakers", "1002, 24 speakers", "8, 12 (alone: 8)", "0.914", "0.401", "0.583", "0.672", "0.430", "82"),
    ("1000, 32 speakers", "2000, 12 speakers", "4, 9", "0.891", "0.433", "0.580", "0.610", "-", "56"),
)
"""What was tried on development speakers: their macro F1 with one seed of the model, on media that were not encoded."""
Values = Mapping[str, Any]


def attempts(folder: Path) -> list[Values]:
    """Return the results of all attempts, the first one first."""
    found = [json.loads(path.read_text("utf-8")) for path in folder.glob("prove-attempt-*.json")]
    return sorted(found, key=lambda each: int(each["attempt"]))


def lines(folder: Path) -> list[str]:
    """Return the lines of the section; none without an attempt."""
    found = attempts(folder)
    if not found:
        return []
    return [
        "## Does the trained baseline need eyes and ears",
        "",
        "On acted media that are made up: synthetic, says nothing about real emotion. `make prove` trains `av-small.toml` with",
        "both channels and with each alone, by the same recipe and with the same budget, and predicts speakers that no",
        "training and no choice has met. Each attempt draws its speakers once, by a seed of its own, after faces, voices and",
        "the recipe were fixed on others; a failed one stays here. Macro F1 is by seconds on the content clock, and is",
        "averaged over the seeds of the models before speakers are drawn: an interval is over speakers, given these seeds, and",
        "the standard deviation beside it is that of the seeds.",
        "",
        *(line for each in found for line in _attempt(each)),
        "### Before the first attempt",
        "",
        "On development speakers, one model each, frames and waveforms straight from memory, monologues of 40 s. The faces,",
        "the voices and the network were the first that were drawn up; the recipe got 4 lanes and 9 epochs after these runs.",
        "",
        *_table(
            (
                "trained on seed",
                "scored on seed",
                "lanes, epochs",
                "macro F1 of both",
                "without video",
                "without audio",
                "video alone",
                "audio alone",
                "CPU seconds of both",
            ),
            TRIED,
        ),
        "",
    ]


def _attempt(found: Values) -> list[str]:
    """Return the lines of one attempt."""
    design, seeds = found["design"], found["design"]["seeds"]
    bayes = found["bayes_accuracy"]
    return [
        f"### Attempt {found['attempt']}: {'passed' if found['passed'] else 'failed'}",
        "",
        f"Seed {found['seed']}: {design['train']} speakers of train, {design['validation']} of validation, {design['test']} of "
        f"test, {design['seconds']} s each; models of the seeds {', '.join(map(str, seeds))}.",
        "An arm stops early as the recipe says, so that one may have fewer steps than another."
        if design.get("stops_early", True)
        else "No arm stops early: all have the same number of steps. The weights are those of the best epoch on validation.",
        f"From the confusions alone the best accuracy is {bayes['both']:.3f} with both channels, {bayes['face']:.3f} with the "
        f"face and {bayes['voice']:.3f} with the voice.",
        "",
        *_table(
            ("", "macro F1", "sd of seeds", "accuracy", "CPU seconds a training"),
            [
                (title, *_scores(found["scores"][arm]), _cpu_seconds(found["trainings"].get(arm)))
                for arm, title in ARMS.items()
            ],
        ),
        "",
        *_table(
            ("macro F1, paired over speakers", "difference", "p", "lower bound must exceed", ""),
            [_difference(found, check, holds) for check, holds in found["checks"].items()],
        ),
        "",
        "The models of both channels with a channel taken away. This is no proof: they learned with both in most windows, so",
        "what is left may be worse than a model that learned from one channel alone, and such a loss flatters both.",
        "",
        *_table(
            ("both channels, but", "macro F1", "sd of seeds", "accuracy"),
            [(title, *_scores(found["scores"][arm])) for arm, title in ABLATED.items()],
        ),
        "",
        *(line for note in found.get("notes", ()) for line in (note, "")),
    ]


def _scores(of: Values) -> tuple[str, str, str]:
    """Return macro F1, the spread of its seeds, and accuracy."""
    spread = of["macro_f1_sd_of_seeds"]
    return _interval(of["macro_f1"]), "-" if spread is None else f"{spread:.3f}", _interval(of["accuracy"])


def _interval(of: Values) -> str:
    """Return a value with its interval, where it has one."""
    return f"{of['value']:.3f}" + ("" if of["low"] is None else f" [{of['low']:.3f}, {of['high']:.3f}]")


def _cpu_seconds(trainings: Sequence[Values] | None) -> str:
    """Return the least and the most CPU seconds of a training."""
    if trainings is None:
        return "-"
    seconds = [each["cpu_seconds"] for each in trainings]
    return f"{min(seconds):.0f} to {max(seconds):.0f}"


def _difference(found: Values, check: str, holds: bool) -> Sequence[str]:
    """Return the row of one pair."""
    pair, least = check.split(" > ")
    of = found["differences"][pair]
    p = "-" if of["p"] is None else f"{of['p']:.4f}"
    return pair, _interval(of), p, least, "holds" if holds else "does not hold"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table of Markdown."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
