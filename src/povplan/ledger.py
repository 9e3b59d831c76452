"""The current ledger as a fold over accepted layers, and how rows of one batch are merged into one layer.

A layer is what one batch said through one form about one ledger and year. `full` layers replace the
villages they speak for, `partial` ones the rows and filled cells they carry. A held row waits: the row
accepted before it, of the same year, stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from povplan.keys import among
from povplan.model import DTYPES, ENTITY, FORM, MARKS, ROW, SOURCE, UNIT, Source
from povplan.spec import Ledger

HELD = "_held"
"""Whether the row waits (boolean)."""
NAMELESS = "?"
"""How the entity of a row begins that has no key of its own; such a row always waits."""
COLUMN = "_column"
"""Column number (int, from 1) in a row's sheet."""
AMENDING = "new"
"""The field of an amendment in which its new value stands."""
COMPARED = "compare:"
"""Before the name of a field that another form owns: kept beside the row, to be compared only."""


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
    compared: pd.DataFrame
    """What accepted rows say of fields that another form owns, under `COMPARED` names."""
    layers: tuple[Layer, ...]
    forms: tuple[str, ...]
    amended: pd.DataFrame | None = None
    """Cells that an amendment gave their value: ENTITY, `field`, and SOURCE and ROW of the amendment."""


@dataclass(frozen=True)
class _Layer:
    """A layer with fewer columns, or, in place of every value, the cell it stands in."""

    form: str
    mode: str
    scope: tuple[str, ...]
    frame: pd.DataFrame


def fold(layers: Sequence[Layer], ledger: Ledger, forms: Sequence[str]) -> Folded:
    """Apply the layers in order. `forms` in order of ownership: the first that has a figure gives it."""
    states = _applied(layers, forms)
    current = _together(states)
    frame = _empty(ledger) if current is None else current
    return Folded(
        frame=frame[[*MARKS, *(name for name in ledger.names if name in frame)]],
        waiting=_concat([state.waiting for state in states], frame.iloc[:0]),
        vanished=_concat([state.vanished for state in states], frame.iloc[:0]),
        compared=_concat([_compared(state.current) for state in states], frame.iloc[:0]),
        layers=tuple(layers),
        forms=tuple(forms),
    )


def _applied(layers: Sequence[Layer], forms: Sequence[str]) -> list[_State]:
    """Each form's rows after its layers, in order of ownership."""
    states = {form: _State() for form in dict.fromkeys([*forms, *(layer.form for layer in layers)])}
    for layer in layers:
        states[layer.form].apply(layer)
    return list(states.values())


def _together(states: Sequence[_State]) -> pd.DataFrame | None:
    """The rows of all forms, one an entity; None where there are none."""
    known = [state.current for state in states if state.current is not None and len(state.current)]
    if not known:
        return None
    if len(known) == 1:
        return known[0]
    joined = known[0].set_index(ENTITY)
    for frame in known[1:]:
        joined = _join(joined, frame.set_index(ENTITY))
    return joined.reset_index()


class _State:
    """The rows of one form while its layers are applied."""

    def __init__(self) -> None:
        self.current: pd.DataFrame | None = None
        self.waiting: pd.DataFrame | None = None
        self.vanished: pd.DataFrame | None = None
        self._spoken: dict[int, set[str]] = {}

    def apply(self, layer: Layer) -> None:
        """Take one layer in."""
        held = layer.frame[HELD].to_numpy(bool)
        rows = layer.frame.drop(columns=HELD)
        accepted = rows.loc[~held] if held.any() else rows
        waits = rows.loc[held]
        if self.current is None:
            self.current = accepted.reset_index(drop=True)
        elif layer.mode == "full":
            self._replace(layer, accepted)
        else:
            self.current = _upsert(self.current, accepted)
        self._settle(accepted[ENTITY])
        left = self._still_waiting(layer)
        self.waiting = waits if left is None else pd.concat([left, waits], ignore_index=True)
        for source in waits.loc[is_nameless(waits), SOURCE].unique():
            self._spoken[source] = spoken(layer.frame[layer.frame[SOURCE] == source])

    def _replace(self, layer: Layer, accepted: pd.DataFrame) -> None:
        """The villages of a full layer: what it does not mention vanishes, what it holds stays."""
        assert self.current is not None
        gone = lacks(self.current, layer)
        if gone.any():
            known = [] if self.vanished is None else [self.vanished]
            self.vanished = pd.concat(
                [*known, self.current[gone].assign(**{FORM: layer.form})], ignore_index=True
            )
        kept = self.current[~gone & ~among(self.current[ENTITY], accepted[ENTITY])]
        self.current = pd.concat([kept, accepted], ignore_index=True)

    def _settle(self, entities: pd.Series) -> None:
        """What came back has not vanished."""
        if self.vanished is not None:
            self.vanished = self.vanished[~among(self.vanished[ENTITY], entities)]

    def _still_waiting(self, layer: Layer) -> pd.DataFrame | None:
        """Rows of earlier layers that nobody has sent again.

        A full layer settles all rows of its villages; a row without key is settled as well when every
        village of its sheet is.
        """
        if self.waiting is None:
            return None
        left = self.waiting[~among(self.waiting[ENTITY], layer.frame[ENTITY])]
        if layer.mode != "full":
            return left
        scope = set(layer.scope)
        again = [source for source, units in self._spoken.items() if units <= scope]
        return left[~(left[UNIT].isin(layer.scope) | (is_nameless(left) & left[SOURCE].isin(again)))]


def standing_by(layers: Sequence[Layer], form: str) -> pd.DataFrame:
    """MARKS of the rows that stand by one form alone, none where it brought none."""
    state = _State()
    for layer in layers:
        if layer.form == form:
            marks = layer.frame[[*MARKS, HELD]]
            state.apply(_Layer(form, layer.mode, layer.scope, marks))
    return pd.DataFrame(columns=list(MARKS), dtype="string") if state.current is None else state.current


def lacks(rows: pd.DataFrame, layer: Layer) -> pd.Series:
    """Which of a form's rows a full layer does not have, of the villages that it speaks for."""
    return rows[UNIT].isin(layer.scope) & ~among(rows[ENTITY], layer.frame[ENTITY])


def is_nameless(rows: pd.DataFrame) -> pd.Series:
    """Rows that have no key of their own."""
    return rows[ENTITY].str.startswith(NAMELESS).astype(bool)


def spoken(rows: pd.DataFrame) -> set[str]:
    """The units that rows with a key speak of."""
    return set(rows.loc[~is_nameless(rows), UNIT].dropna())


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


def _compared(current: pd.DataFrame | None) -> pd.DataFrame | None:
    names = [] if current is None else [name for name in current if str(name).startswith(COMPARED)]
    return None if current is None or not names else current[[*MARKS, *names]]


def _empty(ledger: Ledger) -> pd.DataFrame:
    dtypes: dict[str, Any] = {ENTITY: "string", UNIT: "string", SOURCE: "Int64", ROW: "Int64"}
    dtypes |= {field.id: DTYPES[field.type] for field in ledger.fields}
    blank = {dtype: pd.array([], dtype=dtype) for dtype in dict.fromkeys(dtypes.values())}
    return pd.DataFrame({name: blank[dtype] for name, dtype in dtypes.items()})


def _concat(frames: Sequence[pd.DataFrame | None], none: pd.DataFrame) -> pd.DataFrame:
    known = [frame for frame in frames if frame is not None and len(frame)]
    return pd.concat(known, ignore_index=True) if known else none


# ---- rows of one batch ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Merged:
    """Rows of one form from all files of a batch: one row a key, or held where they disagree."""

    frame: pd.DataFrame
    more: tuple[pd.DataFrame, ...]
    """Rows that fill blanks of those in `frame`, to be laid over it in turn: each keeps its own cells."""
    repeated: pd.DataFrame
    """Rows dropped because they say nothing that one kept does not."""
    disagreeing: pd.DataFrame
    """Rows of one key that contradict each other, all of them."""


def merge(frame: pd.DataFrame, fields: Sequence[str]) -> Merged:
    """Rows with one key become one. Same values in the same unit merge; contradicting ones are held.

    Rows that fill each other's blanks go together when they come from two sheets; within one sheet a key
    stands once.
    """
    frame = frame.reset_index(drop=True)
    twice = frame[ENTITY].duplicated(keep=False)
    if not twice.any():
        return Merged(frame, (), frame.iloc[:0], frame.iloc[:0])
    present = [name for name in fields if name in frame]
    several = frame[twice]
    clash = several[ENTITY].isin(_contradicting(several, [*present, *({UNIT} & {*frame})]))
    disagreeing, agreeing = several[clash], several[~clash]
    turn = _turns(agreeing, present)
    turn = turn.mask(agreeing[HELD].astype(bool) & (turn > 0), -1)
    held = disagreeing[~disagreeing[ENTITY].duplicated()].assign(**{HELD: True})
    whole = pd.concat([frame[~twice], agreeing[turn == 0], held]).sort_values([SOURCE, ROW], kind="stable")
    more = tuple(agreeing[turn == k].reset_index(drop=True) for k in sorted({*turn} - {-1, 0}))
    return Merged(whole.reset_index(drop=True), more, agreeing[turn < 0], disagreeing)


def _turns(rows: pd.DataFrame, fields: Sequence[str]) -> pd.Series:
    """0 for the first row of a key, 1, 2 … for those that fill further blanks, -1 for the rest."""
    if not len(rows):
        return pd.Series(0, index=rows.index, dtype="int64")
    known = rows[list(fields)].notna().astype("int64")
    before = known.groupby(rows[ENTITY]).cumsum() - known
    adds = ((known > 0) & (before == 0)).any(axis=1) | ~rows[ENTITY].duplicated()
    return (adds.astype("int64").groupby(rows[ENTITY]).cumsum() - 1).where(adds, -1)


def _contradicting(several: pd.DataFrame, fields: Sequence[str]) -> set[str]:
    """Keys with two known values in one field, or with unlike rows in one sheet."""
    grouped = several.groupby(ENTITY, sort=False)
    differing = (grouped[list(fields)].nunique() > 1).any(axis=1)
    same_sheet = several.duplicated([ENTITY, SOURCE], keep=False)
    unlike = ~several.duplicated([ENTITY, *fields], keep=False)
    return {*differing.index[differing], *several.loc[same_sheet & unlike, ENTITY]}


# ---- where a value stands ------------------------------------------------------------------------


_ROWS = 1 << 32
"""More than a sheet has: a cell's row is its number modulo this, its source the rest."""


def locate(
    folded: Folded, entities: pd.Series, fields: pd.Series, sources: Mapping[int, Source]
) -> pd.DataFrame:
    """SOURCE, ROW and COLUMN of the cell that gave each entity's field its present value; blank if none did.

    Cells are folded as the values were, so they cannot tell different stories. For a blank value it is the
    cell that would have given it; an amended value stands in the amendment. Each entity stands for itself:
    rows of others are not looked at.
    """
    names = list(fields.dropna().unique())
    found = pd.Series(pd.NA, index=entities.index, dtype="Int64")
    for known_only in (True, False):
        layers = [_cells(layer, entities, names, sources, known_only) for layer in folded.layers]
        current = _together(_applied(layers, folded.forms))
        if current is None:
            break
        cells = current.set_index(ENTITY)
        for name in names:
            at = (fields == name).fillna(False).to_numpy(bool)
            there = cells[name].reindex(entities[at]).array
            found[at] = found[at].where(found[at].notna(), pd.Series(there, index=found.index[at]))
    cells = pd.DataFrame({SOURCE: found // _ROWS, ROW: found % _ROWS})
    amended = _amended(folded, entities, fields)
    cells = cells.mask(amended[SOURCE].notna(), amended)
    return cells.assign(**{COLUMN: _columns(cells[SOURCE], fields, amended[SOURCE].notna(), sources)})


def _amended(folded: Folded, entities: pd.Series, fields: pd.Series) -> pd.DataFrame:
    """SOURCE and ROW of the amendments that gave values, blank where none did."""
    if folded.amended is None or not len(folded.amended):
        blank = pd.Series(pd.NA, entities.index, "Int64")
        return pd.DataFrame({SOURCE: blank, ROW: blank})
    cells = folded.amended.set_index([ENTITY, "field"])[[SOURCE, ROW]].astype("Int64")
    asked = pd.MultiIndex.from_arrays([entities.astype("string"), fields.astype("string")])
    cells.index = pd.MultiIndex.from_arrays(
        [cells.index.get_level_values(n).astype("string") for n in (0, 1)]
    )
    found: pd.DataFrame = cells.reindex(asked).set_index(entities.index)
    return found


def _columns(
    source: pd.Series, fields: pd.Series, amended: pd.Series, sources: Mapping[int, Source]
) -> pd.Series:
    """The sheet's column of each cell; that of an amendment is where its new value stands."""
    found = [
        None if number is pd.NA else sources[int(number)].columns.get(AMENDING if is_amended else str(name))
        for number, name, is_amended in zip(source, fields, amended, strict=True)
    ]
    return pd.Series(found, source.index, dtype="Int64")


def _own_rows(cells: pd.Series, source: pd.Series, name: str, sources: Mapping[int, Source]) -> pd.Series:
    """The cells, those of a source that gives the field a row of its own in that row."""
    own = {number: number * _ROWS + one.rows[name] for number, one in sources.items() if name in one.rows}
    return source.map(own).astype("Int64").fillna(cells) if own else cells


def _cells(
    layer: Layer, entities: pd.Series, names: Sequence[str], sources: Mapping[int, Source], known_only: bool
) -> _Layer:
    rows = layer.frame[among(layer.frame[ENTITY], entities)]
    cells = rows[SOURCE] * _ROWS + rows[ROW]
    frame = rows[[*MARKS, HELD]]
    for name in names:
        with_column = [number for number, source in sources.items() if name in source.columns]
        stands = rows[SOURCE].isin(with_column)
        if known_only:
            stands &= rows[name].notna() if name in rows else False
        frame = frame.assign(**{name: _own_rows(cells, rows[SOURCE], name, sources).where(stands)})
    return _Layer(layer.form, layer.mode, layer.scope, frame)
