"""One sheet of a file, and the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from povplan.grid.distinct import Distinct
from povplan.grid.value import Shown, Value


@dataclass(frozen=True)
class Merge:
    """A merged range, all ends included, from row and column 1."""

    top: int
    left: int
    bottom: int
    right: int


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
    shown: Mapping[tuple[int, int], Shown] = field(default_factory=dict)
    """(row, column) of numbers that their formats show as others: 0.85 as 85%, 9800 as 0.98万."""
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
