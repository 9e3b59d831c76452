"""Sums of money and their ratios at every place: a unit of the tree, or a group of lines.

Money is summed in whole fen and divided once, at the end: sum over sum, as the Global Environment Facility
counts co-financing. Where a place has lines but none of some kind, there was no such money: that is 0. A
line with a blank amount is unknown: it is left out and counted, and where nothing else of its kind is
known there is no figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.leverage.lines import Bools, Ints
from povplan.model import UNIT
from povplan.units import Tree

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """Where money is summed: each line's place (-1 none), how many there are, and what lies above what."""

    codes: Ints
    size: int
    tree: Tree | None = None

    @classmethod
    def of_units(cls, lines: pd.DataFrame, tree: Tree) -> Places:
        """The nodes of the tree, each with all below it."""
        return cls(tree.codes(lines[UNIT]), len(tree.paths), tree)

    def where(self, chosen: Bools) -> Places:
        """The places of some of the lines."""
        return replace(self, codes=self.codes[chosen])

    def add(self, values: npt.NDArray[np.generic], chosen: Bools) -> Ints:
        """The sum of the chosen lines at every place."""
        sums = np.zeros(self.size, np.int64)
        here = chosen & (self.codes >= 0)
        np.add.at(sums, self.codes[here], values[here].astype(np.int64))
        return self.tree.add_upward(sums).astype(np.int64) if self.tree else sums


@dataclass(frozen=True)
class Figure:
    """One figure at every place: yuan or a ratio, its parts (not a number where unknown), and the note."""

    value: Floats
    numerator: Floats
    denominator: Floats
    n: Ints
    left_out: Ints
    note: npt.NDArray[np.object_]


@dataclass(frozen=True)
class Money:
    """Some lines of money, at their places."""

    places: Places
    fen: Ints
    known: Bools

    @classmethod
    def of(cls, lines: pd.DataFrame, places: Places, column: str = "amount") -> Money:
        """The lines by one of their columns in fen."""
        amount = lines[column]
        return cls(places, amount.fillna(0).to_numpy(np.int64), amount.notna().to_numpy(bool))

    def amount(self, kind: Bools) -> Figure:
        """Yuan of one kind of money at every place, and why it is missing where it is."""
        used, blank = (self.places.add(one, kind) for one in (self.known, ~self.known))
        anything = self.places.add(self.known, np.ones(len(self.fen), np.bool_)) > 0
        known = (used > 0) | ((used == 0) & (blank == 0) & anything)
        yuan = np.where(known, self.places.add(self.fen, kind) / 100, np.nan)
        note = noted(~known, "no_rows")
        return Figure(yuan, yuan, np.full(len(yuan), np.nan), used, blank, note)

    def ratio(self, kind: Bools, lever: Bools) -> Figure:
        """One kind of money for each yuan of special fund; without special fund, none."""
        above, below = self.amount(kind), self.amount(lever)
        both = self.amount(kind | lever)
        found = divided(above.value, below.value, "no_lever")
        note = np.where(found.note == "no_lever", "no_lever", above.note)
        return replace(found, n=both.n, left_out=both.left_out, note=note)

    def total_ratio(self, others: Bools, lever: Bools) -> Figure:
        """All money for each yuan of special fund; unknown where the other money is."""
        found, side = self.ratio(others | lever, lever), self.ratio(others, lever)
        return replace(found, value=np.where(np.isnan(side.value), np.nan, found.value), note=side.note)


def noted(missing: Bools, why: str) -> npt.NDArray[np.object_]:
    """The note where something is missing, nothing elsewhere."""
    note = np.full(len(missing), None, dtype=object)
    note[missing] = why
    return note


def divided(above: Floats, below: Floats, without: str) -> Figure:
    """Sum over sum; where there is nothing positive to divide by, the note `without`."""
    possible = below > 0
    value = np.divide(above, below, where=possible, out=np.full(len(possible), np.nan))
    note = noted(~possible, without)
    nobody = np.zeros(len(value), np.int64)
    return Figure(value, above, below, nobody, nobody, note)


def stacked(figures: Mapping[str, Figure]) -> pd.DataFrame:
    """All figures one below the other: indicator, value, numerator, denominator, n, left_out, note."""
    names = [field.name for field in fields(Figure)]
    columns = {name: np.concatenate([getattr(one, name) for one in figures.values()]) for name in names}
    size = len(next(iter(figures.values())).value)
    return pd.DataFrame(columns).assign(indicator=np.repeat(list(figures), size))
