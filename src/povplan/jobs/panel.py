"""A year of the base ledger beside the year before: events and changes of units laid between the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from povplan.config import Config
from povplan.memory.registers import Remark
from povplan.panel import geography as units
from povplan.panel import keymap, placing
from povplan.panel.chains import chained
from povplan.panel.events import EVENT, Reasons, Two, declared, reasons
from povplan.panel.geography import UNIT_CHANGE, Geography
from povplan.panel.keymap import Matched
from povplan.panel.reasons import laid_over
from povplan.spec import LEVELS, Ledger


@dataclass(eq=False)
class Panel:
    """What happened between a year and the one before. Nothing is read until it is asked for."""

    config: Config
    year: int
    since: int
    """The year compared with: the one before, or an earlier one where those between have no rows."""
    frame: Callable[[str, int], pd.DataFrame]
    """Ledger, year → accepted rows."""
    reported: Callable[[int], Sequence[str]]
    """Year → the units that its rows name."""
    registers: frozenset[str]
    """Which of the registers have rows of this year."""

    @cached_property
    def is_plain(self) -> bool:
        """Whether nothing is declared: everyone is who they were."""
        return not self.registers

    @cached_property
    def events(self) -> pd.DataFrame:
        """The declared events."""
        if EVENT not in self.registers:
            return declared(pd.DataFrame({"_entity": pd.Series(dtype="string")}), self.year)
        return chained([declared(self.frame(EVENT, at), at) for at in range(self.since + 1, self.year + 1)])

    @cached_property
    def geography(self) -> Geography:
        """Last year's units in this year's."""
        if UNIT_CHANGE not in self.registers:
            return units.NONE
        rows = self.frame(UNIT_CHANGE, self.year)
        return units.geography(rows, self.year, self.reported(self.year - 1), self.reported(self.year))

    @cached_property
    def homes(self) -> Ledger | None:
        """The ledger of households."""
        return next((one for one in self.config.ledgers.values() if one.level == "household"), None)

    @cached_property
    def persons(self) -> Ledger | None:
        """The ledger of persons, if it says to which household each belongs."""
        return next(
            (one for one in self.config.ledgers.values() if one.level == "person" and one.links), None
        )

    def two(self, ledger: Ledger) -> Two:
        """The ledger in both years, as it was sent."""
        return Two(ledger, self.frame(ledger.ledger, self.since), self.frame(ledger.ledger, self.year))

    @cached_property
    def _homes(self) -> tuple[Matched, tuple[Remark, ...]]:
        if self.homes is None or self.is_plain:
            return keymap.NONE, ()
        members = self.two(self.persons) if self.persons else None
        two = self.two(self.homes)
        found, remarks = keymap.households(self.events, two, members, keymap.corrections(self.events))
        return self._placed_anew(two, found), remarks

    @cached_property
    def _persons(self) -> tuple[Matched, tuple[Remark, ...]]:
        if self.persons is None or self.is_plain:
            return keymap.NONE, ()
        two = self.two(self.persons)
        found, remarks = keymap.persons(self.events, two, self._homes[0])
        return self._placed_anew(two, found), remarks

    def _placed_anew(self, two: Two, found: Matched) -> Matched:
        """With the keys that hold the name of a unit that changed."""
        whole = self.geography.whole
        more = keymap.placed_anew(two, whole, found.goes_on) if whole else {}
        return replace(found, goes_on={**found.goes_on, **more}) if more else found

    def matched(self, ledger: Ledger) -> Matched:
        """Last year's keys of a ledger of households or persons under this year's."""
        if ledger is self.homes:
            return self._homes[0]
        return self._persons[0] if ledger is self.persons else keymap.NONE

    def placed(self, ledger: Ledger) -> pd.DataFrame:
        """Last year's rows in this year's units, keys as they were; of a unit's own ledger maybe several."""
        before = self.frame(ledger.ledger, self.year - 1)
        if self.geography.is_plain:
            return before
        return placing.placed(before, ledger, self._renamed(ledger), self.geography)

    def carried(self, ledger: Ledger, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows with last year's units and keys in this year's; those that do not go on keep their keys."""
        found = placing.placed(rows, ledger, self._renamed(ledger), self.geography)
        if ledger.level in LEVELS:
            return found
        goes_on = self.matched(ledger).goes_on
        return keymap.renamed(found, {old: new for old, new in goes_on.items() if new is not None})

    def _renamed(self, ledger: Ledger) -> pd.DataFrame:
        """This year's rows under the keys that they had, to find each one's own row by."""
        now = self.frame(ledger.ledger, self.year)
        back = {new: old for old, new in self.matched(ledger).goes_on.items() if new is not None}
        return keymap.renamed(now, back)

    def past(self, ledger: Ledger) -> pd.DataFrame:
        """Last year's rows as `prev` sees them: this year's keys, units and numbers."""
        if self.is_plain:
            return self.frame(ledger.ledger, self.year - 1)
        rows = self.placed(ledger)
        if ledger.level in LEVELS:
            return rows if self.geography.is_plain else placing.one_each(rows, ledger)
        return self.matched(ledger).past(rows)

    def reasons(self, ledger: Ledger) -> Reasons:
        """Why rows of households or persons came or went, as events declare it."""
        at = "_reasons_" + ledger.ledger
        if at not in self.__dict__:
            self.__dict__[at] = reasons(self.events, self.two(ledger), self.year)
        found: Reasons = self.__dict__[at]
        return found

    def told(self, ledger: Ledger, rows: pd.DataFrame) -> pd.DataFrame:
        """This year's rows with the reasons that events declare, where the row itself gives none."""
        if EVENT not in self.registers or ledger is not self.persons:
            return rows
        return laid_over(rows, ledger, self.reasons(ledger), self.config.codes)

    def remarks(self) -> Iterator[Remark]:
        """What is wrong with the rows of both registers."""
        yield from self.geography.remarks
        if EVENT in self.registers:
            yield from self._homes[1]
            yield from self._persons[1]
            for ledger in (self.homes, self.persons):
                if ledger is not None:
                    yield from self.reasons(ledger).remarks
