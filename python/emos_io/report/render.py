"""Templates: they write all markup of a page, and escape every value."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

_FOLDER = "templates"


def render(name: str, **values: object) -> str:
    """Return a template with its values, each escaped.

    Raises:
        jinja2.TemplateError: The template uses a name that has no value.
    """
    return _environment().get_template(name).render(values)


def asset(name: str) -> str:
    """Return a file of the templates' folder as it is."""
    return resources.files(__package__).joinpath(_FOLDER, name).read_text("utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, _FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
