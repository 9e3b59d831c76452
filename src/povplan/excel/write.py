"""Workbooks put in place: written beside, for their owner only, then renamed; never half there."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from povplan.excel.drawing import draw
from povplan.platform import create_empty
from povplan.sheets.page import Sheet, Workbook


def write_workbook(path: Path, workbook: Workbook) -> Path:
    """The path written: `path`, or where that is open in another program, a new name beside it.

    OSError where the folder cannot be written.
    """
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    create_empty(beside)
    try:
        beside.write_bytes(drawn(workbook))
        return _replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def drawn(workbook: Workbook) -> bytes:
    """The workbook as bytes."""
    target = io.BytesIO()
    draw(target, workbook)
    return target.getvalue()


def write_sheets(path: Path, sheets: Sequence[Sheet]) -> Path:
    """A workbook of these sheets and nothing else."""
    return write_workbook(path, Workbook(sheets))


def _replace(beside: Path, path: Path) -> Path:
    for number in range(1, 100):
        target = path if number == 1 else path.with_name(f"{path.stem}({number}){path.suffix}")
        try:
            return beside.replace(target)
        except PermissionError:
            continue
    return beside.replace(path)
