"""Workbooks read back: their values, and their live cells worked out anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

REFERENCE = r"\$?[A-Z]{1,3}\$?\d+"


@dataclass(frozen=True)
class Live:
    """A cell with a formula: where it is, what it says, the value it was written with."""

    sheet: str
    cell: str
    formula: str
    cached: Any


def live_cells(path: Path) -> Iterator[Live]:
    """Every cell of the workbook that holds a formula."""
    formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    for page in formulas:
        for row in page.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cached = values[page.title][cell.coordinate].value
                    yield Live(page.title, cell.coordinate, str(cell.value)[1:], cached)


def worked_out(live: Live, path: Path) -> float:
    """The value of a live cell from the values beside it: sums, quotients, differences."""
    page = openpyxl.load_workbook(path, data_only=True)[live.sheet]
    return evaluate(live.formula, page)


def evaluate(formula: str, page: Any) -> float:
    """What a spreadsheet makes of `SUM(B2:B4,B7)`, `B2/C2` or `(B2-C2)*100`."""
    if found := re.fullmatch(r"SUM\((.*)\)", formula):
        return sum(_cells(found[1], page))
    if found := re.fullmatch(rf"({REFERENCE})/({REFERENCE})", formula):
        return _value(found[1], page) / _value(found[2], page)
    if found := re.fullmatch(rf"\(?({REFERENCE})-({REFERENCE})\)?(?:\*(\d+))?", formula):
        return (_value(found[1], page) - _value(found[2], page)) * int(found[3] or 1)
    raise AssertionError(f"a formula that no sheet should hold: {formula}")


def _cells(listed: str, page: Any) -> Iterator[float]:
    for part in listed.split(","):
        block = page[part] if ":" in part else ((page[part],),)
        for row in block:
            yield from (float(cell.value) for cell in row if isinstance(cell.value, int | float))


def _value(reference: str, page: Any) -> float:
    value = page[reference].value
    assert isinstance(value, int | float), (page.title, reference)
    return float(value)


def rows_of(path: Path, sheet: str) -> list[list[Any]]:
    """The values of a sheet, row by row."""
    page = openpyxl.load_workbook(path, data_only=True)[sheet]
    return [[cell.value for cell in row] for row in page.iter_rows()]
