"""Who labelled: the raters that annotation files name, and those whom only their files tell apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ...errors import InvalidArgument, quoted
from ..findings import FindingCollector
from ..media_names import fold_name
from .nearest import what_to_give

_BETWEEN = " _-.@+"


def names_of_files(files: Iterable[Path], taken: Collection[str] = (), *, has_suffix: bool = False) -> dict[Path, str]:
    """Return a name for each file: its stem, or the shortest path that tells apart those of one stem.

    Args:
        files: Different files.
        taken: Names that are somebody else's.
        has_suffix: Whether all names have the suffix of the file; else only those that need it.

    Example:
        >>> names = names_of_files([Path("x/r1/a.eaf"), Path("x/r2/a.eaf"), Path("x/b.eaf")])
        >>> list(names.values())
        ['r1/a', 'r2/a', 'b']
        >>> list(names_of_files([Path("x/a.eaf"), Path("x/a.TextGrid")]).values())
        ['a.eaf', 'a.TextGrid']
    """
    alike: dict[str, list[Path]] = {}
    for file in files:
        alike.setdefault(file.name if has_suffix else file.stem, []).append(file)
    names: dict[Path, str] = {}
    for group in alike.values():
        used = {*taken, *names.values()}
        names |= next(
            (found for found in _forms(group, has_suffix=has_suffix) if len({*found.values()} - used) == len(group)),
            {file: file.as_posix() for file in group},
        )
    return names


def _forms(files: Sequence[Path], *, has_suffix: bool) -> Iterator[dict[Path, str]]:
    """Yield names of files from the shortest on: with no folder, with one, and so on."""
    for num_folders in range(max(len(file.parts) for file in files)):
        for suffix in (True,) if has_suffix else (False, True):
            yield {
                file: "/".join([*_last(file.parent.parts, num_folders), file.name if suffix else file.stem])
                for file in files
            }


def _last(parts: Sequence[str], number: int) -> Sequence[str]:
    return parts[max(0, len(parts) - number) :]


def files_that_need_names(raters_by_file: Iterable[Mapping[Path, Collection[str | None]]]) -> list[Path]:
    """Return the files whose nameless labels are of a rater of their own, in the order of their names.

    Two files about one item are of two people, unless they name the same one. Then everybody without a name gets one, so that a
    person is not somebody on one item and nobody on another.

    Args:
        raters_by_file: For each item, the raters of its labels by file; None is a label that names nobody.
    """
    items = list(raters_by_file)
    if not any(len(each) > 1 and not all(all(map(bool, raters)) for raters in each.values()) for each in items):
        return []
    return sorted({file for each in items for file, raters in each.items() if not all(map(bool, raters))})


def person_names(
    files_by_media: Mapping[str, Collection[Path]],
    folders: Mapping[Path, Collection[str]],
    taken: Collection[str],
) -> dict[Path, str]:
    """Return the person that each file names beside its medium, or nothing where files do not name persons.

    They do where each file is named after its medium and has one such name, no two files about one medium have the same, and
    the names are folders (``r1/talk.eaf``) or come again with other media (``talk_r1.eaf``, ``walk_r1.eaf``): one person then
    has one name over all media. A name with a medium that stands alone may be anything.

    Args:
        files_by_media: The files about each medium, by its key, whose labels name nobody.
        folders: Their folders, of `folders_apart`.
        taken: Names that are somebody else's.

    Example:
        >>> files = [Path("e/r1/a.eaf"), Path("e/r2/a.eaf"), Path("e/r1/b.eaf")]
        >>> names = person_names({"a": files[:2], "b": files[2:]}, folders_apart(files), ())
        >>> list(names.values())
        ['r1', 'r2', 'r1']
    """
    found: dict[Path, str] = {}
    by_folder = True
    media_of: dict[str, set[str]] = {}
    for key, files in files_by_media.items():
        medium = fold_name(key.rsplit("/", 1)[-1])
        for file in files:
            beside = {each for each in file_aliases(file, key, folders[file]) if fold_name(each) != medium}
            beside -= {file.stem}
            stem = fold_name(file.stem)
            if len(beside) != 1 or not (stem.startswith(medium) or stem.endswith(medium)):
                return {}
            (name,) = beside
            if found.setdefault(file, name) != name:
                return {}
            by_folder = by_folder and stem == medium
            media_of.setdefault(name, set()).add(key)
        if len({found[file] for file in files}) < len(files):
            return {}
    several = any(len(media) > 1 for media in media_of.values())
    return found if (by_folder or several) and not media_of.keys() & set(taken) else {}


def folders_apart(files: Collection[Path]) -> dict[Path, frozenset[str]]:
    """Return the names of the folders that lie between each file and the folder that all of them lie in.

    Example:
        >>> [sorted(names) for names in folders_apart([Path("e/r1/s1/a.eaf"), Path("e/r2/a.eaf")]).values()]
        [['r1', 's1'], ['r2']]
    """
    parents = {file: file.absolute().parent.parts for file in files}
    shared = 0
    for level in zip(*parents.values(), strict=False):
        if len(set(level)) > 1:
            break
        shared += 1
    return {file: frozenset(parts[shared:]) for file, parts in parents.items()}


def check_rater(rater: str | None, raters: Collection[str], aliases: Collection[str], annotations: Path) -> None:
    """Refuse a rater whom no annotation names.

    Raises:
        InvalidArgument: There are raters, and `rater` is the name of none of them, nor an alias of one.
    """
    if rater is None or not raters or rater in raters or rater in aliases:
        return
    known = sorted(filter(None, raters))
    if not known:
        raise InvalidArgument(
            f"rater must be left out where no file names one, got {rater!r}; leave it out: {quoted(annotations)}",
            path=str(annotations),
        )
    fix = what_to_give(rater, known, "correct it")
    raise InvalidArgument(
        f"rater must be one of {', '.join(map(repr, known))}, got {rater!r}; {fix}: {quoted(annotations)}",
        path=str(annotations),
    )


def file_aliases(file: Path, key: str, folders: Collection[str] = ()) -> set[str]:
    """Return what the rater of a file about one medium may be called besides: its stem, and what it has besides the medium.

    Args:
        file: The annotation file.
        key: Key of the medium.
        folders: The folders of the file that others do not lie in; those of the medium itself are nobody's name.

    Example:
        >>> sorted(file_aliases(Path("labels/talk_r1.eaf"), "day/talk"))
        ['r1', 'talk_r1']
        >>> sorted(file_aliases(Path("labels/r1/talk.eaf"), "day/talk"))
        ['r1', 'talk']
    """
    medium = fold_name(key.rsplit("/", 1)[-1])
    stem = fold_name(file.stem)
    own = {fold_name(part) for part in key.split("/")[:-1]}
    found = {file.stem, *(each for each in folders if fold_name(each) not in own)}
    if stem == medium:
        found.add(file.parent.name)
    elif stem.startswith(medium) and len(stem) == len(file.stem):
        found.add(file.stem[len(medium) :].lstrip(_BETWEEN))
    elif stem.endswith(medium) and len(stem) == len(file.stem):
        found.add(file.stem[: -len(medium)].rstrip(_BETWEEN))
    return found - {""}


def chosen_rater(
    rater: str | None,
    raters: Collection[str],
    aliases: Mapping[str, Collection[str]],
    where: str,
    findings: FindingCollector,
) -> str | None:
    """Return the rater whose labels of one item count, or None where there is no decision, which is a finding.

    Args:
        rater: The rater that was asked for, or None.
        raters: Those who labelled the item.
        aliases: What those whom only their files name may be called besides.
        where: Key of the item.
        findings: Takes ``several_raters`` and ``missing_rater``.
    """
    known = sorted(raters)
    if rater is None and len(known) > 1:
        what = f"{len(known)} raters labelled it: {', '.join(map(repr, known))}"
        fix = "all are votes and none decides; give rater=, or aggregate the votes"
        findings.add("several_raters", where, what, fix)
        return None
    if rater is None or rater in known:
        return rater if rater is not None else next(iter(known), None)
    meant = [each for each in known if rater in aliases.get(each, ())]
    if len(meant) == 1:
        return meant[0]
    if known:
        what = f"{rater!r} did not label it; {', '.join(map(repr, known))} did"
        fix = what_to_give(rater, known, "add the labels of the rater, or correct the name")
        findings.add("missing_rater", where, what, f"all are votes and none decides; {fix}")
    return None
