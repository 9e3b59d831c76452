"""Real yearbooks: under Excel's built-in password, as a web page, a sheet a year, items down the rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from povplan.excel import read_workbook
from povplan.grid import Grid, Value
from povplan.jobs.reading import Plan, SheetRead, read_file, read_sheet
from povplan.reading.lines import Definitions
from povplan.spec import Form, Ledger
from tests.counties import FIXTURES
from tests.drawing import cells
from tests.grids import vocabulary

FOLDER = FIXTURES / "yearbooks"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not here")


def number(cell: Value) -> float | None:
    """A cell as a number, where it is one."""
    text = str(cell).replace(",", "").strip()
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


def plain(cell: Value) -> str:
    return re.sub(r"\s", "", str(cell or ""))


def by_province(grid: Grid) -> dict[str, list[set[float]]]:
    """Name in the first column → the numbers of each row that bears it."""
    found: dict[str, list[set[float]]] = {}
    for row in range(1, grid.height + 1):
        first, *rest = grid.row(row)
        numbers = {value for cell in rest if (value := number(cell)) is not None}
        found.setdefault(plain(first), []).append(numbers)
    return found


def test_every_value_of_the_long_tables_stands_in_its_province_s_row() -> None:
    checked = 0
    for truth in sorted((FOLDER / "truth").glob("*.tidy.xlsx")):
        raw = FOLDER / "encrypted" / truth.name.replace(".tidy.xlsx", ".xls")
        book = read_workbook(raw)
        (long,) = read_workbook(truth).grids
        rows = by_province(book.grids[0])
        head = long.row(1)
        at, value = head.index("province"), head.index("value")
        for line in range(2, long.height + 1):
            known = number(long.columns[value][line - 1])
            if known is not None:
                assert any(known in row for row in rows[plain(long.columns[at][line - 1])]), (raw.name, line)
                checked += 1
        assert book.remarks == ("read_default_password",)
    assert checked > 8000


def ledger(level: str, **fields: str) -> Ledger:
    """A ledger of units with `label/type/unit` fields."""
    given = [{"id": level, "label": "地区", "type": "text", "place": level}]
    for name, told in fields.items():
        label, type_, unit = told.split("/")
        given.append({"id": name, "label": label, "type": type_, "in": unit})
    drawn = {"ledger": "yearbook", "label": "年鉴", "level": level, "key": [level], "fields": given}
    return Ledger.model_validate(drawn)


def plan(of: Ledger, items: dict[str, object] | None = None) -> Plan:
    columns = {field.id: field.label.zh for field in of.fields}
    drawn = {"form": "yearbook", "label": "年鉴", "feeds": [{"ledger": "yearbook", "columns": columns}]}
    drawn["recognise"] = [list(columns.values())[1]]
    form = Form.model_validate(drawn if items is None else {**drawn, "items": items})
    return Plan(Definitions({of.ledger: of}, {}, vocabulary()), (form,))


def test_the_advertisement_is_passed_over_with_a_word() -> None:
    farms = plan(
        ledger("county", all="总数/integer/个", cattle="种牛场/integer/个", pigs="种猪场/integer/个")
    )

    read = read_file(FOLDER / "encrypted" / "livestock-yearbook__02-breeding__2011-1.xls", farms)

    first, advertisement = read.sheets
    assert first.tables is not None
    frame = first.tables.tables[0].frame.set_index("county")
    assert cells(frame, "北京", "all", "cattle", "pigs") == [160, 10, 84]
    assert (advertisement.form, advertisement.sheet) == (None, "CNKI")
    assert advertisement.refused is not None
    assert "CNKI" in advertisement.refused.zh


def test_the_web_page_gives_its_table() -> None:
    (path,) = (FOLDER / "html").iterdir()
    (grid, *_) = read_workbook(path).grids

    head = next(row for row in range(1, grid.height + 1) if plain(grid.columns[0][row - 1]) == "全国")
    provinces = {plain(cell): number(grid.columns[1][row]) for row, cell in enumerate(grid.columns[0])}
    known = [value for name, value in provinces.items() if value is not None and name != "全国"]
    assert [number(cell) for cell in grid.row(head)[1:5]] == [105622.1, 107764.3, 477.3, 498.1]
    assert len(known) == 31
    assert sum(known) == pytest.approx(provinces["全国"], abs=2)


ITEMS: dict[str, object] = {"item": ["指标名称", "指标"], "unit": ["单位"]}


def years(path: Path, of: Plan) -> dict[int, SheetRead]:
    return {int(grid.sheet): read_sheet(grid, of) for grid in read_workbook(path).grids}


def test_items_run_down_the_sheets_of_huizhou_a_district_a_column() -> None:
    people = ledger("county", residents="常住人口/number/人", households="年末总户数/number/户",
                    registered="年末总人口/number/人")  # fmt: skip

    found = years(FOLDER / "huizhou_population.xlsx", plan(people, ITEMS))

    assert set(found) == set(range(2009, 2023))
    tables = {year: sheet.tables.tables for year, sheet in found.items() if sheet.tables}
    assert set(tables) == set(range(2015, 2023))  # before, names and units are one word: 常住人口万人
    last = {table.frame["county"].iloc[0]: table for table in tables[2022]}
    assert list(last) == ["惠城区", "惠阳区", "惠东县", "博罗县", "龙门县", "大亚湾区", "仲恺区"]
    assert last["惠城区"].frame["residents"].iloc[0] == pytest.approx(1_561_000)
    assert (last["惠城区"].columns["residents"], last["惠城区"].rows["residents"]) == (4, 4)
    whole = found[2022].tables
    assert whole is not None
    assert whole.lines.totals == [whole.lines.data[0] - 1]


def test_items_run_down_the_sheets_of_zhuhai_in_every_year() -> None:
    people = ledger("county", households="年末总户数/integer/户", persons="年末户籍人口/integer/人",
                    born="出生人口/integer/人", died="死亡人口/integer/人")  # fmt: skip

    found = years(FOLDER / "zhuhai_population.xlsx", plan(people, ITEMS))

    assert len(found) == 15
    for year, sheet in found.items():
        assert sheet.tables is not None, year
        assert [table.frame["county"].iloc[0] for table in sheet.tables.tables] == [
            "香洲区",
            "斗门区",
            "金湾区",
        ]
        assert sheet.years == {year}
    last = found[2022].tables
    assert last is not None
    assert [table.frame["persons"].iloc[0] for table in last.tables] == [884_442, 449_944, 215_524]


def test_the_whole_city_of_shantou_is_the_sum_of_its_districts_in_every_year() -> None:
    moves = ledger("county", in_all="迁入/integer/人", out_all="迁出/integer/人")
    columns = {"county": "区县", "in_all": "迁入/合计", "out_all": "迁出/合计"}
    feeds = [{"ledger": "yearbook", "columns": columns}]
    form = {"form": "yearbook", "label": "年鉴", "recognise": ["迁入/合计"], "feeds": feeds}
    of = Plan(Definitions({"yearbook": moves}, {}, vocabulary()), (Form.model_validate(form),))

    found = years(FOLDER / "shantou_migration.xlsx", of)

    for year, sheet in found.items():
        assert sheet.tables is not None, (year, sheet.refused)
        slip = [(note.rule, note.row, note.column) for note in sheet.tables.tables[0].notes]
        assert slip == ([("unreadable_number", 6, 2)] if year == 2016 else []), year  # it says 228S
        assert sheet.tables.totals_agreeing == (1 if year == 2016 else 2), year
        assert len(sheet.tables.tables[0].frame) == 7, year
