"""Numbers of tables whose decimal sign is a comma; what may be a thousands separator is refused, never misread."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from .times import decimal_or_ratio

# "1,234" is 1.234 in one country and 1234 in another; "0,234" and "12,34" are decimals in all.
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_DIGITS = re.compile(r"[-+]?[0-9.,]*[.,][0-9.,]*(?:[eE][-+]?[0-9]+)?")
_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+(?:[eE][-+]?[0-9]{1,3})?")


class DecimalSign:
    """What a comma means in the numbers of one table.

    A comma with a digit behind it is a decimal sign. One to three digits, a comma and three digits (``1,234``) may be a
    thousand, so it is a decimal only where another cell of the table shows that commas are decimal signs (``0,5``), or where
    cells are separated by semicolons and no cell has a decimal point. Where commas are decimal signs, ``1.234`` may be a
    thousand too. A comma beside a point, and several commas, are no number.

    Args:
        cells: All cells of the table with numbers.
        delimiter: The character between the cells.

    Example:
        >>> DecimalSign(["0,5", "1,234"], ",").number("1,234")
        Fraction(617, 500)
        >>> DecimalSign(["1,234"], ",").number("1,234") is None
        True
    """

    def __init__(self, cells: Iterable[str], delimiter: str) -> None:
        numbers = {text for cell in cells if _DIGITS.fullmatch(text := cell.strip())}
        sure = [each for each in numbers if not _THOUSANDS.fullmatch(each)]
        by_comma = any(_COMMA.fullmatch(each) for each in sure)
        by_point = any("." in each and decimal_or_ratio(each) is not None for each in sure)
        points_in_thousands = any(0 <= each.find(".") < each.find(",") for each in numbers)
        commas_in_thousands = any(0 <= each.find(",") < each.find(".") for each in numbers)
        self._is_comma = (by_comma or (delimiter == ";" and not by_point)) and not commas_in_thousands
        has_comma = any(_COMMA.fullmatch(each) for each in numbers)
        self._may_be_thousand = by_comma or points_in_thousands or (has_comma and not by_point)

    def number(self, cell: str) -> Fraction | None:
        """Return the exact value of a cell, or None where it is no number, or may be two."""
        text = cell.strip()
        if "," not in text:
            ambiguous = "." in text and self._may_be_thousand and _THOUSANDS.fullmatch(text)
            return None if ambiguous else decimal_or_ratio(text)
        if not _COMMA.fullmatch(text) or (_THOUSANDS.fullmatch(text) and not self._is_comma):
            return None
        return decimal_or_ratio(text.replace(",", "."))
