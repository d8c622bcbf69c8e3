"""Where a loop over a plan stands: four values, the same on every rank, whatever the world size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InvalidArgument

STATE_VERSION = 1
_KEYS = {"version", "epoch", "step", "plan"}


def make_state(fingerprint: str, num_steps: int, epoch: int, step: int) -> dict[str, Any]:
    """Return the state of a loop that comes to `step` next; ``step == num_steps`` is the end of the epoch.

    Raises:
        InvalidArgument: There is no such epoch or step.
    """
    state = {"version": STATE_VERSION, "epoch": epoch, "step": step, "plan": fingerprint}
    read_state(state, fingerprint, num_steps)
    return state


def read_state(state: Mapping[str, Any], fingerprint: str, num_steps: int) -> tuple[int, int]:
    """Return (epoch, step) of a state of this plan.

    Raises:
        InvalidArgument: It is none: its version, plan, epoch or step is another; the message says which.
    """
    if not isinstance(state, Mapping) or set(state) != _KEYS:
        raise InvalidArgument(f"state {state!r:.80} was given; it has the keys {', '.join(sorted(_KEYS))}")
    if state["version"] != STATE_VERSION:
        raise InvalidArgument(
            f"a state of version {state['version']!r} was given; this is version {STATE_VERSION}, start the epoch anew"
        )
    if state["plan"] != fingerprint:
        raise InvalidArgument(
            f"a state of plan {state['plan']!r} was given, and this plan is {fingerprint!r}: its items, their lengths or "
            "labels, or an argument of the plan is another; plan as before, or start anew"
        )
    epoch, step = state["epoch"], state["step"]
    if not _is_whole(epoch) or epoch < 0:
        raise InvalidArgument(f"epoch {epoch!r} was given; it is a whole number from 0 on")
    if not _is_whole(step) or not 0 <= step <= num_steps:
        raise InvalidArgument(
            f"step {step!r} was given; epoch {epoch} has {num_steps} steps, so it is 0 to {num_steps}"
        )
    return epoch, step


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
