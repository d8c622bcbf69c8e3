"""The engine `transformers`: a tiny model of each family asked on the command line, killed and asked again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from run_emos import emos_here

from emos_io.adapters import lengths
from emos_io.corpus import Corpus, taxonomy
from emos_io.errors import InvalidArgument, SourceNotFound, SourceUnreadable, TooLarge
from emos_io.evaluation import read_predictions
from emos_io.evaluation.prompts import prompt
from emos_io.inference import (
    AskOptions,
    FrameOptions,
    PlanChoice,
    PromptConversation,
    Questions,
    TransformersEngine,
    fitted_plan,
    predict_model,
    read_saved_model,
    saved_engine,
    stream_plan,
)
from emos_io.pipes import VideoSpec
from emos_io.plan import WindowPlan
from emos_io.testing import tiny_corpus
from emos_io.testing.tiny_models import TinyFamily, save_tiny_pair

FAMILIES: list[Any] = [
    "qwen2_5_omni",
    pytest.param("qwen3_omni", marks=pytest.mark.slow),
    pytest.param("qwen2_5_vl", marks=pytest.mark.slow),
]
NEW_TOKENS = 8


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return tiny_corpus(tmp_path_factory.mktemp("media"), fps=4)


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    family: TinyFamily = request.param
    return save_tiny_pair(tmp_path_factory.mktemp("model") / family, family)


@pytest.fixture(scope="module")
def engine(folder: Path) -> TransformersEngine:
    return saved_engine(
        read_saved_model(folder), dtype="float32", device="cpu", max_new_tokens=NEW_TOKENS, frames=FrameOptions()
    )


def questions(engine: TransformersEngine, corpus: Corpus) -> Questions:
    conversation = PromptConversation(prompt=prompt("clip-words-1"), layers=(taxonomy("basic7"),), language="en")
    plan = WindowPlan(corpus, by="clip", labels=None, order="sequential")
    return Questions(plan=plan, conversation=conversation, video=VideoSpec(2, (56, 56)), audio=engine.audio)


def options(**values: object) -> AskOptions:
    base = AskOptions(plan=PlanChoice(kind="clips"), size=(56, 56), layers=["basic7"], max_new_tokens=NEW_TOKENS)
    return replace(base, **values)  # type: ignore[arg-type]


def test_an_answer_is_the_likeliest_token_each_time(engine: TransformersEngine, corpus: Corpus) -> None:
    asked = questions(engine, corpus)
    answers = {answer.key: answer for answer in engine.answers(asked)}
    assert list(answers) == [window.key for window in asked.plan.windows()]
    family = engine.family(asked)
    model: Any = engine._model
    tokenizer: Any = engine._processor.tokenizer
    with replace(asked, video=family.video, audio=family.audio).loader(family) as loader:
        for batch in loader:
            inputs: dict[str, Any] = dict(batch.inputs)
            first = inputs["input_ids"].shape[1]
            with torch.no_grad():
                for _ in range(NEW_TOKENS):
                    scores = model(**inputs, use_cache=False).logits[0, -1]
                    token = scores.argmax().reshape(1, 1)
                    if int(token) in engine._ends():
                        break
                    inputs["input_ids"] = torch.cat([inputs["input_ids"], token], dim=1)
                    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
                    if "mm_token_type_ids" in inputs:
                        kinds = inputs["mm_token_type_ids"]
                        inputs["mm_token_type_ids"] = torch.cat([kinds, torch.zeros_like(token)], dim=1)
            text = tokenizer.decode(inputs["input_ids"][0, first:], skip_special_tokens=True)
            assert answers[batch.keys[0]].text == text


def test_the_command_line_predicts_and_goes_on(folder: Path, corpus: Corpus, tmp_path: Path) -> None:
    saved = tmp_path / "corpus"
    corpus.save(saved)
    words = (
        "predict",
        folder,
        saved,
        "--out",
        tmp_path / "p.jsonl",
        "--size",
        "56,56",
        "--max-new-tokens",
        str(NEW_TOKENS),
    )
    found = emos_here(*words, "--json")
    assert found.returncode == 0, found.stderr
    counts = json.loads(found.stdout)
    assert (counts["requests"], counts["answered"], counts["failed"], counts["predictions"]) == (4, 4, 0, 8)
    read = read_predictions(tmp_path / "p.jsonl")
    assert read.header["engine"] == "transformers"
    assert read.header["sampling"] == "greedy"
    assert read.header["max_new_tokens"] == NEW_TOKENS
    assert len(str(read.header["model_sha256"])) == 64
    assert read.header["prompt"] == "clip-json-1"
    again = json.loads(emos_here(*words, "--json").stdout)
    assert (again["answered"], again["predictions_sha256"]) == (0, counts["predictions_sha256"])


SCRIPT = """
import sys
from pathlib import Path
from emos_io.corpus import load
from emos_io.inference import *
from dataclasses import replace
folder, corpus, out, log = sys.argv[1:]
engine = saved_engine(read_saved_model(folder), dtype="float32", device="cpu", max_new_tokens=8, frames=FrameOptions())
answers = engine.answers
def logged(questions):
    for answer in answers(questions):
        with open(log, "a") as file:
            file.write(answer.key + "\\n")
        yield answer
engine.answers = logged
options = AskOptions(plan=PlanChoice(kind="windows", length=2, hop=1), size=(56, 56), layers=["basic7"], max_new_tokens=8)
predict_model(engine, load(corpus), out, options, counter=engine.counter, audio=engine.audio)
"""


@pytest.mark.slow
def test_a_run_that_is_killed_asks_no_recorded_window_again(folder: Path, corpus: Corpus, tmp_path: Path) -> None:
    saved, out, log = tmp_path / "corpus", tmp_path / "p.jsonl", tmp_path / "log"
    corpus.save(saved)
    words = [sys.executable, "-c", SCRIPT, str(folder), str(saved), str(out), str(log)]
    with subprocess.Popen(words, env=os.environ) as process:
        while process.poll() is None and (not out.exists() or out.read_bytes().count(b"\n") < 5):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    recorded = read_predictions(out)
    asked = log.read_text().splitlines()
    assert len(recorded) in (len(asked), len(asked) - 1)
    assert subprocess.run(words, env=os.environ, check=True).returncode == 0
    complete = log.read_text().splitlines()
    again = complete[len(asked) :]
    assert not set(again) & set(asked[: len(recorded)])
    assert set(asked) | set(again) == {
        window.key for window in WindowPlan(corpus, 2, 1, labels=None, order="sequential").windows()
    }
    assert out.read_bytes().count(b'"raw"') == len(set(complete))


def test_a_context_that_is_overrun_says_what_would_fit(
    engine: TransformersEngine, corpus: Corpus, tmp_path: Path
) -> None:
    asked = questions(engine, corpus)
    most = int(lengths(asked.plan, engine.family(asked)).max())
    with pytest.raises(InvalidArgument, match=r"windows must have at most \d.* choose .*windows of at most \d+ s"):
        predict_model(
            engine,
            corpus,
            tmp_path / "p.jsonl",
            options(max_tokens=most - 1 + NEW_TOKENS, prompt="clip-words-1", language="en"),
            counter=engine.counter,
            audio=engine.audio,
        )
    assert not (tmp_path / "p.jsonl").exists()


def test_chunks_of_streams_are_the_longest_that_fit(engine: TransformersEngine, corpus: Corpus) -> None:
    conversation = PromptConversation(prompt=prompt("stream-json-1"), layers=(taxonomy("basic7"),), language="en")
    base = replace(questions(engine, corpus), conversation=conversation)
    # The monologues have 10 and 8 seconds.
    most = {}
    for seconds in (4, 5, 10):
        plan = stream_plan(corpus.monologues, Fraction(seconds))
        most[seconds] = int(lengths(plan, engine.family(replace(base, plan=plan))).max())
    asked = replace(base, plan=stream_plan(corpus.monologues))

    def longest(max_tokens: int) -> tuple[Fraction, bool]:
        fitted = fitted_plan(
            asked,
            engine.counter,
            max_tokens=max_tokens + NEW_TOKENS,
            answer_tokens=NEW_TOKENS,
            rule="cut",
            monologues=corpus.monologues,
        )
        return max(window.span.duration for window in fitted.plan.windows()), fitted.chunk is not None

    assert longest(most[10]) == (Fraction(10), False)
    assert longest(most[5]) == (Fraction(5), True)
    assert longest(most[5] - 1) == (Fraction(4), True)


def test_memory_that_does_not_suffice_is_one_line(
    engine: TransformersEngine, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "p.jsonl"
    model: Any = engine._model
    generate, calls = model.generate, []

    def full(**values: object) -> object:
        calls.append(1)
        if len(calls) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB\nmore")
        return generate(**values)

    monkeypatch.setattr(model, "generate", full)
    with pytest.raises(
        TooLarge, match=r"a batch of 1 windows .* must fit into the memory of cpu, got .*lower --batch-size"
    ):
        predict_model(engine, corpus, out, options(), counter=engine.counter, audio=engine.audio)
    assert len(read_predictions(out)) == 2


def test_models_that_are_none_of_the_families_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="model must be a folder of a saved model with its processor"):
        read_saved_model(tmp_path / "none")
    text = tmp_path / "text"
    text.mkdir()
    (text / "config.json").write_text('{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}')
    with pytest.raises(InvalidArgument, match=r"model must be a model that sees, got one of the type llama"):
        read_saved_model(text)
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            (lacking / path.name).write_bytes(path.read_bytes())
    with pytest.raises(SourceUnreadable, match="transformers reads no model from this model"):
        read_saved_model(lacking).load("float32")


def test_a_model_of_another_family_than_its_processor_is_refused(tmp_path: Path) -> None:
    saved = save_tiny_pair(tmp_path / "base", "qwen2_5_omni")
    config = json.loads((saved / "config.json").read_text())
    for kind in ("qwen9_omni", "qwen3_omni_moe_thinker", None):
        (saved / "config.json").write_text(json.dumps({**config, "model_type": kind}))
        with pytest.raises(InvalidArgument, match="must be a model of the family of its processor") as caught:
            read_saved_model(saved)
        assert str(saved) in str(caught.value)
