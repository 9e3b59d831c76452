"""Whose form is a file? The definitions of several profiles tried on it, inside a worker process.

It loads no configuration, so that a worker is soon ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from povplan.grid import Grid
from povplan.jobs.reading import FileRead, Plan, SheetRead, is_empty, read_sheets


@dataclass(frozen=True)
class Fitted:
    """A file as the definitions that explain most of it read it: their number among those tried."""

    plan: int
    read: FileRead
    titles: tuple[str, ...]
    """The first text of every sheet."""


def best_fitting(path: Path, plans: Sequence[Plan]) -> Fitted:
    """The file under the plan that explains most of its columns, of equals the first. Runs in a worker.

    Where no sheet is a form of any plan, the plan whose form one of them resembles most. BadFile where the
    file is no table.
    """
    from povplan.excel import read_workbook

    book = read_workbook(path)
    grids = [grid for grid in book.grids if not is_empty(grid)]
    tried = [tuple(read_sheets(grids, plan)) for plan in plans]
    best = max(range(len(plans)), key=lambda number: _explained(tried[number]))
    titles = tuple(text for grid in grids if (text := _title(grid)))
    return Fitted(best, FileRead(path, book.kind, tried[best], book.remarks), titles)


def _explained(sheets: Sequence[SheetRead]) -> tuple[int, int]:
    """Columns of recognised sheets; then those that the nearest form of any sheet explains."""
    return sum(sheet.found for sheet in sheets if sheet.form), max((s.found for s in sheets), default=0)


def _title(grid: Grid) -> str | None:
    """The first text of a sheet, from the top, from the left."""
    cells = (cell for row in range(1, grid.height + 1) for cell in grid.row(row))
    return next((cell for cell in cells if isinstance(cell, str) and cell.strip()), None)
