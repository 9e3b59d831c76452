"""A turned sheet read as a table, a table a village, and every value put back to the cell it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from povplan.model import ROW
from povplan.reading.headers import Layout
from povplan.reading.items import Turned
from povplan.reading.lines import Definitions, Note
from povplan.reading.tables import SheetTables, TypedTable, extract


def item_tables(turned: Turned, layout: Layout, definitions: Definitions, form: str) -> SheetTables:
    """What the sheet gives: one table a village and year, each with one row, under the form named."""
    read = extract(turned.grid, layout, definitions)
    (table,) = read.tables
    tables = [_own(table, at, turned, form) for at in range(len(table.frame))]
    notes = [*(_placed(note, layout, turned) for note in read.notes), *_unknown(turned)]
    return SheetTables(tuple(tables), read.lines, read.totals_agreeing, tuple(notes))


def _own(table: TypedTable, at: int, turned: Turned, form: str) -> TypedTable:
    """The table of one row of the turned sheet: its fields at their own columns and rows."""
    row = int(table.frame[ROW].iloc[at])
    places = {
        name: turned.cells[row, column]
        for name, column in table.columns.items()
        if (row, column) in turned.cells
    }
    frame = table.frame.iloc[[at]].reset_index(drop=True).assign(**{ROW: turned.top})
    notes = [note for note in table.notes if note.row == row]
    return replace(
        table,
        form=form,
        frame=frame,
        columns={name: column for name, (_, column) in places.items()},
        rows={name: line for name, (line, _) in places.items()},
        notes=tuple(_at(note, turned.cells[row, note.column]) for note in notes),
        compare=table.compare.iloc[[at]].reset_index(drop=True),
    )


def _placed(note: Note, layout: Layout, turned: Turned) -> Note:
    """A note of the whole sheet at its cell: of a header, at the item; of a total, at its figure."""
    cell = (note.row, note.column)
    if note.row >= layout.first_row and cell in turned.cells:
        return _at(note, turned.cells[cell])
    known: Mapping[int, tuple[int, int]] = turned.figures if note.field else turned.heads
    return _at(note, known.get(note.column, turned.heads.get(note.column, (turned.top, 1))))


def _at(note: Note, cell: tuple[int, int]) -> Note:
    return replace(note, row=cell[0], column=cell[1])


def _unknown(turned: Turned) -> Iterator[Note]:
    for (row, column), text in turned.unknown:
        yield Note("unknown_column", row, column, None, text)
