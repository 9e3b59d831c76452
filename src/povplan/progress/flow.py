"""Money on its way: how much of it was paid out, how long it lies, how long each step took.

Only the money of governments in cash is counted here. Money carried over from last year is the same money:
it is an amount to be spent, but it did not arrive again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from povplan.model import UNIT
from povplan.spec import CalendarYear, Funds, Parameter, in_force
from povplan.sums import Cases, figures, known, yuan
from povplan.units import Tree
from povplan.workdays import calendar_days, weekends_only, working_days

CHAIN = ["unit", "project", "source"]
IDLE = (
    *CHAIN, "arrived", "paid", "balance", "under_1", "from_1_to_2", "over_2", "undated", "oldest", "advanced",
)  # fmt: skip
"""Yuan of one source for one project; the balance by the years since it arrived."""
CLOCKS = (
    *CHAIN, "step", "amount", "since", "until", "open", "calendar_days", "working_days", "limit_full",
    "limit_late",
    "state", "weekends_only",
)  # fmt: skip
AGES = ("under_1", "from_1_to_2", "over_2", "undated")
STEPS = {"released": ("release_days", "calendar_days"), "arrived": ("arrival_workdays", "working_days")}
"""Stage that follows the allocation → parameters of its limits (`…_full`, `…_late`), days that count."""
STATES = ("in_time", "slow", "late")
BEFORE_RELEASE = ["planned", "allocated", "arrived"]
"""Stages at which money carried over is entered again; what is released or paid of it is new."""


def government(fund_rows: pd.DataFrame, funds: Funds, *, lever: bool = False) -> pd.DataFrame:
    """The lines of governments' money in cash, or of the special fund alone; a blank form is cash."""
    listed = [one.id for one in funds.sources if one.party == "government" and not one.memo]
    listed = [one.id for one in funds.sources if one.id in listed and (one.lever or not lever)]
    cash = known(fund_rows, "form", "string").fillna("cash") == "cash"
    meant = cash & known(fund_rows, "source", "string").isin(listed)
    return fund_rows.iloc[np.flatnonzero(meant)]


def new_money(fund_rows: pd.DataFrame) -> pd.DataFrame:
    """The lines without those that enter money again which was carried over: all but payments of it.

    In the first year it stays, for earlier there are no lines.
    """
    if "year" not in fund_rows or not len(fund_rows):
        return fund_rows
    carried = known(fund_rows, "carried_over", "boolean").fillna(False)
    entered = known(fund_rows, "stage", "string").isin(BEFORE_RELEASE)
    again = carried & entered & (fund_rows["year"] > fund_rows["year"].min())
    return fund_rows.iloc[np.flatnonzero(~again)]


def execution(fund_rows: pd.DataFrame, funds: Funds, tree: Tree, year: int) -> pd.DataFrame:
    """MEASURE_COLUMNS of the year's lines: paid ÷ three denominators, each named, and the amounts.

    `execution_allocated`: allocated this year. `execution_available`: that and what was carried in.
    `execution_arrived`: arrived, carried in too. Scopes: `government`, and `special` for the lever. Of a
    stage that no line of the year has, nothing is known: `no_stage`.
    """
    found, stages = [], set(known(fund_rows, "stage", "string").dropna())
    for scope, lever in (("government", False), ("special", True)):
        rows = government(fund_rows, funds, lever=lever).reset_index(drop=True)
        amount, stage = yuan(known(rows, "amount", "Int64")), known(rows, "stage", "string")
        carried = known(rows, "carried_over", "boolean").fillna(False)
        parts = {
            "paid": amount.where((stage == "paid").fillna(False), 0),
            "allocated": amount.where(((stage == "allocated") & ~carried).fillna(False), 0),
            "carried_in": amount.where(((stage == "allocated") & carried).fillna(False), 0),
            "arrived": amount.where((stage == "arrived").fillna(False), 0),
        }
        cases = Cases.at(tree, rows[UNIT]) if len(rows) else Cases(tree, np.array([], np.int64))
        sums = {f"money_{name}": cases.total(part) for name, part in parts.items()}
        available = parts["allocated"] + parts["carried_in"]
        below = {"allocated": parts["allocated"], "available": available, "arrived": parts["arrived"]}
        rates = {f"execution_{name}": cases.ratio(parts["paid"], part) for name, part in below.items()}
        for name in ("paid", "allocated", "arrived"):
            if name not in stages:
                sums[f"money_{name}"] = _no_stage(sums[f"money_{name}"])
        if "paid" not in stages:
            rates = {name: _no_stage(rate) for name, rate in rates.items()}
        found.append(figures(sums | rates, tree, year, scope))
    return pd.concat(found, ignore_index=True)


def _no_stage(figure: pd.DataFrame) -> pd.DataFrame:
    """The figure without its value: the ledger does not follow money so far."""
    return figure.assign(value=np.nan, note=figure["note"].where(figure["note"] == "no_rows", "no_stage"))


def idle(fund_rows: pd.DataFrame, funds: Funds, as_of: dt.date) -> pd.DataFrame:
    """IDLE, one row a unit, project and source: what arrived and was not paid, by how long it has lain.

    `fund_rows` are the lines of this year and all before, each with its `year`. What arrived first is taken
    to be paid first. Money carried into the first year known arrived at the end of the year before. With an
    amount blank the balance is not known. `advanced` is what was paid before it arrived.
    """
    rows = new_money(government(fund_rows, funds)).reset_index(drop=True)
    stage, amount = known(rows, "stage", "string"), yuan(known(rows, "amount", "Int64"))
    lines = pd.DataFrame(
        {
            "unit": known(rows, UNIT, "string"),
            "project": known(rows, "project_id", "string"),
            "source": known(rows, "source", "string"),
            "arrived": amount.where((stage == "arrived").fillna(False)),
            "paid": amount.where((stage == "paid").fillna(False)),
            "blank": amount.isna() & stage.isin(["arrived", "paid"]),
            "date": _arrival(rows),
        }
    )[stage.isin(["arrived", "paid"]).to_numpy(bool)]
    chains = lines.groupby(CHAIN, sort=False, dropna=False)
    found = chains[["arrived", "paid"]].sum().mask(chains["blank"].any())
    found["balance"] = (found["arrived"] - found["paid"]).clip(lower=0).round(2)
    found["advanced"] = (found["paid"] - found["arrived"]).clip(lower=0).round(2)
    lying = _lying(lines, found["balance"], pd.Timestamp(as_of))
    ages = lying.groupby([*CHAIN, "age"], dropna=False)["lies"].sum().unstack().reindex(columns=list(AGES))
    found[list(AGES)] = ages.reindex(found.index).fillna(0).round(2).mask(found["balance"].isna(), axis=0)
    found["oldest"] = lying.groupby(CHAIN, dropna=False)["date"].min().reindex(found.index)
    return found.reset_index()[list(IDLE)]


def _arrival(rows: pd.DataFrame) -> pd.Series:
    """The day of a line; of money from before the ledger begins, the last day of the year before."""
    date = known(rows, "date", "datetime64[s]")
    if "year" not in rows:
        return date
    carried = known(rows, "carried_over", "boolean").fillna(False).to_numpy(bool)
    before = pd.to_datetime((rows["year"].astype("int64") - 1).astype(str) + "-12-31").astype("datetime64[s]")
    return date.mask(pd.Series(carried, index=date.index), before)


def _lying(lines: pd.DataFrame, balance: pd.Series, day: pd.Timestamp) -> pd.DataFrame:
    """The arrivals of which something is left, with how much of each: the balance is what arrived last."""
    came = lines[(lines["arrived"] > 0).fillna(False).to_numpy(bool)]
    came = came.sort_values("date", kind="stable", ascending=False, na_position="first")
    later = came.groupby(CHAIN, sort=False, dropna=False)["arrived"].cumsum() - came["arrived"]
    left = came[CHAIN].merge(balance.reset_index(), on=CHAIN, how="left")["balance"].array
    lies = (pd.Series(left, index=came.index) - later).clip(lower=0)
    lies = lies.where(lies < came["arrived"], came["arrived"]).round(2)
    age = pd.Series("under_1", index=came.index, dtype="string")
    for years, name in ((1, "from_1_to_2"), (2, "over_2")):
        age = age.mask(came["date"] <= day - pd.DateOffset(years=years), name)
    age = age.mask(came["date"].isna(), "undated")
    return came.assign(lies=lies, age=age)[(lies > 0).fillna(False).to_numpy(bool)]


def idle_totals(found: pd.DataFrame, tree: Tree, year: int) -> pd.DataFrame:
    """MEASURE_COLUMNS at every unit: the balance by age, its share of what arrived, what lies over a year."""
    cases = Cases.at(tree, found["unit"])
    old = found["from_1_to_2"] + found["over_2"]
    sums = {f"idle_{name}": cases.total(found[name]) for name in ("balance", *AGES)}
    rates = {
        "idle_rate": cases.ratio(found["balance"], found["arrived"]),
        "idle_old_rate": cases.ratio(old, found["arrived"]),
    }
    return figures(sums | rates | {"money_advanced": cases.total(found["advanced"])}, tree, year)


def clocks(
    fund_rows: pd.DataFrame,
    funds: Funds,
    calendar: Sequence[CalendarYear],
    parameters: Mapping[str, Parameter],
    as_of: dt.date,
) -> pd.DataFrame:
    """CLOCKS of the year's lines: from the first allocation until all of it was released, or had arrived.

    What is not complete is `open` and runs to `as_of`. Release counts calendar days, arrival working days;
    `state` is in_time up to `limit_full`, late above `limit_late`, slow between. A step that no line of
    the ledger takes is not timed.
    """
    carried = known(fund_rows, "carried_over", "boolean").fillna(False).to_numpy(bool)
    rows = government(fund_rows[~carried], funds)
    lines = pd.DataFrame(
        {
            "unit": known(rows, UNIT, "string"),
            "project": known(rows, "project_id", "string"),
            "source": known(rows, "source", "string"),
            "stage": known(rows, "stage", "string"),
            "amount": yuan(known(rows, "amount", "Int64")),
            "date": known(rows, "date", "datetime64[s]"),
        }
    )
    begun = lines[(lines["stage"] == "allocated").fillna(False)].groupby(CHAIN, sort=False, dropna=False)
    since = begun.agg(amount=("amount", "sum"), since=("date", "min"))
    steps = [
        _step(since, lines, stage, calendar, parameters, as_of)
        for stage in STEPS
        if (lines["stage"] == stage).any()
    ]
    return (
        pd.concat([pd.DataFrame(columns=list(CLOCKS)), *steps], ignore_index=True) if steps else _no_clock()
    )


def _no_clock() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object") for name in CLOCKS})


def _step(
    since: pd.DataFrame,
    lines: pd.DataFrame,
    stage: str,
    calendar: Sequence[CalendarYear],
    parameters: Mapping[str, Parameter],
    as_of: dt.date,
) -> pd.DataFrame:
    reached = lines[(lines["stage"] == stage).fillna(False)].groupby(CHAIN, sort=False, dropna=False)
    there = reached.agg(reached=("amount", "sum"), last=("date", "max")).reindex(since.index)
    found = since.join(there).reset_index()
    found["open"] = ~(found["reached"].fillna(0) >= found["amount"]).fillna(False)
    found["until"] = found["last"].mask(found["open"], pd.Timestamp(as_of))
    found["calendar_days"] = calendar_days(found["since"], found["until"])
    found["working_days"] = working_days(found["since"], found["until"], calendar)
    found["weekends_only"] = weekends_only(found["since"], found["until"], calendar)
    limit, counted = STEPS[stage]
    for name in ("full", "late"):
        value = in_force(parameters, f"{limit}_{name}", as_of.year)
        found[f"limit_{name}"] = pd.Series(value, index=found.index).astype("Float64")
    state = pd.Series("slow", index=found.index, dtype="string")
    state = state.mask(found[counted] <= found["limit_full"], "in_time").mask(
        found[counted] > found["limit_late"], "late"
    )
    known_state = (found[counted] + found["limit_full"] + found["limit_late"]).notna()
    waiting = found["open"] & (state == "in_time")
    return found.assign(step=stage, state=state.where(known_state).mask(waiting))[list(CLOCKS)]


def clock_totals(found: pd.DataFrame, tree: Tree, year: int) -> pd.DataFrame:
    """MEASURE_COLUMNS at every unit: how many of each step were in time, slow, late; the share in time."""
    figures_: dict[str, pd.DataFrame] = {}
    for stage in STEPS:
        rows = found[found["step"] == stage].reset_index(drop=True)
        if not len(rows):
            continue
        cases, state = Cases.at(tree, rows["unit"]), rows["state"].astype("string")
        figures_ |= {f"{stage}_{name}": cases.count(state == name) for name in STATES}
        every = pd.Series(1.0, index=rows.index, dtype="Float64")
        figures_[f"{stage}_in_time_share"] = cases.share(state == "in_time", every)
    return figures(figures_, tree, year)
