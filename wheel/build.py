"""Build the wheel: `python wheel/build.py [--out dist]`; `make wheel` installs what that needs, and calls it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import contents
import core
import libraries
import recipe as recipes
from recipe import ROOT, BuildError
from repair import repair

WORK = ROOT / "build" / "wheel"


def main() -> int:
    """Build, and print the path of the wheel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the wheel")
    options = parser.parse_args()
    try:
        recipe = recipes.read()
        built = libraries.build(recipe, WORK)
        wheel = repair(recipe, core.build(recipe, built), built)
        finished = contents.complete(recipe, wheel, built, options.out)
    except BuildError as error:
        print(f"make wheel: {error}", file=sys.stderr)
        return 1
    print(finished)
    return 0


if __name__ == "__main__":
    sys.exit(main())
