"""A cell that shows 85% has 0.85 in it: it is read as it is shown where a share or a rate is meant.

So is an amount that a format shows in 万元: 9800 as 0.98 or 0.98万, 0.98 as 0.98万元.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from povplan.excel import biff, read_workbook
from povplan.excel.columnar import read_columns
from povplan.excel.formats import PERCENT, shown_by
from povplan.grid import Shown
from povplan.jobs.reading import SheetRead, read_sheet
from tests.test_reading import FIXTURES, shipped

PROGRESS = [
    (0.85, "0%"), (85, ""), (0.07, "0.00%;[Red]-0.00%"), (60, '0.0"%"'), (1, "0%"), ("85%", ""), (None, "0%")
]  # fmt: skip
READ = [85, 85, 7, 60, 100, 85, None]
SHOWN = {(3, 6), (5, 6), (7, 6)}


def projects(
    head: str = "形象进度(%)", money: str = "", more: int = 0, total: str = "计划总投资(元)"
) -> bytes:
    """A project ledger whose progress is written in every way; `more` projects without any."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet("项目")
    formats = {
        code: book.add_format({"num_format": code}) for code in {money, *(c for _, c in PROGRESS)} if code
    }
    sheet.write(0, 0, "清河县2024年扶贫项目台账")
    sheet.write_row(1, 0, ["项目编号", "项目名称", "乡镇", "行政村", total, head])
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
    assert (shown_by(number, codes) == PERCENT) is shows


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("0!.0,", Shown(1e-4)),
        (r"0\.0000", Shown(1e-4)),
        ('0"."0,"万元"', Shown(1e-4, "万元")),
        (r'#,##0\.0,"万";-0\.0,"万"', Shown(1e-4, "万")),
        ("#,##0.00,_ ", Shown(1e-3)),
        ('0.00,,"百万元"', Shown(1e-6, "百万元")),
        ('0.00"万元"', Shown(1, "万元")),
        ("0.00 万元", Shown(1, "万元")),
        ('General"万元"', Shown(1, "万元")),
        ('G/通用格式"万元"', Shown(1, "万元")),
        ("General", None),
        ('[$￥-804]#,##0.00,"千元"', Shown(1e-3, "千元")),
        ("#,##0.00", None),
        ('#,##0.00"元"', None),
        ("[>=10000]0!.0,;0", None),
        (r"0\.0\.0", None),
        ("0.00E+00", None),
        (r"yyyy\.mm", None),
        ('"共"0"户"', None),
        ('0;-0,"万"', None),
        ("@", None),
    ],
)
def test_which_formats_show_a_number_by_another(code: str, shown: Shown | None) -> None:
    assert shown_by(164, {164: code}) == shown


@pytest.mark.parametrize(
    ("head", "code", "fen"),
    [
        ("计划总投资(元)", "0!.0000", 10_000_000),
        ("计划总投资(元)", '0!.0,"万元"', 10_000_000),
        ("计划总投资(元)", '0.00"万元"', 100_000_000_000),
        ("计划总投资(元)", 'General"万元"', 100_000_000_000),
        ("计划总投资(万元)", "#,##0.00", 100_000_000_000),
        ("计划总投资(万元)", "0!.0000", 10_000_000),
        ("计划总投资(万元)", '0!.0,"万元"', 10_000_000),
        ("计划总投资(万元)", '0.00"万元"', 100_000_000_000),
        ("计划总投资(万元)", "0.00,", 100_000_000_000),
        ("计划总投资(千元)", "0.00,", 10_000_000),
        ("计划总投资(万元)", '0.00,"万元"', 100_000_000_000),
    ],
)
def test_an_amount_is_read_as_its_format_shows_it(head: str, code: str, fen: int, tmp_path: Path) -> None:
    path = tmp_path / "项目.xlsx"
    path.write_bytes(projects(money=code, total=head))
    (grid,) = read_workbook(path).grids
    (large,) = read_columns(projects(money=code, total=head, more=30_000), 0)

    assert values(read_sheet(grid, shipped("default")), "planned_investment") == [fen] * 7
    assert values(read_sheet(large, shipped("default")), "planned_investment") == [fen] * 30_007


@pytest.mark.parametrize("head", ["形象进度(%)", "形象进度"])
def test_progress_is_read_as_it_is_shown(head: str, tmp_path: Path) -> None:
    path = tmp_path / "项目.xlsx"
    path.write_bytes(projects(head))
    (grid,) = read_workbook(path).grids

    assert set(grid.shown) == SHOWN
    assert values(read_sheet(grid, shipped("default")), "progress")[:7] == READ


def test_a_large_sheet_is_read_the_same() -> None:
    (grid,) = read_columns(projects(more=30_000), 0)

    assert set(grid.shown) == SHOWN
    read = read_sheet(grid, shipped("default"))
    assert values(read, "progress")[:7] == READ
    assert values(read, "planned_investment")[:2] == [10_000_000, 10_000_000]


def test_what_is_no_share_is_read_as_it_stands_whatever_its_format(tmp_path: Path) -> None:
    path = tmp_path / "项目.xlsx"
    path.write_bytes(projects(money="0%"))
    (grid,) = read_workbook(path).grids

    assert {(3, 5), (9, 5)} <= grid.shown.keys()
    assert values(read_sheet(grid, shipped("default")), "planned_investment") == [10_000_000] * 7


def test_without_percent_formats_no_cell_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "plain.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(0, 0, 0.85)

    assert read_workbook(path).grids[0].shown == {}


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

    marks = biff._marks(globals_ + cells, len(globals_), biff._shown_styles(globals_))

    assert marks.shown == dict.fromkeys([(1, 1), (2, 1), (3, 6), (4, 1)], PERCENT)


@pytest.mark.skipif(not FIXTURES.exists(), reason="the real files are not at hand")
def test_a_real_workbook_shows_its_percentages() -> None:
    path = FIXTURES / "hostile" / "frictionless" / "preserve-formatting-percentage.xlsx"

    assert any(grid.shown for grid in read_workbook(path).grids)
