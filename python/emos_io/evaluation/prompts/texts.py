"""The sentences of prompts, by language. A prompt whose texts change gets another version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Language = Literal["en", "zh"]
"""The language of the question; labels of an answer are those of the taxonomy in either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The sentences of one language; names in braces are filled in.

    Attributes:
        system: What the model is.
        clip, stream, part: What is asked of a clip, of a monologue, and of a monologue that goes from 00:00 to a time.
        transcript, sentences: What stands before what is spoken.
        one, some: How many labels of a layer are wanted, and the word for none.
        one_letter, some_letters: The same for letters.
        glosses: That words in brackets only explain a label; "" where there are none.
        lines, json: What stands before the form of the answer to a question about a clip.
        stream_lines, stream_json: The same of a monologue.
        label, labels, letter, letters, confidence, intensity, times: What stands in the form instead of a value.
        notes: What is said of values that may be left out.
    """

    system: str
    clip: str
    stream: str
    part: str
    transcript: str
    sentences: str
    one: str
    some: str
    one_letter: str
    some_letters: str
    glosses: str
    lines: str
    json: str
    stream_lines: str
    stream_json: str
    label: str
    labels: str
    letter: str
    letters: str
    confidence: str
    intensity: str
    times: str
    confidence_note: str
    intensity_note: str


_ENGLISH = Texts(
    system="You judge which emotions a speaker expresses, from the face, the voice and the words as far as you are given them. "
    "You answer in the form that is asked for, without any other text.",
    clip="Which emotion does the speaker of this clip express? Judge what can be seen and heard of this speaker alone, not "
    "what another person may feel.",
    stream="Which emotions does the speaker of this recording express, from its beginning to its end? Divide the speech into "
    "segments, in order of time. A new segment begins where the emotion turns, or where the speaker begins a new thought.",
    part=" The recording goes from 00:00 to {end}.",
    transcript="The speaker says: {text}",
    sentences="The speaker says, with times:",
    one="{layer}: choose one of these labels.",
    some="{layer}: choose every label of these that fits, the one that fits best first; write {none} if there is none.",
    one_letter="{layer}: choose the letter of one of these labels.",
    some_letters="{layer}: choose the letters of all of these labels that fit, the one that fits best first; write {none} if "
    "there is none.",
    glosses="",
    lines="Answer with these lines:",
    json="Answer with one JSON object of this form:",
    stream_lines="Answer with one line of this form for each segment; times are minutes:seconds from the beginning:",
    stream_json="Answer with one JSON object of this form; times are minutes:seconds from the beginning:",
    label="label",
    labels="label, label",
    letter="letter",
    letters="letter, letter",
    confidence="number",
    intensity="number",
    times="start-end",
    confidence_note="confidence is how sure you are, from 0 to 1; leave it out if you cannot say.",
    intensity_note="intensity is how strong the emotion is, a whole number from 1 (hardly noticeable) to 5 (very strong).",
)
_CHINESE = Texts(
    system="你的任务是判断说话人表达了哪些情绪。请根据所提供的面部表情、声音和话语来判断，"
    "并严格按照要求的格式作答，不要写任何其他文字。",
    clip="这段视频中的说话人表达了哪种情绪？只根据这位说话人的表现来判断，不要考虑其他人可能有的感受。",
    stream="这段录像中的说话人从头到尾表达了哪些情绪？请按时间顺序把讲话分成若干段。"
    "情绪发生转变，或者说话人开始表达新的想法时，就开始新的一段。",
    part="录像的时间是从00:00到{end}。",
    transcript="说话人说的话：{text}",
    sentences="说话人说的话和时间：",
    one="{layer}：从下列标签中选一个。",
    some="{layer}：从下列标签中选出所有符合的，最符合的写在最前面；如果都不符合，写{none}。",
    one_letter="{layer}：从下列标签中选一个，写它的字母。",
    some_letters="{layer}：从下列标签中选出所有符合的，写它们的字母，最符合的写在最前面；如果都不符合，写{none}。",
    glosses="括号里的中文只是解释；答案只写括号前的标签。",
    lines="请按以下各行的格式作答：",
    json="请用一个如下格式的JSON对象作答：",
    stream_lines="每一段写一行，格式如下；时间是从开头算起的分:秒：",
    stream_json="请用一个如下格式的JSON对象作答；时间是从开头算起的分:秒：",
    label="标签",
    labels="标签, 标签",
    letter="字母",
    letters="字母, 字母",
    confidence="数字",
    intensity="数字",
    times="开始-结束",
    confidence_note="confidence表示你的把握有多大，从0到1；说不准就不写。",
    intensity_note="intensity表示情绪的强度，用1（几乎察觉不到）到5（非常强烈）的整数。",
)

TEXTS: Mapping[Language, Texts] = MappingProxyType({"en": _ENGLISH, "zh": _CHINESE})
"""The sentences of each language."""
