"""How much of its own a household has put at risk in projects: what it gave and what it borrowed."""

from __future__ import annotations

import pandas as pd

from povplan.model import ENTITY
from povplan.sums import Cases, figures, known, yuan
from povplan.units import Tree

EXPOSURE = (
    "household", "unit", "net_income", "own", "loan", "at_risk", "covered", "uncovered", "exposure",
    "expected_return", "payback_years",
)  # fmt: skip
"""Yuan; `covered` is what stands in projects whose risk is covered, `exposure` at_risk ÷ net income."""


def exposure(
    borne: pd.DataFrame, given: pd.DataFrame, lent: pd.DataFrame, projects: pd.DataFrame
) -> pd.DataFrame:
    """EXPOSURE of every registered household that gave cash or goods or borrowed.

    What the household ledger alone tells of stands in no known project: it is not covered. The expected
    return is the project's ÷ the households that benefit; with several projects returns add up and the
    longest payback counts.
    """
    put = pd.concat([_gifts(borne, given), _loans(lent)], ignore_index=True)
    of = projects.drop_duplicates(ENTITY).set_index(ENTITY)
    at = of.reindex(put["project"])
    cover = known(at, "risk_cover", "boolean").fillna(False).to_numpy(bool)
    households = known(at, "beneficiary_households", "Float64")
    share = yuan(known(at, "expected_return", "Int64")) / households.mask(households <= 0)
    put["covered"] = put["value"].where(cover, 0)
    put["expected_return"], put["payback_years"] = share.array, known(at, "payback_years", "Float64").array
    each = put.drop_duplicates(["household", "project"]).groupby("household")
    per = put.groupby(["household", "kind"])["value"].sum(min_count=1).unstack()
    per = per.reindex(columns=["own", "loan"]).astype("Float64").fillna(0)
    per["covered"] = put.groupby("household")["covered"].sum()
    per["expected_return"] = each["expected_return"].sum(min_count=1)
    per["payback_years"] = each["payback_years"].max()
    found = borne[["household", "unit", "net_income"]].merge(per.reset_index(), on="household", how="inner")
    found["at_risk"] = found["own"] + found["loan"]
    found["uncovered"] = found["at_risk"] - found["covered"]
    found["exposure"] = found["at_risk"] / found["net_income"].mask(found["net_income"] <= 0)
    return found[(found["at_risk"] > 0).fillna(False)][list(EXPOSURE)].reset_index(drop=True)


def exposures(exposed: pd.DataFrame, tree: Tree, year: int) -> pd.DataFrame:
    """MEASURE_COLUMNS at every unit: exposure as sum over sum and distributed, the share not covered."""
    cases = Cases.at(tree, exposed["unit"])
    every = pd.Series(1.0, index=exposed.index, dtype="Float64")
    found = {"exposed_households": cases.total(every)}
    found |= {name: cases.total(exposed[name]) for name in ("own", "loan", "at_risk", "expected_return")}
    found["exposure"] = cases.ratio(exposed["at_risk"], exposed["net_income"])
    found["exposure_p50"], found["exposure_p90"] = (
        cases.quantile(exposed["exposure"], share) for share in (0.5, 0.9)
    )
    found["exposure_max"] = cases.greatest(exposed["exposure"])
    found["uncovered_share"] = cases.ratio(exposed["uncovered"], exposed["at_risk"])
    return figures(found, tree, year)


def _gifts(borne: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """Cash and goods given: by the lines that name the household, else by the household ledger."""
    lines = given[given["kind"].isin(["cash", "goods"])].dropna(subset="household")
    told = borne[(borne["origin"] == "household").fillna(False)]
    alone = told[["household", "cash"]].rename(columns={"cash": "value"})
    return pd.concat([lines[["household", "project", "value"]], alone]).assign(kind="own")


def _loans(lent: pd.DataFrame) -> pd.DataFrame:
    return lent.rename(columns={"amount": "value"})[["household", "project", "value"]].assign(kind="loan")
