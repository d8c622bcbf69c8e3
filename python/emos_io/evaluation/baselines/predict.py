"""The verb of baselines: out-of-fold predictions of a split, with a header that says how they were made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Literal

import numpy as np

from ..._checks import as_integer, choice
from ...corpus import Clip, Corpus, Folds, Monologue, Scalar, Split, Taxonomy, is_synthetic, keys_sha256
from ...corpus.data import checked_corpus
from ...errors import InvalidArgument, short_repr
from ..predictions import Prediction, Predictions
from .frequencies import drawn, most_frequent, predict_by_frequency
from .text import (
    TRAIN_ON,
    LabelledText,
    TextModels,
    TrainOn,
    labelled_clips,
    labelled_sentences,
    predict_clips,
    predict_streams,
)
from .text_model import scikit_learn_version
from .training import Part, check_truth, parts_of, single_taxonomy

Baseline = Literal["majority", "prior", "text", "text-stream"]
BASELINES: tuple[Baseline, ...] = ("majority", "prior", "text", "text-stream")
"""Names of the baselines."""
Languages = Literal["each", "all"]
LANGUAGES: tuple[Languages, ...] = ("each", "all")
"""Whether items of each language are told by those of train in their language, or by all."""


def predict_baseline(
    name: Baseline,
    corpus: Corpus,
    split: Split | Folds,
    *,
    layer: str = "basic7",
    seed: int = 0,
    languages: Languages | None = None,
    train: TrainOn | None = None,
    command: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """Return the predictions of a baseline for the test side of a split, or out of fold for every item of folds.

    - ``"majority"``: the most frequent label of train, of equal ones the first of the taxonomy. Its share of train is the
      confidence, those of all labels are the scores. A clip counts 1, a monologue by the seconds of its labels; a monologue
      has one prediction over all of it, known at 0.
    - ``"prior"``: a label drawn by these shares, with the same scores. The draw of an item is by `seed` and its key alone.
    - ``"text"``: a model of the transcripts of clips (`emos_io.evaluation.baselines.text_model.TextModel`).
    - ``"text-stream"``: the same model, asked at the end of each sentence of a monologue as speech recognition gives them.

    Nothing is tuned, and no item of a validation side is used. Items that the baseline cannot answer have a prediction
    without a label and with the reason as its error.

    Args:
        name: The baseline.
        corpus: Items with labels.
        split: A split of it, or folds; ``read_split("static")`` and ``read_split("streams")`` are folds of the EmoS release.
        layer: A layer that takes one label at once.
        seed: Of the draws of ``"prior"``; it stands in the header of the others too.
        languages: ``"each"``: items of a language are told by items of train in it; ``"all"``: by all items of train. None is
            ``"each"`` for texts and ``"all"`` for majority and prior.
        train: Of ``"text-stream"``: ``"clips"``, those on the train side, or all of the corpus where the split is of
            monologues alone; or ``"streams"``, the sentences of the monologues on the train side. None is ``"clips"``.
        command: How it was run, for the header.
        progress: Of baselines of texts: called with the number of models fitted, first 0, and with how many there are at most;
            one for which there is no text is left out.

    Raises:
        InvalidArgument: A name is not known, the split is of other items, no item of train has a label or a text.
        ImportError: A baseline of texts without scikit-learn; the text names the extra.

    Cost: on one core ``"text"`` some 40 seconds for the 9,403 clips of EmoS, and ``"text-stream"`` some 10 for its monologues,
        or 30 where it learns from streams; the others a second or two.

    Example:
        >>> from emos_io.corpus import Clip, Decision, Split, split
        >>> labels = ["Joy", "Joy", "Fear", "Joy"]
        >>> clips = [
        ...     Clip(key=f"own/{n}", source="own", language="en", decisions={
        ...         "basic7": Decision(item=f"own/{n}", layer="basic7", labels=(label,), scores={})
        ...     }) for n, label in enumerate(labels)
        ... ]
        >>> corpus = Corpus(clips)
        >>> found = predict_baseline("majority", corpus, split(corpus, seed=7, test=0.25))
        >>> [(row.key, row.label, round(row.confidence, 3)) for row in found]
        [('own/3', 'Joy', 0.667)]
    """
    name = choice(name, BASELINES, "name")
    if train is not None and name != "text-stream":
        raise InvalidArgument(f"train must be left out with {name!r}, got {short_repr(train)}; only text-stream has it")
    learned = choice(train or "clips", TRAIN_ON, "train")
    default: Languages = "each" if name.startswith("text") else "all"
    pooling = choice(languages or default, LANGUAGES, "languages")
    number = as_integer(seed)
    if number is None:
        raise InvalidArgument(f"seed must be an integer, got {short_repr(seed)}; give any integer, and publish it")
    corpus = checked_corpus(corpus)
    taxonomy, parts = single_taxonomy(corpus, layer), parts_of(corpus, split)
    header: dict[str, Scalar] = {
        "corpus": keys_sha256(item.key for item in corpus),
        "split_sha256": split.sha256,
        "command": command,
        "model": name,
        "run": "-".join([name, *([learned] if name == "text-stream" else []), pooling]),
        "seed": number,
        "languages": pooling,
        "emos_io": version("emos-io"),
        "numpy": np.__version__,
    }
    if any(is_synthetic(item) for part in parts for item in (*part.train, *part.test)):
        header["synthetic"] = True
    has_streams = any(isinstance(item, Monologue) for part in parts for item in part.test)
    if name.startswith("text"):
        header["scikit_learn"] = scikit_learn_version()
    if name == "text-stream":
        header |= {"train": learned, "form": "decisions"}
    elif name != "text" and has_streams:
        header["form"] = "segments"
    rows = _rows(name, corpus, parts, taxonomy, number, learned, by_language=pooling == "each", progress=progress)
    return Predictions(tuple(rows), header, name=str(header["run"]))


def _rows(
    name: Baseline,
    corpus: Corpus,
    parts: Sequence[Part],
    taxonomy: Taxonomy,
    seed: int,
    train: TrainOn,
    *,
    by_language: bool,
    progress: Callable[[int, int], None] | None,
) -> Iterator[Prediction]:
    if name in ("majority", "prior"):
        check_truth(parts, taxonomy)
        choose = most_frequent if name == "majority" else drawn(seed)
        for part in parts:
            yield from predict_by_frequency(part, taxonomy, choose, by_language=by_language)
        return
    kind = Clip if name == "text" else Monologue
    if not any(isinstance(item, kind) for part in parts for item in part.test):
        other, what, use = ("monologues", "clips", "text-stream") if kind is Clip else ("clips", "monologues", "text")
        raise InvalidArgument(
            f"split must have {what} to test with {name!r}, got {other} alone; use {use!r}, or another split"
        )
    pairs = _known_texts(corpus, parts, taxonomy, "clips" if name == "text" else train)
    if not any(known for _, known in pairs):
        what = "sentences of monologues" if name == "text-stream" and train == "streams" else "clips"
        raise InvalidArgument(
            f"layer must be one in which {what} of train have a label and a text, got {taxonomy.name!r}, in which "
            "none has both; give another layer, or read a corpus with texts"
        )
    models_needed = {
        (id(known), item.language if by_language else "")
        for part, known in pairs
        for item in part.test
        if isinstance(item, kind)
    }
    total, done = len(models_needed), 0
    if progress is not None:
        progress(0, total)

    def fitted() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    models: dict[int, TextModels] = {}
    predict = predict_clips if name == "text" else predict_streams
    for part, known in pairs:
        if id(known) not in models:
            models[id(known)] = TextModels(known, taxonomy, by_language=by_language, fitted=fitted)
        yield from predict(part, models[id(known)])


def _known_texts(
    corpus: Corpus, parts: Sequence[Part], taxonomy: Taxonomy, train: TrainOn
) -> list[tuple[Part, list[LabelledText]]]:
    """Return each part with the texts that its models learn from: one and the same list where these are the same."""
    if train == "streams":
        items = {item.key: item for part in parts for item in part.train if isinstance(item, Monologue)}
        sentences = {key: labelled_sentences(item, taxonomy) for key, item in items.items()}
        keys = [sorted(item.key for item in part.train) for part in parts]
        return [
            (part, [each for key in own for each in sentences.get(key, ())])
            for part, own in zip(parts, keys, strict=True)
        ]
    if not any(isinstance(item, Clip) for part in parts for item in (*part.train, *part.test)):
        # The split is of monologues alone: no clip is on any side.
        known = labelled_clips(corpus.clips, taxonomy)
        return [(part, known) for part in parts]
    return [(part, labelled_clips([item for item in part.train if isinstance(item, Clip)], taxonomy)) for part in parts]
