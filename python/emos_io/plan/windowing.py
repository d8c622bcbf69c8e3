"""How items are cut into windows: one record that plans, single windows and pages share."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

from .._checks import choice, listed
from ..errors import InvalidArgument, short_repr
from ..spans import Seconds, from_zero, positive
from .arguments import NUMBER_HINT, number_text

By = Literal["clip", "utterance", "sentence", "change"]
BYS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True, slots=True, init=False)
class Windowing:
    """How items are cut into windows.

    ```text
    |-- context --|------- label span -------|-- lookahead --|
    [------------------------- span -------------------------)
    ```

    Arguments are checked and kept as exact fractions, with defaults filled in, so that two windowings that mean the same
    are equal.

    Args:
        length: Seconds of a window. With ``by="change"``, the seconds around each change. With ``by="clip"``,
            ``"utterance"`` or ``"sentence"``, the same as `max_length`.
        hop: Seconds from one start to the next; None for `length`. Windows start at ``k * hop``, and the last window is the
            first whose end reaches the item's duration: it may end after it.
        by: None for a hop. ``"clip"``: one window for each static clip. ``"utterance"`` or ``"sentence"``: one for each.
            ``"change"``: one around each moment at which the label changes from one utterance to the next.
        context: Seconds decoded before the label span.
        lookahead: Seconds decoded after the label span.
        max_length: Longer clips, utterances and sentences keep their first `max_length` seconds.
        causal: True: nothing in a window depends on what comes after its span's end, and a sentence is released once it has
            ended. None: True with a hop, else False, because annotators who saw the rest set those boundaries.

    Attributes:
        length: Seconds of a window by hop or around a change, else None.
        hop: Seconds from start to start, or None without a hop.
        by, context, lookahead, max_length: The arguments of these names, as exact fractions.
        causal: True or False, never None.

    Raises:
        InvalidArgument: An argument is not allowed, or two do not go together.

    Example:
        >>> windowing = Windowing(4, 0.5, context=1)
        >>> windowing
        Windowing(4, '1/2', context=1)
        >>> windowing.hop, windowing.causal
        (Fraction(1, 2), True)
        >>> Windowing(20, by="utterance") == Windowing(by="utterance", max_length=20)
        True
    """

    length: Fraction | None
    hop: Fraction | None
    by: By | None = field(kw_only=True)
    context: Fraction = field(kw_only=True)
    lookahead: Fraction = field(kw_only=True)
    max_length: Fraction | None = field(kw_only=True)
    causal: bool = field(kw_only=True)

    def __init__(
        self,
        length: Seconds | None = None,
        hop: Seconds | None = None,
        *,
        by: By | None = None,
        context: Seconds = 0,
        lookahead: Seconds = 0,
        max_length: Seconds | None = None,
        causal: bool | None = None,
    ) -> None:
        """Make a windowing."""
        kind = None if by is None else choice(by, BYS, "by")
        size = None if length is None else positive(length, "length", NUMBER_HINT)
        step = None if hop is None else positive(hop, "hop", NUMBER_HINT)
        longest = None if max_length is None else positive(max_length, "max_length", NUMBER_HINT)
        if causal is not None and not isinstance(causal, bool):
            raise InvalidArgument(
                f"causal must be True, False or None, got {short_repr(causal)}; leave it out for the default"
            )
        if kind is None:
            size, step = _checked_hop(size, step, longest)
        else:
            size, longest = _checked_by(kind, size, step, longest, causal)
        values: dict[str, object] = {
            "length": size,
            "hop": step,
            "by": kind,
            "context": from_zero(context, "context", "give the seconds decoded before the label span"),
            "lookahead": from_zero(lookahead, "lookahead", "give the seconds decoded after the label span"),
            "max_length": longest,
            "causal": kind is None and causal is not False,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        words = [] if self.length is None else [number_text(self.length)]
        if self.hop is not None and self.hop != self.length:
            words.append(number_text(self.hop))
        if self.by is not None:
            words.append(f"by={self.by!r}")
        words += [f"{name}={number_text(value)}" for name in ("context", "lookahead") if (value := getattr(self, name))]
        if self.max_length is not None:
            words.append(f"max_length={number_text(self.max_length)}")
        if self.by is None and not self.causal:
            words.append("causal=False")
        return f"Windowing({', '.join(words)})"


def read_windowing(
    windowing: Windowing | Seconds | None, hop: Seconds | None, length: Seconds | None, by: By | None
) -> Windowing:
    """Return the windowing of a plan, from the record or from its short form: length, hop and by.

    Raises:
        InvalidArgument: Both forms, or two lengths, are given, or an argument is not allowed.
    """
    if isinstance(windowing, Windowing):
        for name, value in (("length", length), ("hop", hop), ("by", by)):
            if value is not None:
                raise InvalidArgument(
                    f"{name} must be left out beside a Windowing, got {short_repr(value)}; set it in the Windowing"
                )
        return windowing
    given: object = windowing
    if given is not None and not (isinstance(given, int | float | str | Fraction) or hasattr(given, "dtype")):
        raise InvalidArgument(
            f"windowing must be a Windowing or seconds, got {short_repr(windowing)}; a LabelRule goes to labels, the name of a "
            "kind of windows to by"
        )
    if windowing is not None and length is not None:
        raise InvalidArgument(
            f"length must be given once, got {short_repr(windowing)} and {short_repr(length)}; leave out one of them"
        )
    return Windowing(length if windowing is None else windowing, hop, by=by)


def _checked_hop(
    length: Fraction | None, hop: Fraction | None, max_length: Fraction | None
) -> tuple[Fraction, Fraction]:
    if length is None:
        raise InvalidArgument(
            f"length must be above 0 where by is left out, got None; give seconds, or by={listed(BYS)}"
        )
    if max_length is not None:
        raise InvalidArgument(
            f"max_length must be None with a hop, got {max_length}; leave it out, windows by hop all last {length} s"
        )
    return length, length if hop is None else hop


def _checked_by(
    by: By, length: Fraction | None, hop: Fraction | None, max_length: Fraction | None, causal: bool | None
) -> tuple[Fraction | None, Fraction | None]:
    """Return length and max_length of windows that are not cut by a hop."""
    if hop is not None:
        raise InvalidArgument(f'hop must be None with by="{by}", got {hop}; leave out one of them')
    if causal:
        raise InvalidArgument(
            f'causal must be False or None with by="{by}", got True; its boundaries come from annotators who saw all, so '
            "give a hop for causal windows"
        )
    if by == "change":
        if length is None:
            raise InvalidArgument(
                'length must be above 0 with by="change", got None; give the seconds around each change'
            )
        if max_length is not None:
            raise InvalidArgument(
                f'max_length must be None with by="change", got {max_length}; leave it out, these windows all last {length} s'
            )
        return length, None
    if length is not None and max_length is not None and length != max_length:
        raise InvalidArgument(
            f'max_length must be the length or None with by="{by}", got {max_length} beside length {length}; give one of them'
        )
    return None, max_length if length is None else length
