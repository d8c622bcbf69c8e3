"""Labels: the unmasked ids decode to each answer and its end, and to nothing else."""

from __future__ import annotations

import copy
import dataclasses
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io import InvalidArgument
from emos_io.adapters import Family, Message
from emos_io.testing.tiny_models import TinyFamily

pytest.importorskip("transformers")

from processors_help import FAMILIES, SMALL, made_sample, make_family, pair, talk, unmasked_texts

END = "<|im_end|>"
DEFAULT_SYSTEM = (
    "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
)
"""As the templates of released models begin."""

texts = st.text(st.characters(codec="utf-8"), max_size=20).filter(lambda text: "<|" not in text)
"""Texts that spell no token: those are refused."""


@pytest.fixture(scope="module", params=FAMILIES)
def name(request: pytest.FixtureRequest) -> TinyFamily:
    family: TinyFamily = request.param
    return family


@cache
def sample_of(name: TinyFamily) -> Any:
    return made_sample(make_family(name, size=SMALL))


@given(answers=st.lists(texts, max_size=4), ends_with_question=st.booleans(), turns=st.sampled_from(["all", "last"]))
@settings(max_examples=40)
def test_unmasked_ids_are_the_answers_and_their_ends(
    name: TinyFamily, answers: list[str], ends_with_question: bool, turns: Any
) -> None:
    conversation = talk(*answers, ends_with_question=ends_with_question)
    family = make_family(name, conversation, size=SMALL, turns=turns, unlabelled="allow", guard=False)
    batch: Any = family([sample_of(name)])
    expected = answers
    if turns == "last":
        expected = [] if ends_with_question else answers[-1:]
    assert unmasked_texts(batch, family) == ["".join(answer + END for answer in expected)]
    # Each label is the id of its own place.
    is_label = batch["labels"] != -100
    assert (batch["labels"][is_label] == batch["input_ids"][is_label]).all()
    assert batch["num_items_in_batch"] == max(1, int(is_label.sum()))
    # A byte is a token here.
    assert int(is_label.sum()) == sum(len(answer.encode()) + 1 for answer in expected)


@pytest.mark.parametrize("turns", ["all", "last"])
def test_rows_of_a_padded_batch_have_their_own_labels(name: TinyFamily, turns: Any) -> None:
    family = make_family(name, _by_number, size=SMALL, turns=turns)
    samples = [made_sample(family, seconds, seed=seed) for seed, seconds in enumerate((1, 3, 2))]
    batch = family(samples)
    full = ["", f"a{END}", f"a{END}aa{END}"] if turns == "all" else ["", f"a{END}", f"aa{END}"]
    assert unmasked_texts(batch, family) == full


def _by_number(sample: Any) -> list[Message]:
    """As many answers as the number of the window."""
    return list(talk(*["a" * (index + 1) for index in range(sample.number)])(sample))


def test_a_template_may_begin_with_a_system_prompt(name: TinyFamily) -> None:
    family = _with_template(name, lambda template: DEFAULT_SYSTEM + template)
    batch: Any = family([sample_of(name)])
    assert unmasked_texts(batch, family) == [f"Joy{END}"]
    assert family.processor.tokenizer.decode(batch["input_ids"][0]).startswith("<|im_start|>system\nYou are")
    assert family.num_tokens(sample_of(name)) == batch["input_ids"].shape[1]


def test_answers_that_look_like_headers_are_answers(name: TinyFamily) -> None:
    answer = "assistant\nim_start assistant\n"
    family = make_family(name, talk(answer, "b"), size=SMALL)
    assert unmasked_texts(family([sample_of(name)]), family) == [f"{answer}{END}b{END}"]


@pytest.mark.parametrize(
    "change",
    [
        # Thoughts around the answer, text cut off at its ends, another name of the role, no end.
        ("<|im_start|>{{ message['role'] }}\n", "<|im_start|>{{ message['role'] }}\n<think></think>"),
        ("{{ part['text'] }}", "{{ part['text'] | trim }}"),
        ("{{ message['role'] }}", "{{ message['role'] | replace('assistant', 'model') }}"),
        ("{% endif %}<|im_end|>\n{% endfor %}", "{% endif %}\n{% endfor %}"),
    ],
)
def test_a_template_that_changes_answers_is_refused(name: TinyFamily, change: tuple[str, str]) -> None:
    assert change[0] in str(pair(name).processor.chat_template)
    family = _with_template(name, lambda template: template.replace(*change), answer=" Joy ")
    with pytest.raises(InvalidArgument, match="chat template must write each answer as it is") as caught:
        family([sample_of(name)])
    assert caught.value.key == sample_of(name).key


@pytest.mark.parametrize("window", ["", "WINDOWWINDOW"])
def test_a_template_without_one_video_is_refused(name: TinyFamily, window: str) -> None:
    processor = pair(name).processor
    (placeholder,) = [
        part
        for part in ("<|vision_bos|><|VIDEO|><|vision_eos|>", "<|vision_start|><|video_pad|><|vision_end|>")
        if part in str(processor.chat_template)
    ]
    family = _with_template(name, lambda template: template.replace(placeholder, window.replace("WINDOW", placeholder)))
    with pytest.raises(InvalidArgument, match="chat template must make one") as caught:
        family([sample_of(name)])
    assert caught.value.key == sample_of(name).key
    with pytest.raises(InvalidArgument, match="chat template must make one"):
        family.num_tokens(sample_of(name))


def test_a_tokenizer_that_joins_the_header_and_the_answer_is_refused(name: TinyFamily) -> None:
    """Tokenizers of released models have a token of two line breaks."""
    from tokenizers import Tokenizer, models

    processor = copy.deepcopy(pair(name).processor)
    state = json.loads(processor.tokenizer.backend_tokenizer.to_str())
    vocabulary = state["model"]["vocab"]
    joined = Tokenizer.from_str(json.dumps(state))
    merged = {**vocabulary, "ĊĊ": len(state["added_tokens"]) + len(vocabulary)}
    joined.model = models.BPE(vocab=merged, merges=[("Ċ", "Ċ")])
    processor.tokenizer._tokenizer = joined
    options: dict[str, Any] = {"fps": 2, "size": SMALL, "pixels": (28 * 28, 112 * 448)}
    family = FAMILIES[name](processor, talk("\n\nJoy"), **options)
    assert len(processor.tokenizer.encode("\n\n")) == 1
    with pytest.raises(InvalidArgument, match="chat template must write each answer as it is"):
        family([sample_of(name)])
    usual = FAMILIES[name](processor, talk("Joy"), **options)
    assert unmasked_texts(usual([sample_of(name)]), usual) == [f"Joy{END}"]


def test_windows_that_were_not_read_have_no_labels(name: TinyFamily) -> None:
    family = make_family(name, talk("Joy"), size=SMALL)
    sample = sample_of(name)
    batch = family([dataclasses.replace(sample, valid=False), sample])
    assert unmasked_texts(batch, family) == ["", f"Joy{END}"]


def test_first_batch_must_have_a_label_once(name: TinyFamily) -> None:
    family = make_family(name, _if_positive, size=SMALL)
    without, with_label = (made_sample(family, seed=seed) for seed in (0, 1))
    for _ in range(2):
        with pytest.raises(InvalidArgument, match=r"first batch must have a label, got none in 1 windows; "):
            family([without])
    family([with_label])
    batch: Any = family([without])
    assert batch["num_items_in_batch"] == 1
    assert pair(name).model(**batch).loss.item() == 0
    make_family(name, _if_positive, size=SMALL, unlabelled="allow")([without])
    make_family(name, _if_positive, size=SMALL).for_generation()([without])


def _if_positive(sample: Any) -> list[Message]:
    return list(talk(*(["Joy"] if sample.number else []))(sample))


def _with_template(name: TinyFamily, change: Any, answer: str = "Joy") -> Family:
    """A family whose processor has another chat template."""
    processor = copy.copy(pair(name).processor)
    processor.chat_template = change(processor.chat_template)
    return FAMILIES[name](processor, talk(answer), fps=2, size=SMALL, pixels=(28 * 28, 112 * 448))
