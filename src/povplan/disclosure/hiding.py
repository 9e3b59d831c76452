"""Small cells, and the cells that must be hidden with them because a sum would give them away.

A hidden cell is worked out again where it is the only unknown of a sum that is printed: of a whole and its
parts. So every such sum hides none or at least two of its members, and what the hidden parts of a printed
whole come to together is itself no small count (primary and complementary cell suppression, as official
statistics use it). As each unit is part of one whole only, the sums form a tree; in a tree, two unknowns in
each sum that has any leave no combination of sums with one unknown only. Under a whole that is hidden the
hidden parts hold as many people as are asked for, or are all there are: so that neither they alone nor with
the hidden parts of its sisters come to a small count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from povplan.units import Tree

Counts = npt.NDArray[np.float64]
"""One row a count, one column a node of the tree."""
Bools = npt.NDArray[np.bool_]
NOISE = 1e-6


def small(counts: Counts, least: float) -> Bools:
    """Which nodes have a count above zero and below `least`; zero counts nobody."""
    return np.asarray(((counts > NOISE) & (counts < least - NOISE)).any(axis=0))


def hidden(counts: Counts, tree: Tree, least: float, also: Iterable[int] = ()) -> Bools:
    """Which nodes of the tree say nothing: the small ones, those of `also`, and those that keep them so.

    What a unit counts beyond the units below it (households that name no village) is one part more of it.
    Of several units that could keep a cell hidden it is that with the fewest people.
    """
    sums = _Sums(counts, tree)
    off = small(sums.counts, least)
    off[list(also)] = True
    changed = True
    while changed:
        changed = False
        for whole, parts in sums.members:
            while (one := _one_more(sums.counts, off, whole, parts, least)) is not None:
                off[one] = changed = True
    return off[: len(tree.paths)]


class _Sums:
    """Every whole with its parts; the counts of the nodes, and after them of what lies in no part."""

    def __init__(self, counts: Counts, tree: Tree) -> None:
        size = len(tree.paths)
        below: list[list[int]] = [[] for _ in range(size)]
        for node, parent in enumerate(tree.parents):
            if parent >= 0:
                below[int(parent)].append(node)
        own: list[Counts] = []
        self.members: list[tuple[int, list[int]]] = []
        for whole, parts in enumerate(below):
            if not parts:
                continue
            rest = counts[:, whole] - counts[:, parts].sum(axis=1)
            if (np.abs(rest) > NOISE).any():
                parts = [*parts, size + len(own)]
                own.append(rest)
            self.members.append((whole, parts))
        self.counts: Counts = np.column_stack([counts, *own]) if own else counts


def _one_more(counts: Counts, off: Bools, whole: int, parts: Sequence[int], least: float) -> int | None:
    """The member of a sum that must be hidden next; None where nothing of it can be worked out."""
    silent = [part for part in parts if off[part]]
    if not silent and not off[whole]:
        return None
    together = counts[:, silent].sum(axis=1)
    few = together < least - NOISE
    short = few & ((counts[:, whole] if off[whole] else together) > NOISE)
    if len(silent) >= (1 if off[whole] else 2) and not short.any():
        return None
    some = [part for part in parts if not short.any() or (counts[short][:, part] > NOISE).any()]
    found = _fewest(counts, off, some)
    return whole if found is None and not off[whole] else found


def _fewest(counts: Counts, off: Bools, parts: Sequence[int]) -> int | None:
    """The part with the fewest people that still says something; None where none says anything."""
    saying = [part for part in parts if not off[part] and (np.abs(counts[:, part]) > NOISE).any()]
    return min(saying, key=lambda part: float(counts[:, part].max()), default=None)
