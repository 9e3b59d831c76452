"""What differs between two states of the base ledger, cell by cell, each with the cell it comes from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.jobs.standing import Standing
from povplan.keys import among
from povplan.ledger import COLUMN, Folded, locate
from povplan.memory.registers import AMENDMENT
from povplan.model import ENTITY, ROW, SOURCE, UNIT, Source, column_letters
from povplan.spec import Ledger, LedgerField, hidden_fields

KINDS = ("changed", "filled", "cleared", "entered", "left")
"""A value became another, appeared, became blank; a row came in or went out."""
CHANGE_COLUMNS = (
    "ledger",
    "year",
    "unit",
    "entity",  # masked for households and persons
    "field",  # NA where a whole row entered or left
    "old",  # money in yuan, dates ISO, codes as stored; *** where it names a person
    "new",
    "kind",  # one of KINDS
    "file",  # the cell that made it so; of a row that left, where it last stood
    "sheet",
    "cell",
)
MASK = "***"
Positions = npt.NDArray[np.intp]


def changes(before: Standing, after: Standing, year: int | None = None) -> pd.DataFrame:
    """CHANGE_COLUMNS of every cell that differs between two states, read with one set of definitions.

    In the order of ledgers, years, rows and fields. Rows that entered or left are one line each.
    """
    sources = after.store.sources()
    found = [
        _changes_of(before, after, ledger, at, sources)
        for ledger in after.config.ledgers.values()
        for at in _years(before, after, ledger.ledger)
        if year in (None, at)
    ]
    return pd.concat([_none(), *found], ignore_index=True) if found else _none()


def strangers(before: Standing, after: Standing) -> list[str]:
    """Ledgers that a state holds and the definitions no longer know: their changes cannot be shown."""
    held = {name for one in (before, after) for name in one.store.ledgers(one.as_of)}
    return sorted(held - set(after.config.ledgers))


def counts(frame: pd.DataFrame) -> pd.DataFrame:
    """How many changes of each kind, by ledger and year."""
    if not len(frame):
        return pd.DataFrame(columns=["ledger", "year", *KINDS])
    counted = frame.groupby(["ledger", "year", "kind"], sort=False).size().unstack(fill_value=0)
    return counted.reindex(columns=list(KINDS), fill_value=0).reset_index().rename_axis(columns=None)


def _years(before: Standing, after: Standing, ledger: str) -> list[int]:
    """The years of a ledger whose layers differ, or its amendments: the same layers make the same rows."""
    known = {year for one in (before, after) for year in one.store.years(ledger, one.as_of)}
    first, second = (
        {
            (name, year): one.store.layers(name, year, one.as_of)
            for year in known
            for name in (ledger, AMENDMENT)
        }
        for one in (before, after)
    )
    return [
        year
        for year in sorted(known)
        if any(first[name, year] != second[name, year] for name in (ledger, AMENDMENT))
    ]


def _none() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in CHANGE_COLUMNS})


def _changes_of(
    before: Standing, after: Standing, ledger: Ledger, year: int, sources: Mapping[int, Source]
) -> pd.DataFrame:
    old, new = (one.folded(ledger.ledger, year) for one in (before, after))
    frame = between(old, new, ledger, after, sources)
    return frame.assign(ledger=ledger.ledger, year=year)[list(CHANGE_COLUMNS)].astype(object)


def between(
    old: Folded,
    new: Folded,
    ledger: Ledger,
    standing: Standing,
    sources: Mapping[int, Source],
    without: Collection[str] = (),
    own: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """CHANGE_COLUMNS but for `ledger` and `year`: what differs between two states of a ledger's rows.

    Fields in `without` are not compared. Persons and households are masked. `own`: keys of `old` that another
    has by now → the name of whom they mean.
    """
    at = pd.Index(old.frame[ENTITY]).get_indexer(pd.Index(new.frame[ENTITY]))
    both = np.flatnonzero(at >= 0)
    gone = np.flatnonzero(~among(old.frame[ENTITY], new.frame[ENTITY]).to_numpy(bool))
    hidden = hidden_fields(ledger, standing.config.ledgers)
    lines = [
        *(
            _field_changes(old.frame, new.frame, at[both], both, field, hidden=field.id in hidden)
            for field in ledger.fields
            if field.id not in without
        ),
        _rows(new.frame, np.flatnonzero(at < 0), "entered"),
    ]
    frame = pd.concat(lines, ignore_index=True).sort_values("_at", kind="stable", ignore_index=True)
    left = _rows(old.frame, gone, "left")
    frame = pd.concat([_named(frame, new.frame), _named(left, old.frame)], ignore_index=True)
    frame = _addressed(frame, new, sources)
    if own:
        frame["entity"] = frame["entity"].replace(dict(own))
    if hides_entities(ledger, standing.config.ledgers):
        names = {entity: standing.workspace.pseudonym(entity) for entity in frame["entity"].unique()}
        frame["entity"] = frame["entity"].map(names)
    return frame


def _field_changes(
    old: pd.DataFrame,
    new: pd.DataFrame,
    before: Positions,
    after: Positions,
    field: LedgerField,
    *,
    hidden: bool,
) -> pd.DataFrame:
    """Where one field of rows in both states differs; `before` and `after` are their positions."""
    a, b = (_column(frame, field.id, at) for frame, at in ((old, before), (new, after)))
    if a.dtype != b.dtype:
        a, b = a.astype("string"), b.astype("string")
    was, has = a.notna().to_numpy(bool), b.notna().to_numpy(bool)
    unlike = (a != b).fillna(False).to_numpy(bool)
    differs = (was != has) | (was & has & unlike)
    where = np.flatnonzero(differs)
    at = after[where]
    kinds = np.where(was[where] & has[where], "changed", np.where(has[where], "filled", "cleared"))
    return pd.DataFrame(
        {
            "_at": at,
            "field": np.full(len(at), field.id, object),
            "old": pd.Series(plain(a.iloc[where], field, hidden), dtype=object),
            "new": pd.Series(plain(b.iloc[where], field, hidden), dtype=object),
            "kind": kinds.astype(object),
        }
    )


def _named(lines: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Lines with the entity and unit of the row each speaks of."""
    at = rows[[ENTITY, UNIT]].iloc[lines["_at"].to_numpy(np.intp)].astype(object)
    return lines.assign(entity=at[ENTITY].to_numpy(), unit=at[UNIT].to_numpy())


def _column(frame: pd.DataFrame, name: str, at: Positions) -> pd.Series:
    if name not in frame:
        return pd.Series(pd.NA, index=range(len(at)), dtype="string")
    return frame[name].iloc[at].reset_index(drop=True)


def plain(values: pd.Series, field: LedgerField, hidden: bool) -> list[Any]:
    """Values as people and machines read them; None where blank."""
    if hidden:
        values = pd.Series(MASK, index=values.index, dtype=object).where(values.notna())
    elif field.type == "money" and pd.api.types.is_numeric_dtype(values):
        values = values.astype("Float64") / 100
    elif field.type == "date" and pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    plain: list[Any] = values.astype(object).where(values.notna(), None).tolist()
    return plain


def _rows(frame: pd.DataFrame, at: Positions, kind: str) -> pd.DataFrame:
    """Whole rows, one line each, with where they stand."""
    rows = frame.iloc[at]
    blank = np.full(len(at), None, object)
    return pd.DataFrame(
        {
            "_at": at,
            "field": blank,
            "old": blank,
            "new": blank,
            "kind": np.full(len(at), kind, object),
            SOURCE: rows[SOURCE].to_numpy(object),
            ROW: rows[ROW].to_numpy(object),
        }
    )


# ---- the cell a change comes from ------------------------------------------------------------------


def _addressed(frame: pd.DataFrame, after: Folded, sources: Mapping[int, Source]) -> pd.DataFrame:
    """The changes with file, sheet and cell: of a new value where it stands, of a blank where it should."""
    cells = frame["field"].notna()
    if cells.any():
        asked = frame.loc[cells, ["entity", "field"]].astype("string")
        found = locate(after, asked["entity"], asked["field"], sources)
        frame.loc[cells, [SOURCE, ROW, COLUMN]] = found[[SOURCE, ROW, COLUMN]].astype(object)
    else:
        frame[COLUMN] = None
    places = [place_of(sources, *cell) for cell in zip(frame[SOURCE], frame[ROW], frame[COLUMN], strict=True)]
    named = pd.DataFrame(places, columns=["file", "sheet", "cell"], index=frame.index, dtype=object)
    return frame.join(named)


def place_of(
    sources: Mapping[int, Source], source: Any, row: Any, column: Any
) -> tuple[str | None, str | None, str | None]:
    """File, sheet and cell, as far as they are known."""
    if pd.isna(source) or int(source) not in sources:
        return None, None, None
    at = sources[int(source)]
    letters = "" if pd.isna(column) else column_letters(int(column))
    return at.file, at.sheet, f"{letters}{int(row)}"


# ---- what must not be shown ------------------------------------------------------------------------


def hides_entities(ledger: Ledger, ledgers: Mapping[str, Ledger]) -> bool:
    """Whether the keys of a ledger tell a household or a person."""
    keys = {name for names in ledger.key for name in names}
    return ledger.holds_persons or not keys.isdisjoint(hidden_fields(ledger, ledgers))
