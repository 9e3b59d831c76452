"""`capacity`, `projects`, `benefit` as a person and a machine meet them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from povplan.jobs.analyses import BENEFIT, CAPACITY, PROJECTS, Year
from povplan.jobs.figures import standing_at
from povplan.messages import catalogue
from povplan.sheets.views import NARROW, WIDE
from povplan.workspace import Workspace
from tests.commands import Terminal, commit, part, workspace

A, B = "桥县/河镇/桥头村", "桥县/山乡/上村"
VIEWS = [
    *(("capacity", what) for what in CAPACITY),
    *(("projects", what) for what in (*PROJECTS, "totals")),
    *(("benefit", what) for what in BENEFIT),
]


pytestmark = pytest.mark.usefixtures("loaded_once")


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Twelve households in two villages, one project with its money, and who got what of it."""
    place = workspace(tmp_path_factory.mktemp("analyses"), "default")
    homes = [
        {
            "entity": f"H{i}", "unit": A if i < 6 else B, "household_id": f"H{i}", "persons": 2,
            "labour_force": 1, "net_income": 1_000_00 * (i + 1), "paid_cash": 40_00, "pledged_cash": 60_00,
            "labour_days": 4.0, "pledged_days": 4.0, "poverty_status": "贫困" if i < 2 else "已脱贫",
        }
        for i in range(12)
    ]  # fmt: skip
    members = [
        {"entity": f"M{i}", "unit": A if i < 6 else B, "household_id": f"H{i}", "labour_skill": skill}
        for i, skill in enumerate(["无劳动力", *["普通劳动力"] * 11])
    ]
    project = {
        "entity": "XM1", "unit": A, "project_id": "XM1", "project_name": "水渠", "category": "产业发展",
        "department": "县水利局", "planned_start": pd.Timestamp(2024, 3, 1), "progress": 50.0,
        "started_on": pd.Timestamp(2024, 3, 5), "planned_finish": pd.Timestamp(2024, 10, 1),
        "planned_investment": 100_000_00, "paid_amount": 90_000_00, "beneficiary_households": 6,
        "beneficiary_persons": 12, "in_library": True,
    }  # fmt: skip
    flow = [
        {"source": source, "stage": stage, "amount": amount, "date": pd.Timestamp(2024, month, 1)}
        for source, stage, amount, month in (
            ("special_central", "allocated", 80_000_00, 2),
            ("special_central", "arrived", 80_000_00, 4),
            ("special_central", "paid", 60_000_00, 6),
            ("village_collective", "paid", 3_000_00, 6),
            ("household_cash", "planned", 900_00, 6),
        )
    ]
    funds = [
        {"entity": f"F{i}", "unit": A, "fund_id": f"F{i}", "project_id": "XM1", "form": "cash", **line}
        for i, line in enumerate(flow)
    ]
    gifts = [
        {
            "entity": f"B{i}", "unit": A, "benefit_id": f"B{i}", "household_id": home, "project_id": "XM1",
            "kind": kind, "item": "水渠", "amount": amount,
        }
        for i, (home, kind, amount) in enumerate(
            [("H0", "实物", 300_00), ("H5", "实物", 100_00), ("Z9", "实物", 50_00), ("H1", "贷款", 5_000_00)]
        )
    ]  # fmt: skip
    village = {"entity": A, "unit": A, "village": "桥头村", "collective_income": 60_000_00}
    ledgers: dict[str, list[dict[str, Any]]] = {
        "household": homes, "member": members, "project": [project], "fund": funds, "benefit": gifts,
        "village": [village],
    }  # fmt: skip
    commit(place, *(part(place, name, 2024, i, rows) for i, (name, rows) in enumerate(ledgers.items(), 1)))
    return place


def answer(typed: Terminal, at: Workspace, command: str, what: str, *more: str) -> list[dict[str, object]]:
    found = typed(command, "--what", what, "-w", at.root, "--format", "json", *more)
    assert found.code == 0, found.err
    assert list(found.json) == ["batch", "year", "view", "rows"]
    rows: list[dict[str, object]] = found.json["rows"]
    return rows


def figure(rows: list[dict[str, object]], name: str, scope: str | None = None) -> dict[str, object]:
    return next(row for row in rows if (row["indicator"], row["scope"]) == (name, scope))


def test_capacity_is_the_sum_given_over_the_sum_of_incomes(typed: Terminal, at: Workspace) -> None:
    rows = answer(typed, at, "capacity", "burden", "--by", "county")

    burden = figure(rows, "cash_burden", "all")
    assert (burden["numerator"], burden["denominator"], burden["n"]) == (480, 78_000, 12)
    assert figure(rows, "over_cash_limit", "all")["value"] == 1
    assert figure(rows, "would_not_households", "all")["value"] == 11


def test_households_appear_under_pseudonyms_only(typed: Terminal, at: Workspace) -> None:
    for command, what in (("capacity", "households"), ("capacity", "exempt"), ("benefit", "outside")):
        rows = answer(typed, at, command, what)
        shown = typed(command, "--what", what, "-w", at.root)
        assert rows and all(len(str(row["household"])) == 10 for row in rows)
        assert not any(key in shown.out for key in ("H0", "H11", "Z9"))


def test_labour_of_a_household_without_an_able_member_is_told(typed: Terminal, at: Workspace) -> None:
    rows = answer(typed, at, "capacity", "exempt")

    assert [(row["reason"], row["able"], row["days"]) for row in rows] == [("nobody_able", 0, 4)]


def test_a_project_asks_of_each_household_more_than_may_be_asked(typed: Terminal, at: Workspace) -> None:
    (row,) = answer(typed, at, "capacity", "projects")

    assert (row["cash_per_household"], row["cash_limit"], row["beyond_cash"]) == (150, 30, True)


def test_a_project_shows_time_work_and_money_side_by_side(typed: Terminal, at: Workspace) -> None:
    (row,) = answer(typed, at, "projects", "list")

    assert (row["start"], row["start_days"], row["finish"], row["finish_days"]) == (
        "on_time",
        4,
        "overdue",
        91,
    )
    assert (row["work"], row["payment_rate"], row["lead"]) == (0.5, 0.9, 0.4)
    assert row["marks"] == "overdue,payment_ahead"


def test_projects_add_up_by_department(typed: Terminal, at: Workspace) -> None:
    (row,) = answer(typed, at, "projects", "totals", "--by", "department")

    assert (row["group"], row["projects"], row["overdue"], row["paid"]) == ("县水利局", 1, 1, 90_000)


def test_idle_money_and_execution_name_what_they_divide_by(typed: Terminal, at: Workspace) -> None:
    idle = answer(typed, at, "projects", "idle", "--by", "county")
    execution = answer(typed, at, "projects", "execution", "--by", "county")

    assert figure(idle, "idle_balance")["value"] == 20_000
    assert figure(execution, "execution_allocated", "government")["value"] == 0.75


def test_the_benefit_reaches_the_poor_and_the_stranger_is_apart(typed: Terminal, at: Workspace) -> None:
    rows = answer(typed, at, "benefit", "targeting", "--by", "county")

    assert figure(rows, "benefit_amount")["value"] == 400
    assert figure(rows, "outside_amount")["value"] == 50
    assert figure(rows, "exclusion_error")["value"] == 0.5
    assert figure(rows, "poor_share")["value"] == 0.75
    concentration = figure(rows, "concentration")["value"]
    assert isinstance(concentration, float) and concentration < 0


@pytest.mark.parametrize(("command", "what"), VIEWS)
def test_every_view_is_a_table_for_people_and_a_file_for_machines(
    typed: Terminal, at: Workspace, tmp_path: Path, command: str, what: str
) -> None:
    table = typed(command, "--what", what, "-w", at.root, "-q", lang="en")
    sheet = typed(command, "--what", what, "-w", at.root, "--format", "csv", "-q")
    book = tmp_path / "result.xlsx"

    assert (table.code, table.err) == (0, "")
    assert max(map(len, table.out.splitlines())) <= 160
    rows = list(csv.reader(io.StringIO(sheet.out.removeprefix("\ufeff"))))
    assert typed(command, "--what", what, "-w", at.root, "-o", book, "-q").code == 0
    page = openpyxl.load_workbook(book).active
    assert page is not None
    assert [cell.value for cell in page[1]] == rows[0]


def test_every_column_of_a_view_has_a_heading_in_both_languages(at: Workspace) -> None:
    of = Year(standing_at(at), 2024)
    views = {**CAPACITY, **PROJECTS, **BENEFIT}
    frames = [*(view(of) for view in views.values()), of.totals(None)]
    names = {str(name) for frame in frames for name in frame.columns}
    names |= {name for listed in NARROW.values() for name in listed}

    assert sorted(name for name in names if f"head_{name}" not in catalogue()) == []
    assert {command for command, _ in WIDE} == {"capacity", "projects", "benefit"}


def test_a_year_without_the_ledger_is_told_in_one_sentence(typed: Terminal, tmp_path: Path) -> None:
    place = workspace(tmp_path, "default")
    village = {"entity": A, "unit": A, "village": "桥头村", "collective_income": 60_000_00}
    commit(place, part(place, "village", 2024, 1, [village]))

    found = typed("capacity", "-w", place.root)

    assert (found.code, found.out) == (3, "")
    assert found.err.count("\n") == 1
    assert "no rows of the Household ledger for 2024" in found.err


def test_department_goes_with_totals_only(typed: Terminal, at: Workspace) -> None:
    found = typed("projects", "--by", "department", "-w", at.root)

    assert found.code == 2
    assert "--what totals" in found.err


def test_money_that_stands_twice_is_taken_out_of_a_ledger_that_states_no_days(tmp_path: Path) -> None:
    """One payment of 50 entered twice: 50, and no days of work, for the form has no such column."""
    place = workspace(tmp_path, "default")
    line = {
        "unit": A, "project_id": "XM1", "source": "special", "stage": "paid", "amount": 50_00,
        "document_no": "D1", "date": pd.Timestamp(2024, 5, 1),
    }  # fmt: skip
    commit(place, part(place, "fund", 2024, 1, [{"entity": name, **line} for name in ("F1", "F2")]))

    money = Year.of(standing_at(place, None), 2024).money

    assert money["amount"].tolist() == [50_00, 0]
    assert money["labour_days"].isna().all()


def test_cumulative_amounts_are_differenced_before_they_are_used(typed: Terminal, tmp_path: Path) -> None:
    """100 paid by the end of 2023 and 160 by the end of 2024: 60 in 2024, of 200 allocated."""
    place = workspace(tmp_path, "default")
    line = {"unit": A, "project_id": "XM1", "source": "special_central", "form": "cash"}
    for year, paid in ((2023, 100_00), (2024, 160_00)):
        lines = [
            {"entity": f"P{year}", "stage": "paid", "amount": paid, "amount_kind": "cumulative", **line},
            {"entity": f"A{year}", "stage": "allocated", "amount": 200_00, **line},
        ]
        commit(place, part(place, "fund", year, year, lines))

    rows = answer(typed, place, "projects", "execution", "--by", "county")

    assert figure(rows, "execution_allocated", "government")["value"] == 0.3
