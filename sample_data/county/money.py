"""Projects over one or two years, and the fund ledger: who gave how much at which stage.

Cash passes 计划 → 下达 → 到位 → 支出; what a two-year project has not spent is carried over. Labour is
days by the county's day wage, and is the sum of what the households say they worked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .places import COUNTY, TOWNSHIPS, VILLAGES, YEARS, Village

DAY_WAGE = 120
STARTED = 15
"""Projects that begin in a year, one to every village by turns and some to townships."""

KINDS = (
    ("产业发展", "生产项目", "特色种植基地", "亩", 120),
    ("产业发展", "加工流通项目", "产地冷藏库", "座", 1),
    ("乡村建设行动", "农村基础设施", "通组道路硬化", "公里", 2),
    ("乡村建设行动", "人居环境整治", "生活污水处理", "处", 1),
    ("就业项目", "帮扶车间", "就业帮扶车间", "间", 3),
    ("巩固三保障成果", "饮水安全", "饮水管网改造", "公里", 4),
)
DEPARTMENTS = {
    "sector_central": "县交通运输局",
    "sector_provincial": "县水利局",
    "sector_county": "县农业农村局",
    "integrated": "县财政局",
    "east_west": "县乡村振兴局",
}


@dataclass
class Project:
    """A project with its planned money by source in yuan, and how far it has come."""

    code: str
    year: int
    years: int
    township: str
    village: Village | None
    name: str
    kind: tuple[str, str, str, str, int]
    plan: dict[str, int]
    approved: dt.date
    with_people: bool
    paid: int = 0
    arrived: dict[str, int] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)

    @property
    def planned(self) -> int:
        """All planned money, labour included."""
        return sum(self.plan.values())

    def runs_in(self, year: int) -> bool:
        """Whether work goes on in `year`."""
        return self.year <= year < self.year + self.years


def projects(random: Random) -> list[Project]:
    """All projects of all years; money of villages and households is planned when they are asked."""
    return [_project(random, year, number) for year in YEARS for number in range(STARTED)]


def _project(random: Random, year: int, number: int) -> Project:
    village = VILLAGES[(number * 4 + year) % len(VILLAGES)] if number % 5 else None
    township = village.township if village else TOWNSHIPS[number // 5]
    kind = KINDS[(number + year) % len(KINDS)]
    total = 10_000 * random.randint(18, 90)
    return Project(
        code=f"XM{year}{number + 1:03}",
        year=year,
        years=2 if number % 4 == 1 and year < YEARS[-1] else 1,
        township=township,
        village=village,
        name=f"{year}年{village.name if village else township}{kind[2]}项目",
        kind=kind,
        plan=_plan(random, kind[0], total, number),
        approved=dt.date(year, 2, random.randint(1, 28)),
        with_people=village is not None and number % 2 == 1,
    )


def _plan(random: Random, category: str, total: int, number: int) -> dict[str, int]:
    """Special money first, then who stands beside it."""
    shares = {"special_central": 0.42, "special_provincial": 0.18, "special_county": 0.08}
    if category == "产业发展":
        shares |= {"east_west": 0.14, "village_collective": 0.06, "sector_county": 0.07}
    elif category == "乡村建设行动":
        shares |= {"sector_central": 0.2, "integrated": 0.1}
    else:
        shares |= {"sector_provincial": 0.18, "donation": 0.05, "designated_help": 0.05}
    if number % 7 == 3:
        shares = {"sector_central": 0.6, "sector_provincial": 0.3}
    plan = {
        source: round(total * share * random.uniform(0.85, 1.15) / 1000) * 1000
        for source, share in shares.items()
    }
    if category == "产业发展" and number % 3 == 0:
        plan |= {"enterprise": round(total * 0.12 / 1000) * 1000, "credit": round(total * 0.1 / 1000) * 1000}
    return plan


Given = Mapping[str, Mapping[str, float]]
"""Village name → pledged_cash, paid_cash, pledged_days, labour_days of its households in a year."""


def money_of(random: Random, one: Project, year: int, given: Given) -> Iterator[dict[str, Any]]:
    """The rows of the fund ledger that a project has in a year, without their numbers."""
    first = year == one.year
    own = given.get(one.village.name, {}) if one.village and first and one.with_people else {}
    if own:
        one.plan["household_cash"] = int(own["pledged_cash"])
        one.plan["household_labour"] = int(own["pledged_days"]) * DAY_WAGE
    cash = {source: amount for source, amount in one.plan.items() if source != "household_labour" and amount}
    part = 1.0 if one.years == 1 else 0.6
    share = random.uniform(0.9, 0.97) if not (first and one.years == 2) else random.uniform(0.4, 0.5)
    for source, amount in cash.items():
        if first:
            yield _row(one, year, source, "planned", amount, 1)
        yield from _cash(one, year, source, amount, part, share, own)
    if own and own["pledged_days"]:
        yield from _labour(one, year, own)


def _cash(
    one: Project, year: int, source: str, amount: int, part: float, share: float, own: Mapping[str, float]
) -> Iterator[dict[str, Any]]:
    first = year == one.year
    carried = one.arrived.get(source, 0) - one.spent.get(source, 0)
    if carried > 0:
        for stage in ("allocated", "arrived"):
            yield _row(one, year, source, stage, carried, 1, carried=True)
    new = round(amount * part / 100) * 100 if first else amount - one.arrived[source]
    spent = round(amount * share / 100) * 100 - one.spent.get(source, 0)
    if source == "household_cash":
        new = spent = int(own["paid_cash"]) if first else 0
    if new > 0:
        yield _row(one, year, source, "allocated", new, 3)
        yield _row(one, year, source, "arrived", new, 4)
    if spent > 0:
        yield _row(one, year, source, "paid", spent, 9)
    one.arrived[source] = one.arrived.get(source, 0) + max(0, new)
    one.spent[source] = one.spent.get(source, 0) + max(0, spent)
    one.paid += max(0, spent)


def _labour(one: Project, year: int, own: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    for stage, days, month in (("planned", own["pledged_days"], 1), ("paid", own["labour_days"], 8)):
        row = _row(one, year, "household_labour", stage, int(days) * DAY_WAGE, month)
        yield row | {"form": "labour", "labour_days": int(days)}
    one.paid += int(own["labour_days"]) * DAY_WAGE


def _row(
    one: Project, year: int, source: str, stage: str, amount: int, month: int, *, carried: bool = False
) -> dict[str, Any]:
    public = source.startswith(("special", "sector", "integrated"))
    return {
        "year": year,
        "county": COUNTY,
        "township": one.township,
        "village": one.village.name if one.village else None,
        "project_id": one.code,
        "project_name": one.name,
        "source": source,
        "stage": stage,
        "form": "cash",
        "amount": amount,
        "labour_days": None,
        "date": dt.date(year, month, 5 + int(one.code[-2:])),
        "document_no": f"清样财农〔{year}〕{int(one.code[-2:])}号" if public and stage != "planned" else None,
        "department": DEPARTMENTS.get(source, "县乡村振兴局" if public else None),
        "integrated": source in ("integrated", "special_central") if public else None,
        "carried_over": carried or None,
    }


# ---- the project ledger ----------------------------------------------------------------------------


def project_row(random: Random, one: Project, year: int, households: int, persons: int) -> dict[str, Any]:
    """The row of a project in a year, after its money of that year; its households are those registered."""
    share = one.paid / one.planned
    done = year == one.year + one.years - 1
    finished = dt.date(year, 10, random.randint(1, 28)) if done else None
    some = max(5, households // 2)
    progress = 100 if done else round(min(95, 100 * share + 8))
    category, sub, thing, unit, quantity = one.kind
    return {
        "year": year,
        "project_id": one.code,
        "county": COUNTY,
        "township": one.township,
        "village": one.village.name if one.village else None,
        "project_name": one.name,
        "category": category,
        "subcategory": sub,
        "nature": "新建" if year == one.year else "续建",
        "in_library": True,
        "library_year": one.year - 1,
        "approved_on": one.approved,
        "department": "县农业农村局" if category == "产业发展" else "县乡村振兴局",
        "implementer": f"{one.township}人民政府",
        "content": f"{thing}{quantity}{unit}",
        "planned_start": dt.date(one.year, 3, 15),
        "planned_finish": dt.date(one.year + one.years - 1, 11, 30),
        "started_on": dt.date(one.year, 4, 1),
        "finished_on": finished,
        "quantity_unit": unit,
        "planned_quantity": quantity,
        "completed_quantity": round(quantity * progress / 100, 1),
        "progress": progress,
        "planned_investment": one.planned,
        "completed_investment": one.paid,
        "paid_amount": one.paid,
        "beneficiary_households": households,
        "beneficiary_persons": persons,
        "poor_beneficiary_households": some,
        "poor_beneficiary_persons": min(persons, some * 3),
        "village_decision": True,
        "deciding_households": round(households * random.uniform(0.35, 0.8)),
        "published": True,
        "benefit_link": "务工就业、收益分红" if category == "产业发展" else None,
        "supervisors": random.randint(2, 5),
        "accepted_on": finished + dt.timedelta(days=25) if finished else None,
        "acceptance": "合格" if done else None,
        **_return(one),
        "upkeep": f"{one.village.name if one.village else one.township}集体（样本）" if done else None,
    }


def _return(one: Project) -> dict[str, Any]:
    """What an industry project is to yield: a yearly return, the years to pay back, cover of risk."""
    if one.kind[0] != "产业发展":
        return {"expected_return": None, "payback_years": None, "risk_cover": None}
    gain = round(one.planned * (0.08 + int(one.code[-1]) / 100) / 100) * 100
    covered = int(one.code[-1]) % 3 != 0
    return {"expected_return": gain, "payback_years": round(one.planned / gain, 1), "risk_cover": covered}
