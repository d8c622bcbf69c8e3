"""``emos demo``: a corpus that is made, streamed, killed, resumed, learnt from, scored and reported; or one clip's windows.

```text
 build ──> epoch ──> training ──> predicting ──> scoring ──> table, reporting
 acted     killed,   one seed     baselines,     held-out    in the terminal,
 corpus    resumed                model          speakers    as a page
```
"""

from __future__ import annotations

from pathlib import Path

import click

from ..interrupts import loading
from ..options import is_default
from ..output import output, print_json
from .build import NUM_SPEAKERS, SECONDS
from .clip import stream_clip
from .corpus import RELEASE_VARIABLE, find_release
from .epoch import stream_monologues
from .folder import writing
from .needed import why_no_training

LEAST_SPEAKERS = 8
_OF_THE_CORPUS = ("release", "max_seconds", "stream_only", "seed", "speakers", "epochs", "json")
"""Options that a clip has no use for."""


@click.command()
@click.argument("media", required=False, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo-out"), help="Where everything goes.")
@click.option(
    "--release",
    type=click.Path(path_type=Path),
    help=f"The folder of the EmoS release; also read from {RELEASE_VARIABLE}. Its monologues are streamed, and baselines of "
    "text are scored on its labels.",
)
@click.option(
    "--max-seconds",
    type=click.IntRange(min=10),
    default=60,
    show_default=True,
    help=f"Seconds of each monologue; acted ones have {SECONDS} at most.",
)
@click.option("--stream-only", is_flag=True, help="Leave out training and scores; needs numpy alone.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the corpus and its split.")
@click.option("--speakers", type=click.IntRange(min=LEAST_SPEAKERS), default=NUM_SPEAKERS, hidden=True)
@click.option("--epochs", type=click.IntRange(min=1), hidden=True)
@click.option("--json", is_flag=True, help="The scores as one JSON object; the rest goes to stderr.")
def demo(
    media: Path | None,
    out: Path,
    release: Path | None,
    max_seconds: int,
    stream_only: bool,
    seed: int,
    speakers: int,
    epochs: int | None,
    json: bool,
) -> int:
    """Make a small corpus, stream it, kill the epoch and resume it, train a small model, and report it beside baselines.

    Drawn faces and made-up voices act the labels: such scores say nothing about real emotion. Training and text baselines come
    with the extra train; without it, four monologues are streamed, and the rest is left out. With MEDIA, stream that clip
    through overlapping windows instead, and write a contact sheet. What an earlier run left in --out is used again.
    """
    if media is not None:
        for option in _OF_THE_CORPUS:
            if not is_default(option):
                raise click.UsageError(f"--{option.replace('_', '-')} must come without MEDIA, got both; leave one out")
    if json and stream_only:
        raise click.UsageError("--json must come without --stream-only, which has no scores, got both; leave one out")
    console = output(stderr=json)
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    if media is not None:
        stream_clip(media, out, console)
        return 0
    found = find_release(release)
    if found is None:
        click.echo(f"no release is named (--release or {RELEASE_VARIABLE}): a small corpus is made up", err=True)
    why_not = "" if stream_only else why_no_training()
    if json and why_not:
        raise click.UsageError(f"--json must come with what makes scores, got none; {why_not}")
    if stream_only or why_not:
        code = stream_monologues(found, out, max_seconds, console)
        if why_not:
            click.echo(why_not, err=True)
        return code
    with loading():
        from .loop import Scale, run_loop

    result = run_loop(found, out, Scale(speakers, min(SECONDS, max_seconds), seed, epochs), max_seconds, console)
    if json:
        print_json(result.as_dict())
    return result.code
