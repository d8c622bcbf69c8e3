"""Models and processors of a folder or the hub, of the families that the adapters know."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, get_args

from .._checks import choice
from .._install import install
from ..adapters import Family, family_of, load_processor
from ..adapters.versions import tested
from ..errors import InvalidArgument, SourceUnreadable, quoted, short_repr

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel, ProcessorMixin

Dtype = Literal["bf16", "float32"]
DTYPES: tuple[Dtype, ...] = get_args(Dtype)
_LONGEST_REASON = 160


@dataclass(frozen=True, slots=True)
class SavedModel:
    """What is known of a model before its weights are loaded.

    Attributes:
        name: A folder, or a name on the hub.
        what: What it is called in errors.
        processor: Its processor.
        family: The family of the processor.
        config: The configuration of the class that trains and answers.
    """

    name: str
    what: str
    processor: ProcessorMixin
    family: type[Family]
    config: PreTrainedConfig

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
            InvalidArgument: torch has no such device.
            SourceUnreadable: It cannot be read, or lacks weights of its class.

        Cost: reading its weights.
        """
        chosen = device_of(device)
        transformers = tested("transformers")
        model_class: Any = getattr(transformers, self.family.model_class)
        try:
            with quiet_transformers(transformers):
                model, info = model_class.from_pretrained(
                    self.name, dtype=torch_dtype(dtype), output_loading_info=True, trust_remote_code=False
                )
        except weights_errors() as error:
            raise self._unreadable(reason_text(error)) from error
        for kind in ("missing", "mismatched"):
            names = sorted(map(str, info[f"{kind}_keys"]))
            if names:
                raise self._unreadable(f"{len(names)} weights are {kind}, such as {names[0]}")
        moved: PreTrainedModel = model.to(chosen).eval()
        return moved

    def _unreadable(self, reason: str) -> SourceUnreadable:
        return SourceUnreadable(
            f"transformers reads no model from this {self.what}: {reason}; save one with model.save_pretrained and its "
            f"processor beside it, or give a name on the hub: {quoted(self.name)}",
            path=self.name,
        )


def read_saved_model(name: str | os.PathLike[str], *, what: str = "model") -> SavedModel:
    """Return what is known of a model, without its weights. No code of a repository is run.

    Args:
        name: A folder that ``save_pretrained`` wrote, of model and processor, or their name on the hub.
        what: What it is called in errors, such as ``"model.base"``.

    Raises:
        InvalidArgument: The name is empty, its processor is of no family, or the model sees nothing, or hears nothing and is
            of a family that hears.
        SourceNotFound: There is no such folder, and the hub has no such name or cannot be reached.
        SourceUnreadable: transformers cannot read it.
        ImportError: transformers is not installed, or not in a tested version.

    Cost: importing transformers, 10 s and more.
    """
    text = os.fspath(name)
    if not text.strip():
        raise InvalidArgument(f"{what} must be a folder or a name on the hub, got {short_repr(text)}; give one of them")
    transformers = tested("transformers")
    _check_config(transformers, text, what)
    with quiet_transformers(transformers):
        processor = load_processor(text, what=what)
    family = family_of(processor)
    model_class: Any = getattr(transformers, family.model_class)
    try:
        given = model_class.config_class.get_config_dict(text)[0].get("model_type")
        with quiet_transformers(transformers):
            config = model_class.config_class.from_pretrained(text, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceUnreadable(
            f"transformers reads no configuration of this {what}: {reason_text(error)}; save one with "
            f"model.save_pretrained and its processor beside it, or give a name on the hub: {quoted(text)}",
            path=text,
        ) from error
    # A model on the hub may have more parts, of which the class that trains reads the one that thinks.
    own: str = model_class.config_class.model_type
    known = (own.removesuffix("_thinker"), own)
    if given not in known:
        raise InvalidArgument(
            f"{what} must be a model of the family of its processor, {family.model_class}, got one of the type "
            f"{short_repr(given)}; give a model with its own processor: {quoted(text)}",
            path=text,
        )
    for part, verb in (("vision_config", "sees"), ("audio_config", "hears")):
        if getattr(config, part, None) is None and (part == "vision_config" or family.hears):
            raise InvalidArgument(
                f"{what} must be a model that {verb}, got one without {part}; give a model of {family.model_class}: "
                f"{quoted(text)}",
                path=text,
            )
    return SavedModel(text, what, processor, family, config)


def torch_dtype(dtype: Dtype) -> torch.dtype:
    """Return the type of torch of a word."""
    import torch

    choice(dtype, DTYPES, "dtype")
    return torch.bfloat16 if dtype == "bf16" else torch.float32


def device_of(device: str) -> torch.device:
    """Return a device that torch has here.

    Raises:
        InvalidArgument: It has no such device.
    """
    import torch

    try:
        found = torch.device(device)
        torch.zeros(1, device=found)
    except (RuntimeError, AssertionError) as error:
        raise InvalidArgument(
            f"device must be one that torch has here, got {short_repr(device)}; leave it out for cpu"
        ) from error
    return found


def weights_errors() -> tuple[type[Exception], ...]:
    """Return the errors of transformers and peft about weights that cannot be read, such as a file that was cut."""
    from safetensors import SafetensorError

    return (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError)


def reason_text(error: Exception) -> str:
    """Return the first line of an error of others, with its class, without a full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return text.rstrip(". ") if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."


def needs(library: str, extra: str) -> ModuleType:
    """Import a library that an extra installs.

    Raises:
        ImportError: It is not installed, or not in a tested version; the text names the extra.
    """
    try:
        return tested(library)
    except ImportError as error:
        text = str(error).partition(";")[0]
        raise ImportError(f"{text}; {install(extra)}") from error


@contextmanager
def quiet_transformers(transformers: ModuleType) -> Iterator[None]:
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


def _check_config(transformers: ModuleType, name: str, what: str) -> None:
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
            f"{what} must be a model that sees, got one of the type {config.model_type}, which reads text alone; give a model "
            f"of Qwen2.5-Omni, Qwen3-Omni or Qwen2.5-VL: {quoted(name)}",
            path=name,
        )
