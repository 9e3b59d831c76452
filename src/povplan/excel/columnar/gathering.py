"""Cells of all blocks of a sheet, sorted by how they are read: numbers, texts by their place, all others.

What a cell means is decided by calamine. Here it is told only which cells say the same, so that calamine is
asked once; numbers in a style that is no date are read here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from povplan.excel.columnar.cells import EMPTY, ODD, PLAIN, WRITTEN, Cells
from povplan.excel.columnar.slices import binaries, floats, places
from povplan.excel.columnar.tags import Mask, Places, Unusual
from povplan.excel.marks import Marks
from povplan.grid import Shown

AS_NUMBER, AS_SHARED, AS_WRITTEN, AS_ERROR, AS_OTHER = range(5)
_ATTRIBUTES = re.compile(
    rb'(?: s="(?P<s>\d{1,5})")?(?: t="(?P<t>\w+)")?|(?: t="(?P<u>\w+)")(?: s="(?P<v>\d{1,5})")'
)
_TYPES = {
    b"": AS_NUMBER, b"n": AS_NUMBER, b"s": AS_SHARED, b"inlineStr": AS_WRITTEN, b"e": AS_ERROR,
    b"str": AS_OTHER, b"b": AS_OTHER, b"d": AS_OTHER,
}  # fmt: skip
ERRORS = {b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!"}
"""The words that calamine knows; of a workbook with another it reads nothing."""


@dataclass
class Lot:
    """Cells read in one way: where they stand, block by block, and of each what was taken from it."""

    rows: list[npt.NDArray[np.int32]] = field(default_factory=list)
    columns: list[npt.NDArray[np.int32]] = field(default_factory=list)
    taken: list[Any] = field(default_factory=list)

    def add(self, cells: Cells, which: Places, taken: Any) -> None:
        """These cells of a block."""
        self.rows.append(cells.rows[which].astype(np.int32))
        self.columns.append(cells.columns[which].astype(np.int32))
        self.taken.append(taken)

    def __iter__(self) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Any]]:
        return zip(self.rows, self.columns, self.taken, strict=True)


@dataclass
class Gathered:
    """A sheet's cells. Numbers are dates in the styles `dated`, and shown as others in those of `formats`."""

    dated: Collection[int]
    formats: Mapping[int, Shown] = field(default_factory=dict)
    numbers: Lot = field(default_factory=Lot)
    shared: Lot = field(default_factory=Lot)
    written: Lot = field(default_factory=Lot)
    """Texts that stand in the cell itself and need nothing but decoding."""
    others: Lot = field(default_factory=Lot)
    """A cell's attributes and all that is in it but a formula, as bytes, parted by `>`."""
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncached: set[tuple[int, int]] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    shown: dict[tuple[int, int], Shown] = field(default_factory=dict)
    last: int = 0
    """The number of the last row."""
    width: int = 0
    _ways: dict[bytes, int] = field(default_factory=dict)

    def add(self, cells: Cells) -> None:
        """The cells of one block."""
        self.hidden |= cells.hidden
        if not len(cells.rows):
            return
        self.last, self.width = int(cells.rows[-1]), max(self.width, int(cells.columns.max()))
        ways = np.array([self._way(text) for text in cells.spelled], np.uint8)[cells.attributes]
        shape, tags = cells.shapes, cells.tags
        starts = tags.ends[cells.values] + 1
        ends = tags.starts[np.minimum(cells.values + 1, len(tags.starts) - 1)]
        is_plain = shape == PLAIN
        is_filled = is_plain & (ends > starts)
        self._mark(cells, ways, is_filled)
        if self.formats:
            self._show(cells, is_filled & (ways == AS_NUMBER))
        data = tags.bytes
        if len(which := np.flatnonzero(is_filled & (ways == AS_NUMBER))):
            self.numbers.add(cells, which, floats(data, starts[which], ends[which]))
        if len(which := np.flatnonzero(is_filled & (ways == AS_SHARED))):
            self.shared.add(cells, which, places(data, starts[which], ends[which]))
        if len(which := np.flatnonzero((shape == WRITTEN) & (ways == AS_WRITTEN))):
            text = cells.values[which] + 1
            self.written.add(cells, which, binaries(data, tags.ends[text] + 1, tags.starts[text + 1]))
        is_other = (is_plain & ((ways == AS_OTHER) | (ways == AS_WRITTEN))) | (shape == ODD)
        is_other |= (shape == WRITTEN) & (ways != AS_WRITTEN)
        if len(which := np.flatnonzero(is_other)):
            self.others.add(cells, which, _whole(cells, which))

    def _way(self, spelled: bytes) -> int:
        """How cells of these attributes are read."""
        if spelled not in self._ways:
            found = _ATTRIBUTES.fullmatch(spelled)
            kind = (found["t"] or found["u"] or b"") if found else b"?"
            if found is None or kind not in _TYPES:
                raise Unusual("an attribute of another kind")
            style, way = found["s"] or found["v"], _TYPES[kind]
            is_dated = way == AS_NUMBER and style is not None and int(style) in self.dated
            self._ways[spelled] = AS_OTHER if is_dated else way
        return self._ways[spelled]

    def _show(self, cells: Cells, is_number: Mask) -> None:
        """The numbers that are shown as others."""
        given = [self._format(text) for text in cells.spelled]
        which = np.flatnonzero(np.array([one is not None for one in given])[cells.attributes] & is_number)
        at = (part[which].tolist() for part in (cells.rows, cells.columns, cells.attributes))
        for row, column, attributes in zip(*at, strict=True):
            if shown := given[attributes]:
                self.shown[row, column] = shown

    def _format(self, spelled: bytes) -> Shown | None:
        found = _ATTRIBUTES.fullmatch(spelled)
        style = found and (found["s"] or found["v"])
        return None if style is None else self.formats.get(int(style))

    def _mark(self, cells: Cells, ways: Any, is_filled: Mask) -> None:
        """Errors, and formulas whose result is not stored; an empty result that is declared text is one."""
        errors = np.flatnonzero(ways == AS_ERROR)
        if (errors_odd := cells.shapes[errors]).size and not np.isin(errors_odd, (PLAIN, EMPTY)).all():
            raise Unusual("an error of another kind")
        tags = cells.tags
        for at in errors[is_filled[errors]].tolist():
            value = cells.values[at]
            word = tags.bytes[tags.ends[value] + 1 : tags.starts[value + 1]].tobytes()
            if word not in ERRORS:
                raise Unusual("an error of another name")
            self.errors[int(cells.rows[at]), int(cells.columns[at])] = word.decode()
        for at in np.flatnonzero(cells.formulas & ~is_filled).tolist():
            if b't="str"' not in cells.spelled[cells.attributes[at]]:
                self.uncached.add((int(cells.rows[at]), int(cells.columns[at])))

    def marks(self) -> Marks:
        """What the values alone cannot tell."""
        return Marks(self.errors, frozenset(self.uncached), frozenset(self.hidden), self.shown)


def _whole(cells: Cells, which: Places) -> pa.Array:
    tags = cells.tags
    spelled = pa.array(cells.spelled, pa.binary()).take(pa.array(cells.attributes[which]))
    inner = binaries(tags.bytes, tags.starts[cells.values[which]], tags.starts[cells.lasts[which]])
    return pc.binary_join_element_wise(spelled, inner, pa.scalar(b">", pa.binary()))
