"""Sheets that povplan itself put into a workbook: they come back with it and are nothing to be read."""

from __future__ import annotations

from povplan.grid import Grid
from povplan.messages import say

NAMES = ("returns_copy_sheet", "returns_list", "returns_statistics", "returns_refused")
"""Messages that name their tabs. The ledger of mending is not among them: it is read."""


def is_ours(grid: Grid) -> bool:
    """Whether a sheet is a list or a count of findings that povplan wrote: by its tab and its title."""
    if not grid.width or not grid.height:
        return False
    title = grid.columns[0][0]
    names = [text for name in NAMES for text in (say(name).zh, say(name).en)]
    return isinstance(title, str) and any(grid.sheet.startswith(name) and name in title for name in names)
