"""What is said of the unit of a sheet's amounts, where it is not certain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from povplan.reading.columns import Columns
from povplan.reading.heads import Column
from povplan.reading.lines import Note, fields_of
from povplan.spec import LedgerField

LEAST_FINER, MOST_USUAL = 3, 1000 * 100
"""Amounts finer than a fen, and their median in fen, by which amounts in 元 are most likely in 万元."""


@dataclass(frozen=True)
class Money:
    """The units of money that a sheet states for its amounts, and what is said of them."""

    stated: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()
    bare: Note | None = None
    """Of the first amounts of which the sheet neither states nor names a unit: what is said of them if
    another sheet of the form states one."""


def money_of(sheet: Columns) -> Money:
    """What the sheet states, and its doubts: each is said once, of the first column it is about."""
    columns = list(_amounts(sheet))
    own = {unit for column, spec in columns if (unit := sheet.own_unit(spec, column))}
    without = [(column, spec) for column, spec in columns if not sheet.own_unit(spec, column)]
    table = sheet.money.unit
    if not without:
        return Money(frozenset(own), tuple(_contradicted(sheet, columns)) if table and own else ())
    unsure = [_unsure(sheet, column, spec, sheet.money.others) for column, spec in without]
    named = [note for note in unsure if note.more["stated"]]
    if table or named:
        return Money(frozenset({*own, *filter(None, [table])}), tuple(named[:1]))
    finer = [_finer(sheet, column, spec) for column, spec in without]
    return Money(frozenset(own), tuple([note for note in finer if note][:1]), unsure[0])


def _amounts(sheet: Columns) -> Iterator[tuple[Column, LedgerField]]:
    """The columns of money, each once."""
    seen: set[int] = set()
    for name, column, ledger in fields_of(sheet.layout):
        spec = sheet.definitions.ledgers[ledger].field(name)
        if spec.type == "money" and column.number not in seen:
            seen.add(column.number)
            yield column, spec


def _note(rule: str, sheet: Columns, column: Column, spec: LedgerField, **more: str) -> Note:
    return Note(rule, sheet.layout.first_row - 1, column.number, spec.id, column.text, more)


def _unsure(sheet: Columns, column: Column, spec: LedgerField, units: frozenset[str]) -> Note:
    """A column without a unit of its own on a sheet that names another than the one taken."""
    taken = sheet.money.unit or spec.unit or ""
    stated = "、".join(sorted(units - {taken}))
    return _note("money_unit_unsure", sheet, column, spec, stated=stated, taken=taken)


def _contradicted(sheet: Columns, columns: list[tuple[Column, LedgerField]]) -> Iterator[Note]:
    """Every column states its own unit, and none the one that is stated for the table."""
    table = sheet.money.unit or ""
    own = [(column, spec, sheet.own_unit(spec, column)) for column, spec in columns]
    if all(unit != table for _, _, unit in own):
        column, spec, unit = own[0]
        yield _note("money_units_contradict", sheet, column, spec, stated=table, taken=unit or "")


def _finer(sheet: Columns, column: Column, spec: LedgerField) -> Note | None:
    """Amounts whose unit nobody states, many of them finer than a fen and small: as if in 万元."""
    reading = sheet.read(spec, column)
    finer = sum(rule == "third_decimal" for _, rule, _ in reading.troubles)
    known = reading.values.dropna()
    if finer < LEAST_FINER or not spec.additive or known.abs().median() > MOST_USUAL:
        return None
    return _note("money_unit_unstated", sheet, column, spec, count=str(finer), taken=spec.unit or "")
