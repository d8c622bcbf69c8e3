"""Texts that are nearly equal: the index finds what comparing every pair finds."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from emos_io.corpus.division.near_texts import is_evidence, letters_of, near_pairs, similarity

NEAR = Fraction(4, 5)


def jaccard(one: str, other: str) -> Fraction:
    """The definition: parts of three letters that both have, over those that either has."""
    first, second = ({text[n : n + 3] for n in range(len(text) - 2)} for text in (one, other))
    return Fraction(len(first & second), len(first | second)) if first | second else Fraction(0)


texts = st.lists(st.text("ab好", max_size=9), max_size=9, unique=True)
shares = st.fractions(Fraction(1, 100), 1, max_denominator=100)


@settings(max_examples=60)
@given(texts, shares, st.lists(st.sets(st.sampled_from("xyz"), min_size=1), min_size=9, max_size=9))
@example(["aab", "aabb"], Fraction(1, 2), [{"x"}, {"y"}] + [{"x"}] * 7)
@example(["ababab", "bababa"], Fraction(1), [{"x", "y"}] * 9)
def test_the_index_finds_every_pair_that_is_near(several: list[str], near: Fraction, sides: list[set[str]]) -> None:
    frozen = [frozenset(each) for each in sides[: len(several)]]
    expected = {
        (one, other, jaccard(several[one], several[other]))
        for one, other in combinations(range(len(several)), 2)
        if jaccard(several[one], several[other]) >= near and len(frozen[one] | frozen[other]) > 1
    }
    found = list(near_pairs(several, frozen, near))
    assert len(found) == len(set(found)) and set(found) == expected


@given(st.text("ab好", max_size=9), st.text("ab好", max_size=9))
def test_similarity_is_that_of_the_definition_either_way_round(one: str, other: str) -> None:
    assert similarity(one, other) == similarity(other, one) == jaccard(one, other)


def test_case_width_blanks_and_signs_do_not_count() -> None:
    assert letters_of("  I'm  FINE —\n1st!") == "imfine1st"
    assert letters_of("你，好ＡＢＣ！") == "你好abc"
    assert letters_of("Cafe\u0301") == letters_of("CAFÉ") == "café"
    assert letters_of("Straße") == letters_of("STRASSE")
    # Vowel signs of Devanagari are marks: without them other words would be equal.
    assert letters_of("कि") != letters_of("का")
    assert letters_of("\udcff?!") == ""


def test_short_texts_and_repeated_words_are_no_evidence() -> None:
    for text in ("", "Yes.", "Oh my God!", "What are you doing here?", "你怎么来了", "我不是故意的"):
        assert not is_evidence(letters_of(text)), text
    for text in ("Ha" * 50, "No, no, no, no, no, no, no, no, no, no, no!", "哈" * 40):
        assert not is_evidence(letters_of(text)), text
    # 24 letters of English, 8 characters of Chinese.
    assert is_evidence("abcdefghijklmnopqrstuvwx") and not is_evidence("abcdefghijklmnopqrstuvw")
    assert is_evidence("主子和奴才尊卑有") and not is_evidence("主子和奴才尊卑")


def test_a_changed_word_is_near_in_both_languages() -> None:
    one, other = "Because it was a really big room.", "Because it was really a big room, you know."
    assert similarity(letters_of(one), letters_of(other)) == jaccard(letters_of(one), letters_of(other)) < NEAR
    one, other = "我看啊，您和我妈一样，一点都不理解我！", "我看啊您和我妈一样一点都不理解我呀"
    assert similarity(letters_of(one), letters_of(other)) == Fraction(14, 15) >= NEAR
