"""Which media a plan has: one digest over all of its files, which a state holds and a resumed loop compares."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from ..errors import SourceChanged, quoted
from ..media import FileDigest, file_digest
from ..media.record import MediaRecord, file_stamp, settled
from ..plan import WindowPlan

_ADVICE = (
    "put back the media as they were, begin the epoch anew, or pass check_media=False where they were only re-muxed"
)

Digests = Mapping[str, FileDigest | None]


class PlanMedia:
    """The media of a plan, as files.

    Args:
        plan: The plan; items without windows do not count.

    Cost: the first digest opens each file once, several in parallel. Sizes and digests are kept in a sidecar beside the media
    (``.emos-media`` in the folder that holds them all, or the cache directory where that cannot be written), so that later
    runs only look at the files.
    """

    def __init__(self, plan: WindowPlan) -> None:
        self._items = plan.media_paths()
        self._digest: str | None = None

    def digest(self) -> str:
        """Return 16 hex digits over the keys of the items and the digests of their files, as they were when first asked for."""
        if self._digest is None:
            self._digest = _digest_of(self._items, self._read(self._record()))
        return self._digest

    def renew(self) -> None:
        """Let the next digest look at the files again."""
        self._digest = None

    def check(self, saved: str) -> None:
        """Compare the files as they are now with the digest of a state.

        Raises:
            SourceChanged: They are others; `path` and `key` name the first where the sidecar knows what it was.
        """
        self.renew()
        record = self._record()
        current = self._read(record)
        digest = _digest_of(self._items, current)
        if digest != saved:
            raise self._changed(record, current, saved)
        self._digest = digest

    def _record(self) -> MediaRecord | None:
        return MediaRecord.of(self._paths())

    def _paths(self) -> list[str]:
        return list(dict.fromkeys(path for _, path in self._items if path is not None))

    def _read(self, record: MediaRecord | None) -> Digests:
        """Return the digest of each file, from the record where the file is as it was, and put new ones there."""
        if record is None:
            return {}
        paths = self._paths()
        stamps = {path: file_stamp(path) for path in paths}
        digests: dict[str, FileDigest | None] = {path: record.known(path, stamps[path]) for path in paths}
        unknown = [path for path in paths if digests[path] is None]
        now = time.time_ns()
        if unknown:
            pool = ThreadPoolExecutor(min(len(unknown), len(os.sched_getaffinity(0))), "emos-digest")
            try:
                digests.update(zip(unknown, pool.map(file_digest, unknown), strict=True))
            finally:
                pool.shutdown(cancel_futures=True)
        record.update({path: (settled(stamps[path], now), digests[path]) for path in paths})
        return digests

    def _changed(self, record: MediaRecord | None, current: Digests, saved: str) -> SourceChanged:
        past = record.past(current) if record is not None else []
        before = next((table for table in past if _digest_of(self._items, table) == saved), None)
        if before is None:
            return SourceChanged(
                f"the media changed after the state was saved, and no sidecar knows which file; {_ADVICE}"
            )
        others = [(key, path) for key, path in self._items if path is not None and before.get(path) != current[path]]
        key, path = others[0]
        text = f"the file of {key!r} is not as it was when the state was saved"
        if len(others) > 1:
            text = f"the files of {len(others)} items, such as {key!r}, are not as they were when the state was saved"
        return SourceChanged(f"{text}; {_ADVICE}: {quoted(path)}", path=path, key=key)


def _digest_of(items: Sequence[tuple[str, str | None]], digests: Digests) -> str:
    total = hashlib.sha256()
    for key, path in items:
        found = None if path is None else digests.get(path)
        row = [key, None, None] if found is None else [key, found.size, found.digest]
        total.update(json.dumps(row, ensure_ascii=False).encode(errors="surrogatepass") + b"\n")
    return total.hexdigest()[:16]
