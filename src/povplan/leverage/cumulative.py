"""Amounts and days that forms give since the start of a work: differenced before they are added.

Within a year the last report counts. The first one a ledger knows counts whole (`opening`): what lies
before it is in it. So the yearly amounts add up to the last cumulative one, and a fall is negative.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.model import UNIT

SERIES = (UNIT, "project_id", "source", "stage", "form", "department", "household_id", "skill", "relation")
"""What makes two cumulative amounts speak of the same money."""
QUANTITIES = ("amount", "labour_days")


def differenced(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines, the cumulative ones turned into what was added in their year; `added` says which are.

    `added` is single, opening or difference. A blank stays blank and is passed over.
    """
    lines = lines.assign(added="single")
    cumulative = (lines["amount_kind"] == "cumulative").fillna(False).to_numpy(bool)
    if not cumulative.any():
        return lines
    running = _last_of_year(lines[cumulative])
    for name in QUANTITIES:
        known = running[running[name].notna()]
        before = known.groupby("_series")[name].shift()
        running.loc[known.index, name] = known[name] - before.fillna(0)
        running.loc[known.index, "added"] = np.where(before.isna(), "opening", "difference")
    whole = pd.concat([lines[~cumulative], running[list(lines.columns)]])
    return whole.sort_index(kind="stable").reset_index(drop=True)


def falls(lines: pd.DataFrame) -> pd.Series:
    """Which lines say that a cumulative amount became less than it was when last reported."""
    return (lines["added"] == "difference") & (lines["entered"] < 0).fillna(False)


def undated_reports(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows of a year are one of several cumulative amounts of the same money, without a date.

    Only one of them counts, and nobody said which.
    """
    if "amount_kind" not in rows:
        return np.zeros(len(rows), np.bool_)
    cumulative = (rows["amount_kind"] == "cumulative").fillna(False) & rows["amount"].notna()
    names = [name for name in SERIES if name in rows]
    several = rows[cumulative].duplicated(names, keep=False).reindex(rows.index, fill_value=False)
    undated = rows["date"].isna() if "date" in rows else True
    return np.asarray(several & undated, np.bool_)


def _last_of_year(running: pd.DataFrame) -> pd.DataFrame:
    """One report a series and year, the latest; of undated ones the greatest."""
    series = running.groupby(list(SERIES), dropna=False, sort=False, observed=True).ngroup()
    known = running[list(QUANTITIES)].notna().any(axis=1)
    marked = running.assign(_series=series, _known=known)
    order = ["_series", "year", "_known", "date", *QUANTITIES]
    marked = marked.sort_values(order, na_position="first", kind="stable")
    return marked[~marked.duplicated(["_series", "year"], keep="last")]
