"""Workbooks as values, drawn and read back."""

from __future__ import annotations

import errno
import stat
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest

from povplan.excel.drawing import draw
from povplan.excel.widths import lines_of, room_for, width_of
from povplan.excel.write import write_sheets
from povplan.sheets.entry import EntryColumn, EntrySheet
from povplan.sheets.page import (
    Cell,
    Chart,
    Charts,
    Column,
    Cover,
    DifferenceOf,
    QuotientOf,
    Row,
    Sheet,
    SumAcross,
    SumOf,
    Table,
    Words,
    Workbook,
    plain_sheet,
)
from tests.workbooks import evaluate, live_cells, rows_of


def test_a_sheet_reads_back_with_title_units_headings_values_and_notes(tmp_path: Path) -> None:
    table = Table(
        [Column(("单位",)), Column(("数",), "元")],
        [Row(["甲", Cell(1.5, "0.00")]), Row(["乙", None])],
        notes=["注：空格不详"],
    )
    sheet = Sheet("表", (table,), title="标题", left="甲县", right="单位：元")

    path = write_sheets(tmp_path / "a.xlsx", [sheet])

    assert rows_of(path, "表") == [
        ["标题", None],
        ["甲县", "单位：元"],
        ["单位", "数"],
        [None, "元"],
        ["甲", 1.5],
        ["乙", None],
        ["注：空格不详", None],
    ]
    page = openpyxl.load_workbook(path)["表"]
    assert page.freeze_panes == "B5"
    assert page.print_title_rows == "$1:$4"
    assert page.page_setup.orientation == "landscape"
    assert page.page_setup.fitToHeight == 0
    assert page.sheet_properties.pageSetUpPr is not None
    assert page.sheet_properties.pageSetUpPr.fitToPage


def test_headings_of_one_group_are_merged_over_their_columns_and_single_ones_down(tmp_path: Path) -> None:
    columns = [
        Column(("单位",)),
        Column(("全部", "专项")),
        Column(("全部", "其他")),
        Column(("有专项", "专项")),
    ]

    path = write_sheets(tmp_path / "a.xlsx", [Sheet("表", (Table(columns, [Row(["甲", 1, 2, 3])]),))])

    page = openpyxl.load_workbook(path)["表"]
    assert {str(one) for one in page.merged_cells.ranges} == {"A1:A2", "B1:C1"}
    assert rows_of(path, "表")[:2] == [["单位", "全部", None, "有专项"], [None, "专项", "其他", "专项"]]


def test_a_live_cell_holds_its_formula_and_the_value_it_has(tmp_path: Path) -> None:
    rows = [
        Row(["合计", Cell(6, "0", SumOf((1, 3))), Cell(3, "0", SumOf((1, 2, 3)))], "total"),
        Row(["甲", 2, 1]),
        Row(["（其中）", None, 1]),
        Row(["乙", 4, 1]),
        Row(["比", Cell(2.0, "0.0", QuotientOf(2, 1)), 2.0]),
    ]
    rows[4] = Row(["比", 4, Cell(2, "0", DifferenceOf(1, 1, 100))])
    across = Table(Column.plain("甲", "乙", "和"), [Row([1, 2, Cell(3, "0", SumAcross((0, 1)))])])

    path = write_sheets(
        tmp_path / "a.xlsx",
        [Sheet("表", (Table(Column.plain("单位", "数", "户"), rows),)), Sheet("横", (across,))],
    )

    assert [(one.cell, one.formula, one.cached) for one in live_cells(path)] == [
        ("B2", "SUM(B3,B5)", 6),
        ("C2", "SUM(C3:C5)", 3),
        ("C6", "(B6-B6)*100", 2),
        ("C2", "SUM(A2,B2)", 3),
    ]
    page = openpyxl.load_workbook(path, data_only=True)["表"]
    assert evaluate("SUM(B3,B5)", page) == 6


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x")', "+1", "@x", "http://x", "-", "12"])
def test_text_from_the_data_stays_text(text: str, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", [plain_sheet("表", ["名"], [[text]])])

    cell = openpyxl.load_workbook(path)["表"]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_a_figure_that_is_no_number_is_drawn_blank(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", [plain_sheet("表", ["数"], [[float("nan")], [float("inf")]])])

    assert rows_of(path, "表")[1:] == [[None], [None]]


def test_a_text_longer_than_a_cell_takes_is_cut_and_not_lost(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", [plain_sheet("表", ["名"], [["长" * 40_000]])])

    assert rows_of(path, "表")[1][0] == "长" * 32_000 + "…"


def test_a_workbook_that_is_open_is_written_beside_it_under_a_new_name(tmp_path: Path) -> None:
    target = tmp_path / "a.xlsx"
    replace = Path.replace

    def locked(path: Path, to: Path) -> Path:
        if Path(to) == target:
            raise PermissionError
        return replace(path, to)

    with patch.object(Path, "replace", locked):
        path = write_sheets(target, [plain_sheet("表", ["名"], [["甲"]])])

    assert path.name == "a(2).xlsx"
    assert sorted(inner.name for inner in tmp_path.iterdir()) == ["a(2).xlsx"]


def test_a_run_cut_short_leaves_the_workbook_of_before(tmp_path: Path) -> None:
    target = write_sheets(tmp_path / "a.xlsx", [plain_sheet("表", ["名"], [["旧"]])])

    with patch("povplan.excel.write.draw", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        write_sheets(target, [plain_sheet("表", ["名"], [["新"]])])

    assert rows_of(target, "表") == [["名"], ["旧"]]
    assert [inner.name for inner in tmp_path.iterdir()] == ["a.xlsx"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_owner_may_read_a_workbook(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", [plain_sheet("表", ["名"], [["甲"]])])

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_full_disk_leaves_no_half_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    write_sheets(tmp_path / "a.xlsx", [plain_sheet("表", ["名"], [["旧"]])])
    monkeypatch.setattr(Path, "write_bytes", full)

    with pytest.raises(OSError, match="space") as said:
        write_sheets(tmp_path / "a.xlsx", [plain_sheet("表", ["名"], [["新"]])])

    assert said.value.strerror == "No space left on device"
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]
    assert rows_of(tmp_path / "a.xlsx", "表")[1:] == [["旧"]]


def test_sheets_whose_names_excel_would_refuse_get_others(tmp_path: Path) -> None:
    names = ["甲/乙[1]", "长" * 40, "长" * 40, "", "A·'" + "x" * 40, "b" * 30 + "'c", "'" * 40]

    path = write_sheets(tmp_path / "a.xlsx", [plain_sheet(name, ["名"], []) for name in names])

    assert openpyxl.load_workbook(path).sheetnames == [
        *("甲_乙_1_", "长" * 31, "长" * 29 + "_2", "_"),
        *("A·'" + "x" * 28, "b" * 30, "_2"),
    ]


def test_a_name_too_long_for_a_tab_keeps_what_tells_it_from_its_sisters(tmp_path: Path) -> None:
    card = "Scores·Townships' yearly appraisal"
    names = [card, f"{card}·Line by line", f"{card}·{'x' * 30}"]

    path = write_sheets(tmp_path / "a.xlsx", [plain_sheet(name, ["名"], []) for name in names])

    assert openpyxl.load_workbook(path).sheetnames == [
        card[:31],
        "Scores·Townships'…·Line by line",
        card[:29] + "_2",
    ]


def test_a_way_to_another_sheet_leads_there(tmp_path: Path) -> None:
    contents = Sheet("目录", (Table(Column.plain("表"), [Row([Cell("甲's", link="甲's")])]),))
    page = plain_sheet("甲's", ["名"], [["甲"]], home="目录")

    path = write_sheets(tmp_path / "a.xlsx", [contents, page])

    book = openpyxl.load_workbook(path)
    assert book["目录"]["A2"].hyperlink.location == "'甲''s'!A1"
    assert book["甲's"]["A1"].hyperlink.location == "'目录'!A1"


def test_a_chart_reads_the_table_it_names_on_another_sheet(tmp_path: Path) -> None:
    table = Table(Column.plain("年", "收入"), [Row(["2023", 1.0]), Row(["2024", 2.0])])
    chart = Chart("line", "收入", 0, (0, 1), 0, (1,), sheet="表")

    path = write_sheets(
        tmp_path / "a.xlsx", [Sheet("表", (Words(["说明"]), table)), Sheet("图", (Charts([chart]),))]
    )

    (drawn,) = openpyxl.load_workbook(path)["图"]._charts  # type: ignore[attr-defined]
    assert drawn.series[0].val.numRef.f == "表!$B$4:$B$5"
    assert drawn.series[0].cat.numRef.f == "表!$A$4:$A$5"


def test_the_same_sheets_make_the_same_bytes(tmp_path: Path) -> None:
    sheet = plain_sheet("表", ["名", "数"], [["甲", 1.5]], "标题")

    books = [write_sheets(tmp_path / name, [sheet]).read_bytes() for name in ("a.xlsx", "b.xlsx")]

    assert books[0] == books[1]


def test_chinese_counts_two_columns() -> None:
    assert width_of("贫困发生率(%)") == 13


def test_columns_are_wide_enough_for_their_longest_cell(tmp_path: Path) -> None:
    long = "从化市吕田镇三村村委会帮扶资金"

    path = write_sheets(tmp_path / "a.xlsx", [plain_sheet("表", ["名"], [[long]])])

    page = openpyxl.load_workbook(path)["表"]
    assert page.column_dimensions["A"].width >= width_of(long)


@pytest.mark.parametrize(
    ("headings", "repeated"),
    [
        (["甲", "乙"], "$5:$5"),
        (["甲", "乙", "乙"], "$5:$5"),
        (["甲", "甲", "甲"], "$1:$1"),
        (["乙", "甲", "乙"], "$9:$9"),
    ],
)
def test_on_pages_after_the_last_tables_their_heading_is_printed(
    headings: str, repeated: str, tmp_path: Path
) -> None:
    tables = tuple(Table([Column((heading,))], [Row([1]), Row([2])]) for heading in headings)

    path = write_sheets(tmp_path / "a.xlsx", [Sheet("表", tables)])

    assert openpyxl.load_workbook(path)["表"].print_title_rows == repeated


def test_the_unit_under_a_heading_leads_where_its_column_leads_for_a_link_is_not_broken_over_lines(
    tmp_path: Path,
) -> None:
    columns = [Column(("单位",)), Column(("经村民会议决定的项目比例",), "%", link="#decided")]
    definitions = Sheet("定义", (Table(Column.plain("指标"), [Row(["比例"], anchor="decided")]),))

    path = write_sheets(
        tmp_path / "a.xlsx", [Sheet("表", (Table(columns, [Row(["甲", 1.0])]),)), definitions]
    )

    page = openpyxl.load_workbook(path)["表"]
    assert {cell.coordinate: cell.hyperlink.location for row in page for cell in row if cell.hyperlink} == {
        "B2": "povplan.decided"
    }
    assert (page["B1"].value, page["B2"].value, page["B1"].alignment.wrap_text) == (
        "经村民会议决定的项目比例",
        "%",
        True,
    )


@pytest.mark.parametrize("width", [None, 30.0])
def test_a_column_is_as_wide_as_its_longest_link(width: float | None, tmp_path: Path) -> None:
    name = "Share of benefiting households that took part in deciding"
    table = Table([Column(("Indicator",), width=width)], [Row([Cell(name, link="#one")])])

    path = write_sheets(tmp_path / "a.xlsx", [Sheet("表", (table,))])

    assert openpyxl.load_workbook(path)["表"].column_dimensions["A"].width >= width_of(name)


def test_a_line_across_the_table_is_as_high_as_it_needs_over_the_whole_width(tmp_path: Path) -> None:
    table = Table(Column.plain("项", "数", "数", "说明"), [Row(["共同负责的按比例分摊（合计）"], "section")])

    path = write_sheets(tmp_path / "a.xlsx", [Sheet("表", (table,))])

    assert openpyxl.load_workbook(path)["表"].row_dimensions[2].height is None


def test_those_who_sign_stand_in_the_middle_of_the_cover(tmp_path: Path) -> None:
    cover = Cover("报告", "2024年", [("单位", "甲县")], ["编制", "审核", "批准"])

    path = write_sheets(tmp_path / "a.xlsx", [Sheet("封面", (cover,))])

    ranges = [one for one in openpyxl.load_workbook(path)["封面"].merged_cells.ranges if one.min_row > 12]
    assert (min(one.min_col for one in ranges), max(one.max_col for one in ranges)) == (3, 8)


def test_a_title_wider_than_its_table_goes_on_in_a_second_line(tmp_path: Path) -> None:
    title = "清河县2024年农户基础台账名单（脱贫状态为贫困，且家庭人口数不少于4）"

    path = write_sheets(tmp_path / "a.xlsx", [plain_sheet("表", ["甲", "乙", "丙"], [[1, 2, 3]], title)])

    page = openpyxl.load_workbook(path)["表"]
    assert page["A1"].alignment.wrap_text
    assert (page.row_dimensions[1].height or 0) > 2 * 24


def test_what_stands_over_a_table_gets_two_lines_where_one_is_too_narrow(tmp_path: Path) -> None:
    sheet = replace(
        plain_sheet("表", ["甲", "乙"], [[1, 2]]), left="清河土家族苗族自治县", right="单位：万元"
    )

    path = write_sheets(tmp_path / "a.xlsx", [sheet])

    assert rows_of(path, "表")[:2] == [["清河土家族苗族自治县", None], ["单位：万元", None]]


def test_the_way_home_is_never_wider_than_the_sheet(tmp_path: Path) -> None:
    home = replace(plain_sheet("表", ["甲"], [[1]]), left="清河土家族苗族自治县　2024年", home="目录")

    path = write_sheets(tmp_path / "a.xlsx", [plain_sheet("目录", ["名"], [["表"]]), home])

    page = openpyxl.load_workbook(path)["表"]
    assert page.column_dimensions["A"].width > width_of(str(page["A1"].value))


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("甲乙丙丁", 9, 1),
        ("甲乙丙丁", 8, 2),
        ("Collective income per village", 18, 3),
        ("XM2024001通组道路", 11, 2),
        ("a" * 40, 11, 5),
        ("甲\n乙丙丁戊", 7, 3),
        ("", 8, 1),
    ],
)
def test_lines_are_broken_between_words_and_anywhere_in_chinese(text: str, width: float, lines: int) -> None:
    assert lines_of(text, width) == lines


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (Cell(-3.12, '+0.00" pp";-0.00" pp";0.00" pp"'), "-3.12 pp"),
        (Cell(497_710_000.0, "#,##0.00"), "497,710,000.00"),
        (Cell(123_456_789_012.0, "#,##0.00"), "123,456,789,012.00"),
    ],
)
def test_a_number_has_room_in_the_broadest_of_fonts(cell: Cell, told: str, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", [plain_sheet("表", ["数"], [[cell]])])

    width = openpyxl.load_workbook(path)["表"].column_dimensions["A"].width
    bold = sum({",": 5.07, ".": 5.07, " ": 4.64, "-": 5.53}.get(sign, 9.5) for sign in told)
    """Points of the screen in DejaVu Sans Bold of ten points."""
    assert 7 * width + 5 - 6 > bold


@pytest.mark.parametrize("text", ["Verdict", "变差", "XM2024001", "通宽带户比例(%)", "2024-12-31"])
def test_what_a_column_was_made_for_takes_one_line_in_it(text: str) -> None:
    assert lines_of(text, room_for(text)) == 1


def test_words_above_a_table_are_not_kept_in_sight(tmp_path: Path) -> None:
    table = Table(Column.plain("甲"), [Row([1])])

    path = write_sheets(tmp_path / "a.xlsx", [Sheet("表", (Words(["说明"] * 20), table))])

    page = openpyxl.load_workbook(path)["表"]
    assert page.freeze_panes is None
    assert page.print_title_rows == "$22:$22"


def form(width: float, count: int, *rows: Sequence[str]) -> EntrySheet:
    """A form of so many columns of that width."""
    columns = [EntryColumn(f"列{number}", "carried", width) for number in range(count)]
    return EntrySheet(
        name="表",
        title="清河土家族苗族自治县东岭土家族苗族侗族镇2025年行政村基础台账",
        stamp="povplan",
        unit_note="金额单位：元",
        columns=columns,
        rows=[[*row, *[None] * (count - len(row))] for row in rows],
        room=1,
        frozen=2,
        signatures="填报单位（盖章）：　　填表人：",
        numbering="第 &P 页",
    )


def entry_page(path: Path, sheet: EntrySheet) -> Any:
    draw(str(path), Workbook([], entries=[sheet]))
    return openpyxl.load_workbook(path)["表"]


def test_what_is_printed_on_every_page_of_a_wide_form_stands_in_its_kept_columns(tmp_path: Path) -> None:
    page = entry_page(tmp_path / "a.xlsx", form(20, 40))

    assert page.print_title_cols == "$A:$C"
    assert {str(one) for one in page.merged_cells.ranges} == {"A1:C1", "A2:C2"}
    assert page["A1"].alignment.wrap_text
    assert page.row_dimensions[1].height > 2 * 24
    assert (page["D2"].value, page["D7"].value) == ("金额单位：元", "填报单位（盖章）：　　填表人：")


def test_the_title_of_a_form_of_one_page_has_its_whole_width(tmp_path: Path) -> None:
    page = entry_page(tmp_path / "a.xlsx", form(20, 6))

    assert "A1:G1" in {str(one) for one in page.merged_cells.ranges}
    assert page.row_dimensions[1].height <= 28
    assert page["A7"].value == "填报单位（盖章）：　　填表人："


def test_words_in_a_form_are_broken_and_their_row_is_high_enough(tmp_path: Path) -> None:
    page = entry_page(tmp_path / "a.xlsx", form(12, 3, ["甲子社区联合新华下村"], ["乙村"]))

    assert page["B5"].alignment.wrap_text
    assert (page.row_dimensions[5].height, page.row_dimensions[6].height) == (30, None)
