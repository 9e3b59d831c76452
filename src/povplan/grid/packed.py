"""Cells of a column packed: its numbers as one array, everything else by what it says.

A packed column is read like the list of its values, and cell by cell it costs more than a list. Whoever
asks something of all its cells asks the arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from povplan.grid.value import Value

if TYPE_CHECKING:
    import pyarrow as pa

BLANK, NUMBER = -1, -2
"""The codes of cells that have no content of their own."""
FEW = 64
"""Cells of which one by one is the quickest way: a header."""


@dataclass(frozen=True, eq=False)
class Contents(Sequence[Value]):
    """What stands in cells, each thing once: the `texts`, an Arrow array of strings, then the others."""

    texts: pa.Array
    others: Sequence[Value] = ()
    _seen: dict[int, Value] = field(default_factory=dict, repr=False)
    """Those asked for one by one: a header's, again and again."""

    def __len__(self) -> int:
        return len(self.texts) + len(self.others)

    @overload
    def __getitem__(self, at: int) -> Value: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Value]: ...
    def __getitem__(self, at: int | slice) -> Value | Sequence[Value]:
        if isinstance(at, slice):
            return [*self][at]
        if at not in self._seen:
            count = len(self.texts)
            self._seen[at] = self.texts[at].as_py() if at < count else self.others[at - count]
        return self._seen[at]

    def __iter__(self) -> Iterator[Value]:
        return chain(self.texts.to_pylist(), self.others)

    def among(self, words: Set[str]) -> npt.NDArray[np.bool_]:
        """Which are one of these texts."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.is_in(self.texts, pa.array(sorted(words), pa.string())).to_numpy(zero_copy_only=False)
        return np.append(found, np.zeros(len(self.others), bool))

    def take(self, places: npt.NDArray[np.integer[Any]]) -> Contents:
        """Those at `places`, which are in ascending order."""
        cut = int(np.searchsorted(places, len(self.texts)))
        others = [self.others[at] for at in (places[cut:] - len(self.texts)).tolist()]
        return Contents(self.texts.take(places[:cut]), others)


@dataclass(frozen=True, eq=False)
class Packed(Sequence[Value]):
    """A column of cells: `codes[i]` is BLANK, NUMBER (`numbers[i]`, always float) or a place in `contents`.

    Columns of one sheet share their contents; of those a column need not have all.
    """

    codes: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.float64]
    """NaN where the cell is no number."""
    contents: Contents

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> Value: ...
    @overload
    def __getitem__(self, at: slice) -> Packed: ...
    def __getitem__(self, at: int | slice) -> Value | Packed:
        if isinstance(at, slice):
            return Packed(self.codes[at], self.numbers[at], self.contents)
        code = int(self.codes[at])
        if code == NUMBER:
            return float(self.numbers[at])
        return None if code == BLANK else self.contents[code]

    def __iter__(self) -> Iterator[Value]:
        cells: list[Value] = self.numbers.tolist()
        if len(cells) <= FEW:
            for at, code in enumerate(self.codes.tolist()):
                if code != NUMBER:
                    cells[at] = None if code == BLANK else self.contents[code]
            return iter(cells)
        contents = [*self.own, None]
        for at in np.flatnonzero(self.codes != NUMBER).tolist():
            cells[at] = contents[self.own_codes[at]]
        return iter(cells)

    def take(self, places: npt.NDArray[np.integer[Any]]) -> Packed:
        """The cells at `places`."""
        return Packed(self.codes[places], self.numbers[places], self.contents)

    @cached_property
    def has_only_numbers(self) -> bool:
        """Whether nothing but numbers and blanks stands in the column."""
        return not bool((self.codes >= 0).any())

    def where(self, is_so: Callable[[Value], object]) -> npt.NDArray[np.bool_]:
        """Which cells have something, no number, of which something is so."""
        if self.has_only_numbers:
            return np.zeros(len(self), bool)
        answers = np.array([*(bool(is_so(value)) for value in self.own), False, False], np.bool_)
        return np.asarray(answers[self.own_codes])

    def having(self, is_so: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
        """Where one of those `contents` stands of which it is so."""
        return np.flatnonzero(np.append(is_so, [False, False])[self.codes])

    @cached_property
    def _places(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
        """Which contents stand in this column, and of each cell which of them."""
        if len(self.contents) > 4 * len(self.codes):
            places = np.unique(self.codes[self.codes >= 0]).astype(np.intp)
            return places, np.where(self.codes < 0, self.codes, np.searchsorted(places, self.codes))
        is_here = np.zeros(len(self.contents) + 2, bool)
        is_here[self.codes] = True
        is_here[-2:] = False  # where NUMBER and BLANK fall
        numbered = np.cumsum(is_here) - 1
        numbered[-2:] = NUMBER, BLANK
        return np.flatnonzero(is_here), numbered[self.codes]

    @cached_property
    def own(self) -> Contents:
        """Those contents that stand in this column."""
        return self.contents.take(self._places[0])

    @property
    def own_codes(self) -> npt.NDArray[np.int64]:
        """The codes of the cells within `own`; BLANK and NUMBER as they are."""
        return self._places[1]
