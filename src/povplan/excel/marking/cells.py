"""Cells of a sheet given another style, in the bytes of its rows: nothing else in them changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from povplan.excel.marking.values import Severity
from povplan.model import column_letters, column_number

_R = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{0,3})(\d{1,7})[\"']")
_S = re.compile(rb"\ss\s*=\s*[\"'](\d*)[\"']")
_CUSTOM = re.compile(rb"\scustomFormat\s*=\s*[\"'](?:1|true)[\"']")
_SPANS = re.compile(rb"\sspans\s*=\s*[\"'][^\"']*[\"']")

Restyle = Callable[[int, Severity], int]
"""A cell's style and how grave its findings are → its new style."""


@dataclass(frozen=True)
class _Patterns:
    prefix: bytes
    row: re.Pattern[bytes]
    cell: re.Pattern[bytes]


@cache
def _patterns(prefix: bytes) -> _Patterns:
    row, cell = (re.compile(rb"<" + prefix + tag + rb"(?=[\s/>])([^<>]*?)(/?)>") for tag in (b"row", b"c"))
    return _Patterns(prefix, row, cell)


class _Row(NamedTuple):
    number: int
    match: re.Match[bytes]


def restyled(
    rows: bytes,
    prefix: bytes,
    wanted: Mapping[int, Mapping[int, Severity]],
    style: Restyle,
    of_column: Callable[[int], int],
) -> bytes:
    """The rows of a sheet with the cells of `wanted` (row → column → severity) in their new style.

    A cell that is not there is made, blank, in the style its row or column would give it.
    """
    patterns = _patterns(prefix)
    pieces: list[bytes] = []
    at, left = 0, dict(sorted(wanted.items()))
    for row in _rows(rows, patterns):
        if next(iter(left)) < row.number:
            missing = [number for number in left if number < row.number]
            pieces.append(rows[at : row.match.start()])
            at = row.match.start()
            pieces += [_new_row(number, left.pop(number), style, of_column, prefix) for number in missing]
        if row.number in left:
            pieces.append(rows[at : row.match.start()])
            changed, at = _changed(rows, row, left.pop(row.number), style, of_column, patterns)
            pieces.append(changed)
        if not left:
            break
    pieces.append(rows[at:])
    pieces += [_new_row(number, cells, style, of_column, prefix) for number, cells in left.items()]
    return b"".join(pieces)


def filled(rows: bytes, prefix: bytes, wanted: Mapping[int, Collection[int]]) -> set[tuple[int, int]]:
    """The cells of `wanted` (row → columns) that hold something."""
    patterns, found = _patterns(prefix), set()
    for row in _rows(rows, patterns):
        if row.number not in wanted or row.match[2]:
            continue
        end = rows.index(b"</" + prefix + b"row>", row.match.end())
        for column, cell in _sought(rows[row.match.end() : end], row.number, wanted[row.number], patterns):
            if not cell[2] and column in wanted[row.number]:
                found.add((row.number, column))
    return found


def replaced(rows: bytes, styles: Mapping[int, int]) -> bytes:
    """The rows with some styles of cells exchanged for others."""
    named = b"|".join(str(style).encode() for style in styles)
    if not named:
        return rows
    pattern = re.compile(rb"(<(?:\w+:)?c\s[^<>]*?\ss=\")(" + named + rb")(\")")
    return pattern.sub(lambda m: m[1] + str(styles[int(m[2])]).encode() + m[3], rows)


def _rows(rows: bytes, patterns: _Patterns) -> Iterator[_Row]:
    last = 0
    for match in patterns.row.finditer(rows):
        given = _R.search(match[1])
        last = int(given[2]) if given else last + 1
        yield _Row(last, match)


def _new_row(
    number: int,
    cells: Mapping[int, Severity],
    style: Restyle,
    of_column: Callable[[int], int],
    prefix: bytes,
) -> bytes:
    inside = b"".join(
        _new_cell(number, column, style(of_column(column), severity), prefix)
        for column, severity in sorted(cells.items())
    )
    return b'<%brow r="%d">%b</%brow>' % (prefix, number, inside, prefix)


def _new_cell(row: int, column: int, style: int, prefix: bytes) -> bytes:
    return b'<%bc r="%b%d" s="%d"/>' % (prefix, column_letters(column).encode(), row, style)


def _changed(
    rows: bytes,
    row: _Row,
    cells: Mapping[int, Severity],
    style: Restyle,
    of_column: Callable[[int], int],
    patterns: _Patterns,
) -> tuple[bytes, int]:
    """A row with its marked cells, and where in the bytes the row ends."""
    prefix, attributes = patterns.prefix, row.match[1]
    closing = b"</" + prefix + b"row>"
    start = row.match.end()
    end = start if row.match[2] else rows.index(closing, start)
    own = _S.search(attributes) if _CUSTOM.search(attributes) else None

    def blank(column: int) -> int:
        return int(own[1] or 0) if own else of_column(column)

    inside, was_new = _cells(rows[start:end], row.number, cells, style, blank, patterns)
    if was_new:
        attributes = _SPANS.sub(b"", attributes)
    opening = b"<" + prefix + b"row" + attributes.rstrip() + b">"
    return opening + inside + closing, end + (0 if row.match[2] else len(closing))


def _cells(
    inside: bytes,
    row: int,
    wanted: Mapping[int, Severity],
    style: Restyle,
    blank: Callable[[int], int],
    patterns: _Patterns,
) -> tuple[bytes, bool]:
    """The cells of a row, marked; whether any of them is new."""
    pieces: list[bytes] = []
    at, left, is_new = 0, dict(sorted(wanted.items())), False
    for last, cell in _sought(inside, row, wanted, patterns):
        for column in [column for column in left if column < last]:
            pieces += [
                inside[at : cell.start()],
                _made(row, column, left.pop(column), style, blank, patterns),
            ]
            at, is_new = cell.start(), True
        if last in left:
            given_style = _S.search(cell[1])
            new = b' s="%d"' % style(int(given_style[1] or 0) if given_style else 0, left.pop(last))
            attributes = _S.sub(b"", cell[1]).rstrip()
            tag = b"<" + patterns.prefix + b"c" + attributes + new + cell[2] + b">"
            pieces += [inside[at : cell.start()], tag]
            at = cell.end()
        if not left:
            break
    pieces.append(inside[at:])
    pieces += [_made(row, column, severity, style, blank, patterns) for column, severity in left.items()]
    return b"".join(pieces), is_new or bool(left)


def _sought(
    inside: bytes, row: int, wanted: Collection[int], patterns: _Patterns
) -> Iterator[tuple[int, re.Match[bytes]]]:
    """The cells of these columns, found by their addresses; all of the row where one is not found so."""
    found: list[tuple[int, re.Match[bytes]]] = []
    for column in sorted(wanted):
        at = inside.find(b' r="%b%d"' % (column_letters(column).encode(), row))
        cell = patterns.cell.match(inside, max(inside.rfind(b"<", 0, at), 0)) if at >= 0 else None
        if cell is None or cell.end() < at or (found and found[-1][1].start() > cell.start()):
            return _numbered(inside, patterns)
        found.append((column, cell))
    return iter(found)


def _numbered(inside: bytes, patterns: _Patterns) -> Iterator[tuple[int, re.Match[bytes]]]:
    """The cells of a row with their columns, those without an address counted on."""
    last = 0
    for cell in patterns.cell.finditer(inside):
        given = _R.search(cell[1])
        last = column_number(given[1]) if given and given[1] else last + 1
        yield last, cell


def _made(
    row: int,
    column: int,
    severity: Severity,
    style: Restyle,
    blank: Callable[[int], int],
    patterns: _Patterns,
) -> bytes:
    return _new_cell(row, column, style(blank(column), severity), patterns.prefix)
