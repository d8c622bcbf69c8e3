"""The model and the processor that a fine-tuning begins from: of a folder or the hub, of one of the families."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..._install import install
from ...adapters import Family, family_of, load_processor
from ...adapters.versions import tested
from ...errors import InvalidArgument, SourceUnreadable, quoted
from .sections import Dtype

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel, ProcessorMixin

_LONGEST_REASON = 160


@dataclass(frozen=True, slots=True)
class BaseModel:
    """What is known of a base model before its weights are loaded.

    Attributes:
        name: A folder, or a name on the hub.
        processor: Its processor.
        family: The family of the processor.
        config: The configuration of the class that trains.
    """

    name: str
    processor: ProcessorMixin
    family: type[Family]
    config: PreTrainedConfig

    @property
    def model_class(self) -> Any:
        """The class of transformers that trains."""
        return getattr(tested("transformers"), self.family.model_class)

    @property
    def max_tokens(self) -> int:
        """The tokens that the model says a sequence may have."""
        return int(self.config.get_text_config().max_position_embeddings)

    def load(self, dtype: Dtype, *, device: str = "cpu") -> PreTrainedModel:
        """Return the model with its weights, in evaluation mode.

        Args:
            dtype: ``"bf16"`` or ``"float32"``.
            device: A device of torch.

        Raises:
            SourceUnreadable: It cannot be read, or lacks weights of the class that trains.
        """
        import torch

        try:
            with _quiet(tested("transformers")):
                model, info = self.model_class.from_pretrained(
                    self.name, dtype=torch_dtype(dtype), output_loading_info=True, trust_remote_code=False
                )
        except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            raise _unreadable(self.name, reason_text(error)) from error
        for kind in ("missing", "mismatched"):
            names = sorted(map(str, info[f"{kind}_keys"]))
            if names:
                raise _unreadable(self.name, f"{len(names)} weights are {kind}, such as {names[0]}")
        moved: PreTrainedModel = model.to(torch.device(device)).eval()
        return moved

    def made_without_weights(self, dtype: Dtype) -> PreTrainedModel:
        """Return the model on torch's meta device: shapes and types, no memory."""
        import torch

        with torch.device("meta"):
            model: PreTrainedModel = self.model_class(self.config)
        return model.to(torch_dtype(dtype))


def read_base(name: str) -> BaseModel:
    """Return what is known of a base model, without its weights.

    Args:
        name: A folder that ``save_pretrained`` wrote, of model and processor, or their name on the hub.

    Raises:
        InvalidArgument: The name is empty, its processor is of no family, or the model sees nothing, or hears nothing and is
            of a family that hears.
        SourceNotFound: There is no such folder, and the hub has no such name or cannot be reached.
        SourceUnreadable: transformers cannot read it.
        ImportError: transformers or peft is not installed, or not in a tested version.

    Cost: importing transformers, 10 s and more.
    """
    if not name.strip():
        raise InvalidArgument(
            "model.base must be a folder or a name on the hub, got none; give emos train --base NAME, or set base under [model] "
            "of the recipe"
        )
    transformers = installed("transformers")
    installed("peft")
    installed("accelerate")
    _check_config(transformers, name)
    processor = load_processor(name)
    family = family_of(processor)
    made = getattr(transformers, family.model_class)
    try:
        config = made.config_class.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(name, reason_text(error)) from error
    for part, verb in (("vision_config", "sees"), ("audio_config", "hears")):
        if getattr(config, part, None) is None and (part == "vision_config" or family.hears):
            raise InvalidArgument(
                f"model.base must be a model that {verb}, got one without {part}; give a model of {family.model_class}: "
                f"{quoted(name)}"
            )
    return BaseModel(name, processor, family, config)


def torch_dtype(dtype: Dtype) -> torch.dtype:
    """Return the type of torch of a recipe's word."""
    import torch

    return torch.bfloat16 if dtype == "bf16" else torch.float32


def installed(library: str) -> ModuleType:
    """Import a library that fine-tuning needs.

    Raises:
        ImportError: It is not installed, or not in a tested version; the text names the extra ``lora``.
    """
    try:
        return tested(library)
    except ImportError as error:
        text = str(error).partition(";")[0]
        raise ImportError(f"{text}; {install('lora')}") from error


def reason_text(error: Exception) -> str:
    """Return the first line of an error of others, with its class, without a full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return text.rstrip(". ") if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."


def _check_config(transformers: ModuleType, name: str) -> None:
    """Refuse a model of a folder that reads text alone: its processor would be a tokenizer, of no family."""
    if not (Path(name) / "config.json").is_file():
        return
    try:
        config = transformers.AutoConfig.from_pretrained(name, local_files_only=True, trust_remote_code=False)
    except Exception:
        # The processor says more of what is wrong with the folder.
        return
    parts = [config, getattr(config, "thinker_config", None)]
    if not any(hasattr(part, "vision_config") for part in parts):
        raise InvalidArgument(
            f"model.base must be a model that sees, got one of the type {config.model_type}, which reads text alone; give a "
            f"model of Qwen2.5-Omni, Qwen3-Omni or Qwen2.5-VL: {quoted(name)}",
            path=name,
        )


def _unreadable(name: str, reason: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"transformers reads no model from this base: {reason}; save one with model.save_pretrained and its processor beside "
        f"it, or give a name on the hub: {quoted(name)}",
        path=name,
    )


@contextmanager
def _quiet(transformers: ModuleType) -> Iterator[None]:
    """Keep transformers from drawing bars and from warning of what is checked here."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
