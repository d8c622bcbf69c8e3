"""One file of predictions, from a run and a corpus."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from fractions import Fraction
from importlib.metadata import version
from typing import Literal

import torch

from ..._checks import choice, integer
from ...corpus import Corpus, Scalar, Split, is_synthetic, keys_sha256
from ...errors import InvalidArgument, short_repr
from ...evaluation import PredictionWriter
from ...inference import STEP, Item, ItemKind, PredictSide
from ...media import OnError
from ...pipes import MissingAudio
from ...spans import Seconds, exact_seconds
from ..damage import damage_is_unreadable
from ..run_folder import BEST, Run
from .ablation import ABLATIONS, Ablation, SwappedAudio, check_ablation
from .asked import AskedOfRun, asked_of_run
from .reading import Reading, seconds_of_clips
from .writing import Asking, KindRows

StreamForm = Literal["offline", "streaming"]
STREAM_FORMS: tuple[StreamForm, ...] = ("offline", "streaming")


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictCounts:
    """What a file of predictions has.

    Attributes:
        predictions: Rows of the file.
        written: Rows that this call wrote; the others were there.
        monologues, clips: Items that were asked.
        without_media: Items of the side that were not asked, since their media are not at hand.
        masked: Windows of this call that could not be read, for the model missing in both channels.
        trained_on: Items that were asked and lie in train or validation of the run.
        synthetic: Whether an item that was asked was made by a program.
    """

    predictions: int
    written: int
    monologues: int
    clips: int
    without_media: int
    masked: int
    trained_on: int
    synthetic: bool

    def as_dict(self) -> dict[str, int | bool]:
        """Return the counts by name, for JSON."""
        return asdict(self)


_PAST_DAMAGE = 'leave the item out by a split, or train with on_error = "mask" under [data] of the recipe'


@dataclass(frozen=True, slots=True)
class _Data:
    """How the run read its windows; predictions read them alike."""

    seconds: Fraction
    on_error: OnError
    missing_audio: MissingAudio


def predict_run(
    run: Run,
    corpus: Corpus,
    out: str | os.PathLike[str],
    *,
    split: Split | None = None,
    side: PredictSide | None = None,
    form: StreamForm | None = None,
    hop: Seconds | None = None,
    by: Literal["clip"] | None = None,
    ablate: Ablation | None = None,
    model_seed: int | None = None,
    seed: int = 0,
    device: str = "cpu",
    command: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> PredictCounts:
    """Write what a run says of a corpus, a line a decision, and go on where an earlier call stopped.

    - Monologues are streams: windows as long as in training, one after another, the state carried on; one decision for each
      step of 250 ms, available at its end. ``form="streaming"`` gives the model one step after another, as an online system
      would: labels are the same, scores within 1e-5.
    - With `hop`, each window of a monologue begins anew, and has one decision, that of its last step. It is about the time from
      the end of the window before to its own.
    - Clips are one window with one decision, that of the last step.

    Without `hop` and `by` all items are asked; with `hop` monologues alone, with ``by="clip"`` clips alone.

    Args:
        run: A run, as `read_run` gives it.
        corpus: The corpus, its media linked.
        out: A file; where it is there, with an equal header, what it lacks is added.
        split: A split of the corpus; None for all items.
        side: The side of the split; None for test.
        form: ``"offline"`` or ``"streaming"``, of monologues without `hop`; None for ``"offline"``.
        hop: Seconds from window to window, a multiple of 0.25 up to the length of a window.
        by: ``"clip"``, or None.
        ablate: ``"video"`` or ``"audio"``: that channel is missing. ``"swap-audio"``: at each step the audio is that of another
            speaker with another label, at the same offset (see `Donors`), from the items that are asked.
        model_seed: Which model of the run; None for that of its first seed.
        seed: Of the draw of ``"swap-audio"``.
        device: ``"cpu"``, or one of torch.
        command: How it was run, for the header.
        progress: Called with the number of windows that were read, and with how many there are.

    Raises:
        InvalidArgument: An argument is not allowed, the classes of the run are not those of the corpus, or no item has media.
        CorpusError: The file has another header, or a line that is wrong.
        EmosError: Media cannot be read, or have no audio, and the recipe of the run does not mask that.
        OSError: The file cannot be written.

    Cost: decoding of each item once, and some 2 ms of one core for each second of media; ``"streaming"`` some 20 ms.
    """
    data = _data_of(run)
    readings = _readings(data.seconds, form, hop, by)
    if ablate is not None:
        choice(ablate, ABLATIONS, "ablate")
    integer(seed, "seed", "give any, and publish it", least=0, most=2**63 - 1)
    of_run = asked_of_run(corpus, run.layer, run.classes, split=split, side=side, kinds=list(readings))
    asked = of_run.items
    chosen_device = _device_of(device)
    number = run.done_seed(model_seed, "model_seed")
    model = run.load_model(number).to(chosen_device).eval()
    check_ablation(ablate, model.options.channels)
    own = run.split()
    trained = {*own.train, *(own.validation or ())}
    header: dict[str, Scalar] = {
        "corpus": keys_sha256(item.key for item in corpus),
        **({} if asked.split_sha256 is None else {"split_sha256": asked.split_sha256, "side": str(asked.side)}),
        "command": command,
        "model": "av-small",
        "run": _name(number, readings, ablate),
        "recipe_sha256": run.recipe_sha256,
        "trained_with_split": run.split_sha256,
        "model_seed": number,
        "weights_sha256": hashlib.sha256((run.seed_folder(number) / BEST).read_bytes()).hexdigest(),
        "layer": run.layer,
        **{f"{kind}_as": reading.how for kind, reading in readings.items()},
        **({"form": "decisions"} if asked.monologues else {}),
        **({"hop": str(exact_seconds(hop))} if hop is not None else {}),
        **({"ablate": ablate} if ablate is not None else {}),
        **({"seed": seed} if ablate == "swap-audio" else {}),
        "trained_on": len(trained & asked.items.keys()),
        "synthetic": any(is_synthetic(item) for item in asked.items.values()),
        "trained_on_synthetic": run.synthetic,
        "device": chosen_device.type,
        "emos_io": version("emos-io"),
        "torch": str(torch.__version__),
    }
    with ExitStack() as stack:
        stack.enter_context(damage_is_unreadable(_PAST_DAMAGE))
        swapped = stack.enter_context(_swapped(of_run, seed, data)) if ablate == "swap-audio" else None
        asking = Asking(
            asked=of_run,
            model=model,
            without=None if ablate == "swap-audio" else ablate,
            swapped=swapped,
            on_error=data.on_error,
            missing_audio=data.missing_audio,
        )
        writer = stack.enter_context(PredictionWriter(out, header=header))
        before = len(writer)
        by_kind: dict[ItemKind, Sequence[Item]] = {"monologues": asked.monologues, "clips": asked.clips}
        parts = [KindRows(asking, items, readings[kind], writer) for kind, items in by_kind.items() if items]
        done, total = 0, sum(map(len, parts))
        for part in parts:
            for _ in part.write():
                done += 1
                if progress is not None:
                    progress(done, total)
        return PredictCounts(
            predictions=len(writer),
            written=len(writer) - before,
            monologues=len(asked.monologues),
            clips=len(asked.clips),
            without_media=len(asked.without_media),
            masked=sum(part.masked for part in parts),
            trained_on=len(trained & asked.items.keys()),
            synthetic=bool(header["synthetic"]),
        )


def _data_of(run: Run) -> _Data:
    data = run.recipe.get("data")
    given: Mapping[str, object] = data if isinstance(data, Mapping) else {}
    return _Data(
        exact_seconds(given.get("seconds", 8), name="seconds"),  # type: ignore[arg-type]
        choice(given.get("on_error", "raise"), ("raise", "mask"), "on_error"),
        choice(given.get("missing_audio", "raise"), ("raise", "silence"), "missing_audio"),
    )


def _swapped(of_run: AskedOfRun, seed: int, data: _Data) -> SwappedAudio:
    """Return other speakers' audio; all items that are asked may give theirs, also those whose rows are done."""
    asked = of_run.items
    items = list(asked.items.values())
    seconds: dict[str, Fraction] = {item.key: item.duration for item in asked.monologues}
    if asked.clips:
        for plan in Reading("clips", data.seconds, data.seconds).plans(
            asked.corpus, [item.key for item in asked.clips]
        ):
            seconds |= seconds_of_clips(plan)
    return SwappedAudio(items, seconds, of_run.taxonomy, seed=seed, on_error=data.on_error)


def _readings(
    seconds: Fraction, form: StreamForm | None, hop: Seconds | None, by: Literal["clip"] | None
) -> dict[ItemKind, Reading]:
    """Return how items are read, by their kind; kinds that are not asked are not in it."""
    if by is not None:
        choice(by, ("clip",), "by", "leave it out for streams")
    if form is not None:
        choice(form, STREAM_FORMS, "form")
    if [form, hop, by].count(None) < 2:
        first, value = ("form", form) if hop is None else ("hop", hop)
        other = f'form="{form}"' if by is None else f'by="{by}"'
        raise InvalidArgument(
            f"{first} must come without {other}, got {short_repr(value)}; leave one of them out: windows by hop and clips have "
            "one form"
        )
    clips = Reading("clips", seconds, seconds)
    if by is not None:
        return {"clips": clips}
    if hop is None:
        return {"monologues": Reading(form or "offline", seconds, seconds), "clips": clips}
    step = exact_seconds(hop, name="hop")
    if not 0 < step <= seconds or step % STEP:
        raise InvalidArgument(
            f"hop must be a multiple of 0.25 above 0, up to {float(seconds):g} s, the length of a window, got "
            f"{short_repr(hop)}; give for instance 1"
        )
    return {"monologues": Reading("windows", seconds, step)}


def _name(seed: int, readings: Mapping[ItemKind, Reading], ablate: Ablation | None) -> str:
    """Return a name for tables, such as ``av-small-0-offline-without-audio``."""
    stream = readings.get("monologues", readings.get("clips"))
    assert stream is not None, "one kind is asked"
    words = ["av-small", str(seed), stream.how]
    if ablate is not None:
        words.append("swapped-audio" if ablate == "swap-audio" else f"without-{ablate}")
    return "-".join(words)


def _device_of(device: str) -> torch.device:
    try:
        found = torch.device(device)
        torch.zeros(1, device=found)
    except (RuntimeError, AssertionError) as error:
        raise InvalidArgument(
            f"device must be one that torch has here, got {short_repr(device)}; leave it out for cpu"
        ) from error
    return found
