"""Whether the media of a side have what a model is to see and hear, looked up before the first step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..corpus import Corpus
from ..errors import EmosError, InvalidArgument
from ..media import Media

_OTHER = {"audio": "video", "video": "audio"}


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """How many items of a side have a channel.

    Attributes:
        read: Items whose media were opened.
        lacking: Keys of items without the channel, sorted, by channel.
        unreadable: Keys of items whose media cannot be opened.
    """

    read: int
    lacking: Mapping[str, tuple[str, ...]]
    unreadable: tuple[str, ...]


def count_channels(
    corpus: Corpus, keys: Sequence[str], progress: Callable[[int, int], None] | None = None
) -> ChannelCounts:
    """Open the media of items, and return which lack video or audio.

    Args:
        corpus: The corpus.
        keys: Keys of items with media.
        progress: Called with how many files were opened and how many there are.

    Cost: that of opening each file.
    """
    items = {item.key: item for item in corpus}
    lacking: dict[str, list[str]] = {"video": [], "audio": []}
    unreadable = []
    for number, key in enumerate(keys):
        try:
            with Media(str(items[key].path), num_threads=1) as media:
                metadata = media.metadata
                if metadata.video is None:
                    lacking["video"].append(key)
                if metadata.audio is None:
                    lacking["audio"].append(key)
        except EmosError:
            # The plan says so, or the loader, as the recipe asks.
            unreadable.append(key)
        if progress is not None:
            progress(number + 1, len(keys))
    return ChannelCounts(len(keys), {channel: tuple(found) for channel, found in lacking.items()}, tuple(unreadable))


def check_channels(
    counts: ChannelCounts, side: str, channels: Sequence[str], *, silence_allowed: bool, word: str = "silence"
) -> tuple[str, ...]:
    """Refuse a side without a channel that the model is to learn from; return what else is to be known, in words.

    Args:
        counts: What the side has.
        side: Its name.
        channels: ``"video"``, ``"audio"`` or both.
        silence_allowed: Whether single files may lack audio.
        word: What allows it as ``missing_audio`` of the recipe.

    Raises:
        InvalidArgument: No item has a channel, or one lacks it and that is not allowed.
    """
    lines = []
    for channel in channels:
        keys = counts.lacking[channel]
        if not keys:
            continue
        number = "none" if len(keys) == counts.read else f"{len(keys)} of {counts.read} files without"
        other = _OTHER[channel]
        rest = f'set channels = ["{other}"] under [model] of the recipe, or give media with {channel}'
        if len(keys) == counts.read:
            raise InvalidArgument(
                f"corpus must have {channel} in {side}, got {number} in {counts.read} files; {rest}", key=keys[0]
            )
        if channel == "audio" and not silence_allowed:
            raise InvalidArgument(
                f"corpus must have audio in {side}, got {number}, such as {keys[0]!r}; set "
                f'missing_audio = "{word}" under [data] of the recipe, or {rest}',
                key=keys[0],
            )
        lines.append(f"{len(keys)} of {counts.read} files of {side} have no {channel}")
    return tuple(lines)
