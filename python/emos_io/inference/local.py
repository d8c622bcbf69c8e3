"""The engine `transformers`: a model on this machine, with the collate function that training uses, greedily."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .._checks import integer
from ..adapters import EvaluationBatch, Family, ModelInputs, family_of
from ..adapters.versions import tested
from ..corpus import Scalar
from ..errors import TooLarge
from ..pipes import AudioSpec, ReadIssues
from .engine import Answer, Questions
from .saved_model import Dtype, SavedModel, reason_text
from .token_budget import MAX_TOKENS, ProcessorCounter

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, ProcessorMixin

_TURN_END = "<|im_end|>"
_BLOCK_BYTES = 2**22
# Floats that go through the towers of a model; times beside them keep their precision.
_MEDIA_INPUTS = ("pixel_values_videos", "input_features")
_GREEDY: Mapping[str, float | bool | int] = {
    "do_sample": False,
    "num_beams": 1,
    # What a model leaves out here is taken of its own settings, some of which are not greedy.
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 50,
    "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameOptions:
    """How a family makes frames, beside the frames a second and the size of `Questions.video`.

    Attributes:
        pixels: Least and most pixels of a frame; None for those of the processor.
        missing_frames: What stands where the media have no frame.
        odd_frames: What an odd number of frames gives.
    """

    pixels: tuple[int, int] | None = None
    missing_frames: Literal["black", "hold", "raise"] = "black"
    odd_frames: Literal["raise", "repeat_last"] = "repeat_last"


class TransformersEngine:
    """A model of transformers that answers greedily: the token with the highest score, each time.

    Args:
        model: A model of one of the families, in evaluation mode, on the device where it answers.
        processor: Its processor.
        max_new_tokens: Tokens of an answer, at most; what is cut there is an answer that may not be read.
        identity: What says which model it is, for headers: name, checksum or revision.
        frames: How frames are made; training and prediction must make them alike.

    Attributes:
        audio: How the model gets audio; None for one that hears nothing.
        max_tokens: The tokens that it says a sequence may have.

    Raises:
        InvalidArgument: The processor is of no family, or a number is not allowed.
    """

    name = "transformers"

    def __init__(
        self,
        model: PreTrainedModel,
        processor: ProcessorMixin,
        *,
        max_new_tokens: int = 256,
        identity: Mapping[str, Scalar] | None = None,
        frames: FrameOptions = FrameOptions(),
    ) -> None:
        self._kind = family_of(processor)
        self._model, self._processor, self._frames = model, processor, frames
        self._max_new_tokens = integer(max_new_tokens, "max_new_tokens", "256 is usual for clips")
        self._identity = dict(identity or {})
        extractor: Any = getattr(processor, "feature_extractor", None)
        self.audio = AudioSpec(extractor.sampling_rate) if self._kind.hears else None
        text_config = model.config.get_text_config()
        self.max_tokens = int(getattr(text_config, "max_position_embeddings", None) or MAX_TOKENS)

    def __repr__(self) -> str:
        return f"TransformersEngine({type(self._model).__name__}, max_new_tokens={self._max_new_tokens})"

    @property
    def settings(self) -> Mapping[str, Scalar]:
        """What decides its answers."""
        pixels = self._frames.pixels
        return {
            **self._identity,
            "family": self._kind.__name__,
            "dtype": str(self._model.dtype).removeprefix("torch."),
            "device": self._model.device.type,
            "sampling": "greedy",
            "max_new_tokens": self._max_new_tokens,
            "missing_frames": self._frames.missing_frames,
            "odd_frames": self._frames.odd_frames,
            **({} if pixels is None else {"pixels": f"{pixels[0]},{pixels[1]}"}),
            "transformers": str(tested("transformers").__version__),
            "torch": _torch_version(),
        }

    @property
    def counter(self) -> ProcessorCounter:
        """Counts tokens of questions by its processor."""
        return ProcessorCounter(self.family)

    def family(self, questions: Questions) -> Family:
        """Return the collate function of questions.

        Raises:
            InvalidArgument: The processor takes no such frames.
        """
        return self._kind(
            self._processor,
            questions.conversation,
            fps=questions.video.fps,
            size=questions.video.size,
            pixels=self._frames.pixels,
            missing_audio=questions.missing_audio,
            missing_frames=self._frames.missing_frames,
            odd_frames=self._frames.odd_frames,
        ).for_generation()

    def answers(self, questions: Questions) -> Iterator[Answer]:
        """Yield the answers in the order of the plan.

        Raises:
            TooLarge: The memory of the device does not suffice.
            EmosError: A window cannot be read, or taken by the processor, and questions do not mask that.
        """
        family = self.family(questions)
        read = replace(questions, video=family.video, audio=family.audio)
        with read.loader(family) as loader:
            for batch in loader:
                yield from self._answers_of(batch, loader.issues)

    def _answers_of(self, batch: EvaluationBatch[ModelInputs], issues: ReadIssues) -> Iterator[Answer]:
        texts = self._texts(batch) if any(batch.valid) else [""] * len(batch)
        for key, valid, text in zip(batch.keys, batch.valid, texts, strict=True):
            if valid:
                yield Answer(key=key, text=text)
            else:
                yield Answer(key=key, text=None, error=unread_reason(key, issues))

    def _texts(self, batch: EvaluationBatch[ModelInputs]) -> list[str]:
        import torch

        tokenizer: Any = self._processor.tokenizer
        model: Any = self._model
        inputs = dict(batch.to(model.device).inputs)
        for name in _MEDIA_INPUTS:
            value = inputs.get(name)
            if isinstance(value, torch.Tensor):
                inputs[name] = value.to(model.dtype)
        ids = inputs["input_ids"]
        assert isinstance(ids, torch.Tensor), "families give ids"
        generation = tested("transformers").GenerationConfig(
            **_GREEDY,
            max_new_tokens=self._max_new_tokens,
            eos_token_id=self._ends(),
            pad_token_id=tokenizer.pad_token_id,
        )
        with _memory_of(batch, model.device), torch.no_grad():
            output = model.generate(**inputs, generation_config=generation)
        texts: list[str] = tokenizer.batch_decode(output[:, ids.shape[1] :], skip_special_tokens=True)
        return texts

    def _ends(self) -> list[int]:
        """Return the tokens that end an answer: those of the model, and the end of a turn."""
        own = getattr(self._model.generation_config, "eos_token_id", None)
        ends = set(own if isinstance(own, list) else [] if own is None else [own])
        tokenizer: Any = self._processor.tokenizer
        ends |= {tokenizer.convert_tokens_to_ids(_TURN_END), tokenizer.eos_token_id} - {None}
        return sorted(ends)


def saved_engine(
    saved: SavedModel, *, dtype: Dtype, device: str, max_new_tokens: int, frames: FrameOptions
) -> TransformersEngine:
    """Return the engine of a model of a folder or the hub.

    Raises:
        InvalidArgument: There is no such device.
        SourceUnreadable: Its weights cannot be read.
        TooLarge: It does not fit into the memory of the device.

    Cost: reading its weights, those of a folder twice: their checksum is in the header.
    """
    with _memory("the model", device, "take a smaller model, or --dtype bf16"):
        model = saved.load(dtype, device=device)
    return TransformersEngine(
        model, saved.processor, max_new_tokens=max_new_tokens, identity=model_identity(saved), frames=frames
    )


def model_identity(saved: SavedModel) -> dict[str, Scalar]:
    """Return what says which model it is: name and checksum of its folder, or name and revision on the hub."""
    folder = Path(saved.name)
    if folder.is_dir():
        return {"model": folder.resolve().name, "model_sha256": folder_sha256(folder)}
    revision = getattr(saved.config, "_commit_hash", None)
    return {"model": saved.name, **({"revision": str(revision)} if revision else {})}


def folder_sha256(folder: Path) -> str:
    """Return the digest of the names and bytes of the files of a folder that decide answers: weights and settings."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix in {".safetensors", ".bin", ".json", ".jinja", ".txt", ".model"}:
            total.update(path.name.encode(errors="surrogateescape") + b"\0")
            with path.open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    total.update(block)
            total.update(b"\0")
    return total.hexdigest()


def unread_reason(key: str, issues: ReadIssues) -> str:
    """Return why a window could not be read, one line."""
    for issue in issues.lines:
        if issue.masked and issue.key == key:
            return f"the window could not be read: {issue.error}: {issue.message.partition('; ')[0]}"
    item_issues = [issue for issue in issues.lines if issue.masked and key.startswith(f"{issue.item}@")]
    if item_issues:
        return f"the window could not be read: {item_issues[0].error}: {item_issues[0].message.partition('; ')[0]}"
    return "the window could not be read"


@contextmanager
def _memory_of(batch: EvaluationBatch[ModelInputs], device: torch.device) -> Iterator[None]:
    ids: Any = batch.inputs["input_ids"]
    what = f"a batch of {len(batch)} windows with up to {ids.shape[1]:,} tokens"
    with _memory(what, device.type, "lower --batch-size, --fps or --size, or take --dtype bf16", key=batch.keys[0]):
        yield


@contextmanager
def _memory(what: str, device: str, hint: str, *, key: str | None = None) -> Iterator[None]:
    """Say in one line that memory does not suffice."""
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise _too_large(what, device, hint, error, key) from error
    except MemoryError as error:
        raise _too_large(what, device, hint, error, key) from error
    except RuntimeError as error:
        # torch has no class of its own for the memory of the CPU.
        if "can't allocate memory" not in str(error):
            raise
        raise _too_large(what, device, hint, error, key) from error


def _too_large(what: str, device: str, hint: str, error: Exception, key: str | None) -> TooLarge:
    return TooLarge(
        f"{what} must fit into the memory of {device}, got {reason_text(error)}; {hint}, and give the same command again: what "
        "was answered stays",
        key=key,
    )


def _torch_version() -> str:
    import torch

    return str(torch.__version__)
