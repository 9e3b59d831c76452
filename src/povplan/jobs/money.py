"""The money of the base ledger: its account over the years, and every table made of it. Read only."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from povplan.errors import PovplanError
from povplan.jobs.standing import Standing
from povplan.leverage import (
    Account,
    delivery,
    effect_of_doubles,
    execution,
    leverage_by_group,
    leverage_by_unit,
    marginal,
    payment_progress,
    sensitivity,
    shared_documents,
    wages_of,
)
from povplan.messages import Said, say
from povplan.model import ENTITY, UNIT
from povplan.spec import Funds
from povplan.units import Tree

DOUBLES = (
    "kind",
    "treatment",
    "group",
    "second",
    "year",
    "stage",
    "unit",
    "project_id",
    "source",
    "document_no",
    "date",
    "amount",  # yuan of the entry
    "double",  # yuan of it that stand elsewhere too
    "out",  # yuan of it that do not count
    "entity",
)
PROJECT_FIELDS = ("category", "department")


def taxonomy(standing: Standing, basis: str | None = None) -> Funds:
    """The fund taxonomy; an error where there is none, or where it has no stage called `basis`."""
    funds = standing.config.funds
    if funds is None or "fund" not in standing.config.ledgers:
        raise PovplanError(say("no_funds"))
    if basis is not None and basis not in {stage.id for stage in funds.stages}:
        known = Said(
            "、".join(f"{stage.id}（{stage.label.zh}）" for stage in funds.stages),
            ", ".join(f"{stage.id} ({stage.label.text('en')})" for stage in funds.stages),
        )
        raise PovplanError(say("no_such_basis", basis=basis, known=known))
    return funds


def account(standing: Standing, year: int, later: int | None = None) -> Account:
    """The account of all years up to this one, with the day wages in force in each; computed once.

    All in units of this year, or of a `later` one: cumulative amounts of a village renamed since go on.
    """
    later = year if later is None else later
    if (year, later) not in standing.accounts:
        funds, years = taxonomy(standing), years_to(standing, year)
        yearly = {one: standing.over_years.frame_in("fund", one, later) for one in years}
        wages = wages_of(funds, standing.config.parameters, years)
        standing.accounts[year, later] = Account.of(yearly, funds, wages)
    return standing.accounts[year, later]


def tree_over(standing: Standing, years: Sequence[int], later: int) -> Tree:
    """The units of the years, where units changed since in those of the `later` one: no money is left out."""
    first = min(years)
    if not standing.over_years.mapped(first, later):
        return standing.tree(*years)
    frames = {str(one): standing.over_years.frame_in("fund", one, later) for one in years}
    return standing.tree_of(frames, later)


def years_to(standing: Standing, year: int) -> list[int]:
    """The years up to this one that have any row, and this one."""
    return [one for one in standing.years if one <= year] or [year]


def years_of(standing: Standing, year: int, cumulative: bool) -> list[int]:
    """The years that a figure speaks of."""
    return years_to(standing, year) if cumulative else [year]


def by_unit(
    standing: Standing,
    year: int,
    basis: str | None = None,
    *,
    cumulative: bool = False,
    compare: bool = False,
    later: int | None = None,
) -> pd.DataFrame:
    """MEASURE_COLUMNS of leverage at every unit; with `compare` the marginal leverage as well.

    Of several years, in the units of the last one; of one year, in those of a `later` one where asked.
    """
    taxonomy(standing, basis)
    later = year if later is None else later
    of, years = account(standing, year, later), years_of(standing, year, cumulative)
    tree = tree_over(standing, [year - 1, year] if compare else years, later)
    found = leverage_by_unit(of, tree, years, basis)
    if not compare:
        return found
    return pd.concat([found, marginal(of, tree, year, basis)], ignore_index=True)


def by_group(
    standing: Standing, year: int, by: str, basis: str | None = None, *, cumulative: bool = False
) -> pd.DataFrame:
    """GROUP_COLUMNS of leverage by source, class, tag, project, category, department or year."""
    taxonomy(standing, basis)
    years = years_of(standing, year, cumulative or by == "year")
    return leverage_by_group(account(standing, year), years, by, basis, of_project(standing, years))


def of_project(standing: Standing, years: Sequence[int]) -> dict[str, pd.Series]:
    """Category, department and name by project number, as the last year gives them."""
    if "project" not in standing.config.ledgers:
        return {}
    frames = [standing.folded("project", year).frame for year in reversed(years)]
    found = {}
    for name in (*PROJECT_FIELDS, "project_name"):
        columns = [f.set_index("project_id")[name] for f in frames if {name, "project_id"} <= {*f.columns}]
        if columns:
            whole = pd.concat(columns)
            whole = whole[whole.notna() & whole.index.notna()]
            found[name] = whole[~whole.index.duplicated()]
    return found


def wage_sensitivity(standing: Standing, year: int, basis: str | None, *, cumulative: bool) -> pd.DataFrame:
    """The county's ratio with the day wage 25 % lower, as it is, and 25 % higher."""
    years = years_of(standing, year, cumulative)
    found = sensitivity(account(standing, year), tree_over(standing, years, year), years, basis)
    return found[(found["level"] == "county") & (found["scope"] == "all")].reset_index(drop=True)


def delivered(standing: Standing, year: int) -> pd.DataFrame:
    """MEASURE_COLUMNS of money delivered ÷ promised (兑现率), to date, at every unit."""
    years = years_to(standing, year)
    return delivery(account(standing, year), tree_over(standing, years, year), years)


def progress(standing: Standing, year: int, *, cumulative: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """PROGRESS_COLUMNS by source and stage, and the execution rates with their denominators."""
    stages = payment_progress(account(standing, year), years_of(standing, year, cumulative))
    return stages, execution(stages)


def doubles(standing: Standing, year: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """DOUBLES found in the year, their effect on the ratio step by step, and documents shared by subjects."""
    of = account(standing, year)
    return listed(of, standing, year), effect_of_doubles(of, [year]), documents(of, year)


def documents(of: Account, year: int) -> pd.DataFrame:
    """Document numbers that several subjects share in the year; amount in yuan."""
    shared = shared_documents(of.lines)
    return shared[shared["year"] == year].assign(amount=shared["amount"] / 100).reset_index(drop=True)


def listed(of: Account, standing: Standing, year: int) -> pd.DataFrame:
    """DOUBLES: one row an entry of money that stands twice; the groups of the year are numbered from 0."""
    lines = of.lines.assign(at=of.lines.index, unit=of.lines[UNIT])
    found = of.found.merge(lines, on="at", how="left", sort=False)
    found = found[found["year"] == year]
    entities = standing.folded("fund", year).frame[ENTITY]
    yuan = {"amount": found["gross"] / 100, "double": found["double"] / 100, "out": found["out"] / 100}
    entity = entities.iloc[found["row"].to_numpy()].array
    group = pd.factorize(found["group"])[0]
    return found.assign(**yuan, entity=entity, group=group)[list(DOUBLES)].reset_index(drop=True)
