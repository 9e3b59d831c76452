"""The public version of the sample county's report, read by somebody who wants to know more than it says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from povplan.jobs.figures import standing_at
from povplan.jobs.standing import Standing
from povplan.model import UNIT
from povplan.sheets.page import Cell, cell_of
from povplan.sheets.unitrows import unit_rows
from povplan.workspace import Workspace
from tests.commands import Terminal
from tests.workbooks import evaluate, live_cells, rows_of

SAMPLE = Path(__file__).parents[1] / "sample_data"
YEARS = (2022, 2023, 2024)
LEAST = 5
SIGN = "*"
PEOPLE = ("人", "户")
INCOME = ("工资性收入", "生产经营性收入", "财产性收入", "转移性收入", "生产经营性支出", "年纯收入")
SIGNS = (1, 1, 1, 1, -1, -1)
"""Net income is the four kinds less cost."""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample county's three years and the last one's public report."""
    folder = tmp_path_factory.mktemp("public") / "w"
    for words in (
        ["init", folder, "--county", "清河县", "-q"],
        *(["update", "-w", folder, "--year", year, "-q", SAMPLE / str(year)] for year in YEARS),
        ["report", "-w", folder, "--year", 2024, "--public", "-q"],
    ):
        command = [sys.executable, "-m", "povplan", *map(str, words)]
        assert subprocess.run(command, capture_output=True, check=False).returncode in (0, 1)
    return folder


@pytest.fixture(scope="module")
def book(county: Path) -> Path:
    return county / "reports" / "2024" / "povplan-2024-public.xlsx"


@pytest.fixture(scope="module")
def standing(county: Path) -> Standing:
    return standing_at(Workspace.find(county))


@pytest.fixture
def povplan(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


@dataclass(frozen=True)
class Printed:
    """One table of units as it is printed: what each cell of an indicator and unit holds."""

    units: list[str]
    """Names in order; the county, then each township before its villages."""
    parents: list[int]
    columns: dict[str, list[Any]]
    measures: dict[str, str]

    def at(self, indicator: str, unit: str) -> Any:
        return self.columns[indicator][self.units.index(unit)]


def tables(path: Path) -> Iterator[Printed]:
    """Every table of units in the workbook's sheets of indicators."""
    for name in openpyxl.load_workbook(path, read_only=True).sheetnames:
        if "指标" in name and "定义" not in name:
            rows = rows_of(path, name)
            head = next(number for number, row in enumerate(rows) if row[0] == "单位")
            body = []
            for row in rows[head + 2 :]:
                if not str(row[0]).endswith(("县", "镇", "乡", "村")):
                    break
                body.append(row)
            units = [str(row[0]) for row in body]
            parents, top = [], -1
            for number, unit in enumerate(units):
                parents.append(-1 if unit.endswith("县") else top if unit.endswith("村") else 0)
                top = top if unit.endswith("村") else number
            labels = [(n, str(label)) for n, label in enumerate(rows[head]) if n and label is not None]
            yield Printed(
                units,
                parents,
                {label: [row[n] for row in body] for n, label in labels},
                {label: str(rows[head + 1][n]) for n, label in labels},
            )


def texts(path: Path) -> Iterator[str]:
    for page in openpyxl.load_workbook(path):
        yield page.title
        for row in page.iter_rows():
            for cell in row:
                yield from (str(one) for one in (cell.value, cell.comment) if one is not None)


def persons(standing: Standing) -> set[str]:
    """Every name, number, phone and address in the sample's ledgers, and every pseudonym of them."""
    found: set[str] = set()
    for year in YEARS:
        for name, frame in standing.frames(year).items():
            fields = [
                f.id for f in standing.config.ledgers[name].fields if f.person and f.type in ("code", "text")
            ]
            for field in (
                {*fields, "_entity"} & {*frame.columns} if name in ("household", "member") else fields
            ):
                if field in frame and field != "upkeep":
                    found |= {str(one) for one in frame[field].dropna().unique()}
    place = standing.workspace
    return found | {place.pseudonym(one) for one in found}


def solved(
    printed: list[list[Any]], parents: list[int], across: tuple[int, ...] = ()
) -> list[tuple[int, int]]:
    """(column, row) of the hidden cells that the printed sums determine: units down, and `across` signs."""
    unknown = [(c, r) for c, column in enumerate(printed) for r, value in enumerate(column) if value == SIGN]
    place = {at: number for number, at in enumerate(unknown)}
    sums: list[list[float]] = []
    for c in range(len(printed)):
        for whole in range(len(parents)):
            members = [(whole, 1.0), *((part, -1.0) for part, of in enumerate(parents) if of == whole)]
            if len(members) > 1:
                sums.append(_row({(c, r): sign for r, sign in members}, place))
    if across:
        for r in range(len(parents)):
            sums.append(_row({(c, r): float(sign) for c, sign in enumerate(across)}, place))
    if not unknown:
        return []
    _, sizes, rows = np.linalg.svd(np.array(sums))
    free = rows[int((sizes > 1e-9).sum()) :].T
    return [at for at, moves in zip(unknown, free, strict=True) if np.abs(moves).max(initial=0) < 1e-9]


def _row(members: dict[tuple[int, int], float], place: dict[tuple[int, int], int]) -> list[float]:
    row = [0.0] * len(place)
    for at, sign in members.items():
        if at in place:
            row[place[at]] = sign
    return row


# ---- the attack -------------------------------------------------------------------------------------


def test_nobody_s_name_number_phone_or_pseudonym_stands_anywhere(book: Path, standing: Standing) -> None:
    known = persons(standing)
    whole = "\n".join(texts(book))

    assert len(known) > 5000
    assert sorted(one for one in known if len(one) > 1 and one in whole) == []


def test_no_count_of_one_to_four_households_or_persons_is_printed(book: Path) -> None:
    seen = 0
    for table in tables(book):
        for label, column in table.columns.items():
            if table.measures[label] in PEOPLE and label != "每千人执业医师数":
                numbers = [value for value in column if isinstance(value, int | float)]
                seen += len(numbers)
                assert not [value for value in numbers if 0 < value < LEAST], label

    assert seen > 100


def test_no_hidden_cell_can_be_solved_from_the_sums_that_are_printed(book: Path) -> None:
    """Every column as if it were printed with its base, so that shares and means are sums as well."""
    silent = 0
    for table in tables(book):
        for label, column in table.columns.items():
            silent += column.count(SIGN)
            assert solved([column], table.parents) == [], label

    assert silent > 50


def test_no_part_of_income_can_be_solved_from_the_others(book: Path) -> None:
    table = next(one for one in tables(book) if set(INCOME) <= one.columns.keys())
    columns = [table.columns[label] for label in INCOME]

    assert SIGN in columns[2]
    assert solved(columns, table.parents, SIGNS) == []


def test_the_attack_solves_what_is_hidden_alone() -> None:
    parents = [-1, 0, 0]

    assert solved([[10, SIGN, 7]], parents) == [(0, 1)]
    assert solved([[10, SIGN, SIGN]], parents) == []
    assert solved([[10, SIGN, SIGN], [4, 2, 2], [14, 5, 9]], parents, (1, 1, -1)) == [(0, 1), (0, 2)]


def test_what_few_stand_for_is_hidden_village_by_village(book: Path, standing: Standing) -> None:
    """Counted anew from the rows: few poor persons, few households with property income or below the range,
    few without a toilet, few persons not insured, few disabled.
    """
    frames = standing.frames(2024)
    village, household, member = (frames[name] for name in ("village", "household", "member"))
    by_village = village.set_index(UNIT)
    of_household = household.groupby(UNIT)
    low = (household["net_income"] < 730_000 * household["persons"]).fillna(False)
    fewness: dict[str, pd.Series] = {
        "贫困人口": by_village["poor_persons"],
        "本年脱贫人数": by_village["escaped_persons"],
        "基本医疗保险参保率": by_village["rural_population"] - by_village["medical_insured"],
        "饮水安全户比例": by_village["unsafe_water_households"],
        "危房户比例": by_village["dangerous_houses"],
        "通广播电视户比例": by_village["rural_households"] - by_village["broadcast_households"],
        "财产性收入": of_household["property"].agg(lambda one: int((one.fillna(0) > 0).sum())),
        "收入低于监测范围人口比例": low.groupby(household[UNIT]).sum(),
        "有卫生厕所户比例": of_household["sanitary_toilet"].agg(lambda one: int((one == False).sum())),  # noqa: E712
        "残疾人补贴覆盖率": member[member["health"].str.contains("残疾").fillna(False)].groupby(UNIT).size(),
    }
    shown = {label: table for table in tables(book) for label in table.columns}
    asked = 0
    for label, counts in fewness.items():
        for path, count in counts.items():
            if not pd.isna(count) and 0 < count < LEAST:
                asked += 1
                assert shown[label].at(label, str(path).rsplit("/", 1)[-1]) == SIGN, (label, path, count)

    assert asked > 30


def test_a_change_says_nothing_that_with_the_whole_would_tell_the_rest(book: Path) -> None:
    """now, before and change: all three or none; and none that speaks of part of the units."""
    rows = rows_of(book, "年度变化")
    head = next(row for row in rows if row[0] == "指标")
    body = [row for row in rows[rows.index(head) + 1 :] if row[1] in ("%", "元", "人", "户", "万元")]
    hidden = [row for row in body if SIGN in row[2:5]]

    assert len(hidden) > 5
    assert all(row[2:5] == (SIGN, SIGN, SIGN) for row in map(tuple, hidden))
    assert all(row[7] == SIGN and row[8] == SIGN for row in hidden if str(row[10]).startswith("所涉"))
    of_people = [row for row in body if row not in hidden and str(row[0]).endswith(("人口", "户数", "人数"))]
    assert of_people
    assert all(row[2:4] == row[7:9] for row in of_people)


def test_only_the_sheets_of_a_public_report_are_in_it(book: Path) -> None:
    names = openpyxl.load_workbook(book).sheetnames

    for word in (
        "疑点",
        "清单",
        "豁免",
        "更正",
        "评分",
        "责任",
        "需求",
        "动态",
        "返贫及",
        "纠偏",
        "覆盖",
        "投入",
    ):
        assert not [name for name in names if word in name], word
    assert {"公开说明", "经济指标(1)", "年度变化", "资金整合及撬动", "项目汇总", "目标完成情况"} <= set(names)


def test_it_says_that_it_is_public_on_the_cover_and_under_every_page(book: Path) -> None:
    pages: Any = openpyxl.load_workbook(book)

    assert "公开版" in [cell.value for row in pages["封面"].iter_rows() for cell in row]
    assert {page.oddFooter.left.text == "公开版" for page in pages} == {True}
    assert not any("内部资料" in text for text in texts(book))


def test_charts_draw_no_figure_that_is_withheld(book: Path) -> None:
    drawn: Any = openpyxl.load_workbook(book)
    charts = [chart for page in drawn for chart in page._charts]

    assert charts
    for chart in charts:
        for series in chart.series:
            sheet, _, block = str(series.val.numRef.f).rpartition("!")
            cells = drawn[sheet.strip("'").replace("''", "'")][block]
            assert SIGN not in [cell.value for row in cells for cell in row]


def test_a_total_over_a_hidden_part_is_a_value_and_every_formula_gives_what_is_printed(book: Path) -> None:
    values = openpyxl.load_workbook(book, data_only=True)
    live = list(live_cells(book))

    assert live
    for one in live:
        assert one.cached == pytest.approx(evaluate(one.formula, values[one.sheet]), abs=1e-6), one
    table = next(one for one in tables(book) if "贫困人口" in one.columns)
    assert isinstance(table.at("贫困人口", "东岭镇"), int | float)


def test_what_is_withheld_stands_where_no_figure_does_in_the_middle_of_its_cell(book: Path) -> None:
    cells = (cell for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row)

    assert {cell.alignment.horizontal for cell in cells if cell.value == "*"} == {"center"}


def test_the_same_ledger_gives_the_same_bytes(
    county: Path, book: Path, tmp_path: Path, povplan: Terminal
) -> None:
    again = povplan("report", "-w", county, "--year", 2024, "--public", "-o", tmp_path)

    assert again.code == 0
    assert (tmp_path / book.name).read_bytes() == book.read_bytes()


def test_update_writes_none_by_itself(county: Path) -> None:
    assert [one.name for one in (county / "reports" / "2023").glob("*public*")] == []


def test_it_is_the_county_s_only(county: Path, povplan: Terminal) -> None:
    answer = povplan("report", "-w", county, "--public", "--by", "township")

    assert answer.code == 2
    assert "--public goes with no --by" in answer.err


def test_of_all_rows_and_of_the_unflagged_there_are_not_two(county: Path, povplan: Terminal) -> None:
    answer = povplan("report", "-w", county, "--public", "--without-flagged")

    assert (answer.code, answer.out) == (2, "")
    assert "two public versions side by side" in answer.err


def test_a_county_may_ask_for_more_but_not_for_no_threshold(
    county: Path, tmp_path: Path, povplan: Terminal
) -> None:
    place = tmp_path / "w"
    shutil.copytree(county, place)
    parameters = place / "configs" / "parameters"
    parameters.mkdir(parents=True, exist_ok=True)
    told = "- {id: publish_least, label: 最少户数, values: [{from: 2000, value: NUMBER, source: 本县}]}"
    (parameters / "publishing.yaml").write_text(told.replace("NUMBER", "20"), encoding="utf-8")
    more = povplan("report", "-w", place, "--year", 2024, "--public")
    (parameters / "publishing.yaml").write_text(told.replace("NUMBER", "null"), encoding="utf-8")

    refused = povplan("report", "-w", place, "--year", 2024, "--public")

    assert more.code == 0
    found = list(tables(place / "reports" / "2024" / "povplan-2024-public.xlsx"))
    table = next(one for one in found if "贫困人口" in one.columns)
    numbers = [value for value in table.columns["贫困人口"] if isinstance(value, int | float)]
    assert [value for value in numbers if 0 < value < 20] == []
    assert (refused.code, "publish_least" in refused.err) == (2, True)


# ---- units down a table ----------------------------------------------------------------------------


def test_a_hidden_part_is_not_told_by_what_is_left_of_its_whole() -> None:
    shown: dict[str, float | str] = {"县": 10.0, "县/甲": SIGN, "县/乙": 4.0, "县/丙": SIGN}

    rows = unit_rows(list(shown), lambda unit: [Cell(shown[unit])], [True], "本级")

    assert [row.cells[0] for row in rows] == ["县", "甲", "乙", "丙"]
    figures = [cell_of(row.cells[1]) for row in rows]
    assert [(cell.value, cell.live) for cell in figures] == [
        (10.0, None),
        (SIGN, None),
        (4.0, None),
        (SIGN, None),
    ]
