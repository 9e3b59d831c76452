"""What many rows come to at every node of the tree of units: county, townships, villages.

Additive ones (sum, count) are computed once at each row's deepest node and added upward, mergeable ones
(min, max) likewise; holistic ones (median, quantile, Gini, MAD, distinct) are computed from the rows at
every level and never combined. Only known values come here; a node without rows has no figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from povplan.formulas.columns import Array, Bools, Column
from povplan.spec import LEVELS
from povplan.units import Codes, Tree


@dataclass(frozen=True)
class Placed:
    """Rows that count, each at its deepest node of the tree."""

    tree: Tree
    nodes: Codes

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.tree.paths)

    @cached_property
    def rows(self) -> Codes:
        """Node → rows at it or below."""
        here = np.bincount(self.nodes, minlength=self.size)
        return self.tree.add_upward(here).astype(np.int64)

    @property
    def some(self) -> Bools:
        """Node → whether it has any row."""
        return self.rows > 0

    def levels(self) -> Iterator[Codes]:
        """For each level, row → its node of that level; -1 where it lies above."""
        for level in LEVELS:
            yield self.tree.ancestors(level)[self.nodes]


def count(placed: Placed, values: Array) -> Column:
    """How many rows, or on how many rows the condition holds."""
    return total(placed, values.astype(np.int64))


def total(placed: Placed, values: Array) -> Column:
    """The sum, exact where the values are integers (money in fen)."""
    here = np.zeros(placed.size, values.dtype)
    np.add.at(here, placed.nodes, values)
    return Column(placed.tree.add_upward(here), placed.some)


def least(placed: Placed, values: Array) -> Column:
    """The smallest value."""
    return _merged(placed, values, np.minimum, _bounds(values)[1])


def greatest(placed: Placed, values: Array) -> Column:
    """The largest value."""
    return _merged(placed, values, np.maximum, _bounds(values)[0])


def _bounds(values: Array) -> tuple[float, float]:
    if values.dtype.kind == "f":
        return -np.inf, np.inf
    limits = np.iinfo(values.dtype)
    return int(limits.min), int(limits.max)


def _merged(placed: Placed, values: Array, merge: np.ufunc, neutral: float) -> Column:
    merged = np.full(placed.size, neutral, values.dtype)
    merge.at(merged, placed.nodes, values)
    for depth in range(len(LEVELS) - 1, 0, -1):
        nodes = np.flatnonzero(placed.tree.depths == depth)
        merge.at(merged, placed.tree.parents[nodes], merged[nodes])
    return Column(np.where(placed.some, merged, 0), placed.some)


@dataclass(frozen=True)
class Sorted:
    """Values in ascending order within each group, the groups one after the other."""

    values: Array
    groups: Codes
    """Node of each group present."""
    starts: Codes
    counts: Codes

    @classmethod
    def of(cls, ascending: Array, nodes: Codes) -> Sorted:
        """Values already in ascending order, parted by their nodes."""
        order = np.argsort(_small(nodes), kind="stable")
        nodes = nodes[order]
        starts = np.flatnonzero(np.diff(nodes, prepend=-1))
        return cls(ascending[order], nodes[starts], starts, np.diff(starts, append=len(nodes)))

    def spread(self, of_groups: Array) -> Array:
        """A value of each group on each of its rows."""
        return np.repeat(of_groups, self.counts)

    def quantile(self, share: float) -> Array:
        """The quantile of each group, interpolated linearly between the two nearest values."""
        place = (self.counts - 1) * share
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, self.counts - 1)
        low, high = self.values[self.starts + below], self.values[self.starts + above]
        found: Array = low + (place - below) * (high - low)
        return found


def _small(nodes: Codes) -> Array:
    """Nodes in 16 bits where they fit: numpy then sorts them by counting."""
    return nodes.astype(np.int16) if nodes.max(initial=0) < 2**15 else nodes


def _holistic(placed: Placed, values: Array, of_groups: Callable[[Sorted], Array]) -> Column:
    """A figure of each node from all rows at it or below; NaN from `of_groups` is unknown."""
    order = np.argsort(values, kind="stable")
    ascending = values[order].astype("float64")
    figures = np.full(placed.size, np.nan)
    for nodes in placed.levels():
        here = nodes[order] >= 0
        groups = Sorted.of(ascending[here], nodes[order][here])
        if len(groups.groups):
            figures[groups.groups] = of_groups(groups)
    known = ~np.isnan(figures)
    return Column(np.where(known, figures, 0.0), known)


def quantile(placed: Placed, values: Array, share: float) -> Column:
    """The value below which `share` of the rows lie, linearly interpolated."""
    return _holistic(placed, values, lambda groups: groups.quantile(share))


def median(placed: Placed, values: Array) -> Column:
    """The middle value; the mean of the two middle ones."""
    return quantile(placed, values, 0.5)


def mad(placed: Placed, values: Array) -> Column:
    """The median absolute deviation from the median, not scaled."""
    return _holistic(placed, values, _mad)


def _mad(groups: Sorted) -> Array:
    deviations = np.abs(groups.values - groups.spread(groups.quantile(0.5)))
    order = np.argsort(deviations, kind="stable")
    return Sorted.of(deviations[order], groups.spread(groups.groups)[order]).quantile(0.5)


def gini(placed: Placed, values: Array) -> Column:
    """The Gini coefficient of the rows taken as the population (no n/(n-1)).

    2 Σ i·y_i / (n Σ y) - (n+1)/n, y ascending. Unknown where the values do not add to more than zero.
    """
    return _holistic(placed, values, _gini)


def _gini(groups: Sorted) -> Array:
    ranks = np.arange(len(groups.values)) - groups.spread(groups.starts) + 1
    sums = np.add.reduceat(groups.values, groups.starts)
    ranked = np.add.reduceat(ranks * groups.values, groups.starts)
    safe = np.where(sums > 0, sums, np.nan)
    found: Array = 2 * ranked / (groups.counts * safe) - (groups.counts + 1) / groups.counts
    return found


def distinct(placed: Placed, values: Array | pa.Array) -> Column:
    """How many different values."""
    codes, different = pd.factorize(values.to_pandas() if isinstance(values, pa.Array) else values)
    figures = np.zeros(placed.size, np.int64)
    for nodes in placed.levels():
        here = nodes >= 0
        pairs = np.unique(nodes[here] * len(different) + codes[here])
        figures += np.bincount(pairs // max(len(different), 1), minlength=placed.size)
    return Column(figures, placed.some)
