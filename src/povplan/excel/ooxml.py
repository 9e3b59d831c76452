"""A light scan of the sheet XML of `.xlsx` and `.xlsm`, for what the value reader does not tell.

Error cells read as blank, formulas without a stored result too, and hidden rows look like others; and a stray
cell in the last corner would make the value reader ask for more memory than there is. The scan walks the
inflated bytes in blocks of whole rows and looks at single cells only in blocks that have something to find.
No XML library sees the sheets, so no entity in them can be resolved.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import IO, NamedTuple

from povplan.excel import bounds
from povplan.excel.formats import shown_styles
from povplan.excel.marks import Marks
from povplan.excel.package import FAULTS, NotScanned, sheet_parts
from povplan.grid import Shown
from povplan.model import column_number

BLOCK = 1 << 20
LONGEST_ROW = 64 << 20

_PREFIX = re.compile(rb"<((?:\w+:)?)worksheet\b")
_NUMBER = re.compile(rb"\br\s*=\s*[\"'](\d{1,7})[\"']")
_ADDRESS = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"']")
_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"'](\d{1,5})[\"']")
_NO_NUMBER = re.compile(rb"\bt\s*=\s*[\"'](?!n[\"'])")
_TEXT_RESULT = re.compile(rb"\bt\s*=\s*[\"']str[\"']")


def scan(data: bytes) -> dict[str, Marks]:
    """Sheet name → marks, for every sheet of the package.

    NotScanned when its parts cannot be followed; BadFile when a sheet's used range is out of scale.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            shown = shown_styles(package)
            return {
                name: scan_sheet(package, part, name, shown) for name, part in sheet_parts(package).items()
            }
    except FAULTS as error:
        raise NotScanned from error


@dataclass(frozen=True)
class _Patterns:
    """What is looked for, spelled with the prefix of the sheet's namespace. The gates are cheap."""

    opening: bytes
    formula: bytes
    row: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    filled: re.Pattern[bytes]
    error: re.Pattern[bytes]
    uncached: re.Pattern[bytes]
    uncached_gates: tuple[re.Pattern[bytes], ...]


@cache
def _patterns(prefix: bytes) -> _Patterns:
    spelled = (
        rb"<@row\b(?: r=\"(\d{1,7})\")?([^>]*)>",
        rb"<@c[\s>/]",
        rb"<@c\b([^<>/]*)>(?!</@c>)",
        rb"<@c\s([^<>/]*\bt\s*=\s*[\"']e[\"'][^<>/]*)>(?:(?!</?@c[\s>]).)*?<@v[^>]*>([^<]*)<",
        rb"<@c\b([^<>/]*)>\s*<@f\b(?:[^<>]*/>|[^<>]*>[^<]*</@f>)\s*"
        rb"(?:<@v\s*/>\s*|<@v\s*>\s*</@v>\s*)?</@c>",
        rb"</@f>\s*<(?:/@c|@v\s*/|@v\s*>\s*<)",
        rb"/>\s*</@c>",
    )
    row, cell, filled, error, uncached, *gates = (
        re.compile(p.replace(b"@", prefix), re.DOTALL) for p in spelled
    )
    opening, formula = (b"<" + prefix + name for name in (b"c ", b"f"))
    return _Patterns(opening, formula, row, cell, filled, error, uncached, tuple(gates))


def scan_sheet(
    package: zipfile.ZipFile, part: str, name: str, formats: Mapping[int, Shown] | None = None
) -> Marks:
    """What is to be found in one sheet. BadFile when its used range is out of scale.

    `formats` are the styles that show numbers as others.
    """
    styles = {str(style).encode(): one for style, one in (formats or {}).items()}
    shown: dict[tuple[int, int], Shown] = {}
    errors: dict[tuple[int, int], str] = {}
    uncached: set[tuple[int, int]] = set()
    hidden: set[int] = set()
    height = width = 0
    for block, rows, patterns in _row_blocks(package, part):
        hidden.update(row.number for row in rows if row.hidden)
        errors.update(_errors(block, rows, patterns))
        uncached.update(_uncached(block, rows, patterns))
        shown.update(_shown(block, rows, patterns, styles))
        height = max(height, max((row.number for row in rows), default=0))
        width = max(width, _width(block, rows, patterns))
    if height * width > bounds.CELLS:  # perhaps only formatted: count what has content
        bounds.check_sheet(name, *_used_range(package, part))
    return Marks(errors, frozenset(uncached), frozenset(hidden), shown)


def _row_blocks(package: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, list[_Row], _Patterns]]:
    last, patterns = 0, _patterns(b"")
    with package.open(part) as stream:
        for i, block in enumerate(_blocks(stream)):
            if i == 0 and (prefix := _PREFIX.search(block)):
                patterns = _patterns(prefix[1])
            rows = _rows(block, last, patterns)
            last = rows[-1].number if rows else last
            yield block, rows, patterns


class _Row(NamedTuple):
    """Where the cells of a row start in the block, its number and whether it is hidden."""

    start: int
    number: int
    hidden: bool


def _rows(block: bytes, last: int, patterns: _Patterns) -> list[_Row]:
    found = []
    may_hide = b"hidden" in block
    for match in patterns.row.finditer(block):
        number = match[1] or (given[1] if (given := _NUMBER.search(match[2])) else None)
        last = int(number) if number else last + 1
        found.append(_Row(match.end(), last, may_hide and _HIDDEN.search(match[2]) is not None))
    return found


def _width(block: bytes, rows: list[_Row], patterns: _Patterns) -> int:
    """The widest row of the block, blank formatted cells included: each row's last cell tells."""
    widest = 0
    for row, following in zip_longest(rows, rows[1:]):
        end = following.start if following else len(block)
        at = block.rfind(patterns.opening, row.start, end)
        given = _ADDRESS.search(block, at, at + 80) if at >= 0 else None
        width = column_number(given[1]) if given else block.count(patterns.opening[:-1], row.start, end)
        widest = max(widest, width)
    return widest


def _used_range(package: zipfile.ZipFile, part: str) -> tuple[int, int]:
    """Height and width that hold every cell with content."""
    height = width = 0
    for block, rows, patterns in _row_blocks(package, part):
        for cell in patterns.filled.finditer(block):
            row, column = _address(block, cell, rows, patterns)
            height, width = max(height, row), max(width, column)
    return height, width


def _errors(block: bytes, rows: list[_Row], patterns: _Patterns) -> Iterator[tuple[tuple[int, int], str]]:
    if b't="e"' in block or b"t='e'" in block:
        for cell in patterns.error.finditer(block):
            yield _address(block, cell, rows, patterns), cell[2].decode("utf-8", "replace").strip()


def _uncached(block: bytes, rows: list[_Row], patterns: _Patterns) -> Iterator[tuple[int, int]]:
    """Formulas without a stored result. An empty result that is declared text *is* stored."""
    if patterns.formula in block and any(gate.search(block) for gate in patterns.uncached_gates):
        for cell in patterns.uncached.finditer(block):
            if not _TEXT_RESULT.search(cell[1]):
                yield _address(block, cell, rows, patterns)


def _shown(
    block: bytes, rows: list[_Row], patterns: _Patterns, styles: Mapping[bytes, Shown]
) -> Iterator[tuple[tuple[int, int], Shown]]:
    for cell in patterns.filled.finditer(block) if styles else ():
        style = _STYLE.search(cell[1])
        if style and style[1] in styles and not _NO_NUMBER.search(cell[1]):
            yield _address(block, cell, rows, patterns), styles[style[1]]


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """The sheet in pieces of about 1 MiB that end with a row."""
    rest = b""
    while piece := stream.read(BLOCK):
        if not rest and piece[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise NotScanned  # UTF-16
        seam = max(0, len(rest) - 16)
        rest += piece
        cut = max(rest.rfind(b"</row>", seam), rest.rfind(b":row>", seam))
        if cut >= 0:
            yield rest[: cut + 6]
            rest = rest[cut + 6 :]
        elif len(rest) > LONGEST_ROW:
            raise NotScanned
    yield rest


def _address(block: bytes, cell: re.Match[bytes], rows: list[_Row], patterns: _Patterns) -> tuple[int, int]:
    """The cell's own address, or its place among the cells of its row where the writer left addresses out."""
    given = _ADDRESS.search(cell[1])
    if given:
        return int(given[2]), column_number(given[1])
    row = max((row for row in rows if row.start <= cell.start()), default=_Row(0, 0, False))
    return row.number, len(patterns.cell.findall(block, row.start, cell.start())) + 1
