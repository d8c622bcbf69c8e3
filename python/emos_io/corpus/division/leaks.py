"""What sides of a division share: groups, texts, media, items, and labels that were fitted with test items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from ..._checks import as_number
from ...errors import InvalidArgument, short_repr
from ..data import CorpusData, checked_corpus
from ..finding_codes import Severity
from ..findings import FindingCollector
from ..records import Clip
from .groups import Item, groups_of, is_file, source_of
from .leak_findings import add_fitted, add_leaks, add_other_items, add_unknown_fits
from .leak_fits import fits_of
from .leak_report import Leak, LeakReport
from .near_texts import is_evidence, letters_of, near_pairs
from .values import Folds, Split

Digest = Callable[[str], str | None]
"""Returns what tells the media file of a path from others, or None where it cannot be read."""
_SECONDS = ("season", "episode", "start", "end")


def leaks(
    corpus: CorpusData,
    division: Split | Folds,
    *,
    digest: Digest | None = None,
    near: float = 0.8,
    progress: Callable[[int, int], None] | None = None,
) -> LeakReport:
    """Find what the sides of a division share, so that a score on test says less than it seems to.

    - Groups of all kinds that the items have, whether or not the division kept them together; clips of the same seconds of an
      episode are a group of the kind ``seconds``. A speaker is one within a source, as for `split`.
    - Texts of two items that are equal in their letters (case, blanks and signs do not count), or nearly so: of the parts of
      three letters that either has, a share of `near` or more is in both. Texts of under 24 bytes of letters in UTF-8 (24
      letters of English, 8 characters of Chinese), or of under 6 different parts, are no evidence: many people say "Yes.". The
      text of a monologue is its sentences, or where it has none its utterances.
    - Media of two items that are equal by their digest, whatever their keys and paths are.
    - One item on two sides; items of the division that the corpus lacks; items of the corpus that are on no side.
    - Decisions by a method that is fitted (``dawid_skene``, ``one_coin``) with test items. A recipe names the items of its fit
      by their `keys_sha256` (``fit_on_sha256``); without a name it was fitted on all of its layer, batch and raters, also on
      items whose fitted decision is in ``replaced`` by now. Train, validation, or both have no test item. Of folds each is
      test once: its own labels may be fitted on the train side of its split alone, and so must be the labels of that train
      side. No fit on items of folds is that for all of them, so decide once for each fold ``k``, with
      ``fit_on=folds.split(k).train``, and compare each of these corpora with ``folds.split(k)``. A name that is of no sides of
      the division, such as of a part of train, tells nothing: it is a note.

    They are faults, save that these are notes, since nothing can be done about them: speakers of dialogues, of whom each
    dialogue has several, unless the division was asked to keep speakers together; texts of different speakers, where speakers
    are groups (actors say one sentence each); published decisions; fits on items that are not known; items on no side.

    Args:
        corpus: The corpus that was divided.
        division: A split or folds of it. Each fold is a side.
        digest: What tells media from others; it is called once a path. Without it, only items of one path have equal media.
        near: The least similarity of texts that are nearly equal, above 0 and at most 1.
        progress: Called with the number of media files read and the number of all.

    Raises:
        InvalidArgument: A value is none of these.

    Cost: some two seconds for the 9,403 texts of EmoS, and a digest for each media file.

    Example:
        >>> from emos_io.corpus import Clip, Corpus, split
        >>> texts = ["Who told you that I was here last night?", "Yes.", "Who told you I was here last night?", "Yes."]
        >>> clips = [
        ...     Clip(key=f"own/{n}", source="own", language="en", text=text, group={"video": f"v{n}"}, speaker="anna")
        ...     for n, text in enumerate(texts)
        ... ]
        >>> half = split(Corpus(clips), seed=1, test=0.5)
        >>> half.test
        ('own/0', 'own/3')
        >>> [(each.kind, each.group, each.sides["test"]) for each in leaks(Corpus(clips), half, near=0.7).leaks]
        [('group', 'speaker', ('own/0', 'own/3')), ('near_text', None, ('own/0',))]
    """
    corpus, least, sides = checked_corpus(corpus), _checked_near(near), _Sides(division)
    items = {item.key: item for item in corpus}
    known = [item for item in items.values() if item.key in sides.of]
    collector = FindingCollector()
    texts = {item.key: text for item in known if is_evidence(letters_of(text := _text_of(item)))}
    media = _media_of(known, digest, collector, progress)
    found = [
        *(Leak("item", (key,), dict.fromkeys(own, (key,))) for key, own in sorted(sides.of.items()) if len(own) > 1),
        *_groups(known, sides, asked=division.by),
        *_texts(texts, items, sides, least),
        *_media(media, sides),
    ]
    unknown = {side: tuple(sorted(set(keys) - set(items))) for side, keys in sides.keys.items()}
    unassigned = tuple(sorted(set(items) - set(sides.of)))
    fits = fits_of(known, division, sides.of, items)
    add_leaks(collector, found, tuple(sides.keys), is_folds=isinstance(division, Folds))
    add_fitted(collector, fits, sides.of, is_folds=isinstance(division, Folds))
    add_unknown_fits(collector, fits, sides.of, is_folds=isinstance(division, Folds))
    add_other_items(collector, unknown, unassigned)
    return LeakReport(
        tuple(found),
        {side: keys for side, keys in unknown.items() if keys},
        unassigned,
        fits.with_test,
        fits.unknown,
        {"items": len(known), "texts": len(texts), "media": len(media)},
        collector.collected,
    )


class _Sides:
    """The sides of a division.

    Attributes:
        keys: Keys by side.
        of: The sides of each item, by key; one, if nothing is wrong.

    Raises:
        InvalidArgument: It is no division.
    """

    def __init__(self, division: object) -> None:
        if isinstance(division, Split):
            self.keys: dict[str, tuple[str, ...]] = {str(side): keys for side, keys in division.sides().items()}
        elif isinstance(division, Folds):
            self.keys = dict(zip(division.names, division.folds, strict=True))
        else:
            raise InvalidArgument(
                f"division must be a Split or Folds, got {short_repr(division)}; read its file with load_division"
            )
        self.of: dict[str, list[str]] = defaultdict(list)
        for side, keys in self.keys.items():
            for key in dict.fromkeys(keys):
                self.of[key].append(side)

    def sharing(self, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return keys by side, sorted; nothing where no two different items are on two sides."""
        different = sorted(set(keys))
        by_side = {side: tuple(key for key in different if side in self.of[key]) for side in self._touched(different)}
        return by_side if len(by_side) > 1 and len(different) > 1 else {}

    def _touched(self, keys: Iterable[str]) -> list[str]:
        touched = {side for key in keys for side in self.of[key]}
        return [side for side in self.keys if side in touched] if len(touched) > 1 else list(touched)


def _checked_near(near: object) -> Fraction:
    share = as_number(near)
    if share is None or not 0 < share <= 1:
        raise InvalidArgument(
            f"near must be above 0 and at most 1, got {short_repr(near)}; give the least similarity of texts that count"
        )
    # .8 means 4/5, which is a little less than the float.
    return max(Fraction(share).limit_denominator(1_000_000), Fraction(1, 1_000_000))


def _text_of(item: Item) -> str:
    if isinstance(item, Clip):
        return item.text
    if item.sentences:
        return " ".join(each.text for each in item.sentences)
    return " ".join(each.text.get(item.language) or next(iter(each.text.values()), "") for each in item.utterances)


def _groups(items: Sequence[Item], sides: _Sides, *, asked: Sequence[str]) -> list[Leak]:
    members: dict[tuple[str, str, str], list[Item]] = defaultdict(list)
    for item in items:
        for kind, names in groups_of(item).items():
            for name in names:
                if not is_file(item, kind, name):
                    members[kind, source_of(item, kind), name].append(item)
        seconds = [item.attributes.get(name) for name in _SECONDS]
        if isinstance(item, Clip) and None not in seconds:
            members["seconds", item.source, ", ".join(map(str, seconds))].append(item)
    found = []
    for kind, source, name in sorted(members):
        own = members[kind, source, name]
        by_side = sides.sharing(item.key for item in own)
        if by_side:
            is_note = kind == "speaker" and kind not in asked and all(map(_is_of_dialogue, own))
            found.append(Leak("group", (name,), by_side, kind, severity="note" if is_note else "fault"))
    return found


def _is_of_dialogue(item: Item) -> bool:
    """Return whether an item has a speaker beside its dialogue, whom no group of its own names."""
    return isinstance(item, Clip) and "dialogue" in item.group and "speaker" not in item.group


def _texts(texts: Mapping[str, str], items: Mapping[str, Item], sides: _Sides, near: Fraction) -> list[Leak]:
    keys_of: dict[str, list[str]] = defaultdict(list)
    for key in sorted(texts):
        keys_of[letters_of(texts[key])].append(key)
    found: list[Leak] = []
    for keys in keys_of.values():
        by_side = sides.sharing(keys)
        if by_side:
            severity = _severity_of_texts([items[key] for key in keys])
            found.append(Leak("equal_text", (texts[keys[0]],), by_side, similarity=1.0, severity=severity))
    different = list(keys_of)
    touched = [frozenset(side for key in keys for side in sides.of[key]) for keys in keys_of.values()]
    for first, second, similarity in sorted(near_pairs(different, touched, near)):
        one, other = keys_of[different[first]], keys_of[different[second]]
        severity = _severity_of_texts([items[key] for key in (*one, *other)])
        names = (texts[one[0]], texts[other[0]])
        by_side = sides.sharing((*one, *other))
        found.append(Leak("near_text", names, by_side, similarity=float(similarity), severity=severity))
    return found


def _severity_of_texts(items: Sequence[Item]) -> Severity:
    speakers = [item.group.get("speaker") for item in items]
    return "note" if None not in speakers and len(set(speakers)) == len(speakers) else "fault"


def _media_of(
    items: Sequence[Item],
    digest: Digest | None,
    collector: FindingCollector,
    progress: Callable[[int, int], None] | None,
) -> dict[str, str]:
    """Return what the media of items are told by, by key: their digest, or their path where there is no digest."""
    paths = {item.key: item.path for item in items if item.path is not None}
    if digest is None:
        return paths
    digests: dict[str, str | None] = {}
    different = sorted(set(paths.values()))
    for number, path in enumerate(different):
        value: object = digest(path)
        if value is not None and not isinstance(value, str):
            raise InvalidArgument(
                f"digest must give a str, or None for media that cannot be read, got {short_repr(value)}; correct the function"
            )
        digests[path] = value
        if progress:
            progress(number + 1, len(different))
    for key, path in paths.items():
        if digests[path] is None:
            collector.add("unreadable_media", key, "the media cannot be read", "its media were compared with no other")
    return {key: value for key, path in paths.items() if (value := digests[path]) is not None}


def _media(media: Mapping[str, str], sides: _Sides) -> list[Leak]:
    keys_of: dict[str, list[str]] = defaultdict(list)
    for key in sorted(media):
        keys_of[media[key]].append(key)
    pairs = ((name, sides.sharing(keys)) for name, keys in keys_of.items())
    return [Leak("equal_media", (name,), by_side) for name, by_side in pairs if by_side]
