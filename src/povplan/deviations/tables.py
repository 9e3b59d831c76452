"""The tables in which deviations are looked for: what a row of each is, and which figures it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from povplan.model import MEASURE_COLUMNS

Subject = Literal["target", "project", "fund", "unit", "households", "need", "money"]
"""What deviates: a target, a project, a line of money, a unit, a group of its households, a need, a
purpose of money."""
KEYS = ("subject", "name", "unit", "level", "entity", "department", "person", "n", "indicator_unit")
"""Columns of every table beside its figures. `entity`: the row of the ledger that the figures stand in;
`n`: cases that a figure rests on; `indicator_unit`: what an indicator's figures are in."""
_KEY_TYPES: Mapping[str, Any] = {name: "Int64" if name == "n" else "string" for name in KEYS}


@dataclass(frozen=True)
class Figure:
    """A figure of a table: the unit it is in, and the fields of the ledger that it is read from."""

    unit: str
    """`percent` (a fraction), `元`, `天`, a unit that things are counted in, `ratio`; `indicator`: as the
    row's indicator; `truth` and `word` are no numbers."""
    fields: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether a bound can be held against it."""
        return self.unit not in ("truth", "word")


@dataclass(frozen=True)
class Subjects:
    """One table: what a row is, the ledger whose rows they are, its figures."""

    subject: Subject
    figures: Mapping[str, Figure]
    ledger: str | None = None


def _each(unit: str, *names: str) -> dict[str, Figure]:
    return {name: Figure(unit) for name in names}


TABLES: Mapping[str, Subjects] = {
    "targets": Subjects(
        "target",
        {
            **_each("word", "verdict", "why"),
            **_each("truth", "met", "sum_differs", "redefined"),
            **_each("percent", "attainment", "gap_share", "plan_money_share"),
            **_each("ratio", "pace_ratio"),
            **_each("元", "plan_money", "cost"),
            **_each(
                "indicator", "baseline", "goal", "due", "actual", "forecast", "pace_designed", "pace_best",
                "pace_required",
            ),
        },
        "target",
    ),
    "designs": Subjects(
        "project",
        {
            **_each("truth", "beyond_cash", "beyond_days", "beyond_income"),
            **_each("元", "cash_per_household", "cash_limit", "cash_capacity"),
            **_each("工日", "days_per_household", "days_limit"),
            **_each("户", "households"),
        },
        "project",
    ),
    "fit": Subjects(
        "money",
        {
            **_each("percent", "money_share", "cause_share", "need_share", "short_of_cause", "short_of_need"),
            **_each("元", "money"),
            **_each("户", "cause_households"),
            **_each("件", "needs"),
        },
    ),
    "projects": Subjects(
        "project",
        {
            "start_days": Figure("天", ("planned_start", "started_on")),
            "finish_days": Figure("天", ("planned_finish", "finished_on")),
            "payment_rate": Figure("percent", ("paid_amount", "planned_investment")),
            "work": Figure("percent", ("progress",)),
            "lead": Figure("percent", ("paid_amount", "progress")),
            "lag": Figure("percent", ("paid_amount", "progress")),
            "paid": Figure("元", ("paid_amount",)),
            "deciding_share": Figure("percent", ("deciding_households", "beneficiary_households")),
            "satisfied_share": Figure("percent", ("satisfied_households", "surveyed_households")),
            "complaints_open": Figure("件", ("complaints", "complaints_settled")),
            "outside_library": Figure("truth", ("in_library",)),
            "before_approval": Figure("truth", ("started_on", "approved_on")),
            "undecided": Figure("truth", ("village_decision",)),
            "unpublished": Figure("truth", ("published",)),
            "not_accepted": Figure("truth", ("finished_on", "accepted_on")),
            "failed": Figure("truth", ("acceptance",)),
            "stopped": Figure("truth", ("state",)),
            "unlinked": Figure("truth", ("benefit_link",)),
        },
        "project",
    ),
    "strays": Subjects(
        "fund", {"amount": Figure("元", ("project_id", "amount")), **_each("笔", "lines")}, "fund"
    ),
    "idle": Subjects(
        "fund",
        {
            **_each("元", "arrived", "paid"),
            **{
                name: Figure("元", ("amount", "date"))
                for name in ("balance", "under_1", "from_1_to_2", "over_2", "undated")
            },
        },
        "fund",
    ),
    "clocks": Subjects(
        "fund",
        {
            **_each("word", "step"),
            "state": Figure("word", ("amount", "date")),
            **_each("天", "calendar_days"),
            **_each("工作日", "working_days"),
            **_each("元", "amount"),
        },
        "fund",
    ),
    "doubles": Subjects(
        "fund", {"double": Figure("元", ("document_no", "amount")), **_each("word", "double_kind")}, "fund"
    ),
    "delivery": Subjects(
        "unit", _each("percent", "delivered_total", "delivered_others", "delivered_lever")
    ),
    "integration": Subjects(
        "unit",
        {
            **_each("percent", "integrated_paid_share"),
            **_each("元", "integrated_available", "integrated_paid"),
        },
    ),
    "burden": Subjects(
        "unit", _each("percent", "cash_burden", "labour_burden", "over_cash_limit", "over_days_limit")
    ),
    "targeting": Subjects(
        "unit",
        {
            **_each("percent", "exclusion_error", "inclusion_error", "poor_coverage", "coverage"),
            **_each("percent", "poor_share"),
            **_each("ratio", "cgh_20", "cgh_40", "concentration"),
            **_each("户", "outside_households", "benefit_households"),
            **_each("元", "outside_amount", "benefit_amount"),
        },
    ),
    "spreads": Subjects(
        "project",
        {
            **_each("truth", "averaged"),
            **_each("ratio", "benefit_variation", "income_variation"),
            **_each("户", "benefit_households", "outside_households"),
            **_each("percent", "outside_share"),
            **_each("元", "amount", "mean"),
        },
        "project",
    ),
    "captures": Subjects(
        "project",
        {
            **_each("户", "benefit_households", "official_households"),
            **_each("percent", "official_share", "largest_share", "rich_share"),
            **_each("元", "amount", "official_amount", "largest_amount"),
        },
        "project",
    ),
    "exits": Subjects(
        "households",
        {**_each("户", "escaped", "early_exits"), **_each("percent", "early_exit_share")},
    ),
    "repeats": Subjects(
        "households", {**_each("户", "repeated_households"), **_each("元", "repeated_amount")}
    ),
    "loans": Subjects(
        "households",
        {**_each("户", "loan_households", "misused_loan_households"), **_each("元", "misused_loan_amount")},
    ),
    "students": Subjects(
        "households",
        {**_each("人", "students_due", "students_unaided"), **_each("percent", "unaided_share")},
    ),
    "officials": Subjects(
        "households",
        {
            **_each("户", "official_households", "official_registered"),
            **_each("percent", "official_registered_share"),
        },
    ),
    "needs": Subjects(
        "need",
        {
            "township_days": Figure("天", ("raised_on", "proposed_on")),
            "county_days": Figure("天", ("proposed_on", "replied_on")),
            "unlinked_days": Figure("天", ("replied_on", "project_id")),
            **_each("户", "households"),
            **_each("word", "status", "urgency"),
        },
        "need",
    ),
    "unmet": Subjects(
        "unit",
        {
            **_each("件", "needs", "unmet_needs"),
            **_each("户", "unmet_households"),
            **_each("percent", "unmet_share"),
        },
    ),
    "indicators": Subjects("unit", {}),
    "events": Subjects(
        "target",
        {
            **_each("percent", "event_effect", "gap_share", "gap_share_without"),
            **_each("indicator", "goal", "due", "actual", "actual_without"),
            **_each("word", "verdict", "verdict_without", "events"),
            **_each("个", "touched_units"),
        },
    ),
}  # fmt: skip
"""Name → what its rows and figures are. Figures of `indicators` are the indicators' own."""


def rows_of(frame: pd.DataFrame, figures: Sequence[str], **keys: Any) -> pd.DataFrame:
    """A table: KEYS as given or as the frame has them, then the figures; a key that is nowhere is blank."""
    found = frame.assign(**keys) if keys else frame
    whole = found.reindex(columns=[*KEYS, *figures]).reset_index(drop=True)
    return whole.astype(_KEY_TYPES)


def across(measures: pd.DataFrame, figures: Sequence[str], scope: str | None = None) -> pd.DataFrame:
    """A table by unit of MEASURE_COLUMNS: units down in their order, figures across, with the cases of each.

    A unit answers for its own figures; the county's is the office.
    """
    assert set(MEASURE_COLUMNS) <= set(measures.columns)
    plain = measures[measures["scope"].isna() if scope is None else measures["scope"] == scope]
    some = plain[plain["indicator"].isin(list(figures)) & plain["value"].notna()]
    units = measures.drop_duplicates("unit").set_index("unit")["level"]
    wide = some.pivot(index="unit", columns="indicator", values="value").reindex(units.index)
    cases = some.pivot(index="unit", columns="indicator", values="n").reindex(units.index)
    named = pd.Series(units.index, dtype="string").str.rsplit("/", n=1).str[-1]
    counts = cases.reindex(columns=list(figures)).rename(columns=cases_of)
    whole = wide.reindex(columns=list(figures)).join(counts).reset_index()
    return rows_of(
        whole, [*figures, *counts], subject=whole["unit"], name=named.array, level=units.array,
        department=named.array,
    )  # fmt: skip


def over_of(figure: str) -> str:
    """The column that says whether what a figure tells of is over by now: begun late, but begun."""
    return f"over_{figure}"


def cases_of(figure: str) -> str:
    """The column with the cases that a figure rests on, where figures of a table rest on different ones."""
    return f"n_{figure}"
