"""One row a project: chosen, approved, started, built, paid for, accepted, kept up; and what is amiss.

Time is compared with the plan in days, quantity and work as shares of the plan, money as paid ÷ planned
investment. `lead` is how far payment runs ahead of the work.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from povplan.model import ENTITY, UNIT
from povplan.progress.flow import new_money
from povplan.spec import Parameter, in_force
from povplan.sums import Cases, known, yuan

PROGRESS = (
    "project", "project_name", "unit", "category", "department", "phase",
    "decided", "deciding_share", "published", "in_library", "approved_on",
    "start", "start_days", "finish", "finish_days",
    "quantity_unit", "planned_quantity", "completed_quantity", "quantity_rate", "work",
    "planned_investment", "paid", "payment_rate", "lead",
    "funds_allocated", "funds_arrived", "funds_paid",
    "acceptance", "accept_days", "upkeep", "marks",
)  # fmt: skip
PHASES = ("planned", "approved", "under_way", "finished", "passed", "operating")
TIMES = ("ahead", "on_time", "late", "overdue", "not_due")
"""Done before, at, after the planned day; not done though it has passed; not done and not due."""
MARKS = (
    "outside_library", "before_approval", "undecided", "unpublished", "start_overdue", "overdue",
    "payment_ahead", "not_accepted", "failed", "no_money",
)  # fmt: skip
TOTALS = (
    "projects", *PHASES, *MARKS, "planned_investment", "paid", "payment_rate", "work",
)  # fmt: skip
LIMITS = ("progress_tolerance", "payment_ahead", "acceptance_days")
"""Parameters: days off the plan that count as on time, points of lead, days from finish to acceptance."""


def progress(
    projects: pd.DataFrame,
    fund_rows: pd.DataFrame,
    accepted: pd.Series,
    failed: pd.Series,
    parameters: Mapping[str, Parameter],
    as_of: dt.date,
) -> pd.DataFrame:
    """PROGRESS, one row a project in the ledger's order; money in yuan, rates as fractions.

    `fund_rows` are the lines of this year and all before, each with its `year`; carry-over is not counted
    again. `accepted` and `failed` say how each acceptance ended. `paid` is what the project ledger says,
    else what the fund ledger does. `marks` are the ids of MARKS, joined by commas.
    """
    rows, day = projects.reset_index(drop=True), pd.Timestamp(as_of)
    limits = {name: in_force(parameters, name, as_of.year) for name in LIMITS}
    passed, wrong = (
        mask.astype("boolean").fillna(False).reset_index(drop=True) for mask in (accepted, failed)
    )
    found = _chosen(rows).join(_work(rows)).join(_money(rows, fund_rows))
    found["lead"] = (found["payment_rate"] - found["work"]).round(9)
    begun = found["started_on"].notna() | (found["work"] > 0).fillna(False)
    ended = found["finished_on"].notna() | (found["work"] >= 1).fillna(False)
    for name, done, real in (("start", begun, "started_on"), ("finish", ended, "finished_on")):
        planned = known(rows, f"planned_{name}", "datetime64[s]")
        told = _time(planned, found[real], done, day, limits["progress_tolerance"])
        found[name], found[f"{name}_days"] = told
    found["phase"] = _phase(found, begun, ended, passed)
    waits = (day - found["finished_on"]).dt.days > limits["acceptance_days"]
    flags = {
        "outside_library": ~found["in_library"],
        "before_approval": found["started_on"] < found["approved_on"],
        "undecided": ~found["decided"],
        "unpublished": ~found["published"],
        "start_overdue": found["start"] == "overdue",
        "overdue": found["finish"] == "overdue",
        "payment_ahead": found["lead"] > limits["payment_ahead"] / 100,
        "not_accepted": waits & ~passed & ~wrong,
        "failed": wrong,
        "no_money": found["funds_paid"].isna() & (len(fund_rows) > 0),
    }
    return found.assign(marks=_marks(flags, len(found)))[list(PROGRESS)]


def totals(found: pd.DataFrame, cases: Cases) -> pd.DataFrame:
    """TOTALS, one row for each node of `cases`, named `group`: units, or the departments of a flat tree.

    Paid ÷ planned investment is of the projects that know both; work is weighted by planned investment.
    """
    marks = found["marks"].fillna("").str.split(",")
    flags: dict[str, pd.Series] = {"projects": found["project"].notna()}
    flags |= {phase: (found["phase"] == phase).fillna(False) for phase in PHASES}
    flags |= {mark: marks.map(lambda told, mark=mark: mark in told).astype("boolean") for mark in MARKS}
    planned = found["planned_investment"]
    figures = {name: cases.count(flag) for name, flag in flags.items()}
    figures |= {
        "planned_investment": cases.total(planned),
        "paid": cases.total(found["paid"]),
        "payment_rate": cases.ratio(found["paid"], planned),
        "work": cases.ratio((found["work"] * planned).round(2), planned),
    }
    values = pd.DataFrame({name: figures[name]["value"] for name in TOTALS}).astype("Float64")
    return values.assign(group=list(cases.tree.paths))[["group", *TOTALS]]


def _time(
    planned: pd.Series, real: pd.Series, done: pd.Series, day: pd.Timestamp, slack: float
) -> tuple[pd.Series, pd.Series]:
    """One of TIMES, and the days by which it is late (before zero: early); what is open counts to `day`."""
    until = real.where(done, day)
    days = (until - planned).dt.days.astype("Int64")
    slack = 0.0 if np.isnan(slack) else slack
    told = pd.Series("on_time", index=planned.index, dtype="string")
    told = told.mask(days > slack, "late").mask(days < -slack, "ahead").where(real.notna())
    open_ = pd.Series("not_due", index=planned.index, dtype="string").mask(days > 0, "overdue")
    told = told.mask(~done, open_).where(planned.notna())
    return told, days.mask((told == "not_due").fillna(True))


def _phase(found: pd.DataFrame, begun: pd.Series, ended: pd.Series, passed: pd.Series) -> pd.Series:
    """How far a project has come, one of PHASES; operating is accepted and with a unit that keeps it up."""
    phase = pd.Series("planned", index=found.index, dtype="string")
    phase = phase.mask(found["approved_on"].notna(), "approved").mask(begun, "under_way")
    phase = phase.mask(ended, "finished").mask(passed, "passed")
    return phase.mask(passed & found["upkeep"], "operating")


def _chosen(rows: pd.DataFrame) -> pd.DataFrame:
    """What the project is, and how it was chosen and approved."""
    found = pd.DataFrame({"project": rows[ENTITY], "unit": rows[UNIT]})
    for name in ("project_name", "category", "department"):
        found[name] = known(rows, name, "string")
    for name, column in (("decided", "village_decision"), ("published",) * 2, ("in_library",) * 2):
        found[name] = known(rows, column, "boolean")
    households = known(rows, "beneficiary_households", "Float64").mask(lambda n: n <= 0)
    found["deciding_share"] = known(rows, "deciding_households", "Float64") / households
    return found


def _work(rows: pd.DataFrame) -> pd.DataFrame:
    """What was to be done and what was, its days and its quality."""
    found = pd.DataFrame(index=rows.index)
    for name in ("approved_on", "started_on", "finished_on"):
        found[name] = known(rows, name, "datetime64[s]")
    accepted_on = known(rows, "accepted_on", "datetime64[s]")
    found["accept_days"] = (accepted_on - found["finished_on"]).dt.days.astype("Int64")
    for name in ("planned_quantity", "completed_quantity"):
        found[name] = known(rows, name, "Float64")
    found["quantity_rate"] = found["completed_quantity"] / found["planned_quantity"].mask(lambda q: q <= 0)
    found["work"] = known(rows, "progress", "Float64") / 100
    for name in ("quantity_unit", "acceptance"):
        found[name] = known(rows, name, "string")
    return found.assign(upkeep=known(rows, "upkeep", "string").notna())


def _money(rows: pd.DataFrame, fund_rows: pd.DataFrame) -> pd.DataFrame:
    """Planned, paid, and what the fund ledger has at each stage: yuan, blank where there is no line.

    Money only: labour and goods are neither allocated nor paid, whatever amount stands beside them.
    """
    lines = new_money(fund_rows)
    lines = lines[known(lines, "form", "string").fillna("cash") == "cash"]
    amounts = yuan(known(lines, "amount", "Int64"))
    keys = [known(lines, name, "string") for name in ("project_id", "stage")]
    by_stage = amounts.groupby(keys).sum(min_count=1).unstack() if len(lines) else pd.DataFrame()
    found = pd.DataFrame(index=rows.index)
    present = rows[ENTITY].isin(by_stage.index)
    for stage in ("allocated", "arrived", "paid"):
        at_stage = by_stage[stage] if stage in by_stage else pd.Series(dtype="Float64")
        of_project = pd.Series(at_stage.reindex(rows[ENTITY]).array, dtype="Float64", index=rows.index)
        found[f"funds_{stage}"] = of_project.fillna(0).where(present)
    found["planned_investment"] = yuan(known(rows, "planned_investment", "Int64"))
    found["paid"] = yuan(known(rows, "paid_amount", "Int64")).fillna(found["funds_paid"])
    found["payment_rate"] = found["paid"] / found["planned_investment"].mask(lambda p: p <= 0)
    return found


def _marks(flags: Mapping[str, pd.Series], number: int) -> pd.Series:
    """The ids of the flags that hold, joined by commas; blank where none does."""
    held = np.column_stack([flag.astype("boolean").fillna(False).to_numpy(bool) for flag in flags.values()])
    codes = held @ (1 << np.arange(len(flags)))
    names = list(flags)
    words = {code: ",".join(n for i, n in enumerate(names) if code >> i & 1) for code in np.unique(codes)}
    return pd.Series([words[code] or None for code in codes], index=range(number), dtype="string")
