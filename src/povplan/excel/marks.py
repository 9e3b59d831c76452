"""What a value alone cannot tell: errors, formulas without result, hidden rows, numbers shown as 85%."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from povplan.grid import Merge, Shown


@dataclass(frozen=True)
class Marks:
    """Addresses are (row, column) from 1, as in `Grid`."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncached: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    shown: Mapping[tuple[int, int], Shown] = field(default_factory=dict)
    """Numbers that are shown as others."""
    merges: tuple[Merge, ...] = ()
    """Merged ranges, where the value reader does not know them."""

    @property
    def extent(self) -> tuple[int, int]:
        """The height and width that hold every marked cell."""
        cells = [*self.errors, *self.uncached]
        return max((row for row, _ in cells), default=0), max((column for _, column in cells), default=0)

    def hidden_above(self, height: int) -> frozenset[int]:
        """The hidden rows of a sheet of that height."""
        return frozenset(row for row in self.hidden_rows if row <= height)


NO_MARKS = Marks()
