"""Forms with an item a row: turned into rows, every value at its own cell, other sheets left alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from povplan.config import load_config
from povplan.excel import read_workbook
from povplan.grid import Value
from povplan.jobs.profiles import plan_of
from povplan.jobs.reading import SheetRead, read_sheet
from povplan.model import column_letters
from povplan.reading.tables import TypedTable
from tests.counties import FIXTURES, drawn, run, standing, workspace
from tests.definitions import default
from tests.grids import of_rows

HEAD: list[Value] = ["编号", "填表项目", "单位", "数量"]
FILLED: list[list[Value]] = [
    ["B1", "总户数", "户", 320.0],
    ["B2", "总人口数", "人", 1200.0],
    [None, "一、土地", None, None],
    ["B3", "耕地面积", "公顷", 10.0],
    ["B3.1", "其中：有效灌溉面积", "公顷", 4.0],
    [None, "二、收入", None, None],
    ["B4", "村级集体经济收入", "万元", 5.6],
    ["B5", "是否通客运班车：1.是 2.否", "代码", 2.0],
]


def read(rows: Sequence[Sequence[Value]], *merges: str, sheet: str = "表一") -> SheetRead:
    return read_sheet(of_rows(rows, *merges, sheet=sheet), plan_of(default()))


def tables(rows: Sequence[Sequence[Value]], *merges: str, sheet: str = "表一") -> tuple[TypedTable, ...]:
    found = read(rows, *merges, sheet=sheet)
    assert found.tables is not None, found.refused and found.refused.zh
    return found.tables.tables


def values(table: TypedTable) -> dict[str, Any]:
    plain = table.frame.astype(object).where(table.frame.notna(), None)
    record = {str(name): plain[name].iloc[0] for name in plain}
    return {
        name: value for name, value in record.items() if not str(name).startswith("_") and value is not None
    }


def cell(table: TypedTable, name: str) -> str:
    return f"{column_letters(table.columns[name])}{table.rows[name]}"


def test_a_sheet_is_one_village_with_units_converted_row_by_row() -> None:
    title: list[list[Value]] = [["行政村2023年基本情况表"], ["县：清河县　乡镇：东岭镇　行政村：甲子村"]]

    (table,) = tables([*title, HEAD, *FILLED])

    assert values(table) == {
        "county": "清河县", "township": "东岭镇", "village": "甲子村", "rural_households": 320,
        "rural_population": 1200, "cultivated_land": 150.0, "irrigated_land": 60.0,
        "collective_income": 56_000_00, "bus": False,
    }  # fmt: skip
    assert [cell(table, name) for name in ("village", "rural_households", "collective_income", "bus")] == [
        "A2", "D4", "D10", "D11"
    ]  # fmt: skip
    assert read([*title, HEAD, *FILLED]).years == {2023}
    assert (table.ledger, table.form) == ("village", "village")


def test_two_blocks_side_by_side_are_one_village() -> None:
    rows: list[list[Value]] = [
        ["行政村", "甲子村", None, None, None, "年度", "2023年", None],
        [*HEAD, *HEAD],
        ["B1", "总户数", "户", 320.0, "B11", "卫生室个数", "个", 1.0],
        ["B2", "总人口数", "人", 1200.0, "B12", "执业（助理）医师人数", "人", 2.0],
        ["B3", "耕地面积", "亩", 150.0, None, None, None, None],
    ]

    (table,) = tables(rows)

    assert values(table) == {
        "village": "甲子村", "year": 2023, "rural_households": 320, "rural_population": 1200,
        "cultivated_land": 150.0, "clinics": 1, "licensed_doctors": 2,
    }  # fmt: skip
    assert [cell(table, name) for name in ("village", "year", "cultivated_land", "clinics")] == [
        "B1", "G1", "D5", "H3"
    ]  # fmt: skip


def test_a_column_may_be_a_village_and_the_column_of_totals_is_checked() -> None:
    rows: list[list[Value]] = [
        ["乡镇：东岭镇"],
        ["序号", "指标名称", "计量单位", "甲子村", "乙丑村", "合计"],
        [1.0, "总户数", "户", 320.0, 200.0, 520.0],
        [2.0, "总人口数", "人", 1200.0, None, 1200.0],
        [3.0, "耕地面积", "亩", 150.0, 80.0, 231.0],
    ]

    found = read(rows)

    assert found.tables is not None
    first, second = found.tables.tables
    assert values(first)["village"] == "甲子村"
    assert values(second) == {
        "township": "东岭镇", "village": "乙丑村", "rural_households": 200, "cultivated_land": 80.0
    }  # fmt: skip
    assert (cell(second, "village"), cell(second, "cultivated_land")) == ("E2", "E5")
    assert found.tables.totals_agreeing == 2
    (wrong,) = found.tables.notes
    assert (wrong.rule, wrong.row, wrong.column, wrong.field) == ("total_differs", 5, 6, "cultivated_land")


def test_a_column_may_be_a_year_under_a_merged_header() -> None:
    rows: list[list[Value]] = [
        ["行政村：甲子村"],
        ["编号", "填表项目", "单位", "数量", None],
        [None, None, None, "2022年", "2023年"],
        ["1.1", "总户数", "户", 318.0, 320.0],
        ["1.2", "总人口数", "人", 1190.0, 1200.0],
        ["1.3", "危房户数", "户", None, 3.0],
    ]

    first, second = tables(rows, "A2:A3", "B2:B3", "C2:C3", "D2:E2")

    assert (values(first)["year"], values(second)["year"]) == (2022, 2023)
    assert "dangerous_houses" not in values(first)
    assert (cell(first, "rural_households"), cell(second, "dangerous_houses")) == ("D4", "E6")


def test_the_sheets_own_name_is_the_village_where_nothing_else_says_it() -> None:
    (named,) = tables([HEAD, *FILLED], sheet="甲子村")
    (nameless,) = tables([HEAD, *FILLED], sheet="Sheet1")

    assert values(named)["village"] == "甲子村"
    assert "village" not in values(nameless)


def test_what_cannot_be_read_is_said_at_its_cell() -> None:
    rows: list[list[Value]] = [
        ["行政村：甲子村"],
        HEAD,
        *FILLED[:2],
        ["B6", "危房户数", "户", "若干"],
        ["B7", "卫生室个数", "公里", 1.0],
    ]

    found = read(rows)

    assert found.tables is not None
    (table,) = found.tables.tables
    assert [(note.rule, note.row, note.column) for note in table.notes] == [("unreadable_number", 5, 4)]
    assert [(note.rule, note.row, note.column) for note in found.tables.notes] == [("unit_differs", 6, 4)]


def test_an_unknown_item_is_listed_at_its_row() -> None:
    found = read(
        [["行政村：甲子村"], HEAD, *FILLED, ["B9", "古树名木", "株", 3.0], ["B10", "耕地面积", "百亩", 3.0]]
    )

    assert found.tables is not None
    assert [(note.rule, note.row, note.column) for note in found.tables.notes] == [
        ("unknown_column", 11, 2), ("unknown_column", 12, 2)
    ]  # fmt: skip


def test_a_figure_beside_no_item_is_not_lost_without_a_word() -> None:
    found = read([["行政村：甲子村"], HEAD, *FILLED, [None, None, None, 7.0]])

    assert found.tables is not None
    assert [(note.rule, note.row, note.shown[:3]) for note in found.tables.notes] == [
        ("unknown_column", 11, "行11")
    ]  # fmt: skip


def test_a_blank_form_has_no_rows() -> None:
    blank = [[*row[:3], None] for row in FILLED]

    found = read([["县：　　乡镇：　　行政村：　　　"], HEAD, *blank, ["注：以上由村委会填写"]])

    assert found.form is not None
    assert found.form.form == "village_items"
    assert found.lines.data == []


def test_the_order_of_items_does_not_matter() -> None:
    plain = [row for row in FILLED if row[0]]

    (first,) = tables([["行政村：甲子村"], HEAD, *plain])
    (second,) = tables([["行政村：甲子村"], HEAD, *plain[::-1]])

    assert values(first) == values(second)


def test_every_label_of_the_village_ledger_may_be_an_item() -> None:
    fields = [
        field for field in default().ledgers["village"].fields if not field.place and field.id != "year"
    ]
    plain = [field for field in fields if field.type in ("integer", "number", "money", "boolean")]
    half = (len(plain) + 1) // 2
    rows: list[list[Value]] = [
        [f"B{at}", field.label.zh, field.unit or "代码", 1.0] for at, field in enumerate(plain, 1)
    ]  # fmt: skip
    blank: list[Value] = [None] * 4
    beside = [[*left, *right] for left, right in zip(rows[:half], [*rows[half:], blank], strict=False)]

    (table,) = tables([["行政村：甲子村"], [*HEAD, *HEAD], *beside])

    assert len(plain) > 70
    assert set(table.columns) == {"village", *(field.id for field in plain)}
    assert [note.rule for note in table.notes] == []


def test_an_ordinary_table_is_no_list_of_items() -> None:
    rows: list[list[Value]] = [
        ["乡镇", "行政村", "总户数", "总人口数", "耕地面积"],
        ["东岭镇", "甲子村", 320.0, 1200.0, 150.0],
    ]

    (table,) = tables(rows)

    assert table.rows == {}
    assert table.columns["rural_households"] == 3


def test_a_workbook_with_a_sheet_for_each_village_goes_into_the_ledger_and_findings_name_the_cells(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    for name, poor in (("甲子村", 20), ("乙丑村", 4000)):
        sheet = book.create_sheet(name)
        sheet.append(["清河县东岭镇行政村基本情况表（2023年）"])
        sheet.append(["县", "清河县", "乡镇", "东岭镇", "行政村", name])
        sheet.append(HEAD)
        for row in [*FILLED[:2], ["B8", "贫困人口数", "人", poor]]:
            sheet.append(row)
    book.remove(book["Sheet"])
    book.save(tmp_path / "各村.xlsx")
    place = workspace(tmp_path / "w", "default", "county: {name: 清河县}\n")

    outcome = run(place, tmp_path / "各村.xlsx", year=2023)

    assert drawn(place, "village", "rural_population", "poor_persons", year=2023) == {
        "甲子村": (1200, 20), "乙丑村": (1200, 4000)
    }  # fmt: skip
    found = outcome.findings.frame
    (line,) = found[found["rule"] == "V125_poor"].to_dict("records")
    source = outcome.findings.sources[int(line["source"])]
    assert (source.sheet, source.cell(int(line["row"]), line["field"])) == ("乙丑村", "D6")
    assert (int(line["row"]), int(line["column"])) == (6, 4)
    stored = standing(place).store.sources()[int(line["source"])]
    assert stored == source
    assert run(place, tmp_path / "各村.xlsx", year=2023).unchanged


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")
@pytest.mark.parametrize("profile", ["default", "guangzhou-2011"])
def test_every_blank_form_of_two_systems_is_recognised_or_refused_in_one_sentence(profile: str) -> None:
    plan = plan_of(default() if profile == "default" else load_config(profile))

    for path in sorted((FIXTURES / "village_ledgers").glob("tmpl_*")):
        for grid in read_workbook(path).grids:
            if not grid.height:
                continue
            found = read_sheet(grid, plan)
            assert (found.form is None) == (found.refused is not None), path.name
            if found.refused:
                assert found.refused.zh.count("。") <= 2
                assert found.refused.zh.endswith("。")
            elif "xiaonan" not in path.name:
                assert found.lines.data == [], path.name
