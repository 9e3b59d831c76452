"""The household ledger: a year's incomes from a target per head, with parts that add up to the yuan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from .people import Household, Person
from .persons import Job, is_worker, labour_skill, may_be_called, school_status
from .places import COUNTY

RANGE = {2022: 6000, 2023: 7300, 2024: 7300}
"""Income per head below which an escaped household is monitored."""
HALF_A_YEAR = dt.timedelta(days=184)
GROWTH = 1.075
POOR = ("贫困", "返贫")
NO_HELP = (
    "help_compulsory_education",
    "help_water",
    "help_society",
    "help_relocation",
    "help_living",
    "help_infrastructure",
)
"""Kinds of help that nobody in this county needs."""
_PUBLIC_JOBS = ("护林员", "保洁员", "护路员", "护水员")


@dataclass(frozen=True)
class Year:
    """What a household had and did in a year."""

    row: dict[str, Any]
    jobs: Mapping[int, Job]
    """Person number → work."""


def live(random: Random, one: Household, year: int, called: bool) -> Year:
    """The household's row of a year; `called` if its village asks for cash and labour this year."""
    jobs, money = _earn(random, one, year)
    _watch(random, one, year, money["net_income"] / len(one.members))
    row = {
        **_place(one, year),
        **_standing(one, year, money),
        **_condition(one),
        **money,
        **_help(one, year, jobs, money),
        **_contribution(random, one, year, called),
    }
    return Year(row, jobs)


# ---- incomes ---------------------------------------------------------------------------------------


def _earn(random: Random, one: Household, year: int) -> tuple[dict[int, Job], dict[str, Any]]:
    level = one.village.income * 0.95 * GROWTH ** (year - 2022) * one.wealth
    target = level * random.lognormvariate(0, 0.06) * len(one.members)
    workers = [person for person in one.members if is_worker(person, year)]
    one.allowance = (
        one.status in POOR or (not workers and one.wealth < 1.3) or bool(one.monitor and one.number % 2)
    )
    transfers = _transfers(one, year)
    property_ = _property(random, one)
    rest = max(0.0, target - sum(transfers.values()) - sum(property_.values()))
    if not workers:
        transfers["alimony"] = round(rest / 10) * 10
        rest = 0
    jobs, wages = _wages(random, one, workers, rest, year)
    farm = _farm(random, one, max(0.0, rest - sum(wages.values())), bool(workers))
    return jobs, _totals(len(one.members), wages, farm, property_, transfers, one)


def _transfers(one: Household, year: int) -> dict[str, int]:
    old = sum(person.age(year) >= 60 for person in one.members)
    disabled = sum(person.grade in ("一级", "二级") for person in one.members)
    return {
        "allowance": one.allowance * 12 * (300 + 20 * (year - 2022)) * len(one.members),
        "pension": old * 12 * (118 + 5 * (year - 2022)),
        "eco_returned": round(one.returned * 125),
        "eco_forest": round(one.forest * 15),
        "soil_subsidy": round(one.land * 110),
        "disability_subsidy": disabled * 12 * 80,
        "alimony": 0,
    }


def _property(random: Random, one: Household) -> dict[str, int]:
    return {
        "property_dividend": 50 * random.randint(2, 12) if one.industry else 0,
        "property_land": round(one.land / 3) * 400 if one.number % 3 == 0 else 0,
    }


def _wages(
    random: Random, one: Household, workers: list[Person], rest: float, year: int
) -> tuple[dict[int, Job], dict[str, int]]:
    strong = [p for p in workers if labour_skill(p, year) in ("普通劳动力", "技能劳动力")]
    away = [person for person in strong if person.migrant]
    wanted = rest * (0.82 if len(away) > 1 else 0.68)
    jobs = {}
    if away and wanted > 2000 * len(away):
        share = wanted / len(away)
        months = min(11, max(1, round(share / random.uniform(2700, 3300))))
        monthly = min(9000, max(1500, round(share / months / 50) * 50))
        jobs = {person.number: Job(months, monthly) for person in away}
    migrant = sum(job.months * job.monthly for job in jobs.values())
    public = 0
    weak = [p for p in workers if p.number not in jobs and p.age(year) < 70]
    if weak and one.number % 7 == 0 and rest - migrant > 6000:
        jobs[weak[0].number] = Job(12, 500, _PUBLIC_JOBS[one.number % 4])
        public = 12 * 500
    return jobs, {"wage_migrant": migrant, "wage_village_job": public}


def _farm(random: Random, one: Household, net: float, works: bool) -> dict[str, int]:
    """Income and cost of crops, livestock, orchard and other business."""
    if works and one.industry:
        net = max(net, 600.0)
    weights = (
        3 + one.land / 4,
        2.5 if one.industry else 0.8,
        1.5 if one.number % 4 == 0 else 0,
        one.number % 9 == 0,
    )
    found = {}
    for name, weight in zip(("crops", "livestock", "orchard", "other"), weights, strict=True):
        part = net * weight / sum(weights)
        cost = part * random.uniform(0.3, 0.6)
        found["business_" + name] = round((part + cost) / 10) * 10
        found["cost_" + name] = round(cost / 10) * 10
    return found


def _totals(
    persons: int,
    wages: Mapping[str, int],
    farm: Mapping[str, int],
    property_: Mapping[str, int],
    transfers: Mapping[str, int],
    one: Household,
) -> dict[str, Any]:
    """All income fields: parts, their sums, and the sums of those."""
    wage, owned, given = (sum(part.values()) for part in (wages, property_, transfers))
    business = sum(value for name, value in farm.items() if name.startswith("business"))
    cost = sum(farm.values()) - business
    gross, eco = wage + business + owned + given, transfers["eco_returned"] + transfers["eco_forest"]
    nothing = dict.fromkeys(("wage_department_job", "wage_township_job", "wage_picking"), 0)
    ills = sum(bool(person.ill) for person in one.members)
    claims, own = 800 if ills and one.number % 6 == 0 else 0, 1500 if ills else 0
    net = gross - cost
    return {
        **nothing,
        **wages,
        **farm,
        **property_,
        **transfers,
        "wage": wage,
        "business": business,
        "business_cost": cost,
        "property": owned,
        "transfer": given,
        "family_planning": 0,
        "destitute_support": 0,
        "eco_compensation": eco,
        "other_transfer": transfers["soil_subsidy"] + transfers["disability_subsidy"] + transfers["alimony"],
        "gross_income": gross,
        "net_income": net,
        "net_income_per_capita": round(net / persons, 2),
        "other_claims": claims,
        "own_expenses": own,
        "reference_income": net + claims - own,
    }


# ---- status and monitoring -------------------------------------------------------------------------


def turn(random: Random, one: Household, year: int) -> None:
    """Escape from poverty, or fall back into it, before the year's incomes."""
    if year == 2022:
        if one.wealth < 0.62 and random.random() < 0.75:
            one.status, one.escape_year = "贫困", None
    elif one.status in POOR:
        if random.random() < 0.6:
            one.status, one.escape_year, one.wealth = "已脱贫", year, one.wealth * 1.3
    elif one.status == "已脱贫" and one.wealth < 1 and random.random() < 0.016 and "分户" not in one.events:
        one.status, one.wealth = "返贫", min(one.wealth * 0.7, 0.6)
    one.repaired, one.dangerous = one.dangerous, False
    if one.structure == "砖瓦砖木" and one.built < 1992 and random.random() < 0.04:
        one.dangerous = True


def _watch(random: Random, one: Household, year: int, income: float) -> None:
    """Monitor a household at risk; say when its risk is gone."""
    low = income < RANGE[year] and one.status not in POOR
    if not one.monitor and (low or one.dangerous or one.marginal):
        one.monitor = "边缘易致贫户" if one.marginal else "脱贫不稳定户" if low else "突发严重困难户"
        one.monitored_on = dt.date(year, random.randint(1, 12), random.randint(1, 28))
        one.identified_income = round(min(income, 19000))
        one.removed_on = None
    elif one.monitor and not one.removed_on and income > 1.15 * RANGE[year] and not one.dangerous:
        day = dt.date(year, random.randint(6, 12), random.randint(1, 28))
        if any(is_worker(person, year) for person in one.members):
            one.removed_on = max(day, one.monitored_on + HALF_A_YEAR)
    elif low or one.dangerous or one.status in POOR:
        one.removed_on = None


def risks(one: Household, year: int) -> list[str]:
    """Why a monitored household is at risk."""
    workers = sum(is_worker(person, year) for person in one.members)
    studying = any("高" in school_status(p, year) or "本科" in school_status(p, year) for p in one.members)
    found = {
        "因安全住房": one.dangerous,
        "因病": any(person.ill for person in one.members),
        "因残": any(person.disability for person in one.members),
        "因学": studying,
        "缺劳动力": workers * 4 <= len(one.members),
    }
    return [name for name, holds in found.items() if holds][:3] or ["因意外事故"]


# ---- the rest of the row ---------------------------------------------------------------------------


def _place(one: Household, year: int) -> dict[str, Any]:
    head = one.head
    return {
        "year": year,
        "county": COUNTY,
        "township": one.village.township,
        "village": one.village.name,
        "village_group": f"{1 + one.number % 4}组",
        "household_id": one.code,
        "head_name": head.name,
        "head_sex": head.sex,
        "head_id_card": head.id_card,
        "persons": len(one.members),
        "labour_force": sum(is_worker(person, year) for person in one.members),
    }


def _standing(one: Household, year: int, money: Mapping[str, Any]) -> dict[str, Any]:
    watched = bool(one.monitor)
    removed = one.removed_on is not None
    kind = "贫困户" if one.status in POOR else "脱贫户" if one.status else "监测对象"
    return {
        "household_type": kind,
        "poverty_status": one.status or None,
        "escape_year": one.escape_year if one.status == "已脱贫" else None,
        "main_cause": one.cause,
        "monitor_type": one.monitor or None,
        "identified_on": one.monitored_on if watched else None,
        "identified_income": one.identified_income if watched else None,
        "risks": ",".join(risks(one, year)) if watched else None,
        "risk_removed": removed if watched else None,
        "risk_removal": "帮扶消除" if watched and removed else None,
        "risk_removed_on": one.removed_on if watched else None,
        "support_only": not any(is_worker(person, year) for person in one.members) if watched else None,
    }


def _condition(one: Household) -> dict[str, Any]:
    grade = "C" if one.dangerous else "A" if one.built >= 2010 else "B"
    return {
        "dangerous_house": one.dangerous,
        "house_grade": grade,
        "dropout": False,
        "safe_water": True,
        "uninsured": False,
        "sanitary_toilet": one.toilet,
        "house_area": one.area,
        "house_structure": one.structure,
        "house_built": one.built,
        "road_type": "水泥路" if one.number % 5 else "砂石路",
        "road_distance": round(0.1 + one.number % 13 / 10, 1),
        "power": True,
        "broadband": bool(one.number % 4),
        "fuel": "清洁能源" if one.clean_fuel else "柴草" if one.number % 3 else "煤炭",
        "cultivated_land": one.land,
        "forest_land": one.forest,
        "returned_to_forest": one.returned,
        "cooperative": one.industry,
    }


def _help(one: Household, year: int, jobs: Mapping[int, Job], money: Mapping[str, Any]) -> dict[str, Any]:
    watched = risks(one, year) if one.monitor else []
    public = any(job.public for job in jobs.values())
    works = any(is_worker(person, year) for person in one.members)
    sent = "岗位推荐" if one.monitor else "劳务输出"
    developed = {
        "help_industry": "到户产业奖补" if one.industry and money["business"] > 0 else None,
        "help_employment": sent if money["wage_migrant"] > 0 and one.number % 2 else None,
        "help_public_job": "村级公益岗" if public else None,
    }
    lent = one.monitor and works and not any(developed.values())
    return {
        **developed,
        "help_finance": "脱贫人口小额信贷" if lent else None,
        "help_health": "医疗救助" if "因病" in watched else None,
        "help_education": "雨露计划" if "因学" in watched else None,
        "help_security": ("低保,防返贫保险" if money["allowance"] > 0 else "防返贫保险")
        if one.monitor
        else None,
        "help_housing": "危房改造" if one.dangerous or one.repaired else None,
        **dict.fromkeys(NO_HELP),
    }


def _contribution(random: Random, one: Household, year: int, called: bool) -> dict[str, Any]:
    """What the household promised and gave: days of labour and yuan, within the caps of the rules."""
    workers = sum(may_be_called(person, year) for person in one.members)
    days = random.randint(0, 4) * workers if called else 0
    cash = random.randint(0, 15) * len(one.members) if called else 0
    keeps = random.random() < 0.85
    return {
        "pledged_cash": cash,
        "paid_cash": cash if keeps else cash // 2,
        "pledged_days": days,
        "labour_days": days if keeps else days // 2,
    }
