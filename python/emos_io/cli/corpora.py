"""Reading a corpus, for all verbs that need one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..corpus import MEDIA_SOURCES, Corpus, FindingCollector, attach
from ..corpus.media_names import MediaNames
from ..corpus.release import is_release
from ..corpus.storage import ITEMS, PARQUET
from ..errors import CorpusError, SourceNotFound, quoted
from .output import progress, with_flags
from .own_data import OwnData, check_folder, has_media, read_own_data

_NUM_PARTS = 3


def read_corpus(path: str, own: OwnData | None = None, *, strict: bool = False) -> Corpus:
    """Read a saved corpus or the EmoS release, with a bar over its parts; with annotations, a folder of media.

    Args:
        path: The folder.
        own: Its annotations, of a verb that takes some; its taxonomies are those of any corpus.
        strict: Stop at the first finding that is no mere repair.

    Raises:
        CorpusError: The folder is no corpus, or `strict` is set, and a finding is no mere repair.
        UsageError: Annotations are given for a corpus, or none for a folder of media.
    """
    folder = Path(path)
    is_saved = is_saved_corpus(folder)
    if own is not None and own.annotations:
        if is_saved or is_release(folder):
            got = "a saved corpus" if is_saved else "a release"
            raise click.UsageError(
                f"--annotations must come with a folder of media, got {got}, which has labels; leave it out: {quoted(folder)}"
            )
        return read_own_data(folder, own, strict=strict)
    if is_saved:
        corpus = Corpus.load(folder)
        for finding in corpus.findings.at_least("note") if strict else ():
            raise CorpusError(str(finding))
        return corpus if own is None else corpus.with_taxonomies(own.taxonomies)
    if own is not None and not folder.exists():
        raise SourceNotFound(
            "there is no such folder; give one of the EmoS release or of a saved corpus, or of your own media with "
            f"--annotations: {quoted(folder)}",
            path=path,
        )
    if own is not None and is_media_folder(folder):
        raise click.UsageError(
            f"--annotations must be given with a folder of media, got none; name the file of its labels: {quoted(folder)}"
        )
    with progress("reading", _NUM_PARTS) as step:
        corpus = Corpus.from_release(folder, strict=strict, progress=lambda _: step())
    return corpus if own is None else corpus.with_taxonomies(own.taxonomies)


def is_saved_corpus(folder: Path) -> bool:
    """Return whether a folder holds a saved corpus."""
    return any((folder / name).is_file() for name in (ITEMS, *PARQUET.values()))


def is_media_folder(folder: Path) -> bool:
    """Return whether a path is a folder of media, and no corpus."""
    return folder.is_dir() and not is_saved_corpus(folder) and not is_release(folder) and has_media(folder)


def with_media(corpus: Corpus, media: str) -> Corpus:
    """Return a corpus with the media of a folder: items of the release by published names, others by their own.

    Items whose media are not there are one finding (``missing_media``) of each part.

    Raises:
        SourceNotFound: There is no such folder.
    """
    linked = attach(corpus, dict.fromkeys(MEDIA_SOURCES, Path(media)))
    names = {item.key: item.key for item in linked if item.key.partition("/")[0] not in MEDIA_SOURCES}
    if not names:
        return linked
    # The first part of a key names the source, which is no folder.
    names = {key: key.partition("/")[2] or key for key in names}
    findings = FindingCollector()
    found = MediaNames(Path(media), findings)
    matches = found.match_all(names.values())
    paths: dict[str, str] = {}
    for key, name in names.items():
        if matches[name].file is not None or matches[name].candidates:
            accepted = found.accept(matches[name], key, "the item is without media")
            if accepted is not None:
                paths[key] = str(found.path(accepted))
    missing = [item.key for item in linked if item.key in names and item.key not in paths and item.path is None]
    if missing:
        what = f"{len(missing)} of {len(names)} items have no media, {missing[0]} first"
        findings.add("missing_media", Path(media).name, what, "name the media as the items, or leave them out")
    return linked.with_paths(paths).with_findings(findings.collected)


def with_media_alone(corpus: Corpus, media: str) -> Corpus:
    """Return what `with_media` does, for verbs that print no findings: on stderr it says which items keep other media.

    Raises:
        UsageError: The folder has media of no item.
        SourceNotFound: There is no such folder.
    """
    linked = with_media(corpus, media)
    # Not resolved alone: media may be links to files elsewhere.
    folders = (Path(media).absolute(), Path(media).resolve())
    paths = {item.key: Path(item.path).absolute() for item in linked if item.path is not None}
    others = [key for key, path in paths.items() if not any(path.is_relative_to(each) for each in folders)]
    if len(others) == len(paths):
        raise click.UsageError(
            "--media must be a folder with media of the corpus, got one with none; name the media as the items: "
            f"{quoted(media)}"
        )
    if others:
        what = "1 item keeps other media" if len(others) == 1 else f"{len(others)} items keep other media, first"
        click.echo(f"{what}: {others[0]}, which --media lacks", err=True)
    return linked


def check_sources(sources: Sequence[str], own: OwnData, media: str | None) -> None:
    """Refuse annotations that are not about one folder among corpora and media files.

    Raises:
        UsageError: There are files alone or several folders, or ``--media`` names another one.
        SourceNotFound: There is no folder of that name.
    """
    if not own.annotations:
        return
    folders = [source for source in sources if Path(source).is_dir()]
    if len(folders) > 1:
        raise click.UsageError(
            f"--annotations must come with one folder of media, got {len(folders)}; leave the others out"
        )
    if not folders:
        check_folder(Path(next((source for source in sources if not Path(source).exists()), sources[0])))
    if media is not None:
        raise click.UsageError("--media must be left out with --annotations, got both; the folder has the media")


def report_faults(corpus: Corpus, own: OwnData) -> None:
    """Print on stderr that annotations of a person's own are not all used, for verbs that print no findings."""
    faults = corpus.findings.at_least("fault") if own.annotations else ()
    if faults:
        number = "1 finding is a fault" if len(faults) == 1 else f"{len(faults)} findings are faults, first"
        click.echo(f"{number}: {with_flags(faults[0])}; emos doctor prints all", err=True)
