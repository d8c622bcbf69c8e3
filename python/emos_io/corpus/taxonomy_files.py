"""Taxonomies of your own: files of JSON or YAML, with the maps that lead from one to another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .._checks import checked_path
from ..errors import InvalidArgument, SourceNotFound, quoted, short_repr
from .strict_files import NotText, read_strictly
from .taxonomies import LabelMap, Taxonomy, known_names, taxonomy
from .taxonomy_checks import (
    FILE_SUFFIXES,
    check_no_package_name,
    checked_labels,
    checked_multiple,
    checked_name,
    checked_text,
    checked_words,
)

KEYS = ("name", "version", "title", "labels", "aliases", "neutral", "abstain", "multiple", "maps")
"""What a file of a taxonomy may say; it must say its labels."""

MAX_BYTES = 2**18
"""The largest file of a taxonomy."""

MAX_FILES = 32
"""How many files maps may lead through, one after another."""


def read_taxonomy(path: str | os.PathLike[str]) -> Taxonomy:
    r"""Read a taxonomy of your own from a JSON or YAML file.

    The file is a mapping. Each word stands for one thing alone; letter case and Unicode forms make no other word.

    - ``labels``: the labels, in the order of class indices, two or more. All else may be left out.
    - ``name``: the name of its layer; the name of the file without its suffix if left out.
    - ``version``: text or a number as written, ``"1"`` if left out; and ``title``: one line, the name if left out.
    - ``aliases``: other words for labels, by language: ``{"en": {"calm": ["quiet", "at ease"]}}``. They are read in cells of
      any language.
    - ``neutral``: the label of no emotion. ``abstain``: the word for "none of these", which is no label.
    - ``multiple``: true where an item may have several labels at once; false if left out.
    - ``maps``: labels of another taxonomy for all of these: ``{"basic7": {"calm": "Neutral", "tense": "Fear"}}``. The abstain
      word may have a label too. The key is the name of a taxonomy of the package, or the path of a file, relative to this one.

    Raises:
        SourceNotFound: There is no such file, or none that a map names.
        SourceUnreadable: It is damaged, is no UTF-8 or no mapping, has a key twice, or a tag or a reference of YAML.
        InvalidArgument: Its content is not that of a taxonomy, or maps lead in a circle; the text says what, and the file.
        TooLarge: It has more than 256 KiB.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "moods.yaml"
        >>> lines = ["labels: [calm, tense]", "aliases: {en: {calm: [quiet]}}", "maps: {mer6: {calm: neutral, tense: worried}}"]
        >>> _ = path.write_text("\n".join(lines))
        >>> moods = read_taxonomy(path)
        >>> moods, moods.aliases["quiet"], moods.maps["mer6"]["tense"]
        (Taxonomy('moods', version='1', 2 labels), 'calm', 'worried')
    """
    return read_taxonomies(path)[0]


def read_taxonomies(path: str | os.PathLike[str]) -> tuple[Taxonomy, ...]:
    """Read a taxonomy as `read_taxonomy` does, and those of the files that its maps lead to.

    Returns:
        The taxonomy of the file, then the others, each once.
    """
    read: dict[Path, Taxonomy] = {}
    found = _read(checked_path(path, "taxonomy"), (), read)
    _check_names(read)
    return tuple(dict.fromkeys([found, *read.values()]))


def is_taxonomy_file(layer: str | os.PathLike[str] | Taxonomy) -> bool:
    """Return whether what stands for a layer is the path of a file and no name: a path, or a text that ends as such files do.

    Example:
        >>> is_taxonomy_file("moods.yaml"), is_taxonomy_file(Path("moods")), is_taxonomy_file("basic7")
        (True, True, False)
    """
    if isinstance(layer, str):
        return layer.casefold().endswith(FILE_SUFFIXES)
    return isinstance(layer, os.PathLike)


def _read(path: Path, chain: tuple[Path, ...], read: dict[Path, Taxonomy]) -> Taxonomy:
    """Read a file, and those that its maps lead to, unless they were read.

    Args:
        path: The file.
        chain: The files that led to it.
        read: Taxonomies by the files that were read; takes those of this one.
    """
    found = path.resolve()
    if found in read:
        return read[found]
    if path.suffix.lower() not in FILE_SUFFIXES:
        raise InvalidArgument(
            f"a taxonomy file must be .json, .yaml or .yml, got {path.suffix or 'no suffix'}; rename it: {quoted(path)}",
            path=str(path),
        )
    values = read_strictly(path, what="taxonomy", max_bytes=MAX_BYTES)
    try:
        read[found] = _taxonomy(values, path, (*chain, found), read)
    except InvalidArgument as error:
        if error.path is not None:
            raise
        raise InvalidArgument(": ".join((str(error), quoted(path))), path=str(path)) from error
    return read[found]


def _taxonomy(
    values: Mapping[object, object], path: Path, chain: tuple[Path, ...], read: dict[Path, Taxonomy]
) -> Taxonomy:
    unknown = [key for key in values if key not in KEYS]
    if unknown:
        raise InvalidArgument(
            f"keys of a taxonomy must be among {', '.join(KEYS)}, got {short_repr(unknown[0])}; correct it or remove it"
        )
    if "labels" not in values:
        raise InvalidArgument("a taxonomy must have labels, got none; add labels: with two or more")
    name = checked_name(values.get("name", path.stem))
    check_no_package_name(name, known_names())
    labels, abstain, neutral = checked_labels(values["labels"]), values.get("abstain"), values.get("neutral")
    version, title = values.get("version", "1"), checked_text(values.get("title", name), "title of a taxonomy")
    # A number is the version that was written: 1.10 is not 1.1.
    version = checked_text(version.written if isinstance(version, NotText) else version, "version of a taxonomy")
    multiple = checked_multiple(values.get("multiple", False))
    own = Taxonomy(
        name,
        version,
        title,
        labels,
        None if abstain is None else checked_text(abstain, "abstain word"),
        multiple,
        _aliases(values.get("aliases", {})),
        neutral=None if neutral is None else checked_text(neutral, "neutral label"),
    )
    maps = _maps(values.get("maps", {}), own, path, chain, read)
    return Taxonomy(
        name, version, title, own.labels, own.abstain, multiple, own.aliases, neutral=own.neutral, maps=maps
    )


def _aliases(by_language: object) -> dict[str, str]:
    """Return labels by alias, from lists of aliases by label by language."""
    shape = "{'en': {'calm': ['quiet']}}"
    if not isinstance(by_language, Mapping):
        raise InvalidArgument(
            f"aliases must be by language, such as {shape}, got {short_repr(by_language)}; write them so"
        )
    found: dict[str, str] = {}
    first: dict[str, str] = {}
    for language, by_label in by_language.items():
        checked_text(language, "language of aliases")
        if not isinstance(by_label, Mapping):
            raise InvalidArgument(
                f"aliases in {language!r} must be lists by label, such as {shape}, got {short_repr(by_label)}; write them so"
            )
        for label, words in by_label.items():
            checked_text(label, "label of aliases")
            for alias in checked_words(words, f"aliases of {label!r} in {language!r}"):
                before = first.setdefault(alias, label)
                if before != label:
                    raise InvalidArgument(
                        f"alias must stand for one label, got {alias!r} for {before!r} and {label!r}; remove one of them"
                    )
                found[alias] = label
    return found


def _maps(
    maps: object, own: Taxonomy, path: Path, chain: tuple[Path, ...], read: dict[Path, Taxonomy]
) -> dict[str, LabelMap]:
    if not isinstance(maps, Mapping):
        raise InvalidArgument(
            "maps must be by taxonomy, such as {'basic7': {'calm': 'Neutral', 'tense': 'Fear'}}, got "
            f"{short_repr(maps)}; write them so"
        )
    found: dict[str, LabelMap] = {}
    for key, mapping in maps.items():
        other = _other(checked_text(key, "key of maps"), path, chain, read)
        if not isinstance(mapping, Mapping):
            raise InvalidArgument(f"map to {key!r} must be labels by label, got {short_repr(mapping)}; write it so")
        others = set(other.labels)
        unknown = [each for each in mapping.values() if not isinstance(each, str) or each not in others]
        if unknown:
            raise InvalidArgument(
                f"map to {key!r} must lead to {', '.join(other.labels)}, got {short_repr(unknown[0])}; correct it"
            )
        if other.name in found:
            raise InvalidArgument(f"maps must lead to each taxonomy once, got {other.name!r} twice; remove one")
        title = f"{own.title} to {other.title}"
        found[other.name] = LabelMap(f"{own.name}-{other.name}", own.version, title, own.name, other.name, mapping)
    return found


def _other(key: str, path: Path, chain: tuple[Path, ...], read: dict[Path, Taxonomy]) -> Taxonomy:
    """Return the taxonomy that the key of a map names: one of the package, or that of a file."""
    if key in known_names():
        return taxonomy(key)
    if not is_taxonomy_file(key):
        raise InvalidArgument(
            f"key of maps must be one of {', '.join(known_names())} or the path of a taxonomy file, got {key!r}; correct it"
        )
    file = path.parent / key
    if file.resolve() in chain:
        circle = [*chain[chain.index(file.resolve()) :], file.resolve()]
        steps = " -> ".join(each.name for each in circle)
        raise InvalidArgument(f"maps must not lead back to where they began, got {steps}; remove one of these maps")
    if len(chain) >= MAX_FILES:
        raise InvalidArgument(
            f"maps must lead through {MAX_FILES} files or fewer, got more; map to the last one directly"
        )
    if not file.is_file():
        raise SourceNotFound(
            f"there is no taxonomy file {key!r}, to which a map leads; correct the key: {quoted(path)}", path=str(path)
        )
    return _read(file, chain, read)


def _check_names(read: Mapping[Path, Taxonomy]) -> None:
    """Check that no two files that maps lead to are different taxonomies of one name."""
    files: dict[str, Path] = {}
    for file, found in read.items():
        before = files.setdefault(found.name, file)
        if read[before] != found:
            raise InvalidArgument(
                f"name of a taxonomy must be that of one, got {found.name!r} in {before.name!r} too; rename one: "
                f"{quoted(file)}",
                path=str(file),
            )
