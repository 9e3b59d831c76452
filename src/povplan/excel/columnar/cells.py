"""The tags of whole rows → their cells: address, attributes, and where the value stands.

Every tag is accounted for: it opens or closes a row, or belongs to just one cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from povplan.excel.columnar.tags import (
    CELL,
    CELL_END,
    FORMULA,
    FORMULA_END,
    INLINE,
    INLINE_END,
    MASKS,
    NO_VALUE,
    ROW,
    ROW_END,
    TEXT,
    TEXT_END,
    VALUE,
    VALUE_END,
    Mask,
    Places,
    Tags,
    Unusual,
)

Integers: TypeAlias = npt.NDArray[np.int64]
Words: TypeAlias = npt.NDArray[np.uint64]

EMPTY, PLAIN, WRITTEN, ODD = range(4)
"""Shapes: without a value; `<v>`; `<is><t>` and nothing more; anything else."""
LONGEST_ATTRIBUTES = 24
_ROW_OPENING = np.uint64(int.from_bytes(b'<row r="', "little"))
_CELL_OPENING = np.uint64(int.from_bytes(b'<c r="', "little"))
_MIXERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
_ODD_HIDDEN = re.compile(rb"hidden\s*=\s*'|hidden\s+=|hidden=\s")


@dataclass(frozen=True)
class Rows:
    """The rows of a block in order: the tags that open and end each, its number, how many digits."""

    tags: Places
    ends: Places
    numbers: Integers
    digits: Integers
    hidden: frozenset[int]


@dataclass(frozen=True)
class Cells:
    """The cells of a block in the order of the file."""

    tags: Tags
    rows: Integers
    columns: Integers
    attributes: npt.NDArray[np.intp]
    """Of each cell, which of `spelled` stands between its address and the end of its tag."""
    spelled: list[bytes]
    shapes: npt.NDArray[np.uint8]
    values: Places
    """The tag `<v>` or `<is>` of a cell that has one, the tag behind its own where it is odd."""
    lasts: Places
    """The tag `</c>`."""
    formulas: Mask
    hidden: frozenset[int]
    """Numbers of hidden rows."""


def cells_of(tags: Tags, above: int) -> Cells:
    """The cells of whole rows that stand under row `above`. Unusual where a tag is left over."""
    kinds, closed = tags.kinds, tags.closed
    at = np.flatnonzero(kinds == CELL)
    shapes, values, lasts, formulas = _shapes(kinds, closed, at)
    rows = _rows(tags, closed, above)
    _account_for(tags, at, lasts, rows, closed)
    row = np.searchsorted(rows.tags, at) - 1
    if len(at) and (row[0] < 0 or (lasts > rows.ends[row]).any()):
        raise Unusual("a cell outside of rows")
    columns, behind = _addresses(tags, at, rows, row)
    if (columns[1:] <= columns[:-1])[row[1:] == row[:-1]].any():
        raise Unusual("cells out of order")
    attributes, spelled = _attributes(tags, behind, tags.ends[at] - closed[at])
    return Cells(
        tags, rows.numbers[row], columns, attributes, spelled, shapes, values, lasts, formulas, rows.hidden
    )


def _shapes(kinds: Any, closed: Mask, at: Places) -> tuple[npt.NDArray[np.uint8], Places, Places, Mask]:
    """Shape, value tag and last tag of each cell, and whether it has a formula."""
    after = kinds[at + 1]
    shapes = np.full(len(at), ODD, np.uint8)
    values, lasts, formulas = at + 1, at.copy(), np.zeros(len(at), bool)
    is_plain = (after == VALUE) & (kinds[at + 2] == VALUE_END) & (kinds[at + 3] == CELL_END) & ~closed[at]
    shapes[is_plain] = PLAIN
    lasts[is_plain] += 3
    if is_plain.all():
        return shapes, values, lasts, formulas
    rest = np.flatnonzero(~is_plain)
    formula = rest[(after[rest] == FORMULA) & ~closed[at[rest]]]
    is_whole = ~closed[at[formula] + 1]
    if (is_whole & (kinds[at[formula] + 2] != FORMULA_END)).any():
        raise Unusual("a formula with something in it")
    formulas[formula] = True
    values[formula] += 1 + is_whole
    _shape(rest, ~closed[at[rest]], kinds, shapes, values, lasts)
    own_end = rest[closed[at[rest]]]
    shapes[own_end] = EMPTY
    odd = np.flatnonzero(shapes == ODD)
    if formulas[odd].any():
        raise Unusual("a formula with something beside")
    ends = np.flatnonzero(kinds == CELL_END)
    following = np.searchsorted(ends, at[odd])
    if len(odd) and following[-1] >= len(ends):
        raise Unusual("a cell without an end")
    lasts[odd] = ends[following]
    return shapes, values, lasts, formulas


_PATTERNS: tuple[tuple[int, tuple[int, ...]], ...] = (
    (PLAIN, (VALUE, VALUE_END, CELL_END)),
    (WRITTEN, (INLINE, TEXT, TEXT_END, INLINE_END, CELL_END)),
    (EMPTY, (CELL_END,)),
    (EMPTY, (NO_VALUE, CELL_END)),
)


def _shape(rest: Places, is_open: Mask, kinds: Any, shapes: Any, values: Places, lasts: Places) -> None:
    """The shapes of cells by the tags from their value on."""
    rest = rest[is_open]
    for shape, pattern in _PATTERNS:
        starts = values[rest]
        fits = np.ones(len(rest), bool)
        for step, kind in enumerate(pattern):
            fits &= kinds[np.minimum(starts + step, len(kinds) - 1)] == kind
        shapes[rest[fits]] = shape
        lasts[rest[fits]] = starts[fits] + len(pattern) - 1
        rest = rest[~fits]


def _rows(tags: Tags, closed: Mask, above: int) -> Rows:
    """The rows, each with a number above the one before."""
    at = np.flatnonzero(tags.kinds == ROW)
    if (tags.words(tags.starts[at]) != _ROW_OPENING).any():
        raise Unusual("a row without a number")
    numbers, digits = _numbers(tags.words(tags.starts[at] + 8))
    if len(at) and (numbers[0] <= above or (np.diff(numbers) <= 0).any()):
        raise Unusual("rows out of order")
    ends = np.flatnonzero(tags.kinds == ROW_END)
    ends = ends[tags.bytes[tags.starts[ends] + 3] == ord("o")]  # not </rPh>
    own = np.flatnonzero(closed[at])
    merged = np.sort(np.concatenate([ends, at[own]]))
    if len(merged) != len(at) or (merged < at).any() or (merged[:-1] > at[1:]).any():
        raise Unusual("rows within rows")
    return Rows(at, merged, numbers, digits, _hidden(tags, at, numbers))


def _numbers(words: Words) -> tuple[Integers, Integers]:
    """The number that begins each word and how many digits it has, a quotation mark behind."""
    numbers, digits = np.zeros(len(words), np.int64), np.zeros(len(words), np.int64)
    open_, rest = np.ones(len(words), bool), words.copy()
    for _ in range(8):
        byte = (rest & np.uint64(255)).astype(np.int64) - ord("0")
        open_ &= (byte >= 0) & (byte <= 9)
        numbers = np.where(open_, numbers * 10 + byte, numbers)
        digits += open_
        rest = np.where(open_, rest >> np.uint64(8), rest)
    if ((digits == 0) | (digits > 7) | (rest & np.uint64(255) != ord('"'))).any():
        raise Unusual("a number that is none")
    return numbers, digits


def _hidden(tags: Tags, at: Places, numbers: Integers) -> frozenset[int]:
    if b"hidden" not in tags.block:
        return frozenset()
    texts = [tags.bytes[a:b].tobytes() for a, b in zip(tags.starts[at], tags.ends[at], strict=True)]
    if any(b"hidden" in text and _ODD_HIDDEN.search(text) for text in texts):
        raise Unusual("a row hidden in another way")
    return frozenset(
        number for number, text in zip(numbers.tolist(), texts, strict=True) if _HIDDEN.search(text)
    )


def _account_for(tags: Tags, at: Places, lasts: Places, rows: Rows, closed: Mask) -> None:
    """Unusual where cells overlap, or where a tag is neither a row's nor a cell's."""
    count = len(tags.starts)
    covered = int((lasts - at + 1).sum()) + len(rows.tags) + int((~closed[rows.tags]).sum())
    if covered != count or (lasts[:-1] >= at[1:]).any():
        raise Unusual("a tag that is no cell's")


def _addresses(tags: Tags, at: Places, rows: Rows, row: Places) -> tuple[Integers, Places]:
    """The column of each cell from 1, and the byte behind its address; the row must be its own."""
    starts = tags.starts[at]
    if (tags.words(starts) & MASKS[6] != _CELL_OPENING).any():
        raise Unusual("a cell without an address")
    first, second, third = (tags.bytes[starts + offset].astype(np.int64) - 64 for offset in (6, 7, 8))
    is_two, is_three = second > 0, (second > 0) & (third > 0)
    columns = np.where(is_two, first * 26 + second, first)
    columns = np.where(is_three, columns * 26 + third, columns)
    letters = 1 + is_two.astype(np.intp) + is_three
    is_letter = (first > 0) & (first <= 26) & (second <= 26) & (third <= 26)
    mask = MASKS[rows.digits + 1]
    due = tags.words(tags.starts[rows.tags] + 8) & mask
    if not is_letter.all() or (tags.words(starts + 6 + letters) & mask[row] != due[row]).any():
        raise Unusual("an address that is not its row's")
    return columns, starts + 7 + letters + rows.digits[row]


def _attributes(tags: Tags, starts: Places, ends: Places) -> tuple[npt.NDArray[np.intp], list[bytes]]:
    """Which bytes stand between a cell's address and its tag's end, each spelling once."""
    from pandas import factorize

    lengths = ends - starts
    if len(lengths) and (lengths.max() > LONGEST_ATTRIBUTES or lengths.min() < 0):
        raise Unusual("a cell of many attributes")
    words = [tags.words(starts) & MASKS[np.minimum(lengths, 8)]]
    mixed = words[0]  # no text has a zero byte, so a word tells its length too
    for number in range(1, -(-int(lengths.max(initial=0)) // 8)):
        words.append(tags.words(starts + 8 * number) & MASKS[np.clip(lengths - 8 * number, 0, 8)])
        mixed = mixed * _MIXERS[0] ^ words[-1] * _MIXERS[1]
    codes, uniques = factorize(mixed)
    firsts = np.zeros(len(uniques), np.intp)
    firsts[codes[::-1]] = np.arange(len(codes))[::-1]
    if len(words) > 1 and any((word[firsts][codes] != word).any() for word in words):
        raise Unusual("two spellings taken for one")
    spelled = [tags.bytes[a : a + n].tobytes() for a, n in zip(starts[firsts], lengths[firsts], strict=True)]
    return codes, spelled
