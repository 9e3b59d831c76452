"""Rows of an earlier year placed in the units of a later one.

Rows move whole where a unit was merged, renamed or transferred. Of a split, households and persons go where
their own row of the later year lies; a village's own row is divided by the declared weights, additive
figures only, the rest of it is unknown. What cannot be placed lies in the unit above, so that totals hold
and no part is compared with a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from povplan.keys import positions
from povplan.model import ENTITY, UNIT
from povplan.panel.geography import Geography
from povplan.spec import LEVELS, NUMERIC, Ledger, LedgerField


def placed(before: pd.DataFrame, ledger: Ledger, now: pd.DataFrame, of: Geography) -> pd.DataFrame:
    """The rows of the year before in the units of the year: each row's UNIT, and what it tells its key by.

    A village's row that is divided becomes as many; several that merge stay several rows of one unit.
    """
    if of.is_plain or not len(before):
        return before
    if ledger.level in LEVELS:
        return _areas(before, ledger, of)
    moved = _moved(before, of)
    split = before[UNIT].isin(list(of.divided))
    if not split.any():
        return moved
    there = _own_unit(moved[split], now, of)
    return moved.assign(**{UNIT: moved[UNIT].mask(split, there.reindex(moved.index))})


def _moved(before: pd.DataFrame, of: Geography) -> pd.DataFrame:
    """The rows with the unit that took theirs in whole; of blurred ones, the unit above."""
    whole = of.whole | {old: _above([new for new, _ in of.parts[old]]) for old in of.blurred}
    hit = before[UNIT].isin(list(whole))
    return before.assign(**{UNIT: before[UNIT].mask(hit, before.loc[hit, UNIT].map(whole).astype("string"))})


def _own_unit(rows: pd.DataFrame, now: pd.DataFrame, of: Geography) -> pd.Series:
    """Where each row's own row of the year lies, if that is one of the parts; else the unit above them."""
    at = positions(rows[ENTITY], now[ENTITY])
    units = now[UNIT].to_numpy(object)
    found = []
    for unit, place in zip(rows[UNIT], at, strict=True):
        parts = [one for one, _ in of.divided[unit]]
        there = units[place] if place >= 0 else None
        found.append(there if there in parts else _above(parts))
    return pd.Series(found, rows.index, dtype="string")


def _above(units: Sequence[str]) -> str:
    """The deepest unit above all of them."""
    paths = [unit.split("/")[:-1] for unit in units]
    common = [names[0] for names in zip(*paths, strict=False) if len(set(names)) == 1]
    return "/".join(common)


def _areas(before: pd.DataFrame, ledger: Ledger, of: Geography) -> pd.DataFrame:
    moved = _moved(before, of)
    shares = of.divided
    split = before[UNIT].isin(list(shares))
    pieces = [moved[~split], *_pieces(moved[split], ledger, shares)]
    found = pd.concat([piece for piece in pieces if len(piece)]) if split.any() else moved
    return found.assign(**{ENTITY: found[UNIT]}).reset_index(drop=True)


def _pieces(
    rows: pd.DataFrame, ledger: Ledger, shares: Mapping[str, Sequence[tuple[str, float | None]]]
) -> Iterator[pd.DataFrame]:
    for unit, group in rows.groupby(UNIT, sort=False):
        parts = shares[str(unit)]
        if any(weight is None for _, weight in parts):
            yield group.assign(
                **{UNIT: pd.Series(_above([one for one, _ in parts]), group.index, dtype="string")}
            )
            continue
        weights = np.array([weight for _, weight in parts], float)
        for number, (one, _) in enumerate(parts):
            columns: dict[str, Any] = {UNIT: pd.Series(one, group.index, dtype="string")}
            for spec in ledger.fields:
                if spec.id in group:
                    columns[spec.id] = _share(group[spec.id], spec, weights, number)
            yield group.assign(**columns)


def _share(values: pd.Series, spec: LedgerField, weights: np.ndarray, number: int) -> pd.Series:
    """One part of a figure; whole ones are divided so that the parts add up. Unknown where it is no sum."""
    if spec.type not in NUMERIC or not spec.additive:
        return pd.Series(pd.NA, values.index, dtype=values.dtype) if spec.place is None else values
    if spec.type == "number":
        part: pd.Series = values * weights[number]
        return part
    ends = (values.astype("Float64") * weights[: number + 1].sum()).round()
    starts = (values.astype("Float64") * weights[:number].sum()).round()
    whole: pd.Series = (ends - starts).astype(values.dtype)
    return whole


def one_each(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Rows of units, those of one unit added up for `prev`: what is no sum, or has a blank, is unknown."""
    deep = rows[rows[UNIT].str.count("/") == len(LEVELS) - 1] if ledger.level == "village" else rows
    twice = deep[ENTITY].duplicated(keep=False)
    if not twice.any():
        return deep
    several = deep[twice]
    columns: dict[str, Any] = {}
    first = several.drop_duplicates(ENTITY).set_index(ENTITY)
    grouped = several.groupby(ENTITY, sort=False)
    for spec in ledger.fields:
        if spec.id not in several:
            continue
        if spec.type in NUMERIC and spec.additive:
            summed = grouped[spec.id].sum()
            columns[spec.id] = summed.mask(grouped[spec.id].apply(lambda one: one.isna().any()))
        elif spec.place is None:
            columns[spec.id] = pd.Series(pd.NA, first.index, dtype=several[spec.id].dtype)
    merged = first.assign(**columns).reset_index()[list(deep.columns)]
    return pd.concat([deep[~twice], merged], ignore_index=True)
