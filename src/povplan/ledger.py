"""The current ledger as a fold over accepted layers, and how rows of one batch are merged into one layer.

A layer is what one batch said through one form about one ledger and year. `full` layers replace the
villages they speak for, `partial` ones the rows and filled cells they carry. A held row waits: the row
accepted before it, of the same year, stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from povplan.model import ENTITY, FORM, MARKS, ROW, SOURCE, UNIT, Source

HELD = "_held"
"""Whether the row waits (boolean)."""


class Layer(Protocol):
    """What fold needs of a layer, stored or about to be."""

    @property
    def form(self) -> str: ...  # noqa: D102
    @property
    def mode(self) -> str: ...  # noqa: D102
    @property
    def scope(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def frame(self) -> pd.DataFrame: ...  # noqa: D102


@dataclass(frozen=True)
class Folded:
    """One ledger and year as it now stands: accepted rows, rows waiting, rows that vanished."""

    frame: pd.DataFrame
    waiting: pd.DataFrame
    vanished: pd.DataFrame
    layers: tuple[Layer, ...]


def fold(layers: Sequence[Layer], fields: Sequence[str], forms: Sequence[str]) -> Folded:
    """Apply the layers in order. `forms` in order of ownership: the first that has a figure gives it."""
    states = {form: _State() for form in dict.fromkeys([*forms, *(layer.form for layer in layers)])}
    for layer in layers:
        states[layer.form].apply(layer)
    current = [state.current for state in states.values() if state.current is not None and len(state.current)]
    joined = current[0].set_index(ENTITY) if current else _empty(fields).set_index(ENTITY)
    for frame in current[1:]:
        joined = _join(joined, frame.set_index(ENTITY))
    joined = joined.reset_index()
    return Folded(
        frame=joined[[*MARKS, *(name for name in fields if name in joined)]],
        waiting=_concat([state.waiting for state in states.values()], fields),
        vanished=_concat([state.vanished for state in states.values()], fields),
        layers=tuple(layers),
    )


class _State:
    """The rows of one form while its layers are applied."""

    def __init__(self) -> None:
        self.current: pd.DataFrame | None = None
        self.waiting: pd.DataFrame | None = None
        self.vanished: pd.DataFrame | None = None

    def apply(self, layer: Layer) -> None:
        """Take one layer in."""
        held = layer.frame[HELD].to_numpy(bool)
        accepted = layer.frame.loc[~held].drop(columns=HELD)
        waits = layer.frame.loc[held].drop(columns=HELD)
        mentioned = layer.frame[ENTITY]
        if self.current is None:
            self.current = accepted.reset_index(drop=True)
        elif layer.mode == "full":
            in_scope = self.current[UNIT].isin(layer.scope)
            gone = in_scope & ~self.current[ENTITY].isin(mentioned)
            self._vanish(self.current[gone].assign(**{FORM: layer.form}))
            kept = self.current[~gone & ~self.current[ENTITY].isin(accepted[ENTITY])]
            self.current = pd.concat([kept, accepted], ignore_index=True)
        else:
            self.current = _upsert(self.current, accepted)
        self._settle(accepted[ENTITY])
        left = None if self.waiting is None else self.waiting[~self.waiting[ENTITY].isin(mentioned)]
        self.waiting = waits if left is None else pd.concat([left, waits], ignore_index=True)

    def _vanish(self, gone: pd.DataFrame) -> None:
        if len(gone):
            known = [] if self.vanished is None else [self.vanished]
            self.vanished = pd.concat([*known, gone], ignore_index=True)

    def _settle(self, entities: pd.Series) -> None:
        """What came back has not vanished."""
        if self.vanished is not None:
            self.vanished = self.vanished[~self.vanished[ENTITY].isin(entities)]


def _upsert(current: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """`new` over `current`: a blank keeps what was there."""
    order = list(dict.fromkeys([*current[ENTITY], *new[ENTITY]]))
    columns = list(dict.fromkeys([*current.columns, *new.columns]))
    merged = _join(new.set_index(ENTITY), current.set_index(ENTITY))
    return merged.loc[order].reset_index()[columns]


def _join(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Both by key; where both know a value, that of `first`. Dtypes are kept."""
    index = first.index.append(second.index.difference(first.index, sort=False))
    a, b = first.reindex(index), second.reindex(index)
    columns = list(dict.fromkeys([*first.columns, *second.columns]))
    values = {}
    for name in columns:
        if name in a and name in b:
            values[name] = a[name].where(a[name].notna(), b[name])
        else:
            values[name] = a[name] if name in a else b[name]
    return pd.DataFrame(values, index=index)


def _empty(fields: Sequence[str]) -> pd.DataFrame:
    marks = {ENTITY: "string", UNIT: "string", SOURCE: "Int64", ROW: "Int64"}
    frame = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in marks.items()})
    return frame.assign(**{name: pd.Series(dtype="string") for name in fields})


def _concat(frames: Sequence[pd.DataFrame | None], fields: Sequence[str]) -> pd.DataFrame:
    known = [frame for frame in frames if frame is not None and len(frame)]
    return pd.concat(known, ignore_index=True) if known else _empty(fields)


# ---- rows of one batch ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Merged:
    """Rows of one form from all files of a batch: one row a key, or held where they disagree."""

    frame: pd.DataFrame
    repeated: pd.DataFrame
    """Rows dropped because they say the same as one kept."""
    disagreeing: pd.DataFrame
    """Rows of one key that contradict each other, all of them."""


def merge(frame: pd.DataFrame, fields: Sequence[str]) -> Merged:
    """Rows with one key become one. Same values merge; contradicting ones are all held, side by side.

    A row without a key waits under a name of its own. Rows that fill each other's blanks are joined when
    they come from two sheets; within one sheet a key stands once.
    """
    frame = frame.reset_index(drop=True)
    keyless = frame[ENTITY].isna()
    named = frame[ENTITY].fillna("?" + frame[SOURCE].astype("string") + "!" + frame[ROW].astype("string"))
    held = keyless | frame.get(HELD, pd.Series(False, index=frame.index)).astype(bool)
    frame = frame.assign(**{ENTITY: named, HELD: held})
    twice = frame[ENTITY].duplicated(keep=False)
    if not twice.any():
        return Merged(frame, frame.iloc[:0], frame.iloc[:0])
    present = [name for name in fields if name in frame]
    several = frame[twice]
    contradicting = _contradicting(several, present)
    disagreeing = several[several[ENTITY].isin(contradicting)]
    repeated = several[~several[ENTITY].isin(contradicting)]
    joined = repeated.groupby(ENTITY, sort=False).first().reset_index()[list(frame.columns)]
    joined = joined.astype({name: frame[name].dtype for name in frame.columns})
    first = disagreeing[~disagreeing[ENTITY].duplicated()].assign(**{HELD: True})
    whole = pd.concat([frame[~twice], joined, first]).sort_values([SOURCE, ROW], kind="stable")
    return Merged(whole.reset_index(drop=True), repeated[repeated[ENTITY].duplicated()], disagreeing)


def _contradicting(several: pd.DataFrame, fields: Sequence[str]) -> set[str]:
    """Keys with two known values in one field, or with unlike rows in one sheet."""
    grouped = several.groupby(ENTITY, sort=False)
    differing = (grouped[list(fields)].nunique() > 1).any(axis=1)
    same_sheet = several.duplicated([ENTITY, SOURCE], keep=False)
    unlike = ~several.duplicated([ENTITY, *fields], keep=False)
    return {*differing.index[differing], *several.loc[same_sheet & unlike, ENTITY]}


# ---- where a value stands ------------------------------------------------------------------------


def locate(
    folded: Folded, entities: pd.Series, fields: pd.Series, sources: Mapping[int, Source]
) -> pd.DataFrame:
    """(source, row) of the cell that gave each entity's field its present value; blank if none did.

    The newest layer with a known value is the one that counts; for a blank, the newest that has the
    column at all.
    """
    found = pd.DataFrame({SOURCE: pd.NA, ROW: pd.NA}, index=entities.index, dtype="Int64")
    for known_only in (True, False):
        for layer in reversed(folded.layers):
            open_ = found[SOURCE].isna().to_numpy()
            if not open_.any():
                return found
            _locate_in(layer, entities[open_], fields[open_], sources, found, known_only=known_only)
    return found


def _locate_in(
    layer: Layer,
    entities: pd.Series,
    fields: pd.Series,
    sources: Mapping[int, Source],
    found: pd.DataFrame,
    *,
    known_only: bool,
) -> None:
    rows = layer.frame
    at = pd.Index(rows[ENTITY]).get_indexer(pd.Index(entities))
    for name in fields.dropna().unique():
        wanted = (fields == name).fillna(False).to_numpy(bool) & (at >= 0)
        if not wanted.any() or (known_only and name not in rows):
            continue
        positions = at[wanted]
        source, row = rows[SOURCE].to_numpy()[positions], rows[ROW].to_numpy()[positions]
        good = np.array([name in sources[int(s)].columns for s in source], bool)
        if known_only:
            good &= rows[name].notna().to_numpy()[positions]
        index = entities.index[wanted][good]
        found.loc[index, SOURCE] = source[good].astype("int64")
        found.loc[index, ROW] = row[good].astype("int64")
