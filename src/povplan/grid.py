"""A sheet as it was read: raw values at their true addresses, and what a value alone cannot tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Any

import numpy as np
import numpy.typing as npt

Value = str | float | int | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None
"""A raw cell. Blank is None; text is untouched; a number is int or float as stored."""


@dataclass(frozen=True)
class Merge:
    """A merged range, all ends included, from row and column 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Distinct:
    """Cells by what stands in them: cell `i` is `values[codes[i]]`. 1, 1.0 and True are three values.

    What is asked of a cell's text is asked once a value, and spread over the rows by the codes.
    """

    values: list[Value]
    codes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, cells: Sequence[Value]) -> Distinct:
        """The distinct cells in order of first appearance."""
        is_one_kind = len(set(map(type, cells)) - {NoneType}) < 2
        keys: Sequence[Any] = cells if is_one_kind else [*zip(map(type, cells), cells, strict=True)]
        place = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        codes = np.fromiter(map(place.__getitem__, keys), np.int64, len(keys))
        return cls(list(place) if is_one_kind else [cell for _, cell in place], codes)

    def take(self, positions: npt.NDArray[np.int64]) -> Distinct:
        """Some of the cells; values that none of them has may stay."""
        return Distinct(self.values, self.codes[positions])

    def where(self, is_so: Callable[[Value], object]) -> npt.NDArray[np.bool_]:
        """Which cells have a value of which something is so."""
        return np.array([bool(is_so(value)) for value in self.values], np.bool_)[self.codes]


@dataclass(frozen=True)
class Grid:
    """One sheet. `columns[j][i]` is the cell in column j+1, row i+1; all columns are equally long."""

    sheet: str
    columns: Sequence[Sequence[Value]]
    merges: tuple[Merge, ...] = ()
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    """(row, column) → Excel's error word (#DIV/0!), where the cell reads as blank."""
    uncached: frozenset[tuple[int, int]] = frozenset()
    """(row, column) of formulas whose result is not stored."""
    hidden_rows: frozenset[int] = frozenset()
    hidden: bool = False
    _distinct: dict[tuple[int, int], Distinct] = field(default_factory=dict, repr=False, compare=False)

    def distinct(self, number: int, first: int) -> Distinct:
        """The cells of column `number` from row `first` down, both from 1, by value; found once."""
        at = (number, first)
        if at not in self._distinct:
            self._distinct[at] = Distinct.of(self.columns[number - 1][first - 1 :])
        return self._distinct[at]

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.columns[0]) if self.columns else 0

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.columns)

    def row(self, number: int) -> list[Value]:
        """The cells of row `number`, from 1."""
        return [column[number - 1] for column in self.columns]


@dataclass(frozen=True)
class Workbook:
    """All sheets of one file, the format its content has, and what was met on the way."""

    kind: str
    grids: tuple[Grid, ...]
    remarks: tuple[str, ...] = ()
    """Message keys of things a reader should know: `read_default_password`, `read_html_called_xls`."""
