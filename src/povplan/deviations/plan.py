"""Targets as they were set and as they go: paces, cost, definitions, and money against what is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from povplan.deviations.tables import TABLES, rows_of
from povplan.evaluation.targets import numbered
from povplan.spec import Indicator
from povplan.sums import known, yuan

LEAST_STEPS = 2
"""Yearly steps of a unit that must be known before its best pace says anything of a target's."""
_EPS = 1e-9


def targets(
    evaluated: pd.DataFrame,
    faulty: pd.DataFrame,
    planned: pd.DataFrame,
    indicators: Sequence[Indicator],
    units: Mapping[str, str],
) -> pd.DataFrame:
    """The table `targets` of EVALUATION rows.

    `faulty`: rule and target of the faults of targets themselves; `planned`: cost of targets and planned
    money of the projects for them, one row a target; `units`: indicator → the unit of its kept values.
    `pace_ratio` is what the target asked for each year from its baseline on ÷ the best yearly pace the
    unit ever had, endless where it never moved the right way; blank for targets met at the baseline.
    """
    number = numbered(evaluated["target"])
    labels = {one.id: one.label.zh for one in indicators}
    designed = _designed(evaluated)
    met = _met(evaluated, indicators)
    best = evaluated["pace_best"].astype("Float64")
    enough = (evaluated["n_years"] > LEAST_STEPS).fillna(False)
    ratio = (designed / best.mask(best <= 0)).mask((best <= 0).fillna(False), np.inf).where(enough)
    sums = set(faulty.loc[faulty["rule"].isin(["target_sum", "target_mean"]), "target"])
    money = planned.drop_duplicates("target").set_index("target").reindex(evaluated["target"])
    found = evaluated.assign(
        subject=number,
        name=evaluated["indicator"].map(labels).astype("string").fillna(evaluated["named"]),
        pace_designed=designed,
        pace_ratio=ratio.mask(met.fillna(False)),
        met=met,
        sum_differs=evaluated["target"].isin(sums).astype("boolean"),
        redefined=(evaluated["note"] == "not_comparable").fillna(False).astype("boolean"),
        plan_money=money["plan_money"].array,
        cost=money["cost"].array,
        plan_money_share=(money["plan_money"] / money["cost"].mask(money["cost"] <= 0)).array,
        indicator_unit=evaluated["indicator"].map(dict(units)),
        entity=known(evaluated, "entity", "string"),
    )
    return rows_of(found, list(TABLES["targets"].figures))


def planned_money(live: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    """Cost of each of TARGETS and planned investment of the projects that name it, yuan.

    Where no project at all names a target, nobody keeps that column and the money is not known.
    """
    named = known(projects, "target_id", "string")
    amount = yuan(known(projects, "planned_investment", "Int64"))
    sums = amount.groupby(named).sum(min_count=1)
    found = pd.DataFrame({"target": live["target"].array, "cost": live["cost"].array})
    money = pd.Series(sums.reindex(numbered(found["target"])).array, dtype="Float64")
    found["plan_money"] = money.fillna(0) if named.notna().any() else money.mask(money.notna())
    return found


def _designed(evaluated: pd.DataFrame) -> pd.Series:
    """What the target asked for each year, from its baseline to its year, above zero."""
    years = (evaluated["target_year"] - evaluated["baseline_year"]).astype("Float64")
    return (evaluated["goal"] - evaluated["baseline"]).abs() / years.mask(years <= 0)


def _met(evaluated: pd.DataFrame, indicators: Sequence[Indicator]) -> pd.Series:
    """Whether the baseline was there already, or beyond; blank where a part or the direction is not known."""
    better = {one.id: {"higher": 1.0, "lower": -1.0}.get(one.better) for one in indicators}
    direction = pd.Series([better.get(str(one)) for one in evaluated["indicator"]], dtype="Float64")
    return ((evaluated["goal"] - evaluated["baseline"]).reset_index(drop=True) * direction <= _EPS).astype(
        "boolean"
    )


def fit(fitted: pd.DataFrame) -> pd.DataFrame:
    """The table `fit`: how far a purpose's share of the money is short of its share of causes, needs."""
    found = fitted.assign(
        subject=fitted["fit"],
        name=fitted["label_zh"],
        department=fitted["unit"].str.rsplit("/", n=1).str[-1],
        short_of_cause=fitted["cause_share"] - fitted["money_share"],
        short_of_need=fitted["need_share"] - fitted["money_share"],
        n=fitted["cause_households"],
    )
    return rows_of(found, list(TABLES["fit"].figures))
