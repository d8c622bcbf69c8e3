"""The position of a loop over a plan: five values, the same on every rank and for every world size."""

from __future__ import annotations

from collections.abc import Mapping

from .._checks import as_integer, integer
from ..errors import InvalidArgument, short_repr

PlanState = dict[str, int | str | None]
"""``{"version", "epoch", "step", "plan", "media"}``, as JSON."""

STATE_VERSION = 2
_KEYS = {"version", "epoch", "step", "plan", "media"}


def make_state(fingerprint: str, num_steps: int, epoch: int, step: int, media: str | None) -> PlanState:
    """Return the state of a loop that comes to `step` next; the end of an epoch is the beginning of the next.

    Raises:
        InvalidArgument: There is no such epoch or step, or `media` is no digest.
    """
    state: PlanState = {
        "version": STATE_VERSION,
        "epoch": _plain(epoch),
        "step": _plain(step),
        "plan": fingerprint,
        "media": media,
    }
    next_epoch, next_step = read_state(state, fingerprint, num_steps)
    return {**state, "epoch": next_epoch, "step": next_step}


def read_state(state: Mapping[str, object] | None, fingerprint: str, num_steps: int) -> tuple[int, int]:
    """Return (epoch, step) of a state of this plan; ``step == num_steps`` is step 0 of the next epoch.

    Raises:
        InvalidArgument: It is not a state of this plan: its version, plan, epoch or step differs; the message says which.
    """
    if isinstance(state, Mapping) and as_integer(state.get("version")) == 1:
        raise InvalidArgument(
            f"the state's version must be {STATE_VERSION}, got 1, which is of emos-io 0.1 and does not know its media; begin "
            "the epoch anew"
        )
    if state is None:
        # What StatefulDataLoader keeps of a sampler that has no state.
        raise InvalidArgument(
            f"state must have the keys {', '.join(sorted(_KEYS))}, got None, as loaders of emos-io 0.1 save it for their "
            "sampler; begin the epoch anew"
        )
    if not isinstance(state, Mapping) or set(state) != _KEYS:
        raise InvalidArgument(
            f"state must have the keys {', '.join(sorted(_KEYS))}, got {short_repr(state)}; take it from state or state_dict"
        )
    if as_integer(state["version"]) != STATE_VERSION:
        raise InvalidArgument(
            f"the state's version must be {STATE_VERSION}, got {short_repr(state['version'])}; start the epoch anew"
        )
    if state["plan"] != fingerprint:
        raise InvalidArgument(
            f"the state's plan must be this one, {fingerprint!r}, got {state['plan']!r}; items, their lengths or labels, or an "
            "argument of the plan differ: plan as before, or start anew"
        )
    media = state["media"]
    if media is not None and not isinstance(media, str):
        raise InvalidArgument(
            f"the state's media must be a digest or None, got {short_repr(media)}; take it from state_dict"
        )
    epoch = integer(state["epoch"], "epoch", "the first epoch is 0", least=0)
    step = as_integer(state["step"])
    if step is None or not 0 <= step <= num_steps:
        raise InvalidArgument(
            f"step must be an integer from 0 to {num_steps} in epoch {epoch}, got {short_repr(state['step'])}; {num_steps} is "
            "the epoch's end"
        )
    return (epoch + 1, 0) if step == num_steps else (epoch, step)


def _plain(value: int) -> int:
    """Return an integer of any type as an int; what is none is left for the check of the state."""
    number = as_integer(value)
    return value if number is None else number
