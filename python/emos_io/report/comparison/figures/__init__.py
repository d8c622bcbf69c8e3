"""Figures of scores and of training: drawings with their numbers, and their files.

```text
 section.py          all figures of a report
 figure.py           a figure, its table, and cells with the names of their numbers
 confusion.py        class_bars.py, reliability.py, run_bars.py (ablations, ceiling): of scores
 learning_curves.py  of training_log.py, what emos train writes
 plot.py             axes; bars.py: bars with intervals
 table_export.py     PNG, SVG, CSV and LaTeX of each: export_tables.py (of scores), latex.py, table_drawing.py
```
"""

from .section import FiguresSection, figures_section
from .table_export import TableFiles, write_tables
from .training_log import read_logs

__all__ = ["FiguresSection", "TableFiles", "figures_section", "read_logs", "write_tables"]
