"""Whether windows fit into the tokens that a model takes, counted by its processor or by a formula; and what would fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Literal, NamedTuple, Protocol, get_args

from .._checks import choice, integer
from ..adapters import Family, fit_tokens
from ..corpus import Monologue
from ..errors import InvalidArgument
from ..pipes import SampleSpec, undecoded_sample
from ..plan import WindowPlan
from ..spans import Seconds, exact_seconds
from .engine import Questions
from .plans import stream_plan

TooLongRule = Literal["refuse", "cut"]
TOO_LONG_RULES: tuple[TooLongRule, ...] = get_args(TooLongRule)
MAX_TOKENS = 32_768
"""Tokens of a sequence where nobody says how many a model takes."""
PIXELS_A_SIDE = 28
AUDIO_TOKENS_A_SECOND = 25
TEMPLATE_TOKENS = 64


class Excess(NamedTuple):
    """Windows that have more tokens than they may: what is wrong with them, and what would make them fit."""

    what: str
    advice: str


class TokenCounter(Protocol):
    """Counts the tokens of windows before anything is decoded."""

    @property
    def name(self) -> str:
        """How tokens are counted, for headers."""
        ...

    def excess(self, questions: Questions, max_tokens: int) -> Excess | None:
        """Return what is wrong with windows that have more tokens, and what would fit; None where all fit."""
        ...


@dataclass(frozen=True, slots=True)
class ProcessorCounter:
    """Counts by the processor of a model, exactly.

    Attributes:
        family: Makes the family of questions.
    """

    family: Callable[[Questions], Family]

    @property
    def name(self) -> str:
        """How tokens are counted, for headers."""
        return "processor"

    def excess(self, questions: Questions, max_tokens: int) -> Excess | None:
        """Return what is wrong with windows that have more tokens; None where all fit."""
        family = self.family(questions)
        fit = fit_tokens(questions.plan, family, max_tokens)
        if not fit.num_too_long and not fit.num_refused:
            return None
        text = f"{fit.num_too_long:,} of {fit.num_windows:,} windows with more, at most {fit.most_tokens:,}"
        if fit.num_refused:
            text += f", and {fit.num_refused:,} that the processor refuses, the first with: {fit.refusal}"
        return Excess(text, _options([str(option) for option in fit.options]))


@dataclass(frozen=True, slots=True)
class FormulaCounter:
    """Counts by a formula, where the processor of a model is not at hand.

    A pair of frames has one token for 28 x 28 pixels, a second of audio 25, text one for a byte of UTF-8 (more than any
    tokenizer of bytes makes), and 64 stand for the chat template: the arithmetic of Qwen2.5-Omni.
    """

    @property
    def name(self) -> str:
        """How tokens are counted, for headers."""
        return "formula"

    def excess(self, questions: Questions, max_tokens: int) -> Excess | None:
        """Return what is wrong with windows that have more tokens; None where all fit."""
        counts = [_formula_tokens(questions, number) for number in range(len(questions.plan))]
        over = [count for count in counts if count > max_tokens]
        if not over:
            return None
        share, (height, width) = max_tokens / max(counts), questions.video.size
        options = [
            f"fewer frames a second, below fps={float(exact_seconds(questions.video.fps)) * share:.2g}",
            f"smaller frames, below {share:.0%} of the pixels of {height} x {width}",
            "shorter windows",
        ]
        return Excess(f"{len(over):,} of {len(counts):,} windows with about {max(counts):,} at most", _options(options))


def _formula_tokens(questions: Questions, number: int) -> int:
    sample = undecoded_sample(questions.plan.window(number), SampleSpec(questions.video, questions.audio))
    assert sample.span is not None, "it is a window"
    height, width = questions.video.size
    frames = ceil(len(sample.frame_valid) / 2) * ceil(height / PIXELS_A_SIDE) * ceil(width / PIXELS_A_SIDE)
    audio = 0 if questions.audio is None else ceil(sample.span.duration * AUDIO_TOKENS_A_SECOND)
    text = sum(len(message.text.encode(errors="replace")) for message in questions.conversation(sample))
    return frames + audio + text + TEMPLATE_TOKENS


def _options(options: Sequence[str]) -> str:
    return "choose " + ", or ".join(options) if options else "neither fewer frames nor smaller ones are enough"


@dataclass(frozen=True, slots=True)
class FittedPlan:
    """A plan whose windows fit.

    Attributes:
        plan: The plan.
        chunk: Seconds of the chunks that monologues were cut into, at most; None where none was cut.
    """

    plan: WindowPlan
    chunk: Fraction | None = None


def fitted_plan(
    questions: Questions,
    counter: TokenCounter,
    *,
    max_tokens: int,
    answer_tokens: int,
    rule: TooLongRule,
    monologues: Sequence[Monologue] = (),
) -> FittedPlan:
    """Return the plan where all of its windows fit, or with ``rule="cut"`` monologues in chunks that do.

    A chunk has the most seconds with which all chunks fit, of the multiples of a second and of a pair of frames; see
    `stream_plan`. Only windows of monologues in full are cut.

    Args:
        questions: The plan, the conversation, and how windows are read.
        counter: It counts tokens.
        max_tokens: Tokens of a sequence, those of the answer among them.
        answer_tokens: Tokens that are left for the answer.
        rule: What is done with windows that are too long: ``"refuse"`` or ``"cut"``.
        monologues: The monologues of a plan of streams; empty for other plans, which are never cut.

    Raises:
        InvalidArgument: Windows do not fit; the text says what would.
    """
    choice(rule, TOO_LONG_RULES, "too_long")
    limit = integer(max_tokens, "max_tokens", "give the tokens of a sequence, such as 32_768") - answer_tokens
    if limit < 1:
        raise InvalidArgument(
            f"max_tokens must be above {answer_tokens:,}, the tokens of an answer, got {max_tokens:,}; give more, or a lower "
            "max_new_tokens"
        )
    excess = counter.excess(questions, limit)
    if not excess:
        return FittedPlan(questions.plan)
    cut = ", or --too-long cut" if monologues and rule == "refuse" else ""
    refusal = InvalidArgument(
        f"windows must have at most {limit:,} tokens ({max_tokens:,} without the {answer_tokens:,} of an answer), got "
        f"{excess.what}; {excess.advice}{cut}"
    )
    if rule == "refuse" or not monologues:
        raise refusal
    unit = chunk_unit(questions.video.fps)
    fits, above = 0, ceil(max(item.duration for item in monologues) / unit)
    while above - fits > 1:
        middle = (fits + above) // 2
        plan = stream_plan(monologues, middle * unit, unit)
        if counter.excess(replace(questions, plan=plan), limit):
            above = middle
        else:
            fits = middle
    if not fits:
        raise refusal
    return FittedPlan(stream_plan(monologues, fits * unit, unit), fits * unit)


def chunk_unit(fps: Seconds) -> Fraction:
    """Return the seconds of which chunks are multiples: whole seconds, and whole pairs of frames.

    Example:
        >>> chunk_unit(2), chunk_unit("2/3")
        (Fraction(1, 1), Fraction(3, 1))
    """
    pair = 2 / exact_seconds(fps)
    # The least common multiple of 1 and a / b in lowest terms is a.
    return Fraction(pair.numerator)
