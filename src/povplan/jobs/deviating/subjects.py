"""What detectors look at: the year's analyses as tables, one row a subject with its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from povplan.capacity import burdens
from povplan.deviations import plan, poor, projects
from povplan.deviations.tables import TABLES, across, rows_of
from povplan.errors import PovplanError
from povplan.evaluation.owners import responsible
from povplan.jobs import money
from povplan.jobs.analyses import Year
from povplan.jobs.deviating.context import context, measured, unit_of
from povplan.messages import say
from povplan.model import ENTITY, UNIT
from povplan.needs import unmet
from povplan.sums import known

if TYPE_CHECKING:
    from povplan.jobs.deviating.year import Deviating


def _targets(of: Deviating) -> pd.DataFrame:
    """Targets in force, with their paces, cost and definitions."""
    each = of.planning.each.reset_index(drop=True)
    evaluated = of.planning.evaluated.assign(entity=each["entity"].where(each["origin"] == "ledger").array)
    alone = ~each["target"].duplicated(keep=False)
    planned = plan.planned_money(each[alone.to_numpy(bool)], of.of.rows("project"))
    units = {one.id: unit_of(of, one) for one in of.planning.indicators}
    return plan.targets(evaluated, of.planning.problems, planned, of.planning.indicators, units)


def _projects(of: Deviating) -> pd.DataFrame:
    """Projects with what is amiss."""
    of.of.needed("project")
    stopped, unlinked = (of.of.group("project", name) for name in ("stopped", "unlinked"))
    return projects.projects(of.planning.projects, of.of.rows("project"), stopped, unlinked, of.year)


def _strays(of: Deviating) -> pd.DataFrame:
    """Money for projects that no ledger knows, so far; nothing where no ledger of projects is kept."""
    standing = of.planning.standing
    if "project" not in standing.config.ledgers:
        raise PovplanError(say("no_projects_kept"))
    years = [year for year in standing.years if year <= of.year]
    rows = [standing.folded("project", year).frame for year in years]
    declared = pd.concat(
        [projects.keys_of(frame) for frame in rows if len(frame)] or [pd.Series(dtype="string")]
    )
    return projects.strays(of.of.needed("fund"), declared)


def _designs(of: Deviating) -> pd.DataFrame:
    """Projects against what may be asked of households."""
    found = of.of.designs()
    return rows_of(poor.of_projects(found, of.owners), list(TABLES["designs"].figures))


def _money(of: Deviating, name: str, found: pd.DataFrame) -> pd.DataFrame:
    """Lines of money with the names of their sources."""
    labels = {one.id: one.label.zh for one in of.of.taxonomy().sources}
    stage, day = ("arrived", "oldest") if name == "idle" else ("allocated", "since")
    lines = of.of.money[(known(of.of.money, "stage", "string") == stage).fillna(False).to_numpy(bool)]
    keys = pd.DataFrame(
        {
            **{key: known(lines, key, "string") for key in (UNIT, "project_id", "source")},
            "date": known(lines, "date", "datetime64[s]"),
        }
    )
    first = pd.Series(lines[ENTITY].array, index=pd.MultiIndex.from_frame(keys), dtype="string")
    first = first[~first.index.duplicated()]
    wanted = pd.MultiIndex.from_frame(found[["unit", "project", "source", day]])
    return projects.lines_of_money(found.assign(entity=first.reindex(wanted).array), name, labels, of.owners)


def _doubles(of: Deviating) -> pd.DataFrame:
    """Money that stands twice."""
    of.of.needed("fund")
    found, _, _ = money.doubles(of.planning.standing, of.year)
    return projects.doubles(found, of.owners, {one.id: one.label.zh for one in of.of.taxonomy().stages})


def _delivery(of: Deviating) -> pd.DataFrame:
    """Money delivered ÷ promised."""
    of.of.needed("fund")
    found = money.delivered(of.planning.standing, of.year)
    return across(found, list(TABLES["delivery"].figures), "all")


def _captures(of: Deviating) -> pd.DataFrame:
    """What went to office holders, to one household, to the richest."""
    found = of.of.benefit_projects()
    return poor.captures(of.of.received, of.of.registered, of.official_households, found, of.owners)


def _officials(of: Deviating) -> pd.DataFrame:
    """Office holders' households in the register."""
    if of.official_households is None:
        raise PovplanError(say("no_officials_kept"))
    return poor.officials(of.of.needed("household"), of.of.group("household", "poor"), of.official_households)


def _exits(of: Deviating) -> pd.DataFrame:
    """Households that left poverty with something missing."""
    rows = of.of.needed("household")
    escaped, unmet_ = (of.of.group("household", name) for name in ("escaped", "unmet"))
    return poor.exits(rows, escaped, unmet_)


def _students(of: Deviating) -> pd.DataFrame:
    """Registered pupils without the aid that is due to them."""
    due, missing = (of.of.group("member", name) for name in ("aid_due", "aid_missing"))
    return poor.students(of.of.needed("member"), due, missing)


def _repeats(of: Deviating) -> pd.DataFrame:
    """Households that got one item twice."""
    rows, before = of.of.needed("benefit"), Year.of(of.planning.standing, of.year - 1)
    return poor.repeats(
        rows, before.rows("benefit"), of.of.group("benefit", "once"), before.group("benefit", "once")
    )


def _needs(of: Deviating) -> pd.DataFrame:
    """Needs with the days they wait; a township answers until it has made its proposal."""
    found = of.needing.needs
    township = found["unit"].str.split("/").str[1]
    waits = found["status"] == "at_township"
    found = found.assign(
        subject=found["need"], name=found["what"], entity=found["need"],
        department=township.where(waits.fillna(False), of.planning.county).astype("string"),
        township_days=found["township_days"].where(waits, 0),
        county_days=found["county_days"].where(found["status"] == "at_county", 0),
    )  # fmt: skip
    return rows_of(found, list(TABLES["needs"].figures))


def _unmet(of: Deviating) -> pd.DataFrame:
    """Needs by unit."""
    if not len(of.needing.needs):
        return pd.DataFrame()
    found = unmet(of.needing.needs, of.of.tree)
    named = found["unit"].astype("string").str.rsplit("/", n=1).str[-1]
    return rows_of(
        found, list(TABLES["unmet"].figures), subject=found["unit"], name=named, department=named,
        n=found["needs"],
    )  # fmt: skip


def _indicators(of: Deviating) -> pd.DataFrame:
    """The indicators that some detector names, by unit."""
    config = of.planning.standing.config
    wanted = {n for one in config.detectors if one.table == "indicators" for n in (one.figure, *one.shows)}
    ones = [one for one in config.indicators if one.id in wanted]
    found = across(measured(of, ones, of.year), [one.id for one in ones])
    answers = [name for one in ones if (name := responsible(one, of.year)) is not None]
    county = (found["level"] == "county").fillna(False)
    return found.assign(
        department=found["department"].mask(county, "、".join(dict.fromkeys(answers)) or pd.NA)
    )


BUILDERS: Mapping[str, Callable[[Deviating], pd.DataFrame]] = {
    "targets": _targets,
    "designs": _designs,
    "fit": lambda of: plan.fit(of.needing.fit),
    "projects": _projects,
    "strays": _strays,
    "idle": lambda of: _money(of, "idle", of.of.idle),
    "clocks": lambda of: _money(of, "clocks", of.of.clocks),
    "doubles": _doubles,
    "delivery": _delivery,
    "integration": lambda of: projects.integration(of.of.flow, of.of.taxonomy(), of.of.tree, of.year),
    "burden": lambda of: across(
        burdens(of.of.borne, of.of.tree, of.year), list(TABLES["burden"].figures), "all"
    ),
    "targeting": lambda of: across(of.of.targeting(), list(TABLES["targeting"].figures)),
    "spreads": lambda of: poor.spreads(of.of.benefit_projects(), of.owners),
    "captures": _captures,
    "exits": _exits,
    "repeats": _repeats,
    "loans": lambda of: poor.loans(
        of.of.needed("benefit"), of.of.group("benefit", "loan"), of.of.group("benefit", "misused")
    ),
    "students": _students,
    "officials": _officials,
    "needs": _needs,
    "unmet": _unmet,
    "indicators": _indicators,
    "events": context,
}
"""Name of a table → what makes it."""
