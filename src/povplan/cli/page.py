"""Lines and tables that fit a terminal: long names lose their middle, long sentences are broken."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
from rich.cells import cell_len, set_cell_size

from povplan.cli.fitting import print_table
from povplan.cli.showing import headings
from povplan.cli.typed import completed
from povplan.messages import say

UNBROKEN = 160
"""Columns of a table that goes to no terminal."""
LEAST = 16
"""Columns that a shortened name keeps."""
CONTROLS = dict.fromkeys([*range(10), *range(11, 32), *range(127, 160)], " ")
"""What would move a terminal's cursor, line ends apart: a file may be named anything."""


@dataclass
class Page:
    """Where an answer of several sections is printed: blank lines between them, none before the first."""

    lang: str
    width: int | None
    """Columns of the terminal; None where nobody looks and no sentence is broken."""
    begun: bool = False

    @classmethod
    def of_terminal(cls, lang: str) -> Page:
        """The page that stdout is."""
        return cls(lang, shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else None)

    def word(self, key: str, **values: object) -> str:
        """A message in the page's language."""
        return say(key, **values).text(self.lang)

    @property
    def colon(self) -> str:
        """What stands between a name and what is said of it."""
        return ": " if self.lang == "en" else "："

    @property
    def comma(self) -> str:
        """What stands between names."""
        return ", " if self.lang == "en" else "、"

    def section(self) -> None:
        """A blank line, unless this is the first section."""
        if self.begun:
            print()
        self.begun = True

    def line(self, text: str, indent: int = 0) -> None:
        """One sentence, broken where the terminal ends."""
        first, *rest = self._broken(completed(text).translate(CONTROLS).replace("\n", " "), indent + 2)
        print(" " * indent + first)
        for more in rest:
            print(" " * (indent + 2) + more)

    def listed(self, title: str, lines: Iterable[str]) -> None:
        """A section of lines under a title; nothing where there is no line."""
        found = list(lines)
        if found:
            self.section()
            self.line(title)
            for text in found:
                self.line(text, indent=2)

    def table(self, frame: pd.DataFrame, shorten: str | None = None) -> None:
        """A table; what is too long in the column `shorten` loses its middle, so that the rest fits."""
        shown = frame.map(lambda cell: str(cell).translate(CONTROLS))
        heads = headings(frame, self.lang)
        if shorten is not None:
            wide = [
                max(map(cell_len, (head, *_lines(shown[name]))))
                for name, head in zip(shown, heads, strict=True)
            ]
            others = sum(wide) - wide[list(shown).index(shorten)] + 2 * (len(wide) - 1)
            room = max((self.width or UNBROKEN) - others, LEAST)
            shown[shorten] = [shortened(text, room) for text in shown[shorten]]
        print_table(shown, heads)

    def _broken(self, text: str, indent: int) -> list[str]:
        return folded(text, self.width - indent) if self.width else [text]


def folded(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, broken between words where there are any."""
    from rich.console import Console
    from rich.text import Text

    return [line.plain.rstrip() for line in Text(text).wrap(Console(width=width), width)] or [""]


def shortened(text: str, room: int) -> str:
    """The text with … for its middle where it is too long: names of files differ at both ends."""
    if cell_len(text) <= room:
        return text
    head = set_cell_size(text, (room - 1) // 2).rstrip()
    tail = set_cell_size(text[::-1], room - 1 - cell_len(head)).rstrip()[::-1]
    return f"{head}…{tail}"


def _lines(column: pd.Series) -> list[str]:
    return [line for cell in column for line in cell.split("\n")]
