"""The real column schemes of money as declared layouts: what each cell becomes, and what the totals check."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from povplan.jobs import money
from povplan.jobs.update import Outcome
from povplan.workspace import Workspace
from tests.counties import FIXTURES, run, standing, told, workspace

SOURCES = ["合计", "中央", "省级专项补助", "其他省级财政", "市级财政", "县级财政", "社会", "群众自筹", "其他"]


def written(path: Path, rows: Sequence[Sequence[Any]], merges: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def county(place: Workspace, year: int, **asked: Any) -> dict[str, float | str]:
    """Figure of the whole county → its value, or its note where there is none; scope `all`."""
    frame = money.by_unit(standing(place), year, **asked)
    found = frame[(frame["level"] == "county") & (frame["scope"] == "all")]
    values = zip(found["indicator"], found["value"], found["note"], strict=True)
    return {name: note if pd.isna(value) else round(float(value), 6) for name, value, note in values}


# ---- A: plan block, completed block, labour outside -----------------------------------------------


def demonstration(path: Path, *villages: Sequence[Any]) -> Path:
    """The report with its codes E9…E28 under the header, in 万元."""
    head = ["县", "镇", "村", *["计划总投入"] * 9, *["累计完成投入"] * 9, *["群众投工投劳情况"] * 2]
    names = ["县", "镇", "村", *SOURCES, *SOURCES, "投工数", "折资额"]
    codes = ["", "", "", *(f"E{number}" for number in range(9, 29))]
    rows = [["示范建设资金投入情况表"], ["单位：万元"], head, names, codes, *villages]
    return written(path, rows, ["A1:W1", "D3:L3", "M3:U3", "V3:W3", "A3:A4", "B3:B4", "C3:C4"])


def test_plan_and_completed_blocks_become_stages_and_labour_stays_outside_the_total(tmp_path: Path) -> None:
    # 东村: 计划 100 = 中央 30 + 省专项 20 + 市 10 + 县 10 + 社会 20 + 群众 10；
    # 完成 62 = 中央 25 + 省专项 15 + 市 5 + 县 5 + 社会 8 + 群众 4；投工 300 个，折资 2.4 万元在合计之外。
    plan, done = [100, 30, 20, 0, 10, 10, 20, 10, 0], [62, 25, 15, 0, 5, 5, 8, 4, 0]
    file = demonstration(tmp_path / "a.xlsx", ["示例县", "城关镇", "东村", *plan, *done, 300, 2.4])
    place = workspace(tmp_path / "w", "guangdong-demonstration")

    outcome = run(place, file, year=2013)

    assert [line[0] for line in told(outcome)] == []
    figures = county(place, 2013)
    assert (figures["lever"], figures["others"], figures["total"]) == (400_000, 220_000, 620_000)
    assert figures["leverage_others"] == round(22 / 40, 6)
    assert figures["labour"] == 24_000
    planned = county(place, 2013, basis="planned")
    assert (planned["lever"], planned["others"]) == (500_000, 500_000)


def test_a_total_that_counts_labour_in_is_found_where_the_form_leaves_it_out(tmp_path: Path) -> None:
    plan, done = [100, 30, 20, 0, 10, 10, 20, 10, 0], [64.4, 25, 15, 0, 5, 5, 8, 4, 0]
    file = demonstration(tmp_path / "a.xlsx", ["示例县", "城关镇", "东村", *plan, *done, 300, 2.4])
    place = workspace(tmp_path / "w", "guangdong-demonstration")

    outcome = run(place, file, year=2013)

    assert [(rule, cell) for rule, _, cell, _ in told(outcome)] == [("GD02", "M6")]


@pytest.mark.parametrize("place_of_sum", [("示例县", "城关镇", None), ("示例县", None, None)])
def test_a_row_that_names_no_village_gives_no_money_either(
    tmp_path: Path, place_of_sum: tuple[str | None, ...]
) -> None:
    """A subtotal without the word: its village waits, and with it the money that the same row speaks of."""
    plan, done = [100, 30, 20, 0, 10, 10, 20, 10, 0], [62, 25, 15, 0, 5, 5, 8, 4, 0]
    rows = [("示例县", "城关镇", "东村"), ("示例县", "城关镇", "西村"), place_of_sum]
    file = demonstration(tmp_path / "a.xlsx", *([*where, *plan, *done, 0, 0] for where in rows))
    place = workspace(tmp_path / "w", "guangdong-demonstration")

    outcome = run(place, file, year=2013)

    assert county(place, 2013)["total"] == 2 * 620_000
    assert [(rule, cell) for rule, _, cell, _ in told(outcome)] == [("no_key", "8"), ("no_village", "8")]
    assert all(one.read == one.accepted + one.repeated + one.waiting for one in outcome.coverage)
    assert {one.ledger: one.waiting > 0 for one in outcome.coverage} == {"village": True, "fund": True}


def test_cumulative_blocks_are_differenced_before_years_are_added(tmp_path: Path) -> None:
    # 累计完成：2013 年中央 25、社会 8；2014 年中央 30、社会 20。2014 年当年：中央 5，社会 12，撬动 2.4。
    # 两年累计 = 2014 年累计数：20 ÷ 30，不是 28 ÷ 55。
    place = workspace(tmp_path / "w", "guangdong-demonstration")
    plan = [50, 30, 0, 0, 0, 0, 20, 0, 0]
    for year, done in ((2013, [33, 25, 0, 0, 0, 0, 8, 0, 0]), (2014, [50, 30, 0, 0, 0, 0, 20, 0, 0])):
        folder = tmp_path / str(year)
        folder.mkdir()
        run(
            place,
            demonstration(folder / "a.xlsx", ["示例县", "城关镇", "东村", *plan, *done, 0, 0]),
            year=year,
        )

    assert county(place, 2013)["leverage_others"] == round(8 / 25, 6)
    assert county(place, 2013)["opening"] == 330_000
    assert county(place, 2014)["leverage_others"] == round(12 / 5, 6)
    both = county(place, 2014, cumulative=True)
    assert (both["lever"], both["others"]) == (300_000, 200_000)


# ---- B: three sides, the year and so far -----------------------------------------------------------

ARCHIVE = [
    ("", "单位自筹"),
    *[("帮扶市", name) for name in ("市财政", "区镇财政", "社会")],
    *[("中央和省", name) for name in ("中央财政", "省财政", "中央行业", "省行业", "社会")],
    *[("被帮扶市", name) for name in ("市财政", "县镇财政", "市行业", "县镇行业", "社会")],
    ("", "合计"),
]


def archive(path: Path, *villages: Sequence[Any]) -> Path:
    blocks = [(block, side, name) for block in ("本年投入", "累计投入") for side, name in ARCHIVE]
    rows = [
        ["县", "镇", "村", *(block for block, _, _ in blocks)],
        ["县", "镇", "村", *(side or name for _, side, name in blocks)],
        ["县", "镇", "村", *(name for _, _, name in blocks)],
        *villages,
    ]
    return written(path, rows, ["D1:R1", "S1:AG1", "A1:A3", "B1:B3", "C1:C3"])


def test_the_archive_is_read_by_year_and_its_cumulative_total_is_a_check(tmp_path: Path) -> None:
    # 本年：单位自筹 5，帮扶市财政 10、社会 1，中央 8，省 2，省行业 4，被帮扶市社会 3；合计 33 万元。
    # 专项 = 中央 8 + 省 2 = 10；其他 23；撬动 2.3。
    year = [5, 10, 0, 1, 8, 2, 0, 4, 0, 0, 0, 0, 0, 3, 33]
    thousands = [amount * 10_000 for amount in year]
    file = archive(tmp_path / "b.xlsx", ["示例县", "城关镇", "东村", *thousands, *thousands])
    place = workspace(tmp_path / "w", "guangdong-archive")

    outcome = run(place, file, year=2011)

    assert [line[0] for line in told(outcome)] == []
    figures = county(place, 2011)
    assert (figures["lever"], figures["others"], figures["leverage_others"]) == (100_000, 230_000, 2.3)
    assert figures["amount_society"] == 40_000
    later = [*thousands[:-1], 330_000, *thousands[:-1], 700_000]
    (tmp_path / "2012").mkdir()
    outcome = run(
        place, archive(tmp_path / "2012" / "b.xlsx", ["示例县", "城关镇", "东村", *later]), year=2012
    )
    assert [line[0] for line in told(outcome)] == ["GA02"]


# ---- C: labour inside ------------------------------------------------------------------------------


def water(path: Path, *projects: Sequence[Any]) -> Path:
    block = ["合计", "中央补助", "地方财政", "投工投劳资金"]
    single = ["县", "镇", "村", "项目编号", "项目名称"]
    groups = [*["资金预算"] * 4, *["本期完成"] * 4, *["累计完成"] * 4]
    last = ["资金预算执行进度(%)", "项目形象进度(%)"]
    rows = [[*single, *groups, *last], [*single, *block * 3, *last], *projects]
    merges = [f"{letter}1:{letter}2" for letter in "ABCDERS"]
    return written(path, rows, ["F1:I1", "J1:M1", "N1:Q1", *merges])


def test_labour_is_inside_the_total_of_the_water_fund_and_progress_stands_apart(tmp_path: Path) -> None:
    # 预算 100 万 = 中央 60 + 地方 30 + 投工 10；累计完成 55 万 = 40 + 10 + 5；执行 55 %，形象 60 %。
    budget, period, done = [100, 60, 30, 10], [20, 15, 3, 2], [55, 40, 10, 5]
    amounts = [amount * 10_000 for amount in (*budget, *period, *done)]
    file = water(tmp_path / "c.xlsx", ["示例县", "城关镇", "东村", "W01", "饮水", *amounts, 55, 60])
    place = workspace(tmp_path / "w", "water-fund")

    outcome = run(place, file, year=2012)

    assert [line[0] for line in told(outcome)] == []
    figures = county(place, 2012)
    assert (figures["lever"], figures["others"], figures["total"]) == (400_000, 150_000, 550_000)
    assert (figures["leverage_cash"], figures["leverage_in_kind"]) == (0.25, 0.125)
    assert "labour" not in figures
    rates = money.delivered(standing(place), 2012).set_index(["level", "indicator"])["value"]
    assert rates["county", "delivered_total"] == 0.55
    assert rates["county", "delivered_class_household"] == 0.5


# ---- a real portfolio ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Outcome]:
    file = FIXTURES / "funds" / "gef-projects.csv"
    if not file.exists():
        pytest.skip("the shared fixtures are not here")
    place = workspace(tmp_path_factory.mktemp("gef"), "gef-portfolio")
    return place, run(place, file, year=2020)


def test_the_portfolio_has_the_published_ratio_and_those_of_its_eight_periods(
    portfolio: tuple[Workspace, Outcome],
) -> None:
    place, outcome = portfolio
    frame = money.by_unit(standing(place), 2020)
    ratio = frame[(frame["indicator"] == "leverage_others") & (frame["scope"] == "all")].set_index("unit")
    published = {
        "GEF-1": 2.3854, "GEF-2": 3.7738, "GEF-3": 4.1510, "GEF-4": 6.1985, "GEF-5": 7.8675, "GEF-6": 8.5593,
        "GEF-7": 7.3029, "PilotPhase": 2.3393,
    }  # fmt: skip

    assert [line.read for line in outcome.coverage] == [4952, 9904]
    whole = ratio.loc["GEF"]
    assert round(whole["value"], 6) == 6.146916
    assert (whole["numerator"], whole["denominator"]) == (112_380_288_033, 18_282_386_821)
    periods = ratio[ratio["level"] == "township"]["value"].round(4)
    assert {str(unit).split("/")[1]: value for unit, value in periods.items()} == published


def test_its_projects_without_a_grant_are_named_and_have_no_ratio(
    portfolio: tuple[Workspace, Outcome],
) -> None:
    place, _ = portfolio

    frame = money.by_group(standing(place), 2020, "project")
    projects = frame[frame["scope"] == "all"]
    without = projects[projects["note"] == "no_lever"]

    assert (len(projects), len(without)) == (4952, 103)
    assert without["leverage_others"].isna().all()
    with (FIXTURES / "funds" / "gef-projects.csv").open(encoding="utf-8", newline="") as file:
        zero = {row["ID"] for row in csv.DictReader(file) if row["Grant"].strip() == "$0"}
    assert set(without["group"]) == zero
    assert projects["share"].sum() == pytest.approx(100)
