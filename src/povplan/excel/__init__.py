"""The only code that knows spreadsheet libraries. Here: reading, whatever a village sends in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from povplan.excel.sniff import is_lock_file

if TYPE_CHECKING:
    from povplan.grid import Workbook

__all__ = ["is_lock_file", "read_workbook"]


def read_workbook(path: Path) -> Workbook:
    """Every sheet of the file, hidden ones too; BadFile with one sentence when there is no table to read.

    The readers are loaded with the first file, not with this room: whoever starts workers needs none.
    """
    from povplan.excel import read

    return read.read_workbook(path)
