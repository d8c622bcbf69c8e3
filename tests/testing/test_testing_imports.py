"""What importing `emos_io.testing` loads, and who imports it."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest


def run(source: str) -> str:
    command = [sys.executable, "-c", textwrap.dedent(source)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_the_package_does_not_load_it() -> None:
    show = (
        "import sys, emos_io, emos_io.cli; print([name for name in sys.modules if name.startswith('emos_io.testing')])"
    )
    assert run(show) == "[]\n"


@pytest.mark.parametrize("absent", ["torch", "hypothesis", "pytest", "PIL", "av"])
def test_it_loads_none_of_what_users_may_lack(absent: str) -> None:
    assert run(f"import sys, emos_io.testing; print({absent!r} in sys.modules)") == "False\n"


def test_strategies_without_hypothesis_name_the_extra() -> None:
    source = """
        import sys
        sys.modules["hypothesis"] = None
        try:
            import emos_io.testing.strategies
        except ImportError as error:
            print(error)
        """
    assert run(source) == "hypothesis is not installed; pip install 'emos-io[testing]'\n"
