"""The worksheets of a package: large ones by columns, the others cell by cell, all in one question."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from povplan.excel import calamine, ooxml
from povplan.excel.columnar.asking import dated_styles, first_column, package_with
from povplan.excel.columnar.assembling import Question
from povplan.excel.columnar.scanning import scan
from povplan.excel.columnar.tags import Unusual
from povplan.excel.formats import shown_styles
from povplan.grid import Grid, Shown

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

LARGEST = 64 << 20
"""Bytes of XML that are copied for calamine to read whole, sheet by sheet."""


def read_sheets(
    package: zipfile.ZipFile, parts: Mapping[str, str], large: Collection[str]
) -> tuple[Grid, ...]:
    """Every worksheet in order; `parts` are the members by sheet names, `large` the names to try by columns.

    Unusual where none of these can be; calamine's faults are passed on.
    """
    _refuse_ambiguous(package, parts)
    dated = dated_styles(package, [*parts.values()])
    shown = shown_styles(package)
    asked = {name: made for name in large if (made := _question(package, parts[name], dated, shown))}
    if not asked:
        raise Unusual("every large sheet")
    sheets = {
        part: asked[name].sheet if name in asked else _whole(package, part) for name, part in parts.items()
    }
    with calamine.opened(package_with(package, sheets, strings=True)) as workbook:
        found = calamine.worksheets(workbook)
        if {one.name for one in found} - parts.keys() or len({one.name for one in found}) != len(found):
            raise Unusual("sheets of one name, or of none")
        grids = []
        for one in found:
            sheet = workbook.get_sheet_by_index(one.place)
            if one.name in asked:
                grids.append(_grid(asked[one.name], sheet, hidden=one.hidden))
            else:
                marks = ooxml.scan_sheet(package, parts[one.name], one.name, shown)
                grids.append(calamine.grid(sheet, marks, hidden=one.hidden))
        return tuple(grids)


def _refuse_ambiguous(package: zipfile.ZipFile, parts: Mapping[str, str]) -> None:
    """Unusual where two readers may take different members for one."""
    names = [info.orig_filename.lower() for info in package.infolist()]
    if len(set(names)) != len(names) or any("\\" in name for name in names):
        raise Unusual("members of one name")
    if len(set(parts.values())) != len(parts):
        raise Unusual("one part for two sheets")


def _question(
    package: zipfile.ZipFile, part: str, dated: Collection[int], shown: Mapping[int, Shown]
) -> Question | None:
    try:
        question = Question(scan(package, part, dated, shown))
        question.prepare()
    except (Unusual, pa.ArrowException):
        return None
    return question


def _whole(package: zipfile.ZipFile, part: str) -> bytes:
    if package.getinfo(part).file_size > LARGEST:
        raise Unusual("too large to be copied")
    return package.read(part)


def _grid(question: Question, sheet: CalamineSheet, *, hidden: bool) -> Grid:
    columns, marks = question.columns(first_column(sheet)), question.scanned.gathered.marks()
    return Grid(
        sheet=sheet.name,
        columns=columns,
        merges=calamine.merges(sheet),
        errors=marks.errors,
        uncached=marks.uncached,
        hidden_rows=marks.hidden_above(len(columns[0]) if columns else 0),
        shown=marks.shown,
        hidden=hidden,
    )
