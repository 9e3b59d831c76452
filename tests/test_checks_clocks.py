"""Money that is late on its way is a finding at its allocation, in words."""

from __future__ import annotations

from datetime import date

import pandas as pd

from povplan.checks import Checked
from povplan.checks.clocks import overdue
from povplan.config import load_config
from povplan.formulas import Rows
from povplan.progress import clocks
from tests.drawing import frame

TYPES = {"amount": "money", "date": "date", "project_id": "code"}


def run(drawing: str) -> Checked:
    config = load_config("default")
    assert config.funds
    rows = frame(drawing, _entity="code", **TYPES)  # type: ignore[arg-type]
    rows = rows.assign(date=pd.to_datetime(rows["date"]).astype("datetime64[s]"))
    day = date(2024, 12, 31)
    timed = clocks(rows, config.funds, config.calendar, config.parameters, day)
    return overdue(config.ledgers["fund"], Rows(rows, 2024, day), timed, config.codes)


def test_money_released_after_more_than_sixty_days_is_found_at_its_allocation() -> None:
    checked = run("""
        _entity  _unit      project_id  source           stage      amount  date
        a        县/乡/一村  P1          special_central  allocated  100     2024-01-01
        b        县/乡/一村  P1          special_central  released   100     2024-03-02
        c        县/乡/一村  P2          special_central  allocated  100     2024-01-01
        d        县/乡/一村  P2          special_central  released   100     2024-03-01
    """)

    assert checked.findings["entity"].tolist() == ["a"]
    assert checked.findings["message_zh"].iloc[0] == (
        "资金下达后超期：资金来源 中央财政专项资金，金额 100 元；下达 61 天后才全部拨付，超过 60 天"
    )
    assert checked.evaluated[["passed", "failed", "not_evaluable"]].values.tolist() == [[1, 1, 0]]


def test_money_not_released_at_the_end_of_the_year_is_late_too() -> None:
    checked = run("""
        _entity  _unit      project_id  source           stage      amount  date
        a        县/乡/一村  P1          special_central  allocated  100     2024-01-01
        b        县/乡/一村  P1          special_central  released   40      2024-01-20
    """)

    assert checked.findings["message_zh"].iloc[0].endswith("；下达 365 天尚未全部拨付，超过 60 天")


def test_a_step_that_the_ledger_does_not_record_is_not_timed() -> None:
    checked = run("""
        _entity  _unit      project_id  source           stage      amount  date
        a        县/乡/一村  P1          special_central  allocated  100     2024-01-01
        b        县/乡/一村  P1          special_central  paid       40      2024-11-20
    """)

    assert len(checked.findings) == 0
