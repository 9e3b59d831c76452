"""The village ledger: sums of the village's registered households, and the rest of its people."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import pandas as pd

from .incomes import GROWTH, POOR
from .persons import WORKING
from .places import COUNTY, Village


@dataclass
class Rest:
    """The households of a village that are not registered, and its land."""

    households: int
    persons: int
    land: float
    forest: float

    @classmethod
    def draw(cls, random: Random) -> Rest:
        """As they stand before 2022."""
        households = random.randint(180, 380)
        return cls(
            households,
            round(households * random.uniform(3.3, 3.9)),
            random.randint(900, 2600),
            random.randint(800, 5200),
        )

    def grow(self, random: Random) -> None:
        """A year's small change."""
        self.households += random.randint(-3, 4)
        self.persons += random.randint(-14, 10)


def village_row(
    random: Random, village: Village, year: int, rest: Rest, homes: pd.DataFrame, people: pd.DataFrame
) -> dict[str, Any]:
    """The row of a village: `homes` and `people` are its rows of the household and member ledgers."""
    households, persons = len(homes) + rest.households, len(people) + rest.persons
    return {
        "division_code": village.code,
        "year": year,
        "county": COUNTY,
        "township": village.township,
        "village": village.name,
        "village_kind": "脱贫村" if village.escaped else "非贫困村",
        "terrain": ("丘陵", "山区", "平原")[village.rank // 5],
        "rural_households": households,
        "rural_population": persons,
        **_register(year, homes, people),
        **_people(random, year, rest, people, persons),
        **_land(random, village, rest, homes),
        **_economy(random, village, year, households),
        **_services(random, village, year, households),
        **_security(random, persons),
    }


def _register(year: int, homes: pd.DataFrame, people: pd.DataFrame) -> dict[str, Any]:
    poor = homes[homes["poverty_status"].isin(POOR)]
    escaped = homes[homes["escape_year"] == year]
    back = homes[homes["poverty_status"].eq("返贫") & homes["turned"]]
    watched = homes[homes["monitor_type"].notna() & ~homes["risk_removed"].eq(True)]
    return {
        "poor_households": len(poor),
        "poor_persons": int(poor["persons"].sum()),
        "escaped_households": len(escaped),
        "escaped_persons": int(escaped["persons"].sum()),
        "returned_persons": int(back["persons"].sum()),
        "monitored_households": len(watched),
        "monitored_persons": int(watched["persons"].sum()),
        "allowance_households": int((homes["allowance"] > 0).sum()),
        "allowance_persons": int(people["allowance"].sum()),
    }


def _people(random: Random, year: int, rest: Rest, people: pd.DataFrame, persons: int) -> dict[str, Any]:
    ages = people["birth_date"].map(lambda birth: year - birth.year)
    workers = int(people["labour_skill"].isin(WORKING).sum()) + round(rest.persons * 0.6)
    away = int((people["work_months"] > 0).sum()) + round(rest.persons * random.uniform(0.2, 0.28))
    return {
        "women": int((people["sex"] == "女").sum()) + round(rest.persons * 0.48),
        "disabled_persons": int(people["disability_category"].notna().sum()) + round(rest.persons * 0.03),
        "labour_force": workers,
        "migrant_workers": away,
        "party_members": int((people["political"] == "中共党员").sum()) + round(rest.persons * 0.03),
        "school_age_children": int(ages.between(6, 15).sum()) + round(rest.persons * 0.11),
        "dropouts": 1 if persons % 6 == 0 else 0,
    }


def _land(random: Random, village: Village, rest: Rest, homes: pd.DataFrame) -> dict[str, Any]:
    land = round(rest.land + float(homes["cultivated_land"].sum()), 1)
    return {
        "cultivated_land": land,
        "irrigated_land": round(land * (0.3 + village.rank % 4 / 10), 1),
        "forest_land": round(rest.forest + float(homes["forest_land"].sum()), 1),
        "returned_to_forest": round(rest.land * 0.12 + float(homes["returned_to_forest"].sum()), 1),
    }


def _economy(random: Random, village: Village, year: int, households: int) -> dict[str, Any]:
    income = village.income * 1.25 * GROWTH ** (year - 2022) * random.uniform(0.98, 1.02)
    collective = (32000 + 9000 * (village.rank * 5 % 8)) * 1.12 ** (year - 2022) * random.uniform(0.95, 1.1)
    return {
        "net_income_per_capita": round(income),
        "collective_income": round(collective / 100) * 100,
        "cooperatives": 1 + village.rank % 3,
        "mutual_fund": 1000 * (150 + 20 * (village.rank % 5)),
        "farm_training": random.randint(60, 160),
        "skill_training": random.randint(30, 90),
        "tourism_households": households // 40 if village.rank % 4 == 0 else 0,
    }


def _services(random: Random, village: Village, year: int, households: int) -> dict[str, Any]:
    later = year - 2022
    hard = village.escaped or village.rank != 3 or later > 0
    return {
        "hard_road": hard,
        "unpaved_road": 0 if hard else 4.5,
        "bus": village.escaped or village.rank % 6 != 1 or later > 1,
        "unsafe_water_households": max(0, households // 45 - 3 * later),
        "dangerous_houses": max(0, 3 - later),
        "houses_repaired": 2,
        "clinics": 1,
        "licensed_doctors": 1 + (village.rank % 4 == 0),
        "public_toilets": 1 + village.rank % 3,
        "waste_points": 2 + village.rank % 4,
        "sewage_facilities": int(village.rank % 3 == 0 or later > 1),
        "primary_schools": int(village.rank % 3 == 0),
        "libraries": int(village.escaped or village.rank % 4 != 0 or later > 1),
        "broadcast_households": households - village.rank % 5,
        "cultural_events": random.randint(2, 9),
        "villagers_meetings": random.randint(3, 8),
        "broadband_households": round(households * min(0.97, 0.72 + 0.07 * later + village.rank % 3 / 50)),
        "mobile_internet_households": round(households * min(0.98, 0.85 + 0.04 * later)),
    }


def _security(random: Random, persons: int) -> dict[str, Any]:
    return {
        "medical_insured": round(persons * random.uniform(0.94, 0.97)),
        "medical_aid": round(persons * random.uniform(0.02, 0.04)),
        "pension_insured": round(persons * random.uniform(0.55, 0.62)),
        "worker_pension_insured": round(persons * random.uniform(0.04, 0.07)),
    }
