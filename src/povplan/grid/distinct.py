"""The cells of a column by what stands in them: asked once a value, told of all its cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from povplan.grid.packed import BLANK, NUMBER, Contents, Packed
from povplan.grid.value import Value
from povplan.words import are_clean

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Distinct:
    """Cells by what stands in them: cell `i` is `values[codes[i]]`. 1, 1.0 and True are three values.

    What is asked of a cell's text is asked once a value, and spread over the rows by the codes.
    """

    values: Sequence[Value]
    codes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, cells: Sequence[Value]) -> Distinct:
        """The distinct cells; of a list, in order of first appearance."""
        if isinstance(cells, Packed):
            return cls._of_packed(cells)
        is_one_kind = len(set(map(type, cells)) - {NoneType}) < 2
        keys: Sequence[Any] = cells if is_one_kind else [*zip(map(type, cells), cells, strict=True)]
        place = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        codes = np.fromiter(map(place.__getitem__, keys), np.int64, len(keys))
        return cls(list(place) if is_one_kind else [cell for _, cell in place], codes)

    @classmethod
    def _of_packed(cls, cells: Packed) -> Distinct:
        """Texts first, then what else there is, numbers, and one blank."""
        own, codes = cells.own, cells.own_codes.copy()
        is_number = codes == NUMBER
        numbers, at = np.unique(cells.numbers[is_number], return_inverse=True)
        codes[is_number] = len(own) + at
        codes[codes == BLANK] = len(own) + len(numbers)
        return cls(Contents(own.texts, [*own.others, *numbers.tolist(), None]), codes)

    def take(self, positions: npt.NDArray[np.int64]) -> Distinct:
        """Some of the cells; values that none of them has may stay."""
        return Distinct(self.values, self.codes[positions])

    def where(self, is_so: Callable[[Value], object]) -> npt.NDArray[np.bool_]:
        """Which cells have a value of which something is so."""
        return np.array([bool(is_so(value)) for value in self.values], np.bool_)[self.codes]

    def told(
        self, told: npt.NDArray[np.bool_], so: npt.NDArray[np.bool_], is_so: Callable[[Value], object]
    ) -> npt.NDArray[np.bool_]:
        """As `where`; of the values `told` already it is known what is `so`, only the others are asked."""
        answers = told & so
        left = np.flatnonzero(~told)
        answers[left] = [bool(is_so(value)) for value in self.those(left)]
        return np.asarray(answers[self.codes])

    def those(self, places: npt.NDArray[np.intp]) -> Sequence[Value]:
        """The values at these places, which are in ascending order."""
        if isinstance(self.values, Contents):
            return [*self.values.take(places)]
        return [self.values[place] for place in places.tolist()]

    @cached_property
    def clean(self) -> npt.NDArray[np.bool_]:
        """Which values are texts that are surely clean."""
        return are_clean(self.texts)

    @cached_property
    def texts(self) -> pa.Array:
        """The values as one Arrow array of texts, null where a value is none."""
        import pyarrow as pa

        if not isinstance(self.values, Contents):
            return pa.array([v if isinstance(v, str) else None for v in self.values], pa.string())
        return pa.concat_arrays([self.values.texts, pa.nulls(len(self.values.others), pa.string())])
