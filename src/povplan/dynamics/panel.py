"""Households followed over the years: one row a household and year, and all years of one side by side.

A household is followed by its key. Where a key changed (a corrected number, another head) the matching of
keys says so; it comes from outside and nothing is guessed here. A blank status is unknown, never a state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
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
Names = Callable[[str, int, int], Set[str]]
"""A unit as a year calls it, that year, another year → what it is called there: several after a split."""
States = npt.NDArray[np.int8]
ABSENT, UNKNOWN, OUT, POOR = -2, -1, 0, 1
"""Not in the register (or struck off); status blank, or the village did not report; not poor; poor."""

SNAPSHOT: tuple[str, ...] = (
    "household",  # the key under which it is followed
    "entity",  # its key in that year's rows
    "head_name",  # of the head
    "unit",  # as the last of the years calls it
    "called",  # the same as its own year does
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
    units: pd.Series | None = None,
) -> pd.DataFrame:
    """SNAPSHOT of one year's rows; `groups` are GROUPS, each true, false or blank on every row.

    `units` are the rows' units as a later year calls them, where any changed.

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
            "unit": (rows[UNIT] if units is None else units.reset_index(drop=True)).astype("string"),
            "called": rows[UNIT].astype("string"),
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
    names: Names | None = None
    """What a unit is called in another year; without it, as in any."""

    @classmethod
    def of(cls, snapshots: Sequence[pd.DataFrame], names: Names | None = None) -> Panel:
        """The panel of these years; a year without rows is not among them."""
        some = [one for one in snapshots if len(one)]
        rows = pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=list(SNAPSHOT))
        return cls(tuple(int(one["year"].iloc[0]) for one in some), rows, names)

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
        poor = self.rows["poor"]
        of_rows = np.where(poor.fillna(False).to_numpy(bool), POOR, OUT)
        of_rows = np.where(poor.isna().to_numpy(bool), UNKNOWN, of_rows)
        of_rows = np.where(self._struck_off, ABSENT, of_rows)
        states = np.append(of_rows, ABSENT).astype(np.int8)[self.places]
        return np.where(self.silent, UNKNOWN, states).astype(np.int8)

    @property
    def _struck_off(self) -> npt.NDArray[np.bool_]:
        """Which rows say that the household is no longer in the register."""
        found: npt.NDArray[np.bool_] = self.rows["gone"].fillna(False).to_numpy(bool)
        return found

    @cached_property
    def silent(self) -> npt.NDArray[np.bool_]:
        """Household × year → whether nobody knows what became of it: its village did not report.

        One that had left while its village reported has not come back because the village is silent later.
        """
        struck_off = np.append(self._struck_off, False)[self.places]
        silent = (self.places < 0) & ~self.reported
        for at in range(1, len(self.years)):
            left = (self.places[:, at - 1] < 0) & ~silent[:, at - 1] | struck_off[:, at - 1]
            silent[:, at] &= ~(left & (self.places[:, :at] >= 0).any(axis=1))
        return silent

    @cached_property
    def reported(self) -> npt.NDArray[np.bool_]:
        """Household × year → whether the village in which it was last seen reported that year.

        Of one that did not, nobody knows what became of its households: they have not left.
        """
        seen = self.rows[["called", "year"]].iloc[self._last].reset_index(drop=True)
        of_year = {
            year: set(self.rows.loc[self.rows["year"] == year, "called"].dropna().unique())
            for year in self.years
        }
        units, named = pd.factorize(seen["called"].fillna(""))
        pairs, codes = np.unique(seen["year"].to_numpy(np.int64) * len(named) + units, return_inverse=True)
        found = np.ones((len(pairs), len(self.years)), bool)
        for number, pair in enumerate(pairs):
            then, at_unit = divmod(int(pair), len(named))
            unit = str(named[at_unit])
            for at, year in enumerate(self.years):
                there = of_year[year]
                found[number, at] = not unit or self._is_among(unit, then, year, there)
        here: npt.NDArray[np.bool_] = found[codes] if len(pairs) else np.zeros((0, 0), bool)
        return here

    def _is_among(self, unit: str, then: int, year: int, there: Set[str]) -> bool:
        """Whether all that a unit of one year is called in another are there."""
        names = {unit} if self.names is None else self.names(unit, then, year)
        return bool(names) and names <= there

    @cached_property
    def latest(self) -> tuple[pd.DataFrame, Codes, States]:
        """The rows of the last year, the household and the state of each."""
        last = (self.rows["year"] == self.years[-1]).to_numpy(bool)
        own = self._codes[0][last]
        return self.rows[last].reset_index(drop=True), own, self.states[own, len(self.years) - 1]

    @cached_property
    def balanced(self) -> npt.NDArray[np.bool_]:
        """Households in the register, with their status known, in every year of the panel."""
        return np.asarray((self.states >= OUT).all(axis=1), np.bool_)

    def column(self, name: str, year: int) -> pd.Series:
        """A column of one year, one value a household; blank where it has no row."""
        places = pd.Series(self.places[:, self.years.index(year)])
        return self.rows[name].reindex(places.mask(places < 0)).reset_index(drop=True)

    @cached_property
    def _last(self) -> Codes:
        """Household → its last row."""
        last = np.full(len(self.households), -1, np.int64)
        for at in range(len(self.years)):
            last = np.where(self.places[:, at] >= 0, self.places[:, at], last)
        return last

    @cached_property
    def units(self) -> pd.Series:
        """The unit of each household: where it was last seen."""
        return self.rows["unit"].iloc[self._last].reset_index(drop=True)

    def nodes(self, tree: Tree) -> Codes:
        """Each household's node of the tree; -1 where its unit is unknown to it."""
        return tree.codes(self.units)

    def within(self, years: Sequence[int]) -> Panel:
        """The same for some of the years."""
        return Panel(
            tuple(year for year in self.years if year in years),
            self.rows[self.rows["year"].isin(list(years))].reset_index(drop=True),
            self.names,
        )
