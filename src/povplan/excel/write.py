"""Sheets drawn as a workbook: titles, frozen and repeated headings, widths that fit Chinese, a page wide."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from povplan.sheets import Sheet

FIXED = dt.datetime(2000, 1, 1)
"""The creation time written into every workbook, so that the same figures make the same bytes."""
WIDEST, NARROWEST = 60.0, 8.0


def write_sheets(path: Path, sheets: Sequence[Sheet]) -> Path:
    """Draw the sheets into a new workbook, beside first; where the file is open, under a new name.

    Text from the data is written as text: it never becomes a formula or a link.
    """
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    book = xlsxwriter.Workbook(str(beside), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": FIXED})
    drawing = _Drawing(book)
    for sheet in sheets:
        drawing.draw(sheet)
    try:
        book.close()
        return _replace(beside, path)
    except FileCreateError as error:
        beside.unlink(missing_ok=True)
        raise OSError(getattr(error.args[0], "errno", 0), str(error)) from error


def _replace(beside: Path, path: Path) -> Path:
    for number in range(1, 100):
        target = path if number == 1 else path.with_name(f"{path.stem}({number}){path.suffix}")
        try:
            return beside.replace(target)
        except PermissionError:
            continue
    return beside.replace(path)


class _Drawing:
    """One workbook being drawn, its formats made once."""

    def __init__(self, book: Any) -> None:
        self.book = book
        base = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
        cell = {**base, "border": 1, "border_color": "#999999"}
        self.title = book.add_format({**base, "bold": True, "font_size": 14, "align": "center"})
        self.unit = book.add_format({**base, "align": "right"})
        self.note = book.add_format({**base, "text_wrap": True, "valign": "top"})
        self.head = book.add_format(
            {**cell, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#E8EEF4"}
        )
        self.text = book.add_format({**cell, "num_format": "@", "text_wrap": True})
        self.cell = cell
        self.numbers: dict[str, Any] = {}

    def number(self, shape: str) -> Any:
        """The format of numbers shown as `shape`."""
        if shape not in self.numbers:
            self.numbers[shape] = self.book.add_format({**self.cell, "num_format": shape})
        return self.numbers[shape]

    def draw(self, sheet: Sheet) -> None:
        """One sheet, on A4 (A3 above 15 columns), landscape, one page wide."""
        page = self.book.add_worksheet(sheet.name[:31])
        last = max(len(sheet.headings) - 1, 0)
        top = 0
        if sheet.title:
            self._across(page, 0, last, sheet.title, self.title)
            page.set_row(0, 26)
            top = 1
        if sheet.unit_note:
            self._across(page, top, last, sheet.unit_note, self.unit)
            top += 1
        for j, heading in enumerate(sheet.headings):
            page.write_string(top, j, heading, self.head)
        page.set_row(top, 15 * _heading_lines(sheet, self._widths(sheet)))
        for i, row in enumerate(sheet.rows, top + 1):
            for j, value in enumerate(row):
                self._value(page, i, j, value)
        self._below(page, top + 1 + len(sheet.rows), last, sheet.notes)
        for j, width in enumerate(self._widths(sheet)):
            page.set_column(j, j, width)
        page.freeze_panes(top + 1, 1)
        page.repeat_rows(0, top)
        page.set_landscape()
        page.set_paper(9 if last < 15 else 8)
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        page.set_footer("&C第 &P 页 / 共 &N 页")

    def _across(self, page: Any, row: int, last: int, text: str, shape: Any) -> None:
        if last > 0:
            page.merge_range(row, 0, row, last, text, shape)
        else:
            page.write_string(row, 0, text, shape)

    def _value(self, page: Any, i: int, j: int, value: Any) -> None:
        value, shape = value if isinstance(value, tuple) else (value, "#,##0.########")
        if value is None:
            page.write_blank(i, j, None, self.text)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            page.write_string(i, j, str(value), self.text)
        else:
            whole = shape == "#,##0.########" and float(value).is_integer()
            page.write_number(i, j, value, self.number("#,##0" if whole else shape))

    def _below(self, page: Any, row: int, last: int, notes: Sequence[str]) -> None:
        for k, note in enumerate(notes):
            self._across(page, row + k, last, note, self.note)
            page.set_row(row + k, 15 * max(1, -(-width_of(note) // 120)))

    def _widths(self, sheet: Sheet) -> list[float]:
        """Wide enough for the longest cell of the column, headings wrapped; full-width counts two."""
        widths = []
        for j, heading in enumerate(sheet.headings):
            cells = [_shown(row[j]) for row in sheet.rows[:2000] if j < len(row)]
            longest = max([width_of(cell) for cell in cells], default=0)
            fitting = max(longest + 2, min(width_of(heading) + 2, 14))
            widths.append(sheet.widths.get(j, float(min(max(fitting, NARROWEST), WIDEST))))
        return widths


def _heading_lines(sheet: Sheet, widths: Sequence[float]) -> int:
    return max(
        (-(-width_of(h) // int(w - 1)) for h, w in zip(sheet.headings, widths, strict=True)), default=1
    )


def _shown(value: Any) -> str:
    """About how a cell will look."""
    value, shape = value if isinstance(value, tuple) else (value, "")
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.2%}" if shape.endswith("%") else f"{value:,.2f}"
    return str(value)


def width_of(text: str) -> int:
    """Columns a text takes in a spreadsheet: full-width characters two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)
