"""Whole rows of sheet XML → its tags, as arrays: where each begins and ends, and which it is.

Understood is only what spreadsheet programs write: no comments, no CDATA, no namespace prefixes, no blanks
between tags. Anything else is Unusual, and somebody else's to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Places: TypeAlias = npt.NDArray[np.intp]
Mask: TypeAlias = npt.NDArray[np.bool_]

PADDING = bytes(32)
"""Bytes behind a block, so that a look at the bytes after a tag never runs over its end."""
LESS, GREATER, SLASH = b"<>/"
MASKS = np.array([(1 << 8 * count) - 1 for count in range(8)] + [(1 << 64) - 1], np.uint64)
"""Masks for the first 0 … 8 bytes of a word."""

(OTHER, CELL, CELL_END, VALUE, VALUE_END, NO_VALUE, FORMULA, FORMULA_END) = range(8)
(INLINE, INLINE_END, TEXT, TEXT_END, SPACED, ROW, ROW_END) = range(8, 15)
_SPELLED: tuple[tuple[bytes, int, int], ...] = (
    (b"c ", CELL, 0), (b"/c", CELL_END, 3), (b"v>", VALUE, 2), (b"/v", VALUE_END, 3), (b"v/", NO_VALUE, 3),
    (b"v ", SPACED, 0), (b"f>", FORMULA, 0), (b"f ", FORMULA, 0), (b"f/", FORMULA, 0),
    (b"/f", FORMULA_END, 3),
    (b"is", INLINE, 3), (b"/i", INLINE_END, 4), (b"t>", TEXT, 2), (b"/t", TEXT_END, 3), (b"t ", SPACED, 0),
    (b"ro", ROW, 0), (b"/r", ROW_END, 5),
)  # fmt: skip
"""The first two letters of a tag, what it is, and how far its ends lie apart where that is sure."""
_KINDS, _LENGTHS = np.zeros(1 << 16, np.uint8), np.zeros(len(_SPELLED), np.uint8)
for _letters, _kind, _length in _SPELLED:
    _KINDS[int.from_bytes(_letters, "little")] = _kind
    _LENGTHS[_kind] = _length


class Unusual(Exception):
    """XML that this reader does not claim to understand."""


@dataclass(frozen=True)
class Tags:
    """The tags of a block in order: `[starts[i], ends[i]]` is tag i with its angle brackets."""

    block: bytes
    bytes: npt.NDArray[np.uint8]
    """The same as an array, and some bytes behind it."""
    starts: Places
    ends: Places
    kinds: npt.NDArray[np.uint8]
    """Behind the last tag stand some of kind OTHER, so that one may look ahead."""

    @property
    def closed(self) -> Mask:
        """Which tags close themselves: `<c r="A1"/>`."""
        return np.asarray(self.bytes[self.ends - 1] == SLASH)

    def words(self, places: Places) -> npt.NDArray[np.uint64]:
        """The eight bytes from each place on as one number, the first byte lowest."""
        size = len(self.bytes) - 8
        return np.ndarray((size,), "<u8", self.bytes.data, 0, (1,))[places].astype(np.uint64)


def tags_of(block: bytes) -> Tags:
    """The tags of whole rows (without padding). Unusual where a byte stands where none is expected."""
    if b"\0" in block:
        raise Unusual("a byte that no text has")
    data = np.frombuffer(block + PADDING, np.uint8)
    both = np.flatnonzero((data | 2) == GREATER)  # 60 and 62 differ in this bit
    starts, ends = both[::2].copy(), both[1::2].copy()
    if len(both) % 2 or (data[starts] == GREATER).any() or (data[ends] == LESS).any():
        raise Unusual("an angle bracket in a text")
    kinds = _kinds(data, starts, ends)
    _refuse_stray_text(data, starts, ends, kinds, len(block))
    return Tags(block, data, starts, ends, np.concatenate([kinds, np.zeros(8, np.uint8)]))


def _kinds(data: npt.NDArray[np.uint8], starts: Places, ends: Places) -> npt.NDArray[np.uint8]:
    first, letters = data[starts + 1], data[starts + 2].astype(np.uint16)
    if ((first == ord("!")) | (first == ord("?"))).any():
        raise Unusual("a comment, CDATA or an instruction")
    letters <<= 8
    letters |= first
    kinds = _KINDS[letters]
    due = _LENGTHS[kinds]
    kinds[(due > 0) & (due != ends - starts)] = OTHER
    return kinds


def _refuse_stray_text(data: Any, starts: Places, ends: Places, kinds: Any, size: int) -> None:
    """Text stands only in values, formulas and texts."""
    if not len(starts):
        if size:
            raise Unusual("no tags")
        return
    filled = np.flatnonzero(np.append(starts[1:], size) - ends > 1)
    around = kinds[filled]
    is_text = (around == VALUE) | (around == TEXT) | (around == SPACED) | (around == FORMULA)
    if starts[0] or not is_text.all() or (data[ends[filled] - 1] == SLASH).any():
        raise Unusual("text between tags")
