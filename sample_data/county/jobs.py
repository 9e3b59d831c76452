"""The record of work: what one township wrote down in the last year, one row per spell away from home."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .people import Household, Person
from .persons import Job, place_of_work
from .places import COUNTY, TOWNSHIPS, YEARS

EAST = TOWNSHIPS[0]
_CHANNELS = ("劳务组织", "亲友介绍", "自主就业", "亲友介绍")
_SECTORS = ("第二产业", "第三产业", "第二产业")


def is_recorded(one: Household, year: int) -> bool:
    """Whether the household's township keeps the record that year."""
    return one.village.township == EAST and year == YEARS[-1]


def job_row(one: Household, person: Person, year: int, job: Job) -> dict[str, Any]:
    """The spell of a year: it ended before New Year, or goes on and has no end."""
    begun = dt.date(year, 12 - job.months, 5 + person.number % 20)
    goes_on = person.number % 3 == 0
    place, area = place_of_work(job)
    return {
        "year": year,
        "county": COUNTY,
        "township": one.village.township,
        "village": one.village.name,
        "household_id": one.code,
        "person_id": person.code,
        "name": person.name,
        "working": goes_on,
        "started_on": begun,
        "ended_on": None if goes_on else dt.date(year, 12, 20),
        "work_place": place,
        "work_area": area,
        "employer": f"样本{'甲乙丙丁戊'[person.number % 5]}厂",
        "industry": _SECTORS[person.number % 3],
        "employment_channel": _CHANNELS[person.number % 4],
        "point_to_point": person.number % 4 == 0,
        "monthly_wage": job.monthly,
    }
