"""Tokens of a plan are counted before anything is decoded; what has too many is named, and what would make it fit is true."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from guard_help import guarded_family
from processors_help import FAMILIES, counting_plan, counting_samples, made_sample, make_family, pair

from emos_io.adapters import Family, Message, Qwen2_5Omni, ask, fit_tokens, lengths, too_long
from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument, OutOfSync
from emos_io.pipes import WindowSample
from emos_io.plan import WindowPlan
from emos_io.testing import make_monologue
from emos_io.testing.tiny_models import TinyFamily, tiny_processor

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

LIMIT = 32_768
"""Tokens of a sequence."""
OF_THE_RELEASE = 5
"""Streams of 46 that have more even at the smallest size of Qwen2.5-Omni at 2 frames a second: those over 214 s."""
SMALLEST = (224, 448)
"""100,352 pixels, the fewest of its processor: 128 tokens a pair of frames."""


def plan_of(*seconds: int) -> WindowPlan:
    """One window an item, as long as it is."""
    items = [make_monologue(f"own/{n}", length, [(0, length, "Joy")]) for n, length in enumerate(seconds)]
    return plan_of_items(items)


def plan_of_items(items: Any) -> WindowPlan:
    plans = [WindowPlan([item], item.duration, order="sequential") for item in items]
    return WindowPlan.mix(plans, num_lanes=1, order="sequential")


def long_processor(chunk_length: int) -> Any:
    """A processor of Qwen2.5-Omni whose feature extractor takes this many seconds."""
    from transformers import WhisperFeatureExtractor

    processor = tiny_processor("qwen2_5_omni")
    processor.feature_extractor = WhisperFeatureExtractor(feature_size=128, chunk_length=chunk_length)
    return processor


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counting")


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_lengths_are_the_tokens_that_the_processor_makes(name: TinyFamily, folder: Path) -> None:
    family = make_family(name)
    found = lengths(counting_plan(folder), family)
    assert found.dtype == np.int64
    samples = counting_samples(family, folder)
    assert found.tolist() == [_tokens(family([sample])) for sample in samples]
    # Answers of several lengths, so that one count is not right for all.
    assert len(set(found.tolist())) > 1


def _tokens(inputs: Any) -> int:
    return int(inputs["input_ids"].shape[1])


def test_windows_with_more_tokens_are_named() -> None:
    family, plan = guarded_family("qwen3_omni", size=(64, 64)), plan_of(4, 9, 4, 30)
    counts = lengths(plan, family)
    limit = int(counts[1])
    assert [(each.key, each.number, each.tokens, each.seconds) for each in too_long(plan, family, limit)] == [
        (plan.window(3).key, 3, counts[3], Fraction(30))
    ]
    assert [each.number for each in too_long(plan, family, limit - 1)] == [1, 3]
    assert too_long(plan, family, int(counts.max())) == []


def _streams_by_arithmetic(release: Corpus) -> dict[str, int]:
    """Tokens of video and audio of each stream: 128 a pair of frames at 2 a second, and half a token a 20 ms of audio."""
    found = {}
    for item in release.monologues:
        num_frames = -int(-2 * item.duration // 1)
        num_feature_frames = -int(-round(item.duration * 16_000) // 160)
        found[item.key] = 128 * -(-num_frames // 2) + -(-num_feature_frames // 2) // 2
    return found


def test_five_streams_of_the_release_do_not_fit_at_the_smallest_size(release: Corpus) -> None:
    family = Qwen2_5Omni(
        long_processor(640), ask("?", lambda sample: "Joy"), fps=2, size=SMALLEST, odd_frames="repeat_last"
    )
    assert family.video.size == SMALLEST
    plan = plan_of_items(release.monologues)
    assert len(plan) == 46
    found = too_long(plan, family, LIMIT)
    by_arithmetic = _streams_by_arithmetic(release)
    over = {key for key, tokens in by_arithmetic.items() if tokens > LIMIT}
    assert len(over) == OF_THE_RELEASE
    assert {each.key.split("@")[0] for each in found} == over
    counts = lengths(plan, family)
    # Of every stream the same number of tokens is text: the question, the answer and the marks around them.
    text = {int(count) - by_arithmetic[plan.window(n).item] for n, count in enumerate(counts)}
    assert len(text) == 1
    fit = fit_tokens(plan, family, LIMIT)
    assert (fit.num_windows, fit.num_too_long, fit.most_tokens) == (46, OF_THE_RELEASE, int(counts.max()))
    # The processor makes no smaller frames, and 639 s need 42,000 tokens at 1 frame a second.
    assert [(each.change, each.max_seconds) for each in fit.options] == [
        ("length", Fraction(_most_seconds(text.pop())))
    ]
    assert str(fit).startswith(
        f"5 of 46 windows have more than 32,768 tokens, at most {counts.max():,}; nothing is cut off"
    )


def _most_seconds(text: int) -> int:
    """The whole seconds of a window that fit, tried one by one."""
    return max(s for s in range(1, 640) if 128 * s + 25 * s + text <= LIMIT)


def family_of(name: TinyFamily, **options: Any) -> Family:
    """A family whose windows all have the same text."""
    return make_family(name, ask("Which?", lambda sample: "Joy"), **options)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_what_is_proposed_fits_and_a_step_less_does_not(name: TinyFamily) -> None:
    family, plan = family_of(name, fps=4, size=(224, 224), pixels=(3_136, 50_176)), plan_of(4, 20, 28)
    limit = int(lengths(plan, family).max()) // 2
    fit = fit_tokens(plan, family, limit)
    assert [option.change for option in fit.options] == ["fps", "size", "length"]
    slower, smaller, shorter = fit.options
    for option, changed in (
        (slower, family_of(name, fps=slower.fps, size=(224, 224), pixels=(3_136, 50_176))),
        (smaller, family_of(name, fps=4, size=smaller.size, pixels=(3_136, 50_176))),
    ):
        assert (option.fps, option.size) == (changed.video.fps, changed.video.size)
        assert int(lengths(plan, changed).max()) == option.max_tokens <= limit
    faster = family_of(name, fps=slower.fps + 1, size=(224, 224), pixels=(3_136, 50_176))
    assert int(lengths(plan, faster).max()) > limit
    assert shorter.max_seconds is not None
    seconds = int(shorter.max_seconds)
    assert int(lengths(plan_of(seconds), family).max()) == shorter.max_tokens <= limit
    assert int(lengths(plan_of(seconds + 1), family).max()) > limit
    assert str(fit).splitlines() == [
        f"2 of 3 windows have more than {limit:,} tokens, at most {fit.most_tokens:,}; nothing is cut off, choose one:",
        f"  fewer frames a second, fps={slower.fps}: at most {slower.max_tokens:,} tokens",
        f"  smaller frames, size={smaller.size[0]},{smaller.size[1]}: at most {smaller.max_tokens:,} tokens",
        f"  windows of at most {seconds} s: at most {shorter.max_tokens:,} tokens",
    ]


def test_where_all_fit_nothing_is_proposed_and_where_the_text_is_too_long_nothing_helps() -> None:
    family, plan = guarded_family("qwen3_omni", size=(64, 64)), plan_of(4)
    count = int(lengths(plan, family)[0])
    fits = fit_tokens(plan, family, count)
    assert (fits.options, str(fits)) == ((), f"all 1 windows fit into {count} tokens, at most {count}")
    none = fit_tokens(plan, family, 5)
    assert none.options == ()
    assert str(none).endswith("; neither fewer frames nor smaller ones nor shorter windows are enough")


@pytest.mark.parametrize("limit", [0, -1, 1.5, None, True])
def test_a_limit_is_a_count(limit: Any) -> None:
    family, plan = guarded_family("qwen3_omni", size=(64, 64)), plan_of(4)
    for count in (too_long, fit_tokens):
        with pytest.raises(InvalidArgument, match=r"^max_tokens must be an integer from 1 to "):
            count(plan, family, limit)


def test_a_window_out_of_step_is_named() -> None:
    family = guarded_family("qwen2_5_omni", size=(28, 56))
    slow = _slow(family)
    with pytest.raises(OutOfSync, match=r"^fps must be at least 1 for Qwen2.5-Omni, got 0.5") as caught:
        lengths(plan_of(8), slow)
    assert caught.value.key == plan_of(8).window(0).key


def _slow(family: Family) -> Family:
    family.video = replace(family.video, fps="1/2")
    return family


def test_each_shape_is_counted_once_and_each_text_by_itself() -> None:
    family = make_family("qwen3_omni", ask("?", _answer), size=(64, 64))
    calls: list[str | None] = []
    counted = family.num_tokens

    class Counting:
        def __call__(self, sample: WindowSample) -> int:
            calls.append(sample.key)
            return counted(sample)

    family.num_tokens = Counting()  # type: ignore[method-assign]
    plan = WindowPlan([make_monologue("own/a", 100, [(0, 100, "Joy")])], 2, 1, order="sequential")
    found = lengths(plan, family)
    assert len(found) == 99
    assert len(calls) == 2
    assert set(found[::2]) == {found[1] - 2}


def _answer(sample: WindowSample) -> str:
    return "Joy" if (sample.number or 0) % 2 == 0 else "Joyed"


REFUSED: list[tuple[TinyFamily, Any, str]] = [
    ("qwen2_5_omni", 40, "window must be at most 30 s"),
    ("qwen2_5_omni", "0.01", "window must be long enough for a token"),
    ("qwen3_omni", "0.01", "window must be more than"),
    *[(name, "2.5", "frames must be a multiple of 2, got 5") for name in sorted(FAMILIES)],
]


@pytest.mark.parametrize(("name", "seconds", "text"), REFUSED)
def test_what_the_family_refuses_is_known_before_it_is_read(name: TinyFamily, seconds: Any, text: str) -> None:
    family = family_of(name, size=(64, 64), odd_frames="repeat_last" if seconds == "0.01" else "raise")
    item = make_monologue("own/b", Fraction(seconds), [(0, Fraction(seconds), "Joy")])
    plan = plan_of_items([make_monologue("own/a", 4, [(0, 4, "Joy")]), item])
    with pytest.raises(InvalidArgument) as by_family:
        family([made_sample(family, seconds, key=plan.window(1).key)])
    assert str(by_family.value).startswith(text)
    (found,) = too_long(plan, family, LIMIT)
    assert (found.number, found.key, found.seconds) == (1, plan.window(1).key, Fraction(seconds))
    assert str(by_family.value) == f'{found.reason}: "{found.key}"' or str(by_family.value) == found.reason
    with pytest.raises(InvalidArgument) as by_lengths:
        lengths(plan, family)
    assert (str(by_lengths.value), by_lengths.value.key) == (str(by_family.value), found.key)
    fit = fit_tokens(plan, family, LIMIT)
    assert (fit.num_too_long, fit.num_refused, fit.refusal) == (0, 1, str(by_family.value))
    assert "and 1 are refused, the first with: " in str(fit)


def test_a_window_without_known_audio_is_counted_and_listed() -> None:
    plan = plan_of(40)
    family = family_of("qwen2_5_omni", size=(28, 56), missing_audio="omit")
    assert len(lengths(plan, family)) == 1
    assert [each.number for each in too_long(plan, family, LIMIT)] == [0]
    # The family takes it where the file turns out to be without audio.
    silent = made_sample(family, 40, hears=False)
    assert _tokens(family([silent])) == int(lengths(plan, family)[0]) - 2 - 1_000


@pytest.mark.parametrize(
    ("seconds", "odd_frames"), [("2.5", "raise"), (17, "raise"), (34, "raise"), (34, "repeat_last")]
)
@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_the_family_takes_what_is_proposed(name: TinyFamily, seconds: Any, odd_frames: str) -> None:
    def made(**options: Any) -> Family:
        options = {"fps": 2, "size": (64, 128), "pixels": (784, 8_192), "odd_frames": odd_frames, **options}
        return family_of(name, **options)

    family = made()
    item = make_monologue("own/a", Fraction(seconds), [(0, Fraction(seconds), "Joy")])
    counted = fit_tokens(plan_of_items([item]), family, 1)
    options = [fit_tokens(plan_of_items([item]), family, counted.most_tokens * part // 100) for part in (99, 60, 30)]
    proposed = [option for each in options for option in each.options]
    assert proposed
    for option in proposed:
        changed = made(fps=option.fps, size=option.size)
        length = Fraction(seconds) if option.max_seconds is None else option.max_seconds
        assert _tokens(changed([made_sample(changed, length)])) == option.max_tokens


def _unsaid(sample: WindowSample) -> Any:
    return None


CONVERSATIONS: dict[str, Any] = {
    "dicts": lambda sample: [{"role": "user", "content": "?"}],
    "nothing": _unsaid,
    "a number": lambda sample: 3,
    "a text": lambda sample: "Which?",
    "a list as text": lambda sample: [Message("user", ["Which?"], window=True)],  # type: ignore[arg-type]
    "a generator": lambda sample: (message for message in [Message("user", "Which?", window=True)]),
}


@pytest.mark.parametrize("what", CONVERSATIONS)
def test_a_conversation_that_is_none_is_refused_with_one_line(what: str) -> None:
    family, plan = make_family("qwen3_omni", CONVERSATIONS[what], size=(64, 64)), plan_of(4)
    for call in (lambda: lengths(plan, family), lambda: too_long(plan, family, 9), lambda: fit_tokens(plan, family, 9)):
        with pytest.raises(InvalidArgument, match=r"^(conversation|text of a message) must ") as caught:
            call()
        assert "\n" not in str(caught.value)


def test_a_fault_within_a_conversation_is_its_own() -> None:
    def broken(sample: WindowSample) -> Any:
        raise TypeError("of the conversation")

    with pytest.raises(TypeError, match=r"^of the conversation$"):
        lengths(plan_of(4), make_family("qwen3_omni", broken, size=(64, 64)))


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_a_processor_is_no_family(name: TinyFamily) -> None:
    plan: Any = plan_of(4)
    processor: Any = pair(name).processor
    others: list[Any] = [processor, FAMILIES[name], None, 9]
    text = r"^family must be a family made of a processor, .* pass one such as"
    for other in others:
        with pytest.raises(InvalidArgument, match=text):
            lengths(plan, other)
        with pytest.raises(InvalidArgument, match=text):
            too_long(plan, other, 9)
        with pytest.raises(InvalidArgument, match=text):
            fit_tokens(plan, other, 9)
    with pytest.raises(InvalidArgument, match=r"^plan must be a WindowPlan, got"):
        lengths(processor, plan)
