"""Households followed over the years: one row a household and year, and all years of one side by side.

A household is followed by its key. Where a key changed (a corrected number, another head) the matching of
keys says so; it comes from outside and nothing is guessed here. A blank status is unknown, never a state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.fifths import fifths
from povplan.model import ENTITY, UNIT
from povplan.sums import known, yuan
from povplan.units import Codes, Tree

Matching = Mapping[int, Mapping[str, str]]
"""Year → key in that year's rows → the key under which the household is followed; others keep their own."""
States = npt.NDArray[np.int8]
ABSENT, UNKNOWN, OUT, POOR = -2, -1, 0, 1
"""Not in the register (or struck off); status blank, or the village did not report; not poor; poor."""

SNAPSHOT: tuple[str, ...] = (
    "household",  # the key under which it is followed
    "entity",  # its key in that year's rows
    "head_name",  # of the head
    "unit",
    "year",
    "persons",
    "income",  # net income per head, yuan
    "status",  # as the ledger has it
    "poor",
    "gone",  # struck off
    "escaped",  # recorded as having left poverty
    "fallen",  # recorded as fallen back
    "fifth",  # of the county's registered persons by income per head, 1 the poorest
    "band",  # below | near | above the line of the year
    "cause",
)
BANDS: tuple[str, ...] = ("below", "near", "above")
GROUPS: tuple[str, ...] = ("poor", "gone", "escaped", "fallen")


@dataclass(frozen=True)
class Line:
    """The line of a year, and how far above it is still near."""

    parameter: str
    """Which line it is; bands under two different lines are not compared."""
    value: float
    margin: float
    """A fraction of the line."""


def snapshot(
    households: pd.DataFrame,
    groups: Mapping[str, pd.Series],
    year: int,
    line: Line | None = None,
    matching: Matching | None = None,
) -> pd.DataFrame:
    """SNAPSHOT of one year's rows; `groups` are GROUPS, each true, false or blank on every row.

    A household whose row says neither persons nor income has no fifth. Where the matching leads two rows of
    the year to one key, it is not known which of them goes on: each then stands alone.
    """
    rows = households.reset_index(drop=True)
    persons = known(rows, "persons", "Float64")
    income = yuan(known(rows, "net_income", "Int64")) / persons.mask(persons <= 0)
    found = pd.DataFrame(
        {
            "household": _followed(rows[ENTITY].astype("string"), year, (matching or {}).get(year, {})),
            "entity": rows[ENTITY].astype("string"),
            "head_name": known(rows, "head_name", "string"),
            "unit": rows[UNIT].astype("string"),
            "year": year,
            "persons": persons,
            "income": income,
            "status": known(rows, "poverty_status", "string"),
            "fifth": fifths(income, persons),
            "band": _band(income, line),
            "cause": known(rows, "main_cause", "string"),
        }
    )
    nothing = pd.Series(pd.NA, index=rows.index, dtype="boolean")
    for name in GROUPS:
        found[name] = groups[name].reset_index(drop=True) if name in groups else nothing
    return found[list(SNAPSHOT)]


def _followed(keys: pd.Series, year: int, matching: Mapping[str, str]) -> pd.Series:
    """The key of each row; two rows of one key are told apart, for nobody knows which goes on."""
    followed = keys.map(lambda key: matching.get(key, key)).astype("string") if matching else keys
    twice = followed.duplicated(keep=False)
    return followed.mask(twice, keys + f" {year}")


def _band(income: pd.Series, line: Line | None) -> pd.Series:
    if line is None:
        return pd.Series(pd.NA, index=income.index, dtype="string")
    band = pd.Series("above", index=income.index, dtype="string")
    band = band.mask((income < line.value * (1 + line.margin)).fillna(False), "near")
    return band.mask((income < line.value).fillna(False), "below").mask(income.isna())


@dataclass(frozen=True, eq=False)
class Panel:
    """Snapshots of several years, ascending, and every household of any of them once."""

    years: tuple[int, ...]
    rows: pd.DataFrame
    """SNAPSHOT, year after year."""

    @classmethod
    def of(cls, snapshots: Sequence[pd.DataFrame]) -> Panel:
        """The panel of these years; a year without rows is not among them."""
        some = [one for one in snapshots if len(one)]
        rows = pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=list(SNAPSHOT))
        return cls(tuple(int(one["year"].iloc[0]) for one in some), rows)

    @cached_property
    def _codes(self) -> tuple[Codes, pd.Index]:
        codes, keys = pd.factorize(self.rows["household"])
        return codes.astype(np.int64), pd.Index(keys)

    @property
    def households(self) -> pd.Index:
        """The keys followed, in order of first appearance; arrays by household are in this order."""
        return self._codes[1]

    @cached_property
    def places(self) -> Codes:
        """Household × year → its row; -1 where it has none."""
        codes, keys = self._codes
        found = np.full((len(keys), len(self.years)), -1, np.int64)
        at = np.searchsorted(np.array(self.years), self.rows["year"].to_numpy(np.int64))
        found[codes, at] = np.arange(len(self.rows))
        return found

    @cached_property
    def states(self) -> States:
        """Household × year → POOR, OUT, UNKNOWN or ABSENT."""
        poor, gone = (self.rows[name] for name in ("poor", "gone"))
        of_rows = np.where(poor.fillna(False).to_numpy(bool), POOR, OUT)
        of_rows = np.where(poor.isna().to_numpy(bool), UNKNOWN, of_rows)
        of_rows = np.where(gone.fillna(False).to_numpy(bool), ABSENT, of_rows)
        states = np.append(of_rows, ABSENT).astype(np.int8)[self.places]
        return np.where((self.places < 0) & ~self.reported, UNKNOWN, states).astype(np.int8)

    @cached_property
    def reported(self) -> npt.NDArray[np.bool_]:
        """Household × year → whether the village in which it was last seen reported that year.

        Of one that did not, nobody knows what became of its households: they have not left.
        """
        units = [
            set(self.rows.loc[self.rows["year"] == year, "unit"].dropna().unique()) for year in self.years
        ]
        here = [
            self.units.isin(of_year).to_numpy(bool) | self.units.isna().to_numpy(bool) for of_year in units
        ]
        return np.column_stack(here) if here else np.zeros((0, 0), bool)

    @cached_property
    def balanced(self) -> npt.NDArray[np.bool_]:
        """Households in the register, with their status known, in every year of the panel."""
        return np.asarray((self.states >= OUT).all(axis=1), np.bool_)

    def column(self, name: str, year: int) -> pd.Series:
        """A column of one year, one value a household; blank where it has no row."""
        places = pd.Series(self.places[:, self.years.index(year)])
        return self.rows[name].reindex(places.mask(places < 0)).reset_index(drop=True)

    @cached_property
    def units(self) -> pd.Series:
        """The unit of each household: where it was last seen."""
        last = np.full(len(self.households), -1, np.int64)
        for at in range(len(self.years)):
            last = np.where(self.places[:, at] >= 0, self.places[:, at], last)
        return self.rows["unit"].iloc[last].reset_index(drop=True)

    def nodes(self, tree: Tree) -> Codes:
        """Each household's node of the tree; -1 where its unit is unknown to it."""
        return tree.codes(self.units)

    def within(self, years: Sequence[int]) -> Panel:
        """The same for some of the years."""
        return Panel(
            tuple(year for year in self.years if year in years),
            self.rows[self.rows["year"].isin(list(years))].reset_index(drop=True),
        )
