"""What the names of values in an answer mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from ...corpus import Taxonomy
from ...corpus.label_words import folded

Meaning = Literal["label", "several", "secondary", "confidence", "intensity", "time", "start", "end", "segments"]
"""`label` is the one emotion, `several` a list of all, `secondary` those beside it; times and segments are of monologues."""

LAYER = "layer "
"""What the meaning of a name of a layer begins with; the name of the layer follows."""

_NAMES: dict[Meaning, str] = {
    "label": "label; emotion; emotion label; emotional state; emotion class; emotion category; feeling; sentiment; mood; "
    "primary; primary emotion; emotion primary; primary label; main emotion; dominant emotion; overall emotion; "
    "answer; final answer; final label; final emotion; prediction; predicted label; predicted emotion; "
    "category; class; classification; choice; option; "
    "标签; 情绪; 情感; 情绪标签; 情感标签; 主要情绪; 主要情感; 主导情绪; 答案; 最终答案; 情绪类别; 情感类别; 类别; 预测; "
    "选项; 標籤; 情緒; 主要情緒; 情緒標籤; 類別; 預測; 選項",
    "several": "labels; emotions; emotion labels; predicted labels; predicted emotions; answers; classes; categories; choices; "
    "options; 标签列表; 情绪列表; 所有情绪",
    "secondary": "secondary; secondary emotion; secondary emotions; emotion secondary; emotions secondary; secondary label; "
    "secondary labels; other emotions; other labels; further emotions; fine emotions; fine labels; "
    "次要情绪; 次要情感; 次要标签; 其他情绪; 次要情緒; 其他情緒",
    "confidence": "confidence; confidence score; confidence level; certainty; probability; likelihood; "
    "置信度; 信心; 把握; 可信度; 自信度; 概率; 信心度; 機率",
    "intensity": "intensity; emotion intensity; emotional intensity; strength; intensity level; "
    "强度; 情绪强度; 程度; 強度; 情緒強度",
    "time": "time; times; time range; timestamp; timestamps; timestamp range; time span; timespan; span; range; interval; "
    "时间; 时间段; 时间范围; 时间戳; 時間; 時間段",
    "start": "start; start time; begin; from; start seconds; 开始; 开始时间; 起始时间; 開始; 開始時間",
    "end": "end; end time; to; until; end seconds; 结束; 结束时间; 終止; 結束; 結束時間",
    "segments": "segments; utterances; timeline; segment list; 片段; 分段; 段落",
}
_KNOWN: dict[str, str] = {name.strip(): meaning for meaning, names in _NAMES.items() for name in names.split(";")}
_OF_LAYERS = {
    "basic7": ("basic 7", "basic emotion", "basic emotions", "basic label", "基本情绪"),
    "goemotions": ("goemotion", "go emotions", "goemotions 28", "fine grained emotions", "fine grained emotion", "细粒度情绪"),
}  # fmt: skip
_BLANKS = re.compile(r"[\s_\-]+")
_REMARK = re.compile(r"^([^()]{1,60})\(([^()]{0,60})\)$")
_FILLERS = frozenset(
    re.findall(
        r"\S+",
        "so therefore thus hence overall i think i'd say believe would the a an my most likely best final correct speaker's "
        "speaker of this clip video in by for expressed conveyed shown person person's that is",
    )
)
LONGEST = 60
"""Names of values are at most so long."""


class Keys:
    """Says what names mean for an answer in some layers.

    Args:
        layers: The layers that were asked for.
    """

    def __init__(self, layers: Sequence[Taxonomy]) -> None:
        self._known = dict(_KNOWN)
        for layer in layers:
            for name in (*_OF_LAYERS.get(layer.name, ()), layer.name):
                self._known[_plain(name)] = LAYER + layer.name

    def meaning(self, name: str) -> str | None:
        """Return the meaning of a name, or None: one of `Meaning`, or `LAYER` and the name of a layer."""
        if len(name) > LONGEST:
            return None
        plain = _plain(name.strip(" \t\r\n*_`\"'“”#>-•·【】[]{}"))
        if found := self._known.get(plain):
            return found
        meanings = {self._known.get(part) for part in _parts(plain)}
        return meanings.pop() if len(meanings) == 1 else None

    def meaning_of_sentence(self, head: str) -> str | None:
        """Return the meaning of what stands before "is": ``label`` for "the emotion of the speaker", else None."""
        if len(head) > LONGEST:
            return None
        words = [
            word
            for word in _plain(head.strip(" \t*_`\"'“”#>-•·")).replace("’", "'").replace(",", " ").split()
            if word not in _FILLERS
        ]
        found = self._known.get(" ".join(words))
        return found if found == "label" or (found or "").startswith(LAYER) else None


def _parts(plain: str) -> Iterator[str]:
    """Return the parts of a name that each have a meaning: both of ``emotion/情绪``, that before ``(0-1)``."""
    if found := _REMARK.match(plain):
        yield found[1].strip()
        return
    for part in plain.split("/"):
        yield part.strip()


def _plain(name: str) -> str:
    return _BLANKS.sub(" ", folded(name)).strip()
