"""The base ledger over the years: who goes on as whom, which unit became which, rows in later units.

What an event or a change of units means for one pair of years is `panel/`'s to say; here is which years are
asked, so that none is read that an answer does not need.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from povplan.config import Config
from povplan.jobs.panel import Panel
from povplan.ledger import Folded
from povplan.messages import Said
from povplan.model import ENTITY
from povplan.panel import following
from povplan.panel.events import EVENT
from povplan.panel.geography import UNIT_CHANGE, there_in, with_replaced
from povplan.spec import LEVELS, Ledger


class BaseLedger(Protocol):
    """What is asked of the ledger whose years these are; `Standing` is one."""

    @property
    def config(self) -> Config:
        """The definitions."""

    @property
    def years(self) -> list[int]:
        """All years of which anything is known, ascending."""

    def years_of(self, ledgers: Collection[str]) -> list[int]:
        """The years of which some of the ledgers have rows, ascending."""

    def folded(self, ledger: str, year: int) -> Folded:
        """One ledger of one year."""

    def frames(self, year: int) -> dict[str, pd.DataFrame]:
        """Ledger → accepted rows of the year."""

    def reported(self, years: Iterable[int]) -> dict[str, None]:
        """Paths that the rows of the years name, in order of first appearance."""

    def first_named(self) -> dict[str, int]:
        """Units that rows name → the first year of which one does."""


@dataclass(eq=False)
class OverYears:
    """The years of a base ledger laid beside each other, two at a time, on demand and kept."""

    base: BaseLedger
    _panels: dict[tuple[int, int], Panel] = field(default_factory=dict)

    def panel(self, year: int, since: int | None = None) -> Panel:
        """What happened between the year before, or an earlier one, and the year.

        From an earlier one on, with the events of the years between; changes of units are the year's own.
        """
        since = year - 1 if since is None else since
        if (since, year) not in self._panels:
            given = {EVENT} if any(self._has(EVENT, at) for at in range(since + 1, year + 1)) else set()
            given |= {UNIT_CHANGE} if self._has(UNIT_CHANGE, year) else set()
            self._panels[since, year] = Panel(
                self.base.config,
                year,
                since,
                lambda ledger, at: self.base.folded(ledger, at).frame,
                lambda at: self._units_around(at, year),
                frozenset(given),
            )
        return self._panels[since, year]

    def _has(self, register: str, year: int) -> bool:
        """Whether there are rows of a register in a year; nothing is read to know it, unless there may be."""
        known = register in self.base.config.ledgers and year in self.base.years_of([register])
        return known and len(self.base.folded(register, year).frame) > 0

    # ---- households, persons, units: who is whom ---------------------------------------------------

    def followed(self, ledger: str, years: Sequence[int]) -> dict[int, dict[str, str]]:
        """Year → a key of that year → the one it has in the last of the years, as `panel.following` says.

        Over years without rows of the ledger go the events of all of them.
        """
        there = {*self.base.years_of([ledger])}
        return following.followed(
            [year for year in years if year in there],
            lambda year, after: self._goes_on(self.base.config.ledgers[ledger], year, after),
            lambda year: self.base.folded(ledger, year).frame[ENTITY],
        )

    def _goes_on(self, ledger: Ledger, year: int, after: int) -> Mapping[str, str | None]:
        """Keys of a year that are others in the next one with rows, as events and changes of units say."""
        if ledger.level not in LEVELS:
            return self.panel(after, year).matched(ledger).goes_on
        if not any(self._has(UNIT_CHANGE, at) for at in range(year + 1, after + 1)):
            return {}
        units = set(self.base.folded(ledger.ledger, year).frame[ENTITY])
        return following.units_going_on({unit: self.units_in([unit], year, after) for unit in units})

    # ---- units: what became of them, when they are there -------------------------------------------

    def units_in(self, units: Sequence[str], year: int, later: int) -> list[str]:
        """What became of units of a year in a later one: each itself, another, or several."""
        found = list(units)
        for at in range(year + 1, later + 1):
            parts = self.panel(at).geography.parts
            found = [new for unit in found for new, _ in parts.get(unit, ((unit, 1.0),))]
        return list(dict.fromkeys(found))

    def lasting(self, units: Sequence[str], year: int) -> tuple[str, ...]:
        """Those of the units that there are in a year: not those a change ended before, or began after.

        Of other years only registers of changes are read, and which units their rows name.
        """
        registers = {
            at: self.base.folded(UNIT_CHANGE, at).frame
            for at in self.base.years
            if self._has(UNIT_CHANGE, at)
        }
        if not registers:
            return tuple(units)
        first = self.base.first_named()
        there = there_in(year, registers, list(dict.fromkeys([*units, *first])), first)
        return tuple(one for one in units if one in there)

    def mapped(self, year: int, later: int) -> list[Said]:
        """Which units between the years were placed anew, in words."""
        told = (self.panel(at).geography.said() for at in range(year + 1, later + 1))
        return [said for said in told if said]

    def _units_around(self, at: int, year: int) -> list[str]:
        """Units of a year; where it has none, of the nearest one on that side of the change of `year`.

        Changes of units that lie between that one and the year are followed, or undone.
        """
        if units := list(self.base.reported([at])):
            return units
        return self._units_before(at) if at >= year else self._units_after(at)

    def _units_after(self, at: int) -> list[str]:
        """The units that the last year before this one had, as the changes since then left them."""
        last = self._first_reporting(one for one in reversed(self.base.years) if one < at)
        return [] if last is None else self.units_in(list(self.base.reported([last])), last, at)

    def _units_before(self, at: int) -> list[str]:
        """The units that the first year after this one has, and those that changes until then replaced."""
        coming = self._first_reporting(one for one in self.base.years if one > at)
        units = [] if coming is None else list(self.base.reported([coming]))
        for until in [] if coming is None else range(coming, at, -1):
            if self._has(UNIT_CHANGE, until):
                units = with_replaced(units, self.base.folded(UNIT_CHANGE, until).frame)
        return units

    def _first_reporting(self, years: Iterable[int]) -> int | None:
        """The first of the years of which rows name units."""
        return next((year for year in years if self.base.reported([year])), None)

    # ---- rows in the units of a later year ---------------------------------------------------------

    def frames_in(self, year: int, later: int) -> dict[str, pd.DataFrame]:
        """Ledger → accepted rows of a year in the units of a later one; as they are where none changed."""
        return {name: self.frame_in(name, year, later) for name in self.base.frames(year)}

    def frame_in(self, ledger: str, year: int, later: int) -> pd.DataFrame:
        """The accepted rows of one ledger and year in the units of a later one."""
        rows = self.base.folded(ledger, year).frame
        for at in range(year + 1, later + 1) if len(rows) else ():
            panel = self.panel(at)
            if not panel.geography.is_plain:
                rows = panel.carried(self.base.config.ledgers[ledger], rows)
        return rows
