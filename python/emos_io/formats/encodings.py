"""Which encoding a text file is in: its byte order mark, a name that Python knows, UTF-8, or GB18030 where it looks like it."""

from __future__ import annotations

import codecs
import re

from ..errors import InvalidArgument, short_repr

GUESS = "gb18030"
"""The encoding of files that are not UTF-8 and look Chinese; it reads GB2312 and GBK too."""

# UTF-32 comes first: its mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# A character of GB18030 has two bytes, or four of which the second and the last are digits.
_CHARACTER = re.compile(rb"[\x81-\xfe](?:[\x40-\x7e\x80-\xfe]|[0-9][\x81-\xfe][0-9])")
_LETTER = re.compile(rb"[A-Za-z]")
_WORD = re.compile(rb"[A-Za-z0-9]")


def checked_encoding(encoding: object, name: str = "encoding") -> str | None:
    """Return the name of an encoding, or None for ``None`` and ``"auto"``, which detect it.

    Raises:
        InvalidArgument: Python knows no encoding of text of that name.
    """
    if encoding is None or (isinstance(encoding, str) and encoding.casefold() == "auto"):
        return None
    try:
        if isinstance(encoding, str):
            # Python looks no name up for empty bytes.
            b"a".decode(encoding, "replace")
            return encoding
    except (LookupError, ValueError):
        pass
    allowed = "a name that Python knows, such as 'utf-8' or 'gb18030'"
    raise InvalidArgument(f"{name} must be {allowed}, got {short_repr(encoding)}; leave it out to detect it")


def encoding_by_mark(data: bytes) -> str | None:
    """Return the encoding that a byte order mark says, or None where there is none."""
    return next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)), None)


def chinese_text(data: bytes) -> str | None:
    r"""Return bytes that are not UTF-8 as GB18030, or None where they are not, or do not look Chinese.

    Damaged UTF-8 and texts in Latin letters are GB18030 by chance at times. So the answer is None where no less of the text is
    UTF-8 than not; where there are characters for private use; and where half of the characters or more look like a part of a
    word in Latin letters: ``caf\xe9s``, ``cora\xe7\xe3o``.
    """
    try:
        text = data.decode(GUESS)
    except UnicodeError:
        return None
    as_utf8 = data.decode("utf-8", "replace")
    num_damaged = as_utf8.count("\ufffd")
    num_utf8 = sum(not letter.isascii() for letter in as_utf8) - num_damaged
    num_long = sum(letter >= "\u0800" for letter in as_utf8) - num_damaged
    # Two bytes are UTF-8 by chance in some Chinese texts (一, 喜, 怒), three hardly ever.
    if num_utf8 > 4 * num_damaged or num_long >= num_damaged or any("\ue000" <= letter <= "\uf8ff" for letter in text):
        return None
    characters = list(_CHARACTER.finditer(data))
    return text if 2 * sum(_is_latin(data, each) for each in characters) < len(characters) else None


def _is_latin(data: bytes, character: re.Match[bytes]) -> bool:
    """Return whether the bytes of a character may be Latin letters: it ends in one and touches a word, or lies within one."""
    before, after = data[max(0, character.start() - 1) : character.start()], data[character.end() : character.end() + 1]
    if _LETTER.fullmatch(character.group()[1:]):
        return bool(_WORD.fullmatch(before) or _WORD.fullmatch(after))
    return bool(_LETTER.fullmatch(before) and _LETTER.fullmatch(after))
