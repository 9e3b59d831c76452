"""The burden of each household, and its distribution over units and over fifths of income.

A promise that was not kept is split at what the household can bear: the part above *could not* be given
(拿不出), the part within was not (不愿出); both together are what is owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_

import pandas as pd

from povplan.capacity.given import GIVEN, contributions, of_households
from povplan.fifths import each_fifth, fifths
from povplan.model import ENTITY, UNIT
from povplan.spec import Funds, Parameter, in_force
from povplan.sums import Cases, figures, known, yuan
from povplan.units import Tree

BEARING = (
    "household", "unit", "persons", "labour_force", "net_income", "fifth", *GIVEN, "origin",
    "cash_limit", "cash_capacity", "days_limit", "cash_burden", "labour_burden",
    "could_not_cash", "would_not_cash", "could_not_days", "would_not_days", "standing",
)  # fmt: skip
"""One registered household; money in yuan, `origin` fund or household.

`standing`: kept, would_not (within what it can bear), could_not (some of it above); blank where nothing was
promised or it is not known.
"""
FIFTHS = (
    "unit", "level", "fifth", "households", "contributing_households", "net_income", "cash", "days",
    "cash_burden", "labour_burden", "over_cash_limit", "over_days_limit",
)  # fmt: skip
GROUPED = (
    "unit", "fifth", "net_income", "labour_force", "cash", "goods", "days", "cash_limit", "days_limit",
)  # fmt: skip
"""What of BEARING the FIFTHS are made of."""
SHARES = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}


def bearing(
    households: pd.DataFrame,
    fund_rows: pd.DataFrame,
    funds: Funds | None,
    parameters: Mapping[str, Parameter],
    year: int,
) -> pd.DataFrame:
    """BEARING: what every registered household promised and gave, what may be asked, what it can bear.

    May be asked: `cash_cap` yuan a person and `labour_day_cap` days a worker. Can bear: the days that may
    be asked, and `cash_burden_limit` percent of its net income, nothing where that is not above zero.
    A burden has no figure without income or workers.
    """
    own = pd.DataFrame(
        {
            "household": households[ENTITY],
            "unit": households[UNIT],
            "persons": known(households, "persons", "Float64"),
            "labour_force": known(households, "labour_force", "Float64"),
            "net_income": yuan(known(households, "net_income", "Int64")),
        }
    ).reset_index(drop=True)
    own["fifth"] = fifths(own["net_income"] / own["persons"].mask(own["persons"] <= 0), own["persons"])
    own = own.join(of_households(households, contributions(fund_rows, funds)))
    own["cash_limit"] = own["persons"] * in_force(parameters, "cash_cap", year)
    own["cash_capacity"] = (
        own["net_income"].clip(lower=0) * in_force(parameters, "cash_burden_limit", year) / 100
    )
    own["days_limit"] = own["labour_force"] * in_force(parameters, "labour_day_cap", year)
    own["cash_burden"] = own["cash"] / own["net_income"].mask(own["net_income"] <= 0)
    own["labour_burden"] = own["days"] / own["labour_force"].mask(own["labour_force"] <= 0)
    return _unkept(own)[list(BEARING)]


def _unkept(own: pd.DataFrame) -> pd.DataFrame:
    """What was promised and not given, parted at the capacity; and in a word how the household stands."""
    found = own.copy()
    for what, capacity in (("cash", own["cash_capacity"]), ("days", own["days_limit"])):
        promised, given = own[f"{what}_promised"], own[what]
        kept = (promised <= given).fillna(False)
        most = given.where((given > capacity).fillna(False), capacity).mask(given.isna())
        above = (promised - most).clip(lower=0).round(2).mask(kept, 0)
        found[f"could_not_{what}"] = above
        found[f"would_not_{what}"] = ((promised - given).clip(lower=0) - above).round(2)
    some = (own[["cash_promised", "days_promised"]].fillna(0) > 0).any(axis=1)
    could, would = (
        (found[[f"{name}_cash", f"{name}_days"]].fillna(0) > 0).any(axis=1)
        for name in ("could_not", "would_not")
    )
    blank = _unknown(found, "cash") | _unknown(found, "days")
    standing = pd.Series("kept", index=own.index, dtype="string").mask(blank).mask(would, "would_not")
    found["standing"] = standing.mask(could, "could_not").where(some)
    return found


def _unknown(found: pd.DataFrame, what: str) -> pd.Series:
    """Whether something was promised of which it is not known what became."""
    promised = (found[f"{what}_promised"] > 0).fillna(False)
    return promised & found[f"could_not_{what}"].isna()


def burdens(borne: pd.DataFrame, tree: Tree, year: int) -> pd.DataFrame:
    """MEASURE_COLUMNS at every unit: burdens as sum over sum and distributed, over limits, unkept promises.

    Scope `all` is every registered household, `contributing` those that gave something. Quantiles are of
    households, and not given of fewer than ten.
    """
    scopes = {"all": _burdens(borne, tree), "contributing": _contributing(borne, tree)}
    found = [figures(of_scope, tree, year, scope) for scope, of_scope in scopes.items()]
    return pd.concat(found, ignore_index=True)


def _gave(rows: pd.DataFrame) -> pd.Series:
    """Whether each household gave anything; not known where it is blank in a kind that others tell of."""
    kinds = [rows[kind] > 0 for kind in ("cash", "goods", "days") if rows[kind].notna().any()]
    nothing = pd.Series(False if kinds else pd.NA, index=rows.index, dtype="boolean")
    return reduce(or_, kinds, nothing)


def _contributing(borne: pd.DataFrame, tree: Tree) -> dict[str, pd.DataFrame]:
    """The figures of those who gave; where it is known that nobody did, that is why there are none."""
    gave = _gave(borne)
    counted = Cases.at(tree, borne["unit"]).count(gave)
    nobody = (counted["value"] == 0) & (counted["left_out"] == 0)
    found = _burdens(borne[gave.fillna(False)].reset_index(drop=True), tree)
    reasoned = {
        name: one.assign(note=one["note"].mask(nobody & (one["note"] == "no_rows"), "none_gave"))
        for name, one in found.items()
    }
    return reasoned | {"households": counted}


def _burdens(borne: pd.DataFrame, tree: Tree) -> dict[str, pd.DataFrame]:
    cases = Cases.at(tree, borne["unit"])
    found = _sums(cases, borne)
    for burden in ("cash_burden", "labour_burden"):
        found |= {f"{burden}_{name}": cases.quantile(borne[burden], share) for name, share in SHARES.items()}
        found[f"{burden}_max"] = cases.greatest(borne[burden])
    for name in ("could_not", "would_not"):
        found[f"{name}_households"] = cases.count((borne["standing"] == name).fillna(False))
        for what in ("cash", "days"):
            found[f"{name}_{what}"] = cases.total(borne[f"{name}_{what}"])
    return found


def _sums(cases: Cases, borne: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What is a sum, a ratio of sums, or a share of households."""
    every = pd.Series(1.0, index=borne.index, dtype="Float64")
    return {
        "households": cases.total(every),
        "cash": cases.total(borne["cash"]),
        "goods": cases.total(borne["goods"]),
        "days": cases.total(borne["days"]),
        "cash_burden": cases.ratio(borne["cash"], borne["net_income"]),
        "labour_burden": cases.ratio(borne["days"], borne["labour_force"]),
        "over_cash_limit": cases.share(borne["cash"] > borne["cash_limit"], every),
        "over_days_limit": cases.share(borne["days"] > borne["days_limit"], every),
    }


def by_fifth(borne: pd.DataFrame, tree: Tree) -> pd.DataFrame:
    """FIFTHS: units by fifth of the county's registered persons, the poorest first.

    Empty where fewer than ten households have an income; a household without one is in none.
    """

    def of_fifth(cases: Cases, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        more = {"net_income": cases.total(rows["net_income"])}
        return _sums(cases, rows) | {"contributing_households": cases.count(_gave(rows))} | more

    sums = ("households", "contributing_households", "cash", "days")
    found = each_fifth(borne[list(GROUPED)], tree, of_fifth, sums)
    return found.reindex(columns=list(FIFTHS))
