"""Labour in money: days times the day wage of the county, the year and the skill.

As 2 CFR 200.306 values volunteers: at what similar work is paid in the place. A skill has its own wage only
where the county declares one. An amount without days cannot be verified and counts at its face value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from povplan.spec import Funds, Parameter

Wages = Mapping[tuple[int, str], float]
"""(year, skill) → yuan a day; `general` is the wage of every skill without one of its own."""
LABOUR, GENERAL = "labour", "general"


def wages_of(funds: Funds, parameters: Mapping[str, Parameter], years: Iterable[int]) -> Wages:
    """The day wages in force, as the taxonomy names their parameters."""
    found = {}
    for year in years:
        for skill, name in funds.wages.items():
            wage = parameters[name].in_force(year) if name in parameters else None
            if wage is not None:
                found[year, skill] = float(wage)
    return found


def valued(lines: pd.DataFrame, wages: Wages) -> pd.DataFrame:
    """The lines with `entered` (fen as entered), `amount` (fen as valued) and `valued` (how).

    Labour is worth days × wage. Without days, or without a wage of that year, it is worth what was entered:
    `face`. Days that nobody can value stay blank.
    """
    labour = (lines["form"] == LABOUR).fillna(False).to_numpy(bool)
    days = lines["labour_days"].to_numpy("float64", na_value=np.nan)
    wage = _wage(lines, wages)
    by_days = labour & ~np.isnan(days) & ~np.isnan(wage)
    fen = np.floor(np.where(by_days, days * wage * 100, 0) + 0.5 + 1e-9).astype(np.int64)
    how = np.where(by_days, "days", np.where(labour, "face", "entered"))
    amount = lines["amount"].mask(pd.Series(by_days, index=lines.index), pd.Series(fen, index=lines.index))
    return lines.assign(entered=lines["amount"], amount=amount.astype("Int64"), valued=how)


def at_wages(lines: pd.DataFrame, change: float) -> pd.DataFrame:
    """The lines as they would stand if every day wage were higher by this part of itself."""
    by_days = (lines["valued"] == "days").to_numpy(bool)
    other = np.floor(lines["amount"].fillna(0).to_numpy("float64") * (1 + change) + 0.5)
    moved = lines["amount"].mask(by_days & lines["amount"].notna(), other.astype(np.int64))
    return lines.assign(amount=moved)


def _wage(lines: pd.DataFrame, wages: Wages) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The wage of each line's year and skill, not a number where none is in force."""
    years = lines["year"].to_numpy()
    found = np.full(len(lines), np.nan)
    for (year, skill), wage in sorted(wages.items(), key=lambda known: known[0][1] != GENERAL):
        own = (lines["skill"] == skill).fillna(False).to_numpy(bool)
        found[(years == year) & (own | (skill == GENERAL))] = wage
    return found
