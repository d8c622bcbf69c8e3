"""Words that raters wrote, and what they become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io.corpus import FindingCollector, Normaliser, taxonomy
from emos_io.corpus.normalise import distance
from emos_io.corpus.release.typos import release_typos
from emos_io.corpus.taxonomies import real_words

BASIC, FINE = Normaliser(taxonomy("basic7")), Normaliser(taxonomy("goemotions"))
RELEASE = Normaliser(taxonomy("goemotions"), typos=release_typos("goemotions"))

SLIPS = {
    "annoaynce": "annoyance", "admiaration": "admiration", "disaaproval": "disapproval", "disaspproval": "disapproval",
    "resorse": "remorse", "remorrse": "remorse", "jou": "joy", "nervousnee": "nervousness", "surprsie": "surprise",
    "durprise": "surprise",
    "disdust": "disgust", "disggust": "disgust", "digust": "disgust", "grtitude": "gratitude", "curiosty": "curiosity",
    "curioisity": "curiosity", "amusemet": "amusement", "disire": "desire", "deisire": "desire", "relilef": "relief",
    "disappointement": "disappointment", "ssadness": "sadness", "sadenss": "sadness", "ambarrassment": "embarrassment",
    "ebarrassment": "embarrassment", "excitemrnt": "excitement", "exitement": "excitement", "lve": "love", "lone": "love",
    "anoyance": "annoyance", "nuetral": "neutral", "realizatoin": "realization", "opyimism": "optimism",
}  # fmt: skip
"""Every slip that stands in the published workbooks."""
OPEN = [
    "determination",
    "contempt",
    "despair",
    "hope",
    "rage",
    "pain",
    "trust",
    "empathy",
    "resignation",
    "confidence",
    "inspiration",
]


TABLE_ALONE = {"jou", "lve", "lone", "durprise", "ambarrassment"}
"""Of these the release alone knows what they are: they are short, begin with another letter, or are a word of their own."""
CHINESE = {
    "Anger": "愤怒 憤怒 生气 生氣 恼怒 惱怒 气愤 氣憤 发怒 發怒 发火 發火 恼火 惱火 愤慨 憤慨 怒气 怒氣 暴怒 怒",
    "Disgust": "厌恶 厭惡 恶心 噁心 惡心 讨厌 討厭 憎恶 憎惡 嫌恶 嫌惡 作呕 作嘔 反感 反胃",
    "Fear": "恐惧 恐懼 惧怕 懼怕 畏惧 畏懼 惊恐 驚恐 惊慌 驚慌 害怕 恐慌 惶恐 怕",
    "Joy": "喜悦 喜悅 高兴 高興 开心 開心 快乐 快樂 愉悦 愉悅 欢乐 歡樂 欢喜 歡喜 愉快 欣喜 幸福 喜",
    "Neutral": "中立 中性 自然 平静 平靜 无情绪 無情緒 没有情绪 沒有情緒 面无表情 面無表情",
    "Sadness": "难过 難過 伤心 傷心 悲伤 悲傷 哀伤 哀傷 忧伤 憂傷 悲哀 悲痛 心碎 哀",
    "Surprise": "惊喜 驚喜 惊讶 驚訝 惊奇 驚奇 吃惊 吃驚 震惊 震驚 诧异 詫異 惊愕 驚愕 错愕 錯愕",
}
NEAR = {
    "basic7": "danger tear dear gear bear madness badness gladness boy toy neural disguise distrust digest bride ranger "
    "angler surmise surplice sunrise joyed mad lad had feat natural",
    "goemotions": "daring baring curing carving charring sharing contusion conclusion confession collusion relied belief "
    "relive adoration aspiration amazement abasement optimist optimize lone live dove glove brief chief price prize pricey "
    "retaliation recourse ingratitude latitude negation approver angler carina carking carling desiree",
    "mer6": "worrier worries married hurried neural sap bad",
    "sentiment3": "position relative native negation",
}
"""Real words near a label of a taxonomy, of which none means the label."""


@pytest.mark.parametrize("word", SLIPS)
def test_slips_of_the_published_workbooks(word: str) -> None:
    read = RELEASE(word)
    assert read.labels == (SLIPS[word],)
    assert read.changes == ((word, SLIPS[word], "slip"),)


def test_the_table_of_the_release_has_its_typos_and_no_other() -> None:
    table = release_typos("goemotions")
    assert (table.name, table.version, dict(table.labels)) == ("emos-release-typos", "1", SLIPS)
    assert release_typos("basic7").labels == {}


@pytest.mark.parametrize("word", SLIPS)
def test_typos_that_no_rule_explains_are_known_for_the_release_alone(word: str) -> None:
    read = FINE(word)
    assert (read.labels, read.unknown) == (((), (word,)) if word in TABLE_ALONE else ((SLIPS[word],), ()))


@pytest.mark.parametrize(("layer", "word"), [(layer, word) for layer, words in NEAR.items() for word in words.split()])
def test_real_words_are_no_slips(layer: str, word: str) -> None:
    normalise = Normaliser(taxonomy(layer))
    for written in (word, word.upper(), word.capitalize()):
        read = normalise(written)
        assert (read.labels, read.unknown, read.changes) == ((), (written,), ())


@pytest.mark.parametrize("word", ["!joy", "≠joy", "¬ joy", "！高兴", "🚫Joy", "✗ fear"])
def test_a_word_that_is_denied_is_no_label(word: str) -> None:
    read = BASIC(word)
    assert (read.labels, read.unknown) == ((), (word,))
    assert BASIC(word[1:].strip() + "!").labels != ()


@given(st.data())
def test_a_slip_is_long_and_begins_like_its_label(data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(taxonomy("goemotions").labels))
    at = data.draw(st.integers(0, len(label) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    word = data.draw(st.sampled_from([label[:at] + letter + label[at + 1 :], label[:at] + label[at + 1 :]]))
    read = FINE(word)
    for written, found, how in read.changes:
        assert how in ("slip", "alias")
        if how == "slip":
            assert min(len(written), len(found)) > 5 and written[0] == found[0] and written not in real_words()
    assert read.labels or read.unknown == (word,) or not word


def test_no_real_word_is_a_label() -> None:
    for layer in ("basic7", "goemotions", "mer6", "sentiment2", "sentiment3", "sentiment5"):
        names = taxonomy(layer)
        assert not real_words() & {*(label.casefold() for label in names.labels), *names.aliases}
    assert all(word == word.casefold() for word in real_words())
    assert {"danger", "madness", "tear", "daring", "contusion", "relied"} <= real_words()


@pytest.mark.parametrize("label", CHINESE)
def test_everyday_chinese_words_in_both_scripts(label: str) -> None:
    for word in CHINESE[label].split():
        read = BASIC(word)
        assert (read.labels, read.unknown) == ((label,), ()), word


def test_there_are_sixty_chinese_words_and_more() -> None:
    assert len({word for words in CHINESE.values() for word in words.split()}) > 90
    chinese = [word for word, label in taxonomy("basic7").aliases.items() if not word.isascii() and label != "Unsure"]
    assert len(chinese) > 130


@pytest.mark.parametrize(
    "word", ["激动", "激動", "紧张", "尴尬", "无奈", "兴奋", "委屈", "意外", "惊吓", "烦躁", "恶", "气"]
)
def test_ambiguous_chinese_words_stay_open(word: str) -> None:
    assert (BASIC(word).labels, BASIC(word).unknown) == ((), (word,))


@pytest.mark.parametrize("written", ["Joy", "joy", "JOY", " jOy ", "Unsure", "UNSURE", "sadness;Fear"])
def test_letter_case_is_no_finding(written: str) -> None:
    for normalise in (BASIC, FINE):
        findings = FindingCollector()
        read = normalise.read(written, "row 2", findings)
        assert (read.labels or read.abstain) and read.changes == () and len(findings.collected) == 0


def test_a_side_of_two_languages_is_not_dropped_where_it_is_no_translation() -> None:
    assert BASIC("Anger/愤慨万分") == type(BASIC("x"))(
        ("Anger",), False, (), (("Anger/愤慨万分", "Anger", "bilingual"),)
    )
    both = BASIC("Anger/contempt")
    assert (both.labels, both.unknown) == (("Anger",), ("contempt",))
    assert BASIC("怒/轻蔑").unknown == ("轻蔑",)
    assert BASIC("Joy/Fear").unknown == ("Joy/Fear",)


@pytest.mark.parametrize("word", OPEN)
def test_other_emotions_are_not_guessed_at(word: str) -> None:
    read = FINE(word)
    assert (read.labels, read.unknown) == ((), (word,))


@pytest.mark.parametrize(
    ("normalise", "text", "labels", "how"),
    [
        (BASIC, "Anger/愤怒", ("Anger",), "bilingual"),
        (BASIC, "伤心", ("Sadness",), "alias"),
        (FINE, "realisation", ("realization",), "alias"),
        (BASIC, "開心！", ("Joy",), "alias"),
        (BASIC, "happy", ("Joy",), "alias"),
        (FINE, "grief 😢", ("grief",), "symbols"),
        (FINE, "lovedesire", ("love", "desire"), "two labels in one word"),
    ],
)
def test_other_ways_of_writing(normalise: Normaliser, text: str, labels: tuple[str, ...], how: str) -> None:
    read = normalise(text)
    assert read.labels == labels
    assert {change[2] for change in read.changes} == {how}


def test_cells_of_several_words() -> None:
    assert FINE("joy;pride").labels == ("joy", "pride")
    assert FINE("joy；pride, joy").labels == ("joy", "pride")
    assert FINE("").labels == () and not FINE("").abstain
    assert FINE("unsure").abstain and FINE("unsure").labels == ()
    read = FINE("realization" + " " * 40 + "re")
    assert (read.labels, read.unknown) == (("realization",), ("re",))


@given(st.sampled_from(taxonomy("goemotions").labels))
def test_a_label_is_itself(label: str) -> None:
    assert FINE(label) == type(FINE(label))((label,), False, (), ())


@given(st.text(max_size=30))
def test_nothing_is_lost_and_nothing_fails(text: str) -> None:
    read = FINE(text)
    assert set(read.labels) <= set(taxonomy("goemotions").labels)
    words = [word for word in text.replace(" ", "") if word.isalnum()]
    assert not words or read.labels or read.unknown or read.abstain


@given(st.text(alphabet="abcd", max_size=8), st.text(alphabet="abcd", max_size=8))
def test_the_distance_is_a_distance(a: str, b: str) -> None:
    assert distance(a, b) == distance(b, a)
    assert (distance(a, b) == 0) == (a == b)
    assert abs(len(a) - len(b)) <= distance(a, b) <= max(len(a), len(b))


def test_a_slip_of_two_labels_is_a_slip_of_neither() -> None:
    assert distance("isapproval", "approval") == 2 and distance("isapproval", "disapproval") == 1
    assert FINE("isapproval").unknown == ("isapproval",)


@pytest.mark.parametrize(
    ("layer", "value", "label"),
    [("sentiment2", 0.0, "negative"), ("sentiment2", 0.2, "positive"), ("sentiment3", -0.1, "negative"),
     ("sentiment3", 0.1, "neutral"),
     ("sentiment3", 0.2, "positive"), ("sentiment5", -0.7, "negative"), ("sentiment5", -0.6, "weakly negative"),
     ("sentiment5", 0.0, "neutral"), ("sentiment5", 0.7, "weakly positive"), ("sentiment5", 1.0, "positive")],
)  # fmt: skip
def test_bins_hold_their_right_edge(layer: str, value: float, label: str) -> None:
    assert taxonomy(layer).bin(value) == label
