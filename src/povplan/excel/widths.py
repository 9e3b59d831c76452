"""How wide columns and how high rows must be: a full-width character takes two places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from povplan.sheets.page import Cell, Sheet, Table, cell_of

WIDEST, NARROWEST, HEADING = 44.0, 8.0, 16
LINE = 15.0
"""Points that a line of text of ten points takes."""


def width_of(text: str) -> int:
    """Places a text takes in a spreadsheet, in its longest line."""
    return max((_places(line) for line in text.split("\n")), default=0)


class _Widths(dict[str, int]):
    """Character → places it takes, looked up once."""

    def __missing__(self, char: str) -> int:
        places = self[char] = 2 if unicodedata.east_asian_width(char) in "WFA" else 1
        return places


_WIDTHS = _Widths()


def _places(line: str) -> int:
    return sum(map(_WIDTHS.__getitem__, line))


def lines_of(text: str, width: float) -> int:
    """Lines that a text fills in a column of that width."""
    room = max(int(width) - 1, 1)
    if 2 * len(text) <= room and "\n" not in text:
        return 1
    return sum(max(1, -(-_places(line) // room)) for line in text.split("\n"))


def widths_of(sheet: Sheet) -> list[float]:
    """The widths of a sheet's columns: each fits the widest value of every table in it."""
    return [max(found) for found in _aligned([_table_widths(table) for table in sheet.tables])]


def _aligned(tables: list[list[float]]) -> Iterator[list[float]]:
    for number in range(max((len(widths) for widths in tables), default=0)):
        yield [widths[number] for widths in tables if number < len(widths)]


def _table_widths(table: Table) -> list[float]:
    widths = []
    for number, column in enumerate(table.columns):
        if column.width:
            widths.append(max(column.width, float(_whole(table, number))))
            continue
        cells = [
            width_of(shown(cell_of(row.cells[number]))) + 2 * (row.level if number == 0 else 0)
            for row in table.rows
            if number < len(row.cells) and row.look != "section"
        ]
        heading = min(max(width_of(column.head[-1]), width_of(column.unit)), HEADING)
        fitting = min(max(max(cells, default=0), heading) + 2, WIDEST)
        widths.append(float(max(fitting, _whole(table, number), NARROWEST)))
    return widths


def _whole(table: Table, number: int) -> int:
    """What the links of a column need: LibreOffice does not break them over lines."""
    cells = [cell_of(row.cells[number]) for row in table.rows if number < len(row.cells)]
    column = table.columns[number]
    texts = [shown(cell) for cell in cells if cell.link] + [column.unit] * bool(column.link)
    return max((width_of(text) + 2 for text in texts), default=0)


def shown(cell: Cell) -> str:
    """About how a cell will look."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    decimals = len(match[1]) if (match := re.search(r"\.(0+)", cell.shape)) else 0
    if not cell.shape:
        decimals = 0 if float(value).is_integer() else 4
    text = f"{value * 100 if '%' in cell.shape else value:,.{decimals}f}"
    return text + "%" * ("%" in cell.shape) + "+" * ("+" in cell.shape)


def row_height(cells: Sequence[Cell], widths: Sequence[float]) -> float | None:
    """The height a row of wrapped text needs; None where one line is enough."""
    lines = 1
    for cell, width in zip(cells, widths, strict=False):
        text = cell.value
        if isinstance(text, str) and (2 * len(text) > width - 2 or "\n" in text):  # else it surely fits
            lines = max(lines, lines_of(text, width))
    return LINE * min(lines, 25) if lines > 1 else None
