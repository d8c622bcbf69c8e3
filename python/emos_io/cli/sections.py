"""Help of a verb with many options: they are listed in sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import click


class SectionedCommand(click.Command):
    """A verb whose help lists options in sections; those of no section come last, as "Options".

    Attributes:
        sections: Names of parameters by the title of their section, in order.
    """

    sections: ClassVar[Mapping[str, Sequence[str]]] = {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        records = {each.name: each.get_help_record(ctx) for each in self.get_params(ctx)}
        in_sections = {name for names in self.sections.values() for name in names}
        others = [name for name in records if name not in in_sections]
        for title, names in {**self.sections, "Options": others}.items():
            rows = [row for name in names if (row := records.get(name)) is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
