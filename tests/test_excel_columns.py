"""Sheets read by columns: the same grids as cell by cell, from every writer, or nothing is said at all."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from functools import cache
from itertools import zip_longest
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.errors import BadFile
from povplan.excel.columnar import NotColumnar, read_columns
from povplan.excel.read import _read_cells, read_workbook
from povplan.excel.sniff import load, sniff
from povplan.grid import Grid, Packed

PROJECT = Path(__file__).parents[1]
FIXTURES = PROJECT.parent / "shared" / "fixtures"
MOST_BYTES = 1 << 17
"""Larger files of the collections are read in no test, they take seconds."""
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def told(grid: Grid) -> tuple[object, ...]:
    """All that a grid says, every value with its type."""
    columns = [[(type(value), value) for value in column] for column in grid.columns]
    return (
        *(grid.sheet, columns, grid.merges, grid.errors),
        *(grid.uncached, grid.hidden_rows, grid.hidden),
    )


def by_columns(data: bytes) -> tuple[Grid, ...]:
    return read_columns(data, least=0)


def assert_same(data: bytes) -> None:
    """Column by column and cell by cell say the same."""
    for one, other in zip_longest(by_columns(data), _read_cells(data).grids):
        assert told(one) == told(other)


@cache
def frame_of_package() -> dict[str, bytes]:
    """The parts of a workbook of one sheet; of its styles 1 is a day and 2 a share."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet("表")
        sheet.write(0, 0, 1, book.add_format({"num_format": 'yyyy"年"m"月"'}))
        sheet.write(1, 0, 1, book.add_format({"num_format": "0.0%"}))
        for row, text in enumerate(STRINGS):
            sheet.write_string(row, 1, text)
    with zipfile.ZipFile(made) as package:
        return {name: package.read(name) for name in package.namelist()}


STRINGS = ("桥头村", " 全 市 ", "a&b<c>", "_x000D_", "001", "第一\n第二", "1" * 18)
SHEET = "xl/worksheets/sheet1.xml"


def package(rows: str, *, root: str = "worksheet", after: str = "", before: str = "") -> bytes:
    """A workbook whose only sheet has these rows."""
    text = f'<{root} xmlns="{NAMESPACE}">{before}<sheetData>{rows}</sheetData>{after}</{root}>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        for name, content in frame_of_package().items():
            written.writestr(name, text.encode() if name == SHEET else content)
    return made.getvalue()


def row(*cells: str, number: int = 1, more: str = "") -> str:
    return f'<row r="{number}"{more}>{"".join(cells)}</row>'


PLAIN = row('<c r="A1"><v>1</v></c>')


# ---- from every writer -----------------------------------------------------------------------------


def written_by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["001", 1, 2.5, " 全 市 ", True, dt.datetime(2024, 5, 6), None, "NA", 5.22e17])
    sheet.append([dt.time(8, 30), dt.datetime(2024, 5, 6, 7, 8, 9), dt.timedelta(hours=30), "#N/A", "=A1+B1"])
    sheet.merge_cells("A4:C5")
    sheet["D7"] = "a & b < c"
    sheet.row_dimensions[2].hidden = True
    book.create_sheet("空")
    more = book.create_sheet("另")
    more["C4"] = 7
    more.sheet_state = "hidden"
    return saved(book.save)


def written_by_xlsxwriter(*, constant_memory: bool) -> bytes:
    def write(made: io.BytesIO) -> None:
        with xlsxwriter.Workbook(made, {"constant_memory": constant_memory}) as book:
            day, sheet = book.add_format({"num_format": 14}), book.add_worksheet()
            for number in range(40):
                sheet.write_row(number, 0, [f"{number}组", number / 7, "男" if number % 2 else "女", " x"])
                sheet.write(number, 4, number, day)
                sheet.write_boolean(number, 5, number % 3 == 0)
                sheet.write_blank(number, 6, None, day)
            sheet.write_formula(40, 0, "=1/0", None, "#DIV/0!")
            sheet.write_formula(41, 0, '=A1&"<>"', None, "0组<>")
            sheet.write_rich_string(42, 0, "粗", book.add_format({"bold": True}), "体 ", "字")
            sheet.merge_range(44, 0, 45, 3, "合并")
            sheet.set_row(3, None, None, {"hidden": True})

    return saved(write)


def saved(write: Callable[[io.BytesIO], object]) -> bytes:
    made = io.BytesIO()
    write(made)
    return made.getvalue()


LIBREOFFICE = row(
    '<c r="A1" s="0" t="s"><v>0</v></c>',
    '<c r="B1" s="1" t="n"><v>45000</v></c>',
    '<c r="C1" s="0" t="b"><v>1</v></c>',
    '<c r="D1" s="0" t="e"><f aca="false">1/0</f><v>#DIV/0!</v></c>',
    '<c r="E1" s="2" t="str"><f aca="false">A1</f><v>桥头村</v></c>',
    more=' customFormat="false" ht="12.8" hidden="true" outlineLevel="0" collapsed="false"',
)
EXCEL = row(
    '<c r="A1" s="1"/><c r="B1" t="s"><v>6</v></c><c r="AA1"><v>1.1000000000000001</v></c>',
    '<c r="AB1"><f t="shared" ref="AB1:AB2" si="0">A1</f><v>1E-3</v></c><c r="ABC1" s="1"><v>44197.5</v></c>',
    more=' spans="1:3" x14ac:dyDescent="0.25"',
) + row('<c r="AB9"><f t="shared" si="0"/><v>-7</v></c>', number=9)
POI = row('<c r="A1" t="inlineStr" s="2"><is><t>村 一</t></is></c><c r="B1" s="1" t="n"><v>1</v></c>') + row(
    '<c r="A2" t="inlineStr"><is><t xml:space="preserve"> 村 </t></is></c><c r="B2" t="str"><v></v></c>',
    number=2,
)
WPS = row('<c r="A1" s="1"><v>0</v></c><c r="C1" s="1"><v>0.5</v></c><c r="D1" s="1"><v>-3</v></c>')
PHONETIC = row(
    '<c r="A1" t="inlineStr"><is><t>東</t><rPh sb="0" eb="1"><t>ヒガシ</t></rPh></is></c>',
    '<c r="B1" t="inlineStr"><is><r><t>一</t></r><r><rPr><b/></rPr><t> 二</t></r></is></c>',
    '<c r="C1" t="d"><v>2024-05-06</v></c><c r="D1" t="inlineStr"><is><t> x </t></is></c>',
    '<c r="E1" t="inlineStr"><is><t>a&amp;b&#10;_x000D_</t></is></c>',
    '<c r="F1" t="inlineStr"><is><t></t></is></c>',
)
UNCACHED = row(
    '<c r="A1"><f>1+1</f></c><c r="B1"><f>1+1</f><v/></c><c r="C1"><f>1+1</f><v></v></c>',
    '<c r="D1" t="str"><f>""</f><v></v></c><c r="E1"><f ca="1"/></c><c r="F1"></c><c r="G1"><v/></c>',
)
WRITTEN: dict[str, Callable[[], bytes]] = {
    "openpyxl": written_by_openpyxl,
    "XlsxWriter": lambda: written_by_xlsxwriter(constant_memory=False),
    "XlsxWriter row by row": lambda: written_by_xlsxwriter(constant_memory=True),
    "LibreOffice": lambda: package(LIBREOFFICE, before='<dimension ref="A1:E1"/>'),
    "Excel": lambda: package(EXCEL, after='<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>'),
    "POI": lambda: package(POI),
    "WPS": lambda: package(WPS),
    "phonetic and rich text": lambda: package(PHONETIC),
    "formulas without results": lambda: package(UNCACHED),
    "blank rows between": lambda: package(
        row(number=2) + '<row r="3"/>' + row('<c r="B9"><v>1</v></c>', number=9)
    ),
    "no rows": lambda: package(""),
}


@pytest.mark.parametrize("writer", WRITTEN)
def test_what_a_writer_writes_is_read_alike_in_both_ways(writer: str) -> None:
    data = WRITTEN[writer]()

    assert_same(data)


def test_a_packed_column_keeps_errors_dates_and_numbers_as_text_apart() -> None:
    (grid,) = by_columns(
        package(
            row(
                '<c r="A1"><v>7</v></c><c r="B1" t="str"><v>7</v></c><c r="C1" s="1"><v>45000</v></c>',
                '<c r="D1" t="e"><v>#N/A</v></c><c r="E1" t="b"><v>0</v></c>',
            )
        )
    )

    assert all(isinstance(column, Packed) for column in grid.columns)
    assert [(type(value), value) for value in grid.row(1)] == [
        *((float, 7.0), (str, "7"), (dt.date, dt.date(2023, 3, 15)), (type(None), None), (bool, False)),
    ]
    assert grid.errors == {(1, 4): "#N/A"}


@pytest.mark.parametrize(("folder", "least"), [(PROJECT / "sample_data", 14), (FIXTURES, 100)])
def test_whatever_is_read_by_columns_of_real_files_is_the_same_cell_by_cell(folder: Path, least: int) -> None:
    if not folder.is_dir():
        pytest.skip(f"no {folder.name} here")
    read = 0
    for path in sorted(folder.rglob("*.xls[xm]")):
        if path.stat().st_size >= MOST_BYTES:
            continue
        try:
            data = load(path)
            if sniff(data) != "xlsx":
                continue
            grids = by_columns(data)
        except (BadFile, NotColumnar):
            continue
        read += 1
        assert [*map(told, grids)] == [*map(told, _read_cells(data).grids)], path.name

    assert read >= least


# ---- what is left to others ------------------------------------------------------------------------

UNUSUAL: dict[str, Callable[[], bytes]] = {
    "a prefix": lambda: package(PLAIN.replace("<", "<x:").replace("<x:/", "</x:"), root="x:worksheet"),
    "a comment": lambda: package(row("<!-- 3 --><c r='A1'><v>1</v></c>")),
    "CDATA": lambda: package(row('<c r="A1" t="inlineStr"><is><t><![CDATA[村]]></t></is></c>')),
    "an instruction": lambda: package(row('<?x y?><c r="A1"><v>1</v></c>')),
    "a cell without address": lambda: package(row("<c><v>1</v></c>")),
    "a row without number": lambda: package('<row><c r="A1"><v>1</v></c></row>'),
    "an address in another row": lambda: package(row('<c r="A2"><v>1</v></c>')),
    "small letters": lambda: package(row('<c r="a1"><v>1</v></c>')),
    "single quotes": lambda: package(row("<c r='A1'><v>1</v></c>")),
    "another order of attributes": lambda: package(row('<c s="1" r="A1"><v>1</v></c>')),
    "attributes unheard of": lambda: package(row('<c r="A1" cm="1"><v>1</v></c>')),
    "a type unheard of": lambda: package(row('<c r="A1" t="z"><v>1</v></c>')),
    "cells out of order": lambda: package(row('<c r="B1"><v>1</v></c><c r="A1"><v>1</v></c>')),
    "rows out of order": lambda: package(row(number=2) + row('<c r="A1"><v>1</v></c>')),
    "blanks between tags": lambda: package(row('\n<c r="A1"><v>1</v></c>')),
    "an open bracket in a formula": lambda: package(row('<c r="A1"><f>1>2</f><v>1</v></c>')),
    "a number with blanks": lambda: package(row('<c r="A1"><v> 1</v></c>')),
    "a number in words": lambda: package(row('<c r="A1"><v>NaN</v></c>')),
    "an error unheard of": lambda: package(row('<c r="A1" t="e"><v>#SPILL!</v></c>')),
    "a tag between cells": lambda: package(row('<x/><c r="A1"><v>1</v></c>')),
    "a cell in a cell": lambda: package(row('<c r="A1"><c r="B1"><v>1</v></c></c>')),
    "a row in a row": lambda: package('<row r="1"><row r="2"></row></row>'),
    "two tables": lambda: package(PLAIN, after=f"<sheetData>{PLAIN}</sheetData>"),
    "an entity of its own": lambda: package(PLAIN, before="<!DOCTYPE x>"),
    "a text that is none": lambda: package(PLAIN).replace(b"<v>1</v>", b"<v>\xff</v>"),
    "no package": lambda: b"PK\x03\x04",
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_what_is_unusual_is_left_to_the_reader_of_cells(what: str) -> None:
    data = UNUSUAL[what]()

    with pytest.raises(NotColumnar):
        by_columns(data)


def test_a_sheet_that_is_unusual_costs_no_other_its_columns() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["村", 1])
    book.create_sheet("怪").append(["镇", 2])
    made = saved(book.save)
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(again := io.BytesIO(), "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(
                name, text.replace(b"<row ", b"<!-- --><row ") if name.endswith("sheet2.xml") else text
            )

    usual, unusual = by_columns(again.getvalue())

    assert isinstance(usual.columns[0], Packed)
    assert usual.row(1) == ["村", 1]
    assert not isinstance(unusual.columns[0], Packed)
    assert unusual.row(1) == ["镇", 2]


def test_a_small_workbook_is_read_cell_by_cell(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(package(PLAIN))

    (grid,) = read_workbook(tmp_path / "a.xlsx").grids

    assert grid.columns == [[1.0]]


# ---- drawn sheets ----------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**18), 10**18).map(str),
    st.decimals(-1_000_000, 1_000_000, places=2).map(str),
)
TEXTS = st.text(st.sampled_from("村甲乙aB1 ·&<>\"'_x000D_\n\t／"), max_size=9)
DAYS = st.one_of(st.integers(-9, 99_999).map(str), st.floats(0, 60_000).map(repr))
STYLE, DATED = st.sampled_from(["", ' s="0"', ' s="1"', ' s="2"']), ' s="1"'
UNDATED = STYLE.filter(lambda style: style != DATED)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


CELL = st.one_of(
    st.builds("{}><v>{}</v></c>".format, UNDATED, NUMBERS),
    st.builds('{} t="n"><f>A1</f><v>{}</v></c>'.format, UNDATED, NUMBERS),
    st.builds("{}><v>{}</v></c>".format, STYLE, DAYS),
    st.builds('{} t="s"><v>{}</v></c>'.format, STYLE, st.integers(0, len(STRINGS) - 1)),
    st.builds('{} t="inlineStr"><is><t>{}</t></is></c>'.format, STYLE, TEXTS.map(escaped)),
    st.builds('{} t="str"><f>A1</f><v>{}</v></c>'.format, STYLE, TEXTS.map(escaped)),
    st.builds('{} t="b"><v>{}</v></c>'.format, STYLE, st.sampled_from("01")),
    st.builds('{} t="e"><v>#REF!</v></c>'.format, STYLE),
    st.builds("{}/>".format, STYLE),
    st.builds("{}><f>A1</f></c>".format, STYLE),
    st.just(""),
)
LETTERS = ["A", "B", "C", "Z", "AA", "AZ"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELL, max_size=len(LETTERS)), max_size=6))
def test_a_drawn_sheet_is_read_alike_in_both_ways(drawn: list[list[str]]) -> None:
    rows = [
        row(
            *(f'<c r="{letter}{number}"{cell}' for letter, cell in zip(LETTERS, cells, strict=False) if cell),
            number=number,
        )
        for number, cells in enumerate(drawn, 3)
    ]

    assert_same(package("".join(rows)))
