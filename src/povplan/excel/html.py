"""Web pages called `.xls`: each table that holds no other table is a sheet, spans are merged ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from povplan.errors import BadFile
from povplan.excel import bounds
from povplan.excel.sniff import decode
from povplan.grid import Grid, Merge, Value
from povplan.messages import say

if TYPE_CHECKING:
    from lxml.html import HtmlElement

WIDEST = 16_384
_SPACES = re.compile(r"[ \t\r\n\f]+")


def read_html(data: bytes) -> tuple[Grid, ...]:
    """The innermost tables of the page in order, named 表1, 表2 …; BadFile when it has none."""
    tables = [table for table in _page(data).iter("table") if not table.findall(".//table")]
    grids = tuple(grid for i, table in enumerate(tables, 1) if (grid := _grid(table, f"表{i}")).columns)
    if not grids:
        raise BadFile(say("read_no_table"))
    if len(grids) > bounds.SHEETS:
        raise BadFile(say("read_too_many_sheets", count=len(grids), limit=bounds.SHEETS))
    return grids


def _page(data: bytes) -> HtmlElement:
    from lxml import etree, html

    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode(data))
    try:
        return html.document_fromstring(text, parser=html.HTMLParser(no_network=True))
    except etree.ParserError:
        raise BadFile(say("read_no_table")) from None


def _grid(table: HtmlElement, sheet: str) -> Grid:
    cells: dict[tuple[int, int], Value] = {}
    taken: set[tuple[int, int]] = set()
    merges = []
    rows = list(table.iter("tr"))
    for top, row in enumerate(rows, 1):
        left = 1
        for cell in row.iterchildren("td", "th"):
            while (top, left) in taken:
                left += 1
            bottom = min(len(rows), top + _span(cell, "rowspan") - 1)
            right = min(WIDEST, left + _span(cell, "colspan") - 1)
            cells[top, left] = _value(cell)
            if (bottom, right) != (top, left):
                merges.append(Merge(top, left, bottom, right))
                taken.update((r, c) for r in range(top, bottom + 1) for c in range(left, right + 1))
                bounds.check_sheet(sheet, 1, len(taken))
            left = right + 1
    return Grid(sheet=sheet, columns=_columns(sheet, cells, len(rows)), merges=tuple(merges))


def _columns(sheet: str, cells: dict[tuple[int, int], Value], height: int) -> list[list[Value]]:
    width = max((column for _, column in cells), default=0)
    bounds.check_sheet(sheet, height, width)
    rows: list[list[Value]] = [[None] * width for _ in range(height)]
    for (row, column), value in cells.items():
        rows[row - 1][column - 1] = value
    return bounds.to_columns(sheet, rows)


def _span(cell: Any, name: str) -> int:
    given = str(cell.get(name, "1")).strip()
    return max(1, min(WIDEST, int(given))) if given.isascii() and given.isdigit() else 1


def _value(cell: Any) -> Value:
    """The text as a browser shows it, line breaks kept; the exact number where Excel wrote one beside it."""
    exact = cell.get("x:num")
    if exact:
        try:
            return float(exact)
        except ValueError:
            pass
    lines = "".join(_pieces(cell)).split("\0")
    text = "\n".join(_SPACES.sub(" ", line).strip(" ") for line in lines).strip("\n")
    return None if not text.strip() else text


def _pieces(cell: Any) -> Iterator[str]:
    for element in cell.iter():
        if element.tag == "br":
            yield "\0"
        elif isinstance(element.tag, str) and element.text and element.tag not in ("script", "style"):
            yield element.text
        if element is not cell and element.tail:
            yield element.tail
