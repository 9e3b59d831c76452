"""Tables that are text: CSV in the encodings that occur, web pages and XML called `.xls`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from povplan.errors import BadFile
from povplan.excel import read_workbook
from povplan.grid import Grid, Merge, Workbook

TABLE = "村名,编号,备注\n桥头村,001,\n李家村,002,有\n"


def written(path: Path, content: str | bytes) -> Workbook:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_workbook(path)


def drawn(workbook: Workbook) -> list[list[object]]:
    (grid,) = workbook.grids
    return [list(grid.row(number)) for number in range(1, grid.height + 1)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_text_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    workbook = written(tmp_path / "上报.csv", TABLE.encode(encoding))

    assert (workbook.kind, workbook.grids[0].sheet) == ("csv", "上报")
    assert drawn(workbook) == [["村名", "编号", "备注"], ["桥头村", "001", None], ["李家村", "002", "有"]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    workbook = written(tmp_path / "a.csv", TABLE.replace(",", delimiter))

    assert drawn(workbook)[1] == ["桥头村", "001", None]


def test_commas_inside_tabbed_cells_do_not_part_them(tmp_path: Path) -> None:
    workbook = written(tmp_path / "a.xls", "村名\t致贫原因\n甲村\t病,残\n乙村\t学\n")

    assert drawn(workbook) == [["村名", "致贫原因"], ["甲村", "病,残"], ["乙村", "学"]]


def test_quoted_cells_keep_line_breaks_and_ragged_rows_are_filled(tmp_path: Path) -> None:
    workbook = written(tmp_path / "a.csv", '标题\n"a\nb",2\n1,2,3\n,,\n')

    assert drawn(workbook) == [["标题", None, None], ["a\nb", "2", None], ["1", "2", "3"]]


def test_a_line_naming_the_separator_is_not_a_row(tmp_path: Path) -> None:
    assert drawn(written(tmp_path / "a.csv", "sep=;\na;b,c\n")) == [["a", "b,c"]]


def page(tmp_path: Path, body: str, encoding: str = "utf-8") -> Grid:
    workbook = written(tmp_path / "a.xls", f"<html><body>{body}</body></html>".encode(encoding))
    assert (workbook.kind, workbook.remarks) == ("html", ("read_html_called_xls",))
    return workbook.grids[0]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_spans_of_a_web_page_are_merged_ranges(tmp_path: Path, encoding: str) -> None:
    grid = page(
        tmp_path,
        """<table><tr><td rowspan=2>地区</td><td colspan=2>人口</td></tr>
        <tr><td>男</td><td> 女
           性</td></tr><tr><td>甲<br>村</td><td>001</td><td>&nbsp;</td></tr></table>""",
        encoding,
    )

    assert grid.row(1) == ["地区", "人口", None]
    assert grid.row(2) == [None, "男", "女 性"]
    assert grid.row(3) == ["甲\n村", "001", None]
    assert grid.merges == (Merge(1, 1, 2, 1), Merge(1, 2, 1, 3))


def test_only_the_innermost_tables_of_a_layout_are_read(tmp_path: Path) -> None:
    grid = page(tmp_path, "<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>")

    assert grid.columns == [["a"], ["b"]]


def test_a_monstrous_span_stays_within_the_rows(tmp_path: Path) -> None:
    grid = page(tmp_path, "<table><tr><td rowspan=999999999 colspan=99999>a</td></tr></table>")

    assert grid.columns == [["a"]]


def test_the_exact_number_beside_a_displayed_one_is_taken(tmp_path: Path) -> None:
    assert page(tmp_path, '<table><tr><td x:num="12.345">12.3</td></tr></table>').row(1) == [12.345]


SPREADSHEETML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="台账"><Table>
<Row ss:Index="2"><Cell ss:Index="2" ss:MergeAcross="1"><Data ss:Type="String">户</Data></Cell>
<Cell><Data ss:Type="Number">3</Data></Cell></Row>
<Row ss:Hidden="1"><Cell><Data ss:Type="DateTime">2020-01-02T00:00:00.000</Data></Cell>
<Cell><Data ss:Type="Error">#N/A</Data></Cell><Cell ss:Formula="=RC[-1]"/>
<Cell><Data ss:Type="String">001</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


def test_spreadsheetml_is_read_at_its_addresses(tmp_path: Path) -> None:
    workbook = written(tmp_path / "a.xls", SPREADSHEETML)

    (grid,) = workbook.grids
    assert (workbook.kind, grid.sheet) == ("xml", "台账")
    assert grid.row(2) == [None, "户", None, 3]
    assert grid.row(3) == [dt.datetime(2020, 1, 2), None, None, "001"]
    assert (grid.merges, grid.errors) == ((Merge(2, 2, 2, 3),), {(3, 2): "#N/A"})
    assert grid.uncached == {(3, 3)}
    assert grid.hidden_rows == {3}


def test_spreadsheetml_that_declares_entities_is_refused(tmp_path: Path) -> None:
    declared = SPREADSHEETML.replace("<Workbook", "<!DOCTYPE x [<!ENTITY e 'x'>]><Workbook", 1)

    with pytest.raises(BadFile):
        written(tmp_path / "a.xls", declared)
