"""Three years of the county as ten tables, one for each ledger, with field ids as columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import pandas as pd

from .areas import Rest, village_row
from .benefits import benefit_rows
from .changes import advance
from .incomes import POOR, live, turn
from .jobs import is_recorded, job_row
from .money import Given, Project, money_of, project_row, projects
from .people import Household, Registry, founding
from .persons import member_row
from .places import VILLAGES, YEARS
from .plan import correction_rows, need_rows, target_rows
from .register import event_rows

HOUSEHOLDS = 790
CONTRIBUTIONS = ["pledged_cash", "paid_cash", "pledged_days", "labour_days"]


@dataclass(frozen=True)
class Tables:
    """One year's ledgers; money in yuan, codes as the definitions store them."""

    household: pd.DataFrame
    member: pd.DataFrame
    job: pd.DataFrame
    village: pd.DataFrame
    project: pd.DataFrame
    fund: pd.DataFrame
    benefit: pd.DataFrame
    target: pd.DataFrame
    need: pd.DataFrame
    correction: pd.DataFrame
    event: pd.DataFrame

    def __getitem__(self, ledger: str) -> pd.DataFrame:
        """A ledger by name."""
        found: pd.DataFrame = getattr(self, ledger)
        return found


def county(seed: int, size: int = HOUSEHOLDS) -> dict[int, Tables]:
    """The years of a county; the same seed gives the same county everywhere."""
    random = Random(f"people {seed}")
    registry = Registry(random)
    households = founding(random, registry, size)
    works = projects(Random(f"projects {seed}"))
    rests = {village.name: Rest.draw(random) for village in VILLAGES}
    years = {}
    for year in YEARS:
        if year > YEARS[0]:
            households = advance(random, registry, households, year)
        before = years[year - 1].member if year == YEARS[-1] else None
        years[year] = _year(random, seed, households, works, rests, year, before)
    return years


def _year(
    random: Random,
    seed: int,
    households: list[Household],
    works: list[Project],
    rests: Mapping[str, Rest],
    year: int,
    before: pd.DataFrame | None,
) -> Tables:
    dice = Random(f"money {seed} {year}")
    called = {one.village.name for one in works if one.village and one.year == year and one.with_people}
    homes, people, spells = _homes(random, households, year, called)
    running = [one for one in works if one.runs_in(year)]
    villages = []
    for village in VILLAGES:
        rests[village.name].grow(random)
        own, members = (frame[frame["village"] == village.name] for frame in (homes, people))
        villages.append(village_row(random, village, year, rests[village.name], own, members))
    areas = pd.DataFrame(villages)
    given: Given = homes.groupby("village")[CONTRIBUTIONS].sum().to_dict("index")  # type: ignore[assignment]
    funds = [row for one in running for row in money_of(dice, one, year, given)]
    numbered = [{"fund_id": f"ZJ{year}{i:04}", **row} for i, row in enumerate(funds, 1)]
    listed = pd.DataFrame([_project(dice, one, year, homes) for one in running])
    return Tables(
        household=homes.drop(columns="turned"),
        member=people,
        job=spells,
        village=areas,
        project=listed,
        fund=pd.DataFrame(numbered),
        benefit=pd.DataFrame(benefit_rows(running, homes, year, seed), dtype=object),
        target=pd.DataFrame(target_rows(year), dtype=object),
        need=pd.DataFrame(need_rows(listed, year), dtype=object),
        correction=pd.DataFrame(correction_rows(year), dtype=object),
        event=pd.DataFrame([] if before is None else event_rows(before, people, year), dtype=object),
    )


def _homes(
    random: Random, households: list[Household], year: int, called: set[str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    homes: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    spells: list[dict[str, Any]] = []
    for one in households:
        before = one.status
        turn(random, one, year)
        lived = live(random, one, year, one.village.name in called)
        turned = one.status == "返贫" and before not in POOR
        homes.append(lived.row | {"turned": turned})
        people += [member_row(one, person, year, lived.jobs.get(person.number)) for person in one.members]
        if is_recorded(one, year):
            away = {number: job for number, job in lived.jobs.items() if not job.public}
            workers = [person for person in one.members if person.number in away]
            spells += [job_row(one, person, year, away[person.number]) for person in workers]
    tables = [pd.DataFrame(rows, dtype=object) for rows in (homes, people, spells)]
    return tables[0], tables[1], tables[2]


def _project(dice: Random, one: Project, year: int, homes: pd.DataFrame) -> dict[str, Any]:
    """The project's row; the registered households of its village or township benefit."""
    column, name = ("village", one.village.name) if one.village else ("township", one.township)
    here = homes[homes[column] == name]
    return project_row(dice, one, year, len(here), int(here["persons"].sum()))
