"""A light scan of the content of an `.ods`, for what the value reader does not tell of one.

Merged cells, error cells, hidden rows and numbers shown as 85% stand in the attributes of rows and cells
(OpenDocument 1.3 part 3, 9.1: `table:number-rows-spanned`, `table:visibility`, `office:value-type`; errors as
LibreOffice marks them, `calcext:value-type`). No XML library sees the content, so no entity is resolved.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from povplan.excel.formats import PERCENT
from povplan.excel.marks import Marks
from povplan.excel.package import FAULTS
from povplan.grid import Merge, Shown

LARGEST = 256 << 20
"""Bytes of content that are looked at."""
MOST_ALIKE = 1_000
"""Of cells or rows that are written once for many, so many are looked at: more reach to the sheet's edge."""
_TAG = re.compile(
    rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)"
    rb"((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(/?)>"
)
_ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_SHOWN = re.compile(rb"<text:p[^>]*>([^<]*)")
_TELLING = (b"-spanned", b'"error"', b'"percentage"', b"table:visibility")


def scan(data: bytes) -> dict[str, Marks]:
    """Sheet name → marks; none where the content cannot be followed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if package.getinfo("content.xml").file_size > LARGEST:
                return {}
            content = package.read("content.xml")
    except FAULTS:
        return {}
    if not any(word in content for word in _TELLING):
        return {}
    return {sheet.name: sheet.marks() for sheet in _sheets(content)}


@dataclass
class _Sheet:
    """One sheet being gone through: the row and column of the next cell, and what was found."""

    name: str
    row: int = 1
    column: int = 1
    alike: int = 1
    """How many rows the one at hand stands for."""
    merges: list[Merge] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    shown: dict[tuple[int, int], Shown] = field(default_factory=dict)

    def begin_row(self, given: dict[bytes, bytes]) -> None:
        """The next row, or rows."""
        self.column, self.alike = 1, _count(given, b"table:number-rows-repeated")
        if given.get(b"table:visibility") in (b"collapse", b"filter"):
            self.hidden.update(range(self.row, self.row + min(self.alike, MOST_ALIKE)))

    def end_row(self) -> None:
        """Below it, or them."""
        self.row += self.alike

    def cell(self, given: dict[bytes, bytes], shown: bytes) -> None:
        """The next cell, or cells of the row; `shown` is the text in it."""
        count = _count(given, b"table:number-columns-repeated")
        down = _count(given, b"table:number-rows-spanned")
        across = _count(given, b"table:number-columns-spanned")
        if down > 1 or across > 1:
            self.merges.append(Merge(self.row, self.column, self.row + down - 1, self.column + across - 1))
        is_error = given.get(b"calcext:value-type") == b"error"
        if is_error or given.get(b"office:value-type") == b"percentage":
            for row in range(self.row, self.row + min(self.alike, MOST_ALIKE)):
                for column in range(self.column, self.column + min(count, MOST_ALIKE)):
                    if is_error:
                        self.errors[row, column] = html.unescape(shown.decode("utf-8", "replace")).strip()
                    else:
                        self.shown[row, column] = PERCENT
        self.column += count

    def marks(self) -> Marks:
        """All that was found."""
        hidden = frozenset(self.hidden)
        return Marks(self.errors, hidden_rows=hidden, shown=self.shown, merges=tuple(self.merges))


def _sheets(content: bytes) -> Iterator[_Sheet]:
    """The sheets in order; ends before one that has another table in it."""
    sheet: _Sheet | None = None
    for tag in _TAG.finditer(content):
        closing, kind, own_end = tag[1] == b"/", tag[2], tag[4] == b"/"
        if kind == b"table":
            if not closing and sheet is not None:
                return
            if closing and sheet is not None:
                yield sheet
            name = dict(_given(tag[3])).get(b"table:name", b"") if not closing else b""
            sheet = None if closing else _Sheet(html.unescape(name.decode("utf-8", "replace")))
        elif sheet is None:
            continue
        elif kind == b"table-row":
            if not closing:
                sheet.begin_row(_given(tag[3]))
            if closing or own_end:
                sheet.end_row()
        elif not closing:
            given = _given(tag[3])
            text = _SHOWN.match(content, tag.end()) if b"calcext:value-type" in given else None
            sheet.cell(given, text[1] if text else b"")


def _given(attributes: bytes) -> dict[bytes, bytes]:
    return {one[1]: one[2] or one[3] or b"" for one in _ATTRIBUTE.finditer(attributes)}


def _count(given: dict[bytes, bytes], name: bytes) -> int:
    text = given.get(name, b"1")
    return max(int(text), 1) if text.isdigit() and len(text) < 8 else 1
