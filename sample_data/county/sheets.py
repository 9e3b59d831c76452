"""A sheet as an office fills it in: title, unit, headers, rows, totals, notes; every cell addressable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from .forms import SOURCES, STAGES, WAYS, Column

Cell = str | int | float | dt.date | None
Kind = Literal["data", "subtotal", "total", "blank"]
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column, all from 0."""


@dataclass
class Row:
    """A row under the headers; `key` is its entity, or what a subtotal is called."""

    kind: Kind
    key: str
    cells: list[Cell]


@dataclass(frozen=True)
class Manner:
    """How an office writes: its dates, which numbers it typed as text, which codes as numbers."""

    dates: Callable[[dt.date], Cell] = lambda day: day
    texts: AbstractSet[str] = frozenset()
    codes: AbstractSet[str] = frozenset()
    """Fields of digits that it typed as numbers."""
    villages: Mapping[str, str] = field(default_factory=dict)


def iso(day: dt.date) -> Cell:
    """2024-05-01 as text."""
    return day.isoformat()


def chinese(day: dt.date) -> Cell:
    """2024年5月1日 as text."""
    return f"{day.year}年{day.month}月{day.day}日"


@dataclass
class Sheet:
    """One sheet. Column 0 is 序号; `columns[j]` stands in column j + 1."""

    name: str
    title: str
    unit: str
    columns: list[Column]
    rows: list[Row]
    notes: Sequence[str] = ()
    merged: str = ""
    """A field whose equal neighbours share one merged cell."""
    headers: dict[str, str] = field(default_factory=dict)
    """Field → leaf header where it is misprinted."""

    @property
    def depth(self) -> int:
        """How many header rows there are."""
        return max(len(column.head) for column in self.columns)

    @property
    def top(self) -> int:
        """The first row under the headers, from 0."""
        return 2 + self.depth

    def at(self, field: str) -> int:
        """The column of a field, from 0."""
        return 1 + next(j for j, column in enumerate(self.columns) if column.field == field)

    def row(self, key: str) -> int:
        """Where the first row of a key stands among `rows`."""
        return next(i for i, row in enumerate(self.rows) if row.key == key)

    def address(self, i: int, field: str | None) -> str:
        """D18, or 18 without a field, of `rows[i]`."""
        return f"{letters(self.at(field)) if field else ''}{self.top + i + 1}"

    def header_address(self, field: str) -> str:
        """The cell of the lowest header row above a field."""
        return f"{letters(self.at(field))}{self.top}"

    def total(self) -> None:
        """Fill in 小计 and 合计 as the sums of the numbers that stand above them."""
        for j, column in enumerate(self.columns, 1):
            if not column.summed:
                continue
            part: list[Cell] = []
            whole: list[Cell] = []
            for row in self.rows:
                if row.kind == "data":
                    part.append(row.cells[j])
                    whole.append(row.cells[j])
                elif row.kind == "subtotal":
                    row.cells[j], part = add(part), []
                elif row.kind == "total":
                    row.cells[j] = add(whole)

    def grid(self) -> tuple[list[list[Cell]], list[Merge]]:
        """All cells from the first row down, and the merged ranges."""
        width = len(self.columns) + 1
        blank: list[Cell] = [None] * (width - 1)
        heads, merges = self._heads()
        cells = [[self.title, *blank], [self.unit, *blank], *heads]
        merges += [(0, 0, 0, width - 1), (1, 0, 1, width - 1)]
        cells += [list(row.cells) for row in self.rows]
        merges += self._merged_rows(cells)
        for note in self.notes:
            cells.append([note, *blank])
            merges.append((len(cells) - 1, 0, len(cells) - 1, width - 1))
        return cells, merges

    def _heads(self) -> tuple[list[list[Cell]], list[Merge]]:
        depth, width = self.depth, len(self.columns) + 1
        heads: list[list[Cell]] = [[None] * width for _ in range(depth)]
        merges: list[Merge] = []
        paths = [("序号",), *(self._path(column) for column in self.columns)]
        for j, path in enumerate(paths):
            if len(path) == depth:
                heads[-1][j] = path[-1]
            if len(path) < depth:
                heads[0][j] = path[0]
                merges.append((2, j, 1 + depth, j))
        j = 0
        while j < width:
            end = j
            while end + 1 < width and len(paths[j]) > 1 and paths[end + 1][:-1] == paths[j][:-1]:
                end += 1
            if len(paths[j]) > 1:
                heads[0][j] = paths[j][0]
                if end > j:
                    merges.append((2, j, 2, end))
            j = end + 1
        return heads, merges

    def _path(self, column: Column) -> tuple[str, ...]:
        leaf = self.headers.get(column.field)
        return (*column.head[:-1], leaf) if leaf else column.head

    def _merged_rows(self, cells: list[list[Cell]]) -> list[Merge]:
        """Equal neighbours of the merged field, within runs of data rows."""
        if not self.merged:
            return []
        j, found, i = self.at(self.merged), [], 0
        while i < len(self.rows):
            end = i
            while (
                end + 1 < len(self.rows)
                and self.rows[i].kind == self.rows[end + 1].kind == "data"
                and self.rows[i].cells[j] == self.rows[end + 1].cells[j]
            ):
                end += 1
                cells[self.top + end][j] = None
            if end > i:
                found.append((self.top + i, j, self.top + end, j))
            i = end + 1
        return found


def letters(j: int) -> str:
    """Column 0 is A, 26 is AA."""
    return (letters(j // 26 - 1) if j >= 26 else "") + chr(65 + j % 26)


def add(cells: Iterable[Cell]) -> float | int:
    """The sum of the cells that are numbers or read as one, as Excel would show it."""
    total = sum(number for cell in cells if (number := _number(cell)) is not None)
    rounded = round(total, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def _number(cell: Cell) -> float | None:
    if isinstance(cell, str):
        try:
            return float(cell.replace(",", ""))
        except ValueError:
            return None
    return cell if isinstance(cell, int | float) else None


def fill(
    frame: pd.DataFrame,
    columns: list[Column],
    key: str,
    manner: Manner,
    group: str = "",
    *,
    numbered: bool = True,
) -> list[Row]:
    """The rows of a frame, a 小计 after each `group` and a stray blank row now and then, then 合计.

    序号 is left blank unless `numbered`.
    """
    width = len(columns) + 1
    rows: list[Row] = []
    places = [frame.columns.get_loc(column.field) for column in columns]
    named = list(frame.columns).index(key)
    of_group = list(frame.columns).index(group) if group else 0
    before = None
    for number, record in enumerate(frame.itertuples(index=False, name=None), 1):
        if group and before not in (None, record[of_group]):
            rows.append(_sum_row("subtotal", f"{before}小计", width))
        before = record[of_group]
        cells = [
            written(record[place], column, manner) for place, column in zip(places, columns, strict=True)
        ]
        rows.append(Row("data", str(record[named]), [number if numbered else None, *cells]))
        if number % 61 == 0:
            rows.append(Row("blank", "", [None] * width))
    if group:
        rows.append(_sum_row("subtotal", f"{before}小计", width))
    if any(column.summed for column in columns):
        rows.append(_sum_row("total", "合计", width))
    return rows


def _sum_row(kind: Kind, called: str, width: int) -> Row:
    return Row(kind, called, [called, *[None] * (width - 1)])


def written(value: object, column: Column, manner: Manner) -> Cell:
    """A value of a table as the office writes it in that column."""
    if value is None or value != value or value is pd.NaT:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.date):
        return manner.dates(value)
    if isinstance(value, str):
        return int(value) if column.field in manner.codes else _word(value, column.field, manner)
    number = round(float(str(value)) / column.scale, 6)
    number = int(number) if number == int(number) else number
    return f"{number:,}" if column.field in manner.texts else number


def _word(value: str, field: str, manner: Manner) -> str:
    words = {"source": SOURCES, "stage": STAGES, "form": WAYS, "village": manner.villages}.get(field)
    return words.get(value, value) if words else value
