"""A list from another office as it was sent: read in a worker process, columns told by a ledger's headers.

Nothing is asked of it but a column to join by. Columns that no field explains stay as they stand.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from povplan.grid import Grid, Value
from povplan.model import ROW
from povplan.reading.columns import Columns
from povplan.reading.headers import Layout, locate
from povplan.reading.lines import Definitions, classify
from povplan.spec import Form

SHEET = "_sheet"
"""Number of the sheet that a row stands in, among those read."""


@dataclass(frozen=True)
class Wanted:
    """How to read a list: definitions, the form that explains it, and what rows may be joined by."""

    definitions: Definitions
    form: Form
    joins: tuple[tuple[str, ...], ...]
    """Sets of fields; the first that a sheet has is what its rows are joined by."""


@dataclass(frozen=True, eq=False)
class Part:
    """One sheet with a column to join by."""

    sheet: str
    join: int
    """Which of the sets of fields it has."""
    fields: dict[str, int]
    """Field → column, from 1."""
    headings: tuple[tuple[int, str], ...]
    """Every column that has a header, with its text."""
    frame: pd.DataFrame
    """Fields typed, ROW; in sheet order."""
    cells: pd.DataFrame
    """The columns under `headings`, by number, as they stand."""
    unread: dict[str, tuple[int, ...]]
    """Field → positions of rows of which the cell could not be read."""
    unclear: tuple[str, ...]
    """Headers that several columns have; none of them was taken."""
    totals: int
    """Rows that sum others and are no entries."""
    left_out: int
    """Rows that compare or show how to fill in, and are no entries either."""


@dataclass(frozen=True, eq=False)
class Outside:
    """A list: its sheets that can be joined, and those that cannot."""

    parts: tuple[Part, ...]
    passed: tuple[str, ...]
    unclear: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def read_outside(path: Path, wanted: Wanted) -> Outside:
    """Every sheet that has a column to join by. BadFile where the file is no table. Runs in a worker."""
    from povplan.excel import read_workbook

    book = read_workbook(path)
    filled = [grid for grid in book.grids if grid.height]
    read = [(grid.sheet, part) for grid in filled for part in [_part(grid, wanted)]]
    parts = [part for _, part in read if isinstance(part, Part)]
    best = min((part.join for part in parts), default=0)
    taken = tuple(part for part in parts if part.join == best)
    passed = tuple(name for name, part in read if part not in taken)
    unclear = tuple(text for _, part in read if isinstance(part, tuple) for text in part)
    return Outside(taken, passed, unclear, book.remarks)


def _part(grid: Grid, wanted: Wanted) -> Part | tuple[str, ...]:
    """The sheet as a part; else the headers that might have been what to join by, but are there twice."""
    layouts = [candidate.layout for candidate in locate(grid, [wanted.form], wanted.definitions.vocabulary)]
    if not layouts:
        return ()
    layout = layouts[0]
    found = layout.matches[0]
    join = next((n for n, names in enumerate(wanted.joins) if found.columns.keys() >= {*names}), None)
    unclear = tuple(found.ambiguous)
    return unclear if join is None else _read(grid, layout, wanted.definitions, join, unclear)


def _read(grid: Grid, layout: Layout, definitions: Definitions, join: int, unclear: tuple[str, ...]) -> Part:
    lines = classify(grid, layout, definitions)
    sheet = Columns(grid, layout, lines, definitions)
    match = layout.matches[0]
    ledger = definitions.ledgers[match.feed.ledger]
    readings = {name: sheet.read(ledger.field(name), column) for name, column in match.columns.items()}
    values = {name: reading.values for name, reading in readings.items()}
    rows = np.array(lines.data, np.int64)
    headed = [column for column in layout.columns if column.text and sheet.own(column).any()]
    return Part(
        sheet=grid.sheet,
        join=join,
        fields={name: column.number for name, column in match.columns.items()},
        headings=tuple((column.number, column.text) for column in headed),
        frame=pd.DataFrame(values, index=pd.RangeIndex(len(rows))).assign(**{ROW: rows}),
        cells=pd.DataFrame(
            {c.number: _cells(grid.columns[c.number - 1], rows) for c in headed},
            index=pd.RangeIndex(len(rows)),
        ),
        unread={name: _broken(reading.troubles) for name, reading in readings.items() if reading.troubles},
        unclear=unclear,
        totals=len(lines.totals),
        left_out=len(lines.left_out),
    )


def _broken(troubles: Sequence[tuple[int, str, str]]) -> tuple[int, ...]:
    """Where a value could not be read; a third decimal was."""
    return tuple(at for at, rule, _ in troubles if rule != "third_decimal")


def _cells(column: Sequence[Value], rows: Any) -> pd.Series:
    """The cells of the data rows as they stand."""
    whole = np.empty(len(column), object)
    whole[:] = column
    return pd.Series(whole[rows - 1], dtype=object)


def as_text(cell: Value) -> str | None:
    """A cell as a list shows it: a whole number without a decimal, a day without a time."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


def joined(parts: Sequence[Part], names: Sequence[str]) -> pd.DataFrame:
    """The rows of all parts one below the other: the fields named, ROW and SHEET."""
    frames = [
        part.frame[[*(name for name in names if name in part.frame), ROW]].assign(**{SHEET: number})
        for number, part in enumerate(parts)
    ]
    return pd.concat(frames, ignore_index=True)


def unread(parts: Sequence[Part], name: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows of all parts, one below the other, have a cell of the field that could not be read."""
    found = [np.zeros(len(part.frame), np.bool_) for part in parts]
    for mask, part in zip(found, parts, strict=True):
        mask[list(part.unread.get(name, ()))] = True
    return np.concatenate(found)


def with_headers(form: Form, more: Mapping[str, tuple[str, ...]]) -> Form:
    """The form of a ledger with further headers for some fields, which no other field has then.

    A list of other people's making may call the head's number simply 身份证号.
    """
    (feed,) = form.feeds
    taken = {text for texts in more.values() for text in texts}
    columns = {
        name: (*more.get(name, ()), *(text for text in texts if text not in taken))
        for name, texts in feed.columns.items()
    }
    columns = {name: texts for name, texts in columns.items() if texts}
    return form.model_copy(update={"feeds": (feed.model_copy(update={"columns": columns}),)})


def as_they_stand(parts: Sequence[Part]) -> pd.DataFrame:
    """The cells of all parts under their headers; of two with one name the second is numbered."""
    return pd.concat([part.cells.set_axis(_once(part), axis=1) for part in parts], ignore_index=True)


def _once(part: Part) -> list[str]:
    seen: Counter[str] = Counter()
    names = []
    for _, text in part.headings:
        seen[text] += 1
        names.append(text if seen[text] == 1 else f"{text}({seen[text]})")
    return names
