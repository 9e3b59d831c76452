"""What changed from one year to the next, indicator by indicator and unit by unit.

A change is stated only where both years mean the same: across two definitions, or from zero or nothing,
there is no number but a note. Rates change by percentage points, everything else also by a share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from povplan.measures import Frames, measure
from povplan.model import UNIT
from povplan.spec import CodeList, Indicator, Ledger, Parameter
from povplan.units import Tree

KEYS = ["indicator", "unit", "level", "basis", "scope"]
CHANGE_COLUMNS: tuple[str, ...] = (
    *KEYS,
    "year",
    "previous_year",
    "value",
    "previous",
    "change_base",  # what the change is taken from: a restated figure (note `restated_base`), else previous
    "absolute",  # value − base, in the unit of the value
    "relative",  # (value − base) / |base|; NA for rates
    "points",  # percentage points; NA except for rates
    "comparable",  # whether both years have the same definition
    "note",  # why a change is missing, from model.NOTES
)
RATES = frozenset({"percent", "permille"})
"""Units of measure whose indicators are fractions of a whole."""


@dataclass(frozen=True)
class YearRows:
    """The accepted rows of one year: ledger → typed frame, and those of the year before if there are any."""

    year: int
    as_of: date
    frames: Frames
    previous: Frames | None = None


def change(now: pd.DataFrame, before: pd.DataFrame, indicators: Iterable[Indicator]) -> pd.DataFrame:
    """CHANGE_COLUMNS for two frames of measures, each of one year, in the order of `now`.

    A unit that only `before` knows follows at the end. A figure whose indicator is not among
    `indicators` (leverage) is compared as it stands. A relative change from a negative base is
    taken of its size, so that its sign still says up or down.
    """
    year, previous_year = _year(now), _year(before)
    old = before[[*KEYS, "value"]].rename(columns={"value": "previous"})
    joined = now[[*KEYS, "value", "note"]].merge(old, how="outer", on=KEYS, sort=False, indicator=True)
    joined = _in_order_of(now, joined).assign(year=year, previous_year=previous_year)
    known = {indicator.id: indicator for indicator in indicators}
    same = {name: known[name].is_same_in(year, previous_year) for name in known}
    joined["restated"] = _restated(joined, known, previous_year)
    joined["comparable"] = joined["indicator"].map(same).astype("boolean").fillna(True) | (
        joined["restated"].notna()
    )
    rates = {name for name, indicator in known.items() if indicator.unit in RATES}
    return _differences(joined, joined["indicator"].isin(rates))[list(CHANGE_COLUMNS)]


def comparable(
    now: YearRows,
    before: YearRows,
    indicators: Iterable[Indicator],
    ledgers: Mapping[str, Ledger],
    parameters: Mapping[str, Parameter],
    tree: Tree,
    codes: Mapping[str, CodeList] | None = None,
    whole: pd.DataFrame | None = None,
    whole_before: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The change over the units that have the figure in both years, with the full totals beside it.

    A unit counts if it has rows in both years and, in both, at least one that the indicator could use: a
    village whose cell is blank this year is not compared with itself of last year. CHANGE_COLUMNS, then
    `full_value` and `full_previous` over all units of each year, and `shared`: how many units compare.
    `whole` and `whole_before` are the measures of all units, for a caller who has them over this tree.
    """
    indicators = tuple(indicators)

    def measured(some: Iterable[Indicator], rows: YearRows) -> pd.DataFrame:
        return measure(
            some, rows.frames, ledgers, parameters, rows.year, rows.as_of, tree, rows.previous, codes
        )

    whole = measured(indicators, now) if whole is None else whole
    whole_before = measured(indicators, before) if whole_before is None else whole_before
    without = _without_figure((whole, whole_before))
    rows_in_both = {name: _units_in_both(now, before, name) for name in {one.ledger for one in indicators}}
    both = {
        one.id: tuple(unit for unit in rows_in_both[one.ledger] if unit not in without.get(one.id, ()))
        for one in indicators
    }
    narrow: list[pd.DataFrame] = []
    narrow_before: list[pd.DataFrame] = []
    for ledger, units, some in _alike(indicators, both):
        for rows, known, into in ((now, whole, narrow), (before, whole_before, narrow_before)):
            into.append(
                _of(some, known)
                if _covers(units, rows, ledger)
                else measured(some, _cut(rows, ledger, units))
            )
    full = change(whole, whole_before, indicators)
    found = change(_in_order(narrow, indicators), _in_order(narrow_before, indicators), indicators)
    found["full_value"], found["full_previous"] = full["value"], full["previous"]
    found["shared"] = _shared(found, both, tree)
    return found


def _year(measures: pd.DataFrame) -> int:
    years = measures["year"].dropna().unique()
    if len(years) != 1:
        raise ValueError(f"a change compares measures of one year with those of one other, not {years}")
    return int(years[0])


def _restated(joined: pd.DataFrame, known: Mapping[str, Indicator], base_year: int) -> pd.Series:
    """The figure of the base year that a definition declares for a unit; blank where it declares none."""
    given = {
        (name, one.unit): float(one.value)
        for name, indicator in known.items()
        for one in indicator.restated
        if one.year == base_year
    }
    if not given:
        return pd.Series(pd.NA, index=joined.index, dtype="Float64")
    whole = joined["scope"].isna() & joined["basis"].isna()
    keys = zip(joined["indicator"], joined["unit"], strict=True)
    found = pd.Series([given.get(key) for key in keys], index=joined.index, dtype="Float64")
    return found.where(whole)


def _in_order_of(now: pd.DataFrame, joined: pd.DataFrame) -> pd.DataFrame:
    """An outer merge sorts by key: put the rows back in the order of `now`, the others after them."""
    place = now[KEYS].assign(place=np.arange(len(now)))
    placed = joined.merge(place, how="left", on=KEYS, sort=False)
    return placed.sort_values("place", kind="stable", na_position="last", ignore_index=True)


def _differences(joined: pd.DataFrame, rate: pd.Series) -> pd.DataFrame:
    value, previous = joined["value"], joined["restated"].fillna(joined["previous"])
    absolute = (value - previous).mask(~joined["comparable"])
    zero = (previous == 0).fillna(False)
    relative = absolute / previous.abs().mask(zero)
    note = joined["note"].mask(value.isna() & joined["note"].isna(), "no_rows")
    note = note.mask(note.isna() & ~joined["comparable"], "not_comparable")
    note = note.mask(note.isna() & previous.isna(), "base_missing")
    note = note.mask(note.isna() & zero & ~rate, "base_zero")
    note = note.mask(note.isna() & joined["restated"].notna(), "restated_base")
    return joined.assign(
        change_base=previous,
        absolute=absolute,
        relative=relative.mask(rate),
        points=(absolute * 100).where(rate),
        note=note,
    )


def _without_figure(measures: Iterable[pd.DataFrame]) -> dict[str, set[str]]:
    """Indicator → units all of whose rows had to be left out in one of the years."""
    found: dict[str, set[str]] = {}
    for frame in measures:
        blank = ((frame["n"] == 0) & (frame["left_out"] > 0)).fillna(False)
        for indicator, unit in zip(frame.loc[blank, "indicator"], frame.loc[blank, "unit"], strict=True):
            found.setdefault(indicator, set()).add(unit)
    return found


def _units_in_both(now: YearRows, before: YearRows, ledger: str) -> list[str]:
    """Units with rows in both years, in the order of `now`."""
    if ledger not in now.frames or ledger not in before.frames:
        return []
    here, there = (rows.frames[ledger][UNIT].dropna().unique() for rows in (now, before))
    known = set(there)
    return [unit for unit in here if unit in known]


def _alike(
    indicators: Iterable[Indicator], both: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, tuple[str, ...], list[Indicator]]]:
    """The indicators of one ledger that compare over the same units, to be measured together."""
    groups: dict[tuple[str, tuple[str, ...]], list[Indicator]] = {}
    for indicator in indicators:
        groups.setdefault((indicator.ledger, both[indicator.id]), []).append(indicator)
    for (ledger, units), some in groups.items():
        yield ledger, units, some


def _cut(rows: YearRows, ledger: str, units: tuple[str, ...]) -> YearRows:
    """The rows of these units; other ledgers stay whole."""
    if ledger not in rows.frames:
        return rows
    frame = rows.frames[ledger]
    return replace(rows, frames={**rows.frames, ledger: frame[frame[UNIT].isin(units)]})


def _covers(units: tuple[str, ...], rows: YearRows, ledger: str) -> bool:
    """Whether every row of the ledger belongs to one of the units: there is nothing to cut."""
    frame = rows.frames.get(ledger)
    return frame is not None and bool(frame[UNIT].isin(units).all())


def _of(some: Iterable[Indicator], measures: pd.DataFrame) -> pd.DataFrame:
    """The measures of some indicators."""
    return measures[measures["indicator"].isin([one.id for one in some])]


def _in_order(measures: list[pd.DataFrame], indicators: Iterable[Indicator]) -> pd.DataFrame:
    """Measures of several groups as if all had been measured at once."""
    frame = pd.concat(measures, ignore_index=True)
    place = {indicator.id: number for number, indicator in enumerate(indicators)}
    return frame.iloc[frame["indicator"].map(place).argsort(kind="stable")].reset_index(drop=True)


def _shared(changes: pd.DataFrame, both: Mapping[str, tuple[str, ...]], tree: Tree) -> pd.Series:
    counts = np.zeros((len(both), len(tree.paths)), np.int64)
    for own, units in zip(counts, both.values(), strict=True):
        nodes = tree.codes(pd.Series(units, dtype="string"))
        own[nodes[nodes >= 0]] = 1
        own[:] = tree.add_upward(own)
    names = pd.Index(list(both)).get_indexer(pd.Index(changes["indicator"]))
    nodes = tree.codes(changes["unit"])
    assert (names >= 0).all() and (nodes >= 0).all()
    return pd.Series(counts[names, nodes], dtype="Int64")
