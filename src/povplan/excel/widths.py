"""How wide columns and how high rows must be: a full-width character takes two places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import ceil
from typing import Any

from povplan.sheets.page import BROAD, Cell, Sheet, Table, cell_of

WIDEST, NARROWEST, HEADING = 44.0, 8.0, 16
WORDS = re.compile(r"[!-~]+|\s+|.")
"""What is not broken: a run of letters, digits and their signs; of other writing each character."""
LINE = 15.0
"""Points that a line of text of ten points takes."""
SEEN = 1 << 14
"""Texts whose size is remembered: names, labels and hints come in hundreds of rows."""


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


def _broad(line: str) -> float:
    """Places a line takes at most, whatever font its letters and digits come from."""
    places = _places(line)
    return places + (BROAD - 1) * (2 * len(line) - places)


@lru_cache(maxsize=SEEN)
def room_for(text: str) -> float:
    """How wide a column must be for a text to stand in it unbroken."""
    return max((max(_places(line) + 2, _broad(line) + 1) for line in text.split("\n")), default=0.0)


@lru_cache(maxsize=SEEN)
def lines_of(text: str, width: float) -> int:
    """Lines that a text fills in a column of that width; a word of letters and digits stays whole."""
    room = max(width - 1, 1.0)
    if 2 * len(text) <= room and "\n" not in text:
        return 1
    return sum(1 if _broad(line) <= room else _filled(line, room) for line in text.split("\n"))


def _filled(line: str, room: float) -> int:
    """Lines that words fill one after the other; one that is wider than a line goes on in the next."""
    lines, taken = 1, 0.0
    for word in WORDS.findall(line):
        places = _broad(word)
        if word.isspace():
            taken = min(taken + places, room)
        elif taken + places <= room:
            taken += places
        else:
            more = ceil(places / room) - 1
            lines += more + (taken > 0)
            taken = places - more * room
    return lines


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
            widths.append(max(column.width, _whole(table, number)))
            continue
        cells = [
            room_for(shown(cell_of(row.cells[number]))) + 2 * (row.level if number == 0 else 0)
            for row in table.rows
            if number < len(row.cells) and row.look != "section"
        ]
        heading = min(max(width_of(column.head[-1]), width_of(column.unit)), HEADING) + 2
        fitting = min(max([heading, *cells]), WIDEST)
        widths.append(float(max(fitting, _whole(table, number), NARROWEST)))
    return widths


def _whole(table: Table, number: int) -> float:
    """What the links of a column need: LibreOffice does not break them over lines."""
    cells = [cell_of(row.cells[number]) for row in table.rows if number < len(row.cells)]
    column = table.columns[number]
    texts = [shown(cell) for cell in cells if cell.link] + [column.unit] * bool(column.link)
    return max(map(room_for, texts), default=0.0)


def shown(cell: Cell) -> str:
    """About how a cell will look."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if not cell.shape:
        return f"{value:,.{0 if float(value).is_integer() else 4}f}"
    decimals, signs = _decimals_and_signs(cell.shape)
    return f"{value * 100 if '%' in cell.shape else value:,.{decimals}f}{signs}"


@lru_cache(maxsize=SEEN)
def _decimals_and_signs(shape: str) -> tuple[int, str]:
    """Decimals that a number format shows, and what it adds to the digits."""
    decimals = len(match[1]) if (match := re.search(r"\.(0+)", shape)) else 0
    words = "".join(re.findall(r'"([^"]*)"', shape.partition(";")[0]))
    return decimals, "%" * ("%" in shape) + "+" * ("+" in shape) + words


def row_height(values: Sequence[Any], widths: Sequence[float], level: int = 0) -> float | None:
    """The height a row of wrapped text needs, its first cell indented; None where one line is enough."""
    lines = 1
    rooms = [widths[0] - 2 * level, *widths[1:]] if level else widths
    for text, width in zip(values, rooms, strict=False):
        if isinstance(text, str) and (2 * len(text) > width - 2 or "\n" in text):  # else it surely fits
            lines = max(lines, lines_of(text, width))
    return LINE * min(lines, 25) if lines > 1 else None
