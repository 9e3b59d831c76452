"""Large sheets of `.xlsx` read by columns, straight from the inflated bytes.

Calamine makes a Python object of every cell. Here numpy finds the cells, numbers become arrays, and of all
other cells only the different ones are asked of calamine, in a workbook made for it (`asking`). So there is
one opinion of what a cell means, and what is read here is only where cells are and decimal numbers.

    bytes ─ tags ─ cells ─ gathering ─ asking ─ assembling ─ Grid of Packed columns

Sheets that are small, or not written as spreadsheet programs write, are left to the reader of cells.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping
from typing import NoReturn

from povplan.errors import BadFile
from povplan.excel import package as packages
from povplan.grid import Grid

LEAST = 1 << 19
"""Bytes of XML under which asking calamine for everything is as quick."""


class NotColumnar(Exception):
    """No sheet of the package can, or need, be read by columns."""


def read_columns(data: bytes, least: int = LEAST) -> tuple[Grid, ...]:
    """All worksheets of a package of which some have at least so many bytes and are read by columns.

    NotColumnar where none is, or where anything about the package is out of the ordinary: then nothing is
    said of it, neither good nor bad.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = packages.sheet_parts(package)
            large = [name for name, part in parts.items() if package.getinfo(part).file_size >= least]
            return _read(package, parts, large) if large else _refuse()
    except (*packages.FAULTS, packages.NotScanned, BadFile, RuntimeError) as error:
        raise NotColumnar from error


def _read(package: zipfile.ZipFile, parts: Mapping[str, str], large: Collection[str]) -> tuple[Grid, ...]:
    from povplan.excel.columnar.sheets import read_sheets
    from povplan.excel.columnar.tags import Unusual

    try:
        return read_sheets(package, parts, large)
    except Unusual as error:
        raise NotColumnar from error


def _refuse() -> NoReturn:
    raise NotColumnar
