"""Where a target ought to stand in a year: evenly added, evenly multiplied, or as listed year by year."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


def planned(targets: pd.DataFrame, baseline: Floats, year: int) -> Floats:
    """The path's value in `year` of each of TARGETS; from the target year on the target itself.

    Not a number before the baseline year, where a part is unknown, and on a geometric path from or to zero
    or across it. Between two listed years the path runs straight.
    """
    begun, goal = (
        targets[name].to_numpy("float64", na_value=np.nan) for name in ("baseline_year", "target_year")
    )
    value = targets["value"].to_numpy("float64", na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        passed = np.clip((year - begun) / (goal - begun), 0, 1)
        straight = baseline + (value - baseline) * passed
        times = np.where(baseline * value > 0, value / baseline, np.nan)
        bent = baseline * times**passed
    kind = targets["path"].fillna("linear").to_numpy(object)
    found = np.where(kind == "geometric", bent, straight)
    for at in np.flatnonzero(kind == "listed"):
        found[at] = _listed(targets["yearly"].iloc[at], begun[at], baseline[at], goal[at], value[at], year)
    found = np.where(year >= goal, value, found)
    return np.where(year < begun, np.nan, found)


def points_of(text: object) -> dict[int, float]:
    """`2022:0.85;2023:0.9` as year → value."""
    if not isinstance(text, str) or not text:
        return {}
    return {int(year): float(value) for year, value in (part.split(":") for part in text.split(";"))}


def _listed(text: object, begun: float, base: float, goal: float, value: float, year: int) -> float:
    """A path through listed points; the baseline begins it where it is known, the target ends it."""
    points = points_of(text)
    if not points:
        return np.nan
    points |= {int(y): v for y, v in ((begun, base), (goal, value)) if not (np.isnan(y) or np.isnan(v))}
    years = sorted(points)
    if year < years[0]:
        return np.nan
    return float(np.interp(year, years, [points[one] for one in years]))
