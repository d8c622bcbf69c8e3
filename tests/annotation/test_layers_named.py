"""Wherever a layer is named, the file of its taxonomy and the taxonomy stand for it; maps are known by all their names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from decide_help import clip, labels

from emos_io.annotation import agreement, decide, decision_difference, rater_report, review_queue
from emos_io.corpus import Clip, Corpus, Decision, Taxonomy, Vote, read_taxonomies, read_taxonomy
from emos_io.errors import InvalidArgument, SourceNotFound

MINI = "labels: [warm, cold]\nabstain: none_of\nmultiple: true\nmaps: {basic7: {warm: Joy, cold: Fear}, tones.json: "
MINI += "{warm: bright, cold: dark}}\n"


@pytest.fixture
def mini(tmp_path: Path) -> Path:
    (tmp_path / "tones.json").write_text('{"labels": ["bright", "dark"]}')
    (tmp_path / "mini.yaml").write_text(MINI)
    return tmp_path / "mini.yaml"


def votes_of(key: str, *given: str) -> Clip:
    votes = [
        Vote(
            item=key, layer="mini", rater=rater, labels=() if word == "none_of" else (word,), abstain=word == "none_of"
        )
        for rater, word in zip("abc", given, strict=True)
    ]
    return clip(key, votes)


def corpus_of(*taxonomies: Taxonomy) -> Corpus:
    clips = [votes_of("own/1", "warm", "warm", "none_of"), votes_of("own/2", "cold", "none_of", "none_of")]
    return Corpus(clips, taxonomies=taxonomies)


FORMS: dict[str, Callable[[Path], str | Path | Taxonomy]] = {"text": str, "path": Path, "taxonomy": read_taxonomy}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("form", FORMS)
class TestForms:
    def test_a_file_and_a_taxonomy_are_the_layer_of_their_name(self, mini: Path, form: str, known: bool) -> None:
        corpus = corpus_of(*read_taxonomies(mini)) if known else corpus_of()
        layer = FORMS[form](mini)
        decided = decide(corpus, layer, method="majority")
        by_name = decide(corpus_of(read_taxonomy(mini)), "mini", method="majority")
        assert decided.clips.keys() == by_name.clips.keys() and list(decided.clips) == list(by_name.clips)
        assert decided.taxonomy("mini") == read_taxonomy(mini)
        assert agreement(corpus, layer, draws=10).as_dict() == agreement(by_name, "mini", draws=10).as_dict()
        assert rater_report(decided, layer).as_dict() == rater_report(by_name, "mini").as_dict()
        assert review_queue(decided, layer) == review_queue(by_name, "mini")
        assert decision_difference(corpus, decided, layer) == decision_difference(corpus, by_name, "mini")

    def test_it_may_be_the_layer_of_the_votes(self, mini: Path, form: str, known: bool) -> None:
        corpus = corpus_of(*read_taxonomies(mini)) if known else corpus_of()
        decided = decide(corpus, from_layer=FORMS[form](mini), method="majority")
        assert labels(decided) == {"own/1": "Joy", "own/2": "Fear"}
        assert decided.taxonomy("mini") == read_taxonomy(mini)

    def test_another_one_of_its_name_is_an_error(self, mini: Path, form: str, known: bool) -> None:
        other = Taxonomy("mini", "1", "mini", ("warm", "chilly"))
        corpus, layer = corpus_of(other), FORMS[form](mini)
        text = re.escape("layer must be the taxonomy 'mini' that the corpus has, got another one of that name")
        verbs: list[Callable[[], object]] = [
            lambda: decide(corpus, layer),
            lambda: decide(corpus, from_layer=layer),
            lambda: agreement(corpus, layer),
            lambda: rater_report(corpus, layer),
            lambda: review_queue(corpus, layer),
            lambda: decision_difference(corpus_of(), corpus, layer),
        ]
        for verb in verbs:
            with pytest.raises(InvalidArgument, match=text):
                verb()


def test_a_file_that_is_not_there_is_an_error_everywhere(tmp_path: Path) -> None:
    for verb in (decide, agreement, rater_report, review_queue):
        with pytest.raises(SourceNotFound):
            verb(corpus_of(), tmp_path / "mini.yaml")


def test_what_is_no_layer_is_an_error_everywhere() -> None:
    for verb in (decide, agreement, rater_report, review_queue):
        with pytest.raises(InvalidArgument, match="layer must be a name, the file of a taxonomy or a Taxonomy, got 3"):
            verb(corpus_of(), 3)  # type: ignore[arg-type]


class TestMaps:
    @pytest.mark.parametrize("name", [None, "basic7", "mini-basic7"])
    def test_a_map_has_its_own_name_and_that_of_where_it_leads(self, mini: Path, name: str | None) -> None:
        decided = decide(corpus_of(read_taxonomy(mini)), from_layer="mini", map=name, method="majority")
        assert labels(decided) == {"own/1": "Joy", "own/2": "Fear"}
        decision = decided.clips[0].decision
        assert decision is not None and decision.recipe["map"] == "mini-basic7"

    @pytest.mark.parametrize("name", [None, "tones", "mini-tones"])
    def test_also_one_to_another_taxonomy_of_the_corpus(self, mini: Path, name: str | None) -> None:
        decided = decide(corpus_of(), "tones", from_layer=mini, map=name, method="majority")
        assert labels(decided, "tones") == {"own/1": "bright", "own/2": "dark"}

    def test_an_error_lists_the_maps_that_there_are(self, mini: Path) -> None:
        corpus = corpus_of(*read_taxonomies(mini))
        with pytest.raises(InvalidArgument, match="from mini to basic7, got 'no'; give 'mini-basic7' or a mapping"):
            decide(corpus, from_layer="mini", map="no")
        with pytest.raises(InvalidArgument, match="from mini to mer6, got None; give a mapping of your own"):
            decide(corpus, "mer6", from_layer="mini")
        with pytest.raises(InvalidArgument, match="from mini to basic7, got 'mini-tones', from mini to tones"):
            decide(corpus, from_layer="mini", map="mini-tones")

    def test_the_abstain_word_counts_beside_maps(self, mini: Path) -> None:
        corpus = corpus_of(read_taxonomy(mini))
        decided = decide(corpus, "mini", method="majority", abstain="label")
        decision = decided.clips[1].decisions["mini"]
        assert isinstance(decision, Decision) and dict(decision.scores) == {"cold": 1 / 3, "none_of": 2 / 3}
