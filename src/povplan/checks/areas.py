"""Rows by the area in which they lie, and one finding for an area of which many rows say the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]
AT_LEAST = 10
"""Below so many cases no share, rank or outlier is spoken of."""


@dataclass(frozen=True, eq=False)
class Areas:
    """Row → place among the distinct areas of one level, in order of appearance; -1 where it is unknown."""

    codes: Positions
    paths: tuple[str, ...]

    @classmethod
    def of(cls, keys: pa.Array) -> Areas:
        """The areas of these paths, one a row."""
        encoded = keys.dictionary_encode()
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        return cls(codes, tuple(encoded.dictionary.to_pylist()))

    def __len__(self) -> int:
        return len(self.paths)

    def tally(self, which: Bools) -> Positions:
        """Rows of each area among `which`."""
        counts: Positions = np.bincount(self.codes[which & (self.codes >= 0)], minlength=len(self))
        return counts

    def first(self, which: Bools) -> Positions:
        """The first row of each area among `which`, -1 where there is none."""
        found: Positions = np.full(len(self), -1)
        at = np.flatnonzero(which & (self.codes >= 0))[::-1]
        found[self.codes[at]] = at
        return found

    def rows(self, chosen: Bools) -> Bools:
        """The rows of the chosen areas."""
        within: Bools = np.append(chosen, False)[self.codes]
        return within

    def each(self, value: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What is said of each area, row by row; not a number where the area is unknown."""
        spread: npt.NDArray[np.float64] = np.append(value, np.nan)[self.codes]
        return spread

    def split(self, by: pd.Series | None, villages: Areas) -> Areas:
        """These areas, each in as many as `by` has values there; one that lies in a single village is it."""
        parts = np.zeros(len(self.codes), np.int64) if by is None else pd.factorize(by)[0]
        pairs = pd.MultiIndex.from_arrays([self.codes, parts])
        codes, found = pairs.factorize()
        own = pd.Series(villages.codes).groupby(codes)
        lone = np.where(own.nunique() == 1, own.first(), -1)  # a row of no village counts as one, -1
        paths = (
            villages.paths[village] if village >= 0 else self.paths[area] if area >= 0 else ""
            for village, (area, _) in zip(lone, found, strict=True)
        )
        return type(self)(np.where(self.codes < 0, -1, codes), tuple(paths))

    def names(self) -> pd.Series:
        """The path of each row's area."""
        return (
            pd.Series(pd.array([*self.paths, None], dtype="string")).take(self.codes).reset_index(drop=True)
        )


def called(path: str) -> str:
    """An area as a sentence of its county names it: 东岭镇甲子村, or the county itself."""
    _, *below = path.split("/")
    return "".join(below) or path
