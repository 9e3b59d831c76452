"""The columns of a recognised sheet as values of fields, each read once: for the ledger and for totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from functools import cached_property
from math import isclose

import numpy as np

from povplan.grid import Distinct, Grid, Merge, Packed, Shown, Value
from povplan.reading.headers import Layout
from povplan.reading.heads import Column
from povplan.reading.lines import Definitions, Lines, Numbers, filled, is_filled
from povplan.reading.stated import MoneyUnit, money_unit
from povplan.reading.typed import Reading, read_column, unit_mismatch
from povplan.spec import NUMERIC, LedgerField, UnitOfMeasure
from povplan.words import Vocabulary


@dataclass(frozen=True)
class Columns:
    """A sheet whose rows and columns are understood."""

    grid: Grid
    layout: Layout
    lines: Lines
    definitions: Definitions
    _read: dict[tuple[int, LedgerField, bool], Reading] = default(default_factory=dict, repr=False)

    @cached_property
    def rows(self) -> Numbers:
        """Sheet rows of data, from 1."""
        return np.array(self.lines.data, np.int64)

    @cached_property
    def _repeats(self) -> frozenset[int]:
        """Rows of a header printed again: what begins there is no value of the rows below."""
        return frozenset(self.lines.repeats)

    def unit_of(self, spec: LedgerField, column: Column) -> str | None:
        """The unit the column's numbers stand in: its header's, a group's above, for money the table's."""
        if unit := self.own_unit(spec, column):
            return None if unit_mismatch(spec, unit, self.definitions.vocabulary) else unit
        return self.money.unit if spec.type == "money" else None

    def own_unit(self, spec: LedgerField, column: Column) -> str | None:
        """The unit that the column's header states, or else a group's above if it fits the field."""
        fits = spec.unit and not unit_mismatch(spec, column.above, self.definitions.vocabulary)
        return column.unit or (column.above if fits else None)

    @cached_property
    def money(self) -> MoneyUnit:
        """The unit of money that the sheet states for the whole table."""
        return money_unit(self.grid, self.layout, self.lines, self.definitions.vocabulary)

    def read(self, spec: LedgerField, column: Column, *, fill_down: bool = False) -> Reading:
        """The column's data rows as values of a field."""
        key = (column.number, spec, fill_down)
        if key not in self._read:
            self._read[key] = self._typed(self._cells(spec, column, fill_down), spec, column)
        return self._read[key]

    def read_rows(self, spec: LedgerField, column: Column, rows: Sequence[int]) -> Reading:
        """Other rows of the column, as they stand."""
        cells = self._as_shown(spec, column)
        return self._typed([cells[row - 1] for row in rows], spec, column)

    def own(self, column: Column) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which data rows have something of their own in the column, neither lent nor filled down."""
        return filled(self._in_data(self.grid.columns[column.number - 1]))

    @cached_property
    def unseen(self) -> Mapping[int, list[tuple[int, str, str]]]:
        """Column → (row, rule, word) of cells that read as blank but are not."""
        data, found = set(self.lines.data), dict[int, list[tuple[int, str, str]]]()
        for (row, number), word in self.grid.errors.items():
            if row in data:
                found.setdefault(number, []).append((row, "error_cell", word))
        for row, number in sorted(self.grid.uncached - self.grid.errors.keys()):
            if row in data:
                found.setdefault(number, []).append((row, "uncached_formula", ""))
        return found

    def _typed(self, cells: Sequence[Value] | Distinct, spec: LedgerField, column: Column) -> Reading:
        definitions = self.definitions
        unit = self.unit_of(spec, column)
        return read_column(cells, spec, unit, definitions.vocabulary, definitions.codes)

    def _cells(self, spec: LedgerField, column: Column, fill_down: bool) -> Sequence[Value] | Distinct:
        """The column's cells in data rows; inside merged ranges text is lent, never numbers."""
        first, number = self.layout.first_row, column.number
        is_number = spec.type in NUMERIC
        height = self.grid.height
        merges = [
            m
            for m in self.grid.merges
            if m.left <= number <= m.right and first <= m.top <= height and m.top not in self._repeats
        ]
        if not (is_number or merges or fill_down):
            return self.grid.distinct(number, first).take(self.rows - first)
        cells = self._in_data(self._as_shown(spec, column) if is_number else self._lent(number, merges))
        return _filled_down(cells) if fill_down else cells

    def _in_data(self, cells: Sequence[Value]) -> Sequence[Value]:
        if isinstance(cells, Packed):
            return cells.take(self.rows - 1)
        return [cells[row - 1] for row in self.lines.data]

    def _as_shown(self, spec: LedgerField, column: Column) -> Sequence[Value]:
        """The whole column. A cell that shows 85% or 0.98万 says so, though 0.85 or 9800 stands in it."""
        cells = self.grid.columns[column.number - 1]
        unit = self.definitions.vocabulary.measurement.get(self.unit_of(spec, column) or spec.unit or "")
        for shown, rows in self._shown.get(column.number, {}).items():
            factor = _meant(shown, unit, self.definitions.vocabulary) if unit else None
            if factor:
                cells = _times(cells, [row - 1 for row in rows if row <= len(cells)], factor)
        return cells

    @cached_property
    def _shown(self) -> Mapping[int, Mapping[Shown, list[int]]]:
        """Column → how formats show numbers in it → the rows of those numbers."""
        found: dict[int, dict[Shown, list[int]]] = {}
        for (row, number), shown in self.grid.shown.items():
            found.setdefault(number, {}).setdefault(shown, []).append(row)
        return found

    def _lent(self, number: int, merges: Sequence[Merge]) -> Sequence[Value]:
        """A whole column in which every cell of a merged range has the range's text."""
        if not merges:
            return self.grid.columns[number - 1]
        lent = [*self.grid.columns[number - 1]]
        for merge in merges:
            text = self.grid.columns[merge.left - 1][merge.top - 1]
            bottom = min(merge.bottom, self.grid.height)
            lent[merge.top - 1 : bottom] = [text] * (bottom - merge.top + 1)
        return lent


def _filled_down(cells: Sequence[Value]) -> list[Value]:
    last: Value = None
    below: list[Value] = []
    for cell in cells:
        last = cell if is_filled(cell) else last
        below.append(last)
    return below


def _meant(shown: Shown, unit: UnitOfMeasure, vocabulary: Vocabulary) -> float | None:
    """By what a number is multiplied to stand in its column's unit as it is shown; None if as it stands.

    9800 shown as 0.98万 is 9800 元 in any column; shown as 0.98 it is 0.98 where the column is in 万元. A
    format that divides by one number and names another says nothing.
    """
    named = vocabulary.unit(shown.unit) if shown.unit else None
    if named is None:
        return shown.times if unit.dimension == "money" and isclose(shown.times * unit.factor, 1) else None
    other = vocabulary.measurement[named]
    if other.dimension != unit.dimension or not (shown.times == 1 or isclose(shown.times * other.factor, 1)):
        return None
    return shown.times * float(other.factor) / float(unit.factor)


def _times(cells: Sequence[Value], places: Sequence[int], factor: float) -> Sequence[Value]:
    """The cells, the numbers at `places` multiplied; rounded, for 0.07 is 7.000000000000001 hundredths."""
    if isinstance(cells, Packed):
        numbers = cells.numbers.copy()
        numbers[places] = np.round(numbers[places] * factor, 10)
        return Packed(cells.codes, numbers, cells.contents)
    scaled = [*cells]
    for at in places:
        cell = cells[at]
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            scaled[at] = round(cell * factor, 10)
    return scaled
