"""What a model says of a corpus, as one file of predictions that a later call goes on with."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from importlib.metadata import version

from .._checks import choice, integer
from ..corpus import Corpus, Scalar, Split, is_synthetic, keys_sha256
from ..errors import InvalidArgument
from ..evaluation import PredictionWriter, prompt
from ..evaluation.prompts import Prompt
from ..media import OnError
from ..pipes import AudioSpec, MissingAudio, Transform, VideoSpec, WindowSample
from ..plan import WindowPlan
from .ablation import AblationKind, SwapAudio, black, check_ablation_kind, silent
from .asked import PredictSide, asked_of
from .conversation import LanguageChoice, PromptConversation
from .donor_audio import DonorAudio
from .engine import Answer, Engine, Questions
from .layers import chosen_layers
from .plans import PlanChoice, RequestSpan, answered_keys, asked_plan, languages_of, request_spans
from .rows import AnswerRows, answer_rows
from .token_budget import MAX_TOKENS, FittedPlan, FormulaCounter, TokenCounter, TooLongRule, fitted_plan

DEFAULT_PROMPTS: Mapping[str, str] = {"clip": "clip-json-1", "stream": "stream-json-1"}
"""The prompt of each task where none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOptions:
    """What is asked, of which items, and how windows are read.

    Attributes:
        plan: How items are cut.
        prompt: Name of a prompt; None for the JSON form of the plan's task.
        layers: Names of layers; None for Basic-7 and GoEmotions, or those in which the items are labelled.
        language: ``"auto"`` for that of each item, or ``"en"`` or ``"zh"``.
        fps: Frames a second.
        size: (height, width) of frames.
        split: A split of the corpus; None for all items.
        side: The side of the split; None for test.
        ablate: What is taken away, or ``"swap-audio"``.
        seed: Of the draw of ``"swap-audio"``.
        max_tokens: Tokens of a sequence, those of the answer among them; None for 32,768.
        too_long: ``"refuse"`` windows with more, or ``"cut"`` streams into chunks that fit.
        max_new_tokens: Tokens of an answer, at most; those that the engine was made with.
        batch_size: Windows that are answered together, at most.
        missing_audio: What a window without audio is.
        on_error: ``"mask"``: a window that cannot be read has rows that say so; ``"raise"``: it ends the run.
        retry_failed: Ask again what has no answer in the file.
    """

    plan: PlanChoice
    prompt: str | None = None
    layers: Sequence[str] | None = None
    language: LanguageChoice = "auto"
    fps: Fraction = Fraction(2)
    size: tuple[int, int] = (224, 224)
    split: Split | None = None
    side: PredictSide | None = None
    ablate: AblationKind | None = None
    seed: int = 0
    max_tokens: int | None = None
    too_long: TooLongRule = "refuse"
    max_new_tokens: int = 256
    batch_size: int = 1
    missing_audio: MissingAudio = "silence"
    on_error: OnError = "mask"
    retry_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCounts:
    """What a file of predictions has, and what this call did.

    Attributes:
        predictions: Rows of the file.
        written: Rows that this call wrote.
        requests: Windows that are asked about, in all.
        answered: Windows that this call asked about and got an answer of.
        failed: Windows that this call asked about and got none of.
        unanswered: Requests of the file without an answer, of this call and of earlier ones.
        unread: Answers of this call of which nothing could be read, by layer.
        invalid: Segments of answers of this call that are invalid.
        cut: Rows of a cut request that were cut off.
        retried: Failed requests that were asked again.
        monologues, clips: Items that were asked.
        without_media: Items of the side that were not asked, since their media are not at hand.
        trained_on: Items that were asked and that the model was trained with.
        synthetic: Whether an item that was asked was made by a program.
    """

    predictions: int
    written: int
    requests: int
    answered: int
    failed: int
    unanswered: int
    unread: int
    invalid: int
    cut: int
    retried: int
    monologues: int
    clips: int
    without_media: int
    trained_on: int
    synthetic: bool

    def as_dict(self) -> dict[str, int | bool]:
        """Return the counts by name, for JSON."""
        return asdict(self)


def predict_model(
    engine: Engine,
    corpus: Corpus,
    out: str | os.PathLike[str],
    options: AskOptions,
    *,
    counter: TokenCounter | None = None,
    audio: AudioSpec | None = AudioSpec(),  # noqa: B008 - frozen
    trained: Collection[str] = (),
    header: Mapping[str, Scalar] | None = None,
    command: str = "",
    check: Callable[[Questions], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AskCounts:
    """Write what a model says of a corpus, and go on where an earlier call stopped.

    Each request writes all of its rows at once, and one that the file has is not asked again: a call that is killed asks those
    again that were under way. A request without an answer has rows that say why; they stay until `retry_failed`.

    Args:
        engine: It answers.
        corpus: The corpus, its media linked.
        out: A file; where it is there, with an equal header, what it lacks is added.
        options: What is asked.
        counter: Counts tokens; None for a formula.
        audio: How audio is read; None for a model that hears nothing.
        trained: Keys of items that the model was trained with; how many of them are asked stands in the header.
        header: What else the header says, such as of a run.
        command: How it was run, for the header.
        check: Called with the questions before the file is opened; it may refuse them.
        progress: Called with the number of windows that are done, and with how many there are.

    Raises:
        InvalidArgument: An option is not allowed, windows do not fit into the tokens, or no item has media.
        CorpusError: The file has another header, or a line that is wrong.
        EmosError: The engine cannot go on; what was answered is in the file.
        OSError: The file cannot be written.

    Cost: that of the engine; counting tokens before, about 0.1 ms a window.
    """
    asking = _Asking(engine, corpus, options, audio, counter or FormulaCounter(), trained)
    if check is not None:
        check(asking.questions)
    lines = {**asking.header(command), **(header or {})}
    with ExitStack() as stack:
        questions = asking.with_donors(stack)
        retried, layers = options.retry_failed, asking.layers_of_each
        writer = stack.enter_context(
            PredictionWriter(out, header=lines, requests=True, retry_failed=retried, layers=layers)
        )
        before = len(writer)
        done = answered_keys(asking.spans, writer.ended, is_stream=asking.prompt.task == "stream")
        tally = _Tally()
        for rows in asking.unplanned(writer):
            writer.write_all(rows.rows)
            tally.add(rows)
        count = len(done)
        if progress is not None and count:
            progress(count, len(asking.spans))
        if count < len(asking.spans):
            for answer in engine.answers(replace(questions, answered=done)):
                rows = answer_rows(answer, asking.spans[answer.key], asking.prompt, asking.layers)
                writer.write_all(rows.rows)
                tally.add(rows)
                count += 1
                if progress is not None:
                    progress(count, len(asking.spans))
        return AskCounts(
            predictions=len(writer),
            written=len(writer) - before,
            requests=len(asking.spans) + len(asking.plan.skipped),
            answered=tally.answered,
            failed=tally.failed,
            unanswered=writer.num_failed,
            unread=tally.unread,
            invalid=tally.invalid,
            cut=writer.num_cut,
            retried=writer.num_retried,
            monologues=len(asking.asked.monologues),
            clips=len(asking.asked.clips),
            without_media=len(asking.asked.without_media),
            trained_on=asking.num_trained,
            synthetic=asking.is_synthetic,
        )


@dataclass(slots=True)
class _Tally:
    answered: int = 0
    failed: int = 0
    unread: int = 0
    invalid: int = 0

    def add(self, rows: AnswerRows) -> None:
        self.answered += not rows.is_failed
        self.failed += rows.is_failed
        self.unread += rows.num_unread
        self.invalid += rows.num_invalid


class _Asking:
    """What is asked of an engine, all of it known before a file is opened for writing."""

    def __init__(
        self,
        engine: Engine,
        corpus: Corpus,
        options: AskOptions,
        audio: AudioSpec | None,
        counter: TokenCounter,
        trained: Collection[str],
    ) -> None:
        self.engine, self.corpus, self.options, self.counter = engine, corpus, options, counter
        check_ablation_kind(options.ablate, hears=audio is not None)
        integer(options.seed, "seed", "give any, and publish it", least=0, most=2**63 - 1)
        self.prompt = _checked_prompt(options)
        self.asked = asked_of(
            corpus, split=options.split, side=options.side, kinds=[options.plan.items], hint="take another plan"
        )
        if options.too_long != "refuse" and options.plan.kind != "streams":
            raise InvalidArgument(
                f"too_long must be 'refuse' for {options.plan.kind}, got {options.too_long!r}; streams alone are cut"
            )
        self.items = self.asked.items
        self.layers = chosen_layers(corpus, self.items, options.layers)
        questions = Questions(
            plan=asked_plan(self.asked, options.plan),
            conversation=PromptConversation(
                prompt=self.prompt,
                layers=self.layers,
                languages=languages_of(self.items),
                language=options.language,
                transcript=options.ablate != "text",
            ),
            video=VideoSpec(options.fps, options.size),
            audio=audio,
            on_error=options.on_error,
            missing_audio=choice(options.missing_audio, ("silence", "omit", "raise"), "missing_audio"),
            batch_size=integer(options.batch_size, "batch_size", "1 is usual"),
        )
        self.fitted: FittedPlan = fitted_plan(
            questions,
            counter,
            max_tokens=MAX_TOKENS if options.max_tokens is None else options.max_tokens,
            answer_tokens=options.max_new_tokens,
            rule=options.too_long,
            monologues=self.asked.monologues if options.plan.kind == "streams" else (),
        )
        self.questions = replace(questions, plan=self.fitted.plan, transform=_transform(options.ablate))
        self.spans = request_spans(self.plan, self.items, options.plan)
        self.num_trained = len(set(trained) & self.items.keys())
        self.is_synthetic = any(is_synthetic(item) for item in self.items.values())

    @property
    def plan(self) -> WindowPlan:
        return self.fitted.plan

    @property
    def layers_of_each(self) -> list[str]:
        """Layers of which each request has one row; none of streams, whose rows are segments."""
        return [] if self.prompt.task == "stream" else [layer.name for layer in self.layers]

    def header(self, command: str) -> dict[str, Scalar]:
        options, asked = self.options, self.asked
        task, ablate, chunk = self.prompt.task, options.ablate, self.fitted.chunk
        settings = dict(self.engine.settings)
        return {
            "corpus": keys_sha256(item.key for item in self.corpus),
            **({} if asked.split_sha256 is None else {"split_sha256": asked.split_sha256, "side": str(asked.side)}),
            "prompt": self.prompt.name,
            "prompt_sha256": self.prompt.sha256,
            "language": options.language,
            "layers": ",".join(layer.name for layer in self.layers),
            "model": str(settings.get("model", self.engine.name)),
            "engine": self.engine.name,
            "command": command,
            "run": _run_name(settings, options, self.prompt),
            **options.plan.header(),
            "plan_fingerprint": self.plan.fingerprint,
            **({} if asked.clips else {"form": "segments" if task == "stream" else "decisions"}),
            "fps": str(self.questions.video.fps),
            "size": f"{options.size[0]},{options.size[1]}",
            "missing_audio": options.missing_audio,
            "batch_size": options.batch_size,
            **({} if ablate is None else {"ablate": ablate}),
            **({"seed": options.seed} if ablate == "swap-audio" else {}),
            "max_tokens": MAX_TOKENS if options.max_tokens is None else options.max_tokens,
            "tokens_by": self.counter.name,
            **({} if options.plan.kind != "streams" else {"too_long": options.too_long}),
            **({} if chunk is None else {"chunk_seconds": str(chunk)}),
            **{name: value for name, value in settings.items() if name != "model"},
            "trained_on": self.num_trained,
            "synthetic": self.is_synthetic,
            "emos_io": version("emos-io"),
        }

    def with_donors(self, stack: ExitStack) -> Questions:
        """Return the questions; with ``"swap-audio"`` their samples get the audio of donors."""
        if self.options.ablate != "swap-audio":
            return self.questions
        audio, layer = self.questions.audio, self.layers[0]
        assert audio is not None, "it was checked"
        if layer.multiple:
            raise InvalidArgument(
                f"layers must begin with one that takes one label for swap-audio, got {layer.name!r}; give basic7 first"
            )
        seconds: dict[str, Fraction] = {item.key: item.duration for item in self.asked.monologues}
        if self.asked.clips:
            located = (self.plan.locate(number) for number in range(len(self.plan)))
            seconds |= {each.item: each.span.duration for each in located}
        items = [item for key, item in self.items.items() if key in seconds]
        donors = stack.enter_context(
            DonorAudio(items, seconds, layer, seed=self.options.seed, on_error=self.options.on_error)
        )
        return replace(self.questions, transform=SwapAudio(donors, audio))

    def unplanned(self, writer: PredictionWriter) -> list[AnswerRows]:
        """Return rows of the items that the plan leaves out, since their files cannot be read."""
        found = []
        for skipped in self.plan.skipped:
            item = self.items[skipped.key]
            span = RequestSpan(item.key, None)
            if (item.key, None) not in writer.ended:
                answer = Answer(key=item.key, text=None, error=f"the file could not be read: {skipped.reason}")
                found.append(answer_rows(answer, span, self.prompt, self.layers))
        return found


def _checked_prompt(options: AskOptions) -> Prompt:
    """Return the prompt of the plan's task.

    Raises:
        InvalidArgument: There is no such prompt, or it is of the other task.
    """
    task = "stream" if options.plan.kind == "streams" else "clip"
    found = prompt(options.prompt or DEFAULT_PROMPTS[task])
    if found.task != task:
        raise InvalidArgument(
            f"prompt must be one of the task {task!r} for {options.plan.kind}, got {found.name!r}; take "
            f"{DEFAULT_PROMPTS[task]!r}, or another plan"
        )
    return found


def _transform(ablate: AblationKind | None) -> Transform[WindowSample] | None:
    return {"video": black, "audio": silent}.get(ablate or "")


def _run_name(settings: Mapping[str, Scalar], options: AskOptions, asked: Prompt) -> str:
    """Return a name for tables, such as ``Qwen2.5-Omni-7B-clips-json-without-audio``."""
    model = str(settings.get("model", "model")).rstrip("/").rpartition("/")[2]
    words = [model, options.plan.kind, asked.form]
    if options.ablate is not None:
        words.append("swapped-audio" if options.ablate == "swap-audio" else f"without-{options.ablate}")
    return "-".join(words)
