"""Any submitted table file → raw grids at their true addresses. Nothing is guessed, trimmed or evaluated."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from povplan.errors import BadFile
from povplan.excel import bounds
from povplan.excel.marks import NO_MARKS, Marks
from povplan.excel.sniff import Kind, load, refuse_password, sniff
from povplan.grid import Grid, Merge, Workbook
from povplan.messages import say

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook


class Damaged(BadFile):
    """The first reader cannot make sense of the package; another may."""


def read_workbook(path: Path) -> Workbook:
    """Every sheet of the file, hidden ones too; BadFile with one sentence when there is no table to read."""
    data = load(path)
    kind = sniff(data)
    remarks: tuple[str, ...] = ()
    if kind == "encrypted":
        data, remarks = _decrypted(data)
        kind = sniff(data)
    workbook = _READERS[kind](data, path.stem)
    if not workbook.grids:
        raise BadFile(say("read_no_sheets"))
    return Workbook(workbook.kind, workbook.grids, remarks + workbook.remarks)


def decrypted_data(data: bytes) -> bytes:
    """The workbook inside a package under Excel's built-in password; BadFile where it has another."""
    return _decrypted(data)[0]


def _decrypted(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    from povplan.excel.decrypt import decrypted

    return decrypted(data), ("read_default_password",)


def _read_ooxml(data: bytes, stem: str) -> Workbook:
    from povplan.excel.ooxml import scan
    from povplan.excel.package import NotScanned

    try:
        marks = scan(data)
        remarks: tuple[str, ...] = ()
    except NotScanned:
        marks, remarks = {}, ("read_not_scanned",)
    try:
        grids = _calamine_grids(data, marks)
    except Damaged:
        from povplan.excel.fallback import read_slowly

        return Workbook("xlsx", read_slowly(data), ("read_second_reader",))
    return Workbook("xlsx", grids, remarks)


def _read_xls(data: bytes, stem: str) -> Workbook:
    from povplan.excel.biff import is_encrypted, scan

    remarks: tuple[str, ...] = ()
    if is_encrypted(data):
        data, remarks = _decrypted(data)
    return Workbook("xls", _calamine_grids(data, scan(data)), remarks)


def _read_plain(kind: Kind) -> Callable[[bytes, str], Workbook]:
    return lambda data, stem: Workbook(kind, _calamine_grids(data, {}))


def _read_csv(data: bytes, stem: str) -> Workbook:
    from povplan.excel.text import read_csv

    return Workbook("csv", (read_csv(data, stem),))


def _read_html(data: bytes, stem: str) -> Workbook:
    from povplan.excel.html import read_html

    return Workbook("html", read_html(data), ("read_html_called_xls",))


def _read_xml(data: bytes, stem: str) -> Workbook:
    from povplan.excel.spreadsheetml import read_spreadsheetml

    return Workbook("xml", read_spreadsheetml(data))


_READERS: Mapping[Kind, Callable[[bytes, str], Workbook]] = {
    "xlsx": _read_ooxml,
    "xlsb": _read_plain("xlsb"),
    "ods": _read_plain("ods"),
    "xls": _read_xls,
    "csv": _read_csv,
    "html": _read_html,
    "xml": _read_xml,
    "encrypted": lambda data, stem: refuse_password(),
}


def _calamine_grids(data: bytes, marks: Mapping[str, Marks]) -> tuple[Grid, ...]:
    """The worksheets as calamine reads them. Its panics are BaseExceptions: caught by name, here only."""
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        with load_workbook(io.BytesIO(data)) as workbook:
            return _worksheets(workbook, marks)
    except PasswordError:
        refuse_password()
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        _refuse_damaged(error)
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        _refuse_damaged(error)


def _refuse_damaged(error: BaseException) -> NoReturn:
    if "limit exceeded" in str(error).lower():
        raise BadFile(say("read_too_many_cells")) from None
    raise Damaged(say("read_damaged")) from None


def _worksheets(workbook: CalamineWorkbook, marks: Mapping[str, Marks]) -> tuple[Grid, ...]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [
        (i, sheet) for i, sheet in enumerate(workbook.sheets_metadata) if sheet.typ == SheetTypeEnum.WorkSheet
    ]
    if len(sheets) > bounds.SHEETS:
        raise BadFile(say("read_too_many_sheets", count=len(sheets), limit=bounds.SHEETS))
    return tuple(
        _grid(
            workbook.get_sheet_by_index(i),
            marks.get(sheet.name, NO_MARKS),
            hidden=sheet.visible != SheetVisibleEnum.Visible,
        )
        for i, sheet in sheets
    )


def _grid(sheet: CalamineSheet, marks: Marks, hidden: bool) -> Grid:
    if sheet.end is not None:
        bounds.check_sheet(sheet.name, sheet.end[0] + 1, sheet.end[1] + 1)
    columns = bounds.to_columns(sheet.name, sheet.to_python(skip_empty_area=False), marks.extent)
    height = len(columns[0]) if columns else 0
    return Grid(
        sheet=sheet.name,
        columns=columns,
        merges=tuple(
            Merge(top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        ),
        errors=marks.errors,
        uncached=marks.uncached,
        hidden_rows=frozenset(row for row in marks.hidden_rows if row <= height),
        hidden=hidden,
    )
