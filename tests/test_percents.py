"""A cell that shows 85% has 0.85 in it: it is read as it is shown where a share or a rate is meant."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from povplan.excel import biff, read_workbook
from povplan.excel.columnar import read_columns
from povplan.excel.percents import shows_percent
from povplan.jobs.reading import SheetRead, read_sheet
from tests.test_reading import FIXTURES, shipped

PROGRESS = [
    (0.85, "0%"), (85, ""), (0.07, "0.00%;[Red]-0.00%"), (60, '0.0"%"'), (1, "0%"), ("85%", ""), (None, "0%")
]  # fmt: skip
READ = [85, 85, 7, 60, 100, 85, None]
SHOWN = {(3, 6), (5, 6), (7, 6)}


def projects(head: str = "形象进度(%)", money: str = "", more: int = 0) -> bytes:
    """A project ledger whose progress is written in every way; `more` projects without any."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet("项目")
    formats = {
        code: book.add_format({"num_format": code}) for code in {money, *(c for _, c in PROGRESS)} if code
    }
    sheet.write(0, 0, "清河县2024年扶贫项目台账")
    sheet.write_row(1, 0, ["项目编号", "项目名称", "乡镇", "行政村", "计划总投资(元)", head])
    rows = [*PROGRESS, *[(None, "")] * more]
    for row, (progress, code) in enumerate(rows, 2):
        sheet.write_row(row, 0, [f"XM{row:07}", "修路", "东岭镇", "甲村"])
        sheet.write(row, 4, 100_000, formats.get(money))
        if progress is not None:
            sheet.write(row, 5, progress, formats.get(code))
        elif code:
            sheet.write_blank(row, 5, None, formats[code])
    book.close()
    return made.getvalue()


def values(read: SheetRead, name: str) -> list[Any]:
    assert read.tables is not None
    (table,) = read.tables.tables
    return table.frame[name].astype("object").where(table.frame[name].notna(), None).tolist()


@pytest.mark.parametrize(
    ("number", "codes", "shows"),
    [
        (9, {}, True),
        (10, {}, True),
        (0, {}, False),
        (11, {}, False),
        (9, {9: "General"}, False),
        (164, {164: "0.0%"}, True),
        (164, {164: "[Red][<0]-0%;0%"}, True),
        (164, {164: '0"%"'}, False),
        (164, {164: r"0\%"}, False),
        (164, {164: "0_%"}, False),
        (164, {164: '0;"-"0%'}, False),
        (165, {164: "0%"}, False),
    ],
)
def test_which_formats_show_a_percentage(number: int, codes: dict[int, str], shows: bool) -> None:
    assert shows_percent(number, codes) is shows


@pytest.mark.parametrize("head", ["形象进度(%)", "形象进度"])
def test_progress_is_read_as_it_is_shown(head: str, tmp_path: Path) -> None:
    path = tmp_path / "项目.xlsx"
    path.write_bytes(projects(head))
    (grid,) = read_workbook(path).grids

    assert grid.percents == SHOWN
    assert values(read_sheet(grid, shipped("default")), "progress")[:7] == READ


def test_a_large_sheet_is_read_the_same() -> None:
    (grid,) = read_columns(projects(more=30_000), 0)

    assert grid.percents == SHOWN
    read = read_sheet(grid, shipped("default"))
    assert values(read, "progress")[:7] == READ
    assert values(read, "planned_investment")[:2] == [10_000_000, 10_000_000]


def test_what_is_no_share_is_read_as_it_stands_whatever_its_format(tmp_path: Path) -> None:
    path = tmp_path / "项目.xlsx"
    path.write_bytes(projects(money="0%"))
    (grid,) = read_workbook(path).grids

    assert {(3, 5), (9, 5)} <= grid.percents
    assert values(read_sheet(grid, shipped("default")), "planned_investment") == [10_000_000] * 7


def test_without_percent_formats_no_cell_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "plain.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(0, 0, 0.85)

    assert read_workbook(path).grids[0].percents == frozenset()


def record(kind: int, *fields: tuple[str, Any]) -> bytes:
    body = b"".join(struct.pack("<" + shape, value) for shape, value in fields)
    return struct.pack("<HH", kind, len(body)) + body


def test_the_records_of_an_xls_say_which_numbers_are_shown_as_percentages() -> None:
    text = "0.0%;-0.0%"
    globals_ = b"".join(
        [
            record(biff.BOF, ("H", 0x0600), ("H", 5)),
            record(biff.FORMAT, ("H", 164), ("H", len(text)), ("B", 0), (f"{len(text)}s", text.encode())),
            *(record(biff.XF, ("H", 0), ("H", number), ("16s", b"")) for number in (0, 9, 164, 2)),
            record(biff.EOF),
        ]
    )
    cells = b"".join(
        [
            record(biff.BOF, ("H", 0x0600), ("H", 0x10)),
            record(biff.NUMBER, ("H", 0), ("H", 0), ("H", 1), ("d", 0.85)),
            record(biff.NUMBER, ("H", 0), ("H", 1), ("H", 3), ("d", 0.85)),
            record(biff.RK, ("H", 1), ("H", 0), ("H", 2), ("I", 0)),
            record(
                biff.MULRK, *[("H", n) for n in (2, 4)], *[("H", 0), ("I", 0), ("H", 1), ("I", 0)], ("H", 5)
            ),
            record(0x0006, ("H", 3), ("H", 0), ("H", 1), ("d", 0.5), ("H", 0), ("I", 0)),
            record(0x0006, ("H", 4), ("H", 0), ("H", 1), ("6s", b"\x02"), ("H", 0xFFFF), ("H", 0), ("I", 0)),
            record(biff.EOF),
        ]
    )

    marks = biff._marks(globals_ + cells, len(globals_), biff._percent_styles(globals_))

    assert marks.percents == {(1, 1), (2, 1), (3, 6), (4, 1)}


@pytest.mark.skipif(not FIXTURES.exists(), reason="the real files are not at hand")
def test_a_real_workbook_shows_its_percentages() -> None:
    path = FIXTURES / "hostile" / "frictionless" / "preserve-formatting-percentage.xlsx"

    assert any(grid.percents for grid in read_workbook(path).grids)
