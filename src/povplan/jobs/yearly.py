"""`diff YEAR YEAR`: what became of every row and field from one year to another, as the ledger stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from povplan.jobs.differing import CHANGE_COLUMNS, between, hides_entities
from povplan.jobs.standing import Standing
from povplan.keys import among
from povplan.ledger import HELD
from povplan.memory.registers import REGISTERS
from povplan.model import ENTITY, UNIT
from povplan.panel.keymap import renamed
from povplan.spec import LEVELS, Ledger, LedgerField, Level

STATES = ("still", "changed", "filled", "cleared", "blank")
"""Of a field of rows of both years: the same value, another, one where none was, none where one was, none in
either."""
MOVES = ("both", "entered", "re_entered", "left")
"""Of rows: in both years, new, new but there in an earlier year, gone."""
FIELD_COLUMNS = ("ledger", "unit", "field", *STATES)
ROW_COLUMNS = ("ledger", "unit", *MOVES)
OF_THE_YEAR = "year"
"""The field that says which year a row speaks of: it always differs and tells nothing."""


@dataclass(frozen=True)
class Yearly:
    """Two years compared: counts by field and by row, and the list of all that differs."""

    first: int
    last: int
    fields: pd.DataFrame
    """FIELD_COLUMNS; `unit` is blank for the whole."""
    rows: pd.DataFrame
    """ROW_COLUMNS; the same."""
    changes: pd.DataFrame
    """CHANGE_COLUMNS of the later year, its kinds with `re_entered`; persons masked."""


def between_years(
    standing: Standing, first: int, last: int, level: Level | None = None, ledger: str | None = None
) -> Yearly:
    """What became of the rows of `first` in `last`: each ledger that has rows in either, registers apart.

    Rows are the same where their key is, or where events say that one key became the other. Counts are of the
    whole, and of each unit of `level`.
    """
    years = [year for year in standing.years if year <= last]
    fields, rows, changes = [], [], []
    sources = standing.store.sources()
    for name, declared in standing.config.ledgers.items():
        if name in REGISTERS or ledger not in (None, name):
            continue
        old, new = (standing.folded(name, year) for year in (first, last))
        if not len(old.frame) and not len(new.frame):
            continue
        followed = standing.over_years.followed(name, years)
        old = replace(old, frame=renamed(old.frame, followed.get(first, {})))
        again = _earlier(standing, declared, new.frame, old.frame, first, followed)
        there = set(new.frame[ENTITY])
        own = {now: was for was, now in followed.get(first, {}).items() if now not in there}
        found = between(old, new, declared, standing, sources, {OF_THE_YEAR}, own)
        found = found.assign(ledger=name, year=last)[list(CHANGE_COLUMNS)].astype(object)
        changes.append(_returned(found, again, declared, standing))
        groups = list(_groups(old.frame, new.frame, level))
        fields += [line for one in groups for line in _of_fields(declared, *one)]
        rows += [_of_rows(declared, *one, again) for one in groups]
    whole = pd.concat(changes, ignore_index=True) if changes else pd.DataFrame(columns=list(CHANGE_COLUMNS))
    return Yearly(
        first,
        last,
        pd.DataFrame(fields, columns=list(FIELD_COLUMNS)),
        pd.DataFrame(rows, columns=list(ROW_COLUMNS)),
        whole,
    )


def _groups(
    old: pd.DataFrame, new: pd.DataFrame, level: Level | None
) -> Iterator[tuple[str | None, pd.DataFrame, pd.DataFrame]]:
    """The whole, then each unit of the level. A row of both years belongs to where it is in the later one."""
    yield None, old, new
    if level is None:
        return
    depth = LEVELS.index(level)
    later = new.set_index(ENTITY)[UNIT]
    now = later.reindex(old[ENTITY]).to_numpy(object)
    placed = old[UNIT].astype(object).where(pd.isna(now), now)
    of_old, of_new = (_area(units, depth) for units in (placed, new[UNIT].astype(object)))
    for unit in dict.fromkeys([*of_new.dropna().unique(), *of_old.dropna().unique()]):
        yield unit, old[(of_old == unit).to_numpy(bool)], new[(of_new == unit).to_numpy(bool)]


def _area(units: pd.Series, depth: int) -> pd.Series:
    """The unit at a depth in which each lies; blank for those above it."""
    heads = {one: "/".join(str(one).split("/")[: depth + 1]) for one in units.dropna().unique()}
    deep = {one: head if head.count("/") == depth else None for one, head in heads.items()}
    return units.map(deep).reset_index(drop=True)


def _of_fields(
    ledger: Ledger, unit: str | None, old: pd.DataFrame, new: pd.DataFrame
) -> Iterator[dict[str, object]]:
    at = pd.Index(old[ENTITY]).get_indexer(pd.Index(new[ENTITY]))
    both = np.flatnonzero(at >= 0)
    for field in ledger.fields:
        if field.id != OF_THE_YEAR and (field.id in old or field.id in new):
            counts = _counted(_column(old, field, at[both]), _column(new, field, both))
            yield {"ledger": ledger.ledger, "unit": unit, "field": field.id, **counts}


def _column(frame: pd.DataFrame, field: LedgerField, at: np.ndarray) -> pd.Series:
    if field.id not in frame:
        return pd.Series(pd.NA, index=range(len(at)), dtype="string")
    return frame[field.id].iloc[at].reset_index(drop=True)


def _counted(a: pd.Series, b: pd.Series) -> dict[str, int]:
    if a.dtype != b.dtype:
        a, b = a.astype("string"), b.astype("string")
    was, has = a.notna().to_numpy(bool), b.notna().to_numpy(bool)
    same = (a == b).fillna(False).to_numpy(bool) & was & has
    counts = (same, was & has & ~same, has & ~was, was & ~has, ~was & ~has)
    return {name: int(one.sum()) for name, one in zip(STATES, counts, strict=True)}


def _of_rows(
    ledger: Ledger, unit: str | None, old: pd.DataFrame, new: pd.DataFrame, again: pd.Series
) -> dict[str, object]:
    came = ~among(new[ENTITY], old[ENTITY]).to_numpy(bool)
    back = came & among(new[ENTITY], again).to_numpy(bool)
    left = ~among(old[ENTITY], new[ENTITY]).to_numpy(bool)
    counts = (len(new) - int(came.sum()), int((came & ~back).sum()), int(back.sum()), int(left.sum()))
    return {"ledger": ledger.ledger, "unit": unit, **dict(zip(MOVES, counts, strict=True))}


def _earlier(
    standing: Standing,
    ledger: Ledger,
    new: pd.DataFrame,
    old: pd.DataFrame,
    first: int,
    followed: Mapping[int, Mapping[str, str]],
) -> pd.Series:
    """Of the keys that came in, those that an earlier year accepted, as `followed` leads them.

    Of those years only keys are read, unless events changed them.
    """
    came = new.loc[~among(new[ENTITY], old[ENTITY]).to_numpy(bool), ENTITY]
    found = pd.Series(dtype="string")
    if not len(came):
        return found
    for year in standing.store.years(ledger.ledger, standing.as_of):
        if year < first:
            for layer in standing.store.layers(ledger.ledger, year, standing.as_of):
                rows = layer.read([ENTITY, HELD])
                accepted = rows.loc[~rows[HELD].astype(bool), [ENTITY]]
                seen = renamed(accepted, followed.get(year, {}))[ENTITY]
                found = pd.concat([found, came[among(came, seen).to_numpy(bool)]])
    return found.drop_duplicates()


def _returned(changes: pd.DataFrame, again: pd.Series, ledger: Ledger, standing: Standing) -> pd.DataFrame:
    """The list with `re_entered` for rows that were there before the first of the two years."""
    hidden = hides_entities(ledger, standing.config.ledgers)
    names = {standing.workspace.pseudonym(str(one)) if hidden else str(one) for one in again}
    back = (changes["kind"] == "entered") & changes["entity"].isin(list(names))
    return changes.assign(kind=changes["kind"].mask(back, "re_entered"))
