"""A sheet whose layout is known → the rows of each ledger it feeds, every value with its cell.

Totals, notes, signatures, repeated headers and 其中 rows are kept out and counted; a printed total is
compared with its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from povplan.grid import Grid, Value
from povplan.headers import Column, Layout, Match
from povplan.lines import Definitions, Lines, Note, Numbers, classify, fields_of, unit_of
from povplan.model import ROW
from povplan.spec import NUMERIC, Ledger, LedgerField
from povplan.totals import check_totals
from povplan.typed import Trouble, read_column, unit_mismatch


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


@dataclass(frozen=True)
class SheetTables:
    """What one recognised sheet gave."""

    tables: tuple[TypedTable, ...]
    lines: Lines
    totals_agreeing: int
    notes: tuple[Note, ...]


def extract(grid: Grid, layout: Layout, definitions: Definitions) -> SheetTables:
    """All rows of all feeds of a recognised sheet, and what is to be said of them."""
    lines = classify(grid, layout, definitions)
    tables = []
    for match in layout.matches:
        for columns, constants in _blocks(match):
            tables.append(_table(grid, layout, match, columns, constants, lines, definitions))
    agreeing, notes = check_totals(grid, layout, lines, definitions)
    return SheetTables(tuple(tables), lines, agreeing, (*_header_notes(layout, definitions), *notes))


def _blocks(match: Match) -> Iterator[tuple[dict[str, Column], dict[str, str]]]:
    """Field → column and constants of each table of a feed: one, or one a block of a wide form."""
    constants = dict(match.feed.constants)
    if match.feed.unpivot is None:
        yield dict(match.columns), constants
        return
    for block, column in match.blocks:
        yield {**match.columns, match.feed.unpivot.value: column}, {**constants, **block.set}


def _table(
    grid: Grid,
    layout: Layout,
    match: Match,
    columns: Mapping[str, Column],
    constants: Mapping[str, str],
    lines: Lines,
    definitions: Definitions,
) -> TypedTable:
    ledger = definitions.ledgers[match.feed.ledger]
    rows = np.array(lines.data, np.int64)
    frame, notes = _read(grid, layout, columns, ledger, rows, definitions, match.feed.fill_down)
    for name, value in constants.items():
        frame[name] = pd.Series([value] * len(rows), dtype="string", index=frame.index)
    compared, _ = _read(grid, layout, match.compare, ledger, rows, definitions, ())
    frame[ROW] = rows
    return TypedTable(
        ledger=ledger.ledger,
        form=layout.form.form,
        sheet=grid.sheet,
        frame=frame,
        columns={name: column.number for name, column in columns.items()},
        notes=tuple(notes),
        compare=compared,
    )


def _read(
    grid: Grid,
    layout: Layout,
    columns: Mapping[str, Column],
    ledger: Ledger,
    rows: Numbers,
    definitions: Definitions,
    fill_down: Sequence[str],
) -> tuple[pd.DataFrame, list[Note]]:
    values: dict[str, pd.Series] = {}
    notes: list[Note] = []
    for name, column in columns.items():
        spec = ledger.field(name)
        cells = _cells(grid, layout, column, rows, spec, fill=name in fill_down)
        reading = read_column(
            cells, spec, unit_of(spec, column, layout, definitions), definitions.vocabulary, definitions.codes
        )
        values[name] = reading.values
        troubles = [(i, rule, "***" if spec.person else shown) for i, rule, shown in reading.troubles]
        notes += [_note(trouble, rows, column, name) for trouble in troubles]
        notes += _unseen(grid, rows, column, name)
    return pd.DataFrame(values, index=pd.RangeIndex(len(rows))), notes


def _note(trouble: Trouble, rows: Numbers, column: Column, name: str) -> Note:
    i, rule, shown = trouble
    return Note(rule, int(rows[i]), column.number, name, shown)


def _unseen(grid: Grid, rows: Numbers, column: Column, name: str) -> Iterator[Note]:
    """Cells that read as blank but are not: Excel errors, formulas whose result was never stored."""
    if not grid.errors and not grid.uncached:
        return
    wanted = set(rows.tolist())
    for (row, number), word in grid.errors.items():
        if number == column.number and row in wanted:
            yield Note("error_cell", row, number, name, word)
    for row, number in grid.uncached:
        if number == column.number and row in wanted and (row, number) not in grid.errors:
            yield Note("uncached_formula", row, number, name, "")


def _cells(
    grid: Grid, layout: Layout, column: Column, rows: Numbers, spec: LedgerField, *, fill: bool
) -> list[Value]:
    """The column's cells in data rows; text is lent inside merged ranges, and downward if declared."""
    source = grid.columns[column.number - 1]
    if spec.type not in NUMERIC:
        source = _lend(source, grid, layout, column.number)
    cells = [source[row - 1] for row in rows]
    if not fill:
        return cells
    last: Value = None
    for i, cell in enumerate(cells):
        last = cells[i] = cell if cell not in (None, "") else last
    return cells


def _lend(source: Sequence[Value], grid: Grid, layout: Layout, number: int) -> Sequence[Value]:
    own = [m for m in grid.merges if m.left <= number <= m.right and m.top >= layout.first_row]
    if not own:
        return source
    lent = list(source)
    for merge in own:
        text = grid.columns[merge.left - 1][merge.top - 1]
        lent[merge.top - 1 : merge.bottom] = [text] * (merge.bottom - merge.top + 1)
    return lent


def _header_notes(layout: Layout, definitions: Definitions) -> Iterator[Note]:
    row = layout.first_row - 1
    for column in layout.unmatched:
        near = layout.suggestion(column)
        rule, more = ("misspelt_header", {"suggestion": near}) if near else ("unknown_column", {})
        yield Note(rule, row, column.number, None, column.text, more)
    for match in layout.matches:
        for header, columns in match.ambiguous.items():
            yield Note("ambiguous_header", row, columns[0].number, None, header)
        if not layout.form.recognise:
            continue
        for name in match.missing:
            yield Note("missing_column", row, 1, None, name)
    for name, column, ledger in fields_of(layout):
        spec = definitions.ledgers[ledger].field(name)
        if unit_mismatch(spec, column.unit, definitions.vocabulary):
            more = {"stated": column.unit or "", "declared": spec.unit or ""}
            yield Note("unit_differs", row, column.number, name, column.text, more)
