"""Sheets written as files, the same bytes every time: workbook, web page called .xls, GBK text."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from .sheets import Cell, Merge, Sheet

THEME = "xl/theme/theme1.xml"
_OF_THEME = re.compile(rb'<(?:Override|Relationship) [^<>]*theme1\.xml"[^<>]*/>')
CREATED = dt.datetime(2025, 1, 10, 9, 0, 0)


def write_workbook(path: Path, sheets: Sequence[Sheet], preface: Sequence[str] = ()) -> None:
    """An .xlsx; `preface` is a first sheet of words alone."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    book.set_properties({"created": CREATED, "author": "样本", "comments": "虚构数据"})
    formats = {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
        "unit": book.add_format({"align": "right"}),
        "head": book.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    if preface:
        words = book.add_worksheet("填表说明")
        for i, line in enumerate(preface):
            words.write_string(i, 0, line)
    for sheet in sheets:
        _write_sheet(book.add_worksheet(sheet.name), sheet, formats)
    book.close()
    path.write_bytes(_packed(kept.getvalue()))


def _packed(package: bytes) -> bytes:
    """The same package, packed as small as zip can, every entry of one date, without the theme of colours."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name == THEME:
                continue
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 0
            content = old.read(name)
            if name.endswith((".rels", "[Content_Types].xml")):
                content = _OF_THEME.sub(b"", content)
            new.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return out.getvalue()


def _write_sheet(
    page: xlsxwriter.worksheet.Worksheet, sheet: Sheet, formats: dict[str, xlsxwriter.format.Format]
) -> None:
    cells, merges = sheet.grid()
    for top, left, bottom, right in merges:
        style = "title" if top == 0 else "unit" if top == 1 else "head" if top < sheet.top else None
        page.merge_range(top, left, bottom, right, "", formats[style] if style else None)
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            if isinstance(cell, dt.date):
                page.write_datetime(i, j, dt.datetime(cell.year, cell.month, cell.day), formats["date"])
            elif isinstance(cell, str):
                style = "title" if i == 0 else "unit" if i == 1 else "head" if i < sheet.top else None
                page.write_string(i, j, cell, formats[style] if style else None)
            elif cell is not None:
                page.write_number(i, j, cell)
    page.freeze_panes(sheet.top, 0)


def write_page(path: Path, sheet: Sheet) -> None:
    """A web page with one table, as systems export it under the name .xls."""
    cells, merges = sheet.grid()
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in merges}
    hidden = {(i, j) for merge in merges for i, j in _inside(merge) if (i, j) != merge[:2]}
    lines = [
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8"></head><body>'
    ]
    lines.append("<table border=1>")
    for i, row in enumerate(cells):
        shown = (_td(cell, spans.get((i, j), (1, 1))) for j, cell in enumerate(row) if (i, j) not in hidden)
        lines.append("<tr>" + "".join(shown) + "</tr>")
    lines.append("</table></body></html>")
    path.write_bytes("\r\n".join(lines).encode())


def _inside(merge: Merge) -> list[tuple[int, int]]:
    top, left, bottom, right = merge
    return [(i, j) for i in range(top, bottom + 1) for j in range(left, right + 1)]


def _td(cell: Cell, span: tuple[int, int]) -> str:
    rows, columns = span
    marks = (f" rowspan={rows}" if rows > 1 else "") + (f" colspan={columns}" if columns > 1 else "")
    return f"<td{marks}>{html.escape(_text(cell))}</td>"


def write_text(path: Path, sheet: Sheet) -> None:
    """A comma-separated file in the encoding of a Chinese Excel."""
    cells, _ = sheet.grid()
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([_text(cell) for cell in row] for row in cells)
    path.write_bytes(out.getvalue().encode("gbk"))


def _text(cell: Cell) -> str:
    if isinstance(cell, dt.date):
        return f"{cell.year}/{cell.month}/{cell.day}"
    return "" if cell is None else str(cell)
