"""The member ledger: what a year makes of a person's age, schooling, health and work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .people import Household, Person
from .places import COUNTY

_GRADES = ("小学",) * 6 + ("七年级", "八年级", "九年级")
_YEARS = "一二三四"
_EDUCATION = {0: "文盲或半文盲", 6: "小学", 9: "初中", 12: "高中", 15: "大专", 16: "本科及以上"}
WORKING = ("普通劳动力", "技能劳动力", "弱劳动力或半劳动力")


@dataclass(frozen=True)
class Job:
    """What a person earned away from the farm in a year: months, yuan a month, or a public job."""

    months: int
    monthly: int
    public: str = ""


def school_status(person: Person, year: int) -> str:
    """Where the person goes to school in December; "" if nowhere."""
    grade = year - person.birth.year - 6 - (person.birth.month > 8)
    if person.age(year) < 3:
        return "学龄前儿童"
    if grade < 0:
        return "学前教育"
    if grade < 9:
        return "" if taught_at_home(person) else _GRADES[grade]
    if grade < 12 and person.schooling >= 12:
        kind = "普通高中" if person.schooling > 12 or person.number % 2 else "中职"
        return f"{kind}{_YEARS[grade - 9]}年级"
    if grade < person.schooling and person.schooling > 12:
        return ("本科" if person.schooling == 16 else "高职高专") + f"{_YEARS[grade - 12]}年级"
    return ""


def taught_at_home(person: Person) -> bool:
    """A child too disabled for school."""
    return person.grade == "一级"


def labour_skill(person: Person, year: int) -> str:
    """Labour capacity by age, school, health."""
    age = person.age(year)
    if age < 16 or school_status(person, year):
        return "无劳动力"
    if person.grade in ("一级", "二级") or (person.ill == "患有大病" and age < 60):
        return "丧失劳动力"
    if age >= 60:
        return "弱劳动力或半劳动力" if age < 74 and not person.ill else "无劳动力"
    if person.disability or person.ill:
        return "弱劳动力或半劳动力"
    return "技能劳动力" if person.skilled else "普通劳动力"


def health(person: Person) -> str:
    """健康, or what ails the person, in no fixed order."""
    ills = [ill for ill in (person.ill, "残疾" if person.disability else "") if ill]
    return ",".join(ills if person.number % 2 else reversed(ills)) or "健康"


def is_worker(person: Person, year: int) -> bool:
    """Whether the person counts in the labour force."""
    return labour_skill(person, year) in WORKING


def may_be_called(person: Person, year: int) -> bool:
    """Whether days of labour may be asked of the person: a worker under 60 who is not gravely ill."""
    return is_worker(person, year) and person.age(year) < 60 and person.ill != "患有大病"


def member_row(one: Household, person: Person, year: int, job: Job | None) -> dict[str, Any]:
    """One row of the member ledger by field id."""
    status, age = school_status(person, year), person.age(year)
    return {
        "year": year,
        "county": COUNTY,
        "township": one.village.township,
        "village": one.village.name,
        "household_id": one.code,
        "person_id": person.code,
        "name": person.name,
        "sex": person.sex,
        "birth_date": person.birth,
        "id_type": "居民身份证",
        "id_card": person.id_card,
        "ethnicity": person.ethnicity,
        "relation": person.relation,
        "political": "中共党员" if person.party and age >= 18 else "群众",
        "education": None if status or age < 16 else _EDUCATION[_finished(person)],
        "school_status": status or None,
        "dropout_reason": "因残" if not status and 6 <= age <= 15 else None,
        "mandarin": person.mandarin if age >= 3 else None,
        "health": health(person),
        "disability_category": person.disability or None,
        "disability_grade": person.grade or None,
        "labour_skill": _shown_skill(person, year, job),
        **_work(job),
        **_security(one, person, year, bool(status)),
    }


def _finished(person: Person) -> int:
    """Years of schooling with a certificate: who stayed on the farm left college early."""
    return person.schooling if person.migrant else min(person.schooling, 12)


def _shown_skill(person: Person, year: int, job: Job | None) -> str:
    """A skill counts in the form where the person works with it."""
    skill = labour_skill(person, year)
    return "普通劳动力" if skill == "技能劳动力" and job is None else skill


def place_of_work(job: Job) -> tuple[str, str]:
    """Where somebody works who is away, down to the county, and how far that is: the better paid go far."""
    far = job.monthly > 3600
    return ("外省样本市样本区", "省外") if far else ("本省样本市样本县", "县外省内")


def _work(job: Job | None) -> Mapping[str, Any]:
    away = job if job and not job.public else None
    kept = job if job and job.public else None
    place, area = place_of_work(away) if away else (None, None)
    return {
        "work_place": place,
        "work_area": area,
        "work_months": away.months if away else None,
        "monthly_wage": away.monthly if away else None,
        "public_job": kept.public if kept else None,
        "public_job_months": kept.months if kept else None,
    }


def _security(one: Household, person: Person, year: int, in_school: bool) -> Mapping[str, Any]:
    employed = person.skilled and person.migrant and person.number % 5 == 0 and is_worker(person, year)
    return {
        "allowance": one.allowance,
        "disability_subsidy": person.grade in ("一级", "二级") if person.disability else None,
        "resident_medical": not employed,
        "worker_medical": employed,
        "resident_pension": person.age(year) >= 16 and not in_school and not employed,
        "worker_pension": employed,
    }
