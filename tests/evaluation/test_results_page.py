"""The results in docs are those of the files beside them, and the files are what the package gives on the release."""

from __future__ import annotations

import pytest

import results
from emos_io.corpus import Corpus
from emos_io.evaluation import predict_baseline, read_predictions, score, shipped_split

FILES = [*results.BASELINES]


def test_the_pages_are_made_of_the_scores() -> None:
    assert results.PAGE.read_text("utf-8") == results.page()
    assert results.README.read_text("utf-8") == results.readme()


@pytest.mark.parametrize("name", FILES)
def test_files_of_predictions_have_no_findings(name: str) -> None:
    found = read_predictions(results.FOLDER / f"{name}.jsonl")
    assert len(found) and not found.findings
    split = shipped_split("static" if name in results.SCORED["clips"][1] else "streams")
    assert found.header["split_sha256"] == split.sha256
    assert {row.fold for row in found} == set(split.names)


@pytest.mark.parametrize("kind", ["clips", "streams"])
def test_scores_are_those_of_the_predictions(release: Corpus, kind: str) -> None:
    split, files, _ = results.SCORED[kind]
    printed, _ = results.read(kind)
    before = printed[0]
    found = score(
        read_predictions(results.FOLDER / f"{files[0]}.jsonl"), release, split=shipped_split(split), by=(), draws=1
    )
    assert found.provenance["predictions_sha256"] == before.provenance["predictions_sha256"]
    values = {(each.name, tuple(sorted(each.of.items()))): (each.value, each.n) for each in before}
    for each in found:
        assert values[each.name, tuple(sorted(each.of.items()))] == (each.value, each.n)


@pytest.mark.parametrize(("name", "baseline"), [("majority", "majority"), ("prior-streams", "prior")])
def test_baselines_give_these_predictions(release: Corpus, name: str, baseline: str) -> None:
    split = shipped_split("streams" if "streams" in name else "static")
    kept = read_predictions(results.FOLDER / f"{name}.jsonl")
    made = predict_baseline(baseline, release, split=split)  # type: ignore[arg-type]
    assert [(row.key, row.span, row.label, row.fold) for row in made] == [
        (row.key, row.span, row.label, row.fold) for row in kept
    ]
