"""Shares of a whole that add up to the whole: the largest remainders get what rounding down leaves over.

Offices print shares that add to 100.0; rounding each alone gives 99.9 or 100.1. A table whose last
decimal differs from plain rounding says so.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def apportion(totals: npt.ArrayLike, weights: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Ints:
    """Whole numbers that add up to the total of their group, in proportion to the weights.

    `totals` is one whole number a group; without `groups` all belong to one. Of equal remainders the
    first comes first. A group whose weights add to nothing gets zeros.
    """
    weight = np.asarray(weights, np.float64)
    group = np.zeros(len(weight), np.int64) if groups is None else np.asarray(groups, np.int64)
    total = np.atleast_1d(np.asarray(totals, np.int64))
    whole = np.bincount(group, weight, len(total))
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = np.where(whole[group] != 0, total[group] * (weight / whole[group]), 0.0)
    lower = np.floor(exact - 1e-9 - np.abs(exact) * 1e-14)
    lower[whole[group] == 0] = 0
    given = lower.astype(np.int64)
    left = np.where(whole != 0, total, 0)
    np.subtract.at(left, group, given)
    order = np.lexsort((np.arange(len(weight)), -np.round(exact - lower, 9), group))
    first = np.searchsorted(group[order], np.arange(len(total)))
    rank = np.empty(len(weight), np.int64)
    rank[order] = np.arange(len(weight)) - first[group[order]]
    return given + (rank < left[group])


def shares(parts: npt.ArrayLike, decimals: int = 1, whole: int = 100) -> Floats:
    """The parts in percent with so many decimals, adding up to 100 exactly; not a number where nothing is.

    A part that is not a number has no share and the others make up the whole.
    """
    part = np.asarray(parts, np.float64)
    known = ~np.isnan(part)
    found = np.full(len(part), np.nan)
    if known.any() and part[known].sum() != 0:
        found[known] = apportion(whole * 10**decimals, part[known]) / 10**decimals
    return found
