"""Real change: the nominal one without the rise of prices between the two years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from povplan.spec import Indicator, Parameter

REAL: tuple[str, ...] = (
    "indicator",
    "unit",
    "level",
    "year",
    "previous_year",
    "value",
    "previous",
    "change_base",  # the figure that the change is taken from: restated, or that of the year before
    "relative",  # nominal
    "deflator",  # prices of the year over those of the base year
    "real",
    "note",
)


def real(
    changes: pd.DataFrame, indicators: Iterable[Indicator], parameters: Mapping[str, Parameter]
) -> pd.DataFrame:
    """REAL of the changes whose indicator names what it is deflated by (`deflate`).

    (1 + nominal) ÷ (prices of the year ÷ prices of the base year) − 1. The index has the year before as 100
    and must stand for each year passed: a value that only lasts from an earlier year is none. Without it the
    real change is blank and `no_deflator`.
    """
    by = {one.id: one.deflate for one in indicators if one.deflate is not None}
    found = changes[changes["indicator"].isin(list(by))].reset_index(drop=True)
    of_years = {
        (name, first, last): deflator(parameters[name], first, last)
        for name in set(by.values())
        for first, last in {*zip(found["previous_year"], found["year"], strict=True)}
    }
    names = found["indicator"].map(by)
    keys = zip(names, found["previous_year"], found["year"], strict=True)
    prices = pd.Series([of_years[key] for key in keys], index=found.index, dtype="Float64")
    growth = (1 + found["relative"]) / prices - 1
    note = found["note"].mask(prices.isna() & found["relative"].notna(), "no_deflator")
    return found.assign(deflator=prices, real=growth, note=note)[list(REAL)]


def deflator(index: Parameter, first: int, last: int) -> float:
    """Prices of `last` over those of `first`; not a number where a year's index is missing."""
    given = {dated.since: dated.value for dated in index.values}
    steps = [given.get(year) for year in range(first + 1, last + 1)]
    return float(np.prod([np.nan if step is None else step / 100 for step in steps]))
