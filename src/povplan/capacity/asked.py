"""What is asked beyond what there is: of villages' collectives, by projects, of persons who are exempt."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from povplan.model import ENTITY, UNIT
from povplan.spec import Funds, Parameter, in_force
from povplan.sums import Cases, figures, known, yuan
from povplan.units import Tree

DESIGNS = (
    "project", "project_name", "unit", "households", "persons", "cash_promised", "days_promised",
    "cash_per_household", "cash_limit", "cash_capacity", "days_per_household", "days_limit",
    "beyond_cash", "beyond_days", "beyond_income",
)  # fmt: skip
EXEMPT = ("household", "unit", "days", "members", "exempt", "able", "days_limit", "reason")


def villages(
    village_rows: pd.DataFrame,
    fund_rows: pd.DataFrame,
    given: pd.DataFrame,
    funds: Funds | None,
    tree: Tree,
    year: int,
) -> pd.DataFrame:
    """MEASURE_COLUMNS: what collectives paid ÷ their income, and what households gave by the fund ledger.

    A village with lines of money but none of its collective gave nothing; one without any line, or without
    its income, does not enter the burden. `given` are all contributions, of households and whole villages.
    """
    collective = [source.id for source in funds.sources if source.cls == "collective"] if funds else []
    paid = (known(fund_rows, "stage", "string") == "paid").fillna(False)
    lines = fund_rows[paid & known(fund_rows, "source", "string").isin(collective)]
    amounts = yuan(known(lines, "amount", "Int64"))
    units, of_lines = known(village_rows, UNIT, "string"), known(lines, UNIT, "string")
    per = amounts.groupby(of_lines)
    sums = per.sum().mask(per.count() < per.size()).reindex(units)
    nothing = units.isin(known(fund_rows, UNIT, "string").dropna()) & ~units.isin(of_lines)
    gave = pd.Series(sums.array, dtype="Float64").mask(nothing.reset_index(drop=True), 0.0)
    income = yuan(known(village_rows, "collective_income", "Int64")).reset_index(drop=True)
    own = {
        name: given.assign(value=given["value"].where(given["kind"] == name, 0)) for name in ("cash", "days")
    }
    cases, lined = Cases.at(tree, units), Cases.at(tree, given["unit"])
    found = {
        "collective_given": Cases.at(tree, of_lines).total(amounts),
        "collective_income": cases.total(income),
        "collective_burden": cases.ratio(gave, income),
        **{f"{name}_by_funds": lined.total(rows["value"]) for name, rows in own.items()},
    }
    return figures(found, tree, year)


def designs(
    projects: pd.DataFrame,
    given: pd.DataFrame,
    borne: pd.DataFrame,
    parameters: Mapping[str, Parameter],
    year: int,
) -> pd.DataFrame:
    """DESIGNS, one row a project that plans on households: a household's share against what may be asked.

    The share is the planned cash or days ÷ the households that benefit. Its limits are those of an average
    household: persons of the project's beneficiaries, workers and net income of the registered households
    of its unit. `beyond_…` is blank where a part is missing.
    """
    promised = given[given["kind"].isin(["cash_promised", "days_promised"])].dropna(subset="project")
    planned = promised.groupby(["project", "kind"])["value"].sum(min_count=1).unstack()
    planned = planned.reindex(columns=["cash_promised", "days_promised"]).astype("Float64")
    planned = planned[(planned > 0).any(axis=1)]
    rows = projects.drop_duplicates(ENTITY).set_index(ENTITY).reindex(planned.index)
    found = planned.assign(
        project_name=known(rows, "project_name", "string"),
        unit=known(rows, UNIT, "string"),
        households=known(rows, "beneficiary_households", "Float64").mask(lambda n: n <= 0),
        persons=known(rows, "beneficiary_persons", "Float64"),
    )
    found = found.rename_axis(index="project", columns=None).reset_index()
    around = _averages(borne, found["unit"])
    for what in ("cash", "days"):
        found[f"{what}_per_household"] = found[f"{what}_promised"] / found["households"]
    found["cash_limit"] = found["persons"] / found["households"] * in_force(parameters, "cash_cap", year)
    found["cash_capacity"] = around["net_income"] * in_force(parameters, "cash_burden_limit", year) / 100
    found["days_limit"] = around["labour_force"] * in_force(parameters, "labour_day_cap", year)
    found["beyond_cash"] = found["cash_per_household"] > found["cash_limit"]
    found["beyond_days"] = found["days_per_household"] > found["days_limit"]
    found["beyond_income"] = found["cash_per_household"] > found["cash_capacity"]
    return found[list(DESIGNS)]


def _averages(borne: pd.DataFrame, units: pd.Series) -> pd.DataFrame:
    """Net income and workers of an average registered household at or below each unit."""
    tree = Tree.of(dict.fromkeys([*borne["unit"].dropna().unique(), *units.dropna().unique()]))
    cases, nodes = Cases.at(tree, borne["unit"]), tree.codes(units)
    every = pd.Series(1.0, index=borne.index, dtype="Float64")
    names = ("net_income", "labour_force")
    means = {name: cases.ratio(borne[name], every)["value"].to_numpy() for name in names}
    at = {name: np.append(mean, np.nan)[nodes] for name, mean in means.items()}
    return pd.DataFrame({name: pd.array(values, dtype="Float64") for name, values in at.items()})


def exempt_labour(
    borne: pd.DataFrame,
    members: pd.DataFrame,
    exempt: pd.Series,
    parameters: Mapping[str, Parameter],
    year: int,
) -> pd.DataFrame:
    """EXEMPT: households that worked although all their members are exempt, or more than the others may.

    `exempt` says it of each member; of whom it is not known is taken to be able. `days_limit` is what may
    be asked of those who are able; `reason` is nobody_able or beyond_able.
    """
    of = known(members, "household_id", "string").astype(object)
    free = exempt.astype("boolean").fillna(False).astype("Int64")
    counts = pd.DataFrame({"members": free.groupby(of).size(), "exempt": free.groupby(of).sum()})
    found = borne[(borne["days"] > 0).fillna(False)][["household", "unit", "days"]]
    found = found.join(counts.reindex(found["household"]).set_index(found.index))
    found["able"] = found["members"] - found["exempt"]
    found["days_limit"] = found["able"] * in_force(parameters, "labour_day_cap", year)
    nobody = (found["able"] == 0).fillna(False)
    beyond = (found["days"] > found["days_limit"]).fillna(False)
    reason = pd.Series(pd.NA, index=found.index, dtype="string").mask(beyond, "beyond_able")
    found["reason"] = reason.mask(nobody, "nobody_able")
    return found.dropna(subset="reason")[list(EXEMPT)].reset_index(drop=True)
