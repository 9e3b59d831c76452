"""Reports as values, and as workbooks read back."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import openpyxl
import pandas as pd
import pytest

from povplan.excel.write import width_of, write_sheets
from povplan.messages import catalogue
from povplan.model import MEASURE_COLUMNS
from povplan.sheets import Book, Sheet, leverage_sheet, overview_sheet, village_sheet
from povplan.spec import Indicator, UnitOfMeasure

MEASUREMENT = {
    "percent": UnitOfMeasure(id="percent", dimension="ratio", factor=0.01),
    "户": UnitOfMeasure(id="户", dimension="households"),
}
WORDS = {key: said["zh"] for key, said in catalogue().items()}


def indicator(name: str, domain: str, unit: str, label: str, decimals: int = 1) -> Indicator:
    given = {
        "id": name,
        "domain": domain,
        "in": unit,
        "decimals": decimals,
        "ledger": "village",
        "value": "count()",
    }
    return Indicator.model_validate({**given, "label": {"zh": label}})


BOOK = Book(
    indicators=(
        indicator("houses", "social", "户", "危房", 0),
        indicator("rate", "economic", "percent", "发生率"),
    ),
    measurement=MEASUREMENT,
    words=WORDS,
    lang="zh",
)


def measures(*lines: tuple[str, str, str, float | None, str | None]) -> pd.DataFrame:
    """(indicator, unit, level, value, note) as a frame of measures."""
    names = ["indicator", "unit", "level", "value", "note"]
    frame = pd.DataFrame(list(lines), columns=names).reindex(columns=list(MEASURE_COLUMNS))
    return frame.astype({"value": "Float64", "note": "string", "scope": "string", "basis": "string"})


def test_the_overview_has_domains_in_order_and_units_across() -> None:
    figures = measures(
        ("houses", "县", "county", 12.0, None),
        ("rate", "县", "county", 0.034, None),
        ("houses", "县/东镇", "township", 5.0, None),
        ("rate", "县/东镇", "township", None, "no_rows"),
    )

    sheet = overview_sheet(figures, BOOK)

    assert list(sheet.headings) == ["领域", "指标", "计量", "县", "东镇"]
    assert [list(row) for row in sheet.rows] == [
        ["经济", "发生率", "%", (0.034, "0.0%"), None],
        ["社会", "危房", "户", (12.0, "#,##0"), (5.0, "#,##0")],
    ]
    assert sheet.notes == ["空格表示没有数：没有可用的数据：发生率"]


def test_a_village_sheet_holds_one_domain_and_the_township_beside_the_village() -> None:
    figures = measures(
        ("houses", "县/东镇/甲村", "village", 2.0, None), ("rate", "县/东镇/甲村", "village", 0.5, None)
    )

    sheet = village_sheet(figures, "social", BOOK)

    assert list(sheet.headings) == ["乡镇", "村", "危房(户)"]
    assert [list(row) for row in sheet.rows] == [["东镇", "甲村", (2.0, "#,##0")]]


def test_leverage_stands_with_its_sums_and_the_reason_where_there_is_none() -> None:
    figures = measures(
        ("lever", "县", "county", 0.0, None),
        ("others", "县", "county", 70.0, None),
        ("leverage_others", "县", "county", None, "no_lever"),
    ).assign(scope="all")

    sheet = leverage_sheet(figures, "已投入", BOOK)

    assert list(sheet.rows[0]) == ["县", (0.0, "#,##0.00"), (70.0, "#,##0.00"), *[None] * 6, "没有专项资金"]
    assert sheet.unit_note == "单位：元　口径：已投入"


def test_a_sheet_reads_back_with_title_headings_and_values(tmp_path: Path) -> None:
    sheet = Sheet(
        "表", ["单位", "数"], [["甲", (1.5, "0.00")], ["乙", None]], "标题", "单位：元", ["注：空格不详"]
    )

    path = write_sheets(tmp_path / "a.xlsx", [sheet])

    page = openpyxl.load_workbook(path)["表"]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    assert rows == [
        ["标题", None],
        ["单位：元", None],
        ["单位", "数"],
        ["甲", 1.5],
        ["乙", None],
        ["注：空格不详", None],
    ]
    assert page.freeze_panes == "B4"
    assert page.print_title_rows == "$1:$3"
    assert page.page_setup.orientation == "landscape"
    assert page.sheet_properties.pageSetUpPr is not None
    assert page.sheet_properties.pageSetUpPr.fitToPage


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x")', "+1", "@x", "http://x", "-"])
def test_text_from_the_data_stays_text(text: str, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", [Sheet("表", ["名"], [[text]])])

    cell = openpyxl.load_workbook(path)["表"]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_a_workbook_that_is_open_is_written_beside_it_under_a_new_name(tmp_path: Path) -> None:
    target = tmp_path / "a.xlsx"
    replace = Path.replace

    def locked(path: Path, to: Path) -> Path:
        if Path(to) == target:
            raise PermissionError
        return replace(path, to)

    with patch.object(Path, "replace", locked):
        path = write_sheets(target, [Sheet("表", ["名"], [["甲"]])])

    assert path.name == "a(2).xlsx"
    assert sorted(inner.name for inner in tmp_path.iterdir()) == ["a(2).xlsx"]


def test_chinese_counts_two_columns() -> None:
    assert width_of("贫困发生率(%)") == 13


def test_columns_are_wide_enough_for_their_longest_cell(tmp_path: Path) -> None:
    long = "从化市吕田镇三村村委会帮扶资金"

    path = write_sheets(tmp_path / "a.xlsx", [Sheet("表", ["名"], [[long]])])

    page = openpyxl.load_workbook(path)["表"]
    assert page.column_dimensions["A"].width >= width_of(long)
