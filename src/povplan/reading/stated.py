"""The unit of money that a sheet states for its whole table: above it, in its name, below.

Only rows near the header and the table's end, and notes, are looked at. What stands above goes before. A
column in which each row names a unit of money states none for the table, but names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from povplan.grid import Grid, Value
from povplan.reading.headers import Layout
from povplan.reading.lines import Lines
from povplan.words import Vocabulary

UNDER_HEADER, AT_FOOT = 5, 20
"""Rows without data that are looked at under the header and below the last row."""


@dataclass(frozen=True)
class MoneyUnit:
    """The unit of money columns without their own, if one is stated, and the others that the sheet names."""

    unit: str | None
    others: frozenset[str]


def money_unit(grid: Grid, layout: Layout, lines: Lines, vocabulary: Vocabulary) -> MoneyUnit:
    """One unit above or, where none is stated there, below. Of several none is taken.

    Where one is taken, only a line that states another contradicts it; where none is, any mention does.
    """
    header, above = _header(grid, layout), _above(grid, layout)
    below = [text for row in _rows_below(grid, layout, lines) for text in _with_line(grid, row)]
    stated_above = vocabulary.stated_money_units(_stating(header, above))
    stated_below = vocabulary.stated_money_units(below, in_notes=True)
    stated = stated_above or _of_name(grid.sheet, vocabulary) or stated_below
    beside = _in_columns(grid, layout, lines, vocabulary)
    if len(stated) == 1:
        return MoneyUnit(next(iter(stated)), frozenset((stated_below | beside) - stated))
    nameless = [text for text in header if not vocabulary.label(text).name]
    mentioned = vocabulary.mentioned_money_units([grid.sheet, *above, *below, *nameless])
    return MoneyUnit(None, frozenset(mentioned | stated | beside))


def units_above(grid: Grid, layout: Layout, vocabulary: Vocabulary) -> set[str]:
    """All units of measure that lines above the table, or among its headers, state."""
    return vocabulary.stated_units(_stating(_header(grid, layout), _above(grid, layout)))


def _header(grid: Grid, layout: Layout) -> list[str]:
    return [text for row in range(layout.top, layout.first_row) for text in _texts(grid, row)]


def _above(grid: Grid, layout: Layout) -> list[str]:
    return [text for row in range(1, layout.top) for text in _with_line(grid, row)]


def _stating(header: Iterable[str], above: Iterable[str]) -> list[str]:
    """What may state units: of the header only what speaks of units."""
    return [*above, *(text for text in header if "位" in text)]


def _of_name(sheet: str, vocabulary: Vocabulary) -> set[str]:
    """The unit of money behind a sheet's name: 资金台账（万元）."""
    unit = vocabulary.label(sheet).unit
    return {unit} if unit and vocabulary.measurement[unit].dimension == "money" else set()


def _in_columns(grid: Grid, layout: Layout, lines: Lines, vocabulary: Vocabulary) -> set[str]:
    """The units of money in columns that are no field and hold nothing else."""
    found: set[str] = set()
    for column in layout.unmatched:
        units = _units_in((grid.columns[column.number - 1][row - 1] for row in lines.data), vocabulary)
        found |= units or set()
    return found


def _units_in(cells: Iterable[Value], vocabulary: Vocabulary) -> set[str] | None:
    units = set()
    for cell in cells:
        if cell is not None and cell != "":
            unit = vocabulary.unit(cell) if isinstance(cell, str) else None
            if unit is None or vocabulary.measurement[unit].dimension != "money":
                return None
            units.add(unit)
    return units


def _rows_below(grid: Grid, layout: Layout, lines: Lines) -> Iterable[int]:
    """Rows under the header before the data, notes, and the first rows below the data."""
    end = lines.other_table or grid.height + 1
    first, last = (lines.data[0], lines.data[-1]) if lines.data else (end, layout.first_row)
    under = range(layout.first_row, min(layout.first_row + UNDER_HEADER, first, end))
    foot = range(last + 1, min(last + 1 + AT_FOOT, end))
    return sorted({*under, *lines.asides, *foot})


def _with_line(grid: Grid, row: int) -> Iterator[str]:
    """The texts of a row, and all of them as one line: `单位：` and 万元 may stand in two cells."""
    texts = _texts(grid, row)
    yield from texts
    yield " ".join(texts)


def _texts(grid: Grid, row: int) -> list[str]:
    return [cell for cell in grid.row(row) if isinstance(cell, str) and cell.strip()]
