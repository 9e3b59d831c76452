"""Needs as they stand at a year's end: where they wait, for how long; and money against what is needed."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from povplan.model import ENTITY, UNIT
from povplan.needs import by_kind, fit, needs, unmet, waiting
from povplan.spec import Fit
from povplan.units import Tree
from tests.drawing import cells, frame

A, C = "桥县/河镇/甲村", "桥县/山乡/丙村"
TREE = Tree.of((A, C))
DATES = dict.fromkeys(("raised_on", "proposed_on", "replied_on", "closed_on"), "date")


def rows(drawing: str) -> pd.DataFrame:
    drawn = frame(drawing, **DATES)  # type: ignore[arg-type]
    units = drawn["at"].map({"A": A, "C": C})
    return drawn.assign(**{ENTITY: drawn["need_id"], UNIT: units}).drop(columns="at")


NOW = rows("""
    need_id at kind households raised_on  proposed_on replied_on reply  closed_on  project_id
    N1      A  道路 5          2024-12-01 ·           ·          ·      ·          ·
    N2      A  饮水 3          2024-06-01 2024-06-11  ·          ·      ·          ·
    N3      C  饮水 2          2024-03-01 2024-03-31  2024-05-30 同意   ·          ·
    N4      C  教育 ·          2024-03-01 2024-03-02  2024-03-12 不同意 ·          ·
    N5      C  道路 4          2024-01-01 2024-01-31  2024-03-01 同意   2024-04-30 X1
    N6      A  道路 1          2024-11-01 2024-11-02  2025-01-15 同意   ·          ·
""")
DAY = dt.date(2024, 12, 31)


def standing() -> pd.DataFrame:
    return needs({2024: NOW}, 2024, DAY).set_index("need", drop=False)


def test_a_need_stands_where_its_last_step_left_it_and_what_comes_later_has_not_come() -> None:
    found = standing()

    assert found["status"].tolist() == [
        "at_township",
        "at_county",
        "agreed",
        "refused",
        "closed",
        "at_county",
    ]
    assert found["waiting_days"].tolist() == [30, 203, 215, pd.NA, pd.NA, 59]
    assert found["township_days"].tolist() == [30, 10, 30, 1, 30, 1]
    assert found["county_days"].tolist() == [pd.NA, 203, 60, 10, 30, 59]
    assert found["unlinked_days"].tolist() == [pd.NA, pd.NA, 215, pd.NA, pd.NA, pd.NA]


def test_last_years_need_goes_on_until_it_is_settled_and_the_last_row_holds() -> None:
    """N2 is settled in the year; N5 was settled before it; N7 is raised after its end."""
    later = rows("""
        need_id at kind raised_on  proposed_on replied_on reply closed_on
        N2      A  饮水 2024-06-01 2024-06-11  2025-02-01 同意  2025-03-01
        N7      A  饮水 2026-01-01 ·           ·          ·     ·
    """)

    found = needs({2024: NOW, 2025: later}, 2025, dt.date(2025, 12, 31))

    assert found["need"].tolist() == ["N1", "N3", "N4", "N6", "N2"]
    assert found["status"].tolist()[-1] == "closed"


def test_days_are_means_over_those_that_wait_and_over_those_that_were_answered() -> None:
    found = waiting(standing().reset_index(drop=True), TREE, 2024, {"township": 30, "county": 60})
    told = found.set_index(["unit", "indicator"])["value"]

    assert [told["桥县", f"waiting_{level}"] for level in ("township", "county")] == [1, 2]
    assert told["桥县", "waiting_county_days"] == (203 + 59) / 2
    assert told["桥县", "waiting_county_longest"] == 203
    assert [told["桥县", f"waiting_{level}_over"] for level in ("township", "county")] == [0, 1]
    assert told["桥县/山乡", "answered_county_days"] == pytest.approx((60 + 10 + 30) / 3)
    assert pd.isna(told["桥县/山乡", "waiting_county_days"])


def test_what_was_refused_is_neither_met_nor_unmet() -> None:
    found = standing().reset_index(drop=True)

    units = unmet(found, TREE).set_index("unit")
    assert cells(units, "桥县/山乡", "needs", "refused", "unmet_needs", "unmet_share") == [3, 1, 1, 0.5]
    kinds = by_kind(found, TREE)
    county = kinds[kinds["unit"] == "桥县"].set_index("need_kind")
    assert county["needs"].to_dict() == {"道路": 3, "饮水": 2, "教育": 1}
    assert county["unmet_share"].isna().to_dict()["教育"]
    assert units.loc["桥县", "unmet_households"] == 5 + 3 + 2 + 1


def test_shares_of_money_causes_and_needs_are_of_what_has_a_purpose() -> None:
    """Roads 300 of 400, incomes 100; 50 for no purpose. One project without a category says nothing."""
    works = {
        "id": "works",
        "label": "工程",
        "categories": ["建设"],
        "causes": ["缺水"],
        "needs": ["道路", "饮水"],
    }
    income = {"id": "income", "label": "增收", "categories": ["产业"], "causes": ["缺技术"]}
    fits = [Fit.model_validate({**one, "source": "示例"}) for one in (works, income)]
    projects = frame(
        "_unit category planned_investment\n A 建设 300\n A 产业 100\n A 管理 50\n A · 70",
        planned_investment="money",
    ).assign(**{UNIT: A})
    homes = frame("_unit main_cause\n A 缺水\n A 缺技术\n A 缺技术\n A 缺技术\n A 因婚\n A ·").assign(
        **{UNIT: A}
    )

    found = fit(fits, projects, homes, standing().reset_index(drop=True), TREE)

    county = found[found["unit"] == "桥县"].set_index("fit")
    assert cells(county, "works", "money", "money_share", "cause_share", "need_share") == [300, 0.75, 0.25, 1]
    assert cells(county, "income", "money", "money_share", "cause_share", "need_share") == [
        100,
        0.25,
        0.75,
        0,
    ]
    assert cells(county, "income", "money_unmapped", "causes_unmapped", "needs_unmapped") == [50, 1, 1]
    hills = found[found["unit"] == "桥县/山乡"].set_index("fit")
    assert hills["money_share"].isna().all()
