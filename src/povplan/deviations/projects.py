"""Projects and their money, as far as they deviate: late, stopped, out of step, without the villagers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from povplan.deviations.tables import TABLES, across, over_of, rows_of
from povplan.model import ENTITY, UNIT
from povplan.progress.flow import execution, government
from povplan.spec import Funds
from povplan.sums import known, yuan
from povplan.units import Tree

INTEGRATED = "integrated"
"""The class of money that was integrated 统筹整合涉农资金."""

FLAGS = ("outside_library", "before_approval", "undecided", "unpublished", "not_accepted", "failed")
"""Marks of PROGRESS → the columns that must be known for their absence to mean anything."""
_NEEDS = {
    "outside_library": ("in_library",),
    "before_approval": ("started_on", "approved_on"),
    "undecided": ("village_decision",),
    "unpublished": ("published",),
    "failed": ("acceptance",),
    "not_accepted": (),
}
_LATE = ("late", "overdue")


def projects(
    progress: pd.DataFrame, rows: pd.DataFrame, stopped: pd.Series, unlinked: pd.Series, year: int
) -> pd.DataFrame:
    """The table `projects` of PROGRESS with `department` and `person`, beside the ledger's `rows`.

    `stopped` and `unlinked` say of each row whether it was given up, and whether an industry project names
    no way in which households share. Days late are those of projects that are late; of one in time, or one
    that began or ended in an earlier year, 0: a deviation is of the year in which it happened. A project
    that was given up is late for nothing.
    """
    marks = progress["marks"].fillna("").str.split(",")
    given_up = stopped.astype("boolean").reset_index(drop=True)
    found = progress.assign(
        subject=progress["project"], name=progress["project_name"], entity=progress["project"]
    )
    for mark in FLAGS:
        held = marks.map(lambda told, mark=mark: mark in told).astype("boolean")
        unknown = pd.Series(False, index=rows.index)
        for name in _NEEDS[mark]:
            unknown |= known(rows, name, "object").isna()
        found[mark] = held.mask(unknown.reset_index(drop=True))
    for name in ("start", "finish"):
        days = found[f"{name}_days"].where(found[name].isin(_LATE), 0).mask(found[name].isna())
        past = (known(rows, f"{name}ed_on", "datetime64[s]").dt.year < year).reset_index(drop=True)
        found[f"{name}_days"] = days.mask(past, 0).mask(given_up.fillna(False))
        found[over_of(f"{name}_days")] = (found[name] == "late").fillna(False).astype("boolean")
        if name == "start":
            found["before_approval"] = found["before_approval"].mask(past, False)
    found["lag"] = -found["lead"]
    found["stopped"], found["unlinked"] = given_up, unlinked.astype("boolean").array
    count = {name: known(rows, name, "Float64").reset_index(drop=True) for name in _COUNTS}
    found["satisfied_share"] = count["satisfied_households"] / count["surveyed_households"].mask(
        lambda n: n <= 0
    )
    found["complaints_open"] = count["complaints"] - count["complaints_settled"]
    found["n"] = count["beneficiary_households"].array
    over = [over_of(f"{name}_days") for name in ("start", "finish")]
    return rows_of(found, [*TABLES["projects"].figures, *over])


_COUNTS = (
    "satisfied_households", "surveyed_households", "complaints", "complaints_settled",
    "beneficiary_households",
)  # fmt: skip


def strays(fund_rows: pd.DataFrame, declared: pd.Series) -> pd.DataFrame:
    """The table `strays`: project numbers of the year's money that stand in no project ledger so far.

    Labour and goods are no money; `amount` is that of the stage with most. `declared` are
    the keys of all projects up to the year.
    """
    cash = (known(fund_rows, "form", "string").fillna("cash") == "cash").to_numpy(bool)
    lines = fund_rows[cash]
    number = known(lines, "project_id", "string")
    lines = lines.assign(
        subject=number, amount=yuan(known(lines, "amount", "Int64")),
        department=known(lines, "department", "string"),
        person=known(lines, "responsible", "string"), stage=known(lines, "stage", "string"),
        entity=known(lines, ENTITY, "string"),
    )[number.notna().to_numpy(bool)]  # fmt: skip
    at_stage = lines.groupby(["subject", "stage"], sort=False, dropna=False)["amount"].sum(min_count=1)
    groups = lines.groupby("subject", sort=False)
    found = groups.agg(
        lines=("subject", "size"), unit=(UNIT, "first"), department=("department", "first"),
        person=("person", "first"), entity=("entity", "first"),
    )  # fmt: skip
    found["amount"] = at_stage.groupby("subject").max()
    found = found.reset_index()
    inside = found["subject"].isin(declared)
    found["amount"] = found["amount"].mask(inside, 0.0)
    return rows_of(found, list(TABLES["strays"].figures), name=found["subject"])


def keys_of(rows: pd.DataFrame) -> pd.Series:
    """The numbers by which money may name the projects of a ledger."""
    keys: pd.Series = pd.concat([rows[ENTITY].astype("string"), known(rows, "project_id", "string")])
    return keys.dropna()


# ---- money ----------------------------------------------------------------------------------------


def lines_of_money(
    found: pd.DataFrame, table: str, labels: dict[str, str], owners: pd.DataFrame
) -> pd.DataFrame:
    """The tables `idle` and `clocks`: one row a source of one project; `labels`: source → its name.

    `owners`: department and person by project number; `entity` of `found`: the line from which days count.
    """
    project = found["project"].astype("string")
    source = found["source"].astype("string")
    step = found["step"].astype("string") if table == "clocks" else pd.Series("", index=found.index)
    parts = pd.DataFrame({"a": project.fillna("—"), "b": source.fillna("—"), "c": step})
    subject = parts["a"] + "|" + parts["b"] + ("|" + parts["c"] if table == "clocks" else "")
    unique = owners.drop_duplicates("project").set_index("project")
    named = source.map(labels).astype("string").fillna(source)
    whole = found.assign(
        subject=subject, name=project.fillna("—") + " " + named.fillna("—"),
        unit=found["unit"].astype("string"),
        department=unique["department"].reindex(project).array,
        person=unique["person"].reindex(project).array,
    )  # fmt: skip
    if table == "clocks":
        whole["state"] = whole["state"].astype("string")
    return rows_of(whole, list(TABLES[table].figures))


def integration(flow: pd.DataFrame, funds: Funds, tree: Tree, year: int) -> pd.DataFrame:
    """The table `integration`: of governments' money integrated 统筹整合, what is paid ÷ what can be spent.

    `flow` are the year's lines. Integrated is money of a source of that class, and money marked as such. It
    can be spent once allocated, what was carried in too; of a ledger that follows no allocations, once it
    has arrived: as `execution` has it. Nothing is known of a unit with an amount blank.
    """
    of_class = [one.id for one in funds.sources if one.cls == INTEGRATED]
    marked = known(flow, "integrated", "boolean").fillna(False)
    marked |= known(flow, "source", "string").isin(of_class)
    only = flow.assign(amount=known(flow, "amount", "Int64").where(marked, 0))  # the ledger's stages stay
    stage = known(flow, "stage", "string")
    came = "allocated" if (stage == "allocated").any() else "arrived"
    found = execution(only, funds, tree, year)
    rates = found[
        found["indicator"] == ("execution_available" if came == "allocated" else "execution_arrived")
    ]
    names = {
        "integrated_paid_share": "value",
        "integrated_available": "denominator",
        "integrated_paid": "numerator",
    }
    lost = marked & stage.isin([came, "paid"]) & known(flow, "amount", "Int64").isna()
    nodes = tree.codes(government(flow[lost.to_numpy(bool)], funds)[UNIT])
    blanks = tree.add_upward(np.bincount(nodes[nodes >= 0], minlength=len(tree.paths)))
    unknown = rates["unit"].map(dict(zip(tree.paths, blanks.astype(bool), strict=True)))
    told = [rates.assign(indicator=name, value=rates[part].mask(unknown)) for name, part in names.items()]
    return across(pd.concat(told, ignore_index=True), list(names), "government")


def doubles(found: pd.DataFrame, owners: pd.DataFrame, stages: Mapping[str, str]) -> pd.DataFrame:
    """The table `doubles`: one row a sum of money that stands twice, of the project that says it again.

    It is called by project, document and stage; `stages`: stage → its name.
    """
    again = found[found["second"].astype(bool)]
    project = known(again, "project_id", "string")
    document = known(again, "document_no", "string")
    subject = (
        project.fillna("—") + "|" + document.fillna("—") + "|" + known(again, "stage", "string").fillna("—")
    )
    lines = again.assign(
        subject=subject, project=project, double_kind=again["kind"].astype("string"),
        called=project.fillna("—") + " " + document.fillna("") + " "
        + known(again, "stage", "string").map(dict(stages)).astype("string").fillna(""),
    )  # fmt: skip
    groups = lines.groupby(["double_kind", "subject"], sort=False, dropna=False)
    sums = groups.agg(
        double=("double", "sum"), unit=("unit", "first"), project=("project", "first"),
        entity=("entity", "first"), called=("called", "first"),
    ).reset_index()  # fmt: skip
    unique = owners.drop_duplicates("project").set_index("project")
    whole = sums.assign(
        name=sums["called"].str.split().str.join(" "),
        department=unique["department"].reindex(sums["project"]).array,
        person=unique["person"].reindex(sums["project"]).array,
    )
    return rows_of(whole, list(TABLES["doubles"].figures))
