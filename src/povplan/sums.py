"""Sums, ratios and quantiles at every unit, and what could not be used: the grain of every analysis.

Money is in yuan. Sums are made in whole hundredths (fen; hundredths of a day), so that the order of rows
changes nothing and villages add up to the county to the last fen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.formulas.aggregates import Placed, greatest, quantile
from povplan.measures import placed, together
from povplan.units import Codes, Tree

LEAST = 10
"""Fewer cases than this give no rank and no quantile."""
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cases:
    """Rows at their units. Each figure has one line for every node of the tree, in its order."""

    tree: Tree
    nodes: Codes

    @classmethod
    def at(cls, tree: Tree, units: pd.Series) -> Cases:
        """Rows by the unit they belong to; a unit that is unknown to the tree is left out of all figures."""
        return cls(tree, tree.codes(units))

    def total(self, values: pd.Series) -> pd.DataFrame:
        """The sum of the known values. Unknown where rows are there and none of them is known."""
        used = self._here(values.notna())
        n, left_out = self._count(used), self._count(self._here(values.isna()))
        return self._noted(self._sum(values, used), n, left_out, "no_rows", n > 0)

    def count(self, condition: pd.Series) -> pd.DataFrame:
        """How many rows, as a figure: those on which the condition is unknown are left out."""
        return self.total(condition.astype("Float64"))

    def ratio(self, above: pd.Series, below: pd.Series) -> pd.DataFrame:
        """Sum over sum of the rows that know both; no figure where the denominator is not above zero."""
        both = above.notna() & below.notna()
        used = self._here(both)
        top, bottom = self._sum(above, used), self._sum(below, used)
        n, left_out = self._count(used), self._count(self._here(~both))
        some = (n > 0) & (bottom > 0)
        value = np.divide(top, bottom, out=np.full(len(top), np.nan), where=some)
        found = self._noted(value, n, left_out, "no_denominator", some)
        found["note"] = found["note"].mask(n == 0, "no_rows")
        return found.assign(
            numerator=np.where(n > 0, top, np.nan), denominator=np.where(n > 0, bottom, np.nan)
        )

    def mean(self, values: pd.Series, weights: pd.Series, among: pd.Series | None = None) -> pd.DataFrame:
        """The weighted mean of values finer than hundredths, of the rows that know both.

        With `among` of the rows that meet that condition; those of which it is unknown are left out.
        """
        among = pd.Series(True, values.index, dtype="boolean") if among is None else among
        asked = self._here(among.fillna(True))
        used = asked & self._here(values.notna() & weights.notna() & among.notna())
        value, weight = (one.to_numpy("float64", na_value=0.0) for one in (values, weights))
        top, bottom = self._add(value * weight, used), self._add(weight, used)
        n, left_out = self._count(used), self._count(asked & ~used)
        some = (n > 0) & (bottom > 0)
        mean = np.divide(top, bottom, out=np.full(len(top), np.nan), where=some)
        found = self._noted(mean, n, left_out, "no_denominator", some)
        found["note"] = found["note"].mask(n == 0, "no_rows")
        return found.assign(
            numerator=np.where(n > 0, top, np.nan), denominator=np.where(n > 0, bottom, np.nan)
        )

    def share(self, condition: pd.Series, weights: pd.Series) -> pd.DataFrame:
        """The share of the weight on which the condition holds, of all weight on which it is known."""
        return self.ratio(
            weights.where(condition.astype("boolean").fillna(False), 0).where(condition.notna()), weights
        )

    def quantile(self, values: pd.Series, share: float) -> pd.DataFrame:
        """The value below which `share` of the rows lie; no figure of fewer than ten."""
        return self._of_rows(values, lambda rows, known: quantile(rows, known, share).values, LEAST)

    def greatest(self, values: pd.Series) -> pd.DataFrame:
        """The largest value."""
        return self._of_rows(values, lambda rows, known: greatest(rows, known).values, 1)

    def variation(self, values: pd.Series) -> pd.DataFrame:
        """The coefficient of variation (population standard deviation ÷ mean) of ten rows or more."""
        used = self._here(values.notna())
        known = values.to_numpy("float64", na_value=np.nan)
        n, left_out = self._count(used), self._count(self._here(values.isna()))
        first, second = (self._add(known**power, used) for power in (1, 2))
        some = (n >= LEAST) & (first > 0)
        safe = np.where(some, n, 1)
        spread = np.sqrt(np.clip(second / safe - (first / safe) ** 2, 0, None))
        value = np.divide(spread, first / safe, out=np.full(len(n), np.nan), where=some)
        found = self._noted(value, n, left_out, "no_denominator", some)
        found["note"] = found["note"].mask(n < LEAST, "too_few")
        return found

    def _of_rows(
        self, values: pd.Series, figure: Callable[[Placed, Floats], Floats], least: int
    ) -> pd.DataFrame:
        used = self._here(values.notna())
        n, left_out = self._count(used), self._count(self._here(values.isna()))
        rows = Placed(self.tree, self.nodes[used])
        found = figure(rows, values.to_numpy("float64", na_value=np.nan)[used])
        some = n >= least
        noted = self._noted(found, n, left_out, "too_few", some)
        noted["note"] = noted["note"].mask(n == 0, "no_rows")
        return noted

    def _here(self, condition: pd.Series) -> Bools:
        held: Bools = condition.to_numpy(bool) & (self.nodes >= 0)
        return held

    def _count(self, used: Bools) -> Codes:
        here = np.bincount(self.nodes[used], minlength=len(self.tree.paths))
        return self.tree.add_upward(here).astype(np.int64)

    def _sum(self, values: pd.Series, used: Bools) -> Floats:
        hundredths = np.rint(values.to_numpy("float64", na_value=0.0) * 100)
        here = np.zeros(len(self.tree.paths), np.int64)
        np.add.at(here, self.nodes[used], hundredths[used].astype(np.int64))
        return self.tree.add_upward(here).astype(np.float64) / 100

    def _add(self, values: Floats, used: Bools) -> Floats:
        here = np.bincount(self.nodes[used], values[used], len(self.tree.paths))
        return self.tree.add_upward(here).astype(np.float64)

    def _noted(self, value: Floats, n: Codes, left_out: Codes, note: str, some: Bools) -> pd.DataFrame:
        reason = pd.Series(pd.NA, index=range(len(n)), dtype="string").mask(~some, note)
        shown = np.where(some, value, np.nan)
        return pd.DataFrame({"value": shown, "n": n, "left_out": left_out, "note": reason})


def figures(
    found: Mapping[str, pd.DataFrame], tree: Tree, year: int, scope: str | None = None
) -> pd.DataFrame:
    """MEASURE_COLUMNS of figures by name, one below the other in their order."""
    if not found:
        return together([])
    stacked = pd.concat(found.values(), ignore_index=True)
    names = np.repeat(list(found), len(tree.paths))
    return together([placed(stacked.assign(indicator=names, scope=scope), tree, year)])


def known(frame: pd.DataFrame, name: str, dtype: str) -> pd.Series:
    """A column of a typed frame; blank throughout where the county's form does not have it."""
    of_type: Any = dtype
    found = frame[name] if name in frame else pd.Series(pd.NA, index=frame.index, dtype=of_type)
    return found.astype(of_type)


def yuan(fen: pd.Series) -> pd.Series:
    """An amount in yuan of one in fen."""
    return fen.astype("Float64") / 100


def floats(values: pd.Series) -> Floats:
    """Plain numbers; what is blank or none is not a number."""
    return pd.to_numeric(values, errors="coerce").to_numpy("float64", na_value=np.nan)
