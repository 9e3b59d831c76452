"""Worker processes that load their libraries while the command still loads its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from povplan.excel.workers import Workers


FORMATS = (
    "povplan.excel.read",
    "povplan.excel.columnar.sheets",
    "povplan.excel.ooxml",
    "povplan.excel.calamine",
    "python_calamine",
)
"""What the files that are sent most, those of Excel, are read with."""


def readers(given: Sequence[Path], module: str) -> AbstractContextManager[Workers]:
    """Workers that start at once and load `module` and `FORMATS`, unless there will be nothing to read.

    A single file has one worker; for a command that finds its files by itself they start when it has.
    """
    from povplan.excel.workers import Workers, starting

    try:
        there = bool(given) and all(path.exists() for path in given)
    except (OSError, ValueError):  # no name that a file could have
        there = False
    if not there:
        return nullcontext(Workers())
    alone = len(given) == 1 and given[0].is_file()
    return starting(module, *FORMATS, workers=1 if alone else 2)
