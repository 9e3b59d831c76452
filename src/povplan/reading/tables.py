"""A sheet whose layout is known → the rows of each ledger it feeds, every value with its cell.

Totals, notes, signatures, repeated headers and 其中 rows are kept out and counted; a printed total is
compared with its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default

import numpy as np
import pandas as pd

from povplan.grid import Grid
from povplan.model import ROW, column_letters
from povplan.reading.columns import Columns
from povplan.reading.headers import Layout, Match
from povplan.reading.heads import Column
from povplan.reading.lines import Definitions, Lines, Note, classify, fields_of, filled
from povplan.reading.money import Money, money_of
from povplan.reading.stated import units_above
from povplan.reading.totals import check_totals
from povplan.reading.typed import counts_by, read_column, unit_mismatch
from povplan.spec import Ledger, LedgerField
from povplan.words import normal

_COARSE_TO_FINE = ("county", "township", "village", "household", "person", "entry")


@dataclass(frozen=True)
class TypedTable:
    """Rows for one ledger from one sheet (or one block of a wide one), typed, in sheet order."""

    ledger: str
    form: str
    sheet: str
    frame: pd.DataFrame
    columns: Mapping[str, int]
    notes: tuple[Note, ...]
    compare: pd.DataFrame
    rows: Mapping[str, int] = default(default_factory=dict)
    """Field → its own row, on a sheet with an item a row: there a table is one entry."""


@dataclass(frozen=True)
class SheetTables:
    """What one recognised sheet gave."""

    tables: tuple[TypedTable, ...]
    lines: Lines
    totals_agreeing: int
    notes: tuple[Note, ...]
    money: Money = default(default_factory=Money)


def extract(grid: Grid, layout: Layout, definitions: Definitions) -> SheetTables:
    """All rows of all feeds of a recognised sheet, and what is to be said of them."""
    sheet = Columns(grid, layout, classify(grid, layout, definitions), definitions)
    tables = [
        _table(sheet, match, columns, constants)
        for match in layout.matches
        for columns, constants in _blocks(match)
    ]
    agreeing, notes = check_totals(sheet)
    money = money_of(sheet)
    header_notes = {(n.rule, n.column, n.shown): n for n in (*_header_notes(sheet), *money.notes)}
    return SheetTables(
        tuple(tables), sheet.lines, agreeing, (*header_notes.values(), *sheet.lines.left_out, *notes), money
    )


def _unit_unsure(sheet: Columns) -> Iterator[Note]:
    """Figures without a unit of their own on a sheet that states one of their kind which no column is in.

    The first of each kind; money has its own rules.
    """
    measurement = sheet.definitions.vocabulary.measurement
    stated, used, first = _units_by_kind(sheet), defaultdict[str, set[str]](set), dict[str, Note]()
    for name, column, ledger in fields_of(sheet.layout):
        spec = sheet.definitions.ledgers[ledger].field(name)
        kind = measurement[spec.unit].dimension if spec.unit and name != "year" else ""
        if kind in stated:
            used[kind].add(sheet.unit_of(spec, column) or spec.unit or "")
            if not sheet.own_unit(spec, column) and kind not in first:
                more = {"stated": "、".join(sorted(stated[kind])), "taken": spec.unit or ""}
                row = sheet.layout.first_row - 1
                first[kind] = Note("unit_unsure", row, column.number, name, column.text, more)
    yield from (note for kind, note in first.items() if used[kind].isdisjoint(stated[kind]))


def _units_by_kind(sheet: Columns) -> Mapping[str, set[str]]:
    """The units that the sheet states above, by what they measure, but for money and shares."""
    vocabulary = sheet.definitions.vocabulary
    found = defaultdict[str, set[str]](set)
    for unit in units_above(sheet.grid, sheet.layout, vocabulary):
        found[vocabulary.measurement[unit].dimension].add(unit)
    return {kind: units for kind, units in found.items() if kind not in ("money", "ratio")}


def _nameless(sheet: Columns) -> Iterator[Note]:
    """Columns without a header that have something in rows of data; the numbers 1, 2, 3 … only count them."""
    layout = sheet.layout
    for column in layout.columns[: layout.beside and layout.beside - 1]:
        own = sheet.own(column) if not column.text else np.zeros(0, bool)
        if count := int(own.sum()):
            cells = sheet.grid.columns[column.number - 1]
            if [cells[row - 1] for row in sheet.lines.data] != [*range(1, len(own) + 1)]:
                letter = column_letters(column.number)
                more = {"count": str(count)}
                yield Note("nameless_column", layout.first_row - 1, column.number, None, letter, more)


def told_of_others(tables: SheetTables, others: Iterable[SheetTables]) -> SheetTables:
    """The same, and that other columns or sheets state another unit of money, where an amount has none."""
    bare, stated = tables.money.bare, {unit for other in others for unit in other.money.stated}
    if bare is None or not (stated := stated - {bare.more["taken"]}):
        return tables
    note = replace(bare, more={**bare.more, "stated": "、".join(sorted(stated))})
    kept = (one for one in tables.notes if one.rule != "money_unit_unstated")
    return replace(tables, notes=(*kept, note))


def _blocks(match: Match) -> Iterator[tuple[dict[str, Column], dict[str, str]]]:
    """Field → column and constants of each table of a feed: one, or one a block of a wide form."""
    constants = dict(match.feed.constants)
    if match.feed.unpivot is None:
        yield dict(match.columns), constants
        return
    for block, column in match.blocks:
        yield {**match.columns, match.feed.unpivot.value: column}, {**constants, **block.set}


def _table(
    sheet: Columns, match: Match, columns: Mapping[str, Column], constants: Mapping[str, str]
) -> TypedTable:
    ledger = sheet.definitions.ledgers[match.feed.ledger]
    frame, notes = _read(sheet, columns, ledger, match.feed.fill_down)
    for name, value in constants.items():
        frame[name] = _constant(value, ledger.field(name), len(frame), sheet.definitions)
    compared, _ = _read(sheet, match.compare, ledger, ())
    kept = _kept(sheet, ledger, columns, frame)
    frame = frame.assign(**{ROW: sheet.rows})[kept]
    rows = set(frame[ROW])
    return TypedTable(
        ledger=ledger.ledger,
        form=sheet.layout.form.form,
        sheet=sheet.grid.sheet,
        frame=frame.reset_index(drop=True),
        columns={name: column.number for name, column in columns.items()},
        notes=tuple(note for note in notes if note.row in rows),
        compare=compared[kept].reset_index(drop=True),
    )


def _read(
    sheet: Columns, columns: Mapping[str, Column], ledger: Ledger, fill_down: Sequence[str]
) -> tuple[pd.DataFrame, list[Note]]:
    values: dict[str, pd.Series] = {}
    notes: list[Note] = []
    rows = sheet.rows
    for name, column in columns.items():
        spec = ledger.field(name)
        reading = sheet.read(spec, column, fill_down=name in fill_down)
        values[name] = reading.values
        for i, rule, shown in reading.troubles:
            notes.append(Note(rule, int(rows[i]), column.number, name, "***" if spec.person else shown))
        for row, rule, word in sheet.unseen.get(column.number, ()):
            notes.append(Note(rule, row, column.number, name, word))
    return pd.DataFrame(values, index=pd.RangeIndex(len(rows))), notes


def _constant(value: str, spec: LedgerField, count: int, definitions: Definitions) -> pd.Series:
    return read_column([value] * count, spec, None, definitions.vocabulary, definitions.codes).values


def _kept(
    sheet: Columns, ledger: Ledger, columns: Mapping[str, Column], frame: pd.DataFrame
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows are rows of this ledger: on a sheet of members a household is one row, not one a member.

    A row has something of its own, neither lent by a merged cell nor filled down; of rows that repeat
    their household the first counts.
    """
    levels = [sheet.definitions.ledgers[match.feed.ledger].level for match in sheet.layout.matches]
    if max(map(_COARSE_TO_FINE.index, levels)) == _COARSE_TO_FINE.index(ledger.level):
        return np.ones(len(frame), bool)
    own = np.any([sheet.own(column) for column in columns.values()], axis=0)
    return np.asarray(own & ~frame.duplicated().to_numpy(bool))


def _header_notes(sheet: Columns) -> Iterator[Note]:
    layout, definitions = sheet.layout, sheet.definitions
    row = layout.first_row - 1
    if other := sheet.lines.other_table:
        yield Note("other_table", other, 1, None, str(sheet.grid.height - other))
    if layout.beside:
        bodies = [column[layout.first_row - 1 :] for column in sheet.grid.columns[layout.beside - 1 :]]
        count = np.any([filled(body) for body in bodies], axis=0).sum()
        yield Note("table_beside", row, layout.beside, None, str(count))
    yield from _nameless(sheet)
    for column in layout.unmatched:
        near = layout.suggestion(column)
        rule, more = ("misspelt_header", {"suggestion": near}) if near else ("unknown_column", {})
        yield Note(rule, row, column.number, None, column.text, more)
    for column in layout.elsewhen:
        above = {"above": "、".join(sorted(column.elsewhen))}
        yield Note("other_time", row, column.number, None, column.text, above)
    for column in layout.columns:
        if column.text and not column.path and sheet.own(column).any():
            yield Note("unknown_column", row, column.number, None, column.text)
    for match in layout.matches:
        for header, columns in match.ambiguous.items():
            yield Note("ambiguous_header", row, columns[0].number, None, header)
        if layout.form.recognise:
            yield from (Note("missing_column", row, 1, None, name) for name in match.missing)
    declared = {normal(text.split("/")[-1]) for match in layout.matches for text in match.headers}
    yield from _unit_unsure(sheet)
    for name, column, ledger in fields_of(layout):
        spec = definitions.ledgers[ledger].field(name)
        if unit_mismatch(spec, column.unit, definitions.vocabulary) and normal(column.text) not in declared:
            more = {"stated": column.unit or "", "declared": spec.unit or ""}
            yield Note("unit_differs", row, column.number, name, column.text, more)
        elif column.per and spec.type == "money" and not counts_by(column.per, spec):
            more = {"stated": f"元/{column.per}", "declared": spec.unit or ""}
            yield Note("unit_differs", row, column.number, name, column.text, more)
