"""A workbook as a value: sheets of words, tables and charts; drawn last, and elsewhere.

A table's cell may be *live*: a formula over other cells of the same table, with the value it has now beside
it, so that whoever opens the workbook can follow a total, and whoever reads it with a program sees a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from povplan.sheets.entry import EntrySheet, HiddenSheet

NOT_APPLICABLE = "—"
"""There is no such thing here (无该项); a blank is a figure nobody knows (不详)."""
WITHHELD_SIGN = "*"
"""There is a figure, and it is not published."""

BROAD = 1.25
"""Places of a letter or digit in a broad font, as LibreOffice takes one where it has no 宋体."""


@dataclass(frozen=True)
class SumOf:
    """The cells of this column in other rows of the table, added."""

    rows: tuple[int, ...]


@dataclass(frozen=True)
class SumAcross:
    """The cells of this row in other columns, added."""

    columns: tuple[int, ...]


@dataclass(frozen=True)
class QuotientOf:
    """One cell of this row over another."""

    above: int
    below: int


@dataclass(frozen=True)
class DifferenceOf:
    """One cell of this row less another, and that many times."""

    first: int
    second: int
    times: int = 1


Live: TypeAlias = SumOf | SumAcross | QuotientOf | DifferenceOf
Look = Literal["plain", "muted", "good", "bad", "link", "strong"]
RowLook = Literal["plain", "total", "subtotal", "section"]


@dataclass(frozen=True)
class Cell:
    """One value and its look. `shape` is a number format; None is drawn blank, text is never a formula."""

    value: str | float | int | None = None
    shape: str = ""
    live: Live | None = None
    look: Look = "plain"
    link: str = ""
    """Name of the sheet that the cell leads to; `#anchor` leads to the row that bears it."""


Given: TypeAlias = Cell | str | float | int | None
"""What a row may hold: a cell, or a bare value of no particular look."""


def cell_of(given: Given) -> Cell:
    """A bare value as a cell."""
    return given if isinstance(given, Cell) else Cell(given)


def number_in(given: Given) -> float:
    """The number in a cell, 0 where there is none: what a live sum makes of it."""
    value = cell_of(given).value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    cells: Sequence[Given]
    look: RowLook = "plain"
    level: int = 0
    """How deep its first cell is indented."""
    anchor: str = ""
    """A name, one in the workbook, by which links find the row."""


@dataclass(frozen=True)
class Column:
    """A column's heading, from the widest group down to its own name, and the unit it is measured in."""

    head: tuple[str, ...]
    unit: str = ""
    width: float | None = None
    """In characters; None is as wide as the contents ask for."""
    choices: tuple[str, ...] = ()
    """What may be filled in, as a drop-down at every row."""
    link: str = ""
    """Where its unit of measure leads to, as of a cell: not the heading, whose words are broken over lines,
    which LibreOffice does not do with the words of a link."""

    @classmethod
    def plain(cls, *names: str) -> tuple[Column, ...]:
        """Columns with one heading each."""
        return tuple(cls((name,)) for name in names)


@dataclass(frozen=True)
class Table:
    """Columns and rows, a line of units over them, notes under them."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    title: str = ""
    """A caption of its own, where a sheet holds several tables."""
    notes: Sequence[str] = ()

    @property
    def depth(self) -> int:
        """Rows that the headings take, the line of units among them."""
        return max((len(c.head) for c in self.columns), default=1) + any(c.unit for c in self.columns)


@dataclass(frozen=True)
class Words:
    """Paragraphs across the page."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Chart:
    """A native chart over contiguous rows of a table, of its own sheet or of one that stands before it."""

    kind: Literal["column", "bar", "line", "stacked"]
    title: str
    table: int
    """Which table of the sheet, from 0."""
    rows: tuple[int, int]
    """First and last row of the table."""
    category: int
    columns: tuple[int, ...]
    shape: str = "General"
    sheet: str = ""
    """Name of the sheet whose table it is; empty for its own."""


@dataclass(frozen=True)
class Charts:
    """Charts side by side, two in a line; four fill a page."""

    charts: Sequence[Chart]


@dataclass(frozen=True)
class Cover:
    """The first page: title, what it is about, who signs."""

    title: str
    subtitle: str
    lines: Sequence[tuple[str, str]]
    signatures: Sequence[str]


Part: TypeAlias = Table | Words | Charts | Cover


@dataclass(frozen=True)
class Sheet:
    """One sheet: tab, title, on the left what it speaks of, on the right units of measure, its parts."""

    name: str
    parts: Sequence[Part]
    title: str = ""
    left: str = ""
    right: str = ""
    home: str = ""
    """Name of the sheet of contents that this one leads back to."""
    footer: str = ""
    numbering: str = "第 &P 页 / 共 &N 页"
    """The number of the page under it, as Excel writes codes for it: &P of &N."""
    tab: str = ""
    """Colour of the tab, as #RRGGBB."""
    frozen: int = 1
    """Columns that stay in sight."""
    one_page: bool = False
    """Upright on one page of A4, made smaller where it must be."""

    @property
    def tables(self) -> list[Table]:
        """Its tables, as charts number them."""
        return [part for part in self.parts if isinstance(part, Table)]


@dataclass(frozen=True)
class Fonts:
    """The fonts a workbook names; a reader without them takes its own."""

    body: str = "宋体"
    title: str = "黑体"


@dataclass(frozen=True)
class Workbook:
    """Sheets in order, and what the document says of itself."""

    sheets: Sequence[Sheet]
    title: str = ""
    fonts: Fonts = field(default_factory=Fonts)
    properties: Sequence[tuple[str, Any]] = ()
    entries: Sequence[EntrySheet] = ()
    """Forms to be filled in; they stand first."""
    hidden: Sequence[HiddenSheet] = ()
    """What only programs read; it stands last."""
    lists: Sequence[tuple[tuple[str, ...], str]] = ()
    """Choices too long for a drop-down's own text, and the named range that holds them."""


def plain_sheet(
    name: str, headings: Sequence[str], rows: Sequence[Sequence[Given]], title: str = "", **more: Any
) -> Sheet:
    """A sheet of one table with one line of headings."""
    table = Table(Column.plain(*headings), [Row(row) for row in rows], notes=more.pop("notes", ()))
    return Sheet(name, (table,), title=title, **more)
