"""What changed from one year to the next, indicator by indicator and unit by unit.

A change is stated only where both years mean the same: across two definitions, or from zero or nothing,
there is no number but a note. Rates change by percentage points, everything else also by a share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    "absolute",  # value − previous, in the unit of the value
    "relative",  # (value − previous) / |previous|; NA for rates
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
    same = {name: _same_definition(known[name], year, previous_year) for name in known}
    joined["comparable"] = joined["indicator"].map(same).astype("boolean").fillna(True)
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
) -> pd.DataFrame:
    """The change over the units that have rows in both years, with the full totals beside it.

    CHANGE_COLUMNS, then `full_value` and `full_previous` over all units of each year, and `shared`: how
    many units of the indicator's ledger, below this one, are in both years.
    """
    indicators = tuple(indicators)

    def measured(rows: YearRows) -> pd.DataFrame:
        return measure(
            indicators, rows.frames, ledgers, parameters, rows.year, rows.as_of, tree, rows.previous, codes
        )

    both = {name: _units_in_both(now, before, name) for name in {one.ledger for one in indicators}}
    narrow = change(measured(_cut(now, both)), measured(_cut(before, both)), indicators)
    full = change(measured(now), measured(before), indicators)
    narrow["full_value"], narrow["full_previous"] = full["value"], full["previous"]
    narrow["shared"] = _shared(narrow, indicators, both, tree)
    return narrow


def _year(measures: pd.DataFrame) -> int:
    years = measures["year"].dropna().unique()
    if len(years) != 1:
        raise ValueError(f"a change compares measures of one year with those of one other, not {years}")
    return int(years[0])


def _same_definition(indicator: Indicator, year: int, previous_year: int) -> bool:
    since = indicator.comparable_from
    broken = since is not None and min(year, previous_year) < since <= max(year, previous_year)
    return year in indicator.valid and previous_year in indicator.valid and not broken


def _in_order_of(now: pd.DataFrame, joined: pd.DataFrame) -> pd.DataFrame:
    """An outer merge sorts by key: put the rows back in the order of `now`, the others after them."""
    place = now[KEYS].assign(place=np.arange(len(now)))
    placed = joined.merge(place, how="left", on=KEYS, sort=False)
    return placed.sort_values("place", kind="stable", na_position="last", ignore_index=True)


def _differences(joined: pd.DataFrame, rate: pd.Series) -> pd.DataFrame:
    value, previous = joined["value"], joined["previous"]
    absolute = (value - previous).mask(~joined["comparable"])
    zero = (previous == 0).fillna(False)
    relative = absolute / previous.abs().mask(zero)
    note = joined["note"].mask(value.isna() & joined["note"].isna(), "no_rows")
    note = note.mask(note.isna() & ~joined["comparable"], "not_comparable")
    note = note.mask(note.isna() & previous.isna(), "base_missing")
    note = note.mask(note.isna() & zero & ~rate, "base_zero")
    return joined.assign(
        absolute=absolute, relative=relative.mask(rate), points=(absolute * 100).where(rate), note=note
    )


def _units_in_both(now: YearRows, before: YearRows, ledger: str) -> pd.Index:
    if ledger not in now.frames or ledger not in before.frames:
        return pd.Index([], dtype="string")
    units = (rows.frames[ledger][UNIT].dropna().unique() for rows in (now, before))
    here, there = (pd.Index(one, dtype="string") for one in units)
    both: pd.Index = here[here.isin(there)]
    return both


def _cut(rows: YearRows, both: Mapping[str, pd.Index]) -> YearRows:
    """The rows of the units in both years; ledgers that no indicator measures stay whole."""
    cut = {
        name: frame[frame[UNIT].isin(both[name])] if name in both else frame
        for name, frame in rows.frames.items()
    }
    return replace(rows, frames=cut)


def _shared(
    changes: pd.DataFrame, indicators: Iterable[Indicator], both: Mapping[str, pd.Index], tree: Tree
) -> pd.Series:
    counts: dict[tuple[str, str], int] = {}
    for indicator in indicators:
        own = np.zeros(len(tree.paths), np.int64)
        nodes = tree.codes(pd.Series(both[indicator.ledger], dtype="string"))
        own[nodes[nodes >= 0]] = 1
        total = tree.add_upward(own)
        counts |= {(indicator.id, path): int(n) for path, n in zip(tree.paths, total, strict=True)}
    keys = zip(changes["indicator"], changes["unit"], strict=True)
    return pd.Series([counts[key] for key in keys], dtype="Int64")
