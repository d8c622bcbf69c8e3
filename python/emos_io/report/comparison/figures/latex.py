r"""A table as LaTeX: ``tabular`` and ``\hline`` alone, without packages; every special character is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...formatting import bounded
from .figure import Cell, FigureTable

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\ttfamily\char34}",
    "`": r"\textasciigrave{}",
    **{letter: f"\\{letter}" for letter in "$&#%_"},
}
_JOINED = re.compile(r"([-',])(?=\1)")
"""Two of these would be one other character."""
_NEGATIVE = re.compile(r"-(?=[0-9])")
_OTHER_LETTERS = (
    "% Letters beyond ASCII: compile with xelatex or lualatex and a font that has them; for Chinese add "
    r"\usepackage{xeCJK}."
)


def latex_table(table: FigureTable, title: str, label: str, notes: Sequence[str] = ()) -> str:
    r"""Return a table as a float of LaTeX, with a caption and a label; numbers stand at the right.

    Nothing but LaTeX itself is needed. Where the table has letters beyond ASCII, a comment says how it is compiled. Rows that a
    page leaves out are left out here too, and the note says how many.

    Args:
        table: The table.
        title: Its caption.
        label: What follows ``tab:`` in its label: letters, digits and hyphens.
        notes: Lines below it.

    Example:
        >>> table = FigureTable(("class", "n"), ((Cell("50% & more", "50% & more"), Cell("7", 7, "count?name=n")),))
        >>> print(latex_table(table, "Classes", "classes"))
        \begin{table}
        \caption{Classes}
        \label{tab:classes}
        \begin{tabular}{lr}
        \hline
        {class} & {n} \\
        \hline
        {50\% \& more} & {7} \\
        \hline
        \end{tabular}
        \end{table}
        <BLANKLINE>
    """
    rows = table.page_rows
    sides = "".join("r" if _is_amount(rows, column) else "l" for column in range(len(table.columns)))
    left_out = [f"{table.num_left_out} more rows are in the CSV file."] if table.num_left_out else []
    lines = [
        r"\begin{table}",
        rf"\caption{{{latex_text(bounded(title))}}}",
        rf"\label{{tab:{label}}}",
        rf"\begin{{tabular}}{{{sides}}}",
        r"\hline",
        _row([latex_text(bounded(name)) for name in table.head_texts]),
        r"\hline",
        *(_row([_cell(cell) for cell in row]) for row in rows),
        r"\hline",
        r"\end{tabular}",
        *(rf"\par {{{latex_text(bounded(note))}}}" for note in (*notes, *left_out)),
        r"\end{table}",
    ]
    text = "\n".join(lines) + "\n"
    return text if text.isascii() else f"{_OTHER_LETTERS}\n{text}"


def latex_text(text: str) -> str:
    r"""Return a text with all special characters of LaTeX escaped, also those that would join to others.

    Example:
        >>> print(latex_text("a_b 50% \\input{x}"))
        a\_b 50\% \textbackslash{}input\{x\}
    """
    return _JOINED.sub(r"\1{}", "".join(_SPECIAL.get(letter, letter) for letter in text))


def _cell(cell: Cell) -> str:
    if not cell.metric:
        return latex_text(cell.text)
    return "$-$".join(latex_text(part) for part in _NEGATIVE.split(cell.text))


def _row(cells: Sequence[str]) -> str:
    # Braces keep what looks like an argument of the end of a row, such as [ or *, apart from it.
    return " & ".join(f"{{{cell}}}" for cell in cells) + r" \\"


def _is_amount(rows: Sequence[Sequence[Cell]], column: int) -> bool:
    return any(row[column].metric for row in rows)
