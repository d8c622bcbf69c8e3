"""A processor of transformers by its name: that of a folder, or of a repository on the hub."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidArgument, SourceNotFound, SourceUnreadable, quoted, short_repr
from .families import family_of
from .versions import tested

if TYPE_CHECKING:
    from transformers import ProcessorMixin

_HUB_SECONDS = 10.0
"""How long the hub may take to answer at all; its own client would ask for minutes."""
_LONGEST_REASON = 160
_PROCESSOR = "processor"
"""What a processor by itself is called in errors."""


def load_processor(name: str | os.PathLike[str], *, what: str = _PROCESSOR) -> ProcessorMixin:
    """Return the processor of a folder or of the hub, of a family that there is.

    No code of a repository is run.

    Args:
        name: A folder that ``processor.save_pretrained`` wrote, or a name on the hub such as ``Qwen/Qwen2.5-Omni-7B``.
        what: What it is called in errors, such as ``"model.base"``, whose folder has the processor beside the weights.

    Raises:
        SourceUnreadable: transformers finds no processor in the folder, or there is a file in its stead.
        SourceNotFound: There is no such folder, and the hub has no such name or cannot be reached.
        InvalidArgument: There is no family for the processor; or the name is empty, or no text and no path.
        ImportError: transformers is not installed, or not in a tested version.

    Cost: importing transformers, 3 s and more; from the hub, once, the download of a few files.
    """
    given, name = name, os.fspath(name) if isinstance(name, str | os.PathLike) else ""
    if not (isinstance(name, str) and name.strip()):
        raise InvalidArgument(
            f"{what} must be a folder or a name on the hub, got {short_repr(given)}; give one of them"
        )
    transformers = tested("transformers")
    load = transformers.AutoProcessor.from_pretrained
    if Path(name).is_file():
        raise SourceUnreadable(
            f"{what} must be a folder of {_saved(what)} or a name on the hub, got a file; give its folder: "
            f"{quoted(name)}",
            path=name,
        )
    if Path(name).is_dir():
        try:
            processor = load(name, local_files_only=True, trust_remote_code=False)
        except Exception as error:
            raise SourceUnreadable(
                f"transformers reads no processor from this {'folder' if what == _PROCESSOR else what}: {_reason(error)}; save "
                f"one there with processor.save_pretrained: {quoted(name)}",
                path=name,
            ) from error
    else:
        try:
            processor = load(name, local_files_only=True, trust_remote_code=False)
        except Exception:
            _ask_hub(name, what)
            try:
                processor = load(name, trust_remote_code=False)
            except Exception as error:
                raise _absent(name, what, error) from error
    family_of(processor)
    return processor


def _saved(what: str) -> str:
    return "a saved processor" if what == _PROCESSOR else "a saved model with its processor"


def _ask_hub(name: str, what: str) -> None:
    """Ask the hub once whether it has a repository.

    Raises:
        SourceNotFound: It has none, or cannot be reached.
    """
    from huggingface_hub import HfApi

    try:
        HfApi().model_info(name, timeout=_HUB_SECONDS)
    except Exception as error:
        raise _absent(name, what, error) from error


def _absent(name: str, what: str, error: Exception) -> SourceNotFound:
    return SourceNotFound(
        f"{what} must be a folder of {_saved(what)} or a name on the hub, got one that is no folder, and the hub gives "
        f"none ({_reason(error)}); where there is a connection, save it with processor.save_pretrained(folder), and give that "
        f"folder: {quoted(name)}",
        path=name,
    )


def _reason(error: Exception) -> str:
    """Return the first line of an error of others, with its class, without a full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return text.rstrip(". ") if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."
