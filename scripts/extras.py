"""Print requirements of pyproject.toml, one a line: of the package (`base`) or of an extra."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
for extra in sys.argv[1:]:
    print("\n".join(project["dependencies"] if extra == "base" else project["optional-dependencies"][extra]))
