"""What a value alone cannot tell: where errors, unstored formula results and hidden rows stand in a sheet."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Marks:
    """Addresses are (row, column) from 1, as in `Grid`."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncached: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: frozenset[int] = frozenset()

    @property
    def extent(self) -> tuple[int, int]:
        """The height and width that hold every marked cell."""
        cells = [*self.errors, *self.uncached]
        return max((row for row, _ in cells), default=0), max((column for _, column in cells), default=0)

    def hidden_above(self, height: int) -> frozenset[int]:
        """The hidden rows of a sheet of that height."""
        return frozenset(row for row in self.hidden_rows if row <= height)


NO_MARKS = Marks()
