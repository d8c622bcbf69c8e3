"""Make docs/results again from the release: predictions of the baselines, their scores, and the pages of both.

python scripts/results.py RELEASE            # run the commands, write docs/results and docs/results.md
python scripts/results.py RELEASE --page     # write docs/results.md and the table of the README alone

The commands are those that the page prints. Probabilities of the text baselines may differ in their last digits on another
machine, and with them the checksums of their files.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import proof_page
import system_rows
from emos_io.evaluation import Comparison, Score, Scores, ShippedSplit, shipped_split

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "results"
PAGE = ROOT / "docs" / "results.md"
README = ROOT / "README.md"
MADE, END = "<!-- made by scripts/results.py -->\n", "<!-- end -->\n"
"""What stands around the table of the README."""
BASELINES = {
    "majority": "majority RELEASE --split static",
    "prior": "prior RELEASE --split static",
    "text": "text RELEASE --split static",
    "majority-streams": "majority RELEASE --split streams",
    "prior-streams": "prior RELEASE --split streams",
    "text-stream-clips": "text-stream RELEASE --split streams --train clips",
    "text-stream-streams": "text-stream RELEASE --split streams --train streams",
}
"""The arguments of ``emos baseline`` for each file of predictions."""
SCORED: dict[str, tuple[ShippedSplit, tuple[str, ...], str]] = {
    "clips": ("static", ("text", "prior", "majority"), "language,confidence_tier,source"),
    "streams": (
        "streams",
        ("text-stream-clips", "text-stream-streams", "prior-streams", "majority-streams"),
        "language",
    ),
}
"""The split, the files and the slices of each call of ``emos score``."""
CLIP_MEASURES = ("accuracy", "macro_f1", "weighted_f1", "uar")
TOLERANCES = ("1", "2", "3")
Row = Sequence[str]


def commands(name: str) -> str:
    """Return the command that makes a file of docs/results, as a person writes it in that folder."""
    if name in BASELINES:
        return f"emos baseline {BASELINES[name].replace('RELEASE', 'emos-release')} --out {name}.jsonl"
    split, files, by = SCORED[name.removeprefix("scores-")]
    listed = " ".join(f"{file}.jsonl" for file in files)
    return f"emos score {listed} --corpus emos-release --split {split} --by {by} --json > {name}.jsonl"


def run(release: Path) -> None:
    """Run all commands in docs/results."""
    FOLDER.mkdir(exist_ok=True)
    emos = [sys.executable, "-m", "emos_io"]
    for name, arguments in BASELINES.items():
        words = [str(release) if word == "RELEASE" else word for word in arguments.split()]
        command = [*emos, "baseline", *words, "--out", f"{name}.jsonl", "--overwrite"]
        subprocess.run(command, cwd=FOLDER, check=True)
    for kind, (split, files, by) in SCORED.items():
        options = ["--corpus", str(release), "--split", split, "--by", by, "--json"]
        command = [*emos, "score", *(f"{file}.jsonl" for file in files), *options]
        done = subprocess.run(command, cwd=FOLDER, check=True, capture_output=True)
        (FOLDER / f"scores-{kind}.jsonl").write_bytes(done.stdout)


def read(kind: str) -> tuple[list[Scores], Comparison]:
    """Return the scores of each file, and how the files differ."""
    *lines, last = (FOLDER / f"scores-{kind}.jsonl").read_text("utf-8").splitlines()
    return [Scores.from_json(line) for line in lines], Comparison.from_json(last)


def table(head: Row, rows: Iterable[Row]) -> list[str]:
    """Return a table of Markdown."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def text(score: Score) -> str:
    """Return a value with its interval."""
    return score.text()


def page() -> str:
    """Return the text of docs/results.md."""
    clips, compared = read("clips")
    streams, streams_compared = read("streams")
    static, one_film_out = shipped_split("static"), shipped_split("streams")
    lines = [
        "# Results on the release",
        "",
        "Baselines that see no media, on the published labels: what a system that sees and hears must beat. Nothing was",
        "tuned: the options of each were fixed before its first score. Intervals hold the value in 95 percent of 2,000 draws",
        "of clusters ([intervals](metrics-intervals.md)); they do not speak of new speakers. `scripts/results.py RELEASE` runs",
        "all commands of this page and writes it again; every number comes from the files in [results](results).",
        "",
        *system_rows.lines(FOLDER),
        "## Splits",
        "",
        *table(
            ("name", "what", "items", "sha256"),
            [
                ("static", f"{len(static)} folds of clips", str(sum(map(len, static.folds))), f"`{static.sha256}`"),
                (
                    "streams",
                    f"{len(one_film_out)} folds, one a film",
                    str(sum(map(len, one_film_out.folds))),
                    f"`{one_film_out.sha256}`",
                ),
            ],
        ),
        "",
        "Every prediction is out of fold: made by a model that has seen no item of the fold.",
        "",
        "## Clips",
        "",
        "```",
        *(commands(name) for name in SCORED["clips"][1]),
        commands("scores-clips"),
        "```",
        "",
    ]
    for language, what in ((None, "All 9,403 clips"), ("en", "English (MELD)"), ("zh", "Chinese (CH-SIMS)")):
        of = {} if language is None else {"language": language}
        rows = [(name_of(each), *(text(each.get(name, **of)) for name in CLIP_MEASURES)) for each in clips]
        lines += [f"{what}:", "", *table(("baseline", "accuracy", "macro F1", "weighted F1", "UAR"), rows), ""]
    lines += [
        "`majority` answers with the most frequent label of both languages, Neutral; `text` has a model for each language.",
        "",
        *difference_lines(compared, "text.jsonl", "majority.jsonl"),
        "",
        "Calibration of `text`:",
        "",
        *table(
            ("measure", "value"),
            [
                ("ECE, 15 bins of equal width", text(clips[0].get("ece", binning="equal_width"))),
                ("ECE, 15 bins of equal mass", text(clips[0].get("ece", binning="equal_mass"))),
                ("Brier score of the confidence", text(clips[0].get("confidence_brier"))),
                ("AUROC of correctness", text(clips[0].get("confidence_auroc"))),
            ],
        ),
        "",
        "Beside the raters of CH-SIMS, on the items where the two others agree:",
        "",
        *ceiling_lines(clips),
        "",
        "## Monologues",
        "",
        "```",
        *(commands(name) for name in SCORED["streams"][1]),
        commands("scores-streams"),
        "```",
        "",
    ]
    for clock in ("content", "decision"):
        names = ("accuracy", "macro_f1")
        rows = []
        for each in streams:
            values = [text(each.get(name, clock=clock)) for name in names]
            points = [
                text(each.get("turning_point_f1", clock=clock, definition="label_change", tolerance=tolerance))
                for tolerance in TOLERANCES
            ]
            rows.append((name_of(each), *values, *points))
        best = [
            text(
                streams[0].get(
                    "periodic_switcher_f1",
                    clock=clock,
                    definition="label_change",
                    tolerance=tolerance,
                    periods="every",
                )
            )
            for tolerance in TOLERANCES
        ]
        rows.append(("best periodic switcher", "-", "-", *best))
        head = (
            "baseline",
            "accuracy by seconds",
            "macro F1 by seconds",
            *(f"F1 of changes, {t} s" for t in TOLERANCES),
        )
        lines += [f"On the {clock} clock:", "", *table(head, rows), ""]
    lines += [
        "One label for a monologue has no turning point. No baseline finds more changes than a clock that looks at nothing.",
        "",
        *difference_lines(streams_compared, "text-stream-clips.jsonl", "majority-streams.jsonl", clock="decision"),
        "",
        *proof_page.lines(FOLDER),
        "## Files",
        "",
        *table(("file", "sha256"), [(f"`{path.name}`", f"`{sha256(path)}`") for path in sorted(FOLDER.iterdir())]),
        "",
        "The truth that was scored:",
        "",
        *table(
            ("layer", "items", "sha256 of the truth"),
            [
                (
                    "basic7, clips",
                    str(clips[0].counts["basic7.items"]),
                    f"`{clips[0].provenance['basic7.truth_sha256']}`",
                ),
                (
                    "basic7, monologues",
                    str(streams[0].counts["basic7.items"]),
                    f"`{streams[0].provenance['basic7.truth_sha256']}`",
                ),
            ],
        ),
        "",
        provenance_line(clips[0]),
        "",
    ]
    return "\n".join(lines)


def readme() -> str:
    """Return the text of the README with its table of results."""
    clips, _ = read("clips")
    streams, _ = read("streams")
    head = ("baseline", "English clips", "Chinese clips", "sha256 of the predictions")
    rows = [
        (
            name_of(each),
            *(
                f"{text(each.get('accuracy', language=of))} / {each.get('macro_f1', language=of).value:.3f}"
                for of in ("en", "zh")
            ),
            f"`{sha256(FOLDER / each.name)[:16]}`",
        )
        for each in clips
    ]
    of = {"clock": "decision", "definition": "label_change", "tolerance": "2"}
    points = [
        (
            name_of(each),
            f"{text(each.get('accuracy', clock='decision'))} / {each.get('macro_f1', clock='decision').value:.3f}",
            text(each.get("turning_point_f1", **of)),
            f"`{sha256(FOLDER / each.name)[:16]}`",
        )
        for each in streams
    ]
    switcher = text(streams[0].get("periodic_switcher_f1", periods="every", **of))
    lines = [
        f"Accuracy and macro F1, out of fold on split `static` (`{shipped_split('static').sha256[:16]}`):",
        "",
        *table(head, rows),
        "",
        f"Monologues on the decision clock, one film out (`{shipped_split('streams').sha256[:16]}`); a switcher that looks at",
        f"a clock alone has {switcher}:",
        "",
        *table(("baseline", "seconds", "F1 of label changes within 2 s", "sha256 of the predictions"), points),
        "",
    ]
    before, _, rest = README.read_text("utf-8").partition(MADE)
    return before + MADE + "\n".join(lines) + rest[rest.index(END) :]


def name_of(scores: Scores) -> str:
    """Return the name of a file without its suffix."""
    return scores.name.removesuffix(".jsonl")


def difference_lines(compared: Comparison, first: str, second: str, **of: str) -> list[str]:
    """Return how two files differ in accuracy and macro F1."""
    rows = []
    for name in ("accuracy", "macro_f1"):
        found = compared.get(name, first, second, **of)
        assert found.difference is not None and found.low is not None and found.p is not None, "both have values"
        assert found.high is not None and found.p_adjusted is not None, "both have values"
        interval = f"{found.difference:.3f} [{found.low:.3f}, {found.high:.3f}]"
        rows.append((name, interval, f"{found.p:.4f}", f"{found.p_adjusted:.4f}"))
    title = f"{first.removesuffix('.jsonl')} less {second.removesuffix('.jsonl')}"
    return table((title, "difference", "p", "p (Holm)"), rows)


def ceiling_lines(clips: Sequence[Scores]) -> list[str]:
    """Return raters beside the others, and baselines on the same items."""
    rows = [
        ("a rater", *(text(clips[0].get("annotator_ceiling", ties=ties)) for ties in ("left_out", "half"))),
        *(
            (
                name_of(each),
                *(text(each.get("accuracy_beside_ceiling", ties=ties)) for ties in ("left_out", "half")),
            )
            for each in clips
        ),
    ]
    return table(("who", "accuracy", "half credit for ties"), rows)


def provenance_line(scores: Scores) -> str:
    """Return how much of the truth was fitted with items that are tested here, and what models may have seen."""
    of = {name.removeprefix("basic7."): value for name, value in scores.provenance.items()}
    return (
        f"Of {of['decisions']:,} decisions {of['fitted_with_test']:,} were fitted by Dawid-Skene together with tested items, "
        f"as EmoS published them.\nModels may have seen {of['seen_meld_train']:,} of the clips in MELD's train part, and "
        f"{of['seen_chsims_train']:,} in that of CH-SIMS v2."
    )


def sha256(path: Path) -> str:
    """Return the checksum of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: Sequence[str]) -> None:
    """Run what the command line asks for."""
    if "--page" not in arguments:
        run(Path(arguments[0]).resolve())
    PAGE.write_text(page(), "utf-8")
    README.write_text(readme(), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
