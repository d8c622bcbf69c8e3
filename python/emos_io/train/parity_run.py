"""The check of parity on a run of `emos train`: some items of its train side, asked as `emos predict` asks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from .._checks import integer
from ..corpus import Corpus
from ..evaluation.parsing import parse_clip
from ..inference import Dtype, FrameOptions, Questions, TransformersEngine
from ..pipes import VideoSpec
from .lora.answers import window_labels
from .lora.scoring import conversation_of
from .lora.tuned import load_tuned
from .lora.windows import learned_side, learning_family, recipe_prompt, taxonomies
from .parity import LEAST_LABELS, MOST_ITEMS, Parity, check_parity
from .run_folder import Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_JOINT = " + "
"""Between labels of a set."""


@dataclass(frozen=True, slots=True)
class _Train:
    """The train side of a run, in the order of the corpus."""

    corpus: Corpus
    train: Sequence[str]
    validation: Sequence[str]


def check_run(
    run: Run,
    corpus: Corpus,
    *,
    num_items: int = 8,
    seed: int | None = None,
    device: str = "cpu",
    dtype: Dtype | None = None,
) -> Parity:
    """Ask a fine-tuned model about windows that it was trained with, and say whether prediction sees what training saw.

    Windows are chosen label by label in turn, so that all labels of the train side are among them as far as they fit.

    Args:
        run: A run of the kind ``"lora"``.
        corpus: The corpus that it was trained with, its media linked.
        num_items: Windows that are asked about, 2 to 64; all where the side has fewer.
        seed: Which model of the run; that of its first seed if left out.
        device: A device of torch.
        dtype: The type of the base's weights; that of the recipe if left out.

    Returns:
        What `check_parity` found; the labels are those of the recipe's first layer, joined where they are a set.

    Raises:
        InvalidArgument: The run is of another kind, or its train side has windows of one label alone.
        EmosError: The model or a window cannot be read.
        ImportError: transformers or peft is not installed.

    Cost: reading the weights, and three answers for each item; frames and audio of all items are kept in memory.

    Example:
        >>> from emos_io.train import read_run                                  # doctest: +SKIP
        >>> found = check_run(read_run("run"), corpus)                          # doctest: +SKIP
        >>> found.learned, found.given_back, found.findings()                   # doctest: +SKIP
        (8, 8, ())
    """
    integer(num_items, "num_items", "8 are enough to see it", least=LEAST_LABELS, most=MOST_ITEMS)
    tuned = load_tuned(run, seed, device=device, dtype=dtype)
    recipe = tuned.recipe
    own = run.split().train
    # In the order of the corpus, each once: the side of validation is read like that.
    side = learned_side(recipe, _Train(corpus, own, own), "validation")
    layers, prompt = taxonomies(recipe, corpus), recipe_prompt(recipe)
    first = layers[0].name
    items = {item.key: item for item in corpus}
    labels = {
        window.key: _JOINT.join(sorted(window_labels(items[window.item], window.label_span, layers[:1])[first]))
        for window in side.plan.windows()
        if side.answers.texts[window.key] is not None
    }
    chosen = chosen_keys(labels, num_items)
    options = tuned.options
    model: Any = tuned.model
    engine = TransformersEngine(
        model,
        tuned.processor,
        max_new_tokens=recipe.prompt.max_new_tokens,
        frames=FrameOptions(
            pixels=options["pixels"], missing_frames=options["missing_frames"], odd_frames=options["odd_frames"]
        ),
    )
    family = learning_family(recipe, tuned.family, tuned.processor, conversation_of(recipe, corpus, side.answers.texts))
    questions = Questions(
        plan=side.plan,
        conversation=conversation_of(recipe, corpus),
        answered=frozenset(window.key for window in side.plan.windows() if window.key not in chosen),
        video=VideoSpec(family.video.fps, family.video.size, fit=family.video.fit),
        audio=engine.audio,
        missing_audio=options["missing_audio"],
        on_error="raise",
    )

    def read(text: str) -> str | None:
        found = parse_clip(text, prompt, layers).labels.get(first)
        return None if found is None else _JOINT.join(sorted(found))

    return check_parity(engine, questions, read, labels=labels, model=model, family=family)


def chosen_keys(labels: Mapping[str, str], num_items: int) -> list[str]:
    """Return keys label by label in turn, in the order of the keys.

    Example:
        >>> chosen_keys({"a": "Joy", "b": "Joy", "c": "Fear", "d": "Joy"}, 3)
        ['a', 'c', 'b']
    """
    by_label: dict[str, list[str]] = {}
    for key, label in labels.items():
        by_label.setdefault(label, []).append(key)
    turns = zip_longest(*by_label.values())
    return [key for turn in turns for key in turn if key is not None][:num_items]
