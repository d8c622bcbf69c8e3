"""What DALI says of a failure, without what is around it."""

from __future__ import annotations

import re

_DEFINITION = re.compile(r".*?\nencountered:\n", re.DOTALL)
"""DALI repeats the lines of Python that defined the pipeline; the reason comes after them."""
_ASSERT = re.compile(r'Assert on ".*?" failed:\s*', re.DOTALL)
_ADVICE = re.compile(r"Change `[a-z_]+` to [^.]*\.")
"""What a caller of DALI could change; ours cannot."""
_AROUND = re.compile(
    r"C\+\+ context: \[[^\]]*\]|Current pipeline object is no longer valid\.|Critical error in pipeline:"
)


def reason(error: BaseException) -> str:
    r"""Return DALI's reason on one line.

    >>> reason(RuntimeError("Critical error in pipeline:\nwas used\n\nencountered:\n\nno frame\nC++ context: [a.cc:1]"))
    'no frame'
    """
    text = _DEFINITION.sub("", str(error), count=1)
    text = _AROUND.sub("", _ASSERT.sub("", text, count=1))
    text = _ADVICE.sub("", text)
    return " ".join(text.split()) or type(error).__name__
