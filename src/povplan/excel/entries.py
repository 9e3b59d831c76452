"""A form to be filled in, drawn with XlsxWriter: drop-downs, limits, notes, locked keys, a live total."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xlsxwriter.utility import xl_range, xl_range_abs

from povplan.excel.looks import Looks
from povplan.excel.widths import LINE, lines_of, row_height
from povplan.sheets.entry import EntryColumn, EntrySheet, HiddenSheet, Limit, Written

DAY_ZERO = dt.date(1899, 12, 30)
PROMPT, TITLE = 255, 32
"""Characters that Excel takes in a note or error message, and in its title."""
A4, A3 = 9, 8
A4_PLACES, PAGE_PLACES = 200, 300
"""Characters across that an A4 page still holds legibly, and an A3 page."""
HEADER = 2
"""Rows over the header: title, stamp."""
NUMBER_WIDTH = 6.0
BELOW = 1000
"""Rows under the last one in which what is written is looked at too."""
FREELY = {"format_columns": True, "format_rows": True, "select_locked_cells": True}


def draw_hidden(book: Any, page: Any, sheet: HiddenSheet) -> None:
    """The texts of a hidden sheet, and its named ranges."""
    for row, cells in enumerate(sheet.rows):
        for column, text in enumerate(cells):
            if text:
                page.write_string(row, column, text)
    quoted = "'" + sheet.name.replace("'", "''") + "'"
    for name, (column, count) in sheet.names.items():
        book.define_name(name, f"={quoted}!{xl_range_abs(0, column, count - 1, column)}")
    page.very_hidden()


def list_name(choices: tuple[str, ...], named: Mapping[tuple[str, ...], str]) -> str | list[str]:
    """What a drop-down shows: its choices, or the named range that holds them where Excel takes no more."""
    return f"={named[choices]}" if choices in named else list(choices)


class EntryPage:
    """One form being drawn. How a column looks where nothing stands is told once for the whole column."""

    def __init__(self, page: Any, looks: Looks, named: Mapping[tuple[str, ...], str]) -> None:
        self.page, self.looks, self.named = page, looks, named

    def draw(self, sheet: EntrySheet) -> None:
        """Everything from the title to the signatures, then the page's own settings."""
        first = HEADER + 2
        last = first + len(sheet.rows) + sheet.room - 1
        self._columns(sheet)
        self._head(sheet)
        self._total(sheet, first, last)
        number = self.looks.entry("number", "0")
        for row in range(first, last + 1):
            self.page.write_number(row, 0, row - first + 1, number)
        for row, height in enumerate(_heights(sheet), first):
            if height:
                self.page.set_row(row, height)
        for place, column in enumerate(sheet.columns, 1):
            self._cells(first, place, column, [row[place - 1] for row in sheet.rows])
            if column.limit and column.role != "last":
                self.page.data_validation(first, place, last + BELOW, place, self._validation(column.limit))
        if sheet.signatures:
            place = _kept(sheet) + 1 if _pages(sheet) > 1 else 0
            self.page.write_string(last + 2, place, sheet.signatures, self.looks.entry("signatures"))
        self._setup(sheet)

    def _columns(self, sheet: EntrySheet) -> None:
        """Widths, and how blank cells look: those under the last row can be written in too."""
        self.page.set_column(0, 0, NUMBER_WIDTH, self.looks.entry("open"))
        for place, column in enumerate(sheet.columns, 1):
            look = "last" if column.role == "last" else _open(column)
            self.page.set_column(place, place, column.width, self.looks.entry(look, column.shape))

    def _head(self, sheet: EntrySheet) -> None:
        page, looks = self.page, self.looks
        for row in range(HEADER):
            for place in range(len(sheet.columns) + 1):
                page.write_blank(row, place, None, looks.entry("above"))
        kept = _kept(sheet)
        right = kept if _pages(sheet) > 1 else len(sheet.columns)
        page.set_row(0, max(28, 24 * lines_of(sheet.title, sum(_widths(sheet)[: right + 1]) / 1.6)))
        page.merge_range(0, 0, 0, right, sheet.title, looks.entry("title"))
        page.merge_range(1, 0, 1, kept, sheet.stamp, looks.entry("stamp"))
        page.write_string(1, kept + 1, sheet.unit_note, looks.entry("unit_note"))
        page.write_string(HEADER, 0, sheet.number, looks.entry("head_key"))
        tall = 1
        for place, column in enumerate(sheet.columns, 1):
            name = f"head_{column.role}" + "_required" * column.required
            page.write_string(HEADER, place, column.head, looks.entry(name))
            tall = max(tall, lines_of(column.head, column.width))
        page.set_row(HEADER, LINE * min(tall, 8) + 4)

    def _total(self, sheet: EntrySheet, first: int, last: int) -> None:
        """Sums of what is filled in, right under the header where they stay in sight; of nothing, nothing."""
        row = HEADER + 1
        self.page.write_string(row, 0, sheet.total, self.looks.entry("total"))
        for place, column in enumerate(sheet.columns, 1):
            if not column.totalled:
                self.page.write_blank(row, place, None, self.looks.entry("total"))
                continue
            look = self.looks.entry("total", column.shape)
            area = xl_range(first, place, last, place)
            given = [line[place - 1] for line in sheet.rows]
            known = [value for value in given if isinstance(value, int | float)]
            value = math.fsum(known) if known else ""
            self.page.write_formula(row, place, f'=IF(COUNT({area})=0,"",SUM({area}))', look, value)

    def _cells(self, first: int, place: int, column: EntryColumn, values: Sequence[Written]) -> None:
        """What stands in a column; text is never a formula, a key is locked."""
        name = "locked" if column.role == "key" else "last" if column.role == "last" else _open(column)
        look = self.looks.entry(name, column.shape)
        for row, value in enumerate(values, first):
            if isinstance(value, str):
                self.page.write_string(row, place, value, look)
            elif value is not None:
                number = _serial(value) if isinstance(value, dt.date) else value
                self.page.write_number(row, place, number, look)

    def _validation(self, limit: Limit) -> dict[str, Any]:
        told = {"input_title": _cut(limit.title, TITLE), "input_message": _cut(limit.prompt, PROMPT)}
        if limit.kind == "any":
            return {"validate": "any", **told}
        told |= {"error_title": _cut(limit.title, TITLE), "error_message": _cut(limit.error, PROMPT)}
        if limit.kind == "list":
            return {"validate": "list", "source": list_name(limit.choices, self.named), **told}
        kinds = {"whole": "integer", "decimal": "decimal", "date": "date", "length": "length"}
        ends = {"minimum": _end(limit.low), "maximum": _end(limit.high)}
        return {"validate": kinds[limit.kind], "criteria": "between", **ends, **told}

    def _setup(self, sheet: EntrySheet) -> None:
        """A4 or A3 across; a wide ledger goes on over several pages, who it is about on each."""
        page = self.page
        pages = _pages(sheet)
        page.set_landscape()
        page.set_paper(A4 if sum(_widths(sheet)) <= A4_PLACES else A3)
        page.fit_to_pages(pages, 0)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.repeat_rows(0, HEADER)
        if pages > 1:
            page.repeat_columns(0, sheet.frozen)
        left = "&L" + sheet.footer.replace("&", "&&") if sheet.footer else ""
        page.set_footer(f"{left}&C{sheet.numbering}")
        page.freeze_panes(HEADER + 2, sheet.frozen + 1)
        page.protect("", FREELY)


def _widths(sheet: EntrySheet) -> list[float]:
    return [NUMBER_WIDTH, *(column.width for column in sheet.columns)]


def _kept(sheet: EntrySheet) -> int:
    """The last of the columns that are printed on every page: beyond it, pages cut words off."""
    return max(sheet.frozen, 1)


def _heights(sheet: EntrySheet) -> Iterator[float | None]:
    """How high rows with words of several lines must be; None where one line is enough."""
    widths = [column.width for column in sheet.columns]
    return (row_height(row, widths) for row in sheet.rows)


def _pages(sheet: EntrySheet) -> int:
    """Pages side by side that a form is printed on."""
    return max(1, math.ceil(sum(_widths(sheet)) / PAGE_PLACES))


def _open(column: EntryColumn) -> str:
    return "asked" if column.role == "asked" else "open"


def _serial(day: dt.date) -> int:
    return (dt.date(day.year, day.month, day.day) - DAY_ZERO).days


def _end(value: Any) -> Any:
    return dt.datetime(value.year, value.month, value.day) if isinstance(value, dt.date) else value


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
