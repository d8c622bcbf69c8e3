"""What a run of the kind `frozen` says of a corpus: one decision for each window, into a file that `emos score` reads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Literal, TypeAlias

import numpy as np

from ..._arrays import Float64Array
from ..._checks import choice
from ...corpus import Corpus, Monologue, Scalar, Split, Taxonomy, is_synthetic, keys_sha256
from ...errors import CorpusError, InvalidArgument, quoted, short_repr
from ...evaluation import Prediction, PredictionWriter
from ...inference import Asked, Item, ItemKind, PredictSide, asked_of
from ...pipes import Transform, WindowSample
from ...plan import PlanOnError, WindowPlan
from ...spans import Seconds, Span, exact_seconds
from ..av_small.options import Channel
from ..damage import damage_is_unreadable
from ..recipe import recipe_of
from ..run_folder import Run
from .features import FeatureReader
from .fit import MODEL, LinearModel, load_model
from .networks import check_installed
from .recipe import FrozenRecipe
from .table import read_features
from .training import reader_of, settings_of
from .windows import Cut, HowCut

FrozenAblation: TypeAlias = Literal["video", "audio"]
FROZEN_ABLATIONS: tuple[FrozenAblation, ...] = ("video", "audio")
FROZEN_PLANS: tuple[HowCut, ...] = ("clips", "windows", "utterances")
DIGITS = 6
"""Decimals of scores."""
_UNREAD = "the window cannot be read"
_PAST_DAMAGE = 'leave the item out by a split, or train with on_error = "mask" under [data] of the recipe'


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenCounts:
    """What a file of predictions has.

    Attributes:
        predictions: Rows of the file.
        written: Rows that this call wrote; the others were there.
        monologues, clips: Items that were asked.
        without_media: Items of the side that were not asked, since their media are not at hand.
        masked: Windows of this call that could not be read; their rows have an error in place of a label.
        faceless: Windows of this call in which no frame has a face, of models of video.
        speechless: Windows of this call in which nobody speaks, of models of audio.
        trained_on: Items that were asked and lie in train or validation of the run.
        synthetic: Whether an item that was asked was made by a program.
    """

    predictions: int
    written: int
    monologues: int
    clips: int
    without_media: int
    masked: int
    faceless: int
    speechless: int
    trained_on: int
    synthetic: bool

    def as_dict(self) -> dict[str, int | bool]:
        """Return the counts by name, for JSON."""
        return asdict(self)


def predict_frozen(
    run: Run,
    corpus: Corpus,
    out: str | os.PathLike[str],
    *,
    split: Split | None = None,
    side: PredictSide | None = None,
    plan: HowCut | None = None,
    hop: Seconds | None = None,
    ablate: FrozenAblation | None = None,
    command: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> FrozenCounts:
    """Write what a run says of a corpus, a line a window, and go on where an earlier call stopped.

    A clip is one window with one decision. Windows of monologues are as long as those of the run; a decision is about the time
    from the end of the window before to its own, at which it is available. A decision of an utterance is about all of it.

    Args:
        run: A run of the kind ``"frozen"``, as `read_run` gives it.
        corpus: The corpus, its media linked.
        out: A file; where it is there, with an equal header, what it lacks is added.
        split: A split of the corpus; None for all items.
        side: The side of the split; None for test.
        plan: ``"clips"``, ``"windows"`` or ``"utterances"``; None for clips and the windows of monologues.
        hop: Seconds from window to window, up to the length of a window; None for those of the run.
        ablate: ``"video"`` or ``"audio"``: what the model knows of it is missing, and marked so.
        command: How it was run, for the header.
        progress: Called with the number of windows that are done, and with how many there are.

    Raises:
        InvalidArgument: An argument is not allowed, the classes of the run are not those of the corpus, or no item has media.
        ImportError: A network, or what runs it, is not installed.
        CorpusError: The networks are others than those of the run, or the file has another header.
        EmosError: Media cannot be read, or have no audio, and the recipe of the run does not allow that.
        OSError: The file cannot be written.

    Cost: that of `FeatureReader.features`, and of decoding.
    """
    recipe = recipe_of(run.recipe)
    if not isinstance(recipe, FrozenRecipe):
        raise InvalidArgument(f"run must be of the kind frozen, got {run.kind!r}; take predict_run for av-small")
    cuts = _cuts(recipe, plan, hop)
    channels = recipe.model.channels
    _check_ablation(ablate, channels)
    asked = asked_of(corpus, split=split, side=side, kinds=list(cuts), hint="leave out the plan")
    taxonomy = _taxonomy(corpus, run)
    check_installed()
    folder = run.seed_folder(run.done_seed())
    model = load_model(folder)
    settings = settings_of(recipe)
    if dict(model.settings) != settings:
        raise CorpusError(
            f"the networks must be those that the run was trained with, got others; {_difference(model.settings, settings)}: "
            f"{quoted(run.folder)}",
            path=str(run.folder),
        )
    own = run.split()
    trained_on = len({*own.train, *(own.validation or ())} & asked.items.keys())
    header: dict[str, Scalar] = {
        "corpus": keys_sha256(item.key for item in corpus),
        **({} if asked.split_sha256 is None else {"split_sha256": asked.split_sha256, "side": str(asked.side)}),
        "command": command,
        "model": "frozen",
        "run": "-".join(["frozen", plan or "items", *([f"without-{ablate}"] if ablate else [])]),
        "recipe_sha256": run.recipe_sha256,
        "trained_with_split": run.split_sha256,
        "weights_sha256": hashlib.sha256((folder / MODEL).read_bytes()).hexdigest(),
        "layer": run.layer,
        **{f"{kind}_as": cut.how for kind, cut in cuts.items()},
        **({"form": "decisions"} if asked.monologues else {}),
        **({"hop": str(cuts["monologues"].hop)} if asked.monologues and cuts["monologues"].how == "windows" else {}),
        **({"ablate": ablate} if ablate is not None else {}),
        "trained_on": trained_on,
        "synthetic": any(is_synthetic(item) for item in asked.items.values()),
        "trained_on_synthetic": run.synthetic,
        "device": "cpu",
        "emos_io": version("emos-io"),
        "ai_edge_litert": version("ai-edge-litert"),
    }
    with ExitStack() as stack:
        stack.enter_context(damage_is_unreadable(_PAST_DAMAGE))
        writer = stack.enter_context(PredictionWriter(out, header=header))
        before = len(writer)
        asking = _Asking(recipe, reader_of(recipe), model, taxonomy, writer, ablate)
        asking.write(asked, cuts, progress)
        return FrozenCounts(
            predictions=len(writer),
            written=len(writer) - before,
            monologues=len(asked.monologues),
            clips=len(asked.clips),
            without_media=len(asked.without_media),
            masked=asking.masked,
            faceless=asking.marked["face_missing"],
            speechless=asking.marked["speech_missing"],
            trained_on=trained_on,
            synthetic=bool(header["synthetic"]),
        )


class _Asking:
    """Windows through the model, into a file that may have some already."""

    def __init__(
        self,
        recipe: FrozenRecipe,
        reader: FeatureReader,
        model: LinearModel,
        taxonomy: Taxonomy,
        writer: PredictionWriter,
        ablate: FrozenAblation | None,
    ) -> None:
        self._recipe, self._reader, self._model = recipe, reader, model
        self._taxonomy, self._writer = taxonomy, writer
        self._transform = _TRANSFORMS.get(ablate)
        self.masked, self.marked = 0, {"face_missing": 0, "speech_missing": 0}

    def write(self, asked: Asked, cuts: Mapping[ItemKind, Cut], progress: Callable[[int, int], None] | None) -> None:
        """Write the rows that the file lacks."""
        items: dict[ItemKind, Sequence[Item]] = {"clips": asked.clips, "monologues": asked.monologues}
        parts = [
            (cut, made)
            for kind, cut in cuts.items()
            for made in cut.plans(
                asked.corpus, [each.key for each in items[kind]], labels=None, on_error=self._on_error(cut)
            )
        ]
        for _, made in parts:
            for skipped in made.skipped:
                if not self._has(skipped.key, None):
                    self._writer.write(self._row(skipped.key, None, None))
        total, done = sum(len(made) for _, made in parts), 0
        for cut, made in parts:
            rows = self._rows(cut, made, asked.items)
            there = [key for key, (item, span) in rows.items() if self._has(item, span)]
            done += len(there)
            for key, values in read_features(
                made,
                self._reader,
                fps=self._recipe.data.fps,
                frame_size=self._recipe.model.frame_size,
                answered=there,
                transform=self._transform,
                on_error=self._recipe.data.on_error,
                missing_audio=self._recipe.data.missing_audio,
            ):
                item, span = rows[key]
                self._writer.write(self._row(item, span, values))
                done += 1
                if progress is not None:
                    progress(done, total)

    def _on_error(self, cut: Cut) -> PlanOnError | None:
        """Return what plans do with files that cannot be read: lengths of clips may be in them alone."""
        if cut.how != "clips":
            return None
        return "raise" if self._recipe.data.on_error == "raise" else "skip"

    def _rows(self, cut: Cut, made: WindowPlan, items: Mapping[str, Item]) -> dict[str, tuple[str, Span | None]]:
        """Return the item and the span of the row of each window, by the window's key."""
        rows = {}
        for window in made.windows():
            item = items[window.item]
            location = made.locate(window.number)
            seconds = item.duration if isinstance(item, Monologue) else location.span.end
            rows[window.key] = (item.key, cut.row_span(location, seconds))
        return rows

    def _has(self, item: str, span: Span | None) -> bool:
        return self._writer.has(item, self._taxonomy.name, span)

    def _row(self, item: str, span: Span | None, values: Float64Array | None) -> Prediction:
        layer, at = self._taxonomy.name, None if span is None else span.end
        if values is None:
            self.masked += 1
            return Prediction(key=item, layer=layer, span=span, error=_UNREAD, available_at=at)
        for name in self.marked:
            if name in self._reader.names:
                self.marked[name] += int(values[self._reader.names.index(name)])
        (scores,) = self._model.probabilities(values[None])
        best = int(scores.argmax())
        classes = self._model.classes
        return Prediction(
            key=item,
            layer=layer,
            span=span,
            label=None if self._taxonomy.multiple else classes[best],
            labels=(classes[best],) if self._taxonomy.multiple else None,
            confidence=round(float(scores[best]), DIGITS),
            scores={name: round(float(score), DIGITS) for name, score in zip(classes, scores, strict=True)},
            available_at=at,
        )


def _without_video(sample: WindowSample, _: np.random.Generator) -> WindowSample:
    return replace(sample, frame_valid=np.zeros_like(sample.frame_valid))


def _without_audio(sample: WindowSample, _: np.random.Generator) -> WindowSample:
    return replace(sample, waveform=None, waveform_valid=np.zeros(0, np.bool_))


_TRANSFORMS: Mapping[str | None, Transform[WindowSample]] = {"video": _without_video, "audio": _without_audio}


def _cuts(recipe: FrozenRecipe, plan: HowCut | None, hop: Seconds | None) -> dict[ItemKind, Cut]:
    """Return how the kinds of items become windows; kinds that are not asked are not in it."""
    data = recipe.data
    if plan is not None:
        choice(plan, FROZEN_PLANS, "plan")
    if hop is not None and plan not in (None, "windows"):
        raise InvalidArgument(f'hop must come with windows, got plan="{plan}"; leave it out')
    step = data.hop if hop is None else exact_seconds(hop, name="hop")
    if not 0 < step <= data.length:
        raise InvalidArgument(
            f"hop must be above 0 and at most {float(data.length):g} s, the length of a window, got {short_repr(hop)}; give "
            "for instance 1"
        )
    clips = Cut("clips", data.length, step)
    if plan == "clips":
        return {"clips": clips}
    monologues = Cut("windows" if plan is None else plan, data.length, step)
    return {"monologues": monologues, "clips": clips} if plan is None else {"monologues": monologues}


def _check_ablation(ablate: FrozenAblation | None, channels: Sequence[Channel]) -> None:
    if ablate is None:
        return
    choice(ablate, FROZEN_ABLATIONS, "ablate")
    if len(channels) == 1:
        raise InvalidArgument(
            f"ablate must leave a channel and take one that the run has, got {ablate!r} of a run of {channels[0]}; leave it out"
        )


def _taxonomy(corpus: Corpus, run: Run) -> Taxonomy:
    taxonomy = corpus.taxonomy(run.layer)
    if tuple(taxonomy.labels) != run.classes:
        raise InvalidArgument(
            f"corpus must have the classes of the run in {run.layer!r}, {', '.join(run.classes)}, got "
            f"{', '.join(taxonomy.labels)}; predict with a run that was trained in this layer"
        )
    return taxonomy


def _difference(earlier: Mapping[str, object], now: Mapping[str, object]) -> str:
    names = [name for name in {**earlier, **now} if earlier.get(name) != now.get(name)]
    return f"{' and '.join(names)} differ; install what run.json names, or train again"
