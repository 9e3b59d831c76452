"""A unit's own trend carried on to a year: a straight line through its figures, and how far off it may be.

Least squares over at least three years. The interval is the usual one of a single new observation,
ŷ ± t·s·√(1 + 1/n + (x − x̄)² ÷ Σ(x − x̄)²) with s² = Σ(y − ŷ)² ÷ (n − 2) and t of n − 2 degrees of freedom:
with three years t is large, and so the interval is wide. Nothing is cut off here at 0 or
100 %: what is judged is the whole line, what is shown of it `bounds` tells.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
LEAST_YEARS = 3
FORECAST = ("n_years", "slope", "forecast", "forecast_low", "forecast_high")


def forecast(years: Floats, figures: Floats, until: Floats, confidence: float) -> pd.DataFrame:
    """FORECAST of each row of `figures` (rows × years, NaN unknown) for its year in `until`.

    Of fewer than three known years there is a count and no forecast. `confidence` is a fraction.
    """
    usable = ~np.isnan(figures)
    n = usable.sum(axis=1)
    enough = (n >= LEAST_YEARS) & ~np.isnan(until)
    x = np.where(usable, years[None, :], 0.0)
    y = np.where(usable, figures, 0.0)
    safe = np.maximum(n, 1)
    mean_x, mean_y = x.sum(axis=1) / safe, y.sum(axis=1) / safe
    dx = np.where(usable, years[None, :] - mean_x[:, None], 0.0)
    dy = np.where(usable, figures - mean_y[:, None], 0.0)
    spread = (dx**2).sum(axis=1)
    slope = np.divide((dx * dy).sum(axis=1), spread, out=np.zeros(len(n)), where=spread > 0)
    rest = ((dy - slope[:, None] * dx) ** 2).sum(axis=1)
    free = np.maximum(n - 2, 1)
    away = until - mean_x
    widen = 1 + 1 / safe + np.divide(away**2, spread, out=np.zeros(len(n)), where=spread > 0)
    half = np.array([t_quantile(confidence, int(df)) for df in free]) * np.sqrt(rest / free * widen)
    ahead = mean_y + slope * away
    values = {"slope": slope, "forecast": ahead, "forecast_low": ahead - half, "forecast_high": ahead + half}
    shown = {name: np.where(enough, value, np.nan) for name, value in values.items()}
    return pd.DataFrame({"n_years": n, **shown})[list(FORECAST)]


@lru_cache(maxsize=256)
def t_quantile(confidence: float, df: int) -> float:
    """t with P(|T| ≤ t) = confidence for Student's distribution, by halving an interval."""
    if not 0 < confidence < 1:
        return math.nan
    low, high = 0.0, 1.0
    while _within(high, df) < confidence and high < 1e9:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, df) < confidence else (low, middle)
    return (low + high) / 2


def _within(t: float, df: int) -> float:
    """P(|T| ≤ t), the finite sums of Abramowitz & Stegun 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(df))
    sine, cosine = math.sin(angle), math.cos(angle)
    if df == 1:
        return 2 * angle / math.pi
    term, total = (cosine, cosine) if df % 2 else (1.0, 1.0)
    for k in range(3 if df % 2 else 2, df - 1, 2):
        term *= (k - 1) / k * cosine**2
        total += term
    return 2 / math.pi * (angle + sine * total) if df % 2 else sine * total
