"""Analyses laid out for reading: few columns, units down, words for ids; what is a rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from povplan.messages import catalogue, say
from povplan.model import MEASURE_COLUMNS, NOTES
from povplan.spec import Funds

WIDE: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("capacity", "burden"): (
        "all:households", "contributing:households", "all:cash_burden", "contributing:cash_burden_p50",
        "contributing:cash_burden_p90", "contributing:cash_burden_max", "all:over_cash_limit",
        "all:labour_burden", "all:over_days_limit", "all:could_not_households", "all:would_not_households",
    ),
    ("capacity", "villages"): (
        ":collective_given", ":collective_income", ":collective_burden", ":cash_by_funds", ":days_by_funds",
    ),
    ("capacity", "exposure"): (
        ":exposed_households", ":own", ":loan", ":at_risk", ":exposure", ":exposure_p50", ":exposure_p90",
        ":exposure_max", ":uncovered_share", ":expected_return",
    ),
    ("projects", "execution"): (
        "government:money_allocated", "government:money_carried_in", "government:money_arrived",
        "government:money_paid", "government:execution_allocated", "government:execution_available",
        "government:execution_arrived", "special:execution_available",
    ),
    ("projects", "idle"): (
        ":idle_balance", ":idle_under_1", ":idle_from_1_to_2", ":idle_over_2", ":idle_undated", ":idle_rate",
        ":idle_old_rate", ":money_advanced",
    ),
    ("projects", "clocks"): (
        ":released_in_time", ":released_slow", ":released_late", ":released_in_time_share",
        ":arrived_in_time", ":arrived_slow", ":arrived_late", ":arrived_in_time_share",
    ),
    ("benefit", "targeting"): (
        ":households", ":benefit_households", ":benefit_amount", ":outside_households", ":poor_coverage",
        ":inclusion_error", ":poor_share", ":cgh_20", ":cgh_40", ":concentration", ":gini_before",
        ":gini_after", ":gap_closed",
    ),
}  # fmt: skip
"""View of figures → those that become columns, each as scope:indicator."""
SHARES = ("households", "of_households", "rate", "persons", "of_persons", "persons_rate")
NARROW: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("projects", "list"): (
        "project", "project_name", "unit", "phase", "start", "start_days", "finish", "finish_days",
        "quantity_rate", "work", "payment_rate", "acceptance", "marks",
    ),
    ("projects", "totals"): (
        "group", "projects", "under_way", "finished", "passed", "operating", "overdue", "outside_library",
        "before_approval", "payment_ahead", "planned_investment", "paid", "payment_rate", "work",
    ),
    ("capacity", "households"): (
        "household", "unit", "fifth", "net_income", "cash_promised", "cash", "cash_limit", "cash_capacity",
        "cash_burden", "days_promised", "days", "days_limit", "standing",
    ),
    ("capacity", "projects"): (
        "project", "project_name", "households", "cash_per_household", "cash_limit", "cash_capacity",
        "days_per_household", "days_limit", "beyond_cash", "beyond_days", "beyond_income",
    ),
    ("dynamics", "matrix"): ("unit", "panel", "begin", "end", *SHARES),
    ("dynamics", "income"): ("unit", "by", "panel", "begin", "end", *SHARES),
    ("dynamics", "returns"): ("unit", "panel", "flow", "year", *SHARES, "left_register", "unknown", "note"),
    ("dynamics", "durations"): ("unit", "panel", "spell", "ended", "length", "at_least", *SHARES),
    ("dynamics", "causes"): ("unit", "panel", "flow", "cause", *SHARES),
    **{
        ("dynamics", name): (
            "household", "head_name", "unit", "persons", "income", "reason_zh", "reason_en",
            "listed_for", "households", "of_households", "rate", "persons_rate", "unknown",
        )
        for name in ("fell-back", "at-risk", "unmet")
    },
}  # fmt: skip
"""Other views of which a terminal shows some columns only; of the rest it shows all."""
HEADS = {
    "contributing:households": "contributing_households", "special:execution_available": "scope_special",
    ":benefit_amount": "amount",
}  # fmt: skip
WORDS = {
    "origin": "origin", "standing": "standing", "reason": "reason", "phase": "phase", "step": "step",
    "state": "state", "start": "time", "finish": "time", "panel": "panel", "flow": "flow", "spell": "spell",
    "by": "by",
}  # fmt: skip
"""Column → what its ids are called in the messages."""
YEARS = frozenset({"year", "previous_year"})
RATES = frozenset(
    """cash_burden cash_burden_p50 cash_burden_p90 cash_burden_max over_cash_limit over_days_limit coverage
    poor_coverage exclusion_error inclusion_error poor_share benefit_share gap_closed gap_used
    collective_burden exposure exposure_p50 exposure_p90 exposure_max uncovered_share
    execution_allocated execution_available
    execution_arrived idle_rate idle_old_rate in_time_share deciding_share quantity_rate work payment_rate
    lead scope_special rate persons_rate""".split()  # noqa: SIM905 - one name after the other reads better than quotes
)
THREE = frozenset(
    "cgh_20 cgh_40 concentration gini_before gini_after benefit_variation income_variation".split()  # noqa: SIM905
)


AMOUNTS = frozenset(
    """amount per_head mean allocated carried_in arrived paid advanced balance under_1 from_1_to_2 over_2
    undated planned_investment cash cash_promised cash_limit cash_capacity cash_per_household cash_by_funds
    goods goods_promised collective_given collective_income income net_income own loan at_risk
    expected_return""".split()  # noqa: SIM905
)
"""Columns of yuan."""


def laid_out(frame: pd.DataFrame, command: str, what: str, lang: str) -> pd.DataFrame:
    """The view in the columns that people read, values as they are; projects with a mark first."""
    if tuple(frame.columns) == MEASURE_COLUMNS:
        frame = _across(frame, WIDE[command, what], lang)
    names = [name for name in NARROW.get((command, what), tuple(frame.columns)) if name in frame]
    shown = frame[[name for name in names if name != "level"]]
    if "marks" in shown:
        shown = shown.iloc[np.argsort(shown["marks"].isna().to_numpy(), kind="stable")]
    return shown


def sources_named(frame: pd.DataFrame, funds: Funds | None, lang: str) -> pd.DataFrame:
    """The view with sources of money by their label instead of their id."""
    if "source" not in frame or funds is None:
        return frame
    labels = {source.id: source.label.text(lang) for source in funds.sources}
    return frame.assign(source=frame["source"].map(labels).fillna(frame["source"]))


def _across(frame: pd.DataFrame, wanted: tuple[str, ...], lang: str) -> pd.DataFrame:
    """Units down, figures across, and the reasons why some are missing."""
    keys = frame["scope"].fillna("").astype(str) + ":" + frame["indicator"].astype(str)
    here = frame.assign(key=keys)[keys.isin(wanted).to_numpy(bool)]
    units = pd.Index(frame["unit"].drop_duplicates())
    values = here.pivot(index="unit", columns="key", values="value").reindex(units)
    found: dict[str, Any] = {"unit": list(units)}
    for key in wanted:
        if key in values:
            found[HEADS.get(key, _bare(key))] = values[key].array
    reasons = here.dropna(subset="note").groupby("unit", sort=False)["note"].unique().to_dict()
    found["note"] = ["、".join(NOTES[note].text(lang) for note in reasons.get(unit, ())) for unit in units]
    return pd.DataFrame(found)


def _bare(key: str) -> str:
    """The column's name: the indicator's without what only tells views apart."""
    name = key.rpartition(":")[2]
    for prefix in ("money_", "idle_", "released_", "arrived_"):
        rest = name.removeprefix(prefix)
        if rest != name and f"head_{rest}" in catalogue():
            return rest if prefix in ("money_", "idle_") and rest != "rate" else name
    return name


def is_missing(value: Any) -> bool:
    """Whether there is no value: None, NA, NaT or not a number."""
    return (
        value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))
    )


def word(value: Any, name: str, lang: str) -> str | None:
    """A value that is no number as people write it; None for a number."""
    if name in ("unit", "group"):
        return str(value).partition("/")[2] or str(value)
    if name in WORDS:
        return say(f"{WORDS[name]}_{value}").text(lang)
    if name in YEARS:
        return str(int(value))
    if name == "note" and value in NOTES:
        return NOTES[value].text(lang)
    if name == "marks":
        return "、".join(say(f"head_{mark}").text(lang) for mark in str(value).split(","))
    if isinstance(value, bool | np.bool_):
        return say("word_yes" if value else "word_no").text(lang)
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    return None if isinstance(value, float | int | np.number) else str(value)


def is_rate(name: str) -> bool:
    """Whether a column holds fractions that are shown in percent."""
    return name in RATES or name.endswith("_in_time_share")
