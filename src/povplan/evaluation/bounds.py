"""What a figure can be: a share within 0 and 1, a count not below 0; money and ratios anything.

A trend does not know that. Carried on beyond a bound it says when the bound is reached, and no number: there
are no −33 persons, and no 106 % of households.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.spec import Indicator, UnitOfMeasure

Floats = npt.NDArray[np.float64]
NEAR = 1e-9
"""How far beyond a bound is still noise of a division."""
ANY = (-np.inf, np.inf)


def bounds(indicator: Indicator | None, measurement: Mapping[str, UnitOfMeasure]) -> tuple[float, float]:
    """The least and the most that a kept value of the indicator can be, as its unit of measure tells."""
    unit = measurement.get(indicator.unit) if indicator else None
    if unit is None or unit.dimension == "money":
        return ANY
    if unit.id in ("percent", "permille"):
        return 0.0, 1.0
    return ANY if unit.dimension == "ratio" else (0.0, np.inf)


def possible(value: float, indicator: Indicator, measurement: Mapping[str, UnitOfMeasure]) -> bool:
    """Whether a kept value can be the indicator's."""
    least, most = bounds(indicator, measurement)
    return least - NEAR <= value <= most + NEAR


def kept_within(
    ahead: pd.DataFrame,
    figures: Floats,
    ones: Sequence[Indicator | None],
    goal: Floats,
    year: int,
    measurement: Mapping[str, UnitOfMeasure],
) -> pd.DataFrame:
    """FORECAST with its interval cut to what can be, and no number where the line itself lies beyond it.

    Then `forecast_note` says at which end, `trend_to_none` or `trend_to_whole`, and `bound_year` the first
    year after `year` in which the line is there; blank where the target year is not ahead. A unit whose own
    figures lie beyond the bounds is not held to them.
    """
    pairs = np.array([bounds(one, measurement) for one in ones], np.float64).reshape(len(ones), 2)
    least, most = pairs[:, 0], pairs[:, 1]
    with np.errstate(invalid="ignore"):
        unruly = ((figures < least[:, None] - NEAR) | (figures > most[:, None] + NEAR)).any(axis=1)
    least, most = np.where(unruly, -np.inf, least), np.where(unruly, np.inf, most)
    line, low, high, slope = (
        ahead[name].to_numpy(np.float64) for name in ("forecast", "forecast_low", "forecast_high", "slope")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        below, above = line < least - NEAR, line > most + NEAR
        apart = (high < least) | (low > most)
        reached = np.ceil(goal + (np.where(below, least, most) - line) / slope - NEAR)
    found = ahead.assign(
        forecast=np.where(below | above, np.nan, line),
        forecast_low=np.where(apart, np.nan, np.clip(low, least, most)),
        forecast_high=np.where(apart, np.nan, np.clip(high, least, most)),
        bound_year=np.where((below | above) & (goal > year), np.maximum(reached, year + 1), np.nan),
    )
    said = np.select([below, above], ["trend_to_none", "trend_to_whole"], "")
    return found.assign(forecast_note=pd.array(said, dtype="string"))
