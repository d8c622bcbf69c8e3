"""What is spoken, in English and Chinese: plain sentences, drawn without regard to the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .draws import Draws

LANGUAGES = ("en", "zh")

_WORDS: Mapping[str, Sequence[str]] = {
    "en": (
        "On Monday|On Tuesday|This morning|Last night|At noon|After lunch"
        "|Before work|In the winter|Once a week|Some days ago|At eight|On the way home",
        "my brother|the teacher|our neighbour|a driver|the baker|her cousin"
        "|the new clerk|an old friend|the guard|their aunt|the painter|a student",
        "moved|bought|counted|carried|cleaned|found|sold|opened|painted|weighed|borrowed|packed",
        "two chairs|the blue box|a long table|six plates|the paper bags|an iron lamp"
        "|some bricks|a bicycle|the garden gate|three coats|the kitchen clock|a pile of books",
        "near the station|behind the school|at the market|by the river|in the cellar|under the bridge"
        "|next to the bank|on the third floor|beside the road|in the yard|at the harbour|across the street",
        "and went inside|and wrote it down|with both hands|for a colleague|without a key|in ten minutes"
        "|while it rained|as agreed|and closed the door|before the bus came|for the second time|and sat down",
    ),
    "zh": (
        "星期一|星期二|今天早上|昨天晚上|中午十二点|午饭以后|上班以前|冬天的时候|每个星期|前几天|八点钟|回家路上",
        "我哥哥|那位老师|我们邻居|一个司机|面包师傅|她表妹|新来的职员|一位老朋友|门口保安|他们阿姨|画画的人|一名学生",
        "搬走了|买到了|数完了|抬起了|擦干净|找到了|卖掉了|打开了|刷好了|称过了|借来了|装好了",
        "两把椅子|蓝色箱子|一张长桌|六个盘子|许多纸袋|一盏铁灯|几块砖头|一辆自行车|花园大门|三件外套|厨房的钟|一摞旧书",
        "就在车站附近|在学校后面|在菜市场里|在小河边上|在地下室中|在大桥底下"
        "|在银行旁边|在三层楼上|在公路一侧|在院子当中|在港口那里|在街道对面",
        "然后走进屋子|并且记了下来|用的是双手|帮一位同事|没有带钥匙|花了十分钟"
        "|外面下着雨|按照约定|随后关上了门|赶在公交来前|已经是第二次|接着坐了下来",
    ),
}
"""What each part of a sentence can be, with bars between."""
_MARKS = {"en": (" ", "."), "zh": ("", "。")}


def sentence_text(draws: Draws, language: str) -> str:
    """Return a sentence in a language of `LANGUAGES`.

    Example:
        >>> sentence_text(Draws(0), "en")[-1], sentence_text(Draws(0), "zh")[-1]
        ('.', '。')
    """
    between, end = _MARKS[language]
    return between.join(draws.one_of(words.split("|")) for words in _WORDS[language]) + end


def joined_text(sentences: Sequence[str], language: str) -> str:
    """Return sentences as one text."""
    return _MARKS[language][0].join(sentences)
