"""What texts of deciding and of leaks tell to do can be done on the command line."""

from __future__ import annotations

import pytest

from emos_io.cli.decide import decide
from emos_io.cli.leaks import leaks
from emos_io.cli.wording import in_flags
from emos_io.corpus.division.leak_findings import _AGAIN, _AGAIN_FOR_FOLDS


@pytest.mark.parametrize("text", [_AGAIN, f"they are kept as published; to be sure, {_AGAIN_FOR_FOLDS}"])
def test_deciding_again_is_the_verb(text: str) -> None:
    text_of_verb = in_flags(text, leaks)
    assert (
        "with emos decide --fit-on and the file of " in text_of_verb
        and "fit_on" not in text_of_verb
        and "folds.split" not in text_of_verb
    )


def test_a_mapping_is_one_of_a_file_and_smoothing_is_a_flag() -> None:
    text_of_verb = in_flags("map must be one from a to b, got 'c'; give 'd' or a mapping of your own", decide)
    assert text_of_verb.endswith("give 'd' or one that you write as maps in the file of the source layer's taxonomy")
    assert in_flags("nothing is decided there; give smoothing", decide).endswith("give --smoothing")
