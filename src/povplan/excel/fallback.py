"""A second reader for workbooks the fast one refuses: openpyxl, row by row, ten times slower."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from typing import Any

from povplan.errors import BadFile
from povplan.excel import bounds
from povplan.excel.marks import Marks
from povplan.grid import Grid, Value
from povplan.messages import say

FAULTS = (
    *(AttributeError, EOFError, IndexError, KeyError, OSError, SyntaxError, TypeError, ValueError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What openpyxl raises on broken packages; XML that does not parse is a SyntaxError."""


def read_slowly(data: bytes) -> tuple[Grid, ...]:
    """The worksheets, without merged ranges, hidden rows or formula marks; BadFile when it fails too."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            return tuple(_grid(sheet) for sheet in workbook.worksheets[: bounds.SHEETS])
        except FAULTS:
            raise BadFile(say("read_damaged")) from None


def _grid(sheet: Any) -> Grid:
    sheet.reset_dimensions()  # what the file says its used range is may be false
    rows: list[list[Value]] = []
    errors: dict[tuple[int, int], str] = {}
    cells = 0
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells += max(1, len(row))
        bounds.check_sheet(sheet.title, number, cells // number)
        rows.append([None if cell.data_type == "e" else cell.value for cell in row])
        errors.update(
            {(number, j): str(cell.value) for j, cell in enumerate(row, 1) if cell.data_type == "e"}
        )
    columns = bounds.to_columns(sheet.title, rows, Marks(errors).extent)
    return Grid(sheet.title, columns, errors=errors, hidden=sheet.sheet_state != "visible")
