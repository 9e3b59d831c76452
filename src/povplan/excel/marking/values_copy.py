"""A workbook made anew from the values of a file that cannot be patched: same sheets, same addresses."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange

from povplan.excel.drawing import FIXED, LONGEST, tab_names
from povplan.excel.widths import NARROWEST, WIDEST, room_for
from povplan.grid import Grid, Value, Workbook

SAMPLE = 200
"""Rows that tell how wide a column is."""
SHAPES = {"day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss", "time": "hh:mm:ss", "span": "[h]:mm:ss"}
FIRST_DAY = dt.date(1900, 3, 1)
"""The first day on which all spreadsheets agree."""


def copy_of_values(workbook: Workbook) -> tuple[bytes, dict[str, str]]:
    """The package, and the name that each sheet has in it. Text stays text; formulas are what they gave."""
    target = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, {"in_memory": True, **options})
    book.set_properties({"created": FIXED})
    looks = {name: book.add_format({"num_format": shape}) for name, shape in SHAPES.items()}
    names = dict(
        zip(
            (grid.sheet for grid in workbook.grids), tab_names([g.sheet for g in workbook.grids]), strict=True
        )
    )
    for grid in workbook.grids:
        _write(book.add_worksheet(names[grid.sheet]), grid, looks)
    if all(grid.hidden for grid in workbook.grids):
        book.worksheets()[0].visible = True
    book.close()
    return target.getvalue(), names


def _write(page: Any, grid: Grid, looks: dict[str, Any]) -> None:
    for number, column in enumerate(grid.columns):
        page.set_column(number, number, _width(column))
    for merge in grid.merges:
        if (merge.top, merge.left) != (merge.bottom, merge.right):
            try:
                page.merge_range(merge.top - 1, merge.left - 1, merge.bottom - 1, merge.right - 1, "")
            except OverlappingRange:
                continue
    for row in grid.hidden_rows:
        page.set_row(row - 1, None, None, {"hidden": True})
    for number, column in enumerate(grid.columns):
        for row, value in enumerate(column):
            if value is not None:
                _cell(page, row, number, value, looks)
    for (row, number), word in grid.errors.items():
        page.write_string(row - 1, number - 1, word)
    if grid.hidden:
        page.hide()


def _width(column: Sequence[Value]) -> float:
    seen = (room_for(str(value)) for value in column[:SAMPLE] if value is not None)
    return min(max(*_at_least_one(seen), NARROWEST), WIDEST)


def _at_least_one(widths: Iterator[float]) -> list[float]:
    return [*widths, NARROWEST]


def _cell(page: Any, row: int, column: int, value: Value, looks: dict[str, Any]) -> None:
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            page.write_string(row, column, str(value))
        else:
            page.write_number(row, column, value)
    elif isinstance(value, str):
        page.write_string(row, column, value[:LONGEST])
    else:
        _moment(page, row, column, value, looks)


def _moment(page: Any, row: int, column: int, value: Any, looks: dict[str, Any]) -> None:
    day = value.date() if isinstance(value, dt.datetime) else value
    if isinstance(day, dt.date) and day < FIRST_DAY:
        page.write_string(row, column, value.isoformat())
    else:
        page.write_datetime(row, column, value, looks[_shape(value)])


def _shape(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return "day" if value.time() == dt.time() else "moment"
    if isinstance(value, dt.date):
        return "day"
    return "time" if isinstance(value, dt.time) else "span"
