"""What is to be marked in a workbook: cells, words, and the list of findings that goes in with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "doubt", "notice"]
SEVERITIES: tuple[Severity, ...] = ("error", "doubt", "notice")
"""Gravest first."""
FILLS: dict[Severity, tuple[str, str, str]] = {
    "error": ("solid", "FFFF9C9C", "FFFFFFFF"),
    "doubt": ("gray0625", "FFB45F06", "FFFFE08A"),
    "notice": ("lightUp", "FF9CC2E5", "FFDCEBF7"),
}
"""Pattern, its colour and the colour behind it: the pattern tells them apart where colours do not print."""
FLATTENED = ("FFFBD882", "FFCCE1F3")
"""What LibreOffice, which has no patterns, makes of those of doubt and notice."""
TABS: dict[Severity, str] = {"error": "FFC00000", "doubt": "FFFFC000", "notice": "FF5B9BD5"}

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True)
class Doubt:
    """One finding: a line of the list and, where it has a place, a cell to be marked.

    `row` and `column` count from 1. A finding that is listed only (excused, or already mended) is not `open`.
    """

    severity: Severity
    cells: tuple[str, ...]
    note: str = ""
    """What the comment at the cell says; `{row}` in it becomes the line of the list."""
    sheet: str | None = None
    row: int | None = None
    column: int | None = None
    open: bool = True

    @property
    def place(self) -> tuple[str, int, int] | None:
        """Sheet, row and column, if it has all three."""
        if self.sheet is None or self.row is None or self.column is None:
            return None
        return self.sheet, self.row, self.column


@dataclass(frozen=True)
class Listing:
    """The list of findings that stands in the marked copy as a sheet of its own."""

    sheet: str
    """Name of its tab."""
    title: str
    lines: Sequence[str]
    """What is said between title and table."""
    headings: Sequence[str]
    widths: Sequence[float]
    link: int
    """The column that leads to the marked cell, from 0."""
    doubts: Sequence[Doubt]
    author: str
    """Who signs the comments; by that name they are known again when the copy comes back."""
    begins: str = r"(?!)"
    """How they begin, as a regular expression, for programs that save no names."""
    more: str = "… +{count}"
    """Said in a comment that cannot hold all findings of its cell."""
    unlinked: str = "{count}"
    """Said over the list when so many cells are marked that `count` of them have no comment."""
    protected: str = ""
    """Said over the list when a sheet with marks is protected."""
    footer: str = ""
    font: str = "宋体"


def legal(text: str) -> str:
    """The text as XML of a spreadsheet can hold it."""
    return _ESCAPE.sub("_x005F_", _ILLEGAL.sub("", text))
