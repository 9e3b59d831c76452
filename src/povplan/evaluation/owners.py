"""Who answers for indicators, targets, projects and money, and what nobody answers for 无主事项."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from povplan.evaluation.parties import exploded
from povplan.model import ENTITY, UNIT
from povplan.spec import Indicator
from povplan.sums import known

OWNERS = (
    "kind",  # indicator, target, project, fund
    "id", "label_zh", "label_en", "unit",
    "department", "portion", "sharing",  # sole, equal, declared; blank where nobody answers
    "stated",  # the cell as written, where several share
    "person",
)  # fmt: skip
_NOBODY = pd.DataFrame(
    {name: pd.Series(dtype="string") for name in OWNERS if name not in ("portion", "sharing", "stated")}
)


def responsible(indicator: Indicator, year: int) -> str | None:
    """Who answers for an indicator in a year: the last named until then."""
    past = [since for since in indicator.responsible if since <= year]
    return indicator.responsible[max(past)] if past else None


def owners(
    indicators: Sequence[Indicator],
    targets: pd.DataFrame,
    projects: pd.DataFrame,
    funds: pd.DataFrame,
    answering: pd.DataFrame,
    year: int,
) -> pd.DataFrame:
    """OWNERS: one row for each party of each thing, those of nobody first.

    `targets` are TARGETS in force; `projects` and `funds` the ledgers' rows of the year; `answering` is
    `department` and `person` by `project`, of all known so far. A target without a department is its
    indicator's; a line of money of which nobody is named is its project's. A project without a
    department is its implementing unit's. A person alone is an owner too.
    """
    things = [_indicators(indicators, year), _targets(targets, indicators, year)]
    things += [_projects(projects), _funds(funds, answering)]
    whole = pd.concat([_NOBODY, *things], ignore_index=True)
    found = exploded(whole, "department", keep_nobody=True)
    several = found["share"] < 1
    found = found.rename(columns={"share": "portion", "basis": "sharing"})
    shown = found.assign(stated=found["department"].where(several), department=found["party"])
    nobody = shown["department"].isna() & shown["person"].isna()
    ordered = pd.concat([shown[nobody], shown[~nobody]], ignore_index=True)
    dtypes = dict.fromkeys(OWNERS, "string") | {"portion": "Float64"}
    return ordered.reindex(columns=list(OWNERS)).astype(dtypes)


def ownerless(found: pd.DataFrame) -> pd.DataFrame:
    """The rows of OWNERS for which nobody answers."""
    return found[found["department"].isna() & found["person"].isna()].reset_index(drop=True)


def _indicators(indicators: Sequence[Indicator], year: int) -> pd.DataFrame:
    live = [one for one in indicators if year in one.valid]
    return pd.DataFrame(
        {
            "kind": "indicator",
            "id": [one.id for one in live],
            "label_zh": [one.label.zh for one in live],
            "label_en": [one.label.text("en") for one in live],
            "department": [responsible(one, year) for one in live],
        }
    )


def _targets(targets: pd.DataFrame, indicators: Sequence[Indicator], year: int) -> pd.DataFrame:
    """A target is its own department's, else that of its indicator."""
    live = targets[~targets["superseded"].fillna(False).astype(bool)]
    labels = {one.id: one.label for one in indicators}
    of_indicator = {one.id: responsible(one, year) for one in indicators}
    named = live["indicator"].astype("string")
    return pd.DataFrame(
        {
            "kind": "target",
            "id": live["target"],
            "label_zh": named.map({name: one.zh for name, one in labels.items()}).fillna(live["named"]),
            "label_en": named.map({name: one.text("en") for name, one in labels.items()}).fillna(
                live["named"]
            ),
            "unit": live["unit"],
            "department": live["department"].fillna(named.map(of_indicator).astype("string")),
            "person": live["person"],
        }
    )


def _projects(projects: pd.DataFrame) -> pd.DataFrame:
    department = known(projects, "department", "string").fillna(known(projects, "implementer", "string"))
    name = known(projects, "project_name", "string")
    columns = {"id": projects[ENTITY], "label_zh": name, "label_en": name, "unit": projects[UNIT]}
    return pd.DataFrame(
        {**columns, "department": department, "person": known(projects, "manager", "string")}
    ).assign(kind="project")


def _funds(funds: pd.DataFrame, answering: pd.DataFrame) -> pd.DataFrame:
    by_project = answering.set_index("project")
    department = department_of(funds, by_project["department"])
    label = known(funds, "source", "string")
    columns = {"id": funds[ENTITY], "label_zh": label, "label_en": label, "unit": funds[UNIT]}
    person = person_of(funds, by_project["person"])
    return pd.DataFrame({**columns, "department": department, "person": person}).assign(kind="fund")


def person_of(funds: pd.DataFrame, of_project: pd.Series) -> pd.Series:
    """The person of each line of money: its own, else that of its project where nobody is named."""
    own = known(funds, "responsible", "string")
    unnamed = known(funds, "department", "string").isna()
    return own.fillna(_by_project(funds, of_project).where(unnamed))


def department_of(funds: pd.DataFrame, of_project: pd.Series) -> pd.Series:
    """The department of each line of money: its own, else that of its project (project → department)."""
    return known(funds, "department", "string").fillna(_by_project(funds, of_project))


def _by_project(funds: pd.DataFrame, of_project: pd.Series) -> pd.Series:
    unique = of_project[~of_project.index.duplicated()]
    return known(funds, "project_id", "string").map(unique).astype("string")
