"""The benefit ledger: which registered households a project reached, with what, and what they borrowed.

Industry pays dividends twice a year and lends, employment pays wages, the rest gives goods or money. Poor
households are reached more often, and most projects give more to larger households; one in five gives
everybody the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any

import pandas as pd

from .incomes import POOR
from .money import Project
from .places import COUNTY

GIFTS = {
    "产业发展": ("产业收益分红", "分红", 260),
    "就业项目": ("帮扶车间务工", "务工", 900),
    "乡村建设行动": ("入户设施补助", "现金", 150),
    "巩固三保障成果": ("饮水入户材料", "实物", 210),
}
"""Category of project → item, kind, about how much a person."""
MOST = 6
"""Households that one project reaches in a year; twice as many where everybody gets the same."""


def benefit_rows(works: list[Project], homes: pd.DataFrame, year: int, seed: int) -> list[dict[str, Any]]:
    """The rows of the benefit ledger of a year; the same seed gives the same rows.

    No household has the same thing from two projects.
    """
    random = Random(f"benefit {seed} {year}")
    reached: set[tuple[str, str]] = set()
    rows = [row for one in works for row in _of_project(random, one, homes, year, reached)]
    return [{"benefit_id": f"SY{year}{number:04}", **row} for number, row in enumerate(rows, 1)]


def _of_project(
    random: Random, one: Project, homes: pd.DataFrame, year: int, reached: set[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    item, kind, each = GIFTS[one.kind[0]]
    column, name = ("village", one.village.name) if one.village else ("township", one.township)
    here = homes[homes[column] == name].to_dict("records")
    likely = [home for home in here if random.random() < (0.8 if home["poverty_status"] in POOR else 0.45)]
    alike = one.code.endswith(("05", "15"))
    likely = [home for home in likely if (home["household_id"], item) not in reached]
    likely = likely[: 2 * MOST if alike else MOST]
    reached |= {(home["household_id"], item) for home in likely}
    source = max(one.plan, key=lambda source: one.plan[source])
    for home in likely:
        amount = each * 3 if alike else round(each * home["persons"] * random.uniform(0.7, 1.3), -1)
        for month in (6, 12) if kind == "分红" else (10,):
            yield _row(one, home, item, kind, source, int(amount), dt.date(year, month, 20))
    for home in likely[:2] if kind == "分红" else ():
        loan = 1000 * random.randint(5, 30)
        yield _row(one, home, "小额信贷", "贷款", "credit", loan, dt.date(year, 5, 15))


def _row(
    one: Project, home: dict[str, Any], item: str, kind: str, source: str, amount: int, day: dt.date
) -> dict[str, Any]:
    return {
        "year": day.year,
        "county": COUNTY,
        "township": home["township"],
        "village": home["village"],
        "project_id": one.code,
        "household_id": home["household_id"],
        "item": item,
        "kind": kind,
        "source": source,
        "amount": amount,
        "date": day,
    }
