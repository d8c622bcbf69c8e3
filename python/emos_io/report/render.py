"""Templates: they write all markup of a page, and escape every value."""

from __future__ import annotations

import functools
import json
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


def has_asset(name: str) -> bool:
    """Return whether the templates' folder has such a file."""
    return resources.files(__package__).joinpath(_FOLDER, name).is_file()


def json_script(value: object) -> str:
    r"""Return JSON for an element of a page that holds data; no text in it ends the element or begins another one.

    Args:
        value: What ``json.dumps`` takes: mappings, lists, texts, finite numbers, booleans, None.

    Raises:
        ValueError: A number is not finite.

    Example:
        >>> json_script({"text": "a<b"})
        '{"text":"a\\u003cb"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


_SYMBOLS = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"},
    0x7F: "\u2421",
    **dict.fromkeys(range(0x80, 0xA0), "\ufffd"),
}
"""What stands on a page for characters that HTML does not allow: their symbols, where Unicode has some."""


def _printed(value: object) -> object:
    """Return a value for a page; style sheets, scripts and JSON of ours stay as they are."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return value.translate(_SYMBOLS)


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
        finalize=_printed,
    )
