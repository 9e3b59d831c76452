"""Who is poorer than whom: fractional ranks by income, fifths of the persons, and what leans to whom.

The rank of a person is the share of all persons who are poorer, plus half of those with the same income;
a household counts as many times as it has persons. Whose income is not known has no rank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.spec import LEVELS
from povplan.sums import LEAST, Cases
from povplan.units import Tree

Floats = npt.NDArray[np.float64]
Groups = npt.NDArray[np.int64]


def fractional_rank(incomes: pd.Series, weights: pd.Series, groups: Groups | None = None) -> pd.Series:
    """Each row's rank within its group, above 0 and below 1; rows with one income share one rank.

    `groups` numbers them from 0; a negative one is in none and has no rank.
    """
    below, block, whole = _blocks(incomes, weights, groups)
    return pd.Series((below + block / 2) / whole, index=incomes.index, dtype="Float64")


def fifths(incomes: pd.Series, weights: pd.Series) -> pd.Series:
    """1 for the poorest fifth of the persons … 5 for the richest; blank if fewer than ten have a rank.

    A household falls wholly into the fifth in which its rank lies.
    """
    rank = fractional_rank(incomes, weights)
    if rank.notna().sum() < LEAST:
        return pd.Series(pd.NA, index=incomes.index, dtype="Int64")
    place = np.clip(np.floor(rank.to_numpy("float64", na_value=0.0) * 5 + 1e-9), 0, 4)
    return pd.Series(place + 1, index=incomes.index, dtype="Int64").mask(rank.isna())


def each_fifth(
    rows: pd.DataFrame,
    tree: Tree,
    of_fifth: Callable[[Cases, pd.DataFrame], Mapping[str, pd.DataFrame]],
    sums: Sequence[str],
) -> pd.DataFrame:
    """Units by fifth, the poorest first: unit, level, fifth, and the value of every figure `of_fifth` gives.

    Of a fifth that has nobody in a unit the `sums` are 0. Empty where no row has a fifth.
    """
    parts, nodes = [], tree.codes(rows["unit"])
    rest = rows.drop(columns="unit")
    for fifth in range(1, 6) if rows["fifth"].notna().any() else ():
        here = (rows["fifth"] == fifth).fillna(False).to_numpy(bool)
        cases, some = Cases(tree, nodes[here]), rest[here].reset_index(drop=True)
        found = of_fifth(cases, some)
        part = pd.DataFrame({name: figure["value"] for name, figure in found.items()}).astype("Float64")
        nobody = np.bincount(cases.nodes + 1, minlength=len(tree.paths) + 1)[1:]
        empty = tree.add_upward(nobody) == 0
        part.loc[empty, list(sums)] = part.loc[empty, list(sums)].fillna(0)
        levels = np.array(LEVELS, dtype=object)[tree.depths]
        parts.append(part.assign(unit=list(tree.paths), level=levels, fifth=fifth))
    if not parts:
        return pd.DataFrame({"unit": [], "level": [], "fifth": []})
    order = np.lexsort((np.repeat(np.arange(1, 6), len(tree.paths)), np.tile(np.arange(len(tree.paths)), 5)))
    return pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)


def bottom(share: float, incomes: pd.Series, weights: pd.Series, groups: Groups | None = None) -> pd.Series:
    """How much of each row lies in the poorest `share` of its group: 1, 0, or a part at the border.

    Rows of one income at the border share what room is left, so that who gets the same for each person
    has exactly `share` of the whole in the poorest `share`.
    """
    below, block, whole = _blocks(incomes, weights, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = np.clip((share * whole - below) / block, 0, 1)
    return pd.Series(inside, index=incomes.index, dtype="Float64")


def concentration(
    received: pd.Series, incomes: pd.Series, weights: pd.Series, groups: Groups | None = None, number: int = 1
) -> Floats:
    """Concentration index of each group: 2 cov(b, r) ÷ mean of b, b what each person received, r the rank.

    Below zero where the poor receive more than the rich; of the incomes themselves it is the Gini
    coefficient. Not a number where nothing was received. Lies at 0 for a benefit the same for each person.
    """
    rank = fractional_rank(incomes, weights, groups)
    used = (rank.notna() & received.notna()).to_numpy(bool)
    at = (np.zeros(len(used), np.int64) if groups is None else groups)[used]
    r, b, w = (s.to_numpy("float64", na_value=np.nan)[used] for s in (rank, received, weights))
    whole, benefit, ranked, both = (np.bincount(at, w * x, number) for x in (np.ones(len(w)), b, r, b * r))
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = both / whole - (benefit / whole) * (ranked / whole)
        found: Floats = np.where(benefit > 0, 2 * covariance / (benefit / whole), np.nan)
    return found


def _blocks(incomes: pd.Series, weights: pd.Series, groups: Groups | None) -> tuple[Floats, Floats, Floats]:
    """For each row: the weight below its income in its group, the weight at it, that of the whole group."""
    income = incomes.to_numpy("float64", na_value=np.nan)
    weight = weights.to_numpy("float64", na_value=np.nan)
    group = np.zeros(len(income), np.int64) if groups is None else groups
    found = np.full((3, len(income)), np.nan)
    ranked = np.flatnonzero(~np.isnan(income) & (weight > 0) & (group >= 0))
    order = ranked[np.lexsort((income[ranked], group[ranked]))]
    y, w, g = income[order], weight[order], group[order]
    new_group = np.diff(g, prepend=-1) != 0
    new_block = new_group | (np.diff(y, prepend=np.nan) != 0)
    upto = np.cumsum(w) - w
    block, of_group = np.cumsum(new_block) - 1, np.cumsum(new_group) - 1
    found[0, order] = upto[new_block][block] - upto[new_group][of_group]
    found[1, order] = np.bincount(block, w)[block]
    found[2, order] = np.bincount(of_group, w)[of_group]
    return found[0], found[1], found[2]
