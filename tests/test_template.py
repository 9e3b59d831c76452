"""What is sent out to be filled in says what it is, shows last year's values, and comes back by itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from povplan.excel import read_workbook
from povplan.jobs.dating import vouched
from povplan.jobs.looking import Question, look
from povplan.jobs.profiles import plan_of
from povplan.jobs.reading import SheetRead, read_sheets
from povplan.jobs.standing import Standing
from povplan.jobs.templating import Made, Wanted, templates
from povplan.jobs.update import NothingAccepted, Order, Outcome, update, validate
from povplan.model import UNIT
from povplan.reading.stamps import Stamp, parse, stamps_of, version_of
from povplan.sheets.template import Part, template
from povplan.spec import CodeList, Ledger
from povplan.store import Batch
from povplan.workspace import Workspace
from tests.commands import Terminal, commit, lay, part
from tests.counties import quiet, told
from tests.definitions import default
from tests.grids import of_rows

LAST, NOW = 2023, 2024
FIRST_ROW = 5
"""Under title, stamp, header and total."""
LONG = "、".join(f"第{number:02}种帮扶措施的名称" for number in range(40))
PROFILE = {
    "profile.yaml": """
        profile: small
        label: 小样
        ledgers: [village, household, project]
        indicators: [small]
    """,
    "indicators/small.yaml": """
        - {id: population, label: 人口, domain: economic, ledger: village, value: sum(population), in: 人}
    """,
    "codes/own.yaml": f"""
        - codes: state
          label: 状态
          values: [{{code: poor, label: 未脱贫}}, {{code: left, label: 已脱贫}}]
        - codes: measure
          label: 措施
          values: [{", ".join(f"{{code: m{n}, label: {text}}}" for n, text in enumerate(LONG.split("、")))}]
    """,
    "ledgers/village.yaml": """
        ledger: village
        label: 村表
        level: village
        key: [township, village]
        template: true
        fields:
          - {id: county, label: 县, type: text, place: county}
          - {id: township, label: 乡镇, type: text, place: township}
          - {id: village, label: 行政村, type: text, place: village}
          - {id: population, label: 总人口, type: integer, in: 人, kind: stock, min: 0}
    """,
    "ledgers/household.yaml": """
        ledger: household
        label: 户表
        level: household
        population: registered
        template: true
        key: [household_id]
        fields:
          - {id: household_id, label: 户编号, type: code, person: true}
          - {id: year, label: 年份, type: integer, in: 年, kind: stock, additive: false}
          - {id: township, label: 乡镇, type: text, place: township}
          - {id: village, label: 行政村, type: text, place: village, required: true}
          - {id: head, label: 户主姓名, type: text, person: true, required: true}
          - {id: state, label: 脱贫状态, type: choice, codes: state}
          - {id: help, label: 帮扶措施, type: choice, codes: measure}
          - {id: land, label: 耕地, type: number, in: 亩, kind: stock, carry: true, min: 0}
          - {id: persons, label: 家庭人口数, type: integer, in: 人, min: 1, max: 30, kind: stock, note: 户口}
          - {id: income, label: 纯收入, type: money, in: 元, kind: flow}
    """,
    "ledgers/project.yaml": """
        ledger: project
        label: 项目表
        level: entry
        key: [project_id]
        fields:
          - {id: project_id, label: 项目编号, type: code}
          - {id: village, label: 行政村, type: text, place: village}
          - {id: cost, label: 投资, type: money, in: 万元, kind: flow}
    """,
}  # fmt: skip
UNITS = "代码,县,乡镇,村,别名\n,桥县,河镇,桥头村,\n,桥县,河镇,山口村,\n,桥县,岭乡,石门村,\n"


@pytest.fixture(autouse=True)
def in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")


def workspace(root: Path) -> Workspace:
    """A county of two townships whose ledger holds last year's rows (batch 1)."""
    root.mkdir(parents=True)
    text = "povplan: 1\nprofile: small\ncounty: {name: 桥县}\n"
    (root / "povplan.yaml").write_text(text, encoding="utf-8")
    (root / "units.csv").write_text(UNITS, encoding="utf-8")
    for name, content in PROFILE.items():
        lay(root / "configs" / "profiles" / "small" / name, content)
    return Workspace(root)


def last_year(place: Workspace) -> Batch:
    bridge, pass_, gate = "桥县/河镇/桥头村", "桥县/河镇/山口村", "桥县/岭乡/石门村"
    households = [
        household("001", bridge, "=1+1", state="poor", help=None, persons=3, income=2_000_050, land=1.5),
        household("002", bridge, "样本乙", state="left", persons=2, income=1_500_000),
        household("003", pass_, "样本丙", state="left", persons=4, income=3_000_000),
        household("009", gate, "样本岭", state="poor", persons=1, income=800_000),
    ]
    rows = [
        {
            "entity": unit,
            "unit": unit,
            "township": unit.split("/")[1],
            "village": unit.split("/")[2],
            "population": n,
        }
        for unit, n in ((bridge, 300), (pass_, 200), (gate, 100))
    ]
    return commit(place, part(place, "village", LAST, 1, rows), part(place, "household", LAST, 2, households))


def household(number: str, unit: str, head: str, **more: Any) -> dict[str, Any]:
    township, village = unit.split("/")[1:]
    return {
        "entity": number, "unit": unit, "household_id": number, "township": township, "village": village,
        "head": head, **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = workspace(tmp_path_factory.mktemp("原") / "县")
    last_year(place)
    return place


@pytest.fixture
def county(original: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the county, its definitions read once for all tests."""
    place = Workspace(shutil.copytree(original.root, tmp_path / "县"))
    place.__dict__["config"] = original.config
    return place


@pytest.fixture(scope="module")
def issued(original: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Last township's name → its template as it is sent out."""
    folder = tmp_path_factory.mktemp("发")
    return {one.unit.rsplit("/", 1)[1]: one.path for one in made(original, folder=folder)}


def made(place: Workspace, **wanted: Any) -> list[Made]:
    return list(templates(place, Wanted(**{"year": NOW, **wanted})).write())


def sheet_of(path: Path, name: str = "户表") -> Any:
    return openpyxl.load_workbook(path)[name]


def column(sheet: Any, head: str) -> int:
    """The column under a header, from 1, whatever breaks its lines."""
    heads = ["".join(str(cell.value or "").split()) for cell in sheet[3]]
    return heads.index(head) + 1


def fill(path: Path, *lines: dict[str, Any], name: str = "户表", to: Path | None = None) -> Path:
    """The template with values written under headers, line by line from its first row."""
    book = openpyxl.load_workbook(path)
    sheet = book[name]
    for row, line in enumerate(lines, FIRST_ROW):
        for head, value in line.items():
            sheet.cell(row, column(sheet, head)).value = value
    to = to or path.with_name(f"已填-{path.name}")
    book.save(to)
    return to


def sent(place: Workspace, *files: Path, **order: Any) -> Outcome:
    return update(place, Order(files=files, **order), quiet)


def read(place: Workspace, path: Path) -> SheetRead:
    """The sheet of households as a worker reads it."""
    sheets = read_sheets(read_workbook(path).grids, plan_of(place.config))
    return next(sheet for sheet in sheets if sheet.form and sheet.form.form == "household")


def persons(sheet: SheetRead) -> list[Any]:
    """What it says of 家庭人口数, unknown columns none."""
    assert sheet.tables is not None
    assert not sheet.tables.notes
    return sheet.tables.tables[0].frame["persons"].tolist()


def rows(place: Workspace, ledger: str = "household", year: int = NOW) -> pd.DataFrame:
    return Standing(place, place.config, place.store).folded(ledger, year).frame


FILLED = (
    {"家庭人口数(人)": 3, "纯收入(元)": 21000.5},
    {"家庭人口数(人)": 2, "纯收入(元)": 16000},
    {"家庭人口数(人)": 4},
)


# ---- the round trip --------------------------------------------------------------------------------


def test_a_filled_template_comes_back_without_a_word_on_year_or_columns(
    county: Workspace, issued: dict[str, Path]
) -> None:
    first = issued["河镇"]

    outcome = sent(county, fill(fill(first, *FILLED), {"总人口(人)": 310}, {"总人口(人)": 190}, name="村表"))

    assert told(outcome) == []
    assert outcome.years == (NOW,)
    found = rows(county)
    assert found[["household_id", "head", "state", "persons", "income", "land"]].astype(object).where(
        found[["household_id", "head", "state", "persons", "income", "land"]].notna(), None
    ).to_numpy().tolist() == [
        ["001", "=1+1", "poor", 3, 2_100_050, 1.5],
        ["002", "样本乙", "left", 2, 1_600_000, None],
        ["003", "样本丙", "left", 4, None, None],
    ]
    assert rows(county, "village")["population"].tolist() == [310, 190]


def test_last_years_value_stands_grey_and_locked_to_the_left_and_is_not_read(
    county: Workspace, issued: dict[str, Path]
) -> None:
    sheet = sheet_of(issued["河镇"])
    at = column(sheet, "家庭人口数(人)")

    beside, asked = sheet.cell(FIRST_ROW, at - 1), sheet.cell(FIRST_ROW, at)

    assert (beside.value, asked.value) == (3, None)
    whole = sheet.column_dimensions[asked.column_letter]
    assert (beside.protection.locked, whole.protection.locked) == (True, False)
    assert sheet.protection.sheet
    assert sheet.cell(FIRST_ROW, column(sheet, "户编号")).protection.locked
    assert sheet.cell(FIRST_ROW, column(sheet, "户编号")).number_format == "@"
    assert sheet.cell(FIRST_ROW, column(sheet, "纯收入(元)") - 1).value == 20000.5


def test_text_from_the_ledger_stays_text_and_only_totals_are_formulas(
    county: Workspace, issued: dict[str, Path]
) -> None:
    sheet = sheet_of(issued["河镇"])

    formulas = {cell.coordinate[-1] for line in sheet.iter_rows() for cell in line if cell.data_type == "f"}

    assert sheet.cell(FIRST_ROW, column(sheet, "*户主姓名")).value == "=1+1"
    assert formulas == {"4"}


def test_a_printed_total_is_known_as_one_and_sums_what_is_there(
    county: Workspace, issued: dict[str, Path]
) -> None:
    path = issued["河镇"]

    grid = next(grid for grid in read_workbook(path).grids if grid.sheet == "户表")
    (sheet,) = [
        one for one in read_sheets(read_workbook(path).grids, plan_of(county.config)) if one.sheet == "户表"
    ]

    assert sheet.lines.totals == [4]
    last = [cell for cell in grid.row(4) if isinstance(cell, float | int)]
    assert last == [1.5, 9, 65000.5]
    assert sheet.tables is not None
    assert sheet.tables.totals_agreeing == 1


def test_the_same_ledger_gives_the_same_bytes_for_the_owner_only(county: Workspace, tmp_path: Path) -> None:
    once, again = (made(county, folder=tmp_path / name, unit="岭乡")[0].path for name in ("一", "二"))

    assert once.read_bytes() == again.read_bytes()
    assert once.stat().st_mode & 0o777 == 0o600


def test_a_template_that_somebody_began_to_fill_in_is_never_written_over(
    county: Workspace, tmp_path: Path
) -> None:
    (first,) = made(county, folder=tmp_path, unit="岭乡")
    fill(first.path, {"家庭人口数(人)": 3}, to=first.path)
    begun = first.path.read_bytes()

    (second,) = made(county, folder=tmp_path, unit="岭乡")
    (third,) = made(county, folder=tmp_path, unit="岭乡")

    assert first.path.read_bytes() == begun
    assert second.path.name == f"{first.path.stem}(2).xlsx"
    assert third.path == second.path


# ---- who is in which file ----------------------------------------------------------------------------


def test_a_file_holds_no_other_townships_persons(county: Workspace) -> None:
    files = {one.unit: one.path for one in made(county)}

    words = {unit: everything(path) for unit, path in files.items()}

    assert list(files) == ["桥县/河镇", "桥县/岭乡"]
    assert "样本乙" in words["桥县/河镇"]
    assert "样本岭" not in words["桥县/河镇"]
    assert "样本岭" in words["桥县/岭乡"]
    assert not {"样本乙", "样本丙", "桥头村"} & words["桥县/岭乡"]


def everything(path: Path) -> set[str]:
    return {
        str(cell.value)
        for sheet in openpyxl.load_workbook(path)
        for line in sheet.iter_rows()
        for cell in line
        if cell.value is not None
    }


def test_one_workbook_a_village_or_only_for_one_unit(county: Workspace) -> None:
    def units(**wanted: Any) -> list[str]:
        asked = templates(county, Wanted(year=NOW, by="village", **wanted))
        return [unit.rsplit("/", 1)[1] for unit in asked.units]

    (only,) = made(county, by="village", unit="石门")

    assert units() == ["桥头村", "山口村", "石门村"]
    assert units(unit="河镇") == ["桥头村", "山口村"]
    assert (only.unit, only.rows, only.path.name) == ("桥县/岭乡/石门村", 2, "01-岭乡-石门村-2024.xlsx")


def test_a_village_new_on_the_countys_list_has_its_row_without_figures(county: Workspace) -> None:
    listed = county.root / "units.csv"
    listed.write_text(UNITS + "330101201,桥县,岭乡,新建村,\n", encoding="utf-8")

    sheet = sheet_of(made(county, unit="岭乡", ledgers=["村表"])[0].path, "村表")

    names = [sheet.cell(row, column(sheet, "行政村")).value for row in (5, 6)]
    assert names == ["石门村", "新建村"]
    last = column(sheet, "上年值总人口(人)")
    assert [sheet.cell(row, last).value for row in (5, 6)] == [100, None]


def test_a_new_row_belongs_to_the_township_the_template_is_for_and_one_of_another_waits(
    county: Workspace, issued: dict[str, Path]
) -> None:
    new = {"户编号": "010", "*行政村": "桥头村", "*户主姓名": "样本新", "家庭人口数(人)": 1}
    foreign = {**new, "户编号": "077", "*行政村": "石门村", "乡镇": "岭乡"}

    outcome = sent(county, fill(issued["河镇"], *FILLED, new, foreign))

    assert told(outcome) == [("template_unit", "已填-01-河镇-2024.xlsx", "C9", "new")]
    found = rows(county)
    assert found["household_id"].tolist() == ["001", "002", "003", "010"]
    assert found[UNIT].tolist()[-1] == "桥县/河镇/桥头村"


# ---- what nobody filled in -----------------------------------------------------------------------------


def test_a_template_that_nobody_filled_in_gives_no_rows_and_a_word(
    county: Workspace, issued: dict[str, Path]
) -> None:
    first = issued["河镇"]

    with pytest.raises(NothingAccepted) as nothing:
        sent(county, first)

    said = [one.zh for one in nothing.value.outcome.remarks]
    assert said[-1] == (
        "01-河镇-2024.xlsx 户表：填报模板（桥县河镇，2024 年），已填 0 行。"
        "各村都没有填，3 行是预先印好的，不作为本年数据（未报）。"
    )


def test_rows_left_blank_are_blank_and_villages_left_blank_have_not_reported(
    county: Workspace, issued: dict[str, Path]
) -> None:
    first = issued["河镇"]

    outcome = sent(county, fill(first, FILLED[0]))

    found = rows(county).set_index("household_id")
    assert found.index.tolist() == ["001", "002"]
    assert found.loc["002", ["persons", "income"]].isna().all()
    (said,) = (one.zh for one in outcome.remarks if "户表" in one.zh)
    assert "已填 1 行。另有 1 行未填任何待填项" in said
    assert "其 1 行是上年预填的" in said


def test_a_blank_template_begins_with_the_villages_only_and_takes_what_is_written(county: Workspace) -> None:
    first, _ = made(county, blank=True)
    assert first.rows == 0
    assert everything(first.path).isdisjoint({"样本乙", "001"})
    assert [sheet_of(first.path, "村表").cell(row, 4).value for row in (5, 6)] == ["河镇"] * 2

    more = {
        "户编号": "010",
        "*行政村": "桥头村",
        "*户主姓名": "样本新",
        "脱贫状态": "未脱贫",
        "家庭人口数(人)": 1,
    }
    outcome = sent(county, fill(first.path, more))

    assert told(outcome) == []
    assert rows(county)["state"].tolist() == ["poor"]


# ---- which columns -------------------------------------------------------------------------------------


@pytest.fixture
def shorter(county: Workspace) -> Workspace:
    """The county after it began to define a field that no form of last year had."""
    return changed(county, ("- {id: persons", "- {id: wood, label: 林地, type: number}\n  - {id: persons"))


def heads(path: Path) -> list[str]:
    """The headers of households in order, whatever breaks their lines."""
    return ["".join(str(cell.value or "").split()) for cell in sheet_of(path)[3]]


def guide(path: Path) -> list[str]:
    """The lines of how to fill it in."""
    return [str(row[0].value) for row in sheet_of(path, "填表说明").iter_rows()]


def test_columns_that_no_form_of_last_year_had_come_last_and_that_is_said(
    shorter: Workspace, tmp_path: Path
) -> None:
    asked = templates(shorter, Wanted(year=NOW, folder=tmp_path / "发", unit="河镇"))

    (one,) = asked.write()

    printed = heads(one.path)
    assert printed[-2:] == ["纯收入(元)", "林地"]  # and nothing of last year beside it
    assert printed.index("帮扶措施") < printed.index("耕地(亩)")  # blank last year, but on its form
    assert [said.zh for said in asked.said] == [
        "户表：上年的表没有的 1 栏排在最后，没有数的可留空；不想印的，加 --known。"
    ]
    assert any("排在最后" in line for line in guide(one.path))


def test_only_columns_that_last_years_forms_had_are_printed_where_that_is_wanted(
    shorter: Workspace, tmp_path: Path
) -> None:
    asked = templates(shorter, Wanted(year=NOW, known=True, folder=tmp_path / "发", unit="河镇"))

    (one,) = asked.write()

    assert "帮扶措施" in heads(one.path)
    assert "林地" not in "".join(heads(one.path))
    assert [said.zh for said in asked.said] == ["户表：上年的表没有的 1 栏不印。"]
    assert any("向县里要全栏目的表" in line for line in guide(one.path))


def test_a_blank_template_has_all_columns_in_their_order_and_says_so_to_who_wants_fewer(
    shorter: Workspace, tmp_path: Path
) -> None:
    asked = templates(shorter, Wanted(year=NOW, blank=True, known=True, folder=tmp_path / "发", unit="河镇"))

    (one,) = asked.write()

    assert heads(one.path)[-3:] == ["林地", "家庭人口数(人)", "纯收入(元)"]
    assert [said.zh.partition("，--known")[0] for said in asked.said] == ["--blank 不看上年，各栏都印"]
    assert templates(shorter, Wanted(year=NOW, blank=True, folder=tmp_path / "再", unit="河镇")).said == ()


def test_keys_and_what_is_required_are_asked_for_though_no_form_had_them(
    county: Workspace, tmp_path: Path
) -> None:
    now = changed(
        county,
        ("key: [household_id]", "key: [[household_id], [card]]"),
        (
            "- {id: persons",
            "- {id: card, label: 证件号码, type: code}\n"
            "  - {id: group, label: 村民小组, type: text, required: true}\n  - {id: persons",
        ),
    )

    (one,) = made(now, known=True, folder=tmp_path / "发", unit="河镇")

    assert {"*村民小组", "证件号码"} <= {*heads(one.path)}


def test_what_a_template_went_without_comes_back_unasked_and_is_nothing_new(
    shorter: Workspace, tmp_path: Path
) -> None:
    (one,) = made(shorter, known=True, folder=tmp_path / "发", unit="河镇", ledgers=["户表"])
    filled = fill(one.path, *FILLED)
    now = changed(shorter, ("label: 家庭人口数", "label: 常住人口数"))

    outcome = sent(now, filled)

    (message,) = outcome.findings.frame.loc[outcome.findings.frame["rule"] == "template_older", "message_zh"]
    assert str(message).partition("：")[2] == "“家庭人口数”改称“常住人口数”"
    assert "wood" not in rows(now)


# ---- limits --------------------------------------------------------------------------------------------


def test_columns_take_what_the_definitions_allow_and_say_so(
    county: Workspace, issued: dict[str, Path]
) -> None:
    book = openpyxl.load_workbook(issued["河镇"])
    sheet = book["户表"]
    limits = {str(one.sqref).split(":")[0]: one for one in sheet.data_validations.dataValidation}

    def limit(head: str) -> Any:
        return limits[sheet.cell(FIRST_ROW, column(sheet, head)).coordinate]

    assert (limit("脱贫状态").type, limit("脱贫状态").formula1) == ("list", '"未脱贫,已脱贫"')
    persons = limit("家庭人口数(人)")
    assert (persons.type, persons.formula1, persons.formula2) == ("whole", "1", "30")
    assert persons.prompt == "单位：人。填年末数。填整数，不小于 1，不大于 30。户口。"
    assert persons.error == "“家庭人口数”：填整数，不小于 1，不大于 30。"
    assert limit("*行政村").formula1 == '"桥头村,山口村"'
    assert limit("户编号").type == "textLength"
    assert (limit("年份").formula1, limit("年份").formula2) == ("2024", "2024")
    assert limit("帮扶措施").formula1 == "povplan_1"
    where = book.defined_names["povplan_1"].attr_text
    assert where == "'选项'!$A$1:$A$40"
    assert [cell.value for (cell,) in book["选项"]["A1:A40"]] == LONG.split("、")
    assert [book[name].sheet_state for name in ("选项", "povplan")] == ["veryHidden"] * 2


def test_the_page_is_set_up_to_be_printed(county: Workspace, issued: dict[str, Path]) -> None:
    sheet = sheet_of(issued["河镇"])

    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == ("landscape", None)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$3"
    assert sheet.freeze_panes == "E5"
    assert sheet["A1"].value == "桥县河镇2024年户表"
    assert "第 &P 页" in (sheet.oddFooter.center.text or "")


def test_a_column_has_room_for_the_total_of_last_year(issued: dict[str, Path]) -> None:
    sheet = sheet_of(issued["河镇"])

    cell = sheet.cell(FIRST_ROW - 1, column(sheet, "纯收入(元)") - 1)

    assert sheet.column_dimensions[cell.column_letter].width > 1.25 * len("65,000.50")


# ---- identity ------------------------------------------------------------------------------------------


def test_a_stamp_says_what_it_is_and_a_slip_of_the_pen_shows() -> None:
    stamp = Stamp("household", 2024, "清河县/桥头·镇", "3f2a1c00", 12)

    assert parse(stamp.text) == stamp
    assert parse(stamp.text.replace("/", " / ").replace(":", "：")) == stamp
    assert parse(stamp.text.replace("2024", "2025")) is None
    assert parse("povplan:household") is None
    for unit in ("清河县/红星街道（开发区）", "清河县/红星 镇/一村"):
        whole = Stamp("village", 2024, unit, "3f2a1c00", 12)
        assert parse(whole.text) == whole
    assert parse(Stamp("village", 2024, "", "3f2a1c00", 0).text) == Stamp("village", 2024, "", "3f2a1c00", 0)


def pasted(path: Path, name: str = "户表", first: int = 1, to: str = "贴过.xlsx") -> Path:
    """The values of one sheet in a new workbook, from a row on."""
    book = openpyxl.Workbook()
    into = book.active
    assert into is not None
    for line in openpyxl.load_workbook(path)[name].iter_rows(min_row=first, values_only=True):
        into.append(["'" + cell if isinstance(cell, str) and cell.startswith("=") else cell for cell in line])
    target = path.with_name(to)
    book.save(target)
    return target


def test_pasted_into_a_new_workbook_the_visible_stamp_serves(
    county: Workspace, issued: dict[str, Path]
) -> None:
    sheet = read(county, pasted(fill(issued["河镇"], *FILLED)))

    assert sheet.template is not None
    assert (sheet.template.stamp.unit, sheet.template.stamp.year) == ("桥县/河镇", NOW)
    assert (sheet.template.filled, sheet.template.differs) == (3, None)
    assert persons(sheet) == [3, 2, 4]


def test_without_any_stamp_headers_serve_and_last_years_columns_are_still_known(
    county: Workspace, issued: dict[str, Path]
) -> None:
    sheet = read(county, pasted(fill(issued["河镇"], *FILLED), first=3))

    assert (sheet.template, sheet.said) == (None, None)
    assert persons(sheet) == [3, 2, 4]


def test_a_damaged_stamp_is_said_and_headers_serve(county: Workspace, issued: dict[str, Path]) -> None:
    path = pasted(fill(issued["河镇"], *FILLED))
    book = openpyxl.load_workbook(path)
    book["Sheet"]["A2"] = str(book["Sheet"]["A2"].value).replace("2024", "2022")
    book.save(path)

    sheet = read(county, path)

    assert sheet.template is None
    assert sheet.said is not None
    assert "标识读不出来" in sheet.said.zh
    assert persons(sheet) == [3, 2, 4]


def test_two_stamps_that_contradict_each_other_hold_the_rows_and_name_both(
    county: Workspace, issued: dict[str, Path]
) -> None:
    stamps = [str(sheet_of(path)["A2"].value) for path in issued.values()]
    filled = write(fill(issued["河镇"], *FILLED), A2=stamps[1])

    with pytest.raises(NothingAccepted) as nothing:
        sent(county, filled)

    (found,) = nothing.value.outcome.findings.frame.to_dict("records")
    assert (found["rule"], found["effect"]) == ("template_contradicts", "hold")
    assert all(stamp in found["message_zh"] for stamp in stamps)


def write(path: Path, **cells: str) -> Path:
    """The same file with cells of its sheet of households overwritten."""
    book = openpyxl.load_workbook(path)
    for at, text in cells.items():
        book["户表"][at] = text
    book.save(path)
    return path


def test_another_year_than_the_templates_own_holds_the_rows(
    county: Workspace, issued: dict[str, Path]
) -> None:
    filled = fill(issued["河镇"], *FILLED)

    with pytest.raises(NothingAccepted) as nothing:
        sent(county, filled, year=2025)

    (found,) = nothing.value.outcome.findings.frame.to_dict("records")
    assert (found["rule"], found["effect"]) == ("template_contradicts", "hold")
    assert found["message_zh"] == "模板是 2024 年的，而命令、文件夹或标题写的是 2025 年，各行待核"


def test_a_title_of_another_year_contradicts_the_template(county: Workspace, issued: dict[str, Path]) -> None:
    sheet = read(county, write(fill(issued["河镇"], *FILLED), A1="桥县河镇2025年户表"))

    template = vouched(sheet, None)

    assert template is not None
    assert template.contradicts is not None
    assert "2025" in template.contradicts.zh


def test_a_sheet_renamed_is_still_known(county: Workspace, issued: dict[str, Path]) -> None:
    filled = fill(issued["河镇"], *FILLED)
    book = openpyxl.load_workbook(filled)
    book["户表"].title = "Sheet9"
    book.save(filled)

    stamps = stamps_of(read_workbook(filled).grids)

    assert stamps.sheets["Sheet9"].columns
    assert persons(read(county, filled)) == [3, 2, 4]


def test_a_newer_correction_of_the_rows_it_was_begun_with_is_told(
    county: Workspace, issued: dict[str, Path]
) -> None:
    filled = fill(issued["河镇"], *FILLED)
    corrected = household("002", "桥县/河镇/桥头村", "样本乙改", state="left", persons=2, income=1_500_000)
    same = household("003", "桥县/河镇/山口村", "样本丙", state="left", persons=4, income=3_000_000)
    commit(county, part(county, "household", LAST, 3, [corrected, same], mode="partial"))

    outcome = sent(county, filled)

    assert told(outcome) == [("older_base", filled.name, "D6", "new")]
    (message,) = outcome.findings.frame["message_zh"]
    assert "批次 1" in message
    assert "批次 2" in message
    assert "户主姓名" in message


# ---- definitions that changed --------------------------------------------------------------------------


def changed(place: Workspace, *pairs: tuple[str, str]) -> Workspace:
    path = place.root / "configs" / "profiles" / "small" / "ledgers" / "household.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return Workspace(place.root)


def test_an_older_template_is_read_by_its_own_columns_and_what_differs_is_told(
    county: Workspace, issued: dict[str, Path]
) -> None:
    filled = fill(issued["河镇"], *FILLED)
    now = changed(
        county,
        ("label: 家庭人口数", "label: 常住人口数"),
        ("label: 纯收入, type: money, in: 元", "label: 纯收入, type: money, in: 万元"),
        (
            "- {id: help, label: 帮扶措施, type: choice, codes: measure}",
            "- {id: phone, label: 电话, type: code}",
        ),
    )

    outcome = sent(now, filled)

    assert [(rule, cell) for rule, _, cell, _ in told(outcome)] == [
        ("template_older", "A1"),
        ("unknown_column", "H3"),
    ]
    (message,) = outcome.findings.frame.loc[outcome.findings.frame["rule"] == "template_older", "message_zh"]
    assert str(message).partition("：")[2].split("；") == [
        "新增“电话”，模板里没有",
        "“帮扶措施”已取消，不再读入",
        "“家庭人口数”改称“常住人口数”",
        "“纯收入”的计量单位由 元 改为 万元",
    ]
    assert rows(now)[["persons", "income"]].iloc[0].tolist() == [3, 2_100_050]


def test_a_number_that_means_something_else_now_holds_its_rows(
    county: Workspace, issued: dict[str, Path]
) -> None:
    filled = fill(issued["河镇"], *FILLED)
    now = changed(county, ("type: integer, in: 人, min: 1", "type: number, in: 亩, min: 1"))

    with pytest.raises(NothingAccepted) as nothing:
        validate(now, Order(files=[filled]), quiet)

    rules = set(nothing.value.outcome.findings.frame["rule"])
    assert {"template_misread", "template_older"} <= rules


def test_the_version_counts_what_matters_for_reading_only(county: Workspace) -> None:
    config = county.config
    ledger, codes = config.ledgers["household"], config.codes

    def version(change: Callable[[dict[str, Any]], object]) -> str:
        plain = ledger.model_dump(by_alias=True, exclude_unset=True, mode="json")
        change(plain["fields"][8])
        return version_of(Ledger.model_validate(plain), codes)

    assert version(lambda field: field.update(max=20)) == version_of(ledger, codes)
    assert version(lambda field: field.update({"in": "户"})) != version_of(ledger, codes)
    fewer = codes["state"].model_dump(mode="json")
    fewer["values"] = fewer["values"][:1]
    assert version_of(ledger, {**codes, "state": CodeList.model_validate(fewer)}) != version_of(ledger, codes)


@pytest.mark.parametrize(("indexed", "blank"), [(True, False), (False, True)])
@pytest.mark.parametrize("name", ["village", "household", "member"])
def test_every_column_of_the_shipped_ledgers_is_found_again(name: str, indexed: bool, blank: bool) -> None:
    plan = plan_of(default())
    ledger = default().ledgers[name]
    book = template([Part(ledger, NOW, "桥县/河镇", 0 if blank else 7, pd.DataFrame())], plan.definitions)
    (form,), (hidden, *_) = book.entries, book.hidden
    row = ["" if column.role == "last" else "1" for column in form.columns]
    lines = [[form.title], [form.stamp], ["序号", *(column.head for column in form.columns)], ["1", *row]]
    grids = [of_rows(lines, sheet=form.name), of_rows(hidden.rows, sheet="povplan")]

    (sheet,) = read_sheets(grids[: 1 + indexed], plan)

    assert sheet.template is not None
    assert (sheet.template.differs, sheet.template.contradicts) == (None, None)
    assert sheet.tables is not None
    assert set(sheet.tables.tables[0].columns) == set(ledger.names)
    assert [note for note in sheet.tables.notes if note.field is None] == []


def test_a_template_begins_with_what_goes_on_not_with_what_is_over(county: Workspace, tmp_path: Path) -> None:
    home = county.config.ledgers["household"]
    for goes_on, count in ((None, 3), (True, 3), (False, 0)):
        ledgers = {**county.config.ledgers, "household": home.model_copy(update={"goes_on": goes_on})}
        county.__dict__["config"] = replace(county.config, ledgers=ledgers)

        (one,) = made(county, folder=tmp_path / str(goes_on), unit="河镇", ledgers=["户表"])

        assert one.rows == count


def test_payments_births_and_benefits_are_over_and_projects_go_on() -> None:
    entries = {name: one.lasts for name, one in default().ledgers.items() if one.level == "entry"}

    assert {name for name, lasts in entries.items() if lasts} == {"project"}
    assert {"fund", "benefit", "event", "job", "need", "target"} <= set(entries)


# ---- commands ------------------------------------------------------------------------------------------


def test_look_shows_templates_as_such(county: Workspace, issued: dict[str, Path]) -> None:
    filled = fill(issued["河镇"], FILLED[0])

    looked = look(Question([filled], [county.config]), LAST, quiet)

    seen = {one.sheet: (one.what, one.years, one.rows, one.template) for one in looked.sightings}
    assert list(seen) == ["村表", "户表"]
    what, years, count, template = seen["户表"]
    assert (what, years, count) == ("table", (NOW,), 2)
    assert template is not None
    assert (template.stamp.unit, template.filled, template.unfilled, template.left) == ("桥县/河镇", 1, 1, 1)
    assert seen["村表"][:2] == ("blank", (NOW,))


def test_the_command_writes_names_and_the_next_step(
    county: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = Terminal(capsys)("template", "-w", county.root, "--year", NOW, "--for", "岭乡", "户表")

    assert answer.code == 0
    assert answer.out.strip() == str(county.root / "templates" / "2024" / "01-岭乡-2024.xlsx")
    assert "已写 1 个模板，2024 年，预填 1 行" in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--for", "河乡"], "没有叫“河乡”的乡镇或村"),
        (["--year", "20240"], "20240"),
        (["钱表"], "钱表"),
        (["-o", "模板.xlsx"], "文件夹"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    county: Workspace, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    answer = Terminal(capsys)("template", "-w", county.root, *words)

    assert answer.code == 2
    assert said in answer.err
