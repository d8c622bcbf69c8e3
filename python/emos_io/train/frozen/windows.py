"""The windows of items: a clip is one, monologues are cut by length and hop, or by their utterances."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from ...corpus import Clip, Corpus, Monologue
from ...plan import LabelRule, PlanOnError, Windowing, WindowLocation, WindowPlan
from ...spans import Span

HowCut: TypeAlias = Literal["clips", "windows", "utterances"]


@dataclass(frozen=True, slots=True)
class Cut:
    """How items of one kind become windows.

    Attributes:
        how: ``"clips"``: each is one window. ``"windows"``: monologues by length and hop. ``"utterances"``: their utterances.
        length, hop: Seconds of windows of monologues.
    """

    how: HowCut
    length: Fraction
    hop: Fraction

    def plans(
        self, corpus: Corpus, keys: Sequence[str], *, labels: LabelRule | None, on_error: PlanOnError | None = None
    ) -> list[WindowPlan]:
        """Return the windows of items of the kind, item by item, forward; none for no items.

        Monologues that are shorter than the hop have one window each, and are plans of their own: a plan refuses a hop that is
        longer than an item.

        Args:
            corpus: The corpus.
            keys: Keys of items; those of the other kind are left out.
            labels: The label rule; None without labels.
            on_error: As `WindowPlan` has it.
        """
        items: list[Clip | Monologue] = [each for each in corpus if each.key in set(keys)]
        own = [each for each in items if isinstance(each, Clip) == (self.how == "clips")]
        parts: list[tuple[Sequence[Clip | Monologue], Windowing]] = []
        if self.how == "windows":
            several = [each for each in own if isinstance(each, Monologue)]
            long = [each for each in several if each.duration >= self.hop]
            short = [each for each in several if each.duration < self.hop]
            parts.append((long, Windowing(self.length, self.hop)))
            parts.append((short, Windowing(self.length, min((each.duration for each in short), default=self.hop))))
        else:
            parts.append((own, Windowing(by="clip" if self.how == "clips" else "utterance")))
        return [
            WindowPlan(
                corpus,
                windowing,
                labels=labels,
                split=[each.key for each in part],
                order="sequential",
                on_error=on_error,
            )
            for part, windowing in parts
            if part
        ]

    def row_span(self, window: WindowLocation, duration: Fraction) -> Span | None:
        """Return what a decision of a window is about: None for a clip, all of an utterance, else the time that is new.

        Args:
            window: The window; it may end after the item.
            duration: Seconds of the item.
        """
        if self.how == "clips":
            return None
        if self.how == "utterances":
            return window.label_span
        start = window.span.end - self.hop if window.span.start else Fraction(0)
        return Span(min(start, duration), min(window.span.end, duration))


def joined_fingerprint(plans: Sequence[WindowPlan]) -> str:
    """Return one fingerprint for several plans, 16 hex digits; that of a plan alone is its own."""
    if len(plans) == 1:
        return plans[0].fingerprint
    return hashlib.sha256("".join(each.fingerprint for each in plans).encode()).hexdigest()[:16]
