"""Amendments 更正: a register's rows laid over a folded ledger, each where its old value still stands.

A later submission that carries the old wrong value is amended again, for nothing is written into the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from povplan.formulas.faults import tell
from povplan.ledger import Folded
from povplan.memory.registers import (
    AMENDMENT,
    NONE,
    SEVERAL,
    YEAR,
    Positions,
    Remark,
    as_rows,
    each,
    field_called,
    ledger_called,
    like_field,
    like_ledger,
    remark,
    rows_called,
    used_key,
)
from povplan.memory.values import blank, equal, masked, read, shown
from povplan.messages import Said, say
from povplan.model import ENTITY, ROW, SOURCE
from povplan.reading.lines import Definitions
from povplan.spec import Ledger, LedgerField

FIELDS = ("target", "object", "field", "old", "new", "registered_on")
AMENDED_FIELD = "field"
"""Column of `Folded.amended` beside ENTITY, SOURCE, ROW: which field an amendment gave its value."""
_TARGET = "_target"
_FIELD = "_field"
_AT = "_at"
_STATE = "_state"
"""What became of a row: applied, already, superseded; else why it could not be applied."""
_STANDS = "_stands"
"""The value that stood there, in words."""


@dataclass(frozen=True, eq=False)
class Proposals:
    """All rows of the register of one year, in the order in which they apply, each with its ledger."""

    frame: pd.DataFrame
    remarks: tuple[Remark, ...]

    def of(self, ledger: str) -> pd.DataFrame:
        """Those that speak of a ledger."""
        return self.frame[self.frame[_TARGET] == ledger]

    @property
    def ledgers(self) -> list[str]:
        """The ledgers they speak of."""
        return list(self.frame[_TARGET].dropna().unique())


@dataclass(frozen=True, eq=False)
class Amended:
    """A ledger with its amendments, and what is wrong with those that could not be applied."""

    folded: Folded
    remarks: tuple[Remark, ...] = ()
    ends: Mapping[str, str] = field(default_factory=dict)
    """Key of an amendment → applied, already, superseded, or why it does nothing."""


def proposals(register: pd.DataFrame, year: int, definitions: Definitions) -> Proposals:
    """The rows of the folded register of a year, by date of entry, then by row; undated ones last."""
    rows = as_rows(register, FIELDS).assign(**{YEAR: year})
    rows = rows[rows["new"].notna() & rows["object"].notna() & rows["field"].notna()]
    rows = rows.sort_values(["registered_on", SOURCE, ROW], kind="stable", ignore_index=True)
    target = each(rows["target"], lambda name: ledger_called(name, definitions.ledgers))
    rows = rows.assign(**{_TARGET: target})
    return Proposals(rows, tuple(_strangers(rows, definitions)))


def _strangers(rows: pd.DataFrame, definitions: Definitions) -> Iterator[Remark]:
    for _, row in rows[rows[_TARGET].isna() & rows["target"].notna()].iterrows():
        near = like_ledger(row["target"], definitions.ledgers)
        said = say("note_amendment_unknown_ledger", shown=row["target"])
        yield _told("amendment_unknown", row, "target", said, _near(near))


def amend(folded: Folded, ledger: Ledger, given: pd.DataFrame, definitions: Definitions) -> Amended:
    """The ledger with the proposals applied in order, field by field. Rows that wait are not amended."""
    if not len(given):
        return Amended(folded)
    rows = given.reset_index(drop=True)
    rows = _aimed(rows, folded.frame, ledger)
    columns: dict[str, pd.Series] = {}
    for name in rows.loc[rows[_STATE] == "", _FIELD].unique():
        at = (rows[_STATE] == "") & (rows[_FIELD] == name)
        field = masked(ledger, name, definitions)
        columns[name], done = _laid(folded.frame, rows[at], field, definitions)
        rows.loc[at, [_STATE, _STANDS]] = done
    frame = folded.frame.assign(**columns)
    marks = [name for name in folded.frame if name not in ledger.names]
    frame = frame[[*marks, *(name for name in ledger.names if name in frame)]]
    cells = rows[rows[_STATE] == "applied"].drop_duplicates([_AT, _FIELD], keep="last")
    entities = folded.frame[ENTITY].iloc[cells[_AT].to_numpy(np.int64)]
    amended = cells[[SOURCE, ROW]].assign(**{ENTITY: entities.array, AMENDED_FIELD: cells[_FIELD]})
    remarks = tuple(_remarks(rows, folded, ledger, definitions))
    ends = dict(zip(rows[ENTITY].astype(str), rows[_STATE], strict=True))
    return Amended(replace(folded, frame=frame, amended=amended.reset_index(drop=True)), remarks, ends)


def _aimed(rows: pd.DataFrame, frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The rows with the field and the row of the ledger that each means, or why it means none."""
    fields = each(rows["field"], lambda name: field_called(name, ledger))
    at = rows_called(rows["object"], frame, ledger)
    state = np.full(len(rows), "", object)
    state[fields.isna()] = "field"
    state[(state == "") & (at == NONE)] = "object"
    state[(state == "") & (at == SEVERAL)] = "several"
    state[(state == "") & _fixes(fields, frame, at, ledger)] = "key"
    told: dict[str, Any] = {_FIELD: fields, _AT: at, _STATE: state, _STANDS: None}
    return rows.assign(**told)


def _fixes(fields: pd.Series, frame: pd.DataFrame, at: Positions, ledger: Ledger) -> np.ndarray:
    """Where the field tells which row it is, or where the row lies: that is no value to be amended."""
    keys = used_key(frame.iloc[np.maximum(at, 0)], ledger) if len(frame) else [()] * len(at)
    return np.array(
        [
            name is not None and (name == "year" or name in key or ledger.field(name).place is not None)
            for name, key in zip(fields, keys, strict=True)
        ],
        bool,
    )


def _laid(
    frame: pd.DataFrame, rows: pd.DataFrame, field: LedgerField, definitions: Definitions
) -> tuple[pd.Series, pd.DataFrame]:
    """A field's column with the rows applied, and what became of each row; a cell's rows in their order."""
    column = frame[field.id].copy() if field.id in frame else blank(field, len(frame)).set_axis(frame.index)
    old, new = (read(rows[name], field, definitions) for name in ("old", "new"))
    state = pd.Series("", rows.index, dtype=object).mask(new.unread | new.values.isna(), "unreadable")
    stands = pd.Series(None, rows.index, dtype=object)
    at = rows[_AT]
    turn = at.groupby(at).cumcount()
    for number in range(int(turn.max()) + 1 if len(turn) else 0):
        now = rows.index[(turn == number) & (state == "")]
        present = column.iloc[at[now].to_numpy(np.int64)]
        there = equal(present, old.values[now], field).to_numpy(bool)
        there = there & ~(old.unread[now].to_numpy(bool) & present.notna().to_numpy(bool))
        already = equal(present, new.values[now], field).to_numpy(bool)
        state[now] = np.where(already, "already", np.where(there, "applied", "lost"))
        stands[now] = [shown(value, field, definitions) for value in present]
        changed = now[there & ~already]
        column.iloc[at[changed].to_numpy(np.int64)] = new.values[changed].array
    lost = _left(rows, state, column, old.values, new.values, field)
    return column, pd.DataFrame({_STATE: state.mask(lost.notna(), lost), _STANDS: stands})


def _left(
    rows: pd.DataFrame,
    state: pd.Series,
    column: pd.Series,
    old: pd.Series,
    new: pd.Series,
    field: LedgerField,
) -> pd.Series:
    """Of rows whose old value was not there: whether others of the same cell settle or contradict them."""
    verdict = pd.Series(None, rows.index, dtype=object)
    for i in rows.index[state == "lost"]:
        at = int(str(rows.at[i, _AT]))
        same = rows.index[rows[_AT] == at]
        earlier, later = same[same < i], same[same > i]
        final = column.iloc[[at]]
        settled = state[later].isin(["applied", "already"]).any() or equal(final, new[[i]], field).all()
        applied = earlier[(state[earlier] == "applied").to_numpy(bool)]
        contradicts = any(equal(old[[one]], old[[i]], field).all() for one in applied)
        verdict[i] = "superseded" if settled else "contradicts" if contradicts else "lost"
    return verdict


# ---- what is wrong with a row ------------------------------------------------------------------------


def _remarks(
    rows: pd.DataFrame, folded: Folded, ledger: Ledger, definitions: Definitions
) -> Iterator[Remark]:
    for _, row in rows[~rows[_STATE].isin(["applied", "already", "superseded"])].iterrows():
        state = row[_STATE]
        if state == "field":
            near = like_field(row["field"], ledger)
            said = tell("note_amendment_unknown_field", shown=row["field"], ledger=ledger.label.said)
            yield _told("amendment_unknown", row, "field", said, _near(near))
        elif state in ("object", "several"):
            waits = state == "object" and _waits(row["object"], folded, ledger)
            key = "waiting" if waits else state
            said = tell(f"note_amendment_{key}", ledger=ledger.label.said, year=row[YEAR])
            yield _told("amendment_unknown", row, "object", said, say(f"hint_amendment_{key}"))
        else:
            yield _of_field(row, state, masked(ledger, row[_FIELD], definitions))


def _of_field(row: pd.Series, state: str, field: LedgerField) -> Remark:
    label, new = field.label.said, "***" if field.person else row["new"]
    if state == "key":
        said = tell("note_amendment_key", label=label)
        return _told("amendment_key", row, "field", said, say("hint_amendment_key"))
    if state == "unreadable":
        said = tell("note_amendment_unreadable", label=label, shown=new)
        return _told("amendment_unreadable", row, "new", said, say("hint_amendment_unreadable"))
    old = say("check_blank") if pd.isna(row["old"]) else "***" if field.person else row["old"]
    rule = "amendment_contradicts" if state == "contradicts" else "amendment_lost"
    said = tell(f"note_{rule}", label=label, old=old, new=new, stands=row[_STANDS])
    return _told(rule, row, "old", said, tell(f"hint_{rule}", stands=row[_STANDS]), str(row[_STANDS].zh))


def _waits(name: object, folded: Folded, ledger: Ledger) -> bool:
    if not len(folded.waiting):
        return False
    return bool(rows_called(pd.Series([name]), folded.waiting, ledger)[0] != NONE)


def _told(rule: str, row: pd.Series, field: str, said: Said, hint: Said, value: str = "") -> Remark:
    shown_ = "" if pd.isna(row[field]) else str(row[field])
    return remark(rule, AMENDMENT, row, field, said, hint, f"{row['object']}|{shown_}|{value}")


def _near(name: str | None) -> Said:
    """Which name was probably meant, and what to do."""
    suggestion: Said | str = say("suggestion", near=name) if name else ""
    return tell("hint_register_name", suggestion=suggestion)
