"""Excel 2003 XML (SpreadsheetML), which reporting systems still export under the name `.xls`."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass, field

from lxml import etree

from povplan.errors import BadFile
from povplan.excel import bounds
from povplan.grid import Grid, Merge, Value
from povplan.messages import say

SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384


@dataclass
class _Sheet:
    """One worksheet while it is read; `row` and `column` are where the last cell stood."""

    cells: dict[tuple[int, int], Value] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncached: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)


def read_spreadsheetml(data: bytes) -> tuple[Grid, ...]:
    """Every worksheet; BadFile when the XML is broken or declares entities."""
    if b"<!ENTITY" in data:
        raise BadFile(say("read_damaged"))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.parse(io.BytesIO(data), parser).getroot()
    except etree.XMLSyntaxError:
        raise BadFile(say("read_damaged")) from None
    worksheets = root.findall(f"{SPREADSHEET}Worksheet")
    if len(worksheets) > bounds.SHEETS:
        raise BadFile(say("read_too_many_sheets", count=len(worksheets), limit=bounds.SHEETS))
    return tuple(_grid(worksheet) for worksheet in worksheets)


def _grid(worksheet: etree._Element) -> Grid:
    name = worksheet.get(f"{SPREADSHEET}Name", "")
    sheet = _Sheet()
    number = 0
    for row in worksheet.iterfind(f"{SPREADSHEET}Table/{SPREADSHEET}Row"):
        number = min(LAST_ROW, _number(row, "Index", number + 1))
        last = min(LAST_ROW, number + _number(row, "Span", 0))
        if row.get(f"{SPREADSHEET}Hidden") == "1":
            sheet.hidden_rows.update(range(number, last + 1))
        _read_row(row, number, sheet)
        number = last
    known = [*sheet.cells, *sheet.errors, *sheet.uncached]
    height, width = max((r for r, _ in known), default=0), max((c for _, c in known), default=0)
    return Grid(
        sheet=name,
        columns=_columns(name, sheet.cells, height, width),
        merges=tuple(sheet.merges),
        errors=sheet.errors,
        uncached=frozenset(sheet.uncached),
        hidden_rows=frozenset(row for row in sheet.hidden_rows if row <= height),
        hidden=worksheet.findtext(".//{*}WorksheetOptions/{*}Visible", "").startswith("SheetHidden"),
    )


def _columns(name: str, cells: dict[tuple[int, int], Value], height: int, width: int) -> list[list[Value]]:
    bounds.check_sheet(name, height, width)
    columns: list[list[Value]] = [[None] * height for _ in range(width)]
    for (row, column), value in cells.items():
        columns[column - 1][row - 1] = value
    return columns


def _read_row(row: etree._Element, number: int, sheet: _Sheet) -> None:
    column = 0
    for cell in row.iterfind(f"{SPREADSHEET}Cell"):
        column = min(LAST_COLUMN, _number(cell, "Index", column + 1))
        right = min(LAST_COLUMN, column + _number(cell, "MergeAcross", 0))
        bottom = min(LAST_ROW, number + _number(cell, "MergeDown", 0))
        if (bottom, right) != (number, column):
            sheet.merges.append(Merge(number, column, bottom, right))
        _read_cell(cell, (number, column), sheet)
        column = right


def _read_cell(cell: etree._Element, at: tuple[int, int], sheet: _Sheet) -> None:
    data = cell.find(f"{SPREADSHEET}Data")
    text = "" if data is None else "".join(str(piece) for piece in data.itertext())
    kind = "" if data is None else data.get(f"{SPREADSHEET}Type", "String")
    if kind == "Error":
        sheet.errors[at] = text
    elif text:
        sheet.cells[at] = _value(kind, text)
    elif cell.get(f"{SPREADSHEET}Formula") and kind != "String":
        sheet.uncached.add(at)


def _value(kind: str, text: str) -> Value:
    try:
        if kind == "Number":
            return float(text)
        if kind == "DateTime":
            return dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return text == "1" if kind == "Boolean" else text


def _number(element: etree._Element, name: str, default: int) -> int:
    given = element.get(f"{SPREADSHEET}{name}", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 8 else default
