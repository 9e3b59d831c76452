"""Working days between two dates: Saturdays, Sundays and public holidays off, make-up days worked.

A year for which no holidays are declared has only its weekends off, and what was counted in it says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.spec import CalendarYear

Days = npt.NDArray[np.datetime64]
A_DAY = np.timedelta64(1, "D")


def working_days(start: pd.Series, end: pd.Series, calendar: Sequence[CalendarYear]) -> pd.Series:
    """Days of work after `start` up to and with `end`; negative where `end` lies before; blank where unknown.

    Money allocated on a Friday and released on the next Monday took one working day.
    """
    known = (start.notna() & end.notna()).to_numpy(bool)
    begun, ended = (_days(dates[known]) + A_DAY for dates in (start, end))
    first, last = np.minimum(begun, ended), np.maximum(begun, ended)
    holidays, worked = (_listed(calendar, name) for name in ("holidays", "workdays"))
    ordinary = np.busday_count(first, last, holidays=holidays)
    made_up = np.searchsorted(worked, last) - np.searchsorted(worked, first)
    counted = pd.Series(pd.NA, index=start.index, dtype="Int64")
    counted[known] = np.where(ended < begun, -1, 1) * (ordinary + made_up)
    return counted


def calendar_days(start: pd.Series, end: pd.Series) -> pd.Series:
    """Days from `start` to `end`, blank where one is unknown."""
    return (end - start).dt.days.astype("Int64")


def weekends_only(start: pd.Series, end: pd.Series, calendar: Sequence[CalendarYear]) -> pd.Series:
    """Whether some of the time between two dates lies in a year without declared holidays."""
    declared = np.array(sorted(year.year for year in calendar), np.int64)
    years = pd.concat([start.dt.year, end.dt.year], axis=1).dropna()
    first, last = years.min(axis=1).to_numpy(np.int64), years.max(axis=1).to_numpy(np.int64)
    covered = np.searchsorted(declared, last, "right") - np.searchsorted(declared, first)
    found = pd.Series(covered < last - first + 1, index=years.index)
    return found.reindex(start.index).astype("boolean")


def span(year: int, days: str) -> Days:
    """The days of `05-01` or `02-10..02-17` in a year; none where there is no such day."""
    first, _, last = days.partition("..")
    try:
        begin, end = (np.datetime64(f"{year}-{day}", "D") for day in (first, last or first))
    except ValueError:
        return np.array([], "datetime64[D]")
    return np.arange(begin, end + A_DAY)


def _listed(calendar: Sequence[CalendarYear], name: str) -> Days:
    spans = [span(year.year, days) for year in calendar for days in getattr(year, name)]
    return np.sort(np.concatenate([np.array([], "datetime64[D]"), *spans]))


def _days(dates: pd.Series) -> Days:
    return dates.to_numpy().astype("datetime64[D]")
