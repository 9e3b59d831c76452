"""Areas: county → township → village, as a tree that figures are added up along.

A unit is named by its path, `从化市/温泉镇/乌石村`: village names repeat, paths do not. The order is the
official one, that of the list or of the first submission, never the alphabet's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.keys import positions
from povplan.spec import LEVELS, Level

Codes = npt.NDArray[np.int64]
"""Row → node of a tree; -1 where the unit is unknown."""


@dataclass(frozen=True)
class Tree:
    """Unit paths with their parents, every parent before its children."""

    paths: tuple[str, ...]
    parents: Codes
    depths: Codes
    """0 county, 1 township, 2 village."""

    @classmethod
    def of(cls, paths: Iterable[str]) -> Tree:
        """The tree that holds `paths` and all that lies above them.

        Each unit stands right before its own, sisters in the order of their first appearance.
        """
        below: dict[str, dict[str, None]] = {"": {}}
        for path in paths:
            parts = path.split("/")
            for end in range(1, len(parts) + 1):
                head = "/".join(parts[:end])
                below["/".join(parts[: end - 1])].setdefault(head)
                below.setdefault(head, {})
        ordered = list(_downward("", below))
        place = {path: number for number, path in enumerate(ordered)}
        parents = [place.get(path.rpartition("/")[0], -1) for path in ordered]
        depths = [path.count("/") for path in ordered]
        return cls(tuple(ordered), np.array(parents, np.int64), np.array(depths, np.int64))

    @classmethod
    def flat(cls, count: int) -> Tree:
        """As many nodes as there are groups, none above another."""
        alone = np.full(count, -1, np.int64)
        return cls(tuple(str(number) for number in range(count)), alone, np.zeros(count, np.int64))

    def codes(self, units: pd.Series) -> Codes:
        """The node of every row's unit, -1 where it is blank or not in the tree."""
        return positions(units, self.paths)

    def level(self, node: int) -> Level:
        """county, township or village."""
        return LEVELS[int(self.depths[node])]

    def ancestors(self, level: Level) -> Codes:
        """Node → the node above it (or itself) at `level`; -1 where it lies above that level."""
        depth = LEVELS.index(level)
        above = np.arange(len(self.paths))
        for _ in range(len(LEVELS)):
            deeper = (above >= 0) & (self.depths[above] > depth)
            above = np.where(deeper, self.parents[above], above)
        return np.where(self.depths[above] == depth, above, -1)

    def add_upward(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Each node's own value plus those of all nodes below it."""
        total = values.copy()
        for depth in range(len(LEVELS) - 1, 0, -1):
            nodes = np.flatnonzero(self.depths == depth)
            np.add.at(total, self.parents[nodes], total[nodes])
        return total


def _downward(head: str, below: Mapping[str, Iterable[str]]) -> Iterator[str]:
    for path in below[head]:
        yield path
        yield from _downward(path, below)
