"""A filled template → its rows: read by its own columns, only what somebody filled in, and what differs now.

A village of which no row has anything in a column that was asked for is not reported: its rows are last
year's. Elsewhere a row counts as it stands, and what was left blank stays blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from povplan.grid import Grid
from povplan.messages import Said, say
from povplan.model import ROW
from povplan.reading.lines import Definitions, is_filled
from povplan.reading.stamps import Printed, Role, Stamp, Stamped, codes_digest, version_of
from povplan.reading.tables import SheetTables, TypedTable
from povplan.spec import LEVELS, NUMERIC, CodeList, Feed, Form, Ledger, LedgerField
from povplan.words import Vocabulary


@dataclass(frozen=True)
class Filled:
    """What a template says of itself, how far it is filled in, and what is to be said of it."""

    stamp: Stamp
    filled: int
    """Rows with something in a column that was asked for."""
    unfilled: int
    """Rows without, in villages that reported."""
    left: int
    """Rows of villages of which nothing was filled in: they are not reported."""
    given: tuple[str, ...] = ()
    """Fields whose values came from the base ledger."""
    misread: tuple[str, ...] = ()
    """Fields that mean something else now: a row that has one filled in waits."""
    differs: Said | None = None
    contradicts: Said | None = None


def form_of(stamped: Stamped, ledger: Ledger) -> Form:
    """The layout of a template: headers as printed, labels and aliases where no other column has them."""
    printed = {one.field: one.header for one in stamped.columns if one.role != "last"}
    taken = {*printed.values()}
    columns = {
        field.id: tuple(
            dict.fromkeys(
                [
                    *([printed[field.id]] if field.id in printed else []),
                    *(text for text in (field.label.zh, *field.aliases) if text not in taken),
                ]
            )
        )
        for field in ledger.fields
    }
    known = {name: texts for name, texts in columns.items() if texts}
    ignore = tuple(one.header for one in stamped.columns if one.role == "last")
    feed = Feed(ledger=ledger.ledger, columns=known, ignore=(*ledger.ignore, *ignore))
    return Form(form=ledger.ledger, label=ledger.label, feeds=(feed,))


def settle(
    grid: Grid, tables: SheetTables, stamped: Stamped, definitions: Definitions
) -> tuple[SheetTables, Filled]:
    """The tables of a template with the rows that were filled in, places as the template says them."""
    (table,) = tables.tables
    stamp = stamped.stamp
    assert stamp is not None
    ledger = definitions.ledgers[table.ledger]
    asked = _asked(stamped, stamp, ledger)
    filled, reported = _reported(grid, table, ledger, asked)
    kept = _kept(table, reported, ledger, stamp)
    rows = set(kept.frame[ROW])
    lines = replace(
        tables.lines,
        data=[row for row in tables.lines.data if row in rows],
        blank=tables.lines.blank + int((~reported).sum()),
    )
    told, misread = differences(stamped, stamp, ledger, definitions)
    found = Filled(
        stamp=stamp,
        filled=int(filled.sum()),
        unfilled=int((reported & ~filled).sum()),
        left=int((~reported).sum()),
        given=tuple(name for name in ledger.names if name not in asked) if stamp.batch else (),
        misread=misread,
        differs=told,
        contradicts=_contradiction(stamped),
    )
    return replace(tables, tables=(kept,), lines=lines), found


def _asked(stamped: Stamped, stamp: Stamp, ledger: Ledger) -> frozenset[str]:
    """The fields that were asked for; a blank template asks for all but places and year."""
    if stamped.columns:
        return frozenset(one.field for one in stamped.columns if one.role == "asked")
    return frozenset(
        field.id for field in ledger.fields if role_of(field, ledger, blank=not stamp.batch) == "asked"
    )


def role_of(field: LedgerField, ledger: Ledger, *, blank: bool) -> Role:
    """What a template's column of the field holds: key, carried or asked."""
    printed = field.place is not None or field.id == "year"
    if printed or (field.id in ledger.naming and not blank):
        return "key"
    return "carried" if field.carries and not blank else "asked"


Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


def _reported(grid: Grid, table: TypedTable, ledger: Ledger, asked: AbstractSet[str]) -> tuple[Bools, Bools]:
    """(rows with something asked for filled in, rows of villages that have such a row)."""
    rows = table.frame[ROW].to_numpy(np.int64)
    numbers = [number for name, number in table.columns.items() if name in asked]
    if not asked:
        return np.ones(len(rows), bool), np.ones(len(rows), bool)
    filled = np.zeros(len(rows), bool)
    for number in numbers:
        cells = grid.columns[number - 1]
        filled |= np.array([is_filled(cells[row - 1]) for row in rows], bool)
    places = [name for level in LEVELS if (name := ledger.placed(level)) and name in table.frame]
    if not places or not len(rows):
        return filled, np.full(len(rows), bool(filled.any()))
    village = [table.frame[name] for name in places]
    return filled, pd.Series(filled, table.frame.index).groupby(village, dropna=False).transform(
        "any"
    ).to_numpy(bool)


def _kept(table: TypedTable, reported: Bools, ledger: Ledger, stamp: Stamp) -> TypedTable:
    """The rows reported; a place left blank is the one the template was made for."""
    frame = table.frame[reported].reset_index(drop=True)
    for level, name in zip(LEVELS, stamp.unit.split("/") if stamp.unit else (), strict=False):
        if field := ledger.placed(level):
            given = frame[field] if field in frame else pd.Series(pd.NA, index=frame.index, dtype="string")
            frame[field] = given.fillna(name)
    rows = set(frame[ROW])
    return replace(
        table,
        frame=frame,
        notes=tuple(note for note in table.notes if note.row in rows),
        compare=table.compare[reported].reset_index(drop=True),
    )


def _contradiction(stamped: Stamped) -> Said | None:
    if not stamped.contradicts:
        return None
    return say("template_contradicts", hidden=stamped.hidden, visible=stamped.visible)


# ---- definitions that have changed -------------------------------------------------------------------


def differences(
    stamped: Stamped, stamp: Stamp, ledger: Ledger, definitions: Definitions
) -> tuple[Said | None, tuple[str, ...]]:
    """What the definitions say otherwise than at the time, and the fields that cannot be read now."""
    if stamp.version == version_of(ledger, definitions.codes):
        return None, ()
    if not stamped.columns:
        return say("template_older_pasted", version=stamp.version), ()
    then = {one.field: one for one in stamped.columns if one.role != "last"}
    now = {field.id: field for field in ledger.fields}
    known = {*then, *stamped.without}
    told = [
        *_listed("template_added", [field.label.zh for name, field in now.items() if name not in known]),
        *_listed("template_removed", [one.label for name, one in then.items() if name not in now]),
        *(
            said
            for name, one in then.items()
            if name in now
            for said in _changed(one, now[name], definitions.codes)
        ),
    ]
    misread = tuple(
        name
        for name, one in then.items()
        if name in now and _is_other(one, now[name], definitions.vocabulary)
    )
    zh, en = "；".join(said.zh for said in told), "; ".join(said.en for said in told)
    whole = (
        say("template_older", version=stamp.version, what=zh),
        say("template_older", version=stamp.version, what=en),
    )
    return Said(whole[0].zh, whole[1].en), misread


def _listed(key: str, names: Sequence[str]) -> Iterator[Said]:
    if names:
        yield say(key, names="、".join(names))


def _changed(one: Printed, field: LedgerField, codes: Mapping[str, CodeList]) -> Iterator[Said]:
    """What of one field is defined otherwise now."""
    name = field.label.zh
    if one.label != name:
        yield say("template_renamed", old=one.label, name=name)
    if one.unit != (field.unit or ""):
        yield say("template_unit_changed", name=name, old=one.unit or "—", now=field.unit or "—")
    if one.type != field.type:
        old, new = say(f"type_{one.type}"), say(f"type_{field.type}")
        zh = say("template_type_changed", name=name, old=old.zh, now=new.zh).zh
        yield Said(zh, say("template_type_changed", name=name, old=old.en, now=new.en).en)
    elif one.codes != codes_digest(field, codes):
        yield say("template_codes_changed", name=name)


_WORDS = frozenset({"code", "text", "choice", "choices", "boolean"})


def _is_other(one: Printed, field: LedgerField, vocabulary: Vocabulary) -> bool:
    """Whether what was written for the old definition would be misread under the new one.

    Words stay words, and one that no list has is told cell by cell; an amount in another unit of the same
    dimension is converted by the header. A number that meant persons is no amount of money.
    """
    if {one.type, field.type} <= NUMERIC:
        units = vocabulary.measurement
        if one.unit not in units or (field.unit or "") not in units:
            return one.unit != (field.unit or "")
        return units[one.unit].dimension != units[field.unit or ""].dimension
    return one.type != field.type and not {one.type, field.type} <= _WORDS
