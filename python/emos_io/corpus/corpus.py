"""A corpus with its verbs. Each verb is a function; `Corpus` has the same function as a method, so it is stated once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from .._checks import checked_path, is_sequence
from ..errors import InvalidArgument
from ..formats.rows import checked_text_options
from ..spans import Seconds
from . import division, examination
from .data import CorpusData
from .findings import FindingCollector
from .link import attach, checked_folders
from .media_check import Probe
from .taxonomies import Taxonomy


def read_release(
    root: str | os.PathLike[str],
    *,
    media: Mapping[str, str | os.PathLike[str]] | None = None,
    strict: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Corpus:
    """Read the EmoS release as published: 9,403 clips and 46 monologues.

    Args:
        root: The folder that holds ``manifest.csv``.
        media: Folders of media by part, ``meld``, ``chsims``, ``streaming``; items whose file is there get its path.
        strict: Raise the first finding that is no mere repair.
        progress: Called with the name of each part before it is read.

    Raises:
        SourceNotFound: There is no such folder.
        CorpusError: It is no release, or `strict` is set and something is wrong.
        InvalidArgument: `media` names another part.

    Cost: two to three seconds for the whole release.
    """
    from .release.parts import read_release_parts

    folders = {} if media is None else checked_folders(media)
    corpus = _with_verbs(read_release_parts(checked_path(root, "root"), strict=strict, progress=progress))
    return attach(corpus, folders) if folders else corpus


def read_folder(
    folder: str | os.PathLike[str],
    *,
    annotations: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    columns: Mapping[str, str] | None = None,
    unit: Literal["s", "ms", "timestamp"] = "s",
    encoding: str | None = None,
    delimiter: str | None = None,
    layer: str | os.PathLike[str] | Taxonomy = "basic7",
    taxonomies: str | os.PathLike[str] | Taxonomy | Sequence[str | os.PathLike[str] | Taxonomy] = (),
    labels: Sequence[str] | Literal["infer"] | None = None,
    elan_tier: str | None = None,
    rater: str | None = None,
    sentences: str | os.PathLike[str] | None = None,
    language: str = "",
    frame_rate: Seconds | None = None,
    first_frame: int | None = None,
    probe: Probe | None = None,
    strict: bool = False,
) -> Corpus:
    r"""Read your own data: a folder of media with its annotations.

    A table without times gives clips: one item for each media file. Everything else gives monologues: labels on spans. Labels
    become labels of the layer's taxonomy; words outside of it are kept as open labels. Media are found by the name that a
    row or an annotation file gives, with or without suffix and folders.

    Args:
        folder: The folder of media; everything under it is searched.
        annotations: A file (.csv, .tsv, .eaf, .TextGrid, Label Studio .json), or a folder with one such file for each
            media file, under the same name; or a sequence of those, whose labels are read together. A relative path that is
            not there is looked for in the folder of media.
        columns: For tables, the name of the column of each field: ``{"item": "file", "label": "emotion"}``. Every column that
            is named is used, or refused.

            - ``item``: the media file, and ``label``; they are needed.
            - ``start`` and ``end`` or ``duration``; or ``start_frame`` and ``end_frame``, with `frame_rate`.
            - ``rater``; ``layer``, the taxonomy of the row's label, or of labels on spans a tier (see `elan_tier`); ``text``;
              ``confidence``, 0 to 1; ``intensity``, 1 to 5, which of clips is the layer ``intensity``.
            - ``speaker``, ``group``, ``fold``, ``split``, and ``group:KIND`` for any other kind: groups of the item. Blanks
              around their names are removed; of rows that contradict each other the first counts, and the others are
              findings.
        unit: Unit of times in tables: ``"s"``, ``"ms"``, or ``"timestamp"`` as 00:16:16,059.
        encoding: Encoding of tables, .srt, .vtt and TextGrid files that have no byte order mark, a name that Python knows,
            such as ``"gb18030"`` or ``"cp1252"``. None and ``"auto"`` detect it for each file: UTF-8, then GB18030 where the
            text looks Chinese, which is a guess and a finding. A .vtt that is UTF-8 is read so in any case; .eaf says its own.
        delimiter: The character between the cells of tables; None takes the one of comma, semicolon and tab that gives all
            columns.
        layer: The taxonomy of the labels: its name, or for one of your own its file (.json, .yaml; see `read_taxonomy`) or a
            `Taxonomy`. A relative path that is not there is looked for in the folder of media.
        taxonomies: Further taxonomies of your own, or their files, that rows of a column ``layer`` name.
        labels: For a quick start without a file: the labels of the layer in order, or ``"infer"`` for the words of the column,
            sorted. `layer` is then a name of your own. It takes one label at once, unless a cell has several of the inferred
            words. A finding names them.
        elan_tier: Name of the tier that holds the labels, where a file has several: a tier of ELAN or Praat, or a control of
            Label Studio. Where it is left out and all tiers with labels have the names of layers, each is read in its own.
        rater: Name of the rater whose labels count; all labels are votes. Several files about one media file are of several
            raters, unless they name the same one; a rater without a name has that of the folder (``r1/talk``) or of
            the file (``talk_r1``; ``r1`` where it comes again with other media). Where
            several raters labelled a media file and none is given, it has votes alone, which is a finding.
        sentences: An .srt, .vtt or WhisperX .json file, or a folder with one such file for each media file, under the same
            name; a language may follow it (``talk.en.srt``). Of several about one media file one counts.
        language: Language of all items, ISO 639-1.
        frame_rate, first_frame: Frames per second, exact if str (``"30000/1001"``), and the number of the first frame, 0 or 1:
            of Label Studio's frame numbers, whose files say neither; and of tables with columns of frames, where the first
            is frame 0 if it is left out. Frame k lasts ``[(k - first_frame) / frame_rate, (k - first_frame + 1) /
            frame_rate)``, and a label includes its end frame.
        probe: How long a media file is; without it, or where the file cannot be read, a monologue ends with its last label
            or sentence.
        strict: Raise the first finding that is no mere repair.

    Raises:
        SourceNotFound: A folder or a file is not there, or a folder holds no annotation files.
        SourceUnreadable: An annotation file that is named is not of its format; one that was found in a folder is a finding.
        InvalidArgument: `columns`, `elan_tier` or `rater` do not say which labels are meant, a layer has no taxonomy, or an
            annotation file cannot be used.
        CorpusError: `strict` is set and something is wrong.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "one.mp4").write_bytes(b"")
        >>> _ = (folder / "labels.csv").write_text("file,t0,t1,emotion\none.mp4,0,1500,Joy\none.mp4,1500,2250,Fear\n")
        >>> columns = {"item": "file", "start": "t0", "end": "t1", "label": "emotion"}
        >>> corpus = read_folder(folder, annotations="labels.csv", columns=columns, unit="ms")
        >>> corpus.monologues["one"].labels("basic7").at(["1", "1.5", "2.25"])
        ['Joy', 'Fear', None]
    """
    from .folder import FolderOptions, folder_layers, read_folder_files

    encoding, delimiter = checked_text_options(encoding, delimiter)
    root = checked_path(folder, "folder")
    options = FolderOptions(
        columns=columns,
        unit=unit,
        encoding=encoding,
        delimiter=delimiter,
        layers=folder_layers(layer, taxonomies, labels, root),
        elan_tier=elan_tier,
        rater=rater,
        sentences=None if sentences is None else checked_path(sentences, "sentences"),
        language=language,
        frame_rate=frame_rate,
        first_frame=first_frame,
        probe=probe,
        findings=FindingCollector(strict=strict),
    )
    given = [annotations] if isinstance(annotations, str | os.PathLike) or not is_sequence(annotations) else annotations
    paths = [checked_path(each, "annotations") for each in given]
    if not paths:
        raise InvalidArgument("annotations must be one or more files or folders, got none; give the file of the labels")
    return _with_verbs(read_folder_files(root, paths, options))


def read_meld(path: str | os.PathLike[str], *, strict: bool = False) -> Corpus:
    """Read MELD as its authors publish it: the folder of train, dev and test csv, or one such file.

    Keys, decisions and errors are those of `emos_io.corpus.published.read_meld_csv`.
    """
    from .published import read_meld_csv

    return _with_verbs(read_meld_csv(checked_path(path), strict=strict))


def read_chsims(path: str | os.PathLike[str], *, strict: bool = False) -> Corpus:
    """Read CH-SIMS v2 as its authors publish it: its meta.csv, or the folder that holds it.

    Keys, decisions and errors are those of `emos_io.corpus.published.read_chsims_csv`.
    """
    from .published import read_chsims_csv

    return _with_verbs(read_chsims_csv(checked_path(path), strict=strict))


def save(corpus: CorpusData, folder: str | os.PathLike[str]) -> None:
    """Write a corpus as Parquet and JSON Lines; files and errors are those of `emos_io.corpus.storage.save`.

    Example:
        >>> import tempfile
        >>> from emos_io.corpus import Clip
        >>> folder = tempfile.mkdtemp()
        >>> save(Corpus([Clip(key="own/1", source="own", language="en")]), folder)
        >>> load(folder)
        Corpus(1 clips, 0 monologues, 0 findings)
    """
    from . import storage

    storage.save(corpus, checked_path(folder, "folder"))


def load(folder: str | os.PathLike[str]) -> Corpus:
    """Read what `save` wrote: the same corpus.

    Raises:
        SourceNotFound: The folder holds no saved corpus.
        CorpusError: A file is damaged or of another version.
    """
    from . import storage

    return _with_verbs(storage.load(checked_path(folder, "folder")))


class Corpus(CorpusData):
    """Static clips and streaming monologues with their labels.

    ``len(corpus)`` and ``for item in corpus`` are over all items: clips, then monologues. A corpus is never changed: what
    adds to it gives another one.

    Args:
        clips: Static items (`Clip`).
        monologues: Streaming items (`Monologue`).
        findings: What the readers repaired, left out or found wrong.
        origin: Where it was read.
        taxonomies: Its own taxonomies, of layers that the package does not know.

    Attributes:
        clips, monologues: The items, found by key (`Items`).
        findings: The findings (`Findings`).
        origin: Where it was read.
        taxonomies: Its own taxonomies.

    Example:
        >>> from emos_io.corpus import Clip, Corpus
        >>> corpus = Corpus([
        ...     Clip(key=f"own/{number}", source="own", language="en", text="Hi.", group={"video": f"v{number}"})
        ...     for number in range(4)
        ... ])
        >>> corpus, len(corpus)
        (Corpus(4 clips, 0 monologues, 0 findings), 4)
        >>> corpus.clips["own/2"].group
        {'video': 'v2'}
        >>> split = corpus.split(seed=7, test=0.25)
        >>> len(split.train), len(split.test)
        (3, 1)
        >>> corpus.doctor().counts["clips_by_language"]
        {'en': 4}
    """

    from_release = staticmethod(read_release)
    from_folder = staticmethod(read_folder)
    from_meld = staticmethod(read_meld)
    from_chsims = staticmethod(read_chsims)
    split = division.split
    folds = division.folds
    leave_one_out = division.leave_one_out
    doctor = examination.doctor

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the corpus as Parquet and JSON Lines; see `emos_io.corpus.save`."""
        save(self, folder)

    @staticmethod
    def load(folder: str | os.PathLike[str]) -> Corpus:
        """Read what `save` wrote; see `emos_io.corpus.load`."""
        return load(folder)


def _with_verbs(read: CorpusData) -> Corpus:
    return Corpus(read.clips, read.monologues, read.findings, read.origin, read.taxonomies)
