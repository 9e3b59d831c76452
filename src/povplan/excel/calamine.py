"""Worksheets as python-calamine reads them, its faults told in our words."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from povplan.errors import BadFile
from povplan.excel import bounds
from povplan.excel.marks import NO_MARKS, Marks
from povplan.excel.sniff import refuse_password
from povplan.grid import Grid, Merge
from povplan.messages import say

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook


class Damaged(BadFile):
    """The first reader cannot make sense of the package; another may."""


@dataclass(frozen=True)
class Worksheet:
    """A sheet of cells, hidden or not, by its place among the sheets of the workbook."""

    place: int
    name: str
    hidden: bool


@contextmanager
def opened(data: bytes) -> Iterator[CalamineWorkbook]:
    """The workbook, as long as it is looked at. Its panics are BaseExceptions: caught by name, here only."""
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        with load_workbook(io.BytesIO(data)) as workbook:
            yield workbook
    except PasswordError:
        refuse_password()
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        _refuse_damaged(error)
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        _refuse_damaged(error)


def _refuse_damaged(error: BaseException) -> NoReturn:
    if "limit exceeded" in str(error).lower():
        raise BadFile(say("read_too_many_cells")) from None
    raise Damaged(say("read_damaged")) from None


def worksheets(workbook: CalamineWorkbook) -> list[Worksheet]:
    """The worksheets in order, charts and the like left out; BadFile where they are too many."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [
        Worksheet(place, sheet.name, sheet.visible != SheetVisibleEnum.Visible)
        for place, sheet in enumerate(workbook.sheets_metadata)
        if sheet.typ == SheetTypeEnum.WorkSheet
    ]
    if len(sheets) > bounds.SHEETS:
        raise BadFile(say("read_too_many_sheets", count=len(sheets), limit=bounds.SHEETS))
    return sheets


def grids(data: bytes, marks: Mapping[str, Marks]) -> tuple[Grid, ...]:
    """All worksheets, with what is known of them by their names."""
    with opened(data) as workbook:
        return tuple(
            grid(workbook.get_sheet_by_index(one.place), marks.get(one.name, NO_MARKS), hidden=one.hidden)
            for one in worksheets(workbook)
        )


def grid(sheet: CalamineSheet, marks: Marks, *, hidden: bool) -> Grid:
    """One worksheet at its true addresses."""
    if sheet.end is not None:
        bounds.check_sheet(sheet.name, sheet.end[0] + 1, sheet.end[1] + 1)
    columns = bounds.to_columns(sheet.name, sheet.to_python(skip_empty_area=False), marks.extent)
    return Grid(
        sheet=sheet.name,
        columns=columns,
        merges=merges(sheet) or marks.merges,
        errors=marks.errors,
        uncached=marks.uncached,
        hidden_rows=marks.hidden_above(len(columns[0]) if columns else 0),
        shown=marks.shown,
        hidden=hidden,
    )


def merges(sheet: CalamineSheet) -> tuple[Merge, ...]:
    """The sheet's merged ranges."""
    return tuple(
        Merge(top + 1, left + 1, bottom + 1, right + 1)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    )
