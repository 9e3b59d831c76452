"""Any submitted table file → raw grids at their true addresses. Nothing is guessed, trimmed or evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from povplan.errors import BadFile
from povplan.excel.calamine import Damaged, grids
from povplan.excel.sniff import Kind, load, refuse_password, sniff
from povplan.grid import Workbook
from povplan.messages import say


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
    from povplan.excel.columnar import NotColumnar, read_columns

    try:
        return Workbook("xlsx", read_columns(data))
    except NotColumnar:
        return _read_cells(data)


def _read_cells(data: bytes) -> Workbook:
    """An `.xlsx` of which every cell is asked for: what is small, and what is unusual."""
    from povplan.excel.ooxml import scan
    from povplan.excel.package import NotScanned

    try:
        marks = scan(data)
        remarks: tuple[str, ...] = ()
    except NotScanned:
        marks, remarks = {}, ("read_not_scanned",)
    try:
        return Workbook("xlsx", grids(data, marks), remarks)
    except Damaged:
        from povplan.excel.fallback import read_slowly

        return Workbook("xlsx", read_slowly(data), ("read_second_reader",))


def _read_xls(data: bytes, stem: str) -> Workbook:
    from povplan.excel.biff import is_encrypted, scan

    remarks: tuple[str, ...] = ()
    if is_encrypted(data):
        data, remarks = _decrypted(data)
    return Workbook("xls", grids(data, scan(data)), remarks)


def _read_xlsb(data: bytes, stem: str) -> Workbook:
    return Workbook("xlsb", grids(data, {}))


def _read_ods(data: bytes, stem: str) -> Workbook:
    from povplan.excel.ods import scan

    return Workbook("ods", grids(data, scan(data)))


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
    "xlsb": _read_xlsb,
    "ods": _read_ods,
    "xls": _read_xls,
    "csv": _read_csv,
    "html": _read_html,
    "xml": _read_xml,
    "encrypted": lambda data, stem: refuse_password(),
}
