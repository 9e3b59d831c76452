"""Calamine asked for few cells in place of all: the same workbook with other rows in its sheets.

What a style, a shared string, an escape or a date means stays its business. It reads the package's own
styles and strings, and a sheet that holds each different cell once, one below the other in column A.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING

from povplan.excel.calamine import opened, worksheets
from povplan.excel.columnar.tags import Unusual
from povplan.grid import Value

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_KEPT = {"[content_types].xml", ".rels", "workbook.xml", "workbook.xml.rels", "styles.xml"}
_STRINGS = "sharedstrings.xml"
_MOST_STYLES = 20_000
MOST_BYTES = 256 << 20
"""Of strings, styles and the list of sheets, inflated."""


def package_with(package: zipfile.ZipFile, sheets: Mapping[str, bytes], *, strings: bool) -> bytes:
    """The workbook with `sheets`, member → XML, in place of its own, and nothing that no cell needs."""
    kept = _KEPT | {_STRINGS} if strings else _KEPT
    members = _members(package, kept)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as asked:
        for info in members:
            if info.filename not in sheets:
                asked.writestr(info.filename, package.read(info))
        for name, text in sheets.items():
            asked.writestr(name, text)
    return made.getvalue()


def _members(package: zipfile.ZipFile, names: Set[str]) -> list[zipfile.ZipInfo]:
    """The members of these names, in whatever folder and in whatever case."""
    found = [info for info in package.infolist() if info.filename.rpartition("/")[2].lower() in names]
    if sum(info.file_size for info in found) > MOST_BYTES:
        raise Unusual("too much to be copied")
    return found


def rows_of(cells: Iterable[bytes], first: int = 1) -> bytes:
    """Rows of one cell each, from row `first` down; a cell is given from behind its address on."""
    rows = (b'<row r="%d"><c r="A%d"%b</c></row>' % (row, row, cell) for row, cell in enumerate(cells, first))
    return b"".join(rows)


def dated_styles(package: zipfile.ZipFile, parts: Sequence[str]) -> frozenset[int]:
    """The styles in which a number is a day or a time."""
    most = sum(package.read(info).count(b"xf") for info in _members(package, {"styles.xml"}))
    if most > _MOST_STYLES:
        raise Unusual("too many styles")
    asked = rows_of(b' s="%d"><v>1.5</v>' % style for style in range(most))
    sheet = b"<worksheet><sheetData>" + asked + b"</sheetData></worksheet>"
    with opened(package_with(package, dict.fromkeys(parts, sheet), strings=False)) as workbook:
        answers = first_column(workbook.get_sheet_by_index(worksheets(workbook)[0].place))
    return frozenset(style for style, value in enumerate(answers) if not isinstance(value, float))


def first_column(sheet: CalamineSheet) -> list[Value]:
    """What stands in column A; blanks at the end may be missing."""
    return [row[0] for row in sheet.to_python(skip_empty_area=False)]
