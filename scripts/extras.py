"""Print requirements of pyproject.toml, one a line: of the package (`base`), of an extra, or of a group of developers."""

import sys
import tomllib
from pathlib import Path

pyproject = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
project = pyproject["project"]
named = {"base": project["dependencies"], **project["optional-dependencies"], **pyproject["dependency-groups"]}
for name in sys.argv[1:]:
    print("\n".join(named[name]))
