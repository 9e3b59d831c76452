"""The way of a figure over several years: change and mean annual rate, turning points, and a pattern by rule.

Only years with one definition are looked at, the newest with those before it that compare with it; a year
that is missing in between is not filled in, and each step counts by the years really passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from povplan.change.yearly import KEYS, RATES
from povplan.spec import Indicator

PATH: tuple[str, ...] = (
    *KEYS,
    "first_year",
    "year",
    "compared",  # comparable years with a figure
    "first_value",
    "value",
    "absolute",
    "relative",  # NA for rates
    "points",  # percentage points, for rates
    "annual",  # mean change a year: a share (geometric mean), of rates percentage points (arithmetic)
    "pattern",  # level | steady | slowing | uneven | stalled | reversed | fluctuating; three years at least
    "direction",  # up | down from first to last; blank where level
    "turning",  # `2019` a turn, several joined by ","
    "note",
)
LEAST = 3
"""Fewer years have no pattern."""


@dataclass(frozen=True)
class Thresholds:
    """What counts as no change in a year, and as slowing down."""

    share: float
    """Of the figure at the beginning of the step; for all but rates. A fraction."""
    points: float
    """Percentage points, for rates."""
    slowing: float
    """The last step against the mean of those before it, by year. A fraction."""


def path(
    figures: Mapping[int, pd.DataFrame], indicators: Iterable[Indicator], limits: Thresholds
) -> pd.DataFrame:
    """PATH of every figure of the newest year that an earlier comparable one stands beside, in its order.

    `figures`: year → its measures. A mean annual rate needs both ends above zero (`base_zero` where the first
    is 0, `not_positive` else); a pattern at least three years (`few_years`).
    """
    known = {one.id: one for one in indicators}
    newest = max(figures)
    now = figures[newest]
    wide = pd.concat([_of_year(frame, year) for year, frame in sorted(figures.items())], axis=1)
    lines = wide.reindex(pd.MultiIndex.from_frame(_keys(now)))
    values, years = lines.to_numpy("float64", na_value=np.nan), [int(year) for year in wide.columns]
    rows = [
        _line(dict(zip(years, line, strict=True)), known.get(str(name)), newest, limits, note)
        for name, note, line in zip(now["indicator"], now["note"], values, strict=True)
    ]
    found = pd.concat([now[KEYS].reset_index(drop=True), pd.DataFrame(rows)], axis=1)
    return found.reindex(columns=list(PATH)).astype(
        {
            **dict.fromkeys(("first_year", "year", "compared"), "Int64"),
            **dict.fromkeys(("first_value", "value", "absolute", "relative", "points", "annual"), "Float64"),
            **dict.fromkeys(("pattern", "direction", "turning", "note"), "string"),
        }
    )


def _keys(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[KEYS].astype(object).fillna("")


def _of_year(frame: pd.DataFrame, year: int) -> pd.Series:
    values = frame["value"].astype("Float64").to_numpy("float64", na_value=np.nan)
    return pd.Series(values, index=pd.MultiIndex.from_frame(_keys(frame)), name=year)


def _line(
    by_year: Mapping[int, float], one: Indicator | None, newest: int, limits: Thresholds, note: str
) -> dict[str, Any]:
    """What is to be said of one figure at one unit."""
    seen = {year: value for year, value in by_year.items() if value == value}
    years = [year for year in seen if one is None or one.is_same_in(newest, year)]
    if newest not in seen:
        return {"year": newest, "note": "no_rows" if pd.isna(note) else note}
    if len(years) < 2:
        note = "not_comparable" if len(seen) > 1 else "base_missing"
        return {"year": newest, "value": seen[newest], "compared": len(years), "note": note}
    rate = one is not None and one.unit in RATES
    values = [seen[year] for year in years]
    found = {
        "first_year": years[0],
        "year": newest,
        "compared": len(years),
        "first_value": values[0],
        "value": values[-1],
    }
    found |= _moved(years, values, rate)
    if len(years) < LEAST:
        return {**found, "note": found.get("note") or "few_years"}
    return found | pattern(years, values, limits, rate=rate)


def _moved(years: Sequence[int], values: Sequence[float], rate: bool) -> dict[str, Any]:
    """The change between the ends, and its mean by year."""
    first, last, passed = values[0], values[-1], years[-1] - years[0]
    if rate:
        return {
            "absolute": last - first,
            "points": (last - first) * 100,
            "annual": (last - first) * 100 / passed,
        }
    found: dict[str, Any] = {"absolute": last - first}
    if first == 0:
        return {**found, "note": "base_zero"}
    found["relative"] = (last - first) / abs(first)
    if first < 0 or last <= 0:
        return {**found, "note": "not_positive"}
    return {**found, "annual": (last / first) ** (1 / passed) - 1}


def pattern(
    years: Sequence[int], values: Sequence[float], limits: Thresholds, *, rate: bool
) -> dict[str, str | None]:
    """`pattern`, `direction` and `turning` of three years or more, by rule.

    A step is up, down or none, by its change a year. None at all: *level*. None at the end after some:
    *stalled*. One turn: *reversed*; more: *fluctuating*. One way throughout: *uneven* with pauses between,
    *slowing* where the last step is less than the declared share of the mean of those before, else *steady*.
    """
    yearly = list(_steps(years, values))
    signs = [
        0 if abs(step) < limit else int(np.sign(step))
        for step, limit in zip(yearly, _none(values, limits, rate), strict=True)
    ]
    moves = [(at, sign) for at, sign in enumerate(signs) if sign]
    turns = [years[at] for (_, before), (at, sign) in pairwise(moves) if sign != before]
    net = values[-1] - values[0]
    return {
        "pattern": _named(signs, len(turns), yearly, limits),
        "direction": ("up" if net > 0 else "down") if moves and net else None,
        "turning": ",".join(map(str, turns)) or None,
    }


def _steps(years: Sequence[int], values: Sequence[float]) -> Iterator[float]:
    """The change of each step, by year."""
    for at in range(1, len(years)):
        yield (values[at] - values[at - 1]) / (years[at] - years[at - 1])


def _none(values: Sequence[float], limits: Thresholds, rate: bool) -> Iterator[float]:
    """Below which change a year each step is none."""
    for value in values[:-1]:
        yield max(limits.points / 100 if rate else limits.share * abs(value), 1e-12)


def _named(signs: Sequence[int], turns: int, yearly: Sequence[float], limits: Thresholds) -> str:
    if not any(signs):
        return "level"
    if not signs[-1]:
        return "stalled"
    if turns:
        return "reversed" if turns == 1 else "fluctuating"
    if not all(signs):
        return "uneven"
    before = float(np.mean(np.abs(yearly[:-1])))
    return "slowing" if abs(yearly[-1]) < limits.slowing * before else "steady"
