"""The weights that a seed left behind, as a model that predicts."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

from .._install import install
from ..errors import SourceNotFound, SourceUnreadable, quoted
from .av_small.options import AVSmallOptions

try:
    import torch

    from .av_small.model import AVSmall
except ImportError as error:
    raise ImportError(f"torch is not installed; {install('train')}") from error


def load_weights(file: Path, classes: Sequence[str]) -> AVSmall:
    """Return the model of a file of weights, on the CPU, in evaluation mode.

    Args:
        file: ``best.pt``: a mapping with ``options``, those of the model, and ``weights``, its tensors by name. Only tensors
            and plain values are read, no code.
        classes: The classes that it must have.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: It cannot be read, or holds the weights of something else.
    """
    try:
        found = torch.load(file, map_location="cpu", weights_only=True)
        model = AVSmall(AVSmallOptions(**found["options"]))
        model.load_state_dict(found["weights"])
    except FileNotFoundError as error:
        raise SourceNotFound(
            f"there are no weights; train that seed again in a new folder: {quoted(file)}", path=str(file)
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, TypeError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SourceUnreadable(
            f"the weights cannot be read ({reason}); train that seed again in a new folder: {quoted(file)}",
            path=str(file),
        ) from error
    if model.options.classes != tuple(classes):
        raise SourceUnreadable(
            f"the weights are of other classes than the run; train that seed again in a new folder: {quoted(file)}",
            path=str(file),
        )
    return model.eval()
