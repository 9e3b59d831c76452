"""How projects go and where their money is: three projects and two years of money, worked out by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from povplan import progress
from povplan.model import ENTITY, UNIT
from povplan.spec import CalendarYear, Funds, Parameter
from povplan.sums import Cases
from povplan.units import Tree
from tests.drawing import cells, frame

TREE = Tree.of(["县/甲镇/一村", "县/乙镇/二村"])
DAY = dt.date(2024, 12, 31)
LIMITS = {
    "progress_tolerance": 15,
    "payment_ahead": 30,
    "acceptance_days": 90,
    "release_days_full": 30,
    "release_days_late": 60,
    "arrival_workdays_full": 25,
    "arrival_workdays_late": 50,
}
PARAMETERS = {
    name: Parameter.model_validate(
        {"id": name, "label": name, "values": [{"from": 2000, "value": value, "source": "文件"}]}
    )
    for name, value in LIMITS.items()
}
FUNDS = Funds.model_validate(
    {
        "classes": [{"id": c, "label": c} for c in ("special", "department", "household")],
        "sources": [
            {"id": "special", "label": "专项", "class": "special", "lever": True, "party": "government"},
            {"id": "sector", "label": "部门", "class": "department", "party": "government"},
            {"id": "own", "label": "自筹", "class": "household", "party": "social"},
        ],
        "stages": [{"id": s, "label": s} for s in ("planned", "allocated", "arrived", "released", "paid")],
        "basis": ["paid"],
    }
)
CALENDAR = [
    CalendarYear.model_validate(
        {"year": 2024, "holidays": ["05-01..05-05"], "workdays": ["04-28"], "source": "通知"}
    )
]
TEXT = dict.fromkeys((ENTITY, UNIT, "project_id", "source", "stage", "department", "acceptance"), "text")
DATES = ("approved_on", "planned_start", "started_on", "planned_finish", "finished_on", "accepted_on", "date")


def projects(drawing: str) -> pd.DataFrame:
    types: dict[str, Any] = {**TEXT, **dict.fromkeys(DATES, "date")}
    types |= dict.fromkeys(("planned_investment", "paid_amount"), "money")
    types |= dict.fromkeys(("village_decision", "published", "in_library"), "boolean")
    header = drawing.split()[:40]
    return frame(drawing, **{name: kind for name, kind in types.items() if name in header})


def money(drawing: str, year: int = 2024) -> pd.DataFrame:
    types: dict[str, Any] = {**TEXT, "amount": "money", "date": "date", "carried_over": "boolean"}
    header = drawing.split()[:12]
    rows = frame(drawing, **{name: kind for name, kind in types.items() if name in header})
    return rows if "year" in rows else rows.assign(year=year)


PLANNED = projects(f"""
    {ENTITY}  {UNIT}        planned_start  started_on  planned_finish  finished_on  progress  acceptance
    p         县/甲镇/一村   2024-03-01     2024-03-31  2024-11-30      2024-11-20   100       合格
    q         县/甲镇/一村   2024-03-01     2024-02-01  2024-10-01      ·            40        ·
    r         县/乙镇/二村   2024-11-01     ·           2025-06-30      ·            0         ·
    s         县/乙镇/二村   ·              2024-05-01  2024-06-30      2024-08-01   100       不合格
""")
"""p began 30 days late and ended 10 early; q began 29 early and is 91 days overdue; r should have begun
60 days ago; s has no planned start, ended 32 days late and failed."""
NO_MONEY = pd.DataFrame()


def progressed(rows: pd.DataFrame, funds: pd.DataFrame = NO_MONEY) -> pd.DataFrame:
    told = rows["acceptance"] if "acceptance" in rows else pd.Series(pd.NA, index=rows.index, dtype="string")
    passed, failed = (told == "合格").fillna(False), (told == "不合格").fillna(False)
    return progress.progress(rows, funds, passed, failed, PARAMETERS, DAY).set_index("project")


def test_days_run_from_the_plan_to_the_real_day_or_to_today() -> None:
    found = progressed(PLANNED)

    assert found["start"].fillna("-").tolist() == ["late", "ahead", "overdue", "-"]
    assert found["start_days"].fillna(0).tolist() == [30, -29, 60, 0]
    assert found["finish"].tolist() == ["on_time", "overdue", "not_due", "late"]
    assert found["finish_days"].fillna(0).tolist() == [-10, 91, 0, 32]


def test_phases_and_marks_say_where_a_project_stands() -> None:
    found = progressed(PLANNED)

    assert found["phase"].tolist() == ["passed", "under_way", "planned", "finished"]
    assert found["marks"].fillna("").tolist() == ["", "overdue", "start_overdue", "failed"]


def test_what_is_amiss_is_marked_and_what_is_unknown_is_not() -> None:
    rows = projects(f"""
        {ENTITY}  {UNIT}        in_library  approved_on  started_on  village_decision  published
        p         县/甲镇/一村   否          2024-05-01   2024-04-01  否                 否
        q         县/甲镇/一村   ·           ·            2024-04-01  ·                  ·
    """)

    found = progressed(rows)

    assert found["marks"].fillna("").tolist() == ["outside_library,before_approval,undecided,unpublished", ""]


def test_payment_runs_ahead_of_the_work_by_points() -> None:
    """p: 80 of 100 paid, half the work done: 30 points ahead, not more than 30. q: 81 of 100."""
    rows = projects(f"""
        {ENTITY}  {UNIT}        progress  planned_investment  paid_amount
        p         县/甲镇/一村   50        100                 80
        q         县/甲镇/一村   50        100                 81
        r         县/甲镇/一村   50        ·                   81
    """)

    found = progressed(rows)

    assert found["lead"].round(4).fillna(-1).tolist() == [0.3, 0.31, -1]
    assert found["marks"].fillna("").tolist() == ["", "payment_ahead", ""]


def test_carried_over_money_is_not_counted_again() -> None:
    """100 arrived in 2023, of it 40 paid; the 60 carried over stand in 2024 again, 50 of them are paid."""
    funds = pd.concat(
        [
            money(
                f"""
                {UNIT}        project_id  source   stage    amount
                县/甲镇/一村   p           special  arrived  100
                县/甲镇/一村   p           special  paid      40
            """,
                2023,
            ),
            money(f"""
                {UNIT}        project_id  source   stage    amount  carried_over
                县/甲镇/一村   p           special  arrived   60     是
                县/甲镇/一村   p           special  paid      50     ·
            """),
        ]
    )
    rows = projects(f"""
        {ENTITY}  {UNIT}        planned_investment
        p         县/甲镇/一村   120
        q         县/甲镇/一村   120
    """)

    found = progressed(rows, funds)

    assert cells(found, "p", "funds_arrived", "funds_paid", "paid") == [100, 90, 90]
    assert found.loc["p", "payment_rate"] == 0.75
    assert found["marks"].fillna("").tolist() == ["", "no_money"]


def test_totals_count_projects_and_weigh_work_by_investment() -> None:
    """一村: 100 with all work done and 300 with none: a quarter. Paid 90 + 30 of 400."""
    rows = projects(f"""
        {ENTITY}  {UNIT}        progress  planned_investment  paid_amount  department
        p         县/甲镇/一村   100       100                 90           水利局
        q         县/甲镇/一村   0         300                 30           交通局
        r         县/乙镇/二村   50        100                 ·            水利局
    """)
    found = progressed(rows).reset_index()

    units = progress.totals(found, Cases.at(TREE, found["unit"])).set_index("group")

    assert units["projects"].tolist() == [3, 2, 2, 1, 1]
    assert cells(units, "县/甲镇", "work", "payment_rate", "planned_investment") == [0.25, 0.3, 400]
    assert cells(units, "县", "work", "payment_rate") == [0.3, 0.3]
    assert cells(units, "县", "under_way", "finished", "planned") == [1, 1, 1]


# ---- money -----------------------------------------------------------------------------------------

FLOW = money(f"""
    {UNIT}        project_id  source   stage      amount  carried_over  form
    县/甲镇/一村   p           special  allocated  100     ·             cash
    县/甲镇/一村   p           special  allocated   60     是            ·
    县/甲镇/一村   p           special  arrived    120     ·             cash
    县/甲镇/一村   p           special  paid        80     ·             cash
    县/乙镇/二村   q           sector   allocated  100     ·             cash
    县/乙镇/二村   q           sector   paid       100     ·             cash
    县/乙镇/二村   q           own      paid       500     ·             cash
    县/乙镇/二村   q           special  paid       700     ·             labour
""")


def test_execution_names_its_denominator() -> None:
    """180 paid of 200 allocated this year, of 260 with what was carried in; of 120 arrived. The households'
    own money and labour are not the government's cash."""
    found = progress.execution(FLOW, FUNDS, TREE, 2024).set_index(["indicator", "unit", "scope"])["value"]

    assert found["execution_allocated", "县", "government"] == 180 / 200
    assert found["execution_available", "县", "government"] == 180 / 260
    assert found["execution_arrived", "县", "government"] == 180 / 120
    assert found["execution_allocated", "县", "special"] == 80 / 100
    assert found["money_paid", "县/乙镇", "special"] is pd.NA


def test_without_an_allocation_there_is_no_rate_and_the_reason() -> None:
    found = progress.execution(FLOW[FLOW["stage"] == "paid"], FUNDS, TREE, 2024)

    keys: Any = ("execution_allocated", "县", "government")
    rate = found.set_index(["indicator", "unit", "scope"]).loc[keys]
    assert (rate["value"] is pd.NA, rate["note"], rate["numerator"]) == (True, "no_denominator", 180)


def test_without_any_payment_in_the_ledger_nothing_is_known_of_execution() -> None:
    found = progress.execution(FLOW[FLOW["stage"] == "allocated"], FUNDS, TREE, 2024)

    county = found[(found["unit"] == "县") & (found["scope"] == "government")].set_index("indicator")
    assert cells(county, "money_allocated", "value") == [200]
    for name in ("money_paid", "money_arrived", "execution_allocated", "execution_available"):
        assert (county.loc[name, "value"] is pd.NA, county.loc[name, "note"]) == (True, "no_stage")


def test_paying_what_was_carried_over_is_a_payment() -> None:
    """100 arrived in 2023 and 60 were paid; the 40 carried over are paid in 2024: nothing lies idle."""
    rows = money(f"""
        {UNIT}        project_id  source   stage    amount  date        carried_over  year
        县/甲镇/一村   p           special  arrived  100     2023-05-01  ·             2023
        县/甲镇/一村   p           special  paid      60     2023-06-01  ·             2023
        县/甲镇/一村   p           special  arrived   40     2024-01-01  是            2024
        县/甲镇/一村   p           special  paid      40     2024-06-01  是            2024
    """)

    found = progress.idle(rows, FUNDS, DAY).set_index("project")

    assert cells(found, "p", "arrived", "paid", "balance") == [100, 100, 0]


LYING = money(f"""
    {UNIT}        project_id  source   stage    amount  date        carried_over  year
    县/甲镇/一村   p           special  arrived   50     ·           是            2022
    县/甲镇/一村   p           special  arrived  100     2022-06-01  ·             2022
    县/甲镇/一村   p           special  paid      70     2022-09-01  ·             2022
    县/甲镇/一村   p           special  arrived   40     2023-06-01  ·             2023
    县/甲镇/一村   p           special  arrived   80     2023-01-05  是            2023
    县/甲镇/一村   p           special  arrived   30     2024-03-01  ·             2024
    县/乙镇/二村   q           sector   arrived   10     2024-03-01  ·             2024
    县/乙镇/二村   q           sector   paid      25     2024-04-01  ·             2024
""")


def test_what_arrived_first_is_paid_first_and_the_rest_has_its_age() -> None:
    """50 came before 2022, then 100, 40 and 30: 220, less 70 paid. The 50 and 20 of the 100 are gone: 80 lie
    over two years, 40 over one, 30 less. The 80 carried into 2023 are the same money."""
    found = progress.idle(LYING, FUNDS, DAY).set_index("project")

    p = found.loc["p"]
    assert cells(found, "p", "arrived", "paid", "balance") == [220, 70, 150]
    assert cells(found, "p", "under_1", "from_1_to_2", "over_2", "undated") == [30, 40, 80, 0]
    assert p["oldest"] == pd.Timestamp(2022, 6, 1)
    assert cells(found, "q", "balance", "advanced") == [0, 15]


def test_idle_money_adds_up_over_units_and_ages() -> None:
    totals = progress.idle_totals(progress.idle(LYING, FUNDS, DAY), TREE, 2024)

    found = totals.set_index(["indicator", "unit"])["value"]
    ages = [found[f"idle_{age}", "县"] for age in ("under_1", "from_1_to_2", "over_2", "undated")]
    assert sum(ages) == found["idle_balance", "县"] == 150
    assert found["idle_rate", "县"] == 150 / 230
    assert found["idle_old_rate", "县/甲镇"] == 120 / 220


def test_a_blank_amount_makes_the_balance_unknown() -> None:
    blank = LYING["project_id"].eq("q") & LYING["stage"].eq("arrived")
    rows = LYING.assign(amount=LYING["amount"].mask(blank))

    found = progress.idle(rows, FUNDS, DAY).set_index("project")

    assert found.loc["q", "balance"] is pd.NA
    assert found.loc["p", "balance"] == 150


def test_the_order_of_lines_changes_nothing() -> None:
    turned = progress.idle(LYING.iloc[::-1], FUNDS, DAY).sort_values("project", ignore_index=True)

    pd.testing.assert_frame_equal(turned, progress.idle(LYING, FUNDS, DAY))


def test_release_counts_days_and_arrival_working_days() -> None:
    """From Friday 26 April 2024 to Monday 6 May: ten days; the Sunday 28 is worked, 1 to 5 May are off:
    28, 29, 30 April and 6 May are four working days. Of q half was released by then and it stays open."""
    rows = money(f"""
        {UNIT}        project_id  source   stage      amount  date
        县/甲镇/一村   p           special  allocated  100     2024-04-26
        县/甲镇/一村   p           special  released    40     2024-04-29
        县/甲镇/一村   p           special  released    60     2024-05-06
        县/甲镇/一村   p           special  arrived    100     2024-05-06
        县/乙镇/二村   q           special  allocated  100     2024-10-01
        县/乙镇/二村   q           special  released    50     2024-10-08
    """)

    found = progress.clocks(rows, FUNDS, CALENDAR, PARAMETERS, DAY).set_index(["project", "step"])

    assert cells(found, ("p", "released"), "calendar_days", "state", "open") == [10, "in_time", False]
    assert cells(found, ("p", "arrived"), "working_days", "state") == [4, "in_time"]
    assert cells(found, ("q", "released"), "calendar_days", "state", "open") == [91, "late", True]


@pytest.mark.parametrize(
    ("last", "state"), [("05-31", "in_time"), ("06-01", "slow"), ("06-30", "slow"), ("07-01", "late")]
)
def test_thirty_days_are_in_time_and_more_than_sixty_late(last: str, state: str) -> None:
    rows = money(f"""
        {UNIT}        project_id  source   stage      amount  date
        县/甲镇/一村   p           special  allocated  100     2024-05-01
        县/甲镇/一村   p           special  released   100     2024-{last}
    """)

    found = progress.clocks(rows, FUNDS, CALENDAR, PARAMETERS, DAY)

    assert found["state"].tolist() == [state]
    totals = progress.clock_totals(found, TREE, 2024).set_index(["indicator", "unit"])["value"]
    assert totals[f"released_{state}", "县"] == 1
    assert totals["released_in_time_share", "县"] == (state == "in_time")


def test_no_step_is_timed_that_no_line_takes() -> None:
    rows = money(f"""
        {UNIT}        project_id  source   stage      amount  date
        县/甲镇/一村   p           special  allocated  100     2024-05-01
    """)

    assert len(progress.clocks(rows, FUNDS, CALENDAR, PARAMETERS, DAY)) == 0
